//! What the store of OpenIM does in time: silence, answers that nobody reads, idle connections, refusals before the end.

use std::io::Read;
use std::time::Duration;

use crate::common::*;
use crate::openim_kit::*;
use chatfile_emulator::{Emulator, OpenimConfig};

/// Longer than a test ever takes where it does not hang.
const LIMIT: Duration = Duration::from_secs(60);

fn public() -> Emulator {
    start_openim(OpenimConfig {
        public_read: true,
        ..OpenimConfig::default()
    })
}

/// Half of a PUT, of which the rest does not come.
fn half(emulator: &Emulator) -> Connection {
    let mut connection = Connection::open(emulator);
    connection.send("PUT /openim/k HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello");
    let journal = emulator.control();
    let seen = journal.wait_for(LIMIT, |seen| {
        seen.last().is_some_and(|entry| entry.body_bytes == 5)
    });
    assert!(seen.is_some());
    connection
}

/// Moves the clock on, again and again, until the server has ended the connection.
fn outlast(emulator: &Emulator, connection: &mut Connection, seconds: i64) -> usize {
    let stream = connection.0.get_mut();
    stream
        .set_read_timeout(Some(Duration::from_millis(20)))
        .unwrap();
    let (mut buffer, mut count) = (vec![0; 65_536], 0);
    loop {
        emulator.control().advance_seconds(seconds);
        match stream.read(&mut buffer) {
            Ok(0) => return count,
            Ok(read) => count += read,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {}
            Err(_) => return count,
        }
    }
}

#[test]
fn thirty_seconds_of_silence_in_a_body_are_a_timeout() {
    let emulator = public();
    let control = emulator.control();
    control.freeze_clock(true);
    let mut connection = half(&emulator);
    control.advance_seconds(29);
    connection.send("wo");
    let seen = control.wait_for(LIMIT, |seen| seen[0].body_bytes == 7);
    assert!(seen.is_some());
    control.advance_seconds(29);
    assert_eq!(control.journal()[0].status, None);
    control.advance_seconds(1);
    let reply = connection.reply();
    assert!(reply.status == 503 && reply.text().contains("<Code>RequestTimeout</Code>"));
    assert_eq!(reply.header("retry-after"), Some("60"));
    assert_eq!(reply.header("connection"), Some("close"));
    assert_eq!(get(&emulator, "/openim/k", &[]).status, 404);
}

#[test]
fn silence_is_borne_for_ever_where_that_is_set() {
    let emulator = start_openim(OpenimConfig {
        public_read: true,
        silence: 0,
        retry_after: None,
        ..OpenimConfig::default()
    });
    let mut connection = half(&emulator);
    emulator.control().advance_seconds(3600);
    connection.send("world");
    assert_eq!(connection.reply().status, 200);
    assert_eq!(get(&emulator, "/openim/k", &[]).text(), "helloworld");
}

#[test]
fn idle_connections_of_the_store_end_and_those_of_the_api_stay() {
    let emulator = public();
    let mut store = Connection::open(&emulator);
    store.request("GET", "/openim/none", &[], b"");
    let mut api = Connection::open(&emulator);
    api.request("GET", "/object/none", &[], b"");
    assert_eq!(outlast(&emulator, &mut store, 31), 0);
    assert_eq!(api.request("GET", "/object/none", &[], b"").status, 404);
}

#[test]
fn an_answer_that_nobody_reads_is_cut() {
    const SIZE: usize = 64 * 1024 * 1024;
    let emulator = public();
    let content = vec![7; SIZE];
    assert_eq!(
        request(&emulator, "PUT", "/openim/big", &[], &content).status,
        200
    );
    let mut connection = Connection::open(&emulator);
    connection.send("GET /openim/big HTTP/1.1\r\nHost: x\r\n\r\n");
    let control = emulator.control();
    assert!(control.wait_for(LIMIT, |seen| seen.len() == 2).is_some());
    // More than buffers hold cannot be on its way: once no connection is left, it was cut.
    while control.connections() > 0 {
        control.advance_seconds(31);
        std::thread::yield_now();
    }
    let (got, _) = connection.drain();
    assert!(got.len() < SIZE, "{}", got.len());
}

#[test]
fn a_large_body_that_is_refused_early_is_not_read() {
    const SIZE: usize = 8 * 1024 * 1024;
    let emulator = start();
    let head = format!("PUT /openim/k HTTP/1.1\r\nHost: x\r\nContent-Length: {SIZE}\r\n\r\n");
    let mut connection = Connection::open(&emulator);
    connection.send(&head);
    connection.send(vec![0; 65_536]);
    let reply = connection.reply();
    assert!(reply.status == 403 && reply.text().contains("AccessDenied"));
    assert_eq!(reply.header("connection"), Some("close"));
    // What is left of a smaller one is read, and the connection goes on.
    let mut connection = Connection::open(&emulator);
    let small = connection.request("PUT", "/openim/k", &[], &[0; 65_536]);
    assert!(small.status == 403 && small.header("connection").is_none());
    assert_eq!(connection.request("GET", "/openim/k", &[], b"").status, 403);
}
