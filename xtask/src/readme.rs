//! The programs in the README, one for each language.

use crate::emulator::{self, Emulator};
use crate::test::Outcome;
use crate::{Result, cargo, demo, example, pages, python};
use chatfile_ffi_tests::toolchain::{self, Library, Program, root};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Makes a program out of its text; `None` where there is no compiler for it.
type Make = fn(&Library, &Path) -> Result<Option<Command>>;

const PROGRAMS: &[(&str, &str, Make)] = &[
    ("c", "example.c", c),
    ("cpp", "example.cpp", cpp),
    ("python", "example.py", python),
    ("rust", "example.rs", rust),
];

/// Runs each in a folder with a picture, with the emulator's credentials and with
/// a wrong one.
pub fn test() -> Result<Outcome> {
    same_as_in_the_package()?;
    let folder = demo::emptied(cargo::target_dir().join("readme"))?;
    let library = example::library()?;
    let emulator = Emulator::start(&folder.join("stored"), &[])?;
    let cat = demo::sample_bytes(100_000);
    fs::write(folder.join("cat.jpg"), &cat)?;
    let mut left_out = Vec::new();
    for (language, name, make) in PROGRAMS {
        let source = folder.join(name);
        fs::write(&source, pages::program("README.md", language)?)?;
        let Some(mut program) = make(&library, &source)? else {
            left_out.push(*language);
            continue;
        };
        program
            .current_dir(&folder)
            .env("NETEASE_BASE_URL", format!("{}/nimserver", emulator.url()))
            .envs(emulator::NETEASE);
        let printed = cargo::output(&mut program)?;
        println!("{language}: it printed {printed:?}");
        let url = printed.lines().find(|line| line.starts_with("http"));
        if emulator.get(url.unwrap_or_default())? != cat {
            return Err("that is not the URL of what it uploaded".into());
        }
        // An error comes out as a text on standard error, and as an exit code.
        let failed = program
            .env("NETEASE_APP_SECRET", "wrong")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .output()?;
        let text = failed.stderr.trim_ascii().escape_ascii();
        println!("{language}: with a wrong secret: {text}");
        if failed.status.success() || failed.stderr.is_empty() {
            return Err("with a wrong secret it did not fail as it should".into());
        }
    }
    if left_out.is_empty() {
        return Ok(Outcome::Passed);
    }
    let what = left_out.join(", ");
    Ok(Outcome::Skipped(format!("what {what} needs is not here")))
}

/// The Go program needs a module around it, and is run by the package's tests.
fn same_as_in_the_package() -> Result<()> {
    let [here, there] =
        ["README.md", "bindings/go/README.md"].map(|page| pages::program(page, "go"));
    if here? == there? {
        return Ok(());
    }
    Err("the Go programs of README.md and bindings/go/README.md differ".into())
}

fn c(library: &Library, source: &Path) -> Result<Option<Command>> {
    let folder = source.parent().unwrap_or(Path::new("."));
    let program = example::compile(library, source, folder)?;
    Ok(Some(example::command(library, program)))
}

fn cpp(library: &Library, source: &Path) -> Result<Option<Command>> {
    let compiler = std::env::var_os("CXX").unwrap_or("c++".into());
    if Command::new(compiler).arg("--version").output().is_err() {
        return Ok(None);
    }
    let program = Program {
        source,
        standard: "c++17",
        arguments: &[],
    };
    // Not the name of the C program.
    let folder = demo::emptied(source.with_extension("built"))?;
    let program = program.build(library, &folder)?;
    Ok(Some(example::command(library, program)))
}

/// It is one of the examples, which cargo builds.
fn rust(_: &Library, source: &Path) -> Result<Option<Command>> {
    let example = fs::read_to_string(root().join("examples/upload.rs"))?;
    let (_, program) = example
        .split_once("\n\n")
        .ok_or("examples/upload.rs has no comment")?;
    if program != fs::read_to_string(source)? {
        return Err("the Rust programs of README.md and examples/upload.rs differ".into());
    }
    Ok(Some(Command::new(toolchain::rust_example("upload")?)))
}

fn python(library: &Library, source: &Path) -> Result<Option<Command>> {
    if !python::is_there() {
        return Ok(None);
    }
    let mut command = Command::new("python3");
    command
        .arg(source)
        .env("PYTHONPATH", root().join("bindings/python/src"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("CHATFILE_LIBRARY", library.shared());
    Ok(Some(command))
}
