//! What the server, its storage and others say that is no success, and what is
//! done about it.

use super::*;
use chatfile::{Error, LogLevel, Presigned, ThumbnailKind};
use chatfile_emulator::OpenimServer;
use std::sync::{Arc, Mutex};

/// A page or a text of somebody in between.
fn page(content_type: &str, body: &str, headers: &[(&str, &str)]) -> Action {
    let pairs = headers
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()));
    Action::Answer(Canned {
        status: 200,
        content_type: Some(content_type.into()),
        body: body.into(),
        headers: pairs.collect(),
        ..Canned::default()
    })
}

/// The same for ever.
fn always(emulator: &Emulator, verb: &str, action: Action) {
    let rule = Rule::new(action).service("openim").verb(verb);
    emulator.control().clear_faults();
    emulator.control().clear_journal();
    emulator.control().add_fault(rule).unwrap();
}

fn refusal(code: u32, detail: &str) -> Action {
    let body =
        format!(r#"{{"errCode":{code},"errMsg":"ServerInternalError","errDlt":"{detail}"}}"#);
    Action::json(200, &body)
}

fn presign(client: &Client, file: &str) -> chatfile::Result<Presigned> {
    client.presign_download(file, DownloadOptions::default())
}

fn is_final(error: &Error, status: Status, words: &str) {
    assert_eq!(
        (error.status(), error.is_retryable()),
        (status, false),
        "{error}"
    );
    assert!(error.message().contains(words), "{error}");
}

#[test]
fn a_success_that_is_not_of_the_storage_is_no_file() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    let stored = upload(&client, b"the file").unwrap();
    let url = stored.url.unwrap();
    let presigned = presign(&client, &stored.file).unwrap();
    let modified = [
        ("Last-Modified", "Thu, 26 Nov 2026 10:00:00 GMT"),
        ("ETag", "\"5f\""),
    ];
    let html = "<html>Sign in to the network</html>";
    for (verb, headers) in [
        // The server never sends a file itself, whatever stands above it.
        ("object", &modified[..]),
        ("object", &[]),
        ("storage_get", &[]),
    ] {
        for file in [&stored.file, &url] {
            always(&emulator, verb, page("text/html", html, headers));
            let error = download(&client, file).unwrap_err();
            is_final(&error, Status::Response, "Sign in to the network");
            assert_eq!(counts(&emulator, [verb]), [1], "{file}");
        }
    }
    let error = client
        .receive_presigned(&presigned, Sink::buffer(), DownloadOptions::default())
        .unwrap_err();
    is_final(&error, Status::Response, "Sign in");
    // An error in its place may pass.
    emulator.control().clear_faults();
    fault(
        &emulator,
        "object",
        refusal(500, "server selection timeout"),
    );
    let got = download(&client, &stored.file).unwrap();
    assert_eq!((got.attempts, got.data.unwrap()), (2, b"the file".to_vec()));
    always(&emulator, "object", refusal(1004, "record not found"));
    let error = download(&client, &stored.file).unwrap_err();
    is_final(&error, Status::Response, "knows no file");
    assert_eq!(
        (error.service_code(), counts(&emulator, ["object"])),
        (Some("1004"), [1])
    );
}

#[test]
fn an_unknown_name_is_told_from_an_outage() {
    for unknown in [OpenimServer::Release, OpenimServer::Main] {
        let emulator = emulator(|config| config.server = unknown);
        let client = alice(&emulator);
        let stored = upload(&client, b"x").unwrap();
        emulator.control().clear_journal();
        for error in [
            presign(&client, "alice/nothing").err().unwrap(),
            download(&client, "alice/nothing").unwrap_err(),
        ] {
            is_final(&error, Status::NotFound, "knows no file of this name");
            // Nor is it told where in the server that was noticed.
            assert!(!error.message().contains("->"), "{error}");
        }
        assert_eq!(counts(&emulator, ["access_url", "object"]), [1, 1]);
        // The database, the cache or the storage is away.
        for detail in [
            "server selection error: timeout",
            "dial tcp: connection refused",
            "",
        ] {
            fault(&emulator, "access_url", refusal(500, detail));
            presign(&client, &stored.file).unwrap();
        }
        always(
            &emulator,
            "access_url",
            refusal(500, "dial tcp: connection refused"),
        );
        let error = presign(&client, &stored.file).err().unwrap();
        assert_eq!(
            (error.status(), error.is_retryable()),
            (Status::Unavailable, true)
        );
        assert_eq!(counts(&emulator, ["access_url"]), [4]);
    }
}

#[test]
fn a_process_of_a_cluster_may_be_away_for_a_while() {
    let emulator = emulator(|_| {});
    for (code, detail) in [
        (
            14,
            "connection error: desc = transport: Error while dialing",
        ),
        (4, "context deadline exceeded"),
        (2, "runtime error: invalid memory address"),
    ] {
        for verb in [
            "admin_token",
            "user_token",
            "initiate_form",
            "complete_form",
            "access_url",
        ] {
            let client = alice(&emulator);
            fault(&emulator, verb, refusal(code, detail));
            emulator.control().clear_journal();
            let stored = client.upload(Source::bytes(b"x"), by_form()).unwrap();
            presign(&client, &stored.file).unwrap();
            assert_eq!(
                counts(&emulator, [verb, "form_post"]),
                [2, 1],
                "{code} {verb}"
            );
        }
    }
}

fn by_form() -> UploadOptions<'static> {
    with(OpenimUpload::default().method(OpenimUploadMethod::Form))
}

#[test]
fn only_a_file_that_is_missing_is_sent_again() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    for (detail, made) in [
        ("server selection timeout", [1, 1, 2]),
        ("The specified key does not exist.", [2, 2, 2]),
        // As a cluster says it.
        ("Error: The specified key does not exist.", [2, 2, 2]),
    ] {
        emulator.control().clear_journal();
        fault(&emulator, "complete_form", refusal(500, detail));
        let stored = client.upload(Source::bytes(b"abc"), by_form()).unwrap();
        assert_eq!(fetch(&client, &stored.file), b"abc");
        let verbs = ["initiate_form", "form_post", "complete_form"];
        assert_eq!(counts(&emulator, verbs), made, "{detail}");
    }
}

#[test]
fn users_who_cannot_have_a_token_are_told_why() {
    let emulator = emulator(|_| {});
    for (user_id, words) in [
        ("nobody", "register the user"),
        ("imAdmin", "leave platform out"),
    ] {
        emulator.control().clear_journal();
        let client = open(&emulator, user_id, user());
        let error = upload(&client, b"x").unwrap_err();
        is_final(&error, Status::Auth, words);
        assert_eq!(error.phase(), chatfile::Phase::Token);
        assert_eq!(counts(&emulator, ["user_token"]), [1]);
    }
    let client = alice(&emulator);
    let body = r#"{"errCode":1001,"errMsg":"ArgsError","errDlt":"app account can't get token"}"#;
    fault(&emulator, "user_token", Action::json(200, body));
    is_final(
        &upload(&client, b"x").unwrap_err(),
        Status::Auth,
        "account of the app",
    );
}

fn thumbnail(side: u32) -> DownloadOptions<'static> {
    DownloadOptions::default()
        .thumbnail(ThumbnailKind::Image)
        .thumbnail_width(side)
        .thumbnail_height(side)
}

#[test]
fn a_thumbnail_that_cannot_be_is_asked_for_once() {
    for unknown in [OpenimServer::Release, OpenimServer::Main] {
        let emulator = emulator(|config| config.server = unknown);
        let client = alice(&emulator);
        let image = super::downloads::png(200, 100);
        let wide = upload(&client, &image).unwrap().file;
        let text = client
            .upload(Source::bytes(b"x"), named("a.txt"))
            .unwrap()
            .file;
        for (file, side, words) in [(&wide, 1, "less than a pixel"), (&text, 50, "no image")] {
            emulator.control().clear_journal();
            let get = client.download(file, Sink::buffer(), thumbnail(side));
            is_final(&get.unwrap_err(), Status::Service, words);
            let presigned = client.presign_download(file, thumbnail(side));
            is_final(&presigned.err().unwrap(), Status::Service, words);
            assert_eq!(counts(&emulator, ["object", "access_url"]), [1, 1]);
        }
    }
}

#[test]
fn an_address_that_the_caller_gave_and_that_has_expired_is_asked_for_once() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    let stored = upload(&client, b"x").unwrap();
    let url = presign(&client, &stored.file).unwrap().url().to_owned();
    assert_eq!(fetch(&client, &url), b"x");
    emulator.control().advance_seconds(7 * 86_400 + 1);
    emulator.control().clear_journal();
    let error = download(&client, &url).unwrap_err();
    is_final(&error, Status::Expired, "expired");
    assert_eq!(counts(&emulator, ["storage_get"]), [1]);
}

#[test]
fn a_presigned_upload_that_was_not_sent_or_cut_is_completed_once() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    let presigned = client.presign_upload(Some(3), by_form()).unwrap();
    let error = client
        .complete_presigned(&presigned, Default::default())
        .unwrap_err();
    is_final(&error, Status::NotFound, "not sent yet");
    assert_eq!(counts(&emulator, ["complete_form"]), [1]);
    always(
        &emulator,
        "complete_form",
        refusal(90_007, "file size mismatch"),
    );
    let error = client
        .complete_presigned(&presigned, Default::default())
        .unwrap_err();
    is_final(&error, Status::Integrity, "file size mismatch");
    assert_eq!(counts(&emulator, ["complete_form"]), [1]);
}

#[test]
fn a_form_that_is_refused_as_old_at_once_is_a_matter_of_clocks() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    let expired = "<Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy \
                   expired</Message></Error>";
    always(&emulator, "form_post", Action::json(403, expired));
    let error = client.upload(Source::bytes(b"x"), by_form()).unwrap_err();
    is_final(&error, Status::Expired, "clocks");
    assert_eq!(counts(&emulator, ["initiate_form", "form_post"]), [1, 1]);
}

#[test]
fn an_address_of_the_storage_that_leads_nowhere_is_the_servers() {
    let emulator = emulator(|config| {
        // Nothing listens there.
        config.external_address = Some("http://127.0.0.1:1".into());
        config.min_part_size = Some(5);
    });
    let options = options().max_attempts(1);
    let client = open_with(&emulator, "alice", user(), options);
    let parts = with(OpenimUpload::default().method(OpenimUploadMethod::Parts));
    let presigned = client.presign_upload(Some(8), by_form()).unwrap();
    let send = || {
        let presigned = Presigned::from_json(&presigned.to_json()).unwrap();
        client.send_presigned(
            &presigned,
            Source::bytes(b"the file"),
            UploadOptions::default(),
        )
    };
    for error in [
        client
            .upload(Source::bytes(b"the file"), by_form())
            .unwrap_err(),
        client
            .upload(Source::bytes(b"the file"), parts)
            .unwrap_err(),
        send().unwrap_err(),
    ] {
        assert_eq!(error.status(), Status::Connect, "{error}");
        let words = "http://127.0.0.1:1 is what OpenIM's server names";
        assert!(error.message().contains(words), "{error}");
        assert!(error.message().contains("externalAddress"), "{error}");
    }
    // Nobody else's.
    let config = Openim::new("http://127.0.0.1:1", "alice", user());
    let client = Client::openim(config, super::options()).unwrap();
    for error in [
        upload(&client, b"x").unwrap_err(),
        download(&client, "alice/a").unwrap_err(),
    ] {
        assert_eq!(error.status(), Status::Connect);
        assert!(!error.message().contains("externalAddress"), "{error}");
    }
}

#[test]
fn an_address_that_a_download_is_redirected_to_is_the_servers() {
    let emulator = emulator(|_| {});
    let options = options().max_attempts(1);
    let client = open_with(&emulator, "alice", user(), options);
    let to_nowhere = Action::Redirect {
        status: 302,
        location: "http://127.0.0.1:1/openim/a?X-Amz-Signature=5f".into(),
        timing: chatfile_emulator::Timing::AfterBody,
    };
    always(&emulator, "object", to_nowhere);
    let error = download(&client, "alice/a").unwrap_err();
    assert_eq!(error.status(), Status::Connect, "{error}");
    assert!(
        error
            .message()
            .contains("http://127.0.0.1:1 is what OpenIM's server"),
        "{error}"
    );
    assert!(!error.message().contains("X-Amz"), "{error}");
}

#[test]
fn the_port_of_the_storage_is_not_the_api() {
    let emulator = emulator(|_| {});
    let config = Openim::new(format!("{}/openim", emulator.base_url()), "alice", user());
    let client = Client::openim(config, options()).unwrap();
    let error = upload(&client, b"x").unwrap_err();
    is_final(
        &error,
        Status::Response,
        "a storage answers at the base URL",
    );
    assert!(error.message().contains("BadRequest"), "{error}");
}

#[test]
fn parts_that_stop_because_of_another_are_not_logged_as_cancelled() {
    let emulator = super::parts::small_parts(OpenimDriver::Minio);
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = lines.clone();
    let options = options().log(LogLevel::Debug, move |level, line: &str| {
        log.lock().unwrap().push((level, line.to_owned()))
    });
    let client = open_with(&emulator, "alice", user(), options);
    let control = emulator.control();
    let stall = Rule::new(Action::StallReceiving { after: 1000 }).verb("part_put");
    control.add_fault(stall.times(3)).unwrap();
    let denied = "<Error><Code>SignatureDoesNotMatch</Code></Error>";
    control
        .add_fault(Rule::new(Action::json(403, denied)).verb("part_put"))
        .unwrap();
    let data = pattern(8 * super::parts::PART);
    let error = client
        .upload(Source::bytes(&data), super::parts::in_parts("a"))
        .unwrap_err();
    assert_eq!(error.status(), Status::Forbidden, "{error}");
    let lines = lines.lock().unwrap();
    let cancelled = lines.iter().find(|(_, line)| line.contains("CANCELLED"));
    assert_eq!(cancelled, None);
    let given_up = lines.iter().filter(|(_, line)| line.contains("given up"));
    assert_eq!(given_up.count(), 3, "{lines:?}");
}
