//! Easemob's uploads, against easemob.md §2.3.

use crate::common::*;
use chatfile_emulator::{EasemobConfig, EasemobOversize, RestrictAccess};

fn chatfile(id: &str) -> String {
    format!("{APP}/chatfiles/{id}")
}

#[track_caller]
fn error(reply: &Reply) -> (u16, String, String) {
    let body = reply.json();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    (reply.status, text("error"), text("error_description"))
}

fn owned(status: u16, error: &str, description: &str) -> (u16, String, String) {
    (status, error.to_owned(), description.to_owned())
}

#[test]
fn the_reply_of_an_upload_has_every_field() {
    let emulator = start();
    let token = user_token(&emulator);
    let reply = easemob_upload(
        &emulator,
        &token,
        &[("restrict-access", "true")],
        b"content",
    );
    let body = reply.json();
    assert_eq!(body["action"], "post");
    assert_eq!(body["application"], "8be024f0-e978-11e8-b697-5d598d5f8402");
    assert_eq!(body["path"], "/chatfiles");
    assert_eq!(body["uri"], format!("http://emulator.test{APP}/chatfiles"));
    assert_eq!(body["organization"], "easemob-demo");
    assert_eq!(body["applicationName"], "testapp");
    assert!(body["timestamp"].is_i64() && body["duration"].is_i64());
    assert_eq!(body["entities"].as_array().unwrap().len(), 1);
    let entity = &body["entities"][0];
    assert_eq!(entity["type"], "chatfile");
    let uuid: uuid::Uuid = entity["uuid"].as_str().unwrap().parse().unwrap();
    assert_eq!(uuid.get_version_num(), 1);
    let secret = entity["share-secret"].as_str().unwrap();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    assert!(secret.len() == 48 && secret.bytes().all(plain), "{secret}");
}

#[test]
fn readings_of_restrict_access() {
    let secret_of = |reading, always, value: Option<&str>| {
        let emulator = start_easemob(EasemobConfig {
            restrict_access: reading,
            always_share_secret: always,
            ..EasemobConfig::default()
        });
        let token = app_token(&emulator);
        let headers: Vec<_> = value
            .map(|value| ("restrict-access", value))
            .into_iter()
            .collect();
        let (id, secret) = uploaded(&easemob_upload(&emulator, &token, &headers, b"x"));
        let open = get(&emulator, &chatfile(&id), &[("Authorization", &token)]).status == 200;
        (secret.is_some(), open)
    };
    let (restricted, free) = ((true, false), (false, true));
    for value in ["true", "TRUE", "1", "yes", ""] {
        assert_eq!(
            secret_of(RestrictAccess::Value, false, Some(value)),
            restricted,
            "{value}"
        );
    }
    for value in [None, Some("false"), Some("False")] {
        assert_eq!(
            secret_of(RestrictAccess::Value, false, value),
            free,
            "{value:?}"
        );
    }
    assert_eq!(
        secret_of(RestrictAccess::Presence, false, Some("false")),
        restricted
    );
    assert_eq!(secret_of(RestrictAccess::Presence, false, None), free);
    assert_eq!(
        secret_of(RestrictAccess::Disabled, true, Some("true")),
        free
    );
    assert_eq!(
        secret_of(RestrictAccess::Value, true, Some("false")),
        (true, true)
    );
}

#[test]
fn uploads_that_are_refused() {
    let emulator = start();
    let token = app_token(&emulator);
    let path = format!("{APP}/chatfiles");
    let post = |content_type: &str, body: &[u8]| {
        let headers = [
            ("Authorization", token.as_str()),
            ("Content-Type", content_type),
        ];
        request(&emulator, "POST", &path, &headers, body)
    };
    let missing = owned(400, "illegal_argument", "file must be provided.");
    let boundary = FORM.1.split_once('=').unwrap().1;
    let bodies = [
        file_form("other", "a.txt", "text/plain", b"x"),
        file_form("file", "", "text/plain", b""),
        format!("--{boundary}--\r\n").into_bytes(),
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--{boundary}--").into_bytes(),
    ];
    for body in bodies {
        assert_eq!(error(&post(FORM.1, &body)), missing);
    }
    let good = file_form("file", "a.txt", "text/plain", b"x");
    assert_eq!(post("multipart/form-data", &good).status, 400);
    assert_eq!(
        post("multipart/form-data; boundary=other", &good).status,
        400
    );
    assert_eq!(post(FORM.1, &good[..good.len() - 50]).status, 400);
    assert_eq!(
        error(&post("application/json", b"{}")),
        owned(415, "web_application", "Unsupported Media Type")
    );
    assert_eq!(easemob_upload(&emulator, "Bearer x", &[], b"x").status, 401);
    // Nothing half-received is kept.
    assert_eq!(
        std::fs::read_dir(emulator.folder().join("files"))
            .unwrap()
            .count(),
        0
    );
    assert_eq!(
        std::fs::read_dir(emulator.folder().join("incoming"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn the_limit_is_exact_and_the_refusal_readable() {
    let limit = 200_000;
    let emulator = start_easemob(EasemobConfig {
        max_upload: limit as u64,
        ..EasemobConfig::default()
    });
    let token = app_token(&emulator);
    assert_eq!(
        easemob_upload(&emulator, &token, &[], &vec![1; limit]).status,
        200
    );
    // Over by one, found while reading; over by far, found in the Content-Length.
    for size in [limit + 1, limit * 10] {
        let reply = easemob_upload(&emulator, &token, &[], &vec![1; size]);
        assert_eq!(
            error(&reply),
            owned(
                413,
                "file exceeding maximum limit",
                "the file size exceeds the maximum limit."
            )
        );
    }
    let emulator = start_easemob(EasemobConfig {
        max_upload: 10,
        oversize: EasemobOversize::Html,
        ..EasemobConfig::default()
    });
    let reply = easemob_upload(&emulator, &app_token(&emulator), &[], b"more than ten");
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (413, Some("text/html"))
    );
    assert!(reply.text().contains("413 Request Entity Too Large"));
}

#[test]
fn an_empty_file_is_a_file() {
    let emulator = start();
    let token = app_token(&emulator);
    let (id, _) = uploaded(&easemob_upload(&emulator, &token, &[], b""));
    let reply = get(&emulator, &chatfile(&id), &[("Authorization", &token)]);
    assert_eq!(
        (reply.status, reply.header("content-length")),
        (200, Some("0"))
    );
}

#[test]
fn expect_continue_is_answered_before_the_body() {
    let emulator = start();
    let token = app_token(&emulator);
    let body = file_form("file", "a.bin", "application/octet-stream", b"content");
    let headers = [
        FORM,
        ("Authorization", token.as_str()),
        ("Expect", "100-continue"),
    ];
    let mut connection = Connection::open(&emulator);
    connection.send(head(
        "POST",
        &format!("{APP}/chatfiles"),
        &headers,
        body.len(),
    ));
    assert_eq!(connection.head().unwrap().status, 100);
    connection.send(&body);
    assert_eq!(connection.reply().status, 200);
    // Refused by its head alone: no 100, and the connection is of no more use.
    let headers = [
        FORM,
        ("Authorization", "Bearer x"),
        ("Expect", "100-continue"),
    ];
    connection.send(head(
        "POST",
        &format!("{APP}/chatfiles"),
        &headers,
        body.len(),
    ));
    let reply = connection.reply();
    assert_eq!(
        (reply.status, reply.header("connection")),
        (401, Some("close"))
    );
    assert!(connection.drain().1.is_ok());
}

#[test]
fn chunked_bodies_are_taken() {
    let emulator = start();
    let token = app_token(&emulator);
    let body = file_form(
        "file",
        "a.bin",
        "application/octet-stream",
        b"chunked content",
    );
    let mut connection = Connection::open(&emulator);
    connection.send(format!(
        "POST {APP}/chatfiles HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n{}: {}\r\n\
         Transfer-Encoding: chunked\r\n\r\n",
        FORM.0, FORM.1
    ));
    for piece in body.chunks(7) {
        connection.send(format!("{:x}\r\n", piece.len()));
        connection.send(piece);
        connection.send("\r\n");
    }
    connection.send("0\r\n\r\n");
    let (id, _) = uploaded(&connection.reply());
    let reply = get(&emulator, &chatfile(&id), &[("Authorization", &token)]);
    assert_eq!(reply.body, b"chunked content");
}

#[test]
fn calls_are_limited_per_second() {
    let emulator = start_easemob(EasemobConfig {
        calls_per_second: 1,
        public_base: Some("https://elsewhere.example/".to_owned()),
        ..EasemobConfig::default()
    });
    let token = app_token(&emulator);
    emulator.control().freeze_clock(true);
    let reply = easemob_upload(&emulator, &token, &[], b"x");
    assert_eq!(
        reply.json()["uri"],
        format!("https://elsewhere.example{APP}/chatfiles")
    );
    let reply = easemob_upload(&emulator, &token, &[], b"x");
    assert_eq!(
        error(&reply),
        owned(429, "reach_limit", "This request has reached api limit")
    );
    emulator.control().advance_seconds(1);
    assert_eq!(easemob_upload(&emulator, &token, &[], b"x").status, 200);
}

#[test]
fn app_id_paths_name_the_app_no_more() {
    let emulator = start();
    let token = app_token(&emulator);
    let base = "/app-id/8be024f0-e978-11e8-b697-5d598d5f8402";
    let body = file_form("file", "a.txt", "text/plain", b"x");
    let auth = ("Authorization", token.as_str());
    let reply = request(
        &emulator,
        "POST",
        &format!("{base}/chatfiles"),
        &[FORM, auth],
        &body,
    );
    let (id, _) = uploaded(&reply);
    for name in ["organization", "applicationName", "application"] {
        assert!(reply.json().get(name).is_none(), "{name}");
    }
    let body = app_grant(&emulator);
    let path = format!("{base}/token");
    let reply = request(&emulator, "POST", &path, &[JSON], body.as_bytes());
    assert!(reply.status == 200 && reply.json().get("application").is_none());
    let reply = request(&emulator, "POST", base, &[], b"");
    let app = emulator.control().config().easemob.app.clone();
    assert!(!reply.text().contains(&app), "{}", reply.text());
    assert_eq!(
        get(&emulator, &format!("{base}/chatfiles/{id}"), &[auth]).body,
        b"x"
    );
    let reply = get(&emulator, &format!("/app-id/wrong/chatfiles/{id}"), &[auth]);
    assert_eq!(reply.status, 404);
}

#[test]
fn paths_and_methods_that_do_not_exist() {
    let emulator = start();
    let token = app_token(&emulator);
    let auth = [("Authorization", token.as_str())];
    let reply = get(&emulator, &format!("{APP}/chatfile"), &auth);
    assert_eq!(error(&reply).1, "service_resource_not_found");
    assert_eq!(
        get(&emulator, &format!("{APP}/chatfiles"), &auth).status,
        405
    );
    assert_eq!(
        request(&emulator, "DELETE", &chatfile("x"), &auth, b"").status,
        405
    );
    let reply = get(&emulator, "/other/app/chatfiles/x", &auth);
    assert_eq!(error(&reply).1, "organization_application_not_found");
    // A 200 that is no upload: the app itself was posted to.
    let reply = request(&emulator, "POST", APP, &auth, b"");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["entities"][0]["type"], "application");
    assert!(reply.json()["entities"][0].get("share-secret").is_none());
}

#[test]
fn preflights_name_the_fields_back() {
    let emulator = start();
    let headers = [
        ("Origin", "https://app.example"),
        ("Access-Control-Request-Method", "POST"),
        (
            "Access-Control-Request-Headers",
            "authorization,restrict-access",
        ),
    ];
    for path in [
        "chatfiles",
        "token",
        "chatfiles/x",
        "sdk/chatfiles/part-upload",
    ] {
        let reply = request(
            &emulator,
            "OPTIONS",
            &format!("{APP}/{path}"),
            &headers,
            b"",
        );
        assert_eq!(reply.status, 200);
        assert_eq!(
            reply.header("access-control-allow-headers"),
            Some("authorization,restrict-access")
        );
        assert!(
            reply
                .header("access-control-allow-methods")
                .unwrap()
                .contains("PUT")
        );
    }
}
