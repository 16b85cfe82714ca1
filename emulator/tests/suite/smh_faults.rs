//! Faults on every call of SMH and of its store.

use chatfile_emulator::{Action, Emulator, Rule};
use serde_json::{Value, json};

use crate::common::*;
use crate::smh::*;

/// Makes every kind of call once, and says what each got.
fn every_call(emulator: &Emulator) -> Vec<(String, String, Option<u16>)> {
    let client = Client::new(emulator);
    emulator.control().clear_journal();
    let none = &Value::Null;
    let text = token(emulator, "&grant=admin").json();
    let text = text["accessToken"].as_str().unwrap_or("x").to_owned();
    let address = format!("/api/v1/token/{LIBRARY}/{text}");
    request(emulator, "POST", &address, &[], b"");
    request(emulator, "DELETE", &address, &[], b"");
    let begin = |method: &str, name: &str, query: &str| Upload {
        emulator,
        info: client.call(method, name, query, none).json(),
    };
    let simple = begin("PUT", "s", "");
    let parts = begin("POST", "m", "multipart");
    let _form = begin("POST", "f", "");
    if simple.info["path"].is_string() {
        simple.put("", b"x");
        client.confirm(&simple, "", none);
    }
    if parts.info["path"].is_string() {
        parts.put(&parts.part_query(1), b"x");
        client.call("POST", parts.key(), "renew", none);
        client.call("GET", parts.key(), "upload", none);
        client.call("DELETE", parts.key(), "upload", none);
    }
    request(emulator, "POST", "/", &[FORM], b"");
    let reply = client.call("GET", "s", "", none);
    if let Some(location) = reply.header("location") {
        let path = path_of(location);
        request(emulator, "GET", &path, &[], b"");
        request(emulator, "HEAD", &path, &[], b"");
    }
    client.call("GET", "s", "info", none);
    client.call("HEAD", "s", "", none);
    client.of("directory", "PUT", "d", "", none);
    client.of("directory", "GET", "", "", none);
    client.call("PUT", "t", "", &json!({ "copyFrom": "s" }));
    client.call("PUT", "u", "", &json!({ "from": "t" }));
    client.call("DELETE", "u", "", none);
    client.call("PUT", "v", "virtual_file=1", none);
    let of_library = |method: &str, rest: &str, body: &str| {
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = format!("/api/v1/{rest}?{query}&access_token={}", client.token);
        request(emulator, method, &path, &[JSON], body.as_bytes())
    };
    let quota = format!("quota/{LIBRARY}");
    of_library("POST", &quota, r#"{"capacity":"1000","spaces":["-"]}"#);
    of_library("GET", &format!("{quota}/-"), "");
    of_library("PUT", &format!("{quota}/-"), r#"{"capacity":"2000"}"#);
    of_library("GET", &format!("usage/{LIBRARY}"), "");
    of_library("GET", &format!("space/{LIBRARY}/list"), "");
    let batch = format!("batch/{LIBRARY}/-");
    of_library(
        "POST",
        &format!("{batch}?copy"),
        r#"[{"copyFrom":"s","to":"w"}]"#,
    );
    of_library(
        "POST",
        &format!("{batch}?move"),
        r#"[{"from":"w","to":"x"}]"#,
    );
    of_library("POST", &format!("{batch}?delete"), r#"[{"path":"x"}]"#);
    let bin = format!("recycled/{LIBRARY}/-");
    let listed = of_library("GET", &bin, "").json();
    let item = &listed["contents"][0]["recycledItemId"];
    of_library("GET", &format!("{bin}/{item}?info"), "");
    of_library("POST", &format!("{bin}/{item}?restore"), "");
    let item = &listed["contents"][1]["recycledItemId"];
    of_library("POST", &format!("{bin}?restore"), &format!("[{item}]"));
    of_library("POST", &format!("{bin}?delete"), "[]");
    of_library("DELETE", &bin, "");
    request(emulator, "OPTIONS", &address, &[], b"");
    let from_a_page = [
        ("Origin", "https://a.example"),
        ("Access-Control-Request-Method", "PUT"),
    ];
    request(emulator, "OPTIONS", "/", &from_a_page, b"");
    request(emulator, "GET", "/api/v1/x", &[], b"");
    request(emulator, "PATCH", &format!("/{LIBRARY}/x"), &[], b"");
    let journal = emulator.control().journal();
    journal
        .into_iter()
        .map(|entry| (entry.service, entry.verb, entry.status))
        .collect()
}

const SMH: &[&str] = &[
    "token",
    "token_renew",
    "token_delete",
    "begin_simple",
    "begin_multipart",
    "begin_form",
    "renew",
    "state",
    "confirm",
    "cancel",
    "download",
    "info",
    "head",
    "delete",
    "mkdir",
    "list",
    "move",
    "copy",
    "virtual",
    "batch_copy",
    "batch_move",
    "batch_delete",
    "recycled_list",
    "recycled_info",
    "recycled_restore",
    "recycled_restore_many",
    "recycled_purge_many",
    "recycled_empty",
    "quota_create",
    "quota_get",
    "quota_set",
    "usage",
    "space",
    "preflight",
    "unknown",
];
const COS: &[&str] = &[
    "part_put",
    "put",
    "form_post",
    "get",
    "head",
    "preflight",
    "unknown",
];

#[test]
fn every_verb_is_seen() {
    let emulator = start();
    let seen = every_call(&emulator);
    for (service, verbs) in [("smh", SMH), ("cos", COS)] {
        for verb in verbs {
            let found = seen.iter().any(|(s, v, _)| s == service && v == verb);
            assert!(found, "{service} {verb} in {seen:?}");
        }
    }
    // With the other tests: only what must fails here.
    let expected_failures = ["unknown", "form_post"];
    for (service, verb, status) in &seen {
        let good = status.is_some_and(|status| status < 400);
        assert_eq!(
            good,
            !expected_failures.contains(&verb.as_str()),
            "{service} {verb} {status:?}"
        );
    }
}

#[test]
fn every_verb_can_fail() {
    for (service, verbs) in [("smh", SMH), ("cos", COS)] {
        for verb in verbs {
            let emulator = start();
            let action = Action::ServiceError {
                name: "503".to_owned(),
                timing: chatfile_emulator::Timing::AfterBody,
            };
            // One token is needed to get anywhere.
            let rule = Rule::new(action).service(service).verb(verb);
            let skip = u64::from(*verb == "token");
            emulator.control().add_fault(rule.skip(skip)).unwrap();
            let seen = every_call(&emulator);
            let mut of_verb = seen.iter().filter(|(s, v, _)| s == service && v == verb);
            assert!(
                of_verb.any(|(_, _, status)| *status == Some(503)),
                "{service} {verb}: {seen:?}"
            );
        }
    }
}

#[test]
fn the_errors_of_both_by_name() {
    let emulator = start();
    let fail = |service: &str, name: &str| {
        let action = Action::ServiceError {
            name: name.to_owned(),
            timing: chatfile_emulator::Timing::AfterBody,
        };
        let rule = Rule::new(action).service(service).times(1);
        emulator.control().clear_faults();
        emulator.control().add_fault(rule).unwrap();
        let path = if service == "smh" {
            "/api/v1/token".to_owned()
        } else {
            format!("/{LIBRARY}/x")
        };
        request(&emulator, "GET", &path, &[], b"")
    };
    for (name, status) in [
        ("InvalidAccessToken", 403),
        ("QuotaLimitReached", 400),
        ("SensitiveContentRecognized", 451),
        ("UploadNotFound", 404),
        ("RateLimitExceeded", 429),
        ("InternalServerError", 500),
    ] {
        refused(&fail("smh", name), status, name);
    }
    refused(&fail("smh", "409"), 409, "SameNameDirectoryOrFileExists");
    for (name, status) in [
        ("NoSuchUpload", 404),
        ("SlowDown", 503),
        ("InternalError", 500),
    ] {
        store_refused(&fail("cos", name), status, name);
    }
    let expired = fail("cos", "expired");
    store_refused(&expired, 403, "AccessDenied");
    assert!(expired.text().contains("Request has expired"));
}

#[test]
fn a_part_that_is_cut_off_can_be_sent_again() {
    let emulator = start();
    let client = Client::new(&emulator);
    let content = data(2 * MIB);
    let upload = client.begin("a", "multipart", &Value::Null);
    let cut = Rule::new(Action::ResetReceiving { after: 100_000 })
        .service("cos")
        .verb("part_put")
        .times(1);
    emulator.control().add_fault(cut).unwrap();
    let path = format!("{}{}", upload.path(), upload.part_query(1));
    let headers = upload.headers();
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let mut connection = Connection::open(&emulator);
    connection.send(head("PUT", &path, &headers, MIB));
    let _ = connection.try_send(&content[..MIB]);
    assert!(connection.try_reply(true).is_err());
    // The answer lost after the part was kept: sending it again is the same.
    let lost = Rule::new(Action::CloseBeforeAnswer { handle: true })
        .service("cos")
        .verb("part_put")
        .times(1);
    emulator.control().add_fault(lost).unwrap();
    let mut connection = Connection::open(&emulator);
    connection.send(head("PUT", &path, &headers, MIB));
    connection.send(&content[..MIB]);
    assert!(connection.try_reply(true).is_err());
    upload.put_all(&content, MIB);
    // A confirmation whose answer is lost has taken effect.
    let lost = Rule::new(Action::ResetBeforeAnswer { handle: true })
        .service("smh")
        .verb("confirm")
        .times(1);
    emulator.control().add_fault(lost).unwrap();
    let mut connection = Connection::open(&emulator);
    let confirm = client.address("file", upload.key(), "confirm");
    connection.send(head("POST", &confirm, &[], 0));
    assert!(connection.try_reply(true).is_err());
    let again = client.confirm(&upload, "", &Value::Null);
    refused(&again, 409, "UploadComplete");
    let state = client
        .call("GET", upload.key(), "upload", &Value::Null)
        .json();
    assert_eq!(
        (&state["confirmed"], &state["path"]),
        (&json!(true), &json!(["a"]))
    );
    assert!(client.get("a", "", &[]).body == content);
}

#[test]
fn a_download_can_be_damaged() {
    let emulator = start();
    let client = Client::new(&emulator);
    let content = data(MIB + 9);
    client.put_parts("a", &content, MIB);
    let at = MIB as u64 + 1;
    let corrupt = Rule::new(Action::CorruptBody { at })
        .service("cos")
        .verb("get");
    emulator.control().add_fault(corrupt.times(1)).unwrap();
    let got = client.get("a", "", &[]).body;
    assert!(got != content && got[..MIB] == content[..MIB]);
    assert!(client.get("a", "", &[]).body == content);
}
