//! Texts from outside: what may be shown, and what may be sent.

use crate::error::{Error, Result, Status};

/// Texts of a service are shown up to this length: enough for every documented
/// one, and too little for a page of HTML.
const TEXT_MAX: usize = 300;

/// A service's text, fit to be shown: one line, bounded.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(TEXT_MAX)
        .collect()
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
        assert_eq!(clean(&"x".repeat(999)).len(), TEXT_MAX);
    }

    #[test]
    fn a_header_takes_visible_ascii() {
        assert!(is_header_safe("Bearer a~b"));
        for bad in ["", "a\r\nb", "a\tb", "ü"] {
            assert!(check_header_text("field", bad).is_err(), "{bad:?}");
        }
    }
}
