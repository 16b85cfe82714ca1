//! Commands that run side by side, each with a log of its own.

use super::log::Log;
use crate::Result;
use std::collections::VecDeque;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Runs so many of these at once, in their order; fails with the names of those that did.
pub fn side_by_side(jobs: Vec<(String, Command)>, count: usize) -> Result<()> {
    let jobs = Mutex::new(VecDeque::from(jobs));
    let failed = Mutex::new(Vec::new());
    let next = || {
        let mut jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.pop_front()
    };
    let work = || {
        while let Some((name, mut command)) = next() {
            println!("{name} begins");
            let ended = Log::new(&name).and_then(|log| log.of(&mut command));
            if let Err(error) = ended {
                println!("{name} FAILED: {error}");
                let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                failed.push(name);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..count {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("these failed: {}", failed.join(", ")).into())
}
