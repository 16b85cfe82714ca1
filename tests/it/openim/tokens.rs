//! Logging in, and again.

use super::*;
use chatfile::SecretProvider;
use chatfile_emulator::OpenimMultiLogin;

#[test]
fn tokens_are_renewed_when_they_expire_or_are_lost() {
    let emulator = emulator(|_| {});
    let client = alice(&emulator);
    upload(&client, b"x").unwrap();
    for spoil in [0, 1] {
        match spoil {
            0 => emulator.control().revoke_tokens(),
            _ => emulator.control().advance_seconds(91 * 86_400),
        }
        emulator.control().clear_journal();
        // A stream that cannot be read twice: no token is asked of it.
        let source = Source::reader(&b"abc"[..], 3);
        let stored = client.upload(source, named("b.txt")).unwrap();
        assert_eq!(
            (stored.attempts, fetch(&client, &stored.file)),
            (1, b"abc".to_vec())
        );
        // The user's token is refused, then the admin's.
        assert_eq!(
            counts(&emulator, ["initiate_form", "user_token", "admin_token"]),
            [2, 2, 1]
        );
    }
    let admin = admin(&emulator);
    upload(&admin, b"x").unwrap();
    emulator.control().revoke_tokens();
    assert_eq!(upload(&admin, b"x").unwrap().file, "imAdmin/photo.png");
}

#[test]
fn a_login_elsewhere_ends_a_token_and_another_follows() {
    let emulator = emulator(|config| config.multi_login = OpenimMultiLogin::OneEach);
    let [one, other] = [alice(&emulator), alice(&emulator)];
    upload(&one, b"x").unwrap();
    upload(&other, b"x").unwrap();
    upload(&one, b"x").unwrap();
}

#[test]
fn a_token_got_elsewhere_is_used_and_not_renewed() {
    let emulator = emulator(|_| {});
    let rule = |code| {
        Action::json(
            200,
            &format!(r#"{{"errCode":{code},"errMsg":"TokenExpiredError","errDlt":""}}"#),
        )
    };
    let fixed = open(
        &emulator,
        "alice",
        OpenimCredentials::Token("eyJhbGci.x.y".into()),
    );
    let error = upload(&fixed, b"x").unwrap_err();
    assert_eq!(error.status(), Status::Auth, "{error}");
    assert!(!error.message().contains("eyJhbGci"), "{error}");
    assert_eq!(counts(&emulator, ["part_limit", "admin_token"]), [1, 0]);
    // One that is asked for is asked for again, once.
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counter = asked.clone();
    let provider = SecretProvider::new(move |name| {
        assert_eq!(name, "token");
        counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok("eyJhbGci.x.y".to_owned().into())
    });
    emulator.control().clear_journal();
    let credentials = OpenimCredentials::Token(Secret::from(provider));
    for code in [1501, 1506] {
        fault(&emulator, "part_limit", rule(code));
    }
    let error = upload(&open(&emulator, "alice", credentials), b"x").unwrap_err();
    assert_eq!(error.service_code(), Some("1506"));
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 2);
}

#[test]
fn wrong_credentials_are_told_as_such() {
    let emulator = emulator(|_| {});
    let wrong = |admin_secret: &str, admin: Option<&str>| OpenimCredentials::User {
        admin_secret: admin_secret.into(),
        admin_user_id: admin.map(Into::into),
        platform: 1,
    };
    let good = Config::default().openim.secret;
    for (user_id, credentials) in [
        ("alice", wrong("not-the-secret", None)),
        ("alice", wrong(&good, Some("nobody"))),
        ("nobody", wrong(&good, None)),
    ] {
        emulator.control().clear_journal();
        let error = upload(&open(&emulator, user_id, credentials), b"x").unwrap_err();
        assert_eq!(error.status(), Status::Auth, "{error}");
        assert_eq!(error.phase(), chatfile::Phase::Token);
        assert!(!error.message().contains("not-the-secret"), "{error}");
        assert_eq!(counts(&emulator, ["admin_token"]), [1]);
    }
}
