//! What kinds of failure there are, and how far a call can have come.

use std::fmt;

/// What kind of failure an [`Error`](super::Error) is. The numbers are the C ABI's
/// `chatfile_status` values: they come in bands and are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
pub enum Status {
    /// A parameter has a value that can never work.
    Argument = 100,
    /// A required parameter is NULL (C ABI only).
    Null = 101,
    /// A text is not valid UTF-8, or holds CR, LF or NUL where none may be.
    Text = 102,
    /// A structure is shorter than its first version, or asks for something
    /// this library is too old to know (C ABI only).
    Struct = 103,
    /// A limit would be exceeded: one that is known beforehand, so that nothing
    /// was sent, or the caller's own on the size of a download.
    Limit = 104,
    /// The opened service cannot do this.
    Unsupported = 105,
    /// The source could not be opened, read or rewound, or did not hold the
    /// number of bytes announced.
    Source = 106,
    /// The target could not be written.
    Sink = 107,
    /// The file changed while it was being read.
    SourceChanged = 108,
    /// There is no memory for what the call needs: a file that is downloaded to
    /// memory, or an answer.
    Memory = 109,
    /// The checkpoint of an upload cannot be read or written, or is in use.
    Checkpoint = 110,
    /// The operating system refuses what a call needs: random numbers, a thread,
    /// a socket.
    System = 111,

    /// The host name could not be resolved.
    Resolve = 200,
    /// No connection could be made.
    Connect = 201,
    /// TLS failed: most often a certificate that is not trusted.
    Tls = 202,
    /// The connection broke while sending or receiving.
    ConnectionLost = 203,
    /// No connection within the connect time-out.
    ConnectTimeout = 204,
    /// No byte moved for the length of the stall time-out.
    Stalled = 205,
    /// The deadline of the whole call passed.
    Deadline = 206,
    /// A redirect was refused: too many, one of an upload, or to what is no URL that can be asked.
    Redirect = 207,
    /// The other side does not speak HTTP/1.1.
    Protocol = 208,
    /// The proxy refused, or wants another login.
    Proxy = 209,
    /// A message, a presigned request, an answer or a redirect leads to where the client's
    /// options do not let it: [`Error::field`](super::Error::field) says which,
    /// [`allow_plain_http`](crate::ClientOptions::allow_plain_http) or
    /// [`refuse_private_addresses`](crate::ClientOptions::refuse_private_addresses). Nothing was sent there.
    BlockedAddress = 210,

    /// The service refused the request for a reason of its own.
    Service = 300,
    /// The credentials or the token were refused.
    Auth = 301,
    /// The credentials are good, but do not allow this.
    Forbidden = 302,
    /// The file, the app or the address does not exist.
    NotFound = 303,
    /// The file existed and has expired.
    Expired = 304,
    /// The service finds the file too large.
    TooLarge = 305,
    /// Too many calls; try again later.
    RateLimited = 306,
    /// The service is out of order at the moment.
    Unavailable = 307,
    /// The answer is not the documented one, so nothing in it was believed.
    Response = 308,
    /// A file or folder of that name is there already.
    Conflict = 309,
    /// The file was stored, but not restricted as was asked for: anyone may get
    /// it. [`Error::file`](super::Error::file) names it.
    NotRestricted = 310,

    /// Fewer bytes arrived than were announced.
    Truncated = 400,
    /// The bytes do not match the checksum that the service states for them, or what
    /// the caller expects ([`Error::field`](super::Error::field) says which option).
    Integrity = 401,

    /// The call was cancelled by its cancel handle.
    Cancelled = 500,
    /// A callback of the caller returned non-zero, which stopped the call.
    Callback = 501,

    /// A defect in this library was caught at its boundary.
    Panic = 900,
}

/// Whose affair a failure is: the bands of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Band {
    Caller,
    Transport,
    Service,
    Content,
    /// The caller has stopped the call.
    Control,
    Defect,
}

impl Status {
    /// Every status, in the order of their numbers.
    pub const ALL: &'static [Status] = &[
        Self::Argument,
        Self::Null,
        Self::Text,
        Self::Struct,
        Self::Limit,
        Self::Unsupported,
        Self::Source,
        Self::Sink,
        Self::SourceChanged,
        Self::Memory,
        Self::Checkpoint,
        Self::System,
        Self::Resolve,
        Self::Connect,
        Self::Tls,
        Self::ConnectionLost,
        Self::ConnectTimeout,
        Self::Stalled,
        Self::Deadline,
        Self::Redirect,
        Self::Protocol,
        Self::Proxy,
        Self::BlockedAddress,
        Self::Service,
        Self::Auth,
        Self::Forbidden,
        Self::NotFound,
        Self::Expired,
        Self::TooLarge,
        Self::RateLimited,
        Self::Unavailable,
        Self::Response,
        Self::Conflict,
        Self::NotRestricted,
        Self::Truncated,
        Self::Integrity,
        Self::Cancelled,
        Self::Callback,
        Self::Panic,
    ];

    /// The number of this status in the C ABI.
    pub fn code(self) -> u32 {
        self as u32
    }

    pub(crate) fn band(self) -> Band {
        match self.code() {
            ..200 => Band::Caller,
            200..300 => Band::Transport,
            300..400 => Band::Service,
            400..500 => Band::Content,
            500..600 => Band::Control,
            600.. => Band::Defect,
        }
    }

    /// Whether nothing could be sent, as there is no connection to the host.
    pub(crate) fn is_unreachable(self) -> bool {
        matches!(
            self,
            Self::Resolve | Self::Connect | Self::ConnectTimeout | Self::Tls
        )
    }

    /// The name of this status in the C header, for example `CHATFILE_E_LIMIT`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Argument => "CHATFILE_E_ARGUMENT",
            Self::Null => "CHATFILE_E_NULL",
            Self::Text => "CHATFILE_E_TEXT",
            Self::Struct => "CHATFILE_E_STRUCT",
            Self::Limit => "CHATFILE_E_LIMIT",
            Self::Unsupported => "CHATFILE_E_UNSUPPORTED",
            Self::Source => "CHATFILE_E_SOURCE",
            Self::Sink => "CHATFILE_E_SINK",
            Self::SourceChanged => "CHATFILE_E_SOURCE_CHANGED",
            Self::Memory => "CHATFILE_E_MEMORY",
            Self::Checkpoint => "CHATFILE_E_CHECKPOINT",
            Self::System => "CHATFILE_E_SYSTEM",
            Self::Resolve => "CHATFILE_E_RESOLVE",
            Self::Connect => "CHATFILE_E_CONNECT",
            Self::Tls => "CHATFILE_E_TLS",
            Self::ConnectionLost => "CHATFILE_E_CONNECTION_LOST",
            Self::ConnectTimeout => "CHATFILE_E_CONNECT_TIMEOUT",
            Self::Stalled => "CHATFILE_E_STALLED",
            Self::Deadline => "CHATFILE_E_DEADLINE",
            Self::Redirect => "CHATFILE_E_REDIRECT",
            Self::Protocol => "CHATFILE_E_PROTOCOL",
            Self::Proxy => "CHATFILE_E_PROXY",
            Self::BlockedAddress => "CHATFILE_E_BLOCKED_ADDRESS",
            Self::Service => "CHATFILE_E_SERVICE",
            Self::Auth => "CHATFILE_E_AUTH",
            Self::Forbidden => "CHATFILE_E_FORBIDDEN",
            Self::NotFound => "CHATFILE_E_NOT_FOUND",
            Self::Expired => "CHATFILE_E_EXPIRED",
            Self::TooLarge => "CHATFILE_E_TOO_LARGE",
            Self::RateLimited => "CHATFILE_E_RATE_LIMITED",
            Self::Unavailable => "CHATFILE_E_UNAVAILABLE",
            Self::Response => "CHATFILE_E_RESPONSE",
            Self::Conflict => "CHATFILE_E_CONFLICT",
            Self::NotRestricted => "CHATFILE_E_NOT_RESTRICTED",
            Self::Truncated => "CHATFILE_E_TRUNCATED",
            Self::Integrity => "CHATFILE_E_INTEGRITY",
            Self::Cancelled => "CHATFILE_E_CANCELLED",
            Self::Callback => "CHATFILE_E_CALLBACK",
            Self::Panic => "CHATFILE_E_PANIC",
        }
    }
}

impl fmt::Display for Status {
    /// As this API calls it; [`Status::name`] is what the C header does, and the
    /// log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// How far a call had come when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u32)]
#[non_exhaustive]
pub enum Phase {
    /// Checking parameters and opening the source; nothing was sent.
    #[default]
    Prepare = 0,
    /// Getting a token.
    Token = 1,
    /// Resolving the name, connecting, and TLS.
    Connect = 2,
    /// Sending the request or its body.
    Send = 3,
    /// Waiting for the answer, reading it, and judging it.
    Receive = 4,
    /// Putting the finished file in its place.
    Finish = 5,
}

/// What it was in TLS that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
pub enum TlsFault {
    /// Something else; the message says what is known.
    Other = 1,
    /// The certificate is signed by nobody who is trusted.
    UnknownIssuer = 2,
    /// The certificate has expired, or the clock of this machine is wrong.
    Expired = 3,
    /// The certificate is not valid yet, or the clock of this machine is wrong.
    NotYetValid = 4,
    /// The certificate is for other names.
    WrongName = 5,
    /// The certificate was revoked.
    Revoked = 6,
    /// The certificate is not signed by the authority that it names.
    BadSignature = 7,
    /// The certificate is not made for servers.
    WrongPurpose = 8,
    /// The server wants another certificate of the client, or one at all.
    ClientCertificate = 9,
    /// The two sides have no version or no cipher in common.
    Incompatible = 10,
    /// The other side does not speak TLS.
    NotSpoken = 11,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_unique_and_within_their_bands() {
        let mut codes: Vec<u32> = Status::ALL.iter().map(|s| s.code()).collect();
        assert!(codes.is_sorted());
        codes.dedup();
        assert_eq!(codes.len(), Status::ALL.len());
        assert!(codes.iter().all(|c| (100..=999).contains(c)));
    }

    #[test]
    fn the_hundreds_of_a_status_are_its_band() {
        for status in Status::ALL {
            let expected = match status.code() / 100 {
                1 => Band::Caller,
                2 => Band::Transport,
                3 => Band::Service,
                4 => Band::Content,
                5 => Band::Control,
                _ => Band::Defect,
            };
            assert_eq!(status.band(), expected, "{status}");
        }
        assert_eq!(Status::Checkpoint.band(), Band::Caller);
        assert_eq!(Status::Proxy.band(), Band::Transport);
        assert_eq!(Status::Callback.band(), Band::Control);
        assert_eq!(Status::Panic.band(), Band::Defect);
    }
}
