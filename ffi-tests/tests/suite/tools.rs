//! What of the tools of `chatfile_ffi_tests::tools` these tests use, and how.

use std::path::PathBuf;
use std::process::Command;

use chatfile_ffi_tests::golang::Go;
use chatfile_ffi_tests::toolchain::root;
use chatfile_ffi_tests::tools::{self, PARSERS};

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
            tools::skip(&format!(
                "what uses {name}: it is not there (apt-get install {package})"
            ));
            None
        }
    }
}

/// Valgrind, set to fail on any error or leak; without it, says so and returns `None`.
pub fn valgrind() -> Option<Command> {
    tools::valgrind(&root().join("ffi-tests/valgrind.supp"))
}

/// Go; without it, says so and returns `None`.
pub fn go() -> Option<Go> {
    Go::find(false).inspect_err(|why| tools::skip(why)).ok()
}

/// Whether there is a C++ compiler.
pub fn has_cpp() -> bool {
    tools::has(&["c++"])
}

/// Whether there is clang, as a second opinion.
pub fn has_clang() -> bool {
    tools::has(&["clang"])
}

/// The C++ compiler for Windows, as a look at what differs there.
pub fn cpp_for_windows() -> Option<PathBuf> {
    tools::find("i686-w64-mingw32-g++-posix")
}

/// Whether there is Free Pascal.
pub fn has_free_pascal() -> bool {
    tools::has(&["fpc"])
}

/// Whether there are Mono and its compiler of C#.
pub fn has_mono() -> bool {
    tools::has(&["mcs", "mono"])
}

/// Python as it is; without it, says so and returns `None`.
pub fn plain_python() -> Option<PathBuf> {
    tools::find("python3")
}

/// Python with parsers of HTTP and forms; without them if they are not installed, which it says. `None`, said too, if
/// there is no Python.
pub fn python_with_parsers() -> Option<PathBuf> {
    let plain = plain_python()?;
    Some(PARSERS.python().unwrap_or(plain))
}

/// A folder below `target/` for what the tests build.
pub fn work_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}
