//! URLs: one parser for all of them, whoever wrote them. What it refuses is no
//! [`Url`], and only a [`Url`] can be sent.
//!
//! What is valid in a path and a query stays byte for byte as it is, for it may
//! be signed (netease.md §1.9); what is not is percent-encoded.

use crate::secret::SecretText;
use iri_string::types::{UriAbsoluteStr, UriReferenceStr};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Why a text is not a URL that can be asked: what is wrong with it, as the end
/// of a sentence.
pub(crate) type Fault = &'static str;

const NOT_HTTP: Fault = "is not an http:// or https:// URL";
const LOGIN: Fault = "holds a user name or password";
const HOST: Fault = "names a host that cannot be one";
const ADDRESS: Fault = "names an IP address that is none";
const PORT: Fault = "has a port that is no number from 1 to 65535";
const CONTROL: Fault = "holds a control character";
const LONG: Fault = "is longer than 64,000 bytes";
const EXTRA: Fault = "holds a query or a fragment";

/// Less than what the head of a request has room for.
const LENGTH_MAX: usize = 64_000;

/// What may stand unescaped in a name or value within a URL (RFC 3986 §2.3).
const TEXT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What may stand anywhere in a path and a query: also what has a meaning there
/// (RFC 3986 §3.3, §3.4), and escapes.
const REST: &AsciiSet = &TEXT
    .remove(b'!')
    .remove(b'$')
    .remove(b'%')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'?')
    .remove(b'@');

/// The longest name, and the longest label of one (RFC 1035 §2.3.4).
const NAME_MAX: usize = 253;
const LABEL_MAX: usize = 63;
/// What labels are separated by: also the full stops of those who write without
/// spaces (UTS 46, section 2.3).
const STOPS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];

/// An absolute http or https URL without a user name and without a fragment, in
/// the characters of RFC 3986.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Url {
    /// Tokens, secrets and signatures may stand in it.
    text: SecretText,
    is_https: bool,
    host: String,
    port: u16,
    /// Where the path begins.
    path: usize,
}

/// Scheme, host and port of a URL: who is talked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    is_https: bool,
    host: String,
    port: u16,
}

impl Url {
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let (scheme, rest) = text.split_once("://").ok_or(NOT_HTTP)?;
        let is_https = scheme.eq_ignore_ascii_case("https");
        if !is_https && !scheme.eq_ignore_ascii_case("http") {
            return Err(NOT_HTTP);
        }
        let (rest, _fragment) = rest.split_once('#').unwrap_or((rest, ""));
        // By bytes: of characters it is several times the work, for each call.
        let end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?'));
        let (authority, rest) = rest.split_at(end.unwrap_or(rest.len()));
        let Authority { login, host, port } = Authority::parse(authority)?;
        if login.is_some() {
            return Err(LOGIN);
        }
        let scheme = if is_https { "https" } else { "http" };
        // "https://" and ":65535" are 14.
        let mut text = roomy(14 + host.len(), rest);
        for piece in [scheme, "://", &host] {
            text.push_str(piece);
        }
        if let Some(port) = port {
            text.push_str(&format!(":{port}"));
        }
        let path = text.len();
        if rest.starts_with('?') {
            text.push('/');
        }
        push_escaped(&mut text, rest)?;
        if text.len() > LENGTH_MAX {
            return Err(LONG);
        }
        Ok(Self {
            text,
            is_https,
            host,
            port: port.unwrap_or(if is_https { 443 } else { 80 }),
            path,
        })
    }

    /// A URL that others are made of by [`Url::with`]: its path, if it has one,
    /// does not end in a slash.
    pub(crate) fn parse_base(text: &str) -> Result<Self, Fault> {
        let mut url = Self::parse(text)?;
        if text.contains(['?', '#']) {
            return Err(EXTRA);
        }
        let end = url.text.trim_end_matches('/').len().max(url.path);
        url.text.truncate(end);
        Ok(url)
    }

    /// The URL with more of a path, which begins with a slash, or of a query.
    pub(crate) fn with(&self, rest: &str) -> Self {
        let mut text = roomy(self.text.len(), rest);
        text.push_str(&self.text);
        // What comes from here holds no control character.
        let _ = push_escaped(&mut text, rest);
        Self {
            text,
            host: self.host.clone(),
            ..*self
        }
    }

    /// The URL with these parameters, in place of those of the same names that it has.
    pub(crate) fn with_query<'q>(&self, query: impl Iterator<Item = (&'q str, &'q str)>) -> Self {
        Self {
            text: SecretText::new(with_query(&self.text, query)),
            host: self.host.clone(),
            ..*self
        }
    }

    /// The same below another base: `None` if it is not one that was made of `base`.
    pub(crate) fn moved(&self, base: &Self, other: &Self) -> Option<Self> {
        let rest = self.text.strip_prefix(base.as_str())?;
        let is_below = rest.is_empty() || rest.starts_with(['/', '?']);
        is_below.then(|| other.with(rest))
    }

    /// The URL that a redirect from this one means (RFC 3986 §5.2).
    pub(crate) fn join(&self, reference: &str) -> Result<Self, Fault> {
        let reference = reference.split('#').next().unwrap_or_default();
        let first = reference.split(['/', '?']).next().unwrap_or_default();
        let mut escaped = roomy(2, reference);
        if let Some((front, _)) = first.split_once(':') {
            if front.starts_with(|c: char| c.is_ascii_alphabetic()) {
                escaped = Self::parse(reference)?.text;
            } else {
                // Not a scheme, and not allowed without this (RFC 3986 §4.2).
                escaped.push_str("./");
                push_escaped(&mut escaped, reference)?;
            }
        } else if reference.starts_with("//") {
            let scheme = if self.is_https { "https:" } else { "http:" };
            escaped = Self::parse(&format!("{scheme}{reference}"))?.text;
        } else {
            push_escaped(&mut escaped, reference)?;
        }
        let base = UriAbsoluteStr::new(self.as_str()).map_err(|_| NOT_HTTP)?;
        let reference = UriReferenceStr::new(escaped.as_str()).map_err(|_| NOT_HTTP)?;
        let resolved = SecretText::new(reference.resolve_against(base).to_string());
        Self::parse(&resolved)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_https(&self) -> bool {
        self.is_https
    }

    /// In lower case; an IPv6 address stands in brackets.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin {
            is_https: self.is_https,
            host: self.host.clone(),
            port: self.port,
        }
    }

    /// Scheme, host and port, for error texts.
    pub(crate) fn address(&self) -> &str {
        &self.text[..self.path]
    }

    /// Whether there is neither a path nor a query.
    pub(crate) fn is_address(&self) -> bool {
        matches!(&self.text[self.path..], "" | "/")
    }

    /// The names and values of the query, as they stand there.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let query = self.text.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    }

    /// Scheme, host and path: never the query, in which secrets may be.
    pub(crate) fn without_query(&self) -> &str {
        self.text.split('?').next().unwrap_or_default()
    }

    /// Host and path, for the log.
    pub(crate) fn place(&self) -> &str {
        let front = self.without_query();
        front.split_once("://").map_or(front, |(_, place)| place)
    }
}

impl fmt::Debug for Url {
    /// Without the query, in which secrets may be.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.without_query())
    }
}

/// A URL with these parameters, in place of those of the same names that it has.
pub(crate) fn with_query<'q>(url: &str, query: impl Iterator<Item = (&'q str, &'q str)>) -> String {
    let added: Vec<(String, String)> = query
        .map(|(name, value)| (percent_encode(name), percent_encode(value)))
        .collect();
    let (base, old) = url.split_once('?').unwrap_or((url, ""));
    let mut with = base.to_owned();
    let mut push = |pair: &str| {
        with.push(if with.contains('?') { '&' } else { '?' });
        with += pair;
    };
    for pair in old.split('&') {
        let name = pair.split('=').next().unwrap_or_default();
        if !pair.is_empty() && added.iter().all(|(other, _)| other != name) {
            push(pair);
        }
    }
    for (name, value) in &added {
        push(&format!("{name}={value}"));
    }
    with
}

/// `user@host:port` (RFC 3986 §3.2).
pub(crate) struct Authority<'a> {
    pub(crate) login: Option<&'a str>,
    /// In lower case and ASCII; an IPv6 address stands in brackets.
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

impl<'a> Authority<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, Fault> {
        let (login, address) = match text.rsplit_once('@') {
            Some((login, address)) => (Some(login), address),
            None => (None, text),
        };
        // Not a colon within an IPv6 address.
        let behind = address.rfind(']').map_or(0, |end| end + 1);
        let (name, port) = match address[behind..].split_once(':') {
            Some((name, port)) => (&address[..behind + name.len()], port),
            None => (address, ""),
        };
        Ok(Self {
            login,
            host: host(name)?,
            port: match port {
                "" => None,
                digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
                    Some(digits.parse().ok().filter(|port| *port > 0).ok_or(PORT)?)
                }
                _ => return Err(PORT),
            },
        })
    }
}

/// A host as it is asked for: in lower case, and in ASCII if it is not (IDNA).
pub(crate) fn host(text: &str) -> Result<String, Fault> {
    if let Some(rest) = text.strip_prefix('[') {
        let address = rest.strip_suffix(']').ok_or(ADDRESS)?;
        let address: Ipv6Addr = address.parse().map_err(|_| ADDRESS)?;
        return Ok(format!("[{address}]"));
    }
    let name = percent_decode_str(text).decode_utf8().map_err(|_| HOST)?;
    let name = ascii_name(&name).ok_or(HOST)?;
    let front = name.strip_suffix('.').unwrap_or(&name);
    // What resolvers take for an address must be one that everybody reads alike.
    let last = front.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x") {
        let address: Ipv4Addr = front.parse().map_err(|_| ADDRESS)?;
        return Ok(address.to_string());
    }
    Ok(name)
}

/// A name in lower case, each label that is not ASCII in Punycode. Other spellings of a
/// name (full width, accents apart from their letters) are not made one: nobody is found
/// by them, for the tables of IDNA would be a tenth of the library.
fn ascii_name(name: &str) -> Option<String> {
    let name = if name.is_ascii() {
        name.to_ascii_lowercase()
    } else {
        let labels: Option<Vec<String>> = name.split(STOPS).map(ascii_label).collect();
        labels?.join(".")
    };
    // The root may stand at the end.
    let front = name.strip_suffix('.').unwrap_or(&name);
    // Stores have `_` in their names.
    let is_good = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    let are_good = front.len() <= NAME_MAX
        && front
            .split('.')
            .all(|label| (1..=LABEL_MAX).contains(&label.len()) && label.bytes().all(is_good));
    are_good.then_some(name)
}

fn ascii_label(label: &str) -> Option<String> {
    let label: String = label.chars().flat_map(char::to_lowercase).collect();
    if label.is_ascii() {
        return Some(label);
    }
    // Beyond ASCII nothing is known of what is a letter. Each is at least one of the text.
    let is_bad = |c: char| c.is_whitespace() || c.is_control();
    if label.contains(is_bad) || label.chars().count() > LABEL_MAX {
        return None;
    }
    Some(format!("xn--{}", punycode::encode(&label).ok()?))
}

/// An IPv6 address stands in brackets in a URL, and without them elsewhere.
pub(crate) fn bare(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

/// A text that should be a URL, without what may be secret in it: its query, and what stands
/// before an @ where that may be a login.
pub(crate) fn redacted(text: &str) -> String {
    let front = text.split(['?', '#']).next().unwrap_or_default();
    if let Ok(url) = Url::parse(text) {
        return url.without_query().to_owned();
    }
    match (front.split_once("//"), front.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}//{host}"),
        (None, Some((_, host))) => host.to_owned(),
        (_, None) => front.to_owned(),
    }
}

/// Whether it is meant to be a URL, of whatever kind.
pub(crate) fn has_scheme(text: &str) -> bool {
    let is_scheme = |front: &str| {
        front.starts_with(|c: char| c.is_ascii_alphabetic())
            && front
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    };
    text.split_once("://")
        .is_some_and(|(front, _)| is_scheme(front))
}

/// Percent-encodes what cannot stand in a path or a query, and leaves everything
/// else as it is, also what is encoded already.
fn push_escaped(out: &mut String, text: &str) -> Result<(), Fault> {
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(CONTROL);
    }
    let mut pieces = text.split('%');
    out.extend(utf8_percent_encode(pieces.next().unwrap_or_default(), REST));
    for piece in pieces {
        let is_escape = matches!(piece.as_bytes(), [a, b, ..]
            if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
        out.push_str(if is_escape { "%" } else { "%25" });
        out.extend(utf8_percent_encode(piece, REST));
    }
    Ok(())
}

/// Whether [`percent_encode`] would leave it as it is.
pub(crate) fn is_unreserved(text: &str) -> bool {
    let is_left = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().all(is_left)
}

/// Percent-encodes all but the unreserved characters (RFC 3986 §2.3): right
/// for a path segment, and for a name or value of a url-encoded form.
pub(crate) fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(3 * text.len());
    encoded.extend(utf8_percent_encode(text, TEXT));
    encoded
}

/// Room for so many bytes and for a text however it is escaped: what grows on the
/// way leaves copies behind that nobody wipes.
fn roomy(more: usize, text: &str) -> SecretText {
    SecretText::new(String::with_capacity(more + 3 * text.len()))
}

/// The text that percent-encoding stands for.
pub(crate) fn percent_decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// A URI reference as it came over the wire: bytes that are not ASCII are
/// percent-encoded as they are, whatever they were meant to be.
pub(crate) fn from_bytes(bytes: &[u8]) -> String {
    percent_encoding::percent_encode(bytes, &AsciiSet::EMPTY).to_string()
}

#[cfg(test)]
#[path = "url_tests.rs"]
mod tests;
