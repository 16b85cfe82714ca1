//! Finished objects, at signed addresses.

use std::io::Cursor;
use std::path::PathBuf;

use hyper::Method;
use hyper::header::HeaderName;
use md5::{Digest, Md5};

use super::error::Error;
use super::{CRC64, object_id};
use crate::http::{Answer, Content, Presentation, response_label, serve, set};
use crate::service::picture;
use crate::service::smh::Context;
use crate::service::smh::files::SHRINK;
use crate::service::smh::reply::STORED_TYPE;

pub(super) fn send(context: &Context<'_>, path: &str) -> Result<Answer, Error> {
    let method = if context.head.method == Method::HEAD {
        "head"
    } else {
        "get"
    };
    // An address signed for GET serves HEAD too; stores differ here, and players ask this way.
    let checked = context.check_signature(method, path);
    if method == "head" && checked.is_err() {
        context.check_signature("get", path)?;
    } else {
        checked?;
    }
    let (object, files) = {
        let world = context.memory.world();
        let object = world.objects.get(object_id(path)).cloned();
        let object = object.filter(|object| path.strip_prefix('/') == Some(&object.key));
        let object = object.ok_or_else(|| Error::new("NoSuchKey"))?;
        let files = world.objects.content(&object);
        (object, files)
    };
    let mut look = Presentation {
        content_type: STORED_TYPE.to_owned(),
        etag: object.etag.clone(),
        modified_ms: object.created_ms,
        ranges: context.config.range,
        file_name: None,
    };
    if let Some((bytes, content_type)) = small(context, &files) {
        look.content_type = content_type.to_owned();
        look.etag = crate::store::hex(&Md5::digest(&bytes));
        return Ok(serve(context.head, Content::Bytes(bytes.into()), &look));
    }
    let mut answer = serve(context.head, Content::Files(files), &look);
    if answer.status().is_success() {
        for (name, value) in &object.labels {
            if let Ok(name) = HeaderName::try_from(name) {
                set(&mut answer, name, value);
            }
        }
    }
    for (name, value) in context.head.query_pairs() {
        if let Some(field) = response_label(&name)
            && !value.is_empty()
            && answer.status().is_success()
        {
            set(&mut answer, field, &value);
        }
    }
    set(&mut answer, CRC64, &object.crc64.to_string());
    Ok(answer)
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
