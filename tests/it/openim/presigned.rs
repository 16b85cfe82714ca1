//! Requests that others send.

use super::*;
use chatfile::Presigned;
use std::io::{Read, Write};
use std::net::TcpStream;

#[test]
fn a_presigned_upload_is_sent_without_secrets_and_completed_with_them() {
    for driver in [OpenimDriver::Minio, OpenimDriver::Cos, OpenimDriver::Oss] {
        let emulator = emulator(|config| config.driver = driver);
        let backend = alice(&emulator);
        let anyone = Client::without_service(options()).unwrap();
        let data = pattern(50_000);
        let presigned = backend
            .presign_upload(Some(data.len() as u64), named("图.png"))
            .unwrap();
        assert!(presigned.needs_completion());
        assert_eq!(presigned.success_status(), [200]);
        assert_eq!(presigned.max_size(), Some(50_000));
        let lives = presigned.expires_at().unwrap() as i64 - emulator.control().now_ms() / 1000;
        assert!((590..=600).contains(&lives), "{lives}");
        assert!(presigned.fields().any(|(name, _)| name == "key"));
        let json = presigned.to_json();
        let journal = emulator.control().journal();
        let tokens: Vec<_> = journal.iter().filter_map(|e| e.header("token")).collect();
        assert_eq!(tokens.len(), 2);
        assert!(tokens.iter().all(|token| !json.contains(token)), "{json}");
        assert!(!json.contains("openIM123"), "{json}");
        let presigned = Presigned::from_json(&json).unwrap();
        for wrong in [&data[1..], &pattern(50_001)] {
            let error = anyone
                .send_presigned(&presigned, Source::bytes(wrong), UploadOptions::default())
                .unwrap_err();
            assert_eq!(error.status(), Status::Limit);
        }
        emulator.control().clear_journal();
        let sent = anyone
            .send_presigned(&presigned, Source::bytes(&data), UploadOptions::default())
            .unwrap();
        assert_eq!((sent.file.as_str(), &sent.url), ("alice/图.png", &None));
        assert_eq!(emulator.control().journal().len(), 1);
        assert!(download(&backend, &sent.file).is_err());
        for _ in 0..2 {
            let done = backend
                .complete_presigned(&presigned, Default::default())
                .unwrap();
            assert_eq!((done.file.as_str(), done.size), ("alice/图.png", 50_000));
            let url = done.url.unwrap();
            assert!(url.ends_with("/object/alice/%E5%9B%BE.png"), "{url}");
        }
        assert!(fetch(&backend, &sent.file) == data);
    }
}

#[test]
fn a_presigned_request_that_cannot_be_used_says_why() {
    let emulator = emulator(|_| {});
    let backend = alice(&emulator);
    let anyone = Client::without_service(options()).unwrap();
    let error = backend.presign_upload(None, named("a")).err().unwrap();
    assert_eq!(
        (error.status(), error.field()),
        (Status::Argument, Some("size"))
    );
    let error = backend.presign_upload(Some(0), named("a")).err().unwrap();
    assert_eq!(error.field(), Some("source"));
    let parts = with(OpenimUpload::default().method(OpenimUploadMethod::Parts));
    let error = backend.presign_upload(Some(1), parts).err().unwrap();
    assert_eq!(error.field(), Some("method"));
    let upload = backend.presign_upload(Some(1), named("a")).unwrap();
    let error = anyone
        .complete_presigned(&upload, Default::default())
        .unwrap_err();
    assert!(error.message().contains("client of the service"), "{error}");
    // Nothing was sent yet.
    let error = backend
        .complete_presigned(&upload, Default::default())
        .unwrap_err();
    assert_eq!(error.service_code(), Some("500"), "{error}");
    emulator.control().advance_seconds(601);
    emulator.control().clear_journal();
    let error = anyone
        .send_presigned(&upload, Source::bytes(b"x"), UploadOptions::default())
        .unwrap_err();
    assert_eq!(error.status(), Status::Expired, "{error}");
    assert_eq!(counts(&emulator, ["form_post"]), [1]);
}

#[test]
fn a_presigned_download_needs_no_token() {
    let emulator = emulator(|_| {});
    let backend = alice(&emulator);
    let anyone = Client::without_service(options()).unwrap();
    let data = pattern(50_000);
    let stored = upload(&backend, &data).unwrap();
    let get = |presigned: &Presigned| {
        let presigned = Presigned::from_json(&presigned.to_json()).unwrap();
        anyone.receive_presigned(&presigned, Sink::buffer(), DownloadOptions::default())
    };
    let presigned = backend
        .presign_download(&stored.file, DownloadOptions::default())
        .unwrap();
    assert_eq!(presigned.headers().len(), 0);
    assert!(!presigned.needs_completion());
    let lives = presigned.expires_at().unwrap() as i64 - emulator.control().now_ms() / 1000;
    assert!((7 * 86_400 - 10..=7 * 86_400).contains(&lives), "{lives}");
    assert!(get(&presigned).unwrap().data.unwrap() == data);
    let error = backend
        .complete_presigned(&presigned, Default::default())
        .unwrap_err();
    assert!(error.message().contains("needs no completion"), "{error}");
    emulator.control().advance_seconds(7 * 86_400 + 1);
    assert_eq!(get(&presigned).unwrap_err().status(), Status::Expired);
    // The URL of a message is for ever.
    let public = backend
        .presign_download(&stored.url.unwrap(), DownloadOptions::default())
        .unwrap();
    assert_eq!(public.expires_at(), None);
    assert!(get(&public).unwrap().data.unwrap() == data);
    // Each attempt is led to the storage by another signature, so one that is too old is not the end.
    fault(
        &emulator,
        "storage_get",
        xml("AccessDenied", "Request has expired"),
    );
    let got = get(&public).unwrap();
    assert_eq!((got.attempts, got.data.unwrap() == data), (2, true));
    // What was signed here has no other.
    let signed = backend
        .presign_download(&stored.file, DownloadOptions::default())
        .unwrap();
    fault(
        &emulator,
        "storage_get",
        xml("AccessDenied", "Request has expired"),
    );
    let error = get(&signed).unwrap_err();
    assert_eq!((error.status(), error.attempts()), (Status::Expired, 1));
}

#[test]
fn another_file_than_was_presigned_is_not_completed() {
    let emulator = emulator(|_| {});
    let backend = admin(&emulator);
    let anyone = Client::without_service(options()).unwrap();
    let mine = backend.presign_upload(Some(3), named("mine")).unwrap();
    let other = backend.presign_upload(Some(3), named("other")).unwrap();
    let longer = backend.presign_upload(Some(4), named("mine")).unwrap();
    anyone
        .send_presigned(&mine, Source::bytes(b"abc"), UploadOptions::default())
        .unwrap();
    let json = mine.to_json();
    let completion = mine.completion().unwrap();
    for tampered in [
        json.replace(completion, other.completion().unwrap()),
        json.replace(completion, longer.completion().unwrap()),
        json.replace(r#""file":"imAdmin/mine""#, r#""file":"imAdmin/other""#),
        json.replace(r#""max_size":3"#, r#""max_size":4"#),
        json.replace(r#""max_size":3,"#, ""),
    ] {
        assert_ne!(tampered, json);
        let error = Presigned::from_json(&tampered).unwrap_err();
        assert_eq!(
            (error.status(), error.field()),
            (Status::Argument, Some("json"))
        );
    }
    let whole = Presigned::from_json(&json).unwrap();
    backend
        .complete_presigned(&whole, Default::default())
        .unwrap();
}

/// Sends what it likes, as another program may.
fn send_by_hand(presigned: &Presigned, data: &str) {
    let (address, path) = presigned.url()["http://".len()..].split_once('/').unwrap();
    let body = [presigned.prefix(), data, presigned.suffix()].concat();
    let mut request = format!(
        "{} /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n",
        presigned.method(),
        body.len()
    );
    for (name, value) in presigned.headers() {
        request += &format!("{name}: {value}\r\n");
    }
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{request}\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[test]
fn a_form_that_was_completed_with_too_few_bytes_is_of_no_use_any_more() {
    let emulator = emulator(|_| {});
    let backend = alice(&emulator);
    let presigned = backend.presign_upload(Some(3), named("a")).unwrap();
    for data in ["ab", "abc"] {
        emulator.control().clear_journal();
        send_by_hand(&presigned, data);
        let error = backend
            .complete_presigned(&presigned, Default::default())
            .unwrap_err();
        assert_eq!(
            (error.status(), error.is_retryable(), error.attempts()),
            (Status::Integrity, false, 1)
        );
        assert!(error.message().contains("presign anew"), "{error}");
        assert_eq!(counts(&emulator, ["form_post", "complete_form"]), [1, 1]);
    }
}
