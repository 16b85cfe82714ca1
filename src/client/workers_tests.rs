#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::client::options::ClientOptions;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[test]
fn a_thread_that_panics_ends_the_call() {
    let engine = Engine::new(ClientOptions::default(), None, None).unwrap();
    let mut call = engine.call("", "", None);
    let shared = Shared::new(&call, 3);
    let mut failed = None;
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
                    workers.fail(error);
                }
            }
            assert_eq!(workers.next_idle(), None);
            failed = workers.end().err();
        });
    }));
    assert!(ended.is_err());
    assert_eq!(failed.unwrap().status(), Status::Panic);
    assert_eq!(call.attempts(), 1);
}
