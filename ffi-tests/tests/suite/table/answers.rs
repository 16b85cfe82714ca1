//! Answers that are refusals, or not what the service documents; mostly Easemob's.

use chatfile_emulator::{Action, Canned, EasemobOversize, Rule, Timing};

use super::cases;
use crate::protocol::Line;
use crate::recorder::RawServer;
use crate::world::{MIB, World, download, download_to, error, json, upload};

cases![
    a_200_that_is_no_upload,
    an_endless_json_answer,
    a_large_html_refusal,
    refusals_of_an_upload,
    refusals_of_a_download_leave_the_old_file,
    a_file_too_large_for_the_service: |config| config.easemob.max_upload = 1000,
    a_file_too_large_for_the_gateway: |config| {
        config.easemob.max_upload = 1000;
        config.easemob.oversize = EasemobOversize::Html;
    },
    a_file_that_has_expired,
    a_file_that_never_was,
    the_request_id_is_told,
    an_answer_without_length,
    a_chunked_answer_without_end,
    a_chunked_answer,
    a_part_is_no_file,
    a_coded_file_is_told_as_such,
    coded_json_is_refused_by_name,
    what_nobody_needs_of_an_answer_is_not_judged,
    folded_header_fields,
    interim_answers_are_passed_over,
    lengths_that_make_no_sense,
    an_early_refusal_is_heard,
    an_early_refusal_is_heard_when_the_gateway_hangs_up,
    an_early_refusal_is_heard_when_the_gateway_stops_reading: |config| {
        config.receive_buffer = Some(16 * 1024);
    },
    what_is_not_http,
    the_size_limit_of_a_download,
    the_size_limit_holds_without_a_stated_length,
];

fn a_200_that_is_no_upload(world: &mut World<'_>) {
    world.open_easemob();
    let no_entity = r#"{"action":"post","entities":[]}"#;
    let wrong_type = r#"{"action":"post","uri":"http://h/a/b/chatfiles","entities":[{"uuid":"0-1","type":"application"}]}"#;
    let no_uuid = r#"{"entities":[{"type":"chatfile"}]}"#;
    let bad_uuid = r#"{"entities":[{"type":"chatfile","uuid":"../../token"}]}"#;
    let html = Action::Answer(Canned {
        status: 200,
        content_type: Some("text/html".into()),
        body: "<html><body>Sign in to the hotel's network</body></html>".into(),
        ..Canned::default()
    });
    let made_up = [no_entity, wrong_type, no_uuid, bad_uuid, "{}", "", "null"].map(json);
    for action in made_up.into_iter().chain([html, Action::EmptyBody]) {
        world.control.clear_faults();
        world.control.clear_journal();
        world.fault(Rule::new(action).verb("upload"));
        let answer = world.fails(upload(100).with("progress", 1), "RESPONSE");
        assert_eq!(answer.number("http_status"), 200, "{answer}");
        assert_eq!(answer.number("attempts"), 1, "{answer}");
        assert_eq!(answer.number("phase"), 4, "{answer}");
        world.count("upload", 1);
    }
}

fn an_endless_json_answer(world: &mut World<'_>) {
    world.open_easemob();
    for chunked in [false, true] {
        world.control.clear_faults();
        let bytes = 1 << 40;
        world.fault(Rule::new(Action::BigJson { bytes, chunked }).verb("upload"));
        let answer = world.fails(upload(1), "RESPONSE");
        assert_eq!(answer.number("http_status"), 200);
    }
    for entry in world.requests("upload") {
        assert!(
            entry.answer_bytes < 64 * MIB,
            "{} bytes were taken",
            entry.answer_bytes
        );
    }
}

fn a_large_html_refusal(world: &mut World<'_>) {
    world.open_easemob_with("max_attempts", 1);
    let page = format!("<html>{}</html>", "x".repeat(3_000_000));
    world.fault(Rule::new(Action::Answer(Canned {
        status: 502,
        content_type: Some("text/html".into()),
        body: page,
        ..Canned::default()
    })));
    let answer = world.fails(upload(1), "UNAVAILABLE");
    assert_eq!(answer.number("http_status"), 502);
    assert!(
        answer.get("message").unwrap().len() < 1000,
        "the page is in the message"
    );
}

/// Easemob's documented errors: name, HTTP status, status here, whether to retry.
const ERRORS: &[(&str, i64, &str, i64)] = &[
    ("illegal_argument", 400, "SERVICE", 0),
    ("json_parse", 400, "SERVICE", 0),
    ("no_permission", 403, "FORBIDDEN", 0),
    ("entity_not_found", 404, "NOT_FOUND", 0),
    ("file_expired", 404, "EXPIRED", 0),
    ("organization_application_not_found", 404, "NOT_FOUND", 0),
    ("405", 405, "SERVICE", 0),
    ("408", 408, "UNAVAILABLE", 1),
    ("409", 409, "UNAVAILABLE", 1),
    ("413", 413, "TOO_LARGE", 0),
    ("413_html", 413, "TOO_LARGE", 0),
    ("415", 415, "SERVICE", 0),
    ("reach_limit", 429, "RATE_LIMITED", 1),
    ("resource_limited", 429, "RATE_LIMITED", 1),
    ("503_limit", 503, "RATE_LIMITED", 1),
    ("500", 500, "UNAVAILABLE", 1),
    ("501", 501, "UNAVAILABLE", 0),
    ("502", 502, "UNAVAILABLE", 1),
    ("503", 503, "UNAVAILABLE", 1),
    ("504", 504, "UNAVAILABLE", 1),
];

#[track_caller]
fn refused(world: &mut World<'_>, line: &Line, verb: &str) {
    for (name, http, status, retryable) in ERRORS {
        world.control.clear_faults();
        world.service_error(verb, name);
        let answer = world.fails(line.clone(), status);
        assert_eq!(answer.number("http_status"), *http, "{name}: {answer}");
        assert_eq!(answer.number("retryable"), *retryable, "{name}: {answer}");
        assert_eq!(answer.number("attempts"), 1, "{name}: {answer}");
        assert_eq!(answer.number("phase"), 4, "{name}: {answer}");
    }
}

fn refusals_of_an_upload(world: &mut World<'_>) {
    world.open_easemob_with("max_attempts", 1);
    refused(world, &upload(100).with("progress", 1), "upload");
}

fn refusals_of_a_download_leave_the_old_file(world: &mut World<'_>) {
    world.open_easemob_with("max_attempts", 1);
    let stored = world.ok(upload(100));
    let target = world.path("old");
    std::fs::write(&target, "old").unwrap();
    let line = download_to(stored.get("file").unwrap(), &target).with("progress", 1);
    refused(world, &line, "download");
    assert_eq!(std::fs::read(&target).unwrap(), b"old");
    let to_nowhere = line.with("path", world.path("new").display());
    refused(world, &to_nowhere, "download");
    assert_eq!(world.names(), ["old"]);
}

fn a_file_too_large_for_the_service(world: &mut World<'_>) {
    world.open_easemob();
    let answer = world.fails(upload(1001), "TOO_LARGE");
    assert_eq!(
        answer.get("service_code"),
        Some("file exceeding maximum limit")
    );
    // Refused by its stated length, before all of it was sent.
    let answer = world.fails(upload(9 * MIB), "TOO_LARGE");
    assert_eq!(answer.number("http_status"), 413);
    assert_eq!(answer.number("attempts"), 1);
}

fn a_file_too_large_for_the_gateway(world: &mut World<'_>) {
    world.open_easemob();
    let answer = world.fails(upload(1001), "TOO_LARGE");
    assert_eq!(answer.number("http_status"), 413);
    assert_eq!(answer.get("service_code"), None);
}

fn a_file_that_has_expired(world: &mut World<'_>) {
    world.open_easemob();
    let stored = world.ok(upload(1));
    world.control.advance_seconds(7 * 86_400 + 1);
    let answer = world.fails(download(stored.get("file").unwrap()), "EXPIRED");
    assert_eq!(answer.get("service_code"), Some("file_expired"));
}

fn a_file_that_never_was(world: &mut World<'_>) {
    world.open_easemob();
    let answer = world.fails(
        download("8be024f0-e978-11e8-b697-5d598d5f8402"),
        "NOT_FOUND",
    );
    assert_eq!(answer.get("service_code"), Some("entity_not_found"));
    assert_eq!(answer.get("service_message"), Some("file may not exists"));
}

fn the_request_id_is_told(world: &mut World<'_>) {
    world.open_easemob();
    world.fault(
        Rule::new(Action::Answer(Canned {
            status: 400,
            headers: vec![("X-Request-Id".into(), "4711-0815".into())],
            body: "{}".into(),
            ..Canned::default()
        }))
        .verb("upload"),
    );
    let answer = world.fails(upload(1), "SERVICE");
    assert_eq!(answer.get("request_id"), Some("4711-0815"));
    world.control.clear_faults();
    world.fault(Rule::new(error("413")).verb("upload"));
    let answer = world.fails(upload(1), "TOO_LARGE");
    assert_eq!(answer.get("request_id"), None);
}

/// Opens NetEase, whose downloads go to any URL, and downloads from a server that answers `answer` to everything.
fn from_raw(world: &mut World<'_>, answer: &'static [u8], attempts: u32) -> (RawServer, Line) {
    world.open_netease_with("max_attempts", attempts);
    let server = RawServer::answering(answer);
    let line = download_to(
        &format!("{}/file", server.base_url()),
        &world.path("target"),
    );
    (server, line.with("progress", 1))
}

fn an_answer_without_length(world: &mut World<'_>) {
    let (_server, line) = from_raw(
        world,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\npart of a fi",
        1,
    );
    let answer = world.fails(line, "RESPONSE");
    assert_eq!(answer.number("http_status"), 200);
    assert!(world.names().is_empty());
}

fn a_chunked_answer_without_end(world: &mut World<'_>) {
    let (server, line) = from_raw(
        world,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        2,
    );
    let answer = world.fails(line, "TRUNCATED");
    assert_eq!(answer.number("attempts"), 2);
    assert_eq!(answer.number("retryable"), 1);
    assert_eq!(server.requests().len(), 2);
    assert!(world.names().is_empty());
}

fn a_chunked_answer(world: &mut World<'_>) {
    let (_server, line) = from_raw(
        world,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n2\r\nfg\r\n0\r\n\r\n",
        1,
    );
    let answer = world.ok(line);
    assert_eq!(answer.get("media_type"), None);
    assert_eq!(std::fs::read(world.path("target")).unwrap(), b"abcdefg");
}

fn a_part_is_no_file(world: &mut World<'_>) {
    for answer in [
        &b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/5\r\nContent-Length: 5\r\n\r\nabcde"[..],
        b"HTTP/1.1 200 OK\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\nabcde",
    ] {
        let (_server, line) = from_raw(world, answer, 2);
        let answer = world.fails(line, "RESPONSE");
        assert_eq!(answer.number("attempts"), 1);
        assert!(!answer.get("message").unwrap().contains("abcde"));
        assert!(world.names().is_empty());
    }
}

fn a_coded_file_is_told_as_such(world: &mut World<'_>) {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde";
    let (server, line) = from_raw(world, answer, 1);
    let answer = world.ok(line);
    assert_eq!(answer.get("content_encoding"), Some("gzip"));
    assert_eq!(std::fs::read(world.path("target")).unwrap(), b"abcde");
    let request = String::from_utf8_lossy(&server.requests()[0]).to_ascii_lowercase();
    assert!(
        request.contains("\r\naccept-encoding: identity\r\n"),
        "{request}"
    );
}

/// An upload to a server that answers it so.
fn upload_to_raw(world: &mut World<'_>, head: &str, body: &'static [u8]) -> Line {
    let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len());
    let server = RawServer::start(move |_| [head.as_bytes(), body].concat());
    let line = world
        .netease()
        .with("base_url", server.base_url())
        .with("max_attempts", 1);
    world.ok(line);
    world.call(&upload(10))
}

fn coded_json_is_refused_by_name(world: &mut World<'_>) {
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xabV\xcaK,I\xcd\x03\0";
    let answer = upload_to_raw(world, "200 OK\r\nContent-Encoding: gzip", gzip);
    assert_eq!(answer.get("status"), Some("CHATFILE_E_RESPONSE"));
    let message = answer.get("message").unwrap();
    assert!(message.contains("gzip") && message.is_ascii(), "{message}");
}

fn what_nobody_needs_of_an_answer_is_not_judged(world: &mut World<'_>) {
    for (head, body) in [
        (
            "200 OK",
            &b"\xef\xbb\xbf{\"code\":200,\"url\":\"http://h/f\"}\r\n\0"[..],
        ),
        (
            "201 Created",
            br#"{"n":1e400,"t":"\ud83d","code":200,"url":"http://h/f"}"#,
        ),
        (
            "200 OK",
            b"{\"t\":\"\xce\xc4\xbc\xfe\",\"code\":200,\"url\":\"http://h/f\"}",
        ),
    ] {
        let answer = upload_to_raw(world, head, body);
        assert_eq!(answer.get("url"), Some("http://h/f"), "{answer}");
    }
}

fn folded_header_fields(world: &mut World<'_>) {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Type: a/b;\r\n c=d\r\nContent-Length: 3\r\n\r\nabc";
    let (_server, line) = from_raw(world, answer, 1);
    let answer = world.ok(line);
    assert_eq!(answer.get("media_type"), Some("a/b;   c=d"));
    assert_eq!(std::fs::read(world.path("target")).unwrap(), b"abc");
}

fn interim_answers_are_passed_over(world: &mut World<'_>) {
    let answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
    let (_server, line) = from_raw(world, answer, 1);
    world.ok(line);
    assert_eq!(std::fs::read(world.path("target")).unwrap(), b"abc");
}

fn lengths_that_make_no_sense(world: &mut World<'_>) {
    for answer in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc"[..],
        b"HTTP/1.1 200 OK\r\nContent-Length: 3x\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n",
    ] {
        let (_server, line) = from_raw(world, answer, 1);
        let answer = world.call(&line);
        let status = answer.get("status").unwrap_or_default();
        let known = [
            "CHATFILE_E_PROTOCOL",
            "CHATFILE_E_RESPONSE",
            "CHATFILE_E_TRUNCATED",
        ];
        assert!(known.contains(&status), "{answer}");
    }
    assert!(world.names().is_empty());
}

/// A gateway that has seen the length of a large body answers at once.
#[track_caller]
fn refused_early(world: &mut World<'_>, timing: Timing) {
    let line = world
        .easemob()
        .with("max_attempts", 1)
        .with("stall_timeout_ms", world.patience(1000));
    world.ok(line);
    let name = "413_html".to_owned();
    world.fault(Rule::new(Action::ServiceError { name, timing }).verb("upload"));
    let answer = world.fails(upload(10 * MIB).with("progress", 1), "TOO_LARGE");
    assert_eq!(answer.number("http_status"), 413);
}

fn an_early_refusal_is_heard(world: &mut World<'_>) {
    refused_early(world, Timing::EarlyDrain);
}

/// The answer has arrived before the connection breaks, and says that trying again is of no use.
fn an_early_refusal_is_heard_when_the_gateway_hangs_up(world: &mut World<'_>) {
    refused_early(world, Timing::EarlyClose);
}

/// The answer is there to be read while the body is stuck.
fn an_early_refusal_is_heard_when_the_gateway_stops_reading(world: &mut World<'_>) {
    refused_early(world, Timing::EarlyKeepOpen);
}

fn what_is_not_http(world: &mut World<'_>) {
    for answer in [
        &b"SSH-2.0-OpenSSH_9.7\r\n"[..],
        b"HTTP/3 what\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x0a",
    ] {
        let (_server, line) = from_raw(world, answer, 1);
        let answer = world.fails(line, "PROTOCOL");
        assert_eq!(answer.number("http_status"), 0);
    }
}

fn the_size_limit_of_a_download(world: &mut World<'_>) {
    world.open_easemob();
    let stored = world.ok(upload(300_000));
    let file = stored.get("file").unwrap();
    world.ok(download(file).with("max_size", 300_000));
    for sink in ["path", "buffer", "callback"] {
        let target = world.path("target");
        let line = download_to(file, &target).with("sink", sink);
        let answer = world.fails(line.with("max_size", 299_999).with("progress", 1), "LIMIT");
        assert_eq!(answer.get("field"), Some("max_size"));
        let told = (answer.number("limit"), answer.number("actual"));
        assert_eq!(told, (299_999, 300_000));
        assert_eq!(answer.number("retryable"), 0);
        assert_eq!(answer.number("received"), 0, "refused by its stated length");
    }
}

fn the_size_limit_holds_without_a_stated_length(world: &mut World<'_>) {
    let (_server, line) = from_raw(
        world,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n2\r\nfg\r\n0\r\n\r\n",
        1,
    );
    let answer = world.fails(line.clone().with("max_size", 6), "LIMIT");
    assert_eq!(answer.get("field"), Some("max_size"));
    world.ok(line.with("max_size", 7));
}
