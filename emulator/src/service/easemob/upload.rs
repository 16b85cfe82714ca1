//! The upload of chat files (easemob.md §2.3, §2.8).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use uuid::{Timestamp, Uuid};

use super::error::{Error, file_missing, too_large};
use super::reply::{envelope, files_uri};
use super::token::{Holder, holder};
use super::{Context, NAME};
use crate::config::{EasemobOversize, RestrictAccess};
use crate::http::{Answer, Multipart, Part, RequestBody, is_multipart};
use crate::random;
use crate::store::{Meta, Upload};

/// A form around a file is no larger than this, so a longer Content-Length is refused unread.
const FORM_ALLOWANCE: u64 = 64 * 1024;
/// Fields beside the file are numbers and flags.
const LONGEST_FIELD: usize = 64 * 1024;
/// Height and width, in pixels, where none is asked for (easemob.md §2.3).
const DEFAULT_THUMBNAIL: u32 = 170;

pub(super) async fn receive(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Error> {
    context.count("upload", context.config.calls_per_second)?;
    let owner = holder(context)?;
    let received = file_part(context, body).await?;
    let settings = Settings {
        restricted: restricted(context, None),
        thumbnail: thumbnail(context, &received),
        owner,
    };
    store(context, received.upload, received.part, settings).await
}

/// What a form held.
pub(super) struct Received {
    pub(super) upload: Upload,
    pub(super) part: Part,
    pub(super) fields: Vec<(String, String)>,
}

/// Reads the form up to its end and keeps its first file part named `file`.
pub(super) async fn file_part(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Received, Error> {
    named_file_part(context, body, "file").await
}

pub(super) async fn named_file_part(
    context: &Context<'_>,
    body: &mut RequestBody,
    name: &str,
) -> Result<Received, Error> {
    if !is_multipart(context.head) {
        return Err(Error::new(415, "web_application", "Unsupported Media Type"));
    }
    let limit = context.config.max_upload;
    if context
        .head
        .content_length()
        .is_some_and(|length| length > limit.saturating_add(FORM_ALLOWANCE))
    {
        return Err(oversize(context));
    }
    let Some(mut form) = Multipart::new(context.head, body) else {
        return Err(Error::new(
            400,
            "web_application",
            "the multipart content type names no boundary",
        ));
    };
    let mut file: Option<(Upload, Part)> = None;
    let mut fields = Vec::new();
    while let Some(part) = form.next().await? {
        if part.name != name {
            // Text parts are read, other files are skipped.
            if part.file_name.is_none() {
                let value = form.text(LONGEST_FIELD).await?;
                fields.push((part.name, value));
            }
            continue;
        }
        // Without a file name it is a plain field, and an empty one is a form sent without choosing a file.
        let is_file = part
            .file_name
            .as_deref()
            .is_some_and(|name| !name.is_empty());
        if !is_file || file.is_some() {
            continue;
        }
        let mut upload = context.state.store.create()?;
        while let Some(data) = form.data().await? {
            if upload.size() + data.len() as u64 > limit {
                return Err(oversize(context));
            }
            upload.write(&data).await?;
        }
        file = Some((upload, part));
    }
    let (upload, part) = file.ok_or_else(file_missing)?;
    Ok(Received {
        upload,
        part,
        fields,
    })
}

pub(super) fn oversize(context: &Context<'_>) -> Error {
    match context.config.oversize {
        EasemobOversize::Json => too_large(),
        EasemobOversize::Html => Error::page(413, "413 Request Entity Too Large"),
    }
}

/// Whether the request restricts access; `other` is where else the flag may be given.
pub(super) fn restricted(context: &Context<'_>, other: Option<String>) -> bool {
    let flag = context.head.header("restrict-access").or(other);
    match context.config.restrict_access {
        RestrictAccess::Disabled => false,
        RestrictAccess::Presence => flag.is_some(),
        RestrictAccess::Value => flag.is_some_and(|flag| !flag.eq_ignore_ascii_case("false")),
    }
}

/// The thumbnail's box: header fields in today's documents, form fields in those of 2023 and in the web SDK.
fn thumbnail(context: &Context<'_>, received: &Received) -> (u32, u32) {
    let side = |name: &str| {
        let field = || {
            let found = received.fields.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone())
        };
        pixels(context.head.header(name).or_else(field))
    };
    (side("thumbnail-width"), side("thumbnail-height"))
}

pub(super) fn pixels(text: Option<String>) -> u32 {
    text.and_then(|text| text.trim().parse().ok())
        .filter(|pixels| (1..=10_000).contains(pixels))
        .unwrap_or(DEFAULT_THUMBNAIL)
}

pub(super) struct Settings {
    pub(super) restricted: bool,
    pub(super) thumbnail: (u32, u32),
    pub(super) owner: Holder,
}

/// Keeps the file and answers as the upload call does.
pub(super) async fn store(
    context: &Context<'_>,
    upload: Upload,
    part: Part,
    settings: Settings,
) -> Result<Answer, Error> {
    let now_ms = context.now_ms();
    let uuid = time_uuid(now_ms).to_string();
    let with_secret = settings.restricted
        || (context.config.always_share_secret
            && context.config.restrict_access != RestrictAccess::Disabled);
    let meta = Meta {
        service: NAME.to_owned(),
        kind: "chatfile".to_owned(),
        id: uuid,
        created_ms: now_ms,
        expires_ms: expiry(context, now_ms),
        content_type: part.content_type,
        file_name: part.file_name,
        secret: with_secret.then(|| share_secret(now_ms)),
        restricted: settings.restricted,
        thumbnail: Some(settings.thumbnail),
        owner: owner_name(&settings.owner),
        ..Meta::default()
    };
    let meta = context.state.store.keep(upload, meta).await?;
    let mut entity = json!({ "uuid": meta.id, "type": "chatfile" });
    if let Some(secret) = &meta.secret {
        entity["share-secret"] = secret.clone().into();
    }
    if context.config.file_metadata {
        entity["file-metadata"] = json!({
            "content-length": meta.size,
            "content-type": content_type(&meta),
        });
    }
    let fields = [
        ("uri", files_uri(context).into()),
        ("path", "/chatfiles".into()),
        ("entities", json!([entity])),
    ];
    Ok(envelope(context, "post", fields))
}

pub(super) fn owner_name(owner: &Holder) -> Option<String> {
    match owner {
        Holder::App => None,
        Holder::User(name) => Some(name.clone()),
    }
}

pub(super) fn content_type(meta: &Meta) -> String {
    meta.content_type
        .clone()
        .filter(|value| value.contains('/'))
        .unwrap_or_else(|| "application/octet-stream".to_owned())
}

fn expiry(context: &Context<'_>, now_ms: i64) -> Option<i64> {
    let seconds = i64::try_from(context.config.file_ttl).unwrap_or(i64::MAX);
    (seconds > 0).then(|| now_ms.saturating_add(seconds.saturating_mul(1000)))
}

/// 48 characters for 36 bytes: a time UUID near the file's and 20 random bytes, as decoded samples show (easemob.md
/// §2.3).
fn share_secret(now_ms: i64) -> String {
    let mut bytes = time_uuid(now_ms).as_bytes().to_vec();
    bytes.extend_from_slice(&random::bytes::<20>());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A version 1 UUID of that moment, as all of Easemob's ids are. Its node is random each time, so that two of one
/// millisecond differ even while the clock stands still.
pub(super) fn time_uuid(now_ms: i64) -> Uuid {
    let mut node = random::bytes::<6>();
    // The multicast bit marks a node that is no network card's address (RFC 9562 §6.10).
    node[0] |= 1;
    let ms = u64::try_from(now_ms).unwrap_or(0);
    let nanos = u32::try_from(ms % 1000 * 1_000_000).unwrap_or(0);
    let time = Timestamp::from_unix(uuid::NoContext, ms / 1000, nanos);
    Uuid::new_v1(time, &node)
}
