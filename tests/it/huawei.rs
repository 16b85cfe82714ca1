//! Huawei ccmessaging through the Rust API, against the emulator.

use crate::random::pattern;
use chatfile::{
    Client, ClientOptions, DownloadOptions, DownloadResult, Huawei, HuaweiDownload, HuaweiUpload,
    MessageKind, NeteaseUpload, Presigned, Sink, Source, Status, UploadOptions, UploadResult,
};
use chatfile_emulator::{Action, Canned, Config, Emulator, HuaweiConfig, Rule, Timing};
use std::time::Duration;

fn emulator(change: impl FnOnce(&mut HuaweiConfig)) -> Emulator {
    let mut config = Config::default();
    change(&mut config.huawei);
    Emulator::start(config).unwrap()
}

fn client(emulator: &Emulator) -> Client {
    let defaults = Config::default().huawei;
    let config = Huawei::new(
        emulator.base_url(),
        defaults.app_key,
        defaults.app_secret,
        defaults.channel_id,
        "user",
    );
    let options = ClientOptions::default().retry_delay(Duration::from_millis(1));
    Client::huawei(config, options).unwrap()
}

fn upload(client: &Client, data: &[u8]) -> chatfile::Result<UploadResult> {
    let options = UploadOptions::default().file_name("photo.PNG");
    client.upload(Source::bytes(data), options)
}

fn download(client: &Client, file: &str, sink: Sink<'_>) -> chatfile::Result<DownloadResult> {
    let options =
        DownloadOptions::default().service(HuaweiDownload::new("png").media_library(false));
    client.download(file, sink, options)
}

fn fetch(client: &Client, file: &str) -> Vec<u8> {
    download(client, file, Sink::buffer())
        .unwrap()
        .data
        .unwrap()
}

/// How often each verb was called.
fn count(emulator: &Emulator, verb: &str) -> usize {
    let journal = emulator.control().journal();
    journal.iter().filter(|entry| entry.verb == verb).count()
}

#[test]
fn files_of_every_padding_come_back_the_same() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    for length in [1, 2, 3, 1000, 49_151, 49_152, 49_153, 1_000_000] {
        let data = pattern(length);
        let stored = upload(&client, &data).unwrap();
        assert_eq!(stored.url, None);
        assert!(fetch(&client, &stored.file) == data, "{length}");
    }
    // Both tokens were fetched once for all of it.
    assert_eq!(
        (
            count(&emulator, "access_token"),
            count(&emulator, "apply_token")
        ),
        (1, 1)
    );
}

#[test]
fn codes_are_read_by_both_names_and_as_numbers() {
    let emulator = emulator(|config| {
        config.numeric_codes = true;
        config.reply_code = chatfile_emulator::HuaweiReplyCode::ResultCode;
    });
    let client = client(&emulator);
    let stored = upload(&client, b"x").unwrap();
    assert_eq!(fetch(&client, &stored.file), b"x");
}

#[test]
fn a_file_behind_a_url_is_fetched_without_the_tokens() {
    let emulator = emulator(|config| config.download = chatfile_emulator::HuaweiDownload::Url);
    let client = client(&emulator);
    let data = pattern(100_000);
    let stored = upload(&client, &data).unwrap();
    assert!(fetch(&client, &stored.file) == data);
    let journal = emulator.control().journal();
    let storage = journal
        .iter()
        .find(|entry| entry.verb == "storage")
        .unwrap();
    for secret in ["authorization", "ccmessaging-token", "x-app-key"] {
        assert_eq!(storage.header(secret), None, "{secret}");
    }
}

#[test]
fn each_token_is_renewed_when_it_expires() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let stored = upload(&client, b"x").unwrap();
    emulator.control().advance_seconds(3601);
    assert_eq!(fetch(&client, &stored.file), b"x");
    assert_eq!(
        (
            count(&emulator, "access_token"),
            count(&emulator, "apply_token")
        ),
        (2, 2)
    );
}

#[test]
fn a_token_that_is_handed_out_on_the_way_is_adopted() {
    let emulator = emulator(|config| {
        config.rotate_every = 1;
        config.rotation_grace = 0;
    });
    let client = client(&emulator);
    for _ in 0..5 {
        let stored = upload(&client, b"x").unwrap();
        assert_eq!(fetch(&client, &stored.file), b"x");
    }
    assert_eq!(count(&emulator, "apply_token"), 1);
}

#[test]
fn a_token_that_comes_with_a_refusal_is_no_other_one() {
    let emulator = emulator(|_| {});
    let refused = Canned {
        status: 401,
        headers: vec![("ccmessaging-token".into(), "another".into())],
        content_type: None,
        body: "{}".into(),
        body_base64: None,
        timing: Timing::default(),
    };
    let rule = Rule::new(Action::Answer(refused)).verb("upload");
    emulator.control().add_fault(rule).unwrap();
    let error = upload(&client(&emulator), b"x").unwrap_err();
    assert_eq!(error.status(), Status::Auth, "{error}");
    // With the token, and with another that was asked for.
    assert_eq!(count(&emulator, "upload"), 2);
}

#[test]
fn tokens_with_odd_characters_are_sent_as_they_are() {
    let emulator = emulator(|config| config.odd_token = true);
    upload(&client(&emulator), b"x").unwrap();
}

#[test]
fn a_refusal_for_good_is_told_as_such() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let stored = upload(&client, b"x").unwrap();
    for (status, expected, calls) in [
        (403, Status::Auth, 2),
        (401, Status::Auth, 2),
        (500, Status::Service, 1),
    ] {
        emulator.control().clear_faults();
        emulator.control().clear_journal();
        let rule = Rule::new(Action::json(status, "{}"))
            .service("huawei")
            .verb("download");
        emulator.control().add_fault(rule).unwrap();
        let error = download(&client, &stored.file, Sink::buffer()).unwrap_err();
        assert_eq!(
            (error.status(), error.http_status()),
            (expected, Some(status))
        );
        assert_eq!(count(&emulator, "download"), calls, "{status}");
    }
}

#[test]
fn a_cut_or_broken_answer_leaves_no_file() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let stored = upload(&client, &pattern(300_000)).unwrap();
    let folder = std::env::temp_dir().join(format!("chatfile-huawei-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (fault, expected) in [
        (Action::TruncateBody { after: 100_000 }, Status::Truncated),
        (Action::CorruptBody { at: 50_000 }, Status::Response),
        (Action::json(200, "<html>"), Status::Response),
        (Action::json(200, r#"{"resultCode":"0"}"#), Status::Response),
        (
            Action::json(200, r#"{"resultCode":"13","resultDesc":"empty file!"}"#),
            Status::Service,
        ),
        (
            Action::BigJson {
                bytes: 200_000_000,
                chunked: false,
            },
            Status::Response,
        ),
    ] {
        emulator.control().clear_faults();
        let rule = Rule::new(fault).service("huawei").verb("download");
        emulator.control().add_fault(rule).unwrap();
        let error = download(&client, &stored.file, Sink::path(folder.join("f"))).unwrap_err();
        assert_eq!(error.status(), expected, "{error}");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "{error}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn an_answer_that_names_no_file_is_none() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let stored = upload(&client, b"x").unwrap();
    let target = std::env::temp_dir().join(format!("chatfile-huawei-old-{}", std::process::id()));
    std::fs::write(&target, "old").unwrap();
    for file in [
        r#""fileStream":"","fileUrl":"ftp://files.example/f?Signature=s""#,
        r#""fileStream":"","fileUrl":"files.example/f?Signature=s""#,
        r#""fileStream":"","fileUrl":"//files.example/f?Signature=s""#,
        r#""fileUrl":"https:///f?Signature=s","fileStream":"""#,
        r#""fileStream":"","fileUrl":"""#,
        r#""fileStream":"","fileUrl":null"#,
        r#""fileStream":"","fileUrl":1"#,
        r#""fileStream":"""#,
        r#""fileStream":null"#,
        r#""fileUrl":"""#,
    ] {
        emulator.control().clear_faults();
        let body = format!(r#"{{"resultCode":"0",{file}}}"#);
        let rule = Rule::new(Action::json(200, &body)).verb("download");
        emulator.control().add_fault(rule).unwrap();
        let error = download(&client, &stored.file, Sink::path(&target)).unwrap_err();
        assert_eq!(error.status(), Status::Response, "{file}: {error}");
        assert_eq!(std::fs::read(&target).unwrap(), b"old", "{file}");
        let shows_it = error.message().contains("/f\"") || !file.contains("/f");
        assert!(
            shows_it && !error.message().contains("Signature"),
            "{error}"
        );
    }
    std::fs::remove_file(&target).unwrap();
}

#[test]
fn an_empty_file_is_refused_before_anything_is_sent() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let named = || UploadOptions::default().file_name("a.txt");
    // Without a size it is up to the sender.
    let presigned = client.presign_upload(None, named()).unwrap();
    emulator.control().clear_journal();
    for error in [
        upload(&client, b"").unwrap_err(),
        client.presign_upload(Some(0), named()).err().unwrap(),
        client
            .send_presigned(&presigned, Source::bytes(b""), UploadOptions::default())
            .unwrap_err(),
    ] {
        assert_eq!(
            (error.status(), error.field()),
            (Status::Limit, Some("source")),
            "{error}"
        );
    }
    assert!(emulator.control().journal().is_empty());
}

#[test]
fn a_wrong_channel_is_named() {
    let emulator = emulator(|config| config.channel_id = "another".into());
    let error = upload(&client(&emulator), b"x").unwrap_err();
    assert_eq!(error.service_code(), Some("1"));
    assert!(error.message().contains("channel_id"), "{error}");
}

#[test]
fn what_cannot_work_is_refused_before_anything_is_sent() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let named = |name: &str| UploadOptions::default().file_name(name);
    let error = client
        .upload(Source::bytes(b"x"), named("a.exe"))
        .unwrap_err();
    assert_eq!(error.field(), Some("file_type"));
    let typed = named("a.exe").service(HuaweiUpload::default().file_type("TXT"));
    let stored = client.upload(Source::bytes(b"x"), typed).unwrap();
    emulator.control().clear_journal();
    let error = client
        .download(&stored.file, Sink::buffer(), DownloadOptions::default())
        .unwrap_err();
    assert_eq!(error.field(), Some("file_type"));
    let foreign = named("a.png").service(NeteaseUpload::default());
    let error = client.upload(Source::bytes(b"x"), foreign).unwrap_err();
    assert_eq!(
        (error.status(), error.field()),
        (Status::Unsupported, Some("netease"))
    );
    assert!(emulator.control().journal().is_empty());
}

#[test]
fn presigned_requests_carry_both_tokens_until_they_expire() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let sender = Client::without_service(ClientOptions::default()).unwrap();
    let data = pattern(100_001);
    let upload = UploadOptions::default().file_name("photo.PNG");
    let presigned = client
        .presign_upload(Some(data.len() as u64), upload)
        .unwrap();
    assert!(presigned.expires_at().is_some());
    let presigned = Presigned::from_json(&presigned.to_json()).unwrap();
    let stored = sender
        .send_presigned(&presigned, Source::bytes(&data), UploadOptions::default())
        .unwrap();
    assert_eq!(fetch(&client, &stored.file), data);
    let download =
        DownloadOptions::default().service(HuaweiDownload::new("png").media_library(false));
    let presigned = client.presign_download(&stored.file, download).unwrap();
    let presigned = Presigned::from_json(&presigned.to_json()).unwrap();
    let receive = |resume| {
        let options = DownloadOptions::default().resume(resume);
        sender.receive_presigned(&presigned, Sink::buffer(), options)
    };
    assert_eq!(receive(false).unwrap().data.unwrap(), data);
    assert_eq!(receive(true).unwrap_err().status(), Status::Unsupported);
    emulator.control().revoke_tokens();
    let error = receive(false).unwrap_err();
    assert_eq!(error.status(), Status::Auth);
    assert!(error.message().contains("presigned"), "{error}");
}

#[test]
fn a_401_without_a_session_is_no_session_that_is_over() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    for verb in ["access_token", "apply_token"] {
        let control = emulator.control();
        control.clear_faults();
        let refused = Canned {
            status: 401,
            headers: vec![],
            content_type: None,
            body: String::new(),
            body_base64: None,
            timing: Timing::default(),
        };
        control
            .add_fault(Rule::new(Action::Answer(refused)).verb(verb))
            .unwrap();
        let error = upload(&client, b"x").unwrap_err();
        assert_eq!(error.status(), Status::Auth, "{error}");
        assert!(error.to_string().contains("bought"), "{error}");
        assert_eq!(count(&emulator, verb), 1, "{verb}");
        control.clear_journal();
    }
}

/// What the receiver has to say to get it.
#[test]
fn the_type_that_it_is_told_is_in_the_message_however_the_file_was_sent() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let options = || UploadOptions::default().service(HuaweiUpload::default().file_type("mp3"));
    let presigned = client.presign_upload(None, options()).unwrap();
    let presigned = Presigned::from_json(&presigned.to_json()).unwrap();
    // Nothing that shows what it is.
    let source = || Source::bytes(b"\xff\xe0 music");
    for kind in [MessageKind::Automatic, MessageKind::File] {
        let direct = client.upload(source(), options().message(kind)).unwrap();
        let wanted = UploadOptions::default().message(kind);
        let sent = client.send_presigned(&presigned, source(), wanted).unwrap();
        for stored in [direct, sent] {
            let message = stored.message.unwrap();
            let (expected, is_file) = match kind {
                MessageKind::File => (format!(",{},mp3\"", stored.file), true),
                _ => (format!("\"{}\"", stored.file), false),
            };
            assert!(message.contains(&expected), "{message}");
            let type_is = |name: &str| stored.message_type.as_deref() == Some(name);
            assert!(type_is(if is_file { "FILE" } else { "AUDIO" }), "{message}");
        }
    }
}
