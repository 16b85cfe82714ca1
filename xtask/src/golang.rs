//! The Go package: its format, its tests in each way of linking, and `go vet`.

use crate::{Result, cargo, tools};
use chatfile_ffi_tests::golang::Go;
use chatfile_ffi_tests::toolchain::{Library, Profile};
use std::process::Command;

/// What stays the same whether or not a test has run before.
const ALWAYS: &str = "-count=1";
/// `go vet` has its say once, with all that it knows: each `go test` would have it run over the
/// standard library for some of that.
const NO_VET: &str = "-vet=off";

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
    // pkg-config tells most users' Go how to link. The standard library is compiled for each set of flags, so there
    // are two of them: these, which are pkg-config's, with the race detector, and the variables', without.
    let linked = match tools::lacking(&["pkg-config"]) {
        None => go.pkgconfig_command(&library, &cargo::target_dir().join("go-pkgconfig"))?,
        Some(how) => {
            println!("not linked by pkg-config: {how}");
            go.command(&library)
        }
    };
    run(linked, &["test", "-race", NO_VET, ALWAYS, "./..."])?;
    // Here net/http is compiled once, without the race detector.
    println!("linked statically:");
    let some = "Example|Readme|Every|Memory|Recipe|TheBody";
    run(
        go.static_command(&library),
        &["test", NO_VET, ALWAYS, "-run", some, "."],
    )?;
    // Of what has just been compiled, and with the files that the race detector is without.
    run(go.static_command(&library), &["vet", "./..."])
}
