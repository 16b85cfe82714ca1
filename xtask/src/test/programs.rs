//! What `cargo test --workspace` runs, but side by side: cargo runs one program after the
//! other, and most of a test is waiting, for time-outs above all.

use super::machine::{self, InMemory};
use super::side_by_side::side_by_side;
use crate::Result;
use crate::cargo::{self, TestProgram};
use chatfile_ffi_tests::toolchain::{Library, Profile};
use std::env;
use std::process::Command;
use std::thread;

/// How many tests one program runs at once.
const TEST_THREADS: &str = "RUST_TEST_THREADS";

/// What takes longest begins first: a program, or a test of one, which has a process of its
/// own then. Each of these tests takes one processor for up to a minute.
const LONG: [(&str, Option<&str>); 9] = [
    (
        SUITE,
        Some("fronts::one_half_of_the_table_runs_on_the_c_abi_under_valgrind"),
    ),
    (
        SUITE,
        Some("fronts::the_other_half_of_the_table_runs_on_the_c_abi_under_valgrind"),
    ),
    (SUITE, None),
    (MATRIX, Some("run::the_matrix_is_clean_under_valgrind")),
    (
        SUITE,
        Some("fronts::the_table_runs_on_the_cpp_api_under_valgrind"),
    ),
    ("chatfile-tests it", None),
    (MATRIX, None),
    (EMULATOR, None),
    (DOCUMENTATION, None),
];

/// So many of these get the processors before the others: the tests that take one for a minute, the program whose tests
/// wait most of all, for drivers, compilers, and time-outs of the table, and the one whose tests know no slow machine.
const FIRST: usize = 6;

const SUITE: &str = "chatfile-ffi-tests suite";
const MATRIX: &str = "chatfile-ffi-tests matrix";
const EMULATOR: &str = "chatfile-emulator suite";
const DOCUMENTATION: &str = "documentation";

struct Job {
    name: String,
    command: Command,
    /// Where it stands in [`LONG`], or behind.
    place: usize,
}

impl Job {
    fn new(name: &str, test: Option<&str>, command: Command) -> Self {
        let long = LONG.iter().position(|long| *long == (name, test));
        let test = test.map(|test| format!(" {test}").replace("::", "."));
        Self {
            name: name.to_owned() + &test.unwrap_or_default(),
            command,
            place: long.unwrap_or(LONG.len()),
        }
    }

    /// A whole program, or what of it is not a job of its own, and those.
    fn of(program: &TestProgram) -> impl Iterator<Item = Self> {
        let name = program.name.as_str();
        let alone: Vec<&str> = LONG
            .into_iter()
            .filter_map(|(of, test)| test.filter(|_| of == name))
            .collect();
        let mut rest = program.command();
        if !alone.is_empty() {
            rest.arg("--exact");
            rest.args(alone.iter().flat_map(|test| ["--skip", test]));
        }
        let rest = Self::new(name, None, rest);
        let alone = alone.into_iter().map(move |test| {
            let mut command = program.command();
            command.args(["--exact", test]);
            Self::new(name, Some(test), command)
        });
        alone.chain([rest])
    }
}

/// Builds them all, and what they want besides: each would build it, one waiting for the other.
pub fn build() -> Result<Vec<TestProgram>> {
    let programs = cargo::test_programs()?;
    Library::build(Profile::Debug)?;
    cargo::build_program("chatfile-emulator")?;
    Ok(programs)
}

/// Builds and runs them all.
pub fn run() -> Result<()> {
    let programs = build()?;
    let mut jobs: Vec<Job> = programs.iter().flat_map(Job::of).collect();
    let mut examples = cargo::cargo();
    examples.args(["test", "--profile", "dev", "--workspace", "--doc"]);
    jobs.push(Job::new(DOCUMENTATION, None, examples));
    jobs.sort_by_key(|job| job.place);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let files = InMemory::new()?;
    for job in &mut jobs {
        let goes_first = job.place < FIRST;
        // What is about files as such, and the rest of the library's own, has a disk.
        let has_many_files = [SUITE, MATRIX, EMULATOR]
            .iter()
            .any(|name| job.name.starts_with(name));
        if let Some(folder) = files.as_ref().filter(|_| has_many_files) {
            job.command.env("TMPDIR", folder.path());
        }
        if env::var_os(TEST_THREADS).is_none() {
            let threads = if job.name == SUITE {
                cores + 4
            } else {
                cores.max(4)
            };
            job.command.env(TEST_THREADS, threads.to_string());
        }
        if !goes_first {
            job.command = machine::behind(&job.command);
        }
    }
    let jobs = jobs.into_iter().map(|job| (job.name, job.command));
    side_by_side(jobs.collect(), cores + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_takes_long_has_a_process_of_its_own_and_is_left_out_of_the_other() {
        let program = TestProgram::of(&json!({
            "package_id": "path+file:///here/ffi-tests#chatfile-ffi-tests@0.1.0",
            "manifest_path": "/here/ffi-tests/Cargo.toml",
            "target": { "name": "matrix" },
            "executable": "/here/target/matrix-1",
        }));
        let jobs: Vec<Job> = program.iter().flat_map(Job::of).collect();
        let told = jobs.iter().map(|job| {
            let arguments: Vec<_> = job.command.get_args().collect();
            format!("{} {arguments:?}", job.name)
        });
        let test = "the_matrix_is_clean_under_valgrind";
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                format!("{MATRIX} run.{test} [\"--exact\", \"run::{test}\"]"),
                format!("{MATRIX} [\"--exact\", \"--skip\", \"run::{test}\"]"),
            ]
        );
        assert!(jobs.iter().all(|job| job.place < LONG.len()));
    }
}
