//! The numbers of statuses. `Status` is their Rust side; a test keeps the two alike.

use crate::chatfile_status;

/// A parameter has a value that can never work.
pub const CHATFILE_E_ARGUMENT: chatfile_status = 100;
/// A required parameter is NULL.
pub const CHATFILE_E_NULL: chatfile_status = 101;
/// A text is not UTF-8, or holds characters that may not stand there (CR, LF).
pub const CHATFILE_E_TEXT: chatfile_status = 102;
/// A structure was not initialised with its INIT macro, or asks for something
/// that this version of the library does not know; or chatfile_version_check()
/// was given that of a header for which the library is too old.
pub const CHATFILE_E_STRUCT: chatfile_status = 103;
/// A limit would be exceeded (a size, a length, a range of time): one that is
/// known beforehand, so that nothing was sent, or, with an answer, your own max_size, and an
/// offset behind the end of the file. The message names field, value and bound.
pub const CHATFILE_E_LIMIT: chatfile_status = 104;
/// The service, the client or this system cannot do this.
pub const CHATFILE_E_UNSUPPORTED: chatfile_status = 105;
/// The source could not be opened, read or rewound, or did not hold the bytes
/// announced.
pub const CHATFILE_E_SOURCE: chatfile_status = 106;
/// The target could not be written.
pub const CHATFILE_E_SINK: chatfile_status = 107;
/// The file changed while it was being read.
pub const CHATFILE_E_SOURCE_CHANGED: chatfile_status = 108;
/// There is no memory for what the call needs: a file that is downloaded to
/// memory, or the text of an answer.
pub const CHATFILE_E_MEMORY: chatfile_status = 109;
/// The checkpoint of an upload cannot be read or written, or is in use.
pub const CHATFILE_E_CHECKPOINT: chatfile_status = 110;
/// The operating system refuses what a call needs: random numbers, a thread, a
/// socket (too many files are open, for example).
pub const CHATFILE_E_SYSTEM: chatfile_status = 111;

/// The host name could not be resolved.
pub const CHATFILE_E_RESOLVE: chatfile_status = 200;
/// No connection could be made.
pub const CHATFILE_E_CONNECT: chatfile_status = 201;
/// TLS failed: most often a certificate that is not trusted.
pub const CHATFILE_E_TLS: chatfile_status = 202;
/// The connection broke while sending or receiving.
pub const CHATFILE_E_CONNECTION_LOST: chatfile_status = 203;
/// No connection within connect_timeout_ms.
pub const CHATFILE_E_CONNECT_TIMEOUT: chatfile_status = 204;
/// No byte moved for stall_timeout_ms.
pub const CHATFILE_E_STALLED: chatfile_status = 205;
/// The call did not finish within deadline_ms.
pub const CHATFILE_E_DEADLINE: chatfile_status = 206;
/// A redirect was refused: too many, one of an upload, or to what is no URL that can be
/// asked.
pub const CHATFILE_E_REDIRECT: chatfile_status = 207;
/// The other side does not speak HTTP/1.1.
pub const CHATFILE_E_PROTOCOL: chatfile_status = 208;
/// The proxy refused, or wants another login.
pub const CHATFILE_E_PROXY: chatfile_status = 209;
/// A message, a presigned request, an answer or a redirect leads to where the options of
/// the client do not let it: the field says which, allow_plain_http or
/// refuse_private_addresses. Nothing was sent there.
pub const CHATFILE_E_BLOCKED_ADDRESS: chatfile_status = 210;

/// The service refused the request for a reason of its own.
pub const CHATFILE_E_SERVICE: chatfile_status = 300;
/// The credentials or the token were refused.
pub const CHATFILE_E_AUTH: chatfile_status = 301;
/// The credentials are good, but do not allow this.
pub const CHATFILE_E_FORBIDDEN: chatfile_status = 302;
/// The file, the app or the address does not exist.
pub const CHATFILE_E_NOT_FOUND: chatfile_status = 303;
/// The file, or the presigned request, existed and has expired.
pub const CHATFILE_E_EXPIRED: chatfile_status = 304;
/// The service finds the file too large.
pub const CHATFILE_E_TOO_LARGE: chatfile_status = 305;
/// Too many calls; try again later.
pub const CHATFILE_E_RATE_LIMITED: chatfile_status = 306;
/// The service is out of order at the moment.
pub const CHATFILE_E_UNAVAILABLE: chatfile_status = 307;
/// The answer is not the documented one, so nothing in it was believed.
pub const CHATFILE_E_RESPONSE: chatfile_status = 308;
/// A file or folder of that name is there already.
pub const CHATFILE_E_CONFLICT: chatfile_status = 309;
/// The file was stored, but not restricted as was asked for: anyone may get it.
/// chatfile_error_file() names it.
pub const CHATFILE_E_NOT_RESTRICTED: chatfile_status = 310;

/// Fewer bytes arrived than were announced: a download left no file; what was uploaded may
/// be stored.
pub const CHATFILE_E_TRUNCATED: chatfile_status = 400;
/// The bytes do not match the checksum stated for them; a download left no file. SMH
/// states one of every file (CRC-64), OpenIM of every part (MD5). Or they are not what you
/// expect: chatfile_error_field() is then the option (expected_md5, for example), and the
/// call was not tried again.
pub const CHATFILE_E_INTEGRITY: chatfile_status = 401;

/// The call was cancelled by its cancel handle.
pub const CHATFILE_E_CANCELLED: chatfile_status = 500;
/// One of your callbacks returned non-zero, which stopped the call;
/// chatfile_error_callback_value() has what it returned.
pub const CHATFILE_E_CALLBACK: chatfile_status = 501;

/// A defect in this library, caught before it could harm your program. Please
/// report it with the message.
pub const CHATFILE_E_PANIC: chatfile_status = 900;

#[cfg(test)]
mod tests {
    use chatfile::Status;

    #[test]
    fn every_status_has_its_number_here() {
        // Read from this file: a constant that is missing or differs shows.
        let source = include_str!("status.rs");
        for status in Status::ALL {
            let line = format!(
                "pub const {}: chatfile_status = {};",
                status.name(),
                status.code()
            );
            assert!(source.contains(&line), "{line}");
        }
        let listed = source
            .lines()
            .filter(|line| line.starts_with("pub const CHATFILE_E_"))
            .count();
        assert_eq!(listed, Status::ALL.len());
    }
}
