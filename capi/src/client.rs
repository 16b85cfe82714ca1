//! Opening and freeing clients.

use super::boundary::{clear_out, free, get, guard, hand_out, handle, read_required};
use super::error::chatfile_error;
use super::options::{
    chatfile_client_options, chatfile_easemob, chatfile_huawei, chatfile_netease, chatfile_openim,
    chatfile_smh, client_options, easemob_config, huawei_config, netease_config, openim_config,
    smh_config,
};
use super::status::chatfile_status;
use chatfile::{Client, Result};

/// Speaks to one service with one set of credentials. Safe to share between
/// threads: calls run side by side, and share tokens and open connections. It
/// has no thread of its own.
pub struct chatfile_client(pub(super) Client);

/// Opens a client of an Easemob app. Nothing is sent yet.
///
/// config is required; options may be NULL. Both are copied. On success *out is
/// a client that you free with chatfile_client_free(), else NULL. error may be
/// NULL; otherwise *error is an error object that you free, or NULL on success.
///
/// Fails with CHATFILE_E_NULL, _ARGUMENT, _TEXT or _STRUCT;
/// chatfile_error_field() names the field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_open_easemob(
    config: *const chatfile_easemob,
    options: *const chatfile_client_options,
    out: *mut *mut chatfile_client,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        open(out, error, || {
            let config = read_required(config, "config")?;
            Client::easemob(easemob_config(&config)?, client_options(options)?)
        })
    }
}

/// Opens a client of a NetEase IM app. Nothing is sent yet. Parameters and
/// errors are as for chatfile_open_easemob().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_open_netease(
    config: *const chatfile_netease,
    options: *const chatfile_client_options,
    out: *mut *mut chatfile_client,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        open(out, error, || {
            let config = read_required(config, "config")?;
            Client::netease(netease_config(&config)?, client_options(options)?)
        })
    }
}

/// Opens a client of a Huawei AICC tenant. Nothing is sent yet. Parameters and
/// errors are as for chatfile_open_easemob(), and CHATFILE_E_LIMIT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_open_huawei(
    config: *const chatfile_huawei,
    options: *const chatfile_client_options,
    out: *mut *mut chatfile_client,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        open(out, error, || {
            let config = read_required(config, "config")?;
            Client::huawei(huawei_config(&config)?, client_options(options)?)
        })
    }
}

/// Opens a client of a media library of Tencent SMH. Nothing is sent yet.
/// Parameters and errors are as for chatfile_open_easemob(), and CHATFILE_E_LIMIT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_open_smh(
    config: *const chatfile_smh,
    options: *const chatfile_client_options,
    out: *mut *mut chatfile_client,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        open(out, error, || {
            let config = read_required(config, "config")?;
            Client::smh(smh_config(&config)?, client_options(options)?)
        })
    }
}

/// Opens a client of an OpenIM server. Nothing is sent yet. Parameters and errors
/// are as for chatfile_open_easemob().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_open_openim(
    config: *const chatfile_openim,
    options: *const chatfile_client_options,
    out: *mut *mut chatfile_client,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        open(out, error, || {
            let config = read_required(config, "config")?;
            Client::openim(openim_config(&config)?, client_options(options)?)
        })
    }
}

/// Opens a client without a service and without credentials. All it can do is
/// send what others have presigned: chatfile_send_presigned() and
/// chatfile_receive_presigned(). Parameters and errors are as for
/// chatfile_open_easemob().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_open(
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

/// What the service of this client can do: the CHATFILE_CAN_ numbers, or-ed.
/// 0 if client is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_client_capabilities(client: *const chatfile_client) -> u32 {
    // SAFETY: the C caller guarantees that it is NULL or a client.
    unsafe {
        get(client, 0, |client| {
            let bits = client.0.capabilities().iter().map(|one| *one as u32);
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
) -> chatfile_status {
    // SAFETY: the C caller guarantees that it is NULL or a client.
    unsafe {
        guard(std::ptr::null_mut(), || {
            let client = handle(client, "client")?;
            client.0.set_rates(upload_rate, download_rate);
            Ok(())
        })
    }
}

/// Frees a client and closes its connections. NULL is fine. No call may be using
/// it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_client_free(client: *mut chatfile_client) {
    // SAFETY: the C caller guarantees that it is NULL or a client, and does not
    // use it any more.
    unsafe { free(client) }
}

/// Makes a client and hands it out.
///
/// # Safety
/// `out` and `error` are what the header says; the C caller guarantees it.
unsafe fn open(
    out: *mut *mut chatfile_client,
    error: *mut *mut chatfile_error,
    make: impl FnOnce() -> Result<Client>,
) -> chatfile_status {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            hand_out(out, chatfile_client(make()?));
            Ok(())
        })
    }
}
