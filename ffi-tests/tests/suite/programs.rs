//! The shared library, and the C programs of `ffi-tests/c` linked to it. Each is built once.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::{LazyLock, Mutex, OnceLock};

use chatfile_ffi_tests::toolchain::{Library, Profile, Program, root};

use crate::tools;

pub fn library(profile: Profile) -> &'static Library {
    static DEBUG: OnceLock<Library> = OnceLock::new();
    static RELEASE: OnceLock<Library> = OnceLock::new();
    let cell = match profile {
        Profile::Debug => &DEBUG,
        Profile::Release => &RELEASE,
    };
    cell.get_or_init(|| Library::build(profile).unwrap())
}

/// Builds a program of `ffi-tests/c`.
pub fn build(name: &'static str, profile: Profile) -> PathBuf {
    type Built = HashMap<(&'static str, bool), PathBuf>;
    static BUILT: LazyLock<Mutex<Built>> = LazyLock::new(Mutex::default);
    let library = library(profile);
    let release = profile == Profile::Release;
    let mut built = BUILT.lock().unwrap();
    let path = built.entry((name, release)).or_insert_with(|| {
        let source = root().join("ffi-tests/c").join(name);
        let program = Program {
            source: &source,
            standard: "c99",
            arguments: &["-pedantic", "-pthread"],
        };
        let folder = if release {
            "programs-release"
        } else {
            "programs-debug"
        };
        program
            .build(library, &tools::work_folder().join(folder))
            .unwrap()
    });
    path.clone()
}

/// Runs a program to its end, which must be a good one, and returns what it wrote.
#[track_caller]
pub fn output(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .output()
        .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let stdout = String::from_utf8_lossy(&stdout).into_owned();
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}: {status}\n{stdout}{stderr}");
    stdout
}
