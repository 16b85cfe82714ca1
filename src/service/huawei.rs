//! Huawei Cloud AICC ccmessaging: two tokens, upload and download of files as
//! base64 in JSON. Facts are from services/huawei.md, cited by section.

use super::{Loose, Verdict, judge_http, refused, unexpected};
use crate::error::{Error, Phase, Result, Status};
use crate::secret::{Secret, SecretText};
use crate::text::{check_header_text, check_not_empty, clean, is_header_safe};
use crate::transfer::body::{Body, Encoding};
use crate::transfer::message::{Answer, Head, Request};
use crate::transfer::url;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const SERVICE: &str = "Huawei";
/// "Token valid 1 h" (§3.2).
pub(crate) const SESSION_LIFETIME: Duration = Duration::from_secs(3600);
/// "max 3600" (§3.1).
const TOKEN_EXPIRE_MAX: Duration = Duration::from_secs(3600);
/// "userId (1-32 chars)" (§3.2).
const USER_ID_MAX: usize = 32;
/// What a customer may send (§3.3); BPM is BMP with a slip of the pen.
const UPLOAD_TYPES: &[&str] = &[
    "jpg", "jpeg", "png", "bmp", "bpm", "mp3", "aac", "mp4", "txt", "csv",
];
/// What can be fetched (§3.4).
const DOWNLOAD_TYPES: &[&str] = &[
    "jpg", "jpeg", "png", "bmp", "bpm", "mp3", "aac", "mp4", "txt", "csv", "richtext", "doc",
    "docx", "pdf", "zip",
];

/// How to reach a Huawei AICC tenant.
#[derive(Clone)]
pub struct Huawei {
    /// The domain of the deployment with its port, if it has one, for example
    /// `https://service.besclouds.com`. There is no default.
    pub base_url: String,
    /// The app key.
    pub app_key: String,
    /// The app secret; asked for as `app_secret`.
    pub app_secret: Secret,
    /// The id of the configured channel.
    pub channel_id: String,
    /// The customer, 1 to 32 characters.
    pub user_id: String,
    /// The customer's name; by default the id.
    pub user_name: Option<String>,
    /// `zh`, `zh_CN`, `en` or `en_US`; `zh` by default.
    pub locale: Option<String>,
    /// The lifetime to ask for when the AccessToken is fetched, at most an hour;
    /// by default what the service gives.
    pub token_ttl: Option<Duration>,
    /// The largest file that may be sent, in bytes. The vendor publishes no
    /// limit, so there is none by default.
    pub max_upload_size: Option<u64>,
}

/// What an upload to Huawei can ask for besides.
#[derive(Debug, Clone, Default)]
pub struct HuaweiUpload {
    /// The type of the file, one of the documented ones in any case; by default
    /// the extension of its name.
    pub file_type: Option<String>,
}

/// What a download from Huawei has to say besides.
#[derive(Debug, Clone, Default)]
pub struct HuaweiDownload {
    /// The type of the file, which the service does not know by itself.
    pub file_type: String,
    /// The file is one of the media library.
    pub media_library: bool,
}

/// The checked configuration of one tenant.
pub(crate) struct Tenant {
    base_url: String,
    app_key: String,
    app_secret: Secret,
    channel_id: String,
    user_id: String,
    user_name: String,
    locale: String,
    token_ttl: Option<Duration>,
    max_upload_size: u64,
}

/// The two tokens of a request.
pub(crate) struct Tokens<'a> {
    pub(crate) access: &'a str,
    pub(crate) session: &'a str,
}

impl Tenant {
    pub(crate) fn new(config: Huawei) -> Result<Self> {
        if let Some(fault) = url::base_url_fault(&config.base_url) {
            return Err(Error::argument("base_url", fault));
        }
        check_header_text("app_key", &config.app_key)?;
        config
            .app_secret
            .check(|secret| check_not_empty("app_secret", secret))?;
        let length = config.user_id.chars().count();
        if !(1..=USER_ID_MAX).contains(&length) {
            return Err(Error::limit(
                "user_id",
                format_args!("has {length} characters, not 1 to {USER_ID_MAX}"),
            ));
        }
        check_not_empty("channel_id", &config.channel_id)?;
        if config.token_ttl.is_some_and(|ttl| ttl > TOKEN_EXPIRE_MAX) {
            return Err(Error::limit(
                "token_ttl",
                format_args!("is more than {} seconds", TOKEN_EXPIRE_MAX.as_secs()),
            ));
        }
        Ok(Self {
            base_url: config.base_url.trim_end_matches('/').to_owned(),
            user_name: config.user_name.unwrap_or_else(|| config.user_id.clone()),
            app_key: config.app_key,
            app_secret: config.app_secret,
            channel_id: config.channel_id,
            user_id: config.user_id,
            locale: config.locale.unwrap_or_else(|| "zh".into()),
            token_ttl: config.token_ttl,
            max_upload_size: config.max_upload_size.unwrap_or(u64::MAX),
        })
    }

    pub(crate) fn app_secret(&self) -> &Secret {
        &self.app_secret
    }

    /// `None`: as large as the tenant takes it.
    pub(crate) fn max_upload_size(&self) -> Option<u64> {
        Some(self.max_upload_size).filter(|max| *max < u64::MAX)
    }

    pub(crate) fn check_size(&self, size: u64) -> Result<()> {
        if size <= self.max_upload_size {
            return Ok(());
        }
        Err(Error::limit(
            "source",
            format_args!(
                "{size} bytes are more than max_upload_size, {}",
                self.max_upload_size
            ),
        ))
    }

    /// `POST …/oauth/tokenByAkSk` (§3.1).
    pub(crate) fn access_token_request(&self, app_secret: &str) -> Request {
        let request = self.post(
            "apigovernance/api/oauth/tokenByAkSk",
            &AccessTokenRequest {
                app_key: &self.app_key,
                app_secret,
            },
        );
        match self.token_ttl {
            Some(ttl) => request.header("X-Token-Expire", ttl.as_secs().to_string()),
            None => request,
        }
    }

    /// `POST …/ccmessaging/applyToken` (§3.2).
    pub(crate) fn session_token_request(&self, access_token: &str) -> Request {
        let body = SessionTokenRequest {
            user_id: &self.user_id,
            user_name: &self.user_name,
            channel_id: &self.channel_id,
            locale: &self.locale,
        };
        self.post("apiaccess/ccmessaging/applyToken", &body)
            .header("x-app-key", &self.app_key)
            .secret_header("Authorization", format!("Bearer {access_token}"))
    }

    /// `POST …/ccmessaging/uploadFileStream` (§3.3).
    pub(crate) fn upload_request(&self, tokens: &Tokens<'_>, file_type: &str) -> Request {
        let body = Body {
            prefix: format!(r#"{{"fileType":"{file_type}","fileStream":""#)
                .into_bytes()
                .into(),
            content: Some(Encoding::Base64),
            suffix: br#"","channel":"WEB"}"#.to_vec(),
        };
        let url = format!("{}/apiaccess/ccmessaging/uploadFileStream", self.base_url);
        self.authorized(Request::post(url, JSON, body), tokens)
    }

    /// `POST …/ccmessaging/downloadFileStream` (§3.4).
    pub(crate) fn download_request(
        &self,
        tokens: &Tokens<'_>,
        file: &str,
        file_type: &str,
        media_library: bool,
    ) -> Request {
        let body = DownloadRequest {
            file_id: file,
            channel: "WEB",
            file_type,
            multi_media: media_library.then_some("multiMedia"),
        };
        let request = self.post("apiaccess/ccmessaging/downloadFileStream", &body);
        self.authorized(request, tokens)
    }

    fn post(&self, path: &str, body: &impl Serialize) -> Request {
        // Strings only: it cannot fail.
        let body = Body::fixed(serde_json::to_vec(body).unwrap_or_default());
        Request::post(format!("{}/{path}", self.base_url), JSON, body)
            .header("Accept", "application/json")
    }

    fn authorized(&self, request: Request, tokens: &Tokens<'_>) -> Request {
        request
            .header("x-app-key", &self.app_key)
            .secret_header("Authorization", format!("Bearer {}", tokens.access))
            .secret_header("ccmessaging-token", tokens.session)
    }
}

const JSON: &str = "application/json; charset=UTF-8";

#[derive(Serialize)]
struct AccessTokenRequest<'a> {
    app_key: &'a str,
    app_secret: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionTokenRequest<'a> {
    user_id: &'a str,
    user_name: &'a str,
    channel_id: &'a str,
    locale: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DownloadRequest<'a> {
    file_id: &'a str,
    channel: &'a str,
    file_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_media: Option<&'a str>,
}

/// The type to send for an upload: the given one, or the name's extension.
pub(crate) fn upload_type(options: &HuaweiUpload, file_name: &str) -> Result<String> {
    let extension = file_name.rsplit_once('.').map_or("", |(_, e)| e);
    documented_type(
        options.file_type.as_deref().unwrap_or(extension),
        UPLOAD_TYPES,
    )
}

/// The type to send for a download.
pub(crate) fn download_type(options: &HuaweiDownload) -> Result<String> {
    documented_type(&options.file_type, DOWNLOAD_TYPES)
}

fn documented_type(given: &str, known: &[&str]) -> Result<String> {
    let lower = given.to_ascii_lowercase();
    if known.contains(&lower.as_str()) {
        return Ok(lower);
    }
    Err(Error::argument(
        "file_type",
        format_args!("{:?} is none of {}", clean(given), known.join(", ")),
    ))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AccessTokenAnswer {
    access_token: String,
    #[serde(default)]
    expires: Option<Loose>,
}

/// The AccessToken and how long it lives (§3.1).
pub(crate) fn read_access_token(answer: &Answer) -> Result<(SecretText, Option<Duration>)> {
    if answer.status() != 200 {
        return Err(refusal("an AccessToken", answer).with_phase(Phase::Token));
    }
    let token: AccessTokenAnswer = serde_json::from_slice(&answer.body)
        .map_err(|_| unexpected(SERVICE, "an AccessToken", answer).with_phase(Phase::Token))?;
    if !is_header_safe(&token.access_token) {
        return Err(unexpected(SERVICE, "a usable AccessToken", answer).with_phase(Phase::Token));
    }
    let seconds = token.expires.and_then(|expires| expires.number());
    // What it says nothing of lives as long as it may.
    let lifetime = seconds.map_or(TOKEN_EXPIRE_MAX, Duration::from_secs);
    Ok((SecretText::new(token.access_token), Some(lifetime)))
}

/// Every answer of ccmessaging: the field of the code has two names (§3.3).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Envelope {
    #[serde(default)]
    return_code: Option<Loose>,
    #[serde(default)]
    result_code: Option<Loose>,
    #[serde(default)]
    result_desc: Option<String>,
    #[serde(default)]
    return_desc: Option<String>,
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    object_key: Option<String>,
    #[serde(default)]
    file_url: Option<String>,
    #[serde(default)]
    file_stream: Option<String>,
}

impl Envelope {
    /// Whether the file was in the answer, if only as an empty text.
    pub(crate) fn has_file(&self) -> bool {
        self.file_stream.is_some()
    }

    /// Where the file is, if it is not in the answer (§3.4).
    pub(crate) fn file_url(&self) -> Option<&str> {
        self.file_url
            .as_deref()
            .filter(|file_url| url::origin(file_url).is_some())
    }
}

/// The ccmessaging token (§3.2).
pub(crate) fn read_session_token(answer: &Answer) -> Result<SecretText> {
    read_envelope("a ccmessaging token", answer)
        .and_then(|envelope| {
            envelope
                .token
                .filter(|token| is_header_safe(token))
                .map(SecretText::new)
                .ok_or_else(|| unexpected(SERVICE, "a usable token", answer))
        })
        .map_err(|e| e.with_phase(Phase::Token))
}

/// The objectKey of a stored file (§3.3).
pub(crate) fn read_upload(answer: &Answer) -> Result<String> {
    read_envelope("the upload", answer)?
        .object_key
        .filter(|key| !key.is_empty())
        .ok_or_else(|| unexpected(SERVICE, "an objectKey", answer))
}

/// The answer to a download, without the file itself.
pub(crate) fn read_download(answer: &Answer) -> Result<Envelope> {
    read_envelope("the download", answer)
}

fn read_envelope(what: &str, answer: &Answer) -> Result<Envelope> {
    if answer.status() != 200 {
        return Err(refusal(what, answer));
    }
    let envelope: Envelope = serde_json::from_slice(&answer.body)
        .map_err(|_| unexpected(SERVICE, "a JSON body with a code", answer))?;
    let code = envelope
        .return_code
        .as_ref()
        .or(envelope.result_code.as_ref());
    let Some(code) = code.map(Loose::text) else {
        return Err(unexpected(SERVICE, "a returnCode or resultCode", answer));
    };
    if code == "0" {
        return Ok(envelope);
    }
    let text = envelope.result_desc.or(envelope.return_desc);
    let text = text.as_deref().map(clean);
    let verdict = judge(&code);
    Err(refused(SERVICE, what, answer, Some(code), text, &verdict))
}

/// What a code in the body means (§3.3, §3.4). These are not HTTP statuses.
fn judge(code: &str) -> Verdict {
    let advice = match code {
        "2" | "3" => "check the file type, the channel and the user",
        "13" => "check that the file is of the type given, and not too large for the tenant",
        "401" => "give the objectKey of a file",
        _ => "see the result codes of ccmessaging",
    };
    Verdict::final_(Status::Service, advice)
}

/// The body of an answer that is not 200 (§3.2); gateways answer without one.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Refusal {
    error_code: Option<Loose>,
    exception_info: Option<String>,
}

/// The answer is a success, and brings no file nor says where it is.
pub(crate) fn without_file(answer: &Answer) -> Error {
    unexpected(SERVICE, "a fileStream or a fileUrl", answer)
}

/// Reads an answer that is not 200.
pub(crate) fn refusal(what: &str, answer: &Answer) -> Error {
    let refusal: Refusal = serde_json::from_slice(&answer.body).unwrap_or_default();
    let code = refusal.error_code.map(|code| code.text());
    let text = refusal.exception_info.as_deref().map(clean);
    let verdict = match answer.status() {
        // Each is renewed once by the client before it gets here.
        401 => Verdict::final_(
            Status::Auth,
            "the ccmessaging token is refused; check channel and user",
        ),
        403 => Verdict::final_(
            Status::Auth,
            "the AccessToken is refused; check app key and secret, and whether this address is \
             on the allow-list",
        ),
        // A business failure, not an outage (§3.3).
        500 => Verdict::final_(
            Status::Service,
            "check the request; the tenant cannot do it",
        ),
        other => judge_http(other),
    };
    refused(SERVICE, what, answer, code, text, &verdict)
}

/// The refusal of a download from the storage that `fileUrl` names.
pub(crate) fn read_storage_refusal(answer: &Answer) -> Error {
    let verdict = match answer.status() {
        401 | 403 => Verdict::passing(
            Status::Forbidden,
            "the URL of the file has expired; try again",
        ),
        other => judge_http(other),
    };
    refused(SERVICE, "the file", answer, None, None, &verdict)
}

/// The token that replaces the one that was sent, if the answer brings one
/// (§3.2).
pub(crate) fn rotated_token(head: &Head) -> Option<SecretText> {
    head.header("ccmessaging-token")
        .filter(|token| is_header_safe(token))
        .map(|token| SecretText::new(token.to_owned()))
}

#[cfg(test)]
#[path = "huawei_tests.rs"]
mod tests;
