//! What the bindings have of include/chatfile.h: made by bindings/generator.

use crate::{Result, cargo, print};
use chatfile_ffi_tests::toolchain::root;
use lexopt::prelude::{Long, Short};
use std::process::{Command, ExitCode};

const HELP: &str = "\
Usage: cargo xtask bindings [--check]

Makes anew what the bindings, the tests' drivers and the pages have of
include/chatfile.h (see bindings/generator). It needs Python 3.8 or newer.

  --check   change nothing; say what is not current, and fail if something is not
";

/// `cargo xtask bindings`.
pub fn command(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    let mut check = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return print(HELP),
            Long("check") => check = true,
            other => return Err(other.unexpected().into()),
        }
    }
    make(check)?;
    Ok(ExitCode::SUCCESS)
}

/// Makes it, or with `check` fails if it is not current.
pub fn make(check: bool) -> Result<()> {
    let mut generator = Command::new("python3");
    generator
        .args(["-m", "generator"])
        .args(check.then_some("--check"))
        .current_dir(root().join("bindings"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    cargo::run(&mut generator)
}
