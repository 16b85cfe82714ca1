//! The structures that callers fill in, and that can grow.

use crate::boundary::{argument, null};
use chatfile::{Error, Result, Status};
use std::mem::MaybeUninit;
use std::ptr;

/// A structure of the C header that can grow: zero everywhere is valid and
/// means default.
///
/// # Safety
/// The type is `repr(C)`, its first field is `struct_size: usize`, and all its
/// fields are integers, raw pointers or `Option` of function pointers.
pub(crate) unsafe trait Extensible: Copy {
    /// Its name in the header.
    const NAME: &'static str;
    /// Its size in the first release that had it.
    const FIRST_SIZE: usize;
}

/// States what `Extensible` needs of a structure, which is named with its last
/// field, and, once fields have been added, with the one that was the last in the first
/// release that had it: `extensible!(chatfile_x.last, first: before)`.
macro_rules! extensible {
    ($name:ident . $last:ident) => {
        $crate::structures::extensible!($name.$last, first: $last);
    };
    ($name:ident . $last:ident, first: $first:ident) => {
        // SAFETY: declared as repr(C), `struct_size` first, the rest
        // integers, raw pointers and optional function pointers.
        unsafe impl $crate::structures::Extensible for $name {
            const NAME: &'static str = stringify!($name);
            const FIRST_SIZE: usize = std::mem::offset_of!($name, $first)
                + $crate::structures::size_of_field(|s: &$name| &s.$first);
        }

        const _: () = assert!(std::mem::offset_of!($name, struct_size) == 0);

        // A field that is added later must make the structure larger: it must
        // not find room in padding, where an older caller has anything.
        const _: () = assert!(
            size_of::<$name>()
                == std::mem::offset_of!($name, $last)
                    + $crate::structures::size_of_field(|s: &$name| &s.$last)
        );
    };
}

pub(crate) use extensible;

pub(crate) const fn size_of_field<T, F>(_: fn(&T) -> &F) -> usize {
    size_of::<F>()
}

/// No structure will ever be larger; a larger `struct_size` is not one, but
/// uninitialised memory.
const LARGEST_STRUCT: usize = 4096;

/// Reads an optional structure; NULL gives its defaults.
///
/// # Safety
/// `pointer` is NULL or points to `struct_size` readable bytes, aligned for
/// `T`; the C caller guarantees it.
pub(crate) unsafe fn read_or_default<T: Extensible>(pointer: *const T) -> Result<T> {
    if pointer.is_null() {
        // SAFETY: `Extensible` promises that zero is a valid value.
        return Ok(unsafe { MaybeUninit::zeroed().assume_init() });
    }
    // SAFETY: not NULL; the rest is what the caller of this function guarantees.
    unsafe { read(pointer) }
}

/// Reads a structure that must be there.
///
/// # Safety
/// As for [`read_or_default`].
pub(crate) unsafe fn read_required<T: Extensible>(
    pointer: *const T,
    name: &'static str,
) -> Result<T> {
    if pointer.is_null() {
        return Err(null(name));
    }
    // SAFETY: not NULL; the rest is what the caller of this function guarantees.
    unsafe { read(pointer) }
}

/// Reads a structure of another version: a shorter one is filled up with
/// zeros, a longer one may only have zeros in what is unknown here.
///
/// # Safety
/// As for [`read_or_default`], and `pointer` is not NULL.
unsafe fn read<T: Extensible>(pointer: *const T) -> Result<T> {
    let mut value = MaybeUninit::<T>::zeroed();
    let (from, into) = (pointer.cast(), value.as_mut_ptr().cast());
    // SAFETY: `into` has room for a `T`; the rest is what the caller of this
    // function guarantees.
    unsafe { read_bytes(from, into, size_of::<T>(), T::FIRST_SIZE, T::NAME) }?;
    // SAFETY: `Extensible` promises that any bytes the C caller put there, and
    // zeros, are valid for its fields.
    Ok(unsafe { value.assume_init() })
}

/// The same for a structure of this name, of which `known_size` bytes are known.
///
/// # Safety
/// As for [`read`], and `into` has room for `known_size` bytes.
unsafe fn read_bytes(
    from: *const u8,
    into: *mut u8,
    known_size: usize,
    first_size: usize,
    name: &str,
) -> Result<()> {
    // SAFETY: every `Extensible` begins with its size; the C caller guarantees
    // that the pointer is aligned and readable.
    let size = unsafe { *from.cast::<usize>() };
    let fault = |what: String| Err(Error::new(Status::Struct, what).with_field("struct_size"));
    if !(first_size..=LARGEST_STRUCT).contains(&size) {
        return fault(format!(
            "{name}: struct_size is {size}; initialise it with {}_INIT",
            name.to_ascii_uppercase()
        ));
    }
    let known = size.min(known_size);
    // SAFETY: `known` bytes are readable (the C caller guarantees `size`) and
    // fit into `into`; the two do not overlap.
    unsafe { ptr::copy_nonoverlapping(from, into, known) };
    for at in known..size {
        // SAFETY: below `size`, which the C caller guarantees to be readable.
        if unsafe { *from.add(at) } != 0 {
            return fault(format!(
                "{name}: an option is set that chatfile {} does not know; use a newer library",
                env!("CARGO_PKG_VERSION")
            ));
        }
    }
    Ok(())
}

/// Reads a structure that hangs off another, if it is there.
///
/// # Safety
/// As for [`read_or_default`].
pub(crate) unsafe fn optional<T: Extensible, R>(
    pointer: *const T,
    convert: unsafe fn(&T) -> Result<R>,
) -> Result<Option<R>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: what the caller of this function guarantees.
    unsafe { convert(&read_or_default(pointer)?).map(Some) }
}

/// What one of the numbers of the header stands for.
pub(crate) fn choice<T: Copy>(number: u32, known: &[(u32, T)], field: &'static str) -> Result<T> {
    let found = known.iter().find(|(known, _)| *known == number);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let last = known.iter().map(|(number, _)| *number).max();
        argument(
            field,
            format_args!(
                "{number} is none of its numbers, which end with {}",
                last.unwrap_or_default()
            ),
        )
    })
}

/// What fills up a structure to whole words of 8 bytes has to be zero, so that it can be told from a field.
pub(crate) fn check_reserved(is_zero: bool) -> Result<()> {
    if is_zero {
        return Ok(());
    }
    Err(Error::new(
        Status::Struct,
        "reserved: must be 0; initialise the structure with its INIT macro",
    )
    .with_field("reserved"))
}

/// Zero means default.
pub(crate) fn non_zero<T: Default + PartialEq>(value: T) -> Option<T> {
    (value != T::default()).then_some(value)
}

#[cfg(test)]
#[path = "structures_tests.rs"]
mod tests;
