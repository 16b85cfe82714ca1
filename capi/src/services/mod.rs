//! # The services
//!
//! For each there is a structure that says who asks, a function that opens a client for
//! it, and what hangs off the options of the verbs. A secret need not stand in the
//! structure: it can be asked for when it is needed.

use crate::boundary::{c_string, owned_text};
use crate::callbacks::{User, told};
use chatfile::{Error, Result, Secret, SecretProvider, Status};
use std::ffi::{c_char, c_void};

/// Gives a secret: puts the text of the field that is called name ("app_secret",
/// "password", ...) at buffer, at most capacity bytes (16,384 or more), without a NUL,
/// stores their number in *size, and returns 0. Anything else stops the call with
/// CHATFILE_E_CALLBACK; what is no UTF-8, has a line end or a NUL, or would not fit, with
/// CHATFILE_E_TEXT, and nothing with CHATFILE_E_ARGUMENT. Called on a thread that made a call, when the secret is
/// needed, by one thread at a time. The copy is wiped after use; tokens that are got
/// with it are kept as long as they live, and then wiped. Must not throw, longjmp, or
/// use the client: a call that needs the secret as well fails with CHATFILE_E_ARGUMENT.
pub type chatfile_secret_fn = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        name: *const c_char,
        buffer: *mut c_char,
        capacity: usize,
        size: *mut usize,
    ) -> i32,
>;

/// The caller's function for secrets.
fn provider(secret: chatfile_secret_fn, user: *mut c_void) -> Option<SecretProvider> {
    let secret = secret?;
    let user = User::new(user);
    Some(SecretProvider::new(move |name| {
        let c_name = c_string(name);
        told("secret", name, |buffer, capacity, size| {
            // SAFETY: the C caller guarantees that the function may be called with
            // its user pointer while the client lives, and writes at most
            // `capacity` bytes.
            unsafe { secret(user.pointer(), c_name.as_ptr(), buffer, capacity, size) }
        })
    }))
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

/// The options of the one service that has any, of those with these names.
pub(crate) fn of_one_service<T, const N: usize>(
    given: [(&'static str, Option<T>); N],
) -> Result<Option<T>> {
    let mut set = given
        .into_iter()
        .filter_map(|(name, one)| Some((name, one?)));
    match (set.next(), set.next()) {
        (Some((first, _)), Some((second, _))) => {
            let what =
                format!("{second}: those of {first} are set, too, and a client has one service");
            Err(Error::new(Status::Unsupported, what).with_field(second))
        }
        (one, _) => Ok(one.map(|(_, one)| one)),
    }
}

// In the order of the header; the empty lines keep rustfmt from sorting them.
mod easemob;

mod netease;

mod huawei;

mod smh;

mod openim;

pub use easemob::*;
pub use huawei::*;
pub use netease::*;
pub use openim::*;
pub use smh::*;

/// What opens a client of each service, each handed to a macro.
#[cfg(any(test, fuzzing))]
macro_rules! openers {
    ($each:ident) => {
        [
            $each!(chatfile_open_easemob),
            $each!(chatfile_open_huawei),
            $each!(chatfile_open_netease),
            $each!(chatfile_open_openim),
            $each!(chatfile_open_smh),
        ]
    };
}

#[cfg(any(test, fuzzing))]
pub(crate) use openers;
