//! What a call costs that a clock cannot tell on a busy machine: instructions of user
//! code, and system calls. They are kept in a table, so that they do not grow unseen.

use crate::case::Case;
use crate::programs::{Contender, Task};
use crate::server::Server;
use chatfile_ffi_tests::toolchain;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::{fs, io};

/// What is counted; each is a small call on a kept connection.
const JOBS: [&str; 8] = [
    "easemob-upload",
    "netease-multipart",
    "netease-form",
    "json-upload",
    "smh-simple",
    "download",
    "memory-download",
    "tls-upload",
];
/// Of the file, in bytes.
pub const SIZE: u64 = 1024;

/// The least growth that is told, as a share of what it was.
const GROWTH: f64 = 0.03;

const HEAD: &str = "\
# What a call of 1 KiB costs: instructions of user code (callgrind), system calls (strace).
# Written by `cargo run -p chatfile-benches -- --calls --update`, and compared by the step
# `calls` of `cargo xtask test`, which fails when one has grown by more than 3 %.
";
const COUNTED_WITH: &str = "# with ";

/// Of one call.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Counts {
    instructions: f64,
    system_calls: f64,
}

/// Compares what calls cost with the table, or writes it. Says why, if it cannot be
/// compared.
pub fn check(chatfile: &Contender, server: &Server, source: &Path, update: bool) -> io::Result<()> {
    let file = toolchain::root().join("benches/calls.txt");
    let tools = tools()?;
    let known = fs::read_to_string(&file).unwrap_or_default();
    if !update && !known.contains(&format!("{COUNTED_WITH}{tools}\n")) {
        println!("not compared: {} was not made with {tools}", file.display());
        return Ok(());
    }
    let counter = Counter {
        chatfile,
        server,
        source,
    };
    if update {
        let mut text = format!("{HEAD}{COUNTED_WITH}{tools}\n");
        for job in JOBS {
            let Counts {
                instructions,
                system_calls,
            } = counter.count(job)?;
            let _ = writeln!(text, "{job:<18} {instructions:>9.0} {system_calls:>5.1}");
        }
        print!("{text}");
        return fs::write(file, text);
    }
    let known = read(&known);
    let mut grown = Vec::new();
    for job in JOBS {
        let Some(before) = known.get(job) else {
            grown.push(format!("{job} is not in the table"));
            continue;
        };
        let mut faults = compare(before, &counter.count(job)?);
        if !faults.is_empty() {
            // An answer that came in two pieces is no growth.
            faults = compare(before, &counter.count(job)?);
        }
        grown.extend(faults.into_iter().map(|fault| format!("{job}: {fault}")));
    }
    if grown.is_empty() {
        println!("{} calls cost what they did", JOBS.len());
        return Ok(());
    }
    Err(io::Error::other(format!(
        "{}\nMake it cheaper, or, if it is worth its price, say so and write the table anew: \
         cargo run -p chatfile-benches -- --calls --update",
        grown.join("\n")
    )))
}

struct Counter<'c> {
    chatfile: &'c Contender,
    server: &'c Server,
    source: &'c Path,
}

impl Counter<'_> {
    /// What one call costs beyond another: start and end of the process fall out.
    fn count(&self, job: &'static str) -> io::Result<Counts> {
        Ok(Counts {
            instructions: self.of_one(job, |task| self.chatfile.instructions(task))?,
            system_calls: self.of_one(job, |task| self.chatfile.system_calls(task))?,
        })
    }

    fn of_one(
        &self,
        job: &'static str,
        count: impl Fn(&Task<'_>) -> io::Result<f64>,
    ) -> io::Result<f64> {
        const MORE: u32 = 10;
        let of = |calls| {
            let case = Case {
                job,
                size: SIZE,
                count: calls,
            };
            case.run(self.server, self.source, &count)
        };
        Ok((of(1 + MORE)? - of(1)?) / f64::from(MORE))
    }
}

/// What has grown by more than is let pass.
fn compare(before: &Counts, now: &Counts) -> Vec<String> {
    [
        ("instructions", before.instructions, now.instructions),
        ("system calls", before.system_calls, now.system_calls),
    ]
    .into_iter()
    .filter(|(_, before, now)| *now > before * (1.0 + GROWTH))
    .map(|(what, before, now)| format!("{now:.1} {what}, which were {before:.1}"))
    .collect()
}

fn read(text: &str) -> BTreeMap<&str, Counts> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let job = words.next().filter(|word| !word.starts_with('#'))?;
            let mut number = || words.next()?.parse().ok();
            Some((
                job,
                Counts {
                    instructions: number()?,
                    system_calls: number()?,
                },
            ))
        })
        .collect()
}

/// What instructions depend on besides the source: the compiler, and the C library, which
/// chooses its code by the processor.
fn tools() -> io::Result<String> {
    let say = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output()?;
        io::Result::Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    Ok(format!(
        "{}, {}, {}",
        say("rustc", &["--version"])?,
        say("getconf", &["GNU_LIBC_VERSION"])?,
        processor(),
    ))
}

#[cfg(target_arch = "x86_64")]
fn processor() -> &'static str {
    if std::arch::is_x86_feature_detected!("avx2") {
        "x86-64 with AVX2"
    } else {
        "x86-64"
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn processor() -> &'static str {
    std::env::consts::ARCH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_told_from_three_in_a_hundred_on() {
        let table = read("# job\n# with x\na  1000  10.0\nb 5\n");
        assert_eq!(table.len(), 1);
        let now = |instructions, system_calls| Counts {
            instructions,
            system_calls,
        };
        let faults = |now: Counts| compare(&table["a"], &now);
        assert!(faults(now(1029.0, 10.2)).is_empty() && faults(now(1.0, 1.0)).is_empty());
        assert_eq!(
            faults(now(1031.0, 10.4)),
            [
                "1031.0 instructions, which were 1000.0",
                "10.4 system calls, which were 10.0"
            ]
        );
    }
}
