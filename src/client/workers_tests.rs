#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::client::options::ClientOptions;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

#[test]
fn a_thread_that_panics_ends_the_call() {
    let engine = Engine::new(ClientOptions::default(), None, None).unwrap();
    let mut call = engine.call("", "", None);
    let shared = Shared::new(&call, 3);
    let has_ended = Cell::new(false);
    let ended = catch_unwind(AssertUnwindSafe(|| {
        thread::scope(|scope| {
            let work = |_: usize, job: u32, _: ToLog<'_>| match job {
                1 => panic!("as it may"),
                other => (Ok(other), 1),
            };
            let mut workers = Workers::start(scope, &shared, work).unwrap();
            for job in 0..3 {
                let thread = workers.next_idle().unwrap();
                workers.give(thread, job).unwrap();
            }
            // The two others wait for more meanwhile.
            while workers.is_busy() {
                if let Some(Err(error)) = workers.wait(&engine, &mut call).map(|done| done.result) {
                    assert_eq!(error.status(), Status::Panic);
                    workers.fail(error);
                }
            }
            assert_eq!(workers.next_idle(), None);
            assert!(workers.has_failed());
            // The panic goes on where the threads are joined.
            let _ = workers.end();
            has_ended.set(true);
        });
    }));
    assert!(ended.is_err() && !has_ended.get());
    assert_eq!(call.attempts(), 1);
}

#[test]
fn no_thread_outlives_a_panic_of_the_calling_one() {
    const PATIENCE: Duration = Duration::from_secs(20);
    let engine = Engine::new(ClientOptions::default(), None, None).unwrap();
    let call = engine.call("", "", None);
    let shared = Shared::new(&call, 1);
    let was_told = AtomicBool::new(false);
    let ended = catch_unwind(AssertUnwindSafe(|| {
        thread::scope(|scope| {
            // As one that waits for what the calling thread is to say.
            let work = |_: usize, (): (), _: ToLog<'_>| {
                let told = shared.watch.pause(PATIENCE);
                was_told.store(told.is_err(), Ordering::Relaxed);
                (told, 1)
            };
            let mut workers = Workers::start(scope, &shared, work).unwrap();
            workers.give(0, ()).unwrap();
            panic!("as a callback may");
        });
    }));
    assert!(ended.is_err() && was_told.load(Ordering::Relaxed));
}
