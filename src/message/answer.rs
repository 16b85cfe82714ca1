//! Answers as plain values: what a service reads.

use super::Method;
use crate::text::{clean, shortened};
use zeroize::Zeroizing;

/// The status and header fields of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Chunks are known since HTTP/1.1.
    pub(crate) is_http_1_1: bool,
    /// What it is an answer to, if it is known.
    pub(crate) asked: Option<Asked>,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// Who answers is not who was asked, but where that one redirected to.
    pub(crate) is_redirected: bool,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// Host and path.
    pub(crate) place: String,
}

impl Head {
    /// Whether it says yes to the whole of what was asked for.
    pub(crate) fn is_success(&self) -> bool {
        matches!(self.status, 200..=205 | 207..=299)
    }

    /// The first header field of this name, which is in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers_named(name).next()
    }

    /// All header fields of this name.
    pub(crate) fn headers_named(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.headers.iter().filter(move |(n, _)| n == name);
        named.map(|(_, value)| value.as_str())
    }

    /// How the body is coded, as the answer says: nobody asks for anything but
    /// the bytes as they are.
    pub(crate) fn coding(&self) -> Option<String> {
        let codings: Vec<_> = self
            .headers_named("content-encoding")
            .flat_map(|value| value.split(','))
            .map(|value| clean(value.trim()))
            .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"))
            .collect();
        (!codings.is_empty()).then(|| codings.join(", "))
    }
}

/// An answer with its whole (small) body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) head: Head,
    /// May hold a token.
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.status
    }

    pub(crate) fn is_success(&self) -> bool {
        self.head.is_success()
    }

    /// The beginning of the body as one printable line, for error texts about
    /// bodies that are not what they should be: pages of gateways, mostly. What
    /// may hold a token is not shown.
    pub(crate) fn excerpt(&self) -> String {
        const LONGEST: usize = 120;
        const GZIP: &[u8] = &[0x1f, 0x8b];
        if let Some(coding) = self.head.coding() {
            return format!("a body in the coding {coding}, which was not asked for");
        }
        if self.body.starts_with(GZIP) || self.body.contains(&0) {
            return "a body that is no text".into();
        }
        let text = String::from_utf8_lossy(&self.body);
        if text.trim_start().starts_with(['{', '[', '"']) {
            return "JSON of another shape".into();
        }
        let lower = text.to_ascii_lowercase();
        if ["token", "secret"].iter().any(|word| lower.contains(word)) {
            return "a text that may hold a secret".into();
        }
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.as_str() {
            "" => "(empty)".into(),
            line => shortened(line, LONGEST),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_short_line() {
        let answer = |body: &[u8]| Answer {
            body: body.to_vec().into(),
            ..Answer::default()
        };
        assert_eq!(
            answer(b" <html>\r\n\t<b>x\x07</b>\n").excerpt(),
            "<html> <b>x </b>"
        );
        assert_eq!(answer(b"").excerpt(), "(empty)");
        assert_eq!(answer(b" {\"access_tok").excerpt(), "JSON of another shape");
        assert_eq!(
            answer(b"Token=x").excerpt(),
            "a text that may hold a secret"
        );
        assert_eq!(answer(b"\x1f\x8b\x08x").excerpt(), "a body that is no text");
        assert_eq!(answer(&[b'x'; 500]).excerpt().chars().count(), 121);
        assert_eq!(
            answer(&"好".repeat(120).into_bytes()).excerpt(),
            "好".repeat(120)
        );
    }
}
