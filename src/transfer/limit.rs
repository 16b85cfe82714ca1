//! Limits on how fast things go: calls per second, and bytes per second.

use super::retry::PAUSE_MAX;
use super::watch::{SLICE, Watch};
use crate::error::{Error, Result, Status};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Calls per second of one app, shared by all threads of a client: in no second
/// are there more than the vendor allows.
pub(crate) struct CallLimit {
    /// `None`: as many as there are.
    per_second: Option<usize>,
    state: Mutex<CallState>,
}

#[derive(Default)]
struct CallState {
    /// When the calls of the last second were admitted.
    recent: VecDeque<Instant>,
    /// The service wants silence until then.
    silent_until: Option<Instant>,
}

impl CallLimit {
    pub(crate) fn new(per_second: Option<u32>) -> Self {
        Self {
            per_second: per_second.map(|limit| limit.max(1) as usize),
            state: Mutex::default(),
        }
    }

    /// Waits until one more call is allowed.
    pub(crate) fn admit(&self, watch: &Watch) -> Result<()> {
        loop {
            match self.try_admit(Instant::now()) {
                None => return Ok(()),
                // Then it is better to say so than to wait.
                Some(wait) if wait > PAUSE_MAX || watch.is_beyond(wait) => {
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
                Some(wait) => watch.pause(wait)?,
            }
        }
    }

    /// Counts a call, or says how long to wait before trying again.
    fn try_admit(&self, now: Instant) -> Option<Duration> {
        const WINDOW: Duration = Duration::from_secs(1);
        let mut state = lock(&self.state);
        if let Some(until) = state.silent_until.filter(|until| *until > now) {
            return Some(until - now);
        }
        let per_second = self.per_second?;
        if state.recent.len() >= per_second
            && let Some(oldest) = state.recent.front()
        {
            let age = now.saturating_duration_since(*oldest);
            if age < WINDOW {
                return Some(WINDOW - age);
            }
            state.recent.pop_front();
        }
        state.recent.push_back(now);
        None
    }

    /// The service has refused a call for this reason: no thread makes another
    /// before the pause is over.
    pub(crate) fn be_silent(&self, pause: Duration) {
        let mut state = lock(&self.state);
        state.silent_until = state.silent_until.max(Instant::now().checked_add(pause));
    }
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
    pub(crate) fn step(&self, wanted: usize) -> usize {
        match self.0.per_second.load(Ordering::Relaxed) {
            0 => wanted,
            rate => {
                let slices = 1000 / SLICE.as_millis() as u64;
                wanted.min(usize::try_from(rate / slices).unwrap_or(usize::MAX).max(1))
            }
        }
    }

    /// Waits for as long as `bytes` may take.
    pub(crate) fn pace(&self, bytes: usize, watch: &Watch) -> Result<()> {
        let rate = self.0.per_second.load(Ordering::Relaxed);
        if rate == 0 || bytes == 0 {
            return Ok(());
        }
        let generation = self.0.generation.load(Ordering::Acquire);
        let price = Duration::from_secs_f64(bytes as f64 / rate as f64);
        let until = {
            let mut paid_until = lock(&self.0.paid_until);
            let now = Instant::now();
            let until = paid_until.map_or(now, |until| until.max(now)) + price;
            *paid_until = Some(until);
            until
        };
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let is_current = self.0.generation.load(Ordering::Acquire) == generation;
            if left.is_zero() || !is_current {
                return Ok(());
            }
            watch.pause(left.min(SLICE))?;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::error::Status;
    use crate::transfer::watch::tests::watch;

    #[test]
    fn no_second_has_more_calls_than_allowed() {
        let limit = CallLimit::new(Some(3));
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(limit.try_admit(at(0)), None);
        assert_eq!(limit.try_admit(at(400)), None);
        assert_eq!(limit.try_admit(at(500)), None);
        assert_eq!(limit.try_admit(at(600)), Some(Duration::from_millis(400)));
        assert_eq!(limit.try_admit(at(1000)), None);
        assert_eq!(limit.try_admit(at(1001)), Some(Duration::from_millis(399)));
        assert_eq!(limit.try_admit(at(1400)), None);
    }

    #[test]
    fn silence_holds_for_everyone() {
        let limit = CallLimit::new(None);
        limit.be_silent(Duration::from_secs(10));
        assert!(limit.try_admit(Instant::now()).is_some());
        let late = Instant::now() + Duration::from_secs(11);
        assert_eq!(limit.try_admit(late), None);
        limit.be_silent(Duration::from_secs(10));
        limit.be_silent(Duration::from_secs(5));
        let five = Instant::now() + Duration::from_secs(6);
        assert!(limit.try_admit(five).is_some());
        let error = limit.admit(&watch(Some(Duration::ZERO))).unwrap_err();
        assert_eq!(error.status(), Status::Deadline);
        limit.be_silent(Duration::from_secs(3600));
        let error = limit.admit(&watch(None)).unwrap_err();
        assert_eq!(error.status(), Status::RateLimited);
    }

    #[test]
    fn bytes_have_a_price() {
        let throttle = Throttle::default();
        assert_eq!(throttle.step(1000), 1000);
        throttle.pace(1000, &watch(None)).unwrap();
        throttle.set(2000);
        assert_eq!(throttle.step(1000), 100);
        // A thousand seconds' worth: only the deadline ends this.
        let error = throttle.pace(2_000_000, &watch(Some(Duration::ZERO)));
        assert_eq!(error.unwrap_err().status(), Status::Deadline);
        // A slow rate still moves a byte at a time.
        throttle.set(1);
        assert_eq!(throttle.step(1000), 1);
        throttle.set(0);
        assert_eq!(throttle.step(1000), 1000);
    }
}
