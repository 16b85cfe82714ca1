//! The NOS store that file addresses lead to: no authentication, ranges, XML errors (netease.md §1.9).

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use md5::{Digest, Md5};

use super::{Context, NAME};
use crate::http::{Answer, Content, Presentation, serve, status_only, text};
use crate::service::picture;

pub(super) fn send(context: &Context<'_>, key: &str) -> Answer {
    if ![Method::GET, Method::HEAD].contains(&context.head.method) {
        return status_only(405);
    }
    let found = name(context, key)
        .and_then(|name| context.state.store.get(NAME, &name))
        .filter(|meta| !meta.is_expired(context.now_ms()));
    let Some(meta) = found else {
        return no_such_key(key);
    };
    let mut look = Presentation {
        content_type: meta
            .content_type
            .clone()
            .filter(|value| value.contains('/'))
            .unwrap_or_else(|| "application/octet-stream".to_owned()),
        etag: meta.md5.clone(),
        modified_ms: meta.created_ms,
        ranges: context.config.range,
        file_name: None,
    };
    let path = context.state.store.content_path(&meta);
    let content = match picture_of(context, &path) {
        None => Content::File {
            path,
            size: meta.size,
        },
        Some(Some((bytes, content_type))) => {
            look.content_type = content_type.to_owned();
            look.etag = crate::store::hex(&Md5::digest(&bytes));
            Content::Bytes(bytes.into())
        }
        Some(None) => return bad_picture(key),
    };
    serve(context.head, content, &look)
}

/// The picture that the address asks for in place of the file (netease.md §1.13): `None` if it asks for none, and
/// nothing in it where none can be made.
fn picture_of(context: &Context<'_>, path: &Path) -> Option<Option<(Vec<u8>, &'static str)>> {
    let query = |name: &str| context.head.query(name);
    if query("vframe").is_some() {
        let size = query("resize").and_then(|text| picture::size(&text));
        return Some(picture::frame(size.unwrap_or((0, 0))));
    }
    query("imageView")?;
    let size = picture::size(&query("thumbnail")?)?;
    let file = File::open(path).ok()?;
    // One that is small enough is what it is.
    match picture::shrunk(BufReader::new(file), size) {
        None if picture::is_image(path) => None,
        made => Some(made),
    }
}

fn bad_picture(key: &str) -> Answer {
    refusal(400, "InvalidArgument", "The object is not an image.", key)
}

/// The name inside an address of this app.
fn name(context: &Context<'_>, key: &str) -> Option<String> {
    let (app, name) = key.split_once('/')?;
    if app != STANDARD.encode(&context.config.app_id) {
        return None;
    }
    String::from_utf8(STANDARD.decode(name).ok()?).ok()
}

pub(super) fn no_such_key(key: &str) -> Answer {
    refusal(404, "NoSuchKey", "The specified key does not exist.", key)
}

fn refusal(status: u16, code: &str, words: &str, key: &str) -> Answer {
    let id = uuid::Uuid::new_v4().simple();
    // The key holds base64 and a slash only, so nothing needs escaping.
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
         <Message>{words}</Message><Resource>/{key}</Resource>\
         <RequestId>{id}</RequestId></Error>\n"
    );
    text(status, "application/xml;charset=UTF-8", body)
}
