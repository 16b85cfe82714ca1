//! Upload in parts, and the upload that needs none because the store has the content (openim.md §2.5).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde::Serialize;
use serde_json::json;

use super::driver::{SignedParts, limits, part_size as size_of_parts, presign_put, sign_parts};
use super::fields::Fields;
use super::objects::Name;
use super::reply::{Refusal, ok};
use super::token::Caller;
use super::{Context, check_name, go_code, read, shapes};
use crate::calendar;
use crate::http::{Answer, RequestBody};
use crate::store::hex;

/// How long an upload is said to be good for.
const LIFE_S: u64 = 7 * 86_400;
const IN_PARTS: i64 = 1;
const PRESIGNED: i64 = 2;

/// What an upload's id says.
#[derive(Debug, Serialize)]
struct UploadId {
    #[serde(rename = "a")]
    kind: i64,
    #[serde(rename = "b", skip_serializing_if = "String::is_empty")]
    id: String,
    #[serde(rename = "c")]
    key: String,
    #[serde(rename = "d")]
    size: i64,
    #[serde(rename = "e")]
    hash: String,
}

impl UploadId {
    fn encode(&self) -> Result<String, Refusal> {
        serde_json::to_vec(self)
            .map(|text| STANDARD.encode(text))
            .map_err(|error| Refusal::internal(error.to_string()))
    }

    fn decode(id: &str) -> Result<Self, Refusal> {
        let text = go_code::STANDARD.decode(id);
        let fields = text.and_then(|text| Fields::parse(&shapes::UPLOAD_ID, &text));
        let fields =
            fields.map_err(|words| Refusal::behind("invalid multipart upload id", &words))?;
        Ok(Self {
            kind: fields.number("a"),
            id: fields.text("b"),
            key: fields.text("c"),
            size: fields.number("d"),
            hash: fields.text("e"),
        })
    }
}

pub(super) async fn part_limit(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    read(context, &shapes::PART_LIMIT, body).await?;
    let limits = limits(context);
    Ok(ok(json!({
        "minPartSize": limits.min_part,
        "maxPartSize": limits.max_part,
        "maxNumSize": limits.max_parts,
    })))
}

pub(super) async fn part_size(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let fields = read(context, &shapes::PART_SIZE, body).await?;
    let size = size_of_parts(context, fields.number("size"))?;
    Ok(ok(json!({ "size": size })))
}

fn hash_key(hash: &str) -> String {
    format!("openim/data/hash/{hash}")
}

/// An MD5 in hex, of either case; Go's words for what is none.
fn check_hash(hash: &str) -> Result<(), Refusal> {
    go_code::check_hex(hash).map_err(Refusal::internal)?;
    match hash.len() {
        32 => Ok(()),
        _ => Err(Refusal::internal("invalid md5")),
    }
}

pub(super) async fn initiate(
    context: &Context<'_>,
    caller: &Caller,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    // The server's own `partSize` counts, but this one must be a number.
    let fields = read(context, &shapes::INITIATE_MULTIPART, body).await?;
    let (hash, size) = (fields.text("hash"), fields.number("size"));
    let max_parts = fields.int32("maxParts");
    let mut name = Name {
        name: fields.text("name"),
        key: String::new(),
        content_type: fields.text("contentType"),
        group: fields.text("cause"),
        owner: caller.user.clone(),
    };
    check_name(caller, &name.name)?;
    if size < 0 {
        return Err(Refusal::internal("invalid size"));
    }
    check_hash(&hash)?;
    let part_size = size_of_parts(context, size)?;
    let parts = size.unsigned_abs().div_ceil(part_size);
    // Upside down, but so it is: more signatures than parts are refused.
    if i64::from(max_parts) > i64::try_from(parts).unwrap_or(i64::MAX) {
        return Err(Refusal::internal(format!("too many parts: {parts}")));
    }
    if let Some(stat) = context.stat(&hash_key(&hash)).await? {
        name.key = stat.key;
        context.set_name(&name).await?;
        let url = format!("{}{}", context.url_prefix(), name.name);
        return Ok(ok(json!({ "url": url, "upload": null })));
    }
    let (known, sign) = if size.unsigned_abs() <= part_size {
        presigned(context, hash, size, &name.content_type)
    } else {
        let count = match u64::try_from(max_parts) {
            Ok(wanted) => wanted.min(parts),
            Err(_) => parts,
        };
        in_parts(context, hash, size, count).await?
    };
    let expires_ms = context.now_ms().saturating_add(LIFE_S as i64 * 1000);
    Ok(ok(json!({
        "url": "",
        "upload": {
            "uploadID": known.encode()?,
            "partSize": part_size,
            "sign": sign,
            "expireTime": expires_ms,
        },
    })))
}

fn presigned(
    context: &Context<'_>,
    hash: String,
    size: i64,
    content_type: &str,
) -> (UploadId, Option<SignedParts>) {
    let key = format!(
        "openim/temp/{}/{hash}_{size}_{}.presigned",
        calendar::time_path(context.now_ms()),
        uuid::Uuid::new_v4().simple()
    );
    let sign = presign_put(context, &key, LIFE_S, content_type);
    let known = UploadId {
        kind: PRESIGNED,
        id: String::new(),
        key,
        size,
        hash,
    };
    (known, Some(sign))
}

async fn in_parts(
    context: &Context<'_>,
    hash: String,
    size: i64,
    count: u64,
) -> Result<(UploadId, Option<SignedParts>), Refusal> {
    let key = hash_key(&hash);
    let id = context.begin(&key).await?;
    let numbers: Vec<i32> = (1..=i32::try_from(count).unwrap_or(i32::MAX)).collect();
    let sign = (!numbers.is_empty()).then(|| sign_parts(context, &id, &key, &numbers));
    let known = UploadId {
        kind: IN_PARTS,
        id,
        key,
        size,
        hash,
    };
    Ok((known, sign))
}

pub(super) async fn auth_sign(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let fields = read(context, &shapes::AUTH_SIGN, body).await?;
    let numbers = fields.int32s("partNumbers");
    let known = UploadId::decode(&fields.text("uploadID"))?;
    match known.kind {
        IN_PARTS => {}
        PRESIGNED => {
            return Err(Refusal::internal("presigned id not support auth sign"));
        }
        _ => return Err(Refusal::internal("invalid upload id type")),
    }
    // Numbers are signed as they come; it is the store that refuses wrong ones.
    let signed = sign_parts(context, &known.id, &known.key, &numbers);
    Ok(ok(signed))
}

pub(super) async fn complete(
    context: &Context<'_>,
    caller: &Caller,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let fields = read(context, &shapes::COMPLETE_MULTIPART, body).await?;
    let (upload_id, parts) = (fields.text("uploadID"), fields.texts("parts"));
    let mut name = Name {
        name: fields.text("name"),
        key: String::new(),
        content_type: fields.text("contentType"),
        group: fields.text("cause"),
        owner: caller.user.clone(),
    };
    check_name(caller, &name.name)?;
    let known = UploadId::decode(&upload_id)?;
    if hex(&Md5::digest(parts.join(","))) != known.hash {
        return Err(Refusal::internal("md5 mismatching"));
    }
    name.key = match context.stat(&hash_key(&known.hash)).await? {
        Some(stat) => stat.key,
        None => match known.kind {
            IN_PARTS => {
                context.complete(&known.key, &known.id, &parts).await?;
                known.key.clone()
            }
            PRESIGNED => finish_presigned(context, &known).await?,
            _ => return Err(Refusal::internal("invalid upload id type")),
        },
    };
    context.set_name(&name).await?;
    let url = format!("{}{}", context.url_prefix(), name.name);
    Ok(ok(json!({ "url": url })))
}

async fn finish_presigned(context: &Context<'_>, known: &UploadId) -> Result<String, Refusal> {
    let stat = context.stat_or_words(&known.key).await?;
    let found = if i64::try_from(stat.size) == Ok(known.size) {
        let hash = hex(&Md5::digest(&stat.etag));
        if hash == known.hash {
            Ok(())
        } else {
            Err(Refusal::args(format!(
                "md5 mismatching {hash} != {}",
                known.hash
            )))
        }
    } else {
        Err(Refusal::internal("upload size mismatching"))
    };
    let key = hash_key(&known.hash);
    let copied = match found {
        Ok(()) => context.copy(&known.key, &key).await,
        Err(refusal) => Err(refusal),
    };
    // The temporary object goes away in any case; the cache is not told.
    context.delete(&known.key).await?;
    copied?;
    Ok(key)
}
