//! The shared library, and the C and C++ programs of `ffi-tests` linked to it. Each is built once.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::{LazyLock, Mutex, OnceLock};

use chatfile_ffi_tests::toolchain::{Library, Profile, Program, root};
#[cfg(target_os = "linux")]
use chatfile_ffi_tests::{platform, toolchain};

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

/// Builds what is to be preloaded (`LD_PRELOAD`), of `ffi-tests/c`.
#[cfg(target_os = "linux")]
pub fn preloaded(name: &'static str) -> PathBuf {
    static BUILT: LazyLock<Mutex<HashMap<&str, PathBuf>>> = LazyLock::new(Mutex::default);
    let mut built = BUILT.lock().unwrap();
    let path = built.entry(name).or_insert_with(|| {
        let path = tools::work_folder().join(format!("{name}-{}.so", std::process::id()));
        let mut compiler = platform::compiler(true);
        compiler
            .args(["-std=gnu99", "-Wall", "-Wextra", "-Werror", "-O2"])
            .args(["-shared", "-fPIC", "-o"])
            .arg(&path)
            .arg(root().join("ffi-tests/c").join(name))
            .arg("-ldl");
        toolchain::run(&mut compiler).unwrap();
        path
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
        // cargo's, which has the library of the debug build.
        .env_remove("LD_LIBRARY_PATH")
        .output()
        .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let stdout = String::from_utf8_lossy(&stdout).into_owned();
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}: {status}\n{stdout}{stderr}");
    stdout
}

/// Further warnings that a careful project turns on.
pub const STRICT: [&str; 4] = ["-Wshadow", "-Wundef", "-Wconversion", "-Wcast-qual"];

/// Whether a C++ program is built with exceptions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Exceptions {
    On,
    /// And without run-time type information.
    Off,
}

impl Exceptions {
    /// The arguments of the compiler.
    pub fn arguments(self) -> Vec<&'static str> {
        let mut arguments = vec![
            "-pedantic",
            "-pthread",
            "-Wsign-conversion",
            "-Wold-style-cast",
        ];
        arguments.extend(STRICT);
        if self == Self::Off {
            arguments.extend(["-fno-exceptions", "-fno-rtti"]);
        }
        arguments
    }
}

/// That of the C++ programs which are run: the oldest that the header takes.
pub const CPP_STANDARD: &str = "c++17";

/// Builds a program of `ffi-tests/cpp` or `examples/cpp`, given its path from the root.
pub fn build_cpp(name: &str, exceptions: Exceptions) -> PathBuf {
    static BUILT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let source = root().join(name);
    let folder = match exceptions {
        Exceptions::On => "programs-cpp",
        Exceptions::Off => "programs-cpp-nothrow",
    };
    let folder = tools::work_folder().join(folder);
    let path = folder.join(source.file_stem().unwrap());
    let library = library(Profile::Debug);
    // Held while it builds, for tests that want the same one run side by side.
    let mut built = BUILT.lock().unwrap();
    if !built.insert(path.clone()) {
        return path;
    }
    let program = Program {
        source: &source,
        standard: CPP_STANDARD,
        arguments: &exceptions.arguments(),
    };
    program.build(library, &folder).unwrap()
}
