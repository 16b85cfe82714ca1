//! Drivers: the C ABI in a process of its own.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use chatfile_ffi_tests::platform::{self, Platform};
use chatfile_ffi_tests::toolchain::{self, Profile};
use tempfile::TempDir;

use crate::front::{Front, Process};
use crate::protocol::Line;
use crate::{programs, tools};

/// A driver whose process number is known.
pub struct Driver {
    process: Box<Process>,
    folder: TempDir,
}

impl Driver {
    /// The C driver with names of our own (see names.c).
    pub fn start() -> Self {
        Self::start_after(":", [])
    }

    /// As [`Driver::start`], after the shell has carried out `preparation`, which may use `arguments` as `$1` and so on.
    pub fn start_after<const N: usize>(preparation: &str, arguments: [&OsStr; N]) -> Self {
        Self::launch(preparation, &arguments, None)
    }

    /// The C driver under valgrind, if that can be had.
    pub fn under_valgrind() -> Option<Self> {
        let valgrind = tools::valgrind()?;
        Some(Self::launch(":", &[], Some(valgrind)))
    }

    fn launch(preparation: &str, arguments: &[&OsStr], valgrind: Option<Command>) -> Self {
        let folder = tempfile::tempdir_in(tools::work_folder()).unwrap();
        let program = programs::build("driver.c", Profile::Debug);
        let slow = valgrind.is_some();
        let command = platform::command(&program);
        let mut words = words_of(&command);
        if let Some(valgrind) = valgrind {
            words = [words_of(&valgrind), words].concat();
        }
        // The number of the shell becomes that of what it executes.
        let script = format!(
            "echo $$ >\"$NUMBER\"; {preparation}; shift {count}; LD_PRELOAD=\"$NAMES\" exec \"$@\"",
            count = arguments.len()
        );
        let environment = command
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        let mut command = Command::new("sh");
        command
            .args(["-c", &script, "sh"])
            .args(arguments)
            .args(words)
            .env("NUMBER", folder.path().join("number"))
            .env("NAMES", names())
            .envs(environment);
        Self {
            process: Box::new(Process::start(command, slow)),
            folder,
        }
    }

    /// What `/proc` tells of the driver's process.
    pub fn proc(&self, name: &str) -> PathBuf {
        let number = std::fs::read_to_string(self.folder.path().join("number")).unwrap();
        Path::new("/proc").join(number.trim()).join(name)
    }

    /// The most memory that the process has had in use so far, in KiB; nothing is said of what stands for a program of another
    /// platform.
    pub fn peak(&self) -> u64 {
        if Platform::foreign().is_some() {
            return 0;
        }
        let status = std::fs::read_to_string(self.proc("status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let words = line.unwrap_or_default();
        words.trim_end_matches("kB").trim().parse().unwrap()
    }
}

impl Front for Driver {
    fn call(&mut self, line: &Line) -> Line {
        self.process.call(line)
    }

    fn is_c_abi(&self) -> bool {
        true
    }

    fn is_slow(&self) -> bool {
        self.process.is_slow()
    }

    fn descriptors(&self) -> Option<usize> {
        self.process.descriptors()
    }

    fn close(self: Box<Self>) {
        self.process.close();
    }
}

/// The words of a command.
fn words_of(command: &Command) -> Vec<OsString> {
    let program = [command.get_program()].into_iter();
    program
        .chain(command.get_args())
        .map(OsStr::to_owned)
        .collect()
}

/// Compiles a source of `ffi-tests/c` without linking it to the library.
pub fn compile(name: &str, output: &str, arguments: &[&str]) -> PathBuf {
    let folder = tools::work_folder().join("matrix");
    std::fs::create_dir_all(&folder).unwrap();
    let output = folder.join(output);
    // Another test may be running what is there: it is replaced, never written to.
    let fresh = tempfile::NamedTempFile::new_in(&folder)
        .unwrap()
        .into_temp_path();
    let mut command = platform::host_compiler(true);
    command
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-g", "-O1"])
        .arg("-I")
        .arg(toolchain::root().join("include"))
        .arg("-o")
        .arg(&fresh)
        .arg(toolchain::root().join("ffi-tests/c").join(name))
        .args(arguments);
    toolchain::run(&mut command).unwrap();
    // A temporary file is its owner's alone.
    let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&fresh, everybody).unwrap();
    fresh.persist(&output).unwrap();
    output
}

/// The shared object that stands in for the system's name look-up.
pub fn names() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| compile("names.c", "names.so", &["-shared", "-fPIC", "-ldl"]))
}
