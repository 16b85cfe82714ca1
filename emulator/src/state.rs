//! Everything an emulator knows, shared by its connections and its handle.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::fault::Faults;
use crate::journal::Journal;
use crate::limits::Limits;
use crate::server::{Authority, Links};
use crate::service::{easemob, huawei, netease, openim, smh};
use crate::store::Store;

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) address: SocketAddr,
    pub(crate) tls_address: Option<SocketAddr>,
    pub(crate) authority: Option<Arc<Authority>>,
    pub(crate) clock: Clock,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    pub(crate) links: Links,
    pub(crate) limits: Limits,
    pub(crate) store: Store,
    pub(crate) easemob: easemob::Memory,
    pub(crate) netease: netease::Memory,
    pub(crate) huawei: huawei::Memory,
    pub(crate) openim: openim::Memory,
    pub(crate) smh: Arc<smh::Memory>,
}

impl State {
    pub(crate) fn new(
        config: Config,
        address: SocketAddr,
        tls_address: Option<SocketAddr>,
        authority: Option<Arc<Authority>>,
    ) -> io::Result<Self> {
        let clock = Clock::new();
        let store = Store::open(config.folder.as_deref(), config.max_storage)?;
        Ok(Self {
            smh: smh::Memory::open(
                store.folder(),
                &config.smh,
                config.max_storage,
                clock.now_ms(),
            )?,
            store,
            journal: Journal::new(config.journal_length),
            easemob: easemob::Memory::new(&config.easemob, clock.now_ms()),
            netease: netease::Memory::default(),
            huawei: huawei::Memory::new(&config.huawei),
            openim: openim::Memory::default(),
            faults: Faults::default(),
            links: Links::default(),
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
        self.easemob
            .reset(&self.config.easemob, self.clock.now_ms());
        self.netease.reset();
        self.huawei.reset(&self.config.huawei);
        self.openim.reset();
        self.smh.reset(&self.config.smh, self.clock.now_ms())?;
        self.store.clear()
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn tls_base_url(&self) -> Option<String> {
        self.tls_address.map(|address| format!("https://{address}"))
    }
}
