//! `cargo xtask packages`: what `cargo xtask dist` makes, for this machine alone, with
//! nothing but what builds the library; the first steps of docs/start-*.md take them.

use crate::install::{self, Built, Layout, Linking};
use crate::{Result, cargo, demo, dist, print, python};
use chatfile_ffi_tests::toolchain::root;
use lexopt::prelude::{Long, Short, Value};
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const HELP: &str = "\
Usage: cargo xtask packages [FOLDER]

Makes the packages of docs/start-c.md and its sisters in FOLDER (dist), for this
machine alone: the library's archive, the emulator's, the crate, and where there
is Python the Go module, and the wheels of both. They are named as those of
cargo xtask dist, which are for older systems, too, and have a faster emulator.
";

pub fn command(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    let mut folder = root().join("dist");
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return print(HELP),
            Value(named) => folder = env::current_dir()?.join(named),
            other => return Err(other.unexpected().into()),
        }
    }
    fs::create_dir_all(&folder)?;
    make(&folder)?;
    println!("{}", folder.display());
    Ok(ExitCode::SUCCESS)
}

/// Makes them.
pub fn make(folder: &Path) -> Result<()> {
    let stage = demo::emptied(cargo::target_dir().join("packages"))?;
    let staged = |name: &str| -> Result<PathBuf> {
        let stem = dist::stem(name, &format!("{}-{}", env::consts::OS, env::consts::ARCH))?;
        Ok(stage.join(stem))
    };
    let layout = Layout {
        destdir: None,
        prefix: staged("chatfile")?,
        libdir: "lib".into(),
    };
    let built = Built::here(&Linking::default())?;
    install::tree(&layout, &built)?;
    packed(&layout.prefix, folder)?;
    if python::is_there() {
        let module = stage.join(dist::stem("chatfile", "go")?);
        dist::go_module_here(&module, built)?;
        let archive = folder.join(format!("{}.zip", dist::stem("chatfile", "go")?));
        let script = root().join("xtask/src/dist/pack.py");
        let mut pack = Command::new("python3");
        // Its time matters to nobody here.
        cargo::run(pack.arg(script).arg("1577836800").args([&archive, &module]))?;
    }

    let own = staged("chatfile-emulator")?;
    fs::create_dir(&own)?;
    let program = cargo::build_program("chatfile-emulator")?;
    let small = own.join("chatfile-emulator");
    // What debuggers want is nine tenths of it.
    cargo::run(Command::new("strip").arg("-o").arg(&small).arg(program))?;
    packed(&own, folder)?;
    if python::is_there() {
        python::build(folder)?;
        let wheel = root().join("emulator/wheel.py");
        let mut python = Command::new("python3");
        python.arg(wheel).args([&small, folder]);
        cargo::run(&mut python)?;
    }
    let mut krate = cargo::cargo();
    krate
        .args(["package", "--quiet", "--package", "chatfile", "--no-verify"])
        .args(["--allow-dirty", "--target-dir"])
        .arg(&stage);
    cargo::run(&mut krate)?;
    for entry in fs::read_dir(stage.join("package"))? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("crate")) {
            fs::copy(&path, folder.join(path.file_name().unwrap_or_default()))?;
        }
    }
    Ok(())
}

/// A folder as an archive of its name.
fn packed(folder: &Path, output: &Path) -> Result<()> {
    let name = folder.file_name().unwrap_or_default();
    let archive = output.join(format!("{}.tar.gz", name.display()));
    let mut tar = Command::new("tar");
    tar.args(["--use-compress-program=gzip -1", "-cf"])
        .arg(archive)
        .arg(name)
        .current_dir(folder.parent().unwrap_or(folder));
    cargo::run(&mut tar)
}
