//! Texts from outside: what may be shown, and what may be sent.

use crate::error::{Error, Result, Status};
use crate::secret::LEFT_OUT;

/// Texts of a service are shown up to this length: enough for every documented
/// one, and too little for a page of HTML.
const TEXT_MAX: usize = 300;

/// A service's text, fit to be shown: one line, bounded, and in its own order.
pub(crate) fn clean(text: &str) -> String {
    shortened(text, TEXT_MAX)
}

/// The same, of which at most so many characters are shown.
pub(crate) fn shortened(text: &str, most: usize) -> String {
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

/// What changes the direction of the text around it (UAX #9 §2): with that an answer could
/// show our own words in another order.
fn turns(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
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

/// Whether `value` can stand in a header field as it is: visible ASCII.
pub(crate) fn is_header_safe(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
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
    fn a_header_takes_visible_ascii() {
        assert!(is_header_safe("Bearer a~b"));
        for bad in ["", "a\r\nb", "a\tb", "ü"] {
            assert!(check_header_text("field", bad).is_err(), "{bad:?}");
        }
    }
}
