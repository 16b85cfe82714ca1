//! Tools that the tests use and a fresh machine may lack.

use chatfile_ffi_tests::golang::{ADVICE, Go};
use std::env;
use std::ffi::OsString;
use std::process::{Command, Stdio};

/// A tool, and what is not tested without it.
pub struct Tool {
    /// What to call; an environment variable may name another.
    program: &'static str,
    variable: Option<&'static str>,
    /// Debian's packages.
    package: &'static str,
    /// Whether it is worth an installation that nobody asked for.
    wanted: bool,
    /// What is left out without it.
    tests: &'static str,
}

pub const TOOLS: &[Tool] = &[
    Tool {
        program: "cc",
        variable: Some("CC"),
        package: "gcc libc6-dev",
        wanted: true,
        tests: "everything in C",
    },
    Tool {
        program: "c++",
        variable: Some("CXX"),
        package: "g++",
        wanted: true,
        tests: "everything in C++",
    },
    Tool {
        program: "valgrind",
        variable: None,
        package: "valgrind",
        wanted: true,
        tests: "the C programs under valgrind",
    },
    Tool {
        program: "python3",
        variable: None,
        package: "python3 python3-venv",
        wanted: true,
        tests: "what the library sends, by parsers in Python; the emulator's stores, by official clients",
    },
    Tool {
        program: "clang",
        variable: None,
        package: "clang",
        wanted: false,
        tests: "the header by a second compiler",
    },
    Tool {
        program: "curl",
        variable: None,
        package: "curl",
        wanted: true,
        tests: "the vendors' curl lines against the emulator",
    },
    Tool {
        program: "cmake",
        variable: None,
        package: "cmake make",
        wanted: true,
        tests: "programs from an installed tree",
    },
    Tool {
        program: "pkg-config",
        variable: None,
        package: "pkg-config",
        wanted: true,
        tests: "programs from an installed tree",
    },
    Tool {
        program: "glib-mkenums",
        variable: None,
        package: "libglib2.0-dev",
        wanted: true,
        tests: "the plug-in of a GLib program",
    },
    Tool {
        program: "abidiff",
        variable: None,
        package: "abigail-tools",
        wanted: true,
        tests: "the ABI against the last release",
    },
];

impl Tool {
    fn command(&self) -> OsString {
        self.variable
            .and_then(env::var_os)
            .unwrap_or_else(|| self.program.into())
    }

    /// Whether it can be run.
    pub fn is_there(&self) -> bool {
        succeeds(Command::new(self.command()).arg("--version"))
    }
}

/// The first of these programs that cannot be run, and how to get it.
pub fn lacking(programs: &[&str]) -> Option<String> {
    let mut needed = TOOLS.iter().filter(|tool| programs.contains(&tool.program));
    let tool = needed.find(|tool| !tool.is_there())?;
    Some(format!(
        "{} cannot be run; get it with: apt-get install {}",
        tool.command().display(),
        tool.package
    ))
}

/// What is not tested for want of a tool, and how to get that: a line for each.
pub fn missing() -> String {
    let missing: String = TOOLS
        .iter()
        .filter(|tool| !tool.is_there())
        .map(|tool| {
            format!(
                "Not tested, since {} cannot be run: {}. Get it with: apt-get install {}\n",
                tool.command().display(),
                tool.tests,
                tool.package
            )
        })
        .collect();
    match Go::find(false) {
        Ok(_) => missing,
        Err(_) => missing + &format!("Not tested: the Go package. To get Go, {ADVICE}\n"),
    }
}

/// Tells the tests, which fetch what they need themselves when they are run
/// alone, that they must not.
pub const NO_INSTALL: &str = "CHATFILE_NO_INSTALL";

/// Installs what is missing where that needs nobody's leave: as root, with
/// apt-get. Says what it does.
pub fn fetch() {
    let packages: Vec<&str> = TOOLS
        .iter()
        .filter(|tool| tool.wanted && !tool.is_there())
        .flat_map(|tool| tool.package.split(' '))
        .collect();
    if packages.is_empty() || !can_install() {
        return;
    }
    println!("installing {}", packages.join(" "));
    // An old list of packages is tried if it cannot be renewed.
    apt_get(&["update", "-qq"]);
    // One by one: one that cannot be had does not keep the others away.
    for package in packages {
        if !apt_get(&["install", "-qq", "-y", "--no-install-recommends", package]) {
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
        .status()
        .is_ok_and(|status| status.success())
}

fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
