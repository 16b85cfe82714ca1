//! What `cargo test --workspace` runs, but side by side: cargo runs one program after the
//! other, and most of a test is waiting, for time-outs above all.

use super::log::Log;
use crate::{Result, cargo};
use chatfile_ffi_tests::toolchain::{Library, Profile};
use std::collections::VecDeque;
use std::env;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How many tests one program runs at once.
const TEST_THREADS: &str = "RUST_TEST_THREADS";

/// Those that take longest, which therefore begin first.
const LONG: [&str; 4] = [
    "chatfile-ffi-tests matrix",
    "chatfile-ffi-tests suite",
    "chatfile-tests it",
    "chatfile-emulator suite",
];

struct Job {
    name: String,
    command: Command,
}

/// Builds and runs them all.
pub fn run() -> Result<()> {
    let mut jobs: Vec<Job> = cargo::test_programs()?
        .into_iter()
        .map(|(name, command)| Job { name, command })
        .collect();
    // What the programs want besides; each would build it, one waiting for the other.
    Library::build(Profile::Debug)?;
    cargo::build_program("chatfile-emulator")?;
    let mut examples = cargo::cargo();
    examples.args(["test", "--profile", "dev", "--workspace", "--doc"]);
    jobs.push(Job {
        name: "documentation".into(),
        command: examples,
    });
    let place = |job: &Job| LONG.iter().position(|name| job.name == *name);
    jobs.sort_by_key(|job| place(job).unwrap_or(LONG.len()));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    if env::var_os(TEST_THREADS).is_none() {
        for job in &mut jobs {
            job.command.env(TEST_THREADS, cores.max(4).to_string());
        }
    }
    let failed = beside_each_other(jobs, cores + 1);
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("these failed: {}", failed.join(", ")).into())
}

/// Runs so many at once; returns the names of those that failed.
fn beside_each_other(jobs: Vec<Job>, count: usize) -> Vec<String> {
    let jobs = Mutex::new(VecDeque::from(jobs));
    let failed = Mutex::new(Vec::new());
    let next = || {
        let mut jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.pop_front()
    };
    let work = || {
        while let Some(mut job) = next() {
            println!("{} begins", job.name);
            let log = Log::new(&job.name);
            let took = log.and_then(|log| log.of(&mut job.command));
            if let Err(error) = took {
                println!("{} FAILED: {error}", job.name);
                let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                failed.push(job.name);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..count {
            scope.spawn(work);
        }
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner)
}
