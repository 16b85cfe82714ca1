//! The NOS store that file addresses lead to: no authentication, ranges, XML errors (netease.md §1.9).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;

use super::{Context, NAME};
use crate::http::{Answer, Content, Presentation, serve, status_only, text};

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
    let look = Presentation {
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
    let content = Content::File {
        path: context.state.store.content_path(&meta),
        size: meta.size,
    };
    serve(context.head, content, &look)
}

/// The name inside an address of this app.
fn name(context: &Context<'_>, key: &str) -> Option<String> {
    let (app, name) = key.split_once('/')?;
    if app != STANDARD.encode(&context.config.app_id) {
        return None;
    }
    String::from_utf8(STANDARD.decode(name).ok()?).ok()
}

fn no_such_key(key: &str) -> Answer {
    let id = uuid::Uuid::new_v4().simple();
    // The key holds base64 and a slash only, so nothing needs escaping.
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>\
         <Message>The specified key does not exist.</Message><Resource>/{key}</Resource>\
         <RequestId>{id}</RequestId></Error>\n"
    );
    text(404, "application/xml;charset=UTF-8", body)
}
