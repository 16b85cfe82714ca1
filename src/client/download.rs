//! A file on its way in: redirects, limits, and the bytes.

use super::engine::Engine;
use super::{Download, DownloadCall, extent};
use crate::error::{Error, Phase, Result, Status};
use crate::log::LogLevel;
use crate::message::{Provenance, Request, url};
use crate::service::FileReader;
use crate::text::clean;
use crate::transfer::call::Call;
use crate::transfer::http::Response;

/// As many as browsers follow; a longer chain is a loop.
const MAX_REDIRECTS: usize = 10;

/// The size of a read: what the HTTP client has buffered at most.
pub(super) const CHUNK: usize = 128 * 1024;

/// Makes one attempt: sends the request, follows redirects, and writes the
/// body to the sink, from the start or from where an earlier attempt broke off.
/// `reader` reads the answers.
pub(super) fn receive(
    engine: &Engine,
    request: &Request,
    reader: FileReader,
    call: &mut DownloadCall<'_>,
) -> Result<Download> {
    let mut ranged = request.clone();
    let resumed = call.sink.resume_from().map(|(at, _)| at);
    if let Some((at, version)) = call.sink.resume_from() {
        ranged = ranged
            .header("Range", format!("bytes={at}-"))
            .header("If-Range", version);
    }
    let (response, is_elsewhere) = follow(engine, ranged, reader, &mut call.call)?;
    let status = response.head.status;
    let is_without_secrets = is_elsewhere && request.headers.iter().any(|header| header.secret);
    if is_without_secrets && matches!(status, 401 | 403) {
        return Err(refused_elsewhere(status));
    }
    if let Some((at, version)) = call.sink.resume_from() {
        let size = extent::continued(&response, at, version, call.sink.size());
        if let Some(size) = size {
            call.check_stated_size(Some(size))?;
            call.catch_up(at)?;
            call.meter.restart(at);
            call.meter.set_total(Some(size));
            return copy(response, call, Some(size));
        }
    }
    match status {
        200..=299 if (reader.is_file)(&response.head) => match extent::check_whole(&response) {
            Ok(()) => whole(engine, response, call),
            Err(error) if resumed.is_none() => Err(error),
            Err(_) => anew(engine, request, reader, response, call),
        },
        // 412 is no answer to an If-Range, but that of some.
        412 | 416 if resumed.is_some() => anew(engine, request, reader, response, call),
        _ => Err((reader.refusal)(&response.collect()?)),
    }
}

/// Takes the file from its first byte on.
fn whole(engine: &Engine, response: Response<'_>, call: &mut DownloadCall<'_>) -> Result<Download> {
    let size = response.length();
    call.check_stated_size(size)?;
    let version = extent::version(&response.head, size);
    if version.is_none() && call.sink.is_resumable() {
        engine.log_line(
            LogLevel::Warn,
            "resume: the answer names no version of the file (a strong ETag, or a Last-Modified \
             that lies back), so nothing is kept if the download breaks off",
        );
    }
    call.sink.restart(version, size)?;
    call.catch_up(0)?;
    call.meter.restart(0);
    call.meter.set_total(size);
    copy(response, call, size)
}

/// What is here is not the beginning of what is there, or it cannot be told: from
/// the start, then.
fn anew(
    engine: &Engine,
    request: &Request,
    reader: FileReader,
    response: Response<'_>,
    call: &mut DownloadCall<'_>,
) -> Result<Download> {
    drop(response);
    call.sink.restart(None, None)?;
    receive(engine, request, reader, call)
}

/// The answer at the end of the redirects, and whether they led to another host.
/// Each host on the way has its own attempts.
fn follow<'e>(
    engine: &'e Engine,
    mut request: Request,
    reader: FileReader,
    call: &mut Call,
) -> Result<(Response<'e>, bool)> {
    let first = request.url.origin();
    for redirects in 0..=MAX_REDIRECTS {
        let response = engine.attempt(call, |call| {
            let mut response = engine.request(&request, call)?;
            response.head.is_redirected = redirects > 0;
            match response.head.status {
                408 | 429 | 500.. => Err((reader.refusal)(&response.collect()?)),
                _ => Ok(response),
            }
        })?;
        if !matches!(response.head.status, 301 | 302 | 303 | 307 | 308) {
            return Ok((response, request.url.origin() != first));
        }
        redirect(engine, &mut request, &response)?;
    }
    Err(refused_redirect(
        format!("more than {MAX_REDIRECTS} redirects: they go in a circle"),
        302,
    ))
}

/// Points the request to where the response says. What is secret stays with
/// the host it was meant for.
fn redirect(engine: &Engine, request: &mut Request, response: &Response<'_>) -> Result<()> {
    let status = response.head.status;
    let refuse = |reason: String| refused_redirect(reason, status);
    let Some(location) = response.head.header("location") else {
        return Err(refuse(format!(
            "the redirect ({status}) does not say where to"
        )));
    };
    let target = request.url.join(location).map_err(|fault| {
        let location = clean(&url::without_query(location));
        refuse(format!(
            "the redirect ({status}) leads to {location:?}, which {fault}"
        ))
    })?;
    if target.origin() != request.url.origin() {
        request.headers.retain(|header| !header.secret);
    }
    request.provenance = Provenance::Redirect {
        over_tls: request.url.is_https(),
    };
    request.url = target;
    // The call is the first of them.
    request.is_counted = false;
    request.named_by = request.redirected_by;
    engine
        .check_reach(request)
        .map_err(|error| error.with_http_status(status))
}

/// What was secret stayed with the first host, so this says nothing of it.
fn refused_elsewhere(status: u16) -> Error {
    Error::new(
        Status::Forbidden,
        format!(
            "the host that the service redirected to refuses the file (HTTP {status}); tokens are \
             not sent there, nor is a Referer: set the base URL to the address that serves the files"
        ),
    )
    .with_phase(Phase::Receive)
    .with_http_status(status)
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
    // For a tiny file, zeroing a whole chunk would be most of the work.
    let needed = size.and_then(|size| usize::try_from(size).ok());
    let mut chunk = vec![0; needed.unwrap_or(CHUNK).clamp(1, CHUNK)];
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
    if let Some(stated) = call.check.stated(&response.head) {
        call.verify(stated)?;
    }
    Ok(Download {
        size: written,
        media_type: response.head.header("content-type").map(str::to_owned),
        content_encoding: response.head.coding(),
        data: None,
        attempts: call.call.attempts(),
    })
}
