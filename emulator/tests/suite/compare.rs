//! `chatfile-emulator compare`: against an emulator that stands for the services, and against a recording of it.

use chatfile_emulator::{COMPARISONS, Config, Emulator};
use std::process::{Command, Output};

fn compare(environment: &[(String, String)], arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chatfile-emulator"));
    command.arg("compare").args(arguments);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CHATFILE_LIVE_") {
            command.env_remove(name);
        }
    }
    for (name, value) in environment {
        command.env(format!("CHATFILE_LIVE_{name}"), value);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let said = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    (status.code(), said)
}

#[test]
fn a_service_that_is_the_emulator_agrees_and_is_recorded_without_secrets() {
    let emulator = Emulator::start(Config::default()).unwrap();
    let environment = emulator.environment();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recorded.jsonl");
    let file = file.to_str().unwrap();
    // OpenIM's needs the administrator's secret, which is no client's.
    let services: Vec<_> = COMPARISONS.iter().map(|service| service.name).collect();
    let services: Vec<_> = services
        .into_iter()
        .filter(|name| *name != "openim")
        .collect();
    let (code, said) = compare(&environment, &[&services[..], &["--record", file]].concat());
    assert_eq!(code, Some(0), "{said}");
    let recorded = std::fs::read_to_string(file).unwrap();
    for (name, value) in &environment {
        let is_secret = name.contains("SECRET") || name.contains("CLIENT_ID");
        assert!(!is_secret || !recorded.contains(value.as_str()), "{name}");
    }
    // Another choice shows, without any service.
    let (code, said) = compare(&[], &["--recording", file]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = compare(
        &[],
        &[
            "easemob",
            "--recording",
            file,
            "--easemob-ttl-in-milliseconds",
        ],
    );
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("json.expires_in"), "{said}");
}

#[test]
fn what_is_missing_or_unknown_is_said() {
    let (code, said) = compare(&[], &[]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("needs CHATFILE_LIVE_EASEMOB_APP_KEY"),
        "{said}"
    );
    let (code, said) = compare(&[], &["whatsapp"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("no service is called whatsapp"), "{said}");
}

#[test]
fn requests_of_ones_own_are_sent() {
    let emulator = Emulator::start(Config::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.jsonl");
    let line = r#"{"case":"mine","steps":[{"method":"GET","url":"/${org}/${app}/chatfiles/x","show":true}]}"#;
    std::fs::write(&file, line).unwrap();
    let arguments = ["easemob", "--table", file.to_str().unwrap()];
    let (code, said) = compare(&emulator.environment(), &arguments);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("1 requests compared"), "{said}");
}
