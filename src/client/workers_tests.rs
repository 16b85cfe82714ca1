#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::client::options::ClientOptions;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// So many jobs, which are numbered.
struct Numbers {
    call: Call,
    next: u32,
    count: u32,
    /// What each thread has.
    given: Vec<Option<u32>>,
    /// What has come back of them.
    back: Vec<std::result::Result<u32, Status>>,
}

impl Numbers {
    fn new(engine: &Engine, count: u32) -> Self {
        Self {
            call: engine.call("", "", None),
            next: 0,
            count,
            given: vec![None; 3],
            back: Vec::new(),
        }
    }
}

impl Dispatch<u32, u32> for Numbers {
    fn call(&mut self) -> &mut Call {
        &mut self.call
    }

    fn next(&mut self, thread: usize) -> Result<Option<u32>> {
        let job = (self.next < self.count).then_some(self.next);
        self.next += 1;
        assert_eq!(self.given[thread], None, "it has one already");
        self.given[thread] = job;
        Ok(job)
    }

    fn take(&mut self, thread: usize, result: Result<u32>) -> Result<()> {
        let given = self.given[thread].take();
        if let Ok(number) = &result {
            assert_eq!(given, Some(*number));
        }
        let told = result.as_ref().map_err(Error::status).copied();
        self.back.push(told);
        result.map(drop)
    }

    fn report(&mut self, _: u64) -> Result<()> {
        Ok(())
    }
}

fn engine() -> Engine {
    Engine::new(ClientOptions::default(), None, None).unwrap()
}

#[test]
fn every_job_is_done_once() {
    let engine = engine();
    let mut jobs = Numbers::new(&engine, 100);
    let shared = Shared::new(&jobs.call, 3);
    thread::scope(|scope| {
        let work = |_: usize, job: u32, _: ToLog<'_>| (Ok(job), job % 7);
        let workers = Workers::start(scope, &shared, work).unwrap();
        workers.run(&engine, &mut jobs).unwrap();
    });
    let mut back: Vec<u32> = jobs.back.into_iter().map(|one| one.unwrap()).collect();
    back.sort_unstable();
    assert_eq!(back, (0..100).collect::<Vec<_>>());
    assert_eq!(jobs.call.attempts(), 6);
}

#[test]
fn after_a_failure_what_is_under_way_is_waited_for_and_nothing_begins() {
    let engine = engine();
    let mut jobs = Numbers::new(&engine, 100);
    let shared = Shared::new(&jobs.call, 3);
    let failed = thread::scope(|scope| {
        let work = |_: usize, job: u32, _: ToLog<'_>| match job {
            1 => (Err(Error::new(Status::Conflict, "as it may")), 1),
            // Until they are told that it is over.
            other => (shared.watch.pause(Duration::MAX).map(|()| other), 1),
        };
        let workers = Workers::start(scope, &shared, work).unwrap();
        workers.run(&engine, &mut jobs).unwrap_err()
    });
    assert_eq!(failed.status(), Status::Conflict);
    assert_eq!(jobs.back.len(), 3);
}

#[test]
fn a_thread_that_panics_ends_the_call() {
    let engine = engine();
    let mut jobs = Numbers::new(&engine, 3);
    let shared = Shared::new(&jobs.call, 3);
    let has_ended = Cell::new(false);
    let ended = catch_unwind(AssertUnwindSafe(|| {
        thread::scope(|scope| {
            let work = |_: usize, job: u32, _: ToLog<'_>| match job {
                1 => panic!("as it may"),
                other => (Ok(other), 1),
            };
            let workers = Workers::start(scope, &shared, work).unwrap();
            // The panic goes on where the threads are joined.
            let _ = workers.run(&engine, &mut jobs);
            has_ended.set(true);
        });
    }));
    assert!(ended.is_err() && !has_ended.get());
    let told: Vec<Status> = jobs.back.into_iter().filter_map(|one| one.err()).collect();
    assert_eq!(told, [Status::Panic]);
    assert_eq!(jobs.call.attempts(), 1);
}

#[test]
fn no_thread_outlives_a_panic_of_the_calling_one() {
    struct Panicking(Call);

    impl Dispatch<(), ()> for Panicking {
        fn call(&mut self) -> &mut Call {
            &mut self.0
        }

        fn next(&mut self, _: usize) -> Result<Option<()>> {
            Ok(Some(()))
        }

        fn take(&mut self, _: usize, result: Result<()>) -> Result<()> {
            result
        }

        fn report(&mut self, _: u64) -> Result<()> {
            panic!("as a callback may")
        }
    }

    const PATIENCE: Duration = Duration::from_secs(20);
    let engine = engine();
    let mut jobs = Panicking(engine.call("", "", None));
    let shared = Shared::new(&jobs.0, 1);
    let was_told = AtomicBool::new(false);
    let ended = catch_unwind(AssertUnwindSafe(|| {
        thread::scope(|scope| {
            // As one that waits for what the calling thread is to say.
            let work = |_: usize, (): (), _: ToLog<'_>| {
                let told = shared.watch.pause(PATIENCE);
                was_told.store(told.is_err(), Ordering::Relaxed);
                (told, 1)
            };
            let workers = Workers::start(scope, &shared, work).unwrap();
            let _ = workers.run(&engine, &mut jobs);
        });
    }));
    assert!(ended.is_err() && was_told.load(Ordering::Relaxed));
}
