//! # The client and its options
//!
//! A client is opened by the function of its service, which stands with that service
//! below, or by chatfile_open_without_service(). Its options are the same for all services.

use crate::boundary::{clear_out, free, get, guard, hand_out, handle};
use crate::{chatfile_error, chatfile_status};
use chatfile::{Client, Result};
use std::sync::Arc;

/// Speaks to one service with one set of credentials. Safe to share between
/// threads: calls run side by side, and share tokens and open connections. It
/// has no thread of its own.
pub struct chatfile_client(pub(crate) Arc<Client>);

mod options;

pub use options::*;

/// Opens a client without a service and without credentials. All it can do is
/// send what others have presigned: chatfile_send_presigned() and
/// chatfile_receive_presigned().
///
/// Nothing is sent yet. options are copied. On success *out is a client that you
/// free with chatfile_client_free(). Fails with CHATFILE_E_NULL, _ARGUMENT, _TEXT,
/// _STRUCT, _UNSUPPORTED or _SYSTEM; chatfile_error_field() names the field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_open_without_service(
    options: *const chatfile_client_options,
    out: *mut *mut chatfile_client,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        open(out, error, || {
            Client::without_service(client_options(options)?)
        })
    }
}

/// Makes a client and hands it out.
///
/// # Safety
/// `out` and `error` are what the header says; the C caller guarantees it.
pub(crate) unsafe fn open(
    out: *mut *mut chatfile_client,
    error: *mut *mut chatfile_error,
    make: impl FnOnce() -> Result<Client>,
) -> chatfile_status {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            hand_out(out, chatfile_client(Arc::new(make()?)));
            Ok(())
        })
    }
}

/// Frees a client and closes its connections. NULL is fine. No call may be using
/// it any more; of a list cursor it lives on in that, until it is free, too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_client_free(client: *mut chatfile_client) {
    // SAFETY: the C caller guarantees that it is NULL or a client, and does not
    // use it any more.
    unsafe { free(client) }
}

/// What the service of a client can do: one of the CHATFILE_CAN_ numbers, or several of
/// them, or-ed.
pub type chatfile_capability = u32;

/// The service takes files.
pub const CHATFILE_CAN_UPLOAD: chatfile_capability = 1;
/// The service gives files back.
pub const CHATFILE_CAN_DOWNLOAD: chatfile_capability = 2;
/// Files can be deleted by the time of their upload.
pub const CHATFILE_CAN_DELETE_BY_TIME: chatfile_capability = 4;
/// A file can be protected by a share secret.
pub const CHATFILE_CAN_SHARE_SECRET: chatfile_capability = 8;
/// The service makes thumbnails of images.
pub const CHATFILE_CAN_THUMBNAIL: chatfile_capability = 16;
/// Requests can be presigned.
pub const CHATFILE_CAN_PRESIGN: chatfile_capability = 32;
/// A file can be deleted.
pub const CHATFILE_CAN_DELETE: chatfile_capability = 64;
/// Large files are sent in parts, side by side, and can be gone on with after a
/// failure.
pub const CHATFILE_CAN_PARTS: chatfile_capability = 128;
/// What the service has already is not sent again.
pub const CHATFILE_CAN_INSTANT_UPLOAD: chatfile_capability = 256;
/// chatfile_info() and chatfile_exists().
pub const CHATFILE_CAN_INFO: chatfile_capability = 512;
/// chatfile_list().
pub const CHATFILE_CAN_LIST: chatfile_capability = 1024;
/// chatfile_upload_options.message.
pub const CHATFILE_CAN_MESSAGE: chatfile_capability = 2048;

/// What the service of this client can do, or-ed. 0 if client is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_client_capabilities(
    client: *const chatfile_client,
) -> chatfile_capability {
    // SAFETY: the C caller guarantees that it is NULL or a client.
    unsafe {
        get(client, 0, |client| {
            let bits = client.0.capabilities().into_iter().map(|one| one as u32);
            bits.fold(0, |all, one| all | one)
        })
    }
}

/// Sets the most bytes to send and to receive in a second, over all transfers of
/// this client, those under way too; 0 is no limit. May be called from any
/// thread. Fails with CHATFILE_E_NULL if client is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_client_set_rates(
    client: *const chatfile_client,
    upload_rate: u64,
    download_rate: u64,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            let client = handle(client, "client")?;
            client.0.set_rates(upload_rate, download_rate);
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chatfile::Capability;

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
            (CHATFILE_CAN_MESSAGE, Capability::Message),
        ] {
            assert_eq!(c, rust as u32);
        }
    }
}
