//! SMH's access tokens and what they let in.

use chatfile_emulator::{Control, SmhConfig};
use serde_json::Value;

use crate::common::*;
use crate::smh::*;

#[test]
fn a_token_is_made_renewed_and_deleted() {
    let emulator = start();
    let reply = token(&emulator, "");
    let first = reply.json();
    assert_eq!(first["expiresIn"], 86_400);
    let text = first["accessToken"].as_str().unwrap();
    assert!(text.starts_with("acctk01"));
    let address = format!("/api/v1/token/{LIBRARY}/{text}");
    let renewed = request(&emulator, "POST", &address, &[], b"");
    assert_eq!((renewed.status, renewed.json()), (200, first.clone()));
    let by_post = format!("/api/v1/token?library_id={LIBRARY}&library_secret={SECRET}&period=600");
    let reply = request(&emulator, "POST", &by_post, &[], b"");
    assert_eq!(reply.json()["expiresIn"], 600);
    assert_eq!(request(&emulator, "DELETE", &address, &[], b"").status, 204);
    refused(
        &request(&emulator, "POST", &address, &[], b""),
        403,
        "InvalidAccessToken",
    );
}

#[test]
fn all_tokens_of_a_user_go_at_once() {
    let emulator = start();
    let make = |query: &str| {
        let reply = token(&emulator, query);
        reply.json()["accessToken"].as_str().unwrap().to_owned()
    };
    let phone = make("&user_id=u1&client_id=phone");
    let desk = make("&user_id=u1&client_id=desk");
    let other = make("&user_id=u2");
    let works = |text: &str| {
        let path = format!("/api/v1/directory/{LIBRARY}/-/?access_token={text}");
        get(&emulator, &path, &[]).status
    };
    let delete = |query: &str| {
        let path = format!("/api/v1/token/{LIBRARY}?{query}");
        request(&emulator, "DELETE", &path, &[], b"")
    };
    refused(
        &delete("library_secret=x&user_id=u1"),
        404,
        "WrongLibraryIdOrSecret",
    );
    let secret = format!("library_secret={SECRET}");
    refused(&delete(&secret), 400, "ParamInvalid");
    let reply = delete(&format!("{secret}&user_id=u1&client_id=phone"));
    assert_eq!(reply.status, 204);
    assert_eq!([&phone, &desk, &other].map(|t| works(t)), [403, 200, 200]);
    delete(&format!("{secret}&user_id=u1"));
    assert_eq!([&phone, &desk, &other].map(|t| works(t)), [403, 403, 200]);
}

#[test]
fn periods_are_clamped_and_slide() {
    let emulator = start();
    let period = |text: &str| token(&emulator, &format!("&period={text}"));
    assert_eq!(period("1").json()["expiresIn"], 300);
    assert_eq!(period("999999999999").json()["expiresIn"], 315_360_000);
    refused(&period("soon"), 400, "ParamInvalid");

    let control: Control = emulator.control();
    control.freeze_clock(true);
    let client = Client {
        token: period("600").json()["accessToken"]
            .as_str()
            .unwrap()
            .to_owned(),
        ..Client::new(&emulator)
    };
    let list = || client.of("directory", "GET", "", "", &Value::Null);
    // Used every nine minutes it lives for hours.
    for _ in 0..20 {
        control.advance_seconds(540);
        assert_eq!(list().status, 200);
    }
    control.advance_seconds(599);
    assert_eq!(list().status, 200);
    control.advance_seconds(600);
    refused(&list(), 403, "InvalidAccessToken");
}

#[test]
fn every_way_not_to_be_let_in() {
    let emulator = start();
    let client = Client::new(&emulator);
    let list = |library: &str, space: &str, query: &str| {
        let path = format!("/api/v1/directory/{library}/{space}/?{query}");
        get(&emulator, &path, &[])
    };
    let token_query = format!("access_token={}", client.token);
    refused(&list(LIBRARY, "-", ""), 400, "EmptyAccessToken");
    refused(
        &list(LIBRARY, "-", "access_token="),
        400,
        "EmptyAccessToken",
    );
    let unknown = "access_token=acctk01beef";
    refused(&list(LIBRARY, "-", unknown), 403, "InvalidAccessToken");
    refused(&list("smhother", "-", unknown), 404, "LibraryNotFound");
    refused(
        &list("smhother", "-", &token_query),
        403,
        "AccessTokenNotMatchLibrary",
    );
    refused(
        &list(LIBRARY, "space0emulator0one", &token_query),
        403,
        "AccessTokenNotMatchSpace",
    );
    refused(
        &list(LIBRARY, "nowhere", &token_query),
        404,
        "SpaceNotFound",
    );
    let secret = format!("library_secret={SECRET}");
    assert_eq!(list(LIBRARY, "-", &secret).status, 200);
    refused(
        &list(LIBRARY, "-", "library_secret=x"),
        404,
        "WrongLibraryIdOrSecret",
    );
    let create = |query: &str| get(&emulator, &format!("/api/v1/token?{query}"), &[]);
    refused(&create(&secret), 400, "EmptyLibraryIdOrSecret");
    refused(
        &create(&format!("library_id={LIBRARY}")),
        400,
        "EmptyLibraryIdOrSecret",
    );
    refused(
        &create(&format!("library_id=x&{secret}")),
        404,
        "WrongLibraryIdOrSecret",
    );
    refused(&token(&emulator, "&space_id=nowhere"), 404, "SpaceNotFound");
    // A comma list of spaces.
    let both = token(&emulator, "&space_id=-,space0emulator0one&grant=admin").json();
    let both = format!("access_token={}", both["accessToken"].as_str().unwrap());
    assert_eq!(list(LIBRARY, "space0emulator0one", &both).status, 200);
    emulator.control().revoke_tokens();
    refused(&list(LIBRARY, "-", &both), 403, "InvalidAccessToken");
    refused(
        &get(&emulator, "/api/v1/nonsense", &[]),
        404,
        "RouteNotFound",
    );
}

#[test]
fn grants_are_looked_at() {
    let emulator = start();
    Client::new(&emulator).put("there.txt", "", b"x");
    let ask = |grant: &str, method: &str, rest: &str, query: &str, body: &Value| {
        Client::with_grant(&emulator, grant).call(method, rest, query, body)
    };
    let none = &Value::Null;
    refused(&ask("", "PUT", "a", "", none), 403, "NoPermission");
    assert_eq!(ask("", "GET", "there.txt", "", none).status, 302);
    assert_eq!(ask("begin_upload", "PUT", "a", "", none).status, 201);
    let force = "conflict_resolution_strategy=overwrite";
    refused(
        &ask("upload_file", "PUT", "a", force, none),
        403,
        "NoPermission",
    );
    assert_eq!(
        ask("upload_file_force", "PUT", "a", force, none).status,
        201
    );
    assert_eq!(ask("space_admin", "PUT", "a", force, none).status, 201);
    // Asking for the state of an upload is a read that needs more than reading.
    refused(&ask("", "GET", "key", "upload", none), 403, "NoPermission");
    refused(
        &ask("confirm_upload", "GET", "key", "upload", none),
        404,
        "UploadNotFound",
    );
    refused(
        &ask("begin_upload", "POST", "key", "confirm", none),
        403,
        "NoPermission",
    );
    refused(
        &ask("upload_file", "DELETE", "there.txt", "", none),
        403,
        "NoPermission",
    );
    refused(
        &ask("delete_file", "DELETE", "there.txt", "permanent=1", none),
        403,
        "NoPermission",
    );
    let from = serde_json::json!({ "from": "there.txt" });
    refused(
        &ask("upload_file", "PUT", "b", "", &from),
        403,
        "NoPermission",
    );
    assert_eq!(ask("move_file", "PUT", "b", "", &from).status, 200);
}

#[test]
fn calls_are_limited_when_asked() {
    let emulator = start_smh(SmhConfig {
        calls_per_second: 2,
        ..SmhConfig::default()
    });
    emulator.control().freeze_clock(true);
    assert_eq!(token(&emulator, "").status, 200);
    assert_eq!(token(&emulator, "").status, 200);
    refused(&token(&emulator, ""), 429, "RateLimitExceeded");
    emulator.control().advance_seconds(1);
    assert_eq!(token(&emulator, "").status, 200);
}

#[test]
fn browsers_may_read_the_answers() {
    let emulator = start();
    for path in [
        "/api/v1/file/x/-/y".to_owned(),
        format!("/{LIBRARY}/object"),
        "/".to_owned(),
    ] {
        let headers = [
            ("Origin", "https://example.com"),
            ("Access-Control-Request-Method", "PUT"),
            ("Access-Control-Request-Headers", "x-cos-security-token"),
        ];
        let reply = request(&emulator, "OPTIONS", &path, &headers, b"");
        // SMH's, and COS's own.
        assert_eq!(
            reply.status,
            if path.starts_with("/api") { 204 } else { 200 }
        );
        assert_eq!(
            reply.header("access-control-allow-headers"),
            Some("x-cos-security-token")
        );
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    }
}
