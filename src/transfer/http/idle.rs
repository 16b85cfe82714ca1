//! How long connections are kept that nobody uses.

use std::time::{Duration, Instant, SystemTime};

/// A connection that was idle for longer is not used again: common servers and load
/// balancers wait for 60 s (AWS) or 75 s (nginx), and whoever has closed it cannot
/// always be heard.
pub(super) const IDLE_MAX: Duration = Duration::from_secs(50);

/// Since when something is idle.
pub(super) struct Idle {
    since: Instant,
    /// [`Instant`] stands still while the machine sleeps (on Linux and macOS). A clock
    /// that is set costs a connection.
    by_clock: SystemTime,
}

impl Idle {
    pub(super) fn begin() -> Self {
        Self {
            since: Instant::now(),
            by_clock: SystemTime::now(),
        }
    }

    pub(super) fn time(&self) -> Duration {
        let by_clock = self.by_clock.elapsed().unwrap_or(Duration::MAX);
        self.since.elapsed().max(by_clock)
    }

    pub(super) fn is_too_long(&self) -> bool {
        self.time() > IDLE_MAX
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn sleep_counts_and_a_clock_that_was_set_does_no_harm() {
        assert!(!Idle::begin().is_too_long());
        let hour = Duration::from_secs(3600);
        let slept = |by_clock| Idle {
            by_clock,
            ..Idle::begin()
        };
        assert!(slept(SystemTime::now() - hour).is_too_long());
        assert!(slept(SystemTime::now() + hour).is_too_long());
    }
}
