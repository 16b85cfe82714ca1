//! Requests as bytes over a socket, so that every odd one can be made, and whatever answers.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// An answer that has not come by then will not.
const PATIENCE: Duration = Duration::from_secs(30);
/// For so long a client that announced its body waits for leave to send it.
const FOR_CONTINUE: Duration = Duration::from_secs(3);
/// No answer to these requests is larger.
const MOST: usize = 64 * 1024 * 1024;

/// A request, made whole.
#[derive(Default)]
pub(super) struct Request {
    pub(super) head: Vec<u8>,
    pub(super) body: Vec<u8>,
    /// The body waits for 100 Continue.
    pub(super) expect: bool,
    /// Our side is closed behind the request.
    pub(super) half_close: bool,
}

/// An answer, or why there is none.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) status: Option<u16>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// 100 Continue came first.
    pub(super) continued: bool,
    pub(super) failure: Option<&'static str>,
}

/// Where requests are sent to.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) tls: bool,
    /// Host and port as the Host field has them.
    pub(super) authority: String,
}

impl Place {
    /// `https://host:port/path`: the place, and the path without a slash at its end.
    pub(super) fn of(url: &str) -> Option<(Self, String)> {
        let (scheme, rest) = url.split_once("://")?;
        let tls = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let place = Self {
            tls,
            authority: authority.to_owned(),
        };
        Some((place, path.trim_end_matches('/').to_owned()))
    }

    fn host(&self) -> &str {
        match self.authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => &self.authority,
        }
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let port = if self.tls { 443 } else { 80 };
        let address = match self.host() == self.authority {
            true => format!("{}:{port}", self.authority),
            false => self.authority.clone(),
        };
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for address in address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, Duration::from_secs(10)) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(PATIENCE))?;
                    stream.set_write_timeout(Some(PATIENCE))?;
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Sends a request on a connection of its own.
    pub(super) fn send(&self, request: &Request) -> Answer {
        let failed = |failure| Answer {
            failure: Some(failure),
            ..Answer::default()
        };
        let Ok(socket) = self.connect() else {
            return failed("cannot connect");
        };
        let head_only = request.head.starts_with(b"HEAD ");
        if !self.tls {
            let half = |socket: &TcpStream| socket.shutdown(Shutdown::Write);
            let continued = |socket: &TcpStream, patience| socket.set_read_timeout(Some(patience));
            return exchange(socket, request, head_only, half, continued);
        }
        let Ok(name) = ServerName::try_from(self.host().to_owned()) else {
            return failed("no host name");
        };
        let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let Ok(session) = ClientConnection::new(Arc::new(config), name) else {
            return failed("no TLS");
        };
        let stream = StreamOwned::new(session, socket);
        exchange(
            stream,
            request,
            head_only,
            |_| Ok(()),
            |stream, patience| stream.sock.set_read_timeout(Some(patience)),
        )
    }
}

fn exchange<S: Read + Write>(
    mut stream: S,
    request: &Request,
    head_only: bool,
    half_close: impl Fn(&S) -> io::Result<()>,
    set_patience: impl Fn(&S, Duration) -> io::Result<()>,
) -> Answer {
    let mut got = Vec::new();
    let mut continued = false;
    // A failure to send need not be one: a refusal may have come before all was sent.
    let mut sent = stream.write_all(&request.head).is_ok();
    if sent && request.expect {
        let _ = stream.flush();
        let _ = set_patience(&stream, FOR_CONTINUE);
        while !has_head(&got) && read_some(&mut stream, &mut got) {}
        continued = take_continue(&mut got);
        sent = got.is_empty();
        let _ = set_patience(&stream, PATIENCE);
    }
    if sent {
        let _ = stream.write_all(&request.body);
        let _ = stream.flush();
        if request.half_close {
            let _ = half_close(&stream);
        }
    }
    loop {
        if has_head(&got) {
            continued |= take_continue(&mut got);
        }
        if let Some(mut answer) = parse(&got, head_only, false) {
            answer.continued = continued;
            return answer;
        }
        if got.len() > MOST || !read_some(&mut stream, &mut got) {
            break;
        }
    }
    let mut answer = parse(&got, head_only, true).unwrap_or(Answer {
        failure: Some("no answer"),
        ..Answer::default()
    });
    answer.continued = continued;
    answer
}

fn read_some(stream: &mut impl Read, got: &mut Vec<u8>) -> bool {
    let mut buffer = vec![0; 64 * 1024];
    match stream.read(&mut buffer) {
        Ok(count) if count > 0 => {
            got.extend(&buffer[..count]);
            true
        }
        _ => false,
    }
}

fn has_head(got: &[u8]) -> bool {
    memchr::memmem::find(got, b"\r\n\r\n").is_some()
}

fn take_continue(got: &mut Vec<u8>) -> bool {
    let mut taken = false;
    while got.starts_with(b"HTTP/1.1 100 ") {
        let Some(end) = memchr::memmem::find(got, b"\r\n\r\n") else {
            break;
        };
        got.drain(..end + 4);
        taken = true;
    }
    taken
}

/// The answer, once it is whole; `ended`: nothing more comes.
fn parse(got: &[u8], head_only: bool, ended: bool) -> Option<Answer> {
    let mut fields = [httparse::EMPTY_HEADER; 100];
    let mut head = httparse::Response::new(&mut fields);
    let httparse::Status::Complete(length) = head.parse(got).ok()? else {
        return None;
    };
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|field| (field.name.to_ascii_lowercase(), text(field.value)))
        .collect();
    let mut answer = Answer {
        status: head.code,
        headers,
        ..Answer::default()
    };
    let rest = got.get(length..).unwrap_or_default();
    let status = answer.status.unwrap_or_default();
    if head_only || status == 204 || status == 304 {
        return Some(answer);
    }
    let chunked = answer.header("transfer-encoding").is_some();
    if chunked {
        match unchunk(rest) {
            Some(body) => answer.body = body,
            None if ended => answer.failure = Some("broken off"),
            None => return None,
        }
        return Some(answer);
    }
    match answer.header("content-length").and_then(|n| n.parse().ok()) {
        Some(announced) if rest.len() >= announced => {
            answer.body = rest[..announced].to_vec();
            Some(answer)
        }
        Some(_) if ended => {
            answer.failure = Some("broken off");
            answer.body = rest.to_vec();
            Some(answer)
        }
        None if ended => {
            answer.body = rest.to_vec();
            Some(answer)
        }
        _ => None,
    }
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let httparse::Status::Complete((at, size)) = httparse::parse_chunk_size(rest).ok()? else {
            return None;
        };
        let size = usize::try_from(size).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend(rest.get(at..at.checked_add(size)?)?);
        rest = rest.get(at + size + 2..)?;
    }
}

impl Answer {
    /// A field's values, as one.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// `header.NAME`, `json.PATH`, `xml.ELEMENT`, or `body`; `base64` in a path decodes what stands there.
    pub(super) fn part(&self, path: &str) -> Option<String> {
        let (kind, path) = path.split_once('.').unwrap_or((path, ""));
        match kind {
            "header" => self.header(path),
            "body" => Some(String::from_utf8_lossy(&self.body).into_owned()),
            "xml" => {
                let text = String::from_utf8_lossy(&self.body);
                let (_, rest) = text.split_once(&format!("<{path}>"))?;
                let (value, _) = rest.split_once('<')?;
                Some(value.to_owned())
            }
            "json" => {
                let mut at: Value = serde_json::from_slice(&self.body).ok()?;
                for name in path.split('.').filter(|name| !name.is_empty()) {
                    at = match &at {
                        Value::String(text) if name == "base64" => {
                            serde_json::from_slice(&super::view::decoded(text)?).ok()?
                        }
                        // By its `key`, for the order is a Go map's.
                        Value::Array(items) => match name.strip_prefix('@') {
                            Some(key) => items.iter().find(|item| item["key"] == key)?.clone(),
                            None => items.get(name.parse::<usize>().ok()?)?.clone(),
                        },
                        other => other.get(name)?.clone(),
                    };
                }
                Some(match at {
                    Value::String(text) => text,
                    other => other.to_string(),
                })
            }
            _ => None,
        }
    }
}
