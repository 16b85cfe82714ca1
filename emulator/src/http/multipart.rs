//! A streaming reader of multipart/form-data that takes what real clients send (easemob.md §2.8).
//!
//! Ready-made parsers hold the file name to a grammar that several clients break, and know one boundary only; the
//! vendor's own curl line produces two.

use bytes::{Bytes, BytesMut};
use memchr::memmem;

use super::disposition;
use super::request::{BodyError, Head, RequestBody};

/// A part's head of fields; more is not a form.
const LONGEST_HEAD: usize = 64 * 1024;
/// Text before the first boundary; more is not a form.
const LONGEST_PREAMBLE: usize = 64 * 1024;

/// The head of one part.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) name: String,
    /// The base name; present, if empty, for every file part.
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: Option<String>,
}

/// Where bytes come from; tests have another source than a request.
pub(crate) trait Chunks {
    async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError>;
}

/// A body that arrives in pieces of one size.
#[cfg(test)]
pub(crate) struct Pieces(std::vec::IntoIter<Bytes>);

#[cfg(test)]
impl Pieces {
    pub(crate) fn of(body: &[u8], size: usize) -> Self {
        let pieces: Vec<Bytes> = body.chunks(size).map(Bytes::copy_from_slice).collect();
        Self(pieces.into_iter())
    }
}

#[cfg(test)]
impl Chunks for Pieces {
    async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError> {
        Ok(self.0.next())
    }
}

impl Chunks for RequestBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError> {
        Self::chunk(self).await
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ParserState {
    Preamble,
    /// A delimiter was read; `--` or the head of a part follows.
    AfterDelimiter,
    InPart,
    Ended,
}

/// Reads the parts of a body in order.
#[derive(Debug)]
pub(crate) struct Multipart<'a, S> {
    source: &'a mut S,
    buffer: BytesMut,
    source_ended: bool,
    /// `--boundary` for each boundary that the content type names.
    candidates: Vec<Vec<u8>>,
    /// A line break and the one that the body uses.
    delimiter: Vec<u8>,
    state: ParserState,
}

impl<'a, S: Chunks> Multipart<'a, S> {
    /// `None` when the content type names no boundary.
    pub(crate) fn new(head: &Head, source: &'a mut S) -> Option<Self> {
        let content_type = head.header("content-type").unwrap_or_default();
        Self::with_boundaries(&boundaries(&content_type), source)
    }

    fn with_boundaries(boundaries: &[String], source: &'a mut S) -> Option<Self> {
        let mut candidates: Vec<Vec<u8>> = boundaries
            .iter()
            .map(|boundary| format!("--{boundary}").into_bytes())
            .collect();
        // The longest first, so that one which another begins with is not mistaken for it.
        candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.len()));
        if candidates.is_empty() {
            return None;
        }
        Some(Self {
            source,
            // The first delimiter may stand at the very start, without the CRLF that the others have.
            buffer: BytesMut::from(&b"\r\n"[..]),
            source_ended: false,
            candidates,
            delimiter: Vec::new(),
            state: ParserState::Preamble,
        })
    }

    /// The head of the next part, after whatever is left of the current one; `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Part>, BodyError> {
        if self.state == ParserState::Preamble {
            self.preamble().await?;
        }
        while self.state == ParserState::InPart {
            self.data().await?;
        }
        if self.state == ParserState::Ended {
            return Ok(None);
        }
        while self.buffer.len() < 2 && self.more().await? {}
        if self.buffer.starts_with(b"--") {
            self.state = ParserState::Ended;
            // An epilogue means nothing, but the connection can only be used again when it was read.
            self.buffer.clear();
            while self.more().await? {
                self.buffer.clear();
            }
            return Ok(None);
        }
        let head = self.part_head().await?;
        self.state = ParserState::InPart;
        Ok(Some(parse_head(&head)))
    }

    /// More of the current part's content, `None` at its end.
    pub(crate) async fn data(&mut self) -> Result<Option<Bytes>, BodyError> {
        while self.state == ParserState::InPart {
            if let Some(at) = memmem::find(&self.buffer, &self.delimiter) {
                if at > 0 {
                    return Ok(Some(self.buffer.split_to(at).freeze()));
                }
                let _ = self.buffer.split_to(self.delimiter.len());
                self.state = ParserState::AfterDelimiter;
                return Ok(None);
            }
            // The last bytes may be the start of a delimiter.
            let safe = (self.buffer.len() + 1).saturating_sub(self.delimiter.len());
            if safe > 0 {
                return Ok(Some(self.buffer.split_to(safe).freeze()));
            }
            if !self.more().await? {
                return Err(BodyError::Malformed("the form ends within a part"));
            }
        }
        Ok(None)
    }

    /// The current part's content as text of limited length.
    pub(crate) async fn text(&mut self, limit: usize) -> Result<String, BodyError> {
        let mut all = Vec::new();
        while let Some(data) = self.data().await? {
            if all.len() + data.len() > limit {
                return Err(BodyError::Malformed("a form field is too long"));
            }
            all.extend_from_slice(&data);
        }
        Ok(String::from_utf8_lossy(&all).into_owned())
    }

    async fn more(&mut self) -> Result<bool, BodyError> {
        if self.source_ended {
            return Ok(false);
        }
        match self.source.chunk().await? {
            Some(chunk) => self.buffer.extend_from_slice(&chunk),
            None => self.source_ended = true,
        }
        Ok(!self.source_ended)
    }

    /// Finds the first delimiter, and with it the boundary that the body uses.
    async fn preamble(&mut self) -> Result<(), BodyError> {
        let longest = self.candidates.first().map_or(0, Vec::len);
        loop {
            let found = memmem::find_iter(&self.buffer, b"\r\n--").find_map(|at| {
                let rest = &self.buffer[at + 2..];
                let complete = self.source_ended || rest.len() > longest;
                let candidate = self
                    .candidates
                    .iter()
                    .find(|candidate| complete && rest.starts_with(candidate))?;
                Some((at, candidate.clone()))
            });
            if let Some((at, candidate)) = found {
                let _ = self.buffer.split_to(at + 2 + candidate.len());
                self.delimiter = [b"\r\n", &candidate[..]].concat();
                self.state = ParserState::AfterDelimiter;
                return Ok(());
            }
            if self.buffer.len() > LONGEST_PREAMBLE || self.source_ended {
                return Err(BodyError::Malformed("the boundary was not found"));
            }
            self.more().await?;
        }
    }

    /// The head of a part, from behind the delimiter to the empty line.
    async fn part_head(&mut self) -> Result<Bytes, BodyError> {
        loop {
            if let Some(at) = memmem::find(&self.buffer, b"\r\n\r\n") {
                let head = self.buffer.split_to(at + 4).freeze();
                let padding = memmem::find(&head, b"\r\n").unwrap_or(0);
                if !head[..padding].iter().all(|byte| b" \t".contains(byte)) {
                    return Err(BodyError::Malformed("text follows a boundary"));
                }
                return Ok(head.slice(padding + 2..));
            }
            if self.buffer.len() > LONGEST_HEAD {
                return Err(BodyError::Malformed("a part's head is too long"));
            }
            if !self.more().await? {
                return Err(BodyError::Malformed("the form ends within a part's head"));
            }
        }
    }
}

/// Every `boundary` parameter in order; curl adds one of its own behind a given one.
fn boundaries(content_type: &str) -> Vec<String> {
    let mut found = Vec::new();
    for parameter in content_type.split(';').skip(1) {
        let Some((key, value)) = parameter.split_once('=') else {
            continue;
        };
        // RFC 2046 §5.1.1: at most 70 characters; some clients use more, none an empty one.
        let value = value.trim().trim_matches('"');
        if key.trim().eq_ignore_ascii_case("boundary") && (1..=200).contains(&value.len()) {
            found.push(value.to_owned());
        }
    }
    found
}

fn parse_head(head: &[u8]) -> Part {
    let head = String::from_utf8_lossy(head);
    let mut part = Part::default();
    for line in head.lines() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        match key.trim().to_ascii_lowercase().as_str() {
            "content-disposition" => {
                let disposition = disposition::parse(value);
                part.name = disposition.name.unwrap_or_default();
                part.file_name = disposition.file_name;
            }
            "content-type" => part.content_type = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    part
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    /// Parses a body that arrives in pieces of that size.
    fn parse(
        boundaries: &[&str],
        body: &[u8],
        size: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, BodyError> {
        let mut source = Pieces::of(body, size);
        let boundaries: Vec<String> = boundaries.iter().map(|b| (*b).to_owned()).collect();
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(async {
                let mut form = Multipart::with_boundaries(&boundaries, &mut source).unwrap();
                let mut parts = Vec::new();
                while let Some(part) = form.next().await? {
                    let mut content = Vec::new();
                    while let Some(data) = form.data().await? {
                        content.extend_from_slice(&data);
                    }
                    parts.push((part.name, content));
                }
                Ok(parts)
            })
    }

    const BODY: &[u8] = b"preamble\r\n--b1\r\nContent-Disposition: form-data; name=\"one\"\r\n\r\n\
        first\r\n--b\r\n--b2\r\r\n\r\n--b1 \t\r\ncontent-disposition:form-data;name=two\r\n\r\n\r\n--b1--\r\nepilogue";

    #[test]
    fn parts_come_out_whole_whatever_the_pieces() {
        for size in 1..BODY.len() {
            let parts = parse(&["b1"], BODY, size).unwrap();
            assert_eq!(parts.len(), 2, "in pieces of {size}");
            assert_eq!(
                parts[0],
                ("one".to_owned(), b"first\r\n--b\r\n--b2\r\r\n".to_vec())
            );
            assert_eq!(parts[1], ("two".to_owned(), Vec::new()));
        }
    }

    #[test]
    fn the_boundary_that_the_body_uses_wins() {
        let body = b"--real\r\nContent-Disposition: form-data; name=x\r\n\r\nv\r\n--real--\r\n";
        for boundaries in [
            &["given", "real"][..],
            &["real", "given"],
            &["real", "rea"],
            &["rea", "real"],
        ] {
            for size in [1, 7, 1000] {
                let parts = parse(boundaries, body, size).unwrap();
                assert_eq!(parts, [("x".to_owned(), b"v".to_vec())], "{boundaries:?}");
            }
        }
    }

    #[test]
    fn broken_forms_are_errors() {
        let bodies: [&[u8]; 5] = [
            b"",
            b"no boundary at all",
            b"--b1\r\nContent-Disposition: form-data; name=x\r\n",
            b"--b1\r\nContent-Disposition: form-data; name=x\r\n\r\nvalue without end",
            b"--b1trailing\r\n\r\n\r\n--b1--",
        ];
        for body in bodies {
            let result = parse(&["b1"], body, 5);
            assert!(matches!(result, Err(BodyError::Malformed(_))), "{body:?}");
        }
        assert_eq!(parse(&["b1"], b"--b1--", 3).unwrap(), []);
    }

    #[test]
    fn boundaries_are_read_from_any_content_type() {
        assert!(boundaries("multipart/form-data").is_empty());
        assert!(boundaries("multipart/form-data; boundary=").is_empty());
        assert_eq!(
            boundaries("multipart/form-data;charset=utf-8; Boundary=\"a b\""),
            ["a b"]
        );
        assert_eq!(
            boundaries("multipart/form-data; boundary=----Web; boundary=---curl"),
            ["----Web", "---curl"]
        );
    }
}
