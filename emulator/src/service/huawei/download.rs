//! downloadFileStream (huawei.md §3.4).

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::header;
use serde_json::Value;

use super::reply::{Refusal, code};
use super::upload::hand_out;
use super::{Context, MORE_DOWNLOAD_TYPES, NAME, UPLOAD_TYPES, storage, token};
use crate::config::{HuaweiDownload, HuaweiUnused};
use crate::http::{Answer, Payload, Piece, RequestBody, set, text};
use crate::store::Meta;

pub(super) const NO_KEY: &str = "objectKey is null!";
pub(super) const NO_CHANNEL: &str = "param channelId or userId or tenantId is null";
pub(super) const NOT_SERVED: &str = "fsservice downloadFile is failed";
const NO_TYPE: &str = "param filetype Out of range!";
const EMPTY: &str = "empty file!";

pub(super) async fn download(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    token::check_access(context)?;
    let session = token::check_token(context)?;
    let mut answer = match find(context, body).await {
        Ok(meta) => reply(context, &meta),
        Err(refusal) => refusal.answer(context.config),
    };
    hand_out(context, session, &mut answer);
    Ok(answer)
}

async fn find(context: &Context<'_>, body: &mut RequestBody) -> Result<Arc<Meta>, Refusal> {
    let fields = token::fields(body).await?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let id = text("fileId");
    if id.is_empty() {
        return Err(Refusal::download(401, NO_KEY));
    }
    if text("channel").is_empty() {
        return Err(Refusal::download(2, NO_CHANNEL));
    }
    let kind = text("fileType").to_ascii_lowercase();
    let known = UPLOAD_TYPES.iter().chain(MORE_DOWNLOAD_TYPES);
    if !known.into_iter().any(|known| *known == kind) {
        return Err(Refusal::download(13, NO_TYPE));
    }
    let failed = || Refusal::download(13, NOT_SERVED);
    let local = id.strip_prefix("local/");
    let meta = context
        .state
        .store
        .get(NAME, local.unwrap_or(id))
        .ok_or_else(failed)?;
    let media = text("multiMedia") == "multiMedia";
    if (meta.kind == "media") != media || (meta.kind == "local" && local.is_none()) {
        return Err(failed());
    }
    if meta.size == 0 {
        return Err(Refusal::download(13, EMPTY));
    }
    if meta.size > context.config.max_download {
        return Err(failed());
    }
    Ok(meta)
}

/// The reply, with base64 made as it is sent.
fn reply(context: &Context<'_>, meta: &Meta) -> Answer {
    let (stream, url) = match context.config.download {
        HuaweiDownload::Stream => (true, false),
        HuaweiDownload::Url => (false, true),
        HuaweiDownload::Both => (true, true),
    };
    let unused = |name: &str| match context.config.unused {
        HuaweiUnused::Empty => format!(",\"{name}\":\"\""),
        HuaweiUnused::Absent => String::new(),
        HuaweiUnused::Null => format!(",\"{name}\":null"),
    };
    let number = code(context.config, 0);
    let mut start = format!("{{\"resultCode\":{number},\"resultDesc\":\"success\"");
    if url {
        let address = Value::from(storage::address(context, meta));
        start.push_str(&format!(",\"fileUrl\":{address}"));
    } else {
        start.push_str(&unused("fileUrl"));
    }
    if !stream {
        let whole = format!("{start}{}}}", unused("fileStream"));
        return text(200, "application/json;charset=UTF-8", whole);
    }
    start.push_str(",\"fileStream\":\"");
    let path = context.state.store.content_path(meta);
    let length = start.len() as u64 + meta.size.div_ceil(3) * 4 + 2;
    let mut answer = text(200, "application/json;charset=UTF-8", String::new());
    *answer.body_mut() = encode(start, path, length);
    set(&mut answer, header::CONTENT_LENGTH, &length.to_string());
    answer
}

fn encode(start: String, path: PathBuf, length: u64) -> Payload {
    /// A multiple of three, so that pieces join without padding.
    const PIECE: u64 = 48 * 1024;
    let (pipe, payload) = Payload::pipe(Some(length));
    // A blocking thread may wait for the client as long as it likes; when the client goes, sending fails.
    tokio::task::spawn_blocking(move || {
        let Ok(mut file) = std::fs::File::open(path) else {
            return;
        };
        if pipe.blocking_send(Piece::Data(start.into())).is_err() {
            return;
        }
        loop {
            let mut piece = Vec::new();
            if (&mut file).take(PIECE).read_to_end(&mut piece).is_err() {
                return;
            }
            if piece.is_empty() {
                break;
            }
            let piece = STANDARD.encode(piece);
            if pipe.blocking_send(Piece::Data(piece.into())).is_err() {
                return;
            }
        }
        let _ = pipe.blocking_send(Piece::Data(Bytes::from_static(b"\"}")));
    });
    payload
}
