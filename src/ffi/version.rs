//! Which library this is.

use super::status::{CHATFILE_OK, chatfile_status};
use crate::error::Status;
use std::ffi::c_char;

/// The version of the library as text, for example "0.1.0". Compare with
/// CHATFILE_VERSION, which is that of the header. Lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn chatfile_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The version of the library as a number: major * 1,000,000 + minor * 1,000 +
/// patch. Compare with CHATFILE_VERSION_NUMBER.
#[unsafe(no_mangle)]
pub extern "C" fn chatfile_version_number() -> u32 {
    let part = |text: &str| text.parse::<u32>().unwrap_or(0);
    part(env!("CARGO_PKG_VERSION_MAJOR")) * 1_000_000
        + part(env!("CARGO_PKG_VERSION_MINOR")) * 1_000
        + part(env!("CARGO_PKG_VERSION_PATCH"))
}

/// The name of a status in this header, for example "CHATFILE_E_LIMIT"; for a
/// number that is none, "CHATFILE_E_UNKNOWN". Lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn chatfile_status_name(status: chatfile_status) -> *const c_char {
    if status == CHATFILE_OK {
        return c"CHATFILE_OK".as_ptr();
    }
    Status::ALL
        .iter()
        .find(|known| known.code() == status)
        .map_or(c"CHATFILE_E_UNKNOWN", |known| known.c_name())
        .as_ptr()
}
