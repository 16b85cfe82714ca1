//! Easemob: who asks, and how tokens live.

use chatfile_emulator::{Action, Rule};

use super::cases;
use crate::protocol::Line;
use crate::world::{
    World, content, download, error, json, upload, upload_callback, upload_one_way,
};

cases![
    one_token_serves_many_calls,
    a_user_may_ask,
    a_wrong_client_secret,
    a_wrong_client_id,
    a_wrong_password,
    a_user_that_does_not_exist,
    a_banned_user,
    an_app_that_does_not_exist,
    a_token_from_elsewhere,
    a_refused_token_from_elsewhere_is_not_renewed,
    an_expired_token_is_fetched_anew_once,
    a_revoked_token_is_fetched_anew_once,
    a_lifetime_asked_for_is_honoured,
    refused_twice_is_final,
    a_one_way_source_is_not_sent_again_with_a_new_token,
    a_rewindable_source_is_sent_again_with_a_new_token,
    a_token_answer_without_token,
    a_token_that_cannot_stand_in_a_header,
    fetching_a_token_is_retried,
    too_many_token_requests,
];

fn one_token_serves_many_calls(world: &mut World<'_>) {
    world.open_easemob();
    let line = upload(100);
    let mut file = String::new();
    for _ in 0..5 {
        let stored = world.ok(line.clone());
        stored.get("file").unwrap().clone_into(&mut file);
    }
    world.holds(&file, &content(&line));
    world.count("token", 1);
}

fn a_user_may_ask(world: &mut World<'_>) {
    let line = world
        .easemob_app()
        .with("username", "alice")
        .with("password", "alice-password");
    world.ok(line);
    let line = upload(100);
    let stored = world.ok(line.clone());
    world.holds(stored.get("file").unwrap(), &content(&line));
    world.count("token", 1);
}

/// Opens with a field changed; every call is then refused when it gets its token.
#[track_caller]
fn refused(world: &mut World<'_>, open: Line, http: i64, text: &str) {
    world.ok(open);
    for line in [upload(1), download("0-1")] {
        let answer = world.fails(line, "AUTH");
        assert_eq!(answer.number("phase"), 1, "{answer}");
        assert_eq!(answer.number("http_status"), http, "{answer}");
        assert_eq!(answer.number("attempts"), 1, "{answer}");
        assert_eq!(answer.number("retryable"), 0, "{answer}");
        assert_eq!(
            answer.get("service_code"),
            Some("invalid_grant"),
            "{answer}"
        );
        assert_eq!(answer.get("service_message"), Some(text), "{answer}");
    }
    world.count("upload", 0);
}

fn a_wrong_client_secret(world: &mut World<'_>) {
    let line = world.easemob().with("client_secret", "wrong-secret");
    refused(world, line, 400, "client_secret does not match");
}

fn a_wrong_client_id(world: &mut World<'_>) {
    let line = world.easemob().with("client_id", "wrong-id");
    refused(world, line, 400, "client_id does not match");
}

fn a_wrong_password(world: &mut World<'_>) {
    let line = world
        .easemob_app()
        .with("username", "alice")
        .with("password", "wrong-password");
    refused(world, line, 400, "invalid username or password");
}

fn a_user_that_does_not_exist(world: &mut World<'_>) {
    let line = world
        .easemob_app()
        .with("username", "nobody")
        .with("password", "wrong-password");
    refused(world, line, 404, "user not found");
}

fn a_banned_user(world: &mut World<'_>) {
    let line = world
        .easemob_app()
        .with("username", "banned")
        .with("password", "banned-password");
    refused(world, line, 400, "user not activated");
}

fn an_app_that_does_not_exist(world: &mut World<'_>) {
    world.open_easemob_with("app_key", "easemob-demo#other");
    let answer = world.fails(upload(1), "NOT_FOUND");
    assert_eq!(
        answer.get("service_code"),
        Some("organization_application_not_found")
    );
    assert_eq!(answer.number("phase"), 1);
}

/// The token that the emulator gave out last, taken from the journal.
fn last_token(world: &World<'_>) -> String {
    let uploads = world.requests("upload");
    let field = uploads.last().unwrap().header("authorization").unwrap();
    field.strip_prefix("Bearer ").unwrap().to_owned()
}

fn a_token_from_elsewhere(world: &mut World<'_>) {
    world.open_easemob();
    world.ok(upload(1));
    let token = last_token(world);
    world.control.clear_journal();
    let line = world.easemob_app().with("token", token);
    world.ok(line);
    let line = upload(100);
    let stored = world.ok(line.clone());
    world.holds(stored.get("file").unwrap(), &content(&line));
    world.count("token", 0);
}

fn a_refused_token_from_elsewhere_is_not_renewed(world: &mut World<'_>) {
    let line = world.easemob_app().with("token", "YWMt-unknown-token");
    world.ok(line);
    let answer = world.fails(upload(1), "AUTH");
    assert_eq!(answer.number("http_status"), 401);
    assert_eq!(answer.number("attempts"), 1);
    assert_eq!(answer.get("service_code"), Some("auth_bad_access_token"));
    world.count("upload", 1);
    world.count("token", 0);
}

/// The next call finds the token refused, gets another, and works.
fn renewed_once(world: &mut World<'_>) {
    world.control.clear_journal();
    let line = upload(300).with("progress", 1);
    let stored = world.ok(line.clone());
    assert_eq!(stored.number("attempts"), 1, "a new token costs no attempt");
    let statuses: Vec<_> = world
        .control
        .journal()
        .iter()
        .map(|entry| (entry.verb.clone(), entry.status.unwrap()))
        .collect();
    let expected = [("upload", 401), ("token", 200), ("upload", 200)];
    assert_eq!(
        statuses,
        expected.map(|(verb, status)| (verb.to_owned(), status))
    );
    world.holds(stored.get("file").unwrap(), &content(&line));
    world.count("token", 1);
}

fn an_expired_token_is_fetched_anew_once(world: &mut World<'_>) {
    world.open_easemob();
    world.ok(upload(1));
    world.control.advance_seconds(60 * 86_400 + 1);
    renewed_once(world);
}

fn a_revoked_token_is_fetched_anew_once(world: &mut World<'_>) {
    world.open_easemob();
    world.ok(upload(1));
    world.control.revoke_tokens();
    renewed_once(world);
}

fn a_lifetime_asked_for_is_honoured(world: &mut World<'_>) {
    world.open_easemob_with("token_ttl_seconds", 100);
    world.ok(upload(1));
    world.control.advance_seconds(101);
    renewed_once(world);
}

fn refused_twice_is_final(world: &mut World<'_>) {
    world.open_easemob();
    world.service_error("upload", "auth_bad_access_token");
    let answer = world.fails(upload(1), "AUTH");
    assert_eq!(answer.number("http_status"), 401);
    assert_eq!(answer.number("attempts"), 1);
    world.count("token", 2);
    world.count("upload", 2);
}

fn a_one_way_source_is_not_sent_again_with_a_new_token(world: &mut World<'_>) {
    world.open_easemob();
    world.ok(upload(1));
    world.control.revoke_tokens();
    world.control.clear_journal();
    let answer = world.fails(upload_one_way(1000), "AUTH");
    assert_eq!(answer.number("http_status"), 401);
    world.count("upload", 1);
    world.count("token", 0);
    // The next call gets a new token at once.
    world.ok(upload_one_way(1000));
    world.count("token", 1);
    world.count("upload", 2);
}

fn a_rewindable_source_is_sent_again_with_a_new_token(world: &mut World<'_>) {
    world.open_easemob();
    world.ok(upload(1));
    world.control.revoke_tokens();
    let line = upload_callback(1000);
    let stored = world.ok(line.clone());
    assert_eq!(stored.number("rewinds"), 1);
    world.holds(stored.get("file").unwrap(), &content(&line));
}

fn a_token_answer_without_token(world: &mut World<'_>) {
    world.open_easemob();
    for body in [
        r#"{"expires_in":5}"#,
        "",
        "<html></html>",
        "[]",
        r#"{"access_token":7}"#,
    ] {
        world.control.clear_faults();
        world.fault(Rule::new(json(body)).verb("token"));
        let answer = world.fails(upload(1), "RESPONSE");
        assert_eq!(answer.number("phase"), 1, "{answer}");
        assert_eq!(answer.number("http_status"), 200, "{answer}");
    }
    world.count("upload", 0);
}

fn a_token_that_cannot_stand_in_a_header(world: &mut World<'_>) {
    world.open_easemob();
    for token in [r"a\r\nX-Evil: 1", "", "ü"] {
        world.control.clear_faults();
        let body = format!(r#"{{"access_token":"{token}","expires_in":60}}"#);
        world.fault(Rule::new(json(&body)).verb("token"));
        world.fails(upload(1), "RESPONSE");
    }
    world.count("upload", 0);
}

fn fetching_a_token_is_retried(world: &mut World<'_>) {
    world.open_easemob();
    world.fault(Rule::new(error("503")).verb("token").times(1));
    let stored = world.ok(upload(1));
    assert_eq!(stored.number("attempts"), 2);
    world.count("token", 2);
    world.count("upload", 1);
    // A one-way source has lost nothing while only a token was asked for.
    world.control.revoke_tokens();
    world.open_easemob();
    let rule = Rule::new(Action::ResetBeforeAnswer { handle: false });
    world.fault(rule.verb("token").times(1));
    assert_eq!(world.ok(upload_one_way(1)).number("attempts"), 2);
}

fn too_many_token_requests(world: &mut World<'_>) {
    world.open_easemob_with("max_attempts", 2);
    world.service_error("token", "resource_limited");
    let answer = world.fails(upload(1), "RATE_LIMITED");
    assert_eq!(answer.number("attempts"), 2);
    assert_eq!(answer.number("http_status"), 429);
    assert_eq!(answer.number("retryable"), 1);
    assert_eq!(answer.number("phase"), 1);
    assert_eq!(answer.get("service_code"), Some("resource_limited"));
}
