//! What is tested, step by step.

use super::{Lane, Outcome, Step, programs, targets};
use crate::package::LIBRARY_MAX;
use crate::table::grouped;
use crate::{
    Result, abi, architecture, bindings, cargo, citations, demo, drawings, example, golang,
    package, pages, python, test_layout, tools, translations,
};
use chatfile_ffi_tests::golang::Go;
use chatfile_ffi_tests::toolchain::root;
use chatfile_ffi_tests::tools::{LINTERS, succeeds};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// What users pay for the library (docs/embedding.md), besides its bytes: crates in
/// its normal tree.
const CRATES_MAX: usize = 60;
/// Crates that run tasks or an event loop; none may be in the library. mio is none: it
/// waits for a socket (src/transfer/http/socket.rs).
const RUNTIMES: &[&str] = &[
    "async-executor",
    "async-global-executor",
    "async-io",
    "async-std",
    "embassy-executor",
    "futures-executor",
    "glommio",
    "monoio",
    "smol",
    "tokio",
];

/// The one that those of other lanes wait for.
pub const BUILD: &str = "build";

/// All of them; each lane runs its own in this order.
pub const STEPS: &[Step] = &[
    Step {
        name: "format",
        lane: Lane::Debug,
        what: "rustfmt has nothing to change",
        run: format,
    },
    Step {
        name: "clippy",
        lane: Lane::Debug,
        what: "no warning, also of the compiler",
        run: clippy,
    },
    Step {
        name: "docs",
        lane: Lane::Debug,
        what: "rustdoc without a warning",
        run: docs,
    },
    Step {
        name: "links",
        lane: Lane::Debug,
        what: "links and citations lead somewhere; parts and unit tests stand as the pages say",
        run: links,
    },
    Step {
        name: "bindings",
        lane: Lane::Debug,
        what: "what is made from the header is that of the header",
        run: from_header,
    },
    Step {
        name: "crates",
        lane: Lane::Debug,
        what: "few crates in the library, and no async runtime",
        run: crates,
    },
    Step {
        name: "msrv",
        lane: Lane::Debug,
        what: "the oldest Rust that Cargo.toml states takes the library",
        run: oldest_rust,
    },
    Step {
        name: "deny",
        lane: Lane::Debug,
        what: "licences, sources and doubles of the crates, by cargo-deny",
        run: deny,
    },
    Step {
        name: "layout",
        lane: Lane::Debug,
        what: "clang-format has nothing to change in C and C++",
        run: layout,
    },
    Step {
        name: "size",
        lane: Lane::Release,
        what: "the release library is small",
        run: size,
    },
    Step {
        name: "calls",
        lane: Lane::Release,
        what: "small calls take no more instructions and system calls than they did",
        run: calls,
    },
    Step {
        name: BUILD,
        lane: Lane::Debug,
        what: "what is tested can be built",
        run: build,
    },
    Step {
        name: "tests",
        lane: Lane::Debug,
        what: "what cargo test runs: Rust, C, C++, valgrind, the table on each language",
        run: tests,
    },
    Step {
        name: "go",
        lane: Lane::Go,
        what: "the Go package: gofmt, vet, tests with the race detector",
        run: go,
    },
    Step {
        name: "python",
        lane: Lane::Python,
        what: "the Python package, its wheel in an empty environment, mypy --strict",
        run: python_package,
    },
    Step {
        name: "abi",
        lane: Lane::Release,
        what: "the C ABI is what abi/ says, by libabigail",
        run: c_abi,
    },
    Step {
        name: "install",
        lane: Lane::Release,
        what: "C programs by CMake and pkg-config from an installed tree",
        run: installed,
    },
    Step {
        name: "windows",
        lane: Lane::Release,
        what: "the library for Windows, and a round trip in wine",
        run: targets::windows,
    },
    Step {
        name: "readme",
        lane: Lane::Release,
        what: "the README's programs, and docs/start-*.md followed line by line",
        run: readme_programs,
    },
    Step {
        name: "demo",
        lane: Lane::Release,
        what: "the main job, with its own file, odd ones, and faults",
        run: main_job,
    },
];

/// Runs a command, which has to end well.
fn passes(command: &mut Command) -> Result<Outcome> {
    cargo::run(command)?;
    Ok(Outcome::Passed)
}

/// A part of cargo that rustup may not have installed.
fn is_installed(subcommand: &str) -> bool {
    succeeds(cargo::cargo().args([subcommand, "--version"]))
}

fn missing_component(component: &str) -> Outcome {
    Outcome::Skipped(format!("get it with: rustup component add {component}"))
}

fn format() -> Result<Outcome> {
    if !is_installed("fmt") {
        return Ok(missing_component("rustfmt"));
    }
    passes(cargo::cargo().args(["fmt", "--all", "--check"]))
}

fn clippy() -> Result<Outcome> {
    if !is_installed("clippy") {
        return Ok(missing_component("clippy"));
    }
    passes(cargo::cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]))
}

fn docs() -> Result<Outcome> {
    passes(
        cargo::cargo()
            .args(["doc", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "--deny warnings"),
    )
}

fn links() -> Result<Outcome> {
    let mut dead = pages::dead_links()?;
    dead.extend(citations::dead()?);
    dead.extend(architecture::faults()?);
    dead.extend(test_layout::faults()?);
    dead.extend(translations::faults()?);
    dead.extend(drawings::faults()?);
    if dead.is_empty() {
        return Ok(Outcome::Passed);
    }
    Err(format!("not as the pages say: {}", dead.join(", ")).into())
}

fn from_header() -> Result<Outcome> {
    if !python::is_there() {
        return Ok(Outcome::Skipped(
            "get it with: apt-get install python3".into(),
        ));
    }
    bindings::make(true)?;
    Ok(Outcome::Passed)
}

fn crates() -> Result<Outcome> {
    let packages = cargo::normal_tree("chatfile-capi", None)?;
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

/// By what each crate says of itself, and with the toolchain of that name, if rustup has
/// it. What clippy finds of the standard library is younger than that, it says itself.
fn oldest_rust() -> Result<Outcome> {
    let oldest = env!("CARGO_PKG_RUST_VERSION");
    let mut stated = cargo::rust_versions()?.into_iter();
    if let Some((package, _)) = stated.find(|(_, stated)| *stated > cargo::version(oldest)) {
        return Err(format!("{package} wants a newer Rust than {oldest}").into());
    }
    let names = [oldest.to_owned(), format!("{oldest}.0")];
    let mut known = names.iter().filter(|name| {
        succeeds(Command::new("rustup").args(["run", name.as_str(), "cargo", "--version"]))
    });
    let Some(name) = known.next() else {
        let how = format!("rustup toolchain install --profile minimal {oldest}");
        return Ok(Outcome::Skipped(format!("get it with: {how}")));
    };
    let mut check = Command::new("rustup");
    check
        .args(["run", name, "cargo", "check", "--locked", "--lib"])
        .args(["--package", "chatfile", "--package", "chatfile-capi"])
        .current_dir(root())
        // Else it takes turns with the other toolchain, and each begins anew.
        .env("CARGO_TARGET_DIR", cargo::target_dir().join("oldest-rust"));
    // That of the toolchain is meant.
    for variable in ["CARGO", "RUSTC", "RUSTDOC"] {
        check.env_remove(variable);
    }
    passes(&mut check)
}

/// A linter whose version is as wanted: that of the machine, or the one that is installed.
fn linter(name: &str, is_wanted: fn(&str) -> bool) -> Option<PathBuf> {
    let mut places = [PathBuf::from(name), LINTERS.script(name)].into_iter();
    places.find(|program| {
        let version = Command::new(program).arg("--version").output();
        version.is_ok_and(|output| is_wanted(&String::from_utf8_lossy(&output.stdout)))
    })
}

fn missing_linter(name: &str) -> Outcome {
    Outcome::Skipped(format!("there is no {name} (cargo xtask test --install)"))
}

fn deny() -> Result<Outcome> {
    let Some(program) = linter("cargo-deny", |_| true) else {
        return Ok(missing_linter("cargo-deny"));
    };
    // Advisories are left to whoever releases: they change while nothing here does.
    let checks = ["check", "bans", "licenses", "sources"];
    let mut workspace = Command::new(&program);
    workspace.arg("--workspace").args(checks);
    workspace.args(["--allow", "duplicate"]);
    cargo::run(workspace.current_dir(root()))?;
    let mut library = Command::new(&program);
    library.args(["check", "bans"]);
    passes(library.current_dir(root()))
}

fn layout() -> Result<Outcome> {
    let Some(program) = linter("clang-format", |version| version.contains(" 20.")) else {
        return Ok(missing_linter("clang-format 20"));
    };
    let listed = cargo::output(
        Command::new("git")
            .args(["ls-files", "*.c", "*.h", "*.cpp", "*.hpp"])
            .current_dir(root()),
    )?;
    // What is made is as whatever makes it leaves it.
    let of_people = listed.lines().filter(|name| {
        let text = fs::read_to_string(root().join(name)).unwrap_or_default();
        let mut head = text.lines().take(8);
        *name != "include/chatfile.h" && !head.any(|line| line.contains("do not edit"))
    });
    let mut format = Command::new(program);
    format.args(["--dry-run", "-Werror"]).args(of_people);
    passes(format.current_dir(root()))
}

fn size() -> Result<Outcome> {
    let shared = example::library()?.shared();
    let size = fs::metadata(&shared)?.len();
    println!("{}: {} bytes", shared.display(), grouped(size));
    if size > LIBRARY_MAX {
        let (size, max) = (grouped(size), grouped(LIBRARY_MAX));
        return Err(format!("{size} bytes are more than {max}").into());
    }
    Ok(Outcome::Passed)
}

fn build() -> Result<Outcome> {
    programs::build()?;
    Ok(Outcome::Passed)
}

fn tests() -> Result<Outcome> {
    programs::run()?;
    Ok(Outcome::Passed)
}

fn go() -> Result<Outcome> {
    match Go::find(false) {
        Ok(go) => golang::check(&go).map(|()| Outcome::Passed),
        Err(why) => Ok(Outcome::Skipped(why)),
    }
}

fn python_package() -> Result<Outcome> {
    if !python::is_there() {
        return Ok(Outcome::Skipped(
            "get it with: apt-get install python3 python3-venv".into(),
        ));
    }
    python::test()?;
    Ok(Outcome::Passed)
}

fn calls() -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::Skipped("they are counted on Linux only".into()));
    }
    if let Some(how) = tools::lacking(&["cc", "valgrind", "strace"]) {
        return Ok(Outcome::Skipped(how));
    }
    let benches = cargo::build_program("chatfile-benches")?;
    cargo::run(Command::new(benches).arg("--calls"))?;
    Ok(Outcome::Passed)
}

fn c_abi() -> Result<Outcome> {
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

fn installed() -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::Skipped("it is tried on Linux only".into()));
    }
    if let Some(how) = tools::lacking(&["cc", "cmake", "pkg-config"]) {
        return Ok(Outcome::Skipped(how));
    }
    package::test()?;
    Ok(Outcome::Passed)
}

fn readme_programs() -> Result<Outcome> {
    #[cfg(unix)]
    return crate::starts::test();
    #[cfg(not(unix))]
    Ok(Outcome::Skipped("the pages are for a shell of Unix".into()))
}

/// With its own file, above all limits, with an empty one of an odd name, and
/// with none.
fn main_job() -> Result<Outcome> {
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
