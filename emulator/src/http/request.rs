//! The head and body of a request, as services see them.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Version, header};

use crate::clock::Clock;
use crate::journal::Record;

/// The head of a request.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    /// Scheme and authority that the client used, such as `http://127.0.0.1:1234`.
    pub(crate) base: String,
    /// HTTP/1.1 without the field that it demands.
    pub(crate) lacks_host: bool,
}

impl Head {
    pub(crate) fn new(parts: &Parts, tls: bool, own_address: &str) -> Self {
        let host = parts
            .headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .or_else(|| parts.uri.authority().map(|authority| authority.as_str()))
            .filter(|host| is_host(host))
            .unwrap_or(own_address);
        let scheme = if tls { "https" } else { "http" };
        Self {
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers.clone(),
            base: format!("{scheme}://{host}"),
            lacks_host: parts.version == Version::HTTP_11
                && !parts.headers.contains_key(header::HOST),
        }
    }

    /// The first value of a header field, decoded leniently (names match in any case).
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
    }

    /// A time in a header field, in seconds since 1970.
    pub(crate) fn date(&self, name: &str) -> Option<i64> {
        let time = httpdate::parse_http_date(&self.header(name)?).ok()?;
        let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_secs()).ok()
    }

    pub(crate) fn query(&self, name: &str) -> Option<String> {
        query_value(&self.query, name)
    }

    /// All pairs, decoded, in order.
    pub(crate) fn query_pairs(&self) -> Vec<(String, String)> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode_percent(name, true), decode_percent(value, true))
            })
            .collect()
    }

    pub(crate) fn content_length(&self) -> Option<u64> {
        self.header("content-length")?.parse().ok()
    }

    pub(crate) fn expects_continue(&self) -> bool {
        self.header("expect")
            .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
    }
}

/// Host names and addresses with a port; nothing that could break out of a URL or a header.
fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".:-_[]".contains(&byte))
}

/// The first value of a query parameter, decoded; one without `=` counts as empty.
pub(crate) fn query_value(query: &str, name: &str) -> Option<String> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode_percent(key, true) == name).then(|| decode_percent(value, true))
    })
}

/// Escapes all but the unreserved characters of RFC 3986 and those of `kept`.
pub(crate) fn encode_percent(text: &str, kept: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Decodes `%XX`, leaving what is not well-formed as it is.
pub(crate) fn decode_percent(text: &str, plus_is_space: bool) -> String {
    String::from_utf8_lossy(&decode_bytes(text, plus_is_space)).into_owned()
}

/// The same, for text in another charset than UTF-8.
pub(super) fn decode_percent_bytes(text: &str) -> Vec<u8> {
    decode_bytes(text, false)
}

fn decode_bytes(text: &str, plus_is_space: bool) -> Vec<u8> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (byte, digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 2;
            }
            (b'+', ..) if plus_is_space => out.push(b' '),
            _ => out.push(byte),
        }
        at += 1;
    }
    out
}

/// The media type without parameters, in lower case.
pub(crate) fn media_type(head: &Head) -> String {
    let value = head.header("content-type").unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

pub(crate) fn is_multipart(head: &Head) -> bool {
    media_type(head) == "multipart/form-data"
}

/// Why a request body could not be used.
#[derive(Debug, Clone)]
pub(crate) enum BodyError {
    /// The client went away, or broke HTTP's framing.
    Connection,
    /// The form inside is broken; the text says how.
    Malformed(&'static str),
    /// The client said nothing for too long.
    Silent {
        /// Between which addresses.
        way: String,
    },
    /// The emulator's own disk failed.
    Disk(io::ErrorKind),
}

impl From<io::Error> for BodyError {
    fn from(error: io::Error) -> Self {
        // Its words may name a path, which is nobody's business.
        Self::Disk(error.kind())
    }
}

/// The body of a request, counted into the journal as it is read.
#[derive(Debug)]
pub(crate) struct RequestBody {
    incoming: Incoming,
    record: Option<Arc<Record>>,
    read: u64,
    started: bool,
    finished: bool,
    /// Read already, to look at; `chunk` returns it first.
    peeked: VecDeque<Bytes>,
    /// The connection ended while looking.
    broken: bool,
    /// How long the client may say nothing, by this clock.
    silence: Option<Silence>,
}

/// How long a client has been silent, in milliseconds.
#[derive(Debug)]
struct Silence {
    clock: Arc<Clock>,
    longest: i64,
    way: String,
    /// `None`: nothing was waited for yet.
    until: Option<i64>,
}

impl Silence {
    fn new(clock: &Arc<Clock>, longest: i64, way: &str) -> Self {
        Self {
            clock: Arc::clone(clock),
            longest,
            way: way.to_owned(),
            until: None,
        }
    }

    /// It begins anew.
    fn begin(&mut self) -> i64 {
        let until = self.clock.now_ms().saturating_add(self.longest);
        *self.until.insert(until)
    }

    /// Ends when it is too long; who goes on reading waits as long once more.
    async fn is_too_long(&mut self) {
        let until = self.until.unwrap_or_else(|| self.begin());
        self.clock.reached(until).await;
        self.until = None;
    }
}

impl RequestBody {
    pub(crate) fn new(incoming: Incoming, record: Option<Arc<Record>>) -> Self {
        let finished = incoming.is_end_stream();
        let body = Self {
            incoming,
            record,
            read: 0,
            started: false,
            finished,
            peeked: VecDeque::new(),
            broken: false,
            silence: None,
        };
        body.tell_end();
        body
    }

    /// The journal knows as soon as there is nothing more to read, though nobody may ask for what is none.
    fn tell_end(&self) {
        if self.incoming.is_end_stream()
            && let Some(record) = &self.record
        {
            record.end_body();
        }
    }

    /// Lets the client be silent for so many milliseconds only; `way` is as in [`BodyError::Silent`].
    pub(crate) fn limit_silence(&mut self, clock: &Arc<Clock>, silence_ms: Option<i64>, way: &str) {
        self.silence = silence_ms.map(|longest| Silence::new(clock, longest, way));
    }

    /// The next bytes, `None` at the end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError> {
        if let Some(bytes) = self.peeked.pop_front() {
            return Ok(Some(bytes));
        }
        if self.broken {
            return Err(BodyError::Connection);
        }
        self.receive().await
    }

    /// The whole body without using it up, when it is no longer than `limit` and arrives whole.
    pub(crate) async fn peek(&mut self, limit: u64) -> Option<Vec<u8>> {
        let mut whole = Vec::new();
        if self.incoming.size_hint().lower() > limit {
            return None;
        }
        while self.read <= limit {
            match self.receive().await {
                Ok(Some(bytes)) => {
                    whole.extend_from_slice(&bytes);
                    self.peeked.push_back(bytes);
                }
                Ok(None) => return Some(whole),
                Err(_) => {
                    self.broken = true;
                    return None;
                }
            }
        }
        None
    }

    async fn receive(&mut self) -> Result<Option<Bytes>, BodyError> {
        while !self.finished {
            self.started = true;
            let frame = match &mut self.silence {
                None => self.incoming.frame().await,
                Some(silence) => {
                    tokio::select! {
                        biased;
                        frame = self.incoming.frame() => frame,
                        () = silence.is_too_long() => {
                            let way = silence.way.clone();
                            return Err(BodyError::Silent { way });
                        }
                    }
                }
            };
            match frame {
                Some(Ok(frame)) => {
                    // Trailers carry nothing that a service here reads.
                    if let Ok(data) = frame.into_data()
                        && !data.is_empty()
                    {
                        self.read += data.len() as u64;
                        // Before the journal tells, upon which somebody may move the clock.
                        if let Some(silence) = &mut self.silence {
                            silence.begin();
                        }
                        if let Some(record) = &self.record {
                            record.add_body(data.len());
                        }
                        self.tell_end();
                        return Ok(Some(data));
                    }
                }
                Some(Err(_)) => {
                    self.finished = true;
                    return Err(BodyError::Connection);
                }
                None => {
                    self.finished = true;
                    self.tell_end();
                }
            }
        }
        Ok(None)
    }

    /// Reads and throws away; stops once `limit` bytes were read in all.
    pub(crate) async fn discard(&mut self, limit: u64) {
        while self.read < limit {
            match self.chunk().await {
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return,
            }
        }
    }

    /// The whole body when it is no longer than `limit`; `None` when it is.
    pub(crate) async fn collect(&mut self, limit: usize) -> Result<Option<Vec<u8>>, BodyError> {
        let mut all = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if all.len() + chunk.len() > limit {
                return Ok(None);
            }
            all.extend_from_slice(&chunk);
        }
        Ok(Some(all))
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.read
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.finished && self.peeked.is_empty()
    }

    /// Whether anything was asked of it; before that no `100 Continue` went out.
    pub(crate) fn is_started(&self) -> bool {
        self.started
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_decoding_leaves_broken_escapes() {
        assert_eq!(decode_percent("a%2Bb+c%zz%4", true), "a+b c%zz%4");
        assert_eq!(decode_percent("a+b%3D%3d", false), "a+b==");
        assert_eq!(decode_percent("%E6%96%87", false), "文");
    }

    #[test]
    fn query_values_are_found_by_decoded_name() {
        let query = "thumbnail=true&share%2Dsecret=a%2Bb&flag";
        assert_eq!(query_value(query, "share-secret").as_deref(), Some("a+b"));
        assert_eq!(query_value(query, "flag").as_deref(), Some(""));
        assert_eq!(query_value(query, "none"), None);
    }

    #[test]
    fn hosts_are_plain() {
        assert!(is_host("127.0.0.1:80") && is_host("[::1]:9") && is_host("a1.easemob.com"));
        assert!(!is_host("a/b") && !is_host("") && !is_host("a\"b"));
    }
}
