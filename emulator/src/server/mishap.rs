//! Carrying a fault out.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::header::{self, HeaderName};

use super::dispatch::{Exchange, Outcome};
use super::socket::End;
use crate::fault::{Action, Canned, Fired, Timing};
use crate::http::{Answer, Payload, Piece, RequestBody, set, status_only, text};

pub(super) async fn run(exchange: &Exchange, mut body: RequestBody, fired: Fired) -> Outcome {
    let link = &exchange.link;
    let mut removed = fired.removed;
    let answer = match fired.action {
        Action::Answer(canned) => {
            return made_up(exchange, body, make(&canned), canned.timing).await;
        }
        Action::ServiceError { name, timing } => {
            let answer = exchange.route.named_error(&exchange.state, &name);
            return made_up(exchange, body, answer, timing).await;
        }
        Action::Redirect {
            status,
            location,
            timing,
        } => {
            let mut answer = status_only(status);
            set(&mut answer, header::LOCATION, &location);
            return made_up(exchange, body, answer, timing).await;
        }
        Action::BigJson { bytes, chunked } => {
            return made_up(exchange, body, big_json(bytes, chunked), Timing::AfterBody).await;
        }
        Action::StallReceiving { after } => {
            link.mark_stalled();
            body.discard(after).await;
            link.pause_reading();
            link.hold(body);
            return Outcome::Silence;
        }
        Action::ResetReceiving { after } => {
            body.discard(after).await;
            link.end(End::Reset);
            return Outcome::Silence;
        }
        Action::ResetBeforeAnswer { handle } => {
            return vanish(exchange, body, handle, End::Reset).await;
        }
        Action::CloseBeforeAnswer { handle } => {
            return vanish(exchange, body, handle, End::Close).await;
        }
        Action::CloseAtReuse { reset } => {
            let how = if reset { End::Reset } else { End::Close };
            return vanish(exchange, body, false, how).await;
        }
        Action::Delay { ms } => {
            let answer = exchange.serve(body).await;
            tokio::time::sleep(Duration::from_millis(ms)).await;
            answer
        }
        Action::Hold => {
            let answer = exchange.serve(body).await;
            // An error would mean that the emulator is going.
            let _ = removed.changed().await;
            answer
        }
        Action::StallHead { after } => {
            let answer = exchange.serve(body).await;
            link.limit_writing(after);
            answer
        }
        Action::CloseAfterAnswer => {
            let mut answer = exchange.serve(body).await;
            answer.body_mut().end_after_last(End::Close, link);
            answer
        }
        Action::ContentType { value } => {
            let mut answer = exchange.serve(body).await;
            set(&mut answer, header::CONTENT_TYPE, &value);
            answer
        }
        Action::EmptyBody => {
            let mut answer = exchange.serve(body).await;
            *answer.body_mut() = Payload::empty();
            answer.headers_mut().remove(header::CONTENT_LENGTH);
            answer
        }
        Action::StallBody { after } => {
            link.mark_stalled();
            cut(exchange.serve(body).await, after, || Piece::Hang)
        }
        Action::ResetBody { after } => {
            cut(exchange.serve(body).await, after, || Piece::End(End::Reset))
        }
        Action::TruncateBody { after } => {
            cut(exchange.serve(body).await, after, || Piece::End(End::Close))
        }
        Action::CorruptBody { at } => corrupt(exchange.serve(body).await, at),
        Action::Trickle { bytes_per_second } => {
            trickle(exchange.serve(body).await, bytes_per_second.max(1))
        }
    };
    Outcome::Answer(answer)
}

async fn made_up(
    exchange: &Exchange,
    mut body: RequestBody,
    mut answer: Answer,
    timing: Timing,
) -> Outcome {
    exchange.route.decorate(&exchange.head, &mut answer);
    if timing == Timing::AfterBody {
        body.discard(u64::MAX).await;
    }
    exchange.leave(body, &mut answer, timing);
    Outcome::Answer(answer)
}

async fn vanish(exchange: &Exchange, mut body: RequestBody, handle: bool, how: End) -> Outcome {
    if handle {
        exchange.serve(body).await;
    } else {
        body.discard(u64::MAX).await;
    }
    exchange.link.end(how);
    Outcome::Silence
}

fn make(canned: &Canned) -> Answer {
    let body = canned
        .body_base64
        .as_deref()
        .and_then(|body| STANDARD.decode(body).ok())
        .unwrap_or_else(|| canned.body.clone().into_bytes());
    let content_type = canned.content_type.as_deref().unwrap_or("application/json");
    let mut answer = text(canned.status, content_type, String::new());
    *answer.body_mut() = Payload::bytes(body);
    for (name, value) in &canned.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), value.parse()) {
            // `append` lets a test send one field twice, but the default content type gives way.
            if name == header::CONTENT_TYPE {
                answer.headers_mut().remove(&name);
            }
            answer.headers_mut().append(name, value);
        }
    }
    answer
}

/// Puts a pipe in place of the body, keeping the length that the answer announces.
fn repipe(answer: Answer) -> (tokio::sync::mpsc::Sender<Piece>, Payload, Answer) {
    let length = answer.body().length();
    let (pipe, replacement) = Payload::pipe(length);
    let (mut parts, body) = answer.into_parts();
    if let Some(length) = length {
        parts.headers.insert(header::CONTENT_LENGTH, length.into());
    }
    (pipe, body, Answer::from_parts(parts, replacement))
}

async fn next(body: &mut Payload) -> Option<Bytes> {
    body.frame().await?.ok()?.into_data().ok()
}

/// Lets `after` bytes through, then something else happens.
fn cut(answer: Answer, after: u64, then: impl FnOnce() -> Piece + Send + 'static) -> Answer {
    let (pipe, mut body, answer) = repipe(answer);
    tokio::spawn(async move {
        let mut left = after;
        while left > 0 {
            let Some(mut data) = next(&mut body).await else {
                return;
            };
            let keep = usize::try_from(left).unwrap_or(usize::MAX).min(data.len());
            data.truncate(keep);
            left -= keep as u64;
            if pipe.send(Piece::Data(data)).await.is_err() {
                return;
            }
        }
        let _ = pipe.send(then()).await;
        // The end of the pipe would be the end of the body.
        pipe.closed().await;
    });
    answer
}

fn corrupt(answer: Answer, at: u64) -> Answer {
    let (pipe, mut body, answer) = repipe(answer);
    tokio::spawn(async move {
        let mut position = 0;
        while let Some(data) = next(&mut body).await {
            let mut data = Vec::from(data);
            let length = data.len() as u64;
            if let Some(byte) = at
                .checked_sub(position)
                .and_then(|offset| data.get_mut(usize::try_from(offset).ok()?))
            {
                *byte = !*byte;
            }
            position += length;
            if pipe.send(Piece::Data(data.into())).await.is_err() {
                return;
            }
        }
    });
    answer
}

fn trickle(answer: Answer, bytes_per_second: u64) -> Answer {
    /// Pieces a second, so that a slow answer still moves visibly.
    const BEATS: u64 = 20;
    let step = usize::try_from(bytes_per_second.div_ceil(BEATS)).unwrap_or(usize::MAX);
    let (pipe, mut body, answer) = repipe(answer);
    tokio::spawn(async move {
        while let Some(mut data) = next(&mut body).await {
            while !data.is_empty() {
                let piece = data.split_to(step.min(data.len()));
                let micros = 1_000_000 * piece.len() as u64 / bytes_per_second;
                tokio::time::sleep(Duration::from_micros(micros)).await;
                if pipe.send(Piece::Data(piece)).await.is_err() {
                    return;
                }
            }
        }
    });
    answer
}

/// `{"padding":"xxx…"}` of a given size, never held in memory.
fn big_json(bytes: u64, chunked: bool) -> Answer {
    const START: &[u8] = b"{\"padding\":\"";
    const END: &[u8] = b"\"}";
    let filling = bytes.saturating_sub((START.len() + END.len()) as u64);
    let length = filling + (START.len() + END.len()) as u64;
    let (pipe, body) = Payload::pipe((!chunked).then_some(length));
    tokio::spawn(async move {
        let block = Bytes::from_static(&[b'x'; 64 * 1024]);
        let _ = pipe.send(Piece::Data(Bytes::from_static(START))).await;
        let mut left = filling;
        while left > 0 {
            let size = usize::try_from(left)
                .unwrap_or(block.len())
                .min(block.len());
            if pipe.send(Piece::Data(block.slice(..size))).await.is_err() {
                return;
            }
            left -= size as u64;
        }
        let _ = pipe.send(Piece::Data(Bytes::from_static(END))).await;
    });
    let mut answer = text(200, "application/json", String::new());
    *answer.body_mut() = body;
    if !chunked {
        set(&mut answer, header::CONTENT_LENGTH, &length.to_string());
    }
    answer
}
