//! The header fields of a private deployment, whose store is signed for in the way of S3 (smh.md §1.5b).

use hyper::HeaderMap;
use sha2::{Digest, Sha256};

use super::sign::{Fault, Keys, Span, escape, escape_path, hmac};
use crate::calendar::{amz_date, parse_amz_date};
use crate::http::decode_percent;
use crate::store::hex;

/// The value that private deployments put in `x-amz-content-sha256` was never seen; this one fits any body.
pub(super) const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const REGION: &str = "us-east-1";
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

fn canonical(
    method: &str,
    path: &str,
    query: &[(String, String)],
    headers: &[(String, String)],
    payload: &str,
) -> String {
    let mut query: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
        .collect();
    query.sort();
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}:{}\n", value.trim()))
        .collect();
    format!(
        "{method}\n{}\n{}\n{lines}\n{}\n{payload}",
        escape_path(path),
        query.join("&"),
        names(headers)
    )
}

fn names(headers: &[(String, String)]) -> String {
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    names.join(";")
}

fn signature(keys: &Keys, date: &str, canonical: &str) -> String {
    let day = date.get(..8).unwrap_or_default();
    let text = format!(
        "{ALGORITHM}\n{date}\n{day}/{REGION}/s3/aws4_request\n{}",
        hex(&Sha256::digest(canonical))
    );
    let mut key = format!("AWS4{}", keys.secret()).into_bytes();
    for step in [day, REGION, "s3", "aws4_request"] {
        key = hmac::<Sha256>(&key, step.as_bytes());
    }
    hex(&hmac::<Sha256>(&key, text.as_bytes()))
}

/// The header fields to send with one request, `host` apart. `more` is signed too.
pub(super) fn headers(
    keys: &Keys,
    host: &str,
    path: &str,
    query: &[(String, String)],
    start_s: i64,
    more: &[(&str, &str)],
) -> Vec<(String, String)> {
    let date = amz_date(start_s.saturating_mul(1000));
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut fields: Vec<(String, String)> =
        more.iter().map(|(name, value)| pair(name, value)).collect();
    fields.push(pair("x-amz-content-sha256", UNSIGNED));
    fields.push(pair("x-amz-date", &date));
    let mut signed = fields.clone();
    signed.push(pair("host", host));
    signed.sort();
    let text = canonical("PUT", path, query, &signed, UNSIGNED);
    let day = date.get(..8).unwrap_or_default();
    let authorization = format!(
        "{ALGORITHM} Credential={}/{day}/{REGION}/s3/aws4_request, SignedHeaders={}, Signature={}",
        keys.id(),
        names(&signed),
        signature(keys, &date, &text)
    );
    fields.push(("authorization".to_owned(), authorization));
    fields
}

/// Checks the signature of a request that lives for `life_s` seconds.
pub(super) fn check(
    keys: &Keys,
    path: &str,
    query: &str,
    headers: &HeaderMap,
    life_s: i64,
    now_ms: i64,
) -> Result<(), Fault> {
    let header = |name: &str| {
        headers
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
    };
    let authorization = header("authorization").ok_or(Fault::Missing)?;
    let fields = authorization
        .strip_prefix(ALGORITHM)
        .ok_or(Fault::Malformed)?;
    let field = |name: &str| {
        fields.split(',').find_map(|field| {
            let (key, value) = field.trim().split_once('=')?;
            (key == name).then(|| value.to_owned())
        })
    };
    let credential = field("Credential").ok_or(Fault::Malformed)?;
    if credential.split('/').next() != Some(keys.id()) {
        return Err(Fault::UnknownKey);
    }
    let date = header("x-amz-date").ok_or(Fault::Malformed)?;
    let start_s = parse_amz_date(&date)
        .ok_or(Fault::Malformed)?
        .div_euclid(1000);
    let listed = field("SignedHeaders").ok_or(Fault::Malformed)?;
    let signed: Vec<(String, String)> = listed
        .split(';')
        .map(|name| (name.to_owned(), header(name).unwrap_or_default()))
        .collect();
    let query: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode_percent(name, false), decode_percent(value, false))
        })
        .collect();
    let payload = header("x-amz-content-sha256").unwrap_or_default();
    let text = canonical("PUT", path, &query, &signed, &payload);
    let given = field("Signature").ok_or(Fault::Malformed)?;
    if !given.eq_ignore_ascii_case(&signature(keys, &date, &text)) {
        return Err(Fault::Mismatch(None));
    }
    let end_s = start_s.saturating_add(life_s);
    Span { start_s, end_s }.check(now_ms)
}
