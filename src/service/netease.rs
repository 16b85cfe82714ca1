//! NetEase IM (Yunxin) NOS: upload as a form or as base64, delete by time
//! range. Facts: docs/protocol/netease.md.

mod message;

use super::multipart::MultipartForm;
use super::thumbnail::{Thumbnail, Thumbnails};
use super::{
    Code, Delivery, FileReader, Judgement, Profile, Refusal, STORE_REFUSAL, Stored, base_url, date,
    judge_http, known, message_url, unexpected, unusable,
};
use crate::digest::netease_checksum;
use crate::error::{Error, Remedy, Result, Status};
use crate::json::Json;
use crate::message::{
    Answer, Body, Encoding, Method, Provenance, Request, Url, base64_length, url,
};
use crate::secret::Secret;
use crate::setters::options;
use crate::text::{check_header_text, check_not_empty, clean};
use std::time::{Duration, UNIX_EPOCH};

const SERVICE: &str = "NetEase";

pub(crate) const PROFILE: Profile = Profile {
    id: "netease",
    name: SERVICE,
    takes_empty_files: false,
    read_upload: |sent, answer| read_upload(sent.request, answer),
    message: Some(&message::WRITER),
    upload_types: &[],
    thumbnails: Some(&Thumbnails {
        of_videos: true,
        sized: true,
        // netease.md §1.13
        max_side: Some(4096),
        presigned: true,
    }),
    completes: None,
    states_success: false,
    download: Method::Get,
    delivery: Delivery::Plain(FILE),
    signs_addresses: false,
    address_note: None,
};

/// The address in the current documentation (netease.md §1.3).
const DEFAULT_BASE_URL: &str = "https://api.yunxinapi.com/nimserver";
/// 15 MB, read as MiB (netease.md §1.7, §1.8).
const DEFAULT_MAX_UPLOAD: u64 = 15 * 1024 * 1024;
/// netease.md §1.7.
const TYPE_MAX: usize = 128;
const TAG_MAX: usize = 32;
const EXPIRE_MIN: u64 = 86_400;
/// The page calls it an int, and states no bound: that of Java's (netease.md §1.7).
const EXPIRE_MAX: u64 = i32::MAX as u64;
/// For each app (netease.md §1.6).
pub(crate) const CALLS_PER_SECOND: u32 = 100;
/// For so long the service takes no upload after too many, and no delete task
/// after the last one of a day (netease.md §1.6).
const UPLOADS_PAUSE: Duration = Duration::from_secs(10);
const DELETIONS_PAUSE: Duration = Duration::from_secs(86_400);
const DAY_MS: i64 = 86_400_000;
/// The service's days begin at midnight in China, UTC+8.
const CHINA_OFFSET_MS: i64 = 8 * 3_600_000;

options! {
    /// How to reach a NetEase IM app. A file there is known by its URL.
    #[derive(Debug, Clone)]
    pub struct Netease {
        /// The server address with its path prefix; by default
        /// `https://api.yunxinapi.com/nimserver`. Overseas:
        /// `https://api-sg.yunxinapi.com/nimserver`.
        pub base_url: Option<String>,
        /// The AppKey of the app.
        pub app_key: String,
        /// The AppSecret of the app; it signs the requests and is never sent. Asked
        /// for as `app_secret`.
        pub app_secret: Secret,
        /// The largest `content` that may be sent, in bytes as the service counts
        /// them: of the file as a form, else of its base64 text.
        /// By default 15 MiB, which is a file of 11,796,480 bytes as base64.
        pub max_upload_size: Option<u64>,
    }
}

/// In which of its two ways a file goes to NetEase.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NeteaseUploadMethod {
    /// `msg/fileUpload.action`: the bytes as they are.
    #[default]
    Form,
    /// `msg/upload.action`: base64 in a form, a third larger. It reads the
    /// source twice.
    Base64,
}

options! {
    /// What an upload to NetEase can ask for besides.
    #[derive(Debug, Clone, Default)]
    pub struct NeteaseUpload {
        /// Which of the two calls carries the file.
        pub method: NeteaseUploadMethod,
        /// The scenario tag to store with the file, at most 32 characters.
        pub tag: Option<String>,
        /// Ask for an `http://` URL. By default it is `https://`, other than the
        /// service's own default.
        pub plain_http_url: bool,
        /// How long until the file is deleted, in whole seconds, at least a day, at most 68
        /// years; by default never.
        pub ttl: Option<Duration>,
    }
}

options! {
    /// Which files a delete task removes. There is no call that deletes one file.
    #[derive(Debug, Clone, Default)]
    pub struct NeteaseDeleteTask {
        /// Files uploaded from this time on: milliseconds since 1970 UTC.
        pub start_time_ms: i64,
        /// Files uploaded up to this time, which is before today in China
        /// (UTC+8), and more than 1 and less than 7 days after the start.
        pub end_time_ms: i64,
        /// Only files whose media type contains this text; `image` is in `image/png`.
        pub media_type: Option<String>,
        /// Only files with exactly this tag.
        pub tag: Option<String>,
    }
}

impl NeteaseUpload {
    /// Checks what is known before a byte is sent.
    pub(crate) fn check(&self, media_type: &str) -> Result<()> {
        check_length("media_type", media_type, TYPE_MAX)?;
        check_length("tag", self.tag.as_deref().unwrap_or_default(), TAG_MAX)?;
        match self.ttl.map(|ttl| ttl.as_secs()) {
            Some(seconds) if seconds < EXPIRE_MIN => Err(Error::out_of_bounds(
                "ttl",
                format_args!("{seconds} is less than {EXPIRE_MIN} seconds (one day)"),
            )
            .bound(EXPIRE_MIN, seconds)),
            Some(seconds) if seconds > EXPIRE_MAX => Err(Error::out_of_bounds(
                "ttl",
                format_args!("{seconds} is more than {EXPIRE_MAX} seconds"),
            )
            .bound(EXPIRE_MAX, seconds)),
            _ => Ok(()),
        }
    }

    /// The fields of the form besides the file.
    pub(crate) fn fields(&self, media_type: &str) -> Vec<(&'static str, String)> {
        let mut fields = vec![
            ("type", media_type.to_owned()),
            // The service's own default is false, which gives an http:// URL
            // (netease.md §1.9).
            ("ishttps", (!self.plain_http_url).to_string()),
        ];
        if let Some(ttl) = self.ttl {
            fields.push(("expireSec", ttl.as_secs().to_string()));
        }
        if let Some(tag) = &self.tag {
            fields.push(("tag", tag.clone()));
        }
        fields
    }
}

impl Netease {
    /// The app with this key and secret, at the service's own address.
    pub fn new(app_key: impl Into<String>, app_secret: impl Into<Secret>) -> Self {
        Self {
            base_url: None,
            app_key: app_key.into(),
            app_secret: app_secret.into(),
            max_upload_size: None,
        }
    }
}

impl NeteaseDeleteTask {
    /// All files uploaded between two times, in milliseconds since 1970 UTC.
    pub fn new(start_time_ms: i64, end_time_ms: i64) -> Self {
        Self {
            start_time_ms,
            end_time_ms,
            ..Self::default()
        }
    }
}

/// The checked configuration of one app.
pub(crate) struct App {
    base_url: Url,
    app_key: String,
    app_secret: Secret,
    max_upload_size: u64,
}

/// What signs one attempt: never used twice (netease.md §1.1).
pub(crate) struct Signature<'a> {
    pub(crate) app_secret: &'a str,
    pub(crate) nonce: &'a str,
    /// Seconds since 1970 UTC.
    pub(crate) cur_time: u64,
}

impl App {
    pub(crate) fn new(config: Netease) -> Result<Self> {
        let base_url = base_url(config.base_url.as_deref().unwrap_or(DEFAULT_BASE_URL))?;
        check_header_text("app_key", &config.app_key)?;
        config
            .app_secret
            .check(|secret| check_not_empty("app_secret", secret))?;
        Ok(Self {
            base_url,
            app_key: config.app_key,
            app_secret: config.app_secret,
            max_upload_size: config.max_upload_size.unwrap_or(DEFAULT_MAX_UPLOAD),
        })
    }

    pub(crate) fn base_url(&self) -> &Url {
        &self.base_url
    }

    pub(crate) fn app_secret(&self) -> &Secret {
        &self.app_secret
    }

    /// The largest file that may be sent in this way.
    pub(crate) fn max_file_size(&self, method: NeteaseUploadMethod) -> u64 {
        match method {
            NeteaseUploadMethod::Form => self.max_upload_size,
            NeteaseUploadMethod::Base64 => self.max_upload_size / 4 * 3,
        }
    }

    /// Checks the size of a file before a byte is sent.
    pub(crate) fn check_size(&self, size: u64, method: NeteaseUploadMethod) -> Result<()> {
        // It would answer 414, "content is empty" (netease.md §1.4).
        PROFILE.check_not_empty(size)?;
        let (content, how) = match method {
            NeteaseUploadMethod::Form => (size, "bytes"),
            NeteaseUploadMethod::Base64 => (base64_length(size), "bytes of base64 text"),
        };
        if content > self.max_upload_size {
            return Err(Error::out_of_bounds(
                "source",
                format_args!(
                    "{content} {how} are more than the {} that NetEase takes; send a smaller file{}",
                    self.max_upload_size,
                    if size <= self.max_upload_size {
                        ", or this one as a form"
                    } else {
                        ""
                    },
                ),
            )
            .bound(self.max_upload_size, content));
        }
        Ok(())
    }

    /// `POST /msg/fileUpload.action` or `/msg/upload.action` (netease.md §1.7,
    /// §1.8).
    pub(crate) fn upload_request(
        &self,
        signature: &Signature<'_>,
        boundary_token: &str,
        file_name: &str,
        content_type: &str,
        options: &NeteaseUpload,
    ) -> Request {
        let fields = options.fields(content_type);
        match options.method {
            NeteaseUploadMethod::Form => {
                let form = fields
                    .iter()
                    .fold(MultipartForm::new(boundary_token), |form, (name, value)| {
                        form.text(name, value)
                    });
                let form_type = form.content_type_in_utf8();
                let body = form.file("content", file_name, content_type);
                self.signed("msg/fileUpload.action", form_type, body, signature)
            }
            NeteaseUploadMethod::Base64 => {
                let body = Body {
                    prefix: format!("{}&content=", url_encoded(&fields))
                        .into_bytes()
                        .into(),
                    content: Some(Encoding::Base64Form),
                    suffix: Vec::new(),
                };
                self.signed("msg/upload.action", FORM_TYPE.into(), body, signature)
            }
        }
    }

    /// `POST /job/nos/del.action` (netease.md §1.10).
    pub(crate) fn delete_request(
        &self,
        signature: &Signature<'_>,
        options: &NeteaseDeleteTask,
    ) -> Request {
        let mut fields = vec![
            ("startTime", options.start_time_ms.to_string()),
            ("endTime", options.end_time_ms.to_string()),
        ];
        if let Some(media_type) = &options.media_type {
            fields.push(("contentType", media_type.clone()));
        }
        if let Some(tag) = &options.tag {
            fields.push(("tag", tag.clone()));
        }
        let body = Body::fixed(url_encoded(&fields).into_bytes());
        self.signed("job/nos/del.action", FORM_TYPE.into(), body, signature)
    }

    /// A POST with the four headers of netease.md §1.1.
    fn signed(
        &self,
        action: &str,
        content_type: String,
        body: Body,
        signature: &Signature<'_>,
    ) -> Request {
        let cur_time = signature.cur_time.to_string();
        let checksum = netease_checksum(signature.app_secret, signature.nonce, &cur_time);
        let url = self.base_url.with(&format!("/{action}"));
        Request::post(url, Provenance::CONFIG, content_type, body)
            .counted()
            .header("Accept", "application/json")
            .secret_header("AppKey", &self.app_key)
            .secret_header("Nonce", signature.nonce)
            .secret_header(CUR_TIME, cur_time)
            .secret_header("CheckSum", checksum)
    }
}

const CUR_TIME: &str = "CurTime";

/// As the vendor's page and SDKs write it.
const FORM_TYPE: &str = "application/x-www-form-urlencoded;charset=utf-8";

fn url_encoded(fields: &[(&str, String)]) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| [name, "=", &url::percent_encode(value)].concat())
        .collect();
    pairs.join("&")
}

fn check_length(field: &'static str, value: &str, max: usize) -> Result<()> {
    let length = value.chars().count();
    if length <= max {
        return Ok(());
    }
    Err(Error::out_of_bounds(
        field,
        format_args!("{length} characters are more than {max}"),
    )
    .bound(max, length))
}

/// Checks the time range of a delete task (netease.md §1.10). `now_ms` is the
/// time now.
pub(crate) fn check_delete(options: &NeteaseDeleteTask, now_ms: i64) -> Result<()> {
    let filters = [
        ("media_type", &options.media_type, TYPE_MAX),
        ("tag", &options.tag, TAG_MAX),
    ];
    for (field, filter, most) in filters {
        if let Some(filter) = filter {
            // Else it could be taken for none, and all files would go.
            check_not_empty(field, filter)?;
            check_length(field, filter, most)?;
        }
    }
    let (start, end) = (options.start_time_ms, options.end_time_ms);
    if start <= 0 {
        return Err(Error::out_of_bounds(
            "start_time_ms",
            format_args!("{start} is not greater than 0"),
        )
        .bound(1, start));
    }
    if end <= start {
        return Err(Error::out_of_bounds(
            "end_time_ms",
            format_args!("{end} is not later than start_time_ms, {start}"),
        )
        .bound(start.saturating_add(1), end));
    }
    let span = end - start;
    if span <= DAY_MS || span >= 7 * DAY_MS {
        return Err(Error::out_of_bounds(
            "end_time_ms",
            format_args!(
                "{end} is {span} ms after start_time_ms; it must be more than 1 day ({DAY_MS} ms) \
                 and less than 7 days ({} ms) after it",
                7 * DAY_MS
            ),
        )
        .bound(
            start.saturating_add(span.clamp(DAY_MS + 1, 7 * DAY_MS - 1)),
            end,
        ));
    }
    let today = (now_ms + CHINA_OFFSET_MS).div_euclid(DAY_MS) * DAY_MS - CHINA_OFFSET_MS;
    if end >= today {
        return Err(Error::out_of_bounds(
            "end_time_ms",
            format_args!("{end} is not before today, which began at {today} in China (UTC+8)"),
        )
        .bound(today - 1, end));
    }
    Ok(())
}

/// The time of the service, if that in the signature of the request was too far
/// from it for one that is good for five minutes (netease.md §1.1).
fn clock_fault(request: &Request, answer: &Answer) -> Option<u64> {
    /// Less than the window, so that one learns before it closes.
    const TOLERANCE: u64 = 120;
    let signed_at = request.headers.iter().find(|h| h.name == CUR_TIME)?;
    let signed_at: u64 = signed_at.value.parse().ok()?;
    let there = date(&answer.head)?.duration_since(UNIX_EPOCH).ok()?;
    (there.as_secs().abs_diff(signed_at) > TOLERANCE).then_some(there.as_secs())
}

/// What a request asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ApiCall {
    Upload,
    Deletion,
}

/// The URL of a stored file; opaque (netease.md §1.9).
pub(crate) fn read_upload(request: &Request, answer: &Answer) -> Result<Stored> {
    let json = read_envelope(ApiCall::Upload, request, answer)?;
    let Some(stored) = json.get("url").as_text() else {
        return Err(unexpected(SERVICE, "the URL of the file", answer));
    };
    match Url::parse(stored) {
        Ok(url) => Ok(Stored {
            url: Some(url.as_str().to_owned()),
            ..Stored::named(stored)
        }),
        Err(fault) => Err(unusable(SERVICE, "url", stored, fault, answer)),
    }
}

/// The id of a delete task.
pub(crate) fn read_delete(request: &Request, answer: &Answer) -> Result<String> {
    let json = read_envelope(ApiCall::Deletion, request, answer)?;
    let id = json.get("data").get("taskid").as_text();
    id.filter(|id| !id.is_empty())
        .map(clean)
        .ok_or_else(|| unexpected(SERVICE, "a task id", answer))
}

/// Every answer (netease.md §1.4): the code in the body decides.
fn read_envelope(call: ApiCall, request: &Request, answer: &Answer) -> Result<Json> {
    let what = match call {
        ApiCall::Upload => "the upload",
        ApiCall::Deletion => "the delete task",
    };
    // Business answers always come as a success (netease.md §1.4); anything
    // else is that of something in front of the service.
    if !answer.is_success() {
        let judgement = match judge_http(answer.status()) {
            Judgement {
                status: Status::NotFound,
                ..
            } => Judgement::final_(Status::NotFound, BASE_URL),
            judgement => judgement,
        };
        let error = Refusal::default().error(SERVICE, what, answer, &judgement);
        // A gateway cannot know whether a task was taken.
        return Err(error.unsettled_if(call == ApiCall::Deletion));
    }
    let json = Json::parse(&answer.body);
    let code = json.get("code").text().and_then(|code| code.parse().ok());
    let Some(code) = code else {
        let error = unexpected(SERVICE, "a JSON body with a code", answer);
        let text = format!("{}; {BASE_URL}", error.message());
        return Err(error.with_message(text));
    };
    if code == 200 {
        return Ok(json);
    }
    let text = ["desc", "msg"].iter().find_map(|key| json.get(key).words());
    let text = text.as_deref().map(clean);
    let judgement = judge(code, text.as_deref());
    let code_text = Some(code.to_string());
    let error = Refusal::new(code_text, text).error(SERVICE, what, answer, &judgement);
    let error = match call {
        // Who has broken down on the way, or was too slow, may have taken the task; and there are five
        // of them a day.
        ApiCall::Deletion if matches!(code, 408 | 500) => error.unsettled_if(true),
        // Whatever the code is, the service has not done it.
        _ => error.refused(),
    };
    Err(match (code, call) {
        (403 | 414, _) => error.with_remedy(clock_fault(request, answer).map(Remedy::Clock)),
        // No upload of any thread is made meanwhile.
        (416, ApiCall::Upload) => error
            .with_retry_after(Some(UPLOADS_PAUSE))
            .with_remedy(Some(Remedy::Silence(UPLOADS_PAUSE))),
        (416, ApiCall::Deletion) => error.with_retry_after(Some(DELETIONS_PAUSE)),
        _ => error,
    })
}

const CREDENTIALS: &str =
    "check AppKey, AppSecret and the clock of this machine, which may be 5 minutes off";
const BASE_URL: &str =
    "check app_key, and base_url, whose form is https://api.yunxinapi.com/nimserver";
const OTHER_CALL: &str = "it belongs to calls that chatfile does not make; check base_url";

/// The vendor's table of status codes (netease.md §1.5). These numbers are not
/// HTTP statuses.
const CODES: &[Code] = &[
    Code {
        names: &["302", "403"],
        judgement: Judgement::final_(Status::Auth, CREDENTIALS),
    },
    Code {
        names: &["301", "315", "422", "423"],
        judgement: Judgement::final_(Status::Forbidden, "the app or this address is barred"),
    },
    Code {
        names: &["406"],
        judgement: Judgement::final_(Status::Forbidden, "the app may only read"),
    },
    Code {
        names: &["404"],
        judgement: Judgement::final_(Status::NotFound, BASE_URL),
    },
    Code {
        names: &["416"],
        judgement: Judgement::passing(
            Status::RateLimited,
            "uploads work again after 10 seconds, delete tasks (5 a day) after a day",
        ),
    },
    Code {
        names: &["408", "415", "500", "503", "514"],
        judgement: Judgement::passing(Status::Unavailable, "try again later"),
    },
    Code {
        names: &["405"],
        judgement: Judgement::final_(Status::Service, "choose a shorter media_type and tag"),
    },
    Code {
        names: &["414"],
        judgement: Judgement::final_(
            Status::Service,
            "check the parameters, and AppSecret and the clock, for a wrong one gives this code too",
        ),
    },
    Code {
        names: &["417", "431"],
        judgement: Judgement::final_(
            Status::Service,
            "it was asked for already; see whether it was done before you repeat it",
        ),
    },
    Code {
        names: &["419"],
        judgement: Judgement::final_(Status::Service, "what the app may have is used up"),
    },
    Code {
        names: &["509", "998", "999"],
        judgement: Judgement::final_(Status::Service, "check base_url and any proxy"),
    },
    Code {
        names: &["201", "413", "418", "508"],
        judgement: Judgement::final_(Status::Service, OTHER_CALL),
    },
];

fn judge(code: i64, text: Option<&str>) -> Judgement {
    // The one code for a bad parameter and for a bad signature (netease.md
    // §1.1).
    if code == 414 && text.is_some_and(is_about_the_signature) {
        return Judgement::final_(Status::Auth, CREDENTIALS);
    }
    known(CODES, &code.to_string()).unwrap_or(Judgement::final_(
        Status::Service,
        "see the status codes of NetEase IM",
    ))
}

fn is_about_the_signature(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    [
        "checksum",
        "check sum",
        "curtime",
        "nonce",
        "http header",
        "appkey",
    ]
    .iter()
    .any(|word| text.contains(word))
}

pub(crate) const FILE: FileReader = FileReader::new(read_download_refusal);

/// Reads the answer of the object store to a download that is not 200: XML
/// like that of S3 (netease.md §1.9).
fn read_download_refusal(answer: &Answer) -> Error {
    let judgement = match answer.status() {
        401 | 403 => Judgement::final_(Status::Forbidden, STORE_REFUSAL),
        404 | 410 => Judgement::final_(
            Status::NotFound,
            "the file was never there, was deleted, or has expired",
        ),
        other => judge_http(other),
    };
    Refusal::of_xml(&answer.body).error(SERVICE, "the download", answer, &judgement)
}

/// `GET` of the URL that an upload returned, byte for byte as it is (netease.md
/// §1.9), or of a small picture that the store makes of it (netease.md §1.13).
pub(crate) fn download_request(file: &str, thumbnail: Option<Thumbnail>) -> Result<Request> {
    let mut url = message_url("file", file)?;
    if let Some(thumbnail) = thumbnail {
        let (width, height) = thumbnail.fitted();
        let mark = if url.as_str().contains('?') { '&' } else { '?' };
        url = url.with(&match thumbnail.is_of_video {
            false => format!("{mark}imageView&thumbnail={width}x{height}"),
            true => format!("{mark}vframe&offset=0&resize={width}x{height}&type=jpeg"),
        });
    }
    Ok(Request::get(url, Provenance::MESSAGE))
}

#[cfg(test)]
#[path = "netease_tests.rs"]
mod tests;
