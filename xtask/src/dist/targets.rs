//! What packages are made for: one table.

use crate::toolset::System;

/// A target.
#[derive(Debug)]
pub struct Target {
    /// As packages have it in their names.
    pub name: &'static str,
    /// What rustc calls it.
    pub rust: &'static str,
    pub system: System,
    pub linker: Linker,
    /// What zig calls it.
    pub zig: &'static str,
    /// Before the names of binutils.
    pub binutils: &'static str,
    /// Bytes.
    pub pointer_size: usize,
    /// The newest glibc that it may need.
    pub glibc: Option<&'static str>,
    /// What pip calls the oldest system that wheels are for; none where there is no
    /// shared library, and so no wheel.
    pub wheel: Option<&'static str>,
    /// What Go calls it, if its module links the static library.
    pub go: Option<&'static str>,
    /// The libraries that may be loaded with it, in lower case; a `*` at the end
    /// stands for anything.
    pub imports: &'static [&'static [&'static str]],
    /// The program that it is linked by, besides zig; of the list in tools.rs.
    pub tool: &'static str,
    pub trial: Trial,
}

/// How a target is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linker {
    /// `zig cc`, by cargo-zigbuild: it has the start files and stubs of every glibc,
    /// and musl.
    Zig,
    /// Debian's MinGW: it links msvcrt.dll, which every Windows has.
    Mingw,
}

/// How the packages of a target are tried.
#[derive(Debug)]
pub struct Trial {
    /// The compilers for C and C++, where they are not zig's.
    pub compilers: Option<[&'static str; 2]>,
    /// Programs that it takes besides, of the list in tools.rs.
    pub tools: &'static [&'static str],
}

/// glibc itself.
const GLIBC: &[&str] = &[
    "libc.so.6",
    "libm.so.6",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libutil.so.1",
    "ld-linux-*",
];
/// What Windows 7 has of what the standard library, ring, sockets and the certificates that
/// the system trusts take; ncrypt.dll, secur32.dll and userenv.dll only where what nobody calls
/// is not left out: without optimisation, and by zig in programs.
const WINDOWS_7: &[&str] = &[
    "advapi32.dll",
    "bcrypt.dll",
    "crypt32.dll",
    "kernel32.dll",
    "ncrypt.dll",
    "ntdll.dll",
    "secur32.dll",
    "userenv.dll",
    "ws2_32.dll",
];
/// Its old C runtime.
const MSVCRT: &[&str] = &["msvcrt.dll"];
/// The universal one, which Windows 7 has by an update (KB2999226).
const UCRT: &[&str] = &["api-ms-win-crt-*"];

/// All of them.
pub const TARGETS: &[Target] = &[
    Target {
        name: "linux-x86_64",
        rust: "x86_64-unknown-linux-gnu",
        system: System::Linux,
        linker: Linker::Zig,
        zig: "x86_64-linux-gnu.2.17",
        binutils: "",
        pointer_size: 8,
        glibc: Some("2.17"),
        wheel: Some("manylinux2014_x86_64"),
        go: Some("linux_amd64"),
        imports: &[GLIBC],
        tool: "ld",
        trial: Trial {
            compilers: Some(["cc", "c++"]),
            tools: &["cc", "c++", "pkg-config", "fpc", "mcs", "mono"],
        },
    },
    Target {
        name: "linux-aarch64",
        rust: "aarch64-unknown-linux-gnu",
        system: System::Linux,
        linker: Linker::Zig,
        zig: "aarch64-linux-gnu.2.17",
        binutils: "aarch64-linux-gnu-",
        pointer_size: 8,
        glibc: Some("2.17"),
        wheel: Some("manylinux2014_aarch64"),
        go: Some("linux_arm64"),
        imports: &[GLIBC],
        tool: "aarch64-linux-gnu-ld",
        trial: Trial {
            compilers: None,
            tools: &["qemu-aarch64-static", "pkg-config"],
        },
    },
    Target {
        name: "linux-x86_64-musl",
        rust: "x86_64-unknown-linux-musl",
        system: System::Linux,
        linker: Linker::Zig,
        zig: "x86_64-linux-musl",
        binutils: "",
        pointer_size: 8,
        glibc: None,
        wheel: None,
        go: None,
        imports: &[],
        tool: "ld",
        trial: Trial {
            // musl-gcc of Debian has the unwinder of glibc's GCC, which asks for glibc.
            compilers: None,
            tools: &["pkg-config"],
        },
    },
    Target {
        name: "windows-x64",
        rust: "x86_64-win7-windows-gnu",
        system: System::Windows,
        linker: Linker::Mingw,
        zig: "x86_64-windows-gnu",
        binutils: "x86_64-w64-mingw32-",
        pointer_size: 8,
        glibc: None,
        wheel: Some("win_amd64"),
        go: Some("windows_amd64"),
        imports: &[WINDOWS_7, MSVCRT],
        tool: "x86_64-w64-mingw32-gcc",
        trial: Trial {
            // Debian's other one for C++ has no std::mutex; that for C links libwinpthread-1.dll.
            compilers: Some(["x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-g++-posix"]),
            tools: &["x86_64-w64-mingw32-g++-posix", "wine", "pkg-config"],
        },
    },
    Target {
        name: "windows-x86",
        rust: "i686-win7-windows-gnu",
        system: System::Windows,
        // Debian's MinGW unwinds by setjmp there, which Rust cannot.
        linker: Linker::Zig,
        zig: "x86-windows-gnu",
        binutils: "i686-w64-mingw32-",
        pointer_size: 4,
        glibc: None,
        wheel: Some("win32"),
        // Go takes MinGW, see above.
        go: None,
        imports: &[WINDOWS_7, UCRT],
        tool: "i686-w64-mingw32-gcc",
        trial: Trial {
            compilers: None,
            tools: &["debootstrap", "pkg-config"],
        },
    },
];

impl Target {
    /// Whether there is a shared library.
    pub fn has_shared(&self) -> bool {
        self.wheel.is_some()
    }

    /// What cargo-zigbuild is told: with the glibc.
    pub fn with_glibc(&self) -> String {
        let glibc = self.glibc.map(|version| format!(".{version}"));
        format!("{}{}", self.rust, glibc.unwrap_or_default())
    }

    /// Of its archives.
    pub fn archive_ending(&self) -> &'static str {
        match self.system {
            System::Windows => "zip",
            _ => "tar.gz",
        }
    }

    /// A program's file.
    pub fn program(&self, name: &str) -> String {
        match self.system {
            System::Windows => format!("{name}.exe"),
            _ => name.to_owned(),
        }
    }

    /// Whether a library may be loaded with it.
    pub fn may_import(&self, library: &str) -> bool {
        let library = library.to_lowercase();
        let allowed = |name: &&str| match name.strip_suffix('*') {
            Some(beginning) => library.starts_with(beginning),
            None => library == *name,
        };
        self.imports.iter().copied().flatten().any(allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::TARGETS;

    #[test]
    fn only_what_old_systems_have_may_be_imported() {
        for (target, library, expected) in [
            ("linux-x86_64", "libc.so.6", true),
            ("linux-x86_64", "ld-linux-x86-64.so.2", true),
            ("linux-x86_64", "libgcc_s.so.1", false),
            ("windows-x64", "KERNEL32.dll", true),
            ("windows-x64", "bcryptprimitives.dll", false),
            ("windows-x64", "api-ms-win-crt-heap-l1-1-0.dll", false),
            ("windows-x86", "api-ms-win-crt-heap-l1-1-0.dll", true),
            ("windows-x86", "api-ms-win-core-synch-l1-2-0.dll", false),
        ] {
            let target = TARGETS.iter().find(|one| one.name == target);
            let may = target.map(|target| target.may_import(library));
            assert_eq!(may, Some(expected), "{library}");
        }
    }
}
