//! JSON as Go's encoding/json reads it: its syntax errors in its words, what is no UTF-8 replaced, the members of an
//! object in their order. The words are part of OpenIM's answers.

use std::fmt::Write as _;

/// A value, with numbers as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Go takes ten thousand levels; nobody means more than this.
const DEEPEST: usize = 500;

impl Json {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What Go's errors call it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::List(_) => "array",
            Self::Object(_) => "object",
        }
    }
}

/// Reads the one value of a text. An error is in Go's words.
pub(super) fn parse(text: &[u8]) -> Result<Json, String> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.space();
    match reader.peek() {
        None => Ok(value),
        Some(byte) => Err(unexpected(byte, "after top-level value")),
    }
}

fn unexpected(byte: u8, place: &str) -> String {
    format!("invalid character '{}' {place}", quoted(byte))
}

/// Go's `quoteChar`; a byte stands for the character of its number.
pub(super) fn quoted(byte: u8) -> String {
    let mut quoted = String::new();
    match byte {
        b'\'' => quoted.push_str("\\'"),
        b'"' => quoted.push('"'),
        b'\\' => quoted.push_str("\\\\"),
        7 => quoted.push_str("\\a"),
        8 => quoted.push_str("\\b"),
        b'\t' => quoted.push_str("\\t"),
        b'\n' => quoted.push_str("\\n"),
        11 => quoted.push_str("\\v"),
        12 => quoted.push_str("\\f"),
        b'\r' => quoted.push_str("\\r"),
        0..0x20 | 0x7F => {
            let _ = write!(quoted, "\\x{byte:02x}");
        }
        0x80..0xA0 => {
            let _ = write!(quoted, "\\u{byte:04x}");
        }
        // What Go does not count as printable.
        0xA0 => quoted.push_str("\\u00a0"),
        0xAD => quoted.push_str("\\u00ad"),
        _ => quoted.push(char::from(byte)),
    }
    quoted
}

const END: &str = "unexpected end of JSON input";

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Go reads on with a space where the text ends within a word or number.
    fn peek_word(&self) -> u8 {
        self.peek().unwrap_or(b' ')
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| b" \t\r\n".contains(&byte)) {
            self.at += 1;
        }
    }

    /// The next byte that is no space, which stays where it is.
    fn sign(&mut self) -> Result<u8, String> {
        self.space();
        self.peek().ok_or_else(|| END.to_owned())
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        if depth > DEEPEST {
            return Err("exceeded max depth".to_owned());
        }
        match self.sign()? {
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => Ok(Json::Text(self.string()?)),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'n' => self.word("null", Json::Null),
            other => Err(unexpected(other, "looking for beginning of value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        self.at += 1;
        let mut members = Vec::new();
        if self.sign()? == b'}' {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            match self.sign()? {
                b'"' => {}
                other => {
                    let place = "looking for beginning of object key string";
                    return Err(unexpected(other, place));
                }
            }
            let name = self.string()?;
            match self.sign()? {
                b':' => self.at += 1,
                other => return Err(unexpected(other, "after object key")),
            }
            members.push((name, self.value(depth + 1)?));
            let sign = self.sign()?;
            self.at += 1;
            match sign {
                b',' => {}
                b'}' => return Ok(Json::Object(members)),
                other => return Err(unexpected(other, "after object key:value pair")),
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, String> {
        self.at += 1;
        let mut items = Vec::new();
        if self.sign()? == b']' {
            self.at += 1;
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            let sign = self.sign()?;
            self.at += 1;
            match sign {
                b',' => {}
                b']' => return Ok(Json::List(items)),
                other => return Err(unexpected(other, "after array element")),
            }
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, String> {
        for expected in word.bytes() {
            let found = self.peek_word();
            if found != expected {
                let place = format!("in literal {word} (expecting '{}')", char::from(expected));
                return Err(unexpected(found, &place));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Json, String> {
        let first = self.at;
        if self.peek_word() == b'-' {
            self.at += 1;
        }
        match self.peek_word() {
            // Nothing follows a leading zero.
            b'0' => self.at += 1,
            _ => self.digits("in numeric literal")?,
        }
        if self.peek_word() == b'.' {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek_word(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek_word(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let number = String::from_utf8_lossy(&self.text[first..self.at]);
        Ok(Json::Number(number.into_owned()))
    }

    /// At least one digit.
    fn digits(&mut self, place: &str) -> Result<(), String> {
        let found = self.peek_word();
        if !found.is_ascii_digit() {
            return Err(unexpected(found, place));
        }
        while self.peek_word().is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let (mut text, mut run) = (String::new(), self.at);
        loop {
            let Some(byte) = self.peek() else {
                return Err(END.to_owned());
            };
            match byte {
                b'"' => {
                    text.push_str(&lossy(&self.text[run..self.at]));
                    self.at += 1;
                    return Ok(text);
                }
                b'\\' => {
                    text.push_str(&lossy(&self.text[run..self.at]));
                    self.at += 1;
                    text.push(self.escape()?);
                    run = self.at;
                }
                0..0x20 => return Err(unexpected(byte, "in string literal")),
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let byte = self.peek_word();
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit()?;
                let before = self.at;
                // The second half of a pair, if it is one.
                if (0xD800..0xDC00).contains(&first) && self.text[self.at..].starts_with(b"\\u") {
                    self.at += 2;
                    let second = self.unit()?;
                    if (0xDC00..0xE000).contains(&second) {
                        let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                        return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = before;
                }
                char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            other => return Err(unexpected(other, "in string escape code")),
        })
    }

    /// The four digits behind `\u`.
    fn unit(&mut self) -> Result<u32, String> {
        let mut unit = 0;
        for _ in 0..4 {
            let byte = self.peek_word();
            let digit = char::from(byte).to_digit(16);
            let place = "in \\u hexadecimal character escape";
            unit = unit << 4 | digit.ok_or_else(|| unexpected(byte, place))?;
            self.at += 1;
        }
        Ok(unit)
    }
}

/// Each byte that is no UTF-8 becomes a character of its own.
pub(super) fn lossy(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for _ in chunk.invalid() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn values_come_out_as_they_are_written() {
        let text =
            br#" {"a":[1,-2.50e+3, null ,true],"a":"x\ud83d\ude00\ud800!\u0041","b":{},"c":[]} "#;
        let Json::Object(members) = parse(text).unwrap() else {
            panic!("no object");
        };
        let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "a", "b", "c"]);
        let number = |text: &str| Json::Number(text.to_owned());
        let list = vec![
            number("1"),
            number("-2.50e+3"),
            Json::Null,
            Json::Bool(true),
        ];
        assert_eq!(members[0].1, Json::List(list));
        assert_eq!(members[1].1, Json::Text("x😀\u{FFFD}!A".to_owned()));
        assert_eq!(
            parse(b"\"\xe6\x96\xff\"").unwrap(),
            Json::Text("\u{FFFD}\u{FFFD}\u{FFFD}".to_owned())
        );
    }

    /// As a real server answered (main of 2026-07, Go 1.25).
    #[test]
    fn errors_are_in_go_s_words() {
        for (text, expected) in [
            ("", END),
            ("\"abc", END),
            ("{\"a\":1", END),
            (
                "{\"a\":tru}",
                "invalid character '}' in literal true (expecting 'e')",
            ),
            (
                "tru",
                "invalid character ' ' in literal true (expecting 'e')",
            ),
            ("-", "invalid character ' ' in numeric literal"),
            (
                "1.",
                "invalid character ' ' after decimal point in numeric literal",
            ),
            ("1e", "invalid character ' ' in exponent of numeric literal"),
            ("01", "invalid character '1' after top-level value"),
            (
                "{\"a\":0x}",
                "invalid character 'x' after object key:value pair",
            ),
            (
                "[1,]",
                "invalid character ']' looking for beginning of value",
            ),
            (
                "{\"a\":1,}",
                "invalid character '}' looking for beginning of object key string",
            ),
            (
                "{,}",
                "invalid character ',' looking for beginning of object key string",
            ),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            (
                "{\"a\":1 \"b\"}",
                "invalid character '\"' after object key:value pair",
            ),
            ("[1 2]", "invalid character '2' after array element"),
            (
                "{\"a\":\"\\x\"}",
                "invalid character 'x' in string escape code",
            ),
            (
                "{\"a\":\"\\u12g\"}",
                "invalid character 'g' in \\u hexadecimal character escape",
            ),
            (
                "{\"a\":\"\n\"}",
                "invalid character '\\n' in string literal",
            ),
            (
                "'",
                "invalid character '\\'' looking for beginning of value",
            ),
            (
                "\0",
                "invalid character '\\x00' looking for beginning of value",
            ),
            ("é", "invalid character 'Ã' looking for beginning of value"),
            ("+1", "invalid character '+' looking for beginning of value"),
            ("null x", "invalid character 'x' after top-level value"),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap_err(), expected, "{text}");
        }
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
    }
}
