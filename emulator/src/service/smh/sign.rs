//! COS's request signatures (its version "q-sign-algorithm=sha1"), made and checked (smh.md §1.16).
//!
//! What SMH hands out is signed with temporary keys: a security token that holds for one object and one span of time goes
//! with them. Whoever has the store's own keys needs none.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::HeaderMap;
use sha1::{Digest, Sha1};

use crate::config::SmhConfig;
use crate::http::{decode_percent, encode_percent};
use crate::store::hex;

/// How far a client's clock may be behind ours; 15 minutes, as the store documents.
const SKEW_S: i64 = 900;

/// The store's keys, behind every signature.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    secret: String,
    id: String,
}

/// What a good signature allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rights {
    /// It is by the store's own keys.
    Everything,
    /// It is by temporary ones, whose token names this object.
    Object,
}

/// Why a signature does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    Missing,
    Malformed,
    UnknownKey,
    Expired,
    NotYet,
    /// What was signed here, where the store tells it: the text with the digest, and that behind the digest.
    Mismatch(Option<Box<(String, String)>>),
    Token,
    TokenExpired,
}

/// From and until when, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start_s: i64,
    pub(super) end_s: i64,
}

impl Span {
    pub(super) fn text(self) -> String {
        format!("{};{}", self.start_s, self.end_s)
    }

    fn parse(text: &str) -> Option<Self> {
        let (start, end) = text.split_once(';')?;
        Some(Self {
            start_s: start.parse().ok()?,
            end_s: end.parse().ok()?,
        })
    }

    pub(super) fn check(self, now_ms: i64) -> Result<(), Fault> {
        if now_ms >= self.end_s.saturating_mul(1000) {
            return Err(Fault::Expired);
        }
        if now_ms < (self.start_s - SKEW_S).saturating_mul(1000) {
            return Err(Fault::NotYet);
        }
        Ok(())
    }
}

/// What is signed of a request: method in lower case, decoded path, and the parameters and header fields that the
/// signature names.
#[derive(Debug)]
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) headers: Vec<(String, String)>,
}

impl Keys {
    pub(super) fn of(config: &SmhConfig) -> Self {
        Self {
            secret: config.cos_secret_key.clone(),
            id: config.cos_secret_id.clone(),
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn secret(&self) -> &str {
        &self.secret
    }

    /// The security token of an object for a span of time, which it names.
    pub(super) fn token(&self, path: &str, span: Span) -> String {
        let span = span.text();
        let third = |salt: &str| hmac_sha1(&self.secret, &format!("{salt}\n{path}\n{span}"));
        let seal = [third("token"), third("more"), third("rest")].concat();
        URL_SAFE_NO_PAD.encode([format!("{span}\n").into_bytes(), seal].concat())
    }

    /// The id that goes with a token.
    pub(super) fn temporary_id(token: &str) -> String {
        let id = format!("AKID{}", URL_SAFE_NO_PAD.encode(Sha1::digest(token)));
        id.replace(['-', '_'], "0")
    }

    /// Checks a token, whose span need not be that of the signature: who holds the keys signs for a span of its own.
    fn check_token(&self, token: &str, path: &str, now_ms: i64) -> Result<(), Fault> {
        let decoded = URL_SAFE_NO_PAD.decode(token).ok();
        let span = decoded.as_deref().and_then(|bytes| {
            let span = bytes.split(|byte| *byte == b'\n').next()?;
            Span::parse(std::str::from_utf8(span).ok()?)
        });
        match span {
            Some(span) if self.token(path, span) == token => match span.check(now_ms) {
                Err(Fault::Expired) => Err(Fault::TokenExpired),
                checked => checked,
            },
            _ => Err(Fault::Token),
        }
    }

    /// The key is good for the one span, the signature for the other.
    fn signature(&self, key_span: Span, span: Span, signed: &Signed<'_>) -> String {
        let texts = texts(span, signed);
        hex(&hmac_sha1(&self.signing_key(&key_span.text()), &texts.0))
    }

    fn signing_key(&self, key_time: &str) -> String {
        hex(&hmac_sha1(&self.secret, key_time))
    }

    /// The value of `Authorization`, which is also the query of a signed address, by the temporary keys of a token.
    pub(super) fn authorization(&self, token: &str, span: Span, signed: &Signed<'_>) -> String {
        let time = span.text();
        format!(
            "q-sign-algorithm=sha1&q-ak={}&q-sign-time={time}&q-key-time={time}&q-header-list={}\
             &q-url-param-list={}&q-signature={}",
            Self::temporary_id(token),
            names(&signed.headers),
            names(&signed.parameters),
            self.signature(span, span, signed)
        )
    }

    /// Checks a signature from a header field or a query, whose named fields are taken from the request.
    pub(super) fn check(
        &self,
        authorization: &str,
        request: &Request<'_>,
        now_ms: i64,
    ) -> Result<Rights, Fault> {
        let value = |name: &str| {
            authorization.split('&').find_map(|pair| {
                let (key, value) = pair.split_once('=')?;
                (key.trim() == name).then(|| decode_percent(value.trim(), false))
            })
        };
        let required = |name: &str| value(name).ok_or(Fault::Malformed);
        if required("q-sign-algorithm")? != "sha1" {
            return Err(Fault::Malformed);
        }
        let id = required("q-ak")?;
        let key_span = Span::parse(&required("q-key-time")?).ok_or(Fault::Malformed)?;
        let span = Span::parse(&required("q-sign-time")?).ok_or(Fault::Malformed)?;
        let token = request.token();
        // Or handed out here, and the token forgotten or another.
        let is_temporary = token
            .as_ref()
            .is_some_and(|token| Self::temporary_id(token) == id)
            || Self::temporary_id(&self.token(request.path, key_span)) == id;
        if id != self.id && !is_temporary {
            return Err(Fault::UnknownKey);
        }
        let listed = |name: &str| -> Vec<String> {
            let list = value(name).unwrap_or_default();
            let names = list.split(';').filter(|name| !name.is_empty());
            names.map(str::to_owned).collect()
        };
        let header = |name: &String| {
            let found = request.headers.get(name.as_str());
            let text = found.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
            (name.clone(), text.unwrap_or_default())
        };
        let parameter = |name: &String| {
            let found = request.query(name).unwrap_or_default();
            (name.clone(), found)
        };
        let signed = Signed {
            method: request.method,
            path: request.path,
            parameters: listed("q-url-param-list").iter().map(parameter).collect(),
            headers: listed("q-header-list").iter().map(header).collect(),
        };
        if !same(
            &required("q-signature")?,
            &self.signature(key_span, span, &signed),
        ) {
            return Err(Fault::Mismatch(Some(Box::new(texts(span, &signed)))));
        }
        // Before the token, so that a stale pair is told to be stale.
        key_span.check(now_ms)?;
        span.check(now_ms)?;
        match token {
            None if is_temporary => Err(Fault::Token),
            None => Ok(Rights::Everything),
            Some(token) => {
                self.check_token(&token, request.path, now_ms)?;
                Ok(Rights::Object)
            }
        }
    }

    /// The signature of a form's policy.
    pub(super) fn policy_signature(&self, span: Span, policy: &str) -> String {
        let text = hex(&Sha1::digest(policy));
        hex(&hmac_sha1(&self.signing_key(&span.text()), &text))
    }
}

/// What a check reads of a request.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    /// Decoded.
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
}

impl Request<'_> {
    fn query(&self, name: &str) -> Option<String> {
        self.query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            decode_percent(key, false)
                .eq_ignore_ascii_case(name)
                // A plus is a space: the SDK for Python escapes so what it signed as %20.
                .then(|| decode_percent(value, true))
        })
    }

    fn token(&self) -> Option<String> {
        let header = self.headers.get("x-cos-security-token");
        header
            .and_then(|value| value.to_str().ok())
            .map(|value| value.trim().to_owned())
            .or_else(|| self.query("x-cos-security-token"))
    }
}

/// What is signed: the text with the digest, and that behind the digest.
fn texts(span: Span, signed: &Signed<'_>) -> (String, String) {
    let format = format!(
        "{}\n{}\n{}\n{}\n",
        signed.method,
        signed.path,
        pairs(&signed.parameters),
        pairs(&signed.headers)
    );
    let text = format!("sha1\n{}\n{}\n", span.text(), hex(&Sha1::digest(&format)));
    (text, format)
}

fn names(fields: &[(String, String)]) -> String {
    let mut names: Vec<String> = fields
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect();
    names.sort();
    names.join(";")
}

/// In the order of their names.
fn pairs(fields: &[(String, String)]) -> String {
    let mut pairs: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| (escape(name).to_ascii_lowercase(), escape(value.trim())))
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// RFC 3986's escapes for everything but unreserved characters.
pub(super) fn escape(text: &str) -> String {
    encode_percent(text, b"")
}

/// The same for a path, whose slashes stay.
pub(super) fn escape_path(path: &str) -> String {
    let names: Vec<String> = path.split('/').map(escape).collect();
    names.join("/")
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

pub(super) fn hmac_sha1(key: &str, text: &str) -> Vec<u8> {
    hmac::<Sha1>(key.as_bytes(), text.as_bytes())
}

/// RFC 2104 with a hash of 64-byte blocks.
pub(super) fn hmac<D: Digest>(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    if key.len() > block.len() {
        let digest = D::digest(key);
        block[..digest.len()].copy_from_slice(&digest);
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let hash = |pad: u8, text: &[u8]| {
        let mut hasher = D::new();
        hasher.update(block.map(|byte| byte ^ pad));
        hasher.update(text);
        hasher.finalize().to_vec()
    };
    hash(0x5c, &hash(0x36, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_of_rfc_2202_and_4231() {
        let text = b"what do ya want for nothing?";
        assert_eq!(
            hex(&hmac::<Sha1>(b"Jefe", text)),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        );
        assert_eq!(
            hex(&hmac::<sha2::Sha256>(b"Jefe", text)),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let long = [0xaa; 80];
        assert_eq!(
            hex(&hmac::<Sha1>(
                &long,
                b"Test Using Larger Than Block-Size Key - Hash Key First"
            )),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112"
        );
    }

    /// The example of COS's own page "Request Signature" (a simple upload with permanent keys).
    #[test]
    fn the_stores_own_example() {
        let keys = Keys {
            secret: "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz".to_owned(),
            id: "AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q".to_owned(),
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let signed = Signed {
            method: "put",
            path: "/exampleobject(腾讯云)",
            parameters: Vec::new(),
            headers: vec![
                pair("Date", "Thu, 16 May 2019 06:45:51 GMT"),
                pair(
                    "Host",
                    "examplebucket-1250000000.cos.ap-beijing.myqcloud.com",
                ),
                pair("Content-Type", "text/plain"),
                pair("Content-Length", "13"),
                pair("Content-MD5", "mQ/fVh815F3k6TAUm8m0eg=="),
                pair("x-cos-acl", "private"),
                pair("x-cos-grant-read", "uin=\"100000000011\""),
            ],
        };
        let span = Span {
            start_s: 1_557_989_151,
            end_s: 1_557_996_351,
        };
        assert_eq!(
            keys.signature(span, span, &signed),
            "3b8851a11a569213c17ba8fa7dcf2abec6935172"
        );
    }

    /// The key and the signature have spans of their own, and each is to be good ("Request Signature", steps 1 and 6).
    #[test]
    fn the_span_of_the_key_need_not_be_that_of_the_signature() {
        let keys = Keys {
            secret: "secret".to_owned(),
            id: "AKIDone".to_owned(),
        };
        let check = |key_time: &str, sign_time: &str, signed_time: &str| {
            let key = hex(&hmac_sha1("secret", key_time));
            let request = hex(&Sha1::digest("get\n/a\n\n\n"));
            let text = format!("sha1\n{signed_time}\n{request}\n");
            let authorization = format!(
                "q-sign-algorithm=sha1&q-ak=AKIDone&q-sign-time={sign_time}&q-key-time={key_time}\
                 &q-header-list=&q-url-param-list=&q-signature={}",
                hex(&hmac_sha1(&key, &text))
            );
            let request = Request {
                method: "get",
                path: "/a",
                query: "",
                headers: &HeaderMap::new(),
            };
            keys.check(&authorization, &request, 5_000_000)
        };
        let (long, short, past) = ("1000;90000", "4900;5100", "1000;4999");
        assert!(check(long, short, short).is_ok());
        assert!(check(short, long, long).is_ok());
        assert!(matches!(check(past, short, short), Err(Fault::Expired)));
        assert!(matches!(check(long, past, past), Err(Fault::Expired)));
        assert!(matches!(check(long, short, long), Err(Fault::Mismatch(_))));
    }
}
