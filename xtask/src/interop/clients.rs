//! Other people's clients at the emulator, as they come. Each program of `emulator/tests` ends with the line "done".

use super::with_modules;
use crate::emulator::Emulator;
use crate::{Result, cargo};
use chatfile_ffi_tests::golang::Go;
use chatfile_ffi_tests::toolchain::{root, target};
use chatfile_ffi_tests::tools::succeeds;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is fetched for Node.js.
const COS_FOR_NODE: &str = "cos-nodejs-sdk-v5@3.0.0";
/// `SmhConfig`'s defaults.
const COS_KEYS: [&str; 2] = [
    "AKIDemulator0cos0secret0id",
    "emulator0cos0secret0key0123456789",
];

/// One client: what it needs, and the command that lets it at an emulator.
struct Client {
    name: &'static str,
    /// Programs without which it is left out.
    needs: &'static [&'static str],
    command: fn(&Path, &Emulator) -> Result<Command>,
}

const CLIENTS: &[Client] = &[
    Client {
        name: "cos-nodejs-sdk-v5",
        needs: &["node", "npm"],
        command: cos_for_node,
    },
    Client {
        name: "cos_api (Java)",
        needs: &["java", "mvn"],
        command: cos_for_java,
    },
    Client {
        name: "minio-go",
        needs: &[],
        command: minio_for_go,
    },
];

/// All of them, one after the other.
pub(super) fn run() -> Result<()> {
    let folder = target().join("interop");
    fs::create_dir_all(&folder)?;
    let files = folder.join("clients");
    let emulator = Emulator::start(&files, &[])?;
    let mut failed = Vec::new();
    for client in CLIENTS {
        let is_there = |program: &&&str| succeeds(Command::new(program).arg("--version"));
        let missing = client.needs.iter().find(|program| !is_there(program));
        if let Some(program) = missing {
            println!("{}: left out, for there is no {program} here", client.name);
            continue;
        }
        let output = match (client.command)(&folder, &emulator) {
            Ok(mut command) => command
                .env("NO_PROXY", "*")
                .stderr(Stdio::inherit())
                .output()?,
            Err(why) => {
                println!("{}: left out: {why}", client.name);
                continue;
            }
        };
        let printed = String::from_utf8_lossy(&output.stdout);
        let is_good = output.status.success() && printed.trim_end().ends_with("done");
        println!(
            "{}: {}",
            client.name,
            if is_good { "passed" } else { "FAILED" }
        );
        if !is_good {
            println!("{printed}");
            failed.push(client.name);
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(format!("failed: {}", failed.join(", ")).into()),
    }
}

fn source(name: &str) -> PathBuf {
    root().join("emulator/tests").join(name)
}

fn cos_for_node(folder: &Path, emulator: &Emulator) -> Result<Command> {
    let folder = folder.join("node");
    fs::create_dir_all(&folder)?;
    // Node.js looks for modules beside the program.
    fs::copy(source("node/cos.js"), folder.join("cos.js"))?;
    fs::write(folder.join("package.json"), "{\"private\": true}")?;
    cargo::run(
        Command::new("npm")
            .args([
                "install",
                "--no-audit",
                "--no-fund",
                "--no-save",
                COS_FOR_NODE,
            ])
            .current_dir(&folder),
    )?;
    let mut command = Command::new("node");
    command
        .arg(folder.join("cos.js"))
        .arg(emulator.url())
        .args(COS_KEYS);
    Ok(command)
}

fn cos_for_java(folder: &Path, emulator: &Emulator) -> Result<Command> {
    let list = folder.join("java-class-path");
    cargo::run(
        Command::new("mvn")
            .args(["-q", "-B", "dependency:build-classpath"])
            .arg(format!("-Dmdep.outputFile={}", list.display()))
            .current_dir(source("java")),
    )?;
    let mut command = Command::new("java");
    command
        .arg("-cp")
        .arg(fs::read_to_string(list)?.trim())
        .arg(source("java/Cos.java"))
        .arg(emulator.url().trim_start_matches("http://"))
        .args(COS_KEYS);
    Ok(command)
}

fn minio_for_go(_: &Path, emulator: &Emulator) -> Result<Command> {
    let go = Go::find(true)?;
    let mut command = with_modules(&go, &source("go"));
    command
        .args(["run", "."])
        .arg(emulator.url().trim_start_matches("http://"))
        .args(["root", "openIM123"]);
    Ok(command)
}
