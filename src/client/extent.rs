//! Which bytes of which version of a file an answer brings: what it states of
//! them agrees with itself and with what was asked for, or none is taken.

use crate::error::{Error, Phase, Result, Status};
use crate::message::Head;
use crate::service::date;
use crate::text::clean;
use crate::transfer::http::Response;
use std::time::Duration;

/// How much older than the answer a time of the last change has to be, so that
/// no later change can bear the same time, whatever the server's clocks do (RFC
/// 9110 §8.8.2.2).
const SETTLED: Duration = Duration::from_secs(60);

/// Fails if the answer is not the whole file, as far as it says.
pub(super) fn check_whole(response: &Response<'_>) -> Result<()> {
    let head = &response.head;
    let fault = match stated_range(head) {
        _ if head.status != 200 => "that is no answer to what was asked for",
        _ if is_multipart(head) => "it brings ranges of a file",
        None => return check_framing(response),
        Some(Some((0, last, size)))
            if last.checked_add(1) == Some(size)
                && response.length().is_none_or(|length| length == size) =>
        {
            return check_framing(response);
        }
        Some(_) => "it brings a range of the file, and the whole was asked for",
    };
    Err(contradiction(head, fault))
}

/// The size of the whole file, if the answer brings all of `version` from `at` on;
/// `size` is that of the file if it is known. The answer has to name the version
/// (RFC 9110 §15.3.7): a server that has never heard of If-Range would go on with
/// another.
pub(super) fn continued(
    response: &Response<'_>,
    at: u64,
    version: &str,
    size: Option<u64>,
) -> Option<u64> {
    let head = &response.head;
    if head.status != 206 || is_multipart(head) || !response.has_framing() {
        return None;
    }
    let named = if is_strong(version) {
        "etag"
    } else {
        "last-modified"
    };
    let (first, last, stated) = stated_range(head)??;
    let agrees = head.header(named) == Some(version)
        && first == at
        && last.checked_add(1) == Some(stated)
        && size.is_none_or(|size| size == stated)
        && response
            .length()
            .is_none_or(|length| length == stated - first);
    agrees.then_some(stated)
}

/// What names exactly these bytes in an If-Range: a strong ETag, or else, of a
/// file of known size, the time of its last change if that lies back far enough.
pub(super) fn version(head: &Head, size: Option<u64>) -> Option<&str> {
    if let Some(etag) = head.header("etag").filter(|etag| is_strong(etag)) {
        return Some(etag);
    }
    size?;
    let changed = head.header("last-modified")?;
    let at = httpdate::parse_http_date(changed).ok()?;
    let age = date(head)?.duration_since(at).ok()?;
    (age >= SETTLED).then_some(changed)
}

/// Only a strong ETag names exact bytes (RFC 9110 §8.8.1).
fn is_strong(etag: &str) -> bool {
    etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"')
}

/// `bytes FIRST-LAST/SIZE`, if the answer states a range; within, `None` if it is
/// none of these, or more than one.
fn stated_range(head: &Head) -> Option<Option<(u64, u64, u64)>> {
    let mut fields = head.headers_named("content-range");
    let value = fields.next()?;
    if fields.next().is_some() {
        return Some(None);
    }
    let read = || {
        let (unit, range) = value.trim().split_once(' ')?;
        let (range, size) = range.split_once('/')?;
        let (first, last) = range.trim().split_once('-')?;
        let (first, last, size) = (first.parse().ok()?, last.parse().ok()?, size.parse().ok()?);
        let is_range = unit.eq_ignore_ascii_case("bytes") && first <= last && last < size;
        is_range.then_some((first, last, size))
    };
    Some(read())
}

fn is_multipart(head: &Head) -> bool {
    const RANGES: &str = "multipart/byteranges";
    let media_type = head.header("content-type").unwrap_or_default();
    let start = media_type.trim_start().get(..RANGES.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(RANGES))
}

fn check_framing(response: &Response<'_>) -> Result<()> {
    if response.has_framing() {
        return Ok(());
    }
    Err(fault(
        &response.head,
        "the answer does not say how long the file is, so that a complete file cannot be told from \
         a cut one; check for a proxy in between"
            .into(),
    ))
}

/// The text has nothing of the body: it may be the file's.
fn contradiction(head: &Head, reason: &str) -> Error {
    let range = head.header("content-range").map(clean);
    let range = range.map_or_else(String::new, |range| format!(", Content-Range {range:?}"));
    fault(
        head,
        format!(
            "the answer (HTTP {}{range}) is not the file: {reason}; check for a proxy in between",
            head.status
        ),
    )
}

fn fault(head: &Head, text: String) -> Error {
    Error::new(Status::Response, text)
        .with_phase(Phase::Receive)
        .with_http_status(head.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(fields: &[(&str, &str)]) -> Head {
        Head {
            status: 206,
            is_http_1_1: true,
            asked: String::new(),
            is_redirected: false,
            headers: fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn ranges_are_read_or_are_none() {
        let read = |value| stated_range(&head(&[("content-range", value)])).flatten();
        assert_eq!(read("bytes 5-9/10"), Some((5, 9, 10)));
        assert_eq!(read("BYTES 0-0/1 "), Some((0, 0, 1)));
        for bad in [
            "",
            "bytes",
            "bytes 5-9/*",
            "bytes */10",
            "bytes 9-5/10",
            "bytes 5-10/10",
            "5-9/10",
            "items 5-9/10",
            "bytes 5-9",
            "bytes -5-9/10",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
        let twice = [("content-range", "bytes 5-9/10"); 2];
        assert_eq!(stated_range(&head(&twice)), Some(None));
        assert_eq!(stated_range(&head(&[])), None);
    }

    #[test]
    fn a_version_is_a_strong_etag_or_a_time_that_lies_back() {
        const CHANGED: (&str, &str) = ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT");
        let at = |date| ("date", date);
        let of = |fields: &[_], size| version(&head(fields), size).map(str::to_owned);
        let later = at("Sun, 06 Nov 1994 08:50:37 GMT");
        assert_eq!(
            of(&[("etag", "\"1\""), CHANGED], None).as_deref(),
            Some("\"1\"")
        );
        for etag in ["W/\"1\"", "1", "\"", "\"\""] {
            let fields = [("etag", etag), CHANGED, later];
            assert_eq!(of(&fields, Some(10)).as_deref(), Some(CHANGED.1), "{etag}");
            assert_eq!(of(&fields, None), None);
            assert_eq!(of(&[("etag", etag)], Some(10)), None);
        }
        let just_now = at("Sun, 06 Nov 1994 08:50:36 GMT");
        assert_eq!(of(&[CHANGED, just_now], Some(10)), None);
        assert_eq!(of(&[CHANGED], Some(10)), None);
        assert_eq!(of(&[("last-modified", "yesterday"), later], Some(10)), None);
    }
}
