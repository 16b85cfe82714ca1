//! A file on its way in: redirects, limits, and the bytes.

use super::engine::Engine;
use super::{Download, DownloadCall};
use crate::error::{Error, Phase, Result, Status};
use crate::transfer::http::Response;
use crate::transfer::message::{Answer, Request};
use crate::transfer::url;

/// As many as browsers follow; a longer chain is a loop.
const MAX_REDIRECTS: usize = 10;

/// The size of a read: what the HTTP client has buffered at most.
const CHUNK: usize = 128 * 1024;

/// Makes one attempt: sends the request, follows redirects, and writes the
/// body of a 200 to the sink. `refusal` reads any other answer.
pub(super) fn receive(
    engine: &Engine,
    request: Request,
    refusal: fn(&Answer) -> Error,
    call: &mut DownloadCall<'_>,
) -> Result<Download> {
    call.sink.restart()?;
    call.meter.restart();
    let response = follow(engine, request, call)?;
    if response.head.status != 200 {
        return Err(refusal(&response.collect()?));
    }
    if !response.has_framing() {
        return Err(Error::new(
            Status::Response,
            "the answer does not say how long the file is, so that a complete file cannot be told \
             from a cut one; check for a proxy in between",
        )
        .with_phase(Phase::Receive)
        .with_http_status(200));
    }
    copy(response, call)
}

fn follow<'e>(
    engine: &'e Engine,
    mut request: Request,
    call: &DownloadCall<'_>,
) -> Result<Response<'e>> {
    for _ in 0..=MAX_REDIRECTS {
        let response = engine.request(&request, call.watch)?;
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

fn copy(mut response: Response<'_>, call: &mut DownloadCall<'_>) -> Result<Download> {
    let total = response.length();
    if let Some(total) = total {
        check_limit(call.max_size, total)?;
        call.sink.reserve(total)?;
    }
    call.meter.set_total(total);
    let mut chunk = vec![0; CHUNK];
    loop {
        let got = response.read(&mut chunk)?;
        if got == 0 {
            break;
        }
        check_limit(call.max_size, call.sink.written() + got as u64)?;
        let stored = call.sink.write(&chunk[..got]);
        stored.map_err(|e| e.with_phase(Phase::Receive))?;
        call.meter.advance(got as u64)?;
    }
    Ok(Download {
        size: call.sink.written(),
        content_type: response.head.header("content-type").map(str::to_owned),
        data: None,
        attempts: 0,
    })
}

fn check_limit(max_size: Option<u64>, size: u64) -> Result<()> {
    match max_size {
        Some(max) if size > max => Err(Error::limit(
            "max_size",
            format_args!("the file has {size} bytes or more, the limit set is {max}"),
        )
        .with_phase(Phase::Receive)),
        _ => Ok(()),
    }
}
