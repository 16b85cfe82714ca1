//! The C example does what it says, and cleans up after itself.

use std::process::Command;

use chatfile_emulator::{Config, Emulator};
use chatfile_ffi_tests::toolchain::{Profile, Program, root};

use crate::protocol::Pattern;
use crate::{programs, tools};

#[test]
fn the_round_trip_is_clean_under_valgrind() {
    let source = root().join("examples/c/roundtrip.c");
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
    let mut command = tools::valgrind().unwrap_or_else(|| Command::new("env"));
    command
        .arg(program)
        .arg(emulator.base_url())
        .arg(&file)
        .arg(folder.path());
    let told = programs::output(&mut command);
    assert!(told.contains("identical"), "{told}");
    assert!(!told.contains("CHATFILE_E_"), "{told}");
}
