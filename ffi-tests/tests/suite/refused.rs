//! What the operating system refuses is said to be that.

#![cfg(target_os = "linux")]

use std::net::TcpListener;
use std::process::Command;

use chatfile_ffi_tests::toolchain::Profile;

use crate::programs;

#[test]
fn what_the_operating_system_refuses_is_named() {
    let program = programs::build("refused.c", Profile::Debug);
    // Nobody answers there, and nobody has to.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for (what, host, retryable, reason) in [
        ("random", "127.0.0.1", 0, "random numbers"),
        ("thread", "localhost", 1, "no thread"),
        ("files", "127.0.0.1", 1, "too many files"),
        ("peer", "127.0.0.1", 1, "does not allow it"),
    ] {
        let url = format!("http://{host}:{port}/file");
        let said = programs::output(Command::new(&program).args([what, &url]));
        let expected = format!("CHATFILE_E_SYSTEM {retryable} ");
        assert!(said.starts_with(&expected), "{what}: {said}");
        assert!(said.contains(reason), "{what}: {said}");
        // The steps of a check that fail for that: the text has the cure, and there is no other.
        let steps = said.lines().filter_map(|line| line.split_once(" | "));
        for (text, advice) in steps {
            assert!(
                !text.starts_with("CHATFILE_E_SYSTEM") || advice.is_empty(),
                "{what}: {said}"
            );
        }
    }
}
