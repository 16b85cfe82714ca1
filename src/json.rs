//! JSON, read and written. What is read may hold tokens and so is wiped; objects
//! keep their order (the fields of a form), and numbers are exact.

use crate::secret::SecretText;
use std::mem;

/// Deeper than any service answers, and no danger to the smallest stack.
const DEPTH_MAX: u32 = 100;

/// A value; wiped when dropped, since it may hold a token.
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// Exact beyond 2^53.
    Number(u64),
    /// Also numbers that are no u64, as they were written.
    Text(SecretText),
    List(Vec<Json>),
    /// In the order of the text.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// A text that is no JSON is null.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let mut reader = Reader(bytes);
        match reader.value(DEPTH_MAX) {
            Some(json) if reader.0.is_empty() => json,
            _ => Self::Null,
        }
    }

    /// The value of a key; null if there is none.
    pub(crate) fn get(&self, key: &str) -> &Self {
        let field = self.fields().iter().find(|(name, _)| name == key);
        field.map_or(&Self::Null, |(_, value)| value)
    }

    /// Whether nothing is there.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(crate) fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A text that is not empty, or a number as one.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text.to_string()),
            Self::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A number that is not negative, or a text that is one.
    pub(crate) fn number(&self) -> Option<u64> {
        match self {
            Self::Text(text) => text.trim().parse().ok(),
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn list(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn fields(&self) -> &[(String, Self)] {
        match self {
            Self::Object(fields) => fields,
            _ => &[],
        }
    }
}

/// What is yet to be read.
struct Reader<'t>(&'t [u8]);

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// What is next behind spaces.
    fn peek(&mut self) -> Option<u8> {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.0 {
            self.0 = rest;
        }
        self.0.first().copied()
    }

    fn value(&mut self, depth: u32) -> Option<Json> {
        let depth = depth.checked_sub(1)?;
        let value = match self.peek()? {
            b'"' => Json::Text(self.text()?),
            b'{' => {
                let mut fields = Vec::new();
                self.items(b'}', &mut |reader| {
                    reader.peek();
                    let name = mem::take(&mut *reader.text()?);
                    reader.peek().filter(|byte| *byte == b':')?;
                    reader.next();
                    fields.push((name, reader.value(depth)?));
                    Some(())
                })?;
                Json::Object(fields)
            }
            b'[' => {
                let mut items = Vec::new();
                self.items(b']', &mut |reader| {
                    items.push(reader.value(depth)?);
                    Some(())
                })?;
                Json::List(items)
            }
            _ => self.word()?,
        };
        self.peek();
        Some(value)
    }

    /// What stands between the brackets, by commas.
    fn items(&mut self, end: u8, item: &mut dyn FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.next();
        if self.peek()? == end {
            self.next();
            return Some(());
        }
        loop {
            item(self)?;
            match self.next()? {
                b',' => {}
                byte => return (byte == end).then_some(()),
            }
        }
    }

    /// A number, or one of the three names.
    fn word(&mut self) -> Option<Json> {
        let is_part = |b: &u8| b.is_ascii_alphanumeric() || b"+-.".contains(b);
        let length = self.0.iter().take_while(|b| is_part(b)).count();
        let (word, rest) = self.0.split_at(length);
        self.0 = rest;
        let word = str::from_utf8(word).ok()?;
        Some(match word {
            "null" => Json::Null,
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            _ if !is_number(word) => return None,
            _ => match word.parse() {
                Ok(number) => Json::Number(number),
                Err(_) => Json::Text(SecretText::new(word.to_owned())),
            },
        })
    }

    fn text(&mut self) -> Option<SecretText> {
        if self.next()? != b'"' {
            return None;
        }
        let mut length = 0;
        while *self.0.get(length)? != b'"' {
            length += if self.0[length] == b'\\' { 2 } else { 1 };
        }
        // No escape is shorter than what it stands for, so this does not grow
        // and leave a copy behind.
        let mut text = SecretText::new(String::with_capacity(length));
        loop {
            let plain = self.0.iter().position(|b| b"\"\\".contains(b))?;
            let (piece, rest) = self.0.split_at(plain);
            if piece.iter().any(|b| *b < b' ') {
                return None;
            }
            text.push_str(str::from_utf8(piece).ok()?);
            self.0 = rest;
            if self.next()? == b'"' {
                return Some(text);
            }
            text.push(self.escape()?);
        }
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> Option<char> {
        Some(match self.next()? {
            byte @ (b'"' | b'\\' | b'/') => byte.into(),
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.unit()?;
                if !(0xd800..0xdc00).contains(&high) {
                    return char::from_u32(high);
                }
                self.0 = self.0.strip_prefix(b"\\u")?;
                let low = self.unit()?.wrapping_sub(0xdc00);
                if low >= 0x400 {
                    return None;
                }
                return char::from_u32(0x10000 + ((high - 0xd800) << 10) + low);
            }
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit << 4 | char::from(self.next()?).to_digit(16)?;
        }
        Some(unit)
    }
}

/// RFC 8259 §6.
fn is_number(word: &str) -> bool {
    fn are_digits(text: &str) -> bool {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
    }
    let word = word.strip_prefix('-').unwrap_or(word);
    let (word, exponent) = word.split_once(['e', 'E']).unwrap_or((word, "0"));
    let (whole, fraction) = word.split_once('.').unwrap_or((word, "0"));
    are_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && are_digits(fraction)
        && are_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}

/// JSON that is being written; commas come by themselves.
pub(crate) struct Writer(String);

impl Writer {
    /// An object is begun.
    pub(crate) fn object() -> Self {
        // Long enough not to grow, and leave copies of a secret behind, but for
        // texts of the caller's.
        let mut writer = Self(String::with_capacity(1024));
        writer.open('{');
        writer
    }

    /// The object is at its end.
    pub(crate) fn finish(mut self) -> String {
        self.close('}');
        self.0
    }

    fn begin(&mut self) -> &mut String {
        if !self.0.is_empty() && !self.0.ends_with(['{', '[', ':']) {
            self.0.push(',');
        }
        &mut self.0
    }

    /// Begins an object or a list.
    pub(crate) fn open(&mut self, bracket: char) {
        self.begin().push(bracket);
    }

    /// Ends it.
    pub(crate) fn close(&mut self, bracket: char) {
        self.0.push(bracket);
    }

    /// What is written next is the value of this key.
    pub(crate) fn key(&mut self, name: &str) -> &mut Self {
        self.text(name);
        self.0.push(':');
        self
    }

    /// A number or a name.
    pub(crate) fn word(&mut self, word: &str) {
        self.begin().push_str(word);
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.word(if value { "true" } else { "false" });
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.word(&number.to_string());
    }

    pub(crate) fn text(&mut self, text: &str) {
        let json = self.begin();
        json.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => json.extend(['\\', c]),
                '\n' => json.push_str("\\n"),
                '\r' => json.push_str("\\r"),
                '\t' => json.push_str("\\t"),
                '\0'..' ' => json.push_str(&format!("\\u{:04x}", u32::from(c))),
                c => json.push(c),
            }
        }
        json.push('"');
    }

    /// Keys with their texts, where there are any.
    pub(crate) fn texts(&mut self, fields: &[(&str, Option<&str>)]) {
        for (name, text) in fields {
            if let Some(text) = text {
                self.key(name).text(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use serde_json::Value;

    #[test]
    fn order_and_large_numbers_are_kept() {
        let json = Json::parse(
            br#"{"z":1,"a":"x","n":18446744073709551615,"t":"18446744073709551615","neg":-3,
                 "f":1.5,"list":[true,null],"":{"\u00fc":"\"q\""}}"#,
        );
        let names: Vec<_> = json
            .fields()
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["z", "a", "n", "t", "neg", "f", "list", ""]);
        assert_eq!(json.get("n").number(), Some(u64::MAX));
        assert_eq!(json.get("t").number(), Some(u64::MAX));
        assert_eq!(
            json.get("n").text().as_deref(),
            Some("18446744073709551615")
        );
        assert_eq!(json.get("neg").text().as_deref(), Some("-3"));
        assert_eq!(json.get("neg").number(), None);
        assert_eq!(json.get("f").text().as_deref(), Some("1.5"));
        assert!(json.get("list").list()[0].is_true());
        assert!(json.get("list").list()[1].is_null());
        assert_eq!(json.get("").get("ü").as_text(), Some("\"q\""));
        assert!(json.get("none").get("none").is_null());
    }

    /// Everything serde_json takes or refuses is taken or refused, and is the
    /// same.
    #[test]
    fn as_serde_json_reads_it() {
        fn same(json: &Json, value: &Value) -> bool {
            match (json, value) {
                (Json::Null, Value::Null) => true,
                (Json::Bool(a), Value::Bool(b)) => a == b,
                (Json::Number(a), b) => b.as_u64() == Some(*a),
                (Json::Text(a), Value::String(b)) => **a == *b,
                (Json::Text(a), Value::Number(b)) => {
                    // serde_json reads fast, and not to the last bit.
                    let (a, b): (f64, f64) = (a.parse().unwrap(), b.as_f64().unwrap());
                    (a - b).abs() <= b.abs() * 1e-12
                }
                (Json::List(a), Value::Array(b)) => {
                    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
                }
                (Json::Object(a), Value::Object(b)) => a.iter().all(|(k, v)| same(v, &b[k])),
                _ => false,
            }
        }
        let whole = r#" { "a\u0041\n" : [ 1 , -0.5e+3 , 0 , true , false , null , "" ] ,"b":{},
            "c" : "\ud83d\ude00 ü\\\"\/\b\f\r\t", "d":[ ],"e":1e2,"f":[[{"g":[-1]}]]} "#;
        let mut texts: Vec<Vec<u8>> = [
            "",
            " ",
            "nul",
            "nulll",
            "true1",
            "01",
            "-",
            "-01",
            "1.",
            ".5",
            "1e",
            "1e+",
            "+1",
            "1 2",
            "[1,]",
            "[,]",
            "{,}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{1:2}",
            "[1 2]",
            "\"\t\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "\"\\ud800\\udbff\"",
            "\"\u{7f}\"",
            "]",
            "}",
            "[}",
            "NaN",
            "Infinity",
            "\u{a0}1",
            "18446744073709551616",
            "-1",
            "-0",
            "\"\\u+041\"",
            "1e999x",
        ]
        .map(|text| text.as_bytes().to_vec())
        .into();
        texts.push(b"\"\xff\"".to_vec());
        // Every piece of it, and it with every byte replaced, by none that makes
        // a key another's.
        for i in 0..=whole.len() {
            texts.push(whole.as_bytes()[..i].to_vec());
            for byte in *b"\"\\,:{}[]01-+u \x00\xc3" {
                let mut text = whole.as_bytes().to_vec();
                if let Some(old) = text.get_mut(i) {
                    *old = byte;
                }
                texts.push(text);
            }
        }
        for text in texts {
            let shown = String::from_utf8_lossy(&text);
            match (Json::parse(&text), serde_json::from_slice::<Value>(&text)) {
                (json, Ok(value)) => assert!(same(&json, &value), "{shown}: {json:?}"),
                (json, Err(_)) => assert_eq!(json, Json::Null, "{shown}"),
            }
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = |n: usize| [vec![b'['; n], vec![b']'; n]].concat();
        assert!(!Json::parse(&deep(100)).is_null());
        assert!(Json::parse(&deep(101)).is_null());
        assert!(Json::parse(&[b'['; 100_000]).is_null());
    }

    #[test]
    fn what_is_written_is_read() {
        let every: String = (0..0x250u32).filter_map(char::from_u32).collect();
        let mut writer = Writer::object();
        writer.key(&every).text(&every);
        writer.texts(&[("t", Some("{")), ("none", None), ("u", Some(":"))]);
        writer.key("list").open('[');
        writer.number(u64::MAX);
        writer.word("null");
        writer.open('{');
        writer.close('}');
        writer.close(']');
        writer.key("empty").open('[');
        writer.close(']');
        let json = writer.finish();
        let value: Value = serde_json::from_str(&json).unwrap();
        let expected = serde_json::json!({
            every.as_str(): every, "t": "{", "u": ":", "list": [u64::MAX, null, {}], "empty": [],
        });
        assert_eq!(value, expected);
        assert_eq!(
            Json::parse(json.as_bytes()).get(&every).as_text(),
            Some(&*every)
        );
    }
}
