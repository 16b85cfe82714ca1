//! `cargo xtask fuzz`: the targets in fuzz/, by libFuzzer.

use crate::{Result, cargo, print, usage};
use chatfile_ffi_tests::toolchain::root;
use lexopt::prelude::{Long, Short, Value};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

const HELP: &str = "\
Usage: cargo xtask fuzz [--minutes N] [--executions N] [--address] [TARGET...]

Gives each target, by default all of them, bytes that find ever more of it, for N
minutes (1 by default), or until it was run N times. They begin with what is checked in (fuzz/corpus) and with what
earlier runs have found, which stays in target/fuzz. --address looks at each access to
memory besides, which takes three times as long.

What a target panics at, hangs at, or takes too much memory for is kept in
target/fuzz/found. Once mended, it goes into fuzz/corpus: the unit tests run that.
";

/// What libFuzzer needs the compiler to add (as cargo-fuzz has it), and what the targets are
/// there by.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Cllvm-args=-simplifycfg-branch-fold-threshold=0 -Ccodegen-units=1 --cfg fuzzing";

/// `cargo xtask fuzz`.
pub fn command(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    let mut bounds = Vec::new();
    let mut looks_at_memory = false;
    let mut wanted = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return print(HELP),
            Long("minutes") => bounds.push(bound("max_total_time", 60.0, parser)?),
            Long("executions") => bounds.push(bound("runs", 1.0, parser)?),
            Long("address") => looks_at_memory = true,
            Value(target) => wanted.push(target.to_string_lossy().into_owned()),
            other => return Err(other.unexpected().into()),
        }
    }
    let known = targets()?;
    if let Some(unknown) = wanted.iter().find(|name| !known.contains(name)) {
        let known = known.join(", ");
        return Err(usage(format!("there is no target {unknown}, but {known}")));
    }
    if wanted.is_empty() {
        wanted = known;
    }
    if bounds.is_empty() {
        bounds.push("-max_total_time=60".to_owned());
    }
    let programs = build(&wanted, looks_at_memory)?;
    let mut failed = Vec::new();
    for name in &wanted {
        println!("{name}:");
        if !run(name, &programs.join(name), &bounds)? {
            failed.push(name.as_str());
        }
    }
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let failed = failed.join(", ");
    Err(format!("see {}: {failed}", folder().join("found").display()).into())
}

/// An option of libFuzzer.
fn bound(name: &str, unit: f64, parser: &mut lexopt::Parser) -> Result<String> {
    let number = parser.value()?.to_string_lossy().parse::<f64>()?;
    Ok(format!("-{name}={:.0}", number * unit))
}

fn folder() -> PathBuf {
    cargo::target_dir().join("fuzz")
}

fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        names.extend(
            path.file_stem()
                .map(|name| name.to_string_lossy().into_owned()),
        );
    }
    names.sort();
    Ok(names)
}

/// Builds them; returns where they are.
fn build(targets: &[String], looks_at_memory: bool) -> Result<PathBuf> {
    let host = cargo::host()?;
    let (folder, flags) = match looks_at_memory {
        false => (folder(), FLAGS.to_owned()),
        true => (
            folder().join("address"),
            format!("{FLAGS} -Zsanitizer=address"),
        ),
    };
    let mut build = cargo::cargo();
    // A target that is named keeps the flags from what runs while it is built.
    build
        .args(["build", "--release", "--manifest-path"])
        .arg(root().join("fuzz/Cargo.toml"))
        .args(["--target", &host, "--target-dir"])
        .arg(&folder)
        .env("RUSTFLAGS", flags);
    if looks_at_memory {
        // -Z: a stable compiler takes that so.
        build.env("RUSTC_BOOTSTRAP", "1");
    }
    for target in targets {
        build.args(["--bin", target]);
    }
    cargo::run(&mut build)?;
    Ok(folder.join(host).join("release"))
}

/// Whether nothing was found.
fn run(name: &str, program: &Path, bounds: &[String]) -> Result<bool> {
    let corpus = folder().join("corpus").join(name);
    let found = folder().join("found").join(name);
    for folder in [&corpus, &found] {
        fs::create_dir_all(folder)?;
    }
    let mut fuzzer = Command::new(program);
    fuzzer
        .arg(&corpus)
        .arg(root().join("fuzz/corpus").join(name))
        .arg(format!("-artifact_prefix={}/", found.display()))
        .args(bounds)
        // Longer inputs find no more, and take longer.
        .args(["-max_len=4096", "-timeout=10", "-rss_limit_mb=1024"])
        .args(["-print_final_stats=1", "-verbosity=0"]);
    // What is as large as a connection's buffers is kept by the allocator: else every second
    // moment goes into getting its pages from the system again.
    for variable in ["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"] {
        fuzzer.env(variable, (256 << 20).to_string());
    }
    fuzzer.env("MALLOC_TOP_PAD_", (16 << 20).to_string());
    let words = root().join("fuzz/dictionaries").join(name);
    if words.exists() {
        fuzzer.arg(format!("-dict={}", words.display()));
    }
    let status = fuzzer.stdin(Stdio::null()).status()?;
    Ok(status.success())
}
