//! Progress that never lies.

use crate::error::{Error, Result, Status};
use crate::moment::away;
use crate::watch::{self, Activity, STILL, Tick};
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
    /// What the call is doing.
    pub activity: Activity,
    /// Bytes that have been read for a hash, while [`Activity::Hashing`]; else those of
    /// the last time.
    pub hashed: u64,
    /// Bytes that are to be read for it.
    pub hash_total: u64,
    /// Bytes of the file in a second, over the last seconds; 0 while it is not known.
    pub rate: u64,
    /// How long it takes at that rate until all bytes have moved, if that can be told.
    pub remaining: Option<Duration>,
}

/// The caller's progress callback, which is called on the calling thread, at
/// least four times a second, whatever the call waits for besides the file system. An error it returns
/// ends the transfer and is what the call returns; that of the last report
/// ([`Progress::finished`]) is too late, and ignored.
pub type ProgressCallback<'a> = Box<dyn FnMut(Progress) -> Result<()> + 'a>;

/// Reports between the first and the last are at least this far apart: fast
/// enough for a smooth bar, and of no cost to the transfer.
const INTERVAL: Duration = Duration::from_millis(50);

/// The rate is that of about so many seconds: slow enough to be read, and fast enough to
/// show that a network has changed.
const RATE_SPAN: Duration = Duration::from_secs(3);

/// It is measured anew this often: a shorter time has too few bytes in it.
const RATE_INTERVAL: Duration = Duration::from_millis(250);

/// How fast bytes have moved lately.
#[derive(Clone, Copy)]
struct Speed {
    measured_at: Instant,
    /// What had moved by then.
    done: u64,
    /// Bytes a second; `None` before the first measure.
    rate: Option<u64>,
}

impl Speed {
    fn at(self, now: Instant, done: u64) -> Self {
        let span = now.duration_since(self.measured_at);
        if span < RATE_INTERVAL {
            return self;
        }
        // What is sent again counts for nothing.
        let moved = done.saturating_sub(self.done);
        // As if so many more had moved before, at the rate of before.
        let (before, time) = match self.rate {
            Some(rate) => (
                u128::from(rate) * u128::from(RATE_SPAN.as_secs()),
                RATE_SPAN + span,
            ),
            None => (0, span),
        };
        let rate = (before + u128::from(moved)) * 1000 / time.as_millis();
        Self {
            measured_at: now,
            done,
            rate: u64::try_from(rate).ok(),
        }
    }

    fn remaining(self, left: u64) -> Option<Duration> {
        let millis = left.saturating_mul(1000).checked_div(self.rate?)?;
        Some(Duration::from_millis(millis))
    }
}

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
    activity: Cell<Activity>,
    /// How deep the call is in getting tokens and permissions.
    renewals: Cell<u32>,
    hashed: Cell<u64>,
    hash_total: Cell<u64>,
    /// `None`: nothing has moved yet.
    speed: Cell<Option<Speed>>,
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
            activity: Cell::default(),
            renewals: Cell::default(),
            hashed: Cell::default(),
            hash_total: Cell::default(),
            speed: Cell::default(),
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

    /// The first report of the call, unless that was made before the total was known.
    pub(crate) fn start(&self, total: Option<u64>) -> Result<()> {
        self.total.set(total);
        match self.reported_at.get() {
            None => self.report(0, false),
            Some(_) => Ok(()),
        }
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
        if total.is_some_and(|total| self.reported.get() >= total) {
            self.reported.set(self.current.get());
        }
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

    fn activity(&self) -> Activity {
        match self.renewals.get() {
            0 => self.activity.get(),
            _ => Activity::Renewing,
        }
    }

    /// Measured from when the first byte moved.
    fn speed_at(&self, now: Instant) -> Option<Speed> {
        let done = self.current.get();
        if done == 0 {
            return None;
        }
        let speed = self.speed.get().unwrap_or(Speed {
            measured_at: now,
            done,
            rate: None,
        });
        self.speed.set(Some(speed.at(now, done)));
        self.speed.get()
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
        let now = Instant::now();
        self.reported.set(done);
        self.reported_at.set(Some(now));
        let speed = self.speed_at(now);
        let total = self.total.get();
        let left = total.map(|total| total.saturating_sub(done));
        let progress = Progress {
            done,
            total,
            finished,
            activity: self.activity(),
            hashed: self.hashed.get(),
            hash_total: self.hash_total.get(),
            rate: speed.and_then(|speed| speed.rate).unwrap_or(0),
            remaining: speed
                .zip(left)
                .and_then(|(speed, left)| speed.remaining(left)),
        };
        away(|| callback(progress)).map_err(|stop| {
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

    fn doing(&self, activity: Activity) {
        self.activity.set(activity);
    }

    fn hashing(&self, total: u64) {
        self.activity.set(Activity::Hashing);
        self.hashed.set(0);
        self.hash_total.set(total);
    }

    fn hashed(&self, bytes: u64) {
        self.hashed.set(self.hashed.get() + bytes);
    }

    fn renewing(&self, is_begun: bool) {
        let depth = self.renewals.get();
        self.renewals.set(match is_begun {
            true => depth + 1,
            false => depth.saturating_sub(1),
        });
    }
}

/// Stands for what the callback has returned until the call is over.
fn stopped() -> Error {
    Error::new(Status::Callback, "stopped by its progress callback")
}

#[cfg(test)]
#[path = "progress_tests.rs"]
mod tests;
