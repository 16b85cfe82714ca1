//! Tools that a fresh machine may lack. What cannot be had is told on standard error, never passed over in silence.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use chatfile_ffi_tests::golang::Go;
use chatfile_ffi_tests::toolchain::root;

/// Whether a program can be run.
fn runs(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    // The owner of what this process just made is this process.
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
    }
    #[cfg(not(unix))]
    false
}

/// Finds a program, or installs its package where that is possible.
fn find(program: &str, package: &str) -> bool {
    if runs(program) {
        return true;
    }
    if is_root() && runs("apt-get") {
        let installed = Command::new("apt-get")
            .args(["install", "--yes", "--no-install-recommends", package])
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null())
            .status();
        if installed.is_ok_and(|status| status.success()) && runs(program) {
            return true;
        }
    }
    eprintln!("skipped: {program} not found; install it with: apt-get install {package}");
    false
}

/// What a compiler must be told to use a library; without it, says so and returns `None`.
pub fn pkg_config(name: &str, package: &str) -> Option<Vec<String>> {
    let output = Command::new("pkg-config")
        .args(["--cflags", "--libs", name])
        .output();
    match output {
        Ok(output) if output.status.success() => {
            let said = String::from_utf8_lossy(&output.stdout);
            Some(said.split_whitespace().map(str::to_owned).collect())
        }
        _ => {
            eprintln!("skipped: {name} not found; install it with: apt-get install {package}");
            None
        }
    }
}

/// Valgrind, set to fail on any error or leak; without it, says so and returns `None`.
pub fn valgrind() -> Option<Command> {
    static FOUND: OnceLock<bool> = OnceLock::new();
    if !*FOUND.get_or_init(|| find("valgrind", "valgrind")) {
        return None;
    }
    let mut command = Command::new("valgrind");
    command.args([
        "--quiet",
        "--error-exitcode=9",
        "--leak-check=full",
        "--show-leak-kinds=definite,possible,indirect",
        "--errors-for-leak-kinds=definite,possible,indirect",
        "--num-callers=60",
    ]);
    let suppressions = root().join("ffi-tests/valgrind.supp");
    command.arg(format!("--suppressions={}", suppressions.display()));
    Some(command)
}

/// Go, which is fetched if that is allowed; without it, says so and returns `None`.
pub fn go() -> Option<Go> {
    let may_fetch = std::env::var_os("CHATFILE_NO_INSTALL").is_none();
    Go::find(may_fetch)
        .inspect_err(|why| eprintln!("skipped: {why}"))
        .ok()
}

/// Whether there is a C++ compiler.
pub fn has_cpp() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    // Another one by its variable is the caller's business.
    *FOUND.get_or_init(|| std::env::var_os("CXX").is_some() || find("c++", "g++"))
}

/// Whether there is clang, as a second opinion; not worth an installation.
pub fn has_clang() -> bool {
    let found = runs("clang");
    if !found {
        eprintln!("skipped: clang not found; install it with: apt-get install clang");
    }
    found
}

/// The C++ compiler for Windows, as a look at what differs there; not worth an installation.
pub fn cpp_for_windows() -> Option<&'static str> {
    const NAME: &str = "i686-w64-mingw32-g++-posix";
    if runs(NAME) {
        return Some(NAME);
    }
    eprintln!(
        "skipped: {NAME} not found; install it with: apt-get install g++-mingw-w64-i686-posix"
    );
    None
}

/// Python as it is; without it, says so and returns `None`.
pub fn plain_python() -> Option<&'static str> {
    find("python3", "python3").then_some("python3")
}

/// Python with these packages, in an environment below `target/`; without them if they cannot be had, which it says.
/// `None`, said too, if there is no Python.
pub fn python(packages: &[&str]) -> Option<PathBuf> {
    if !find("python3", "python3") {
        return None;
    }
    let folder = work_folder().join("python");
    let own = folder.join("bin/python");
    let marker = folder.join("installed");
    let wanted = packages.join(" ");
    if std::fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted)
        && runs_path(&own)
    {
        return Some(own);
    }
    let quiet = |command: &mut Command| {
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let made = quiet(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    );
    let mut pip = Command::new(&own);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ])
    .args([
        "--timeout",
        "15",
        "--retries",
        "1",
        "--only-binary",
        ":all:",
    ])
    .args(packages);
    if made && quiet(&mut pip) && std::fs::write(&marker, &wanted).is_ok() {
        return Some(own);
    }
    eprintln!("skipped: the parsers {wanted} cannot be installed (no venv, or no package index)");
    Some("python3".into())
}

fn runs_path(program: &Path) -> bool {
    program.to_str().is_some_and(runs)
}

/// A folder below `target/` for what the tests build.
pub fn work_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}
