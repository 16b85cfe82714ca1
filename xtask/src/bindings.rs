//! What the bindings have of include/chatfile.h: made by bindings/generator.

use crate::{Result, cargo, print, renew};
use chatfile_ffi_tests::toolchain::{Library, Profile, root};
use lexopt::prelude::{Long, Short};
use std::collections::BTreeMap;
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
        .current_dir(root().join("bindings"));
    cargo::run(&mut generator)
}

const SHARE_HELP: &str = "\
Usage: cargo xtask share

Writes what lies beside the Python package's command line, its manual page and
completions, from its parser: bindings/python/share. It needs Python 3.8 or newer.
";

/// `cargo xtask share`.
pub fn share(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    match parser.next()? {
        None => {}
        Some(Long("help") | Short('h')) => return print(SHARE_HELP),
        Some(other) => return Err(other.unexpected().into()),
    }
    let library = Library::build(Profile::Debug)?;
    let package = root().join("bindings/python");
    let written = cargo::output(
        Command::new("python3")
            .args([
                "-c",
                "import json; from chatfile.cli import written; print(json.dumps(written.files()))",
            ])
            .env("PYTHONPATH", package.join("src"))
            .env("CHATFILE_LIBRARY", library.shared()),
    )?;
    let files: BTreeMap<String, String> = serde_json::from_str(&written)?;
    for (name, text) in files {
        let path = package.join("share").join(name);
        renew(&path, &text)?;
    }
    Ok(ExitCode::SUCCESS)
}
