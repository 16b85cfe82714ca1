//! What every function of the C ABI does at its edges: keep panics in, read
//! texts, hand objects out.

use crate::stay::stay;
use crate::{CHATFILE_OK, chatfile_error, chatfile_status};
use chatfile::{Error, Result, Status};
use std::ffi::{CStr, CString, c_char, c_void};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::str::Utf8Error;

/// Runs the body of a function; turns an error or a panic into a status, and
/// into an error object if one is wanted.
///
/// # Safety
/// `error_out` is NULL or points to writable memory for a pointer; the C caller
/// guarantees it.
pub(crate) unsafe fn guard(
    error_out: *mut *mut chatfile_error,
    body: impl FnOnce() -> Result<()>,
) -> chatfile_status {
    let mut body = Some(body);
    // SAFETY: what the caller of this function guarantees.
    unsafe { guard_body(error_out, &mut || body.take().map_or(Ok(()), |body| body())) }
}

/// The same, which is large and compiled once.
///
/// # Safety
/// As for [`guard`].
unsafe fn guard_body(
    error_out: *mut *mut chatfile_error,
    body: &mut dyn FnMut() -> Result<()>,
) -> chatfile_status {
    if !error_out.is_null() {
        // SAFETY: not NULL; the C caller guarantees that it is writable.
        unsafe { *error_out = ptr::null_mut() };
    }
    stay();
    let result = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        Err(Error::new(
            Status::Panic,
            format!("a defect in chatfile was caught: {text}; please report it"),
        ))
    });
    let Err(error) = result else {
        return CHATFILE_OK;
    };
    let status = error.status().code();
    if !error_out.is_null() {
        let object = Box::into_raw(Box::new(chatfile_error::new(error)));
        // SAFETY: as above.
        unsafe { *error_out = object };
    }
    status
}

/// Runs the body of a getter: a panic gives `default`.
pub(crate) fn guard_getter<T>(default: T, body: impl FnOnce() -> T) -> T {
    stay();
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(default)
}

/// Reads a value of an object; NULL gives `default`.
///
/// # Safety
/// `object` is NULL or an object of this library that is not freed during the
/// call; the C caller guarantees it.
pub(crate) unsafe fn get<O, T>(object: *const O, default: T, value: impl FnOnce(&O) -> T) -> T {
    // SAFETY: what the caller of this function guarantees.
    match unsafe { object.as_ref() } {
        Some(object) => guard_getter(default, || value(object)),
        None => default,
    }
}

/// Gives a number that may not be known: 1 with it, or 0 with 0.
///
/// # Safety
/// `out` is NULL or writable; the C caller guarantees it.
pub(crate) unsafe fn put_number(number: Option<u64>, out: *mut u64) -> i32 {
    // SAFETY: what the caller of this function guarantees.
    if let Some(out) = unsafe { out.as_mut() } {
        *out = number.unwrap_or(0);
    }
    i32::from(number.is_some())
}

/// The parameter `name` is NULL and may not be.
pub(crate) fn null(name: &'static str) -> Error {
    Error::new(Status::Null, format!("{name}: is required, and missing")).with_field(name)
}

/// A parameter named `field` cannot be used, for the reason given.
pub(crate) fn argument(field: &'static str, reason: impl fmt::Display) -> Error {
    Error::new(Status::Argument, format!("{field}: {reason}")).with_field(field)
}

/// Sets an output to NULL before anything else is done.
///
/// # Safety
/// `out` is NULL or points to writable memory for a pointer; the C caller
/// guarantees it.
pub(crate) unsafe fn clear_out<T>(out: *mut *mut T) -> Result<()> {
    if out.is_null() {
        return Err(null("out"));
    }
    // SAFETY: not NULL; the C caller guarantees that it is writable.
    unsafe { *out = ptr::null_mut() };
    Ok(())
}

/// Hands an object to the caller, who owns it from then on.
///
/// # Safety
/// `out` went through [`clear_out`] with success.
pub(crate) unsafe fn hand_out<T>(out: *mut *mut T, object: T) {
    // SAFETY: checked by `clear_out`.
    unsafe { *out = Box::into_raw(Box::new(object)) };
}

/// Frees an object that was handed out. NULL is fine.
///
/// # Safety
/// `object` is NULL or came from [`hand_out`] and was not freed before; the C
/// caller guarantees it.
pub(crate) unsafe fn free<T>(object: *mut T) {
    if object.is_null() {
        return;
    }
    // SAFETY: from `Box::into_raw` in `hand_out` or `guard`; the caller gives up
    // its only pointer to it.
    let object = unsafe { Box::from_raw(object) };
    guard_getter((), || drop(object));
}

/// Borrows an optional text.
///
/// # Safety
/// `pointer` is NULL or points to a NUL-terminated string that stays as it is
/// during the call; the C caller guarantees it.
pub(crate) unsafe fn text<'a>(
    pointer: *const c_char,
    name: &'static str,
) -> Result<Option<&'a str>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL; the C caller guarantees the terminating NUL.
    let bytes = unsafe { CStr::from_ptr(pointer) };
    let fault =
        |what: &str| Err(Error::new(Status::Text, format!("{name}: {what}")).with_field(name));
    match bytes.to_str() {
        Err(e) => fault(&not_utf8(e)),
        Ok(text) if text.contains(['\r', '\n']) => fault("holds a CR or LF"),
        Ok(text) => Ok(Some(text)),
    }
}

/// What is wrong with a text, and what to do: most often it is one of the system's
/// own, such as a path in GBK. Its bytes are not shown, for it may be a secret.
pub(crate) fn not_utf8(error: Utf8Error) -> String {
    let at = error.valid_up_to();
    format!(
        "is not valid UTF-8 from byte {at} on; if it is in GBK or another encoding of the system, \
         convert it to UTF-8 first (iconv, g_filename_to_utf8, WideCharToMultiByte with CP_UTF8)"
    )
}

/// Copies an optional text.
///
/// # Safety
/// As for [`text`].
pub(crate) unsafe fn owned_text(
    pointer: *const c_char,
    name: &'static str,
) -> Result<Option<String>> {
    // SAFETY: what the caller of this function guarantees.
    Ok(unsafe { text(pointer, name) }?.map(str::to_owned))
}

/// Borrows a text that must be there.
///
/// # Safety
/// As for [`text`].
pub(crate) unsafe fn required_text<'a>(
    pointer: *const c_char,
    name: &'static str,
) -> Result<&'a str> {
    // SAFETY: what the caller of this function guarantees.
    unsafe { text(pointer, name) }?.ok_or_else(|| null(name))
}

/// Copies several texts, of which none may be missing.
///
/// # Safety
/// `pointer` is NULL or points to `count` pointers, each as for [`text`]; the C caller
/// guarantees it.
pub(crate) unsafe fn owned_texts(
    pointer: *const *const c_char,
    count: usize,
    name: &'static str,
) -> Result<Vec<String>> {
    if pointer.is_null() && count != 0 {
        return Err(null(name));
    }
    (0..count)
        .map(|index| {
            // SAFETY: not NULL; the rest is what the caller of this function guarantees.
            unsafe { required_text(*pointer.add(index), name) }.map(str::to_owned)
        })
        .collect()
}

/// Borrows bytes.
///
/// # Safety
/// `pointer` is not NULL and points to `size` readable bytes that stay as they
/// are during the call; the C caller guarantees it.
pub(crate) unsafe fn bytes<'a>(
    pointer: *const c_void,
    size: usize,
    name: &'static str,
) -> Result<&'a [u8]> {
    // No slice of Rust is larger (std::slice::from_raw_parts).
    if size > isize::MAX.unsigned_abs() {
        return Err(argument(name, "is larger than the memory"));
    }
    // SAFETY: not NULL, readable and unchanging, as the C caller guarantees.
    Ok(unsafe { std::slice::from_raw_parts(pointer.cast(), size) })
}

/// Borrows a handle.
///
/// # Safety
/// `pointer` is NULL or a handle of this library that is not freed during the
/// call; the C caller guarantees it.
pub(crate) unsafe fn handle<'a, T>(pointer: *const T, name: &'static str) -> Result<&'a T> {
    // SAFETY: what the caller of this function guarantees.
    unsafe { pointer.as_ref() }.ok_or_else(|| null(name))
}

/// A text for C. What stands behind an inner NUL would be lost, so it becomes
/// a blank.
pub(crate) fn c_string(text: &str) -> CString {
    // Of nearly all of them no other copy is made.
    CString::new(text)
        .or_else(|_| CString::new(text.replace('\0', " ")))
        .unwrap_or_default()
}

/// A text for C that is not there as NULL.
pub(crate) fn pointer_to(text: Option<&CString>) -> *const c_char {
    text.map_or(ptr::null(), |text| text.as_ptr())
}

#[cfg(test)]
#[path = "boundary_tests.rs"]
mod tests;
