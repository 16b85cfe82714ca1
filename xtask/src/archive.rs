//! The static library as it is installed.
//!
//! What rustc makes has a thousand global symbols of Rust's: beside another Rust
//! archive it does not link, and a plug-in that holds it shows all functions of
//! the header to the other plug-ins of its process.

use crate::toolset::{System, Toolset};
use crate::{Result, abi, cargo};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Makes `output` of rustc's `archive`: one object that has the functions of the
/// header as its only global symbols, hidden ones, which a shared library that
/// holds them does not export; and without debug information. Where linkers cannot
/// do that, it is only stripped.
pub fn self_contained(archive: &Path, output: &Path, tools: &Toolset) -> Result<()> {
    if tools.system != System::Linux {
        return stripped(archive, output, tools);
    }
    let work = output.with_extension("objects");
    fs::create_dir_all(&work)?;
    let [list, hidden, linked, object] =
        ["hidden.s", "hidden.o", "linked.o", "chatfile.o"].map(|name| work.join(name));
    fs::write(&list, hiding()?)?;
    cargo::output(tools.compiler().args(["-c", "-o"]).args([&hidden, &list]))?;
    // Without its groups: of two groups of one name, linkers take one, and here
    // its symbols are local.
    cargo::output(
        tools
            .tool("ld")
            .args(["-r", "--force-group-allocation", "-o"])
            .args([&linked, &hidden])
            .arg("--whole-archive")
            .arg(archive),
    )?;
    // The bitcode of the standard library makes `ar` load LLVM, and fail.
    let unneeded = [SECTION, ".llvmbc", ".llvmcmd"].map(|name| format!("--remove-section={name}"));
    cargo::output(
        tools
            .tool("objcopy")
            .args(["--wildcard", "--keep-global-symbol=chatfile_*"])
            .arg("--strip-debug")
            .args(unneeded)
            .args([&linked, &object]),
    )?;
    // `ar` adds to an archive that is there.
    if output.exists() {
        fs::remove_file(output)?;
    }
    // D: without times and owners.
    cargo::output(tools.tool("ar").arg("rcsD").args([output, &object]))?;
    fs::remove_dir_all(&work)?;
    Ok(())
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

/// The archive without debug information, half as large, and without folders in its
/// names, where there are tools for that.
fn stripped(archive: &Path, output: &Path, tools: &Toolset) -> Result<()> {
    let names = output.with_extension("names");
    let mut tool = match tools.system {
        System::Windows => {
            fs::write(&names, import_names(archive, tools))?;
            let mut renaming = OsString::from("--redefine-syms=");
            renaming.push(&names);
            let mut objcopy = tools.tool("objcopy");
            objcopy.args(["--strip-debug", "--enable-deterministic-archives"]);
            objcopy.arg(renaming).args([archive, output]);
            objcopy
        }
        _ => {
            let mut strip = tools.tool("strip");
            strip.args(["-S", "-o"]).args([output, archive]);
            strip
        }
    };
    if !tool.output().is_ok_and(|done| done.status.success()) {
        fs::copy(archive, output)?;
    }
    if names.exists() {
        fs::remove_file(names)?;
    }
    Ok(())
}

/// New names, for objcopy: the import libraries that rustc has dlltool make are named in
/// their symbols by the whole path of a folder that is another in each build.
fn import_names(archive: &Path, tools: &Toolset) -> String {
    let folder = archive.with_file_name("deps").join("rustc");
    let folder = folder.to_string_lossy();
    let folder = folder.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let Ok(listing) = tools.tool("nm").arg(archive).output() else {
        return String::new();
    };
    let listing = String::from_utf8_lossy(&listing.stdout);
    let mut names: Vec<&str> = listing.split_whitespace().collect();
    names.sort_unstable();
    names.dedup();
    let mut text = String::new();
    for name in names {
        if let Some((before, after)) = name.split_once(&folder)
            && let Some((_, library)) = after.split_once('_')
        {
            text.push_str(&format!("{name} {before}_chatfile_{library}\n"));
        }
    }
    text
}
