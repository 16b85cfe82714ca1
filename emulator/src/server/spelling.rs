//! The names of header fields to the letter. hyper writes every name `Like-This`, but stores write `ETag` and
//! `x-cos-hash-crc64ecma`, and COS's own SDK for Python looks for no other spelling.
//!
//! hyper can repeat the spelling of a message that it has read, from what it leaves in that message's extensions. So it
//! reads one here; names that are not in it are written as before.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::Incoming;
use hyper::http::Extensions;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::sync::OnceCell;

use crate::http::Payload;

const NAMES: [&str; 3] = ["ETag", "x-cos-hash-crc64ecma", "x-cos-request-id"];

/// What makes hyper spell these names so when an answer carries it.
pub(super) async fn learned() -> &'static Extensions {
    static LEARNED: OnceCell<Extensions> = OnceCell::const_new();
    LEARNED.get_or_init(read).await
}

async fn read() -> Extensions {
    let fields: String = NAMES.iter().map(|name| format!("{name}: -\r\n")).collect();
    let message = format!("GET / HTTP/1.1\r\nHost: -\r\nConnection: close\r\n{fields}\r\n");
    let (mut writer, reader) = tokio::io::duplex(4096);
    let found = Arc::new(Mutex::new(Extensions::new()));
    let keep = Arc::clone(&found);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut kept = keep.lock().unwrap_or_else(PoisonError::into_inner);
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
    let found = found.lock().unwrap_or_else(PoisonError::into_inner);
    found.clone()
}
