//! Progress that never lies.

use crate::error::{Error, Result, Status};
use crate::watch::{self, STILL, Tick};
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How far a transfer has come. Counts bytes of the file, not of its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes moved so far; the same again while none move. Never falls, also when an attempt is repeated, unless
    /// a download had to begin anew because the file at the service had become
    /// shorter. Equals the total before the end only for an empty file.
    pub done: u64,
    /// The size of the file, if it is known.
    pub total: Option<u64>,
    /// Whether the transfer has succeeded; true in the last report only.
    pub finished: bool,
}

/// The caller's progress callback, which is called on the calling thread, at
/// least four times a second, whatever the call waits for. An error it returns
/// ends the transfer and is what the call returns.
pub type ProgressCallback<'a> = Box<dyn FnMut(Progress) -> Result<()> + 'a>;

/// Reports between the first and the last are at least this far apart: fast
/// enough for a smooth bar, and of no cost to the transfer.
const INTERVAL: Duration = Duration::from_millis(50);

pub(crate) struct Meter<'a> {
    callback: RefCell<Option<ProgressCallback<'a>>>,
    /// Tells another thread instead, which has the callback.
    counter: Option<&'a AtomicU64>,
    total: Cell<Option<u64>>,
    /// Bytes that had moved before the present part of the file.
    base: Cell<u64>,
    /// Bytes moved so far.
    current: Cell<u64>,
    /// The same with those that were moved more than once.
    moved: Cell<u64>,
    /// What was reported last.
    reported: Cell<u64>,
    /// `None`: there was no first report yet.
    reported_at: Cell<Option<Instant>>,
    /// What the callback has stopped the call with.
    stop: RefCell<Option<Error>>,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(callback: Option<ProgressCallback<'a>>) -> Self {
        Self {
            callback: RefCell::new(callback),
            counter: None,
            total: Cell::default(),
            base: Cell::default(),
            current: Cell::default(),
            moved: Cell::default(),
            reported: Cell::default(),
            reported_at: Cell::default(),
            stop: RefCell::default(),
        }
    }

    /// Counts for another thread.
    pub(crate) fn counting(counter: &'a AtomicU64) -> Self {
        Self {
            counter: Some(counter),
            ..Self::new(None)
        }
    }

    /// Runs a call whose waits report here. What the callback has stopped it
    /// with is what it returns, whatever it failed with.
    pub(crate) fn during<T>(&self, run: impl FnOnce() -> Result<T>) -> Result<T> {
        let result = watch::ticking(self, run);
        match (result, self.stop.take()) {
            (Err(error), Some(stop)) => Err(stop.in_place_of(&error)),
            (result, _) => result,
        }
    }

    /// The first report of the call.
    pub(crate) fn start(&self, total: Option<u64>) -> Result<()> {
        self.total.set(total);
        self.report(0, false)
    }

    /// An attempt begins: its bytes count from `done`, but no report goes back.
    pub(crate) fn restart(&self, done: u64) {
        self.count(self.base.get() + done);
    }

    /// So many bytes have moved before the part that comes next.
    pub(crate) fn set_base(&self, done: u64) {
        self.base.set(done);
    }

    /// The size of a download has become known.
    pub(crate) fn set_total(&self, total: Option<u64>) {
        self.total.set(total);
        // What was reported of a longer version means nothing for this one.
        let most = total.unwrap_or(u64::MAX);
        self.reported.set(self.reported.get().min(most));
    }

    /// `bytes` more have moved.
    pub(crate) fn advance(&self, bytes: u64) -> Result<()> {
        self.moved.set(self.moved.get() + bytes);
        self.reach(self.current.get() + bytes)
    }

    /// Bytes moved in all attempts.
    pub(crate) fn moved(&self) -> u64 {
        self.moved.get()
    }

    /// So many bytes have moved.
    pub(crate) fn reach(&self, done: u64) -> Result<()> {
        self.count(done);
        if self.reportable() > self.reported.get() && self.is_due(INTERVAL) {
            return self.report(done, false);
        }
        Ok(())
    }

    /// The transfer has succeeded with a file of `size` bytes. What the
    /// callback answers no longer matters: there is nothing left to stop.
    pub(crate) fn finish(&self, size: u64) {
        self.total.set(Some(size));
        let _ = self.report(size, true);
    }

    fn count(&self, done: u64) {
        self.current.set(done);
        if let Some(counter) = self.counter {
            counter.store(done, Ordering::Relaxed);
        }
    }

    /// Never less than was reported; and all of it is reported by `finish` alone,
    /// when the service has said yes.
    fn reportable(&self) -> u64 {
        let (current, reported) = (self.current.get(), self.reported.get());
        match self.total.get() {
            Some(total) if current >= total => reported,
            _ => current.max(reported),
        }
    }

    fn is_due(&self, interval: Duration) -> bool {
        let at = self.reported_at.get();
        at.is_some_and(|at| at.elapsed() >= interval)
    }

    fn report(&self, done: u64, finished: bool) -> Result<()> {
        // While it runs, what it calls does not report to it.
        let Ok(mut callback) = self.callback.try_borrow_mut() else {
            return Ok(());
        };
        let Some(callback) = callback.as_mut() else {
            return Ok(());
        };
        if self.stop.borrow().is_some() {
            return Err(stopped());
        }
        self.reported.set(done);
        self.reported_at.set(Some(Instant::now()));
        callback(Progress {
            done,
            total: self.total.get(),
            finished,
        })
        .map_err(|stop| {
            self.stop.replace(Some(stop));
            stopped()
        })
    }
}

impl Tick for Meter<'_> {
    fn tick(&self) -> Result<()> {
        if self.is_due(STILL) {
            return self.report(self.reportable(), false);
        }
        match *self.stop.borrow() {
            Some(_) => Err(stopped()),
            None => Ok(()),
        }
    }
}

/// Stands for what the callback has returned until the call is over.
fn stopped() -> Error {
    Error::new(Status::Callback, "stopped by its progress callback")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::watch::tick;

    fn reports(drive: impl FnOnce(&Meter<'_>)) -> Vec<Progress> {
        let mut seen = Vec::new();
        let callback = |progress| {
            seen.push(progress);
            Ok(())
        };
        drive(&Meter::new(Some(Box::new(callback))));
        seen
    }

    /// The last report was so long ago.
    fn age(meter: &Meter<'_>, by: Duration) {
        let at = meter.reported_at.get().unwrap();
        meter.reported_at.set(at.checked_sub(by));
    }

    #[test]
    fn what_waits_reports_the_same_again() {
        let seen = reports(|meter| {
            tick().unwrap();
            meter
                .during(|| {
                    // Not before the first report.
                    tick()?;
                    meter.start(Some(100))?;
                    meter.advance(30)?;
                    for _ in 0..2 {
                        age(meter, STILL);
                        tick()?;
                    }
                    meter.advance(70)?;
                    age(meter, STILL);
                    tick()
                })
                .unwrap();
        });
        let done: Vec<_> = seen.iter().map(|p| p.done).collect();
        assert_eq!(done, [0, 30, 30, 30]);
    }

    #[test]
    fn a_callback_that_stops_is_not_called_again_and_is_what_the_call_returns() {
        let calls = Cell::new(0);
        let meter = Meter::new(Some(Box::new(|_| {
            calls.set(calls.get() + 1);
            Err(Error::callback("progress", 7))
        })));
        let error = meter
            .during(|| {
                meter.start(Some(100)).unwrap_err();
                age(&meter, STILL);
                assert_eq!(tick().unwrap_err().status(), Status::Callback);
                let other = Error::new(Status::Stalled, "x").with_attempts(2);
                Err::<(), _>(other.with_phase(crate::error::Phase::Receive))
            })
            .unwrap_err();
        assert_eq!(error.callback_value(), Some(7));
        assert_eq!((error.attempts(), calls.get()), (2, 1));
        assert_eq!(error.phase(), crate::error::Phase::Receive);
    }

    #[test]
    fn a_call_made_by_the_callback_does_not_call_it_again() {
        let inner = Cell::new(0);
        let meter = Meter::new(Some(Box::new(|_| {
            inner.set(inner.get() + 1);
            tick()
        })));
        meter
            .during(|| {
                meter.start(None)?;
                age(&meter, STILL);
                tick()
            })
            .unwrap();
        assert_eq!(inner.get(), 2);
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
            age(meter, INTERVAL);
            meter.advance(60).unwrap();
            meter.restart(0);
            age(meter, INTERVAL);
            meter.advance(30).unwrap();
            age(meter, INTERVAL);
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
