//! Easemob's tokens, against easemob.md §2.2 and §2.5.

use crate::common::*;
use chatfile_emulator::{EasemobConfig, Emulator};
use serde_json::{Value, json};

#[track_caller]
fn fails(reply: &Reply, status: u16, error: &str, description: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    let body = reply.json();
    assert_eq!(body["error"], error);
    assert_eq!(body["error_description"], description);
    assert!(body["exception"].is_string() && body["timestamp"].is_i64());
    assert!(body["duration"].is_i64());
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
}

fn credentials(emulator: &Emulator) -> Value {
    let control = emulator.control();
    let config = &control.config().easemob;
    json!({
        "grant_type": "client_credentials",
        "client_id": config.client_id,
        "client_secret": config.client_secret,
    })
}

#[test]
fn client_credentials_in_every_ttl() {
    let emulator = start();
    let cases = [
        (Value::Null, 5_184_000),
        (json!(1_024_000), 1_024_000),
        (json!("1024000"), 1_024_000),
        (json!(0), 0),
        (json!("0"), 0),
    ];
    for (ttl, expected) in cases {
        let mut body = credentials(&emulator);
        body["ttl"] = ttl;
        let reply = token_request(&emulator, &body.to_string(), &[]);
        assert_eq!(reply.status, 200);
        let body = reply.json();
        assert_eq!(body["expires_in"], expected);
        assert_eq!(body["application"], "8be024f0-e978-11e8-b697-5d598d5f8402");
        let token = body["access_token"].as_str().unwrap();
        assert!(token.starts_with("YWMt") && token.len() == 134, "{token}");
    }
    for ttl in [json!(-1), json!("soon"), json!([1])] {
        let mut body = credentials(&emulator);
        body["ttl"] = ttl;
        let reply = token_request(&emulator, &body.to_string(), &[]);
        assert_eq!(
            (reply.status, reply.json()["error"].as_str()),
            (400, Some("illegal_argument"))
        );
    }
}

#[test]
fn wrong_credentials() {
    let emulator = start();
    for (field, description) in [
        ("client_id", "client_id does not match"),
        ("client_secret", "client_secret does not match"),
    ] {
        let mut body = credentials(&emulator);
        body[field] = "wrong".into();
        let reply = token_request(&emulator, &body.to_string(), &[]);
        fails(&reply, 400, "invalid_grant", description);
    }
    let reply = token_request(&emulator, "{\"grant_type\":", &[]);
    assert_eq!(
        (reply.status, reply.json()["error"].as_str()),
        (400, Some("json_parse"))
    );
    let reply = token_request(&emulator, "{}", &[]);
    assert_eq!(reply.status, 400);
    let path = format!("{APP}/token");
    let reply = request(
        &emulator,
        "POST",
        &path,
        &[("Content-Type", "text/plain")],
        b"grant_type=client_credentials",
    );
    fails(&reply, 415, "web_application", "Unsupported Media Type");
    assert_eq!(get(&emulator, &path, &[]).status, 405);
    let reply = request(&emulator, "POST", "/other/app/token", &[JSON], b"{}");
    fails(
        &reply,
        404,
        "organization_application_not_found",
        "Could not find application for other/app from URI: other/app/token",
    );
}

#[test]
fn a_form_serves_in_place_of_json() {
    let emulator = start();
    let control = emulator.control();
    let config = &control.config().easemob;
    let body = format!(
        "grant_type=client%5Fcredentials&client_id={}&client_secret={}&ttl=60",
        config.client_id, config.client_secret
    );
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let reply = request(
        &emulator,
        "POST",
        &format!("{APP}/token"),
        &headers,
        body.as_bytes(),
    );
    assert_eq!(reply.json()["expires_in"], 60, "{}", reply.text());
}

/// As the web SDK sends it, which names no type, and curl.
#[test]
fn json_is_json_whatever_it_is_said_to_be() {
    let emulator = start();
    let path = format!("{APP}/token");
    let body = credentials(&emulator).to_string();
    for kind in [
        "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded",
        "application/octet-stream",
    ] {
        let headers = [("Content-Type", kind)];
        let reply = request(&emulator, "POST", &path, &headers, body.as_bytes());
        assert_eq!(reply.status, 200, "{kind}: {}", reply.text());
        let reply = request(&emulator, "POST", &path, &headers, b"[1]");
        assert_eq!(reply.json()["error"], "json_parse", "{kind}");
    }
}

#[test]
fn password_grant() {
    let emulator = start();
    let ask = |user: &str, password: &str| {
        // The web SDK sends a timestamp too; names are kept in lower case.
        let body = json!({"grant_type": "password", "username": user, "password": password,
            "timestamp": 1_600_000_000_000_i64, "ttl": 60});
        token_request(&emulator, &body.to_string(), &[])
    };
    let body = ask("Alice", "alice-password").json();
    assert_eq!(body["expires_in"], 60);
    assert_eq!(body["user"]["username"], "alice");
    assert_eq!(body["user"]["type"], "user");
    assert_eq!(body["user"]["activated"], true);
    assert!(body["user"]["created"].is_i64() && body["user"]["modified"].is_i64());
    assert!(body["user"]["uuid"].is_string());
    fails(
        &ask("alice", "x"),
        400,
        "invalid_grant",
        "invalid username or password",
    );
    fails(&ask("nobody", "x"), 404, "invalid_grant", "user not found");
    fails(
        &ask("banned", "banned-password"),
        400,
        "invalid_grant",
        "user not activated",
    );
}

#[test]
fn inherit_grant() {
    let emulator = start_easemob(EasemobConfig {
        max_users: 4,
        ..EasemobConfig::default()
    });
    let app = app_token(&emulator);
    let user = user_token(&emulator);
    let ask = |name: &str, create: bool, token: Option<&str>| {
        let body = json!({"grant_type": "inherit", "username": name, "autoCreateUser": create});
        let headers: Vec<_> = token
            .map(|token| ("Authorization", token))
            .into_iter()
            .collect();
        token_request(&emulator, &body.to_string(), &headers)
    };
    assert_eq!(
        ask("bob", false, Some(&app)).json()["user"]["username"],
        "bob"
    );
    fails(
        &ask("new", false, Some(&app)),
        404,
        "invalid_grant",
        "user not found",
    );
    let made = ask("new", true, Some(&app)).json();
    assert_eq!(made["user"]["username"], "new");
    // Once made it stays, with the same id.
    assert_eq!(
        ask("new", false, Some(&app)).json()["user"]["uuid"],
        made["user"]["uuid"]
    );
    fails(
        &ask("bob", false, None),
        401,
        "unauthorized",
        "Unable to authenticate (OAuth)",
    );
    fails(
        &ask("bob", false, Some("Bearer x")),
        401,
        "unauthorized",
        "Unable to authenticate (OAuth)",
    );
    fails(
        &ask("bob", false, Some(&user)),
        401,
        "auth_bad_access_token",
        "Unable to authenticate due to corrupt access token",
    );
    fails(
        &ask("banned", false, Some(&app)),
        400,
        "invalid_grant",
        "user not activated",
    );
    fails(
        &ask("no good", true, Some(&app)),
        400,
        "illegal_argument",
        "username [no good] is not legal",
    );
    fails(
        &ask(&"x".repeat(65), true, Some(&app)),
        400,
        "illegal_argument",
        "USERNAME_TOO_LONG",
    );
    let reply = ask("onemore", true, Some(&app));
    assert_eq!(
        (reply.status, reply.json()["error"].as_str()),
        (429, Some("resource_limited"))
    );
}

#[test]
fn agora_grant() {
    let emulator = start();
    let ask = |token: &str| {
        token_request(
            &emulator,
            r#"{"grant_type":"agora"}"#,
            &[("Authorization", token)],
        )
    };
    let body = ask("Bearer 007emulatoragoratoken").json();
    assert!(body["access_token"].is_string() && body["expire_timestamp"].is_i64());
    assert_eq!(ask("Bearer wrong").status, 401);
    let bearer = format!("Bearer {}", body["access_token"].as_str().unwrap());
    assert_eq!(easemob_upload(&emulator, &bearer, &[], b"x").status, 200);
}

#[test]
fn tokens_expire_by_the_virtual_clock() {
    let emulator = start();
    let control = emulator.control();
    let mut short = credentials(&emulator);
    short["ttl"] = 100.into();
    let mut eternal = credentials(&emulator);
    eternal["ttl"] = 0.into();
    let bearer = |body: &Value| {
        let reply = token_request(&emulator, &body.to_string(), &[]).json();
        format!("Bearer {}", reply["access_token"].as_str().unwrap())
    };
    let (short, eternal) = (bearer(&short), bearer(&eternal));
    assert_eq!(easemob_upload(&emulator, &short, &[], b"x").status, 200);
    control.advance_seconds(101);
    let refused = easemob_upload(&emulator, &short, &[], b"x");
    fails(
        &refused,
        401,
        "unauthorized",
        "Unable to authenticate due to expired access token",
    );
    control.advance_seconds(10 * 365 * 86_400);
    assert_eq!(easemob_upload(&emulator, &eternal, &[], b"x").status, 200);
    control.revoke_tokens();
    let refused = easemob_upload(&emulator, &eternal, &[], b"x");
    fails(
        &refused,
        401,
        "auth_bad_access_token",
        "Unable to authenticate",
    );
}

#[test]
fn tokens_that_do_not_hold() {
    let emulator = start();
    let path = format!("{APP}/chatfiles/5fd74830-56be-11e9-822a-81ea50bb049d");
    // The vendor's own sample token is well formed, but not from here.
    let sample = "Bearer YWMtS1pRuFa-EemixAMhJgmGUAAAAAAAAAAAAAAAAAAAAAGL4CTw6XgR6LaXXVmNX4QCAgMAAAFp57yd7QBPGgDNLstNggrzgHV3JAbqbznTptqLhpG0fTOCaBFJZgduZA";
    let expired = "Unable to authenticate due to expired access token";
    let corrupt = "Unable to authenticate due to corrupt access token";
    let cases = [
        (None, "unauthorized", expired),
        (Some("Bearer "), "unauthorized", expired),
        (Some("Basic YWxhZGRpbg=="), "unauthorized", expired),
        (Some("Bearer nonsense"), "auth_bad_access_token", corrupt),
        (Some("Bearer YWMt"), "auth_bad_access_token", corrupt),
        (
            Some(sample),
            "auth_bad_access_token",
            "Unable to authenticate",
        ),
    ];
    for (token, error, description) in cases {
        let headers: Vec<_> = token
            .map(|token| ("Authorization", token))
            .into_iter()
            .collect();
        fails(&get(&emulator, &path, &headers), 401, error, description);
    }
}

#[test]
fn token_requests_are_limited() {
    let emulator = start_easemob(EasemobConfig {
        tokens_per_second: 2,
        ..EasemobConfig::default()
    });
    emulator.control().freeze_clock(true);
    let body = credentials(&emulator).to_string();
    let statuses = [(); 3].map(|()| token_request(&emulator, &body, &[]).status);
    assert_eq!(statuses, [200, 200, 429]);
    let reply = token_request(&emulator, &body, &[]);
    fails(
        &reply,
        429,
        "resource_limited",
        "You have exceeded the limit of the community edition,Please upgrade to the enterprise edition",
    );
    emulator.control().advance_seconds(1);
    assert_eq!(token_request(&emulator, &body, &[]).status, 200);
}

#[test]
fn vip5_counts_in_milliseconds() {
    let emulator = start_easemob(EasemobConfig {
        ttl_in_milliseconds: true,
        ..EasemobConfig::default()
    });
    let mut body = credentials(&emulator);
    body["ttl"] = 60_000.into();
    let reply = token_request(&emulator, &body.to_string(), &[]).json();
    assert_eq!(reply["expires_in"], 60_000);
    let bearer = format!("Bearer {}", reply["access_token"].as_str().unwrap());
    emulator.control().advance_seconds(59);
    assert_eq!(easemob_upload(&emulator, &bearer, &[], b"x").status, 200);
    emulator.control().advance_seconds(2);
    assert_eq!(easemob_upload(&emulator, &bearer, &[], b"x").status, 401);
}
