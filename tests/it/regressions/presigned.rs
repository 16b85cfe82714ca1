//! Presigned requests: their token, their log, and what their JSON may not say.

use super::kit::{easemob, emulator, netease, options};
use chatfile::{
    Client, ClientOptions, DownloadOptions, LogLevel, Phase, Presigned, Sink, Source, Status,
    UploadOptions,
};
use chatfile_emulator::{Action, Rule};
use std::sync::{Arc, Mutex};

/// Options with a log, and the log.
fn logged() -> (ClientOptions, Arc<Mutex<Vec<String>>>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let log = move |level: LogLevel, line: &str| {
        sink.lock().unwrap().push(format!("{level:?} {line}"));
    };
    let options = options().log(LogLevel::Debug, log);
    (options, lines)
}

#[test]
fn the_token_of_one_is_fetched_with_retries_and_logged() {
    for is_upload in [true, false] {
        let emulator = emulator();
        let rule = Rule::new(Action::json(503, "{}")).verb("token").times(1);
        emulator.control().add_fault(rule).unwrap();
        let (options, lines) = logged();
        let client = easemob(&emulator, options);
        if is_upload {
            client.presign_upload(Some(3), UploadOptions::default())
        } else {
            client.presign_download("5f", DownloadOptions::default())
        }
        .unwrap();
        let journal = emulator.control().journal();
        let statuses: Vec<_> = journal.iter().map(|e| e.status.unwrap()).collect();
        assert_eq!(statuses, [503, 200]);
        let lines = lines.lock().unwrap();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(
            lines[0].starts_with("Warn Easemob presign POST "),
            "{lines:?}"
        );
        assert!(lines[0].contains(" status=503 "), "{lines:?}");
        assert!(lines[0].contains(" failed=CHATFILE_E_UNAVAILABLE again_in_ms="));
        assert!(
            lines[1].starts_with("Info Easemob presign POST "),
            "{lines:?}"
        );
        assert!(lines[1].contains(" attempt=2 retry_of=CHATFILE_E_UNAVAILABLE"));
    }
}

#[test]
fn its_failure_counts_the_attempts() {
    let emulator = emulator();
    let rule = Rule::new(Action::json(503, "{}")).verb("token");
    emulator.control().add_fault(rule).unwrap();
    let (options, lines) = logged();
    let options = options.max_attempts(3);
    let result = easemob(&emulator, options).presign_upload(Some(3), UploadOptions::default());
    let error = result.err().unwrap();
    assert_eq!(error.status(), Status::Unavailable, "{error}");
    assert_eq!((error.attempts(), error.phase()), (3, Phase::Token));
    assert!(error.is_retryable());
    assert_eq!(emulator.control().journal().len(), 3);
    let lines = lines.lock().unwrap();
    let levels: Vec<_> = lines
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(levels, ["Warn", "Warn", "Error"], "{lines:?}");
}

#[test]
fn json_cannot_say_how_a_message_is_framed_or_where_it_goes() {
    let emulator = emulator();
    for backend in [easemob(&emulator, options()), netease(&emulator, options())] {
        let json = backend
            .presign_upload(Some(3), UploadOptions::default())
            .unwrap()
            .to_json();
        Presigned::from_json(&json).unwrap();
        for (name, value) in [
            ("content-length", "5000000"),
            ("Content-Length", "3"),
            ("Transfer-Encoding", "chunked"),
            ("TRANSFER-ENCODING", "identity"),
            ("Expect", "100-continue"),
            ("Host", "elsewhere.example"),
            ("Connection", "close"),
            ("Keep-Alive", "timeout=5"),
            ("TE", "trailers"),
            ("Trailer", "X"),
            ("Upgrade", "h2c"),
            ("Proxy-Authorization", "Basic x"),
            ("Proxy-Connection", "keep-alive"),
            ("X\\r\\nHost", "x"),
            ("X-Y", "a\\r\\nHost: elsewhere.example"),
        ] {
            let field = format!(r#""headers":[{{"name":"{name}","value":"{value}"}},"#);
            let bad = json.replace(r#""headers":["#, &field);
            assert_ne!(bad, json);
            let error = Presigned::from_json(&bad).expect_err(name);
            assert_eq!(error.status(), Status::Argument, "{name}: {error}");
            assert_eq!(error.field(), Some("json"));
        }
    }
}

#[test]
fn a_refusal_says_whose_settings_are_meant() {
    let emulator = emulator();
    let backend = easemob(&emulator, options());
    let anybody = Client::without_service(options()).unwrap();
    let upload = backend
        .presign_upload(Some(3), UploadOptions::default())
        .unwrap();
    let download = backend
        .presign_download("5f", DownloadOptions::default())
        .unwrap();
    for (http, status) in [
        (403, Status::Forbidden),
        (404, Status::NotFound),
        (301, Status::Redirect),
    ] {
        for verb in ["upload", "download"] {
            let rule = Rule::new(Action::json(http, "{}")).verb(verb).times(1);
            emulator.control().add_fault(rule).unwrap();
        }
        let sent = anybody.send_presigned(&upload, Source::bytes(b"abc"), UploadOptions::default());
        let received =
            anybody.receive_presigned(&download, Sink::buffer(), DownloadOptions::default());
        for error in [sent.err().unwrap(), received.err().unwrap()] {
            assert_eq!(error.status(), status, "{error}");
            assert!(
                error.message().contains("who made the presigned request"),
                "{error}"
            );
        }
    }
}

#[test]
fn a_member_of_a_newer_version_is_told_as_such() {
    let emulator = emulator();
    let json = easemob(&emulator, options())
        .presign_upload(Some(3), UploadOptions::default())
        .unwrap()
        .to_json();
    for newer in [
        json.replace(r#"{"format":1,"#, r#"{"format":1,"added":1,"#),
        json.replace(r#""body":{"#, r#""body":{"added":1,"#),
    ] {
        assert_ne!(newer, json);
        let error = Presigned::from_json(&newer).unwrap_err();
        assert!(error.message().contains("does not know"), "{error}");
    }
}

#[test]
fn other_header_fields_go_out_as_they_are() {
    let emulator = emulator();
    let json = easemob(&emulator, options())
        .presign_upload(Some(3), UploadOptions::default())
        .unwrap()
        .to_json()
        .replace(
            r#""headers":["#,
            r#""headers":[{"name":"X-Own","value":"a b"},"#,
        );
    let anybody = Client::without_service(options()).unwrap();
    anybody
        .send_presigned(
            &Presigned::from_json(&json).unwrap(),
            Source::bytes(b"abc"),
            UploadOptions::default(),
        )
        .unwrap();
    let journal = emulator.control().journal();
    let upload = journal.iter().find(|e| e.verb == "upload").unwrap();
    assert_eq!(upload.header("x-own"), Some("a b"));
    // One of each, and ours.
    let count = |name: &str| upload.headers.iter().filter(|(n, _)| n == name).count();
    assert_eq!((count("content-length"), count("host")), (1, 1));
}
