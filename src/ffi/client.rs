//! Opening and freeing clients.

use super::boundary::{
    clear_out, free, guard, guard_getter, hand_out, non_zero, owned_text, read_or_default,
    read_required, required_text,
};
use super::error::chatfile_error;
use super::options::{chatfile_client_options, chatfile_easemob, chatfile_netease};
use super::status::{
    CHATFILE_CAN_DELETE_BY_TIME, CHATFILE_CAN_DOWNLOAD, CHATFILE_CAN_SHARE_SECRET,
    CHATFILE_CAN_THUMBNAIL, CHATFILE_CAN_UPLOAD, chatfile_status,
};
use crate::client::{Capability, Client, ClientOptions};
use crate::error::{Error, Result};
use crate::service::easemob::{Easemob, EasemobCredentials};
use crate::service::netease::Netease;
use std::time::Duration;

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
        guard(error, || {
            clear_out(out)?;
            let config = read_required(config, "config")?;
            let client = Client::easemob(easemob_config(&config)?, client_options(options)?)?;
            hand_out(out, chatfile_client(client));
            Ok(())
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
        guard(error, || {
            clear_out(out)?;
            let config = read_required(config, "config")?;
            let config = Netease {
                base_url: owned_text(config.base_url, "base_url")?,
                app_key: required_text(config.app_key, "app_key")?.to_owned(),
                app_secret: required_text(config.app_secret, "app_secret")?.to_owned(),
                max_upload_size: non_zero(config.max_upload_size),
            };
            let client = Client::netease(config, client_options(options)?)?;
            hand_out(out, chatfile_client(client));
            Ok(())
        })
    }
}

/// What the service of this client can do: the CHATFILE_CAN_ numbers, or-ed.
/// 0 if client is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_client_capabilities(client: *const chatfile_client) -> u32 {
    // SAFETY: the C caller guarantees that it is NULL or a client.
    let Some(client) = (unsafe { client.as_ref() }) else {
        return 0;
    };
    guard_getter(0, || {
        client.0.capabilities().iter().fold(0, |all, capability| {
            all | match capability {
                Capability::Upload => CHATFILE_CAN_UPLOAD,
                Capability::Download => CHATFILE_CAN_DOWNLOAD,
                Capability::DeleteByTime => CHATFILE_CAN_DELETE_BY_TIME,
                Capability::ShareSecret => CHATFILE_CAN_SHARE_SECRET,
                Capability::Thumbnail => CHATFILE_CAN_THUMBNAIL,
            }
        })
    })
}

/// Frees a client and closes its connections. NULL is fine. No call may be using
/// it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_client_free(client: *mut chatfile_client) {
    // SAFETY: the C caller guarantees that it is NULL or a client, and does not
    // use it any more.
    unsafe { free(client) }
}

/// # Safety
/// The pointers in `config` are what the header says; the C caller guarantees it.
unsafe fn easemob_config(config: &chatfile_easemob) -> Result<Easemob> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let pairs = (
            owned_text(config.client_id, "client_id")?,
            owned_text(config.client_secret, "client_secret")?,
            owned_text(config.username, "username")?,
            owned_text(config.password, "password")?,
            owned_text(config.token, "token")?,
        );
        let credentials = match pairs {
            (Some(id), Some(secret), None, None, None) => EasemobCredentials::Client { id, secret },
            (None, None, Some(username), Some(password), None) => {
                EasemobCredentials::Password { username, password }
            }
            (None, None, None, None, Some(token)) => EasemobCredentials::Token(token),
            _ => {
                return Err(Error::argument(
                    "credentials",
                    "set either client_id and client_secret, or username and password, or token",
                ));
            }
        };
        Ok(Easemob {
            base_url: owned_text(config.base_url, "base_url")?,
            app_key: required_text(config.app_key, "app_key")?.to_owned(),
            credentials,
            token_ttl: non_zero(config.token_ttl_seconds).map(Duration::from_secs),
            max_upload_size: non_zero(config.max_upload_size),
        })
    }
}

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
unsafe fn client_options(options: *const chatfile_client_options) -> Result<ClientOptions> {
    let milliseconds = |value: u32| non_zero(value).map(|ms| Duration::from_millis(ms.into()));
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let options = read_or_default(options)?;
        Ok(ClientOptions {
            user_agent: owned_text(options.user_agent, "user_agent")?,
            connect_timeout: milliseconds(options.connect_timeout_ms),
            stall_timeout: milliseconds(options.stall_timeout_ms),
            deadline: milliseconds(options.deadline_ms),
            max_attempts: non_zero(options.max_attempts),
            retry_delay: milliseconds(options.retry_delay_ms),
        })
    }
}
