//! Requests and answers as people may see them, without secrets: of a URL, the names in its
//! query are told and not what they are set to; of header fields, the names, and the values
//! of those that are harmless; of bodies, nothing.

use super::{Head, Request, url};
use crate::text::clean;
use std::fmt::Write as _;

impl Request {
    /// What is asked for, and its header fields.
    pub(crate) fn outline(&self) -> String {
        let url = with_query_names(self.url.without_query(), self.url.as_str());
        let line = format!("{} {url}", self.method.as_str());
        let headers = self.headers.iter().map(|header| {
            let value = if header.secret {
                "…"
            } else {
                header.value.as_str()
            };
            (header.name.as_ref(), value)
        });
        with_headers(line, headers)
    }
}

impl Head {
    /// The status, and the header fields.
    pub(crate) fn outline(&self) -> String {
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.as_str()));
        with_headers(format!("answer {}", self.status), headers)
    }
}

/// Header fields, each on a line of its own behind what they belong to.
fn with_headers<'h>(
    mut text: String,
    headers: impl IntoIterator<Item = (&'h str, &'h str)>,
) -> String {
    for (name, value) in headers {
        let value = match name.to_ascii_lowercase().as_str() {
            "location" => with_query_names(&url::redacted(value), value),
            lower if is_harmless(lower) => value.to_owned(),
            _ => "…".to_owned(),
        };
        let _ = write!(text, "\n    {name}: {}", clean(&value));
    }
    text
}

/// Whether the value of such a header field, in lower case, tells nothing but how a message
/// is made, and under which name it is logged.
fn is_harmless(name: &str) -> bool {
    const SHOWN: &[&str] = &[
        "accept",
        "accept-ranges",
        "age",
        "allow",
        "connection",
        "content-encoding",
        "content-length",
        "content-range",
        "content-type",
        "date",
        "etag",
        "expires",
        "if-range",
        "last-modified",
        "operationid",
        "range",
        "retry-after",
        "server",
        "transfer-encoding",
        "via",
    ];
    SHOWN.contains(&name) || name.ends_with("request-id")
}

/// What stands before a query, and the names in the query.
fn with_query_names(front: &str, url: &str) -> String {
    let mut text = front.to_owned();
    let Some((_, query)) = url.split_once('?') else {
        return text;
    };
    for (index, pair) in query.split('&').enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        // Without a value it may be one itself: "?c2VjcmV0==".
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let has_value = !value.trim_matches('=').is_empty();
        let most = if has_value { 40 } else { 16 };
        let is_name = |byte: u8| {
            byte.is_ascii_lowercase()
                || matches!(byte, b'-' | b'_')
                || has_value && byte.is_ascii_alphanumeric()
        };
        if name.len() <= most && name.bytes().all(is_name) {
            text += name;
        } else {
            text.push('…');
        }
        if has_value {
            text += "=…";
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_query_only_names_are_told() {
        for (url, told) in [
            ("https://h/p", "h/p"),
            ("https://h/p?", "h/p?"),
            ("https://h/p?uploads", "h/p?uploads"),
            (
                "https://h/p?partNumber=1&upload_id=secret",
                "h/p?partNumber=…&upload_id=…",
            ),
            (
                "https://h/p?X-Amz-Signature=secret",
                "h/p?X-Amz-Signature=…",
            ),
            ("https://h/p?c2VjcmV0", "h/p?…"),
            ("https://h/p?c2VjcmV0==", "h/p?…"),
            ("https://h/p?a%20b=secret", "h/p?…=…"),
        ] {
            assert_eq!(with_query_names("h/p", url), told);
        }
    }

    #[test]
    fn of_header_fields_only_what_is_harmless_is_told() {
        let text = with_headers(
            "200".to_owned(),
            [
                ("Content-Type", "a/b"),
                ("x-cos-request-id", "id\r\n1"),
                ("Authorization", "secret"),
                ("Set-Cookie", "secret"),
                ("Location", "https://user:secret@h/p?sign=secret"),
            ],
        );
        assert!(!text.contains("secret"), "{text}");
        assert!(text.contains("\n    Content-Type: a/b"), "{text}");
        assert!(text.contains("\n    Set-Cookie: …"), "{text}");
        assert!(
            text.contains("\n    Location: https://h/p?sign=…"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 6, "{text}");
    }
}
