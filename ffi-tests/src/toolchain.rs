//! The shared library, and a C compiler that links programs with it.

use crate::compiled;
use crate::platform::{self, LIBRARY_FOLDER};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

/// The root of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Where cargo builds.
#[must_use]
pub fn target() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root().join(target)
}

/// Which build of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// As tests want it: overflow checks and debug information.
    Debug,
    /// As users get it.
    Release,
}

/// A built library.
#[derive(Debug, Clone)]
pub struct Library {
    /// Holds `libchatfile.so`, its SONAME link and `libchatfile.a`.
    pub folder: PathBuf,
    /// What a program that links `libchatfile.a` of the release build must be
    /// linked with, as rustc says it: `-lgcc_s -lutil …`.
    pub native_libraries: Vec<String>,
}

impl Library {
    /// Builds the library by cargo, which does nothing if it is fresh; or takes the one that the environment names, which
    /// was built for users, as [`crate::platform`] has it.
    ///
    /// # Errors
    /// When cargo fails; its output is on standard error.
    pub fn build(profile: Profile) -> io::Result<Self> {
        if let Some(folder) = env::var_os(LIBRARY_FOLDER) {
            return Ok(Self {
                folder: folder.into(),
                native_libraries: Vec::new(),
            });
        }
        let mut cargo = cargo();
        match profile {
            // As a part of the whole workspace, whose other members want more features of some
            // crates: those are built once then, for the tests and for this.
            Profile::Debug => cargo.args(["build", "--quiet", "--workspace", "--lib"]),
            Profile::Release => {
                remap_paths(&mut cargo);
                cargo
                    .args(["rustc", "--quiet", "--package", "chatfile-capi", "--lib"])
                    .args(["--release", "--", "--print", "native-static-libs"])
            }
        };
        let native_libraries = native_libraries(&output_of_cargo(&mut cargo)?);
        let folder = target().join(match profile {
            Profile::Debug => "debug",
            Profile::Release => "release",
        });
        link_soname(&folder)?;
        Ok(Self {
            folder,
            native_libraries,
        })
    }

    /// The shared library.
    pub fn shared(&self) -> PathBuf {
        self.folder.join(platform::shared())
    }
}

/// Builds the programs of examples/ that are in Rust, by cargo, and gives the one of
/// this name.
///
/// # Errors
/// When cargo fails; its output is on standard error.
pub fn rust_example(name: &str) -> io::Result<PathBuf> {
    output_of_cargo(cargo().args(["build", "--quiet", "--workspace", "--examples"]))?;
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    Ok(target().join("debug/examples").join(file))
}

/// The folders of this machine that sources are in, which would else stand in the
/// library, in what panics say; and what is written instead. Of several that a
/// path begins with, the last counts.
pub fn source_folders() -> Vec<(PathBuf, &'static str)> {
    let folder = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let home = folder("HOME").or_else(|| folder("USERPROFILE"));
    let home = home.map(PathBuf::from);
    let cargo = folder("CARGO_HOME").map(PathBuf::from);
    // The same text wherever it is.
    let cargo = cargo.or_else(|| Some(home.as_ref()?.join(".cargo")));
    let folders = [
        (home, "/home"),
        (folder("RUSTUP_HOME").map(PathBuf::from), "/rustup"),
        (cargo, "/cargo"),
        (Some(root()), "/chatfile"),
    ];
    folders
        .into_iter()
        .filter_map(|(from, to)| Some((from?, to)))
        // A home that is / or empty says nothing of this machine.
        .filter(|(from, _)| from.file_name().is_some())
        .collect()
}

/// The compiler's flags for that.
pub fn remapping(folders: &[(PathBuf, &str)]) -> Vec<String> {
    folders
        .iter()
        .map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()))
        .collect()
}

/// What cargo is told for it. Of the places that may have flags cargo looks at one alone: the environment's two, then
/// those of the target with all that is said of it, then `[build]`. So ours are added to the first that is there; to those
/// of the target with what `[build]` has, .cargo/config.toml's among it, as anybody may have some for the target.
fn remap_paths(cargo: &mut Command) {
    let flags = remapping(&source_folders());
    let given = |name: &str| env::var(name).ok().filter(|flags| !flags.is_empty());
    if let Some(given) = given("CARGO_ENCODED_RUSTFLAGS") {
        let all = [given].into_iter().chain(flags).collect::<Vec<_>>();
        cargo.env("CARGO_ENCODED_RUSTFLAGS", all.join("\u{1f}"));
    } else if let Some(given) = given("RUSTFLAGS") {
        // Encoded, for a folder may have blanks.
        let given = given.split_whitespace().map(str::to_owned);
        let all = given.chain(flags).collect::<Vec<_>>();
        cargo.env("CARGO_ENCODED_RUSTFLAGS", all.join("\u{1f}"));
    } else {
        let all: Vec<String> = configured_flags().into_iter().chain(flags).collect();
        // Debug writes them as TOML has its texts.
        cargo.args(["--config", &format!("{ANY_TARGET}.rustflags={all:?}")]);
    }
}

/// To it cargo adds what there is for the target by its name.
const ANY_TARGET: &str = "target.\"cfg(all())\"";

/// The flags of `[build]`, from wherever cargo has them. A cargo that will not say is taken to have none: who looks for
/// the folders in what was built sees what is missing.
fn configured_flags() -> Vec<String> {
    let mut asked = cargo();
    asked
        .args(["-Z", "unstable-options", "config", "get"])
        .args(["--format", "json-value", "build.rustflags"])
        // A stable cargo takes -Z under it.
        .env("RUSTC_BOOTSTRAP", "1");
    let said = asked.output().map(|output| output.stdout);
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    match serde_json::from_slice(&said.unwrap_or_default()) {
        Ok(serde_json::Value::String(flags)) => words(&flags),
        Ok(serde_json::Value::Array(flags)) => flags
            .iter()
            .filter_map(|flag| Some(flag.as_str()?.to_owned()))
            .collect(),
        _ => Vec::new(),
    }
}

/// What cargo says on standard error, which is shown if it is more than the note
/// on native libraries: a failure, or warnings.
///
/// # Errors
/// When cargo fails.
pub fn output_of_cargo(cargo: &mut Command) -> io::Result<String> {
    let output = cargo.stdout(Stdio::inherit()).output()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() || text.contains("warning") {
        eprint!("{text}");
    }
    if output.status.success() {
        return Ok(text);
    }
    Err(io::Error::other(format!("{cargo:?}: {}", output.status)))
}

/// What a static library needs, from rustc's note, which cargo repeats if there is
/// nothing to build.
#[must_use]
pub fn native_libraries(said: &str) -> Vec<String> {
    let line = said
        .lines()
        .find_map(|line| line.split_once("native-static-libs: "));
    let (_, words) = line.unwrap_or_default();
    words.split_whitespace().map(str::to_owned).collect()
}

/// The cargo that runs us, in the root of the workspace.
pub fn cargo() -> Command {
    let own = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    in_workspace(Command::new(own))
}

/// A cargo in the root of the workspace. It does not see what `cargo run` and `cargo
/// test` told us of our own package: ring's build script would take that for a
/// change, and be run again with all that depends on it. Nor what would have it put
/// what it builds elsewhere than where we take it from.
#[must_use]
pub fn in_workspace(mut cargo: Command) -> Command {
    // A folder in somebody's configuration of cargo (build.target-dir) comes behind this.
    cargo.current_dir(root()).env("CARGO_TARGET_DIR", target());
    for (name, _) in env::vars_os() {
        let is_hidden = |name| is_of_our_package(name) || ELSEWHERE.contains(&name);
        if name.to_str().is_some_and(is_hidden) {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Further ways of cargo to say what is built for, and where.
const ELSEWHERE: [&str; 2] = ["CARGO_BUILD_TARGET", "CARGO_BUILD_TARGET_DIR"];

fn is_of_our_package(variable: &str) -> bool {
    const PREFIXES: [&str; 2] = ["CARGO_PKG_", "CARGO_MANIFEST_"];
    const NAMES: [&str; 4] = [
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "OUT_DIR",
    ];
    PREFIXES.iter().any(|prefix| variable.starts_with(prefix)) || NAMES.contains(&variable)
}

/// Programs ask for the SONAME, which an installation provides as a link.
#[cfg(unix)]
fn link_soname(folder: &Path) -> io::Result<()> {
    match std::os::unix::fs::symlink("libchatfile.so", folder.join("libchatfile.so.0")) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn link_soname(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A C or C++ program to build.
#[derive(Debug, Clone)]
pub struct Program<'a> {
    /// The source; `.c` is built by the compiler of C, anything else by that of C++.
    pub source: &'a Path,
    /// The standard, for example `c99`.
    pub standard: &'a str,
    /// Further arguments of the compiler, for example `-lcurl`.
    pub arguments: &'a [&'a str],
}

impl Program<'_> {
    /// Builds the program into `folder` with all warnings as errors, linked to
    /// the shared library, and returns its path. One that is there already and
    /// as new as its sources is not built again.
    ///
    /// # Errors
    /// When the compiler cannot be run or refuses the program.
    pub fn build(&self, library: &Library, folder: &Path) -> io::Result<PathBuf> {
        fs::create_dir_all(folder)?;
        let stem = self.source.file_stem().unwrap_or_default();
        let output = platform::program(&folder.join(stem));
        let mut compiler = self.compiler();
        compiler
            // Line numbers are enough for valgrind; -g and -O2 take C++ twice the time.
            .args(["-Wall", "-Wextra", "-Werror", "-g1", "-O1"])
            .arg("-I")
            .arg(root().join("include"))
            .arg(self.source)
            .args(self.arguments)
            .args(platform::link_arguments(&library.folder));
        compiled::make(&mut compiler, &library.shared(), &output)?;
        Ok(output)
    }

    /// Checks that the source compiles on its own, without a warning.
    ///
    /// # Errors
    /// When the compiler cannot be run or refuses the program.
    pub fn check(&self) -> io::Result<()> {
        let mut compiler = self.compiler();
        compiler
            .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only"])
            .args(self.arguments)
            .arg("-I")
            .arg(root().join("include"))
            .arg(self.source);
        run(&mut compiler)
    }

    fn compiler(&self) -> Command {
        let is_c = self.source.extension().is_some_and(|e| e == "c");
        let mut command = platform::compiler(is_c);
        command.arg(format!("-std={}", self.standard));
        command
    }
}

/// Runs a command to its end; an exit code other than 0 is an error.
///
/// # Errors
/// When it cannot be started, or fails.
pub fn run(command: &mut Command) -> io::Result<()> {
    let status = command
        .status()
        .map_err(|e| io::Error::new(e.kind(), format!("cannot run {command:?}: {e}")))?;
    if status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("{command:?}: {status}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_builds_where_we_take_it_from() {
        let cargo = in_workspace(Command::new("cargo"));
        let folder = cargo
            .get_envs()
            .find(|(name, _)| *name == "CARGO_TARGET_DIR");
        let folder = folder.and_then(|(_, folder)| Some(PathBuf::from(folder?)));
        assert_eq!(folder, Some(target()));
    }

    /// Cargo takes those of the target in the place of those of `[build]`.
    #[test]
    fn flags_of_the_target_do_not_replace_ours() {
        if ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"].map(env::var_os) != [None, None] {
            return;
        }
        let mut cargo = cargo();
        remap_paths(&mut cargo);
        let said: String = cargo.get_args().filter_map(|word| word.to_str()).collect();
        for part in [ANY_TARGET, "force-frame-pointers", "=/chatfile\""] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}
