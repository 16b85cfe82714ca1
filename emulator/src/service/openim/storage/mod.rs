//! The object store behind OpenIM, with MinIO's rules for what its clients do: forms by POST policy, PUTs of objects
//! and parts, GETs (openim.md §2.4–2.6). Why no ready-made server does this is in docs/emulator.md.

mod auth;
mod error;
pub(super) mod legacy;
pub(super) mod multipart;
mod policy;
mod post;
mod put;
pub(super) mod sigv4;

use hyper::{Method, header};

use error::Error;
pub(super) use error::{knows, named_error};

use super::Context;
use crate::http::{Answer, Content, Presentation, RequestBody, response_label, serve, set};
use crate::service::is_sub_resource;

pub(super) async fn handle(context: &Context<'_>, key: &str, body: &mut RequestBody) -> Answer {
    let query = context.head.query_pairs();
    let answered = match context.head.method {
        // What is asked for is not the object: MinIO's answer to `?acl`, here for all of them.
        _ if query.iter().any(|(name, _)| is_sub_resource(name)) => {
            auth::check(context).and_then(|_| Err(Error::NOT_IMPLEMENTED.into()))
        }
        Method::POST if key.is_empty() => post::form(context, body).await,
        Method::POST => multipart::post(context, key, body).await,
        Method::DELETE => multipart::delete(context, key),
        Method::PUT => put::put(context, key, body).await,
        Method::GET | Method::HEAD => get(context, key),
        _ => Err(Error::NOT_IMPLEMENTED.into()),
    };
    answered.unwrap_or_else(|failure: error::Failure| failure.answer(context, key))
}

/// Where an object lies, for those who asked under this host.
fn location(context: &Context<'_>, key: &str) -> String {
    let path = format!("/{}/{key}", context.config.bucket);
    format!("{}{}", context.head.base, sigv4::escape(&path, true))
}

fn get(context: &Context<'_>, key: &str) -> Result<Answer, error::Failure> {
    let signed = auth::check(context)?;
    if key.is_empty() {
        return Err(Error::NOT_IMPLEMENTED.into());
    }
    let meta = context.object(key).ok_or(Error::NO_SUCH_KEY)?;
    let look = Presentation {
        content_type: meta
            .content_type
            .clone()
            .filter(|kind| !kind.is_empty())
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
    let mut answer = serve(context.head, content, &look);
    if answer.status() == 416 {
        let range = answer.headers().get(header::CONTENT_RANGE).cloned();
        let mut refused = error::Failure::from(Error::INVALID_RANGE).answer(context, key);
        if let Some(range) = range {
            refused.headers_mut().insert(header::CONTENT_RANGE, range);
        }
        return Ok(refused);
    }
    // A signed request may say how its answer is to be labelled.
    for (name, value) in context.head.query_pairs() {
        let Some(field) = response_label(&name) else {
            continue;
        };
        if signed.anonymous {
            return Err(Error::ACCESS_DENIED.into());
        }
        if answer.status().is_success() {
            set(&mut answer, field, &value);
        }
    }
    Ok(answer)
}
