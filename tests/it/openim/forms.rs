//! Uploads by form: names, storages, retries, refusals.

use super::*;
use chatfile::{DeleteOptions, Easemob, EasemobCredentials, NeteaseUpload, Progress};
use chatfile_emulator::OpenimFormHeader;

fn upload(client: &Client, data: &[u8]) -> chatfile::Result<UploadResult> {
    client.upload(Source::bytes(data), by_form("photo.png"))
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
        let stored = client.upload(Source::bytes(&data), by_form(name)).unwrap();
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
fn an_attempt_that_can_be_saved_is_made_again() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    let expired = "<Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy \
                   expired.</Message></Error>";
    let mismatch = r#"{"errCode":90007,"errMsg":"DataError","errDlt":"file size mismatch"}"#;
    let data = pattern(10_000);
    // One that had taken its time to come.
    let old_form = format!(
        r#"{{"errCode":0,"data":{{"id":"i","url":"{}/openim","file":"file","formData":{{}},
            "expires":1,"successCodes":[200]}}}}"#,
        emulator.base_url()
    );
    for (verb, action, made) in [
        // From the start: another permission, another object.
        ("form_post", Action::json(403, expired), [2, 2, 1]),
        (
            "form_post",
            Action::json(
                403,
                "<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>",
            ),
            [2, 2, 1],
        ),
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
        if made == [2, 2, 1] {
            fault(&emulator, "initiate_form", Action::json(200, &old_form));
        }
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
        let options = by_form("a.txt").progress(progress);
        let error = client.upload(Source::bytes(b"abc"), options).unwrap_err();
        assert_eq!(error.status(), expected, "{verb} {body}: {error}");
        // MinIO denies good permissions now and then: another one is tried.
        let made = if status == 403 { 2 } else { 1 };
        assert_eq!(counts(&emulator, [verb]), [made]);
        assert!(last.is_some_and(|last| !last.finished));
    }
}

#[test]
fn what_cannot_work_is_refused_before_anything_is_sent() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    let name = |name: &str| OpenimUpload::default().name(name);
    let absolute = OpenimUpload::default().absolute(true);
    for (data, options, status, field) in [
        (&b""[..], named("a"), Status::Limit, "source"),
        (b"x", with(name("bob/a")), Status::Argument, "name"),
        (b"x", with(name("/alice/a")), Status::Argument, "name"),
        (b"x", named(&"x".repeat(1024)), Status::Limit, "file_name"),
        (b"x", with(absolute.clone()), Status::Argument, "absolute"),
        (
            b"x",
            named("a").service(NeteaseUpload::default()),
            Status::Unsupported,
            "netease",
        ),
    ] {
        let error = client.upload(Source::bytes(data), options).unwrap_err();
        assert_eq!((error.status(), error.field()), (status, Some(field)));
    }
    let error = client.delete("a", DeleteOptions::default()).unwrap_err();
    assert_eq!(error.status(), Status::Unsupported);
    let foreign =
        Client::easemob(Easemob::new("a#b", EasemobCredentials::None), options()).unwrap();
    let error = foreign
        .upload(Source::bytes(b"x"), with(absolute))
        .unwrap_err();
    assert_eq!(
        (error.status(), error.field()),
        (Status::Unsupported, Some("openim"))
    );
    assert!(emulator.control().journal().is_empty());
}

/// In each of these, something cannot stand in a policy that is written without escapes.
const ODD: [(&str, &str); 6] = [
    ("a.txt", "text/plain; charset=\"utf-8\""),
    ("a.ogg", "audio/ogg; codecs=\"opus\""),
    ("a.\"q\"", "text/plain"),
    ("a.b\\c", "text/plain"),
    ("a.b\u{1}c", "text/plain"),
    ("a.long", "text/plain"),
];

fn odd(name: &str, media_type: &str, openim: OpenimUpload) -> UploadOptions<'static> {
    let name = name.replace("long", &"x".repeat(223));
    with(openim).file_name(name).media_type(media_type)
}

#[test]
fn what_no_form_can_be_signed_for_goes_in_parts() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    for group in [None, Some("avatar".to_owned())] {
        for (index, (name, media_type)) in ODD.into_iter().enumerate() {
            emulator.control().clear_journal();
            let mut openim = OpenimUpload::default();
            openim.group = group.clone();
            let data = pattern(1000 + index);
            let options = odd(name, media_type, openim);
            let stored = client.upload(Source::bytes(&data), options).unwrap();
            let got = download(&client, &stored.url.unwrap()).unwrap();
            assert_eq!(got.data.unwrap(), data);
            assert_eq!(got.media_type.as_deref(), Some(media_type));
            assert_eq!(counts(&emulator, ["initiate_form"]), [0]);
        }
    }
}

#[test]
fn a_form_says_what_it_can_of_the_media_type() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    let none = OpenimUpload::default;
    let form = none().method(OpenimUploadMethod::Form);
    for (told, kept) in [
        ("text/plain; charset=\"utf-8\"", "text/plain; charset=utf-8"),
        ("video/mp4; codecs=\"avc1, mp4a\"", "video/mp4"),
    ] {
        let once = Source::reader(&b"abc"[..], 3);
        let stored = client.upload(once, odd("a.b", told, none())).unwrap();
        let got = download(&client, &stored.file).unwrap();
        assert_eq!(got.media_type.as_deref(), Some(kept));
        let presigned = client.presign_upload(Some(3), odd("c.b", told, none()));
        let presigned = presigned.unwrap();
        let options = UploadOptions::default();
        client
            .send_presigned(&presigned, Source::bytes(b"abc"), options)
            .unwrap();
        let stored = client
            .complete_presigned(&presigned, Default::default())
            .unwrap();
        let got = download(&client, &stored.file).unwrap();
        assert_eq!(got.media_type.as_deref(), Some(kept));
    }
    emulator.control().clear_journal();
    for (name, media_type) in &ODD[2..] {
        let options = |openim: &OpenimUpload| odd(name, media_type, openim.clone());
        let once = Source::reader(&b"abc"[..], 3);
        for error in [
            client.upload(once, options(&none())).unwrap_err(),
            client
                .upload(Source::bytes(b"abc"), options(&form))
                .unwrap_err(),
            client
                .presign_upload(Some(3), options(&none()))
                .err()
                .unwrap(),
        ] {
            assert_eq!(
                (error.status(), error.field()),
                (Status::Argument, Some("file_name")),
                "{error}"
            );
        }
    }
    assert!(emulator.control().journal().is_empty());
}
