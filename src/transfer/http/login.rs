//! Logging in to an http proxy: by Basic (RFC 7617) unasked, for an upload that can be
//! sent only once has to get through; by Digest (RFC 7616) from when it asks for that.

use crate::digest::hex;
use crate::random;
use crate::text::clean;
use base64::Engine as _;
use md5::Md5;
use sha2::{Digest as _, Sha256};
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// In lower case, as [`Head`](crate::message::Head) has it.
pub(super) const AUTHENTICATE: &str = "proxy-authenticate";

/// A user name and a password, percent-decoded, and how the proxy wants them.
pub(super) struct Login {
    pub(super) name: String,
    pub(super) password: Zeroizing<String>,
    challenge: Mutex<Option<Challenge>>,
}

/// What a proxy says of Digest.
struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    /// It takes `qop=auth`; without, it is as of 1997 (RFC 2069).
    has_qop: bool,
    /// How often the nonce was used.
    count: u32,
}

#[derive(Clone, Copy, PartialEq)]
enum Algorithm {
    Md5,
    Sha256,
}

impl Login {
    /// `None` if no proxy takes them.
    pub(super) fn new(name: String, password: Zeroizing<String>) -> Option<Self> {
        let is_sound = |text: &str| text.len() <= 255 && !text.contains(|c: char| c.is_control());
        let is_sound = is_sound(&name) && is_sound(&password) && !name.contains(':');
        is_sound.then(|| Self {
            name,
            password,
            challenge: Mutex::default(),
        })
    }

    /// The header field for a request, with its line end.
    pub(super) fn field(&self, method: &str, uri: &str) -> Zeroizing<String> {
        let mut challenge = self
            .challenge
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let value = match &mut *challenge {
            Some(challenge) => challenge.answer(self, method, uri, &random::token()),
            None => self.basic(),
        };
        Zeroizing::new(format!("Proxy-Authorization: {}\r\n", value.as_str()))
    }

    fn basic(&self) -> Zeroizing<String> {
        let pair = Zeroizing::new(format!("{}:{}", self.name, self.password.as_str()));
        let text = base64::engine::general_purpose::STANDARD.encode(pair.as_bytes());
        Zeroizing::new(format!("Basic {text}"))
    }

    /// The proxy has answered with 407 and these Proxy-Authenticate fields: whether it
    /// may be content with what the next request says.
    pub(super) fn learn<'o>(&self, offers: impl Iterator<Item = &'o str>) -> bool {
        let offered = offers.filter_map(Challenge::read);
        // Of several the strongest.
        let best = offered.max_by_key(|(challenge, _)| challenge.algorithm == Algorithm::Sha256);
        let Some((asked, is_stale)) = best else {
            return false;
        };
        let mut known = self
            .challenge
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Asked again, without a word that only the nonce is old: it is the password.
        let is_news = is_stale
            || known
                .as_ref()
                .is_none_or(|known| known.nonce != asked.nonce);
        *known = Some(asked);
        is_news
    }
}

impl Challenge {
    /// Reads the Digest in a Proxy-Authenticate, and whether only its nonce is new.
    fn read(offers: &str) -> Option<(Self, bool)> {
        let mut elements = elements(offers).skip_while(|element| {
            !element
                .get(..7)
                .is_some_and(|name| name.eq_ignore_ascii_case("digest "))
        });
        let first = elements.next()?.get(7..)?;
        let mut challenge = Self {
            realm: String::new(),
            nonce: String::new(),
            opaque: None,
            algorithm: Algorithm::Md5,
            has_qop: false,
            count: 0,
        };
        let mut is_stale = false;
        for element in std::iter::once(first).chain(elements) {
            let Some((name, value)) = element.split_once('=') else {
                break;
            };
            let name = name.trim();
            if name.contains(' ') {
                // Another scheme begins.
                break;
            }
            let value = unquoted(value.trim());
            match name.to_ascii_lowercase().as_str() {
                "realm" => challenge.realm = value,
                "nonce" => challenge.nonce = value,
                "opaque" => challenge.opaque = Some(value),
                "stale" => is_stale = value.eq_ignore_ascii_case("true"),
                "qop" => {
                    let mut ways = value.split(',').map(str::trim);
                    challenge.has_qop = ways.any(|way| way.eq_ignore_ascii_case("auth"));
                    if !challenge.has_qop {
                        return None;
                    }
                }
                "algorithm" if value.eq_ignore_ascii_case("MD5") => {}
                "algorithm" if value.eq_ignore_ascii_case("SHA-256") => {
                    challenge.algorithm = Algorithm::Sha256;
                }
                "algorithm" => return None,
                _ => {}
            }
        }
        let is_whole = !challenge.nonce.is_empty();
        is_whole.then_some((challenge, is_stale))
    }

    /// RFC 7616 §3.4.
    fn answer(
        &mut self,
        login: &Login,
        method: &str,
        uri: &str,
        cnonce: &str,
    ) -> Zeroizing<String> {
        self.count += 1;
        let Self {
            realm,
            nonce,
            algorithm,
            count,
            ..
        } = self;
        let hash = |text: String| {
            let text = Zeroizing::new(text);
            match algorithm {
                Algorithm::Md5 => hex(&Md5::digest(text.as_bytes())),
                Algorithm::Sha256 => hex(&Sha256::digest(text.as_bytes())),
            }
        };
        let secret = Zeroizing::new(hash(format!(
            "{}:{realm}:{}",
            login.name,
            login.password.as_str()
        )));
        let request = hash(format!("{method}:{uri}"));
        let secret = secret.as_str();
        let (qop, response) = if self.has_qop {
            (
                format!(", qop=auth, nc={count:08x}, cnonce=\"{cnonce}\""),
                hash(format!(
                    "{secret}:{nonce}:{count:08x}:{cnonce}:auth:{request}"
                )),
            )
        } else {
            (String::new(), hash(format!("{secret}:{nonce}:{request}")))
        };
        let algorithm = match algorithm {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        };
        let opaque = self.opaque.as_deref().map(quoted);
        let opaque = opaque.map_or(String::new(), |opaque| format!(", opaque={opaque}"));
        Zeroizing::new(format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\", \
             algorithm={algorithm}{qop}{opaque}",
            quoted(&login.name),
            quoted(realm),
            quoted(nonce),
            quoted(uri),
        ))
    }
}

/// The names of the schemes in a Proxy-Authenticate (RFC 9110 §11.6.1): what begins
/// an element of the list and is no parameter of the one before.
pub(super) fn schemes(offers: &str) -> Vec<String> {
    elements(offers)
        .filter_map(|element| element.split_whitespace().next())
        .filter(|first| !first.contains('='))
        .map(clean)
        .collect()
}

/// What stands between the commas that are not quoted.
fn elements(offers: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let elements = offers.split(move |c| {
        let was_escaped = is_escaped;
        is_escaped = c == '\\' && is_quoted && !was_escaped;
        is_quoted ^= c == '"' && !was_escaped;
        c == ',' && !is_quoted
    });
    elements.map(str::trim)
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')) else {
        return value.to_owned();
    };
    let mut text = String::new();
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        text.extend(if c == '\\' {
            characters.next()
        } else {
            Some(c)
        });
    }
    text
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn login(name: &str, password: &str) -> Login {
        Login::new(name.into(), Zeroizing::new(password.into())).unwrap()
    }

    fn answer(login: &Login, method: &str, uri: &str, cnonce: &str) -> String {
        let mut challenge = login.challenge.lock().unwrap();
        let answer = challenge
            .as_mut()
            .unwrap()
            .answer(login, method, uri, cnonce);
        answer.to_string()
    }

    #[test]
    fn a_login_is_basic_unasked() {
        let login = login("Aladdin", "open sesame");
        assert_eq!(
            login.field("GET", "/").as_str(),
            "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"
        );
        for (name, password) in [
            ("a:b", ""),
            ("a\r\nb", ""),
            ("a", "\n"),
            (&"x".repeat(256), ""),
        ] {
            assert!(Login::new(name.into(), Zeroizing::new(password.into())).is_none());
        }
    }

    /// RFC 7616 §3.9.1.
    #[test]
    fn digests_are_those_of_the_rfc() {
        const REST: &str = "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", \
            nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
            opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
        let login = login("Mufasa", "Circle of Life");
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            (
                "SHA-256",
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            ),
        ] {
            let offer = format!("Basic realm=\"b\", Digest algorithm={algorithm}, {REST}");
            assert!(login.learn([offer.as_str()].into_iter()) || algorithm == "SHA-256");
            let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
            let said = answer(&login, "GET", "/dir/index.html", cnonce);
            assert!(said.contains(&format!("response=\"{response}\"")), "{said}");
            assert!(said.contains("nc=00000001, cnonce="), "{said}");
            assert!(said.contains("opaque=\"FQhe/"), "{said}");
            let said = answer(&login, "GET", "/dir/index.html", cnonce);
            assert!(said.contains("nc=00000002, cnonce="), "{said}");
        }
    }

    #[test]
    fn a_proxy_is_asked_again_only_where_that_may_help() {
        let login = login("a", "b");
        let learn = |offers: &[&str]| login.learn(offers.iter().copied());
        assert!(!learn(&["Basic realm=\"x\"", "Negotiate"]));
        assert!(!learn(&[
            "Digest realm=\"x\", nonce=\"1\", algorithm=MD5-sess"
        ]));
        assert!(!learn(&[
            "Digest realm=\"x\", nonce=\"1\", qop=\"auth-int\""
        ]));
        assert!(!learn(&["Digest realm=\"x\""]));
        assert!(learn(&[
            "NTLM",
            "digest realm=\"a, \\\"b\\\"\", nonce=\"1\", Basic realm=\"c\""
        ]));
        let said = answer(&login, "CONNECT", "h:443", "");
        assert!(
            said.contains("realm=\"a, \\\"b\\\"\"") && !said.contains("qop"),
            "{said}"
        );
        assert!(!learn(&["Digest realm=\"x\", nonce=\"1\""]));
        assert!(learn(&["Digest realm=\"x\", nonce=\"1\", stale=TRUE"]));
        assert!(learn(&["Digest realm=\"x\", nonce=\"2\""]));
        let both = [
            "Digest nonce=\"3\", algorithm=SHA-256",
            "Digest nonce=\"3\"",
        ];
        assert!(learn(&both));
        assert!(answer(&login, "GET", "/", "").contains("SHA-256"));
    }
}
