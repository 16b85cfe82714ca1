//! C programs against the library as users get it.

use crate::Result;
use chatfile_ffi_tests::toolchain::{Library, Profile, Program};
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The warnings that a C example must not cause, besides those that all C
/// programs here are built with.
const STRICT: &[&str] = &["-pedantic", "-Wconversion", "-Wshadow"];

/// The release library.
pub fn library() -> Result<Library> {
    Ok(Library::build(Profile::Release)?)
}

/// Compiles a C99 program into `folder`.
pub fn compile(library: &Library, source: &Path, folder: &Path) -> Result<PathBuf> {
    let program = Program {
        source,
        standard: "c99",
        arguments: STRICT,
    };
    Ok(program.build(library, folder)?)
}

/// A command that finds the library where it was built. `cargo run` puts the
/// folder of the debug library into the environment, which would go before the
/// one that the program was linked with.
pub fn command(library: &Library, program: impl AsRef<OsStr>) -> Command {
    let mut paths = OsString::from(&library.folder);
    if let Some(others) = env::var_os("LD_LIBRARY_PATH") {
        paths.push(":");
        paths.push(others);
    }
    let mut command = Command::new(program);
    command.env("LD_LIBRARY_PATH", paths);
    command
}
