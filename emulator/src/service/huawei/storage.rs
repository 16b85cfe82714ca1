//! The store behind `fileUrl`, in the manner of OBS: a signed address that works for a day (huawei.md §3.4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use sha1::{Digest, Sha1};

use super::{Context, NAME, STORAGE};
use crate::http::{Answer, Content, Presentation, serve, status_only, text};
use crate::store::Meta;

/// The address of a file.
pub(super) fn address(context: &Context<'_>, meta: &Meta) -> String {
    let life_s = i64::try_from(context.config.url_ttl).unwrap_or(i64::MAX / 1000);
    let expires = context.now_ms().div_euclid(1000).saturating_add(life_s);
    let base = context
        .config
        .storage_base
        .as_deref()
        .unwrap_or(&context.head.base);
    let signature = signature(context, &meta.id, expires);
    // Base64 has three characters that mean something else in a query.
    let signature = signature
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    format!(
        "{}/{STORAGE}/{}?AccessKeyId=EMULATOROBSACCESSKEY&Expires={expires}&Signature={signature}",
        base.trim_end_matches('/'),
        meta.id
    )
}

fn signature(context: &Context<'_>, id: &str, expires: i64) -> String {
    let seal = &context.memory.seal;
    STANDARD.encode(Sha1::digest(format!("{seal}/{id}/{expires}")))
}

pub(super) fn send(context: &Context<'_>, id: &str) -> Answer {
    if ![Method::GET, Method::HEAD].contains(&context.head.method) {
        return status_only(405);
    }
    let query = |name| context.head.query(name).unwrap_or_default();
    let expires: i64 = query("Expires").parse().unwrap_or(0);
    if query("Signature") != signature(context, id, expires) {
        let message =
            "The request signature we calculated does not match the signature you provided.";
        return error(403, "SignatureDoesNotMatch", message);
    }
    if expires <= context.now_ms().div_euclid(1000) {
        return error(403, "AccessDenied", "Request has expired");
    }
    let Some(meta) = context.state.store.get(NAME, id) else {
        return error(404, "NoSuchKey", "The specified key does not exist.");
    };
    let look = Presentation {
        content_type: content_type(meta.tag.as_deref().unwrap_or_default()).to_owned(),
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

fn content_type(file_type: &str) -> &'static str {
    match file_type {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "bmp" | "bpm" => "image/bmp",
        "mp3" => "audio/mpeg",
        "aac" => "audio/aac",
        "mp4" => "video/mp4",
        "txt" => "text/plain",
        "csv" => "text/csv",
        "richtext" => "text/html",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        _ => "application/octet-stream",
    }
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    let id = uuid::Uuid::new_v4().simple();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
         <RequestId>{id}</RequestId></Error>\n"
    );
    text(status, "application/xml", body)
}
