//! `cargo xtask soak`: calls without end, through faults.

use crate::emulator::Emulator;
use crate::{Result, cargo, print};
use chatfile_ffi_tests::toolchain::target;
use lexopt::prelude::{Long, Short};
use std::fs;
use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask soak [--minutes N]

Files there and back at every service of an emulator that fails 4 requests of 10, on 8
threads, for N minutes (1 by default). Fails if a file is another than was sent, or if
memory, descriptors or threads grow (on Linux). The emulator keeps 512 MB at most.
";

/// What goes wrong, each time with one request of twenty.
const FAULTS: [&str; 8] = [
    r#"{"type":"answer","status":503}"#,
    r#"{"type":"reset_before_answer","handle":false}"#,
    r#"{"type":"truncate_body","after":20}"#,
    r#"{"type":"reset_receiving","after":50}"#,
    r#"{"type":"reset_body","after":500}"#,
    r#"{"type":"close_before_answer","handle":true}"#,
    r#"{"type":"answer","status":429}"#,
    r#"{"type":"answer","status":502}"#,
];
const PERIOD: usize = 20;

/// `cargo xtask soak`.
pub fn command(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    let mut minutes = 1.0;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return print(HELP),
            Long("minutes") => minutes = parser.value()?.to_string_lossy().parse::<f64>()?,
            other => return Err(other.unexpected().into()),
        }
    }
    let folder = target().join("soak");
    fs::create_dir_all(&folder)?;
    let emulator = Emulator::start(&folder, &[("--max-storage", 512_000_000)])?;
    emulator.set_faults(&rules())?;
    let tests = cargo::test_program("chatfile-tests", "live")?;
    let status = tests
        .command()
        .env("CHATFILE_SOAK_URL", emulator.url())
        .env("CHATFILE_SOAK_SECONDS", format!("{:.0}", 60.0 * minutes))
        .status()?;
    for (kind, times) in emulator.faults()? {
        println!("{kind}: {times} times");
    }
    drop(emulator);
    let _ = fs::remove_dir_all(&folder);
    Ok(ExitCode::from(u8::from(!status.success())))
}

/// A rule does not count the requests that those before it have hit, so that each of them
/// hits as many.
fn rules() -> String {
    let rules = FAULTS.iter().enumerate().map(|(nth, action)| {
        let every = PERIOD - nth;
        format!(r#"{{"every":{every},"action":{action}}}"#)
    });
    format!("[{}]", rules.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_requests_of_ten_fail() {
        let every: Vec<usize> = rules()
            .split("\"every\":")
            .skip(1)
            .filter_map(|rest| rest.split(',').next()?.parse().ok())
            .collect();
        let mut counts = vec![0; every.len()];
        let mut hits = 0;
        for _ in 0..20_000 {
            for (count, every) in counts.iter_mut().zip(&every) {
                *count += 1;
                if *count % every == 0 {
                    hits += 1;
                    break;
                }
            }
        }
        assert!((7900..8100).contains(&hits), "{hits}");
    }
}
