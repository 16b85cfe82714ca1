//! What the suite has to know of each service: its account in the emulator, how a line opens a client of it, and what it
//! can. Another service is a file here and a line in [`ALL`].

mod easemob;
mod huawei;
mod netease;
mod openim;
mod smh;

use chatfile_emulator::Config;
use serde_json::Value;

use crate::front::rust::Open;
use crate::protocol::Line;
use crate::world::World;

const ALL: &[&Service] = &[
    &easemob::SERVICE,
    &netease::SERVICE,
    &huawei::SERVICE,
    &openim::SERVICE,
    &smh::SERVICE,
];

pub fn all() -> impl Iterator<Item = &'static Service> {
    ALL.iter().copied()
}

/// The one that this verb opens.
pub fn opened_by(verb: &str) -> Option<&'static Service> {
    all().find(|one| one.name == verb)
}

/// What a service calls a message about a picture, and the one that an upload has to have.
pub type PictureMessage = (&'static str, fn(&Line) -> Value);

pub struct Service {
    /// The verb that opens a client of it.
    pub name: &'static str,
    /// How the Rust API opens one by a line.
    pub open: Open,
    /// A line that opens one of the emulator's account.
    pub account: fn(&World<'_>) -> Line,
    /// What must appear in no error text, and of a request in the body alone.
    pub secrets: fn(&Config) -> Vec<String>,
    /// What goes in a header or an address, and must appear in no error text.
    pub sent_secrets: fn(&Config) -> Vec<String>,
    /// The capabilities that its page tells of.
    pub can: u32,
    /// What every upload and download has to say.
    pub options: &'static [(&'static str, &'static str)],
    pub takes_empty_files: bool,
    /// Whether the account may bound uploads.
    pub has_limit: bool,
    /// What makes an upload one in small parts.
    pub in_parts: &'static [(&'static str, &'static str)],
    /// What it calls a message about a picture, and what that says of `cat`, 200 × 150 pixels as BMP, of which an
    /// upload has told this.
    pub picture_message: Option<PictureMessage>,
    /// Whether a download says how large a small picture is to be.
    pub sizes_thumbnails: bool,
    /// Whether there are pictures of videos.
    pub shows_videos: bool,
    /// Whether they can be presigned.
    pub presigns_thumbnails: bool,
    /// The request that the bytes of a file come by; `None` where a download that broke off begins anew.
    pub fetches_by: Option<&'static str>,
    /// How the emulator is set up for the cases that all services have.
    pub set_up: fn(&mut Config),
}

// The bits of chatfile_client_capabilities().
pub const UPLOAD: u32 = 1;
pub const DOWNLOAD: u32 = 2;
pub const DELETE_BY_TIME: u32 = 4;
pub const SHARE_SECRET: u32 = 8;
pub const THUMBNAIL: u32 = 16;
pub const PRESIGN: u32 = 32;
pub const DELETE: u32 = 64;
pub const PARTS: u32 = 128;
pub const INSTANT: u32 = 256;
pub const INFO: u32 = 512;
pub const LIST: u32 = 1024;
pub const MESSAGE: u32 = 2048;
