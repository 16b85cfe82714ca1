//! Whether unit tests stand where CONTRIBUTING.md says: at the end of their file, or, where
//! they are long, beside it: those of `foo.rs` in `foo_tests.rs`.

use crate::Result;
use chatfile_ffi_tests::toolchain::root;
use std::fs;
use std::path::Path;

/// Of a file; those that are longer stand beside it.
const LINES_MAX: usize = 150;

const FOLDERS: [&str; 7] = [
    "src",
    "capi/src",
    "emulator/src",
    "ffi-tests/src",
    "benches/src",
    "xtask/header/src",
    "xtask/src",
];

/// What stands elsewhere.
pub fn faults() -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for folder in FOLDERS {
        look(&root().join(folder), &mut faults)?;
    }
    Ok(faults)
}

fn look(folder: &Path, faults: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            look(&path, faults)?;
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(name) = name.strip_suffix(".rs") else {
            continue;
        };
        if let Some(fault) = fault(folder, name, &fs::read_to_string(&path)?) {
            let path = path.strip_prefix(root()).unwrap_or(&path);
            faults.push(format!("{}: {fault}", path.display()));
        }
    }
    Ok(())
}

/// What is wrong with the unit tests of this file, or with the file if it is one of tests.
fn fault(folder: &Path, name: &str, text: &str) -> Option<String> {
    // The packed crate has its folder alone.
    if text.contains("#[path = \"../") {
        return Some("what it is made of stands in another folder".to_owned());
    }
    if let Some(tested) = name.strip_suffix("_tests") {
        let tested = folder.join(format!("{tested}.rs"));
        let tested = fs::read_to_string(tested).unwrap_or_default();
        return (!tested.ends_with(&beside(name))).then(|| "no file ends with it".to_owned());
    }
    if name == "tests" {
        return Some("tests stand in files that are named by what they test".to_owned());
    }
    let (_, tests) = text.split_once("\nmod tests")?;
    let Some(tests) = tests.strip_prefix(" {\n") else {
        let is_beside = text.ends_with(&beside(&format!("{name}_tests")));
        return (!is_beside).then(|| format!("its tests belong in {name}_tests.rs"));
    };
    let lines = tests.lines().count();
    if tests
        .split_once("\n}\n")
        .is_some_and(|(_, rest)| !rest.is_empty())
    {
        return Some("something stands behind its tests".to_owned());
    }
    let fault = format!("{lines} lines of tests belong in {name}_tests.rs");
    (lines > LINES_MAX).then_some(fault)
}

/// How a file ends whose tests are in this one.
fn beside(tests: &str) -> String {
    format!("#[path = \"{tests}.rs\"]\nmod tests;\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Option<String> {
        fault(Path::new("nowhere"), "foo", text)
    }

    #[test]
    fn tests_stand_at_the_end_of_a_file_or_beside_it() {
        let short = "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
        let long = short.replace("    fn b() {}\n", &"    fn b() {}\n".repeat(151));
        let beside = "fn a() {}\n\n#[cfg(test)]\n#[path = \"foo_tests.rs\"]\nmod tests;\n";
        assert_eq!(said("fn a() {}\n"), None);
        assert_eq!(said(short), None);
        assert_eq!(said(beside), None);
        assert!(said(&long).is_some_and(|fault| fault.contains("foo_tests.rs")));
        assert!(said(&format!("{short}fn c() {{}}\n")).is_some());
        assert!(said("fn a() {}\n\n#[cfg(test)]\nmod tests;\n").is_some());
        assert!(fault(Path::new("nowhere"), "foo_tests", "").is_some());
        assert!(fault(Path::new("nowhere"), "tests", "").is_some());
    }
}
