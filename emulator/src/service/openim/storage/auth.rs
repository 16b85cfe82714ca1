//! Who may do what at the store: signatures in the query or in the header, and none where the bucket is public.

use hyper::Method;

use super::super::Context;
use super::chunked::Seed;
use super::error::{Error, Failure};
use super::{legacy, sigv4};
use crate::calendar;
use crate::config::OPENIM_SKEW_MS;

/// What was signed of the body.
#[derive(Debug)]
pub(super) enum Payload {
    /// Nothing.
    Any,
    /// The text that should be its SHA-256 in hex.
    Sha256(String),
    /// It comes in chunks.
    Chunks(Seed),
}

/// The longest life of a presigned address.
const WEEK_S: f64 = 604_800.0;

/// Of what stores no body. A text that cannot be a SHA-256 is refused all the same (`isReqAuthenticated` in MinIO's
/// auth-handler.go), so that nothing is deleted by such a request.
pub(super) fn check(context: &Context<'_>) -> Result<(), Failure> {
    check_anywhere(context)?;
    check_bucket(context)
}

/// The same, whether the bucket is there or not.
pub(super) fn check_anywhere(context: &Context<'_>) -> Result<(), Failure> {
    let is_put = context.head.method == Method::PUT;
    match check_signature(context)? {
        Payload::Any => {}
        Payload::Sha256(text) if is_hex(&text) => {}
        // Only a PUT comes in chunks, and not each.
        Payload::Chunks(_) if is_put => return Err(Error::MECHANISM.into()),
        Payload::Chunks(seed) if !seed.is_signed() => {}
        Payload::Sha256(_) | Payload::Chunks(_) => return Err(Error::BAD_SHA256.into()),
    }
    Ok(())
}

/// Of what puts an object or a part; the text that states the SHA-256 is compared with the body.
pub(super) fn check_put(context: &Context<'_>) -> Result<Payload, Failure> {
    let payload = check_signature(context)?;
    check_bucket(context)?;
    Ok(payload)
}

fn is_hex(text: &str) -> bool {
    let are_digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    are_digits && !text.is_empty() && text.len().is_multiple_of(2)
}

/// There is one bucket.
pub(super) fn check_bucket(context: &Context<'_>) -> Result<(), Failure> {
    if context.bucket == context.config.bucket {
        return Ok(());
    }
    Err(Error::NO_SUCH_BUCKET.into())
}

fn check_signature(context: &Context<'_>) -> Result<Payload, Failure> {
    let query = context.head.query_pairs();
    let has = |name: &str| query.iter().any(|(key, _)| key == name);
    let authorization = context.head.header("authorization").unwrap_or_default();
    let scheme = authorization.split(' ').next().unwrap_or_default();
    if has("X-Amz-Credential") {
        match scheme {
            "" => presigned(context, query),
            sigv4::ALGORITHM => Err(Failure::early(Error::NO_DATE)),
            _ => Err(Failure::early(Error::TWO_KINDS)),
        }
    } else if scheme == sigv4::ALGORITHM {
        by_header(context, query, &authorization)
    } else if scheme.starts_with("AWS4-") {
        Err(Error::MISSING_FIELDS.into())
    } else if scheme == "AWS" {
        v2(context, &authorization)
    } else if authorization.starts_with("q-sign-algorithm=") {
        cos(context, &authorization)
    } else if authorization.starts_with("OSS ") {
        oss(context, &query, &authorization)
    } else if !matches!(scheme, "" | "Bearer") {
        Err(Failure::early(Error::MECHANISM))
    } else if context.config.public_read {
        // OpenIM's policy for such a bucket lets everyone write, too.
        match context.head.method {
            Method::GET | Method::HEAD | Method::PUT | Method::POST => Ok(Payload::Any),
            _ => Err(Error::ACCESS_DENIED.into()),
        }
    } else {
        Err(Error::ACCESS_DENIED.into())
    }
}

/// What a credential says: the day and the region, which may be any.
pub(super) struct Scope {
    pub(super) day: String,
    pub(super) region: String,
}

/// Reads a credential, whose key and service must be right.
pub(super) fn check_credential(context: &Context<'_>, credential: &str) -> Result<Scope, Failure> {
    let parts: Vec<&str> = credential.trim_end_matches('/').rsplitn(5, '/').collect();
    let [terminal, service, region, day, key] = parts[..] else {
        return Err(Error::CREDENTIAL.into());
    };
    // A key is longer than that, or none.
    if key.len() < 3 {
        return Err(Error::ACCESS_KEY.into());
    }
    if calendar::parse_amz_date(&format!("{day}T000000Z")).is_none() {
        return Err(Error::CREDENTIAL_DATE.into());
    }
    if service != "s3" {
        return Err(Error::SERVICE.into());
    }
    if terminal != "aws4_request" {
        return Err(Error::TERMINAL.into());
    }
    if key != context.config.access_key {
        return Err(Error::ACCESS_KEY.into());
    }
    Ok(Scope {
        day: day.to_owned(),
        region: region.to_owned(),
    })
}

/// Signature version 2: `AWS KEY:SIGNATURE`.
fn v2(context: &Context<'_>, authorization: &str) -> Result<Payload, Failure> {
    let (_, credential) = authorization.split_once(' ').unwrap_or_default();
    let (access, signature) = credential.split_once(':').ok_or(Error::SIGNATURE)?;
    if access != context.config.access_key {
        return Err(Error::ACCESS_KEY.into());
    }
    let field = |name: &str| context.head.header(name).unwrap_or_default();
    let date = match field("x-amz-date").is_empty() {
        true => field("date"),
        false => String::new(),
    };
    let mut amz: Vec<(String, String)> = context
        .head
        .headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-amz-"))
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    amz.sort();
    let amz: String = amz
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    let text = format!(
        "{}\n{}\n{}\n{date}\n{amz}{}",
        context.head.method,
        field("content-md5"),
        field("content-type"),
        canonical_v2(context),
    );
    if legacy::oss_signature(&context.config.secret_key, &text) != signature {
        return Err(Error::SIGNATURE.into());
    }
    Ok(Payload::Any)
}

/// The path, and of the query what changes the meaning of a request, in the order of MinIO's list.
fn canonical_v2(context: &Context<'_>) -> String {
    const SIGNED: &[&str] = &[
        "acl",
        "cors",
        "delete",
        "encryption",
        "legal-hold",
        "lifecycle",
        "location",
        "logging",
        "notification",
        "partNumber",
        "policy",
        "requestPayment",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "response-content-language",
        "response-content-type",
        "response-expires",
        "retention",
        "select",
        "select-type",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versionId",
        "versioning",
        "versions",
        "website",
    ];
    let query = context.head.query_pairs();
    let given = SIGNED.iter().filter_map(|name| {
        let (_, value) = query.iter().rfind(|(given, _)| given == name)?;
        Some(match value.is_empty() {
            true => (*name).to_owned(),
            false => format!("{name}={value}"),
        })
    });
    let given: Vec<String> = given.collect();
    match given.is_empty() {
        true => context.head.path.clone(),
        false => format!("{}?{}", context.head.path, given.join("&")),
    }
}

/// The signed fields of a request, as it came.
fn signed_fields(context: &Context<'_>, names: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut fields = Vec::new();
    for name in names.split(';') {
        let values: Vec<String> = context
            .head
            .headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
            .collect();
        if values.is_empty() {
            return Err(Error::UNSIGNED_HEADERS.into());
        }
        fields.push((name.to_ascii_lowercase(), values.join(",")));
    }
    if !fields.iter().any(|(name, _)| name == "host") {
        return Err(Error::UNSIGNED_HEADERS.into());
    }
    fields.sort();
    Ok(fields)
}

/// The path as it was asked for: a bucket may come with a slash behind it or without.
fn path(context: &Context<'_>) -> String {
    crate::http::decode_percent(&context.head.path, false)
}

fn presigned(context: &Context<'_>, query: Vec<(String, String)>) -> Result<Payload, Failure> {
    let value = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
            .ok_or(Error::QUERY)
    };
    let (algorithm, credential) = (value("X-Amz-Algorithm")?, value("X-Amz-Credential")?);
    let (date, expires) = (value("X-Amz-Date")?, value("X-Amz-Expires")?);
    let (names, signature) = (value("X-Amz-SignedHeaders")?, value("X-Amz-Signature")?);
    if algorithm != sigv4::ALGORITHM {
        return Err(Error::ALGORITHM.into());
    }
    let scope = check_credential(context, &credential)?;
    if signature.is_empty() {
        return Err(Error::MISSING_FIELDS.into());
    }
    let dated_ms = calendar::parse_amz_date(&date).ok_or(Error::QUERY_DATE)?;
    // As Go reads a number and a unit: of nanoseconds it has an int64.
    let life_s = expires.parse::<f64>().ok();
    let life_s = life_s.filter(|life| life.abs() <= i64::MAX as f64 / 1e9);
    let life_s = life_s.ok_or(Error::EXPIRES_NUMBER)?;
    if life_s < 0.0 {
        return Err(Error::EXPIRES_NEGATIVE.into());
    }
    if life_s > WEEK_S {
        return Err(Error::LONG_EXPIRES.into());
    }
    let headers = signed_fields(context, &names)?;
    let is_signed = |name: &str| headers.iter().any(|(signed, _)| signed == name);
    let mut sent = context
        .head
        .headers
        .keys()
        .map(hyper::header::HeaderName::as_str);
    // What says how to store it must be signed.
    if sent.any(|name| name.starts_with("x-amz-meta-") && !is_signed(name)) {
        return Err(Error::UNSIGNED_HEADERS.into());
    }
    let now_ms = context.now_ms();
    if dated_ms > now_ms + OPENIM_SKEW_MS {
        return Err(Error::NOT_YET.into());
    }
    if (now_ms - dated_ms) as f64 > life_s * 1000.0 {
        return Err(Error::EXPIRED.into());
    }
    // A fraction is none that was signed.
    if life_s.fract() != 0.0 || scope.day != sigv4::day(&date) {
        return Err(Error::SIGNATURE.into());
    }
    let payload = value("X-Amz-Content-Sha256").ok();
    let payload = payload.or_else(|| context.head.header("x-amz-content-sha256"));
    let payload = payload.unwrap_or_else(|| sigv4::UNSIGNED.to_owned());
    let request = sigv4::Canonical {
        method: context.head.method.as_str(),
        path: &path(context),
        query: query
            .into_iter()
            .filter(|(name, _)| name != "X-Amz-Signature")
            .collect(),
        headers,
        payload: &payload,
    };
    if context.signer_in(&scope.region).sign(&date, &request) != signature {
        return Err(Error::SIGNATURE.into());
    }
    Ok(Payload::Any)
}

fn by_header(
    context: &Context<'_>,
    query: Vec<(String, String)>,
    authorization: &str,
) -> Result<Payload, Failure> {
    // The time is looked at before anything else.
    let date = context.head.header("x-amz-date");
    let date = date.ok_or_else(|| Failure::early(Error::NO_DATE))?;
    let dated_ms =
        calendar::parse_amz_date(&date).ok_or_else(|| Failure::early(Error::BAD_DATE))?;
    if (context.now_ms() - dated_ms).abs() > OPENIM_SKEW_MS {
        return Err(Failure::early(Error::SKEWED));
    }
    // In this order alone.
    let rest = authorization.trim_start_matches(sigv4::ALGORITHM);
    let fields: Vec<&str> = rest.split(',').map(str::trim).collect();
    let [credential, names, signature] = fields[..] else {
        return Err(Error::MISSING_FIELDS.into());
    };
    let credential = credential
        .strip_prefix("Credential=")
        .ok_or(Error::NO_CREDENTIAL)?;
    let names = names
        .strip_prefix("SignedHeaders=")
        .ok_or(Error::MISSING_FIELDS)?;
    let signature = signature
        .strip_prefix("Signature=")
        .ok_or(Error::MISSING_FIELDS)?;
    let scope = check_credential(context, credential)?;
    if scope.day != sigv4::day(&date) {
        return Err(Error::SIGNATURE.into());
    }
    let payload = context
        .head
        .header("x-amz-content-sha256")
        .unwrap_or_else(|| sigv4::UNSIGNED.to_owned());
    let chunks = Seed::of(&payload, &date, &scope.region, signature);
    let request = sigv4::Canonical {
        method: context.head.method.as_str(),
        path: &path(context),
        query,
        headers: signed_fields(context, names)?,
        payload: &payload,
    };
    if context.signer_in(&scope.region).sign(&date, &request) != signature {
        return Err(Error::SIGNATURE.into());
    }
    Ok(match chunks {
        Some(seed) => Payload::Chunks(seed),
        None if payload == sigv4::UNSIGNED => Payload::Any,
        None => Payload::Sha256(payload),
    })
}

fn cos(context: &Context<'_>, authorization: &str) -> Result<Payload, Failure> {
    let value = |name: &str| {
        authorization
            .split('&')
            .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
            .ok_or(Error::AUTHORIZATION)
    };
    let (key_time, signature) = (value("q-key-time")?, value("q-signature")?);
    if value("q-ak")? != context.config.access_key {
        return Err(Error::ACCESS_KEY.into());
    }
    check_span(context, key_time)?;
    let method = context.head.method.as_str().to_ascii_lowercase();
    let host = context.head.header("host").unwrap_or_default();
    let text = legacy::cos_text(key_time, &method, &path(context), &host);
    if legacy::cos_signature(&context.config.secret_key, key_time, &text) != signature {
        return Err(Error::SIGNATURE.into());
    }
    Ok(Payload::Any)
}

/// COS's span of time, in seconds: `from;to`.
pub(super) fn check_span(context: &Context<'_>, span: &str) -> Result<(), Failure> {
    let now_s = context.now_ms().div_euclid(1000);
    let (from, to) = span
        .split_once(';')
        .and_then(|(from, to)| Some((from.parse::<i64>().ok()?, to.parse::<i64>().ok()?)))
        .ok_or(Error::AUTHORIZATION)?;
    if now_s < from - OPENIM_SKEW_MS / 1000 || now_s > to {
        return Err(Error::EXPIRED.into());
    }
    Ok(())
}

fn oss(
    context: &Context<'_>,
    query: &[(String, String)],
    authorization: &str,
) -> Result<Payload, Failure> {
    let (access, signature) = authorization
        .trim_start_matches("OSS ")
        .split_once(':')
        .ok_or(Error::AUTHORIZATION)?;
    if access != context.config.access_key {
        return Err(Error::ACCESS_KEY.into());
    }
    let date = context.head.header("x-oss-date").ok_or(Error::NO_DATE)?;
    let dated = httpdate::parse_http_date(&date).map_err(|_| Error::BAD_DATE)?;
    let dated_ms = dated
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        });
    if context.now_ms().saturating_sub(dated_ms).abs() > OPENIM_SKEW_MS {
        return Err(Error::SKEWED.into());
    }
    let field = |name: &str| context.head.header(name).unwrap_or_default();
    let text = legacy::oss_text(
        &field("content-md5"),
        &field("content-type"),
        &date,
        &path(context),
        query,
    );
    if legacy::oss_signature(&context.config.secret_key, &text) != signature {
        return Err(Error::SIGNATURE.into());
    }
    Ok(Payload::Any)
}
