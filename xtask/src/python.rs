//! The Python package: its wheel and sdist, and its tests.

use crate::{Result, cargo, demo, example, licences, print};
use chatfile_ffi_tests::toolchain::root;
use chatfile_ffi_tests::tools::{PACKAGE, succeeds};
use lexopt::prelude::{Long, Short, Value};
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const WHEEL_HELP: &str = "\
Usage: cargo xtask wheel [FOLDER]

Makes the Python package's wheel, which holds the release library, and its
sdist in FOLDER (dist). It needs Python 3.8 or newer.
";

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
pub fn build(folder: &Path) -> Result<()> {
    let library = example::library()?.shared();
    crate::package::check_paths(&library)?;
    let licences = demo::emptied(cargo::target_dir().join("wheel licences"))?;
    licences::write(&licences, "chatfile-capi", None)?;
    cargo::run(
        Command::new("python3")
            .arg(package().join("build_tools/backend.py"))
            .arg(folder)
            .env("CHATFILE_BUILT_LIBRARY", library)
            .env("CHATFILE_LICENCES", licences),
    )
}

/// Whether there is a Python that can run the package.
pub fn is_there() -> bool {
    let check = "import sys, venv; sys.exit(sys.version_info < (3, 8))";
    succeeds(Command::new("python3").args(["-c", check]))
}

/// The package's own tests, with the wheel that it ships as, and mypy.
pub fn test() -> Result<()> {
    // It notes what is not there; the tests leave out what needs that.
    let _ = PACKAGE.python();
    let tools = PACKAGE.program();
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
    if succeeds(&mut mypy("--version")) {
        cargo::run(mypy("--cache-dir").arg(cargo::target_dir().join("mypy")))?;
    }
    Ok(())
}
