//! A policy's JSON as MinIO's own reader takes it, with its words and places for what it does not take. It reads what
//! stands behind the first value, too.

use super::super::go_json::{Json, lossy, quoted};

/// Reads all values of a text and gives the first object.
pub(super) fn parse(text: &[u8]) -> Result<Option<Vec<(String, Json)>>, String> {
    let mut reader = Reader {
        text,
        at: 0,
        line: 1,
        line_start: 0,
    };
    let mut first = None;
    reader.skip();
    // A last byte alone is not looked at.
    while reader.at + 1 < text.len() {
        if let Json::Object(members) = reader.value(1)? {
            let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
                let name = twice[0];
                return Err(format!(
                    "input policy has multiple {name}, please fix your client code"
                ));
            }
            first.get_or_insert(members);
        }
        reader.skip();
    }
    Ok(first)
}

const DEEPEST: usize = 10;

struct Reader<'a> {
    text: &'a [u8],
    /// The next byte.
    at: usize,
    line: usize,
    line_start: usize,
}

impl Reader<'_> {
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn skip(&mut self) {
        while let Some(byte) = self.text.get(self.at) {
            match byte {
                b'\n' => (self.line, self.line_start) = (self.line + 1, self.at + 1),
                b' ' | b'\t' | b'\r' => {}
                _ => return,
            }
            self.at += 1;
        }
    }

    /// The byte at which it stopped, by line and column.
    fn wrong(&self, place: &str) -> String {
        let found = self.text.get(self.at).or(self.text.last());
        let at = self.at.min(self.text.len().saturating_sub(1));
        let (quoted, line) = (quoted(found.copied().unwrap_or(0)), self.line);
        let column = at + 1 - self.line_start.min(at + 1);
        format!("invalid character {place}: '{quoted}' [{line},{column}]")
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        match self.peek() {
            b'"' => self.string().map(Json::Text),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'n' => self.word("null", Json::Null),
            b'[' | b'{' if depth > DEEPEST => {
                Err("maximum recursion depth exceeded : '\\x00' [0,0]".to_owned())
            }
            b'[' => self.list(depth),
            b'{' => self.object(depth),
            _ => Err(self.wrong("looking for beginning of value")),
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, String> {
        for expected in word.bytes() {
            if self.peek() != expected {
                return Err(self.wrong(&format!("in literal {word}")));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Json, String> {
        let first = self.at;
        if self.peek() == b'-' {
            self.at += 1;
            if !self.peek().is_ascii_digit() {
                return Err(self.wrong("in negative numeric literal"));
            }
        }
        let is_part = |byte: u8| byte.is_ascii_digit() || b".eE+-".contains(&byte);
        while is_part(self.peek()) {
            self.at += 1;
        }
        let number = String::from_utf8_lossy(&self.text[first..self.at]).into_owned();
        Ok(Json::Number(number))
    }

    fn list(&mut self, depth: usize) -> Result<Json, String> {
        self.at += 1;
        self.skip();
        let mut items = Vec::new();
        if self.peek() == b']' {
            self.at += 1;
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip();
            match self.peek() {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(Json::List(items));
                }
                _ => return Err(self.wrong("after array element")),
            }
            self.skip();
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        self.at += 1;
        self.skip();
        let mut members = Vec::new();
        if self.peek() == b'}' {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            if self.peek() != b'"' {
                return Err(self.wrong("looking for beginning of object key string"));
            }
            let name = self.string()?;
            self.skip();
            if self.peek() != b':' {
                return Err(self.wrong("after object key"));
            }
            self.at += 1;
            self.skip();
            members.push((name, self.value(depth + 1)?));
            self.skip();
            match self.peek() {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(Json::Object(members));
                }
                _ => return Err(self.wrong("after object key:value pair")),
            }
            self.skip();
        }
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return Ok(lossy(&bytes));
                }
                b'\\' => {
                    self.at += 1;
                    self.escape(&mut bytes)?;
                }
                0..0x20 => return Err(self.wrong("in string literal")),
                other => {
                    bytes.push(other);
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), String> {
        let byte = self.peek();
        match byte {
            b'"' | b'\\' | b'/' | b'\'' => bytes.push(byte),
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'u' => {
                let unit = self.unit()?;
                let mut character = char::from_u32(unit);
                let is_first = (0xD800..0xDC00).contains(&unit);
                if is_first && self.text.get(self.at + 1..self.at + 3) == Some(b"\\u") {
                    self.at += 2;
                    let second = self.unit()?;
                    let code = 0x1_0000_u32
                        .wrapping_add((unit - 0xD800) << 10)
                        .wrapping_add(second.wrapping_sub(0xDC00));
                    let is_pair = (0xDC00..0xE000).contains(&second);
                    character = char::from_u32(code).filter(|_| is_pair);
                }
                let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => return Err(self.wrong("in string escape code")),
        }
        self.at += 1;
        Ok(())
    }

    /// The four digits behind `u`; it stays at the last one.
    fn unit(&mut self) -> Result<u32, String> {
        let mut unit = 0;
        for _ in 0..4 {
            self.at += 1;
            let digit = char::from(self.peek()).to_digit(16);
            unit = unit << 4 | digit.ok_or_else(|| self.wrong("in unicode escape sequence"))?;
        }
        Ok(unit)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn errors_have_minio_s_words_and_places() {
        for (text, expected) in [
            (
                "junk",
                "invalid character looking for beginning of value: 'j' [1,1]",
            ),
            (
                "{\"a\":[1 2]}",
                "invalid character after array element: '2' [1,9]",
            ),
            (
                "{\n \"a\":\"b\n\"}",
                "invalid character in string literal: '\\n' [2,8]",
            ),
            ("{\"a\" 1}", "invalid character after object key: '1' [1,6]"),
            (
                "{} xx",
                "invalid character looking for beginning of value: 'x' [1,4]",
            ),
            (
                "{\"a\":1,\"a\":2}",
                "input policy has multiple a, please fix your client code",
            ),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap_err(), expected, "{text}");
        }
        assert_eq!(parse(b"[1] x").unwrap(), None);
        let members = parse(br#" {"a":"x\u00e9\ud83d\ude00"} {"b":[]}"#)
            .unwrap()
            .unwrap();
        assert_eq!(members, [("a".to_owned(), Json::Text("xé😀".to_owned()))]);
    }
}
