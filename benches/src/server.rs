//! A lean stand-in for the services, in the process of the bench: its work is
//! not measured. It takes any upload and gives any number of bytes.

use crc64fast::Digest;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::{fs, thread};

/// Bodies up to this size are kept, to be compared.
const KEPT_MAX: usize = 1024 * 1024;
const BUFFER: usize = 256 * 1024;
/// Bodies up to this size are of calls around an upload.
const SMALL_TALK: usize = 1024;

const EASEMOB_ANSWER: &str = r#"{"action":"post","application":"8be024f0-e978-11e8-b697-5d598d5f8402","path":"/chatfiles","uri":"https://a1.easemob.com/org/app/chatfiles","entities":[{"uuid":"5fd74830-f5d9-11eb-9a4b-ff0d2d6ca8ce","type":"chatfile","share-secret":"X9dISvXZEeuUr6t4Q4YQdGIq"}],"timestamp":1628176338483,"duration":0,"organization":"org","applicationName":"app"}"#;
const NETEASE_ANSWER: &str =
    r#"{"code":200,"url":"https://nim.nosdn.127.net/MTAxMTAwMg==/bmltYV8xMTQ2OTI1NDRf"}"#;

const ACCESS_TOKEN: &str = r#"{"AccessToken":"0123456789abcdef","ApplyType":"Bearer","CreateTime":"1628176338","Expires":"3600"}"#;
const SESSION_TOKEN: &str = r#"{"resultCode":"0","token":"fedcba9876543210"}"#;
const SENT_AS_JSON: &str =
    r#"{"returnCode":"0","objectKey":"5fd74830-f5d9-11eb-9a4b-ff0d2d6ca8ce"}"#;
const SMH_ANSWER: &str = r#"{"path":["source.bin"],"name":"source.bin","type":"file"}"#;

/// What the clients of object stores speak.
const S3_BUCKET: &str = "/s3/";
const S3_BEGUN: &str = "<InitiateMultipartUploadResult><Bucket>s3</Bucket><Key>source.bin</Key><UploadId>1</UploadId></InitiateMultipartUploadResult>";
const S3_COMPLETE: &str = "<CompleteMultipartUploadResult><Location>s3</Location><Bucket>s3</Bucket><Key>source.bin</Key><ETag>&quot;1&quot;</ETag></CompleteMultipartUploadResult>";

/// Says that the body may come.
const CONSENT: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Listens on loopback until the process ends, plainly and with TLS.
pub struct Server {
    address: SocketAddr,
    tls_address: SocketAddr,
    state: Arc<State>,
}

struct State {
    /// Random bytes, given over and over to downloads.
    pattern: Vec<u8>,
    /// The body of the last upload, if it was small.
    kept: Mutex<Vec<u8>>,
}

impl Server {
    /// Starts to listen; downloads are made of `pattern`. The certificate to trust
    /// is written to `ca`.
    ///
    /// # Errors
    /// When there is no free port, or `ca` cannot be written.
    pub fn start(pattern: Vec<u8>, ca: &Path) -> io::Result<Self> {
        let state = Arc::new(State {
            pattern,
            kept: Mutex::default(),
        });
        let certificate = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])
            .map_err(io::Error::other)?;
        fs::write(ca, certificate.cert.pem())?;
        let key = PrivateKeyDer::try_from(certificate.signing_key.serialize_der())
            .map_err(io::Error::other)?;
        let tls =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .and_then(|builder| {
                    let chain = vec![certificate.cert.der().clone()];
                    builder.with_no_client_auth().with_single_cert(chain, key)
                })
                .map_err(io::Error::other)?;
        Ok(Self {
            address: listen(&state, None)?,
            tls_address: listen(&state, Some(Arc::new(tls)))?,
            state,
        })
    }

    /// What clients take for the address of the service.
    pub fn url(&self, tls: bool) -> String {
        if tls {
            format!("https://{}", self.tls_address)
        } else {
            format!("http://{}", self.address)
        }
    }

    /// The body of the last upload, if it was small.
    pub fn take_kept(&self) -> Vec<u8> {
        std::mem::take(&mut self.state.lock())
    }
}

impl State {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts to take connections, and says where.
fn listen(state: &Arc<State>, tls: Option<Arc<ServerConfig>>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let shared = Arc::clone(state);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (state, tls) = (Arc::clone(&shared), tls.clone());
            // A client that goes away ends its thread, and nothing else.
            thread::spawn(move || -> io::Result<()> {
                stream.set_nodelay(true)?;
                let Some(tls) = tls else {
                    return serve(stream, address, &state);
                };
                let connection = ServerConnection::new(tls).map_err(io::Error::other)?;
                serve(StreamOwned::new(connection, stream), address, &state)
            });
        }
    });
    Ok(address)
}

fn serve(stream: impl Read + Write, own: SocketAddr, state: &State) -> io::Result<()> {
    let mut stream = BufReader::with_capacity(BUFFER, stream);
    while let Some(Head {
        line,
        length,
        wants_consent,
    }) = read_head(&mut stream)?
    {
        let path = line.split(' ').nth(1).unwrap_or_default();
        if wants_consent {
            stream.get_mut().write_all(CONSENT)?;
        }
        if line.starts_with("GET ") {
            let size = path.rsplit('/').next().and_then(|last| last.parse().ok());
            give(stream.get_mut(), &state.pattern, size.unwrap_or(0))?;
            continue;
        }
        let crc64 = take(&mut stream, length, state)?;
        let (status, answer) = answer(path, own, line.starts_with("POST "));
        let answer = head(
            status,
            "application/json",
            answer.len() as u64,
            &answer,
            crc64,
        );
        stream.get_mut().write_all(answer.as_bytes())?;
    }
    Ok(())
}

/// The answer to an upload, or to what goes before it and behind it.
fn answer(path: &str, own: SocketAddr, is_post: bool) -> (u16, String) {
    if path.starts_with(S3_BUCKET) {
        let answer = match path.contains("?uploads") {
            true => S3_BEGUN,
            false if is_post => S3_COMPLETE,
            false => "",
        };
        return (200, answer.to_owned());
    }
    let answers = [
        ("/chatfiles", EASEMOB_ANSWER),
        ("/tokenByAkSk", ACCESS_TOKEN),
        ("/applyToken", SESSION_TOKEN),
        ("/uploadFileStream", SENT_AS_JSON),
        ("?confirm", SMH_ANSWER),
        ("/store/", ""),
        (".action", NETEASE_ANSWER),
    ];
    match answers.iter().find(|(part, _)| path.contains(part)) {
        Some((_, answer)) => (200, (*answer).to_owned()),
        // SMH begins an upload.
        None => (
            201,
            format!(
                r#"{{"domain":"{own}","path":"/store/source.bin","headers":{{"x-cos-acl":"private"}},"uploadId":"1","confirmKey":"0123456789","expiration":"2099-01-01T00:00:00.000Z"}}"#
            ),
        ),
    }
}

/// What has to be known of a request.
#[derive(Default)]
struct Head {
    line: String,
    /// Of the body.
    length: u64,
    /// The body comes when it may.
    wants_consent: bool,
}

/// `None` when there is no more.
fn read_head(input: &mut impl BufRead) -> io::Result<Option<Head>> {
    let mut head = Head::default();
    if input.read_line(&mut head.line)? == 0 {
        return Ok(None);
    }
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 || line == "\r\n" {
            return Ok(Some(head));
        }
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        if name.eq_ignore_ascii_case("content-length") {
            head.length = value.trim().parse().map_err(io::Error::other)?;
        }
        head.wants_consent |= name.eq_ignore_ascii_case("expect");
    }
}

/// Returns the CRC-64.
fn take(input: &mut impl BufRead, length: u64, state: &State) -> io::Result<u64> {
    let mut body = input.take(length);
    let mut crc64 = Digest::new();
    if length <= KEPT_MAX as u64 {
        let mut kept = Vec::new();
        body.read_to_end(&mut kept)?;
        crc64.write(&kept);
        // SMH confirms an upload with a body of its own.
        if kept.len() > SMALL_TALK {
            *state.lock() = kept;
        }
        return Ok(crc64.sum64());
    }
    loop {
        let bytes = body.fill_buf()?;
        crc64.write(bytes);
        match bytes.len() {
            0 => return Ok(crc64.sum64()),
            n => body.consume(n),
        }
    }
}

fn give(stream: &mut impl Write, pattern: &[u8], size: u64) -> io::Result<()> {
    stream.write_all(head(200, "application/octet-stream", size, "", 0).as_bytes())?;
    let mut left = size;
    while left > 0 {
        let n = usize::try_from(left).map_or(pattern.len(), |left| left.min(pattern.len()));
        stream.write_all(&pattern[..n])?;
        left -= n as u64;
    }
    Ok(())
}

fn head(status: u16, content_type: &str, length: u64, body: &str, crc64: u64) -> String {
    format!(
        // The store's ETag, which need not be an MD5, and its CRC-64 are there in any answer.
        "HTTP/1.1 {status} OK\r\nETag: \"1\"\r\nx-cos-hash-crc64ecma: {crc64}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}
