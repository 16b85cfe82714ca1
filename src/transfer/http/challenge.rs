//! What a proxy asks for with a 407: Basic (RFC 7617) or Digest (RFC 7616), and how that
//! is answered.

use crate::digest::hex;
use crate::text::clean;
use base64::Engine as _;
use md5::Md5;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// In lower case, as [`Head`](crate::message::Head) has it.
pub(super) const AUTHENTICATE: &str = "proxy-authenticate";

/// A user name and a password.
pub(super) struct Account {
    pub(super) name: String,
    pub(super) password: Zeroizing<String>,
}

impl Account {
    /// `None` if no proxy takes them.
    pub(super) fn new(name: String, password: Zeroizing<String>) -> Option<Self> {
        let is_sound = |text: &str| text.len() <= 255 && !text.contains(|c: char| c.is_control());
        let is_sound = is_sound(&name) && is_sound(&password) && !name.contains(':');
        is_sound.then_some(Self { name, password })
    }

    pub(super) fn basic(&self) -> Zeroizing<String> {
        let pair = Zeroizing::new(format!("{}:{}", self.name, self.password.as_str()));
        let text = base64::engine::general_purpose::STANDARD.encode(pair.as_bytes());
        let text = Zeroizing::new(text);
        Zeroizing::new(format!("Basic {}", text.as_str()))
    }
}

/// What a proxy asks for, of what can be given to it.
#[derive(Clone)]
pub(super) struct Offer {
    pub(super) scheme: &'static str,
    pub(super) realm: String,
    pub(super) digest: Option<Challenge>,
    /// Only the nonce of the Digest is old.
    pub(super) is_stale: bool,
}

impl Offer {
    /// What a SOCKS5 proxy says that wants a login (RFC 1929).
    pub(super) const fn socks() -> Self {
        Self {
            scheme: "SOCKS5",
            realm: String::new(),
            digest: None,
            is_stale: false,
        }
    }

    /// The strongest in these Proxy-Authenticate fields.
    pub(super) fn best(fields: &[&str]) -> Option<Self> {
        let digests = fields.iter().filter_map(|field| Challenge::read(field));
        // Of several the strongest.
        let best = digests.max_by_key(|(challenge, _)| challenge.algorithm == Algorithm::Sha256);
        if let Some((challenge, is_stale)) = best {
            return Some(Self {
                scheme: "Digest",
                realm: challenge.realm.clone(),
                digest: Some(challenge),
                is_stale,
            });
        }
        let realm = fields.iter().find_map(|field| basic_realm(field))?;
        Some(Self {
            scheme: "Basic",
            realm,
            digest: None,
            is_stale: false,
        })
    }
}

/// The realm of the Basic in a Proxy-Authenticate; "" if it says none.
fn basic_realm(field: &str) -> Option<String> {
    let mut elements = elements(field).filter_map(|element| {
        let (scheme, rest) = element.split_once(' ').unwrap_or((element, ""));
        scheme.eq_ignore_ascii_case("basic").then_some(rest)
    });
    let parameter = elements.next()?.split_once('=');
    let realm = parameter.filter(|(name, _)| name.trim().eq_ignore_ascii_case("realm"));
    Some(realm.map_or(String::new(), |(_, value)| unquoted(value.trim())))
}

/// What a proxy says of Digest.
#[derive(Clone)]
pub(super) struct Challenge {
    realm: String,
    pub(super) nonce: String,
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
    pub(super) fn answer(
        &mut self,
        account: &Account,
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
            account.name,
            account.password.as_str()
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
            quoted(&account.name),
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

    #[test]
    fn an_account_is_one_that_proxies_take() {
        let account =
            |name: &str, password: &str| Account::new(name.into(), Zeroizing::new(password.into()));
        assert_eq!(
            account("Aladdin", "open sesame").unwrap().basic().as_str(),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
        for (name, password) in [
            ("a:b", ""),
            ("a\r\nb", ""),
            ("a", "\n"),
            (&"x".repeat(256), ""),
        ] {
            assert!(account(name, password).is_none());
        }
    }

    #[test]
    fn the_strongest_that_can_be_given_is_taken() {
        let best = |fields: &[&str]| {
            Offer::best(fields).map(|offer| format!("{} {}", offer.scheme, offer.realm))
        };
        for (fields, found) in [
            (&["Basic realm=\"x, y\""][..], Some("Basic x, y")),
            (&["NTLM, basic realm=x, charset=\"UTF-8\""], Some("Basic x")),
            (&["Basic"], Some("Basic ")),
            (
                &["Basic realm=\"x\"", "Digest realm=\"y\", nonce=\"1\""],
                Some("Digest y"),
            ),
            (&["NTLM", "Negotiate"], None),
            (
                &["Digest realm=\"x\", nonce=\"1\", algorithm=MD5-sess"],
                None,
            ),
            (&["Digest realm=\"x\", nonce=\"1\", qop=\"auth-int\""], None),
            (&["Digest realm=\"x\""], None),
        ] {
            assert_eq!(best(fields).as_deref(), found, "{fields:?}");
        }
    }

    /// RFC 7616 §3.9.1.
    #[test]
    fn digests_are_those_of_the_rfc() {
        const REST: &str = "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", \
            nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
            opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
        let password = Zeroizing::new("Circle of Life".into());
        let account = Account::new("Mufasa".into(), password).unwrap();
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            (
                "SHA-256",
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            ),
        ] {
            let offer = format!("Basic realm=\"b\", Digest algorithm={algorithm}, {REST}");
            let mut challenge = Offer::best(&[&offer]).unwrap().digest.unwrap();
            let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
            let mut answer = || challenge.answer(&account, "GET", "/dir/index.html", cnonce);
            let said = answer();
            assert!(
                said.contains(&format!("response=\"{response}\"")),
                "{}",
                said.as_str()
            );
            assert!(said.contains("nc=00000001, cnonce="), "{}", said.as_str());
            assert!(said.contains("opaque=\"FQhe/"), "{}", said.as_str());
            assert!(answer().contains("nc=00000002, cnonce="));
        }
    }

    #[test]
    fn what_is_quoted_stays_so() {
        let offer = "digest realm=\"a, \\\"b\\\"\", nonce=\"1\", Basic realm=\"c\"";
        let mut challenge = Offer::best(&["NTLM", offer]).unwrap().digest.unwrap();
        let account = Account::new("a".into(), Zeroizing::default()).unwrap();
        let said = challenge.answer(&account, "CONNECT", "h:443", "");
        assert!(
            said.contains("realm=\"a, \\\"b\\\"\"") && !said.contains("qop"),
            "{}",
            said.as_str()
        );
    }
}
