//! The Go package: its format, `go vet`, and its tests, in each way of linking.

use crate::{Result, cargo, tools};
use chatfile_ffi_tests::golang::Go;
use chatfile_ffi_tests::toolchain::{Library, Profile};
use std::process::Command;

/// What stays the same whether or not a test has run before.
const ALWAYS: &str = "-count=1";

pub fn check(go: &Go) -> Result<()> {
    let unformatted = cargo::output(go.gofmt().args(["-l", "."]))?;
    if !unformatted.is_empty() {
        return Err(format!("gofmt would change {}", unformatted.replace('\n', " ")).into());
    }
    let library = Library::build(Profile::Debug)?;
    let emulator = cargo::build_program("chatfile-emulator")?;
    let run = |mut command: Command, arguments: &[&str]| {
        command.args(arguments).env("CHATFILE_EMULATOR", &emulator);
        cargo::run(&mut command)
    };
    run(go.command(&library), &["vet", "./..."])?;
    run(go.command(&library), &["test", "-race", ALWAYS, "./..."])?;
    // Here net/http is compiled once, without the race detector.
    println!("linked statically:");
    let some = [
        "test",
        ALWAYS,
        "-run",
        "Example|Readme|Every|Memory|Recipe|TheBody",
        ".",
    ];
    run(go.static_command(&library), &some)?;
    if let Some(how) = tools::lacking(&["pkg-config"]) {
        println!("not linked by pkg-config: {how}");
        return Ok(());
    }
    println!("linked by pkg-config:");
    let folder = cargo::target_dir().join("go-pkgconfig");
    run(go.pkgconfig_command(&library, &folder)?, &some)
}
