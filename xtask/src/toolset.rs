//! The C compiler of a system, and the tools beside it.

use crate::{Result, cargo};
use chatfile_ffi_tests::platform;
use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

/// Where what is built has other names, and other ways of being linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    Linux,
    MacOs,
    Windows,
}

impl System {
    /// That of this machine.
    pub fn host() -> Self {
        match env::consts::OS {
            "windows" => Self::Windows,
            "macos" => Self::MacOs,
            _ => Self::Linux,
        }
    }
}

/// What links programs for a system.
#[derive(Debug, Clone)]
pub struct Toolset {
    pub system: System,
    compiler: Vec<OsString>,
    /// Before the names of binutils.
    prefix: &'static str,
    /// Whether variables as for make may name others.
    is_host: bool,
}

impl Toolset {
    /// Those of this machine. The linker is the one that rustc takes here: its
    /// own, if it has one.
    pub fn host() -> Result<Self> {
        let mut compiler = platform::host_compiler_words(true);
        let host = cargo::host()?;
        let own = Path::new("lib/rustlib").join(&host).join("bin/gcc-ld");
        let own = cargo::sysroot()?.join(own);
        if host == "x86_64-unknown-linux-gnu" && own.join("ld.lld").exists() {
            compiler.extend(["-B".into(), own.into(), "-fuse-ld=lld".into()]);
        }
        Ok(Self {
            system: System::host(),
            compiler,
            prefix: "",
            is_host: true,
        })
    }

    /// Those for another system, whose binutils have this prefix.
    pub fn cross(system: System, compiler: Vec<OsString>, prefix: &'static str) -> Self {
        Self {
            system,
            compiler,
            prefix,
            is_host: false,
        }
    }

    pub fn compiler(&self) -> Command {
        let mut command = Command::new(&self.compiler[0]);
        command.args(&self.compiler[1..]);
        command
    }

    /// A tool of binutils, by its usual name.
    pub fn tool(&self, name: &str) -> Command {
        let named = || env::var_os(name.to_uppercase()).filter(|_| self.is_host);
        Command::new(named().unwrap_or_else(|| format!("{}{name}", self.prefix).into()))
    }

    /// The symbols that a library exports, as `nm` names them: with their versions,
    /// where they have any.
    pub fn exports(&self, library: &Path) -> Result<Vec<String>> {
        let listing = cargo::output(
            self.tool("nm")
                .args(["-D", "--defined-only", "--format=posix"])
                .arg(library),
        )?;
        // The versions themselves are absolute symbols.
        let functions = listing.lines().filter(|line| !line.contains(" A "));
        let names = functions.filter_map(|line| line.split(' ').next());
        Ok(names.map(str::to_owned).collect())
    }
}

/// An option of the linker that has a file.
pub fn with_file(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from("-Wl,");
    option.push(name);
    option.push(path);
    option
}
