//! The vendors' packages for browsers and Node.js, below `target/`.

use crate::toolchain::{run, target};
use crate::tools::{find, skip};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::Command;

/// Easemob's and OpenIM's clients for browsers, and COS's for Node.js. (SMH's is in no registry.)
pub const PACKAGES: [&str; 3] = [
    "easemob-websdk@4.21.1",
    "@openim/wasm-client-sdk@3.8.5",
    "cos-nodejs-sdk-v5@3.0.0",
];

fn folder() -> PathBuf {
    target().join("tools/npm")
}

fn marker() -> PathBuf {
    folder().join("installed")
}

fn are_there() -> bool {
    fs::read_to_string(marker()).is_ok_and(|names| names == PACKAGES.join("\n"))
}

/// The folder that has them; else it is noted that they are not there.
#[must_use]
pub fn modules() -> Option<PathBuf> {
    if are_there() {
        return Some(folder().join("node_modules"));
    }
    let names = PACKAGES.join(", ");
    skip(&format!(
        "the vendors' SDKs for JavaScript: {names} (cargo xtask test --install)"
    ));
    None
}

/// Gets them. Nothing of theirs is run for that.
///
/// # Errors
/// When there is no npm, or no registry within reach.
pub fn install() -> io::Result<()> {
    if are_there() {
        return Ok(());
    }
    let Some(npm) = find("npm") else {
        return Ok(());
    };
    println!("installing {} by npm", PACKAGES.join(", "));
    fs::create_dir_all(folder())?;
    let mut command = Command::new(npm);
    command.args(["install", "--prefix"]).arg(folder()).args([
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--no-save",
        "--silent",
    ]);
    run(command.args(PACKAGES))?;
    fs::write(marker(), PACKAGES.join("\n"))
}
