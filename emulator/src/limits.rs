//! Calls counted per second or day on the virtual clock.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::store::lock;

#[derive(Debug, Default)]
struct Window {
    start_ms: i64,
    calls: u32,
    blocked_until_ms: i64,
}

/// A limit for each name.
#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<HashMap<String, Window>>);

/// What a limit is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    /// 0 is none.
    pub(crate) calls: u32,
    pub(crate) window_ms: i64,
    /// How long nothing passes after the limit was exceeded.
    pub(crate) block_ms: i64,
}

impl Limits {
    /// Counts a call; `false` when it is one too many. Windows begin at multiples of their length.
    pub(crate) fn allow(&self, name: &str, limit: Limit, now_ms: i64) -> bool {
        if limit.calls == 0 {
            return true;
        }
        let mut windows = lock(&self.0);
        let window = windows.entry(name.to_owned()).or_default();
        let start_ms = now_ms - now_ms.rem_euclid(limit.window_ms);
        // A block ends by itself, or when the clock was set back before it began.
        let begun = window.blocked_until_ms - limit.block_ms;
        if now_ms < window.blocked_until_ms && now_ms >= begun {
            return false;
        }
        if window.start_ms != start_ms || window.blocked_until_ms != 0 {
            *window = Window {
                start_ms,
                ..Window::default()
            };
        }
        window.calls += 1;
        if window.calls <= limit.calls {
            return true;
        }
        if limit.block_ms > 0 {
            window.blocked_until_ms = now_ms + limit.block_ms;
        }
        false
    }

    pub(crate) fn reset(&self) {
        lock(&self.0).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_passes_so_many_calls() {
        let limits = Limits::default();
        let limit = Limit {
            calls: 2,
            window_ms: 1000,
            block_ms: 0,
        };
        let passed: Vec<bool> = [1000, 1500, 1999, 2000, 2001, 2002]
            .map(|now| limits.allow("a", limit, now))
            .to_vec();
        assert_eq!(passed, [true, true, false, true, true, false]);
        assert!(limits.allow("b", limit, 2002));
    }

    #[test]
    fn a_block_lasts_its_time_and_no_longer() {
        let limits = Limits::default();
        let limit = Limit {
            calls: 1,
            window_ms: 1000,
            block_ms: 10_000,
        };
        let calls = [0, 1, 5000, 10_000, 10_001, 10_002, 20_001, 20_002];
        let passed = calls.map(|now| limits.allow("a", limit, now));
        assert_eq!(
            passed,
            [true, false, false, false, true, false, false, true]
        );
    }
}
