//! POST of a form to the bucket.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header;
use md5::Md5;
use sha1::{Digest, Sha1};

use super::super::Context;
use super::auth;
use super::checksums::Stated;
use super::error::{Error, Failure, escape};
use super::go_form::{Form, unread};
use super::go_mime::Value;
use super::policy::{Fields, Policy};
use super::{checksums, legacy, manners};
use crate::http::{
    Answer, BodyError, RequestBody, decode_percent, encode_percent, json, set, status_only, text,
};
use crate::store::{Meta, Upload, hex};

/// `maxFormFieldSize` in MinIO.
const LONGEST_FIELD: usize = 1024 * 1024;
const MOST_FIELDS: usize = 1000;
const MISSING: &str = "The file or text content is missing";
/// A form with no more than this besides its fields is read to the end of its file before it is looked at
/// (`ShouldInline` in MinIO).
const INLINE: u64 = 128 * 1024;
/// Go's `multipart.ErrMessageTooLarge`.
const TOO_LARGE: &str = "multipart: message too large";

pub(super) async fn form(context: &Context<'_>, body: &mut RequestBody) -> Result<Answer, Failure> {
    // Without a length, or with none to speak of: a chunked body is refused.
    let length = context.head.content_length().unwrap_or(0);
    if length == 0 {
        return Err(Error::EMPTY_BODY.into());
    }
    let malformed = |why: &str| Failure::because(Error::BAD_FORM, why);
    let kind = form_type(context).ok_or_else(|| Failure::unsupported(context.head))?;
    let boundary = kind.parameters.get("boundary");
    let boundary =
        boundary.ok_or_else(|| malformed("no multipart boundary param in Content-Type"))?;
    if boundary.is_empty() {
        return Err(malformed("multipart: boundary is empty"));
    }
    let mut form = Form::new(boundary, body);
    let mut fields = Fields::default();
    let (mut count, mut of_fields) = (0, 0);
    let file_name = loop {
        let part = form.next().await?.ok_or_else(|| malformed(MISSING))?;
        count += 1;
        if count > MOST_FIELDS {
            return Err(malformed(TOO_LARGE));
        }
        if part.name.is_empty() {
            continue;
        }
        of_fields += part.name.len() + part.file_name.len();
        // Whatever stands behind the file is not looked at.
        if part.name == "file" {
            break part.file_name;
        }
        let value = field(&mut form).await?;
        of_fields += value.len();
        fields.add(&part.name, value);
    };
    if length.saturating_sub(of_fields as u64) <= INLINE {
        form.hold().await?;
    }
    let wanted = fields
        .get("key")
        .ok_or_else(|| malformed("The name of the uploaded key is missing"))?
        .to_owned();
    let file_name = match file_name.is_empty() {
        true => &wanted,
        false => &file_name,
    };
    if file_name.is_empty() {
        return Err(malformed(MISSING));
    }
    let sum = Stated::read(|name| fields.get(name).map(str::to_owned));
    let sum = sum.map_err(|_| malformed("Invalid checksum: invalid checksum"))?;
    let key = wanted.replace("${filename}", file_name);
    fields.name("key", key.clone());
    let range = match check(context, &mut fields)? {
        Checked::Range(range) => range,
        Checked::Refused(answer) => return Ok(answer),
    };
    auth::check_bucket(context)?;
    // Here it is the name that is bad, as no path has it.
    if key.is_empty() || super::check_path(&key).is_err() {
        return Err(Error::NAME.into());
    }
    super::check_length(&key)?;
    super::check_key(&key)?;
    let mut labels = check_wishes(&fields)?;
    let md5 = manners::stated_md5(fields.get("content-md5"))?;
    let (file, sum) = receive(context, &mut form, range, md5.as_deref(), sum).await?;
    labels.extend(sum.into_iter().flat_map(checksums::of_object));
    let content_type = fields
        .get("content-type")
        .or_else(|| fields.get("x-oss-content-type"))
        .unwrap_or_default();
    let key = &*super::without_leading_slash(&key);
    let meta = context
        .put_object(key, file, Some(content_type.to_owned()), labels)
        .await?;
    let mut answer = success(context, &fields, key, &meta);
    super::get::give_labels(checksums::labels(&meta), &mut answer);
    Ok(answer)
}

/// A url-encoded POST asks for credentials of a short life, whatever its path says.
pub(super) fn is_for_credentials(context: &Context<'_>) -> bool {
    let kind = context.head.header("content-type").unwrap_or_default();
    kind.starts_with("application/x-www-form-urlencoded") && context.head.query.is_empty()
}

/// There are none to be had.
pub(super) async fn credentials(body: &mut RequestBody) -> Result<Answer, Failure> {
    const LONGEST: usize = 10 * 1024 * 1024;
    let form = body.collect(LONGEST).await?.unwrap_or_default();
    let (code, words) = match form.contains(&b';') {
        true => (
            "InvalidParameterValue",
            "invalid semicolon separator in query",
        ),
        false => (
            "MissingParameter",
            "Invalid STS API version , expecting 2011-06-15",
        ),
    };
    let id = manners::RequestId::new();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <Error><Type></Type><Code>{code}</Code><Message>{words}</Message></Error><RequestId>{}</RequestId>\
         </ErrorResponse>",
        id.text()
    );
    let mut answer = text(400, "application/xml", body);
    answer.extensions_mut().insert(id);
    answer.extensions_mut().insert(manners::Early::Uncounted);
    Ok(answer)
}

/// Whether the request is a form, whichever place it goes to.
pub(super) fn is_form(context: &Context<'_>) -> bool {
    form_type(context).is_some()
}

/// The type of a form, with its boundary.
fn form_type(context: &Context<'_>) -> Option<Value> {
    let kind = context.head.header("content-type").unwrap_or_default();
    Value::read(&kind).filter(|kind| kind.kind == "multipart/form-data")
}

/// What the object is to keep of the form, and what cannot be had.
fn check_wishes(fields: &Fields) -> Result<Vec<(String, String)>, Failure> {
    if fields.get("x-amz-server-side-encryption").is_some() {
        return Err(Error::ENCRYPTION.into());
    }
    let redirect = fields.get("success_action_redirect").unwrap_or_default();
    if !redirect.is_empty() && escape_url(redirect).parse::<hyper::Uri>().is_err() {
        return Err(Error::BAD_FORM.into());
    }
    let mut labels = fields.labels();
    if let Some(tags) = fields.get("tagging").filter(|tags| !tags.is_empty()) {
        labels.extend(manners::tag_list(tags).map_err(|_| Error::BAD_FORM)?);
    }
    for (_, tags) in labels.iter().filter(|(name, _)| name == manners::TAGS) {
        manners::check_tags(tags)?;
    }
    Ok(labels)
}

/// What became of the signature and policy.
enum Checked {
    /// The sizes allowed.
    Range(Option<(u64, u64)>),
    Refused(Answer),
}

/// Checks signature and policy by whichever kind the form is of.
fn check(context: &Context<'_>, fields: &mut Fields) -> Result<Checked, Failure> {
    let get = |name: &str| fields.get(name).unwrap_or_default().to_owned();
    let policy = get("policy");
    let secret = &context.config.secret_key;
    if fields.get("x-amz-security-token").is_some() {
        return Err(Error::TOKEN.into());
    }
    let named: &[&str] = if fields.get("q-signature").is_some() {
        let (time, ak) = (get("q-key-time"), get("q-ak"));
        if ak != context.config.access_key {
            return Err(Error::ACCESS_KEY.into());
        }
        auth::check_span(context, &time)?;
        let text = STANDARD.decode(&policy).map_err(|_| Error::BAD_FORM)?;
        let digest = hex(&Sha1::digest(text));
        if legacy::cos_signature(secret, &time, &digest) != get("q-signature") {
            return Err(Error::SIGNATURE.into());
        }
        // The policy names the time of the signature otherwise than the form does.
        fields.set("q-sign-time", time);
        &[
            "q-key-time",
            "q-signature",
            "success_action_status",
            "x-cos-security-token",
        ]
    } else if fields.get("ossaccesskeyid").is_some() {
        if get("ossaccesskeyid") != context.config.access_key {
            return Err(Error::ACCESS_KEY.into());
        }
        if legacy::oss_signature(secret, &policy) != get("signature") {
            return Err(Error::SIGNATURE.into());
        }
        &[
            "ossaccesskeyid",
            "signature",
            "success_action_status",
            "x-oss-content-type",
        ]
    } else if fields.get("signature").is_some() {
        // Signature version 2, which OSS took over.
        if get("awsaccesskeyid") != context.config.access_key {
            return Err(Error::ACCESS_KEY.into());
        }
        if legacy::oss_signature(secret, &policy) != get("signature") {
            return Err(Error::SIGNATURE.into());
        }
        &["awsaccesskeyid", "signature"]
    } else if fields.get("token").is_some() {
        // Kodo looks for an HMAC in the middle of the token; OpenIM's driver never puts it there.
        let body = serde_json::json!({ "error": "bad token" });
        return Ok(Checked::Refused(json(401, "application/json", &body)));
    } else {
        check_v4(context, &get)?;
        &[]
    };
    fields.set("bucket", context.bucket.to_owned());
    let policy = STANDARD.decode(policy).map_err(|_| Error::BAD_FORM)?;
    manners::stated_md5(fields.get("content-md5"))?;
    if policy.is_empty() {
        return Ok(Checked::Range(None));
    }
    let policy = Policy::parse(&policy)?;
    // COS and OSS do not ask for the bucket in the policy.
    let named: Vec<&str> = match named {
        [] => Vec::new(),
        named => named.iter().copied().chain(["bucket"]).collect(),
    };
    policy.check(fields, &named, context.now_ms())?;
    Ok(Checked::Range(policy.range))
}

fn check_v4(context: &Context<'_>, get: &impl Fn(&str) -> String) -> Result<(), Failure> {
    let credential = get("x-amz-credential");
    let scope = auth::check_credential(context, &credential)?;
    let signer = context.signer_in(&scope.region);
    if signer.sign_text(&scope.day, &get("policy")) != get("x-amz-signature") {
        return Err(Error::SIGNATURE.into());
    }
    Ok(())
}

/// A field's text. One that is too long is read to its end before that is said.
async fn field(form: &mut Form<'_, RequestBody>) -> Result<String, Failure> {
    /// What MinIO holds of a form in memory.
    const MOST: usize = 20 * 1024 * 1024;
    let (mut text, mut length) = (Vec::new(), 0);
    while let Some(data) = form.data().await.map_err(|error| unread("", error))? {
        length += data.len();
        if length > MOST {
            break;
        }
        if length <= LONGEST_FIELD {
            text.extend_from_slice(&data);
        }
    }
    if length > LONGEST_FIELD {
        return Err(Failure::because(Error::BAD_FORM, TOO_LARGE));
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

async fn receive(
    context: &Context<'_>,
    form: &mut Form<'_, RequestBody>,
    range: Option<(u64, u64)>,
    md5: Option<&[u8]>,
    mut stated: Option<Stated>,
) -> Result<(Upload, Option<(String, String)>), Failure> {
    let (smallest, largest) = range.unwrap_or((0, u64::MAX));
    let mut file = context.state.store.create()?;
    let mut digest = md5.map(|_| Md5::new());
    let mut length = 0;
    loop {
        let data = match form.data().await {
            Ok(Some(data)) => data,
            // Also a file that its form does not end is taken as it is.
            Ok(None) | Err(BodyError::Malformed(_)) => break,
            Err(other) => return Err(other.into()),
        };
        length += data.len() as u64;
        // It is at its end that a file is found too long.
        if length <= largest {
            file.write(&data).await?;
        }
        if let Some(digest) = &mut digest {
            digest.update(&data);
        }
        if let Some(stated) = &mut stated {
            stated.update(&data);
        }
    }
    if length > largest {
        return Err(Error::TOO_LARGE.into());
    }
    if length < smallest {
        return Err(Error::TOO_SMALL.into());
    }
    if digest.map(|digest| digest.finalize().to_vec()).as_deref() != md5 {
        return Err(Error::BAD_DIGEST.into());
    }
    let sum = stated.map(Stated::compare).transpose()?;
    // It is whole, and who sent it is gone.
    if form.is_broken() {
        return Err(Error::DISCONNECTED.into());
    }
    Ok((file, sum))
}

fn success(context: &Context<'_>, fields: &Fields, key: &str, meta: &Meta) -> Answer {
    let etag = format!("\"{}\"", meta.md5);
    let bucket = &context.config.bucket;
    let location = super::location(context, key);
    let redirect = fields.get("success_action_redirect").unwrap_or_default();
    if !redirect.is_empty() {
        let told = [("bucket", bucket.as_str()), ("etag", &etag), ("key", key)];
        let mut answer = status_only(303);
        set(&mut answer, header::ETAG, &etag);
        set(&mut answer, header::LOCATION, &with_query(redirect, &told));
        return answer;
    }
    let mut answer = match fields.get("success_action_status") {
        Some("200") => status_only(200),
        Some("201") => {
            let body = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Bucket>{}</Bucket><Key>{}</Key>\
                 <ETag>{}</ETag><Location>{}</Location></PostResponse>",
                escape(bucket),
                escape(key),
                escape(&etag),
                escape(&location)
            );
            text(201, "application/xml", body)
        }
        _ => status_only(204),
    };
    set(&mut answer, header::ETAG, &etag);
    set(&mut answer, header::LOCATION, &location);
    answer
}

/// An address with more in its query, as Go writes both anew: by name, `+` for a blank, without what has a semicolon.
fn with_query(url: &str, more: &[(&str, &str)]) -> String {
    let (rest, fragment) = match url.split_once('#') {
        Some((rest, fragment)) => (rest, format!("#{}", escape_url(fragment))),
        None => (url, String::new()),
    };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let given = query.split('&');
    let given = given.filter(|pair| !pair.is_empty() && !pair.contains(';'));
    let given = given.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode_percent(name, true), decode_percent(value, true))
    });
    let more = more.iter();
    let more = more.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let pairs: Vec<_> = given.chain(more).collect();
    let query = super::sigv4::canonical_query(&pairs).replace("%20", "+");
    format!("{}?{query}{fragment}", escape_url(path))
}

/// With escapes for what no address has.
fn escape_url(url: &str) -> String {
    encode_percent(url, b"!#$%&'()*+,/:;=?@[]")
}
