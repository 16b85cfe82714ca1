//! The clock of a service, for signatures by time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// As far as it is known.
#[derive(Default)]
pub(super) struct Clock {
    /// Seconds that the clock here is behind.
    behind: AtomicI64,
}

impl Clock {
    /// The time since 1970 UTC.
    pub(super) fn now(&self) -> Duration {
        let behind = self.behind.load(Ordering::Relaxed);
        let ahead = Duration::from_secs(behind.unsigned_abs());
        match behind {
            0.. => since_1970().saturating_add(ahead),
            _ => since_1970().saturating_sub(ahead),
        }
    }

    /// The service's clock shows so many seconds.
    pub(super) fn set(&self, there: u64) {
        let behind = there.cast_signed() - since_1970().as_secs().cast_signed();
        self.behind.store(behind, Ordering::Relaxed);
    }
}

/// Until when something may be used that lives so long from now on: until a `margin` before its
/// end, of a short life until a tenth before.
pub(super) fn fresh_until(life: Duration, margin: Duration) -> Option<Instant> {
    Instant::now().checked_add(life - margin.min(life / 10))
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
