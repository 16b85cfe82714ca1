//! The services' official clients for Python, as judges that know nothing of this project: what they sign, the emulator
//! has to find good, and what they check, to answer.

use chatfile_ffi_tests::tools::CLIENTS;
use std::path::Path;
use std::process::Command;

/// Runs a script of `tests/py` and returns what it printed; `None`, which is noted, where the clients are not installed.
#[track_caller]
pub fn run(script: &str, arguments: &[&str]) -> Option<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/py")
        .join(script);
    let output = Command::new(CLIENTS.python()?)
        .arg("-B")
        .arg(script)
        .args(arguments)
        // A proxy set for the developer must not see requests to loopback.
        .env("NO_PROXY", "*")
        .env("no_proxy", "*")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}{errors}");
    Some(printed)
}
