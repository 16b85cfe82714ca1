//! Blocking upload, download and signing of files at chat and media services.
//! The crate `chatfile-capi` gives it to everything that can call C.
//!
//! A [`Client`] speaks to one service with one set of credentials, and is safe
//! to share between threads. Its verbs block until they are done, and use no async
//! runtime; the threads that send or fetch parts of a file end with the call:
//!
//! ```no_run
//! use chatfile::{Client, ClientOptions, DownloadOptions, Easemob, EasemobCredentials};
//! use chatfile::{Sink, Source, UploadOptions};
//!
//! # fn main() -> chatfile::Result<()> {
//! let client = Client::easemob(
//!     Easemob::new(
//!         "easemob-demo#testapp",
//!         EasemobCredentials::Client {
//!             id: "YXA6…".into(),
//!             secret: "YXA6…".into(),
//!         },
//!     ),
//!     ClientOptions::default(),
//! )?;
//! let stored = client.upload(Source::path("cat.jpg"), UploadOptions::default())?;
//! client.download(&stored.file, Sink::path("copy.jpg"), DownloadOptions::default())?;
//! # Ok(())
//! # }
//! ```
//!
//! Memory is constant at any file size, a file appears under its name only when
//! it is complete, and every [`Error`] says what to do about it.
//!
//! The HTTP client below (the crates `ureq` and `ureq_proto`) tells the logger of the program,
//! at the level trace, what goes over the wire, secrets included: leave those out of it.

#![deny(missing_debug_implementations)]
// Some hosts have floating point raise exceptions (Delphi, Free Pascal), and the compiler computes
// ahead with values that are not there.
#![deny(clippy::float_arithmetic)]

mod client;
mod digest;
mod error;
#[cfg(all(unix, any(test, fuzzing)))]
#[doc(hidden)]
pub mod fuzzing;
mod json;
mod log;
mod message;
mod moment;
mod presign;
mod random;
mod secret;
mod service;
mod setters;
mod text;
mod threads;
mod trace;
mod transfer;
mod watch;

pub use client::{
    AbortUploadOptions, Capability, CheckKind, CheckOptions, CheckStep, Client, ClientOptions,
    CompletePresignedOptions, DeleteOptions, DeleteResult, Digests, DownloadOptions,
    DownloadResult, InfoOptions, ListAll, ListCursor, ListOptions, ServiceDelete, ServiceDownload,
    ServiceUpload, UploadOptions, UploadResult, Verdict,
};
pub use digest::{
    Crc64, OpenimHasher, SmhHasher, SmhHashes, Update, crc64_combine, netease_checksum,
};
#[doc(hidden)]
pub use error::English;
pub use error::{Error, Phase, Result, Status, TlsFault};
pub use log::{LogCallback, LogLevel};
pub use message::Encoding;
pub use presign::Presigned;
pub use secret::{Secret, SecretProvider, SecretText};
pub use service::exports::*;
pub use transfer::checkpoint::Leftover;
pub use transfer::digest_file::update_from_file;
pub use transfer::http::{IpVersion, ProxyChallenge, ProxyLogin, Trust};
pub use transfer::progress::{Progress, ProgressCallback};
pub use transfer::sink::Sink;
pub use transfer::source::{ReadCallback, Source};
pub use watch::{Activity, CancelHandle};
