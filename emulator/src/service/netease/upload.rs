//! upload.action and fileUpload.action (netease.md §1.7, §1.8).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::reply::{Refusal, ok};
use super::{Context, NAME, auth};
use crate::config::{DESC_TOO_LARGE, LimitReading, NeteaseOversize, UrlEncodedFile};
use crate::http::{
    Answer, BodyError, Form, FormEvent, LenientBase64, Multipart, RequestBody, is_multipart,
    media_type,
};
use crate::random;
use crate::store::{Meta, Upload};

/// "Up to 128 characters"; a longer type counts as none.
const LONGEST_TYPE: usize = 128;
/// "Up to 32 characters".
const LONGEST_TAG: usize = 32;
/// "must be greater than or equal to 86400".
const SHORTEST_LIFE_S: i64 = 86_400;
/// Fields beside the file are short.
const LONGEST_FIELD: usize = 64 * 1024;

/// The fields of both calls.
#[derive(Debug, Default)]
struct Fields {
    content: Option<Upload>,
    file_name: Option<String>,
    /// The content type of the file part, where there is one.
    part_type: Option<String>,
    kind: Option<String>,
    https: Option<String>,
    expire_s: Option<String>,
    tag: Option<String>,
}

impl Fields {
    /// Of a field given twice the first counts, as in a servlet.
    fn set(&mut self, name: &str, value: String) {
        let field = match name {
            "type" => &mut self.kind,
            "ishttps" => &mut self.https,
            "expireSec" => &mut self.expire_s,
            "tag" => &mut self.tag,
            _ => return,
        };
        field.get_or_insert(value);
    }
}

pub(super) async fn upload(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    auth::check(context)?;
    auth::count_upload(context, "upload")?;
    // A form parser leaves a body of any other type alone, and so nothing arrives.
    let fields = if media_type(context.head) == "application/x-www-form-urlencoded" {
        let limit = Limit::of_text(context);
        url_encoded(context, Form::new(body), Encoding::Base64, limit).await?
    } else {
        Fields::default()
    };
    finish(context, fields).await
}

pub(super) async fn file_upload(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    auth::check(context)?;
    auth::count_upload(context, "file_upload")?;
    let fields = if !is_multipart(context.head) {
        let form_type = media_type(context.head) == "application/x-www-form-urlencoded";
        if form_type {
            not_multipart(context, Form::new(body)).await?
        } else {
            Fields::default()
        }
    } else if let Some(form) = Multipart::new(context.head, body) {
        multipart(context, form).await?
    } else {
        without_boundary(context, body).await?
    };
    finish(context, fields).await
}

/// The vendor's own sample: a multipart type without a boundary over a url-encoded form. A body that does begin like a
/// multipart one is a client that forgot the boundary.
async fn without_boundary(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Fields, Refusal> {
    let Some(start) = body.chunk().await? else {
        return Ok(Fields::default());
    };
    if start.starts_with(b"--") || start.starts_with(b"\r\n--") {
        return Err(Refusal::parameter(
            "the multipart content type names no boundary",
        ));
    }
    not_multipart(context, Form::with_start(body, start)).await
}

async fn not_multipart(context: &Context<'_>, form: Form<'_>) -> Result<Fields, Refusal> {
    let encoding = match context.config.url_encoded_file {
        UrlEncodedFile::Base64 => Encoding::Base64,
        UrlEncodedFile::Raw => Encoding::Raw,
        UrlEncodedFile::Refuse => {
            return Err(Refusal::parameter("the body is not multipart/form-data"));
        }
    };
    url_encoded(
        context,
        form,
        encoding,
        Limit::Bytes(context.config.max_upload),
    )
    .await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Base64,
    Raw,
}

#[derive(Debug, Clone, Copy)]
enum Limit {
    Bytes(u64),
    Characters(u64),
}

impl Limit {
    fn of_text(context: &Context<'_>) -> Self {
        let limit = context.config.max_upload;
        match context.config.limit_reading {
            LimitReading::Decoded => Self::Bytes(limit),
            LimitReading::Text => Self::Characters(limit),
        }
    }
}

fn too_large(context: &Context<'_>) -> Refusal {
    match context.config.oversize {
        NeteaseOversize::Code414 => Refusal::parameter(DESC_TOO_LARGE),
        NeteaseOversize::Http413 => Refusal::Page(413, "413 Request Entity Too Large"),
    }
}

/// Reads a form; `content` goes to disk as it is decoded.
async fn url_encoded(
    context: &Context<'_>,
    mut form: Form<'_>,
    encoding: Encoding,
    limit: Limit,
) -> Result<Fields, Refusal> {
    let mut fields = Fields::default();
    let mut name = String::new();
    let mut value = Vec::new();
    let mut decoder = LenientBase64::default();
    let mut characters = 0;
    while let Some(event) = form.next().await? {
        match event {
            FormEvent::Field(next) => {
                fields.set(&name, take_text(&mut value));
                let again = next == "content" && fields.content.is_some();
                name = if again { String::new() } else { next };
                if name == "content" {
                    fields.content = Some(context.state.store.create()?);
                }
            }
            FormEvent::Data(data) if name == "content" => {
                let Some(upload) = &mut fields.content else {
                    continue;
                };
                characters += data.len() as u64;
                match encoding {
                    Encoding::Raw => upload.write(&data).await?,
                    Encoding::Base64 => {
                        let mut decoded = Vec::with_capacity(data.len() / 4 * 3 + 3);
                        decoder.push(&data, &mut decoded);
                        upload.write(&decoded).await?;
                    }
                }
                let over = match limit {
                    Limit::Bytes(limit) => upload.size() > limit,
                    Limit::Characters(limit) => characters > limit,
                };
                if over {
                    return Err(too_large(context));
                }
            }
            FormEvent::Data(data) => {
                value.extend_from_slice(&data);
                if value.len() > LONGEST_FIELD {
                    return Err(BodyError::Malformed("a form field is too long").into());
                }
            }
        }
    }
    fields.set(&name, take_text(&mut value));
    Ok(fields)
}

fn take_text(bytes: &mut Vec<u8>) -> String {
    String::from_utf8_lossy(&std::mem::take(bytes)).into_owned()
}

async fn multipart(
    context: &Context<'_>,
    mut form: Multipart<'_, RequestBody>,
) -> Result<Fields, Refusal> {
    let mut fields = Fields::default();
    while let Some(part) = form.next().await? {
        if part.name != "content" {
            if part.file_name.is_none() {
                let value = form.text(LONGEST_FIELD).await?;
                fields.set(&part.name, value);
            }
            continue;
        }
        if fields.content.is_some() {
            continue;
        }
        // A plain field is taken like a file part: the vendor's table calls it a string.
        let mut upload = context.state.store.create()?;
        while let Some(data) = form.data().await? {
            upload.write(&data).await?;
            if upload.size() > context.config.max_upload {
                return Err(too_large(context));
            }
        }
        fields.content = Some(upload);
        fields.file_name = part.file_name.filter(|name| !name.is_empty());
        fields.part_type = part.content_type;
    }
    Ok(fields)
}

async fn finish(context: &Context<'_>, fields: Fields) -> Result<Answer, Refusal> {
    let content = fields
        .content
        .filter(|content| content.size() > 0)
        .ok_or_else(|| Refusal::parameter("content is empty"))?;
    let now_ms = context.now_ms();
    let expires_ms = match fields.expire_s.as_deref().map(str::trim) {
        None | Some("") => None,
        Some(seconds) => {
            let seconds: i64 = seconds
                .parse()
                .map_err(|_| Refusal::parameter("expireSec is not a number"))?;
            if seconds < SHORTEST_LIFE_S {
                return Err(Refusal::parameter("expireSec is less than 86400"));
            }
            Some(now_ms.saturating_add(seconds.saturating_mul(1000)))
        }
    };
    let tag = fields.tag.filter(|tag| !tag.is_empty());
    if tag
        .as_deref()
        .is_some_and(|tag| tag.chars().count() > LONGEST_TAG)
    {
        return Err(Refusal::parameter("tag is too long"));
    }
    let kind = fields
        .kind
        .filter(|kind| !kind.is_empty() && kind.chars().count() <= LONGEST_TYPE);
    let meta = Meta {
        service: NAME.to_owned(),
        kind: "object".to_owned(),
        id: object_name(now_ms),
        created_ms: now_ms,
        expires_ms,
        content_type: kind.or(fields.part_type),
        file_name: fields.file_name,
        tag,
        ..Meta::default()
    };
    let meta = context.state.store.keep(content, meta).await?;
    let https = fields
        .https
        .is_some_and(|https| https.eq_ignore_ascii_case("true") || https == "1");
    Ok(ok([("url", url(context, &meta, https).into())]))
}

/// `nim[a]_<id>_<epoch ms>_<uuid>`, as decoded public addresses show (netease.md §1.9).
fn object_name(now_ms: i64) -> String {
    // Of ten or eleven digits.
    let id = 1_000_000_000 + u64::from_ne_bytes(random::bytes()) % 99_000_000_000;
    format!("nima_{id}_{now_ms}_{}", uuid::Uuid::new_v4())
}

/// The address of a file, with the literal `=` of base64.
fn url(context: &Context<'_>, meta: &Meta, https: bool) -> String {
    let base = match (&context.config.object_base, https) {
        (Some(base), _) => base.trim_end_matches('/').to_owned(),
        // Without a TLS listener there is nothing that an https address could lead to.
        (None, true) => context
            .state
            .tls_base_url()
            .unwrap_or_else(|| context.head.base.clone()),
        (None, false) if context.head.base.starts_with("https:") => context.state.base_url(),
        (None, false) => context.head.base.clone(),
    };
    let app = STANDARD.encode(&context.config.app_id);
    format!("{base}/{app}/{}", STANDARD.encode(&meta.id))
}
