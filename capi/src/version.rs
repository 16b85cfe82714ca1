//! # Versions
//!
//! Of this header, and of the library that the program runs with.

use crate::boundary::guard;
use crate::{chatfile_error, chatfile_status};
use chatfile::{Error, Result, Status};
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
    part(env!("CARGO_PKG_VERSION_MAJOR")) * MAJOR
        + part(env!("CARGO_PKG_VERSION_MINOR")) * MINOR
        + part(env!("CARGO_PKG_VERSION_PATCH"))
}

/// Whether this library is one for the header that the program was compiled with:
/// chatfile_version_check(CHATFILE_VERSION_NUMBER, &error), once at the start. Fails
/// with CHATFILE_E_STRUCT if the header is newer than the library, or of another
/// major version; the patch number does not matter. A newer library than the header
/// is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_version_check(
    header_version_number: u32,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees what `guard` needs.
    unsafe {
        guard(error, || {
            check(header_version_number, chatfile_version_number())
        })
    }
}

/// What a number of a version counts major and minor in.
const MAJOR: u32 = 1_000_000;

const MINOR: u32 = 1_000;

/// Patch releases change nothing in the header; see docs/abi.md.
fn check(header: u32, library: u32) -> Result<()> {
    if header / MAJOR == library / MAJOR && header / MINOR <= library / MINOR {
        return Ok(());
    }
    let text = |number| {
        let (major, minor, patch) = (number / MAJOR, number / MINOR % 1000, number % MINOR);
        format!("{major}.{minor}.{patch}")
    };
    let what = if header > library { "newer" } else { "older" };
    Err(Error::new(
        Status::Struct,
        format!(
            "the program was compiled with the header of chatfile {}, but runs with the library {}: \
             use a {what} library, or compile it with the header of this one",
            text(header),
            text(library)
        ),
    )
    .with_field("header_version_number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_header_is_fine_and_a_newer_one_is_not() {
        for (header, library) in [(1_000, 1_000), (1_000, 2_000), (1_007, 1_000), (0, 1_000)] {
            assert!(check(header, library).is_ok(), "{header} {library}");
        }
        for (header, library) in [(2_000, 1_999), (1_000_000, 999_000), (999_000, 1_000_000)] {
            let status = check(header, library).map_err(|error| error.status());
            assert_eq!(status, Err(Status::Struct), "{header} {library}");
        }
        let error = check(3_001, 1_000).map_err(|error| error.to_string());
        let error = error.err().unwrap_or_default();
        assert!(error.contains("chatfile 0.3.1"), "{error}");
        assert!(error.contains("library 0.1.0: use a newer"), "{error}");
    }
}
