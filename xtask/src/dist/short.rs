//! The library for Windows as `cargo xtask test` tries it each time: built soon, without optimisation and with a standard library
//! that is kept, where all that it takes is there.

use super::targets::Target;
use super::tools::{Rust, Tools};
use super::{build, check, standard, target};
use crate::install::Names;
use crate::toolset::Toolset;
use crate::{Result, cargo, demo};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// What is run; MinGW links for it.
pub const RUN: &str = "windows-x64";
/// What is compiled and no more: zig would have to link it, and a wine of its own to run it.
const COMPILED: &str = "windows-x86";
/// Of the list in tools.rs.
const PROGRAMS: &[&str] = &[
    "x86_64-w64-mingw32-gcc",
    "x86_64-w64-mingw32-g++-posix",
    "i686-w64-mingw32-gcc",
    "wine",
];

fn targets() -> Result<[&'static Target; 2]> {
    Ok([target(RUN)?, target(COMPILED)?])
}

/// Gets all that it takes.
pub fn install() -> Result<()> {
    Tools::install_programs(PROGRAMS);
    let rust = Rust::required()?;
    for target in targets()? {
        standard::make(target, &rust)?;
    }
    Ok(())
}

/// An error that says what is not there.
pub fn find() -> Result<()> {
    Tools::check_programs(PROGRAMS)?;
    let rust = Rust::required()?;
    for target in targets()? {
        if !standard::is_there(target, &rust)? {
            let folder = standard::sysroot(&rust)?;
            let (name, folder) = (target.name, folder.display());
            return Err(format!("there is no standard library for {name} in {folder}").into());
        }
    }
    Ok(())
}

/// Builds it for one target, and sees that it would build for the other; returns the folder that it is in.
pub fn library() -> Result<PathBuf> {
    let rust = Rust::required()?;
    let [run, compiled] = targets()?;
    cargo::run(&mut command("check", compiled, &rust)?)?;
    cargo::run(&mut command("build", run, &rust)?)?;
    let made = build::folder().join(run.rust).join("debug");
    let folder = demo::emptied(build::folder().join("tested"))?;
    let names = Names::of(run.system)?;
    let shared = folder.join(&names.shared);
    fs::copy(made.join(&names.link), &shared)?;
    fs::copy(made.join("libchatfile.dll.a"), folder.join("chatfile.lib"))?;
    let compiler = vec![OsString::from(PROGRAMS[0])];
    let tools = Toolset::cross(run.system, compiler, run.binutils);
    check::needs(run, &shared, &tools)?;
    Ok(folder)
}

fn command(subcommand: &str, target: &Target, rust: &Rust) -> Result<Command> {
    let sysroot = [format!("--sysroot={}", standard::sysroot(rust)?.display())];
    let mut command = cargo::in_workspace(Command::new(&rust.cargo));
    command
        .args([subcommand, "--quiet", "--locked"])
        .args(["--package", "chatfile-capi", "--lib"])
        .args(["--target", target.rust, "--target-dir"])
        .arg(build::folder())
        .args(["--config", "profile.dev.opt-level=0"])
        .args(["--config", &format!("build.rustflags={sysroot:?}")])
        .env("RUSTC", &rust.rustc)
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTUP_TOOLCHAIN");
    build::use_mingw(&mut command, target);
    Ok(command)
}
