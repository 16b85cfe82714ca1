//! A JSON object read as it arrives, so that a text value of any size passes through without being held.

use bytes::Bytes;
use serde_json::Value;

use super::multipart::Chunks;
use super::request::BodyError;

/// What comes out of an object, in order.
#[derive(Debug, PartialEq)]
pub(crate) enum JsonEvent {
    /// A member begins.
    Field(String),
    /// Some bytes of its value, which is text. The first are empty, so that empty text is seen too.
    Text(Vec<u8>),
    /// Its value, which is anything but text.
    Other(Value),
}

/// Names, numbers and nested values are short.
const LONGEST_VALUE: usize = 64 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LexerState {
    Start,
    /// Behind `{` (where `}` may follow) or behind a comma (where it may not).
    BeforeName {
        first: bool,
    },
    Name,
    BeforeColon,
    BeforeValue,
    Text,
    /// A number or word; ends at a comma, brace or space.
    Word,
    Nested {
        depth: u32,
        quoted: bool,
        escaped: bool,
    },
    AfterValue,
    Ended,
}

/// Where an escape in a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    None,
    Backslash,
    Unicode { digits: u8, value: u16 },
}

/// Reads the object in a request body.
#[derive(Debug)]
pub(crate) struct JsonObject<'a, S> {
    source: &'a mut S,
    chunk: Bytes,
    state: LexerState,
    escape: Escape,
    /// The first half of a surrogate pair.
    high: Option<u16>,
    /// A name, word or nested value that is not complete yet.
    held: Vec<u8>,
}

const BROKEN: BodyError = BodyError::Malformed("the body is not a JSON object");

impl<'a, S: Chunks> JsonObject<'a, S> {
    pub(crate) fn new(source: &'a mut S) -> Self {
        Self {
            source,
            chunk: Bytes::new(),
            state: LexerState::Start,
            escape: Escape::None,
            high: None,
            held: Vec::new(),
        }
    }

    pub(crate) async fn next(&mut self) -> Result<Option<JsonEvent>, BodyError> {
        loop {
            while !self.chunk.is_empty() {
                if let Some(event) = self.step()? {
                    return Ok(Some(event));
                }
            }
            match self.source.chunk().await? {
                Some(chunk) => self.chunk = chunk,
                None if self.state == LexerState::Ended => return Ok(None),
                None => return Err(BROKEN),
            }
        }
    }

    /// Reads on to the next event or the end of the chunk.
    fn step(&mut self) -> Result<Option<JsonEvent>, BodyError> {
        match self.state {
            LexerState::Name | LexerState::Text => self.text(),
            LexerState::Word => self.word(),
            LexerState::Nested { .. } => self.nested(),
            _ => self.between(),
        }
    }

    /// One byte outside of values.
    fn between(&mut self) -> Result<Option<JsonEvent>, BodyError> {
        let byte = self.chunk[0];
        if b" \t\r\n".contains(&byte) {
            let _ = self.chunk.split_to(1);
            return Ok(None);
        }
        let next = match (self.state, byte) {
            // A byte order mark is not JSON, but some clients send one.
            (LexerState::Start, 0xEF | 0xBB | 0xBF) => LexerState::Start,
            (LexerState::Start, b'{') => LexerState::BeforeName { first: true },
            (LexerState::BeforeName { first: true }, b'}') | (LexerState::AfterValue, b'}') => {
                LexerState::Ended
            }
            (LexerState::BeforeName { .. }, b'"') => LexerState::Name,
            (LexerState::BeforeColon, b':') => LexerState::BeforeValue,
            (LexerState::AfterValue, b',') => LexerState::BeforeName { first: false },
            (LexerState::BeforeValue, b'"') => LexerState::Text,
            (LexerState::BeforeValue, b'{' | b'[') => {
                self.state = LexerState::Nested {
                    depth: 0,
                    quoted: false,
                    escaped: false,
                };
                return Ok(None);
            }
            (LexerState::BeforeValue, b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                self.state = LexerState::Word;
                return Ok(None);
            }
            _ => return Err(BROKEN),
        };
        let _ = self.chunk.split_to(1);
        self.state = next;
        Ok((next == LexerState::Text).then(|| JsonEvent::Text(Vec::new())))
    }

    /// The inside of a name or text: plain runs at once, escapes byte by byte.
    fn text(&mut self) -> Result<Option<JsonEvent>, BodyError> {
        let mut out = Vec::new();
        while let Some(&byte) = self.chunk.first() {
            if self.escape != Escape::None {
                let _ = self.chunk.split_to(1);
                self.escaped(byte, &mut out)?;
                continue;
            }
            let run = memchr::memchr2(b'"', b'\\', &self.chunk).unwrap_or(self.chunk.len());
            if run > 0 {
                self.lone(&mut out);
                let run = self.chunk.split_to(run);
                if run.iter().any(|byte| *byte < 0x20) {
                    return Err(BROKEN);
                }
                out.extend_from_slice(&run);
                continue;
            }
            let _ = self.chunk.split_to(1);
            if byte == b'\\' {
                self.escape = Escape::Backslash;
                continue;
            }
            self.lone(&mut out);
            return self.end_of_text(out);
        }
        if self.state == LexerState::Name {
            self.hold(&out)?;
            return Ok(None);
        }
        Ok((!out.is_empty()).then_some(JsonEvent::Text(out)))
    }

    fn end_of_text(&mut self, out: Vec<u8>) -> Result<Option<JsonEvent>, BodyError> {
        if self.state == LexerState::Text {
            self.state = LexerState::AfterValue;
            return Ok((!out.is_empty()).then_some(JsonEvent::Text(out)));
        }
        self.hold(&out)?;
        self.state = LexerState::BeforeColon;
        let name = std::mem::take(&mut self.held);
        let name = String::from_utf8(name).map_err(|_| BROKEN)?;
        Ok(Some(JsonEvent::Field(name)))
    }

    fn escaped(&mut self, byte: u8, out: &mut Vec<u8>) -> Result<(), BodyError> {
        match self.escape {
            Escape::Backslash if byte == b'u' => {
                self.escape = Escape::Unicode {
                    digits: 0,
                    value: 0,
                };
                return Ok(());
            }
            Escape::Unicode { digits, value } => {
                let digit = char::from(byte).to_digit(16).ok_or(BROKEN)? as u16;
                let value = value << 4 | digit;
                if digits < 3 {
                    self.escape = Escape::Unicode {
                        digits: digits + 1,
                        value,
                    };
                } else {
                    self.escape = Escape::None;
                    self.unit(value, out);
                }
                return Ok(());
            }
            Escape::Backslash | Escape::None => {}
        }
        self.escape = Escape::None;
        self.lone(out);
        out.push(match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            _ => return Err(BROKEN),
        });
        Ok(())
    }

    /// One UTF-16 unit of a `\u` escape.
    fn unit(&mut self, unit: u16, out: &mut Vec<u8>) {
        if let (Some(high), 0xDC00..=0xDFFF) = (self.high, unit) {
            self.high = None;
            let code = 0x1_0000 + (u32::from(high - 0xD800) << 10) + u32::from(unit - 0xDC00);
            push(char::from_u32(code), out);
            return;
        }
        self.lone(out);
        if (0xD800..=0xDBFF).contains(&unit) {
            self.high = Some(unit);
        } else {
            push(char::from_u32(u32::from(unit)), out);
        }
    }

    /// A first half without its second becomes the replacement character.
    fn lone(&mut self, out: &mut Vec<u8>) {
        if self.high.take().is_some() {
            push(None, out);
        }
    }

    fn word(&mut self) -> Result<Option<JsonEvent>, BodyError> {
        let end = self
            .chunk
            .iter()
            .position(|byte| b",} \t\r\n".contains(byte));
        let piece = self.chunk.split_to(end.unwrap_or(self.chunk.len()));
        self.hold(&piece)?;
        if end.is_none() {
            return Ok(None);
        }
        self.other()
    }

    fn nested(&mut self) -> Result<Option<JsonEvent>, BodyError> {
        let LexerState::Nested {
            mut depth,
            mut quoted,
            mut escaped,
        } = self.state
        else {
            return Err(BROKEN);
        };
        let mut end = None;
        for (at, byte) in self.chunk.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => depth += 1,
                b'}' | b']' if !quoted => {
                    depth -= 1;
                    if depth == 0 {
                        end = Some(at + 1);
                        break;
                    }
                }
                _ => {}
            }
        }
        self.state = LexerState::Nested {
            depth,
            quoted,
            escaped,
        };
        let piece = self.chunk.split_to(end.unwrap_or(self.chunk.len()));
        self.hold(&piece)?;
        if end.is_none() {
            return Ok(None);
        }
        self.other()
    }

    fn other(&mut self) -> Result<Option<JsonEvent>, BodyError> {
        self.state = LexerState::AfterValue;
        let held = std::mem::take(&mut self.held);
        let value = serde_json::from_slice(&held).map_err(|_| BROKEN)?;
        Ok(Some(JsonEvent::Other(value)))
    }

    fn hold(&mut self, piece: &[u8]) -> Result<(), BodyError> {
        if self.held.len() + piece.len() > LONGEST_VALUE {
            return Err(BodyError::Malformed("a JSON value is too long"));
        }
        self.held.extend_from_slice(piece);
        Ok(())
    }
}

fn push(character: Option<char>, out: &mut Vec<u8>) {
    let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::http::Pieces;
    use serde_json::{Map, json};

    /// Reads an object that arrives in pieces of that size.
    fn read(text: &[u8], size: usize) -> Result<Value, BodyError> {
        let mut source = Pieces::of(text, size);
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(async {
                let mut object = JsonObject::new(&mut source);
                let mut all = Map::new();
                let (mut name, mut text) = (String::new(), Vec::new());
                while let Some(event) = object.next().await? {
                    match event {
                        JsonEvent::Field(next) => {
                            name = next;
                            text.clear();
                        }
                        JsonEvent::Text(piece) => {
                            text.extend_from_slice(&piece);
                            let text = String::from_utf8_lossy(&text).into_owned();
                            all.insert(name.clone(), text.into());
                        }
                        JsonEvent::Other(value) => {
                            all.insert(name.clone(), value);
                        }
                    }
                }
                Ok(Value::Object(all))
            })
    }

    #[test]
    fn objects_come_out_whole_whatever_the_pieces() {
        let text = r#" {"a":"\/9j\/4\u002B\"\\","b" : "","n":-1.5e3,"t":true , "x":null,
            "o":{"k\"}":[1,"]"]},"é\n":"文\ud83d\ude00\ud800!","l":[]} "#;
        let expected: Value = json!({
            "a": "/9j/4+\"\\", "b": "", "n": -1500.0, "t": true, "x": null,
            "o": { "k\"}": [1, "]"] }, "é\n": "文😀\u{FFFD}!", "l": [],
        });
        for size in 1..text.len() {
            assert_eq!(read(text.as_bytes(), size).unwrap(), expected, "{size}");
        }
        assert_eq!(read(b"{}", 1).unwrap(), json!({}));
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        let texts = [
            "",
            "[]",
            "x",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":\"b",
            "{\"a\":1",
            "{\"a\":\"b\",}",
            "{\"a\":1}x",
            "{a:1}",
            "{\"a\":tru}",
            "{\"a\" \"b\"}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\u12g4\"}",
            "{\"a\":\"\n\"}",
            "{\"a\":[1,}",
            "{,}",
            "fileType=jpg",
        ];
        for text in texts {
            for size in [1, 1000] {
                assert!(read(text.as_bytes(), size).is_err(), "{text}");
            }
        }
    }
}
