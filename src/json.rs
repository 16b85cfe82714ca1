//! JSON as the services have it: numbers as text or as numbers, one key with values
//! of different types, texts with holes, and objects whose order matters (the fields
//! of a form). That is read as a tree, for types that are derived want what is
//! documented, and serde_json's own tree sorts its keys and is not wiped. What is
//! written here has types of its own, and derives them.

use crate::secret::SecretText;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use std::fmt;
use std::io;
use zeroize::Zeroizing;

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
    /// A text that is no JSON is null. What is wrong within a value that nobody may
    /// need does not spoil the others.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let read = match has_only_integers(bytes) {
            true => serde_json::from_slice(bytes).ok(),
            false => None,
        };
        read.or_else(|| serde_json::from_slice(mended(bytes).as_bytes()).ok())
            .unwrap_or(Self::Null)
    }

    /// The value of a key, the last if there are several, as nearly everybody reads
    /// them; null if there is none.
    pub(crate) fn get(&self, key: &str) -> &Self {
        let field = self.fields().iter().rev().find(|(name, _)| name == key);
        field.map_or(&Self::Null, |(_, value)| value)
    }

    /// Whether nothing is there.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    #[cfg(any(test, fuzzing))]
    pub(crate) fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    /// A text of which all could be read: a name or a URL with a hole in it is
    /// another one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.contains(HOLE) => Some(text),
            _ => None,
        }
    }

    /// The same that is not empty, or a number as a text.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Number(number) => Some(number.to_string()),
            other => other
                .as_text()
                .filter(|text| !text.is_empty())
                .map(str::to_owned),
        }
    }

    /// The same for people to read, who see where something is missing.
    pub(crate) fn words(&self) -> Option<String> {
        match self {
            Self::Text(text) if text.contains(HOLE) => {
                Some(text.replace(HOLE, char::REPLACEMENT_CHARACTER.encode_utf8(&mut [0; 4])))
            }
            other => other.text(),
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

/// Whether none of the numbers would be computed with floating point, which raises exceptions
/// in hosts that have asked for them (Delphi, Free Pascal).
pub(crate) fn has_only_integers(json: &[u8]) -> bool {
    /// Of as many digits, the larger text is the larger number.
    const MOST: &[u8] = b"18446744073709551615";
    let mut rest = json;
    while !rest.is_empty() {
        let end = memchr::memchr(b'"', rest).unwrap_or(rest.len());
        let between = &rest[..end];
        // What may be negative is exact up to 18 digits.
        let longest = MOST.len() - usize::from(between.contains(&b'-')) * 2;
        let is_beyond = |run: &[u8]| run.len() > longest || run.len() == MOST.len() && run > MOST;
        let mut digits = 0;
        for (at, byte) in between.iter().enumerate() {
            match byte {
                b'0'..=b'9' => digits += 1,
                b'.' => return false,
                b'e' | b'E' if digits > 0 => return false,
                _ if is_beyond(&between[at - digits..at]) => return false,
                _ => digits = 0,
            }
        }
        if is_beyond(&between[end - digits..]) {
            return false;
        }
        rest = behind_text(rest.get(end + 1..).unwrap_or_default());
    }
    true
}

/// What follows a text whose first quotation mark stands before this.
fn behind_text(json: &[u8]) -> &[u8] {
    let mut rest = json;
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest) {
        if rest[at] == b'"' {
            return &rest[at + 1..];
        }
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    &[]
}

/// A number of JSON as an integer, if it is one, written with a fraction or an exponent or
/// not (`3600.0`).
fn integer(token: &str) -> Option<u64> {
    let (mantissa, exponent) = token.split_once(['e', 'E']).unwrap_or((token, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return (!digits.is_empty()).then_some(0);
    }
    let zeros = digits.len() - significant.len();
    let scale = exponent.parse::<i32>().ok()? - i32::try_from(fraction.len()).ok()?;
    let scale = u32::try_from(scale.checked_add(i32::try_from(zeros).ok()?)?).ok()?;
    significant
        .parse::<u64>()
        .ok()?
        .checked_mul(10u64.checked_pow(scale)?)
}

/// Stands in a text for what could not be read: a noncharacter, which no text that
/// is exchanged holds (Unicode §23.7).
const HOLE: char = '\u{fdd0}';

/// The same JSON without what readers of JSON stumble over and its meaning does
/// not hang on: a byte order mark, NULs at the end, numbers that no service has (null
/// here, unless they are integers), and in texts bytes that are no UTF-8, half
/// surrogate pairs, line ends and escapes that are none.
fn mended(bytes: &[u8]) -> SecretText {
    let mut text = String::with_capacity(3 * bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(HOLE);
        }
    }
    let text = SecretText::new(text);
    let mut rest = text
        .trim_start_matches('\u{feff}')
        .trim_end_matches(|c: char| c == '\0' || c.is_ascii_whitespace());
    // Long enough not to grow, and leave copies of a secret behind.
    let mut out = String::with_capacity(6 * rest.len());
    while let Some(first) = rest.chars().next() {
        let is_in_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
        let token;
        match first {
            '"' => rest = mend_text(&rest[1..], &mut out),
            '-' | '0'..='9' => {
                let end = rest.find(|c| !is_in_number(c)).unwrap_or(rest.len());
                (token, rest) = rest.split_at(end);
                // What is no number at all stays so.
                let is_number = serde_json::from_str::<de::IgnoredAny>(token).is_ok();
                match integer(token) {
                    Some(integer) if is_number => out.push_str(&integer.to_string()),
                    _ if !is_number || token.parse::<i64>().is_ok() => out.push_str(token),
                    _ => out.push_str("null"),
                }
            }
            other => {
                out.push(other);
                rest = &rest[other.len_utf8()..];
            }
        }
    }
    SecretText::new(out)
}

/// Writes the text that begins behind a quotation mark, and returns what follows it.
fn mend_text<'t>(text: &'t str, out: &mut String) -> &'t str {
    let escaped = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
        u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)
    };
    out.push('"');
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let end = at + c.len_utf8();
        at = match (c, text[end..].chars().next(), escaped(at)) {
            ('"', ..) => {
                out.push(c);
                return &text[end..];
            }
            (_, _, Some(0xD800..=0xDBFF)) if matches!(escaped(at + 6), Some(0xDC00..=0xDFFF)) => {
                out.push_str(&text[at..at + 12]);
                at + 12
            }
            (_, _, Some(0xD800..=0xDFFF)) => {
                out.push(HOLE);
                at + 6
            }
            (_, _, Some(_)) => {
                out.push_str(&text[at..at + 6]);
                at + 6
            }
            ('\\', Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't'), _) => {
                out.push_str(&text[at..=end]);
                end + 1
            }
            ('\\', ..) => {
                out.push_str("\\\\");
                end
            }
            ('\0'..='\x1f', ..) => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
                end
            }
            _ => {
                out.push(c);
                end
            }
        };
    }
    ""
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Json, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        // Nothing but -0: of the other numbers [`Json::parse`] has made integers.
        Ok(Json::Number(0))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(SecretText::new(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            fields.push(entry);
        }
        Ok(Json::Object(fields))
    }
}

/// The JSON of a value.
pub(crate) fn write(value: &impl Serialize) -> Zeroizing<Vec<u8>> {
    // It cannot fail: both take everything, and keys are texts.
    let write = |out: &mut dyn io::Write| {
        let _ = serde_json::to_writer(out, value);
    };
    // Counted first: what grows leaves copies of a secret behind, and too much room is more
    // work to wipe than to count.
    let mut length = Length(0);
    write(&mut length);
    let mut json = Zeroizing::new(Vec::with_capacity(length.0));
    write(&mut *json);
    json
}

/// Counts what is written.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The same as a text, for a file of ours.
pub(crate) fn line(value: &impl Serialize) -> String {
    String::from_utf8_lossy(&write(value)).into_owned()
}

/// Pairs as an object, in their order.
pub(crate) fn as_object<S: Serializer, K: Serialize, V: Serialize>(
    pairs: &[(K, V)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}

/// What is said only if it is so.
pub(crate) fn is_false(value: &bool) -> bool {
    !value
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
                 "f":1.5,"w":3600.0,"list":[true,null],"":{"\u00fc":"\"q\""}}"#,
        );
        let names: Vec<_> = json
            .fields()
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["z", "a", "n", "t", "neg", "f", "w", "list", ""]);
        assert_eq!(json.get("n").number(), Some(u64::MAX));
        assert_eq!(json.get("t").number(), Some(u64::MAX));
        assert_eq!(
            json.get("n").text().as_deref(),
            Some("18446744073709551615")
        );
        assert_eq!(json.get("neg").text().as_deref(), Some("-3"));
        assert_eq!(json.get("neg").number(), None);
        assert!(json.get("f").is_null());
        assert_eq!(json.get("w").number(), Some(3600));
        for (number, read) in [
            ("1e3", Some(1000)),
            ("12.50e+1", Some(125)),
            ("1200e-2", Some(12)),
            ("0.0", Some(0)),
            ("-0", Some(0)),
            ("0e99999999999", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("1.8446744073709551615e19", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("12.5", None),
            ("125e-2", None),
            ("1e-99999999999", None),
            ("1e20", None),
            ("-1.0", None),
        ] {
            let json = Json::parse(format!(r#"{{"a":{number},"b":"1.5e3"}}"#).as_bytes());
            assert_eq!(json.get("a").number(), read, "{number}");
            assert_eq!(json.get("b").as_text(), Some("1.5e3"), "{number}");
        }
        assert!(json.get("list").list()[0].is_true());
        assert!(json.get("list").list()[1].is_null());
        assert_eq!(json.get("").get("ü").as_text(), Some("\"q\""));
        assert!(json.get("none").get("none").is_null());
    }

    #[test]
    fn what_is_no_json_is_null() {
        for bad in [
            &b""[..],
            b"\0\0\0",
            b"<html>",
            b"{",
            b"{} x",
            b"\xff",
            b"{\"a\":1",
            b"{\"a\":\"1",
            b"{\"a\":\"1\\\"}",
            b"{\"a\":1-2}",
            b"{\"a\":01.5}",
            b"{\"a\":1.}",
            b"{\"a\":1e}",
        ] {
            assert!(Json::parse(bad).is_null(), "{bad:?}");
        }
        // As deep as serde_json lets it be, and no crash.
        assert!(Json::parse(&[b'['; 100_000]).is_null());
    }

    #[test]
    fn what_nobody_needs_does_not_spoil_the_rest() {
        for (json, of_x) in [
            (&b"\xef\xbb\xbf{\"a\":\"b\"}"[..], None),
            (b"{\"a\":\"b\"} \r\n\0\0", None),
            (br#"{"x":1e400,"a":"b"}"#, None),
            (br#"{"x":-1E+999,"a":"b"}"#, None),
            (br#"{"x":"\ud83d","a":"b"}"#, Some("\u{fffd}")),
            (br#"{"x":"\ude00y","a":"b"}"#, Some("\u{fffd}y")),
            (
                br#"{"x":"\ud83d\ude00\ud83d\n","a":"b"}"#,
                Some("\u{1f600}\u{fffd}\n"),
            ),
            (br#"{"x":"\ud83d\u0041","a":"b"}"#, Some("\u{fffd}A")),
            (b"{\"x\":\"1\t2\r\n\",\"a\":\"b\"}", Some("1\t2\r\n")),
            (br#"{"x":"it\'s","a":"b"}"#, Some(r"it\'s")),
            (br#"{"x":"\q\\","a":"b"}"#, Some(r"\q\")),
            (
                br#"{"x":"C:\users\u+12f","a":"b"}"#,
                Some(r"C:\users\u+12f"),
            ),
            (br#"{"x":-9223372036854775809,"a":"b"}"#, None),
            (
                b"{\"x\":\"\xce\xc4\xbc\xfe\",\"a\":\"b\"}",
                Some("\u{fffd}\u{13c}\u{fffd}"),
            ),
            (br#"{"a":"c","x":"y","a":"b"}"#, Some("y")),
        ] {
            let read = Json::parse(json);
            let shown = String::from_utf8_lossy(json);
            assert_eq!(read.get("a").as_text(), Some("b"), "{shown}");
            assert_eq!(read.get("x").words().as_deref(), of_x, "{shown}");
            let whole = of_x.filter(|text| !text.contains('\u{fffd}'));
            assert_eq!(read.get("x").as_text(), whole, "{shown}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        #[derive(serde::Serialize)]
        struct Written<'a> {
            #[serde(serialize_with = "as_object")]
            pairs: &'a [(&'a str, &'a str)],
            most: u64,
            none: Option<bool>,
        }
        let every: String = (0..0x250u32).filter_map(char::from_u32).collect();
        let written = write(&Written {
            pairs: &[("z", "{"), (&every, &every)],
            most: u64::MAX,
            none: None,
        });
        assert!(written.starts_with(br#"{"pairs":{"z":"{","#));
        // It has not grown.
        assert_eq!(written.capacity(), written.len());
        let json = Json::parse(&written);
        assert_eq!(json.get("pairs").get(&every).as_text(), Some(&*every));
        assert_eq!(json.get("most").number(), Some(u64::MAX));
        assert!(json.get("none").is_null());
        let value: Value = serde_json::from_slice(&written).unwrap();
        assert_eq!(value["pairs"][&*every], *every);
    }
}
