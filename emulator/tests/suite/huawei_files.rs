//! uploadFileStream and downloadFileStream, in every documented shape.

use crate::common::*;
use crate::huawei_kit::*;
use chatfile_emulator::{
    Action, Config, Emulator, HuaweiBase64, HuaweiConfig, HuaweiDownload, HuaweiFailure,
    HuaweiOrigin, HuaweiOversize, HuaweiReplyCode, HuaweiUnused, Rule, Timing,
};
use serde_json::{Value, json};

/// The request of the vendor's page, with its made-up base64 of an impossible length.
const SAMPLE: &str = r#"{
	"fileType": "jpg",
	"channel": "WEB",
	"fileStream": "/9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIp3+7j8a/PP/gqXP5/7QXh9tu3/AIpi34z/ANPV3SpXfxCP/9k="
}"#;

#[test]
fn the_vendors_sample() {
    let emulator = start();
    let session = Session::open(&emulator);
    // The page lists three header fields, and no content type.
    let sample = SAMPLE.as_bytes();
    let reply = request(&emulator, "POST", UPLOAD_STREAM, &session.headers(), sample);
    let body = reply.json();
    assert_eq!((reply.status, &body["returnCode"]), (200, &"0".into()));
    let key = body["objectKey"].as_str().unwrap();
    assert_eq!((key.len(), body.as_object().unwrap().len()), (36, 2));
    assert!(stream(&session.download(&emulator, key)).starts_with(&[0xFF, 0xD8, 0xFF, 0xE0]));
    let strict = start_huawei(HuaweiConfig {
        base64: HuaweiBase64::Strict,
        ..HuaweiConfig::default()
    });
    let session = Session::open(&strict);
    let reply = request(&strict, "POST", UPLOAD_STREAM, &session.headers(), sample);
    assert_eq!(reply.json()["returnCode"], "13");
    session.uploaded(&strict, b"padded");
}

#[test]
fn the_sample_by_curl() {
    let emulator = start();
    let session = Session::open(&emulator);
    let url = format!("{}{UPLOAD_STREAM}", emulator.base_url());
    let headers = session.headers();
    let headers: Vec<String> = headers.iter().map(|(k, v)| format!("{k}: {v}")).collect();
    let mut arguments = vec!["-X", "POST", &url, "-d", SAMPLE];
    for header in &headers {
        arguments.extend(["-H", header]);
    }
    if let Some(answer) = crate::curl::curl(&arguments) {
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer["returnCode"], "0");
    }
}

#[test]
fn files_come_back_whole() {
    let emulator = start();
    let session = Session::open(&emulator);
    for size in [1, 2, 3, 100_000, 147_456, 1_000_000] {
        let content: Vec<u8> = (0..size).map(|n: u32| (n * 31 % 253) as u8).collect();
        let key = session.uploaded(&emulator, &content);
        assert!(
            stream(&session.download(&emulator, &key)) == content,
            "{size}"
        );
    }
    // As PHP writes JSON, in an order and case of its own, over a chunked body.
    let mut connection = Connection::open(&emulator);
    let mut head =
        format!("POST {UPLOAD_STREAM} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n");
    for (name, value) in session.headers() {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    connection.send(format!("{head}\r\n"));
    for piece in [
        "{\"fileStream\":\"\\/9j\\",
        "/4A\\u0041Q",
        "\",\"channel\":\"WEB\",\"more\":[1],\"fileType\":\"BPM\"}",
    ] {
        connection.send(format!("{:x}\r\n{piece}\r\n", piece.len()));
    }
    connection.send("0\r\n\r\n");
    let body = connection.reply().json();
    assert_eq!(body["returnCode"], "0");
    let key = body["objectKey"].as_str().unwrap();
    assert_eq!(
        stream(&session.download(&emulator, key)),
        [0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10]
    );
}

#[test]
fn a_large_upload_is_decoded_as_it_arrives() {
    let emulator = start();
    let session = Session::open(&emulator);
    let piece = "QUJD".repeat(16 * 1024);
    let (start, end) = (
        "{\"fileType\":\"mp4\",\"channel\":\"WEB\",\"fileStream\":\"",
        "\"}",
    );
    let pieces = 300;
    let length = start.len() + pieces * piece.len() + end.len();
    let mut connection = Connection::open(&emulator);
    connection.send(head("POST", UPLOAD_STREAM, &session.headers(), length));
    connection.send(start);
    for _ in 0..pieces {
        connection.send(&piece);
    }
    // What was sent so far is on disk before the end comes.
    let size = |folder: &std::path::Path| -> u64 {
        let entries = std::fs::read_dir(folder.join("incoming")).unwrap();
        entries
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .sum()
    };
    let folder = emulator.folder();
    let sent = (start.len() + pieces * piece.len()) as u64;
    emulator
        .control()
        .wait_for(std::time::Duration::from_secs(60), |entries| {
            entries.last().is_some_and(|entry| entry.body_bytes == sent)
                && size(&folder) >= 12 * 1024 * pieces as u64
        })
        .expect("it was not written");
    connection.send(end);
    assert_eq!(connection.reply().json()["returnCode"], "0");
}

#[test]
fn each_code_of_an_upload() {
    let emulator = start();
    let session = Session::open(&emulator);
    let code = |body: Value| {
        let reply = session.call(&emulator, UPLOAD_STREAM, &body);
        assert_eq!(reply.status, 200);
        reply.json()["returnCode"].clone()
    };
    let with = |name: &str, value: Value| {
        let mut body = upload_body("txt", b"hello");
        match value {
            Value::Null => drop(body.as_object_mut().unwrap().remove(name)),
            value => body[name] = value,
        }
        body
    };
    for name in ["fileType", "channel", "fileStream"] {
        assert_eq!(code(with(name, Value::Null)), "2", "{name}");
        assert_eq!(code(with(name, "".into())), "2", "{name}");
        assert_eq!(code(with(name, 5.into())), "3", "{name}");
    }
    assert_eq!(
        code(json!({ "reqBody": upload_body("txt", b"hello") })),
        "2"
    );
    for wrong in ["exe", "pdf", "text/plain", ".txt"] {
        assert_eq!(code(with("fileType", wrong.into())), "3", "{wrong}");
    }
    for good in [
        "JPG", "jpeg", "Png", "BMP", "bpm", "mp3", "AAC", "mp4", "TXT", "csv",
    ] {
        assert_eq!(code(with("fileType", good.into())), "0", "{good}");
    }
    assert_eq!(code(with("channel", "WHATSAPP".into())), "3");
    assert_eq!(
        code(with("fileStream", "data:text/plain;base64,aGVs".into())),
        "13"
    );
    assert_eq!(code(with("fileStream", "-_-_".into())), "13");
    for nothing in ["=", "====", "A"] {
        assert_eq!(code(with("fileStream", nothing.into())), "2", "{nothing}");
    }
    for broken in [
        "",
        "fileType=txt&channel=WEB",
        "[]",
        "{\"fileType\":\"txt\"",
    ] {
        let reply = request(
            &emulator,
            "POST",
            UPLOAD_STREAM,
            &session.headers(),
            broken.as_bytes(),
        );
        assert_eq!(reply.status, 400, "{broken}");
    }
}

#[test]
fn other_readings_of_an_upload() {
    let emulator = start_huawei(HuaweiConfig {
        reply_code: HuaweiReplyCode::ResultCode,
        numeric_codes: true,
        failure: HuaweiFailure::Status500,
        max_upload: 10,
        ..HuaweiConfig::default()
    });
    let session = Session::open(&emulator);
    let reply = session.upload(&emulator, "txt", b"1234567890");
    let body = reply.json();
    assert_eq!(
        (reply.status, &body["resultCode"], &body["resultDesc"]),
        (200, &0.into(), &"success".into())
    );
    assert!(body.get("returnCode").is_none() && body["objectKey"].is_string());
    let reply = session.upload(&emulator, "exe", b"1");
    assert_eq!(
        (reply.status, &reply.json()["resultCode"]),
        (500, &3.into())
    );
    assert!(
        reply.json()["resultDesc"]
            .as_str()
            .unwrap()
            .contains("validate failed")
    );
    let reply = session.upload(&emulator, "txt", b"12345678901");
    assert_eq!(
        (reply.status, &reply.json()["resultCode"]),
        (500, &13.into())
    );
    let emulator = start_huawei(HuaweiConfig {
        oversize: HuaweiOversize::Http413,
        max_upload: 10,
        ..HuaweiConfig::default()
    });
    let session = Session::open(&emulator);
    let reply = session.upload(&emulator, "txt", &[0; 5_000_000]);
    assert!(reply.status == 413 && reply.text().contains("<html>"));
}

#[test]
fn each_code_of_a_download() {
    let emulator = start();
    let control = emulator.control();
    let session = Session::open(&emulator);
    let key = session.uploaded(&emulator, b"hello");
    let answer = |body: Value| {
        let reply = session.call(&emulator, DOWNLOAD_STREAM, &body);
        assert_eq!(reply.status, 200);
        let body = reply.json();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        (text("resultCode"), text("resultDesc"))
    };
    let ask = |id: &str, kind: &str| json!({ "fileId": id, "channel": "WEB", "fileType": kind });
    let is = |code: &str, text: &str| (code.to_owned(), text.to_owned());
    assert_eq!(answer(ask(&key, "TXT")).0, "0");
    // This 401 is a code in the body; the HTTP status is 200.
    assert_eq!(answer(ask("", "txt")), is("401", "objectKey is null!"));
    assert_eq!(
        answer(json!({ "channel": "WEB" })),
        is("401", "objectKey is null!")
    );
    assert_eq!(
        answer(ask(&key, "exe")),
        is("13", "param filetype Out of range!")
    );
    assert_eq!(
        answer(json!({ "fileId": key, "fileType": "txt" })),
        is("2", "param channelId or userId or tenantId is null")
    );
    let failed = is("13", "fsservice downloadFile is failed");
    assert_eq!(
        answer(ask("44992392-2078-4caa-af3f-16cc328db296", "txt")),
        failed
    );
    let add = |origin, content: &[u8]| control.add_huawei_file(origin, "pdf", content).unwrap();
    let empty = add(HuaweiOrigin::Customer, b"");
    assert_eq!(answer(ask(&empty, "pdf")), is("13", "empty file!"));
    let large = add(HuaweiOrigin::Customer, &vec![0; 2 * 1024 * 1024 + 1]);
    assert_eq!(answer(ask(&large, "pdf")), failed);
    let local = add(HuaweiOrigin::Local, b"from an agent");
    assert!(local.starts_with("local/"));
    assert_eq!(answer(ask(&local, "pdf")).0, "0");
    assert_eq!(answer(ask(&local[6..], "pdf")), failed);
    let media = add(HuaweiOrigin::Media, b"from the library");
    assert_eq!(answer(ask(&media, "pdf")), failed);
    let mut asked = ask(&media, "pdf");
    asked["multiMedia"] = "multiMedia".into();
    assert_eq!(answer(asked.clone()).0, "0");
    asked["fileId"] = key.into();
    assert_eq!(answer(asked), failed);
    // Over HTTP, for tests in other languages.
    let path = "/_emulator/huawei/files?origin=local&type=docx";
    let id = request(&emulator, "POST", path, &[], b"words").json()["fileId"].clone();
    assert_eq!(answer(ask(id.as_str().unwrap(), "docx")).0, "0");
    let path = "/_emulator/huawei/files?origin=moon";
    assert_eq!(request(&emulator, "POST", path, &[], b"").status, 400);
}

#[test]
fn downloads_by_address() {
    let emulator = start_huawei(HuaweiConfig {
        download: HuaweiDownload::Url,
        unused: HuaweiUnused::Absent,
        url_ttl: 100,
        ..HuaweiConfig::default()
    });
    let control = emulator.control();
    control.freeze_clock(true);
    let session = Session::open(&emulator);
    let key = session.uploaded(&emulator, b"0123456789");
    let body = session.download(&emulator, &key).json();
    assert!(body["resultCode"] == "0" && body.get("fileStream").is_none());
    let url = body["fileUrl"].as_str().unwrap();
    for part in ["?AccessKeyId=", "&Expires=", "&Signature="] {
        assert!(url.contains(part), "{url}");
    }
    let path = path_of(url);
    let reply = get(&emulator, &path, &[]);
    assert_eq!((reply.status, reply.text().as_str()), (200, "0123456789"));
    assert_eq!(reply.header("content-type"), Some("text/plain"));
    let reply = get(&emulator, &path, &[("Range", "bytes=2-3")]);
    assert_eq!((reply.status, reply.text().as_str()), (206, "23"));
    let reply = get(&emulator, &path.replace("Signature=", "Signature=x"), &[]);
    assert!(reply.status == 403 && reply.text().contains("<Code>SignatureDoesNotMatch</Code>"));
    control.advance_seconds(100);
    let reply = get(&emulator, &path, &[]);
    assert!(reply.status == 403 && reply.text().contains("Request has expired"));
    for (unused, expected) in [
        (HuaweiUnused::Empty, Some(json!(""))),
        (HuaweiUnused::Null, Some(Value::Null)),
    ] {
        let emulator = start_huawei(HuaweiConfig {
            unused,
            ..HuaweiConfig::default()
        });
        let session = Session::open(&emulator);
        let key = session.uploaded(&emulator, b"x");
        let body = session.download(&emulator, &key).json();
        assert_eq!(body.get("fileUrl").cloned(), expected);
    }
    let both = start_huawei(HuaweiConfig {
        download: HuaweiDownload::Both,
        ..HuaweiConfig::default()
    });
    let session = Session::open(&both);
    let key = session.uploaded(&both, b"twice");
    let reply = session.download(&both, &key);
    assert_eq!(stream(&reply), b"twice");
    let path = path_of(reply.json()["fileUrl"].as_str().unwrap());
    assert_eq!(get(&both, &path, &[]).text(), "twice");
}

#[test]
fn files_outlive_a_restart_and_tokens_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let begin = || {
        Emulator::start(Config {
            folder: Some(folder.path().to_owned()),
            ..Config::default()
        })
        .unwrap()
    };
    let first = begin();
    let old = Session::open(&first);
    let key = old.uploaded(&first, b"kept");
    drop(first);
    let second = begin();
    assert_eq!(old.download(&second, &key).status, 403);
    assert_eq!(
        stream(&Session::open(&second).download(&second, &key)),
        b"kept"
    );
}

#[test]
fn faults_at_each_verb() {
    let emulator = start_huawei(HuaweiConfig {
        download: HuaweiDownload::Url,
        ..HuaweiConfig::default()
    });
    let control = emulator.control();
    let session = Session::open(&emulator);
    let key = session.uploaded(&emulator, b"x");
    let url = session.download(&emulator, &key).json();
    let url = path_of(url["fileUrl"].as_str().unwrap());
    let fail = |verb: &str, name: &str| {
        control.clear_faults();
        let action = Action::ServiceError {
            name: name.to_owned(),
            timing: chatfile_emulator::Timing::AfterBody,
        };
        control
            .add_fault(Rule::new(action).service("huawei").verb(verb))
            .unwrap();
        let reply = match verb {
            "access_token" => post(&emulator, ACCESS, &[], "{}"),
            "apply_token" => post(&emulator, APPLY, &session.headers(), "{}"),
            "upload" => session.upload(&emulator, "txt", b"x"),
            "download" => session.download(&emulator, &key),
            "storage" => get(&emulator, &url, &[]),
            _ => post(&emulator, "/apiaccess/x", &[], "{}"),
        };
        let entry = control.journal().pop().unwrap();
        assert_eq!(
            (entry.verb.as_str(), entry.service.as_str()),
            (verb, "huawei")
        );
        assert_eq!(entry.fault.as_deref(), Some("service_error"));
        let text = reply.text();
        (reply.status, text)
    };
    for verb in [
        "access_token",
        "apply_token",
        "upload",
        "download",
        "storage",
        "unknown",
    ] {
        let (status, text) = fail(verb, "waf");
        assert!(status == 403 && text.contains("<html>"), "{verb}");
        for (name, expected) in [
            ("400", 400),
            ("401", 401),
            ("403", 403),
            ("404", 404),
            ("500", 500),
            ("502", 502),
        ] {
            assert_eq!(fail(verb, name).0, expected, "{verb} {name}");
        }
    }
    assert!(fail("apply_token", "1").1.contains(r#""resultCode":"1""#));
    for (verb, name, part) in [
        ("upload", "2", r#""returnCode":"2""#),
        ("upload", "3", r#""returnCode":"3""#),
        ("upload", "13", "upload file exception"),
        ("upload", "13_decode", "decode file failed"),
        ("download", "2", "tenantId is null"),
        ("download", "13", "fsservice"),
        ("download", "401_body", r#""resultCode":"401""#),
    ] {
        let (status, text) = fail(verb, name);
        assert!(
            status == 200 && text.contains(part),
            "{verb} {name}: {text}"
        );
    }
    // Browsers ask first.
    control.clear_faults();
    let reply = request(
        &emulator,
        "OPTIONS",
        UPLOAD_STREAM,
        &[("Access-Control-Request-Headers", "x-app-key")],
        b"",
    );
    assert_eq!(
        (reply.status, reply.header("access-control-allow-headers")),
        (200, Some("x-app-key"))
    );
}

#[test]
fn no_clock_breaks_a_call() {
    for seconds in ODD_CLOCKS {
        let emulator = start();
        emulator.control().set_clock_offset_seconds(seconds);
        let session = Session::open(&emulator);
        let key = session.uploaded(&emulator, b"content");
        assert_eq!(stream(&session.download(&emulator, &key)), b"content");
    }
}

#[test]
fn an_error_of_another_service_is_none_here() {
    let rule = Rule::new(Action::ServiceError {
        name: "4".to_owned(),
        timing: chatfile_emulator::Timing::default(),
    });
    let refused = start().control().add_fault(rule.service("huawei"));
    assert!(refused.unwrap_err().to_string().contains('4'));
}

#[test]
fn a_code_is_a_fault_of_the_calls_that_have_it() {
    let emulator = start();
    for (verb, name) in [
        ("upload", "1"),
        ("upload", "401_body"),
        ("download", "3"),
        ("apply_token", "2"),
        ("access_token", "13"),
    ] {
        let rule = Rule::new(Action::ServiceError {
            name: name.into(),
            timing: Timing::default(),
        });
        let refused = emulator
            .control()
            .add_fault(rule.service("huawei").verb(verb))
            .unwrap_err();
        assert!(refused.to_string().contains(name), "{refused}");
    }
}
