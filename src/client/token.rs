//! A token that is fetched once and shared by all threads of a client.

use crate::error::Result;
use crate::transfer::watch::Watch;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A token is renewed when this little of its life is left, so that it does not
/// expire on the way; of a short-lived one, a tenth.
const MARGIN: Duration = Duration::from_secs(60);

/// A waiting thread looks at its own deadline this often.
const SLICE: Duration = Duration::from_millis(100);

#[derive(Default)]
pub(super) struct TokenCache {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
enum State {
    #[default]
    Empty,
    /// One thread is fetching; the others wait for it.
    Fetching,
    Ready {
        value: String,
        renew_at: Option<Instant>,
    },
}

/// Puts an end to `Fetching` however the fetch ends.
struct Fetch<'a> {
    cache: &'a TokenCache,
    result: State,
}

impl Drop for Fetch<'_> {
    fn drop(&mut self) {
        *self.cache.lock() = std::mem::take(&mut self.result);
        self.cache.changed.notify_all();
    }
}

impl TokenCache {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token, from the cache or from `fetch`, which returns a token and how
    /// long it lives (`None`: for ever) and is never run by two threads at once.
    pub(super) fn get(
        &self,
        watch: Watch,
        fetch: impl FnOnce() -> Result<(String, Option<Duration>)>,
    ) -> Result<String> {
        let mut state = self.lock();
        loop {
            match &*state {
                State::Ready { value, renew_at }
                    if renew_at.is_none_or(|at| Instant::now() < at) =>
                {
                    return Ok(value.clone());
                }
                State::Fetching => {
                    watch.check_deadline()?;
                    (state, _) = self
                        .changed
                        .wait_timeout(state, SLICE)
                        .unwrap_or_else(PoisonError::into_inner);
                }
                State::Empty | State::Ready { .. } => break,
            }
        }
        *state = State::Fetching;
        drop(state);
        let mut running = Fetch {
            cache: self,
            result: State::Empty,
        };
        let (value, lifetime) = fetch()?;
        running.result = State::Ready {
            value: value.clone(),
            renew_at: lifetime
                .and_then(|life| Instant::now().checked_add(life - MARGIN.min(life / 10))),
        };
        Ok(value)
    }

    /// The service refused this token: the next call fetches another.
    pub(super) fn forget(&self, refused: &str) {
        let mut state = self.lock();
        if matches!(&*state, State::Ready { value, .. } if value == refused) {
            *state = State::Empty;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::error::{Error, Status};
    use crate::transfer::watch::Timeouts;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicU32, Ordering};

    const HOUR: Duration = Duration::from_secs(3600);

    fn watch(deadline: Option<Duration>) -> Watch {
        Watch::start(Timeouts {
            connect: HOUR,
            stall: HOUR,
            deadline,
        })
    }

    #[test]
    fn threads_share_one_fetch() {
        let cache = TokenCache::default();
        let fetches = AtomicU32::new(0);
        let together = Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    together.wait();
                    let token = cache.get(watch(None), || {
                        fetches.fetch_add(1, Ordering::Relaxed);
                        Ok(("t".into(), None))
                    });
                    assert_eq!(token.unwrap(), "t");
                });
            }
        });
        assert_eq!(fetches.into_inner(), 1);
    }

    #[test]
    fn a_failed_fetch_leaves_room_for_the_next() {
        let cache = TokenCache::default();
        let fail = || Err(Error::new(Status::Unavailable, "x"));
        assert!(cache.get(watch(None), fail).is_err());
        let token = cache.get(watch(None), || Ok(("t".into(), Some(HOUR))));
        assert_eq!(token.unwrap(), "t");
    }

    #[test]
    fn a_spent_or_refused_token_is_fetched_anew() {
        let cache = TokenCache::default();
        let get = |value: &str, life| {
            cache
                .get(watch(None), || Ok((value.to_owned(), life)))
                .unwrap()
        };
        assert_eq!(get("a", Some(Duration::ZERO)), "a");
        assert_eq!(get("b", Some(HOUR)), "b");
        cache.forget("a");
        assert_eq!(get("c", None), "b");
        cache.forget("b");
        assert_eq!(get("c", None), "c");
    }

    #[test]
    fn who_waits_for_a_fetch_keeps_its_own_deadline() {
        let cache = TokenCache::default();
        *cache.lock() = State::Fetching;
        let late = watch(Some(Duration::ZERO));
        let error = cache.get(late, || Ok((String::new(), None))).unwrap_err();
        assert_eq!(error.status(), Status::Deadline);
    }
}
