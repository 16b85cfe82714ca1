//! Runs the matrix, and compares what comes of it with what must.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::case::{Case, call_of, config_for};
use crate::driver::Driver;
use crate::front::Front;
use crate::pace::{Pace, at_any_pace};
use crate::page;
use crate::protocol::Line;
use crate::rows::{ROWS, Row};
use crate::tools;
use crate::verb::{self, Verb};
use crate::world::World;

/// So many columns are looked at side by side: most of the time they wait.
const WORKERS: usize = 6;
/// Under valgrind it is the processor that they wait for.
const WORKERS_UNDER_VALGRIND: usize = 3;
/// By how much the process may grow during one call, in KiB.
const GROWTH_KIB: u64 = 8 * 1024;

/// What came of one cell.
pub type Cell = (usize, Verb, String);

/// Whether only some cases are wanted: `CHATFILE_CASE` is a part of `row: column`.
fn wanted(row: &Row, verb: Verb) -> bool {
    let name = format!("{}: {}", row.name, verb.title());
    std::env::var("CHATFILE_CASE").map_or(true, |part| name.contains(&part))
}

fn is_selection() -> bool {
    std::env::var_os("CHATFILE_CASE").is_some()
}

/// Carries out one cell; returns how it reads.
fn one(driver: &mut Driver, row: &Row, verb: Verb, pace: &Pace) -> String {
    let mut seen = BTreeSet::new();
    let mut world = World::new(
        config_for(verb, row.is_large),
        driver,
        &mut seen,
        Some(pace),
    );
    let mut case = Case::new(&mut world, verb);
    case.at_least_ms = row.at_least_ms;
    (row.arrange)(&mut case);
    let (answer, took) = case.run();
    let limit = Duration::from_secs(row.at_most_s);
    let is_within = case.world.is_within(took, limit);
    assert!(is_within, "took {took:?}: {answer}");
    let least = Duration::from_millis(case.at_least_ms);
    let waited = took >= least || answer.number("attempts") == 0;
    assert!(waited, "took {took:?} only: {answer}");
    case.check_disk(&answer);
    case.check_secrets(&answer);
    if let Some(check) = case.check {
        check(&case.world.control.journal());
    }
    let mut cell = case.describe(&answer);
    if answer.head == "ok" && verb.is_download() && row.cells.of(verb).ends_with("(not noticed)") {
        cell += " (not noticed)";
    }
    case.check_recovery();
    drop(case);
    world.finish();
    cell
}

/// Carries out one column; returns its cells and what is wrong.
fn column(driver: &mut Driver, verb: Verb, rows: &[(usize, &Row)]) -> (Vec<Cell>, Vec<String>) {
    let (mut cells, mut problems) = (Vec::new(), Vec::new());
    let descriptors = driver.descriptors();
    for (index, row) in rows {
        let expected = row.cells.of(verb);
        let name = format!("{}: {}", row.name, verb.title());
        if expected.starts_with('—') {
            cells.push((*index, verb, expected));
            continue;
        }
        let begun = Instant::now();
        let peak = driver.peak();
        let run = |pace: &Pace| {
            let outcome = catch_unwind(AssertUnwindSafe(|| one(driver, row, verb, pace)));
            outcome.unwrap_or_else(|_| {
                driver.call(&Line::new("reset"));
                "FAILED".to_owned()
            })
        };
        let cell = at_any_pace(run, |cell| *cell == expected);
        let took = begun.elapsed().as_millis();
        if cell != expected {
            problems.push(format!("{name}: {cell}, not {expected}"));
        }
        if driver.descriptors() != descriptors {
            problems.push(format!("{name}: files or sockets were left open"));
        }
        // The kernel counts with a little slack, also downwards.
        let grown = driver.peak().saturating_sub(peak);
        if grown > GROWTH_KIB && !driver.is_slow() {
            problems.push(format!("{name}: takes {grown} KiB"));
        }
        eprintln!("{name}: {cell} ({took} ms, {grown} KiB)");
        cells.push((*index, verb, cell));
    }
    (cells, problems)
}

/// Carries out all columns, a few at a time.
fn matrix(
    workers: usize,
    start: impl Fn() -> Driver + Sync,
    is_chosen: impl Fn(&Row, Verb) -> bool + Sync,
    verbs: &[Verb],
) -> Vec<Cell> {
    let next = AtomicUsize::new(0);
    let all = Mutex::new((Vec::new(), Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let mut kept: Option<Driver> = None;
                while let Some(verb) = verbs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let rows: Vec<_> = ROWS
                        .iter()
                        .enumerate()
                        .filter(|(_, row)| is_chosen(row, *verb) && wanted(row, *verb))
                        .collect();
                    let mut driver = kept.take().unwrap_or_else(&start);
                    let (cells, problems) = column(&mut driver, *verb, &rows);
                    // Valgrind takes seconds until it has translated what each column runs. Others begin anew, for
                    // the peak of one column would hide the growth of the next.
                    if driver.is_slow() {
                        kept = Some(driver);
                    } else {
                        Box::new(driver).close();
                    }
                    let mut all = all.lock().unwrap();
                    all.0.extend(cells);
                    all.1.extend(problems);
                }
                if let Some(driver) = kept {
                    Box::new(driver).close();
                }
            });
        }
    });
    let (cells, problems) = all.into_inner().unwrap();
    let count = problems.len();
    assert!(count == 0, "{count} problems: {problems:#?}");
    cells
}

#[test]
fn every_fault_of_every_verb_comes_to_what_the_page_says() {
    let cells = matrix(WORKERS, Driver::start, |_, _| true, &verb::ALL);
    if !is_selection() {
        page::check(&cells);
    }
}

/// The cells that run under valgrind, in which time passes slowly: of those that are alike for memory, the first. Alike
/// are cells of the same function at the same service, which come to the same status after as many attempts. Each row is
/// there, and each column.
fn for_valgrind() -> BTreeSet<(&'static str, Verb)> {
    let (mut paths, mut rows) = (BTreeSet::new(), BTreeSet::new());
    let mut chosen = BTreeSet::new();
    for row in ROWS.iter().filter(|row| row.light) {
        for verb in verb::ALL {
            let cell = row.cells.of(verb);
            if cell.starts_with('—') {
                continue;
            }
            let outcome = cell.split('/').next().unwrap_or_default().to_owned();
            let is_new_path = paths.insert((call_of(verb).head, verb.service(), outcome));
            let is_new_row = rows.insert(row.name);
            if is_new_path || is_new_row {
                chosen.insert((row.name, verb));
            }
        }
    }
    chosen
}

#[test]
fn the_matrix_is_clean_under_valgrind() {
    if tools::valgrind().is_none() {
        return;
    }
    let chosen = for_valgrind();
    let verbs: Vec<Verb> = verb::ALL
        .into_iter()
        .filter(|verb| chosen.iter().any(|(_, chosen)| chosen == verb))
        .collect();
    matrix(
        WORKERS_UNDER_VALGRIND,
        || Driver::under_valgrind().unwrap(),
        |row, verb| chosen.contains(&(row.name, verb)),
        &verbs,
    );
}
