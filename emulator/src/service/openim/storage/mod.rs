//! The object store behind OpenIM, with MinIO's rules for what its clients do: forms by POST policy, PUTs of objects
//! and parts, GETs (openim.md §2.4–2.6). Why no ready-made server does this is in docs/emulator.md.

mod attributes;
mod auth;
mod checksums;
mod chunked;
mod error;
mod get;
mod go_form;
mod go_mime;
pub(super) mod legacy;
mod list;
mod manners;
pub(super) mod multipart;
mod policy;
mod policy_json;
mod policy_time;
mod post;
mod put;
pub(super) mod sigv4;
mod types;

use std::borrow::Cow;

use hyper::Method;

use error::Error;
pub(super) use error::{escape, knows, named_error};
pub(super) use types::type_of;

use super::Context;
use crate::http::{Answer, Head, RequestBody, encode_percent};

/// Of an object that was put without the field; where that is empty, or a form has none, the key tells.
const UNKNOWN_TYPE: &str = "binary/octet-stream";

pub(super) async fn handle(context: &Context<'_>, key: &str, body: &mut RequestBody) -> Answer {
    let key = &*without_leading_slash(key);
    match answer(context, key, body).await {
        Ok(answer) => answer,
        Err(failure) => failure.answer(context, key),
    }
}

/// A key with a slash before it is the same without it, and tidied up besides.
fn without_leading_slash(key: &str) -> Cow<'_, str> {
    if !key.starts_with('/') || key == "/" {
        return Cow::Borrowed(key);
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in key.split('/').filter(|segment| !segment.is_empty()) {
        kept.push(segment);
    }
    let end = if key.ends_with('/') { "/" } else { "" };
    Cow::Owned(kept.join("/") + end)
}

/// Reads XML, with Go's words where it ends too early. As with Go, what stands around its root does not count.
fn xml(text: &str) -> Result<roxmltree::Document<'_>, error::Failure> {
    roxmltree::Document::parse(root(text)).map_err(|error| match error {
        roxmltree::Error::UnexpectedEndOfStream | roxmltree::Error::UnclosedRootNode => {
            let line = text.lines().count().max(1);
            let why = format!("XML syntax error on line {line}: unexpected EOF");
            error::Failure::because(Error::MALFORMED_XML, &why)
        }
        _ => Error::MALFORMED_XML.into(),
    })
}

/// From the begin of the first element to its end, if it has one; no element here is within one of its own name.
fn root(text: &str) -> &str {
    let is_name = |(at, _): &(usize, &str)| {
        let next = text.as_bytes().get(at + 1);
        next.is_some_and(u8::is_ascii_alphabetic)
    };
    let Some((begin, _)) = text.match_indices('<').find(is_name) else {
        return text;
    };
    let text = &text[begin..];
    let ends_name = |sign: char| sign.is_whitespace() || "/>".contains(sign);
    let name = text[1..].split(ends_name).next().unwrap_or_default();
    let tag = text.find('>').unwrap_or(text.len() - 1);
    let close = format!("</{name}>");
    let end = match text[..tag].ends_with('/') {
        true => Some(tag + 1),
        false => text.find(&close).map(|at| at + close.len()),
    };
    &text[..end.unwrap_or(text.len())]
}

async fn answer(
    context: &Context<'_>,
    key: &str,
    body: &mut RequestBody,
) -> Result<Answer, error::Failure> {
    let method = &context.head.method;
    if *method == Method::OPTIONS {
        return Ok(manners::preflight(context.head));
    }
    manners::check_size(&context.head.headers)?;
    check_path(key)?;
    check_bucket_name(context.bucket)?;
    manners::check_own_key(context)?;
    match *method {
        Method::GET | Method::HEAD => {
            check_key(key)?;
            get::get(context, key)
        }
        Method::POST if post::is_for_credentials(context) => post::credentials(body).await,
        Method::POST if key.is_empty() && context.head.query("delete").is_some() => {
            list::delete(context, body).await
        }
        Method::POST if key.is_empty() => post::form(context, body).await,
        Method::POST => multipart::post(context, key, body).await,
        Method::DELETE => multipart::delete(context, key),
        Method::PUT => {
            check_length(key)?;
            check_key(key)?;
            put::put(context, key, body).await
        }
        _ => Err(error::Failure::unsupported(context.head)),
    }
}

/// What no path may have, whatever it is asked for.
fn check_path(key: &str) -> Result<(), error::Failure> {
    if key.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err(error::Failure::early(Error::RESOURCE));
    }
    Ok(())
}

/// As S3 has names of buckets (`CheckValidBucketNameStrict` in minio-go): no other bucket can be there.
fn check_bucket_name(bucket: &str) -> Result<(), error::Failure> {
    let is_end = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_sign = |byte: &u8| is_end(byte) || b"-.".contains(byte);
    let bytes = bucket.as_bytes();
    let is_one = (3..=63).contains(&bytes.len())
        && bytes.iter().all(is_sign)
        && bytes.first().is_some_and(is_end)
        && bytes.last().is_some_and(is_end)
        && !["..", ".-", "-."].iter().any(|pair| bucket.contains(pair))
        && bucket.parse::<std::net::Ipv4Addr>().is_err();
    match is_one || bucket.is_empty() {
        true => Ok(()),
        false => Err(error::Failure::early(Error::BUCKET_NAME)),
    }
}

fn check_length(key: &str) -> Result<(), error::Failure> {
    const LONGEST: usize = 1024;
    if key.len() > LONGEST {
        return Err(Error::KEY_TOO_LONG.into());
    }
    Ok(())
}

/// What MinIO cannot keep on its disks, or could not find again.
fn check_key(key: &str) -> Result<(), error::Failure> {
    const LONGEST_SEGMENT: usize = 255;
    let is_bad = |segment: &str| segment.len() > LONGEST_SEGMENT || segment.contains('\0');
    if key == "/" || key.contains("//") || key.split('/').any(is_bad) {
        return Err(Error::NAME.into());
    }
    Ok(())
}

/// What OpenIM's client of the store says of a key that it cannot ask for, or the store of one that it does not take.
pub(super) fn refused_key(key: &str) -> Option<String> {
    // Its own checks.
    if key.trim().is_empty() {
        return Some("Object name cannot be empty".to_owned());
    }
    if check_length(key).is_err() {
        return Some("Object name cannot be longer than 1024 characters".to_owned());
    }
    // Refused before the store says why in a field of its answer.
    if check_path(key).is_err() {
        return Some("400 Bad Request".to_owned());
    }
    check_key(key).err().map(|failure| failure.words())
}

/// Adds what every answer of the store carries.
pub(super) fn decorate(head: &Head, answer: &mut Answer) {
    manners::decorate(head, answer);
}

/// As Go writes a path.
fn escape_path(path: &str) -> String {
    encode_percent(path, b"$&+,/:;=@")
}

/// Where an object lies, for those who asked under this host.
fn location(context: &Context<'_>, key: &str) -> String {
    let path = format!("/{}/{}", context.config.bucket, key.trim_end_matches('/'));
    format!("{}{}", context.head.base, escape_path(&path))
}
