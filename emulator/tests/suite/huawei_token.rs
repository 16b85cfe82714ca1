//! Huawei's two tokens: shapes, lives, rotation.

use crate::common::*;
use crate::huawei_kit::*;
use chatfile_emulator::{HuaweiConfig, HuaweiLongExpire};
use serde_json::json;

#[test]
fn the_access_token_says_everything_as_text() {
    let emulator = start();
    let control = emulator.control();
    let config = &control.config().huawei;
    let good = json!({ "app_key": config.app_key, "app_secret": config.app_secret }).to_string();
    let body = post(&emulator, ACCESS, &[("X-Token-Expire", "600")], &good).json();
    let mut names: Vec<&str> = body
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "AccessToken",
            "AppKey",
            "ApplyType",
            "CreateTime",
            "Expires",
            "Scope",
            "UserID"
        ]
    );
    assert!(
        body.as_object()
            .unwrap()
            .values()
            .all(|value| value.is_string())
    );
    assert_eq!(
        (&body["Expires"], &body["ApplyType"], &body["UserID"]),
        (&"600".into(), &"Bearer".into(), &"Anonymous".into())
    );
    let created: i64 = body["CreateTime"].as_str().unwrap().parse().unwrap();
    assert!((control.now_ms() / 1000 - created).abs() < 10);
    let expires = |header: &str| {
        let reply = post(&emulator, ACCESS, &[("X-Token-Expire", header)], &good);
        (reply.status, reply.json()["Expires"].clone())
    };
    assert_eq!(expires("3601"), (200, "3600".into()));
    assert_eq!(expires("0").0, 400);
    assert_eq!(expires("soon").0, 400);
    let without = post(&emulator, ACCESS, &[], &good).json();
    assert_eq!(without["Expires"], "3600");
    let strict = start_huawei(HuaweiConfig {
        long_expire: HuaweiLongExpire::Refuse,
        ..HuaweiConfig::default()
    });
    let reply = post(&strict, ACCESS, &[("X-Token-Expire", "3601")], &good);
    assert_eq!(reply.status, 400);
    for wrong in [
        json!({ "app_key": config.app_key, "app_secret": "other" }),
        json!({ "app_key": "other", "app_secret": config.app_secret }),
        json!({}),
    ] {
        let reply = post(&emulator, ACCESS, &[], &wrong.to_string());
        assert_eq!(
            (reply.status, &reply.json()["errorCode"]),
            (403, &"0".into())
        );
        assert!(
            reply.json()["exceptionInfo"]
                .as_str()
                .unwrap()
                .starts_with("auth fail!")
        );
    }
    assert_eq!(post(&emulator, ACCESS, &[], "no json").status, 400);
    assert_eq!(get(&emulator, ACCESS, &[]).status, 405);
    assert_eq!(
        post(&emulator, "/apiaccess/ccmessaging/nothing", &[], "{}").status,
        404
    );
}

#[test]
fn apply_token_takes_what_is_documented() {
    let emulator = start();
    let session = Session::open(&emulator);
    let channel = emulator.control().config().huawei.channel_id.clone();
    let apply = |body: serde_json::Value| {
        let reply = post(&emulator, APPLY, &session.headers()[..2], &body.to_string());
        assert_eq!(reply.status, 200);
        reply.json()
    };
    let long = "u".repeat(32);
    for good in [
        json!({ "userId": "u", "channelId": channel }),
        json!({ "userId": long, "userName": "n", "channelId": channel, "locale": "zh_CN" }),
        json!({ "userId": "用户", "channelId": channel, "locale": "en_US" }),
        json!({ "userId": "u", "channelId": channel, "locale": null }),
    ] {
        let body = apply(good);
        assert_eq!(body["resultCode"], "0");
        assert!(body["token"].as_str().unwrap().len() > 20 && body.get("resultDesc").is_none());
    }
    for bad in [
        json!({ "userId": "", "channelId": channel }),
        json!({ "userId": format!("{long}u"), "channelId": channel }),
        json!({ "userId": "u", "channelId": "other" }),
        json!({ "userId": "u" }),
        json!({ "userId": "u", "channelId": channel, "locale": "fr" }),
    ] {
        assert_eq!(apply(bad.clone()), json!({ "resultCode": "1" }), "{bad}");
    }
}

#[test]
fn one_token_is_403_and_the_other_401() {
    let emulator = start();
    let session = Session::open(&emulator);
    let status = |headers: &[(&str, &str)]| {
        let body = upload_body("txt", b"x").to_string();
        post(&emulator, UPLOAD_STREAM, headers, &body)
    };
    let key = ("x-app-key", session.app_key.as_str());
    let bearer = ("Authorization", session.bearer.as_str());
    let token = ("ccmessaging-token", session.token.as_str());
    for (headers, expected) in [
        (&[bearer, key, token][..], 200),
        // The web adapter's way.
        (
            &[
                bearer,
                key,
                (
                    "Cookie",
                    &format!("a=b; ccmessaging-token={}", session.token),
                ),
            ],
            200,
        ),
        (&[bearer, key], 401),
        (&[bearer, key, ("ccmessaging-token", "other")], 401),
        (&[key, token], 403),
        (&[("Authorization", "Bearer other"), key, token], 403),
        (&[("Authorization", &session.bearer[7..]), key, token], 403),
        (&[bearer, token], 403),
        (&[bearer, ("x-app-key", "other"), token], 403),
    ] {
        assert_eq!(status(headers).status, expected, "{headers:?}");
    }
    let refused = status(&[]).json();
    assert_eq!(
        refused,
        json!({ "errorCode": "0", "exceptionInfo": "auth fail! illegal or expired token info." })
    );
}

#[test]
fn tokens_expire_by_the_clock_each_for_itself() {
    let emulator = start_huawei(HuaweiConfig {
        access_token_ttl: 600,
        token_ttl: 3600,
        ..HuaweiConfig::default()
    });
    let control = emulator.control();
    control.freeze_clock(true);
    let old = Session::open(&emulator);
    control.advance_seconds(599);
    assert_eq!(old.upload(&emulator, "txt", b"x").status, 200);
    control.advance_seconds(1);
    assert_eq!(old.upload(&emulator, "txt", b"x").status, 403);
    // A new AccessToken does not renew the other one, nor end it.
    let mut new = Session::open(&emulator);
    new.token = old.token.clone();
    assert_eq!(new.upload(&emulator, "txt", b"x").status, 200);
    control.advance_seconds(3000);
    let mut newest = Session::open(&emulator);
    newest.token = old.token;
    assert_eq!(newest.upload(&emulator, "txt", b"x").status, 401);
    newest.apply(&emulator);
    assert_eq!(newest.upload(&emulator, "txt", b"x").status, 200);
    control.revoke_tokens();
    assert_eq!(newest.upload(&emulator, "txt", b"x").status, 403);
}

#[test]
fn the_token_rotates_in_the_answers_header() {
    let emulator = start_huawei(HuaweiConfig {
        rotate_every: 2,
        rotation_grace: 60,
        ..HuaweiConfig::default()
    });
    let control = emulator.control();
    control.freeze_clock(true);
    let mut session = Session::open(&emulator);
    let call = |session: &Session| {
        let reply = session.upload(&emulator, "txt", b"x");
        (
            reply.status,
            reply.header("ccmessaging-token").map(str::to_owned),
        )
    };
    assert_eq!(call(&session), (200, None));
    let (status, next) = call(&session);
    let next = next.unwrap();
    assert!(status == 200 && next != session.token);
    // Others who still have the old one are told, and served for a while.
    assert_eq!(call(&session), (200, Some(next.clone())));
    control.advance_seconds(60);
    assert_eq!(call(&session), (401, None));
    session.token = next.clone();
    assert_eq!(call(&session), (200, None));
    assert!(call(&session).1.is_some_and(|newer| newer != next));
    // Failures count too: the header comes with them.
    control.rotate_huawei_tokens(1).unwrap();
    session.apply(&emulator);
    let reply = session.call(&emulator, DOWNLOAD_STREAM, &json!({}));
    assert_eq!(reply.json()["resultCode"], "401");
    assert!(reply.header("ccmessaging-token").is_some());
    // Over HTTP, for tests in other languages.
    let set = |body: &str| {
        request(
            &emulator,
            "POST",
            "/_emulator/huawei",
            &[JSON],
            body.as_bytes(),
        )
    };
    assert_eq!(set(r#"{"rotate_every":0}"#).json()["rotate_every"], 0);
    session.apply(&emulator);
    for _ in 0..3 {
        assert_eq!(call(&session), (200, None));
    }
    assert_eq!(set(r#"{"every":0}"#).status, 400);
    assert_eq!(
        request(&emulator, "DELETE", "/_emulator/huawei", &[], b"").status,
        405
    );
    control.reset().unwrap();
    assert_eq!(
        get(&emulator, "/_emulator/huawei", &[]).json()["rotate_every"],
        2
    );
}

#[test]
fn without_grace_the_old_token_ends_at_once() {
    let emulator = start_huawei(HuaweiConfig {
        rotate_every: 1,
        rotation_grace: 0,
        ..HuaweiConfig::default()
    });
    let session = Session::open(&emulator);
    let reply = session.upload(&emulator, "txt", b"x");
    assert!(reply.status == 200 && reply.header("ccmessaging-token").is_some());
    assert_eq!(session.upload(&emulator, "txt", b"x").status, 401);
}

#[test]
fn a_token_may_hold_quotes() {
    let emulator = start_huawei(HuaweiConfig {
        odd_token: true,
        numeric_codes: true,
        ..HuaweiConfig::default()
    });
    let session = Session::open(&emulator);
    assert!(session.token.starts_with('"') && session.token.ends_with('"'));
    let reply = session.upload(&emulator, "txt", b"x");
    assert_eq!(
        (reply.status, &reply.json()["returnCode"]),
        (200, &0.into())
    );
}
