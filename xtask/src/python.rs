//! The Python package: its wheel and sdist, and its tests.

use crate::test::side_by_side::side_by_side;
use crate::{Result, cargo, demo, example, licences, print};
use chatfile_ffi_tests::toolchain::root;
use chatfile_ffi_tests::tools::{PACKAGE, succeeds};
use lexopt::prelude::{Long, Short, Value};
use std::env;
use std::fs;
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

/// Those of its tests, in the order of their names.
fn test_modules(folder: &Path) -> Result<Vec<String>> {
    let mut modules = Vec::new();
    for entry in fs::read_dir(folder.join("tests"))? {
        let name = entry?.file_name().into_string().unwrap_or_default();
        let module = name.strip_suffix(".py");
        modules.extend(module.filter(|m| m.starts_with("test_")).map(str::to_owned));
    }
    modules.sort();
    Ok(modules)
}

/// Two that run side by side: each test waits for most of its time.
fn halves(modules: Vec<String>) -> [(&'static str, Vec<String>); 2] {
    let (mut one, mut other) = (Vec::new(), Vec::new());
    for (at, module) in modules.into_iter().enumerate() {
        let half = if at % 2 == 0 { &mut one } else { &mut other };
        half.push(module);
    }
    [
        ("python tests, one half", one),
        ("python tests, the other", other),
    ]
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
    let library = example::library()?.shared();
    let jobs = halves(test_modules(&folder)?).map(|(name, modules)| {
        let mut tests = Command::new("python3");
        tests
            .args(["-W", "error::ResourceWarning", "-m", "unittest"])
            .args(modules)
            .current_dir(folder.join("tests"))
            .env("PYTHONPATH", folder.join("src"))
            .env("CHATFILE_LIBRARY", &library)
            .env("CHATFILE_EMULATOR", &emulator)
            .env("CHATFILE_DIST", &dist)
            .env("CHATFILE_TOOLS", &tools);
        (name.to_owned(), tests)
    });
    side_by_side(jobs.into(), 2)?;
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
