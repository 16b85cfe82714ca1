//! Replies in Easemob's envelope (easemob.md §2.3).

use serde_json::{Map, Value, json};

use super::{App, Context};
use crate::http::{Answer, json};

const JSON: &str = "application/json;charset=UTF-8";

/// The `uri` of the call, on the public host.
fn uri(context: &Context<'_>, path: &str) -> String {
    let base = context
        .config
        .public_base
        .as_deref()
        .unwrap_or(&context.head.base);
    format!("{}{path}", base.trim_end_matches('/'))
}

/// The `uri` of an upload, behind which the file is found by its uuid: also where it came in parts, under another path.
pub(super) fn files_uri(context: &Context<'_>) -> String {
    let path = &context.head.path;
    match path.split_once("/sdk/chatfiles/") {
        Some((app, _)) => uri(context, &format!("{app}/chatfiles")),
        None => uri(context, path),
    }
}

/// Whether the path names the app; replies to `app-id` paths leave out what does (easemob.md §2.1).
pub(super) fn is_named(context: &Context<'_>) -> bool {
    matches!(context.app, App::Names { .. })
}

/// The envelope.
pub(super) fn envelope(
    context: &Context<'_>,
    action: &str,
    fields: impl IntoIterator<Item = (&'static str, Value)>,
) -> Answer {
    let now_ms = context.now_ms();
    let mut body = Map::new();
    let mut add = |key: &str, value: Value| {
        body.insert(key.to_owned(), value);
    };
    let is_named = is_named(context);
    add("action", action.into());
    if is_named {
        add("application", context.config.app_id.clone().into());
    }
    add("uri", uri(context, &context.head.path).into());
    for (key, value) in fields {
        add(key, value);
    }
    add("timestamp", now_ms.into());
    add("duration", (now_ms - context.started_ms).max(0).into());
    if is_named {
        add("organization", context.config.org.clone().into());
        add("applicationName", context.config.app.clone().into());
    }
    json(200, JSON, &Value::Object(body))
}

/// What a POST to the app itself gets: a 200 that is no upload (easemob.md §2.3).
pub(super) fn not_an_upload(context: &Context<'_>) -> Answer {
    let mut entity = json!({
        "uuid": context.config.app_id,
        "type": "application",
    });
    if is_named(context) {
        entity["name"] = format!("{}/{}", context.config.org, context.config.app).into();
    }
    envelope(
        context,
        "post",
        [("path", "/".into()), ("entities", json!([entity]))],
    )
}

/// A reply without the envelope, as of the token call.
pub(super) fn bare(body: &Value) -> Answer {
    json(200, JSON, body)
}
