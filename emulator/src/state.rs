//! Everything an emulator knows, shared by its connections and its handle.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::{Config, Settings};
use crate::fault::Faults;
use crate::journal::Journal;
use crate::limits::Limits;
use crate::server::{Authority, Links};
use crate::service::{self, AnyService};
use crate::store::Store;

#[derive(Debug)]
pub(crate) struct State {
    /// As it was started.
    pub(crate) config: Config,
    pub(crate) settings: Settings,
    pub(crate) address: SocketAddr,
    pub(crate) tls_address: Option<SocketAddr>,
    pub(crate) authority: Option<Arc<Authority>>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    pub(crate) links: Links,
    pub(crate) limits: Limits,
    pub(crate) store: Store,
    pub(crate) services: Vec<Arc<dyn AnyService>>,
}

impl State {
    pub(crate) fn new(
        config: Config,
        address: SocketAddr,
        tls_address: Option<SocketAddr>,
        authority: Option<Arc<Authority>>,
    ) -> io::Result<Self> {
        let clock = Arc::new(Clock::new());
        let store = Store::open(config.folder.as_deref(), config.max_storage)?;
        let settings = Settings::new(config.clone());
        Ok(Self {
            services: service::open(&settings, &store, clock.now_ms())?,
            settings,
            store,
            journal: Journal::new(config.journal_length),
            faults: Faults::default(),
            links: Links::new(Arc::clone(&clock)),
            limits: Limits::default(),
            clock,
            config,
            address,
            tls_address,
            authority,
        })
    }

    /// As after a start with an empty folder; connections stay open, unless a fault had stalled them.
    pub(crate) fn reset(&self) -> io::Result<()> {
        self.faults.clear();
        self.links.end_stalled();
        self.journal.clear();
        self.clock.reset();
        self.limits.reset();
        let started = self.config.clone();
        let Ok(()) = self.settings.change(|config| -> Result<(), Infallible> {
            *config = started;
            Ok(())
        });
        for service in &self.services {
            service.reset(self.clock.now_ms())?;
        }
        self.store.clear()
    }

    /// Makes every token unknown, of all services that give any out.
    pub(crate) fn revoke_tokens(&self) {
        self.services.iter().for_each(|one| one.revoke_tokens());
    }

    /// The service of this name, in any case.
    pub(crate) fn service(&self, name: &str) -> Option<&Arc<dyn AnyService>> {
        let mut services = self.services.iter();
        services.find(|one| one.name().eq_ignore_ascii_case(name))
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn tls_base_url(&self) -> Option<String> {
        self.tls_address.map(|address| format!("https://{address}"))
    }
}
