//! A file on its way in: redirects, limits, and the bytes.

use super::engine::Engine;
use super::{Download, DownloadCall};
use crate::error::{Error, Phase, Result, Status};
use crate::transfer::call::Call;
use crate::transfer::http::Response;
use crate::transfer::message::{Answer, Request};
use crate::transfer::url;

/// As many as browsers follow; a longer chain is a loop.
const MAX_REDIRECTS: usize = 10;

/// The size of a read: what the HTTP client has buffered at most.
pub(super) const CHUNK: usize = 128 * 1024;

/// Makes one attempt: sends the request, follows redirects, and writes the
/// body to the sink, from the start or from where an earlier attempt broke off.
/// `refusal` reads an answer that is not the file.
pub(super) fn receive(
    engine: &Engine,
    request: &Request,
    refusal: fn(&Answer) -> Error,
    call: &mut DownloadCall<'_>,
) -> Result<Download> {
    let mut ranged = request.clone();
    let resumed = call.sink.resume_from().map(|(at, _)| at);
    if let Some((at, etag)) = call.sink.resume_from() {
        ranged = ranged
            .header("Range", format!("bytes={at}-"))
            .header("If-Range", etag);
    }
    let response = follow(engine, ranged, &mut call.call)?;
    match (response.head.status, resumed) {
        (200, _) => {
            check_framing(&response)?;
            let size = response.length();
            call.check_size(size.unwrap_or(0))?;
            let etag = response.head.header("etag").filter(|etag| is_strong(etag));
            call.sink.restart(etag, size)?;
            call.meter.restart(0);
            call.meter.set_total(size);
            copy(response, call, size)
        }
        (206, Some(at)) => {
            let size = continued_size(&response, at, call)?;
            call.check_size(size)?;
            call.meter.restart(at);
            call.meter.set_total(Some(size));
            copy(response, call, Some(size))
        }
        // What is here is not a beginning of what is there.
        (416, Some(_)) => {
            drop(response);
            call.sink.restart(None, None)?;
            receive(engine, request, refusal, call)
        }
        _ => Err(refusal(&response.collect()?)),
    }
}

impl DownloadCall<'_> {
    /// Takes the next bytes of the file.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<()> {
        let count = bytes.len() as u64;
        self.check_size(self.sink.written() + count)?;
        let stored = self.sink.write(bytes);
        stored.map_err(|e| e.with_phase(Phase::Receive))?;
        if let Some(exchange) = &mut self.call.exchange {
            exchange.bytes += count;
        }
        self.meter.advance(count)
    }

    fn check_size(&self, size: u64) -> Result<()> {
        match self.max_size {
            Some(max) if size > max => Err(Error::limit(
                "max_size",
                format_args!("the file has {size} bytes or more, the limit set is {max}"),
            )
            .with_phase(Phase::Receive)),
            _ => Ok(()),
        }
    }
}

/// Only a strong ETag names exact bytes (RFC 9110 §8.8.1).
fn is_strong(etag: &str) -> bool {
    etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"')
}

fn check_framing(response: &Response<'_>) -> Result<()> {
    if response.has_framing() {
        return Ok(());
    }
    Err(undocumented(
        response,
        "the answer does not say how long the file is, so that a complete file cannot be told from \
         a cut one; check for a proxy in between",
    ))
}

/// The size of the whole file, of which a 206 brings the rest from `at` on.
fn continued_size(response: &Response<'_>, at: u64, call: &DownloadCall<'_>) -> Result<u64> {
    check_framing(response)?;
    let range = response.head.header("content-range").unwrap_or_default();
    let size = range
        .strip_prefix("bytes ")
        .and_then(|range| range.split_once('/'))
        .and_then(|(range, size)| Some((range.split_once('-')?, size.parse::<u64>().ok()?)))
        .filter(|((first, last), size)| {
            first.parse() == Ok(at) && last.parse::<u64>().is_ok_and(|last| last + 1 == *size)
        })
        .map(|(_, size)| size);
    let etag = response.head.header("etag");
    let is_same = etag.is_none() || etag == call.sink.resume_from().map(|(_, etag)| etag);
    match size {
        Some(size) if is_same => Ok(size),
        _ => Err(undocumented(
            response,
            "the service went on with another part of the file than it was asked for; try again",
        )),
    }
}

fn undocumented(response: &Response<'_>, what: &str) -> Error {
    Error::new(Status::Response, what)
        .with_phase(Phase::Receive)
        .with_http_status(response.head.status)
}

fn follow<'e>(engine: &'e Engine, mut request: Request, call: &mut Call) -> Result<Response<'e>> {
    for _ in 0..=MAX_REDIRECTS {
        let response = engine.request(&request, call)?;
        if !matches!(response.head.status, 301 | 302 | 303 | 307 | 308) {
            return Ok(response);
        }
        redirect(&mut request, &response)?;
    }
    Err(refused_redirect(
        format!("more than {MAX_REDIRECTS} redirects: they go in a circle"),
        302,
    ))
}

/// Points the request to where the response says. What is secret stays with
/// the host it was meant for.
fn redirect(request: &mut Request, response: &Response<'_>) -> Result<()> {
    let status = response.head.status;
    let refuse = |reason: String| Err(refused_redirect(reason, status));
    let Some(location) = response.head.header("location") else {
        return refuse(format!("the redirect ({status}) does not say where to"));
    };
    let target = url::join(&request.url, location);
    let origins = target
        .as_deref()
        .and_then(|target| url::origin(&request.url).zip(url::origin(target)));
    let (Some(target), Some((from, to))) = (target, origins) else {
        return refuse(format!("the redirect ({status}) leads to no http(s) URL"));
    };
    if from.https && !to.https {
        return refuse("the redirect leads from https to http, which anyone could read".into());
    }
    if from != to {
        request.headers.retain(|header| !header.secret);
    }
    request.url = url::to_ascii(&target);
    Ok(())
}

fn refused_redirect(reason: String, status: u16) -> Error {
    Error::new(Status::Redirect, reason)
        .with_phase(Phase::Receive)
        .with_http_status(status)
}

fn copy(
    mut response: Response<'_>,
    call: &mut DownloadCall<'_>,
    size: Option<u64>,
) -> Result<Download> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let got = response.read(&mut chunk)?;
        if got == 0 {
            break;
        }
        call.take(&chunk[..got])?;
    }
    let written = call.sink.written();
    if size.is_some_and(|size| size != written) {
        return Err(Error::new(
            Status::Truncated,
            format!(
                "{written} bytes arrived, {} were announced",
                size.unwrap_or(0)
            ),
        )
        .with_phase(Phase::Receive)
        .retryable());
    }
    Ok(Download {
        size: written,
        content_type: response.head.header("content-type").map(str::to_owned),
        data: None,
        attempts: call.call.attempt,
    })
}
