//! gzip, when the client asks for it (openim.md §2.2).

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::BodyExt;
use hyper::header;

use super::Context;
use crate::http::{Answer, Payload, set};

pub(super) async fn answer(context: &Context<'_>, answer: Answer) -> Answer {
    let asked = context.head.header("accept-encoding").unwrap_or_default();
    if !context.config.gzip || !asked.contains("gzip") {
        return answer;
    }
    let (parts, body) = answer.into_parts();
    // Replies of the API are whole and small; collecting one cannot fail.
    let Ok(body) = body.collect().await;
    let body = body.to_bytes();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let packed = encoder.write_all(&body).and_then(|()| encoder.finish());
    match packed {
        Ok(packed) => {
            let mut answer = Answer::from_parts(parts, Payload::bytes(packed));
            set(&mut answer, header::CONTENT_ENCODING, "gzip");
            set(&mut answer, header::VARY, "Accept-Encoding");
            answer
        }
        Err(_) => Answer::from_parts(parts, Payload::bytes(body)),
    }
}
