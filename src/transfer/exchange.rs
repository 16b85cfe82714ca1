//! What the log tells of a request.

use crate::error::Status;
use std::fmt;
use std::time::Instant;

/// One request and its answer.
pub(crate) struct Exchange {
    pub(crate) service: &'static str,
    pub(crate) verb: &'static str,
    pub(crate) method: &'static str,
    /// Host and path, never the query.
    pub(crate) place: String,
    pub(crate) status: Option<u16>,
    /// Bytes of the body sent or received.
    pub(crate) bytes: u64,
    pub(crate) begun: Instant,
    /// When all of a small answer was there; a line that is told later says how long it took.
    pub(crate) ended: Option<Instant>,
    pub(crate) attempt: u32,
    /// Why the attempt before it failed, if this is not the first.
    pub(crate) again: Option<Status>,
}

/// `NetEase upload POST host/path status=200 bytes=5 ms=7 attempt=1`.
impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {} {} status=",
            self.service, self.verb, self.method, self.place
        )?;
        match self.status {
            Some(status) => write!(f, "{status}")?,
            None => f.write_str("-")?,
        }
        write!(
            f,
            " bytes={} ms={} attempt={}",
            self.bytes,
            (self.ended.unwrap_or_else(Instant::now) - self.begun).as_millis(),
            self.attempt
        )?;
        match self.again {
            Some(reason) => write!(f, " retry_of={}", reason.name()),
            None => Ok(()),
        }
    }
}
