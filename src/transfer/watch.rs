//! What may end a call early: its time-outs and its cancel handle.

use super::progress;
use crate::error::{Error, Result, Status};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Whoever waits, for whatever it is, looks this often whether it should go on.
pub(crate) const SLICE: Duration = Duration::from_millis(50);

/// Cancels the calls that it was given to, from any thread: they return
/// [`Status::Cancelled`] within 100 ms, also from a blocked read, write or
/// connect. Clones cancel the same calls. It cannot be used twice.
#[derive(Debug, Clone, Default)]
pub struct CancelHandle(Arc<AtomicBool>);

impl CancelHandle {
    /// A handle that has not been fired.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels the calls, now and later ones.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether [`CancelHandle::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Fails once it was fired.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            return Err(Error::new(
                Status::Cancelled,
                "cancelled by its cancel handle",
            ));
        }
        Ok(())
    }
}

/// The time-outs of a client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) stall: Duration,
    pub(crate) deadline: Option<Duration>,
}

/// The time-outs of one call, running since its start, and its cancel handle.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    timeouts: Timeouts,
    started: Instant,
    cancel: Option<CancelHandle>,
    /// The call stops its own threads: one of them has failed.
    stop: Option<CancelHandle>,
    /// Whether progress is reported to whoever made the call.
    reports: bool,
}

impl Watch {
    pub(crate) fn start(timeouts: Timeouts, cancel: Option<CancelHandle>) -> Self {
        Self {
            timeouts,
            started: Instant::now(),
            cancel,
            stop: None,
            reports: false,
        }
    }

    /// The same for a call whose progress is reported also while it waits.
    pub(crate) fn reporting(&self, reports: bool) -> Self {
        Self {
            reports,
            ..self.clone()
        }
    }

    /// The same for a thread of the call, which `stop` ends besides.
    pub(crate) fn with_stop(&self, stop: CancelHandle) -> Self {
        Self {
            stop: Some(stop),
            // On the calling thread only.
            reports: false,
            ..self.clone()
        }
    }

    /// Whether it is the call that has stopped this thread, and not the caller.
    pub(crate) fn is_stopped(&self) -> bool {
        let is_fired =
            |handle: &Option<CancelHandle>| handle.as_ref().is_some_and(CancelHandle::is_cancelled);
        is_fired(&self.stop) && !is_fired(&self.cancel)
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Fails once the call was cancelled, its deadline has passed, or its
    /// progress callback has stopped it, which is called from here.
    pub(crate) fn check(&self) -> Result<()> {
        for end in [&self.cancel, &self.stop].into_iter().flatten() {
            end.check()?;
        }
        match self.timeouts.deadline {
            Some(deadline) if self.started.elapsed() >= deadline => Err(Error::new(
                Status::Deadline,
                format!(
                    "not finished within {} ms (deadline_ms); allow more time or try again",
                    deadline.as_millis()
                ),
            )
            .retryable()),
            _ if self.reports => progress::tick(),
            _ => Ok(()),
        }
    }

    /// Fails when no byte has moved since `moved` for the stall time-out, and
    /// as [`Watch::check`] does.
    pub(crate) fn check_stall(&self, moved: Instant) -> Result<()> {
        self.check()?;
        if moved.elapsed() < self.timeouts.stall {
            return Ok(());
        }
        Err(Error::new(
            Status::Stalled,
            format!(
                "no byte moved for {} ms (stall_timeout_ms): the network or the service hangs; \
                 try again",
                self.timeouts.stall.as_millis()
            ),
        )
        .retryable())
    }

    /// Fails when a connection that was `begun` then has taken too long, and
    /// as [`Watch::check`] does. `step` is what it is waiting for.
    pub(crate) fn check_connect(&self, begun: Instant, step: &str) -> Result<()> {
        self.check()?;
        if begun.elapsed() < self.timeouts.connect {
            return Ok(());
        }
        Err(Error::new(
            Status::ConnectTimeout,
            format!(
                "no connection within {} ms (connect_timeout_ms), {step} still under way; check \
                 the network and the address",
                self.timeouts.connect.as_millis()
            ),
        )
        .retryable())
    }

    /// What is left of the time for a connection that was `begun` then.
    pub(crate) fn connect_time_left(&self, begun: Instant) -> Duration {
        self.timeouts.connect.saturating_sub(begun.elapsed())
    }

    /// The longest time to wait in the operating system before looking again.
    pub(crate) fn slice(&self) -> Duration {
        let mut slice = SLICE.min(self.timeouts.stall);
        if let Some(deadline) = self.timeouts.deadline {
            slice = slice.min(deadline.saturating_sub(self.started.elapsed()));
        }
        // Zero would mean "no time-out" to a socket.
        slice.max(Duration::from_millis(1))
    }

    /// Waits; fails as [`Watch::check`] does as soon as it does.
    pub(crate) fn pause(&self, pause: Duration) -> Result<()> {
        let begun = Instant::now();
        loop {
            self.check()?;
            let left = pause.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(self.slice()));
        }
    }

    /// Whether a pause of this length would end after the deadline.
    pub(crate) fn is_beyond(&self, pause: Duration) -> bool {
        self.timeouts
            .deadline
            .is_some_and(|deadline| self.started.elapsed().saturating_add(pause) >= deadline)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    /// A watch for the tests of other modules.
    pub(crate) fn watch(deadline: Option<Duration>) -> Watch {
        patient(HOUR, deadline, None)
    }

    /// A watch that only its cancel handle ends.
    pub(crate) fn cancellable(cancel: &CancelHandle) -> Watch {
        patient(HOUR, None, Some(cancel.clone()))
    }

    fn patient(stall: Duration, deadline: Option<Duration>, cancel: Option<CancelHandle>) -> Watch {
        let timeouts = Timeouts {
            connect: HOUR,
            stall,
            deadline,
        };
        Watch::start(timeouts, cancel)
    }

    #[test]
    fn a_deadline_cuts_pauses_short() {
        let late = watch(Some(Duration::ZERO));
        assert_eq!(late.check().unwrap_err().status(), Status::Deadline);
        assert_eq!(late.pause(HOUR).unwrap_err().status(), Status::Deadline);
        assert!(watch(Some(Duration::from_secs(60))).is_beyond(HOUR));
        assert!(!watch(None).is_beyond(HOUR));
    }

    #[test]
    fn a_stall_is_measured_from_the_last_byte() {
        let strict = patient(Duration::ZERO, None, None);
        let error = strict.check_stall(Instant::now()).unwrap_err();
        assert_eq!(error.status(), Status::Stalled);
        watch(None).check_stall(Instant::now()).unwrap();
    }

    #[test]
    fn a_cancelled_call_waits_for_nothing() {
        let cancel = CancelHandle::new();
        let watch = patient(HOUR, Some(Duration::ZERO), Some(cancel.clone()));
        cancel.cancel();
        assert_eq!(watch.pause(HOUR).unwrap_err().status(), Status::Cancelled);
    }
}
