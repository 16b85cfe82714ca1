//! Media types and dispositions with their parameters, as Go's `mime.ParseMediaType` (1.25) reads them: MinIO does, and
//! what that cannot read has no parameters.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A value in lower case with its parameters, by their names in lower case.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) kind: String,
    pub(super) parameters: HashMap<String, String>,
}

impl Value {
    /// `None` where Go has an error.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (base, mut rest) = text.split_at(text.find(';').unwrap_or(text.len()));
        let kind = base.trim().to_lowercase();
        let is_token = |text: &str| !text.is_empty() && text.bytes().all(is_token_byte);
        let (major, minor) = kind.split_once('/').unwrap_or((&kind, "-"));
        if !is_token(major) || !is_token(minor) {
            return None;
        }
        let mut parameters = HashMap::new();
        let mut pieces = HashMap::new();
        while !rest.trim_start().is_empty() {
            let Some((name, value, behind)) = parameter(rest.trim_start()) else {
                // A last semicolon is none too many.
                match rest.trim() {
                    ";" => break,
                    _ => return None,
                }
            };
            rest = behind;
            let place = match name.contains('*') {
                true => &mut pieces,
                false => &mut parameters,
            };
            // Twice the same is once.
            if place
                .insert(name, value.clone())
                .is_some_and(|before| before != value)
            {
                return None;
            }
        }
        let bases = pieces.keys().filter_map(|name| name.split('*').next());
        let joined = bases.filter_map(|base| Some((base.to_owned(), join(base, &pieces)?)));
        parameters.extend(joined.collect::<Vec<_>>());
        Some(Self { kind, parameters })
    }
}

/// The value of a name that is there in pieces, or encoded (RFC 2231).
fn join(base: &str, pieces: &HashMap<String, String>) -> Option<String> {
    if let Some(encoded) = pieces.get(&format!("{base}*")) {
        return decode(encoded);
    }
    let mut joined = None;
    for number in 0.. {
        let name = format!("{base}*{number}");
        let piece = match (pieces.get(&name), pieces.get(&format!("{name}*"))) {
            (Some(plain), _) => plain.clone(),
            (None, Some(encoded)) if number == 0 => decode(encoded).unwrap_or_default(),
            (None, Some(encoded)) => unescape(encoded).unwrap_or_default(),
            (None, None) => break,
        };
        joined.get_or_insert_with(String::new).push_str(&piece);
    }
    joined
}

/// `utf-8'zh'%E6%96%87.txt`
fn decode(text: &str) -> Option<String> {
    let (charset, text) = text.split_once('\'')?;
    let (_, text) = text.split_once('\'')?;
    let is_known = ["us-ascii", "utf-8"].contains(&charset.to_lowercase().as_str());
    is_known.then(|| unescape(text)).flatten()
}

fn unescape(text: &str) -> Option<String> {
    let mut escapes = text.split('%').skip(1).map(str::as_bytes);
    let are_whole =
        escapes.all(|after| after.len() >= 2 && after[..2].iter().all(u8::is_ascii_hexdigit));
    are_whole.then(|| crate::http::decode_percent(text, false))
}

/// `; name=value`, and what stands behind it.
fn parameter(text: &str) -> Option<(String, String, &str)> {
    let (name, rest) = token(text.strip_prefix(';')?.trim_start());
    if name.is_empty() {
        return None;
    }
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let (value, rest) = match rest.strip_prefix('"') {
        Some(quoted) => unquote(quoted)?,
        None => match token(rest) {
            ("", _) => return None,
            (value, rest) => (value.to_owned(), rest),
        },
    };
    Some((name.to_lowercase(), value, rest))
}

fn token(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| !is_token_byte(byte));
    text.split_at(end.unwrap_or(text.len()))
}

/// What stands before the closing quote, and behind it.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut signs = text.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '"' => return Some((value, &text[at + 1..])),
            '\r' | '\n' => return None,
            // Another backslash is one of a Windows path.
            '\\' => match signs.next_if(|(_, next)| SPECIAL.contains(*next)) {
                Some((_, next)) => value.push(next),
                None => value.push('\\'),
            },
            _ => value.push(sign),
        }
    }
    None
}

const SPECIAL: &str = "()<>@,;:\\\"/[]?=";

/// A byte of a token (RFC 2045 §5.1).
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !SPECIAL.as_bytes().contains(&byte)
}

/// Go's `mime.WordEncoder`, in the encoding that MinIO takes: Q, or B where there are signs that a word may not have.
pub(super) fn encode_words(text: &str) -> String {
    /// Of an encoded word of 75 bytes, without what stands around it.
    const LONGEST: usize = 63;
    let is_plain = |sign: char| matches!(sign, ' '..='~' | '\t');
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    let is_base64 = text.contains(|sign| "\"#$%&'(),.:;<>@[]^`{|}~".contains(sign));
    // Neither splits a character.
    let length = |word: &str, sign: char| match is_base64 {
        true => (word.len() + sign.len_utf8()).div_ceil(3) * 4,
        false => escape_word(word).len() + escape_word(sign.encode_utf8(&mut [0; 4])).len(),
    };
    let mut words = vec![String::new()];
    for sign in text.chars() {
        if words
            .last()
            .is_some_and(|word| length(word, sign) > LONGEST)
        {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(sign);
        }
    }
    let words = words.iter().map(|word| match is_base64 {
        true => format!("=?UTF-8?b?{}?=", STANDARD.encode(word)),
        false => format!("=?UTF-8?q?{}?=", escape_word(word)),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn escape_word(word: &str) -> String {
    word.bytes()
        .map(|byte| match byte {
            b' ' => "_".to_owned(),
            b'!'..=b'~' if !b"=?_".contains(&byte) => char::from(byte).to_string(),
            _ => format!("={byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(text: &str) -> Option<Vec<(String, String)>> {
        let mut all: Vec<_> = Value::read(text)?.parameters.into_iter().collect();
        all.sort();
        Some(all)
    }

    /// The cases of Go's own mediatype_test.go that a form can meet, and those of a lax client.
    #[test]
    fn values_are_read_as_go_does() {
        for (text, expected) in [
            ("form-data", &[][..]),
            ("form-data ; name=foo ;", &[("name", "foo")]),
            ("FORM-DATA;name=\"foo\"", &[("name", "foo")]),
            ("form-data; name=\"f\\\"o\"", &[("name", "f\"o")]),
            (
                "form-data; filename=\"C:\\dir\\a\"",
                &[("filename", "C:\\dir\\a")],
            ),
            ("form-data; filename=\"a\\\\b\"", &[("filename", "a\\b")]),
            (
                "form-data; filename=\"文 a.txt\"",
                &[("filename", "文 a.txt")],
            ),
            ("form-data; name=a; name=a", &[("name", "a")]),
            (
                "form-data; filename*=UTF-8''%e6%96%87",
                &[("filename", "文")],
            ),
            (
                "form-data; filename=x; filename*=utf-8'zh'y",
                &[("filename", "y")],
            ),
            ("form-data; filename*=UTF-8''%zz", &[]),
            ("form-data; filename*=iso-8859-1''%FC", &[]),
            ("form-data; f*0=a; f*1*=%62; f*3=d", &[("f", "ab")]),
            ("form-data; f*0*=us-ascii'en'a%20; f*1=b", &[("f", "a b")]),
        ] {
            let expected = expected.iter();
            let expected = expected.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            assert_eq!(parameters(text), Some(expected.collect()), "{text}");
        }
        for text in [
            "",
            "; name=a",
            "form data; name=a",
            "a/b/c",
            "form-data; name",
            "form-data; name=",
            "form-data; =a",
            "form-data; name=a;; x=y",
            "form-data; name=\"a\"b\"",
            "form-data; name=\"a\" b",
            "form-data; name=\"a",
            "form-data; name=\"a\\\"",
            "form-data; name=a b",
            "form-data; name=文",
            "form-data; name=a; name=b",
            "multipart/form-data; boundary=a:b",
        ] {
            assert_eq!(parameters(text), None, "{text}");
        }
    }

    /// As recorded from MinIO.
    #[test]
    fn words_are_encoded_as_go_does() {
        let long = "a文".repeat(30);
        let piece = "a=E6=96=87";
        let first = format!(
            "=?UTF-8?q?{}a?= =?UTF-8?q?=E6=96=87{}a?=",
            piece.repeat(6),
            piece.repeat(5)
        );
        for (text, expected) in [
            ("plain _=?", "plain _=?"),
            ("文", "=?UTF-8?q?=E6=96=87?="),
            ("a.文", "=?UTF-8?b?YS7mloc=?="),
            ("a b é", "=?UTF-8?q?a_b_=C3=A9?="),
            ("x_y=?é", "=?UTF-8?q?x=5Fy=3D=3F=C3=A9?="),
        ] {
            assert_eq!(encode_words(text), expected);
        }
        let words = encode_words(&long);
        assert!(words.starts_with(&first), "{words}");
        assert!(words.split(' ').all(|word| word.len() <= 75), "{words}");
    }
}
