//! docs/performance.md, as it was measured.

use crate::case::Measured;
use crate::goals;
use crate::plot::{self, Line};
use crate::report::Library;
use chatfile_ffi_tests::toolchain::root;
use std::fmt::Write as _;
use std::process::Command;
use std::{fs, io, thread};

/// What stands together: a title, the name of its plot, and its jobs with their names.
struct Group {
    title: &'static str,
    plot: &'static str,
    jobs: &'static [(&'static str, &'static str)],
}

const GROUPS: [Group; 6] = [
    Group {
        title: "Uploads as they are",
        plot: "performance-uploads.svg",
        jobs: &[
            ("easemob-upload", "form-data (Easemob)"),
            ("netease-multipart", "form-data (NetEase)"),
            ("smh-simple", "begin, PUT, confirm (SMH)"),
        ],
    },
    Group {
        title: "Uploads as base64",
        plot: "performance-base64.svg",
        jobs: &[
            ("netease-form", "form, base64 (NetEase)"),
            ("json-upload", "JSON, base64"),
        ],
    },
    Group {
        title: "Downloads",
        plot: "performance-downloads.svg",
        jobs: &[("download", "to a file"), ("memory-download", "to memory")],
    },
    Group {
        title: "Over TLS",
        plot: "performance-tls.svg",
        jobs: &[("tls-upload", "form-data"), ("tls-download", "to a file")],
    },
    Group {
        title: "Four threads on one client",
        plot: "performance-threads.svg",
        jobs: &[
            ("threads-upload", "form-data"),
            ("threads-download", "to memory"),
        ],
    },
    Group {
        title: "In parts of 8 MiB, four side by side",
        plot: "performance-parts.svg",
        jobs: &[("smh-parts", "in parts (SMH; S3)")],
    },
];

const HOW: &str = "\
Written by `cargo xtask bench`, which fetches and builds the others, does the same work with each of them, and takes twenty minutes on two
cores. How it is measured, and what each of them does, is in [benches/README.md](../benches/README.md); the sources are beside it.

What counts is the processor time (user and system) of the whole process of a client, between the opening and the closing of the client; the
server is another process. The client and the server speak over loopback, so the kernel's work is in it, and the network's waiting is not.
The contenders take turns, and each figure is the median of the rounds. *chatfile÷* is what chatfile cost divided by what the other cost in
the same round: less than 1, and chatfile is cheaper. Where a goal names another, those two run eight times more for each round (once for 1 GiB), one right
behind the other. The ratio is to be trusted more than the milliseconds; on a virtual machine single rows of the rest differ by a third from
one run to the next all the same.
";

/// Of runs that nobody has repeated since: with as many cores (issue 14), and on an Intel Xeon in
/// November 2026, a few hours before one on an AMD EPYC.
const ELSEWHERE: &str = "\
**Sixteen cores were not measured.** What is known of them is older: 16 threads on one client downloaded 51,000 files of 1 KiB a second to
files, where libcurl with a handle in each thread reached 143,000 (to memory 196,000 and 435,000), and uploaded 128,000.

**Another processor has other ratios.** The same sources on an Intel Xeon and, hours later, on an AMD EPYC: downloads of 1 MiB and more to a file
0.95 to 1.08 of libcurl there, 0.90 to 0.94 here; uploads as they are the same on both. Downloads over TLS were 0.71 to 0.80 there, and 0.84 to 1.00 here,
until it was found why: the `memcpy` of older glibc is slow on AMD for pieces that lie to each other as TLS's do, and libchatfile's allocator keeps them apart
now (`capi/src/allocator.rs`). A Rust program has an allocator of its own; there a glibc that has mended it (its bug 30994) does the same.
";

/// Writes the page and its plots.
pub fn write(results: &[Measured], library: &Library, rounds: u32) -> io::Result<()> {
    let docs = root().join("docs");
    let mut text = format!("# What transfers cost, beside others\n\n{HOW}\n");
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    let _ = writeln!(
        text,
        "Measured on {}; {rounds} rounds; {}.",
        today(),
        machine(cores)
    );
    let _ = writeln!(text, "The others: {}.", versions());
    if cores < 16 {
        let _ = write!(text, "\n{ELSEWHERE}");
    }
    let _ = write!(text, "\n{}", standing(results));
    for group in &GROUPS {
        let of_group = |r: &&Measured| group.jobs.iter().any(|(job, _)| *job == r.case.job);
        let results: Vec<&Measured> = results.iter().filter(of_group).collect();
        if results.is_empty() {
            continue;
        }
        let (names, lines) = lines(group, &results);
        let title = group.title;
        fs::write(docs.join(group.plot), plot::draw(title, &names, &lines))?;
        let _ = write!(
            text,
            "\n## {title}\n\n![{title}: CPU time of the others as a multiple of chatfile's]({})\n",
            group.plot
        );
        for (job, name) in group.jobs {
            let of_job = results.iter().copied().filter(|r| r.case.job == *job);
            let _ = write!(text, "\n{}", table(name, &of_job.collect::<Vec<_>>()));
        }
    }
    let _ = writeln!(text, "\n## The library\n\n{}.", library.sentence());
    fs::write(docs.join("performance.md"), text)
}

/// Each goal, and whether it is met.
fn standing(results: &[Measured]) -> String {
    let mut text = String::from(
        "## The goals\n\n| what | files | chatfile÷ | of | goal | |\n|---|---|---|---|---|---|\n",
    );
    for r in results {
        let Some(goal) = r.target else {
            continue;
        };
        let is_met = r.ratio.median <= goal;
        let verdict = if is_met { "met" } else { "**missed**: " };
        let reason = if is_met {
            ""
        } else {
            goals::reason(r.case.job, r.case.size)
        };
        let _ = writeln!(
            text,
            "| {} | {} | {:.2} | {} | {goal} | {verdict}{reason} |",
            r.case.job,
            r.case.size_text(),
            r.ratio.median,
            r.contender
        );
    }
    text
}

/// Who took part, and their marks.
fn lines(group: &Group, results: &[&Measured]) -> (Vec<String>, Vec<Line>) {
    let mut names: Vec<String> = Vec::new();
    let mut lines: Vec<Line> = Vec::new();
    for r in results.iter().filter(|r| !r.case.is_first()) {
        let job = group.jobs.iter().find(|(job, _)| *job == r.case.job);
        let label = format!(
            "{}, {}",
            job.map_or("", |(_, name)| name),
            r.case.size_text()
        );
        if r.contender == "chatfile" {
            lines.push(Line {
                label,
                marks: Vec::new(),
            });
            continue;
        }
        let who = names.iter().position(|name| *name == r.contender);
        let who = who.unwrap_or_else(|| {
            names.push(r.contender.clone());
            names.len() - 1
        });
        if let Some(line) = lines.last_mut() {
            line.marks.push((who, 1.0 / r.ratio.median));
        }
    }
    (names, lines)
}

/// The contenders below each other, the sizes beside each other.
fn table(name: &str, results: &[&Measured]) -> String {
    let mut sizes: Vec<String> = Vec::new();
    let mut contenders: Vec<&str> = Vec::new();
    for r in results {
        if !sizes.contains(&size(r)) {
            sizes.push(size(r));
        }
        if !contenders.contains(&r.contender.as_str()) {
            contenders.push(&r.contender);
        }
    }
    let mut text = format!(
        "| {name}: CPU ms (chatfile÷) | {} | memory MiB, at most |\n|---|",
        sizes.join(" | ")
    );
    text += &"---|".repeat(sizes.len() + 1);
    for contender in contenders {
        let own = || results.iter().filter(|r| r.contender == contender);
        let _ = write!(text, "\n| {contender} |");
        for column in &sizes {
            let Some(r) = own().find(|r| size(r) == *column) else {
                text += " |";
                continue;
            };
            let _ = write!(text, " {}", milliseconds(r.cost.median / 1e3));
            if contender != "chatfile" {
                let _ = write!(text, " ({:.2})", r.ratio.median);
            }
            text += " |";
        }
        let memory = own().filter_map(|r| r.memory_kib).fold(0.0, f64::max);
        let _ = write!(text, " {:.1} |", memory / 1024.0);
    }
    text + "\n"
}

fn size(r: &Measured) -> String {
    let first = if r.case.is_first() { ", the first" } else { "" };
    format!("{}{first}", r.case.size_text())
}

/// As exact as it is.
fn milliseconds(value: f64) -> String {
    match value {
        ..1.0 => format!("{value:.3}"),
        value if value < 100.0 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

/// What a program says, in one line; nothing if it is not there.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(
        |_| String::new(),
        |output| {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.lines().next().unwrap_or_default().to_owned()
        },
    )
}

fn today() -> String {
    said("date", &["+%Y-%m-%d"])
}

fn machine(cores: usize) -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("", |text| text.trim_start_matches(['\t', ':', ' ']));
    format!(
        "{cores} cores of {model}, Linux {}, {}",
        said("uname", &["-r"]),
        said("rustc", &["--version"])
    )
}

/// Those that are locked are told by the lock file.
fn versions() -> String {
    let lock = fs::read_to_string(root().join("benches/peers/rust/Cargo.lock")).unwrap_or_default();
    let locked = |name: &str| {
        let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
        Some(format!("{name} {}", rest.split('"').next()?))
    };
    let go = said("go", &["version"]);
    let mut all = vec![said("curl-config", &["--version"])];
    all.extend(
        ["ureq", "opendal", "object_store"]
            .into_iter()
            .filter_map(locked),
    );
    all.push(go.trim_start_matches("go version ").to_owned());
    all.extend(crate::peers::PYTHON_PACKAGES.map(str::to_owned));
    all.push(said("python3", &["--version"]));
    all.retain(|text| !text.is_empty());
    all.join(", ")
}
