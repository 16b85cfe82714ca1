//! Another platform than this one, for which the C and C++ programs of the tests are built, and by what they are run here.
//! `cargo xtask test --target NAME` states it, with the library that was built for it, in the environment.

use crate::toolchain::{root, target};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Names the platform.
pub const PLATFORM: &str = "CHATFILE_PLATFORM";
/// Names the folder with the library; also without a platform, for another build than that of this workspace.
pub const LIBRARY_FOLDER: &str = "CHATFILE_LIBRARY_FOLDER";
/// Names a folder for pictures of the window, if they are wanted.
pub const PICTURES: &str = "CHATFILE_PICTURES";
/// Names a Python of that platform.
pub const PYTHON: &str = "CHATFILE_PLATFORM_PYTHON";

/// What starts a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Runner {
    /// The wine of this machine.
    Wine,
    /// A wine of another kind of processor, which is in a folder with a Debian of its own, for Debian keeps one beside the
    /// other on few machines.
    WineOfFolder,
    /// qemu-user, with the C library that comes with the compiler.
    Qemu,
}

/// One of them.
#[derive(Debug)]
pub struct Platform {
    /// What `--target` takes.
    pub name: &'static str,
    /// The compilers of C and of C++.
    c: &'static str,
    cpp: &'static str,
    runner: Runner,
}

/// All of them.
pub const PLATFORMS: &[Platform] = &[
    Platform {
        name: "windows-x64",
        c: "x86_64-w64-mingw32-gcc-posix",
        cpp: "x86_64-w64-mingw32-g++-posix",
        runner: Runner::Wine,
    },
    Platform {
        name: "windows-x86",
        c: "i686-w64-mingw32-gcc-posix",
        cpp: "i686-w64-mingw32-g++-posix",
        runner: Runner::WineOfFolder,
    },
    Platform {
        name: "linux-aarch64",
        c: "aarch64-linux-gnu-gcc",
        cpp: "aarch64-linux-gnu-g++",
        runner: Runner::Qemu,
    },
];

/// Starts the rest of its arguments in the folder that is the first, with these folders of the machine in it. Nobody else sees
/// them there (`unshare --mount`), and they are gone with the program.
const IN_FOLDER: &str = r#"root=$1; shift
for folder in /dev /proc /tmp "$SOURCES" "$BUILT"; do
    mkdir -p "$root$folder" && mount --rbind "$folder" "$root$folder" || exit 1
done
exec chroot "$root" "$@""#;

impl Platform {
    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        PLATFORMS.iter().find(|platform| platform.name == name)
    }

    /// The one that the environment states; `None`: this machine.
    ///
    /// # Panics
    /// When it states one that there is not.
    #[must_use]
    pub fn foreign() -> Option<&'static Self> {
        static FOREIGN: LazyLock<Option<&Platform>> = LazyLock::new(|| {
            let name = env::var(PLATFORM).ok()?;
            let platform = Platform::named(&name);
            assert!(platform.is_some(), "{PLATFORM}: there is no {name}");
            platform
        });
        *FOREIGN
    }

    /// Where wine keeps what Windows has on its C:.
    #[must_use]
    pub fn prefix(&self) -> PathBuf {
        target().join("wine").join(self.name)
    }

    /// Another one, for programs with a window: all that run with the same are on the display of the first of them, if it has
    /// any.
    #[must_use]
    pub fn prefix_with_display(&self) -> PathBuf {
        target().join("wine").join(format!("{}-display", self.name))
    }

    /// As [`Self::command`], on a display.
    #[must_use]
    pub fn command_on(&self, display: &str, program: &Path) -> Command {
        let mut command = self.command(program);
        command
            .env("WINEPREFIX", self.prefix_with_display())
            .env("DISPLAY", display);
        command
    }

    /// Whether it is Windows; else it is Linux.
    #[must_use]
    pub fn is_windows(&self) -> bool {
        self.runner != Runner::Qemu
    }

    /// Where a Debian with another wine is, if one is needed.
    #[must_use]
    pub fn folder(&self) -> Option<PathBuf> {
        (self.runner == Runner::WineOfFolder).then(|| target().join("wine/debian-i386"))
    }

    /// What runs a program of the platform.
    #[must_use]
    pub fn command(&self, program: &Path) -> Command {
        let mut command = match self.runner {
            Runner::Wine => Command::new("wine"),
            Runner::WineOfFolder => {
                let mut command = Command::new("unshare");
                command
                    .args(["--mount", "sh", "-c", IN_FOLDER, "sh"])
                    .args(self.folder())
                    .arg("wine")
                    .env("SOURCES", root())
                    .env("BUILT", target());
                command
            }
            Runner::Qemu => {
                let mut command = Command::new("qemu-aarch64-static");
                command.args(["-L", "/usr/aarch64-linux-gnu"]);
                command
            }
        };
        command.arg(program);
        if self.is_windows() {
            command
                .env("WINEPREFIX", self.prefix())
                .env("WINEDEBUG", "-all")
                // Names of files are UTF-8 on this machine, whatever it is set to.
                .env("LC_ALL", "C.UTF-8")
                // Of .NET and HTML, which it would offer to fetch.
                .env("WINEDLLOVERRIDES", "mscoree=;mshtml=");
            if let Some(folder) = env::var_os(LIBRARY_FOLDER) {
                command.env("WINEPATH", path(Path::new(&folder)));
            }
        }
        command
    }
}

/// A compiler, of C or of C++: `$CC` or `cc`, `$CXX` or `c++`, or the one of the platform.
#[must_use]
pub fn compiler(is_c: bool) -> Command {
    match Platform::foreign() {
        Some(platform) if is_c => Command::new(platform.c),
        Some(platform) => Command::new(platform.cpp),
        None => host_compiler(is_c),
    }
}

/// That of this machine.
#[must_use]
pub fn host_compiler(is_c: bool) -> Command {
    let mut words = host_compiler_words(is_c).into_iter();
    let mut compiler = Command::new(words.next().unwrap_or_default());
    compiler.args(words);
    compiler
}

/// The same: a program, or as for make with its arguments, or ccache before it.
#[must_use]
pub fn host_compiler_words(is_c: bool) -> Vec<OsString> {
    let (variable, default) = if is_c { ("CC", "cc") } else { ("CXX", "c++") };
    let given = env::var_os(variable).unwrap_or_else(|| default.into());
    match given.to_str() {
        // A program's own name may have blanks.
        Some(words) if !Path::new(words).exists() && !words.trim().is_empty() => {
            words.split_whitespace().map(OsString::from).collect()
        }
        _ => vec![given],
    }
}

/// What links a program with the shared library in that folder.
#[must_use]
pub fn link_arguments(library_folder: &Path) -> Vec<OsString> {
    if is_windows() {
        // Nothing of the compiler has to be installed then; but with -static no shared library is looked for, so it is named.
        let import = library_folder.join("chatfile.lib");
        return vec![import.into(), "-static".into(), "-lpthread".into()];
    }
    let rpath = format!("-Wl,-rpath,{}", library_folder.display());
    vec![
        "-L".into(),
        library_folder.into(),
        "-lchatfile".into(),
        rpath.into(),
    ]
}

/// How a program is called.
#[must_use]
pub fn program(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(if is_windows() { ".exe" } else { "" });
    name.into()
}

/// How the shared library is called.
#[must_use]
pub fn shared() -> &'static str {
    if is_windows() {
        "chatfile.dll"
    } else {
        "libchatfile.so"
    }
}

/// A path as programs know it. In wine, Z: is the whole of this machine.
#[must_use]
pub fn path(path: &Path) -> OsString {
    let mut text = OsString::from(if is_windows() { "Z:" } else { "" });
    text.push(path);
    text
}

/// What runs a program that [`crate::toolchain::Program`] has built.
#[must_use]
pub fn command(program: &Path) -> Command {
    match Platform::foreign() {
        Some(platform) => platform.command(program),
        None => Command::new(program),
    }
}

/// Whether programs are for Windows.
#[must_use]
pub fn is_windows() -> bool {
    Platform::foreign().map_or(cfg!(windows), Platform::is_windows)
}
