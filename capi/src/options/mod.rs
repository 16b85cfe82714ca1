//! The structures that callers fill in, and what they become.

/// States what `Extensible` needs of a structure, which is named with its last
/// field.
macro_rules! extensible {
    ($name:ident . $last:ident) => {
        // SAFETY: declared as repr(C), `struct_size` first, the rest
        // integers, raw pointers and optional function pointers.
        unsafe impl $crate::boundary::Extensible for $name {
            const NAME: &'static str = stringify!($name);
            // All are as they were in 0.1.0, the first release.
            const FIRST_SIZE: usize = size_of::<$name>();
        }

        // A field that is added later must make the structure larger: it must
        // not find room in padding, where an older caller has anything.
        const _: () = assert!(
            size_of::<$name>()
                == std::mem::offset_of!($name, $last)
                    + $crate::options::size_of_field(|s: &$name| &s.$last)
        );
    };
}

mod client;
mod easemob;
mod huawei;
mod netease;
mod openim;
mod smh;
mod transfer;

pub use client::*;
pub use easemob::*;
pub use huawei::*;
pub use netease::*;
pub use openim::*;
pub use smh::*;
pub use transfer::*;

use super::boundary::{Extensible, argument, owned_text, read_or_default};
use chatfile::{Result, Secret, SecretProvider};
use std::ffi::c_char;

const fn size_of_field<T, F>(_: fn(&T) -> &F) -> usize {
    size_of::<F>()
}

/// Reads a structure that hangs off another, if it is there.
///
/// # Safety
/// As for [`read_or_default`].
unsafe fn optional<T: Extensible, R>(
    pointer: *const T,
    convert: unsafe fn(&T) -> Result<R>,
) -> Result<Option<R>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: what the caller of this function guarantees.
    unsafe { convert(&read_or_default(pointer)?).map(Some) }
}

/// A secret that the caller gave, or will be asked for.
///
/// # Safety
/// As for [`owned_text`].
unsafe fn secret(
    pointer: *const c_char,
    name: &'static str,
    provider: Option<&SecretProvider>,
) -> Result<Option<Secret>> {
    // SAFETY: what the caller of this function guarantees.
    let value = unsafe { owned_text(pointer, name) }?;
    Ok(value
        .map(Secret::from)
        .or_else(|| provider.cloned().map(Secret::from)))
}

/// What one of the numbers of the header stands for: `known` from 0 on.
fn choice<T: Copy>(number: u32, known: &[T], field: &'static str) -> Result<T> {
    known.get(number as usize).copied().ok_or_else(|| {
        argument(
            field,
            format_args!(
                "{number} is none of its numbers, which end with {}",
                known.len() - 1
            ),
        )
    })
}
