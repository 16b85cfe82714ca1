//! Answers in the shapes of the gateway and of ccmessaging (huawei.md §3.1–3.4).

use serde_json::{Map, Value, json};

use crate::config::HuaweiConfig;
use crate::config::{
    HUAWEI_BAD_ACCESS, HUAWEI_BAD_TOKEN, HuaweiFailure, HuaweiOversize, HuaweiReplyCode,
};
use crate::http::{Answer, BodyError, html, json};

const JSON: &str = "application/json;charset=UTF-8";

/// What the documents say of each code.
pub(super) const MISSING: (u16, &str) = (2, "Param is null");
pub(super) const INVALID: (u16, &str) = (3, "Requested param validate failed");
pub(super) const NOT_BASE64: (u16, &str) = (13, "decode file failed");
pub(super) const NOT_UPLOADED: (u16, &str) = (13, "upload file exception");

pub(super) fn ok(body: &Map<String, Value>) -> Answer {
    json(200, JSON, body)
}

/// A code as the configuration writes it.
pub(super) fn code(config: &HuaweiConfig, code: u16) -> Value {
    if config.numeric_codes {
        code.into()
    } else {
        code.to_string().into()
    }
}

/// A refusal on its way to becoming an answer.
#[derive(Debug)]
pub(super) enum Refusal {
    /// A code of uploadFileStream.
    Upload(u16, String),
    /// A code of downloadFileStream.
    Download(u16, String),
    /// applyToken failed; `resultDesc` is generally not returned (huawei.md §3.2).
    Apply,
    /// The gateway's own answer.
    Gateway(u16, String),
    /// A page of something before it.
    Page(u16, &'static str),
}

impl Refusal {
    pub(super) fn upload((code, text): (u16, &str)) -> Self {
        Self::Upload(code, text.to_owned())
    }

    pub(super) fn download(code: u16, text: &str) -> Self {
        Self::Download(code, text.to_owned())
    }

    pub(super) fn gateway(status: u16, text: &str) -> Self {
        Self::Gateway(status, text.to_owned())
    }

    /// The AccessToken does not hold (huawei.md §3.2).
    pub(super) fn access() -> Self {
        Self::gateway(403, HUAWEI_BAD_ACCESS)
    }

    /// The ccmessaging-token does not hold.
    pub(super) fn token() -> Self {
        Self::gateway(401, HUAWEI_BAD_TOKEN)
    }

    pub(super) fn too_large(config: &HuaweiConfig) -> Self {
        match config.oversize {
            HuaweiOversize::Code13 => Self::upload(NOT_UPLOADED),
            HuaweiOversize::Http413 => Self::Page(413, "413 Request Entity Too Large"),
        }
    }

    pub(super) fn answer(self, config: &HuaweiConfig) -> Answer {
        let failed = match config.failure {
            HuaweiFailure::Status200 => 200,
            HuaweiFailure::Status500 => 500,
        };
        match self {
            Self::Upload(number, text) => {
                let number = code(config, number);
                let body = match config.reply_code {
                    HuaweiReplyCode::ReturnCode => {
                        json!({ "returnCode": number, "resultDesc": text })
                    }
                    HuaweiReplyCode::ResultCode => {
                        json!({ "resultCode": number, "resultDesc": text })
                    }
                };
                json(failed, JSON, &body)
            }
            Self::Download(number, text) => {
                let body = json!({ "resultCode": code(config, number), "resultDesc": text });
                json(failed, JSON, &body)
            }
            Self::Apply => json(200, JSON, &json!({ "resultCode": code(config, 1) })),
            Self::Gateway(status, text) => {
                let body = json!({ "errorCode": "0", "exceptionInfo": text });
                json(status, JSON, &body)
            }
            Self::Page(status, title) => html(status, title),
        }
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Connection | BodyError::Silent { .. } => {
                Self::gateway(400, "the request ended early")
            }
            BodyError::Malformed(how) => Self::gateway(400, how),
            BodyError::Disk(error) => Self::Gateway(500, error.to_string()),
        }
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        BodyError::from(error).into()
    }
}

/// An error by its code or HTTP status, for the fault `service_error`.
pub(crate) fn named_error(config: &HuaweiConfig, verb: &str, name: &str) -> Answer {
    let refusal = named(verb, name).unwrap_or_else(failure);
    refusal.answer(config)
}

/// Whether there is one of that name at this verb.
pub(crate) fn has_error(verb: &str, name: &str) -> bool {
    named(verb, name).is_some()
}

fn failure() -> Refusal {
    Refusal::gateway(500, "business failure")
}

fn named(verb: &str, name: &str) -> Option<Refusal> {
    let download = |code, text| Refusal::download(code, text);
    Some(match (name, verb) {
        ("1", "apply_token") => Refusal::Apply,
        ("2", "download") => download(2, super::download::NO_CHANNEL),
        ("13", "download") => download(13, super::download::NOT_SERVED),
        ("2", "upload") => Refusal::upload(MISSING),
        ("3", "upload") => Refusal::upload(INVALID),
        ("13", "upload") => Refusal::upload(NOT_UPLOADED),
        ("13_decode", "upload") => Refusal::upload(NOT_BASE64),
        // A code in a body under 200, which must not be taken for the HTTP status.
        ("401_body", "download") => download(401, super::download::NO_KEY),
        ("400", _) => Refusal::gateway(400, "incorrect request"),
        ("401", _) => Refusal::token(),
        ("403", _) => Refusal::access(),
        ("404", _) => Refusal::gateway(404, "no such service"),
        ("waf", _) => Refusal::Page(403, "403 Forbidden"),
        ("413", _) => Refusal::Page(413, "413 Request Entity Too Large"),
        ("502", _) => Refusal::Page(502, "502 Bad Gateway"),
        ("503", _) => Refusal::Page(503, "503 Service Temporarily Unavailable"),
        ("504", _) => Refusal::Page(504, "504 Gateway Time-out"),
        ("500", _) => failure(),
        _ => return None,
    })
}
