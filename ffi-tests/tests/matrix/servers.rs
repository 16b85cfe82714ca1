//! Other sides that are less than a server.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// An address that refuses connections while the socket lives: it is taken, and nobody listens.
pub fn closed() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket
        .bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())
        .unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}

/// An address that takes connections and never says a word.
pub fn silent() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// An address whose queue is full: the kernel answers no further SYN.
pub fn full() -> ((Socket, Vec<TcpStream>), SocketAddr) {
    let (socket, address) = closed();
    socket.listen(0).unwrap();
    let mut waiting = Vec::new();
    // One that is given up may just have been slow on a busy machine, but hardly twice in a row.
    let one_more = || TcpStream::connect_timeout(&address, Duration::from_millis(100)).ok();
    while let Some(stream) = one_more().or_else(one_more) {
        waiting.push(stream);
        assert!(waiting.len() < 100, "the queue has no end");
    }
    ((socket, waiting), address)
}

/// Answers every request head with the same bytes, then closes.
pub struct Parrot {
    address: SocketAddr,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Parrot {
    pub fn start(answer: &'static str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if seen.load(Ordering::Acquire) {
                    return;
                }
                // Whoever hangs up early has got what it wanted.
                let _ = repeat(stream, answer);
            }
        });
        Self {
            address,
            over,
            thread: Some(thread),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn repeat(stream: TcpStream, answer: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    let mut length = 0;
    while reader.read_line(&mut line)? > 0 && line != "\r\n" {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    // Unread bytes would turn the close into a reset.
    let mut rest = std::io::Read::take(&mut reader, length);
    std::io::copy(&mut rest, &mut std::io::sink())?;
    reader.get_mut().write_all(answer.as_bytes())
}

impl Drop for Parrot {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
