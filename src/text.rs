//! Texts from outside: what may be shown, and what may be sent.

use crate::error::{Error, Result, Status};
use memchr::memchr_iter;
use std::ops::Range;

/// Texts of a service are shown up to this length: enough for every documented
/// one, and too little for a page of HTML.
const TEXT_MAX: usize = 300;

/// A service's text, fit to be shown: one line, bounded, and in its own order.
pub(crate) fn clean(text: &str) -> String {
    shortened(text, TEXT_MAX)
}

/// The same, of which at most so many characters are shown.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    // As nearly all are: of each request at least one.
    if text.len() <= most && text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return text.to_owned();
    }
    let moves = |c: char| c.is_control() || breaks_line(c) || turns(c);
    let mut chars = text.chars();
    let shown = chars.by_ref().take(most);
    let mut shown: String = shown.map(|c| if moves(c) { ' ' } else { c }).collect();
    if chars.next().is_some() {
        shown += LEFT_OUT;
    }
    shown
}

/// The line and the paragraph separator.
fn breaks_line(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// What changes the direction of the text around it (UAX #9): with that an answer could
/// show our own words in another order.
fn turns(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Stands for what is left out of a text: a secret, or what follows.
pub(crate) const LEFT_OUT: &str = "…";

/// Fewer bytes of a secret tell nothing of it, and may be anything.
const LEAST: usize = 4;

/// The text without these secrets, if one is there: whole, its beginning where the text was cut within it, or much of
/// that anywhere, for others cut texts, too.
pub(crate) fn hidden(text: &str, secrets: &[&str]) -> Option<String> {
    let bytes = text.as_bytes();
    // A character's first byte stands nowhere else.
    let mut begins: Vec<usize> = secrets
        .iter()
        .filter_map(|secret| secret.as_bytes().first_chunk::<LEAST>())
        .flat_map(|begin| memchr_iter(begin[0], bytes).filter(|at| bytes[*at..].starts_with(begin)))
        .collect();
    begins.sort_unstable();
    begins.dedup();
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for at in begins {
        let found = secrets
            .iter()
            .filter_map(|secret| found(&text[at..], secret));
        // What is there whole tells where it ends.
        let Some((_, length)) = found.max() else {
            continue;
        };
        match ranges.last_mut() {
            Some(last) if at <= last.end => last.end = last.end.max(at + length),
            _ => ranges.push(at..at + length),
        }
    }
    let mut out = String::new();
    let mut shown = 0;
    for range in &ranges {
        out.push_str(&text[shown..range.start]);
        if !text[range.end..].starts_with(LEFT_OUT) {
            out.push_str(LEFT_OUT);
        }
        shown = range.end;
    }
    (shown > 0).then(|| out + &text[shown..])
}

/// How much of the text is this secret, which is to be at its beginning; and whether that is all of it.
fn found(text: &str, secret: &str) -> Option<(bool, usize)> {
    /// So many are no chance.
    const MUCH: usize = 12;
    let pairs = text.bytes().zip(secret.bytes());
    let mut same = pairs.take_while(|(shown, known)| shown == known).count();
    while !text.is_char_boundary(same) {
        same -= 1;
    }
    let behind = &text[same..];
    let is_cut = behind.is_empty() || behind.starts_with(LEFT_OUT);
    if same >= LEAST && same == secret.len() {
        return Some((true, same));
    }
    if same >= MUCH && !is_cut {
        // Tokens of one issuer begin alike: the rest of the word is that of another, or of this one as it is written
        // there.
        let ends = |c: char| c.is_whitespace() || "\"'<>(){}[],;…".contains(c);
        return Some((false, same + behind.find(ends).unwrap_or(behind.len())));
    }
    (same >= LEAST && is_cut).then_some((false, same))
}

/// Fails unless `value` can stand in a header field as it is.
pub(crate) fn check_header_text(field: &'static str, value: &str) -> Result<()> {
    if is_header_safe(value) {
        return Ok(());
    }
    let what = "is empty or holds characters that cannot stand in a header";
    Err(Error::new(Status::Text, format!("{field}: {what}")).with_field(field))
}

/// Fails if there is no text where one is needed.
pub(crate) fn check_not_empty(field: &'static str, value: &str) -> Result<()> {
    if value.is_empty() {
        return Err(Error::argument(field, "is empty"));
    }
    Ok(())
}

/// Fails unless `value` is a text of one line, as what a form, a message or C holds of it is.
pub(crate) fn check_line(field: &'static str, value: &str) -> Result<()> {
    if is_line(value) {
        return Ok(());
    }
    let what = "is empty, or holds a CR, LF or NUL";
    Err(Error::new(Status::Text, format!("{field}: {what}")).with_field(field))
}

/// Whether `value` is a text of one line.
pub(crate) fn is_line(value: &str) -> bool {
    !value.is_empty() && !value.contains(['\r', '\n', '\0'])
}

/// The longest token, or name of an upload, that a service may hand out: of each request, with all
/// of its fields, 64 KiB go out, and servers take less.
const TOKEN_MAX: usize = 16 * 1024;

/// Whether this can be the token of a service, which stands in a header field as it is.
pub(crate) fn is_token(value: &str) -> bool {
    is_short(value) && is_header_safe(value)
}

/// Whether what a service has handed out can be sent to it again, in a URL.
pub(crate) fn is_short(value: &str) -> bool {
    value.len() <= TOKEN_MAX
}

/// Whether `value` can stand in a header field as it is: visible ASCII.
pub(crate) fn is_header_safe(value: &str) -> bool {
    !value.trim().is_empty() && value.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_a_service_is_bounded_and_on_one_line() {
        assert_eq!(clean("a\r\nb\0"), "a  b ");
        assert_eq!(clean("a\u{2028}b\u{202e}c 文件"), "a b c 文件");
        assert_eq!(clean(&"x".repeat(TEXT_MAX)), "x".repeat(TEXT_MAX));
        assert_eq!(clean(&"x".repeat(999)), "x".repeat(TEXT_MAX) + "…");
    }

    #[test]
    fn a_secret_is_hidden_whole_and_where_a_text_was_cut() {
        for (text, secret, shown) in [
            ("a secret b", "secret", Some("a … b")),
            ("secretsecret, secre", "secret", Some("…, …")),
            ("it is secr…", "secret", Some("it is …")),
            ("it is secr… and secret.", "secret", Some("it is … and ….")),
            ("secr is no secrecy", "secret", None),
            ("s", "secret", None),
            ("ist гесло!", "гесло", Some("ist …!")),
            ("ist гесл…", "гесло", Some("ist …")),
            ("ist ге, das гез", "гесло", None),
            ("aaaaaab", "aaaab", Some("aa…")),
            ("гггггга", "гггга", Some("гг…")),
        ] {
            assert_eq!(hidden(text, &[secret]).as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn a_header_takes_visible_ascii() {
        assert!(is_token("Bearer a~b") && is_token(&"t".repeat(TOKEN_MAX)));
        for bad in ["", "a\r\nb", "ü", &"t".repeat(TOKEN_MAX + 1)] {
            assert!(!is_token(bad), "{bad:?}");
        }
        for bad in ["", "a\r\nb", "a\tb", "ü"] {
            assert!(check_header_text("field", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn much_of_a_secret_is_hidden_whoever_has_cut_it() {
        let secret = "acctk01Zq9LongAndSecret";
        for (text, shown) in [
            ("Bearer acctk01Zq9LongAnd, sorry", Some("Bearer …, sorry")),
            (
                "t=acctk01Zq9Long x=acctk01Zq9LongAndSecret",
                Some("t=… x=…"),
            ),
            // What follows in one word may be the rest of it.
            ("t=acctk01Zq9Long&x=acctk01Zq9LongAndSecret", Some("t=…")),
            ("acctk01Zq9L is short", None),
        ] {
            assert_eq!(hidden(text, &[secret]).as_deref(), shown);
        }
    }

    #[test]
    fn of_several_that_begin_alike_the_one_that_is_there_is_hidden_whole() {
        // A secret, and how it stands in a URL; two tokens of one issuer.
        let known = [
            "secret0123456789%2FTheRest",
            "secret0123456789/TheRest",
            "eyJhbGciOiJIUzI1NiJ9.first.AAAA",
            "eyJhbGciOiJIUzI1NiJ9.second.BBBB",
        ];
        for (text, shown) in [
            ("secret0123456789/TheRest&a=b", "…&a=b"),
            ("secret0123456789%2FTheRest&a=b", "…&a=b"),
            ("(eyJhbGciOiJIUzI1NiJ9.second.BBBB)", "(…)"),
            // One that nobody knows.
            (
                "token eyJhbGciOiJIUzI1NiJ9.third.CCCC expired",
                "token … expired",
            ),
        ] {
            assert_eq!(hidden(text, &known).as_deref(), Some(shown));
        }
    }
}
