//! Wheels, and the sdist.

use super::pack::Output;
use super::tools::Tools;
use crate::{Result, cargo};
use chatfile_ffi_tests::toolchain::root;
use std::path::Path;
use std::process::Command;

/// The wheel of a library, and the sdist, which is the same each time.
pub fn library(library: &Path, licences: &Path, output: &Output, tools: &Tools) -> Result<()> {
    let mut backend = script("bindings/python/build_tools/backend.py", licences, tools);
    backend
        .arg(&output.folder)
        .env("CHATFILE_BUILT_LIBRARY", library);
    cargo::run(&mut backend)
}

/// The wheel of the emulator.
pub fn emulator(program: &Path, licences: &Path, output: &Output, tools: &Tools) -> Result<()> {
    let mut script = script("emulator/wheel.py", licences, tools);
    cargo::run(script.arg(program).arg(&output.folder))
}

fn script(name: &str, licences: &Path, tools: &Tools) -> Command {
    let mut script = Command::new(&tools.python);
    script
        .arg(root().join(name))
        .env("CHATFILE_LICENCES", licences)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    script
}
