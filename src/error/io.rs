//! Where errors of this crate and of `std::io` meet.

use super::{Error, Status};
use std::borrow::Cow;
use std::fmt;
use std::io::{self, ErrorKind};

/// Why something failed: words of ours, or what the system or a caller's code
/// said, which is then the [source](std::error::Error::source) of the error.
#[derive(Debug)]
pub(crate) enum Reason {
    Words(Cow<'static, str>),
    Cause(io::Error),
}

impl From<&'static str> for Reason {
    fn from(words: &'static str) -> Self {
        Self::Words(Cow::Borrowed(words))
    }
}

impl From<String> for Reason {
    fn from(words: String) -> Self {
        Self::Words(Cow::Owned(words))
    }
}

impl From<io::Error> for Reason {
    fn from(cause: io::Error) -> Self {
        Self::Cause(cause)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => f.write_str(words),
            Self::Cause(cause) => English(cause).fmt(f),
        }
    }
}

/// What the system says, as it goes into a text: std has it in the language of the process, and
/// in its encoding, which need not be UTF-8.
#[derive(Debug)]
pub struct English<'e>(pub &'e io::Error);

impl fmt::Display for English<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[cfg(unix)]
        if let Some(code) = self.0.raw_os_error() {
            let text = nix::errno::Errno::from_raw(code).desc();
            return write!(f, "{text} (os error {code})");
        }
        self.0.fmt(f)
    }
}

impl Error {
    /// The same error, with what it comes from.
    pub(crate) fn because(mut self, reason: impl Into<Reason>) -> Self {
        if let Reason::Cause(cause) = reason.into() {
            self.0.cause = Some(cause);
        }
        self
    }

    /// The operating system's number of what it refused (`errno`), if that is
    /// what made the call fail.
    pub fn os_error(&self) -> Option<i32> {
        self.0.cause.as_ref()?.raw_os_error()
    }

    fn kind(&self) -> ErrorKind {
        let own = match self.status() {
            Status::Argument | Status::Null | Status::Text | Status::Struct | Status::Limit => {
                ErrorKind::InvalidInput
            }
            Status::Unsupported => ErrorKind::Unsupported,
            Status::Memory => ErrorKind::OutOfMemory,
            Status::ConnectionLost | Status::Proxy => ErrorKind::ConnectionAborted,
            Status::Connect => ErrorKind::ConnectionRefused,
            Status::Resolve => ErrorKind::HostUnreachable,
            Status::ConnectTimeout | Status::Stalled | Status::Deadline => ErrorKind::TimedOut,
            Status::Auth | Status::Forbidden | Status::BlockedAddress => {
                ErrorKind::PermissionDenied
            }
            Status::NotFound | Status::Expired => ErrorKind::NotFound,
            Status::TooLarge => ErrorKind::FileTooLarge,
            Status::Conflict => ErrorKind::AlreadyExists,
            Status::Unavailable | Status::RateLimited => ErrorKind::ResourceBusy,
            Status::Truncated => ErrorKind::UnexpectedEof,
            Status::Protocol | Status::Response | Status::Integrity => ErrorKind::InvalidData,
            // `Interrupted` would be tried again by what reads and writes.
            _ => ErrorKind::Other,
        };
        let of_cause = self.0.cause.as_ref().map(io::Error::kind);
        match of_cause {
            // That of a look-up is one that stable code cannot name.
            _ if self.status() == Status::Resolve => own,
            Some(kind) if kind != ErrorKind::Interrupted && kind != ErrorKind::Other => kind,
            _ => own,
        }
    }
}

/// For functions that return [`io::Result`]: the kind is that of the cause, or the
/// nearest to the status; [`io::Error::downcast`] gives the error back.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::error::Error as _;

    #[test]
    fn what_the_system_said_is_the_source() {
        let cause = io::Error::from_raw_os_error(28);
        let error = Error::new(Status::Sink, format!("cannot write: {cause}")).because(cause);
        assert_eq!(error.os_error(), Some(28));
        assert!(error.source().unwrap().is::<io::Error>());
        let words = Error::new(Status::Sink, "it is a folder").because("it is a folder");
        assert!(words.source().is_none());
        assert_eq!(words.os_error(), None);
    }

    /// Of a number alone: std asks the locale of the process for it.
    #[cfg(unix)]
    #[test]
    fn what_the_system_said_is_told_in_english() {
        let text = |error: &io::Error| English(error).to_string();
        let missing = io::Error::from_raw_os_error(nix::libc::ENOENT);
        assert_eq!(text(&missing), "No such file or directory (os error 2)");
        assert_eq!(
            Reason::from(missing).to_string(),
            "No such file or directory (os error 2)"
        );
        assert_eq!(text(&io::Error::other("\u{56fe}")), "\u{56fe}");
        let end = io::Error::from(ErrorKind::UnexpectedEof);
        assert_eq!(text(&end), end.to_string());
    }

    #[test]
    fn an_error_passes_through_io_and_back() {
        for (status, kind) in [
            (Status::NotFound, ErrorKind::NotFound),
            (Status::Stalled, ErrorKind::TimedOut),
            (Status::Cancelled, ErrorKind::Other),
            (Status::Sink, ErrorKind::Other),
        ] {
            let error = io::Error::from(Error::new(status, "text"));
            assert_eq!(error.kind(), kind, "{status}");
            assert_eq!(error.downcast::<Error>().unwrap().status(), status);
        }
        let full = io::Error::from(ErrorKind::StorageFull);
        let error = Error::new(Status::Sink, "text").because(full);
        assert_eq!(io::Error::from(error).kind(), ErrorKind::StorageFull);
    }
}
