//! Huawei Cloud AICC ccmessaging: two tokens, upload and download of files as
//! base64 in JSON. Facts: docs/protocol/huawei.md.

mod message;

use super::{
    Code, Delivery, FileReader, JsonReader, Judgement, NEW_TOKEN, Profile, Refusal, STORE_REFUSAL,
    Stored, base_url, check_token_ttl, judge_http, known, unexpected, unusable,
};
use crate::error::{Credential, Error, Phase, Remedy, Result, Status};
use crate::json::Json;
use crate::message::{Answer, Body, Encoding, Head, Method, Provenance, Request, Url};
use crate::secret::{Secret, SecretText};
use crate::setters::options;
use crate::text::{check_header_text, check_not_empty, clean, is_token};
use serde::Serialize;
use std::time::Duration;

const SERVICE: &str = "Huawei";

pub(crate) const PROFILE: Profile = Profile {
    id: "huawei",
    name: SERVICE,
    takes_empty_files: false,
    read_upload: |_, answer| read_upload(answer),
    message: Some(&message::WRITER),
    upload_types: UPLOAD_TYPES,
    thumbnails: None,
    completes: None,
    states_success: false,
    download: Method::Post,
    delivery: Delivery::InJson(FILE),
    signs_addresses: false,
    address_note: None,
};

/// One hour (huawei.md §3.2).
pub(crate) const SESSION_LIFETIME: Duration = Duration::from_secs(3600);
/// The most that can be asked for (huawei.md §3.1).
const TOKEN_EXPIRE_MAX: Duration = Duration::from_secs(3600);
/// In characters (huawei.md §3.2).
const USER_ID_MAX: usize = 32;
/// What a customer may send (huawei.md §3.3); BPM is BMP with a slip of the
/// pen.
const UPLOAD_TYPES: &[&str] = &[
    "jpg", "jpeg", "png", "bmp", "bpm", "mp3", "aac", "mp4", "txt", "csv",
];
/// What can be fetched (huawei.md §3.4).
const DOWNLOAD_TYPES: &[&str] = &[
    "jpg", "jpeg", "png", "bmp", "bpm", "mp3", "aac", "mp4", "txt", "csv", "richtext", "doc",
    "docx", "pdf", "zip",
];

options! {
    /// How to reach a Huawei AICC tenant. A file there is known by its objectKey,
    /// and has no URL.
    #[derive(Debug, Clone)]
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
}

options! {
    /// What an upload to Huawei can ask for besides.
    #[derive(Debug, Clone, Default)]
    pub struct HuaweiUpload {
        /// The type of the file, one of the documented ones in any case; by default
        /// the extension of its name.
        pub file_type: Option<String>,
    }
}

options! {
    /// What a download from Huawei has to say besides.
    #[derive(Debug, Clone, Default)]
    pub struct HuaweiDownload {
        /// The type of the file, which the service does not know by itself.
        pub file_type: String,
        /// The file is one of the media library.
        pub media_library: bool,
    }
}

impl Huawei {
    /// A customer (`user_id`) in a channel of the tenant at `base_url`.
    pub fn new(
        base_url: impl Into<String>,
        app_key: impl Into<String>,
        app_secret: impl Into<Secret>,
        channel_id: impl Into<String>,
        user_id: impl Into<String>,
    ) -> Self {
        Self {
            base_url: base_url.into(),
            app_key: app_key.into(),
            app_secret: app_secret.into(),
            channel_id: channel_id.into(),
            user_id: user_id.into(),
            user_name: None,
            locale: None,
            token_ttl: None,
            max_upload_size: None,
        }
    }
}

impl HuaweiDownload {
    /// A file of this type.
    pub fn new(file_type: impl Into<String>) -> Self {
        Self {
            file_type: file_type.into(),
            media_library: false,
        }
    }
}

/// The checked configuration of one tenant.
pub(crate) struct Tenant {
    base_url: Url,
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

/// Those that the service knows (huawei.md §3.2).
const LOCALES: [&str; 4] = ["zh", "zh_CN", "en", "en_US"];

impl Tenant {
    pub(crate) fn new(config: Huawei) -> Result<Self> {
        let base_url = base_url(&config.base_url)?;
        check_header_text("app_key", &config.app_key)?;
        config
            .app_secret
            .check(|secret| check_not_empty("app_secret", secret))?;
        let length = config.user_id.chars().count();
        if !(1..=USER_ID_MAX).contains(&length) {
            return Err(Error::out_of_bounds(
                "user_id",
                format_args!("has {length} characters, not 1 to {USER_ID_MAX}"),
            )
            .bound(if length == 0 { 1 } else { USER_ID_MAX }, length));
        }
        check_not_empty("channel_id", &config.channel_id)?;
        if let Some(locale) = &config.locale
            && !LOCALES.contains(&locale.as_str())
        {
            let what = format_args!("{:?} is not one of {}", clean(locale), LOCALES.join(", "));
            return Err(Error::argument("locale", what));
        }
        check_token_ttl(config.token_ttl)?;
        if let Some(ttl) = config.token_ttl
            && ttl > TOKEN_EXPIRE_MAX
        {
            return Err(Error::out_of_bounds(
                "token_ttl",
                format_args!("is more than {} seconds", TOKEN_EXPIRE_MAX.as_secs()),
            )
            .bound(TOKEN_EXPIRE_MAX.as_secs(), ttl.as_secs()));
        }
        Ok(Self {
            base_url,
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

    pub(crate) fn base_url(&self) -> &Url {
        &self.base_url
    }

    pub(crate) fn app_secret(&self) -> &Secret {
        &self.app_secret
    }

    /// `None`: as large as the tenant takes it.
    pub(crate) fn max_upload_size(&self) -> Option<u64> {
        Some(self.max_upload_size).filter(|max| *max < u64::MAX)
    }

    /// The bytes of an empty file count as a missing parameter (huawei.md
    /// §3.3), and to ask for one is an error (huawei.md §3.4).
    pub(crate) fn check_size(&self, size: u64) -> Result<()> {
        PROFILE.check_size(size, self.max_upload_size)
    }

    /// `POST …/oauth/tokenByAkSk` (huawei.md §3.1).
    pub(crate) fn access_token_request(&self, app_secret: &str) -> Request {
        #[derive(Serialize)]
        struct Params<'a> {
            app_key: &'a str,
            app_secret: &'a str,
        }
        let params = Params {
            app_key: &self.app_key,
            app_secret,
        };
        let request = self.post("apigovernance/api/oauth/tokenByAkSk", &params);
        match self.token_ttl {
            Some(ttl) => request.header("X-Token-Expire", ttl.as_secs().to_string()),
            None => request,
        }
    }

    /// `POST …/ccmessaging/applyToken` (huawei.md §3.2).
    pub(crate) fn session_token_request(&self, access_token: &str) -> Request {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Params<'a> {
            user_id: &'a str,
            user_name: &'a str,
            channel_id: &'a str,
            locale: &'a str,
        }
        let params = Params {
            user_id: &self.user_id,
            user_name: &self.user_name,
            channel_id: &self.channel_id,
            locale: &self.locale,
        };
        self.post("apiaccess/ccmessaging/applyToken", &params)
            .header("x-app-key", &self.app_key)
            .secret_header("Authorization", format!("Bearer {access_token}"))
    }

    /// `POST …/ccmessaging/uploadFileStream` (huawei.md §3.3).
    pub(crate) fn upload_request(&self, tokens: &Tokens<'_>, file_type: &str) -> Request {
        let body = Body {
            prefix: format!(r#"{{"fileType":"{file_type}","fileStream":""#)
                .into_bytes()
                .into(),
            content: Some(Encoding::Base64),
            suffix: br#"","channel":"WEB"}"#.to_vec(),
        };
        let url = self
            .base_url
            .with("/apiaccess/ccmessaging/uploadFileStream");
        self.authorized(Request::post(url, Provenance::CONFIG, JSON, body), tokens)
    }

    /// `POST …/ccmessaging/downloadFileStream` (huawei.md §3.4).
    pub(crate) fn download_request(
        &self,
        tokens: &Tokens<'_>,
        file: &str,
        file_type: &str,
        media_library: bool,
    ) -> Request {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Params<'a> {
            file_id: &'a str,
            channel: &'a str,
            file_type: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            multi_media: Option<&'a str>,
        }
        let params = Params {
            file_id: file,
            channel: "WEB",
            file_type,
            multi_media: media_library.then_some("multiMedia"),
        };
        let request = self.post("apiaccess/ccmessaging/downloadFileStream", &params);
        self.authorized(request, tokens)
    }

    fn post(&self, path: &str, params: &impl Serialize) -> Request {
        let url = self.base_url.with(&format!("/{path}"));
        Request::post(url, Provenance::CONFIG, JSON, Body::json(params))
            .header("Accept", "application/json")
    }

    fn authorized(&self, request: Request, tokens: &Tokens<'_>) -> Request {
        request
            .counted()
            .header("x-app-key", &self.app_key)
            .secret_header("Authorization", format!("Bearer {}", tokens.access))
            .secret_header("ccmessaging-token", tokens.session)
    }
}

const JSON: &str = "application/json; charset=UTF-8";

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
    let known = known.join(", ");
    Err(match given {
        "" => Error::argument(
            "file_type",
            format_args!("is missing, and no file name tells it; give one of {known}"),
        ),
        _ => Error::argument(
            "file_type",
            format_args!("{:?} is none of {known}", clean(given)),
        ),
    })
}

/// What an answer is one to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ApiCall {
    AccessToken,
    SessionToken,
    Upload,
    Download,
}

impl ApiCall {
    /// What was asked for, in texts.
    fn what(self) -> &'static str {
        match self {
            Self::AccessToken => "an AccessToken",
            Self::SessionToken => "a ccmessaging token",
            Self::Upload => "the upload",
            Self::Download => "the download",
        }
    }
}

/// The AccessToken and how long it lives (huawei.md §3.1).
pub(crate) fn read_access_token(answer: &Answer) -> Result<(SecretText, Option<Duration>)> {
    if !answer.is_success() {
        return Err(refusal(ApiCall::AccessToken, answer).with_phase(Phase::Token));
    }
    let json = Json::parse(&answer.body);
    let Some(token) = json.get("AccessToken").as_text().filter(|t| is_token(t)) else {
        return Err(unexpected(SERVICE, "a usable AccessToken", answer).with_phase(Phase::Token));
    };
    // What it says nothing of lives as long as it may.
    let seconds = json.get("Expires").number();
    let lifetime = seconds.map_or(TOKEN_EXPIRE_MAX, Duration::from_secs);
    Ok((SecretText::new(token.to_owned()), Some(lifetime)))
}

/// The ccmessaging token (huawei.md §3.2).
pub(crate) fn read_session_token(answer: &Answer) -> Result<SecretText> {
    let read = || {
        let json = read_envelope(ApiCall::SessionToken, answer)?;
        match json.get("token").as_text() {
            Some(token) if is_token(token) => Ok(SecretText::new(token.to_owned())),
            _ => Err(unexpected(SERVICE, "a usable token", answer)),
        }
    };
    read().map_err(|e| e.with_phase(Phase::Token))
}

/// The objectKey of a stored file (huawei.md §3.3).
pub(crate) fn read_upload(answer: &Answer) -> Result<Stored> {
    let json = read_envelope(ApiCall::Upload, answer)?;
    let key = json.get("objectKey").text();
    key.filter(|key| !key.contains(char::is_control))
        .map(Stored::named)
        .ok_or_else(|| unexpected(SERVICE, "an objectKey", answer))
}

/// How the answers to a download are read (huawei.md §3.4).
pub(crate) const FILE: JsonReader = JsonReader {
    member: "fileStream",
    refusal: |answer| refusal(ApiCall::Download, answer),
    check: check_download,
    file_url: read_file_url,
    elsewhere: FileReader::new(read_storage_refusal),
};

/// Whether an answer with the file may lack the code is open: it is the file then (huawei.md §3.4).
fn check_download(answer: &Answer) -> Result<()> {
    if !answer.is_success() {
        return Err(refusal(ApiCall::Download, answer));
    }
    let json = Json::parse(&answer.body);
    if code(&json).is_none() && json.get(FILE.member).as_text().is_some() {
        return Ok(());
    }
    check_code(ApiCall::Download, answer, &json)
}

/// An answer that names no other place, and brought no bytes, is no file: "empty
/// file!" is an error of the service's own.
fn read_file_url(answer: &Answer) -> Result<Url> {
    match read_envelope(ApiCall::Download, answer)?
        .get("fileUrl")
        .as_text()
    {
        None | Some("") => Err(unexpected(SERVICE, "a fileStream or a fileUrl", answer)),
        Some(text) => {
            Url::parse(text).map_err(|fault| unusable(SERVICE, "fileUrl", text, fault, answer))
        }
    }
}

/// Every answer of ccmessaging: the field of the code has two names (huawei.md
/// §3.3).
fn read_envelope(call: ApiCall, answer: &Answer) -> Result<Json> {
    if !answer.is_success() {
        return Err(refusal(call, answer));
    }
    let json = Json::parse(&answer.body);
    check_code(call, answer, &json)?;
    Ok(json)
}

/// The code of an answer, whatever it is called.
fn code(json: &Json) -> Option<String> {
    either(json, "returnCode", "resultCode")
}

fn either(json: &Json, first: &str, second: &str) -> Option<String> {
    json.get(first).words().or_else(|| json.get(second).words())
}

/// Fails unless the code is that of a success.
fn check_code(call: ApiCall, answer: &Answer, json: &Json) -> Result<()> {
    let Some(code) = code(json) else {
        return Err(unexpected(SERVICE, "a returnCode or resultCode", answer));
    };
    if code == "0" {
        return Ok(());
    }
    let text = either(json, "resultDesc", "returnDesc")
        .as_deref()
        .map(clean);
    let judgement = judge(&code);
    Err(Refusal::new(Some(clean(&code)), text).error(SERVICE, call.what(), answer, &judgement))
}

/// The result codes of ccmessaging (huawei.md §3.2 to §3.4). They are not HTTP
/// statuses.
const CODES: &[Code] = &[
    // Of a token; the service hardly ever says why.
    Code {
        names: &["1"],
        judgement: Judgement::final_(
            Status::Service,
            "check channel_id, which is that of a configured channel, and user_id",
        ),
    },
    Code {
        names: &["2", "3"],
        judgement: Judgement::final_(Status::Service, "check file_type, channel_id and user_id"),
    },
    Code {
        names: &["13"],
        judgement: Judgement::final_(
            Status::Service,
            "check that the file is of the type given, and not too large for the tenant; of a download, that there is such a file",
        ),
    },
    Code {
        names: &["401"],
        judgement: Judgement::final_(Status::Service, "give the objectKey of a file"),
    },
];

fn judge(code: &str) -> Judgement {
    known(CODES, code).unwrap_or(Judgement::final_(
        Status::Service,
        "see the result codes of ccmessaging",
    ))
}

/// Reads an answer that is not 200 (huawei.md §3.2); gateways answer without a
/// body.
fn refusal(call: ApiCall, answer: &Answer) -> Error {
    let json = Json::parse(&answer.body);
    let refusal = Refusal::of_json(&json, ["errorCode", "exceptionInfo"], None);
    let judgement = match answer.status() {
        // No token was sent that it could be about (huawei.md §3.3).
        401 if matches!(call, ApiCall::AccessToken | ApiCall::SessionToken) => Judgement::final_(
            Status::Auth,
            "the tenant has not bought the service, or its account is not in order; check app_key \
             and app_secret",
        ),
        // Each is renewed once by the client before it gets here.
        401 => Judgement::final_(
            Status::Auth,
            "the ccmessaging token is refused; check that the tenant has bought the service and that \
             its account is in order, and channel_id and user_id",
        )
        .with_remedy(Remedy::Renew(Credential::Session)),
        403 => Judgement::final_(
            Status::Auth,
            "the AccessToken is refused; check app_key and app_secret, and whether this address \
             is on the allow-list",
        )
        .with_remedy(NEW_TOKEN),
        // A business failure, not an outage (huawei.md §3.3).
        500 => Judgement::final_(
            Status::Service,
            "check the request; the tenant cannot do it",
        ),
        other => judge_http(other),
    };
    refusal.error(SERVICE, call.what(), answer, &judgement)
}

/// The refusal of a download from the storage that `fileUrl` names.
fn read_storage_refusal(answer: &Answer) -> Error {
    let judgement = match answer.status() {
        // Another answer names another URL.
        401 | 403 => Judgement::passing(Status::Forbidden, STORE_REFUSAL),
        other => judge_http(other),
    };
    Refusal::default().error(SERVICE, "the file", answer, &judgement)
}

/// The token that replaces the one that was sent, if the answer brings one
/// (huawei.md §3.2).
pub(crate) fn rotated_token(head: &Head) -> Option<SecretText> {
    head.header("ccmessaging-token")
        .filter(|token| is_token(token))
        .map(|token| SecretText::new(token.to_owned()))
}

#[cfg(test)]
#[path = "huawei_tests.rs"]
mod tests;
