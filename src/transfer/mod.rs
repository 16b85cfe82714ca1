//! How bytes move: sources, bodies, HTTP, sinks, and what may stop them.

pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod checkpoint;
pub(crate) mod digest_file;
mod disk;
mod download_state;
pub(crate) mod exchange;
pub(crate) mod http;
mod input;
mod journal;
pub(crate) mod json_file;
pub(crate) mod limit;
mod part_file;
pub(crate) mod progress;
pub(crate) mod retry;
mod sent_secrets;
mod shared_file;
pub(crate) mod sink;
pub(crate) mod source;
mod spool;
mod stamped_file;
pub(crate) mod version;

/// What is read at once, which is what the HTTP client has buffered at most.
pub(crate) const CHUNK: usize = 128 * 1024;
