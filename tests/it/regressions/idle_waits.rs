//! Who waits sleeps until there is something to do, but for a look now and then
//! whether to go on. Linux counts how often a thread has gone to sleep.

use super::kit::{must_end, single_attempt, with_token};
use super::server::Server;
use chatfile::{CancelHandle, Source, Status, UploadOptions};
use socket2::{Domain, Socket, Type};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// So often a call asks here before it ends.
const QUESTIONS: usize = 5;

/// A question comes at the third or fourth look after the one before.
const SLEEPS_BETWEEN: u64 = 8;

/// How often this thread has waited so far.
fn sleeps() -> u64 {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
    let field = status
        .lines()
        .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    field.unwrap().trim().parse().unwrap()
}

/// Waits for a server that keeps it waiting, and counts the sleeps between two
/// questions whether to go on.
fn wait_for(base_url: String, length: usize) {
    let counts = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&counts);
    let cancel = CancelHandle::asking(move || {
        let mut counts = seen.lock().unwrap();
        counts.push(sleeps());
        counts.len() < QUESTIONS
    });
    let status = must_end(move || {
        let client = with_token(base_url, single_attempt());
        let options = UploadOptions::default().cancel(cancel);
        let sent = client.upload(Source::bytes(&vec![7; length]), options);
        sent.map(|upload| upload.attempts).unwrap_err().status()
    });
    assert_eq!(status, Status::Cancelled);
    let counts = counts.lock().unwrap();
    // What comes before the first question is no wait.
    for (before, after) in counts[1..].iter().zip(&counts[2..]) {
        assert!(after - before <= SLEEPS_BETWEEN, "{counts:?}");
    }
}

/// Answers nothing until the client has gone.
fn silent() -> Server {
    Server::start(|visit| while !visit.head().is_empty() {})
}

#[test]
fn of_a_connect() {
    let full = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    full.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())
        .unwrap();
    full.listen(0).unwrap();
    let address = full.local_addr().unwrap().as_socket().unwrap();
    // Once the queue is full, the system answers no further SYN.
    let one_more = || TcpStream::connect_timeout(&address, Duration::from_millis(100)).ok();
    let mut queue = Vec::new();
    while let Some(stream) = one_more().or_else(one_more) {
        queue.push(stream);
    }
    wait_for(format!("http://{address}"), 1);
}

#[test]
fn of_a_tls_handshake() {
    let server = Server::start(|visit| {
        visit.take(u64::MAX);
    });
    wait_for(server.tls_url(), 1);
}

#[test]
fn of_an_answer() {
    wait_for(silent().url(), 1);
}

#[test]
fn of_room_to_send() {
    let server = Server::start(|visit| {
        visit.head();
        // Until the test program ends.
        std::thread::park();
    });
    wait_for(server.url(), 64 * 1024 * 1024);
}
