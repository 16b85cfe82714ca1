//! The settings of a running emulator, which can be changed while it runs.

use std::sync::{Arc, PoisonError, RwLock};

use super::Config;

/// Shared by all that look at the settings; a change holds from the next request on.
#[derive(Debug, Clone)]
pub(crate) struct Settings(Arc<RwLock<Arc<Config>>>);

impl Settings {
    pub(crate) fn new(config: Config) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(config))))
    }

    pub(crate) fn now(&self) -> Arc<Config> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes them all together, or none.
    pub(crate) fn change<E>(
        &self,
        change: impl FnOnce(&mut Config) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut settings = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Config::clone(&settings);
        change(&mut changed)?;
        *settings = Arc::new(changed);
        Ok(())
    }
}
