//! What packages are made and tried with, and where it comes from: one table.

use super::targets::Target;
use crate::{Result, cargo, tools};
use chatfile_ffi_tests::golang::Go;
use chatfile_ffi_tests::tools::{Environment, Tool, tool};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's packages.
const PROGRAMS: &[Tool] = &[
    tool("ld", "binutils", "the packages for Linux"),
    tool(
        "aarch64-linux-gnu-ld",
        "binutils-aarch64-linux-gnu",
        "linux-aarch64",
    ),
    tool(
        "x86_64-w64-mingw32-gcc",
        "gcc-mingw-w64-x86-64",
        "windows-x64",
    ),
    tool("i686-w64-mingw32-gcc", "gcc-mingw-w64-i686", "windows-x86"),
    tool("python3", "python3 python3-venv", "the packages"),
    // What they are tried with.
    tool("cc", "gcc libc6-dev", "trying the packages"),
    tool("c++", "g++", "trying the packages"),
    tool("pkg-config", "pkg-config", "trying the packages"),
    tool(
        "x86_64-w64-mingw32-g++-posix",
        "g++-mingw-w64-x86-64-posix",
        "trying windows-x64",
    ),
    tool("fpc", "fp-compiler fp-units-rtl", "trying the packages"),
    tool("mcs", "mono-mcs", "trying the packages"),
    tool("mono", "mono-runtime", "trying the packages"),
    tool(
        "qemu-aarch64-static",
        "qemu-user-static libc6-arm64-cross",
        "trying linux-aarch64",
    ),
    tool("wine", "wine wine64", "trying windows-x64"),
    tool("debootstrap", "debootstrap", "trying windows-x86"),
];

/// zig links for every Linux, makes import libraries, and has the C compiler and the
/// libunwind of 32-bit Windows; auditwheel is a second opinion on wheels.
const PYTHON: Environment = Environment::new(
    "dist",
    &[
        "ziglang==0.17.1",
        "cargo-zigbuild==0.24.1",
        "auditwheel==6.8.2",
    ],
    "the packages with",
);

/// What writes the list of what is in a package (CycloneDX), by cargo.
const SBOM: (&str, &str) = ("cargo-cyclonedx", "0.5.9");

/// A Rust with the source of its standard library, which is built anew for each
/// target: with our settings, and for targets that have none ready-made.
pub const RUST_PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src"];

const HOW: &str = "cargo xtask dist --install gets it";

/// A Rust toolchain.
#[derive(Debug)]
pub struct Rust {
    pub cargo: PathBuf,
    pub rustc: PathBuf,
    /// Of the standard library.
    pub source: PathBuf,
}

impl Rust {
    /// One; else an error that says how to get it.
    pub fn required() -> Result<Self> {
        Self::find().ok_or_else(|| {
            let packages = RUST_PACKAGES.join(" ");
            let why = format!(
                "there is no source of Rust's standard library: rustup component add rust-src, or \
                 apt-get install {packages}; {HOW}"
            );
            why.into()
        })
    }

    /// The workspace's own, or the system's.
    pub fn find() -> Option<Self> {
        let own = cargo::sysroot().unwrap_or_default();
        [own, PathBuf::from("/usr")].iter().find_map(|sysroot| {
            let source = sysroot.join("lib/rustlib/src/rust").canonicalize().ok()?;
            let program = |name: &str| sysroot.join("bin").join(name);
            let (cargo, rustc) = (program("cargo"), program("rustc"));
            let is_whole = source.join("library/std").is_dir() && cargo.exists() && rustc.exists();
            is_whole.then_some(Self {
                cargo,
                rustc,
                source,
            })
        })
    }
}

/// What is there.
#[derive(Debug)]
pub struct Tools {
    pub rust: Rust,
    /// Has `ziglang`.
    pub python: PathBuf,
}

impl Tools {
    /// Gets what these targets lack, as far as that can be done here.
    pub fn install(targets: &[&Target], has_packages: bool, is_trial: bool) -> Result<()> {
        Self::install_programs(&wanted(targets, is_trial));
        PYTHON.install()?;
        if has_packages && !sbom_program().exists() {
            let (name, version) = SBOM;
            println!("installing {name} {version} by cargo");
            cargo::run(
                cargo::cargo()
                    // --debug: it works a second, and is soon built so.
                    .args(["install", "--quiet", "--debug", "--locked"])
                    .args(["--version", version, name])
                    .arg("--root")
                    .arg(sbom_root()),
            )?;
        }
        if is_trial {
            Go::find(true)?;
        }
        Ok(())
    }

    /// Gets programs of the list, and a Rust with the source of its library.
    pub fn install_programs(names: &[&str]) {
        let mut packages: Vec<&str> = missing(names)
            .flat_map(|tool| tool.package.split(' '))
            .collect();
        if Rust::find().is_none() {
            packages.extend(RUST_PACKAGES);
        }
        tools::install_packages(&packages);
    }

    /// What every target needs.
    pub fn find() -> Result<Self> {
        let rust = Rust::required()?;
        let missing = PYTHON.missing();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            return Err(format!("Python lacks {missing}: {HOW}").into());
        }
        Ok(Self {
            rust,
            python: PYTHON.program(),
        })
    }

    /// An error that names what a target lacks besides.
    pub fn check(target: &Target, is_trial: bool) -> Result<()> {
        Self::check_programs(&wanted(&[target], is_trial))
    }

    /// An error that names those of the list that are not there.
    pub fn check_programs(names: &[&str]) -> Result<()> {
        let missing: Vec<String> = missing(names)
            .map(|tool| format!("{} (apt-get install {})", tool.program, tool.package))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let missing = missing.join(", no ");
        Err(format!("there is no {missing}: {HOW}").into())
    }

    /// What writes the lists of what is in a package.
    pub fn sbom() -> Result<PathBuf> {
        let program = sbom_program();
        if program.exists() {
            return Ok(program);
        }
        Err(format!("there is no {}: {HOW}", SBOM.0).into())
    }

    /// The command of a tool of zig.
    pub fn zig(&self, tool: &str) -> Vec<OsString> {
        let words = ["-m", "ziglang", tool].map(OsString::from);
        [OsString::from(&self.python)]
            .into_iter()
            .chain(words)
            .collect()
    }

    /// The path for programs, with what is in Python's environment before all.
    pub fn path(&self) -> Result<OsString> {
        let own = self.python.parent().map(Path::to_owned);
        let given = env::var_os("PATH").unwrap_or_default();
        Ok(env::join_paths(
            own.into_iter().chain(env::split_paths(&given)),
        )?)
    }

    /// A program of Python's environment.
    pub fn program(&self, name: &str) -> Command {
        Command::new(self.python.with_file_name(name))
    }
}

fn sbom_root() -> PathBuf {
    let (name, version) = SBOM;
    cargo::target_dir().join(format!("tools/{name}-{version}"))
}

fn sbom_program() -> PathBuf {
    sbom_root().join("bin").join(SBOM.0)
}

fn wanted(targets: &[&Target], is_trial: bool) -> Vec<&'static str> {
    let mut names = vec!["python3"];
    for target in targets {
        names.push(target.tool);
        if is_trial {
            names.extend(target.trial.tools);
        }
    }
    names
}

/// Those of the list that are not there.
fn missing(names: &[&str]) -> impl Iterator<Item = &'static Tool> {
    let named = PROGRAMS.iter().filter(|tool| names.contains(&tool.program));
    named.filter(|tool| tool.path().is_none())
}

#[cfg(test)]
mod tests {
    use super::super::targets::TARGETS;
    use super::PROGRAMS;

    #[test]
    fn every_tool_of_a_target_is_in_the_table() {
        for target in TARGETS {
            for name in target.trial.tools.iter().chain([&target.tool]) {
                assert!(PROGRAMS.iter().any(|tool| tool.program == *name), "{name}");
            }
        }
    }
}
