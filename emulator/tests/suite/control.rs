//! Journal, clock, control over HTTP, restarts, many connections at once.

use std::net::{Ipv4Addr, SocketAddr};

use crate::common::*;
use chatfile_emulator::{Config, Emulator};
use serde_json::{Value, json};

fn control(emulator: &Emulator, method: &str, what: &str, body: &Value) -> Reply {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    request(
        emulator,
        method,
        &format!("/_emulator/{what}"),
        &[JSON],
        body.as_bytes(),
    )
}

#[test]
fn the_journal_tells_what_was_seen() {
    let emulator = start();
    let token = app_token(&emulator);
    let mut connection = Connection::open(&emulator);
    let path = format!("{APP}/chatfiles/x?thumbnail=true");
    let headers = [("Authorization", token.as_str()), ("X-Odd-Case", "Value")];
    connection.request("GET", &path, &headers, b"");
    connection.request("GET", "/nowhere", &[], b"");
    let journal = emulator.control().journal();
    assert_eq!(journal.len(), 3);
    let [first, second, third] = &journal[..] else {
        panic!()
    };
    assert_eq!(
        (first.sequence, first.verb.as_str(), first.status),
        (1, "token", Some(200))
    );
    assert!(first.body_bytes > 50 && first.answer_bytes > 100);
    assert_eq!(
        (
            second.service.as_str(),
            second.verb.as_str(),
            second.method.as_str()
        ),
        ("easemob", "download", "GET")
    );
    assert_eq!(
        (second.path.as_str(), second.status),
        (path.as_str(), Some(404))
    );
    assert_eq!(second.header("x-odd-case"), Some("Value"));
    assert_eq!((second.fault.as_deref(), second.tls), (None, false));
    // The second and third came over one connection, the first over another.
    assert_eq!(
        (second.connection, second.request_of_connection),
        (third.connection, 1)
    );
    assert_ne!(first.connection, second.connection);
    assert_eq!(
        (
            third.service.as_str(),
            third.verb.as_str(),
            third.request_of_connection
        ),
        ("", "", 2)
    );
    emulator.control().clear_journal();
    get(&emulator, "/nowhere", &[]);
    assert_eq!(emulator.control().journal()[0].sequence, 4);
}

#[test]
fn the_journal_is_bounded() {
    let emulator = Emulator::start(Config {
        journal_length: 3,
        ..Config::default()
    })
    .unwrap();
    let mut connection = Connection::open(&emulator);
    for _ in 0..5 {
        connection.request("GET", "/x", &[], b"");
    }
    let numbers: Vec<u64> = emulator
        .control()
        .journal()
        .iter()
        .map(|entry| entry.sequence)
        .collect();
    assert_eq!(numbers, [3, 4, 5]);
}

#[test]
fn dates_follow_the_clock() {
    let emulator = start();
    let clock = |body: Value| control(&emulator, "POST", "clock", &body).json();
    let start = clock(json!({ "frozen": true }))["now_ms"].as_i64().unwrap();
    assert_eq!(
        clock(json!({ "advance_seconds": 86_400 }))["now_ms"],
        start + 86_400_000
    );
    assert_eq!(emulator.control().now_ms(), start + 86_400_000);
    let state = control(&emulator, "GET", "clock", &Value::Null).json();
    assert_eq!(
        (&state["frozen"], &state["now_ms"]),
        (&true.into(), &(start + 86_400_000).into())
    );
    // 2001-09-09, in both kinds of answers.
    let seconds = 1_000_000_000 - start / 1000 - 86_400;
    clock(json!({ "advance_seconds": seconds }));
    for path in ["/_emulator/clock", "/nowhere"] {
        let date = get(&emulator, path, &[]).header("date").unwrap().to_owned();
        assert_eq!(date, "Sun, 09 Sep 2001 01:46:40 GMT");
    }
    let state = clock(json!({ "offset_seconds": 100, "frozen": false }));
    let offset = state["offset_ms"].as_i64().unwrap();
    assert!((99_000..=101_000).contains(&offset), "{offset}");
    let state = control(&emulator, "DELETE", "clock", &Value::Null).json();
    assert!(state["offset_ms"].as_i64().unwrap().abs() < 1000);
    assert_eq!(
        control(&emulator, "POST", "clock", &json!({ "advance": 1 })).status,
        400
    );
}

#[test]
fn faults_over_http() {
    let emulator = start();
    let rules = json!([
        { "match": { "service": "easemob", "verb": "token" }, "times": 1,
          "action": { "type": "answer", "status": 503, "headers": [["Retry-After", "1"]], "body": "busy" } },
        { "match": { "path_contains": "chatfiles" }, "skip": 1,
          "action": { "type": "service_error", "name": "reach_limit" } },
    ]);
    let reply = control(&emulator, "POST", "faults", &rules);
    assert_eq!(
        (
            reply.status,
            reply.json()["faults"].as_array().unwrap().len()
        ),
        (200, 2)
    );
    let one = json!({ "action": { "type": "close_after_answer" } });
    control(&emulator, "POST", "faults", &one);
    let reply = token_request(&emulator, "{}", &[]);
    assert_eq!(
        (
            reply.status,
            reply.header("retry-after"),
            reply.text().as_str()
        ),
        (503, Some("1"), "busy")
    );
    assert_eq!(easemob_upload(&emulator, "Bearer x", &[], b"x").status, 401);
    assert_eq!(easemob_upload(&emulator, "Bearer x", &[], b"x").status, 429);
    let list = control(&emulator, "GET", "faults", &Value::Null).json();
    let fired: Vec<u64> = list["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["fired"].as_u64().unwrap())
        .collect();
    assert_eq!(fired, [1, 1, 1]);
    // Control requests pass whatever the rules say, and are not in the journal.
    let seen = control(&emulator, "GET", "journal", &Value::Null).json();
    assert_eq!(seen["requests"].as_array().unwrap().len(), 3);
    assert_eq!(seen["requests"][2]["fault"], "service_error");
    assert_eq!(
        control(&emulator, "DELETE", "faults", &Value::Null).json()["faults"],
        json!([])
    );
    assert_eq!(
        control(&emulator, "DELETE", "journal", &Value::Null).status,
        200
    );
    assert!(emulator.control().journal().is_empty());
}

#[test]
fn control_requests_that_are_wrong_say_why() {
    let emulator = start();
    let cases = [
        (
            "POST",
            "faults",
            json!({ "action": { "type": "explode" } }),
            400,
        ),
        (
            "POST",
            "faults",
            json!({ "match": { "verb": "uplaod" }, "action": { "type": "empty_body" } }),
            400,
        ),
        ("POST", "faults", json!("x"), 400),
        ("PUT", "faults", Value::Null, 405),
        ("GET", "nothing", Value::Null, 404),
        ("POST", "files/age", json!({}), 400),
    ];
    for (method, what, body, status) in cases {
        let reply = control(&emulator, method, what, &body);
        assert_eq!(reply.status, status, "{method} {what} {body}");
        assert!(reply.json()["error"].as_str().unwrap().len() > 5);
    }
    let reply = control(
        &emulator,
        "POST",
        "faults",
        &json!({ "match": { "verb": "uplaod" }, "action": { "type": "empty_body" } }),
    );
    assert!(reply.text().contains("upload"), "{}", reply.text());
}

#[test]
fn a_test_can_learn_the_credentials() {
    let emulator = start();
    let config = control(&emulator, "GET", "config", &Value::Null).json();
    assert_eq!(config["base_url"], emulator.base_url());
    assert_eq!(config["tls_base_url"], Value::Null);
    assert_eq!(config["folder"], emulator.folder().to_str().unwrap());
    let body = json!({
        "grant_type": "client_credentials",
        "client_id": config["easemob"]["client_id"],
        "client_secret": config["easemob"]["client_secret"],
    });
    assert_eq!(token_request(&emulator, &body.to_string(), &[]).status, 200);
    let text = |name: &str| config["netease"][name].as_str().unwrap().to_owned();
    let time = (emulator.control().now_ms() / 1000).to_string();
    let signed = signed_with(&text("app_key"), &text("app_secret"), "n", &time);
    assert_eq!(
        code(&netease_as(
            &emulator,
            &signed,
            UPLOAD,
            URL_ENCODED,
            b"content=YWJj"
        )),
        200
    );
    assert_eq!(config["easemob"]["restrict_access"], "value");
}

#[test]
fn reset_forgets_everything() {
    let emulator = start();
    let token = app_token(&emulator);
    let (id, _) = uploaded(&easemob_upload(&emulator, &token, &[], b"x"));
    control(
        &emulator,
        "POST",
        "clock",
        &json!({ "offset_seconds": 5000 }),
    );
    control(
        &emulator,
        "POST",
        "faults",
        &json!({ "action": { "type": "empty_body" } }),
    );
    assert_eq!(
        control(&emulator, "POST", "reset", &Value::Null).status,
        200
    );
    assert!(emulator.control().journal().is_empty() && emulator.control().faults().is_empty());
    assert!(emulator.control().clock_offset_ms().abs() < 1000);
    assert_eq!(easemob_upload(&emulator, &token, &[], b"x").status, 401);
    let token = app_token(&emulator);
    let reply = get(
        &emulator,
        &format!("{APP}/chatfiles/{id}"),
        &[("Authorization", &token)],
    );
    assert_eq!(reply.json()["error"], "entity_not_found");
    assert_eq!(
        std::fs::read_dir(emulator.folder().join("files"))
            .unwrap()
            .count(),
        0
    );
    control(&emulator, "DELETE", "tokens", &Value::Null);
    assert_eq!(easemob_upload(&emulator, &token, &[], b"x").status, 401);
}

#[test]
fn aged_files_expire_without_moving_the_clock() {
    let emulator = start();
    let path = stored(&netease(
        &emulator,
        UPLOAD,
        URL_ENCODED,
        b"content=YWJj&expireSec=86400",
    ));
    control(
        &emulator,
        "POST",
        "files/age",
        &json!({ "seconds": 86_300 }),
    );
    assert_eq!(get(&emulator, &path, &[]).status, 200);
    control(&emulator, "POST", "files/age", &json!({ "seconds": 200 }));
    assert_eq!(get(&emulator, &path, &[]).status, 404);
}

#[test]
fn another_start_on_the_same_folder_serves_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let config = || Config {
        folder: Some(folder.path().join("made/by/it")),
        ..Config::default()
    };
    let first = Emulator::start(config()).unwrap();
    let token = app_token(&first);
    let reply = easemob_upload(&first, &token, &[("restrict-access", "true")], b"easemob's");
    let (id, secret) = uploaded(&reply);
    let path = stored(&netease(
        &first,
        UPLOAD,
        URL_ENCODED,
        b"content=YWJj&type=image/png",
    ));
    let folder = first.folder();
    drop(first);
    // What a killed program left behind is not served.
    std::fs::write(folder.join("files/netease-half.bin"), b"half").unwrap();
    let second = Emulator::start(config()).unwrap();
    let token = app_token(&second);
    let secret = secret.unwrap();
    let headers = [("Authorization", token.as_str()), ("share-secret", &secret)];
    assert_eq!(
        get(&second, &format!("{APP}/chatfiles/{id}"), &headers).body,
        b"easemob's"
    );
    let reply = get(&second, &path, &[]);
    assert_eq!(
        (reply.body.as_slice(), reply.header("content-type")),
        (&b"abc"[..], Some("image/png"))
    );
    drop(second);
    // Damaged metadata is named, not skipped.
    std::fs::write(folder.join("files/netease-bad.json"), b"{").unwrap();
    let error = Emulator::start(config()).unwrap_err();
    assert!(error.to_string().contains("netease-bad.json"), "{error}");
}

#[test]
fn a_folder_of_its_own_goes_away() {
    let emulator = start();
    let (folder, control) = (emulator.folder(), emulator.control());
    assert!(folder.exists());
    drop(emulator);
    assert!(!folder.exists());
    assert!(control.journal().is_empty());
}

#[test]
fn starts_that_fail_say_what_is_wrong() {
    let emulator = start();
    let taken = Config {
        bind: SocketAddr::from((Ipv4Addr::LOCALHOST, emulator.addr().port())),
        ..Config::default()
    };
    let error = Emulator::start(taken).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    assert!(
        error.to_string().contains(&emulator.addr().to_string()),
        "{error}"
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    let config = Config {
        folder: Some(file.path().join("x")),
        ..Config::default()
    };
    let error = Emulator::start(config).unwrap_err();
    assert!(
        error.to_string().contains(file.path().to_str().unwrap()),
        "{error}"
    );
}

#[test]
fn many_connections_at_once() {
    let emulator = start();
    let token = app_token(&emulator);
    std::thread::scope(|scope| {
        for number in 0..16_u8 {
            let (emulator, token) = (&emulator, &token);
            scope.spawn(move || {
                for size in [10_000, 100_000] {
                    let content = vec![number; size];
                    let (id, _) = uploaded(&easemob_upload(emulator, token, &[], &content));
                    let path = format!("{APP}/chatfiles/{id}");
                    assert!(get(emulator, &path, &[("Authorization", token)]).body == content);
                    let form = file_form("content", "a", "text/plain", &content);
                    let path = stored(&netease(emulator, FILE_UPLOAD, FORM.1, &form));
                    assert!(get(emulator, &path, &[]).body == content);
                }
            });
        }
    });
    let journal = emulator.control().journal();
    assert_eq!(journal.len(), 1 + 16 * 8);
    assert!(
        journal
            .windows(2)
            .all(|pair| pair[0].sequence < pair[1].sequence)
    );
}

#[test]
fn open_connections_are_counted() {
    let emulator = start();
    let control = emulator.control();
    assert_eq!(control.connections(), 0);
    let mut connections: Vec<_> = (0..5).map(|_| Connection::open(&emulator)).collect();
    for connection in &mut connections {
        connection.request("GET", "/nowhere", &[], b"");
    }
    assert_eq!(control.connections(), 5);
    drop(connections);
    let start = std::time::Instant::now();
    while control.connections() > 0 {
        assert!(start.elapsed().as_secs() < 60);
        std::thread::yield_now();
    }
}

#[test]
fn an_emulator_can_live_inside_another_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let emulator = start();
        assert_eq!(get(&emulator, "/srv-sdk/allocate", &[]).status, 200);
        drop(emulator);
    });
}

#[test]
fn settings_change_while_it_runs_and_come_back_with_a_reset() {
    let emulator = start();
    let control = emulator.control();
    let range = || {
        let token = app_token(&emulator);
        let (uuid, _) = uploaded(&easemob_upload(&emulator, &token, &[], b"0123456789"));
        let path = format!("/easemob-demo/testapp/chatfiles/{uuid}");
        let headers = [("Authorization", token.as_str()), ("Range", "bytes=2-3")];
        get(&emulator, &path, &headers).status
    };
    assert_eq!(range(), 206);
    control.set("easemob-no-range", "").unwrap();
    assert_eq!(range(), 200);
    // The same over HTTP, several at once; a mistake changes nothing.
    let post = |body: &str| {
        request(
            &emulator,
            "POST",
            "/_emulator/config",
            &[JSON],
            body.as_bytes(),
        )
    };
    for (body, why) in [
        (
            r#"{"easemob":{"range":true},"nobody":{}}"#,
            "no service is called nobody",
        ),
        (
            r#"{"easemob":{"range":true,"more":1}}"#,
            "no setting called more",
        ),
        (
            r#"{"easemob":{"range":true,"max_upload":"x"}}"#,
            "invalid type",
        ),
        (r#"{"easemob":5}"#, "takes an object"),
    ] {
        let refused = post(body);
        assert!(
            refused.status == 400 && refused.text().contains(why),
            "{}",
            refused.text()
        );
    }
    assert_eq!(range(), 200);
    let changed = post(
        r#"{"easemob":{"range":true},"openim":{"multi_login":"thirty_each","server":"main"}}"#,
    );
    assert_eq!(changed.json()["openim"]["multi_login"], "thirty_each");
    assert_eq!(range(), 206);
    let now = |name: &str| {
        let all = control.settings().into_iter();
        all.filter(|setting| setting.name == name)
            .map(|setting| setting.value)
            .collect::<String>()
    };
    assert_eq!(now("openim-server"), "main");
    assert!(control.set("openim-server", "2.0").is_err());
    control.reset().unwrap();
    assert_eq!(
        (now("openim-server"), now("openim-multi-login")),
        ("3.8".to_owned(), "one_each".to_owned())
    );
}

/// Over HTTP, as every language can.
#[test]
fn every_setting_takes_what_it_is_and_nothing_of_another_kind() {
    let emulator = start();
    let before = emulator.control().settings();
    let config = control(&emulator, "GET", "config", &Value::Null).json();
    assert!(before.len() > 80, "{}", before.len());
    for setting in &before {
        let (service, field) = setting.name.split_once('-').unwrap();
        let field = field.replace('-', "_");
        let post = |value: &Value| {
            let body = json!({ service: { &field: value } }).to_string();
            let path = "/_emulator/config";
            request(&emulator, "POST", path, &[JSON], body.as_bytes())
        };
        let reply = post(&config[service][&field]);
        assert_eq!(reply.status, 200, "{}: {}", setting.name, reply.text());
        let wrong = post(&json!({ "no": "such value" }));
        assert_eq!(wrong.status, 400, "{}: {}", setting.name, wrong.text());
        assert!(wrong.json()["error"].is_string());
    }
    assert_eq!(emulator.control().settings(), before);
}
