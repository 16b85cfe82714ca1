//! OpenIM's envelope, header fields, users and tokens.

use crate::common::*;
use crate::openim_kit::*;
use chatfile_emulator::{OpenimConfig, OpenimMultiLogin, OpenimServer};
use serde_json::json;

const LIMIT: &str = "/object/part_limit";

#[test]
fn both_header_fields_are_needed() {
    let emulator = start();
    let body = r#"{"secret":"openIM123","userID":"imAdmin"}"#;
    let post = |path: &str, headers: &[(&str, &str)]| {
        let reply = request(&emulator, "POST", path, headers, body.as_bytes());
        let body = reply.json();
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (200, Some("application/json"))
        );
        let mut names: Vec<&String> = body.as_object().unwrap().keys().collect();
        names.retain(|name| *name != "data");
        assert_eq!(names, ["errCode", "errDlt", "errMsg"]);
        (
            body["errCode"].as_i64().unwrap(),
            body["errDlt"].as_str().unwrap().to_owned(),
        )
    };
    let operation = ("OperationId", "1");
    let missing = (1001, "header must have operationID".to_owned());
    assert_eq!(post("/auth/get_admin_token", &[]), missing);
    assert_eq!(post(LIMIT, &[]), missing);
    assert_eq!(post("/auth/get_admin_token", &[operation]).0, 0);
    let missing = (1001, "header must have token".to_owned());
    assert_eq!(post(LIMIT, &[operation]), missing);
    assert_eq!(post("/user/nothing", &[operation]), missing);
    let token = admin(&emulator);
    assert_eq!(post(LIMIT, &[operation, ("token", &token)]).0, 0);
    let reply = call(&emulator, &token, "/user/nothing", &json!({}));
    assert_eq!(
        (reply.status, reply.text().as_str()),
        (404, "404 page not found")
    );
    assert_eq!(get(&emulator, "/auth/get_admin_token", &[]).status, 404);
    let reply = request(&emulator, "OPTIONS", LIMIT, &[], b"");
    assert_eq!(
        (reply.status, reply.text().as_str()),
        (200, "\"Options Request!\"")
    );
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
}

#[test]
fn admin_and_user_tokens() {
    let emulator = start();
    let none = "";
    let path = "/auth/get_admin_token";
    let reply = data(
        &emulator,
        none,
        path,
        json!({ "secret": "openIM123", "userID": "imAdmin", "platformID": 1 }),
    );
    assert_eq!(reply["expireTimeSeconds"], 7_776_000);
    assert_eq!(reply["token"].as_str().unwrap().split('.').count(), 3);
    let (code, words) = failure(
        &emulator,
        none,
        path,
        json!({ "secret": "x", "userID": "imAdmin" }),
    );
    assert_eq!(
        (code, words.as_str()),
        (1002, "NoPermissionError|secret invalid")
    );
    let (code, words) = failure(
        &emulator,
        none,
        path,
        json!({ "secret": "openIM123", "userID": "alice" }),
    );
    assert!(code == 1001 && words.contains("userID=alice"), "{words}");
    let admin = admin(&emulator);
    let path = "/auth/get_user_token";
    for (platform, name, code) in [
        (5, "nobody", 1004),
        (10, "alice", 1002),
        (1, "imAdmin", 1002),
    ] {
        let body = json!({ "platformID": platform, "userID": name });
        assert_eq!(failure(&emulator, &admin, path, body).0, code, "{name}");
    }
    let alice = user(&emulator, "alice");
    let body = json!({ "platformID": 11, "userID": "bob" });
    let (code, words) = failure(&emulator, &alice, path, body.clone());
    assert_eq!(
        (code, words.as_str()),
        (1002, "NoPermissionError|user alice is not admin userID")
    );
    data(&emulator, &admin, path, body);
    let parsed = data(
        &emulator,
        none,
        "/auth/parse_token",
        json!({ "token": alice }),
    );
    assert_eq!(
        (&parsed["userID"], &parsed["platformID"]),
        (&"alice".into(), &5.into())
    );
    assert!(parsed["expireTimeSeconds"].is_i64());
    // Go reads names in any case, and refuses other types.
    data(
        &emulator,
        none,
        "/auth/get_admin_token",
        json!({ "Secret": "openIM123", "USERID": "imAdmin" }),
    );
    let (code, words) = failure(
        &emulator,
        none,
        "/auth/get_admin_token",
        json!({ "secret": 5 }),
    );
    let expected = "Error: Error: json: cannot unmarshal number into Go struct field \
                    GetAdminTokenReq.secret of type string";
    assert!(code == 1001 && words.starts_with(expected), "{words}");
}

#[test]
fn users_are_registered_once() {
    let emulator = start();
    let admin = admin(&emulator);
    let path = "/user/user_register";
    let one = |id: &str| json!({ "users": [{ "userID": id, "nickname": "n", "faceURL": "" }] });
    let reply = call(&emulator, &admin, path, &one("carol"));
    // Success without fields has no data.
    assert_eq!(
        reply.json(),
        json!({ "errCode": 0, "errMsg": "", "errDlt": "" })
    );
    assert_eq!(failure(&emulator, &admin, path, one("carol")).0, 1102);
    user(&emulator, "carol");
    for (body, part) in [
        (one("a:b"), "userID is legal"),
        (one(""), "userID is empty"),
        (json!({}), "users are empty"),
        (json!({ "users": [] }), "users are empty"),
        (json!({ "users": [null] }), "user is empty"),
        (
            json!({ "users": [{ "userID": "x" }] }),
            "user name is empty",
        ),
        (
            json!({ "users": [one("y")["users"][0], one("y")["users"][0]] }),
            "repeated",
        ),
    ] {
        let (code, words) = failure(&emulator, &admin, path, body);
        assert!(code == 1001 && words.contains(part), "{words}");
    }
    let alice = user(&emulator, "alice");
    assert_eq!(failure(&emulator, &alice, path, one("dave")).0, 1002);
    // An account that only sends notices gets no token.
    let mut notices = one("notices");
    notices["users"][0]["appMangerLevel"] = 3.into();
    data(&emulator, &admin, path, notices);
    let body = json!({ "platformID": 5, "userID": "notices" });
    let (code, words) = failure(&emulator, &admin, "/auth/get_user_token", body);
    assert!(code == 1001 && words.contains("app account"), "{words}");
}

#[test]
fn each_code_of_a_token() {
    let emulator = start_openim(OpenimConfig {
        token_ttl: 1000,
        server: OpenimServer::Main,
        ..OpenimConfig::default()
    });
    let control = emulator.control();
    control.freeze_clock(true);
    let code = |token: &str| {
        let body = call(&emulator, token, LIMIT, &json!({})).json();
        body["errCode"].as_i64().unwrap()
    };
    let admin = admin(&emulator);
    let first = user(&emulator, "alice");
    assert_eq!(code(&first), 0);
    // A second login kicks the first; other platforms and users stay.
    control.advance_seconds(1);
    let other = data(
        &emulator,
        &admin,
        "/auth/get_user_token",
        json!({ "platformID": 1, "userID": "alice" }),
    );
    assert_eq!(code(&first), 0);
    let second = user(&emulator, "alice");
    assert_eq!((code(&first), code(&second)), (1506, 0));
    assert_eq!(code(other["token"].as_str().unwrap()), 0);
    data(
        &emulator,
        &admin,
        "/auth/force_logout",
        json!({ "platformID": 5, "userID": "alice" }),
    );
    assert_eq!(code(&second), 1506);
    // An admin's older token holds five minutes more.
    control.advance_seconds(298);
    assert_eq!(code(&admin), 0);
    control.advance_seconds(2);
    assert_eq!(code(&admin), 1507);
    let bob = user(&emulator, "bob");
    assert_eq!(code("no token"), 1503);
    let mut parts: Vec<&str> = bob.split('.').collect();
    let foreign = first.split('.').nth(2).unwrap();
    parts[2] = foreign;
    assert_eq!(code(&parts.join(".")), 1505);
    control.revoke_tokens();
    assert_eq!(code(&bob), 1507);
    control.advance_seconds(1000);
    assert_eq!(code(&bob), 1501);
    control.advance_seconds(-5000);
    assert_eq!(code(&bob), 1505);
}

#[test]
fn thirty_logins_where_that_is_the_policy() {
    let emulator = start_openim(OpenimConfig {
        multi_login: OpenimMultiLogin::ThirtyEach,
        ..OpenimConfig::default()
    });
    let control = emulator.control();
    control.freeze_clock(true);
    let first = user(&emulator, "alice");
    for _ in 0..29 {
        control.advance_seconds(1);
        user(&emulator, "alice");
    }
    let code = || call(&emulator, &first, LIMIT, &json!({})).json()["errCode"].clone();
    assert_eq!(code(), 0);
    control.advance_seconds(1);
    user(&emulator, "alice");
    assert_eq!(code(), 1506);
}

#[test]
fn the_release_line_takes_each_token_of_an_admin_that_it_could_have_signed() {
    let emulator = start();
    let control = emulator.control();
    control.freeze_clock(true);
    let first = admin(&emulator);
    control.advance_seconds(1);
    admin(&emulator);
    control.advance_seconds(400);
    data(&emulator, &first, LIMIT, json!({}));
    let body = json!({ "platformID": 10, "userID": "imAdmin" });
    data(&emulator, &first, "/auth/force_logout", body);
    data(&emulator, &first, LIMIT, json!({}));
    control.revoke_tokens();
    assert_eq!(failure(&emulator, &first, LIMIT, json!({})).0, 1507);
    data(&emulator, &admin(&emulator), LIMIT, json!({}));
}

#[test]
fn what_the_router_says_by_itself() {
    let emulator = start();
    let token = admin(&emulator);
    let ask = |method: &str, path: &str, more: &[(&str, &str)]| {
        let mut headers = vec![("operationID", "1"), ("token", token.as_str())];
        headers.extend(more);
        request(&emulator, method, path, &headers, b"")
    };
    let moved = ask("POST", "/object/part_limit/?a=b", &[]);
    assert_eq!(
        (moved.status, moved.header("location")),
        (307, Some("/object/part_limit?a=b"))
    );
    // The router answers before anything else, so browsers are not told that they may see it.
    assert_eq!(moved.header("access-control-allow-origin"), None);
    let moved = ask("GET", "/object?a=b", &[]);
    assert_eq!(
        (moved.status, moved.header("location")),
        (301, Some("/object/?a=b"))
    );
    for (method, path) in [
        ("POST", "//object/part_limit"),
        ("POST", "/object/none"),
        ("POST", "/auth/parse_token_of_mine"),
        ("GET", "/auth/parse_token"),
        ("PUT", "/object/part_limit"),
    ] {
        let reply = ask(method, path, &[]);
        assert_eq!(
            (reply.status, reply.text().as_str()),
            (404, "404 page not found")
        );
        assert_eq!(reply.header("content-type"), Some("text/plain"));
        assert_eq!(
            reply.header("access-control-allow-credentials"),
            Some("false")
        );
    }
    let reply = request(&emulator, "POST", "//object/part_limit", &[], b"");
    assert_eq!(reply.json()["errDlt"], "header must have operationID");
    // The names of pictures are not compressed, and what is not found loses its words.
    let gzip = [("Accept-Encoding", "gzip")];
    assert_eq!(
        ask("GET", "/object/x.png", &gzip).header("content-encoding"),
        None
    );
    let lost = ask("POST", "/object/none", &gzip);
    assert_eq!(lost.header("content-encoding"), Some("gzip"));
    assert_eq!(lost.header("content-type"), Some("application/json"));
}

#[test]
fn gzip_only_for_those_who_ask() {
    let emulator = start();
    let token = admin(&emulator);
    let ask = |encoding: &str| {
        let headers = [
            ("operationID", "1"),
            ("token", &token),
            ("Accept-Encoding", encoding),
        ];
        request(&emulator, "POST", LIMIT, &headers, b"{}")
    };
    let packed = ask("gzip, deflate");
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(&packed.body[..2], &[0x1F, 0x8B]);
    let plain = ask("identity");
    assert!(plain.header("content-encoding").is_none());
    assert_eq!(plain.json()["data"]["maxNumSize"], 10_000);
}
