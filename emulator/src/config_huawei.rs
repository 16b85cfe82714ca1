//! How the Huawei Cloud AICC part is set up.

use serde::Serialize;

use crate::choices::{
    HuaweiBase64, HuaweiDownload, HuaweiFailure, HuaweiLongExpire, HuaweiOversize, HuaweiReplyCode,
    HuaweiUnused,
};

/// Huawei AICC's credentials, limits and open choices.
#[derive(Debug, Clone, Serialize)]
pub struct HuaweiConfig {
    /// The app key, which is also `x-app-key`.
    pub app_key: String,
    /// The app secret.
    pub app_secret: String,
    /// The id of the one configured channel, for applyToken.
    pub channel_id: String,
    /// Seconds an AccessToken lives when the request names none in `X-Token-Expire`; at most 3600.
    pub access_token_ttl: u64,
    /// What a longer `X-Token-Expire` gets.
    pub long_expire: HuaweiLongExpire,
    /// Seconds a ccmessaging-token lives.
    pub token_ttl: u64,
    /// Hand out a new ccmessaging-token in the header of every so many-th upload or download of a session; 0 is never.
    /// It can be changed while running.
    pub rotate_every: u32,
    /// Seconds that the old token still holds after a new one was handed out.
    pub rotation_grace: u64,
    /// ccmessaging-tokens hold quotes, as one sample on the vendor's pages does.
    pub odd_token: bool,
    /// The largest upload in bytes; 0 is no limit, since none is published.
    pub max_upload: u64,
    /// How a file over that limit is refused.
    pub oversize: HuaweiOversize,
    /// The name of the code in an upload's reply.
    pub reply_code: HuaweiReplyCode,
    /// Write codes as numbers instead of text, in all replies.
    pub numeric_codes: bool,
    /// The HTTP status of failures that have a code of their own.
    pub failure: HuaweiFailure,
    /// How `fileStream` is read.
    pub base64: HuaweiBase64,
    /// The largest download in bytes.
    pub max_download: u64,
    /// How a download is handed out.
    pub download: HuaweiDownload,
    /// What becomes of the field that a download does not use.
    pub unused: HuaweiUnused,
    /// Seconds a `fileUrl` works.
    pub url_ttl: u64,
    /// Serve ranges behind a `fileUrl`.
    pub range: bool,
    /// The scheme and host of `fileUrl` (such as `https://aicc.obs.cn-north-4.myhuaweicloud.com`), when it is not the
    /// host asked.
    pub storage_base: Option<String>,
}

impl Default for HuaweiConfig {
    fn default() -> Self {
        Self {
            app_key: "0d8f3c5a9b6e4f27a1c2".to_owned(),
            app_secret: "emulator-app-secret".to_owned(),
            channel_id: "7c2f4b1e9d3a4e5f8a6b".to_owned(),
            // At most 1 h (huawei.md §3.1); what holds without X-Token-Expire is not published.
            access_token_ttl: 3600,
            long_expire: HuaweiLongExpire::default(),
            // 1 h (huawei.md §3.2).
            token_ttl: 3600,
            rotate_every: 0,
            rotation_grace: 60,
            odd_token: false,
            max_upload: 0,
            oversize: HuaweiOversize::default(),
            reply_code: HuaweiReplyCode::default(),
            numeric_codes: false,
            failure: HuaweiFailure::default(),
            base64: HuaweiBase64::default(),
            // 2 MB (huawei.md §3.4).
            max_download: 2 * 1024 * 1024,
            download: HuaweiDownload::default(),
            unused: HuaweiUnused::default(),
            // 24 h (huawei.md §3.4).
            url_ttl: 86_400,
            range: true,
            storage_base: None,
        }
    }
}
