//! The C ABI: what it is (the lists in abi/, which also give the symbols their
//! versions), and whether it is still what it was, which libabigail judges.
//!
//! libabigail reads debug information. That of the library is Rust's, whose names
//! and types are not the promise. So it gets a stand-in: the header, with an empty
//! body for each function, compiled as C. That the library has the same symbols
//! and lays the same structures out is checked elsewhere (`install`, and
//! ffi-tests' `exports` and `header`).

mod header;
mod list;
mod version;

use crate::{Result, cargo, demo, print};
use chatfile_ffi_tests::platform;
use chatfile_ffi_tests::toolchain::root;
use header::Header;
use lexopt::prelude::{Long, Short};
use list::{Entry, List};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
pub use version::Version;

const HELP: &str = "\
Usage: cargo xtask abi [--update]

Compares the C interface with what abi/ says of it, and with the last release,
by abidiff of libabigail (Debian: abigail-tools).

  --update   write abi/ anew for the version in Cargo.toml: add what is new to
             the lists, and dump the interface. What an earlier version had must
             still be there
";

/// Each exported function.
const SYMBOLS: List = List {
    file: "symbols.txt",
    introduction: "The functions that the library exports, and the version that each came in.",
};
/// Each field of a structure, in order.
const FIELDS: List = List {
    file: "fields.txt",
    introduction: "The fields of the structures, in order, and the version that each came in.",
};
/// Each number.
const NUMBERS: List = List {
    file: "numbers.txt",
    introduction: "The numbers of the header, and the version that each came in.",
};

pub fn command(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    let mut is_update = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return print(HELP),
            Long("update") => is_update = true,
            other => return Err(other.unexpected().into()),
        }
    }
    if is_update {
        update()?;
    }
    check()?;
    Ok(ExitCode::SUCCESS)
}

/// The header as it is checked in.
fn current_header() -> Result<Header> {
    let text = fs::read_to_string(root().join("include/chatfile.h"))?;
    Ok(Header::new(&text))
}

/// What each list should have.
fn wanted(header: &Header) -> [(List, Vec<String>); 3] {
    let mut functions = header.functions();
    functions.sort();
    let mut fields = Vec::new();
    for structure in header.structures() {
        let name = &structure.name;
        fields.extend(
            structure
                .fields
                .iter()
                .map(|field| format!("{name}.{field}")),
        );
    }
    let numbers = header.numbers().into_iter();
    let numbers = numbers.map(|(name, value)| format!("{name} {value}"));
    [
        (SYMBOLS, functions),
        (FIELDS, fields),
        (NUMBERS, numbers.collect()),
    ]
}

fn update() -> Result<()> {
    let version = Version::current()?;
    let header = current_header()?;
    fs::create_dir_all(root().join("abi"))?;
    for (list, now) in wanted(&header) {
        list.write(&list::updated(&list.read()?, &now, version)?)?;
        println!("{}: {} entries", list.path().display(), now.len());
    }
    // A patch release has the interface of the minor version.
    let target = baseline(version.series());
    if version.patch == 0 || !target.exists() {
        let folder = work_folder()?;
        let stand_in = StandIn::build(&header, &folder.join("now"))?;
        fs::copy(stand_in.dump()?, &target)?;
        println!("{} is made anew", target.display());
    }
    Ok(())
}

/// Whether the interface is what abi/ says, and still serves programs that were
/// built for the last minor version.
pub fn check() -> Result<()> {
    let version = Version::current()?;
    let header = current_header()?;
    for (list, now) in wanted(&header) {
        list.check(&now)?;
        println!("abi/{}: {} entries, as the header", list.file, now.len());
    }
    check_order_of_fields(&FIELDS.read()?)?;
    let folder = work_folder()?;
    let now = StandIn::build(&header, &folder.join("now"))?;
    let own = baseline(version.series());
    if let Some(report) = now.changes_since(&own, false)? {
        println!("{report}");
        return Err(format!(
            "the interface is not that of {}; if that is what you want: cargo xtask abi --update",
            own.display()
        )
        .into());
    }
    println!("abidiff: nothing differs from {}", own.display());
    if let Some((series, earlier)) = last_release(version)? {
        let fields = FIELDS.read()?;
        let old = StandIn::build(&header_of(&header, &fields, series), &folder.join("old"))?;
        if let Some(report) = old.changes_since(&earlier, true)? {
            println!("{report}");
            return Err(
                format!("programs built for {}.{} would not run", series.0, series.1).into(),
            );
        }
        println!("abidiff: {} is still served", earlier.display());
    } else {
        println!("there is no earlier release to compare with");
    }
    check_the_check(&header, &folder)
}

/// The dump of a minor version.
fn baseline((major, minor): (u32, u32)) -> PathBuf {
    root().join(format!("abi/chatfile-{major}.{minor}.abi"))
}

/// The dump of the newest version before this one that has its major number.
fn last_release(version: Version) -> Result<Option<((u32, u32), PathBuf)>> {
    let earlier = (0..version.minor).rev().map(|minor| (version.major, minor));
    Ok(earlier
        .map(|series| (series, baseline(series)))
        .find(|(_, path)| path.exists()))
}

fn work_folder() -> Result<PathBuf> {
    demo::emptied(cargo::target_dir().join("abi"))
}

/// New fields go to the end of a structure.
fn check_order_of_fields(fields: &[Entry]) -> Result<()> {
    let structure = |entry: &Entry| entry.what.split('.').next().map(str::to_owned);
    for pair in fields.windows(2) {
        if let [before, after] = pair
            && structure(before) == structure(after)
            && before.since > after.since
        {
            return Err(format!("{} is not at the end", before.what).into());
        }
    }
    Ok(())
}

/// The header as a program sees it that was built for an older version: without
/// the fields that came later, which are at the end.
fn header_of(header: &Header, fields: &[Entry], series: (u32, u32)) -> Header {
    let mut newer: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for entry in fields.iter().filter(|entry| entry.since.series() > series) {
        if let Some((structure, field)) = entry.what.split_once('.') {
            newer.entry(structure).or_default().push(field);
        }
    }
    let drop =
        |header: Header, (structure, fields): (&str, Vec<&str>)| header.without(structure, &fields);
    newer.into_iter().fold(header.clone(), drop)
}

/// The linker's version script: CHATFILE_0.1 has what came with 0.1, and so on;
/// nothing else is exported.
pub fn version_script() -> Result<String> {
    // One that is not listed would not be exported.
    SYMBOLS.check(&current_header()?.functions())?;
    Ok(script(&SYMBOLS.read()?))
}

fn script(symbols: &[Entry]) -> String {
    let mut series: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for entry in symbols {
        series
            .entry(entry.since.series())
            .or_default()
            .push(&entry.what);
    }
    let mut text = String::new();
    let mut before = String::new();
    for ((major, minor), names) in series {
        let node = format!("CHATFILE_{major}.{minor}");
        text += &format!("{node} {{\n  global:\n");
        for name in names {
            text += &format!("    {name};\n");
        }
        // Once is enough, and where is all the same.
        if before.is_empty() {
            text += "  local: *;\n";
        }
        text += &format!("}}{before};\n");
        before = format!(" {node}");
    }
    text
}

/// Each function of the list with its symbol version, as `name@@CHATFILE_0.1`.
pub fn versioned_symbols() -> Result<Vec<String>> {
    let entries = SYMBOLS.read()?;
    let versioned = entries
        .iter()
        .map(|Entry { what, since }| format!("{what}@@CHATFILE_{}.{}", since.major, since.minor));
    Ok(versioned.collect())
}

/// The functions, in order, by their names alone.
pub fn functions() -> Result<Vec<String>> {
    let entries = SYMBOLS.read()?.into_iter();
    Ok(entries.map(|entry| entry.what).collect())
}

/// A shared library that has the interface, and nothing in its functions.
struct StandIn {
    library: PathBuf,
}

impl StandIn {
    fn build(header: &Header, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let mut source = header.text.clone();
        source += "\nvoid abort(void);\n";
        for structure in header.structures() {
            // A field in the padding would be one that older programs have set
            // to anything, within a size that is the same.
            let (name, last) = (&structure.name, structure.fields.last());
            let last = last.ok_or_else(|| format!("{name} has no field"))?;
            source += &format!(
                "_Static_assert(offsetof({name}, {last}) + sizeof((({name} *)0)->{last}) == sizeof({name}), \
                 \"{name}: padding at its end; add a reserved field\");\n"
            );
        }
        let mut symbols = SYMBOLS.read()?;
        for declaration in header.declarations() {
            source += &format!("CHATFILE_API {declaration} {{ abort(); }}\n");
        }
        // What a later version adds is not in the list of this one.
        let version = Version::current()?;
        let functions = header.functions();
        symbols.retain(|entry| functions.contains(&entry.what));
        for what in functions {
            if !symbols.iter().any(|entry| entry.what == what) {
                let since = version;
                symbols.push(Entry { what, since });
            }
        }
        let (c, map, library) = ("stand-in.c", "symbols.map", "libchatfile.so");
        fs::write(folder.join(c), source)?;
        fs::write(folder.join(map), script(&symbols))?;
        let soname = format!("-Wl,-soname,libchatfile.so.{}", version.major);
        cargo::output(
            platform::host_compiler(true)
                .args(["-std=gnu11", "-g", "-O0", "-w", "-fPIC", "-shared", &soname])
                .arg(format!("-Wl,--version-script={map}"))
                .args(["-o", library, c])
                // The name of the source is in the list: without the folder of whoever makes it.
                .current_dir(folder),
        )?;
        let library = folder.join(library);
        Ok(Self { library })
    }

    /// Its interface, in libabigail's form.
    fn dump(&self) -> Result<PathBuf> {
        let dump = self.library.with_extension("abi");
        cargo::output(
            Command::new("abidw")
                .args(["--no-show-locs", "--no-corpus-path", "--no-comp-dir-path"])
                .args(["--no-elf-needed", "--type-id-style", "hash", "--out-file"])
                .args([&dump, &self.library]),
        )?;
        Ok(dump)
    }

    /// What abidiff says of it and an earlier dump, if it says anything.
    fn changes_since(&self, dump: &Path, may_add: bool) -> Result<Option<String>> {
        let mut abidiff = Command::new("abidiff");
        if may_add {
            abidiff.arg("--no-added-syms");
        }
        // Also what libabigail takes for harmless.
        let output = abidiff
            .arg("--harmless")
            .args([dump, &self.library])
            .output()?;
        let report = String::from_utf8_lossy(&output.stdout).into_owned();
        // Bits: 1 failed, 2 wrong usage, 4 a change, 8 an incompatible one.
        match output.status.code() {
            Some(0) => Ok(None),
            Some(code) if code & 3 == 0 => Ok(Some(report)),
            _ => {
                let said = String::from_utf8_lossy(&output.stderr);
                Err(format!("abidiff: {}: {report}{said}", output.status).into())
            }
        }
    }
}

/// A change of the header, and whether older programs can live with it.
struct Trial {
    what: &'static str,
    from: &'static str,
    to: &'static str,
    is_compatible: bool,
}

/// They change a structure and functions that will always be there.
const TRIALS: &[Trial] = &[
    Trial {
        what: "a function is added",
        from: "\nCHATFILE_API uint32_t CHATFILE_CALL chatfile_version_number(",
        to: "\nCHATFILE_API uint32_t CHATFILE_CALL chatfile_trial(void);\n\
             \nCHATFILE_API uint32_t CHATFILE_CALL chatfile_version_number(",
        is_compatible: true,
    },
    Trial {
        what: "a field is added at the end",
        from: "\n} chatfile_sink;",
        to: "\n  uint64_t trial;\n} chatfile_sink;",
        is_compatible: true,
    },
    Trial {
        what: "a field gets another type",
        from: "  chatfile_write_fn write;",
        to: "  uint64_t write;",
        is_compatible: false,
    },
    Trial {
        what: "a field is put between others",
        from: "  chatfile_write_fn write;",
        to: "  uint64_t trial;\n  chatfile_write_fn write;",
        is_compatible: false,
    },
    Trial {
        what: "a function gets another parameter",
        from: "chatfile_version_number(void)",
        to: "chatfile_version_number(uint32_t trial)",
        is_compatible: false,
    },
    Trial {
        what: "a function gives another type",
        from: "uint32_t CHATFILE_CALL chatfile_version_number(",
        to: "uint64_t CHATFILE_CALL chatfile_version_number(",
        is_compatible: false,
    },
    Trial {
        what: "a function gets another name",
        from: "chatfile_version_number(",
        to: "chatfile_version_numeral(",
        is_compatible: false,
    },
];

/// Whether the check finds what it is there for.
fn check_the_check(header: &Header, folder: &Path) -> Result<()> {
    let before = StandIn::build(header, &folder.join("before"))?.dump()?;
    let version = Version::current()?;
    for trial in TRIALS {
        let changed = Header {
            text: header.text.replacen(trial.from, trial.to, 1),
        };
        if changed.text == header.text {
            return Err(format!("the header has no {:?} to try a change", trial.from).into());
        }
        // As it is with a later version: the new field is listed.
        let mut since = version;
        since.minor += 1;
        let what = "chatfile_sink.trial".to_owned();
        let fields = match trial.is_compatible {
            true => vec![Entry { what, since }],
            false => Vec::new(),
        };
        let changed = header_of(&changed, &fields, version.series());
        let changes =
            StandIn::build(&changed, &folder.join("trial"))?.changes_since(&before, true)?;
        if changes.is_none() != trial.is_compatible {
            let said = changes.unwrap_or_else(|| "nothing".to_owned());
            return Err(format!("{}: abidiff says {said}", trial.what).into());
        }
        let verdict = if changes.is_none() {
            "passes"
        } else {
            "is found"
        };
        println!("  if {}: {verdict}", trial.what);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(lines: &[(&str, &str)]) -> Result<Vec<Entry>> {
        let entry = |(what, since): &(&str, &str)| {
            Ok(Entry {
                what: (*what).to_owned(),
                since: since.parse()?,
            })
        };
        lines.iter().map(entry).collect()
    }

    #[test]
    fn symbols_have_the_version_that_they_came_in() -> Result<()> {
        let symbols = entries(&[("a", "0.1.0"), ("c", "0.2.0"), ("b", "0.1.0")])?;
        assert_eq!(
            script(&symbols),
            "CHATFILE_0.1 {\n  global:\n    a;\n    b;\n  local: *;\n};\n\
             CHATFILE_0.2 {\n  global:\n    c;\n} CHATFILE_0.1;\n"
        );
        Ok(())
    }

    #[test]
    fn a_field_in_the_middle_is_found() -> Result<()> {
        let good = [("s.a", "0.1.0"), ("s.b", "0.2.0"), ("t.a", "0.1.0")];
        assert!(check_order_of_fields(&entries(&good)?).is_ok());
        let bad = [("s.a", "0.2.0"), ("s.b", "0.1.0")];
        assert!(check_order_of_fields(&entries(&bad)?).is_err());
        Ok(())
    }
}
