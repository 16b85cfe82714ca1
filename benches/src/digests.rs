//! The digests, against programs that every system has.

use chatfile_ffi_tests::toolchain::{Library, Profile, Program, root, run};
use std::io;
use std::path::Path;
use std::process::Command;

/// Of the file: so large that starting a process is nothing.
pub const SIZE: u64 = 512 * 1024 * 1024;

/// Builds `c/digest.c` and lets it print its table.
///
/// # Errors
/// When there is no compiler, or a program fails or is missing.
pub fn measure(source: &Path, folder: &Path, rounds: u32) -> io::Result<()> {
    let library = Library::build(Profile::Release)?;
    let program = Program {
        source: &root().join("benches/c/digest.c"),
        standard: "c99",
        arguments: &["-O2"],
    }
    .build(&library, folder)?;
    println!("digest    CPU ms  of other  chatfile÷  other");
    run(Command::new(program)
        .env("LD_LIBRARY_PATH", &library.folder)
        .arg(source)
        .arg(rounds.to_string()))
}
