//! `cargo xtask sanitize`: the tests in programs that look at what they do with memory, threads
//! and undefined behaviour.

use crate::dist::tools::{RUST_PACKAGES, Rust};
use crate::{Result, cargo, print, tools, usage};
use chatfile_ffi_tests::toolchain::{Library, Profile, root};
use chatfile_ffi_tests::tools::find;
use lexopt::prelude::{Long, Short, Value};
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

const HELP: &str = "\
Usage: cargo xtask sanitize [--install] [--test NAME] [address|leak|thread|undefined|miri]...

  address    reads and writes where nothing is, and what is never freed
  leak       what is never freed, alone
  thread     data races
  undefined  undefined behaviour, of the C and C++ programs of the tests
  miri       undefined behaviour, of capi's unit tests

By default all of them. Rust's are tried on the unit tests of the library and of the C ABI,
and on chatfile-tests' `it`, with a standard library that is built so, too: without it,
what it does would be unknown, and races be found where there are none. With --test only
tests whose name has NAME.

It takes a Rust with the source of its standard library, and clang's runtimes of the same
LLVM; --install gets them (Debian's rustc-web, cargo-web, rust-web-src, libclang-rt-22-dev, lld-22, llvm).
";

/// What can be looked for.
const ALL: [&str; 5] = ["address", "leak", "thread", "undefined", "miri"];

/// The runtimes of the LLVM that Debian's rustc-web is made of.
const RUNTIMES: &str = "/usr/lib/llvm-22/lib/clang/22/lib/linux";
/// Its linker: that of GNU does not take them.
const LINKER: &str = "/usr/lib/llvm-22/bin";
/// Both, and what names the functions in reports.
const PACKAGES: [&str; 3] = ["libclang-rt-22-dev", "lld-22", "llvm"];

/// How often each kill of `it` is tried, where the environment does not say it: 60 to 200 times would take hours.
const KILL_ROUNDS: (&str, &str) = ("CHATFILE_KILL_ROUNDS", "5");

/// `cargo xtask sanitize`.
pub fn command(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    let mut wanted = Vec::new();
    let mut tests = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return print(HELP),
            Long("install") => install(),
            Long("test") => tests = Some(parser.value()?),
            Value(name) if ALL.iter().any(|known| name == *known) => {
                wanted.push(name.to_string_lossy().into_owned());
            }
            Value(name) => {
                let all = ALL.join(", ");
                return Err(usage(format!("{} is none of {all}", name.display())));
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if wanted.is_empty() {
        wanted = ALL.map(str::to_owned).to_vec();
    }
    for name in &wanted {
        println!("{name}:");
        match name.as_str() {
            "undefined" => undefined()?,
            "miri" => miri()?,
            _ => rust(name, tests.as_deref())?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The tests of Rust, with a sanitizer and a standard library that has it, too.
fn rust(sanitizer: &str, tests: Option<&OsStr>) -> Result<()> {
    let toolchain = Rust::find().ok_or_else(|| missing("no source of Rust's standard library"))?;
    let host = cargo::host()?;
    let processor = host.split('-').next().unwrap_or_default();
    let short = match sanitizer {
        "address" => "asan",
        "leak" => "lsan",
        _ => "tsan",
    };
    let runtime = Path::new(RUNTIMES).join(format!("libclang_rt.{short}-{processor}.a"));
    let linker = Path::new(LINKER).join("ld.lld");
    if let Some(file) = [&runtime, &linker].iter().find(|file| !file.exists()) {
        return Err(missing(&format!("no {}", file.display())));
    }
    // As rustc would link its own: all of it, before anything that it takes the place of.
    let flags = format!(
        "-Zsanitizer={sanitizer} -Zexternal-clangrt -Cforce-frame-pointers=yes \
         -Clink-arg=-B{LINKER} -Clink-arg=-fuse-ld=lld \
         -Clink-arg=-Wl,--whole-archive -Clink-arg={} -Clink-arg=-Wl,--no-whole-archive \
         -Clink-arg=-lm -Clink-arg=-lrt -Clink-arg=-ldl -Clink-arg=-lpthread",
        runtime.display()
    );
    for (package, kind) in [
        ("chatfile", &["--lib"][..]),
        ("chatfile-capi", &["--lib"]),
        ("chatfile-tests", &["--test", "it"]),
    ] {
        let mut test = cargo::in_workspace(Command::new(&toolchain.cargo));
        // Its reports name lines of the tests, too.
        for own in ["chatfile-tests", "chatfile-emulator"] {
            let lines = format!("profile.dev.package.{own}.debug=\"line-tables-only\"");
            test.args(["--config", &lines]);
        }
        test.args(["test", "--locked", "--profile", "dev", "--package", package])
            .args(kind)
            .args(["-Z", "build-std=std,panic_unwind,test", "--target", &host])
            .arg("--target-dir")
            .arg(cargo::target_dir().join("sanitize").join(sanitizer))
            .arg("--")
            .args(tests)
            // -Z: a stable compiler takes that so.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO", &toolchain.cargo)
            .env("RUSTC", &toolchain.rustc)
            .env("RUSTFLAGS", &flags)
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("RUSTUP_TOOLCHAIN");
        let (rounds, few) = KILL_ROUNDS;
        if env::var_os(rounds).is_none() {
            test.env(rounds, few);
        }
        let mut options = Vec::new();
        let suppressions = root()
            .join("xtask/src/sanitize")
            .join(format!("{short}.supp"));
        if suppressions.exists() {
            options.push(format!("suppressions={}", suppressions.display()));
        }
        // They are known by the names of functions, which it does not always find by itself.
        if let Some(symbolizer) = find("llvm-symbolizer") {
            options.push(format!("external_symbolizer_path={}", symbolizer.display()));
        }
        test.env(
            format!("{}_OPTIONS", short.to_uppercase()),
            options.join(":"),
        );
        cargo::run(&mut test)?;
    }
    Ok(())
}

fn install() {
    let mut packages = PACKAGES.to_vec();
    if Rust::find().is_none() {
        packages.extend(RUST_PACKAGES);
    }
    tools::install_packages(&packages);
}

fn missing(what: &str) -> Box<dyn std::error::Error> {
    format!("there is {what}: cargo xtask sanitize --install").into()
}

/// The programs of the tests in C and C++, and what is in the headers that they include. The library is built before, in both
/// profiles that they use, and the compilers found by PATH, not by CC: else what of its crates is in C would be built so, too,
/// for which rustc links no runtime, and stay in the target folder.
fn undefined() -> Result<()> {
    let program = cargo::test_program("chatfile-ffi-tests", "suite")?;
    for profile in [Profile::Debug, Profile::Release] {
        Library::build(profile)?;
    }
    cargo::build_program("chatfile-emulator")?;
    let folder = cargo::target_dir().join("sanitize");
    fs::create_dir_all(&folder)?;
    for compiler in ["cc", "c++"] {
        wrap(&folder, compiler)?;
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([folder].into_iter().chain(env::split_paths(&path)))?;
    let mut test = program.command();
    test.args([
        "abuse_gives",
        "the_table_runs_on_the_c_abi",
        "the_table_runs_on_the_cpp_api",
    ])
    .args(["threads", "cpp::", "--skip", "valgrind"])
    // One part of it has no RTTI, by which another is asked what its objects are (-fsanitize=vptr).
    .args(["--skip", "parts_of_a_program_with_and_without_exceptions"])
    .env("PATH", path)
    .env_remove("CC")
    .env_remove("CXX");
    cargo::run(&mut test)
}

/// A compiler, first in PATH, that adds what ends a program at the first thing that has no meaning.
fn wrap(folder: &Path, compiler: &str) -> Result<()> {
    let path = folder.join(compiler);
    fs::write(
        &path,
        format!(
            "#!/bin/sh\nPATH=\"${{PATH#*:}}\" exec {compiler} -fsanitize=undefined -fno-sanitize-recover=all \"$@\"\n"
        ),
    )?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// Miri is a component of nightly toolchains, and in no registry.
fn miri() -> Result<()> {
    let mut version = Command::new("cargo");
    version.args(["+nightly", "miri", "--version"]);
    if !chatfile_ffi_tests::tools::succeeds(&mut version) {
        println!("not run: there is no Miri (rustup component add --toolchain nightly miri)");
        return Ok(());
    }
    let mut test = cargo::in_workspace(Command::new("cargo"));
    test.args([
        "+nightly",
        "miri",
        "test",
        "--package",
        "chatfile-capi",
        "--lib",
    ])
    // It calls the C compiler.
    .args(["--", "--skip", "lay_structures_out"])
    .env("MIRIFLAGS", "-Zmiri-disable-isolation")
    .env_remove("RUSTUP_TOOLCHAIN")
    .env_remove("RUSTC");
    cargo::run(&mut test)
}
