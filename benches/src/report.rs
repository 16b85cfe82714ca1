//! The results as a table, and as JSON.

use crate::case::Measured;
use chatfile_ffi_tests::toolchain;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::{fs, io};

const MIB: f64 = 1024.0 * 1024.0;

/// What must hold of the library and its memory.
const LIBRARY_MAX: f64 = 3.0 * MIB;
const CRATES_MAX: usize = 60;

/// What the shared library costs.
pub struct Library {
    bytes: u64,
    crates: usize,
}

impl Library {
    /// Looks at the file, and asks cargo.
    ///
    /// # Errors
    /// When either cannot be had.
    pub fn of(path: &Path) -> io::Result<Self> {
        let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .current_dir(toolchain::root())
            .args([
                "tree",
                "-p",
                "chatfile-capi",
                "-e",
                "normal",
                "--prefix",
                "none",
            ])
            .args(["--format", "{p}"])
            .output()?;
        let tree = String::from_utf8_lossy(&output.stdout);
        let crates: BTreeSet<_> = tree
            .lines()
            .map(|line| line.trim_end_matches(" (*)"))
            .filter(|line| !line.is_empty())
            .collect();
        Ok(Self {
            bytes: fs::metadata(path)?.len(),
            crates: crates.len(),
        })
    }

    /// For a person to read.
    pub fn sentence(&self) -> String {
        format!(
            "shared library {} bytes ({:.2} MiB, at most 3.00{}); {} crates (at most {CRATES_MAX}{})",
            self.bytes,
            self.bytes as f64 / MIB,
            over(self.bytes as f64 > LIBRARY_MAX),
            self.crates,
            over(self.crates > CRATES_MAX),
        )
    }
}

/// For a person to read.
pub fn table(results: &[Measured], library: &Library) -> String {
    let mut text = String::new();
    let unit = if results.iter().any(|r| r.memory_kib.is_none()) {
        "1000 instr"
    } else {
        "CPU ms"
    };
    let _ = writeln!(
        text,
        "{:<18} {:>13} {:<18} {:>11} {:>15} {:>9} {:>15} {:>7} {:>10}",
        "job",
        "files",
        "contender",
        unit,
        "middle half",
        "chatfile÷",
        "middle half",
        "target",
        "memory MiB"
    );
    for r in results {
        let (digits, cost) = (3, r.cost);
        let _ = writeln!(
            text,
            "{:<18} {:>13} {:<18} {:>11.digits$} {:>15} {:>9.2} {:>15} {:>7} {:>10}",
            r.case.job,
            format!("{} x {}", r.case.size_text(), r.case.count),
            r.contender,
            cost.median / 1e3,
            format!("{:.digits$}-{:.digits$}", cost.low / 1e3, cost.high / 1e3),
            r.ratio.median,
            format!("{:.2}-{:.2}", r.ratio.low, r.ratio.high),
            r.target.map_or_else(String::new, |target| format!(
                "{}{target}",
                if r.ratio.median <= target {
                    "≤ "
                } else {
                    "OVER "
                }
            )),
            r.memory_kib.map_or_else(String::new, |kib| format!(
                "{:.1}{}",
                kib / 1024.0,
                if r.contender == "chatfile" && kib > r.case.memory_max_kib() {
                    " OVER"
                } else {
                    ""
                }
            )),
        );
    }
    let _ = writeln!(text, "\n{}", library.sentence());
    text
}

fn over(over: bool) -> &'static str {
    if over { ": OVER" } else { "" }
}

/// For a program to read. Names hold no quote and no backslash.
pub fn json(results: &[Measured], library: &Library) -> String {
    let rows: Vec<String> = results
        .iter()
        .map(|r| {
            let optional = |v: Option<f64>| v.map_or("null".to_owned(), |v| v.to_string());
            format!(
                concat!(
                    r#"{{"job":"{}","size":{},"count":{},"contender":"{}","unit":"{}","#,
                    r#""cost":{},"cost_low":{},"cost_high":{},"#,
                    r#""ratio":{},"ratio_low":{},"ratio_high":{},"target":{},"memory_kib":{}}}"#
                ),
                r.case.job,
                r.case.size,
                r.case.count,
                r.contender,
                if r.memory_kib.is_some() {
                    "cpu_us"
                } else {
                    "instructions"
                },
                r.cost.median,
                r.cost.low,
                r.cost.high,
                r.ratio.median,
                r.ratio.low,
                r.ratio.high,
                optional(r.target),
                optional(r.memory_kib),
            )
        })
        .collect();
    format!(
        r#"{{"library_bytes":{},"crates":{},"results":[{}]}}"#,
        library.bytes,
        library.crates,
        rows.join(",")
    )
}
