//! What the store of OpenIM does in time: silence, answers that nobody reads, idle connections, refusals before the end.

use std::io::{BufRead, Read};
use std::net::Shutdown;
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

/// Moves the clock on, second by second, until there is an answer, and says how many that took at most.
fn in_time(emulator: &Emulator, connection: &mut Connection) -> (Reply, i64) {
    let wait = |connection: &Connection, longest| {
        let stream = connection.0.get_ref();
        stream.set_read_timeout(Some(longest)).unwrap();
    };
    wait(connection, Duration::from_millis(1));
    let mut seconds = 0;
    while connection.0.fill_buf().is_err() {
        emulator.control().advance_seconds(1);
        seconds += 1;
    }
    wait(connection, LIMIT);
    (connection.reply(), seconds)
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
    // What is left is waited for once more before it is answered, and again before the connection ends.
    let (reply, seconds) = in_time(&emulator, &mut connection);
    assert!(seconds > 30, "{seconds}");
    assert!(reply.status == 503 && reply.text().contains("<Code>RequestTimeout</Code>"));
    assert_eq!(reply.header("retry-after"), Some("60"));
    assert_eq!(reply.header("connection"), Some("close"));
    assert_eq!(outlast(&emulator, &mut connection, 31), 0);
    assert_eq!(get(&emulator, "/openim/k", &[]).status, 404);
}

/// A form that does not come whole: the size of its file, how much of the form comes, and with which code and words it is
/// refused. `{end}` is what Go says of how it ended.
type CutForm = (usize, fn(&str) -> usize, &'static str);

/// Up to the end of what stands there first.
fn up_to(body: &str, text: &str) -> usize {
    body.find(text).unwrap() + text.len()
}

const FILE: &str = "Content-Type: image/png\r\n\r\n";
const NEXT: &str = "MalformedPOSTRequest (multipart: NextPart: {end})";
const WITHIN: &str = "MalformedPOSTRequest ({end})";
const NO_COLON: &str =
    "MalformedPOSTRequest (malformed MIME header: missing colon: &#34;Content-D&#34;)";

const CUT_FORMS: &[CutForm] = &[
    (300_000, |_| 0, NEXT),
    (300_000, |_| 4, NEXT),
    (300_000, |body| up_to(body, "\r\nContent-D"), NO_COLON),
    (300_000, |body| up_to(body, "; name"), WITHIN),
    (
        300_000,
        |body| up_to(body, "name=\"policy\"\r\n\r\ney"),
        WITHIN,
    ),
    (300_000, |body| up_to(body, "Content-Type: image"), WITHIN),
    (300_000, |body| up_to(body, FILE), "{in file}"),
    (300_000, |body| up_to(body, FILE) + 5_000, "{in file}"),
    // Little is left.
    (300_000, |body| up_to(body, FILE) + 200_000, "{in file}"),
    // The file is whole, as what follows looks like its end, but who sent it is gone.
    (
        300_000,
        |body| body.rfind("--\r\n").unwrap(),
        "ClientDisconnected",
    ),
    (300_000, |body| body.rfind("\r\n").unwrap(), ""),
    // A small file is read with the fields.
    (100, |body| up_to(body, FILE) + 5, WITHIN),
    (
        100,
        |body| body.rfind("--\r\n").unwrap(),
        "ClientDisconnected",
    ),
];

/// Sends what comes of a form; says whether much is left of it.
fn send_cut((size, cut, _): CutForm, emulator: &Emulator) -> (Connection, bool) {
    let form = initiate_form(emulator, &admin(emulator), "imAdmin/a", size);
    let body = filled(&fields_of(&form), "x".repeat(size).as_bytes());
    let sent = cut(std::str::from_utf8(&body).unwrap());
    let mut connection = Connection::open(emulator);
    connection.send(head("POST", "/openim", &[FORM], body.len()));
    connection.send(&body[..sent]);
    let seen = emulator.control().wait_for(LIMIT, |seen| {
        let last = seen.last();
        last.is_some_and(|entry| entry.path == "/openim" && entry.body_bytes == sent as u64)
    });
    assert!(seen.is_some());
    (connection, body.len() - sent >= 256 * 1024)
}

#[track_caller]
fn check_cut(reply: &Reply, expected: &str, in_file: &str, end: &str) {
    let expected = expected.replace("{in file}", in_file).replace("{end}", end);
    let (code, words) = expected.split_once(' ').unwrap_or((&expected, ""));
    let status = match code {
        "" => 200,
        "MalformedPOSTRequest" => 400,
        "ClientDisconnected" => 499,
        _ => 503,
    };
    let text = reply.text();
    assert_eq!(reply.status, status, "{expected}: {text}");
    assert!(
        text.contains(code) && text.contains(words),
        "{expected}: {text}"
    );
    let wait = (status == 503).then_some("60");
    assert_eq!(reply.header("retry-after"), wait, "{expected}");
}

#[test]
fn a_form_that_is_half_closed_is_told_so_by_the_place() {
    let emulator = start();
    for &form in CUT_FORMS {
        let (mut connection, is_much) = send_cut(form, &emulator);
        connection.0.get_ref().shutdown(Shutdown::Write).unwrap();
        let reply = connection.reply();
        check_cut(&reply, form.2, "ClientDisconnected", "unexpected EOF");
        let closes = is_much || reply.status == 200;
        assert_eq!(reply.header("connection").is_some(), closes, "{}", form.2);
        assert_eq!(connection.drain().0, b"");
    }
}

#[test]
fn a_form_that_falls_silent_is_told_so_by_the_place() {
    let emulator = start();
    emulator.control().freeze_clock(true);
    for &form in CUT_FORMS {
        let (mut connection, is_much) = send_cut(form, &emulator);
        let own = connection.0.get_ref().local_addr().unwrap();
        let end = format!("read tcp {}-&gt;{own}: i/o timeout", emulator.addr());
        let (reply, seconds) = in_time(&emulator, &mut connection);
        check_cut(&reply, form.2, "RequestTimeout", &end);
        // What is little is waited for once more, or for the first time behind the end of the form.
        let least = match is_much || reply.status == 200 {
            true => 30,
            false => 60,
        };
        assert!(seconds >= least, "{}: {seconds}", form.2);
        assert_eq!(reply.header("connection"), Some("close"));
        assert_eq!(outlast(&emulator, &mut connection, 31), 0);
    }
}

#[test]
fn thirty_seconds_are_enough_where_much_is_left() {
    let emulator = start();
    let control = emulator.control();
    control.freeze_clock(true);
    let in_file: CutForm = (300_000, |body| up_to(body, FILE) + 5_000, "");
    let (mut connection, _) = send_cut(in_file, &emulator);
    control.advance_seconds(30);
    assert_eq!(connection.reply().status, 503);
}

#[test]
fn a_large_file_that_its_form_does_not_end_is_stored() {
    let emulator = start();
    let form = initiate_form(&emulator, &admin(&emulator), "imAdmin/a", 300_000);
    let body = filled(&fields_of(&form), &[b'x'; 300_000]);
    for (missing, status) in [(1_000, 200), (250_000, 400)] {
        let cut = &body[..body.len() - missing];
        let reply = request(&emulator, "POST", "/openim", &[FORM], cut);
        assert_eq!(reply.status, status, "{missing}: {}", reply.text());
    }
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
