//! Secrets: given as values, or got from a provider when they are needed.

use crate::error::{Error, Result};
use crate::text::check_not_empty;
use crate::threads::{ThreadId, lock};
use crate::watch::Watch;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;
use zeroize::Zeroizing;

/// A text that is wiped from memory when it is dropped.
pub type SecretText = Zeroizing<String>;

/// How often a thread looks whether another is done asking.
const LOOK: Duration = Duration::from_millis(5);

/// A secret or a token: a value, or a [`SecretProvider`] that is asked for it each
/// time it is needed, so that it may live elsewhere.
#[derive(Clone)]
pub struct Secret(SecretKind);

#[derive(Clone)]
enum SecretKind {
    Value(SecretText),
    Provider(SecretProvider),
}

type ProviderFunction = dyn FnMut(&str) -> Result<SecretText> + Send;

/// A function that knows secrets by the names of their fields. Its clones are
/// the same function, which is never run twice at once.
#[derive(Clone)]
pub struct SecretProvider(Arc<InTurn<Box<ProviderFunction>>>);

impl fmt::Debug for SecretProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretProvider")
    }
}

impl SecretProvider {
    /// Wraps a function, which is given the name of the field (`app_secret`,
    /// `password`, …), for example of [`Netease`](crate::Netease).
    pub fn new(ask: impl FnMut(&str) -> Result<SecretText> + Send + 'static) -> Self {
        Self(Arc::new(InTurn::new(Box::new(ask))))
    }

    fn ask(&self, name: &'static str, watch: &Watch) -> Result<SecretText> {
        self.0.take(name, watch)?(name).map_err(|e| e.of_caller_for(name))
    }
}

/// A function of the caller's, which is never run twice at once.
pub(crate) struct InTurn<F> {
    function: Mutex<F>,
    /// The thread that runs it.
    runs_on: Mutex<Option<ThreadId>>,
}

/// The right to run it.
pub(crate) struct Turn<'m, F> {
    function: MutexGuard<'m, F>,
    runs_on: &'m Mutex<Option<ThreadId>>,
}

impl<F> InTurn<F> {
    pub(crate) fn new(function: F) -> Self {
        Self {
            function: Mutex::new(function),
            runs_on: Mutex::new(None),
        }
    }

    /// As soon as no other thread runs it. A call that it makes itself, and that needs what it gives (`name`), would
    /// wait for ever.
    pub(crate) fn take(&self, name: &'static str, watch: &Watch) -> Result<Turn<'_, F>> {
        let here = Some(ThreadId::here());
        loop {
            watch.check()?;
            let function = match self.function.try_lock() {
                Ok(function) => function,
                Err(TryLockError::Poisoned(function)) => PoisonError::into_inner(function),
                Err(TryLockError::WouldBlock) if *lock(&self.runs_on) == here => {
                    return Err(Error::argument(
                        name,
                        "is asked for by a call that the callback makes which is to give it; have it use another client",
                    ));
                }
                Err(TryLockError::WouldBlock) => {
                    watch.pause(LOOK)?;
                    continue;
                }
            };
            *lock(&self.runs_on) = here;
            return Ok(Turn {
                function,
                runs_on: &self.runs_on,
            });
        }
    }
}

impl<F> Deref for Turn<'_, F> {
    type Target = F;

    fn deref(&self) -> &F {
        &self.function
    }
}

impl<F> DerefMut for Turn<'_, F> {
    fn deref_mut(&mut self) -> &mut F {
        &mut self.function
    }
}

impl<F> Drop for Turn<'_, F> {
    fn drop(&mut self) {
        *lock(self.runs_on) = None;
    }
}

impl Secret {
    /// Whether another value may come when it is asked for again.
    pub(crate) fn can_change(&self) -> bool {
        matches!(self.0, SecretKind::Provider(_))
    }

    /// The secret of this field.
    pub(crate) fn get(&self, name: &'static str, watch: &Watch) -> Result<SecretText> {
        let value = match &self.0 {
            SecretKind::Value(value) => value.clone(),
            SecretKind::Provider(provider) => provider.ask(name, watch)?,
        };
        check_not_empty(name, &value)?;
        Ok(value)
    }

    /// Checks a value that is there already; one that will be asked for is
    /// checked then.
    pub(crate) fn check(&self, check: impl FnOnce(&str) -> Result<()>) -> Result<()> {
        match &self.0 {
            SecretKind::Value(value) => check(value),
            SecretKind::Provider(_) => Ok(()),
        }
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(SecretKind::Value(Zeroizing::new(value)))
    }
}

impl From<SecretText> for Secret {
    fn from(value: SecretText) -> Self {
        Self(SecretKind::Value(value))
    }
}

impl From<SecretProvider> for Secret {
    /// Asks each time.
    fn from(provider: SecretProvider) -> Self {
        Self(SecretKind::Provider(provider))
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        value.to_owned().into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::watch::tests::watch;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    #[test]
    fn a_secret_is_asked_for_by_name_and_never_twice_at_once() {
        static ASKING: AtomicBool = AtomicBool::new(false);
        static ASKED: AtomicU32 = AtomicU32::new(0);
        let provider = SecretProvider::new(|name| {
            assert!(!ASKING.swap(true, Ordering::SeqCst), "asked twice at once");
            ASKED.fetch_add(1, Ordering::SeqCst);
            std::thread::yield_now();
            ASKING.store(false, Ordering::SeqCst);
            Ok(Zeroizing::new(format!("the {name}")))
        });
        let secret = Secret::from(provider.clone());
        let other = Secret::from(provider);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert_eq!(*secret.get("a", &watch(None)).unwrap(), "the a"));
                scope.spawn(|| assert_eq!(*other.get("b", &watch(None)).unwrap(), "the b"));
            }
        });
        assert_eq!(ASKED.load(Ordering::SeqCst), 16);
    }

    #[test]
    fn who_asks_while_asked_is_told_so_and_waits_for_nobody() {
        let own: Arc<Mutex<Option<Secret>>> = Arc::default();
        let asked = Arc::clone(&own);
        let secret = Secret::from(SecretProvider::new(move |name| {
            let again = lock(&asked).clone().unwrap();
            let error = again.get("token", &watch(None)).unwrap_err();
            assert_eq!(error.status(), crate::Status::Argument, "{error}");
            assert_eq!(error.field(), Some("token"));
            Ok(Zeroizing::new(name.to_owned()))
        }));
        *lock(&own) = Some(secret.clone());
        for _ in 0..2 {
            assert_eq!(*secret.get("a", &watch(None)).unwrap(), "a");
        }
        *lock(&own) = None;
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::from("hidden")), "Secret");
    }

    #[test]
    fn an_empty_answer_is_an_error() {
        let secret = Secret::from(SecretProvider::new(|_| Ok(Zeroizing::default())));
        assert_eq!(
            secret.get("token", &watch(None)).unwrap_err().field(),
            Some("token")
        );
    }
}
