//! A file inside JSON: reads an object in which one member is a (long) base64
//! text, passes the decoded bytes on as they come, and keeps the rest.

use crate::error::{Error, Result, Status};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// All but the file is small in every documented answer.
const REST_MAX: usize = 64 * 1024;

/// Services pad or do not; what is decoded is the same.
const LAST: GeneralPurpose = base64(DecodePaddingMode::Indifferent);
/// Padding stands at the end only.
const NOT_LAST: GeneralPurpose = base64(DecodePaddingMode::RequireNone);

const fn base64(padding: DecodePaddingMode) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(padding);
    GeneralPurpose::new(&STANDARD, config)
}

/// One line break is two of them.
const BREAKS_MAX: u32 = 16;

/// Base64 is decoded in pieces of this size, a multiple of four.
const PIECE: usize = 64 * 1024;

/// The state of reading.
pub(crate) struct JsonFile {
    /// The member whose text is the file.
    member: &'static str,
    state: LexerState,
    /// How many objects and arrays are open.
    depth: usize,
    /// The text of the name or value that is being read, at depth 1.
    key: Vec<u8>,
    is_value: bool,
    /// The JSON without the file, whose value becomes an empty text.
    rest: Vec<u8>,
    /// It was there.
    has_file: bool,
    /// Line breaks in it, in a row.
    breaks: u32,
    base64: Vec<u8>,
    decoded: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq)]
enum LexerState {
    /// Between texts.
    Structure,
    /// In a name or a value that is not the file.
    Text,
    /// Behind a backslash there.
    Escape,
    /// In the file.
    File,
    /// Behind a backslash there; JSON may write `/` as `\/`.
    FileEscape,
    /// Behind `\u` there, with so many digits of this number: some encoders write `=` so.
    FileUnicode(u8, u16),
}

impl JsonFile {
    pub(crate) fn new(member: &'static str) -> Self {
        Self {
            member,
            state: LexerState::Structure,
            depth: 0,
            key: Vec::new(),
            is_value: false,
            rest: Vec::new(),
            has_file: false,
            breaks: 0,
            base64: Vec::with_capacity(PIECE),
            decoded: Vec::new(),
        }
    }

    /// Takes the next bytes of the JSON; gives decoded bytes to `write`.
    pub(crate) fn read(
        &mut self,
        mut json: &[u8],
        mut write: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        loop {
            if self.state == LexerState::File {
                let end = memchr::memchr2(b'"', b'\\', json).unwrap_or(json.len());
                let (text, behind) = json.split_at(end);
                self.file(text, &mut write)?;
                json = behind;
            }
            let Some((&byte, behind)) = json.split_first() else {
                return Ok(());
            };
            json = behind;
            match self.state {
                LexerState::Structure => self.structure(byte)?,
                LexerState::Text => self.text(byte)?,
                LexerState::Escape => {
                    self.keep(byte)?;
                    self.key.push(byte);
                    self.state = LexerState::Text;
                }
                LexerState::File if byte == b'"' => {
                    self.decode(&LAST, &mut write)?;
                    self.keep(byte)?;
                    self.state = LexerState::Structure;
                }
                LexerState::File => self.state = LexerState::FileEscape,
                LexerState::FileEscape => {
                    self.state = LexerState::File;
                    match byte {
                        b'u' => self.state = LexerState::FileUnicode(0, 0),
                        b'n' => self.escaped(b'\n', &mut write)?,
                        b'r' => self.escaped(b'\r', &mut write)?,
                        _ => self.escaped(byte, &mut write)?,
                    }
                }
                LexerState::FileUnicode(digits, number) => {
                    let digit = char::from(byte).to_digit(16);
                    let digit = digit.ok_or_else(|| fault("is no JSON"))?;
                    let number = number << 4 | digit as u16;
                    self.state = LexerState::FileUnicode(digits + 1, number);
                    if digits == 3 {
                        self.state = LexerState::File;
                        let byte = u8::try_from(number).unwrap_or(u8::MAX);
                        self.escaped(byte, &mut write)?;
                    }
                }
            }
        }
    }

    fn structure(&mut self, byte: u8) -> Result<()> {
        self.keep(byte)?;
        match byte {
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b':' if self.depth == 1 => self.is_value = true,
            b',' if self.depth == 1 => self.is_value = false,
            b'"' => {
                let is_file =
                    self.depth == 1 && self.is_value && self.key == self.member.as_bytes();
                if !self.is_value {
                    self.key.clear();
                }
                if is_file && std::mem::replace(&mut self.has_file, true) {
                    return Err(fault("has two of them"));
                }
                self.state = if is_file {
                    LexerState::File
                } else {
                    LexerState::Text
                };
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, byte: u8) -> Result<()> {
        self.keep(byte)?;
        match byte {
            b'"' => self.state = LexerState::Structure,
            b'\\' => self.state = LexerState::Escape,
            byte if self.depth == 1 && !self.is_value => self.key.push(byte),
            _ => {}
        }
        Ok(())
    }

    /// A character of the file's text that was escaped.
    fn escaped(&mut self, byte: u8, write: &mut impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match byte {
            // Line breaks, which some encoders make.
            b'\n' | b'\r' if self.breaks < BREAKS_MAX => self.breaks += 1,
            b'/' | b'+' | b'=' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                self.file(&[byte], write)?;
            }
            _ => return Err(fault("holds no base64")),
        }
        Ok(())
    }

    /// More of the file's text, without the escapes of JSON.
    fn file(&mut self, mut text: &[u8], write: &mut impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        if !text.is_empty() {
            self.breaks = 0;
        }
        while !text.is_empty() {
            if self.base64.len() == PIECE {
                self.decode(&NOT_LAST, write)?;
            }
            let room = PIECE - self.base64.len();
            let (now, later) = text.split_at(room.min(text.len()));
            self.base64.extend_from_slice(now);
            text = later;
        }
        Ok(())
    }

    fn decode(
        &mut self,
        engine: &GeneralPurpose,
        write: &mut impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        self.decoded.clear();
        engine
            .decode_vec(&self.base64, &mut self.decoded)
            .map_err(|_| fault("holds no base64"))?;
        self.base64.clear();
        if self.decoded.is_empty() {
            return Ok(());
        }
        write(&self.decoded)
    }

    fn keep(&mut self, byte: u8) -> Result<()> {
        if self.rest.len() >= REST_MAX {
            return Err(fault("is larger than any documented answer"));
        }
        self.rest.push(byte);
        Ok(())
    }

    /// The JSON without the file.
    pub(crate) fn into_rest(self) -> Vec<u8> {
        self.rest
    }
}

fn fault(what: &str) -> Error {
    Error::new(
        Status::Response,
        format!("the answer with the file {what}; check the base URL and any proxy"),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// Reads `json` in pieces of `step`: (file, rest).
    fn read(json: &str, step: usize) -> Result<(Vec<u8>, String)> {
        let mut reader = JsonFile::new("fileStream");
        let mut file = Vec::new();
        for piece in json.as_bytes().chunks(step) {
            reader.read(piece, |bytes| {
                file.extend_from_slice(bytes);
                Ok(())
            })?;
        }
        Ok((file, String::from_utf8(reader.into_rest()).unwrap()))
    }

    #[test]
    fn the_file_is_taken_out_wherever_it_stands() {
        for json in [
            r#"{"a":"x","fileStream":"YWJj","b":1}"#,
            r#"{ "a" : "x" , "fileStream" : "YW\/j" , "b" : [ "fileStream" , { "fileStream" : "no" } ] }"#,
            r#"{"fileStream":"YWJj\r\nZA==","fileStream2":"fileStream","x\"":"y\\"}"#,
            r#"{"fileStream":""}"#,
            r#"{"fileStream":null}"#,
            r#"{"a":"fileStream","b":"fileStream"}"#,
        ] {
            let whole = read(json, 1000).unwrap();
            for step in [1, 2, 3, 7] {
                assert_eq!(read(json, step).unwrap(), whole, "{json}");
            }
            let rest: serde_json::Value = serde_json::from_str(&whole.1).unwrap();
            let original: serde_json::Value = serde_json::from_str(json).unwrap();
            let (mut a, mut b) = (rest, original);
            a["fileStream"] = 0.into();
            b["fileStream"] = 0.into();
            assert_eq!(a, b);
        }
        for json in [
            r#"{"fileStream":"YWJj\r\nZA=="}"#,
            r#"{"fileStream":"\u0059WJj\u000D\u000aZA\u003d\u003D"}"#,
        ] {
            for step in [1, 5, 100] {
                assert_eq!(read(json, step).unwrap().0, b"abcd");
            }
        }
    }

    #[test]
    fn long_files_of_every_length_arrive_whole() {
        use base64::engine::general_purpose::STANDARD;
        let piece = PIECE / 4 * 3;
        for length in [0, 1, 2, 3, piece - 1, piece, piece + 1, 2 * piece, 100_000] {
            let bytes: Vec<u8> = (0..length).map(|i| (i * 7) as u8).collect();
            let json = format!(r#"{{"fileStream":"{}"}}"#, STANDARD.encode(&bytes));
            assert_eq!(read(&json, 1000).unwrap().0, bytes, "{length}");
        }
    }

    #[test]
    fn what_is_no_base64_or_too_large_is_an_error() {
        assert!(read(r#"{"fileStream":"<html>"}"#, 9).is_err());
        for odd in [r"\u0020", r"\u012", r"\u0141", r"\u00g0", r"\t", r"\\"] {
            assert!(
                read(&format!(r#"{{"fileStream":"YWJj{odd}YWJj"}}"#), 9).is_err(),
                "{odd}"
            );
        }
        // Padding with more behind it, also where a piece ends.
        for front in [0, PIECE - 4] {
            let text = format!("{}ZA==", "A".repeat(front));
            for (behind, is_valid) in [("", true), ("AAAA", false)] {
                let json = format!(r#"{{"fileStream":"{text}{behind}"}}"#);
                assert_eq!(read(&json, 1000).is_ok(), is_valid, "{front} {behind}");
            }
        }
        assert!(read(&format!(r#"{{"a":"{}"}}"#, "x".repeat(70_000)), 9999).is_err());
    }
}
