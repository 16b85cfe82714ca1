//! Presigned requests, which a program without a token sends, and what completes them.

use super::*;
use chatfile::{Presigned, SmhConflict, SmhDownload, Status};

fn sender() -> Client {
    Client::without_service(options()).unwrap()
}

fn over_json(presigned: &Presigned) -> Presigned {
    let json = presigned.to_json();
    // What goes to the desktop holds no token of SMH.
    assert!(!json.contains("access_token"), "{json}");
    Presigned::from_json(&json).unwrap()
}

#[test]
fn an_upload_is_sent_without_a_token_and_completed_with_one() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let data = pattern(100_000);
    let smh = SmhUpload::default()
        .directory("d")
        .create_directories(true)
        .conflict(SmhConflict::Overwrite);
    for _ in 0..2 {
        let presigned = client
            .presign_upload(Some(data.len() as u64), named("a", smh.clone()))
            .unwrap();
        let presigned = over_json(&presigned);
        assert!(presigned.needs_completion());
        assert!(presigned.expires_at().is_some());
        let short = sender().send_presigned(
            &presigned,
            Source::bytes(&data[1..]),
            UploadOptions::default(),
        );
        assert_eq!(short.unwrap_err().status(), Status::Limit);
        let sent = sender()
            .send_presigned(&presigned, Source::bytes(&data), UploadOptions::default())
            .unwrap();
        assert_eq!(sent.file, "d/a");
        let stored = client
            .complete_presigned(&presigned, Default::default())
            .unwrap();
        assert_eq!((stored.file.as_str(), stored.size), ("d/a", 100_000));
        assert_eq!(fetch(&client, "d/a"), data);
    }
    assert_eq!(count(&emulator, "put"), 2);
}

#[test]
fn what_is_completed_again_says_nothing_of_the_file_that_is_there_by_now() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let smh = SmhUpload::default().conflict(SmhConflict::Overwrite);
    let presigned = client
        .presign_upload(Some(3), named("a", smh.clone()))
        .unwrap();
    let source = Source::bytes(b"old");
    sender()
        .send_presigned(&presigned, source, UploadOptions::default())
        .unwrap();
    let complete = || client.complete_presigned(&presigned, Default::default());
    complete().unwrap();
    assert_eq!(complete().unwrap().file, "a");
    upload(&client, "a", b"newer", smh).unwrap();
    let error = complete().unwrap_err();
    assert_eq!(error.status(), Status::Conflict, "{error}");
    assert!(!error.message().contains("delete"), "{error}");
}

#[test]
fn a_download_is_verified_without_a_token_too() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let data = pattern(100_000);
    upload(&client, "a", &data, SmhUpload::default()).unwrap();
    let presigned = client
        .presign_download("a", DownloadOptions::default())
        .unwrap();
    let presigned = over_json(&presigned);
    assert!(!presigned.needs_completion());
    let receive =
        || sender().receive_presigned(&presigned, Sink::buffer(), DownloadOptions::default());
    assert_eq!(receive().unwrap().data.unwrap(), data);
    let rule = Rule::new(Action::CorruptBody { at: 5 }).verb("get");
    emulator.control().add_fault(rule).unwrap();
    assert_eq!(receive().unwrap_err().status(), Status::Integrity);
}

fn sent(client: &Client, data: &[u8]) -> Presigned {
    let size = Some(data.len() as u64);
    let presigned = client.presign_upload(size, named("a", SmhUpload::default()));
    let presigned = presigned.unwrap();
    let anyone = Client::without_service(options()).unwrap();
    anyone
        .send_presigned(&presigned, Source::bytes(data), UploadOptions::default())
        .unwrap();
    presigned
}

#[test]
fn to_complete_an_upload_twice_does_no_harm() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let data = pattern(1000);
    let presigned = sent(&client, &data);
    // The answer to the first attempt is lost.
    fault(
        &emulator,
        "confirm",
        Action::CloseBeforeAnswer { handle: true },
    );
    for _ in 0..2 {
        let done = client
            .complete_presigned(&presigned, Default::default())
            .unwrap();
        assert_eq!((done.file.as_str(), done.size), ("a", 1000));
    }
    assert_eq!(fetch(&client, "a"), data);
}

#[test]
fn other_bytes_than_were_announced_are_told() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let presigned = sent(&client, &pattern(1000)).to_json();
    let announced = presigned.replace("\"max_size\":1000", "\"max_size\":999");
    let announced = Presigned::from_json(&announced).unwrap();
    let error = client
        .complete_presigned(&announced, Default::default())
        .unwrap_err();
    assert_eq!(error.status(), Status::Integrity, "{error}");
    assert_eq!(error.attempts(), 1, "the confirmation was sent");
    // It is there, and visible.
    assert_eq!(error.file(), Some("a"));
    assert!(error.message().contains("than was announced"), "{error}");
    assert_eq!(fetch(&client, "a").len(), 1000);
    let without = presigned.replace("\"max_size\":1000,", "");
    assert_ne!(without, presigned);
    assert!(Presigned::from_json(&without).is_err());
}

#[test]
fn an_empty_file_is_presigned() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let presigned = client
        .presign_upload(Some(0), named("a", SmhUpload::default()))
        .unwrap();
    let presigned = over_json(&presigned);
    assert_eq!(presigned.max_size(), Some(0));
    let error = sender()
        .send_presigned(&presigned, Source::bytes(b"x"), UploadOptions::default())
        .unwrap_err();
    assert_eq!(error.status(), Status::Limit, "{error}");
    sender()
        .send_presigned(&presigned, Source::bytes(b""), UploadOptions::default())
        .unwrap();
    let stored = client.complete_presigned(&presigned, Default::default());
    assert_eq!(stored.unwrap().size, 0);
}

#[test]
fn a_download_says_until_when_it_is_good() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    upload(&client, "a", b"abc", SmhUpload::default()).unwrap();
    for (ttl, seconds) in [(None, 7200), (Some(100), 100)] {
        let mut smh = SmhDownload::default();
        smh.link_ttl = ttl.map(Duration::from_secs);
        let options = DownloadOptions::default().service(smh);
        let presigned = client.presign_download("a", options).unwrap();
        let now = emulator.control().now_ms() / 1000;
        let lives = presigned.expires_at().unwrap() as i64 - now;
        assert!((seconds - 10..=seconds).contains(&lives), "{lives}");
    }
}
