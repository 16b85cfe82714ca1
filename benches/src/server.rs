//! A lean stand-in for the services, in the process of the bench: its work is
//! not measured. It takes any upload and gives any number of bytes.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Bodies up to this size are kept, to be compared.
const KEPT_MAX: usize = 1024 * 1024;
const BUFFER: usize = 256 * 1024;

const EASEMOB_ANSWER: &str = r#"{"action":"post","application":"8be024f0-e978-11e8-b697-5d598d5f8402","path":"/chatfiles","uri":"https://a1.easemob.com/org/app/chatfiles","entities":[{"uuid":"5fd74830-f5d9-11eb-9a4b-ff0d2d6ca8ce","type":"chatfile","share-secret":"X9dISvXZEeuUr6t4Q4YQdGIq"}],"timestamp":1628176338483,"duration":0,"organization":"org","applicationName":"app"}"#;
const NETEASE_ANSWER: &str =
    r#"{"code":200,"url":"https://nim.nosdn.127.net/MTAxMTAwMg==/bmltYV8xMTQ2OTI1NDRf"}"#;

/// Listens on loopback until the process ends.
pub struct Server {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    /// Random bytes, given over and over to downloads.
    pattern: Vec<u8>,
    /// The body of the last upload, if it was small.
    kept: Mutex<Vec<u8>>,
}

impl Server {
    /// Starts to listen; downloads are made of `pattern`.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn start(pattern: Vec<u8>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            pattern,
            kept: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // A client that goes away ends its thread, and nothing else.
                thread::spawn(move || serve(&stream, &state));
            }
        });
        Ok(Self { address, state })
    }

    /// What clients take for the address of the service.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
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

fn serve(stream: &TcpStream, state: &State) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut input = BufReader::with_capacity(BUFFER, stream);
    while let Some((line, length)) = read_head(&mut input)? {
        let path = line.split(' ').nth(1).unwrap_or_default();
        if line.starts_with("GET ") {
            let size = path.rsplit('/').next().and_then(|last| last.parse().ok());
            give(stream, &state.pattern, size.unwrap_or(0))?;
            continue;
        }
        take(&mut input, length, state)?;
        let answer = if path.ends_with("/chatfiles") {
            EASEMOB_ANSWER
        } else {
            NETEASE_ANSWER
        };
        let mut stream = stream;
        stream.write_all(head("application/json", answer.len() as u64, answer).as_bytes())?;
    }
    Ok(())
}

/// The request line and the length of the body; `None` when there is no more.
fn read_head(input: &mut impl BufRead) -> io::Result<Option<(String, u64)>> {
    let mut first = String::new();
    if input.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut length = 0;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 || line == "\r\n" {
            return Ok(Some((first, length)));
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
}

fn take(input: &mut impl BufRead, length: u64, state: &State) -> io::Result<()> {
    let mut body = input.take(length);
    if length <= KEPT_MAX as u64 {
        let mut kept = Vec::new();
        body.read_to_end(&mut kept)?;
        *state.lock() = kept;
        return Ok(());
    }
    loop {
        match body.fill_buf()?.len() {
            0 => return Ok(()),
            n => body.consume(n),
        }
    }
}

fn give(mut stream: &TcpStream, pattern: &[u8], size: u64) -> io::Result<()> {
    stream.write_all(head("application/octet-stream", size, "").as_bytes())?;
    let mut left = size;
    while left > 0 {
        let n = usize::try_from(left).map_or(pattern.len(), |left| left.min(pattern.len()));
        stream.write_all(&pattern[..n])?;
        left -= n as u64;
    }
    Ok(())
}

fn head(content_type: &str, length: u64, body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}
