//! A token that is fetched once and shared by all threads of a client.

use super::clock::fresh_until;
use super::recovery::Forgotten;
use crate::error::{Phase, Result};
use crate::secret::SecretText;
use crate::threads::{ThreadId, lock};
use crate::transfer::call::Call;
use crate::watch::{self, SLICE};
use std::cell::Cell;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A token is renewed when this little of its life is left, so that it does not
/// expire on the way; of a short-lived one, a tenth.
const MARGIN: Duration = Duration::from_secs(60);

/// A token and how long it lives; `None`: for ever.
pub(super) type Fetched = (SecretText, Option<Duration>);

#[derive(Default)]
pub(super) struct TokenCache {
    state: Mutex<TokenState>,
    changed: Condvar,
}

#[derive(Default)]
enum TokenState {
    #[default]
    Empty,
    /// This thread is fetching; the others wait for it.
    Fetching(ThreadId),
    Ready {
        value: SecretText,
        renew_at: Option<Instant>,
        /// Seconds since 1970 UTC.
        expires_at: Option<u64>,
    },
}

impl TokenState {
    fn ready(value: SecretText, lifetime: Option<Duration>) -> Self {
        Self::Ready {
            value,
            renew_at: lifetime.and_then(|life| fresh_until(life, MARGIN)),
            expires_at: lifetime.and_then(|life| {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
                now.checked_add(life).map(|at| at.as_secs())
            }),
        }
    }
}

thread_local! {
    /// The call (its address) that is getting a token on this thread, the innermost; 0: none is.
    static FETCHES: Cell<usize> = const { Cell::new(0) };
}

fn address(call: &Call) -> usize {
    std::ptr::from_ref(call).addr()
}

/// Whether a call within a callback of one that gets a token makes this one. It waits for no other
/// thread to get one: that may wait for the token of the outer call, in a callback too.
fn is_within_a_fetch(call: &Call) -> bool {
    let outer = FETCHES.get();
    outer != 0 && outer != address(call)
}

/// Puts an end to `Fetching` however the fetch ends.
struct Fetch<'a> {
    cache: &'a TokenCache,
    result: TokenState,
    outer: usize,
}

impl Drop for Fetch<'_> {
    fn drop(&mut self) {
        FETCHES.set(self.outer);
        *self.cache.lock() = std::mem::take(&mut self.result);
        self.cache.changed.notify_all();
    }
}

impl TokenCache {
    fn lock(&self) -> MutexGuard<'_, TokenState> {
        lock(&self.state)
    }

    /// The token, from the cache or from `fetch`, which is given the one whose
    /// life is over, and is never run by two threads at once, nor twice.
    pub(super) fn get(
        &self,
        call: &mut Call,
        fetch: &mut dyn FnMut(&mut Call, Option<&SecretText>) -> Result<Fetched>,
    ) -> Result<SecretText> {
        self.get_or_fetch(call, fetch)
            .map_err(|error| error.with_phase(Phase::Token))
    }

    fn get_or_fetch(
        &self,
        call: &mut Call,
        fetch: &mut dyn FnMut(&mut Call, Option<&SecretText>) -> Result<Fetched>,
    ) -> Result<SecretText> {
        let mut state = self.lock();
        let here = ThreadId::here();
        loop {
            match &*state {
                TokenState::Ready {
                    value, renew_at, ..
                } if renew_at.is_none_or(|at| Instant::now() < at) => {
                    return Ok(value.clone());
                }
                // A callback of the call that is fetching has made this one.
                TokenState::Fetching(thread) if *thread == here || is_within_a_fetch(call) => {
                    drop(state);
                    return fetch(call, None).map(|(value, _)| value);
                }
                TokenState::Fetching(_) => {
                    drop(self.changed.wait_timeout(state, SLICE));
                    // Without the lock, for it may call back.
                    call.watch.check()?;
                    state = self.lock();
                }
                TokenState::Empty | TokenState::Ready { .. } => break,
            }
        }
        let spent = match std::mem::replace(&mut *state, TokenState::Fetching(here)) {
            TokenState::Ready { value, .. } => Some(value),
            TokenState::Empty | TokenState::Fetching(_) => None,
        };
        drop(state);
        let mut running = Fetch {
            cache: self,
            result: TokenState::Empty,
            outer: FETCHES.replace(address(call)),
        };
        let (value, lifetime) = watch::renewing(|| fetch(call, spent.as_ref()))?;
        running.result = TokenState::ready(value.clone(), lifetime);
        Ok(value)
    }

    /// The service refused this token: the next call fetches another.
    pub(super) fn forget(&self, refused: &str) -> Forgotten {
        let mut state = self.lock();
        match &*state {
            TokenState::Ready { value, .. } if value.as_str() == refused => {
                *state = TokenState::Empty;
                Forgotten::Present
            }
            _ => Forgotten::Earlier,
        }
    }

    /// The service has replaced this token by another, which lives as long.
    pub(super) fn replace(&self, old: &str, new: SecretText, lifetime: Duration) {
        let mut state = self.lock();
        if matches!(&*state, TokenState::Ready { value, .. } if value.as_str() == old) {
            *state = TokenState::ready(new, Some(lifetime));
        }
    }

    /// When the token that is there expires: seconds since 1970 UTC.
    pub(super) fn expires_at(&self) -> Option<u64> {
        match &*self.lock() {
            TokenState::Ready { expires_at, .. } => *expires_at,
            TokenState::Empty | TokenState::Fetching(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::error::{Error, Status};
    use crate::watch::tests::watch;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicU32, Ordering};

    const HOUR: Duration = Duration::from_secs(3600);

    fn call(deadline: Option<Duration>) -> Call {
        Call::new("service", "verb", watch(deadline))
    }

    fn token(value: &str) -> SecretText {
        SecretText::new(value.to_owned())
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
                    let got = cache.get(&mut call(None), &mut |_, _| {
                        fetches.fetch_add(1, Ordering::Relaxed);
                        Ok((token("t"), None))
                    });
                    assert_eq!(got.unwrap().as_str(), "t");
                });
            }
        });
        assert_eq!(fetches.into_inner(), 1);
    }

    #[test]
    fn a_failed_fetch_leaves_room_for_the_next() {
        let cache = TokenCache::default();
        let fail = |_: &mut Call, _: Option<&SecretText>| Err(Error::new(Status::Unavailable, "x"));
        assert!(cache.get(&mut call(None), &mut { fail }).is_err());
        let got = cache.get(&mut call(None), &mut |_, _| Ok((token("t"), Some(HOUR))));
        assert_eq!(got.unwrap().as_str(), "t");
    }

    #[test]
    fn a_spent_or_refused_token_is_fetched_anew() {
        let cache = TokenCache::default();
        let get = |value: &str, life| {
            cache
                .get(&mut call(None), &mut |_, _| Ok((token(value), life)))
                .unwrap()
                .to_string()
        };
        assert_eq!(get("a", Some(Duration::ZERO)), "a");
        assert_eq!(get("b", Some(HOUR)), "b");
        assert_eq!(cache.forget("a"), Forgotten::Earlier);
        assert_eq!(get("c", None), "b");
        assert_eq!(cache.forget("b"), Forgotten::Present);
        assert_eq!(get("c", None), "c");
        cache.replace("b", token("d"), HOUR);
        assert_eq!(get("e", None), "c");
        cache.replace("c", token("d"), HOUR);
        assert_eq!(get("e", None), "d");
    }

    #[test]
    fn a_call_made_while_this_thread_fetches_does_not_wait_for_itself() {
        let cache = TokenCache::default();
        let got = cache.get(&mut call(None), &mut |call, _| {
            let inner = cache.get(call, &mut |_, _| Ok((token("inner"), None)))?;
            assert_eq!(inner.as_str(), "inner");
            Ok((token("outer"), None))
        });
        assert_eq!(got.unwrap().as_str(), "outer");
    }

    /// Two threads, each of which gets a token of one client in a callback of the other's.
    #[test]
    fn calls_in_callbacks_do_not_wait_for_each_other() {
        let caches = [TokenCache::default(), TokenCache::default()];
        let together = Barrier::new(2);
        let got = &|own: usize| {
            caches[own].get(&mut call(None), &mut |_, _| {
                together.wait();
                let other = &caches[1 - own];
                let inner = other.get(&mut call(None), &mut |_, _| Ok((token("inner"), None)))?;
                together.wait();
                Ok((inner, None))
            })
        };
        std::thread::scope(|scope| {
            let threads = [0, 1].map(|own| scope.spawn(move || got(own)));
            for thread in threads {
                assert_eq!(thread.join().unwrap().unwrap().as_str(), "inner");
            }
        });
        assert_eq!(FETCHES.get(), 0);
    }

    #[test]
    fn who_waits_for_a_fetch_keeps_its_own_deadline() {
        let cache = TokenCache::default();
        let another = std::thread::spawn(ThreadId::here).join().unwrap();
        *cache.lock() = TokenState::Fetching(another);
        let mut late = call(Some(Duration::ZERO));
        let error = cache
            .get(&mut late, &mut |_, _| Ok((token(""), None)))
            .unwrap_err();
        assert_eq!(error.status(), Status::Deadline);
    }
}
