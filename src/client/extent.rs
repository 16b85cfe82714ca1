//! Which bytes of which version of a file an answer brings: what it states of
//! them agrees with itself and with what was asked for, or none is taken.

use crate::error::{Error, Phase, Result, Status};
use crate::message::Head;
use crate::service::date;
use crate::text::clean;
use crate::transfer::http::Response;
use crate::transfer::version::Version;
use std::time::Duration;

/// How much older than the answer a time of the last change has to be, so that
/// no later change can bear the same time, whatever the server's clocks do (RFC
/// 9110 §8.8.2.2).
const SETTLED: Duration = Duration::from_secs(60);

/// Which bytes of a file the caller wants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) offset: u64,
    /// `None`: all that follow; a file that ends before has fewer.
    pub(super) length: Option<u64>,
}

impl Wanted {
    pub(super) fn is_whole(self) -> bool {
        self == Self::default()
    }

    /// All but the first `at` of them.
    pub(super) fn after(self, at: u64) -> Self {
        Self {
            offset: self.offset.saturating_add(at),
            length: self.length.map(|length| length.saturating_sub(at)),
        }
    }

    /// The first `count` of them.
    pub(super) fn first(self, count: u64) -> Self {
        Self {
            offset: self.offset,
            length: Some(self.length.map_or(count, |length| length.min(count))),
        }
    }

    /// How many there are of them in a file of `size` bytes.
    pub(super) fn count(self, size: u64) -> u64 {
        size.min(self.end()).saturating_sub(self.offset)
    }

    fn end(self) -> u64 {
        let end = self.length.map(|length| self.offset.saturating_add(length));
        end.unwrap_or(u64::MAX)
    }

    /// What asks for them in a Range; all of a file are asked for without.
    pub(super) fn range(self) -> Option<String> {
        let Self { offset, length } = self;
        match length {
            None if offset == 0 => None,
            None => Some(format!("bytes={offset}-")),
            Some(_) => Some(format!("bytes={offset}-{}", self.end() - 1)),
        }
    }
}

/// Which bytes of a file an answer brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) first: u64,
    /// Where they end.
    pub(super) end: Option<u64>,
    /// The size of the file.
    pub(super) size: Option<u64>,
}

/// Which bytes a success brings where `asked` was asked for: these, or all of the
/// file, as a server does that serves no ranges, or has another version.
pub(super) fn brought(response: &Response<'_>, asked: Wanted) -> Result<Extent> {
    let head = &response.head;
    let length = response.length();
    let agrees = |stated: u64| length.is_none_or(|length| length == stated);
    let extent = match (head.status, stated_range(head)) {
        _ if is_multipart(head) => Err("it brings ranges of a file"),
        (200, None) => Ok(Extent {
            first: 0,
            end: length,
            size: length,
        }),
        (200, Some(Some((0, last, size)))) if last + 1 == size && agrees(size) => Ok(Extent {
            first: 0,
            end: length,
            size: length,
        }),
        (206, Some(Some((first, last, size))))
            if asked.range().is_some()
                && first == asked.offset
                && last + 1 == size.min(asked.end())
                && agrees(last + 1 - first) =>
        {
            Ok(Extent {
                first,
                end: Some(last + 1),
                size: Some(size),
            })
        }
        (200, _) if asked.is_whole() => {
            Err("it brings a range of the file, and the whole was asked for")
        }
        (200 | 206, _) if !asked.is_whole() => Err("it brings other bytes than were asked for"),
        _ => Err("that is no answer to what was asked for"),
    };
    match extent {
        Ok(extent) => check_framing(response).map(|()| extent),
        Err(reason) => Err(contradiction(head, reason)),
    }
}

/// Whether the answer brings bytes of `version`. It has to name it (RFC 9110
/// §15.3.7): a server that has never heard of If-Range would go on with another. How they
/// are coded it need not say again, but not say otherwise, as some do under one ETag.
pub(super) fn is_of(head: &Head, version: &Version) -> bool {
    let named = match version {
        Version::ETag { .. } => "etag",
        Version::Changed(_) => "last-modified",
    };
    let coding = head.coding();
    let is_coded_so = coding.is_none() || coding.as_deref() == version.coding();
    head.header(named) == Some(version.if_range()) && is_coded_so
}

/// What is asked for begins behind the end of a file of so many bytes.
pub(super) fn beyond(offset: u64, size: u64) -> Error {
    Error::out_of_bounds(
        "offset",
        format_args!("the file has {size} bytes, and {offset} are to be left out"),
    )
    .bound(size, offset)
    .with_phase(Phase::Receive)
}

/// What names exactly these bytes: a strong ETag, or else, of a file of known size that is not
/// coded, the time of its last change if that lies back far enough.
pub(super) fn version(head: &Head, size: Option<u64>) -> Option<Version> {
    /// A longer ETag would not go into a request with all that it has besides.
    const LONGEST: usize = 4096;
    let coding = head.coding();
    let can_be_sent = |etag: &&str| is_strong(etag) && etag.len() <= LONGEST;
    if let Some(etag) = head.header("etag").filter(can_be_sent) {
        let tag = etag.to_owned();
        return Some(Version::ETag { tag, coding });
    }
    if size.is_none() || coding.is_some() {
        return None;
    }
    let changed = head.header("last-modified")?;
    let at = httpdate::parse_http_date(changed).ok()?;
    let age = date(head)?.duration_since(at).ok()?;
    (age >= SETTLED).then(|| Version::Changed(changed.to_owned()))
}

/// Only a strong ETag names exact bytes (RFC 9110 §8.8.1); one that is not of ASCII is not
/// kept as it is.
fn is_strong(etag: &str) -> bool {
    etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"') && etag.is_ascii()
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
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn head(fields: &[(&str, &str)]) -> Head {
        Head {
            status: 206,
            is_http_1_1: true,
            asked: None,
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
    fn what_is_wanted_is_asked_for_and_counted() {
        let wanted = |offset, length| Wanted { offset, length };
        for (wanted, range, of_ten) in [
            (wanted(0, None), None, 10),
            (wanted(3, None), Some("bytes=3-"), 7),
            (wanted(0, Some(4)), Some("bytes=0-3"), 4),
            (wanted(3, Some(4)), Some("bytes=3-6"), 4),
            (wanted(8, Some(4)), Some("bytes=8-11"), 2),
            (wanted(12, Some(4)), Some("bytes=12-15"), 0),
            (
                wanted(1, Some(u64::MAX)),
                Some("bytes=1-18446744073709551614"),
                9,
            ),
        ] {
            assert_eq!(wanted.range().as_deref(), range);
            assert_eq!(wanted.count(10), of_ten);
        }
        assert_eq!(wanted(3, Some(4)).after(1), wanted(4, Some(3)));
        assert_eq!(wanted(3, None).after(1), wanted(4, None));
    }

    #[test]
    fn a_version_is_a_strong_etag_or_a_time_that_lies_back() {
        const CHANGED: (&str, &str) = ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT");
        let at = |date| ("date", date);
        let of = |fields: &[_], size| {
            let version = version(&head(fields), size);
            version.map(|version| version.if_range().to_owned())
        };
        let later = at("Sun, 06 Nov 1994 08:50:37 GMT");
        assert_eq!(
            of(&[("etag", "\"1\""), CHANGED], None).as_deref(),
            Some("\"1\"")
        );
        for etag in ["W/\"1\"", "1", "\"", "\"\"", "\"v\u{fffd}\""] {
            let fields = [("etag", etag), CHANGED, later];
            assert_eq!(of(&fields, Some(10)).as_deref(), Some(CHANGED.1), "{etag}");
            assert_eq!(of(&fields, None), None);
            assert_eq!(of(&[("etag", etag)], Some(10)), None);
        }
        let just_now = at("Sun, 06 Nov 1994 08:50:36 GMT");
        assert_eq!(of(&[CHANGED, just_now], Some(10)), None);
        assert_eq!(of(&[CHANGED], Some(10)), None);
        assert_eq!(of(&[("last-modified", "yesterday"), later], Some(10)), None);
        let coded = ("content-encoding", "gzip");
        assert_eq!(of(&[CHANGED, later, coded], Some(10)), None);
    }

    #[test]
    fn a_version_is_coded_in_one_way() {
        const ETAG: (&str, &str) = ("etag", "\"1\"");
        let coded = |coding| head(&[ETAG, ("content-encoding", coding)]);
        for (version_of, others) in [
            (head(&[ETAG]), ["gzip", "br"]),
            (coded("gzip"), ["br", "x"]),
        ] {
            let version = version(&version_of, None).unwrap();
            assert_eq!(version.if_range(), "\"1\"");
            assert!(is_of(&version_of, &version) && is_of(&head(&[ETAG]), &version));
            for other in others {
                assert!(!is_of(&coded(other), &version), "{version:?} {other}");
            }
        }
        let changed = "Sun, 06 Nov 1994 08:49:37 GMT";
        let version = Version::Changed(changed.to_owned());
        assert!(is_of(&head(&[("last-modified", changed)]), &version));
        let coded = [("last-modified", changed), ("content-encoding", "gzip")];
        assert!(!is_of(&head(&coded), &version));
        // An ETag that looks like the time is none of it.
        assert!(!is_of(&head(&[("etag", changed)]), &version));
    }
}
