//! A file on its way in: redirects, limits, and the bytes.

use super::engine::Engine;
use super::extent::{Extent, Wanted};
use super::parallel_ranges;
use super::{DownloadCall, DownloadResult, extent};
use crate::error::{Error, Phase, Result, Status};
use crate::log::LogLevel;
use crate::message::{Head, Header, Provenance, Request, url};
use crate::service::{self, FileReader};
use crate::text::clean;
use crate::transfer::CHUNK;
use crate::transfer::call::Call;
use crate::transfer::http::Response;
use std::borrow::Cow;
use std::mem;

/// As many as browsers follow; a longer chain is a loop.
const MAX_REDIRECTS: usize = 10;

/// What one request has brought.
enum Step {
    Done(DownloadResult),
    /// What was to be gone on with is not there any more, or does not go side by side: it is
    /// asked for without.
    Again,
    /// The beginning, which this request has got; there is no thread for the rest.
    Rest(Request),
}

/// Makes one attempt: sends the request, follows redirects, and writes the
/// body to the sink, from the start or from where an earlier attempt broke off.
/// `reader` reads the answers.
pub(super) fn receive(
    engine: &Engine,
    request: &Request,
    reader: FileReader,
    call: &mut DownloadCall<'_>,
) -> Result<DownloadResult> {
    // What is stated is that of the file, and not of a picture of it.
    if let (None, Some(stated)) = (call.form.thumbnail, reader.stated_crc64) {
        call.expected.expect_statement(stated);
    }
    let mut found = None;
    loop {
        let asked = found.as_ref().unwrap_or(request);
        let step = receive_once(engine, asked, reader, call);
        // What stops a call, stops it where it is.
        let step = step.map_err(|error| match error.phase() {
            Phase::Prepare if call.call.has_sent => error.with_phase(Phase::Receive),
            _ => error,
        });
        match step? {
            Step::Done(download) => return Ok(download),
            Step::Again => {}
            Step::Rest(by) => found = Some(by),
        }
    }
}

fn receive_once(
    engine: &Engine,
    request: &Request,
    reader: FileReader,
    call: &mut DownloadCall<'_>,
) -> Result<Step> {
    if call.wanted.length == Some(call.sink.written()) {
        // There is no asking for nothing more.
        call.sink.restart(None, None)?;
    }
    let mut added = Vec::new();
    if let Some(referer) = &call.referer
        && !request
            .headers
            .iter()
            .any(|header| header.name == "Referer")
    {
        added.push(("Referer", referer.clone()));
    }
    let resumed = call.sink.resume_from().map(|(at, _)| at);
    let rest = call.wanted.after(resumed.unwrap_or(0));
    // Side by side goes what follows a first piece, whose answer tells how much that is.
    let asked = if call.parallel_parts > 1 {
        rest.first(parallel_ranges::FIRST)
    } else {
        rest
    };
    if let Some(range) = asked.range() {
        added.push(("Range", range));
    }
    if let Some((_, version)) = call.sink.resume_from() {
        added.push(("If-Range", version.if_range().to_owned()));
    }
    let mut ranged = Cow::Borrowed(request);
    for (name, value) in added {
        ranged = Cow::Owned(ranged.into_owned().header(name, value));
    }
    let (response, mut found) = follow(engine, ranged, reader, &mut call.call)?;
    // Ranges of their own are asked for with it.
    let is_own = |header: &Header| matches!(header.name.as_ref(), "Range" | "If-Range");
    if found.headers.iter().any(is_own) {
        found.to_mut().headers.retain(|header| !is_own(header));
    }
    let head = &response.head;
    let has_secrets = |request: &Request| request.headers.iter().any(|header| header.secret);
    if has_secrets(request) && !has_secrets(&found) && matches!(head.status, 401 | 403) {
        return Err(refused_elsewhere(head.status));
    }
    match head.status {
        200..=299 => {
            let brought = extent::brought(&response, asked);
            if let Ok(brought) = brought
                && goes_on(&response.head, brought, call)
            {
                check_going_on(brought, call)?;
                return copy(engine, response, brought, found, reader, call);
            }
            match brought {
                _ if !(reader.is_file)(&response.head) => Err(reader.refused(&response.collect()?)),
                // All of another version, or all there is.
                Ok(brought) if resumed.is_none() || brought.first == 0 => {
                    if begin(engine, &response, brought, call)? {
                        return copy(engine, response, brought, found, reader, call);
                    }
                    Ok(one_by_one(call))
                }
                Err(_) if asked != rest => Ok(one_by_one(call)),
                Err(error) if resumed.is_none() => Err(error),
                _ => anew(call),
            }
        }
        // 412 is no answer to an If-Range, but that of some.
        412 | 416 if resumed.is_some() => anew(call),
        // An empty file has no first piece.
        416 if call.wanted.is_whole() && asked != rest => Ok(one_by_one(call)),
        416 if !call.wanted.is_whole() => {
            let answer = response.collect()?;
            match service::size_of_shorter(&answer) {
                Some(size) if size <= call.wanted.offset => empty(size, call).map(Step::Done),
                _ => Err(reader.refused(&answer)),
            }
        }
        _ => Err(reader.refused(&response.collect()?)),
    }
}

/// Whether these are bytes of the version that the sink has the beginning of.
fn goes_on(head: &Head, brought: Extent, call: &DownloadCall<'_>) -> bool {
    let Some((_, version)) = call.sink.resume_from() else {
        return false;
    };
    let count = brought.size.map(|size| call.wanted.count(size));
    let is_as_long = call.sink.size().is_none_or(|size| count == Some(size));
    extent::is_of(head, version) && is_as_long
}

/// The bytes that follow those that are there are to be taken.
fn check_going_on(brought: Extent, call: &mut DownloadCall<'_>) -> Result<()> {
    let at = call.sink.written();
    call.check_stated_size(brought.size)?;
    call.catch_up(at)?;
    call.meter.restart(at);
    Ok(())
}

/// What is wanted of the file is to be taken from its first byte on. Says whether that
/// can be done: nothing follows a first piece whose version has no name.
fn begin(
    engine: &Engine,
    response: &Response<'_>,
    brought: Extent,
    call: &mut DownloadCall<'_>,
) -> Result<bool> {
    let (wanted, size) = (call.wanted, brought.size);
    if let Some(size) = size.filter(|size| *size < wanted.offset) {
        return Err(extent::beyond(wanted.offset, size));
    }
    call.check_stated_size(size)?;
    let version = extent::version(&response.head, size);
    if version.is_none() && is_piece(brought, wanted) {
        return Ok(false);
    }
    if version.is_none() && call.sink.is_resumable() {
        engine.log_line(
            LogLevel::Warn,
            "resume: the answer names no version of the file (a strong ETag, or a Last-Modified \
             that lies back), so nothing is kept if the download breaks off",
        );
    }
    call.sink
        .restart(version.as_ref(), size.map(|size| wanted.count(size)))?;
    call.catch_up(0)?;
    call.meter.restart(0);
    Ok(true)
}

/// Whether more is wanted than comes with this answer.
fn is_piece(brought: Extent, wanted: Wanted) -> bool {
    let size = brought.size.map(|size| wanted.offset + wanted.count(size));
    brought.end.zip(size).is_some_and(|(end, size)| end < size)
}

/// By one connection, then.
fn one_by_one(call: &mut DownloadCall<'_>) -> Step {
    call.parallel_parts = 1;
    Step::Again
}

/// There is nothing of what is wanted in a file of so many bytes.
fn empty(size: u64, call: &mut DownloadCall<'_>) -> Result<DownloadResult> {
    if size < call.wanted.offset {
        return Err(extent::beyond(call.wanted.offset, size));
    }
    call.check_stated_size(Some(size))?;
    call.sink.restart(None, Some(0))?;
    Ok(DownloadResult {
        size: 0,
        file_size: Some(size),
        media_type: None,
        content_encoding: None,
        data: None,
        attempts: call.call.attempts(),
    })
}

/// What is here is not the beginning of what is there, or it cannot be told: from
/// the start, then.
fn anew(call: &mut DownloadCall<'_>) -> Result<Step> {
    call.sink.restart(None, None)?;
    Ok(Step::Again)
}

/// The answer at the end of the redirects, and the request that got it. Each host on the way has its own attempts.
fn follow<'e, 'r>(
    engine: &'e Engine,
    mut request: Cow<'r, Request>,
    reader: FileReader,
    call: &mut Call,
) -> Result<(Response<'e>, Cow<'r, Request>)> {
    for _ in 0..=MAX_REDIRECTS {
        let response = engine.attempt(call, |call| {
            let response = engine.request(&request, call)?;
            match service::may_pass(response.head.status) {
                true => Err(reader.refused(&response.collect()?)),
                false => Ok(response),
            }
        })?;
        if !matches!(response.head.status, 301 | 302 | 303 | 307 | 308) {
            return Ok((response, request));
        }
        redirect(engine, request.to_mut(), &response)?;
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
    let target = response.url.join(location).map_err(|fault| {
        let location = clean(&url::redacted(location));
        refuse(format!(
            "the redirect ({status}) leads to {location:?}, which {fault}"
        ))
    })?;
    if target.origin() != response.url.origin() {
        request.headers.retain(|header| !header.secret);
    }
    request.provenance = Provenance::redirect_of(&response.url).with_note(request.redirect_note);
    request.url = target;
    // The call is the first of them.
    request.is_counted = false;
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
             not sent there: set the base URL to the address that serves the files, or referer if \
             it wants a Referer"
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

/// Takes what is wanted of the bytes that the answer brings, from where the sink is; what
/// follows them, side by side, by the request that has got them.
fn copy(
    engine: &Engine,
    mut response: Response<'_>,
    brought: Extent,
    found: Cow<'_, Request>,
    reader: FileReader,
    call: &mut DownloadCall<'_>,
) -> Result<Step> {
    let wanted = call.wanted;
    let size = brought.size.map(|size| wanted.count(size));
    call.meter.set_total(size);
    // What a server brings that serves no ranges, or not that one.
    let next = wanted.offset + call.sink.written();
    let mut before = next.saturating_sub(brought.first);
    let most = size.or(wanted.length).unwrap_or(u64::MAX);
    let has_more = brought.end != Some(wanted.offset.saturating_add(most));
    let is_over = if call.sink.is_memory() && before == 0 && !has_more {
        fill(&mut response, most, call)?;
        true
    } else {
        // For a tiny file, zeroing a whole chunk would be most of the work.
        let needed = size.and_then(|size| usize::try_from(size).ok());
        let mut chunk = vec![0; needed.unwrap_or(CHUNK).clamp(1, CHUNK)];
        loop {
            let left = most.saturating_sub(call.sink.written());
            if left == 0 && has_more {
                break false;
            }
            let got = response.read(&mut chunk)?;
            if got == 0 {
                break true;
            }
            let passed = before.min(got as u64);
            before -= passed;
            // At most the size of the chunk.
            let mut bytes = &chunk[passed as usize..got];
            if left < bytes.len() as u64 {
                if !has_more {
                    return Err(overlong(call));
                }
                bytes = &bytes[..left as usize];
            }
            if !bytes.is_empty() {
                call.take(bytes)?;
            }
        }
    };
    let head = mem::take(&mut response.head);
    // Its connection is good for another request.
    drop(response);
    if let Some(file_size) = brought.size.filter(|_| is_piece(brought, wanted))
        && brought.end == Some(wanted.offset + call.sink.written())
        && !parallel_ranges::receive(engine, &found, reader, file_size, call)?
    {
        call.parallel_parts = 1;
        return Ok(Step::Rest(found.into_owned()));
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
    // The end of a file whose size was not stated.
    let ended = is_over.then(|| wanted.offset + written);
    if before > 0 {
        return Err(extent::beyond(next, next - before));
    }
    if let Some(stated) = call.expected.stated(&head) {
        call.verify(stated)?;
    }
    Ok(Step::Done(DownloadResult {
        size: written,
        file_size: brought.size.or(ended),
        media_type: head.header("content-type").map(str::to_owned),
        content_encoding: head.coding(),
        data: None,
        attempts: call.call.attempts(),
    }))
}

/// Reads all that comes into the memory that it is for.
fn fill(response: &mut Response<'_>, size: u64, call: &mut DownloadCall<'_>) -> Result<()> {
    loop {
        let left = size.saturating_sub(call.sink.written());
        // At least one, in which the end is seen.
        let most = left.clamp(1, CHUNK as u64) as usize;
        match response.read(call.sink.room(most)?)? {
            0 => return Ok(()),
            _ if left == 0 => return Err(overlong(call)),
            got => call.take_read(got)?,
        }
    }
}

/// None of it is gone on with.
fn overlong(call: &mut DownloadCall<'_>) -> Error {
    call.sink.distrust();
    let what = "the answer brings more than it has announced; check for a proxy in between";
    Error::new(Status::Response, what).with_phase(Phase::Receive)
}
