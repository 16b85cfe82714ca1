//! Gets the tools that the tests use and a fresh machine lacks.

use chatfile_ffi_tests::golang::Go;
use chatfile_ffi_tests::npm;
use chatfile_ffi_tests::tools::{ENVIRONMENTS, TOOLS, find, succeeds};
use std::process::{Command, Stdio};

/// What of these programs is not there; a step that needs them is left out then.
pub fn lacking(programs: &[&str]) -> Option<String> {
    let missing = programs.iter().filter(|name| find(name).is_none());
    let names: Vec<&str> = missing.copied().collect();
    (!names.is_empty()).then(|| format!("there is no {}", names.join(", no ")))
}

/// Installs what is missing. What cannot be had is told; the tests that need it are
/// left out then, as everywhere.
pub fn install() {
    packages();
    for environment in ENVIRONMENTS {
        if let Err(error) = environment.install() {
            println!("not installed: {error}");
        }
    }
    if let Err(error) = npm::install() {
        println!("not installed: {error}");
    }
    if let Err(why) = Go::find(true) {
        println!("not installed: {why}");
    }
}

fn packages() {
    let missing: Vec<&str> = TOOLS
        .iter()
        .filter(|tool| tool.is_wanted && tool.path().is_none())
        .flat_map(|tool| tool.package.split(' '))
        .collect();
    install_packages(&missing);
}

/// Installs these packages of the system, where that can be done.
pub fn install_packages(missing: &[&str]) {
    if missing.is_empty() {
        return;
    }
    if !can_install() {
        let missing = missing.join(" ");
        println!("not installed, for that takes root and apt-get: {missing}");
        return;
    }
    println!("installing {}", missing.join(" "));
    // An old list of packages is tried if it cannot be renewed.
    apt_get(&["update", "-qq"]);
    // One by one if need be: one that cannot be had does not keep the others away.
    let install = ["install", "-qq", "-y", "--no-install-recommends"];
    if apt_get(&[&install[..], missing].concat()) {
        return;
    }
    for package in missing {
        if !apt_get(&[&install[..], &[package]].concat()) {
            println!("{package} could not be installed");
        }
    }
}

fn can_install() -> bool {
    let is_root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    is_root && succeeds(Command::new("apt-get").arg("--version"))
}

fn apt_get(arguments: &[&str]) -> bool {
    Command::new("apt-get")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
