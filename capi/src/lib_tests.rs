//! What the header says is what is built: C lays its structures out as Rust does. That it is
//! the one that is made from here, xtask/header tests.

#![allow(clippy::unwrap_used, reason = "tests")]

use crate::structures::Extensible;
use chatfile_ffi_tests::toolchain::Program;
use std::fmt::Write as _;
use std::marker::PhantomData;
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

        /// Each structure with the least size that it is taken with, and its fields with their ends.
        fn sizes() -> Vec<(&'static str, Option<usize>, Vec<(&'static str, usize)>)> {
            vec![$((
                stringify!($structure),
                FirstSize::<crate::$structure>(PhantomData).get(),
                vec![$((
                    stringify!($field),
                    offset_of!(crate::$structure, $field)
                        + size_behind::<crate::$structure, _>(|s| &s.$field),
                )),*],
            )),*]
        }
    };
}

/// That of a structure which callers fill in; the library's own have none.
struct FirstSize<T>(PhantomData<T>);

impl<T: Extensible> FirstSize<T> {
    #[allow(clippy::unnecessary_wraps, reason = "as for those that have none")]
    fn get(self) -> Option<usize> {
        Some(T::FIRST_SIZE)
    }
}

/// What `get` is where the one above is not for the type.
trait NoFirstSize: Sized {
    fn get(self) -> Option<usize> {
        None
    }
}

impl<T> NoFirstSize for FirstSize<T> {}

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

/// A program of the first release with a structure goes on to be served when fields are added.
#[test]
fn the_least_size_of_a_structure_is_that_of_its_first_release() {
    let known = include_str!("../../abi/fields.txt");
    let mut filled_in = 0;
    for (structure, first_size, fields) in sizes() {
        let versions = known.lines().filter_map(|line| {
            let (field, version) = line
                .strip_prefix(structure)?
                .strip_prefix('.')?
                .split_once(' ')?;
            Some((field, version))
        });
        let versions: Vec<_> = versions.collect();
        assert_eq!(
            versions.len(),
            fields.len(),
            "{structure}: cargo xtask abi --update"
        );
        let first_release = versions[0].1;
        let ends = versions
            .iter()
            .zip(&fields)
            .filter(|((_, version), _)| *version == first_release);
        let (last, end) = ends.map(|(_, field)| *field).next_back().unwrap();
        if let Some(first_size) = first_size {
            assert_eq!(first_size, end, "extensible!({structure}.…, first: {last})");
            filled_in += 1;
        }
    }
    assert!(filled_in > 25, "{filled_in}");
}
