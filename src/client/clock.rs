//! The clock of a service, for signatures by time.

use crate::error::Result;
use crate::threads::lock;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// As far as it is known.
#[derive(Default)]
pub(super) struct Clock(Mutex<Offset>);

#[derive(Default)]
struct Offset {
    /// Seconds that the clock here is behind.
    behind: i64,
    /// What it was before, as long as no signature by the present one was taken: whoever said
    /// what time it is, as a gateway may, need not know.
    proven: Option<i64>,
}

impl Clock {
    /// The time since 1970 UTC.
    pub(super) fn now(&self) -> Duration {
        let behind = lock(&self.0).behind;
        let ahead = Duration::from_secs(behind.unsigned_abs());
        match behind {
            0.. => since_1970().saturating_add(ahead),
            _ => since_1970().saturating_sub(ahead),
        }
    }

    /// The service's clock shows so many seconds.
    pub(super) fn set(&self, there: u64) {
        let mut offset = lock(&self.0);
        offset.proven = offset.proven.or(Some(offset.behind));
        offset.behind = there.cast_signed() - since_1970().as_secs().cast_signed();
    }

    /// Whether what it was set to is still to be proven.
    pub(super) fn is_on_trial(&self) -> bool {
        lock(&self.0).proven.is_some()
    }

    /// What was signed on trial has come to this.
    pub(super) fn judge<T>(&self, result: &Result<T>) {
        // Who got no answer knows nothing.
        if result.as_ref().is_err_and(|e| e.http_status().is_none()) {
            return;
        }
        let mut offset = lock(&self.0);
        if let Some(proven) = offset.proven.take()
            && result.is_err()
        {
            offset.behind = proven;
        }
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
