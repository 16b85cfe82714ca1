//! Finished objects, at signed addresses.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{self, HeaderName};
use md5::{Digest, Md5};

use super::error::Error;
use super::{CRC64, object_id};
use crate::clock::http_date;
use crate::http::{Answer, Content, Presentation, response_label, serve_span, set, status_only};
use crate::service::picture;
use crate::service::smh::Context;
use crate::service::smh::files::SHRINK;
use crate::service::smh::object::Object;
use crate::service::smh::reply::{STORED_TYPE, quoted};

pub(super) fn send(context: &Context<'_>, path: &str) -> Result<Answer, Error> {
    context.rights(path)?;
    let (object, files) = {
        let world = context.memory.world();
        let key = path.strip_prefix('/').unwrap_or(path);
        let object = world.objects.get(object_id(path));
        match object.filter(|object| object.key == key) {
            Some(object) => (Arc::clone(object), world.objects.content(object)),
            None => {
                let object = world.bucket.get(key);
                let object = object.ok_or_else(|| Error::new("NoSuchKey"))?;
                (Arc::clone(object), world.bucket.content(object))
            }
        }
    };
    if is_unchanged(context, &object)? {
        let mut answer = status_only(304);
        name_version(&object, &mut answer);
        return Ok(answer);
    }
    let label = |name: &str| object.labels.iter().find(|(label, _)| label == name);
    let content_type = label("content-type").map_or(STORED_TYPE, |(_, kind)| kind.as_str());
    let mut look = Presentation {
        content_type: content_type.to_owned(),
        etag: object.etag.clone(),
        modified_ms: object.created_ms,
        ranges: context.config.range,
        file_name: None,
    };
    if let Some((bytes, content_type)) = small(context, &files) {
        look.content_type = content_type.to_owned();
        look.etag = crate::store::hex(&Md5::digest(&bytes));
        return Ok(serve_span(
            context.head,
            Content::Bytes(bytes.into()),
            &look,
        ));
    }
    let mut answer = serve_span(context.head, Content::Files(files), &look);
    if answer.status() == StatusCode::RANGE_NOT_SATISFIABLE {
        let host = context.head.header("host").unwrap_or_default();
        let error = Error::new("InvalidRange");
        let mut refused = error.answer(&format!("{host}{path}"), context.now_ms());
        // As RFC 9110 §15.5.17 has it: how long the object is. Whether COS says so is not published.
        let length = answer.headers().get(header::CONTENT_RANGE).cloned();
        refused
            .headers_mut()
            .extend(length.map(|length| (header::CONTENT_RANGE, length)));
        return Ok(refused);
    }
    for (name, value) in &object.labels {
        if let Ok(name) = HeaderName::try_from(name) {
            set(&mut answer, name, value);
        }
    }
    for (name, value) in context.head.query_pairs() {
        if let Some(field) = response_label(&name)
            && !value.is_empty()
        {
            set(&mut answer, field, &value);
        }
    }
    set(&mut answer, CRC64, &object.crc64.to_string());
    Ok(answer)
}

fn name_version(object: &Object, answer: &mut Answer) {
    set(answer, header::ETAG, &quoted(&object.etag));
    set(answer, header::LAST_MODIFIED, &http_date(object.created_ms));
    set(answer, CRC64, &object.crc64.to_string());
}

/// Whether the client has the object already. A condition that does not hold is an error (smh.md §1.16).
fn is_unchanged(context: &Context<'_>, object: &Object) -> Result<bool, Error> {
    let field = |name: &str| context.head.header(name).filter(|value| !value.is_empty());
    let names = |tags: &str| {
        tags.split(',').any(|tag| {
            let tag = tag.trim().trim_start_matches("W/");
            tag == "*" || tag.trim_matches('"') == object.etag
        })
    };
    let changed = object.created_ms.div_euclid(1000);
    // RFC 9110 §13.2.2: a condition on the ETag goes before one on the time.
    let holds = match field("if-match") {
        Some(tags) => names(&tags),
        None => context
            .head
            .date("if-unmodified-since")
            .is_none_or(|time| changed <= time),
    };
    if !holds {
        return Err(Error::new("PreconditionFailed"));
    }
    Ok(match field("if-none-match") {
        Some(tags) => names(&tags),
        None => context
            .head
            .date("if-modified-since")
            .is_some_and(|time| changed <= time),
    })
}

type Picture = (Vec<u8>, &'static str);

/// The picture that the address asks for in place of the object; `None` if it asks for none.
fn small(context: &Context<'_>, files: &[(PathBuf, u64)]) -> Option<Picture> {
    let pairs = context.head.query_pairs();
    let asked = pairs
        .iter()
        .find_map(|(name, _)| name.strip_prefix(SHRINK))?;
    let size = picture::size(asked)?;
    let mut bytes = Vec::new();
    for (path, _) in files {
        bytes.extend(std::fs::read(path).ok()?);
    }
    let is_image = image::guess_format(&bytes).is_ok();
    match picture::shrunk(Cursor::new(bytes), size) {
        Some(picture) => Some(picture),
        // One that is small enough is what it is.
        None if is_image => None,
        None => picture::frame(size),
    }
}
