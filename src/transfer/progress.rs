//! Progress that never lies.

use crate::error::Result;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How far a transfer has come. Counts bytes of the file, not of its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes moved so far. Never falls, also when an attempt is repeated, unless
    /// a download had to begin anew because the file at the service had become
    /// shorter. Equals the total before the end only for an empty file.
    pub done: u64,
    /// The size of the file, if it is known.
    pub total: Option<u64>,
    /// Whether the transfer has succeeded; true in the last report only.
    pub finished: bool,
}

/// The caller's progress callback; an error it returns ends the transfer and
/// is what the call returns.
pub type ProgressCallback<'a> = Box<dyn FnMut(Progress) -> Result<()> + 'a>;

/// Reports between the first and the last are at least this far apart: fast
/// enough for a smooth bar, and of no cost to the transfer.
const INTERVAL: Duration = Duration::from_millis(50);

pub(crate) struct Meter<'a> {
    callback: Option<ProgressCallback<'a>>,
    /// Tells another thread instead, which has the callback.
    counter: Option<&'a AtomicU64>,
    total: Option<u64>,
    /// Bytes that had moved before the present part of the file.
    base: u64,
    /// Bytes moved so far.
    current: u64,
    /// What was reported last.
    reported: u64,
    reported_at: Instant,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(callback: Option<ProgressCallback<'a>>) -> Self {
        Self {
            callback,
            counter: None,
            total: None,
            base: 0,
            current: 0,
            reported: 0,
            reported_at: Instant::now(),
        }
    }

    /// Counts for another thread.
    pub(crate) fn counting(counter: &'a AtomicU64) -> Self {
        Self {
            counter: Some(counter),
            ..Self::new(None)
        }
    }

    /// The first report of the call.
    pub(crate) fn start(&mut self, total: Option<u64>) -> Result<()> {
        self.total = total;
        self.report(0, false)
    }

    /// An attempt begins: its bytes count from `done`, but no report goes back.
    pub(crate) fn restart(&mut self, done: u64) {
        self.current = self.base + done;
        if let Some(counter) = self.counter {
            counter.store(self.current, Ordering::Relaxed);
        }
    }

    /// So many bytes have moved before the part that comes next.
    pub(crate) fn set_base(&mut self, done: u64) {
        self.base = done;
    }

    /// The size of a download has become known.
    pub(crate) fn set_total(&mut self, total: Option<u64>) {
        self.total = total;
        // What was reported of a longer version means nothing for this one.
        self.reported = self.reported.min(total.unwrap_or(u64::MAX));
    }

    /// `bytes` more have moved.
    pub(crate) fn advance(&mut self, bytes: u64) -> Result<()> {
        self.reach(self.current + bytes)
    }

    /// So many bytes have moved.
    pub(crate) fn reach(&mut self, done: u64) -> Result<()> {
        self.current = done;
        if let Some(counter) = self.counter {
            counter.store(done, Ordering::Relaxed);
        }
        if self.callback.is_none() || self.current <= self.reported {
            return Ok(());
        }
        // All of it is reported by `finish` alone, when the service has said yes.
        if self.total.is_some_and(|total| self.current >= total) {
            return Ok(());
        }
        if self.reported_at.elapsed() < INTERVAL {
            return Ok(());
        }
        self.report(self.current, false)
    }

    /// Something other than moving bytes goes on: the callback may stop it.
    pub(crate) fn tick(&mut self) -> Result<()> {
        if self.callback.is_none() || self.reported_at.elapsed() < INTERVAL {
            return Ok(());
        }
        self.report(self.reported, false)
    }

    /// The transfer has succeeded with a file of `size` bytes. What the
    /// callback answers no longer matters: there is nothing left to stop.
    pub(crate) fn finish(&mut self, size: u64) {
        self.total = Some(size);
        let _ = self.report(size, true);
    }

    fn report(&mut self, done: u64, finished: bool) -> Result<()> {
        let Some(callback) = self.callback.as_mut() else {
            return Ok(());
        };
        self.reported = done;
        self.reported_at = Instant::now();
        callback(Progress {
            done,
            total: self.total,
            finished,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn reports(drive: impl FnOnce(&mut Meter<'_>)) -> Vec<Progress> {
        let mut seen = Vec::new();
        let callback = |progress| {
            seen.push(progress);
            Ok(())
        };
        drive(&mut Meter::new(Some(Box::new(callback))));
        seen
    }

    #[test]
    fn only_the_end_reports_everything() {
        let seen = reports(|meter| {
            meter.start(Some(10)).unwrap();
            meter.advance(10).unwrap();
            meter.finish(10);
        });
        let done: Vec<_> = seen.iter().map(|p| (p.done, p.finished)).collect();
        assert_eq!(done, [(0, false), (10, true)]);
    }

    #[test]
    fn a_repeated_attempt_does_not_go_back() {
        let seen = reports(|meter| {
            meter.start(Some(100)).unwrap();
            meter.reported_at -= INTERVAL;
            meter.advance(60).unwrap();
            meter.restart(0);
            meter.reported_at -= INTERVAL;
            meter.advance(30).unwrap();
            meter.reported_at -= INTERVAL;
            meter.advance(40).unwrap();
            meter.finish(100);
        });
        let done: Vec<_> = seen.iter().map(|p| p.done).collect();
        assert_eq!(done, [0, 60, 70, 100]);
    }

    #[test]
    fn reports_are_throttled() {
        let seen = reports(|meter| {
            meter.start(Some(1_000_000)).unwrap();
            for _ in 0..1000 {
                meter.advance(1).unwrap();
            }
        });
        // Not an assertion on time: a slow machine may add a few, never a thousand.
        assert!(seen.len() < 500, "{} reports", seen.len());
    }
}
