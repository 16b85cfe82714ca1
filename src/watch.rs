//! What may end a call early: its time-outs and its cancel handle.

use crate::error::{Error, Result, Status};
use crate::moment::{Moment, away};
use crate::threads::ThreadId;
use crate::trace::{Line, Milestone, Trace};
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Whoever waits, for whatever it is, looks this often whether it should go on.
pub(crate) const SLICE: Duration = Duration::from_millis(50);

/// While nothing moves, the same numbers are reported this often: with the slice
/// of a wait on top still more than four times a second.
pub(crate) const STILL: Duration = Duration::from_millis(150);

/// How long what is tidied up behind a call may take: two round trips and a lost packet, and
/// no more than a person waits for what has failed already.
const BRIEF: Duration = Duration::from_secs(5);

scoped_tls_hkt::scoped_thread_local!(
    /// The progress of the call that this thread is in. What waits is far below,
    /// under the HTTP client, which hands nothing down that is borrowed.
    static PRESENT: for<'a> &'a (dyn Tick + 'a)
);

/// What a call is doing at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u32)]
#[non_exhaustive]
pub enum Activity {
    /// It waits: for an answer, for its turn, or to try again.
    #[default]
    Waiting = 0,
    /// It looks for a host and connects, through a proxy and with TLS where there are.
    Connecting = 1,
    /// It sends the file.
    Sending = 2,
    /// It receives the file.
    Receiving = 3,
    /// It reads the file before it sends it, or once more: for a hash that the service
    /// knows it by, to compare what has arrived of an earlier upload, or for a digest that
    /// was asked for.
    Hashing = 4,
    /// It gets a token, or another permission of the storage.
    Renewing = 5,
}

/// What is to be told, and may stop the call, while it waits.
pub(crate) trait Tick {
    fn tick(&self) -> Result<()>;

    /// This is what the call does from now on.
    fn doing(&self, activity: Activity);

    /// So many bytes are read for a hash from now on.
    fn hashing(&self, total: u64);

    /// So many of them have been read.
    fn hashed(&self, bytes: u64);

    /// Whatever is done means a token or a permission now, or does no more.
    fn renewing(&self, is_begun: bool);
}

/// Tells whoever is to be told, if somebody is.
fn tell(what: impl FnOnce(&dyn Tick)) {
    if PRESENT.is_set() {
        PRESENT.with(|present| what(present));
    }
}

/// What the call that this thread is in does from now on.
pub(crate) fn doing(activity: Activity) {
    tell(|present| present.doing(activity));
}

/// So many bytes are read for a hash from now on.
pub(crate) fn hashing(total: u64) {
    tell(|present| present.hashing(total));
}

/// So many of them have been read.
pub(crate) fn hashed(bytes: usize) {
    tell(|present| present.hashed(bytes as u64));
}

/// Gets a token or a permission, whatever that takes.
pub(crate) fn renewing<T>(run: impl FnOnce() -> T) -> T {
    tell(|present| present.renewing(true));
    let done = run();
    tell(|present| present.renewing(false));
    done
}

/// The call that this thread is in waits: its progress is reported.
pub(crate) fn tick() -> Result<()> {
    if PRESENT.is_set() {
        return PRESENT.with(|present| present.tick());
    }
    Ok(())
}

/// Runs a call whose waits tell this.
pub(crate) fn ticking<T>(tick: &dyn Tick, run: impl FnOnce() -> T) -> T {
    PRESENT.set(tick, run)
}

/// Cancels the calls that it was given to, from any thread: they return
/// [`Status::Cancelled`] within 100 ms, also from a blocked read, write or
/// connect of the network; a reader, writer or callback of the caller's own has to come back
/// first, and so has a file system that hangs. Clones cancel the same calls. It cannot be used twice.
#[derive(Debug, Clone, Default)]
pub struct CancelHandle(Arc<CancelState>);

#[derive(Debug, Default)]
struct CancelState {
    fired: AtomicBool,
    question: Option<Question>,
}

/// Whether to go on, which whoever made the handle is asked.
struct Question(Box<dyn Fn() -> bool + Send + Sync>);

thread_local! {
    /// The handle (its address) that this thread has asked last, and until when it is not asked
    /// again: each thread with a call keeps the promise for itself.
    static ASKED: Cell<Option<(usize, Instant)>> = const { Cell::new(None) };
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Question")
    }
}

impl CancelHandle {
    /// A handle that has not been fired.
    pub fn new() -> Self {
        Self::default()
    }

    /// A handle that is also asked whether to go on: `go_on` is called on the
    /// thread that a call was made on, at least four times a second while that
    /// lasts, whatever the call waits for besides the file system, and `false` cancels. So a program with
    /// one thread can look after other things meanwhile, and stop every call. Threads that
    /// make calls with it at the same time are asked each, and may be so at once.
    pub fn asking(go_on: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(CancelState {
            fired: AtomicBool::new(false),
            question: Some(Question(Box::new(go_on))),
        }))
    }

    /// Cancels the calls, now and later ones.
    pub fn cancel(&self) {
        self.0.fired.store(true, Ordering::Release);
    }

    /// Whether [`CancelHandle::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.fired.load(Ordering::Acquire)
    }

    /// Asks whether to go on, if that is wanted and due. On a thread that a call
    /// was made on.
    pub(crate) fn ask(&self) {
        let Some(question) = &self.0.question else {
            return;
        };
        let this = Arc::as_ptr(&self.0).addr();
        let is_due = ASKED
            .get()
            .is_none_or(|(asked, until)| asked != this || until <= Instant::now());
        if !is_due || self.is_cancelled() {
            return;
        }
        ASKED.set(Some((this, Instant::now() + STILL)));
        if !away(|| (question.0)()) {
            self.cancel();
        }
    }

    /// Whether the other is a clone of this one.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
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
    /// The thread that the call was made on, if its cancel handle asks there.
    asks: Option<ThreadId>,
    /// Takes what happens, if somebody wants to know.
    trace: Option<Trace>,
}

impl Watch {
    pub(crate) fn start(timeouts: Timeouts, cancel: Option<CancelHandle>) -> Self {
        let asks = cancel
            .as_ref()
            .filter(|cancel| cancel.0.question.is_some())
            .map(|_| ThreadId::here());
        Self {
            timeouts,
            started: Instant::now(),
            cancel,
            stop: None,
            reports: false,
            asks,
            trace: None,
        }
    }

    /// The same without what the caller has given: its cancel handle, and where it is told what happens.
    pub(crate) fn without_caller(&self) -> Self {
        Self {
            started: self.started,
            ..Self::start(self.timeouts, None)
        }
    }

    /// The same for a call of which it is told what happens.
    pub(crate) fn traced(self, trace: Trace) -> Self {
        Self {
            trace: Some(trace),
            ..self
        }
    }

    /// What has happened so far, if somebody wants to know.
    pub(crate) fn trace(&self) -> Option<&Trace> {
        self.trace.as_ref()
    }

    /// Something happens, which is written down if somebody wants to know.
    pub(crate) fn note(&self, text: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            trace.add(self.line(None, text()));
        }
    }

    /// The same of what the log has a line of its own for.
    pub(crate) fn note_besides(&self, text: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            trace.keep(self.line(None, text()));
        }
    }

    /// A connection has come so far.
    pub(crate) fn reach(&self, milestone: Milestone, text: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            trace.add(self.line(Some(milestone), text()));
        }
    }

    fn line(&self, milestone: Option<Milestone>, text: String) -> Line {
        Line {
            at: self.elapsed(),
            milestone,
            text,
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

    /// The same for what is tidied up behind a call: it has a moment, whatever is set.
    pub(crate) fn brief(&self) -> Self {
        let end = self.elapsed() + BRIEF;
        let deadline = self.timeouts.deadline.map_or(end, |set| set.min(end));
        let timeouts = Timeouts {
            deadline: Some(deadline),
            ..self.timeouts
        };
        Self {
            timeouts,
            ..self.clone()
        }
    }

    /// What ends a thread of the call; `None` on the thread that made it: callbacks come there
    /// alone.
    pub(crate) fn stop(&self) -> Option<&CancelHandle> {
        self.stop.as_ref()
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
    /// progress callback has stopped it, which is called from here; so is what
    /// its cancel handle asks.
    pub(crate) fn check(&self) -> Result<()> {
        if self.asks.is_some_and(|home| home == ThreadId::here()) {
            self.cancel.iter().for_each(CancelHandle::ask);
        }
        for end in [&self.cancel, &self.stop].into_iter().flatten() {
            end.check()?;
        }
        match self.timeouts.deadline {
            Some(deadline) if self.started.elapsed() >= deadline => Err(Error::new(
                Status::Deadline,
                format!(
                    "not finished within {} ms (deadline); allow more time or try again",
                    deadline.as_millis()
                ),
            )
            .retryable()),
            _ if self.reports => tick(),
            _ => Ok(()),
        }
    }

    /// Fails when no byte has moved since `moved` for the stall time-out, and
    /// as [`Watch::check`] does.
    pub(crate) fn check_stall(&self, moved: Moment) -> Result<()> {
        self.check()?;
        if moved.elapsed() < self.timeouts.stall {
            return Ok(());
        }
        Err(Error::new(
            Status::Stalled,
            format!(
                "no byte moved for {} ms (stall_timeout): the network or the service hangs; \
                 try again",
                self.timeouts.stall.as_millis()
            ),
        )
        .retryable())
    }

    /// Fails when a connection that was `begun` then has taken too long, and
    /// as [`Watch::check`] does. `step` is what it is waiting for.
    pub(crate) fn check_connect(&self, begun: Moment, step: &str) -> Result<()> {
        self.check()?;
        if begun.elapsed() < self.timeouts.connect {
            return Ok(());
        }
        Err(Error::new(
            Status::ConnectTimeout,
            format!(
                "no connection within {} ms (connect_timeout), {step} still under way; check \
                 the network and the address",
                self.timeouts.connect.as_millis()
            ),
        )
        .retryable())
    }

    /// What is left of the time for a connection that was `begun` then.
    pub(crate) fn connect_time_left(&self, begun: Moment) -> Duration {
        self.timeouts.connect.saturating_sub(begun.elapsed())
    }

    /// The longest time to wait in the operating system before looking again.
    pub(crate) fn slice(&self) -> Duration {
        let mut slice = SLICE.min(self.timeouts.stall);
        if let Some(deadline) = self.timeouts.deadline {
            slice = slice.min(deadline.saturating_sub(self.started.elapsed()));
        }
        // Sockets count in milliseconds, and with less would not wait at all.
        slice.max(Duration::from_millis(1))
    }

    /// Waits; fails as [`Watch::check`] does as soon as it does.
    pub(crate) fn pause(&self, pause: Duration) -> Result<()> {
        doing(Activity::Waiting);
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
    use std::thread;

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
        let error = strict.check_stall(Moment::now()).unwrap_err();
        assert_eq!(error.status(), Status::Stalled);
        watch(None).check_stall(Moment::now()).unwrap();
    }

    #[test]
    fn what_asks_is_asked_on_the_thread_of_the_call_while_that_waits() {
        let home = thread::current().id();
        let asked = Arc::new(std::sync::atomic::AtomicU64::new(0));
        let count = Arc::clone(&asked);
        let cancel = CancelHandle::asking(move || {
            assert_eq!(thread::current().id(), home);
            count.fetch_add(1, Ordering::Relaxed) < 2
        });
        let watch = cancellable(&cancel);
        thread::scope(|scope| scope.spawn(|| watch.check().unwrap()).join().unwrap());
        assert_eq!(asked.load(Ordering::Relaxed), 0);
        // Nobody fires it: the third answer is to stop.
        assert_eq!(watch.pause(HOUR).unwrap_err().status(), Status::Cancelled);
        assert_eq!(asked.load(Ordering::Relaxed), 3);
        assert!(cancel.is_cancelled());
        // It is not asked any more.
        watch.check().unwrap_err();
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn a_cancelled_call_waits_for_nothing() {
        let cancel = CancelHandle::new();
        let watch = patient(HOUR, Some(Duration::ZERO), Some(cancel.clone()));
        cancel.cancel();
        assert_eq!(watch.pause(HOUR).unwrap_err().status(), Status::Cancelled);
    }
}
