//! The structures that callers fill in.

use super::boundary::Extensible;
use super::callbacks::{
    chatfile_log_fn, chatfile_progress_fn, chatfile_read_fn, chatfile_rewind_fn,
    chatfile_secret_fn, chatfile_write_fn,
};
use super::cancel::chatfile_cancel;
use std::ffi::{c_char, c_void};
use std::mem::offset_of;

/// States once what `Extensible` needs for each structure below, which is named
/// with its last field.
macro_rules! extensible {
    ($($name:ident . $last:ident),* $(,)?) => {$(
        // SAFETY: declared below as repr(C), `struct_size` first, the rest
        // integers, raw pointers and optional function pointers.
        unsafe impl Extensible for $name {
            const NAME: &'static str = stringify!($name);
            // All are as they were in 0.1.0, the first release.
            const FIRST_SIZE: usize = size_of::<$name>();
        }

        // A field that is added later must make the structure larger: it must
        // not find room in padding, where an older caller has anything.
        const _: () = assert!(
            size_of::<$name>()
                == offset_of!($name, $last) + size_of_field(|s: &$name| &s.$last)
        );
    )*};
}

const fn size_of_field<T, F>(_: fn(&T) -> &F) -> usize {
    size_of::<F>()
}

extensible!(
    chatfile_client_options.reserved,
    chatfile_easemob.secret_user,
    chatfile_netease.secret_user,
    chatfile_huawei.secret_user,
    chatfile_source.length,
    chatfile_sink.user,
    chatfile_easemob_upload.reserved,
    chatfile_netease_upload.expire_seconds,
    chatfile_huawei_upload.file_type,
    chatfile_upload_options.huawei,
    chatfile_easemob_download.reserved,
    chatfile_huawei_download.reserved,
    chatfile_download_options.huawei,
    chatfile_netease_delete.tag,
    chatfile_delete_options.netease,
);

/// How a client behaves. The defaults suit a desktop program on Wi-Fi.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_client_options {
    /// Set by CHATFILE_CLIENT_OPTIONS_INIT.
    pub struct_size: usize,
    /// Your program as it should appear in the User-Agent, for example
    /// "MyChat/4.2"; the library's own name is added. ASCII. NULL: that alone.
    pub user_agent: *const c_char,
    /// The longest time for one connection, in milliseconds: name look-up, TCP,
    /// proxy and TLS together. 0: 15,000.
    pub connect_timeout_ms: u32,
    /// A transfer in which no byte moves for so many milliseconds has failed; one
    /// byte a second is alive. 0: 60,000.
    pub stall_timeout_ms: u32,
    /// The longest time for a whole call with all its attempts, in milliseconds.
    /// 0: no limit.
    pub deadline_ms: u32,
    /// How often one call is tried in all. A request lost on a kept-alive connection
    /// that the server had closed is sent again without being counted, but for an
    /// upload that is to be tried once. 0: 4; 1: never again.
    pub max_attempts: u32,
    /// The upper bound of the pause before the second attempt, in milliseconds; it
    /// doubles with each further one, and the pause is a random part of it. What
    /// the service asks for is added. 0: 500.
    pub retry_delay_ms: u32,
    /// No attempt begins later than so many milliseconds after its call did. 0: no
    /// limit.
    pub retry_time_ms: u32,
    /// The most calls of the service in a second, over all threads that use this
    /// client; tokens, presigned requests and NetEase downloads are not counted. 0:
    /// what the vendor allows an app (100 at Easemob and NetEase; Huawei states none).
    /// Several clients or programs with one app do not know of each other: divide it.
    pub calls_per_second: u32,
    /// The most bytes to send in a second, over all transfers; see
    /// chatfile_client_set_rates(). 0: no limit.
    pub upload_rate: u64,
    /// The most bytes to receive in a second, over all transfers. 0: no limit.
    pub download_rate: u64,
    /// A proxy for everything: "http://user:password@host:port" (plain requests for
    /// http, CONNECT for https) or "socks5://...", user name and password
    /// percent-encoded. It resolves the names. Basic login only, and no TLS to the
    /// proxy itself. NULL: none.
    pub proxy: *const c_char,
    /// Hosts to reach without the proxy, separated by commas, with their
    /// subdomains; "*" for all. NULL: none.
    pub no_proxy: *const c_char,
    /// Not 0: take the proxies from the environment (http_proxy, https_proxy,
    /// all_proxy, no_proxy), now; not together with proxy. 0: the environment is not
    /// looked at.
    pub proxy_from_environment: i32,
    /// How much to log: a CHATFILE_LOG_ number. 0: CHATFILE_LOG_INFO.
    pub log_level: i32,
    /// Takes the lines of the log. NULL: none.
    pub log: chatfile_log_fn,
    /// Handed to log.
    pub log_user: *mut c_void,
    /// CA certificates to trust besides the built-in ones: PEM (any number) or DER
    /// (one). NULL: none.
    pub ca_certificates: *const c_void,
    /// The number of bytes at ca_certificates.
    pub ca_certificates_size: usize,
    /// A file with them instead, in UTF-8. Set one of the two.
    pub ca_certificates_path: *const c_char,
    /// A certificate chain that says who this client is: PEM, its own first, with a
    /// NUL at the end. NULL: none.
    pub client_certificate: *const c_char,
    /// The key that goes with it: PEM (PKCS#8, PKCS#1 or SEC1), with a NUL at the
    /// end.
    pub client_key: *const c_char,
    /// Leave it 0.
    pub reserved: usize,
}

/// An Easemob app and who asks it. Give one kind of credentials: client_id and
/// client_secret, or username and password, or token. A client_secret, password
/// or token that is NULL is asked for by secret, if that is set.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_easemob {
    /// Set by CHATFILE_EASEMOB_INIT.
    pub struct_size: usize,
    /// The REST address of the app's data centre, without a path: http:// or
    /// https://. NULL: "https://a1.easemob.com" (China 1). Others: a31 (China 2),
    /// a1-sgp (Singapore), a41 (US-East), a51 (Frankfurt).
    pub base_url: *const c_char,
    /// The AppKey, "org#app". Required.
    pub app_key: *const c_char,
    /// The app's client id, for back-ends. The token is fetched when it is needed,
    /// kept, and fetched anew when it expires or is refused.
    pub client_id: *const c_char,
    /// The secret that goes with client_id.
    pub client_secret: *const c_char,
    /// A user's name; the token is fetched and kept as above.
    pub username: *const c_char,
    /// The password that goes with username.
    pub password: *const c_char,
    /// A token that you got elsewhere. It cannot be renewed here: when it is
    /// refused, calls fail with CHATFILE_E_AUTH. One that secret gives is asked for
    /// again then, once.
    pub token: *const c_char,
    /// The lifetime to ask for when a token is fetched, in seconds. 0: what the
    /// Easemob console says, 60 days unless changed.
    pub token_ttl_seconds: u64,
    /// The largest file that may be sent, in bytes. 0: 10 MiB (10,485,760), the
    /// service's limit unless it was raised for your app.
    pub max_upload_size: u64,
    /// Gives "client_secret", "password" or "token" when it is needed. NULL: the
    /// fields above hold what is needed.
    pub secret: chatfile_secret_fn,
    /// Handed to secret.
    pub secret_user: *mut c_void,
}

/// A NetEase IM (Yunxin) app.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_netease {
    /// Set by CHATFILE_NETEASE_INIT.
    pub struct_size: usize,
    /// The server address with its path: http:// or https://. NULL:
    /// "https://api.yunxinapi.com/nimserver". Overseas:
    /// "https://api-sg.yunxinapi.com/nimserver".
    pub base_url: *const c_char,
    /// The AppKey. Required.
    pub app_key: *const c_char,
    /// The AppSecret; it signs the requests and is never sent. NULL: secret gives
    /// it.
    pub app_secret: *const c_char,
    /// The largest content that may be sent, in bytes as the service counts them:
    /// of the file with CHATFILE_NETEASE_MULTIPART, of its base64 text with
    /// CHATFILE_NETEASE_BASE64_FORM. 0: 15 MiB (15,728,640), which as base64 is a
    /// file of 11,796,480 bytes.
    pub max_upload_size: u64,
    /// Gives "app_secret" each time it is needed. NULL: app_secret holds it.
    pub secret: chatfile_secret_fn,
    /// Handed to secret.
    pub secret_user: *mut c_void,
}

/// A Huawei Cloud AICC tenant, and the customer on whose behalf files are sent.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_huawei {
    /// Set by CHATFILE_HUAWEI_INIT.
    pub struct_size: usize,
    /// The domain of the deployment with its port, if it has one: http:// or
    /// https://, for example "https://service.besclouds.com". Required.
    pub base_url: *const c_char,
    /// The app key. Required.
    pub app_key: *const c_char,
    /// The app secret. NULL: secret gives it.
    pub app_secret: *const c_char,
    /// The id of the configured channel. Required.
    pub channel_id: *const c_char,
    /// The customer, 1 to 32 characters. Required.
    pub user_id: *const c_char,
    /// The customer's name. NULL: user_id.
    pub user_name: *const c_char,
    /// "zh", "zh_CN", "en" or "en_US". NULL: "zh".
    pub locale: *const c_char,
    /// The lifetime to ask for when the AccessToken is fetched, in seconds, at most
    /// 3,600. 0: what the service gives.
    pub token_ttl_seconds: u64,
    /// The largest file that may be sent, in bytes. 0: no limit, since the vendor
    /// publishes none.
    pub max_upload_size: u64,
    /// Gives "app_secret" each time it is needed. NULL: app_secret holds it.
    pub secret: chatfile_secret_fn,
    /// Handed to secret.
    pub secret_user: *mut c_void,
}

/// What to upload. Set exactly one of path, data and read.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_source {
    /// Set by CHATFILE_SOURCE_INIT.
    pub struct_size: usize,
    /// A regular file, in UTF-8. It must not change during the call, or the call
    /// fails with CHATFILE_E_SOURCE_CHANGED.
    pub path: *const c_char,
    /// Bytes in memory; read during the call, never copied whole. Not NULL also
    /// for no bytes.
    pub data: *const c_void,
    /// The number of bytes at data.
    pub data_size: usize,
    /// Produces the bytes; called on the calling thread.
    pub read: chatfile_read_fn,
    /// Goes back to the first byte. Without it an upload is not tried again once
    /// its first byte went out, and CHATFILE_NETEASE_BASE64_FORM is not possible.
    pub rewind: chatfile_rewind_fn,
    /// Handed to read and rewind.
    pub user: *mut c_void,
    /// The exact number of bytes that read will produce.
    pub length: u64,
}

/// Where to put what is downloaded. Set path or write; with neither, the bytes
/// are kept in memory, for chatfile_download_result_data().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_sink {
    /// Set by CHATFILE_SINK_INIT.
    pub struct_size: usize,
    /// A file, in UTF-8. The bytes arrive under a temporary name in the same
    /// folder; the file gets its name, replacing one that exists, when all is
    /// well. On any error the target is as it was.
    pub path: *const c_char,
    /// Takes the bytes; called on the calling thread. What it got before an error
    /// cannot be taken back: a further attempt is made only if the service can go
    /// on where the last one broke off.
    pub write: chatfile_write_fn,
    /// Handed to write.
    pub user: *mut c_void,
}

/// What an upload to Easemob can ask for besides.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_easemob_upload {
    /// Set by CHATFILE_EASEMOB_UPLOAD_INIT.
    pub struct_size: usize,
    /// Not 0: only who knows the share secret may download the file. The feature
    /// must be switched on for the app by Easemob.
    pub restrict_access: i32,
    /// Width of the thumbnail that the service makes of an image, in pixels. 0: 170.
    pub thumbnail_width: u32,
    /// Height of that thumbnail, in pixels. 0: 170.
    pub thumbnail_height: u32,
    /// Leave it 0.
    pub reserved: u32,
}

/// What an upload to NetEase can ask for besides.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_netease_upload {
    /// Set by CHATFILE_NETEASE_UPLOAD_INIT.
    pub struct_size: usize,
    /// CHATFILE_NETEASE_MULTIPART (0) or CHATFILE_NETEASE_BASE64_FORM.
    pub method: u32,
    /// Not 0: ask for an http:// URL. 0: https://, other than the service's own
    /// default.
    pub plain_http_url: i32,
    /// The media type to store with the file, at most 128 characters: what a delete
    /// task by type looks at. NULL: that of the upload.
    pub media_type: *const c_char,
    /// The scenario tag to store with the file, at most 32 characters. NULL: none.
    pub tag: *const c_char,
    /// Seconds until the file is deleted, at least 86,400. 0: never.
    pub expire_seconds: u64,
}

/// What an upload to Huawei can ask for besides.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_huawei_upload {
    /// Set by CHATFILE_HUAWEI_UPLOAD_INIT.
    pub struct_size: usize,
    /// The type of the file: jpg, jpeg, png, bmp, mp3, aac, mp4, txt or csv, in any
    /// case. NULL: the extension of its name, for which alone file_name is of use
    /// here; content_type is not sent.
    pub file_type: *const c_char,
}

/// What a download from Huawei has to say besides.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_huawei_download {
    /// Set by CHATFILE_HUAWEI_DOWNLOAD_INIT.
    pub struct_size: usize,
    /// The type of the file, which the service does not know by itself: one of
    /// those of an upload, richtext, doc, docx, pdf or zip. Required.
    pub file_type: *const c_char,
    /// Not 0: the file is one of the media library.
    pub media_library: i32,
    /// Leave it 0.
    pub reserved: i32,
}

/// Options of an upload.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_upload_options {
    /// Set by CHATFILE_UPLOAD_OPTIONS_INIT.
    pub struct_size: usize,
    /// The name to store, in UTF-8. NULL: that of the path, or "file".
    pub file_name: *const c_char,
    /// The media type to store. NULL: what the name's extension suggests, or
    /// "application/octet-stream".
    pub content_type: *const c_char,
    /// Reports progress, and can stop the upload. NULL: none.
    pub progress: chatfile_progress_fn,
    /// Handed to progress.
    pub progress_user: *mut c_void,
    /// Cancels the upload from another thread. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
    /// What Easemob alone can do. NULL: nothing of it.
    pub easemob: *const chatfile_easemob_upload,
    /// What NetEase alone can do. NULL: nothing of it.
    pub netease: *const chatfile_netease_upload,
    /// What Huawei alone can do. NULL: nothing of it.
    pub huawei: *const chatfile_huawei_upload,
}

/// What a download from Easemob can ask for besides.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_easemob_download {
    /// Set by CHATFILE_EASEMOB_DOWNLOAD_INIT.
    pub struct_size: usize,
    /// The secret that came with the upload of a restricted file. NULL: none.
    pub share_secret: *const c_char,
    /// Not 0: the thumbnail of an image instead of the image; of a file without
    /// one, the file itself.
    pub thumbnail: i32,
    /// Leave it 0.
    pub reserved: i32,
}

/// Options of a download.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_download_options {
    /// Set by CHATFILE_DOWNLOAD_OPTIONS_INIT.
    pub struct_size: usize,
    /// A file of more bytes is refused with CHATFILE_E_LIMIT, at the latest when it
    /// has arrived so far. 0: no limit.
    pub max_size: u64,
    /// Not 0: when a download to a path fails, what has arrived is kept as NAME.part
    /// and NAME.part.json, if the service names the version of the file (ETag); the
    /// next call for the same file and path goes on from there, if the version is
    /// still the same. Not safe against a power cut: delete both files after one.
    /// Huawei cannot do it. 0: nothing is kept.
    pub resume: i32,
    /// Reports progress, and can stop the download. NULL: none.
    pub progress: chatfile_progress_fn,
    /// Handed to progress.
    pub progress_user: *mut c_void,
    /// Cancels the download from another thread. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
    /// What Easemob alone can do. NULL: nothing of it.
    pub easemob: *const chatfile_easemob_download,
    /// What Huawei has to be told; required there.
    pub huawei: *const chatfile_huawei_download,
}

/// A task that deletes files from NetEase by the time of their upload. The
/// service takes 5 a day; no call deletes one file.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_netease_delete {
    /// Set by CHATFILE_NETEASE_DELETE_INIT.
    pub struct_size: usize,
    /// Files uploaded from this time on: milliseconds since 1970 UTC, more than 0.
    pub start_time_ms: i64,
    /// Files uploaded up to this time: more than 1 and less than 7 days after the
    /// start, and before today in China (UTC+8).
    pub end_time_ms: i64,
    /// Only files whose media type contains this text; "image" is in "image/png".
    /// NULL: all.
    pub media_type: *const c_char,
    /// Only files with exactly this tag. NULL: all.
    pub tag: *const c_char,
}

/// What to delete. Each service has a way of its own, or none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_delete_options {
    /// Set by CHATFILE_DELETE_OPTIONS_INIT.
    pub struct_size: usize,
    /// Cancels the call from another thread. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
    /// NetEase: required there.
    pub netease: *const chatfile_netease_delete,
}
