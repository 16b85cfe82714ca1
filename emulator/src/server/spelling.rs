//! The names of header fields to the letter. hyper writes every name `Like-This`, but stores write `ETag`, and COS
//! `x-cos-…`: its own SDKs for Python and Java look for no other spelling.
//!
//! hyper can repeat the spelling of a message that it has read, from what it leaves in that message's extensions. So it
//! reads one here; names that are not in it are written as before.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use hyper::body::Incoming;
use hyper::header::{HeaderMap, HeaderName};
use hyper::http::Extensions;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::sync::OnceCell;

use crate::http::Payload;
use crate::store::lock;

const NAMES: [&str; 3] = ["ETag", "x-cos-hash-crc64ecma", "x-cos-request-id"];
/// What begins so is written as it is, whatever follows: a client names its own.
const AS_IT_IS: &str = "x-cos-";

/// What makes hyper spell the names of an answer so when the answer carries it.
pub(super) async fn learned(headers: &HeaderMap) -> Extensions {
    static LEARNED: OnceCell<Extensions> = OnceCell::const_new();
    let more = headers.keys().map(HeaderName::as_str);
    let more: Vec<&str> = more
        .filter(|name| name.starts_with(AS_IT_IS) && !NAMES.contains(name))
        .collect();
    match more.is_empty() {
        true => LEARNED.get_or_init(|| read(&[])).await.clone(),
        false => read(&more).await,
    }
}

async fn read(more: &[&str]) -> Extensions {
    let names = NAMES.iter().chain(more);
    let fields: String = names.map(|name| format!("{name}: -\r\n")).collect();
    let message = format!("GET / HTTP/1.1\r\nHost: -\r\nConnection: close\r\n{fields}\r\n");
    let (mut writer, reader) = tokio::io::duplex(message.len().max(4096));
    let found = Arc::new(Mutex::new(Extensions::new()));
    let keep = Arc::clone(&found);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut kept = lock(&keep);
        *kept = request.into_parts().0.extensions;
        async { Ok::<_, Infallible>(Response::new(Payload::empty())) }
    });
    // Both ends are in memory; should hyper ever refuse, names are written its way.
    if writer.write_all(message.as_bytes()).await.is_ok() {
        let _ = http1::Builder::new()
            .preserve_header_case(true)
            .serve_connection(TokioIo::new(reader), service)
            .await;
    }
    let found = lock(&found);
    found.clone()
}
