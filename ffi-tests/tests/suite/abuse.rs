//! What no C caller should do, and what happens then (ffi-tests/c/abuse.c).

use chatfile_ffi_tests::platform;
use chatfile_ffi_tests::toolchain::Profile;
use std::collections::BTreeSet;

use crate::{programs, tools};
use chatfile_ffi_tests::header::{self, Header};

const PROGRAMS: [&str; 4] = [
    "abuse.c",
    "abuse_digest.c",
    "abuse_files.c",
    "abuse_presigned.c",
];

/// Runs the programs, which fail unless all is as it should be, and returns the statuses that they met.
pub fn statuses() -> BTreeSet<String> {
    let mut statuses = BTreeSet::new();
    for program in PROGRAMS {
        let program = programs::build(program, Profile::Debug);
        let output = programs::output(&mut platform::command(&program));
        statuses.extend(output.lines().map(str::to_owned));
    }
    statuses
}

/// Texts in which lines are of use: they are judged as PEM.
const PEM: [&str; 2] = ["client_certificate", "client_key"];

#[test]
fn abuse_gives_statuses_and_null_outputs() {
    assert!(statuses().contains("CHATFILE_E_STRUCT"));
}

#[test]
fn abuse_is_clean_under_valgrind() {
    for program in PROGRAMS {
        if let Some(mut valgrind) = tools::valgrind() {
            programs::output(valgrind.arg(programs::build(program, Profile::Debug)));
        }
    }
}

#[test]
fn abuse_spares_no_function_structure_or_text() {
    let program = [
        include_str!("../../c/abuse.c"),
        include_str!("../../c/abuse_digest.c"),
        include_str!("../../c/abuse_files.c"),
        include_str!("../../c/abuse_presigned.c"),
    ]
    .concat();
    let header = Header::read();
    for function in header.functions() {
        // It takes nothing.
        if function == "chatfile_cancel_new" {
            continue;
        }
        assert!(
            program.contains(&format!("{function}(")),
            "{function} is not abused"
        );
    }
    for (structure, fields) in header.structures() {
        // Not one that callers hand in.
        if structure == "chatfile_progress" {
            continue;
        }
        assert!(
            program.contains(&format!("\"{structure}\"")),
            "{structure} is not abused"
        );
        // Of what has been made of the header.
        assert!(
            program.contains(&format!("{{ TEXTS_OF_{structure} }}")),
            "the texts of {structure} are not abused"
        );
        let names = fields.iter().map(|field| header::name_of(field));
        for name in names.filter(|name| PEM.contains(name)) {
            assert!(
                program.contains(&format!("options.{name} =")),
                "{name} is not abused"
            );
        }
    }
}
