//! Digests as functions of their own.

use super::boundary::{guard, null, required_text};
use super::error::chatfile_error;
use super::status::{CHATFILE_NETEASE_CHECKSUM_SIZE, chatfile_status};
use crate::digest::netease_checksum;
use crate::error::Error;
use std::ffi::c_char;

/// Signs a NetEase request: the CheckSum header for these values of the Nonce
/// (at most 128 characters) and CurTime (seconds since 1970 UTC, decimal) headers,
/// which is SHA-1 of app_secret, nonce and cur_time in this order, in lower-case
/// hex. The service takes it for 5 minutes from cur_time.
///
/// Writes 40 digits and a NUL to out, which has room for out_size bytes, at least
/// CHATFILE_NETEASE_CHECKSUM_SIZE. error may be NULL.
///
/// Fails with CHATFILE_E_NULL, _TEXT or _ARGUMENT; out is not written then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_netease_checksum(
    app_secret: *const c_char,
    nonce: *const c_char,
    cur_time: *const c_char,
    out: *mut c_char,
    out_size: usize,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            let checksum = netease_checksum(
                required_text(app_secret, "app_secret")?,
                required_text(nonce, "nonce")?,
                required_text(cur_time, "cur_time")?,
            );
            if out.is_null() {
                return Err(null("out"));
            }
            if out_size < CHATFILE_NETEASE_CHECKSUM_SIZE {
                return Err(Error::argument(
                    "out_size",
                    format_args!("{out_size} is less than {CHATFILE_NETEASE_CHECKSUM_SIZE}"),
                ));
            }
            let text = super::boundary::c_string(&checksum);
            // `out` has room for 41 bytes, which is what `text` has.
            std::ptr::copy_nonoverlapping(text.as_ptr(), out, text.as_bytes_with_nul().len());
            Ok(())
        })
    }
}
