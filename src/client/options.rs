//! What callers give to and get from the verbs.

use crate::service::easemob::{EasemobDownload, EasemobUpload};
use crate::service::netease::{NeteaseDelete, NeteaseUpload};
use crate::transfer::progress::ProgressCallback;
use std::time::Duration;

/// How a client behaves. The defaults suit a desktop program on Wi-Fi.
#[derive(Debug, Clone, Default)]
pub struct ClientOptions {
    /// The host program as it should appear in the User-Agent, for example
    /// `MyChat/4.2`; the library's own name is added.
    pub user_agent: Option<String>,
    /// The longest time for a connection (TCP and TLS handshake apart from the
    /// name look-up); 15 s by default.
    pub connect_timeout: Option<Duration>,
    /// A transfer in which no byte moves for so long has failed; 60 s by
    /// default. One byte a second is alive.
    pub stall_timeout: Option<Duration>,
    /// The longest time for a whole call with all its attempts; none by default.
    pub deadline: Option<Duration>,
    /// How often one call is tried, at least 1; 4 by default.
    pub max_attempts: Option<u32>,
    /// The upper bound of the pause before the second attempt; it doubles with
    /// each further one, and the pause is a random part of it. 500 ms by default.
    pub retry_delay: Option<Duration>,
}

/// What a service can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Capability {
    /// Upload a file.
    Upload,
    /// Download a file.
    Download,
    /// Delete files by the time of their upload.
    DeleteByTime,
    /// Protect a file by a share secret.
    ShareSecret,
    /// Make thumbnails of images.
    Thumbnail,
}

/// Options of an upload.
#[derive(Default)]
pub struct UploadOptions<'a> {
    /// The name to store; by default that of the path, or `file`.
    pub file_name: Option<String>,
    /// The media type to store; by default what the name's extension suggests,
    /// or `application/octet-stream`.
    pub content_type: Option<String>,
    /// Called on the calling thread; see [`Progress`](crate::Progress).
    pub progress: Option<ProgressCallback<'a>>,
    /// What Easemob alone can do.
    pub easemob: Option<EasemobUpload>,
    /// What NetEase alone can do.
    pub netease: Option<NeteaseUpload>,
}

/// Options of a download.
#[derive(Default)]
pub struct DownloadOptions<'a> {
    /// A file of more bytes is refused; no limit by default.
    pub max_size: Option<u64>,
    /// Called on the calling thread; see [`Progress`](crate::Progress).
    pub progress: Option<ProgressCallback<'a>>,
    /// What Easemob alone can do.
    pub easemob: Option<EasemobDownload>,
}

/// What to delete. Each service has a way of its own, or none.
#[derive(Debug, Clone, Default)]
pub struct DeleteOptions {
    /// NetEase: a task that deletes files by the time of their upload.
    pub netease: Option<NeteaseDelete>,
}

/// A stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// What names the file in [`Client::download`](crate::Client::download):
    /// Easemob's uuid, NetEase's URL.
    pub file: String,
    /// The URL to put into a message, as the service gave it.
    pub url: String,
    /// The secret that a download of this file needs, if it is restricted.
    pub share_secret: Option<String>,
    /// Bytes of the file.
    pub size: u64,
    /// How often the upload was tried.
    pub attempts: u32,
}

/// A file that has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// Bytes of the file.
    pub size: u64,
    /// The media type, as the service states it.
    pub content_type: Option<String>,
    /// The bytes, if the sink was [`Sink::buffer`](crate::Sink::buffer).
    pub data: Option<Vec<u8>>,
    /// How often the download was tried.
    pub attempts: u32,
}

/// A deletion that the service has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// The id of the task that deletes later, if the service answers with one.
    pub task_id: Option<String>,
    /// How often the call was tried.
    pub attempts: u32,
}
