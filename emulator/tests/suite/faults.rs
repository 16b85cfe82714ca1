//! Each fault, as a client on a raw socket sees it.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use crate::common::*;
use chatfile_emulator::{Action, Canned, Config, Emulator, Entry, Rule, Timing};

/// Only a bug makes a test wait that long.
const SOON: Duration = Duration::from_secs(60);

/// A NetEase file of 1000 bytes, whose address needs no token; its path.
fn file(emulator: &Emulator) -> (String, Vec<u8>) {
    let content: Vec<u8> = (0..1000_u32).map(|n| (n % 251) as u8).collect();
    let form = file_form("content", "a.bin", "application/octet-stream", &content);
    (
        stored(&netease(emulator, FILE_UPLOAD, FORM.1, &form)),
        content,
    )
}

fn with(action: Action) -> (Emulator, String, Vec<u8>) {
    let emulator = start();
    let (path, content) = file(&emulator);
    emulator.control().add_fault(Rule::new(action)).unwrap();
    (emulator, path, content)
}

fn open(emulator: &Emulator, path: &str) -> Connection {
    let mut connection = Connection::open(emulator);
    connection.send(head("GET", path, &[], 0));
    connection
}

/// Sends a head that announces `length` bytes, and those in `body`.
fn begin_upload(emulator: &Emulator, length: usize, body: &[u8]) -> Connection {
    let mut connection = Connection::open(emulator);
    connection.send(head("POST", &format!("{APP}/chatfiles"), &[FORM], length));
    connection.send(body);
    connection
}

fn last(emulator: &Emulator) -> Entry {
    emulator.control().journal().pop().unwrap()
}

fn wait(emulator: &Emulator, done: impl Fn(&Entry) -> bool) -> Entry {
    emulator
        .control()
        .wait_for(SOON, |entries| entries.last().is_some_and(&done))
        .and_then(|mut entries| entries.pop())
        .expect("the journal never got there")
}

/// Lets stalled connections go until this one ends, and returns what still came.
fn release(emulator: &Emulator, connection: &mut Connection) -> (Vec<u8>, std::io::Result<()>) {
    emulator.control().clear_faults();
    connection.drain()
}

#[track_caller]
fn is_reset(result: &std::io::Result<()>) {
    let kind = result.as_ref().unwrap_err().kind();
    assert_eq!(kind, ErrorKind::ConnectionReset);
}

#[test]
fn any_answer_after_the_body() {
    let emulator = start();
    let canned = Canned {
        status: 503,
        headers: vec![
            ("Retry-After".to_owned(), "7".to_owned()),
            ("Set-Cookie".to_owned(), "a=1".to_owned()),
            ("Set-Cookie".to_owned(), "b=2".to_owned()),
        ],
        content_type: Some("text/html".to_owned()),
        body_base64: Some("AP8=".to_owned()),
        ..Canned::default()
    };
    let rule = Rule::new(Action::Answer(canned))
        .service("easemob")
        .verb("upload");
    emulator.control().add_fault(rule).unwrap();
    let reply = easemob_upload(&emulator, "Bearer x", &[], &[7; 5000]);
    assert_eq!((reply.status, reply.body.as_slice()), (503, &[0, 255][..]));
    assert_eq!(reply.header("retry-after"), Some("7"));
    assert_eq!(reply.header("content-type"), Some("text/html"));
    assert_eq!(
        reply
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
            .count(),
        2
    );
    // It is the service that fails, so browsers may still read it.
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    let entry = last(&emulator);
    assert_eq!(
        (entry.status, entry.fault.as_deref()),
        (Some(503), Some("answer"))
    );
    assert!(entry.body_bytes > 5000);
    // Other calls are not touched.
    app_token(&emulator);
}

#[test]
fn early_answers() {
    let early = |timing| {
        let emulator = start();
        let canned = Canned {
            status: 500,
            timing,
            ..Canned::default()
        };
        emulator
            .control()
            .add_fault(Rule::new(Action::Answer(canned)).times(1))
            .unwrap();
        // The answer comes though a thousand bytes are still owed.
        let mut connection = begin_upload(&emulator, 1000, b"");
        let reply = connection.reply();
        assert_eq!(reply.status, 500);
        (emulator, connection, reply)
    };
    let (_emulator, mut connection, reply) = early(Timing::EarlyClose);
    assert_eq!(reply.header("connection"), Some("close"));
    assert_eq!(connection.drain().0, b"");

    let (emulator, mut connection, _) = early(Timing::EarlyDrain);
    connection.send(vec![b'x'; 1000]);
    let reply = connection.request("GET", "/srv-sdk/allocate", &[], b"");
    assert_eq!(reply.status, 200);
    // The rest is thrown away by a task of its own, which may be a moment behind.
    let journal = emulator
        .control()
        .wait_for(SOON, |entries| entries[0].body_bytes == 1000)
        .expect("the body was not drained");
    assert_eq!(journal[1].request_of_connection, 2);

    let (emulator, mut connection, _) = early(Timing::EarlyKeepOpen);
    connection.send(vec![b'x'; 1000]);
    connection.send(head("GET", "/srv-sdk/allocate", &[], 0));
    let (rest, end) = release(&emulator, &mut connection);
    assert_eq!(rest, b"");
    is_reset(&end);
    let journal = emulator.control().journal();
    assert_eq!((journal.len(), journal[0].body_bytes), (1, 0));
}

#[test]
fn errors_of_the_services_by_name() {
    let emulator = start();
    let control = emulator.control();
    let arm = |service: &str, name: &str| {
        control.clear_faults();
        let action = Action::ServiceError {
            name: name.to_owned(),
            timing: Timing::AfterBody,
        };
        control
            .add_fault(Rule::new(action).service(service))
            .unwrap();
    };
    let easemob = [
        ("unauthorized", 401, "unauthorized"),
        ("auth_bad_access_token", 401, "auth_bad_access_token"),
        ("invalid_grant", 400, "invalid_grant"),
        ("json_parse", 400, "json_parse"),
        ("illegal_argument", 400, "illegal_argument"),
        ("no_permission", 403, "forbidden_op"),
        ("forbidden_op", 403, "forbidden_op"),
        ("entity_not_found", 404, "entity_not_found"),
        ("file_expired", 404, "file_expired"),
        (
            "service_resource_not_found",
            404,
            "service_resource_not_found",
        ),
        (
            "organization_application_not_found",
            404,
            "organization_application_not_found",
        ),
        ("405", 405, "web_application"),
        (
            "concurrent_operation_error",
            409,
            "concurrent_operation_error",
        ),
        ("413", 413, "file exceeding maximum limit"),
        ("415", 415, "web_application"),
        ("reach_limit", 429, "reach_limit"),
        ("resource_limited", 429, "resource_limited"),
        ("503_limit", 503, "reach_limit"),
        ("no_full_text_index", 500, "no_full_text_index"),
        (
            "unsupported_service_operation",
            500,
            "unsupported_service_operation",
        ),
        ("web_application", 500, "web_application"),
    ];
    for (name, status, error) in easemob {
        arm("easemob", name);
        let reply = token_request(&emulator, "{}", &[]);
        assert_eq!(
            (reply.status, reply.json()["error"].as_str()),
            (status, Some(error)),
            "{name}"
        );
        assert!(reply.json()["error_description"].is_string());
    }
    for (name, status) in [
        ("408", 408),
        ("413_html", 413),
        ("501", 501),
        ("502", 502),
        ("503", 503),
        ("504", 504),
    ] {
        arm("easemob", name);
        let reply = token_request(&emulator, "{}", &[]);
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (status, Some("text/html"))
        );
    }
    let codes = [
        201, 301, 302, 315, 403, 404, 405, 406, 408, 413, 414, 415, 416, 417, 418, 419, 422, 423,
        431, 500, 503, 508, 509, 514, 998, 999,
    ];
    for expected in codes {
        arm("netease", &expected.to_string());
        let reply = netease(&emulator, UPLOAD, URL_ENCODED, b"content=YWJj");
        assert_eq!(code(&reply), expected);
        assert!(!reply.json()["desc"].as_str().unwrap().is_empty());
    }
    // The store has this one itself.
    arm("netease", "404");
    let reply = get(&emulator, "/MTAwMDAwMQ==/YWJj", &[]);
    assert!(reply.status == 404 && reply.text().contains("<Code>NoSuchKey</Code>"));
}

#[test]
fn a_delay_is_real_time() {
    let (emulator, path, content) = with(Action::Delay { ms: 120 });
    let start = Instant::now();
    let reply = get(&emulator, &path, &[]);
    assert!(start.elapsed() >= Duration::from_millis(120));
    assert!(reply.body == content);
}

#[test]
fn a_held_answer_comes_when_the_faults_are_removed() {
    let (emulator, path, content) = with(Action::Hold);
    let mut held = open(&emulator, &path);
    wait(&emulator, |entry| entry.fault.as_deref() == Some("hold"));
    // Whoever comes next is held, too.
    let mut other = open(&emulator, &path);
    let entry = wait(&emulator, |entry| entry.sequence == 3);
    assert_eq!(entry.status, None);
    emulator.control().clear_faults();
    assert!(held.reply().body == content);
    assert!(other.reply().body == content);
    // A rule that is there again holds again.
    let rule = Rule::new(Action::Hold);
    emulator.control().add_fault(rule).unwrap();
    held.send(head("GET", &path, &[], 0));
    wait(&emulator, |entry| entry.sequence == 4);
    emulator.control().clear_faults();
    assert!(held.reply().body == content);
}

#[test]
fn the_journal_says_when_a_request_was_read_to_its_end() {
    let emulator = start();
    let mut connection = begin_upload(&emulator, 1000, &[b'x'; 999]);
    let entry = wait(&emulator, |entry| entry.body_bytes == 999);
    assert!(!entry.body_ended);
    connection.send(b"x");
    assert_eq!(wait(&emulator, |entry| entry.body_ended).body_bytes, 1000);
    connection.reply();
    // What has no body has no more of it.
    open(&emulator, "/nowhere").reply();
    assert!(last(&emulator).body_ended);
}

#[test]
fn stalled_uploads_are_neither_read_nor_answered() {
    let emulator = start();
    let rule = Rule::new(Action::StallReceiving { after: 100 });
    emulator.control().add_fault(rule).unwrap();
    let mut connection = begin_upload(&emulator, 1_000_000, &[b'x'; 100]);
    let entry = wait(&emulator, |entry| entry.body_bytes >= 100);
    assert_eq!((entry.body_bytes, entry.status), (100, None));
    connection.send([b'x'; 1000]);
    let (rest, end) = release(&emulator, &mut connection);
    assert_eq!(rest, b"");
    is_reset(&end);
    assert_eq!(last(&emulator).body_bytes, 100);
}

#[test]
fn a_stalled_upload_blocks_a_client_with_a_small_window() {
    let emulator = Emulator::start(Config {
        receive_buffer: Some(4096),
        ..Config::default()
    })
    .unwrap();
    let rule = Rule::new(Action::StallReceiving { after: 0 });
    emulator.control().add_fault(rule).unwrap();
    let mut connection = begin_upload(&emulator, 1 << 30, b"");
    wait(&emulator, |entry| entry.fault.is_some());
    connection
        .0
        .get_mut()
        .set_write_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let piece = vec![0; 1 << 20];
    let blocked = (0..64).any(|_| connection.try_send(&piece).is_err());
    assert!(blocked, "64 MB went into a connection that nobody reads");
}

#[test]
fn stalled_answers() {
    let (emulator, path, _) = with(Action::StallHead { after: 12 });
    let mut connection = open(&emulator, &path);
    let mut start = [0; 12];
    connection.0.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    let (rest, end) = release(&emulator, &mut connection);
    assert_eq!(rest, b"");
    is_reset(&end);

    let (emulator, path, _) = with(Action::StallHead { after: 0 });
    let mut connection = open(&emulator, &path);
    wait(&emulator, |entry| {
        entry.status == Some(200) && entry.verb == "download"
    });
    assert_eq!(release(&emulator, &mut connection).0, b"");

    let (emulator, path, content) = with(Action::StallBody { after: 300 });
    let mut connection = open(&emulator, &path);
    assert_eq!(
        connection.head().unwrap().header("content-length"),
        Some("1000")
    );
    let mut start = [0; 300];
    connection.0.read_exact(&mut start).unwrap();
    assert!(start[..] == content[..300]);
    let (rest, end) = release(&emulator, &mut connection);
    assert_eq!(rest, b"");
    is_reset(&end);
}

#[test]
fn resets_are_real() {
    let emulator = start();
    let rule = Rule::new(Action::ResetReceiving { after: 100 });
    emulator.control().add_fault(rule).unwrap();
    let mut connection = begin_upload(&emulator, 1_000_000, &[b'x'; 100]);
    let (rest, end) = connection.drain();
    assert_eq!(rest, b"");
    is_reset(&end);
    assert_eq!(last(&emulator).body_bytes, 100);

    for handle in [false, true] {
        let (emulator, path, _) = with(Action::ResetBeforeAnswer { handle });
        let (rest, end) = open(&emulator, &path).drain();
        assert_eq!(rest, b"");
        is_reset(&end);
    }

    let (emulator, path, content) = with(Action::ResetBody { after: 300 });
    let mut connection = open(&emulator, &path);
    assert_eq!(
        connection.head().unwrap().header("content-length"),
        Some("1000")
    );
    let (rest, end) = connection.drain();
    assert!(rest == content[..300], "{} bytes", rest.len());
    is_reset(&end);
}

#[test]
fn an_unanswered_request_may_have_taken_effect() {
    for (handle, files) in [(false, 0), (true, 2)] {
        let emulator = start();
        let rule = Rule::new(Action::CloseBeforeAnswer { handle }).verb("file_upload");
        emulator.control().add_fault(rule).unwrap();
        let form = file_form("content", "a", "text/plain", b"x");
        let signed = signed(&emulator);
        let mut headers: Vec<(&str, &str)> = signed
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        headers.push(FORM);
        let mut connection = Connection::open(&emulator);
        connection.send(head(
            "POST",
            &format!("/nimserver/{FILE_UPLOAD}"),
            &headers,
            form.len(),
        ));
        connection.send(&form);
        let (rest, end) = connection.drain();
        assert_eq!(rest, b"");
        assert!(end.is_ok(), "{end:?}");
        // Content and metadata.
        assert_eq!(
            std::fs::read_dir(emulator.folder().join("files"))
                .unwrap()
                .count(),
            files
        );
    }
}

#[test]
fn truncated_answers_end_cleanly() {
    for after in [0, 300, 999] {
        let (emulator, path, content) = with(Action::TruncateBody { after });
        let mut connection = open(&emulator, &path);
        assert_eq!(
            connection.head().unwrap().header("content-length"),
            Some("1000")
        );
        let (rest, end) = connection.drain();
        assert!(rest == content[..after as usize], "{} bytes", rest.len());
        assert!(end.is_ok(), "{end:?}");
    }
}

#[test]
fn damaged_and_disguised_answers() {
    let (emulator, path, content) = with(Action::CorruptBody { at: 700 });
    let reply = get(&emulator, &path, &[]);
    let differing: Vec<usize> = (0..1000)
        .filter(|i| reply.body[*i] != content[*i])
        .collect();
    assert_eq!(differing, [700]);

    let (emulator, path, content) = with(Action::CorruptBody { at: 5000 });
    assert!(get(&emulator, &path, &[]).body == content);

    let (emulator, path, content) = with(Action::ContentType {
        value: "text/html".to_owned(),
    });
    let reply = get(&emulator, &path, &[]);
    assert!(reply.body == content);
    assert_eq!(reply.header("content-type"), Some("text/html"));

    let (emulator, path, _) = with(Action::EmptyBody);
    let reply = get(&emulator, &path, &[]);
    assert_eq!(
        (reply.status, reply.header("content-length")),
        (200, Some("0"))
    );
}

#[test]
fn a_trickle_is_slow_but_complete() {
    let (emulator, path, content) = with(Action::Trickle {
        bytes_per_second: 5000,
    });
    let start = Instant::now();
    let reply = get(&emulator, &path, &[]);
    assert!(reply.body == content);
    assert!(
        start.elapsed() >= Duration::from_millis(190),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn redirects_lead_where_they_are_told() {
    let (emulator, path, _) = with(Action::Redirect {
        status: 307,
        location: "https://elsewhere.example/x".to_owned(),
        timing: Timing::AfterBody,
    });
    let reply = get(&emulator, &path, &[]);
    assert_eq!(
        (reply.status, reply.header("location")),
        (307, Some("https://elsewhere.example/x"))
    );
}

#[test]
fn big_answers_are_made_as_they_go() {
    // More than any buffer on the way; the emulator itself keeps a few blocks of it.
    let bytes = 50_000_000;
    for chunked in [false, true] {
        let (emulator, path, _) = with(Action::BigJson { bytes, chunked });
        let reply = get(&emulator, &path, &[]);
        assert_eq!(reply.body.len() as u64, bytes);
        assert_eq!(reply.header("content-length").is_none(), chunked);
        assert!(reply.body.starts_with(b"{\"padding\":\"x") && reply.body.ends_with(b"x\"}"));
    }
}

#[test]
fn connections_that_die_between_requests() {
    for reset in [false, true] {
        let (emulator, path, content) = with(Action::CloseAtReuse { reset });
        let mut connection = Connection::open(&emulator);
        assert!(connection.request("GET", &path, &[], b"").body == content);
        connection.send(head("GET", &path, &[], 0));
        let (rest, end) = connection.drain();
        assert_eq!((rest.len(), end.is_err()), (0, reset));
        // A fresh connection works.
        assert!(get(&emulator, &path, &[]).body == content);
    }
    let (emulator, path, content) = with(Action::CloseAfterAnswer);
    let mut connection = Connection::open(&emulator);
    let reply = connection.request("GET", &path, &[], b"");
    assert!(reply.body == content && reply.header("connection").is_none());
    let (rest, end) = connection.drain();
    assert!(rest.is_empty() && end.is_ok());
    // An answer without a body too.
    let mut connection = Connection::open(&emulator);
    connection.send(head("GET", &path, &[("If-None-Match", "*")], 0));
    assert_eq!(connection.reply().status, 304);
    assert_eq!(connection.drain().0, b"");
}

#[test]
fn every_third_call_fails() {
    let (emulator, path, _) = {
        let emulator = start();
        let (path, content) = file(&emulator);
        let rule = Rule::new(Action::json(500, "{}"))
            .service("netease")
            .verb("download")
            .every(3);
        emulator.control().add_fault(rule).unwrap();
        (emulator, path, content)
    };
    let statuses: Vec<u16> = (0..7).map(|_| get(&emulator, &path, &[]).status).collect();
    assert_eq!(statuses, [200, 200, 500, 200, 200, 500, 200]);
    assert_eq!(emulator.control().faults()[0].1, 2);
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let emulator = start();
    let control = emulator.control();
    let rules = [
        Rule::new(Action::EmptyBody).service("easymob"),
        Rule::new(Action::EmptyBody).verb("uplaod"),
        Rule::new(Action::EmptyBody)
            .service("easemob")
            .verb("file_upload"),
        Rule::new(Action::json(100, "")),
        Rule::new(Action::Trickle {
            bytes_per_second: 0,
        }),
        Rule::new(Action::Redirect {
            status: 200,
            location: String::new(),
            timing: Timing::AfterBody,
        }),
        Rule::new(Action::Answer(Canned {
            status: 200,
            headers: vec![("bad name".to_owned(), String::new())],
            ..Canned::default()
        })),
        Rule::new(Action::Answer(Canned {
            status: 200,
            body_base64: Some("!".to_owned()),
            ..Canned::default()
        })),
    ];
    for rule in rules {
        let error = control.add_fault(rule.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{rule:?}");
    }
    assert!(control.faults().is_empty());
}

#[test]
fn an_emulator_stops_though_connections_are_stalled() {
    // Those that did not end by themselves would be given five seconds, each time; a busy machine is slow now and then.
    let stops_soon = (0..10).any(|_| {
        let (emulator, path, _) = with(Action::StallBody { after: 10 });
        let mut connection = open(&emulator, &path);
        connection.head().unwrap();
        let start = Instant::now();
        drop(emulator);
        let took = start.elapsed();
        connection.drain().1.ok();
        took < Duration::from_secs(4)
    });
    assert!(stops_soon);
}
