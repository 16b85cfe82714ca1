//! A raw TCP server that records what it is sent, byte for byte, and answers what a test says.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What is answered to a request, given its bytes.
type Answerer = dyn Fn(&[u8]) -> Vec<u8> + Send + Sync;

/// Answers each request on each connection, then closes the connection.
pub struct RawServer {
    address: std::net::SocketAddr,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl RawServer {
    /// Answers the same to every request.
    pub fn answering(answer: &'static [u8]) -> Self {
        Self::start(move |_| answer.to_vec())
    }

    /// Answers what `answer` makes of a request's bytes.
    pub fn start(answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let stop = Arc::<AtomicBool>::default();
        let (record, stopped) = (Arc::clone(&requests), Arc::clone(&stop));
        let answer: Box<Answerer> = Box::new(answer);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Acquire) {
                    return;
                }
                serve(stream.unwrap(), &record, &answer);
            }
        });
        Self {
            address,
            requests,
            stop,
            thread: Some(thread),
        }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, head and body.
    pub fn requests(&self) -> Vec<Vec<u8>> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // Wakes the thread, which then sees that it is to stop.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(stream: TcpStream, record: &Mutex<Vec<Vec<u8>>>, answer: &Answerer) {
    let mut reader = BufReader::new(&stream);
    if let Some(request) = read_request(&mut reader) {
        let answer = answer(&request);
        record.lock().unwrap().push(request);
        // A client that has seen enough may be gone.
        let _ = (&stream).write_all(&answer);
    }
}

/// Reads one request with a stated length; `None` when the connection ends before it is whole.
fn read_request(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    let mut length = 0;
    loop {
        let start = request.len();
        if reader.read_until(b'\n', &mut request).ok()? == 0 {
            return None;
        }
        let line = request[start..].trim_ascii();
        if line.is_empty() {
            break;
        }
        let field = String::from_utf8_lossy(line).to_ascii_lowercase();
        if let Some(value) = field.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let start = request.len();
    request.resize(start + length, 0);
    reader.read_exact(&mut request[start..]).ok()?;
    Some(request)
}
