//! gzip, when the client asks for it (openim.md §2.2).

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::BodyExt;
use hyper::header;

use super::Context;
use crate::http::{Answer, Payload, set};

/// Names that the server takes for compressed already.
const PICTURES: &[&str] = &[".png", ".gif", ".jpeg", ".jpg"];

pub(super) async fn answer(context: &Context<'_>, answer: Answer) -> Answer {
    let asked = context.head.header("accept-encoding").unwrap_or_default();
    let path = context.head.path.as_str();
    let is_picture = PICTURES.iter().any(|ending| path.ends_with(ending));
    if !context.config.gzip || !asked.contains("gzip") || is_picture {
        return answer;
    }
    let (parts, body) = answer.into_parts();
    // Replies of the API are whole and small; collecting one cannot fail.
    let Ok(body) = body.collect().await;
    let mut body = body.to_bytes();
    // What has no route loses its words on the way.
    let is_lost =
        parts.status == 404 && parts.headers.get(header::CONTENT_TYPE) == Some(&super::PLAIN);
    if is_lost {
        body.clear();
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let packed = encoder.write_all(&body).and_then(|()| encoder.finish());
    match packed {
        Ok(packed) => {
            let mut answer = Answer::from_parts(parts, Payload::bytes(packed));
            set(&mut answer, header::CONTENT_ENCODING, "gzip");
            set(&mut answer, header::VARY, "Accept-Encoding");
            if is_lost {
                set(&mut answer, header::CONTENT_TYPE, "application/json");
            }
            answer
        }
        Err(_) => Answer::from_parts(parts, Payload::bytes(body)),
    }
}
