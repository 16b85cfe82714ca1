//! Opening and freeing clients.

use super::boundary::{
    bytes, check_reserved, clear_out, free, get, guard, hand_out, handle, non_zero, null,
    owned_text, read_or_default, read_required, required_text, text,
};
use super::callbacks::{asker, log};
use super::error::chatfile_error;
use super::options::{
    chatfile_client_options, chatfile_easemob, chatfile_huawei, chatfile_netease,
};
use super::status::{
    CHATFILE_CAN_DELETE_BY_TIME, CHATFILE_CAN_DOWNLOAD, CHATFILE_CAN_PRESIGN,
    CHATFILE_CAN_SHARE_SECRET, CHATFILE_CAN_THUMBNAIL, CHATFILE_CAN_UPLOAD, chatfile_status,
};
use crate::client::{Capability, Client, ClientOptions};
use crate::error::{Error, Result};
use crate::secret::{Asker, Secret};
use crate::service::easemob::{Easemob, EasemobCredentials};
use crate::service::huawei::Huawei;
use crate::service::netease::Netease;
use std::ffi::{CStr, c_char};
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
            client.0.capabilities().iter().fold(0, |all, capability| {
                all | match capability {
                    Capability::Upload => CHATFILE_CAN_UPLOAD,
                    Capability::Download => CHATFILE_CAN_DOWNLOAD,
                    Capability::DeleteByTime => CHATFILE_CAN_DELETE_BY_TIME,
                    Capability::ShareSecret => CHATFILE_CAN_SHARE_SECRET,
                    Capability::Thumbnail => CHATFILE_CAN_THUMBNAIL,
                    Capability::Presign => CHATFILE_CAN_PRESIGN,
                    _ => 0,
                }
            })
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

/// A secret that the caller gave, or will be asked for.
///
/// # Safety
/// As for [`owned_text`].
unsafe fn secret(
    pointer: *const c_char,
    name: &'static str,
    asker: Option<&Asker>,
) -> Result<Option<Secret>> {
    // SAFETY: what the caller of this function guarantees.
    let value = unsafe { owned_text(pointer, name) }?;
    Ok(value
        .map(Secret::from)
        .or_else(|| asker.cloned().map(Secret::asked)))
}

/// # Safety
/// The pointers in `config` are what the header says; the C caller guarantees it.
unsafe fn easemob_config(config: &chatfile_easemob) -> Result<Easemob> {
    let asker = asker(config.secret, config.secret_user);
    let asker = asker.as_ref();
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let id = owned_text(config.client_id, "client_id")?;
        let username = owned_text(config.username, "username")?;
        let token = owned_text(config.token, "token")?;
        let credentials = match (id, username, token) {
            (Some(id), None, None) if config.password.is_null() => {
                secret(config.client_secret, "client_secret", asker)?
                    .map(|secret| EasemobCredentials::Client { id, secret })
            }
            (None, Some(username), None) if config.client_secret.is_null() => {
                secret(config.password, "password", asker)?
                    .map(|password| EasemobCredentials::Password { username, password })
            }
            (None, None, _) if config.client_secret.is_null() && config.password.is_null() => {
                secret(config.token, "token", asker)?.map(EasemobCredentials::Token)
            }
            _ => None,
        };
        Ok(Easemob {
            base_url: owned_text(config.base_url, "base_url")?,
            app_key: required_text(config.app_key, "app_key")?.to_owned(),
            credentials: credentials.ok_or_else(|| {
                Error::argument(
                    "credentials",
                    "set either client_id and client_secret, or username and password, or token; \
                     or, for what is secret of it, the secret callback",
                )
            })?,
            token_ttl: non_zero(config.token_ttl_seconds).map(Duration::from_secs),
            max_upload_size: non_zero(config.max_upload_size),
        })
    }
}

/// # Safety
/// The pointers in `config` are what the header says; the C caller guarantees it.
unsafe fn netease_config(config: &chatfile_netease) -> Result<Netease> {
    let asker = asker(config.secret, config.secret_user);
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        Ok(Netease {
            base_url: owned_text(config.base_url, "base_url")?,
            app_key: required_text(config.app_key, "app_key")?.to_owned(),
            app_secret: secret(config.app_secret, "app_secret", asker.as_ref())?
                .ok_or_else(|| null("app_secret"))?,
            max_upload_size: non_zero(config.max_upload_size),
        })
    }
}

/// # Safety
/// The pointers in `config` are what the header says; the C caller guarantees it.
unsafe fn huawei_config(config: &chatfile_huawei) -> Result<Huawei> {
    let asker = asker(config.secret, config.secret_user);
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        Ok(Huawei {
            base_url: required_text(config.base_url, "base_url")?.to_owned(),
            app_key: required_text(config.app_key, "app_key")?.to_owned(),
            app_secret: secret(config.app_secret, "app_secret", asker.as_ref())?
                .ok_or_else(|| null("app_secret"))?,
            channel_id: required_text(config.channel_id, "channel_id")?.to_owned(),
            user_id: required_text(config.user_id, "user_id")?.to_owned(),
            user_name: owned_text(config.user_name, "user_name")?,
            locale: owned_text(config.locale, "locale")?,
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
        check_reserved(options.reserved == 0)?;
        Ok(ClientOptions {
            user_agent: owned_text(options.user_agent, "user_agent")?,
            connect_timeout: milliseconds(options.connect_timeout_ms),
            stall_timeout: milliseconds(options.stall_timeout_ms),
            deadline: milliseconds(options.deadline_ms),
            max_attempts: non_zero(options.max_attempts),
            retry_time: milliseconds(options.retry_time_ms),
            retry_delay: milliseconds(options.retry_delay_ms),
            calls_per_second: non_zero(options.calls_per_second),
            upload_rate: non_zero(options.upload_rate),
            download_rate: non_zero(options.download_rate),
            proxy: owned_text(options.proxy, "proxy")?,
            no_proxy: owned_text(options.no_proxy, "no_proxy")?,
            proxy_from_environment: options.proxy_from_environment != 0,
            ca_certificates: ca_certificates(&options)?,
            client_certificate: pem(options.client_certificate),
            client_key: pem(options.client_key),
            log: log(options.log, options.log_user, options.log_level)?,
        })
    }
}

/// # Safety
/// `pointer` is NULL or a NUL-terminated string; the C caller guarantees it.
unsafe fn pem(pointer: *const c_char) -> Option<Vec<u8>> {
    // SAFETY: not NULL; the C caller guarantees the terminating NUL.
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_bytes().to_vec())
}

/// # Safety
/// The pointers in `options` are what the header says; the C caller guarantees it.
unsafe fn ca_certificates(options: &chatfile_client_options) -> Result<Option<Vec<u8>>> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let path = text(options.ca_certificates_path, "ca_certificates_path")?;
        match (options.ca_certificates.is_null(), path) {
            (true, None) => Ok(None),
            (false, None) => Ok(Some(
                bytes(
                    options.ca_certificates,
                    options.ca_certificates_size,
                    "ca_certificates_size",
                )?
                .to_vec(),
            )),
            (true, Some(path)) => std::fs::read(path).map(Some).map_err(|e| {
                Error::argument(
                    "ca_certificates_path",
                    format_args!("cannot read {path}: {e}"),
                )
            }),
            (false, Some(_)) => Err(Error::argument(
                "ca_certificates",
                "set it or ca_certificates_path, not both",
            )),
        }
    }
}
