//! `cargo xtask test --target NAME`: the tests of the C ABI with the library that is built for another platform, run by wine
//! or qemu against the emulator on this machine.

use super::Outcome;
use crate::dist::{self, short};
use crate::install::Names;
use crate::toolset::System;
use crate::{Result, cargo, usage, wine};
use chatfile_ffi_tests::platform::{
    LIBRARY_FOLDER, PICTURES, PLATFORM, PYTHON as PLATFORM_PYTHON, Platform,
};
use chatfile_ffi_tests::toolchain::root;
use std::env;
use std::path::{Path, PathBuf};

/// Tests by the program that they are in, with the paths of their modules.
type Tests = (&'static str, &'static [&'static str]);

const C: Tests = (
    "suite",
    &[
        "fronts::the_table_runs_on_the_c_abi",
        "abuse::abuse_gives_statuses_and_null_outputs",
        "threads::c_threads_share_a_client_and_fetch_one_token",
        "examples::the_round_trip_is_clean_under_valgrind",
        "examples::the_presigned_round_trip_is_clean_under_valgrind",
        "examples::the_upload_that_goes_on_is_clean_under_valgrind",
        "windows::the_library_is_loaded_and_unloaded_again_and_again",
    ],
);
const WINDOWS: Tests = (
    "suite",
    &[
        "windows::names_and_paths_of_windows_are_taken",
        "windows::the_window_sends_a_file_stops_and_closes",
    ],
);
const CPP: Tests = (
    "suite",
    &[
        "fronts::the_table_runs_on_the_cpp_api",
        "fronts::the_table_runs_on_the_cpp_api_without_exceptions",
        "cpp::what_a_callback_throws_comes_out_of_the_call",
        "cpp::the_example_is_clean_under_valgrind",
    ],
);
const PYTHON: Tests = ("suite", &["fronts::the_table_runs_on_python"]);
const GO: Tests = ("suite", &["fronts::the_table_runs_on_the_go_package"]);
const FAULTS: Tests = (
    "matrix",
    &["run::every_fault_of_every_verb_comes_to_what_the_page_says"],
);
const SHORT: Tests = (
    "suite",
    &[
        "examples::the_round_trip_is_clean_under_valgrind",
        "windows::names_and_paths_of_windows_are_taken",
    ],
);

/// What is run for each.
const TARGETS: &[(&str, &[Tests])] = &[
    ("windows-x64", &[C, WINDOWS, CPP, PYTHON, FAULTS]),
    ("windows-x86", &[C, WINDOWS]),
    ("linux-x86_64", &[C, CPP, PYTHON, GO, FAULTS]),
    ("linux-aarch64", &[C]),
];

/// Runs all that is run for a target, and makes the pictures of docs/platforms.md of what is seen, if so told.
pub fn run(name: &str, has_pictures: bool) -> Result<()> {
    let target = TARGETS.iter().find(|(target, _)| *target == name);
    let (name, tests) = target.ok_or_else(|| {
        let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
        let names = names.join(", ");
        usage(format!("there is no target {name}; there are {names}"))
    })?;
    let pictures = has_pictures.then(|| root().join("docs"));
    Trial::new(name)?.run(tests, pictures.as_deref())
}

/// Gets what [`windows`] lacks. What cannot be had is told.
pub fn install() {
    if let Err(error) = short::install() {
        println!("not installed: {error}");
    }
}

/// The step of the whole command: the build for Windows, and a round trip.
pub fn windows() -> Result<Outcome> {
    if let Err(error) = short::find() {
        let how = format!("{error}; cargo xtask test --install windows gets all of it");
        return Ok(Outcome::Skipped(how));
    }
    let library = short::library()?;
    Trial::of(short::RUN, library)?.run(&[SHORT], None)?;
    Ok(Outcome::Passed)
}

/// A platform, and the library for it.
struct Trial {
    name: &'static str,
    /// `None`: this machine's.
    platform: Option<&'static Platform>,
    library: PathBuf,
}

impl Trial {
    fn new(name: &'static str) -> Result<Self> {
        Self::of(name, library(name)?)
    }

    fn of(name: &'static str, library: PathBuf) -> Result<Self> {
        let platform = Platform::named(name);
        if let Some(platform) = platform.filter(|platform| platform.is_windows()) {
            wine::prepare(platform)?;
        }
        Ok(Self {
            name,
            platform,
            library,
        })
    }

    /// One program of tests after the other; one that fails does not keep the others from running.
    fn run(&self, tests: &[Tests], pictures: Option<&Path>) -> Result<()> {
        let mut failed = Vec::new();
        for (program, names) in tests {
            let program = cargo::test_program("chatfile-ffi-tests", program)?;
            program.has_all(names)?;
            let mut test = program.command();
            test.args(["--exact", "--nocapture"])
                .args(*names)
                // cargo's: a debug build that lies there would be loaded.
                .env_remove("LD_LIBRARY_PATH")
                .env(LIBRARY_FOLDER, &self.library)
                .envs(pictures.map(|folder| (PICTURES, folder)));
            if let Some(platform) = self.platform {
                test.env(PLATFORM, self.name);
                if *names == WINDOWS.1 {
                    wine::prepare_display(platform)?;
                }
                if *names == PYTHON.1 && platform.is_windows() {
                    test.envs(wine::python().map(|python| (PLATFORM_PYTHON, python)));
                }
            }
            if let Err(error) = cargo::run(&mut test) {
                failed.push(error.to_string());
            }
        }
        if failed.is_empty() {
            return Ok(());
        }
        Err(failed.join("; ").into())
    }
}

/// The folder with the library that is packed for a platform; or the one that is named.
fn library(name: &str) -> Result<PathBuf> {
    if let Some(folder) = env::var_os(LIBRARY_FOLDER) {
        return Ok(folder.into());
    }
    let folder = dist::library_for(name)?;
    let names = Names::of(System::Linux)?;
    // As an installation has them, for the linker and for programs.
    #[cfg(unix)]
    if folder.join(&names.shared).exists() {
        for link in [&names.link, &names.soname] {
            std::os::unix::fs::symlink(&names.shared, folder.join(link))?;
        }
    }
    Ok(folder)
}
