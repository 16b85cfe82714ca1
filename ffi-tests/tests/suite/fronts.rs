//! The table of cases on each front end.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Instant;

use chatfile_emulator::Config;
use chatfile_ffi_tests::platform;
use chatfile_ffi_tests::toolchain::{Profile, root};

use crate::front::{Front, Process, Rust};
use crate::pace::{Pace, at_any_pace};
use crate::programs::Exceptions;
use crate::table;
use crate::world::World;
use crate::{abuse, programs, tools};

/// How the table went.
struct Run {
    /// The statuses seen.
    seen: BTreeSet<String>,
    /// What is wrong, case by case.
    problems: Vec<String>,
}

impl Run {
    #[track_caller]
    fn check(self) {
        let count = self.problems.len();
        assert!(count == 0, "{count} problems: {:#?}", self.problems);
    }
}

/// Whether only some cases are wanted: `CHATFILE_CASE` is a part of their names.
fn selection() -> Option<String> {
    std::env::var("CHATFILE_CASE").ok()
}

/// Runs every case, then ends the front end.
fn run_table(front: Box<dyn Front>) -> Run {
    run_some(front, |_, _| true)
}

/// Runs the cases of which a function of module and name says so, then ends the front end.
fn run_some(mut front: Box<dyn Front>, is_wanted: fn(&str, &str) -> bool) -> Run {
    let wanted = selection().unwrap_or_default();
    let (mut seen, mut problems) = (BTreeSet::new(), Vec::new());
    let descriptors = front.descriptors();
    let mut names = table::all().map(|case| format!("{}::{}", case.module, case.name));
    assert!(
        names.any(|name| name.contains(&wanted)),
        "no case has {wanted:?} in its name"
    );
    for case in table::all() {
        let name = format!("{}::{}", case.module, case.name);
        if !name.contains(&wanted) || !is_wanted(case.module, &case.name) {
            continue;
        }
        let begun = Instant::now();
        let mut run = |pace: &Pace| {
            let mut config = Config::default();
            // Nobody waits for a minute here.
            config.openim.retry_after = None;
            (case.set_up)(&mut config);
            let mut world = World::new(config, front.as_mut(), &mut seen, Some(pace));
            (case.run)(&mut world);
            world.finish();
            assert_eq!(
                front.descriptors(),
                descriptors,
                "files or sockets were left open"
            );
        };
        let outcome = at_any_pace(
            |pace| catch_unwind(AssertUnwindSafe(|| run(pace))),
            Result::is_ok,
        );
        let took = begun.elapsed().as_millis();
        let verdict = if outcome.is_ok() { "ok    " } else { "FAILED" };
        eprintln!("{verdict} {name} ({took} ms)");
        if outcome.is_err() {
            problems.push(name);
        }
    }
    front.close();
    Run { seen, problems }
}

#[test]
fn the_table_runs_on_the_rust_api() {
    run_table(Box::new(Rust::default())).check();
}

#[test]
fn the_table_runs_on_the_c_abi() {
    let driver = programs::build("driver.c", Profile::Debug);
    let mut run = run_table(Box::new(Process::start(platform::command(&driver), false)));
    if selection().is_none() {
        run.seen.extend(abuse::statuses());
        account_for_statuses(&mut run);
    }
    run.check();
}

#[test]
fn the_table_runs_on_the_go_package() {
    let Some(go) = tools::go() else {
        return;
    };
    let library = programs::library(Profile::Debug);
    let driver = go.driver(library, &tools::work_folder()).unwrap();
    let front = Box::new(Process::start(platform::command(&driver), false));
    run_some(front, |module, name| !is_of_bytes(module, name)).check();
}

/// Through the Python package: what it holds apart from C's types is made by its driver.
#[test]
fn the_table_runs_on_python() {
    let Some(python) = tools::plain_python() else {
        return;
    };
    let library = programs::library(Profile::Debug);
    let folder = root().join("bindings/python");
    let mut command = platform::command(&python);
    command
        .arg(folder.join("tests/driver.py"))
        .env("PYTHONPATH", platform::path(&folder.join("src")))
        .env("CHATFILE_LIBRARY", platform::path(&library.shared()));
    let front = Box::new(Process::start(command, false));
    run_some(front, |module, name| !is_of_bytes(module, name)).check();
}

/// Statuses that a driver of the table cannot bring about, and why.
const UNREACHABLE: &[(&str, &str)] = &[
    (
        "CHATFILE_E_PANIC",
        "only a defect leads there; capi/src/boundary_tests.rs makes one",
    ),
    (
        "CHATFILE_E_MEMORY",
        "the driver would have to run out of memory; ffi-tests/c/no_memory.c does",
    ),
    (
        "CHATFILE_E_SYSTEM",
        "the system would have to refuse the driver; ffi-tests/tests/suite/refused.rs has it do so",
    ),
];

/// Every status that can be reached from C was reached, in the table or by abuse.
fn account_for_statuses(run: &mut Run) {
    for status in chatfile::Status::ALL {
        let excused = UNREACHABLE.iter().any(|(name, _)| *name == status.name());
        match (excused, run.seen.contains(status.name())) {
            (false, false) => run.problems.push(format!("{status} was seen in no case")),
            (true, true) => run
                .problems
                .push(format!("{status} was seen: it needs no excuse")),
            _ => {}
        }
    }
}

/// What is about how many bytes there are, or which: Rust and C have them all, and the others call C. They are a quarter of
/// the time of the whole table. Other cases walk the same paths with fewer.
const OF_BYTES: [(&str, &str); 8] = [
    ("digests", "vectors_of_pieces"),
    ("netease", "form::<15_728_640>"),
    ("netease", "base64_form::<11_796_480>"),
    ("netease", "a_raised_limit_is_used"),
    ("netease", "every_byte_survives_the_form"),
    ("retries", "a_part_that_moves_is_not_given_up"),
    ("smh", "a_stream_goes_in_parts_as_it_comes"),
    ("smh", "a_stream_in_parts_of_a_private_deployment"),
];

fn is_of_bytes(module: &str, name: &str) -> bool {
    OF_BYTES.contains(&(module, name))
}

#[test]
fn cases_that_are_about_bytes_are_in_the_table() {
    for one in OF_BYTES {
        let is_it = |case: table::Row| (case.module, case.name.as_str()) == one;
        assert!(table::all().any(is_it), "{one:?}");
    }
}

fn run_under_valgrind(is_wanted: fn(&str, &str) -> bool) {
    let Some(mut valgrind) = tools::valgrind() else {
        return;
    };
    valgrind.arg(programs::build("driver.c", Profile::Debug));
    let front = Box::new(Process::start(valgrind, true));
    run_some(front, is_wanted).check();
}

/// Two halves, since nothing else takes as long.
fn is_of_one_half(name: &str) -> bool {
    name.len().is_multiple_of(2)
}

#[test]
fn one_half_of_the_table_runs_on_the_c_abi_under_valgrind() {
    run_under_valgrind(|module, name| is_of_one_half(name) && !is_of_bytes(module, name));
}

#[test]
fn the_other_half_of_the_table_runs_on_the_c_abi_under_valgrind() {
    run_under_valgrind(|module, name| !is_of_one_half(name) && !is_of_bytes(module, name));
}

fn cpp_driver(exceptions: Exceptions) -> Option<PathBuf> {
    tools::has_cpp().then(|| programs::build_cpp("ffi-tests/cpp/driver.cpp", exceptions))
}

#[test]
fn the_table_runs_on_the_cpp_api() {
    let Some(driver) = cpp_driver(Exceptions::On) else {
        return;
    };
    let front = Box::new(Process::start(platform::command(&driver), false));
    run_some(front, |module, name| !is_of_bytes(module, name)).check();
}

/// What the C++ header adds to the C ABI, which runs under valgrind as a whole: callbacks, structures, handles. What
/// services have of their own are fields of structures that are made alike.
const OF_THE_HEADER: [&str; 6] = [
    "callbacks",
    "parameters",
    "cancel",
    "presign",
    "secrets",
    "digests",
];

/// How errors and results get to the caller is all that differs, and that is the same for every call: each verb of each service
/// is in the conformance suite.
#[test]
fn the_table_runs_on_the_cpp_api_without_exceptions() {
    let Some(driver) = cpp_driver(Exceptions::Off) else {
        return;
    };
    let front = Box::new(Process::start(platform::command(&driver), false));
    let is_wanted = |module: &str, name: &str| {
        let is_module = module == "conformance" || OF_THE_HEADER.contains(&module);
        is_module && !is_of_bytes(module, name)
    };
    run_some(front, is_wanted).check();
}

#[test]
fn the_table_runs_on_the_cpp_api_under_valgrind() {
    let Some(driver) = cpp_driver(Exceptions::On) else {
        return;
    };
    let Some(mut valgrind) = tools::valgrind() else {
        return;
    };
    valgrind.arg(driver);
    let front = Box::new(Process::start(valgrind, true));
    run_some(front, |module, _| OF_THE_HEADER.contains(&module)).check();
}
