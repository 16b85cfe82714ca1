//! The little that is needed to know of URLs: their origin, how a redirect
//! resolves, and how text goes into them. A URL that a service hands out is
//! never taken apart and put together again (services/netease.md §1.9).

use std::fmt::Write as _;

/// Scheme and authority of a URL: who is talked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) https: bool,
    /// Host and port in lower case, the default port left out.
    pub(crate) authority: String,
}

/// The parts of an absolute http(s) URL: (scheme, authority, the rest from the
/// path on). `None` for anything else.
fn split(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    // By bytes: of characters it is several times the work, for each call.
    let end = rest
        .bytes()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    let end = end.unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let bare = host.rsplit_once(':').map_or(host, |(bare, _)| bare);
    (!bare.is_empty()).then_some((scheme, authority, path))
}

/// Who an absolute http(s) URL talks to; `None` if it is not one.
pub(crate) fn origin(url: &str) -> Option<Origin> {
    let (scheme, authority, _) = split(url)?;
    let https = scheme.eq_ignore_ascii_case("https");
    let default_port = if https { ":443" } else { ":80" };
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    Some(Origin {
        https,
        authority: host
            .strip_suffix(default_port)
            .unwrap_or(host)
            .to_ascii_lowercase(),
    })
}

/// A text that should be a URL, without what may be secret in it.
pub(crate) fn without_query(text: &str) -> String {
    let front = text.split(['?', '#']).next().unwrap_or_default();
    match (front.split_once("://"), front.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => front.to_owned(),
    }
}

/// Host and path of a URL, for the log: never its query, nor a user name.
pub(crate) fn place(url: &str) -> String {
    let Some((_, authority, rest)) = split(url) else {
        return String::new();
    };
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let end = rest.bytes().position(|byte| matches!(byte, b'?' | b'#'));
    let path = &rest[..end.unwrap_or(rest.len())];
    format!("{host}{path}")
}

/// Why `url` cannot be a service's base URL, if it cannot.
pub(crate) fn base_url_fault(url: &str) -> Option<&'static str> {
    let Some((_, authority, rest)) = split(url) else {
        return Some("must be an absolute http:// or https:// URL");
    };
    if authority.contains('@') {
        return Some("must not hold a user name or password");
    }
    if rest.contains(['?', '#']) {
        return Some("must not hold a query or a fragment");
    }
    if url.contains(|c: char| c.is_whitespace() || c.is_control()) || !url.is_ascii() {
        return Some("must be ASCII without blanks");
    }
    None
}

/// The URL that `location` means, seen from `base` (RFC 3986 §5.2 for the
/// forms that servers send). `None` if it is not an http(s) URL.
pub(crate) fn join(base: &str, location: &str) -> Option<String> {
    let location = location.split('#').next().unwrap_or_default();
    if split(location).is_some() {
        return Some(location.to_owned());
    }
    let (scheme, authority, path) = split(base)?;
    let has_scheme = location
        .find([':', '/', '?'])
        .is_some_and(|at| location.as_bytes()[at] == b':');
    if has_scheme {
        return None;
    }
    let joined = if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let folder = if location.starts_with('?') {
            path
        } else {
            path.rfind('/').map_or("/", |end| &path[..=end])
        };
        format!("{scheme}://{authority}{folder}{location}")
    };
    split(&joined).is_some().then_some(joined)
}

/// Percent-encodes what cannot stand in a URL (RFC 3986), also a `%` that begins
/// no escape, and leaves everything else as it is, also what is encoded already.
pub(crate) fn to_ascii(url: &str) -> String {
    // Brackets are for addresses in the authority alone.
    let authority_end = split(url).map_or(0, |(_, _, rest)| url.len() - rest.len());
    let bytes = url.as_bytes();
    let is_hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let mut out = String::with_capacity(url.len());
    for (at, &byte) in bytes.iter().enumerate() {
        let stands = match byte {
            b'%' => is_hex(at + 1) && is_hex(at + 2),
            b'[' | b']' => at < authority_end,
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => false,
            byte => byte.is_ascii_graphic(),
        };
        if stands {
            out.push(char::from(byte));
        } else {
            push_escaped(&mut out, byte);
        }
    }
    out
}

/// Percent-encodes all but the unreserved characters (RFC 3986 §2.3): right
/// for a path segment, and for a name or value of a url-encoded form.
pub(crate) fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            push_escaped(&mut out, byte);
        }
    }
    out
}

/// The text that percent-encoding stands for.
pub(crate) fn percent_decode(text: &str) -> String {
    let hex = |byte: Option<&u8>| byte.and_then(|b| char::from(*b).to_digit(16));
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                // Two hex digits are a byte.
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn push_escaped(out: &mut String, byte: u8) {
    // Writing to a String cannot fail.
    let _ = write!(out, "%{byte:02X}");
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn origins_compare_by_scheme_host_and_port() {
        let same = |a, b| origin(a).unwrap() == origin(b).unwrap();
        assert!(same("https://A.example/x", "https://a.example:443"));
        assert!(same("http://u:p@h:80/", "HTTP://h?x"));
        assert!(!same("http://h/", "https://h/"));
        assert!(!same("http://h:81/", "http://h/"));
        for bad in [
            "ftp://h/",
            "h/x",
            "http:///x",
            "https://:443/",
            "http://u@/",
            "",
        ] {
            assert_eq!(origin(bad), None, "{bad}");
        }
    }

    #[test]
    fn redirects_resolve() {
        let base = "http://h:1/a/b?q=1";
        for (location, expected) in [
            ("https://x/y?z#f", "https://x/y?z"),
            ("//x/y", "http://x/y"),
            ("/y", "http://h:1/y"),
            ("y?z", "http://h:1/a/y?z"),
            ("?z", "http://h:1/a/b?z"),
            ("/a:b", "http://h:1/a:b"),
        ] {
            assert_eq!(
                join(base, location).as_deref(),
                Some(expected),
                "{location}"
            );
        }
        assert_eq!(join("http://h", "x").as_deref(), Some("http://h/x"));
        assert_eq!(join(base, "file:///etc/passwd"), None);
        assert_eq!(join(base, "javascript:1"), None);
        assert_eq!(join(base, "http:///x"), None);
    }

    #[test]
    fn base_urls_are_checked() {
        for good in [
            "https://a1.easemob.com",
            "http://127.0.0.1:9/nimserver/",
            "http://[::1]:9",
        ] {
            assert_eq!(base_url_fault(good), None, "{good}");
        }
        for bad in [
            "a1.easemob.com",
            "ftp://x",
            "http://",
            "http://u:p@x",
            "http://x/?a",
            "http://x y",
            "http://ü",
        ] {
            assert!(base_url_fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_place_holds_no_query() {
        assert_eq!(place("https://u:p@h:1/a/b?secret=1#f"), "h:1/a/b");
        assert_eq!(place("http://h?secret"), "h");
        assert_eq!(without_query("ftp://u:p@h/a?secret"), "ftp://h/a");
        assert_eq!(without_query("a/b?secret"), "a/b");
    }

    #[test]
    fn encoding_leaves_what_is_encoded() {
        assert_eq!(
            to_ascii("http://h/bmlt=/a%3D?x=ü y"),
            "http://h/bmlt=/a%3D?x=%C3%BC%20y"
        );
        assert_eq!(
            to_ascii("http://[::1]:9/100%.txt/%4/%zz/%4a[1]?\"<>\\^`{|}#%"),
            "http://[::1]:9/100%25.txt/%254/%25zz/%4a%5B1%5D?%22%3C%3E%5C%5E%60%7B%7C%7D#%25"
        );
        assert_eq!(percent_encode("a b+c/ü~"), "a%20b%2Bc%2F%C3%BC~");
        assert_eq!(percent_decode("a%20b%2Bc%2F%C3%BC~%"), "a b+c/ü~%");
    }
}
