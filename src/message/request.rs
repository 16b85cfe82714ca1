//! Requests as plain values: what a service states.

use super::body::Body;
use super::provenance::Provenance;
use super::url::Url;
use crate::secret::SecretText;
use crate::text::is_header_safe;
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

/// A header field that an answer or a presigned request wants sent.
pub(crate) enum ForeignHeader {
    Allowed(Header),
    /// How the message is framed and where it goes is ours to say.
    Reserved,
    /// It cannot be sent.
    Invalid,
}

impl Header {
    /// The one rule for header fields that others name.
    pub(crate) fn foreign(name: &str, value: &str, secret: bool) -> ForeignHeader {
        const RESERVED: &[&str] = &[
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
            return ForeignHeader::Invalid;
        }
        let lower = name.to_ascii_lowercase();
        if RESERVED.contains(&lower.as_str()) || lower.starts_with("proxy-") {
            return ForeignHeader::Reserved;
        }
        if !value.is_empty() && !is_header_safe(value) {
            return ForeignHeader::Invalid;
        }
        ForeignHeader::Allowed(Self {
            name: name.to_owned().into(),
            value: Zeroizing::new(value.to_owned()),
            secret,
        })
    }

    /// Those that an answer wants sent to a store, for that host alone. Reserved ones are
    /// left out, for a store may name them because it has signed them; `None` if
    /// one cannot be sent, without which the store would refuse the rest.
    pub(crate) fn all_foreign<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Option<Vec<Self>> {
        let mut headers = Vec::new();
        for (name, value) in pairs {
            match Self::foreign(name, value, true) {
                ForeignHeader::Allowed(header) => headers.push(header),
                ForeignHeader::Reserved => {}
                ForeignHeader::Invalid => return None,
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

/// Names and values, among which are policies, signatures and tokens: fields of a form, header fields, parameters.
pub(crate) type SecretPairs = Vec<(String, SecretText)>;

/// A request, complete but for the content of its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) provenance: Provenance,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: Body,
    /// What to say of an address that it is redirected to if that cannot be reached.
    pub(crate) redirect_note: Option<&'static str>,
    /// It is one of the calls that a limit per second is for.
    pub(crate) is_counted: bool,
    /// What an answer may quote of the body, and nobody is to read: values of a form.
    pub(crate) form_secrets: Vec<SecretText>,
}

impl Request {
    pub(crate) fn new(method: Method, url: Url, provenance: Provenance, body: Body) -> Self {
        Self {
            method,
            url,
            provenance,
            headers: Vec::new(),
            body,
            redirect_note: None,
            is_counted: false,
            form_secrets: Vec::new(),
        }
    }

    /// Its form has these fields.
    pub(crate) fn with_form_fields(mut self, fields: &[(String, SecretText)]) -> Self {
        /// Shorter ones are words, sizes and dates.
        const SHORTEST: usize = 16;
        const KNOWN: [&str; 3] = ["key", "content-type", "content-disposition"];
        let secrets = fields.iter().filter(|(name, value)| {
            value.len() >= SHORTEST && !KNOWN.iter().any(|known| name.eq_ignore_ascii_case(known))
        });
        self.form_secrets = secrets.map(|(_, value)| value.clone()).collect();
        self
    }

    pub(crate) fn get(url: Url, provenance: Provenance) -> Self {
        Self::new(Method::Get, url, provenance, Body::empty())
    }

    pub(crate) fn post(
        url: Url,
        provenance: Provenance,
        content_type: impl Into<String>,
        body: Body,
    ) -> Self {
        Self::new(Method::Post, url, provenance, body).header("Content-Type", content_type)
    }

    /// A limit on calls per second counts it, as sent by a client of its service.
    pub(crate) fn counted(mut self) -> Self {
        self.is_counted = true;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_may_set_any_header_but_reserved_ones() {
        let allowed = |pairs: &[(&'static str, &'static str)]| {
            Header::all_foreign(pairs.iter().copied()).map(|headers| headers.len())
        };
        for (name, value) in [
            ("x-cos-meta_tag", "a b"),
            ("Authorization", "q-sign=1&x"),
            ("x.y!#$%&'*+^`|~", ""),
            ("Content-Type", "a/b"),
        ] {
            assert_eq!(allowed(&[(name, value)]), Some(1), "{name}");
        }
        for name in ["Host", "content-length", "TE", "Proxy-Authorization"] {
            assert_eq!(allowed(&[(name, "x"), ("a", "b")]), Some(1), "{name}");
        }
        for (name, value) in [
            ("", "x"),
            ("a b", "x"),
            ("a:", "x"),
            ("ü", "x"),
            ("a", "x\r\ny"),
        ] {
            assert_eq!(allowed(&[(name, value)]), None, "{name}");
        }
    }
}
