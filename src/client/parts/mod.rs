//! Uploads in parts, for every service that takes them.
//!
//! What is a service's own it says as an [`UploadInParts`]: how an upload begins,
//! what sends a part, how the file is made of the parts. What is done when is
//! the driver's: it keeps the checkpoint, finds out what has arrived, goes on or
//! begins anew, sends side by side, gets permissions renewed that have expired,
//! and after a failure has the upload forgotten or hands out a resume token.
//!
//! Everything that the caller can notice happens on the calling thread: its
//! callbacks, tokens and signatures, the checkpoint. The other threads send
//! what they are given, and end before the call does.

mod active_upload;
mod driver;
mod job;
mod layout;
mod parallel;
mod queued_part;
mod resume;
mod send;
mod service;
#[cfg(test)]
mod test_kit;

use crate::error::{Error, Result};
pub(super) use driver::upload;
pub(super) use layout::Part;
pub(super) use send::spool_first;
pub(super) use service::{Arrived, Begun, Found, UploadId, UploadInParts};

/// As many as keep a line busy while answers are awaited, and no more than
/// services bear from one client.
pub(super) const PARALLEL_DEFAULT: u32 = 4;
const PARALLEL_MAX: u32 = 16;

/// So many at a time, if that is not too many.
pub(super) fn check_parallel(parts: u32) -> Result<u32> {
    if (1..=PARALLEL_MAX).contains(&parts) {
        return Ok(parts);
    }
    let what = format_args!("{parts} is not 1 to {PARALLEL_MAX}");
    let limit = parts.clamp(1, PARALLEL_MAX);
    Err(Error::out_of_bounds("parallel_parts", what).bound(limit, parts))
}

#[cfg(test)]
#[path = "mod_tests.rs"]
mod tests;
