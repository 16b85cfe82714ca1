//! Serving a file's bytes: whole, in part, or not at all because the client has them.

use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use bytes::Bytes;
use hyper::header;

use super::answer::{Answer, set, status_only};
use super::payload::{Payload, Piece};
use super::request::{Head, encode_percent};
use crate::clock::http_date;

/// What is served.
#[derive(Debug)]
pub(crate) enum Content {
    File {
        path: PathBuf,
        size: u64,
    },
    /// Several files as one.
    Files(Vec<(PathBuf, u64)>),
    Bytes(Bytes),
}

impl Content {
    fn size(&self) -> u64 {
        match self {
            Self::File { size, .. } => *size,
            Self::Files(files) => files.iter().map(|(_, size)| size).sum(),
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }
}

/// How it is served.
#[derive(Debug)]
pub(crate) struct Presentation {
    pub(crate) content_type: String,
    /// Without quotes.
    pub(crate) etag: String,
    pub(crate) modified_ms: i64,
    pub(crate) ranges: bool,
    /// The name for `Content-Disposition`.
    pub(crate) file_name: Option<String>,
}

const PIECE: usize = 64 * 1024;

/// Answers a GET or HEAD. A body is always attached; hyper leaves it out for HEAD.
pub(crate) fn serve(head: &Head, content: Content, look: &Presentation) -> Answer {
    if !is_as_wanted(head, look) {
        return status_only(412);
    }
    if is_unchanged(head, look) {
        let mut answer = status_only(304);
        describe(&mut answer, look);
        return answer;
    }
    serve_span(head, content, look)
}

/// The same for who has looked at the conditions.
pub(crate) fn serve_span(head: &Head, content: Content, look: &Presentation) -> Answer {
    let size = content.size();
    let etag = format!("\"{}\"", look.etag);
    let modified = http_date(look.modified_ms);
    let mut answer = match wanted(head, size, look.ranges, &etag, &modified) {
        Wanted::All => whole(content, size, &look.content_type),
        Wanted::Part { first, last } => give(content, Some((first, last + 1)), &look.content_type),
        Wanted::Beyond => {
            let mut answer = status_only(416);
            let range = format!("bytes */{size}");
            set(&mut answer, header::CONTENT_RANGE, &range);
            answer
        }
    };
    describe(&mut answer, look);
    answer
}

fn describe(answer: &mut Answer, look: &Presentation) {
    set(answer, header::ETAG, &format!("\"{}\"", look.etag));
    set(answer, header::LAST_MODIFIED, &http_date(look.modified_ms));
    if look.ranges {
        set(answer, header::ACCEPT_RANGES, "bytes");
    }
    if let Some(name) = &look.file_name {
        set(answer, header::CONTENT_DISPOSITION, &disposition(name));
    }
}

/// Gives the file, or the bytes from the first to before the last of `span`.
pub(crate) fn give(content: Content, span: Option<(u64, u64)>, content_type: &str) -> Answer {
    let size = content.size();
    let Some((first, end)) = span else {
        return whole(content, size, content_type);
    };
    let length = end - first;
    let mut answer = with_length(206, stream(content, first, length), length);
    set(&mut answer, header::CONTENT_TYPE, content_type);
    // Of an empty file the last byte is -1, as MinIO has it.
    let last = i128::from(end) - 1;
    let range = format!("bytes {first}-{last}/{size}");
    set(&mut answer, header::CONTENT_RANGE, &range);
    answer
}

fn whole(content: Content, size: u64, content_type: &str) -> Answer {
    let mut answer = with_length(200, stream(content, 0, size), size);
    set(&mut answer, header::CONTENT_TYPE, content_type);
    answer
}

fn with_length(status: u16, body: Payload, length: u64) -> Answer {
    let mut answer = status_only(status);
    *answer.body_mut() = body;
    set(&mut answer, header::CONTENT_LENGTH, &length.to_string());
    answer
}

/// RFC 9110 §13.2.2: a condition on the tag goes before one on the time.
fn is_as_wanted(head: &Head, look: &Presentation) -> bool {
    match names(head, "if-match", look) {
        Some(is_named) => is_named,
        None => {
            let since = head.date("if-unmodified-since");
            since.is_none_or(|since| look.modified_ms.div_euclid(1000) <= since)
        }
    }
}

fn is_unchanged(head: &Head, look: &Presentation) -> bool {
    match names(head, "if-none-match", look) {
        Some(is_named) => is_named,
        None => {
            let since = head.date("if-modified-since");
            since.is_some_and(|since| look.modified_ms.div_euclid(1000) <= since)
        }
    }
}

/// Whether a list of tags, in however many lines, names the file; `None` without one.
fn names(head: &Head, field: &str, look: &Presentation) -> Option<bool> {
    let etag = format!("\"{}\"", look.etag);
    let mut lines = head.headers.get_all(field).iter().peekable();
    lines.peek()?;
    Some(lines.any(|line| {
        let line = String::from_utf8_lossy(line.as_bytes());
        line.split(',')
            .map(str::trim)
            .any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
    }))
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    All,
    Part { first: u64, last: u64 },
    Beyond,
}

fn wanted(head: &Head, size: u64, ranges: bool, etag: &str, modified: &str) -> Wanted {
    let Some(range) = head.header("range").filter(|_| ranges) else {
        return Wanted::All;
    };
    // RFC 9110 §13.1.5: another file now means the whole of it.
    if head
        .header("if-range")
        .is_some_and(|known| known != etag && known != modified)
    {
        return Wanted::All;
    }
    parse_range(&range, size)
}

/// One range; several of them, or nonsense, are ignored as S3-like stores do.
fn parse_range(range: &str, size: u64) -> Wanted {
    let Some((first, last)) = range
        .strip_prefix("bytes=")
        .and_then(|range| range.trim().split_once('-'))
    else {
        return Wanted::All;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (first, last) = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => (first, last.min(size.saturating_sub(1))),
        (Some(first), None) if last.trim().is_empty() => (first, size.saturating_sub(1)),
        (None, Some(suffix)) if first.trim().is_empty() => {
            let first = size.saturating_sub(suffix);
            (
                if suffix == 0 { size } else { first },
                size.saturating_sub(1),
            )
        }
        _ => return Wanted::All,
    };
    if first >= size {
        return Wanted::Beyond;
    }
    Wanted::Part { first, last }
}

fn stream(content: Content, first: u64, length: u64) -> Payload {
    match content {
        Content::Bytes(bytes) => {
            let at = |position: u64| usize::try_from(position).unwrap_or(usize::MAX);
            Payload::bytes(bytes.slice(at(first)..at(first + length)))
        }
        Content::File { .. } | Content::Files(_) if length == 0 => Payload::empty(),
        Content::Files(files) => stream_files(files, first, length),
        Content::File { path, .. } => {
            let (pipe, payload) = Payload::pipe(Some(length));
            // A blocking thread may wait for the client as long as it likes; when the client goes, sending fails.
            tokio::task::spawn_blocking(move || {
                let Ok(mut file) = std::fs::File::open(path) else {
                    return;
                };
                if file.seek(SeekFrom::Start(first)).is_err() {
                    return;
                }
                let mut left = length;
                while left > 0 {
                    let size = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
                    let mut piece = vec![0; size];
                    if file.read_exact(&mut piece).is_err()
                        || pipe.blocking_send(Piece::Data(piece.into())).is_err()
                    {
                        return;
                    }
                    left -= size as u64;
                }
            });
            payload
        }
    }
}

/// As with one file, but going on in the next one.
fn stream_files(files: Vec<(PathBuf, u64)>, first: u64, length: u64) -> Payload {
    let (pipe, payload) = Payload::pipe(Some(length));
    tokio::task::spawn_blocking(move || {
        let (mut skip, mut left) = (first, length);
        for (path, size) in files {
            if left == 0 {
                return;
            }
            if skip >= size {
                skip -= size;
                continue;
            }
            let Ok(mut file) = std::fs::File::open(path) else {
                return;
            };
            if file.seek(SeekFrom::Start(skip)).is_err() {
                return;
            }
            let mut of_file = left.min(size - skip);
            left -= of_file;
            skip = 0;
            while of_file > 0 {
                let size = usize::try_from(of_file).unwrap_or(PIECE).min(PIECE);
                let mut piece = vec![0; size];
                if file.read_exact(&mut piece).is_err()
                    || pipe.blocking_send(Piece::Data(piece.into())).is_err()
                {
                    return;
                }
                of_file -= size as u64;
            }
        }
    });
    payload
}

/// RFC 6266: a plain name for old clients, the real one for the others.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| match c {
            ' '..='~' if c != '"' && c != '\\' => c,
            _ => '_',
        })
        .collect();
    let extended = encode_percent(name, b"");
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{extended}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let part = |first, last| Wanted::Part { first, last };
        let cases = [
            ("bytes=0-0", part(0, 0)),
            ("bytes=2-", part(2, 9)),
            ("bytes=2-100", part(2, 9)),
            ("bytes=-3", part(7, 9)),
            ("bytes=-30", part(0, 9)),
            ("bytes=10-", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=5-2", Wanted::All),
            ("bytes=0-1,4-5", Wanted::All),
            ("items=0-1", Wanted::All),
            ("bytes=a-b", Wanted::All),
        ];
        for (range, expected) in cases {
            assert_eq!(parse_range(range, 10), expected, "{range}");
        }
        assert_eq!(parse_range("bytes=0-", 0), Wanted::Beyond);
    }

    #[test]
    fn names_cannot_break_the_header() {
        assert_eq!(
            disposition("a\"\r\n文.txt"),
            "attachment; filename=\"a____.txt\"; filename*=UTF-8''a%22%0D%0A%E6%96%87.txt"
        );
    }
}
