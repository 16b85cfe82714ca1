//! The static library as it is installed.
//!
//! What rustc makes has a thousand global symbols of Rust's: beside another Rust
//! archive it does not link, and a plug-in that holds it shows all functions of
//! the header to the other plug-ins of its process.

use crate::{Result, abi, cargo};
use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Makes `output` of rustc's `archive`: one object that has the functions of the
/// header as its only global symbols, hidden ones, which a shared library that
/// holds them does not export; and without debug information.
pub fn self_contained(archive: &Path, output: &Path) -> Result<PathBuf> {
    if env::consts::OS != "linux" {
        return stripped(archive, output);
    }
    let work = output.with_extension("objects");
    fs::create_dir_all(&work)?;
    let [list, hidden, linked, object] =
        ["hidden.s", "hidden.o", "linked.o", "chatfile.o"].map(|name| work.join(name));
    fs::write(&list, hiding()?)?;
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    cargo::output(
        Command::new(compiler)
            .args(["-c", "-o"])
            .args([&hidden, &list]),
    )?;
    // Without its groups: of two groups of one name, linkers take one, and here
    // its symbols are local.
    cargo::output(
        tool("LD", "ld")
            .args(["-r", "--force-group-allocation", "-o"])
            .args([&linked, &hidden])
            .arg("--whole-archive")
            .arg(archive),
    )?;
    // The bitcode of the standard library makes `ar` load LLVM, and fail.
    let unneeded = [SECTION, ".llvmbc", ".llvmcmd"].map(|name| format!("--remove-section={name}"));
    cargo::output(
        tool("OBJCOPY", "objcopy")
            .args(["--wildcard", "--keep-global-symbol=chatfile_*"])
            .arg("--strip-debug")
            .args(unneeded)
            .args([&linked, &object]),
    )?;
    // `ar` adds to an archive that is there.
    if output.exists() {
        fs::remove_file(output)?;
    }
    cargo::output(tool("AR", "ar").arg("rcs").args([output, &object]))?;
    fs::remove_dir_all(&work)?;
    Ok(output.to_owned())
}

const SECTION: &str = ".chatfile.hidden";

/// An object that names each function as a hidden one. The linker gives a symbol
/// the strictest visibility that any object asks for (System V gABI, "Symbol
/// Table"), and an assembler writes down only what is used.
fn hiding() -> Result<String> {
    let mut text = format!(".section {SECTION},\"\",%progbits\n");
    for function in abi::versioned_symbols()? {
        let name = function.split('@').next().unwrap_or_default();
        if name.starts_with("chatfile_") {
            writeln!(text, ".hidden {name}\n.long {name} - .")?;
        }
    }
    text.push_str(".section .note.GNU-stack,\"\",%progbits\n");
    Ok(text)
}

/// A tool of the compiler, which another variable may name, as for make.
fn tool(variable: &str, name: &str) -> Command {
    Command::new(env::var_os(variable).unwrap_or_else(|| OsString::from(name)))
}

/// The archive without debug information, half as large, where there is a tool
/// for that.
fn stripped(archive: &Path, output: &Path) -> Result<PathBuf> {
    let mut strip = Command::new("strip");
    strip.args(["-S", "-o"]).args([output, archive]);
    if strip.output().is_ok_and(|output| output.status.success()) {
        return Ok(output.to_owned());
    }
    Ok(archive.to_owned())
}
