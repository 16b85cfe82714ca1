//! What the shared library shows to the world.

use std::collections::BTreeSet;
use std::process::Command;

use chatfile_ffi_tests::toolchain::{Profile, root};

use crate::programs;
use chatfile_ffi_tests::header::Header;

#[test]
fn the_library_exports_what_the_header_declares_and_nothing_else() {
    let declared = Header::read().functions();
    assert!(declared.len() > 30, "{declared:?}");
    assert_eq!(listed(), declared, "mend it with: cargo xtask abi --update");
    for profile in [Profile::Debug, Profile::Release] {
        let library = programs::library(profile).shared();
        let listing = programs::output(
            Command::new("nm")
                .args(["-D", "--defined-only", "--format=posix"])
                .arg(library),
        );
        let exported: BTreeSet<String> = listing
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .map(str::to_owned)
            .collect();
        assert_eq!(exported, declared, "{profile:?}");
    }
}

/// The functions in abi/symbols.txt, which gives them their versions.
fn listed() -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("abi/symbols.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let names = lines.filter_map(|line| line.split_once(' '));
    names.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn its_soname_carries_the_abi_number_and_it_needs_the_c_library_alone() {
    let library = programs::library(Profile::Release).shared();
    let dynamic = programs::output(Command::new("readelf").args(["-d", "-W"]).arg(library));
    let entries = |tag: &str| -> Vec<&str> {
        let lines = dynamic.lines().filter(|line| line.contains(tag));
        let quoted = lines.filter_map(|line| line.split_once('[')?.1.split(']').next());
        quoted.collect()
    };
    assert_eq!(entries("(SONAME)"), ["libchatfile.so.0"]);
    for needed in entries("(NEEDED)") {
        let base = [
            "libc.",
            "libgcc_s.",
            "libm.",
            "libpthread.",
            "libdl.",
            "ld-linux",
        ];
        let known = base.iter().any(|name| needed.starts_with(name));
        assert!(known, "{needed} would have to be installed");
    }
    assert!(!dynamic.contains("TEXTREL"), "{dynamic}");
}
