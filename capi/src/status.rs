//! The numbers that C programs compare with. `Status`, `Phase` and
//! `Capability` are their Rust side; a test keeps the two alike.

/// How a call ended: CHATFILE_OK or one of the CHATFILE_E_ numbers. They come
/// in bands: 1xx the caller, 2xx the transport, 3xx the service, 4xx the
/// integrity of the bytes, 5xx control by the caller, 9xx this library. A number
/// is never used for something else later, and new ones may come: treat one
/// you do not know by its band.
pub type chatfile_status = i32;

/// It worked.
pub const CHATFILE_OK: chatfile_status = 0;

/// A parameter has a value that can never work.
pub const CHATFILE_E_ARGUMENT: chatfile_status = 100;
/// A required parameter is NULL.
pub const CHATFILE_E_NULL: chatfile_status = 101;
/// A text is not UTF-8, or holds characters that may not stand there (CR, LF).
pub const CHATFILE_E_TEXT: chatfile_status = 102;
/// A structure was not initialised with its INIT macro, or asks for something
/// that this version of the library does not know; or chatfile_check_version()
/// was given that of a header for which the library is too old.
pub const CHATFILE_E_STRUCT: chatfile_status = 103;
/// A limit would be exceeded (a size, a length, a range of time): one that is
/// known beforehand, so that nothing was sent, or your own max_size. The message
/// names field, value and bound.
pub const CHATFILE_E_LIMIT: chatfile_status = 104;
/// The opened service cannot do this.
pub const CHATFILE_E_UNSUPPORTED: chatfile_status = 105;
/// The source could not be opened, read or rewound, or did not hold the bytes
/// announced.
pub const CHATFILE_E_SOURCE: chatfile_status = 106;
/// The target could not be written.
pub const CHATFILE_E_SINK: chatfile_status = 107;
/// The file changed while it was being read.
pub const CHATFILE_E_SOURCE_CHANGED: chatfile_status = 108;
/// There is no memory for what the call needs: a file that is downloaded to
/// memory, or an answer.
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
pub const CHATFILE_E_CONNECTION: chatfile_status = 203;
/// No connection within connect_timeout_ms.
pub const CHATFILE_E_CONNECT_TIMEOUT: chatfile_status = 204;
/// No byte moved for stall_timeout_ms.
pub const CHATFILE_E_STALLED: chatfile_status = 205;
/// The call did not finish within deadline_ms.
pub const CHATFILE_E_DEADLINE: chatfile_status = 206;
/// A redirect was refused: too many, from https to http (see allow_plain_http in
/// chatfile_client_options), or to what is no URL that can be asked.
pub const CHATFILE_E_REDIRECT: chatfile_status = 207;
/// The other side does not speak HTTP/1.1.
pub const CHATFILE_E_PROTOCOL: chatfile_status = 208;
/// The proxy refused, or wants another login.
pub const CHATFILE_E_PROXY: chatfile_status = 209;

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

/// Fewer bytes arrived than were announced; no file was left.
pub const CHATFILE_E_TRUNCATED: chatfile_status = 400;
/// The bytes do not match the checksum stated for them; a download left no file. SMH
/// states one of every file (CRC-64), OpenIM of every part (MD5).
pub const CHATFILE_E_INTEGRITY: chatfile_status = 401;

/// The transfer was cancelled by its cancel handle.
pub const CHATFILE_E_CANCELLED: chatfile_status = 500;
/// One of your callbacks returned non-zero, which stopped the transfer;
/// chatfile_error_callback_value() has what it returned.
pub const CHATFILE_E_CALLBACK: chatfile_status = 501;

/// A defect in this library, caught before it could harm your program. Please
/// report it with the message.
pub const CHATFILE_E_PANIC: chatfile_status = 900;

/// How far a call had come when it failed: one of the CHATFILE_PHASE_ numbers.
pub type chatfile_phase = i32;

/// Checking parameters and opening the source; nothing was sent.
pub const CHATFILE_PHASE_PREPARE: chatfile_phase = 0;
/// Getting a token.
pub const CHATFILE_PHASE_TOKEN: chatfile_phase = 1;
/// Resolving the name, connecting, and TLS.
pub const CHATFILE_PHASE_CONNECT: chatfile_phase = 2;
/// Sending the request or its body.
pub const CHATFILE_PHASE_SEND: chatfile_phase = 3;
/// Waiting for the answer, reading it, and judging it.
pub const CHATFILE_PHASE_RECEIVE: chatfile_phase = 4;
/// Putting the finished file in its place.
pub const CHATFILE_PHASE_FINISH: chatfile_phase = 5;

/// What it was in TLS that failed: one of the CHATFILE_TLS_ numbers.
pub type chatfile_tls_fault = i32;

/// It was not TLS.
pub const CHATFILE_TLS_NONE: chatfile_tls_fault = 0;
/// Something else; the message says what is known.
pub const CHATFILE_TLS_OTHER: chatfile_tls_fault = 1;
/// The certificate is signed by nobody who is trusted.
pub const CHATFILE_TLS_UNKNOWN_ISSUER: chatfile_tls_fault = 2;
/// The certificate has expired, or the clock of this machine is wrong.
pub const CHATFILE_TLS_EXPIRED: chatfile_tls_fault = 3;
/// The certificate is not valid yet, or the clock of this machine is wrong.
pub const CHATFILE_TLS_NOT_YET_VALID: chatfile_tls_fault = 4;
/// The certificate is for other names.
pub const CHATFILE_TLS_WRONG_NAME: chatfile_tls_fault = 5;
/// The certificate was revoked.
pub const CHATFILE_TLS_REVOKED: chatfile_tls_fault = 6;
/// The certificate is not signed by the authority that it names.
pub const CHATFILE_TLS_BAD_SIGNATURE: chatfile_tls_fault = 7;
/// The certificate is not made for servers.
pub const CHATFILE_TLS_WRONG_PURPOSE: chatfile_tls_fault = 8;
/// The server wants another certificate of the client, or one at all.
pub const CHATFILE_TLS_CLIENT_CERTIFICATE: chatfile_tls_fault = 9;
/// The two sides have no version or no cipher in common.
pub const CHATFILE_TLS_INCOMPATIBLE: chatfile_tls_fault = 10;
/// The other side does not speak TLS.
pub const CHATFILE_TLS_NOT_SPOKEN: chatfile_tls_fault = 11;

/// chatfile_client_capabilities(): the service takes files.
pub const CHATFILE_CAN_UPLOAD: u32 = 1;
/// chatfile_client_capabilities(): the service gives files back.
pub const CHATFILE_CAN_DOWNLOAD: u32 = 2;
/// chatfile_client_capabilities(): files can be deleted by the time of their
/// upload.
pub const CHATFILE_CAN_DELETE_BY_TIME: u32 = 4;
/// chatfile_client_capabilities(): a file can be protected by a share secret.
pub const CHATFILE_CAN_SHARE_SECRET: u32 = 8;
/// chatfile_client_capabilities(): the service makes thumbnails of images.
pub const CHATFILE_CAN_THUMBNAIL: u32 = 16;
/// chatfile_client_capabilities(): requests can be presigned.
pub const CHATFILE_CAN_PRESIGN: u32 = 32;
/// chatfile_client_capabilities(): a file can be deleted.
pub const CHATFILE_CAN_DELETE: u32 = 64;
/// chatfile_client_capabilities(): large files are sent in parts, side by side, and
/// can be gone on with after a failure.
pub const CHATFILE_CAN_PARTS: u32 = 128;
/// chatfile_client_capabilities(): what the service has already is not sent again.
pub const CHATFILE_CAN_INSTANT_UPLOAD: u32 = 256;
/// chatfile_client_capabilities(): chatfile_info() and chatfile_exists().
pub const CHATFILE_CAN_INFO: u32 = 512;
/// chatfile_client_capabilities(): chatfile_list().
pub const CHATFILE_CAN_LIST: u32 = 1024;

/// chatfile_client_options.log_level: calls that failed.
pub const CHATFILE_LOG_ERROR: i32 = 1;
/// chatfile_client_options.log_level: also attempts that failed.
pub const CHATFILE_LOG_WARN: i32 = 2;
/// chatfile_client_options.log_level: also attempts that succeeded.
pub const CHATFILE_LOG_INFO: i32 = 3;
/// chatfile_client_options.log_level: also the steps in between (tokens,
/// redirects, lost connections).
pub const CHATFILE_LOG_DEBUG: i32 = 4;

/// chatfile_presigned_encoding(): there is no file in the request.
pub const CHATFILE_ENCODING_NONE: i32 = 0;
/// chatfile_presigned_encoding(): the file as it is.
pub const CHATFILE_ENCODING_IDENTITY: i32 = 1;
/// chatfile_presigned_encoding(): the file as padded standard base64.
pub const CHATFILE_ENCODING_BASE64: i32 = 2;
/// chatfile_presigned_encoding(): the file as padded standard base64 with +, /
/// and = percent-encoded.
pub const CHATFILE_ENCODING_BASE64_FORM: i32 = 3;

/// chatfile_presign_upload(): the size of the file is not known.
pub const CHATFILE_SIZE_UNKNOWN: u64 = u64::MAX;

/// chatfile_netease_upload.method: multipart/form-data to msg/fileUpload.action,
/// the bytes as they are.
pub const CHATFILE_NETEASE_FORM: u32 = 0;
/// chatfile_netease_upload.method: base64 in a form to msg/upload.action, a third
/// larger. Reads the source twice.
pub const CHATFILE_NETEASE_BASE64: u32 = 1;

/// chatfile_smh_upload.method: in parts above 32 MiB, else in one request.
pub const CHATFILE_SMH_AUTOMATIC: u32 = 0;
/// chatfile_smh_upload.method: in one request, up to 5 GiB.
pub const CHATFILE_SMH_SIMPLE: u32 = 1;
/// chatfile_smh_upload.method: in one request as multipart/form-data, up to 5 GiB.
pub const CHATFILE_SMH_FORM: u32 = 2;
/// chatfile_smh_upload.method: in parts, which can go on after an interruption.
pub const CHATFILE_SMH_PARTS: u32 = 3;

/// chatfile_smh_upload.conflict: the new file gets another name, "name (1).ext".
pub const CHATFILE_SMH_RENAME: u32 = 0;
/// chatfile_smh_upload.conflict: the upload fails with CHATFILE_E_CONFLICT.
pub const CHATFILE_SMH_ASK: u32 = 1;
/// chatfile_smh_upload.conflict: the file is replaced; a folder stays, and the
/// upload fails with CHATFILE_E_CONFLICT.
pub const CHATFILE_SMH_OVERWRITE: u32 = 2;

/// chatfile_openim_upload.method: in parts; by form where the source cannot be read
/// twice, or an option asks for it.
pub const CHATFILE_OPENIM_AUTOMATIC: u32 = 0;
/// chatfile_openim_upload.method: in one form.
pub const CHATFILE_OPENIM_FORM: u32 = 1;
/// chatfile_openim_upload.method: in parts, which can go on after an interruption.
/// Reads the source twice.
pub const CHATFILE_OPENIM_PARTS: u32 = 2;

/// The size of a buffer for chatfile_netease_checksum(): 40 hex digits and a NUL.
pub const CHATFILE_NETEASE_CHECKSUM_SIZE: usize = 41;

/// chatfile_digest_new(): the hash by which Tencent SMH knows a whole file
/// (fullHash): SHA-256, chained after every MiB; 64 lower-case hex digits.
pub const CHATFILE_DIGEST_SMH_FULL: u32 = 1;
/// chatfile_digest_new(): SMH's beginningHash: SHA-256 of the first MiB, or of
/// all if it is less; 64 lower-case hex digits.
pub const CHATFILE_DIGEST_SMH_BEGINNING: u32 = 2;
/// chatfile_digest_new(): the hash by which OpenIM knows a file: MD5 of the MD5s
/// of its parts, joined by commas; 32 lower-case hex digits.
pub const CHATFILE_DIGEST_OPENIM: u32 = 4;
/// chatfile_digest_new(): CRC-64/XZ, which Tencent calls CRC64; an unsigned
/// decimal number.
pub const CHATFILE_DIGEST_CRC64: u32 = 8;

/// The size of a buffer for any text of a chatfile_digest: 64 digits and a NUL.
pub const CHATFILE_DIGEST_SIZE: usize = 65;

#[cfg(test)]
mod tests {
    use super::*;
    use chatfile::{Capability, Phase, Status, TlsFault};

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

    #[test]
    fn phases_have_the_same_numbers() {
        for (c, rust) in [
            (CHATFILE_PHASE_PREPARE, Phase::Prepare),
            (CHATFILE_PHASE_TOKEN, Phase::Token),
            (CHATFILE_PHASE_CONNECT, Phase::Connect),
            (CHATFILE_PHASE_SEND, Phase::Send),
            (CHATFILE_PHASE_RECEIVE, Phase::Receive),
            (CHATFILE_PHASE_FINISH, Phase::Finish),
        ] {
            assert_eq!(c, rust as i32);
        }
    }

    #[test]
    fn faults_of_tls_have_the_same_numbers() {
        for (c, rust) in [
            (CHATFILE_TLS_OTHER, TlsFault::Other),
            (CHATFILE_TLS_UNKNOWN_ISSUER, TlsFault::UnknownIssuer),
            (CHATFILE_TLS_EXPIRED, TlsFault::Expired),
            (CHATFILE_TLS_NOT_YET_VALID, TlsFault::NotYetValid),
            (CHATFILE_TLS_WRONG_NAME, TlsFault::WrongName),
            (CHATFILE_TLS_REVOKED, TlsFault::Revoked),
            (CHATFILE_TLS_BAD_SIGNATURE, TlsFault::BadSignature),
            (CHATFILE_TLS_WRONG_PURPOSE, TlsFault::WrongPurpose),
            (CHATFILE_TLS_CLIENT_CERTIFICATE, TlsFault::ClientCertificate),
            (CHATFILE_TLS_INCOMPATIBLE, TlsFault::Incompatible),
            (CHATFILE_TLS_NOT_SPOKEN, TlsFault::NotSpoken),
        ] {
            assert_eq!(c, rust as i32);
        }
    }

    #[test]
    fn capabilities_have_the_same_numbers() {
        for (c, rust) in [
            (CHATFILE_CAN_UPLOAD, Capability::Upload),
            (CHATFILE_CAN_DOWNLOAD, Capability::Download),
            (CHATFILE_CAN_DELETE, Capability::Delete),
            (CHATFILE_CAN_DELETE_BY_TIME, Capability::DeleteByTime),
            (CHATFILE_CAN_SHARE_SECRET, Capability::ShareSecret),
            (CHATFILE_CAN_THUMBNAIL, Capability::Thumbnail),
            (CHATFILE_CAN_PRESIGN, Capability::Presign),
            (CHATFILE_CAN_PARTS, Capability::Parts),
            (CHATFILE_CAN_INSTANT_UPLOAD, Capability::InstantUpload),
            (CHATFILE_CAN_INFO, Capability::Info),
            (CHATFILE_CAN_LIST, Capability::List),
        ] {
            assert_eq!(c, rust as u32);
        }
    }
}
