//! What the system trusts, which is asked once in a process: so each question has one of its own.

use crate::transfers::{easemob_config, options};
use chatfile::{Client, Source, Trust, UploadOptions};
use chatfile_emulator::{Config, Emulator};
use std::process::Command;

const QUESTION: &str = "CHATFILE_TEST_TRUST";

/// Uploads to a server of TLS whose CA only the system's store may know.
#[test]
fn asks_the_system_or_not() {
    let Ok(question) = std::env::var(QUESTION) else {
        return;
    };
    let (trust, url) = question.split_once(' ').unwrap();
    let trust = match trust {
        "both" => Trust::Both,
        "system" => Trust::System,
        _ => Trust::BuiltIn,
    };
    let options = options().trust(trust).max_attempts(1);
    let client = Client::easemob(easemob_config(url.to_owned()), options).unwrap();
    client
        .upload(Source::bytes(b"x"), UploadOptions::default())
        .unwrap();
}

/// Not on Windows and macOS, whose stores are no files.
#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn the_system_is_asked_unless_the_caller_says_no() {
    let config = Config {
        tls: Some(([127, 0, 0, 1], 0).into()),
        ..Config::default()
    };
    let emulator = Emulator::start(config).unwrap();
    let ca = emulator.ca_path().unwrap();
    let nothing = std::env::temp_dir().join("chatfile has no such file");
    for (trust, store, is_fine) in [
        ("both", ca, true),
        ("system", ca, true),
        ("built-in", ca, false),
        ("both", &nothing, false),
        ("system", &nothing, false),
    ] {
        let question = format!("{trust} {}", emulator.tls_base_url().unwrap());
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["trust::asks_the_system_or_not", "--exact"])
            .env(QUESTION, question)
            .env("SSL_CERT_FILE", store)
            .env_remove("SSL_CERT_DIR")
            .output()
            .unwrap();
        assert_eq!(
            output.status.success(),
            is_fine,
            "{trust} {store:?} {output:?}"
        );
    }
}
