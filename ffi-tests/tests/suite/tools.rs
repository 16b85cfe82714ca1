//! What of the tools of `chatfile_ffi_tests::tools` these tests use, and how.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use chatfile_ffi_tests::golang::Go;
use chatfile_ffi_tests::platform::{self, LIBRARY_FOLDER, PYTHON, Platform};
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

/// Valgrind, set to fail on any error or leak; without it, says so and returns `None`. It knows the programs of this machine
/// alone, and what it takes for an error and is none by names that a library for users does not have.
pub fn valgrind() -> Option<Command> {
    if Platform::foreign().is_some() || env::var_os(LIBRARY_FOLDER).is_some() {
        return None;
    }
    tools::valgrind(&root().join("ffi-tests/valgrind.supp"))
}

/// What runs a program under valgrind, or, where that cannot be, without.
pub fn watched(program: &Path) -> Command {
    match valgrind() {
        Some(mut valgrind) => {
            valgrind.arg(program);
            valgrind
        }
        None => platform::command(program),
    }
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

/// Whether there is doxygen.
pub fn has_doxygen() -> bool {
    tools::has(&["doxygen"])
}

/// The C++ compiler for Windows, as a look at what differs there.
pub fn cpp_for_windows() -> Option<PathBuf> {
    tools::find("i686-w64-mingw32-g++-posix")
}

/// The compilers for Windows, of C and of C++, for each kind of processor; without any, says so and returns `None`.
pub fn compilers_for_windows() -> Option<Vec<(PathBuf, PathBuf)>> {
    let found = ["x86_64", "i686"].map(|processor| {
        let cpp = tools::find(&format!("{processor}-w64-mingw32-g++-posix"))?;
        Some((
            cpp.with_file_name(format!("{processor}-w64-mingw32-gcc-posix")),
            cpp,
        ))
    });
    let found: Vec<_> = found.into_iter().flatten().collect();
    (!found.is_empty()).then_some(found)
}

/// Whether there is Free Pascal.
pub fn has_free_pascal() -> bool {
    tools::has(&["fpc"])
}

/// Whether there are Mono and its compiler of C#.
pub fn has_mono() -> bool {
    tools::has(&["mcs", "mono"])
}

/// Python as it is, of the platform that is tested; without it, says so and returns `None`.
pub fn plain_python() -> Option<PathBuf> {
    if let Some(platform) = Platform::foreign() {
        let python = std::env::var_os(PYTHON).map(PathBuf::from);
        if python.is_none() {
            tools::skip(&format!(
                "everything in Python on {}: there is none",
                platform.name
            ));
        }
        return python;
    }
    tools::find("python3")
}

/// Python with parsers of HTTP and forms; without them if they are not installed, which it says. `None`, said too, if
/// there is no Python.
pub fn python_with_parsers() -> Option<PathBuf> {
    let plain = plain_python()?;
    Some(PARSERS.python().unwrap_or(plain))
}

/// What the environment of a program says where its user speaks Chinese; without that locale, says so and returns `None`.
pub fn chinese() -> Option<[(&'static str, OsString); 2]> {
    const NAME: &str = "zh_CN.UTF-8";
    let folder = work_folder().join("locales");
    if !folder.join(NAME).exists() {
        std::fs::create_dir_all(&folder).unwrap();
        // Of the C library.
        let mut localedef = Command::new("localedef");
        localedef.args(["-i", "zh_CN", "-f", "UTF-8", "--no-archive"]);
        if !tools::succeeds(localedef.arg(folder.join(NAME))) {
            tools::skip("the window in Chinese: there is no zh_CN; apt-get install locales");
            return None;
        }
    }
    Some([("LC_ALL", NAME.into()), ("LOCPATH", folder.into())])
}

/// A folder below `target/` for what the tests build.
pub fn work_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}
