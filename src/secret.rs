//! Secrets: given as values, or got from a provider when they are needed.

use crate::error::Result;
use crate::text::check_not_empty;
use crate::watch::Watch;
use std::fmt;
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
pub struct SecretProvider(Arc<Mutex<Box<ProviderFunction>>>);

impl fmt::Debug for SecretProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretProvider")
    }
}

impl SecretProvider {
    /// Wraps a function, which is given the name of the field (`app_secret`,
    /// `password`, …), for example of [`Netease`](crate::Netease).
    pub fn new(ask: impl FnMut(&str) -> Result<SecretText> + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Box::new(ask))))
    }

    fn ask(&self, name: &'static str, watch: &Watch) -> Result<SecretText> {
        lock_in_turn(&self.0, watch)?(name)
    }
}

/// A function of the caller's, which is never run twice at once: as soon as no other
/// thread runs it.
pub(crate) fn lock_in_turn<'m, F>(ask: &'m Mutex<F>, watch: &Watch) -> Result<MutexGuard<'m, F>> {
    loop {
        watch.check()?;
        match ask.try_lock() {
            Ok(ask) => return Ok(ask),
            Err(TryLockError::Poisoned(ask)) => return Ok(PoisonError::into_inner(ask)),
            Err(TryLockError::WouldBlock) => watch.pause(LOOK)?,
        }
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
