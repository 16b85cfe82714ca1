//! Calls of cargo, and where it puts things.

use crate::Result;
use chatfile_ffi_tests::toolchain::root;
pub use chatfile_ffi_tests::toolchain::{cargo, in_workspace, target as target_dir};
use serde_json::Value;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs a command, having shown it, and without standard input. It must succeed.
pub fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", words(command));
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|e| format!("cannot run {}: {e}", words(command)))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("{}: {status}", words(command)).into())
}

/// Gives a command the environment of another, as far as that differs from this process's.
pub fn copy_environment(from: &Command, to: &mut Command) {
    for (name, value) in from.get_envs() {
        match value {
            Some(value) => to.env(name, value),
            None => to.env_remove(name),
        };
    }
}

/// A command as a person would type it; the environment is left out.
fn words(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let mut words = name.display().to_string();
    for argument in command.get_args() {
        words += &format!(" {}", argument.display());
    }
    words
}

/// The output of a command, which must succeed. What it says on standard error
/// is seen as it comes.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("cannot run {}: {e}", words(command)))?;
    if !output.status.success() {
        return Err(format!("{}: {}", words(command), output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs a command of cargo and returns the messages that tell what it made.
fn messages(arguments: &[&str]) -> Result<Vec<Value>> {
    let mut command = cargo();
    command
        .args(arguments)
        .args(["--message-format", "json-render-diagnostics"]);
    output(&mut command)?
        .lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

/// A test program of the workspace.
pub struct TestProgram {
    /// Its package and its target.
    pub name: String,
    executable: PathBuf,
    /// That of its package.
    folder: PathBuf,
}

impl TestProgram {
    /// Runs it as `cargo test` does.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.executable);
        command
            .current_dir(&self.folder)
            .env("CARGO_MANIFEST_DIR", &self.folder);
        command
    }

    /// It has these tests; else, those that are named and not there are left out without a word.
    pub fn has_all(&self, tests: &[&str]) -> Result<()> {
        let list = output(self.command().args(["--list", "--format", "terse"]))?;
        for test in tests {
            if !list.lines().any(|line| line == format!("{test}: test")) {
                return Err(format!("{} has no test {test}", self.name).into());
            }
        }
        Ok(())
    }

    /// From cargo's message that it is built.
    pub fn of(message: &Value) -> Option<Self> {
        // `path+file:///…/folder#name@version`, or `#version` alone where the folder has that name.
        let (path, version) = message["package_id"].as_str()?.rsplit_once('#')?;
        let (_, folder_name) = path.rsplit_once('/')?;
        let package = version
            .split_once('@')
            .map_or(folder_name, |(name, _)| name);
        let target = message["target"]["name"].as_str()?;
        let manifest = Path::new(message["manifest_path"].as_str()?);
        Some(Self {
            name: format!("{package} {target}"),
            executable: message["executable"].as_str()?.into(),
            folder: manifest.parent()?.to_owned(),
        })
    }
}

/// Builds the test programs of the workspace.
pub fn test_programs() -> Result<Vec<TestProgram>> {
    // As the library is built that programs in C are linked with, and so with it.
    let mut programs = built_tests(&["--exclude", LIBRARY])?;
    programs.insert(0, library_tests()?);
    Ok(programs)
}

const LIBRARY: &str = "chatfile";

/// The library's own tests, which are soon run: without optimisation they are built in a quarter of the time. What they need
/// is as for the others, so none of it is built twice; but those two would have the library itself built so once more.
fn library_tests() -> Result<TestProgram> {
    let unoptimised = format!("profile.dev.package.{LIBRARY}.opt-level=0");
    let mut arguments = vec!["--lib", "--config", &unoptimised];
    arguments.extend([
        "--exclude",
        "chatfile-capi",
        "--exclude",
        "chatfile-ffi-tests",
    ]);
    let mut programs = built_tests(&arguments)?.into_iter();
    programs
        .find(|program| program.name == format!("{LIBRARY} {LIBRARY}"))
        .ok_or_else(|| "cargo named no tests of the library".into())
}

fn built_tests(arguments: &[&str]) -> Result<Vec<TestProgram>> {
    let all = ["test", "--profile", "dev", "--workspace", "--no-run"];
    let programs = messages(&[&all[..], arguments].concat())?
        .iter()
        .filter(|message| message["profile"]["test"] == true)
        .filter_map(TestProgram::of)
        .collect();
    Ok(programs)
}

/// Builds a test program of a package.
pub fn test_program(package: &str, name: &str) -> Result<TestProgram> {
    let wanted = format!("{package} {name}");
    // As above; other packages may have one of that name.
    messages(&[
        "test",
        "--profile",
        "dev",
        "--workspace",
        "--test",
        name,
        "--no-run",
    ])?
    .iter()
    .filter_map(TestProgram::of)
    .find(|program| program.name == wanted)
    .ok_or_else(|| format!("cargo named no test program {wanted}").into())
}

/// Builds a program of this workspace and returns its path.
pub fn build_program(package: &str) -> Result<PathBuf> {
    // As a part of the workspace, so that what it needs is built as for the tests.
    messages(&["build", "--workspace", "--bin", package])?
        .iter()
        .find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
        .ok_or_else(|| format!("cargo named no program of {package}").into())
}

/// The compiler that cargo uses, for what it tells of itself.
fn rustc(arguments: &[&str]) -> Result<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    // The toolchain of the workspace.
    output(command.current_dir(root()).args(arguments))
}

/// Where the toolchain is.
pub fn sysroot() -> Result<PathBuf> {
    Ok(rustc(&["--print", "sysroot"])?.trim().into())
}

/// The system that it runs on, for example `x86_64-unknown-linux-gnu`.
pub fn host() -> Result<String> {
    let about = rustc(&["-vV"])?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc does not name its host")?.to_owned())
}

/// What `cargo metadata` tells of each package.
pub fn metadata(arguments: &[&str]) -> Result<Vec<Value>> {
    let mut command = cargo();
    command
        .args(["metadata", "--format-version", "1"])
        .args(arguments);
    let mut told: Value = serde_json::from_str(&output(&mut command)?)?;
    match told["packages"].take() {
        Value::Array(packages) => Ok(packages),
        _ => Err("cargo metadata names no packages".into()),
    }
}

/// The packages of the lock file, with the oldest Rust that each says will do.
pub fn rust_versions() -> Result<Vec<(String, [u32; 3])>> {
    Ok(metadata(&["--locked"])?
        .iter()
        .filter_map(|package| {
            let stated = version(package["rust_version"].as_str()?);
            Some((package["id"].as_str()?.to_owned(), stated))
        })
        .collect())
}

/// The numbers of a version, which may be fewer than three.
pub fn version(text: &str) -> [u32; 3] {
    let mut numbers = text.split('.').map(|number| number.parse().unwrap_or(0));
    [(); 3].map(|()| numbers.next().unwrap_or(0))
}

/// The packages that a package is made of for this machine, or for a target, as
/// `name version`, in order.
pub fn normal_tree(package: &str, target: Option<&str>) -> Result<Vec<String>> {
    let mut tree = cargo();
    tree.args(["tree", "--edges", "normal,no-proc-macro"])
        .args(["--package", package])
        .args(["--prefix", "none", "--format", "{p}"]);
    if let Some(target) = target {
        tree.args(["--target", target]);
    }
    let tree = output(&mut tree)?;
    Ok(packages(&tree))
}

fn packages(tree: &str) -> Vec<String> {
    let mut packages: Vec<String> = tree
        .lines()
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .filter(|package| !package.is_empty())
        .collect();
    packages.sort();
    packages.dedup();
    packages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_they_are_typed() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["fmt", "--check"]).env("X", "y");
        assert_eq!(words(&command), "cargo fmt --check");
    }

    #[test]
    fn versions_compare_by_their_numbers() {
        assert_eq!(version("1.89"), version("1.89.0"));
        assert!(version("1.9.1") < version("1.89"));
    }

    #[test]
    fn a_package_counts_once_however_often_it_is_used() {
        let tree = "chatfile v0.1.0 (/work)\nlog v0.4.35\nserde_derive v1.0.229 (proc-macro)\n\
                    log v0.4.35 (*)\nlog v0.3.0\n";
        assert_eq!(
            packages(tree),
            [
                "chatfile v0.1.0",
                "log v0.3.0",
                "log v0.4.35",
                "serde_derive v1.0.229"
            ]
        );
    }
}
