//! The Python package: its wheel and sdist, and its tests.

use crate::{Result, cargo, demo, example, print};
use chatfile_ffi_tests::toolchain::root;
use lexopt::prelude::{Long, Short, Value};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

const WHEEL_HELP: &str = "\
Usage: cargo xtask wheel [FOLDER]

Makes the Python package's wheel, which holds the release library, and its
sdist in FOLDER (dist). It needs Python 3.8 or newer.
";

/// What the tests have from the package index, each for itself: the type checkers
/// that judge the package (newer ones find new faults), and what it is used with.
const TOOLS: [&str; 4] = [
    "mypy==1.14.1",
    "pyright[nodejs]==1.1.414",
    "pyinstaller==6.22.3",
    "gevent==26.9.0",
];

/// `cargo xtask wheel`.
pub fn wheel(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    let mut folder = root().join("dist");
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return print(WHEEL_HELP),
            Value(named) => folder = env::current_dir()?.join(named),
            other => return Err(other.unexpected().into()),
        }
    }
    build(&folder)?;
    Ok(ExitCode::SUCCESS)
}

fn package() -> PathBuf {
    root().join("bindings/python")
}

/// Makes wheel and sdist with the library as users get it.
fn build(folder: &Path) -> Result<()> {
    let library = example::library()?.shared();
    crate::package::check_paths(&library)?;
    cargo::run(
        Command::new("python3")
            .arg(package().join("build_tools/backend.py"))
            .arg(folder)
            .env("CHATFILE_BUILT_LIBRARY", library)
            .env("PYTHONDONTWRITEBYTECODE", "1"),
    )
}

/// Whether there is a Python that can run the package.
pub fn is_there() -> bool {
    let check = "import sys, venv; sys.exit(sys.version_info < (3, 8))";
    quiet(Command::new("python3").args(["-c", check]))
}

/// The package's own tests, with the wheel that it ships as, and mypy. Returns
/// what was left out.
pub fn test() -> Result<Option<String>> {
    let (tools, missing) = with_tools();
    let dist = demo::emptied(cargo::target_dir().join("python dist"))?;
    build(&dist)?;
    let emulator = cargo::build_program("chatfile-emulator")?;
    let folder = package();
    let mut tests = Command::new("python3");
    tests
        .args(["-W", "error::ResourceWarning", "-m", "unittest", "discover"])
        .args(["--start-directory", "tests"])
        .current_dir(&folder)
        .env("PYTHONPATH", folder.join("src"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("CHATFILE_LIBRARY", example::library()?.shared())
        .env("CHATFILE_EMULATOR", emulator)
        .env("CHATFILE_DIST", &dist)
        .env("CHATFILE_TOOLS", &tools);
    cargo::run(&mut tests)?;
    let mypy = |word: &str| {
        let mut mypy = Command::new(&tools);
        mypy.args(["-m", "mypy", word]).current_dir(&folder);
        mypy
    };
    if quiet(&mut mypy("--version")) {
        cargo::run(mypy("--cache-dir").arg(cargo::target_dir().join("mypy")))?;
    }
    Ok((!missing.is_empty()).then(|| {
        let missing = missing.join(", ");
        format!("{missing} cannot be installed (no venv, or no package index)")
    }))
}

/// A Python with the tools, in an environment below the target folder, and the
/// names of those that it has not.
fn with_tools() -> (PathBuf, Vec<&'static str>) {
    let folder = cargo::target_dir().join("python-tools");
    let python = folder.join("bin/python");
    if !quiet(Command::new(&python).arg("--version")) {
        quiet(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&folder),
        );
    }
    let marker = |tool: &str| folder.join(format!("{tool}.installed"));
    let missing = TOOLS.into_iter().filter(|tool| {
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--only-binary", ":all:"])
            .args(["--timeout", "15", "--retries", "1", tool]);
        let is_there =
            marker(tool).exists() || (quiet(&mut pip) && fs::write(marker(tool), "").is_ok());
        !is_there
    });
    let missing = missing.collect();
    (python, missing)
}

fn quiet(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
