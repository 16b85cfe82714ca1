//! An upload in parts, against digesting the file and sending it plainly.

use chatfile_emulator::{Config, Emulator};
use chatfile_ffi_tests::toolchain::{Library, Profile, Program, root, run};
use std::io;
use std::path::Path;
use std::process::Command;

/// Of the file.
pub const SIZE: u64 = 1024 * 1024 * 1024;

/// Side by side.
const PARALLEL: u32 = 4;

/// Builds `c/parts.c` and lets it print its table. The service is in this
/// process, and so not measured.
///
/// # Errors
/// When there is no compiler, or a program fails.
pub fn measure(source: &Path, folder: &Path, rounds: u32) -> io::Result<()> {
    let library = Library::build(Profile::Release)?;
    let program = Program {
        source: &root().join("benches/c/parts.c"),
        standard: "c99",
        arguments: &[],
    }
    .build(&library, folder)?;
    let emulator = Emulator::start(Config {
        folder: Some(folder.join("stored")),
        ..Config::default()
    })?;
    let control = emulator.control();
    let smh = &control.config().smh;
    println!(" CPU ms  by hand  chatfile÷  with MD5  chatfile÷  memory MiB");
    run(Command::new(program)
        .arg(emulator.base_url())
        .args([&smh.library_id, &smh.library_secret])
        .arg(source)
        .args([rounds.to_string(), PARALLEL.to_string()]))
}
