//! From the environment to a service, and to an emulator that is the same.

use chatfile_emulator::{COMPARISONS, Comparison, Config, Emulator};

use super::node::Known;
use super::wire::Place;

/// What all variables begin with, as in tests/live.
pub(super) const PREFIX: &str = "CHATFILE_LIVE_";

/// A service, as it is compared.
#[derive(Clone, Copy)]
pub(super) struct Service(&'static Comparison);

impl std::ops::Deref for Service {
    type Target = Comparison;

    fn deref(&self) -> &Comparison {
        self.0
    }
}

pub(super) fn all() -> impl Iterator<Item = Service> {
    COMPARISONS.iter().copied().map(Service)
}

impl Service {
    /// What is two in one is told apart, too.
    fn with_parts(&self, mut known: Known) -> Known {
        let Some((name, between, [first, second])) = self.pair else {
            return known;
        };
        if let Some((left, right)) = known.value(name).and_then(|both| both.split_once(between)) {
            let (left, right) = (left.to_owned(), right.to_owned());
            known.set(first, left);
            known.set(second, right);
        }
        known
    }

    /// The values that the environment has, or the variables that it lacks.
    pub(super) fn values(&self) -> Result<Known, Vec<String>> {
        let mut known = Known::default();
        let mut missing = Vec::new();
        for (name, variable) in self.variables {
            let (variable, default) = match variable.strip_prefix('?') {
                Some(optional) => match optional.split_once('=') {
                    Some((variable, default)) => (variable, Some(Some(default))),
                    None => (optional, Some(None)),
                },
                None => (*variable, None),
            };
            let variable = format!("{PREFIX}{variable}");
            match (
                std::env::var(&variable).ok().filter(|v| !v.is_empty()),
                default,
            ) {
                (Some(value), _) => known.set(name, value),
                (None, Some(Some(default))) => known.set(name, default),
                (None, Some(None)) => {}
                (None, None) => missing.push(variable),
            }
        }
        match missing.is_empty() {
            true => Ok(self.with_parts(known)),
            false => Err(missing),
        }
    }

    /// The emulator's own credentials, where a recording stands for the service.
    pub(super) fn stand_in(&self, config: &Config) -> Known {
        let mut known = Known::default();
        for (name, value) in (self.account)(config) {
            known.set(name, value);
        }
        self.with_parts(known)
    }

    /// An emulator with the same credentials, and the values that lead to it.
    pub(super) fn emulated(
        &self,
        config: &Config,
        real: &Known,
    ) -> std::io::Result<(Emulator, Known)> {
        let mut config = config.clone();
        (self.configure)(&mut config, &|name| {
            real.value(name).unwrap_or_default().to_owned()
        });
        let emulator = Emulator::start(config)?;
        let mut known = Known::default();
        for (name, _) in self.variables {
            if let Some(value) = real.value(name) {
                known.set(name, value);
            }
        }
        known.set("base", emulator.base_url() + self.path);
        Ok((emulator, self.with_parts(known)))
    }
}

/// The API's place and path, by the value `base`.
pub(super) fn api(known: &Known) -> Option<(Place, String)> {
    Place::of(known.value("base")?)
}
