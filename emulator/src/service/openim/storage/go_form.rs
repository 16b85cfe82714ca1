//! multipart/form-data as Go's `mime/multipart` (1.25) reads it, with which MinIO does: it knows one boundary and forgives
//! little. The reader that the other services share forgives what their servers are known to (`http/multipart.rs`).

use bytes::{Bytes, BytesMut};
use memchr::{memchr, memmem};

use super::super::go_json;
use super::error::{Error, Failure};
use super::go_mime::{Value, is_token_byte};
use crate::http::{BodyError, Chunks};

/// Go's `peekBufferSize`: no line between parts is longer.
const LONGEST_LINE: usize = 5 * 1024;
/// Go's `maxMIMEHeaderSize`, for one line here.
const LONGEST_HEAD: usize = 10 * 1024 * 1024;

/// The form ends within a part.
const CUT: &str = "unexpected EOF";
/// Where Go was when the form broke off between two parts.
const NEXT: &str = "multipart: NextPart: ";

/// The head of a part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Empty where its disposition cannot be read.
    pub(super) name: String,
    /// Without folders.
    pub(super) file_name: String,
}

/// Reads the parts of a form in order.
#[derive(Debug)]
pub(super) struct Form<'a, S> {
    source: &'a mut S,
    buffer: BytesMut,
    /// How the source has ended, if it has: Go's reader, too, gives the same error ever again.
    ended: Option<Result<(), BodyError>>,
    /// The rest of the part, read already.
    held: Option<Bytes>,
    /// `--boundary`
    dashes: Vec<u8>,
    /// LF alone where the first delimiter ends with that.
    line_break: &'static [u8],
    has_parts: bool,
    is_in_part: bool,
    /// No byte of the part was read.
    is_at_start: bool,
}

/// What the buffer begins with.
enum Found {
    /// So many bytes of the part.
    Data(usize),
    /// Too few to tell.
    Little,
    End,
}

impl<'a, S: Chunks> Form<'a, S> {
    pub(super) fn new(boundary: &str, source: &'a mut S) -> Self {
        Self {
            source,
            buffer: BytesMut::new(),
            ended: None,
            held: None,
            dashes: format!("--{boundary}").into_bytes(),
            line_break: b"\r\n",
            has_parts: false,
            is_in_part: false,
            is_at_start: false,
        }
    }

    /// The head of the next part, after whatever is left of the current one; `None` after the last, or at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Part>, Failure> {
        while let Ok(Some(_)) = self.data().await {}
        self.is_in_part = false;
        let mut wants_part = false;
        while let Some(line) = self.line(LONGEST_LINE).await? {
            if !line.ends_with(b"\n") {
                self.check_end(NEXT)?;
            }
            if let Some(rest) = line.strip_prefix(&self.dashes[..]) {
                let end = skip_blanks(rest);
                if !self.has_parts && end == b"\n" {
                    self.line_break = b"\n";
                }
                if end == self.line_break {
                    self.has_parts = true;
                    return self.head().await;
                }
                let end = rest.strip_prefix(b"--").map(skip_blanks);
                if end.is_some_and(|end| end.is_empty() || end == self.line_break) {
                    self.drain().await;
                    return Ok(None);
                }
            }
            if wants_part {
                return Err(broken(&format!(
                    "multipart: expecting a new Part; got line {}",
                    quote(&line)
                )));
            }
            if !self.has_parts {
                continue;
            }
            if line != self.line_break {
                return Err(broken(&format!(
                    "multipart: unexpected line in Next(): {}",
                    quote(&line)
                )));
            }
            wants_part = true;
        }
        self.check_end(NEXT)?;
        Ok(None)
    }

    /// More of the current part, `None` at its end.
    pub(super) async fn data(&mut self) -> Result<Option<Bytes>, BodyError> {
        if let Some(held) = self.held.take() {
            return Ok(Some(held));
        }
        while self.is_in_part {
            match self.find() {
                Found::Data(length) => {
                    self.is_at_start = false;
                    return Ok(Some(self.buffer.split_to(length).freeze()));
                }
                Found::End => break,
                Found::Little => match &self.ended {
                    None => self.more().await,
                    Some(Ok(())) => return Err(BodyError::Malformed(CUT)),
                    Some(Err(error)) => return Err(error.clone()),
                },
            }
        }
        self.is_in_part = false;
        Ok(None)
    }

    /// Reads all of the current part before anything else is done with it.
    pub(super) async fn hold(&mut self) -> Result<(), Failure> {
        let mut whole = BytesMut::new();
        while let Some(data) = self.data().await.map_err(|error| unread("", error))? {
            whole.extend_from_slice(&data);
        }
        self.held = Some(whole.freeze());
        Ok(())
    }

    /// Whether it broke off, be it behind what was read of it.
    pub(super) fn is_broken(&self) -> bool {
        matches!(self.ended, Some(Err(_)))
    }

    /// Fails if no more comes since it broke off.
    fn check_end(&self, place: &str) -> Result<(), Failure> {
        match &self.ended {
            Some(Err(error)) => Err(unread(place, error.clone())),
            _ => Ok(()),
        }
    }

    /// Go's `scanUntilBoundary`.
    fn find(&self) -> Found {
        let buffer = &self.buffer[..];
        let delimiter = [self.line_break, &self.dashes].concat();
        if self.is_at_start {
            if buffer.starts_with(&self.dashes) {
                return self.ends(&buffer[self.dashes.len()..], 0, self.dashes.len());
            }
            if self.dashes.starts_with(buffer) {
                return Found::Little;
            }
        }
        if let Some(at) = memmem::find(buffer, &delimiter) {
            let behind = at + delimiter.len();
            return self.ends(&buffer[behind..], at, behind);
        }
        // The last bytes may be the begin of a delimiter.
        let may_begin = buffer.len().saturating_sub(delimiter.len() - 1)..buffer.len();
        let begin = may_begin
            .into_iter()
            .find(|at| delimiter.starts_with(&buffer[*at..]));
        match begin.unwrap_or(buffer.len()) {
            0 => Found::Little,
            length => Found::Data(length),
        }
    }

    /// Go's `matchAfterPrefix`: what looks like a delimiter is one by what follows.
    fn ends(&self, after: &[u8], before: usize, behind: usize) -> Found {
        let is_one = match after {
            [b' ' | b'\t' | b'\r' | b'\n', ..] | [b'-', b'-', ..] => Some(true),
            [] => self.ended.is_some().then_some(true),
            [b'-'] => self.ended.is_some().then_some(false),
            _ => Some(false),
        };
        match (is_one, before) {
            (Some(false), _) => Found::Data(behind),
            (Some(true), 0) => Found::End,
            (None, 0) => Found::Little,
            (_, length) => Found::Data(length),
        }
    }

    /// A line with its end; the last may have none.
    async fn line(&mut self, longest: usize) -> Result<Option<Bytes>, Failure> {
        let mut seen = 0;
        loop {
            if let Some(at) = memchr(b'\n', &self.buffer[seen..]) {
                return Ok(Some(self.buffer.split_to(seen + at + 1).freeze()));
            }
            seen = self.buffer.len();
            if seen > longest {
                return Err(broken("multipart: NextPart: bufio: buffer full"));
            }
            if self.ended.is_some() {
                let rest = self.buffer.split().freeze();
                return Ok((!rest.is_empty()).then_some(rest));
            }
            self.more().await;
        }
    }

    /// Go's `readMIMEHeader`.
    async fn head(&mut self) -> Result<Option<Part>, Failure> {
        let mut disposition = None;
        let mut begun: Option<Vec<u8>> = None;
        let mut is_first = true;
        loop {
            // Cut off, it is a form without the part.
            let Some(line) = self.line(LONGEST_HEAD).await? else {
                self.check_end("")?;
                return Ok(None);
            };
            let line = line.strip_suffix(b"\n").unwrap_or(&line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let is_folded = line.first().is_some_and(|byte| b" \t".contains(byte));
            match &mut begun {
                None if is_folded && is_first => {
                    let words = format!("malformed MIME header initial line: {}", quote(line));
                    return Err(broken(&words));
                }
                Some(begun) if is_folded => {
                    begun.push(b' ');
                    begun.extend_from_slice(trim_blanks(line));
                    continue;
                }
                _ => {}
            }
            is_first = false;
            if let Some(whole) = begun.take() {
                let value = field(&whole)?;
                disposition = disposition.or(value);
            }
            if line.is_empty() {
                break;
            }
            if !line.contains(&b':') {
                let words = format!(
                    "malformed MIME header: missing colon: {}",
                    quote(trim_blanks(line))
                );
                return Err(broken(&words));
            }
            begun = Some(trim_blanks(line).to_vec());
        }
        self.is_in_part = true;
        self.is_at_start = true;
        let value = Value::read(&disposition.unwrap_or_default());
        let mut value = value.filter(|value| value.kind == "form-data");
        let mut parameter = |name: &str| {
            let value = value.as_mut()?;
            value.parameters.remove(name)
        };
        Ok(Some(Part {
            name: parameter("name").unwrap_or_default(),
            file_name: parameter("filename")
                .map(|name| base(&name))
                .unwrap_or_default(),
        }))
    }

    async fn more(&mut self) {
        match self.source.chunk().await {
            Ok(Some(chunk)) => self.buffer.extend_from_slice(&chunk),
            Ok(None) => self.ended = Some(Ok(())),
            Err(error) => self.ended = Some(Err(error)),
        }
    }

    /// Reads what stands behind the last part, without which the connection cannot be used again.
    async fn drain(&mut self) {
        while self.ended.is_none() {
            self.buffer.clear();
            self.more().await;
        }
    }
}

/// In Go's words, why a form cannot be read on.
pub(super) fn unread(place: &str, error: BodyError) -> Failure {
    match error {
        BodyError::Connection => broken(&format!("{place}{CUT}")),
        BodyError::Silent { way } => broken(&format!("{place}read tcp {way}: i/o timeout")),
        other => other.into(),
    }
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| b" \t".contains(byte));
    &text[blanks.count()..]
}

fn trim_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().rev().take_while(|byte| b" \t".contains(byte));
    skip_blanks(&text[..text.len() - blanks.count()])
}

/// Go's `%q`.
fn quote(text: &[u8]) -> String {
    let mut quoted = "\"".to_owned();
    for chunk in text.utf8_chunks() {
        for sign in chunk.valid().chars() {
            match (sign, u8::try_from(sign)) {
                ('"', _) => quoted.push_str("\\\""),
                ('\'', _) => quoted.push(sign),
                (_, Ok(byte)) => quoted.push_str(&go_json::quoted(byte)),
                _ => quoted.push(sign),
            }
        }
        for byte in chunk.invalid() {
            quoted.push_str(&format!("\\x{byte:02x}"));
        }
    }
    quoted + "\""
}

fn broken(why: &str) -> Failure {
    Failure::because(Error::BAD_FORM, why)
}

/// The value of a line of a head, if it is the disposition.
fn field(line: &[u8]) -> Result<Option<String>, Failure> {
    let colon = memchr(b':', line).unwrap_or(0);
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let is_name = |byte: &u8| is_token_byte(*byte) || *byte == b' ';
    let is_value = |byte: &u8| !byte.is_ascii_control() || *byte == b'\t';
    if name.is_empty() || !name.iter().all(is_name) || !value.iter().all(is_value) {
        let words = format!("malformed MIME header line: {}", quote(line));
        return Err(broken(&words));
    }
    let value = String::from_utf8_lossy(skip_blanks(value)).into_owned();
    Ok(name
        .eq_ignore_ascii_case(b"content-disposition")
        .then_some(value))
}

/// Go's `filepath.Base`, but of nothing nothing.
fn base(name: &str) -> String {
    let trimmed = name.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        Some("") if !name.is_empty() => "/".to_owned(),
        last => last.unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::http::Pieces;

    /// Names and contents of the parts of a body that arrives in pieces of that size; else the error's words.
    fn parts(body: &[u8], size: usize) -> Result<Vec<(String, Vec<u8>)>, String> {
        let mut source = Pieces::of(body, size);
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(async {
            let mut form = Form::new("b", &mut source);
            let mut parts = Vec::new();
            while let Some(part) = form.next().await.map_err(|failure| failure.words())? {
                let mut content = Vec::new();
                loop {
                    match form.data().await {
                        Ok(Some(data)) => content.extend_from_slice(&data),
                        Ok(None) => break,
                        Err(error) => return Err(Failure::from(error).words()),
                    }
                }
                parts.push((part.name + "|" + &part.file_name, content));
            }
            Ok(parts)
        })
    }

    #[test]
    fn parts_are_the_same_whatever_the_pieces() {
        const HEAD: &str = "Content-Disposition: form-data; name=x; filename=\"d/f\"\r\n";
        for (body, expected) in [
            (format!("junk\r\n--b\r\n{HEAD}\r\nv\r\n--b--\r\njunk"), "v"),
            (format!("--b \t\r\n{HEAD}X: y\r\n\r\nv\r\n--b--"), "v"),
            // Lines of a head may end with LF alone, and go on in the next.
            (format!("--b\r\nX: y\n z\n{HEAD}\nv\r\n--b--"), "v"),
            (format!("--b\n{HEAD}\nv\r\n--b--\n"), "v\r"),
            // What goes on is no delimiter.
            (
                format!("--b\r\n{HEAD}\r\nv\r\n--bx\r\n--b-x\r\n--b--"),
                "v\r\n--bx\r\n--b-x",
            ),
            (format!("--b\r\n{HEAD}\r\n--bx\r\n--b--"), "--bx"),
            // The content may begin with one.
            (format!("--b\r\n{HEAD}\r\n--b\r\n\r\n\r\n--b--"), ""),
            (format!("--b\r\n{HEAD}\r\n\r\n\r\n\r\n--b--"), "\r\n\r\n"),
        ] {
            for size in [1, 2, 3, 7, 1000] {
                let parts = parts(body.as_bytes(), size).unwrap();
                let (name, content) = &parts[0];
                assert_eq!(name, "x|f", "{body:?}");
                assert_eq!(
                    String::from_utf8_lossy(content),
                    expected,
                    "{body:?} {size}"
                );
            }
        }
    }

    #[test]
    fn broken_forms_have_gos_words() {
        for (body, expected) in [
            ("--b\r\nX: y\r\n\r\nv", "unexpected EOF"),
            (
                "--b\r\nX: y\r\n\r\nv\r\n--b junk\r\n",
                "multipart: expecting a new Part; got line \"--b junk\\r\\n\"",
            ),
            (
                "--b\r\n X: y\r\n\r\nv\r\n--b--",
                "malformed MIME header initial line: \" X: y\"",
            ),
            (
                "--b\r\n: y\r\n\r\nv\r\n--b--",
                "malformed MIME header line: \": y\"",
            ),
        ] {
            let words = parts(body.as_bytes(), 3).unwrap_err();
            assert!(
                words.ends_with(&format!("({expected})")),
                "{body:?}: {words}"
            );
        }
        for body in ["", "junk", "--bx\r\n", "--b--", "--b\r\nX: y\r\n", "--b"] {
            assert_eq!(parts(body.as_bytes(), 3), Ok(Vec::new()), "{body:?}");
        }
    }

    #[test]
    fn names_without_folders() {
        for (name, expected) in [
            ("a", "a"),
            ("d/a", "a"),
            ("d/", "d"),
            ("//", "/"),
            ("", ""),
            ("d\\a", "d\\a"),
        ] {
            assert_eq!(base(name), expected, "{name}");
        }
    }
}
