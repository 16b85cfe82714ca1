//! Secrets that are asked for when they are needed.

use super::cases;
use crate::protocol::Line;
use crate::world::{World, base64, content, upload, upload_one_way};

cases![
    easemob_asks_once_for_a_token,
    easemob_asks_again_for_a_token_that_was_refused,
    netease_asks_for_each_request,
    a_wrong_answer_is_a_wrong_secret,
    an_empty_answer,
    a_refusal_comes_back_untouched,
];

fn asked(world: &mut World<'_>) -> i64 {
    world.ok(Line::new("seen")).number("asked")
}

fn easemob_asks_once_for_a_token(world: &mut World<'_>) {
    let config = world.control.config().easemob.clone();
    let app = world.easemob_app();
    let by_client = app
        .clone()
        .with("client_id", &config.client_id)
        .with("secret", &config.client_secret);
    let by_user = app
        .with("username", "alice")
        .with("secret", "alice-password");
    for line in [by_client, by_user] {
        world.ok(line);
        assert_eq!(asked(world), 0, "nothing is asked for before it is needed");
        let line = upload(100);
        let stored = world.ok(line.clone());
        world.holds(stored.get("file").unwrap(), &content(&line));
        assert_eq!(asked(world), 1);
        world.control.revoke_tokens();
        world.ok(line);
        assert_eq!(asked(world), 2);
    }
}

fn easemob_asks_again_for_a_token_that_was_refused(world: &mut World<'_>) {
    let line = world.easemob_app().with("secret", "YWMt-unknown-token");
    world.ok(line);
    let answer = world.fails(upload(1), "AUTH");
    assert_eq!(answer.number("http_status"), 401);
    assert_eq!(asked(world), 2);
    world.count("upload", 2);
    world.count("token", 0);
}

fn netease_asks_for_each_request(world: &mut World<'_>) {
    let config = world.control.config().netease.clone();
    let line = Line::new("netease")
        .with(
            "base_url",
            format!("{}/nimserver", world.emulator.base_url()),
        )
        .with("app_key", config.app_key)
        .with("secret", config.app_secret);
    world.ok(line);
    world.ok(upload(1));
    world.ok(base64(upload(1)));
    world.ok(upload_one_way(1));
    assert_eq!(asked(world), 3);
}

fn a_wrong_answer_is_a_wrong_secret(world: &mut World<'_>) {
    let line = world
        .easemob_app()
        .with("username", "alice")
        .with("secret", "another-password");
    world.ok(line);
    let answer = world.fails(upload(1), "AUTH");
    assert_eq!(answer.number("phase"), 1);
    assert_eq!(answer.get("service_code"), Some("invalid_grant"));
}

fn an_empty_answer(world: &mut World<'_>) {
    for (key, value, field) in [
        ("client_id", "id", "client_secret"),
        ("username", "name", "password"),
    ] {
        let line = world.easemob_app().with(key, value).with("secret", "");
        world.ok(line);
        let answer = world.fails(upload(1), "ARGUMENT");
        assert_eq!(answer.get("field"), Some(field), "{answer}");
    }
    assert!(world.control.journal().is_empty());
}

fn a_refusal_comes_back_untouched(world: &mut World<'_>) {
    // An error cannot be made outside of the Rust crate.
    if !world.is_c_abi() {
        return;
    }
    for value in [1, -7, i32::MAX, i32::MIN] {
        let line = world
            .easemob_app()
            .with("client_id", "id")
            .with("secret_refusal", value);
        world.ok(line);
        let answer = world.fails(upload(1), "CALLBACK");
        assert_eq!(
            answer.number("callback_value"),
            i64::from(value),
            "{answer}"
        );
        assert_eq!(asked(world), 1);
        let line = Line::new("netease")
            .with("base_url", "http://127.0.0.1:1/nimserver")
            .with("app_key", "key")
            .with("secret_refusal", value);
        world.ok(line);
        let answer = world.fails(upload(1), "CALLBACK");
        assert_eq!(
            answer.number("callback_value"),
            i64::from(value),
            "{answer}"
        );
    }
    assert!(world.control.journal().is_empty());
}
