//! What every library must be before it is packed.

use super::targets::Target;
use crate::install::Built;
use crate::package::{LIBRARY_MAX, check_paths};
use crate::table::grouped;
use crate::toolset::{System, Toolset};
use crate::{Result, abi, cargo};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What was ever imported, each with the Windows that had it first.
const IMPORTS: &str = include_str!("windows-7.txt");
/// Windows 7, as it calls itself.
const WINDOWS_7: &str = "6.1";
/// The universal C runtime, which is the same on every Windows.
const UCRT: &str = "api-ms-win-crt-";

/// Small, without names of this machine's folders, with the functions of the header
/// and no others, and content with what the oldest system of its kind has.
pub fn library(target: &Target, built: &Built, tools: &Toolset) -> Result<()> {
    check_paths(&built.archive)?;
    let Some(shared) = &built.shared else {
        return Ok(());
    };
    check_paths(shared)?;
    let size = fs::metadata(shared)?.len();
    println!("{}: {} bytes", target.name, grouped(size));
    if size > LIBRARY_MAX {
        return Err(format!("the library has more than {} bytes", grouped(LIBRARY_MAX)).into());
    }
    let binary = Binary::read(shared, tools)?;
    let wanted = match target.system {
        System::Windows => abi::functions()?,
        _ => abi::versioned_symbols()?,
    };
    let wanted: BTreeSet<String> = wanted.into_iter().collect();
    let odd: Vec<_> = binary.exports.symmetric_difference(&wanted).collect();
    if !odd.is_empty() {
        return Err(format!("exported and listed differ in {odd:?}").into());
    }
    if target.system == System::Windows && !binary.has_version {
        return Err("the DLL has no version for Windows to show".into());
    }
    binary.check_needs(target)
}

/// A program needs no more than a library may.
pub fn program(target: &Target, program: &Path, tools: &Toolset) -> Result<()> {
    check_paths(program)?;
    needs(target, program, tools)
}

/// What is loaded with a file, the oldest system of its kind has.
pub fn needs(target: &Target, file: &Path, tools: &Toolset) -> Result<()> {
    Binary::read(file, tools)?.check_needs(target)
}

/// What a library or a program says of itself.
#[derive(Debug, Default)]
struct Binary {
    exports: BTreeSet<String>,
    /// The libraries that are loaded with it.
    imports: BTreeSet<String>,
    /// What it takes of them, on Windows: `kernel32.dll CloseHandle`.
    functions: BTreeSet<String>,
    /// The symbol versions that it needs of them, on Linux.
    versions: BTreeSet<String>,
    /// Whether Windows is told its version.
    has_version: bool,
}

impl Binary {
    fn read(file: &Path, tools: &Toolset) -> Result<Self> {
        if tools.system == System::Windows {
            let text = cargo::output(tools.tool("objdump").arg("-p").arg(file))?;
            return Ok(Self::of_pe(&text));
        }
        let mut readelf = tools.tool("readelf");
        let text = cargo::output(
            readelf
                .args(["--dynamic", "--version-info", "-W"])
                .arg(file),
        )?;
        let mut binary = Self::of_elf(&text);
        binary.exports = tools.exports(file)?.into_iter().collect();
        Ok(binary)
    }

    /// From what `objdump -p` says.
    fn of_pe(text: &str) -> Self {
        /// RT_VERSION (winuser.h), as the type of a resource.
        const VERSION: &str = "Entry: ID: 0x000010,";
        let (mut imports, mut functions) = (BTreeSet::new(), BTreeSet::new());
        let mut library = String::new();
        for line in text.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix("DLL Name: ") {
                library = name.to_lowercase();
                imports.insert(name.to_owned());
            } else if line.is_empty() {
                library.clear();
            } else if let [_, number, name] = line.split_whitespace().collect::<Vec<_>>()[..] {
                // `2d58d0	 1805  SystemFunction036`
                if !library.is_empty() && number.parse::<u32>().is_ok() {
                    functions.insert(format!("{library} {name}"));
                }
            }
        }
        // `	[   0] chatfile_abort_upload`, in newer binutils with more columns.
        let (_, table) = text.split_once("Name Pointer] Table").unwrap_or_default();
        let exports = table
            .lines()
            .skip(1)
            .take_while(|line| line.trim().starts_with('['))
            .filter_map(|line| line.split_whitespace().last())
            .map(str::to_owned)
            .collect();
        Self {
            exports,
            imports,
            functions,
            versions: BTreeSet::new(),
            has_version: text.contains(VERSION),
        }
    }

    /// From what `readelf --dynamic --version-info` says.
    fn of_elf(text: &str) -> Self {
        let imports = text
            .lines()
            .filter(|line| line.contains("(NEEDED)"))
            .filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned()))
            .collect();
        let (_, needs) = text.split_once("Version needs section").unwrap_or_default();
        let versions = needs
            .lines()
            .filter_map(|line| line.split_once("Name: ")?.1.split(' ').next())
            .map(str::to_owned)
            .collect();
        Self {
            imports,
            versions,
            ..Self::default()
        }
    }

    fn check_needs(&self, target: &Target) -> Result<()> {
        let imports = self.imports.iter().map(String::as_str).collect::<Vec<_>>();
        println!("{}: loads {}", target.name, imports.join(", "));
        let foreign: Vec<_> = imports
            .iter()
            .filter(|one| !target.may_import(one))
            .collect();
        if !foreign.is_empty() {
            return Err(format!("{} need not have {foreign:?}", target.name).into());
        }
        let known = of_windows(WINDOWS_7);
        let is_known = |function: &str| function.starts_with(UCRT) || known.contains(function);
        let unknown: Vec<_> = self.functions.iter().filter(|one| !is_known(one)).collect();
        if !unknown.is_empty() {
            return Err(format!("windows-7.txt, see there, has no {unknown:?}").into());
        }
        let Some(oldest) = target.glibc else {
            return Ok(());
        };
        let newer: Vec<_> = self
            .versions
            .iter()
            .filter(|name| !is_within(name, oldest))
            .collect();
        if !newer.is_empty() {
            return Err(format!("glibc {oldest} has no {newer:?}").into());
        }
        let newest = self.versions.iter().max_by_key(|name| parts(name));
        println!(
            "{}: newest symbol of {}",
            target.name,
            newest.map_or("none", |name| name)
        );
        Ok(())
    }
}

/// What that Windows has of what was ever imported.
fn of_windows(version: &str) -> BTreeSet<&'static str> {
    let lines = IMPORTS.lines().filter(|line| !line.starts_with('#'));
    let each = lines.filter_map(|line| line.rsplit_once(' '));
    each.filter(|(_, first)| parts(first) <= parts(version))
        .map(|(function, _)| function)
        .collect()
}

/// Whether a symbol version (`GLIBC_2.3.4`) is one of a glibc (`2.17`).
fn is_within(version: &str, glibc: &str) -> bool {
    version.starts_with("GLIBC_") && parts(version) <= parts(glibc) && !parts(version).is_empty()
}

/// The numbers of a version.
fn parts(version: &str) -> Vec<u32> {
    let digits = version.rsplit('_').next().unwrap_or_default();
    digits
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::super::targets::TARGETS;
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (version, expected) in [
            ("GLIBC_2.2.5", true),
            ("GLIBC_2.17", true),
            ("GLIBC_2.18", false),
            ("GLIBC_2.34", false),
            ("GLIBC_PRIVATE", false),
            ("GCC_3.0", false),
        ] {
            assert_eq!(is_within(version, "2.17"), expected, "{version}");
        }
    }

    #[test]
    fn what_the_oldest_system_lacks_fails() {
        let target = |name| TARGETS.iter().find(|target| target.name == name).unwrap();
        let set = |text: &str| BTreeSet::from([text.to_owned()]);
        for (name, library, version, expected) in [
            ("linux-x86_64", "libc.so.6", "GLIBC_2.17", None),
            (
                "linux-x86_64",
                "libc.so.6",
                "GLIBC_2.28",
                Some("glibc 2.17 has no"),
            ),
            (
                "linux-aarch64",
                "libgcc_s.so.1",
                "GLIBC_2.17",
                Some("need not have"),
            ),
            ("windows-x64", "KERNEL32.dll", "", None),
            (
                "windows-x64",
                "bcryptprimitives.dll",
                "",
                Some("need not have"),
            ),
        ] {
            let binary = Binary {
                imports: set(library),
                versions: set(version),
                ..Binary::default()
            };
            let said = binary
                .check_needs(target(name))
                .err()
                .map(|e| e.to_string());
            match (said, expected) {
                (None, None) => {}
                (Some(said), Some(expected)) => assert!(said.contains(expected), "{said}"),
                other => panic!("{name}, {library}, {version}: {other:?}"),
            }
        }
    }

    #[test]
    fn each_import_says_since_when_windows_has_it() {
        let lines: Vec<_> = IMPORTS.lines().filter(|l| !l.starts_with('#')).collect();
        assert!(lines.is_sorted());
        assert_eq!(of_windows(WINDOWS_7).len(), lines.len());
        let of_xp = of_windows("5.1");
        for (function, expected) in [
            ("kernel32.dll CloseHandle", true),
            ("kernel32.dll WakeConditionVariable", false),
        ] {
            assert_eq!(of_xp.contains(function), expected, "{function}");
        }
    }

    /// What is built on this machine asks its glibc for more than the oldest one has.
    #[test]
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    fn a_library_that_asks_for_a_newer_glibc_is_refused() {
        if crate::tools::lacking(&["cc"]).is_some() {
            return;
        }
        let folder = cargo::target_dir().join("tmp/newer glibc");
        fs::create_dir_all(&folder).unwrap();
        let source = folder.join("newer.c");
        // Of glibc 2.25.
        let text = "#include <sys/random.h>\nint main(void) { char byte; return getrandom(&byte, 1, 0) != 1; }\n";
        fs::write(&source, text).unwrap();
        let program = folder.join("newer");
        let toolset = Toolset::cross(System::Linux, vec!["cc".into()], "");
        cargo::output(toolset.compiler().arg("-o").args([&program, &source])).unwrap();
        let target = TARGETS.iter().find(|one| one.name == "linux-x86_64");
        let said = needs(target.unwrap(), &program, &toolset);
        let said = said.unwrap_err().to_string();
        assert!(
            said.contains("glibc 2.17 has no") && said.contains("GLIBC_2.25"),
            "{said}"
        );
    }

    #[test]
    fn imports_and_exports_are_read() {
        let pe = Binary::of_pe(
            "\tDLL Name: KERNEL32.dll\n\tvma:  Hint/Ord Member-Name Bound-To\n\
             \t2d58f6\t    1  CloseHandle\n\n 002d5014\t002d50b0 00000000 00000000 002d6194\n\n\
             [Ordinal/Name Pointer] Table\n\t[   0] chatfile_a\n\t[   1] chatfile_b\n\nThe Base\n",
        );
        assert_eq!(pe.imports, BTreeSet::from(["KERNEL32.dll".to_owned()]));
        assert_eq!(
            pe.functions,
            BTreeSet::from(["kernel32.dll CloseHandle".to_owned()])
        );
        assert_eq!(pe.exports.len(), 2);
        let elf = Binary::of_elf(
            " 0x1 (NEEDED)  Shared library: [libc.so.6]\nVersion definition section\n  Name: own\n\
             Version needs section '.gnu.version_r' contains 1 entry:\n \
             0x0010:   Name: GLIBC_2.17  Flags: none  Version: 3\n",
        );
        assert_eq!(elf.imports, BTreeSet::from(["libc.so.6".to_owned()]));
        assert_eq!(elf.versions, BTreeSet::from(["GLIBC_2.17".to_owned()]));
    }
}
