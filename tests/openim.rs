//! OpenIM through the Rust API, against the emulator.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use chatfile::{
    Asker, Client, ClientOptions, DeleteOptions, Download, DownloadOptions, Easemob, NeteaseUpload,
    Openim, OpenimCredentials, OpenimDownload, OpenimUpload, OpenimUploadMethod, Presigned,
    Progress, Secret, Sink, Source, Status, Upload, UploadOptions,
};
use chatfile_emulator::{
    Action, Config, Emulator, OpenimConfig, OpenimDriver, OpenimFormHeader, OpenimMultiLogin,
    OpenimUnknownName, Rule,
};
use std::time::Duration;

fn emulator(change: impl FnOnce(&mut OpenimConfig)) -> Emulator {
    let mut config = Config::default();
    change(&mut config.openim);
    Emulator::start(config).unwrap()
}

fn options() -> ClientOptions {
    ClientOptions {
        retry_delay: Some(Duration::from_millis(1)),
        ..ClientOptions::default()
    }
}

fn open(emulator: &Emulator, user_id: &str, credentials: OpenimCredentials) -> Client {
    let config = Openim {
        base_url: emulator.base_url(),
        user_id: user_id.into(),
        credentials,
        max_upload_size: None,
    };
    Client::openim(config, options()).unwrap()
}

fn secret() -> Secret {
    Config::default().openim.secret.into()
}

fn user() -> OpenimCredentials {
    OpenimCredentials::User {
        admin_secret: secret(),
        admin_user_id: None,
        platform: 1,
    }
}

fn alice(emulator: &Emulator) -> Client {
    open(emulator, "alice", user())
}

fn admin(emulator: &Emulator) -> Client {
    let secret = secret();
    open(emulator, "imAdmin", OpenimCredentials::Admin { secret })
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length)
        .map(|i| (31 * i + 7 * (i >> 8) + 11) as u8)
        .collect()
}

fn named(file_name: &str) -> UploadOptions<'static> {
    UploadOptions {
        file_name: Some(file_name.into()),
        ..UploadOptions::default()
    }
}

fn with(openim: OpenimUpload) -> UploadOptions<'static> {
    UploadOptions {
        openim: Some(openim),
        ..named("a.bin")
    }
}

fn upload(client: &Client, data: &[u8]) -> chatfile::Result<Upload> {
    client.upload(Source::bytes(data), named("photo.png"))
}

fn download(client: &Client, file: &str) -> chatfile::Result<Download> {
    client.download(file, Sink::buffer(), DownloadOptions::default())
}

fn fetch(client: &Client, file: &str) -> Vec<u8> {
    download(client, file).unwrap().data.unwrap()
}

/// How often each of these verbs was called.
fn counts<const N: usize>(emulator: &Emulator, verbs: [&str; N]) -> [usize; N] {
    let journal = emulator.control().journal();
    verbs.map(|verb| journal.iter().filter(|entry| entry.verb == verb).count())
}

fn fault(emulator: &Emulator, verb: &str, action: Action) {
    let rule = Rule::new(action).service("openim").verb(verb).times(1);
    emulator.control().add_fault(rule).unwrap();
}

#[test]
fn files_of_every_size_and_name_come_back_the_same() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    for (length, name) in [
        (1, "a.txt"),
        (1000, "图片 一.png"),
        (70_000, "a+b&c=d;'%41\"$.pdf"),
        (5 << 20, "video.mp4"),
    ] {
        let data = pattern(length);
        let stored = client.upload(Source::bytes(&data), named(name)).unwrap();
        assert_eq!(stored.file, format!("alice/{name}"));
        assert_eq!(stored.size, length as u64);
        let url = stored.url.unwrap();
        assert!(url.starts_with(&format!("{}/object/alice/", emulator.base_url())));
        assert!(fetch(&client, &stored.file) == data, "{name}");
        // What a message carries leads there too.
        assert!(fetch(&client, &url) == data, "{url}");
    }
    // Both tokens were fetched once for all of it.
    assert_eq!(
        counts(&emulator, ["admin_token", "user_token", "initiate_form"]),
        [1, 1, 4]
    );
}

#[test]
fn every_shape_of_header_is_understood() {
    for shape in [
        OpenimFormHeader::Null,
        OpenimFormHeader::Empty,
        OpenimFormHeader::Values,
        OpenimFormHeader::Value,
    ] {
        let emulator = emulator(|config| {
            config.form_header = shape;
            config
                .form_header_fields
                .push(("X-Wanted".into(), "yes".into()));
        });
        let client = alice(&emulator);
        let stored = upload(&client, b"x").unwrap();
        assert_eq!(fetch(&client, &stored.file), b"x");
        let journal = emulator.control().journal();
        let form = journal.iter().find(|e| e.verb == "form_post").unwrap();
        let has_items = matches!(shape, OpenimFormHeader::Values | OpenimFormHeader::Value);
        assert_eq!(form.header("x-wanted"), has_items.then_some("yes"));
        // The storage is told nothing that is not for it.
        assert_eq!(form.header("token"), None);
        assert_eq!(form.header("operationid"), None);
    }
}

#[test]
fn every_storage_that_takes_forms_is_served() {
    for driver in [OpenimDriver::Minio, OpenimDriver::Cos, OpenimDriver::Oss] {
        let emulator = emulator(|config| config.driver = driver);
        let client = alice(&emulator);
        let data = pattern(100_000);
        let stored = upload(&client, &data).unwrap();
        assert!(fetch(&client, &stored.file) == data, "{driver:?}");
    }
    let kodo = emulator(|config| config.driver = OpenimDriver::Kodo);
    let error = upload(&alice(&kodo), b"x").unwrap_err();
    assert_eq!(error.http_status(), Some(401), "{error}");
    let aws = emulator(|config| config.driver = OpenimDriver::Aws);
    let error = upload(&alice(&aws), b"x").unwrap_err();
    assert_eq!(error.service_code(), Some("500"), "{error}");
}

#[test]
fn tokens_are_renewed_when_they_expire_or_are_lost() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    upload(&client, b"x").unwrap();
    for spoil in [0, 1] {
        match spoil {
            0 => emulator.control().revoke_tokens(),
            _ => emulator.control().advance_seconds(91 * 86_400),
        }
        emulator.control().clear_journal();
        // A stream that cannot be read twice: no token is asked of it.
        let source = Source::reader(&b"abc"[..], 3);
        let stored = client.upload(source, named("b.txt")).unwrap();
        assert_eq!(
            (stored.attempts, fetch(&client, &stored.file)),
            (1, b"abc".to_vec())
        );
        // The user's token is refused, then the admin's.
        assert_eq!(
            counts(&emulator, ["initiate_form", "user_token", "admin_token"]),
            [2, 2, 1]
        );
    }
    let admin = admin(&emulator);
    upload(&admin, b"x").unwrap();
    emulator.control().revoke_tokens();
    assert_eq!(upload(&admin, b"x").unwrap().file, "imAdmin/photo.png");
}

#[test]
fn a_login_elsewhere_ends_a_token_and_another_follows() {
    let emulator = emulator(|config| config.multi_login = OpenimMultiLogin::OneEach);
    let [one, other] = [alice(&emulator), alice(&emulator)];
    upload(&one, b"x").unwrap();
    upload(&other, b"x").unwrap();
    upload(&one, b"x").unwrap();
}

#[test]
fn a_token_got_elsewhere_is_used_and_not_renewed() {
    let emulator = emulator(|_| {});
    let rule = |code| {
        Action::json(
            200,
            &format!(r#"{{"errCode":{code},"errMsg":"TokenExpiredError","errDlt":""}}"#),
        )
    };
    let fixed = open(
        &emulator,
        "alice",
        OpenimCredentials::Token("eyJhbGci.x.y".into()),
    );
    let error = upload(&fixed, b"x").unwrap_err();
    assert_eq!(error.status(), Status::Auth, "{error}");
    assert!(!error.message().contains("eyJhbGci"), "{error}");
    assert_eq!(counts(&emulator, ["initiate_form", "admin_token"]), [1, 0]);
    // One that is asked for is asked for again, once.
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counter = asked.clone();
    let asker = Asker::new(move |name| {
        assert_eq!(name, "token");
        counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok("eyJhbGci.x.y".to_owned().into())
    });
    emulator.control().clear_journal();
    let credentials = OpenimCredentials::Token(Secret::asked(asker));
    for code in [1501, 1506] {
        fault(&emulator, "initiate_form", rule(code));
    }
    let error = upload(&open(&emulator, "alice", credentials), b"x").unwrap_err();
    assert_eq!(error.service_code(), Some("1506"));
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 2);
}

#[test]
fn wrong_credentials_are_told_as_such() {
    let emulator = emulator(|_| {});
    let wrong = |admin_secret: &str, admin: Option<&str>| OpenimCredentials::User {
        admin_secret: admin_secret.into(),
        admin_user_id: admin.map(Into::into),
        platform: 1,
    };
    let good = Config::default().openim.secret;
    for (user_id, credentials) in [
        ("alice", wrong("not-the-secret", None)),
        ("alice", wrong(&good, Some("nobody"))),
        ("nobody", wrong(&good, None)),
    ] {
        emulator.control().clear_journal();
        let error = upload(&open(&emulator, user_id, credentials), b"x").unwrap_err();
        assert_eq!(error.status(), Status::Auth, "{error}");
        assert_eq!(error.phase(), chatfile::Phase::Token);
        assert!(!error.message().contains("not-the-secret"), "{error}");
        assert_eq!(counts(&emulator, ["admin_token"]), [1]);
    }
}

#[test]
fn an_attempt_that_can_be_saved_is_made_again() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    let expired = "<Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy \
                   expired.</Message></Error>";
    let mismatch = r#"{"errCode":90007,"errMsg":"DataError","errDlt":"file size mismatch"}"#;
    let data = pattern(10_000);
    for (verb, action, made) in [
        // From the start: another permission, another object.
        ("form_post", Action::json(403, expired), [2, 2, 1]),
        ("complete_form", Action::json(200, mismatch), [2, 2, 2]),
        (
            "form_post",
            Action::ServiceError {
                name: "SlowDownWrite".into(),
                timing: chatfile_emulator::Timing::AfterBody,
            },
            [2, 2, 1],
        ),
        // The storage has it: only the server is to be told.
        ("complete_form", Action::json(503, ""), [1, 1, 2]),
        (
            "complete_form",
            Action::CloseBeforeAnswer { handle: true },
            [1, 1, 2],
        ),
    ] {
        emulator.control().clear_journal();
        fault(&emulator, verb, action);
        let stored = upload(&client, &data).unwrap();
        assert!(fetch(&client, &stored.file) == data);
        let verbs = ["initiate_form", "form_post", "complete_form"];
        assert_eq!(counts(&emulator, verbs), made, "{verb}");
    }
}

#[test]
fn a_refusal_for_good_is_told_as_such() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    for (verb, status, body, expected) in [
        (
            "initiate_form",
            200,
            r#"{"errCode":1002,"errMsg":"x"}"#,
            Status::Forbidden,
        ),
        ("initiate_form", 200, "<html>", Status::Response),
        (
            "initiate_form",
            200,
            r#"{"errCode":0,"data":{}}"#,
            Status::Response,
        ),
        ("form_post", 204, "", Status::Response),
        ("form_post", 307, "", Status::Redirect),
        (
            "form_post",
            403,
            "<Code>AccessDenied</Code>",
            Status::Forbidden,
        ),
        (
            "form_post",
            400,
            "<Code>EntityTooLarge</Code>",
            Status::TooLarge,
        ),
        ("complete_form", 200, r#"{"errCode":0}"#, Status::Response),
    ] {
        emulator.control().clear_faults();
        emulator.control().clear_journal();
        let rule = Rule::new(Action::json(status, body))
            .service("openim")
            .verb(verb);
        emulator.control().add_fault(rule).unwrap();
        let mut last = None;
        let progress = |progress: Progress| {
            last = Some(progress);
            Ok(())
        };
        let options = UploadOptions {
            progress: Some(Box::new(progress)),
            ..named("a.txt")
        };
        let error = client.upload(Source::bytes(b"abc"), options).unwrap_err();
        assert_eq!(error.status(), expected, "{verb} {body}: {error}");
        assert_eq!(counts(&emulator, [verb]), [1]);
        assert!(last.is_some_and(|last| !last.finished));
    }
}

#[test]
fn what_cannot_work_is_refused_before_anything_is_sent() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    let name = |name: &str| OpenimUpload {
        name: Some(name.into()),
        ..OpenimUpload::default()
    };
    let absolute = OpenimUpload {
        absolute: true,
        ..OpenimUpload::default()
    };
    for (data, options, status, field) in [
        (&b""[..], named("a"), Status::Limit, "source"),
        (b"x", with(name("bob/a")), Status::Argument, "name"),
        (b"x", with(name("/alice/a")), Status::Argument, "name"),
        (b"x", named(&"x".repeat(1024)), Status::Argument, "name"),
        (b"x", with(absolute.clone()), Status::Argument, "absolute"),
        (
            b"x",
            UploadOptions {
                netease: Some(NeteaseUpload::default()),
                ..named("a")
            },
            Status::Unsupported,
            "netease",
        ),
    ] {
        let error = client.upload(Source::bytes(data), options).unwrap_err();
        assert_eq!((error.status(), error.field()), (status, Some(field)));
    }
    let error = client.delete(DeleteOptions::default()).unwrap_err();
    assert_eq!(error.status(), Status::Unsupported);
    let foreign = Client::easemob(
        Easemob {
            app_key: "a#b".into(),
            ..Easemob::default()
        },
        options(),
    )
    .unwrap();
    let error = foreign
        .upload(Source::bytes(b"x"), with(absolute))
        .unwrap_err();
    assert_eq!(
        (error.status(), error.field()),
        (Status::Unsupported, Some("openim"))
    );
    assert!(emulator.control().journal().is_empty());
}

#[test]
fn the_admin_stores_under_any_name_and_in_groups() {
    let emulator = emulator(|_| {});
    let client = admin(&emulator);
    let options = with(OpenimUpload {
        method: OpenimUploadMethod::Form,
        name: Some("shared/logo.png".into()),
        group: Some("avatar".into()),
        absolute: true,
        ..OpenimUpload::default()
    });
    let stored = client.upload(Source::bytes(b"1"), options).unwrap();
    assert_eq!(stored.file, "shared/logo.png");
    // Another file of that name takes its place.
    let options = with(OpenimUpload {
        name: Some("shared/logo.png".into()),
        ..OpenimUpload::default()
    });
    client.upload(Source::bytes(b"22"), options).unwrap();
    assert_eq!(fetch(&alice(&emulator), "shared/logo.png"), b"22");
}

#[test]
fn an_unknown_name_is_not_found() {
    for unknown in [OpenimUnknownName::NotFound, OpenimUnknownName::Internal] {
        let emulator = emulator(|config| config.unknown_name = unknown);
        let client = alice(&emulator);
        let error = download(&client, "alice/nothing").unwrap_err();
        assert_eq!(
            (error.status(), error.http_status()),
            (Status::NotFound, Some(404)),
            "{error}"
        );
        let error = client
            .presign_download("alice/nothing", DownloadOptions::default())
            .err()
            .unwrap();
        assert_eq!(error.status(), Status::NotFound, "{error}");
    }
}

#[test]
fn a_broken_download_goes_on_where_it_broke_off() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    let data = pattern(1_000_000);
    let stored = upload(&client, &data).unwrap();
    emulator.control().clear_journal();
    fault(
        &emulator,
        "storage_get",
        Action::TruncateBody { after: 600_000 },
    );
    let got = download(&client, &stored.file).unwrap();
    assert!(got.data.unwrap() == data);
    assert_eq!(got.attempts, 2);
    assert_eq!(got.content_type.as_deref(), Some("image/png"));
    let journal = emulator.control().journal();
    let ranges: Vec<_> = journal
        .iter()
        .filter(|entry| entry.verb == "storage_get")
        .map(|entry| (entry.header("range"), entry.status))
        .collect();
    assert_eq!(ranges[0], (None, Some(200)));
    assert!(
        ranges[1].0.is_some() && ranges[1].1 == Some(206),
        "{ranges:?}"
    );
}

/// A grey image of so many pixels, in a PNG that is not compressed.
fn png(width: u32, height: u32) -> Vec<u8> {
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |c, _| {
                (c >> 1) ^ (0xEDB8_8320 * (c & 1))
            })
        })
    }
    let row = |y: u32| std::iter::once(0).chain((0..width).map(move |x| (x ^ y) as u8));
    let raw: Vec<u8> = (0..height).flat_map(row).collect();
    let (a, b) = raw.iter().fold((1, 0), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    // One stored block: at most 65,535 bytes.
    let length = u16::try_from(raw.len()).unwrap();
    let data = [
        &[0x78, 0x01, 1][..],
        &length.to_le_bytes(),
        &(!length).to_le_bytes(),
        &raw,
        &(b << 16 | a).to_be_bytes(),
    ]
    .concat();
    let header = [
        &width.to_be_bytes()[..],
        &height.to_be_bytes(),
        &[8, 0, 0, 0, 0],
    ]
    .concat();
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, body) in [(b"IHDR", header), (b"IDAT", data), (b"IEND", Vec::new())] {
        let chunk = [&kind[..], &body].concat();
        out.extend((body.len() as u32).to_be_bytes());
        out.extend(&chunk);
        out.extend(crc(&chunk).to_be_bytes());
    }
    out
}

#[test]
fn an_image_has_thumbnails() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    assert!(client.can(chatfile::Capability::Thumbnail));
    let image = png(200, 100);
    let stored = upload(&client, &image).unwrap();
    let wish = |format: Option<&str>| DownloadOptions {
        openim: Some(OpenimDownload {
            thumbnail: true,
            thumbnail_width: Some(50),
            thumbnail_height: Some(50),
            thumbnail_format: format.map(Into::into),
        }),
        ..DownloadOptions::default()
    };
    let small = client
        .download(&stored.file, Sink::buffer(), wish(Some("png")))
        .unwrap();
    let bytes = small.data.unwrap();
    assert_eq!(bytes[..8], image[..8]);
    let side = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert!(
        side(16) <= 50 && side(20) <= 50,
        "{}x{}",
        side(16),
        side(20)
    );
    let jpeg = client
        .download(&stored.url.unwrap(), Sink::buffer(), wish(Some("jpeg")))
        .unwrap();
    assert_eq!(jpeg.data.unwrap()[..2], [0xFF, 0xD8]);
    let presigned = client.presign_download(&stored.file, wish(None)).unwrap();
    let got = client
        .receive_presigned(&presigned, Sink::buffer(), DownloadOptions::default())
        .unwrap();
    assert!(got.size < image.len() as u64);
    let error = client
        .download(&stored.file, Sink::buffer(), wish(Some("webp")))
        .unwrap_err();
    assert_eq!(error.field(), Some("thumbnail_format"));
}

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
            let done = backend.complete_presigned(&presigned, None).unwrap();
            assert_eq!((done.file.as_str(), done.size), ("alice/图.png", 50_000));
            assert!(done.url.unwrap().ends_with("/object/alice/图.png"));
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
    let parts = with(OpenimUpload {
        method: OpenimUploadMethod::Multipart,
        ..OpenimUpload::default()
    });
    let error = backend.presign_upload(Some(1), parts).err().unwrap();
    assert_eq!(error.field(), Some("method"));
    let upload = backend.presign_upload(Some(1), named("a")).unwrap();
    let error = anyone.complete_presigned(&upload, None).unwrap_err();
    assert!(error.message().contains("client of the service"), "{error}");
    // Nothing was sent yet.
    let error = backend.complete_presigned(&upload, None).unwrap_err();
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
    let error = backend.complete_presigned(&presigned, None).unwrap_err();
    assert!(error.message().contains("needs no completion"), "{error}");
    emulator.control().advance_seconds(7 * 86_400 + 1);
    assert_eq!(get(&presigned).unwrap_err().status(), Status::Expired);
    // The URL of a message is for ever.
    let public = backend
        .presign_download(&stored.url.unwrap(), DownloadOptions::default())
        .unwrap();
    assert_eq!(public.expires_at(), None);
    assert!(get(&public).unwrap().data.unwrap() == data);
}
