//! `cargo xtask dist`: the packages that people take.

mod build;
mod check;
mod go_module;
mod pack;
mod sbom;
pub mod short;
mod standard;
mod targets;
pub mod tools;
mod trial;
mod wheels;

use crate::install::{self, Built, Layout};
use crate::{Result, abi, cargo, demo, licences, print, usage};
use chatfile_ffi_tests::toolchain::root;
use lexopt::prelude::{Long, Short, Value, ValueExt as _};
use pack::Output;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use targets::{TARGETS, Target};
use tools::Tools;

const HELP: &str = "\
Usage: cargo xtask dist [OPTIONS] [TARGET...]

Builds, checks and packs, on Linux, for each TARGET, or for all of them:

{targets}
Each gets an archive with libraries, headers, files for pkg-config and CMake,
units for Delphi, Free Pascal and C#, guides and licences; a wheel; the emulator
as a program and as a wheel; and lists of what is in them (CycloneDX). Beside
them come the sdist, the crate, a Go module with the static libraries, and
SHA256SUMS. The same commit gives the same bytes in every folder.

  --output D     where the packages go (default: dist)
  --libraries    only build and check the libraries, and say in which folders they
                 are, for tests of them
  --install      first get what is missing: as root on a machine with apt-get,
                 compilers and a Rust with the source of its standard library;
                 below target/, zig and other tools from PyPI and crates.io
  --try          then unpack the packages in an empty folder, build programs from
                 them, and run these against the emulator of the packages
  --only-try     only that, with packages that are there

A target whose tools are missing is named, and fails.
";

pub fn command(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    let mut chosen: Vec<&Target> = Vec::new();
    let mut folder = root().join("dist");
    let (mut install, mut is_trial) = (false, false);
    let mut made = Made::Packages;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return print(&help()),
            Long("output") => folder = env::current_dir()?.join(parser.value()?),
            Long("install") => install = true,
            Long("try") => is_trial = true,
            Long("only-try") => (is_trial, made) = (true, Made::Nothing),
            Long("libraries") => made = Made::Libraries,
            Value(name) => chosen.push(target(&name.string()?)?),
            other => return Err(other.unexpected().into()),
        }
    }
    if chosen.is_empty() {
        chosen = TARGETS.iter().collect();
    }
    if install {
        Tools::install(&chosen, made == Made::Packages, is_trial)?;
    }
    let tools = Tools::find()?;
    let output = Output::new(folder)?;
    let mut failed = Vec::new();
    let mut libraries = Vec::new();
    for target in chosen.iter().filter(|_| made != Made::Nothing) {
        println!("== {}", target.name);
        let result = match made {
            Made::Packages => packages(target, &output, &tools),
            _ => library(target, &tools),
        };
        match result {
            Ok(built) => libraries.push((*target, built)),
            Err(error) => failed.push(format!("{}: {error}", target.name)),
        }
    }
    if made == Made::Packages {
        if let Err(error) = for_all(&libraries, &output, &tools) {
            failed.push(format!("what is for all: {error}"));
        }
        output.sums()?;
    }
    if is_trial {
        for target in &chosen {
            println!("== trying {}", target.name);
            let tried =
                Tools::check(target, true).and_then(|()| trial::run(target, &output, &tools));
            if let Err(error) = tried {
                failed.push(format!("{}, tried: {error}", target.name));
            }
        }
    }
    for failure in &failed {
        eprintln!("FAILED: {failure}");
    }
    Ok(ExitCode::from(u8::from(!failed.is_empty())))
}

/// What is made before anything is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    Packages,
    Libraries,
    Nothing,
}

fn help() -> String {
    let names: String = TARGETS
        .iter()
        .map(|target| format!("  {:<18} {}\n", target.name, target.rust))
        .collect();
    HELP.replace("{targets}\n", &format!("{names}\n"))
}

fn target(name: &str) -> Result<&'static Target> {
    let target = TARGETS.iter().find(|target| target.name == name);
    target.ok_or_else(|| usage(format!("there is no target {name}")))
}

/// The name of a package without its ending.
pub fn stem(package: &str, target: &str) -> Result<String> {
    Ok(format!("{package}-{}-{target}", abi::Version::current()?))
}

/// A folder of this name to be packed, empty.
fn stage(name: &str) -> Result<PathBuf> {
    demo::emptied(build::folder().join("stage").join(name))
}

/// Writes the Go module with the library of this machine alone.
pub fn go_module_here(folder: &Path, built: Built) -> Result<()> {
    let rust = cargo::host()?;
    let target = TARGETS.iter().find(|target| target.rust == rust);
    let target = target.ok_or_else(|| format!("there are no packages for {rust}"))?;
    go_module::write(folder, &[(target, built)])
}

/// Builds and checks the library of a target, for tests of it; returns the folder that
/// it is in.
pub fn library_for(name: &str) -> Result<PathBuf> {
    let built = library(target(name)?, &Tools::find()?)?;
    let folder = built.archive.parent();
    Ok(folder.ok_or("it is in no folder")?.to_owned())
}

/// Builds and checks the library of a target.
fn library(target: &Target, tools: &Tools) -> Result<Built> {
    Tools::check(target, false)?;
    let built = build::library(target, tools)?;
    check::library(target, &built, &build::toolset(target, tools))?;
    println!("{}: in {}", target.name, build::libraries(target).display());
    Ok(built)
}

/// Makes all packages of a target.
fn packages(target: &Target, output: &Output, tools: &Tools) -> Result<Built> {
    // Before all the work.
    Tools::sbom()?;
    let built = library(target, tools)?;
    let ending = target.archive_ending();
    let layout = Layout {
        destdir: None,
        prefix: stage(&stem("chatfile", target.name)?)?,
        libdir: "lib".into(),
    };
    install::tree(&layout, &built)?;
    output.pack(&layout.prefix, ending, tools)?;
    if let Some(shared) = &built.shared {
        let own = layout.prefix.join("share/licenses/chatfile");
        wheels::library(target, shared, &own, output, tools)?;
    }
    let program = build::emulator(target, tools)?;
    check::program(target, &program, &build::toolset(target, tools))?;
    let folder = stage(&stem("chatfile-emulator", target.name)?)?;
    let own = folder.join("licenses");
    fs::create_dir(&own)?;
    licences::write(&own, "chatfile-emulator", Some(target.rust))?;
    fs::copy(
        &program,
        folder.join(program.file_name().unwrap_or_default()),
    )?;
    fs::copy(root().join("docs/emulator.md"), folder.join("README.md"))?;
    output.pack(&folder, ending, tools)?;
    if target.has_shared() {
        wheels::emulator(target, &program, &own, output, tools)?;
    }
    sbom::write(target, output)?;
    Ok(built)
}

/// Makes what is for no target alone.
fn for_all(libraries: &[(&Target, Built)], output: &Output, tools: &Tools) -> Result<()> {
    println!("== for all");
    if libraries.iter().any(|(target, _)| target.go.is_some()) {
        let folder = stage(&stem("chatfile", "go")?)?;
        go_module::write(&folder, libraries)?;
        output.pack(&folder, "zip", tools)?;
    }
    krate(&output.folder)
}

/// The crate as a registry takes it.
fn krate(output: &Path) -> Result<()> {
    let folder = build::folder().join("crate");
    cargo::run(
        cargo::cargo()
            .args([
                "package",
                "--quiet",
                "--package",
                "chatfile",
                "--no-verify",
                "--target-dir",
            ])
            .arg(&folder),
    )?;
    let name = format!("chatfile-{}.crate", abi::Version::current()?);
    fs::copy(folder.join("package").join(&name), output.join(&name))?;
    Ok(())
}
