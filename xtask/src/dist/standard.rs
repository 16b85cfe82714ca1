//! Rust's standard library for a target, built once and kept beyond `target/`, for tests that have to begin soon. What is packed
//! has one of its own, with the settings of a release.

use super::build;
use super::targets::Target;
use super::tools::Rust;
use crate::{Result, cargo, demo};
use sha2::{Digest as _, Sha256};
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A crate of nothing, for cargo builds the library for whatever crate is there.
const MANIFEST: &str = "[package]\nname = \"nothing\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
    [lib]\npath = \"nothing.rs\"\n\n[workspace]\n";

/// What rustc is told is its root (`--sysroot`), for all targets: one for each compiler, whose library is of no use to another.
pub fn sysroot(rust: &Rust) -> Result<PathBuf> {
    let about = cargo::output(Command::new(&rust.rustc).arg("-vV"))?;
    let release = about
        .lines()
        .find_map(|line| line.strip_prefix("release: "));
    let mut name = format!("rust-{}-", release.unwrap_or_default());
    for byte in &Sha256::digest(&about)[..4] {
        write!(name, "{byte:02x}")?;
    }
    Ok(cache()?.join(name))
}

/// Where users' programs keep what they can make again (the XDG base directories).
fn cache() -> Result<PathBuf> {
    let given = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let folder = given("XDG_CACHE_HOME").map(PathBuf::from);
    let folder = folder.or_else(|| Some(PathBuf::from(given("HOME")?).join(".cache")));
    let folder = folder.ok_or("neither XDG_CACHE_HOME nor HOME says where a cache may be")?;
    Ok(folder.join("chatfile"))
}

fn folder(target: &Target, rust: &Rust) -> Result<PathBuf> {
    Ok(sysroot(rust)?.join("lib/rustlib").join(target.rust))
}

/// Whether it is there.
pub fn is_there(target: &Target, rust: &Rust) -> Result<bool> {
    Ok(folder(target, rust)?.exists())
}

/// Builds it, if it is not there.
pub fn make(target: &Target, rust: &Rust) -> Result<()> {
    let folder = folder(target, rust)?;
    if folder.exists() {
        return Ok(());
    }
    println!("building {}", folder.display());
    let work = demo::emptied(build::folder().join("standard"))?;
    fs::write(work.join("Cargo.toml"), MANIFEST)?;
    fs::write(work.join("nothing.rs"), "#![no_std]\n")?;
    let mut command = cargo::in_workspace(Command::new(&rust.cargo));
    command
        .current_dir(&work)
        .args(["build", "--quiet", "--release", "--target", target.rust])
        // -Z: a stable compiler takes that under RUSTC_BOOTSTRAP.
        .args(["-Z", "build-std=std,panic_unwind", "--target-dir", "."])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", &rust.rustc)
        .env_remove("RUSTUP_TOOLCHAIN");
    cargo::run(&mut command)?;
    // Whole or not at all.
    let fresh = demo::emptied(folder.with_extension("new"))?;
    let libraries = fresh.join("lib");
    fs::create_dir(&libraries)?;
    for entry in fs::read_dir(work.join(target.rust).join("release/deps"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        let text = name.to_string_lossy();
        if text.ends_with(".rlib") && !text.starts_with("libnothing") {
            fs::copy(&path, libraries.join(name))?;
        }
    }
    fs::rename(&fresh, &folder)?;
    Ok(fs::remove_dir_all(&work)?)
}
