//! What the header says is what is built: C lays its structures out as Rust does. That it is
//! the one that is made from here, xtask/header tests.

#![allow(clippy::unwrap_used, reason = "tests")]

use chatfile_ffi_tests::toolchain::Program;
use std::fmt::Write as _;
use std::mem::{align_of, offset_of, size_of};

/// The size of a field of `T`, given how to reach it.
const fn size_behind<T, F>(_: fn(&T) -> &F) -> usize {
    size_of::<F>()
}

macro_rules! layout {
    ($($structure:ident { $($field:ident),* })*) => {
        /// What C has to agree to, as expressions of C.
        fn facts() -> Vec<String> {
            let mut facts = Vec::new();
            $(
                let name = stringify!($structure);
                facts.push(format!("sizeof({name}) == {}", size_of::<crate::$structure>()));
                facts.push(format!("_Alignof({name}) == {}", align_of::<crate::$structure>()));
                $(
                    let field = stringify!($field);
                    facts.push(format!(
                        "offsetof({name}, {field}) == {}",
                        offset_of!(crate::$structure, $field)
                    ));
                    facts.push(format!(
                        "sizeof((({name} *)0)->{field}) == {}",
                        size_behind::<crate::$structure, _>(|s| &s.$field)
                    ));
                )*
            )*
            facts
        }
    };
}

// All structures that the header has.
include!("layout.rs");

#[test]
fn c_and_rust_lay_structures_out_alike() {
    let facts = facts();
    assert!(facts.len() > 300, "{}", facts.len());
    let mut text = "#include <chatfile.h>\n#include <stddef.h>\n".to_owned();
    for fact in facts {
        writeln!(text, "_Static_assert({fact}, \"{fact}\");").unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("layout.c");
    std::fs::write(&source, text).unwrap();
    let program = Program {
        source: &source,
        standard: "c11",
        arguments: &[],
    };
    program.check().unwrap();
}
