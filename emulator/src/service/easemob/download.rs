//! The download of chat files and thumbnails (easemob.md §2.4).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header;
use sha1::{Digest, Sha1};

use super::error::{Error, no_permission, not_found};
use super::thumbnail;
use super::token::holder;
use super::upload::content_type;
use super::{Context, NAME, STORAGE};
use crate::config::REDIRECT_LIFE_MS;
use crate::http::{Answer, Content, Presentation, serve, set, status_only};
use crate::service::picture;
use crate::store::{Meta, hex};

pub(super) async fn send(context: &Context<'_>, uuid: &str) -> Result<Answer, Error> {
    context.count("download", context.config.calls_per_second)?;
    let query_secret = context.head.query("share-secret");
    let known = context.state.store.get(NAME, uuid);
    if let Err(refusal) = holder(context) {
        // Callbacks and history join the secret to the address, where no token is at hand.
        let by_secret = context.config.secret_without_token
            && context.head.header("authorization").is_none()
            && known
                .as_deref()
                .is_some_and(|meta| meta.secret.is_some() && meta.secret == query_secret);
        if !by_secret {
            return Err(refusal);
        }
    }
    let meta = existing(context, known, uuid)?;
    let secret = context.head.header("share-secret").or(query_secret);
    if meta.restricted && secret != meta.secret {
        return Err(no_permission());
    }
    let small = wants_thumbnail(context);
    if context.config.redirect
        && context
            .head
            .query("em-redirect")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    {
        return Ok(redirect(context, &meta, small));
    }
    present(context, &meta, small).await
}

/// The storage behind a redirect. Its address is signed, and needs no token.
pub(super) async fn from_storage(context: &Context<'_>, uuid: &str) -> Result<Answer, Error> {
    let query = |name| context.head.query(name).unwrap_or_default();
    let expires: i64 = query("expires").parse().unwrap_or(0);
    let small = query("thumbnail") == "true";
    let signed = signature(context, uuid, expires, small);
    if query("signature") != signed || expires <= context.now_ms() {
        return Err(Error::new(
            403,
            "forbidden_op",
            "the signature does not match or has expired",
        ));
    }
    let meta = existing(context, context.state.store.get(NAME, uuid), uuid)?;
    present(context, &meta, small).await
}

fn existing(
    context: &Context<'_>,
    known: Option<Arc<Meta>>,
    uuid: &str,
) -> Result<Arc<Meta>, Error> {
    let meta = known
        .filter(|meta| meta.kind == "chatfile")
        .ok_or_else(not_found)?;
    if meta.is_expired(context.now_ms()) {
        let description = format!("file {uuid} is expired");
        return Err(Error::new(404, "file_expired", description));
    }
    Ok(meta)
}

/// A header in the documents, `1` from the PHP SDK, a query parameter from browsers.
fn wants_thumbnail(context: &Context<'_>) -> bool {
    let flag = context
        .head
        .header("thumbnail")
        .or_else(|| context.head.query("thumbnail"));
    flag.is_some_and(|flag| flag.eq_ignore_ascii_case("true") || flag == "1")
}

/// Of a video (easemob.md §2.4).
fn wants_frame(context: &Context<'_>) -> bool {
    context
        .head
        .query("vframe")
        .is_some_and(|flag| flag == "true")
}

fn redirect(context: &Context<'_>, meta: &Meta, small: bool) -> Answer {
    let expires = context.now_ms() + REDIRECT_LIFE_MS;
    let signature = signature(context, &meta.id, expires, small);
    let frame = wants_frame(context);
    let mut answer = status_only(302);
    let location = format!(
        "{}/{STORAGE}/{}?expires={expires}&thumbnail={small}&vframe={frame}&signature={signature}",
        context.head.base, meta.id
    );
    set(&mut answer, header::LOCATION, &location);
    answer
}

/// Of what the address is for.
fn signature(context: &Context<'_>, uuid: &str, expires: i64, small: bool) -> String {
    let seal = &context.memory.seal;
    let frame = wants_frame(context);
    let digest = Sha1::digest(format!("{seal}/{uuid}/{expires}/{small}/{frame}"));
    URL_SAFE_NO_PAD.encode(digest)
}

async fn present(context: &Context<'_>, meta: &Meta, small: bool) -> Result<Answer, Error> {
    let path = context.state.store.content_path(meta);
    let mut look = Presentation {
        content_type: content_type(meta),
        etag: meta.md5.clone(),
        modified_ms: meta.created_ms,
        ranges: context.config.range,
        file_name: meta
            .file_name
            .clone()
            .filter(|_| context.config.content_disposition),
    };
    let size = meta.size;
    let mut content = Content::File {
        path: path.clone(),
        size,
    };
    if wants_frame(context)
        && let Some((bytes, content_type)) = picture::frame((0, 0))
    {
        look.content_type = content_type.to_owned();
        content = Content::Bytes(bytes.into());
    } else if let Some(frame) = meta.thumbnail.filter(|_| small) {
        let made = tokio::task::spawn_blocking(move || thumbnail::make(&path, size, frame)).await;
        if let Ok(Some((bytes, content_type))) = made {
            look.etag = hex(&Sha1::digest(&bytes));
            look.content_type = content_type.to_owned();
            content = Content::Bytes(bytes.into());
        }
    }
    Ok(serve(context.head, content, &look))
}
