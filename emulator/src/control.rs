//! The handle by which a test in the same process steers an emulator.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use serde_json::Value;

use crate::config::{Config, Setting};
use crate::fault::{Action, Canned, Rule};
use crate::journal::Entry;
use crate::service::{self, AnyService};
use crate::state::State;

/// Steers a running emulator: faults, clock, journal. Cheap to clone, and usable from any thread.
#[derive(Debug, Clone)]
pub struct Control {
    state: Arc<State>,
}

impl Control {
    pub(crate) fn new(state: Arc<State>) -> Self {
        Self { state }
    }

    /// The set-up it runs with, credentials included.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.state.config
    }

    /// The folder that holds the files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.state.store.folder()
    }

    /// Adds a rule behind the others.
    ///
    /// # Errors
    /// `InvalidInput` when the rule can never fire or makes no sense; the text says why.
    pub fn add_fault(&self, rule: Rule) -> io::Result<()> {
        check(&rule, &self.state.services)
            .map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?;
        self.state.faults.add(rule);
        Ok(())
    }

    /// The rules in order, each with how often it has fired.
    #[must_use]
    pub fn faults(&self) -> Vec<(Rule, u64)> {
        self.state.faults.list()
    }

    /// Removes every rule, resets the connections that one had stalled, and lets go on what one holds.
    pub fn clear_faults(&self) {
        self.state.faults.clear();
        self.state.links.end_stalled();
    }

    /// Milliseconds since 1970 by the emulator's clock.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.state.clock.now_ms()
    }

    /// How far the emulator's clock is ahead of the system's, in milliseconds.
    #[must_use]
    pub fn clock_offset_ms(&self) -> i64 {
        self.state.clock.offset_ms()
    }

    /// Moves the clock on; a negative step moves it back.
    pub fn advance_seconds(&self, seconds: i64) {
        self.state.clock.advance_ms(seconds.saturating_mul(1000));
    }

    /// Sets how far the clock is ahead of the system's.
    pub fn set_clock_offset_seconds(&self, seconds: i64) {
        self.state.clock.set_offset_ms(seconds.saturating_mul(1000));
    }

    /// Makes the clock stand still, moving only when told, or lets it run on from where it stood.
    pub fn freeze_clock(&self, frozen: bool) {
        self.state.clock.set_frozen(frozen);
    }

    /// Whether the clock stands still.
    #[must_use]
    pub fn is_clock_frozen(&self) -> bool {
        self.state.clock.is_frozen()
    }

    /// Makes every stored file older by so many seconds, as if it had been sent earlier.
    ///
    /// # Errors
    /// When the metadata cannot be written.
    pub fn age_files(&self, seconds: i64) -> io::Result<()> {
        self.state.store.age(seconds.saturating_mul(1000))
    }

    /// Makes every token unknown, of all services that give any out.
    pub fn revoke_tokens(&self) {
        self.state.revoke_tokens();
    }

    /// Every setting of every service as it is now.
    #[must_use]
    pub fn settings(&self) -> Vec<Setting> {
        self.state.settings.now().settings()
    }

    /// Changes a setting from the next request on, named as on the command line: `set("openim-multi-login", "one_each")`. A
    /// switch takes no value. What a service makes of its settings at the start (users, spaces, rotation) stays as it is until
    /// [`Self::reset`], which also puts all settings back.
    ///
    /// # Errors
    /// `InvalidInput` when the name or the value is not understood.
    pub fn set(&self, name: &str, value: &str) -> io::Result<()> {
        let changed = self
            .state
            .settings
            .change(|config| config.set(name, || Ok(value.to_owned())));
        changed.map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))
    }

    /// Tells a service what only it knows, as `{method} /_emulator/{service}/{path}` does over HTTP, and returns what
    /// that answers.
    ///
    /// # Errors
    /// `InvalidInput` when the service does not know the order; what the order itself fails with.
    pub fn tell(
        &self,
        service: &str,
        method: &str,
        path: &str,
        query: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Value> {
        let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
        let told = self
            .state
            .service(service)
            .ok_or_else(|| invalid(format!("no service is called {service}")))?;
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let query: Vec<(String, String)> = query.iter().map(owned).collect();
        let order = service::Control {
            method,
            path,
            query: &query,
            body,
        };
        // On a thread of its own, since the caller may be within a runtime.
        let answered = std::thread::scope(|scope| {
            let work = || {
                let runtime = tokio::runtime::Builder::new_current_thread().build()?;
                io::Result::Ok(runtime.block_on(told.control(&self.state, order)))
            };
            let done = scope.spawn(work).join();
            done.unwrap_or_else(|_| Err(io::Error::other("the order was given up by a panic")))
        })?;
        answered.map_err(|(status, why)| match status {
            500.. => io::Error::other(why),
            _ => invalid(why),
        })
    }

    /// The requests seen, the oldest first.
    #[must_use]
    pub fn journal(&self) -> Vec<Entry> {
        self.state.journal.entries()
    }

    /// Forgets the requests seen; numbers go on counting.
    pub fn clear_journal(&self) {
        self.state.journal.clear();
    }

    /// How many connections are open. Connections are accepted in their order, so once one made later was counted, so
    /// was every earlier one; and once there are none, no request is being handled.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.state.links.count()
    }

    /// Waits until the journal satisfies `done`, and returns it; `None` when that takes longer than `limit`.
    #[must_use]
    pub fn wait_for(&self, limit: Duration, done: impl Fn(&[Entry]) -> bool) -> Option<Vec<Entry>> {
        let start = Instant::now();
        loop {
            let entries = self.journal();
            if done(&entries) {
                return Some(entries);
            }
            if start.elapsed() >= limit {
                return None;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Forgets everything: files, tokens, users made on the way, limits, faults, journal, clock.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn reset(&self) -> io::Result<()> {
        self.state.reset()
    }
}

/// Finds mistakes in a rule that would otherwise only show as a fault that never happens.
pub(crate) fn check(rule: &Rule, services: &[Arc<dyn AnyService>]) -> Result<(), String> {
    let known =
        |name: &str, list: &[&str]| list.iter().any(|known| known.eq_ignore_ascii_case(name));
    let names: Vec<&str> = services.iter().map(|one| one.name()).collect();
    if let Some(service) = &rule.matching.service
        && !known(service, &names)
    {
        let names = names.join(", ");
        return Err(format!("no service is called {service}; there are {names}"));
    }
    if let Some(verb) = &rule.matching.verb {
        let service = rule.matching.service.as_deref();
        let verbs: Vec<&str> = services
            .iter()
            .filter(|one| service.is_none_or(|name| name.eq_ignore_ascii_case(one.name())))
            .flat_map(|one| one.verbs().iter().copied())
            .collect();
        if !known(verb, &verbs) {
            let names = verbs.join(", ");
            return Err(format!("no verb is called {verb}; there are {names}"));
        }
    }
    if let Action::ServiceError { name, .. } = &rule.action {
        let is = |wanted: &Option<String>, have: &str| {
            wanted
                .as_deref()
                .is_none_or(|w| w.eq_ignore_ascii_case(have))
        };
        let mut places = services
            .iter()
            .filter(|one| is(&rule.matching.service, one.name()))
            .flat_map(|one| one.verbs().iter().map(move |verb| (one, verb)))
            .filter(|(_, verb)| is(&rule.matching.verb, verb));
        if !places.any(|(one, verb)| one.has_error(verb, name)) {
            return Err(format!(
                "no error is called {name} there; docs/emulator.md lists the names"
            ));
        }
    }
    check_action(&rule.action)
}

fn check_action(action: &Action) -> Result<(), String> {
    let status_fits = |status: u16| {
        // An answer below 200 is none, and hyper would not send it.
        if (200..=999).contains(&status) {
            Ok(())
        } else {
            Err(format!("{status} is not a status that can be answered"))
        }
    };
    match action {
        Action::Answer(Canned {
            status,
            headers,
            body_base64,
            ..
        }) => {
            status_fits(*status)?;
            for (name, value) in headers {
                let good = hyper::header::HeaderName::try_from(name).is_ok()
                    && hyper::header::HeaderValue::try_from(value).is_ok();
                if !good {
                    return Err(format!("{name:?}: {value:?} is not a header field"));
                }
            }
            let decodes = |text: &String| {
                base64::engine::general_purpose::STANDARD
                    .decode(text)
                    .is_ok()
            };
            if body_base64.as_ref().is_some_and(|text| !decodes(text)) {
                return Err("body_base64 is not base64".to_owned());
            }
            Ok(())
        }
        Action::Redirect { status, .. } if !(300..400).contains(status) => {
            Err(format!("{status} is not a redirect"))
        }
        Action::Trickle { bytes_per_second } if *bytes_per_second == 0 => {
            Err("bytes_per_second must be at least 1; stall_body stops altogether".to_owned())
        }
        _ => Ok(()),
    }
}
