//! Requests and answers as plain values: what a service states and reads.

use super::body::Body;
use super::url::Url;
use crate::text::{clean, is_header_safe};
use std::borrow::Cow;
use std::fmt;
use zeroize::Zeroizing;

/// The methods that the services use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Delete,
    Get,
    Head,
    Post,
    Put,
}

impl Method {
    pub(crate) const ALL: [Self; 5] = [Self::Delete, Self::Get, Self::Head, Self::Post, Self::Put];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }

    pub(crate) fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Put)
    }
}

/// A header field of a request.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) name: Cow<'static, str>,
    pub(crate) value: Zeroizing<String>,
    /// Not sent on to another host by a redirect.
    pub(crate) secret: bool,
}

/// What is done with a header field that an answer or a presigned request wants
/// sent.
pub(crate) enum Wish {
    Send(Header),
    /// How the message is framed and where it goes is ours to say.
    Ours,
    /// It cannot be sent.
    Unfit,
}

impl Header {
    /// The one rule for header fields that others name.
    pub(crate) fn wish(name: &str, value: &str, secret: bool) -> Wish {
        const OURS: &[&str] = &[
            "connection",
            "content-length",
            "expect",
            "host",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
        ];
        // RFC 9110 §5.6.2.
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if name.is_empty() || !name.bytes().all(is_token) {
            return Wish::Unfit;
        }
        let lower = name.to_ascii_lowercase();
        if OURS.contains(&lower.as_str()) || lower.starts_with("proxy-") {
            return Wish::Ours;
        }
        if !value.is_empty() && !is_header_safe(value) {
            return Wish::Unfit;
        }
        Wish::Send(Self {
            name: name.to_owned().into(),
            value: Zeroizing::new(value.to_owned()),
            secret,
        })
    }

    /// Those that an answer wants sent to a store, for that host alone. Ours are
    /// left out, for a store may name them because it has signed them; `None` if
    /// one cannot be sent, without which the store would refuse the rest.
    pub(crate) fn wishes<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Option<Vec<Self>> {
        let mut headers = Vec::new();
        for (name, value) in pairs {
            match Self::wish(name, value, true) {
                Wish::Send(header) => headers.push(header),
                Wish::Ours => {}
                Wish::Unfit => return None,
            }
        }
        Some(headers)
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = if self.secret {
            "…"
        } else {
            self.value.as_str()
        };
        write!(f, "{}: {value}", self.name)
    }
}

/// Who says where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guide {
    /// The client's own configuration.
    Config,
    /// Whoever wrote what the caller was handed: a message, a presigned request.
    Message,
    /// The answer of a host that was asked over TLS, or not.
    Answer { over_tls: bool },
    /// The same, by a redirect.
    Redirect { over_tls: bool },
}

/// A request, complete but for the content of its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) guide: Guide,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: Body,
    /// What to say of the address if it cannot be reached: the service has named
    /// it, so that the caller has no setting for it.
    pub(crate) named_by: Option<&'static str>,
    /// The same of an address that it is redirected to.
    pub(crate) redirected_by: Option<&'static str>,
}

impl Request {
    pub(crate) fn new(method: Method, url: Url, body: Body) -> Self {
        Self {
            method,
            url,
            guide: Guide::Config,
            headers: Vec::new(),
            body,
            named_by: None,
            redirected_by: None,
        }
    }

    pub(crate) fn get(url: Url) -> Self {
        Self::new(Method::Get, url, Body::empty())
    }

    pub(crate) fn post(url: Url, content_type: impl Into<String>, body: Body) -> Self {
        Self::new(Method::Post, url, body).header("Content-Type", content_type)
    }

    /// A message names the URL.
    pub(crate) fn named_by_message(mut self) -> Self {
        self.guide = Guide::Message;
        self
    }

    /// The answer of `host` names the URL.
    pub(crate) fn named_by_answer_of(mut self, host: &Url) -> Self {
        let over_tls = host.is_https();
        self.guide = Guide::Answer { over_tls };
        self
    }

    pub(crate) fn header(self, name: &'static str, value: impl Into<String>) -> Self {
        self.with_header(Header {
            name: name.into(),
            value: Zeroizing::new(value.into()),
            secret: false,
        })
    }

    pub(crate) fn secret_header(self, name: &'static str, value: impl Into<String>) -> Self {
        self.with_header(Header {
            name: name.into(),
            value: Zeroizing::new(value.into()),
            secret: true,
        })
    }

    pub(crate) fn with_header(mut self, header: Header) -> Self {
        self.headers.push(header);
        self
    }
}

/// The status and header fields of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Chunks are known since HTTP/1.1.
    pub(crate) is_http_1_1: bool,
    /// What was asked for: method, host and path. Empty where nobody noted it.
    pub(crate) asked: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// Who answers is not who was asked, but where that one redirected to.
    pub(crate) is_redirected: bool,
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
        let line: String = text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .filter(|c| !c.is_control())
            .take(LONGEST + 1)
            .collect();
        match line.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None if line.is_empty() => "(empty)".into(),
            None => line,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_may_set_any_header_but_ours() {
        let wishes = |pairs: &[(&'static str, &'static str)]| {
            Header::wishes(pairs.iter().copied()).map(|headers| headers.len())
        };
        for (name, value) in [
            ("x-cos-meta_tag", "a b"),
            ("Authorization", "q-sign=1&x"),
            ("x.y!#$%&'*+^`|~", ""),
            ("Content-Type", "a/b"),
        ] {
            assert_eq!(wishes(&[(name, value)]), Some(1), "{name}");
        }
        for name in ["Host", "content-length", "TE", "Proxy-Authorization"] {
            assert_eq!(wishes(&[(name, "x"), ("a", "b")]), Some(1), "{name}");
        }
        for (name, value) in [
            ("", "x"),
            ("a b", "x"),
            ("a:", "x"),
            ("ü", "x"),
            ("a", "x\r\ny"),
        ] {
            assert_eq!(wishes(&[(name, value)]), None, "{name}");
        }
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        let answer = |body: &[u8]| Answer {
            body: body.to_vec().into(),
            ..Answer::default()
        };
        assert_eq!(
            answer(b" <html>\r\n\t<b>x\x07</b>\n").excerpt(),
            "<html> <b>x</b>"
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
