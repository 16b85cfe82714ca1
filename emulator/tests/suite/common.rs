//! What the tests share: a client that writes and reads raw HTTP, so that nothing is smoothed over.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chatfile_emulator::{Config, EasemobConfig, Emulator, NeteaseConfig};
use serde_json::Value;
use sha1::{Digest, Sha1};

const CENTURY: i64 = 100 * 365 * 86_400;
/// Clocks that no call may break by.
pub const ODD_CLOCKS: [i64; 4] = [-CENTURY, 80 * CENTURY, i64::MIN, i64::MAX];

pub fn start() -> Emulator {
    Emulator::start(Config::default()).unwrap()
}

pub fn start_easemob(easemob: EasemobConfig) -> Emulator {
    Emulator::start(Config {
        easemob,
        ..Config::default()
    })
    .unwrap()
}

pub fn start_netease(netease: NeteaseConfig) -> Emulator {
    Emulator::start(Config {
        netease,
        ..Config::default()
    })
    .unwrap()
}

#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// One connection, on which requests can be sent piece by piece.
pub struct Connection<S = TcpStream>(pub BufReader<S>);

impl Connection {
    pub fn open(emulator: &Emulator) -> Self {
        Self(BufReader::new(connect(emulator.addr())))
    }
}

/// A socket whose reader only a bug keeps waiting to the end.
pub fn connect(address: impl ToSocketAddrs) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

impl<S: Read + Write> Connection<S> {
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.get_mut().write_all(bytes.as_ref()).unwrap();
    }

    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.0.get_mut().write_all(bytes.as_ref())
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// Status and header fields of the next answer, interim ones too.
    pub fn head(&mut self) -> io::Result<Reply> {
        let status = self.line()?;
        let status = status.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
        Ok(Reply {
            status,
            headers,
            body: Vec::new(),
        })
    }

    /// The next final answer, whole.
    pub fn try_reply(&mut self, has_body: bool) -> io::Result<Reply> {
        let mut reply = self.head()?;
        while reply.status < 200 {
            reply = self.head()?;
        }
        if !has_body || [204, 304].contains(&reply.status) {
            return Ok(reply);
        }
        if let Some(length) = reply.header("content-length") {
            reply.body = vec![0; length.parse().unwrap()];
            self.0.read_exact(&mut reply.body)?;
        } else if reply.header("transfer-encoding") == Some("chunked") {
            loop {
                let size = usize::from_str_radix(&self.line()?, 16).unwrap();
                let start = reply.body.len();
                reply.body.resize(start + size, 0);
                self.0.read_exact(&mut reply.body[start..])?;
                self.line()?;
                if size == 0 {
                    break;
                }
            }
        } else {
            self.0.read_to_end(&mut reply.body)?;
        }
        Ok(reply)
    }

    #[track_caller]
    pub fn reply(&mut self) -> Reply {
        self.try_reply(true).unwrap()
    }

    /// Everything up to the end of the connection, and how it ended.
    pub fn drain(&mut self) -> (Vec<u8>, io::Result<()>) {
        let mut all = Vec::new();
        let result = self.0.read_to_end(&mut all);
        (all, result.map(drop))
    }

    /// Sends a request with a Content-Length and reads the answer.
    #[track_caller]
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        self.send(head(method, path, headers, body.len()));
        self.send(body);
        self.try_reply(method != "HEAD").unwrap()
    }
}

pub fn head(method: &str, path: &str, headers: &[(&str, &str)], length: usize) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: emulator.test\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !["GET", "HEAD", "OPTIONS", "DELETE"].contains(&method) {
        text.push_str(&format!("Content-Length: {length}\r\n"));
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// One request on a connection of its own.
#[track_caller]
pub fn request(
    emulator: &Emulator,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Reply {
    Connection::open(emulator).request(method, path, headers, body)
}

pub fn get(emulator: &Emulator, path: &str, headers: &[(&str, &str)]) -> Reply {
    request(emulator, "GET", path, headers, b"")
}

/// The path and query of an absolute address.
pub fn path_of(url: &str) -> String {
    let rest = url.split_once("://").unwrap().1;
    rest[rest.find('/').unwrap()..].to_owned()
}

// Easemob

pub const APP: &str = "/easemob-demo/testapp";
pub const JSON: (&str, &str) = ("Content-Type", "application/json");
pub const FORM: (&str, &str) = (
    "Content-Type",
    "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
);

pub fn token_request(emulator: &Emulator, body: &str, headers: &[(&str, &str)]) -> Reply {
    let headers: Vec<_> = [JSON].iter().chain(headers).copied().collect();
    request(
        emulator,
        "POST",
        &format!("{APP}/token"),
        &headers,
        body.as_bytes(),
    )
}

/// What the app asks for a token with.
pub fn app_grant(emulator: &Emulator) -> String {
    let control = emulator.control();
    let config = &control.config().easemob;
    let body = serde_json::json!({
        "grant_type": "client_credentials",
        "client_id": config.client_id,
        "client_secret": config.client_secret,
    });
    body.to_string()
}

/// `Bearer …` of the app.
pub fn app_token(emulator: &Emulator) -> String {
    let reply = token_request(emulator, &app_grant(emulator), &[]);
    assert_eq!(reply.status, 200, "{}", reply.text());
    format!("Bearer {}", reply.json()["access_token"].as_str().unwrap())
}

/// `Bearer …` of the user alice.
pub fn user_token(emulator: &Emulator) -> String {
    let body = r#"{"grant_type":"password","username":"alice","password":"alice-password"}"#;
    let reply = token_request(emulator, body, &[]);
    assert_eq!(reply.status, 200, "{}", reply.text());
    format!("Bearer {}", reply.json()["access_token"].as_str().unwrap())
}

/// A form with one file part, under the boundary of [`FORM`].
pub fn file_form(name: &str, file_name: &str, content_type: &str, content: &[u8]) -> Vec<u8> {
    let boundary = FORM.1.split_once('=').unwrap().1;
    let mut body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\
         Content-Type: {content_type}\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(content);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    body
}

#[track_caller]
pub fn easemob_upload(
    emulator: &Emulator,
    token: &str,
    headers: &[(&str, &str)],
    content: &[u8],
) -> Reply {
    let all: Vec<_> = [FORM, ("Authorization", token)]
        .iter()
        .chain(headers)
        .copied()
        .collect();
    let body = file_form("file", "IMG_2953.JPG", "image/jpeg", content);
    request(emulator, "POST", &format!("{APP}/chatfiles"), &all, &body)
}

/// Id and, if there is one, share-secret of an upload's reply.
#[track_caller]
pub fn uploaded(reply: &Reply) -> (String, Option<String>) {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let entity = &reply.json()["entities"][0];
    let text = |name: &str| entity[name].as_str().map(str::to_owned);
    (text("uuid").unwrap(), text("share-secret"))
}

// NetEase

/// Base64 as a form field holds it.
pub fn encoded(content: &[u8]) -> String {
    STANDARD
        .encode(content)
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D")
}

/// The four header fields, signed for the emulator's own time.
pub fn signed(emulator: &Emulator) -> Vec<(String, String)> {
    let control = emulator.control();
    let config = &control.config().netease;
    let time = control.now_ms().div_euclid(1000).to_string();
    signed_with(
        &config.app_key,
        &config.app_secret,
        "4tgggergigwow323t23t",
        &time,
    )
}

pub fn signed_with(key: &str, secret: &str, nonce: &str, time: &str) -> Vec<(String, String)> {
    let digest = Sha1::digest(format!("{secret}{nonce}{time}"));
    let sum: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    [
        ("AppKey", key),
        ("Nonce", nonce),
        ("CurTime", time),
        ("CheckSum", &sum),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

#[track_caller]
pub fn netease(emulator: &Emulator, call: &str, content_type: &str, body: &[u8]) -> Reply {
    netease_as(emulator, &signed(emulator), call, content_type, body)
}

#[track_caller]
pub fn netease_as(
    emulator: &Emulator,
    signed: &[(String, String)],
    call: &str,
    content_type: &str,
    body: &[u8],
) -> Reply {
    let mut headers: Vec<(&str, &str)> = signed
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    headers.push(("Content-Type", content_type));
    request(
        emulator,
        "POST",
        &format!("/nimserver/{call}"),
        &headers,
        body,
    )
}

pub const URL_ENCODED: &str = "application/x-www-form-urlencoded";
pub const UPLOAD: &str = "msg/upload.action";
pub const FILE_UPLOAD: &str = "msg/fileUpload.action";
pub const DELETE: &str = "job/nos/del.action";

/// The business code of an answer, which must come with HTTP 200.
#[track_caller]
pub fn code(reply: &Reply) -> i64 {
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["code"].as_i64().unwrap()
}

/// The path of the file that an upload returned.
#[track_caller]
pub fn stored(reply: &Reply) -> String {
    assert_eq!(code(reply), 200, "{}", reply.text());
    path_of(reply.json()["url"].as_str().unwrap())
}
