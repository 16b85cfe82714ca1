//! `cargo xtask test --target NAME`: the tests of the C ABI with the library that is built for another platform, run by wine
//! or qemu against the emulator on this machine.

use super::Outcome;
use crate::install::Names;
use crate::toolset::System;
use crate::{Result, cargo, demo, dist, tools, usage};
use chatfile_ffi_tests::platform::{LIBRARY_FOLDER, PLATFORM, PYTHON as PLATFORM_PYTHON, Platform};
use chatfile_ffi_tests::tools::skip;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

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

/// Runs all that is run for a target.
pub fn run(name: &str) -> Result<()> {
    let target = TARGETS.iter().find(|(target, _)| *target == name);
    let (name, tests) = target.ok_or_else(|| {
        let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
        let names = names.join(", ");
        usage(format!("there is no target {name}; there are {names}"))
    })?;
    Trial::new(name)?.run(tests)
}

/// The step of the whole command: the build for Windows, and a round trip.
pub fn windows() -> Result<Outcome> {
    const NAME: &str = "windows-x64";
    if let Some(how) = tools::lacking(&["wine", "x86_64-w64-mingw32-g++-posix"]) {
        return Ok(Outcome::Skipped(how));
    }
    if let Err(how) = dist::find_tools(NAME) {
        return Ok(Outcome::Skipped(how.to_string()));
    }
    Trial::new(NAME)?.run(&[SHORT])?;
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
        let platform = Platform::named(name);
        let library = library(name)?;
        if let Some(platform) = platform.filter(|platform| platform.is_windows()) {
            prepare_wine(platform)?;
        }
        Ok(Self {
            name,
            platform,
            library,
        })
    }

    /// One program of tests after the other; one that fails does not keep the others from running.
    fn run(&self, tests: &[Tests]) -> Result<()> {
        let mut failed = Vec::new();
        for (program, names) in tests {
            let mut test = cargo::cargo();
            test.args([
                "test",
                "--profile",
                "dev",
                "--package",
                "chatfile-ffi-tests",
            ])
            .args(["--test", program, "--", "--exact", "--nocapture"])
            .args(*names)
            .env(LIBRARY_FOLDER, &self.library);
            if let Some(platform) = self.platform {
                test.env(PLATFORM, self.name);
                if *names == PYTHON.1 && platform.is_windows() {
                    test.envs(windows_python::find().map(|python| (PLATFORM_PYTHON, python)));
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

/// Makes what wine has in the place of C:, once, and a second one with a desktop of its own, for there is no window manager to
/// draw frames.
fn prepare_wine(platform: &Platform) -> Result<()> {
    if let Some(folder) = platform.folder() {
        install_debian(&folder)?;
    }
    let (prefix, second) = (platform.prefix(), platform.prefix_with_display());
    if second.exists() {
        return Ok(());
    }
    println!("making {}", prefix.display());
    demo::emptied(prefix.clone())?;
    cargo::run(platform.command(Path::new("wineboot")).arg("--init"))?;
    // Wine's server writes them as it ends, a little later.
    while !["system.reg", "user.reg", "userdef.reg"]
        .iter()
        .all(|name| prefix.join(name).exists())
    {
        thread::sleep(Duration::from_millis(100));
    }
    // Links, for it has hundreds of megabytes.
    cargo::run(Command::new("cp").arg("-al").args([&prefix, &second]))?;
    let add = |key: &str, name: &str, value: &str| {
        let mut reg = platform.command(Path::new("reg"));
        reg.args(["add", key, "/v", name, "/d", value, "/f"]);
        cargo::run(reg.env("WINEPREFIX", &second))
    };
    let key = "HKCU\\Software\\Wine\\Explorer";
    add(key, "Desktop", "Default")?;
    add(&format!("{key}\\Desktops"), "Default", "480x240")
}

/// Makes a folder with a Debian for 32-bit processors, which has the wine for such programs; some 900 MB, once.
fn install_debian(folder: &Path) -> Result<()> {
    const RELEASE: &str = "bookworm";
    const INSTALL: &str = "export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && \
        apt-get install -y -qq --no-install-recommends wine wine32 && apt-get clean";
    if folder.exists() {
        return Ok(());
    }
    if let Some(how) = tools::lacking(&["debootstrap"]) {
        return Err(how.into());
    }
    println!("making {}", folder.display());
    let fresh = demo::emptied(folder.with_extension("new"))?;
    let make = ["--arch=i386", "--variant=minbase", RELEASE];
    cargo::run(Command::new("debootstrap").args(make).arg(&fresh))?;
    cargo::run(
        Command::new("chroot")
            .arg(&fresh)
            .args(["sh", "-c", INSTALL]),
    )?;
    Ok(fs::rename(&fresh, folder)?)
}

/// Python for Windows. Maven's central repository has it, packed for programs in Java.
mod windows_python {
    use super::*;

    /// As Maven names it. A release that wine 8 runs.
    const ARTIFACT: &str = "org.bytedeco:cpython:3.10.8-1.5.8:jar:windows-x86_64";
    const FILE: &str = "cpython-3.10.8-1.5.8-windows-x86_64.jar";
    const SHA256: &str = "1e7d342425c87184fbedd8754045db556c63765678a0f11b4539465642ab018b";

    pub fn find() -> Option<PathBuf> {
        let folder = cargo::target_dir().join("tools/python-windows-x64");
        let python = folder.join("org/bytedeco/cpython/windows-x86_64/python.exe");
        if !python.exists()
            && let Err(error) = fetch(&folder)
        {
            skip(&format!("Python on Windows: {error}"));
            return None;
        }
        Some(python)
    }

    fn fetch(folder: &Path) -> Result<()> {
        let fresh = demo::emptied(folder.with_extension("new"))?;
        cargo::run(
            Command::new("mvn")
                .args([
                    "--quiet",
                    "--batch-mode",
                    "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy",
                ])
                .arg(format!("-Dartifact={ARTIFACT}"))
                .arg(format!("-DoutputDirectory={}", fresh.display())),
        )?;
        let archive = fresh.join(FILE);
        let said = cargo::output(Command::new("sha256sum").arg(&archive))?;
        if !said.starts_with(SHA256) {
            return Err(format!("{FILE} is another file than it was").into());
        }
        cargo::run(
            Command::new("python3")
                .args(["-m", "zipfile", "-e"])
                .args([&archive, &fresh]),
        )?;
        fs::remove_file(&archive)?;
        Ok(fs::rename(&fresh, folder)?)
    }
}
