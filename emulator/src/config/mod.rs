//! How an emulator is set up. Every field has a documented default, so `Config::default()` is a whole set-up.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

mod easemob;
mod huawei;
mod live;
mod netease;
mod openim;
mod settings;
mod smh;

pub use easemob::*;
pub use huawei::*;
pub(crate) use live::Settings;
pub use netease::*;
pub use openim::*;
pub use settings::Setting;
pub use smh::*;

/// The whole set-up. Change what a test needs and take the rest from [`Config::default`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Config {
    /// Where files and their metadata are kept. `None` is a fresh folder that goes away with the emulator.
    pub folder: Option<PathBuf>,
    /// The address to listen on. Port 0 takes any free one.
    pub bind: SocketAddr,
    /// Also listen with TLS, on a port of its own.
    pub tls: Option<SocketAddr>,
    /// How many requests the journal remembers.
    pub journal_length: usize,
    /// How many bytes of files are kept; a file counts as 16 KiB at least. When there are more, the oldest are dropped.
    /// SMH's files are counted apart from those of the others, and so are uploads in parts that are not finished.
    pub max_storage: u64,
    /// The kernel's receive buffer of each connection in bytes. A small one makes a stalled upload block early.
    pub receive_buffer: Option<u32>,
    /// Easemob's part.
    pub easemob: EasemobConfig,
    /// NetEase's part.
    pub netease: NeteaseConfig,
    /// Huawei AICC's part.
    pub huawei: HuaweiConfig,
    /// OpenIM's part.
    pub openim: OpenimConfig,
    /// Tencent SMH's part.
    pub smh: SmhConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            folder: None,
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls: None,
            journal_length: 10_000,
            max_storage: 4 * 1024 * 1024 * 1024,
            receive_buffer: None,
            easemob: EasemobConfig::default(),
            netease: NeteaseConfig::default(),
            huawei: HuaweiConfig::default(),
            openim: OpenimConfig::default(),
            smh: SmhConfig::default(),
        }
    }
}
