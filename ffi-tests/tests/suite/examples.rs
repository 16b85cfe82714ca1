//! The C examples do what they say, and clean up after themselves.

use std::process::Command;

use chatfile_emulator::{Config, Emulator};
use chatfile_ffi_tests::toolchain::{Profile, Program, root};

use crate::protocol::Pattern;
use crate::{programs, tools};

#[test]
fn the_round_trip_is_clean_under_valgrind() {
    is_clean("roundtrip.c", 9);
}

#[test]
fn the_presigned_round_trip_is_clean_under_valgrind() {
    is_clean("presign.c", 2);
}

#[test]
fn the_upload_that_goes_on_is_clean_under_valgrind() {
    is_clean("resume.c", 1);
}

/// Runs an example that carries a file there and back `transfers` times, and
/// again where nobody listens.
fn is_clean(name: &str, transfers: usize) {
    let source = root().join("examples/c").join(name);
    let program = Program {
        source: &source,
        standard: "c99",
        arguments: &["-pedantic"],
    };
    let library = programs::library(Profile::Debug);
    let program = program
        .build(library, &tools::work_folder().join("examples"))
        .unwrap();
    let emulator = Emulator::start(Config::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("picture.png");
    std::fs::write(&file, Pattern::seeded(1).bytes(300_000)).unwrap();
    let command = |url: &str| {
        let mut command = tools::valgrind().unwrap_or_else(|| Command::new("env"));
        command.arg(&program).arg(url).arg(&file).arg(folder.path());
        command
    };
    let told = programs::output(&mut command(&emulator.base_url()));
    assert_eq!(told.matches("\tidentical\t").count(), transfers, "{told}");
    assert!(!told.contains("CHATFILE_E_"), "{told}");
    let refused = command("http://127.0.0.1:1").output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
}
