//! Limits on how fast things go: calls per second, and bytes per second.

use crate::error::{Error, Result, Status};
use crate::threads::{ThreadId, lock};
use crate::watch::{SLICE, Watch};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Longer than this nothing is waited for, whatever a service asks for: then it
/// is better to report the error.
pub(crate) const PAUSE_MAX: Duration = Duration::from_secs(60);

/// What a service counts as a second, with room for how it keeps its clock.
const WINDOW: Duration = Duration::from_millis(1010);

/// What is on its way is there after this time at the latest: over an open
/// connection, and with one that is still to be made.
const WAY: Duration = Duration::from_secs(1);
const WAY_WITH_CONNECTION: Duration = Duration::from_secs(5);

/// More calls than so are not kept when they no longer count, unless most of them do.
const KEPT: usize = 1024;

/// Calls per second of one app, shared by all threads of a client: in no second
/// does the service see more than its vendor allows.
///
/// Nobody here knows when a call arrives there; calls that leave evenly can
/// arrive in a bunch. It is after the call was admitted, and before its answer
/// is here. So a call is counted from the one until a second after the other:
/// of those that arrive within one second, the last to be admitted found all
/// the others counted. A long upload is counted until it has surely arrived.
#[derive(Clone)]
pub(crate) struct CallLimit {
    /// `None`: as many as there are.
    per_second: Option<usize>,
    state: Arc<Mutex<CallState>>,
}

#[derive(Default)]
struct CallState {
    /// The calls that count, by their numbers.
    counted: BTreeMap<u64, Counted>,
    /// How many counted when all were last looked at: only when they are twice as many is it worth
    /// the time again.
    left: usize,
    next: u64,
    /// The service wants silence until then.
    silent_until: Option<Instant>,
}

struct Counted {
    /// `None`: it is about to be sent, or its answer is awaited.
    until: Option<Instant>,
    by: ThreadId,
}

/// One call that counts. Dropped when its answer is here.
pub(crate) struct Ticket {
    number: Cell<u64>,
    is_sent: Cell<bool>,
    limit: CallLimit,
}

impl Ticket {
    /// The request is being sent; `connects` if a connection may be made before. It waits for its
    /// turn once more, if that was given to a call within a callback of this one.
    pub(crate) fn sent(&self, connects: bool, watch: &Watch) -> Result<()> {
        if !self.is_sent.replace(true) && self.was_given_away() {
            let number = self.limit.wait_for_turn(watch)?;
            self.number.set(number.unwrap_or(self.number.get()));
        }
        let way = if connects { WAY_WITH_CONNECTION } else { WAY };
        self.arrives_by(Instant::now() + way);
        Ok(())
    }

    fn was_given_away(&self) -> bool {
        let state = lock(&self.limit.state);
        let own = state.counted.get(&self.number.get());
        own.is_none_or(|own| own.until.is_some())
    }

    fn arrives_by(&self, at: Instant) {
        if let Some(own) = lock(&self.limit.state).counted.get_mut(&self.number.get()) {
            let end = at + WINDOW;
            own.until = Some(own.until.map_or(end, |until| until.min(end)));
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.arrives_by(Instant::now());
    }
}

impl CallLimit {
    pub(crate) fn new(per_second: Option<u32>) -> Self {
        Self {
            per_second: per_second.map(|limit| limit.max(1) as usize),
            state: Arc::default(),
        }
    }

    /// Waits until one more call is allowed.
    pub(crate) fn admit(&self, watch: &Watch) -> Result<Option<Ticket>> {
        let number = self.wait_for_turn(watch)?;
        Ok(number.map(|number| self.ticket(number)))
    }

    fn ticket(&self, number: u64) -> Ticket {
        Ticket {
            number: Cell::new(number),
            is_sent: Cell::new(false),
            limit: self.clone(),
        }
    }

    /// The number of the call; `None` where none is counted.
    fn wait_for_turn(&self, watch: &Watch) -> Result<Option<u64>> {
        loop {
            match self.try_admit(Instant::now(), ThreadId::here()) {
                Ok(number) => return Ok(number),
                // Then it is better to say so than to wait.
                Err(wait) if wait > PAUSE_MAX || watch.is_beyond(wait) => {
                    watch.check()?;
                    return Err(Error::new(
                        Status::RateLimited,
                        format!(
                            "the limit on calls allows the next one in {} ms; try again then",
                            wait.as_millis()
                        ),
                    )
                    .with_retry_after(Some(wait))
                    .retryable());
                }
                Err(wait) => watch.pause(wait)?,
            }
        }
    }

    /// Counts a call of this thread, or says how long to wait before trying again.
    fn try_admit(&self, now: Instant, by: ThreadId) -> Result<Option<u64>, Duration> {
        let mut state = lock(&self.state);
        if let Some(until) = state.silent_until.filter(|until| *until > now) {
            return Err(until - now);
        }
        let Some(per_second) = self.per_second else {
            return Ok(None);
        };
        if state.counted.len() >= per_second.min(KEPT.max(2 * state.left)) {
            let is_over = |until: Instant| until <= now;
            state
                .counted
                .retain(|_, call| !call.until.is_some_and(is_over));
            state.left = state.counted.len();
        }
        if state.counted.len() < per_second {
            let number = state.next;
            state.next += 1;
            state.counted.insert(number, Counted { until: None, by });
            return Ok(Some(number));
        }
        // A call of this thread that waits to be sent does so for this one, within its callback.
        for own in state.counted.values_mut().filter(|call| call.by == by) {
            own.until.get_or_insert(now + WINDOW);
        }
        // An answer that comes meanwhile can make it sooner.
        let first = state.counted.values().filter_map(|call| call.until).min();
        Err(first.map_or(SLICE, |until| (until - now).min(WINDOW)))
    }

    /// The service has refused a call for this reason: no thread makes another
    /// before the pause is over.
    pub(crate) fn be_silent(&self, pause: Duration) {
        let mut state = lock(&self.state);
        state.silent_until = state.silent_until.max(Instant::now().checked_add(pause));
    }
}

/// A piece of a transfer, at the rate that it began with.
pub(crate) struct Step {
    /// The most bytes to move.
    pub(crate) room: usize,
    /// 0: no limit.
    rate: u64,
    generation: u64,
}

/// Bytes per second in one direction, shared by all transfers of a client, and
/// changeable while they run.
#[derive(Clone, Default)]
pub(crate) struct Throttle(Arc<ThrottleState>);

#[derive(Default)]
struct ThrottleState {
    /// 0: no limit.
    per_second: AtomicU64,
    /// Changes with the rate.
    generation: AtomicU64,
    /// When the bytes moved so far will have had their time.
    paid_until: Mutex<Option<Instant>>,
}

impl Throttle {
    pub(crate) fn set(&self, per_second: u64) {
        // What was moved at the old rate is forgiven: the new one holds at once.
        let mut paid_until = lock(&self.0.paid_until);
        *paid_until = None;
        self.0.per_second.store(per_second, Ordering::Relaxed);
        self.0.generation.fetch_add(1, Ordering::Release);
    }

    /// The most bytes to move in one step, of `wanted`: as many as a slice of
    /// time is good for, so that a slow transfer is an even one.
    pub(crate) fn step(&self, wanted: usize) -> Step {
        let generation = self.0.generation.load(Ordering::Acquire);
        let rate = self.0.per_second.load(Ordering::Relaxed);
        let room = match rate {
            0 => wanted,
            rate => {
                let slices = 1000 / SLICE.as_millis() as u64;
                wanted.min(usize::try_from(rate / slices).unwrap_or(usize::MAX).max(1))
            }
        };
        Step {
            room,
            rate,
            generation,
        }
    }

    /// Waits for as long as `bytes`, which were moved in this step, may take.
    pub(crate) fn pace(&self, step: &Step, bytes: usize, watch: &Watch) -> Result<()> {
        if step.rate == 0 || bytes == 0 {
            return Ok(());
        }
        let price = Duration::from_nanos((bytes as u64).saturating_mul(1_000_000_000) / step.rate);
        let is_current = || self.0.generation.load(Ordering::Acquire) == step.generation;
        let until = {
            let mut paid_until = lock(&self.0.paid_until);
            // The step may have taken a while, and the new rate be a low one.
            if !is_current() {
                return Ok(());
            }
            let now = Instant::now();
            let until = paid_until.map_or(now, |until| until.max(now)) + price;
            *paid_until = Some(until);
            until
        };
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || !is_current() {
                return Ok(());
            }
            watch.pause(left.min(SLICE))?;
        }
    }
}

#[cfg(test)]
#[path = "limit_tests.rs"]
mod tests;
