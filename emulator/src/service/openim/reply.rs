//! OpenIM's envelope: business errors come under HTTP 200 (openim.md §2.2).

use serde::Serialize;

use crate::http::{Answer, BodyError, json, set, status_only, text};
use hyper::header;

const JSON: &str = "application/json";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a, T> {
    err_code: u32,
    err_msg: &'a str,
    err_dlt: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<T>,
}

/// Success with data.
pub(super) fn ok<T: Serialize>(data: T) -> Answer {
    envelope(0, "", "", Some(data))
}

/// Success of a call whose reply has no fields.
pub(super) fn done() -> Answer {
    envelope(0, "", "", None::<()>)
}

fn envelope<T: Serialize>(code: u32, message: &str, detail: &str, data: Option<T>) -> Answer {
    let body = Envelope {
        err_code: code,
        err_msg: message,
        err_dlt: detail,
        data,
    };
    json(200, JSON, &body)
}

/// A business error on its way to becoming an answer.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: u32,
    message: String,
    detail: String,
}

impl Refusal {
    pub(super) fn new(code: u32, detail: impl Into<String>) -> Self {
        Self {
            code,
            message: name(code).to_owned(),
            detail: detail.into(),
        }
    }

    pub(super) fn args(detail: impl Into<String>) -> Self {
        Self::new(1001, detail)
    }

    pub(super) fn permission(detail: impl Into<String>) -> Self {
        Self::new(1002, detail)
    }

    /// An error without a code of its own.
    pub(super) fn internal(detail: impl Into<String>) -> Self {
        Self::new(500, detail)
    }

    /// The body could not be read as the request's type; Go's words are in the message then.
    pub(super) fn json(words: impl Into<String>) -> Self {
        Self {
            code: 1001,
            message: words.into(),
            detail: String::new(),
        }
    }

    /// A token whose signature does not hold.
    pub(super) fn token_unknown(words: &str) -> Self {
        Self {
            code: 1505,
            message: words.to_owned(),
            detail: String::new(),
        }
    }

    pub(super) fn answer(&self) -> Answer {
        envelope(self.code, &self.message, &self.detail, None::<()>)
    }

    /// As `GET /object/…` writes it: the HTTP status follows from the code, and text comes under JSON's type, with
    /// where in the server it was raised. A server in one process writes no code of what has none of its own.
    pub(super) fn plain(&self, in_one_process: bool) -> Answer {
        const STACK: &str = " | -> third.(*thirdServer).AccessURL() /src/internal/rpc/third/s3.go:271 -> \
                             api.(*ThirdApi).ObjectRedirect() /src/internal/api/third.go:157";
        let (status, has_code) = match self.code {
            1001 => (400, true),
            1004 => (404, !in_one_process),
            _ => (500, !in_one_process),
        };
        let code = self.code.to_string();
        let words = match (has_code, self.code) {
            (true, 500) => [&code, &self.detail, &self.detail]
                .map(String::as_str)
                .join(" "),
            (true, _) => [&code, &self.message, &self.detail]
                .map(String::as_str)
                .join(" "),
            (false, 1004) => format!("Error: {}", self.detail),
            (false, _) => self.detail.clone(),
        };
        text(status, JSON, format!("Error: {words}{STACK}"))
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Connection => Self::json("read request body failed"),
            BodyError::Malformed(how) => Self::json(how),
            BodyError::Disk(error) => Self::internal(error.to_string()),
        }
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        BodyError::Disk(error).into()
    }
}

/// The names of the codes (openim.md §2.3).
fn name(code: u32) -> &'static str {
    match code {
        500 => "ServerInternalError",
        1001 => "ArgsError",
        1002 => "NoPermissionError",
        1003 => "DuplicateKeyError",
        1004 => "RecordNotFoundError",
        1101 => "UserIDNotFoundError",
        1102 => "RegisteredAlreadyError",
        1501 => "TokenExpiredError",
        1502 => "TokenInvalidError",
        1503 => "TokenMalformedError",
        1504 => "TokenNotValidYetError",
        1505 => "TokenUnknownError",
        1506 => "TokenKickedError",
        1507 => "TokenNotExistError",
        1701 => "FileUploadedExpiredError",
        90_002 => "DatabaseError",
        90_004 => "NetworkError",
        90_007 => "DataError",
        _ => "UnknownError",
    }
}

/// Whether that is a code that can be answered, or one of the gateway's names.
pub(super) fn knows(name: &str) -> bool {
    name.parse::<u32>().is_ok() || ["http_500", "http_502", "http_503", "http_504"].contains(&name)
}

/// An error by its code, or an HTTP status, for the fault `service_error`.
pub(super) fn named(wanted: &str) -> Answer {
    match wanted {
        // The limiter answers in the envelope's shape, but under its own status.
        "429" => {
            let body = Envelope {
                err_code: 429,
                err_msg: "too many requests, please try again later",
                err_dlt: "",
                data: None::<()>,
            };
            let mut answer = json(429, JSON, &body);
            set(&mut answer, header::RETRY_AFTER, "1");
            answer
        }
        // A panic.
        "http_500" => status_only(500),
        "http_502" => crate::http::html(502, "502 Bad Gateway"),
        "http_503" => crate::http::html(503, "503 Service Temporarily Unavailable"),
        "http_504" => crate::http::html(504, "504 Gateway Time-out"),
        _ => {
            let number: u32 = wanted.parse().unwrap_or(500);
            Refusal::new(number, "").answer()
        }
    }
}
