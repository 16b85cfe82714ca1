//! A raw server: it does to each connection what a test says, byte for byte.

use super::certificate;
use super::kit::PATIENCE;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Its threads end with their connections and with the test program.
pub struct Server {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `serve` is run for each connection, on a thread of its own.
    pub fn start(serve: impl Fn(&mut Visit) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self::listen(listener, |socket| Box::new(socket), serve)
    }

    /// As [`Server::start`], under TLS with [`certificate::PEM`].
    pub fn start_tls(serve: impl Fn(&mut Visit) + Send + Sync + 'static) -> Self {
        let config = certificate::server_config();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let secure = move |socket| {
            let tls = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            Box::new(rustls::StreamOwned::new(tls, socket)) as Box<dyn Wire>
        };
        Self::listen(listener, secure, serve)
    }

    pub fn listen(
        listener: TcpListener,
        wrap: impl Fn(TcpStream) -> Box<dyn Wire> + Send + 'static,
        serve: impl Fn(&mut Visit) + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (seen, serve) = (Arc::clone(&heads), Arc::new(serve));
        std::thread::spawn(move || {
            for (number, socket) in listener.incoming().enumerate() {
                let Ok(socket) = socket else { continue };
                // So that no thread outlives a failed test for ever.
                socket.set_read_timeout(Some(PATIENCE)).unwrap();
                socket.set_write_timeout(Some(PATIENCE)).unwrap();
                socket.set_nodelay(true).unwrap();
                let mut visit = Visit {
                    number,
                    wire: wrap(socket),
                    heads: Arc::clone(&seen),
                };
                let serve = Arc::clone(&serve);
                std::thread::spawn(move || serve(&mut visit));
            }
        });
        Self { address, heads }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn tls_url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The heads of the requests seen, in lower case, the oldest first.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

pub trait Wire: Read + Write + Send {}

impl<T: Read + Write + Send> Wire for T {}

/// One connection.
pub struct Visit {
    /// Counts connections from 0.
    pub number: usize,
    wire: Box<dyn Wire>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Visit {
    /// The head of the next request, in lower case; empty if none comes.
    pub fn head(&mut self) -> String {
        let mut head = Vec::new();
        // Byte by byte: what follows belongs to the body.
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match self.wire.read(&mut byte) {
                Ok(1) => head.push(byte[0]),
                _ => return String::new(),
            }
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        self.heads.lock().unwrap().push(head.clone());
        head
    }

    /// The next request with its whole body.
    pub fn request(&mut self) -> (String, u64) {
        let head = self.head();
        let length = field(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        let got = self.take(length);
        (head, got)
    }

    /// Reads so many bytes, or fewer if the connection ends; says how many.
    pub fn take(&mut self, count: u64) -> u64 {
        let mut taken = 0;
        let mut buffer = vec![0; 64 * 1024];
        while taken < count {
            let room = buffer.len().min(usize::try_from(count - taken).unwrap());
            match self.wire.read(&mut buffer[..room]) {
                Ok(0) | Err(_) => break,
                Ok(got) => taken += got as u64,
            }
        }
        taken
    }

    pub fn take_exact<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.wire.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Sends something; the client may be gone already.
    pub fn say(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.wire.write_all(bytes.as_ref())?;
        self.wire.flush()
    }

    /// A whole answer, behind which the connection ends.
    pub fn answer(&mut self, status: u16, fields: &str, body: &str) {
        let head = format!(
            "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n{fields}\r\n",
            body.len()
        );
        let _ = self.say(head + body);
    }
}

/// The value of a header field; the name is in lower case.
pub fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.trim())
}
