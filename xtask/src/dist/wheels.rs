//! Wheels, and the sdist.

use super::pack::Output;
use super::targets::Target;
use super::tools::Tools;
use crate::{Result, cargo};
use chatfile_ffi_tests::toolchain::root;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// The wheel of a library, and the sdist, which is the same each time.
pub fn library(
    target: &Target,
    library: &Path,
    licences: &Path,
    output: &Output,
    tools: &Tools,
) -> Result<()> {
    let mut backend = script("bindings/python/build_tools/backend.py", licences, tools);
    backend
        .arg(&output.folder)
        .env("CHATFILE_BUILT_LIBRARY", library);
    audit(target, &cargo::output(&mut backend)?, tools)
}

/// The wheel of the emulator.
pub fn emulator(
    target: &Target,
    program: &Path,
    licences: &Path,
    output: &Output,
    tools: &Tools,
) -> Result<()> {
    let mut script = script("emulator/wheel.py", licences, tools);
    let said = cargo::output(script.arg(program).arg(&output.folder))?;
    audit(target, &said, tools)
}

/// A wheel is for the systems that it names, or older ones: so says auditwheel, which is not ours, where there is a glibc.
fn audit(target: &Target, said: &str, tools: &Tools) -> Result<()> {
    print!("{said}");
    let wheel = said.lines().find(|line| line.ends_with(".whl"));
    let wheel = Path::new(wheel.ok_or("no wheel was made")?);
    let name = wheel.file_name().unwrap_or_default().to_string_lossy();
    let wanted = target.wheel.unwrap_or_default();
    if !name.contains(wanted) {
        return Err(format!("{name} is not for {wanted}").into());
    }
    if target.glibc.is_none() {
        return Ok(());
    }
    let mut audit = tools.program("auditwheel");
    let report = cargo::output(audit.args(["show", "--json"]).arg(wheel))?;
    let report: Value = serde_json::from_str(&report)?;
    let tag = report["overall_tag"].as_str().unwrap_or_default();
    if tag.is_empty() || !name.contains(tag) {
        return Err(format!("auditwheel has {name} for {tag:?} alone").into());
    }
    println!("{}: auditwheel: {tag}", target.name);
    Ok(())
}

fn script(name: &str, licences: &Path, tools: &Tools) -> Command {
    let mut script = Command::new(&tools.python);
    script
        .arg(root().join(name))
        .env("CHATFILE_LICENCES", licences);
    script
}
