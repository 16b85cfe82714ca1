//! OpenIM's envelope: business errors come under HTTP 200 (openim.md §2.2).

use serde::Serialize;

use crate::config::OpenimServer;
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

/// Where in the server an error was raised: each of its wrappings adds such a line.
const TRACE: &str = " | -> third.(*thirdServer).handle() /src/internal/rpc/third/s3.go:1 -> \
                     a2r.Call[...]() /src/a2r/api2rpc.go:1";

/// How the server holds an error.
#[derive(Debug)]
enum Cause {
    /// One with a code of its own.
    Coded {
        code: u32,
        message: String,
        detail: String,
        /// Said by the gateway, so that it reaches the client as it is.
        is_gateway: bool,
    },
    /// Any other error of Go.
    Other {
        /// What the innermost error says.
        inner: String,
        /// What all of it says.
        whole: String,
        /// How often it was wrapped with a trace.
        traces: usize,
        /// Whether a cluster takes its words without the traces.
        is_named: bool,
        /// The code that a cluster finds for it.
        code: u32,
    },
}

/// A business error on its way to becoming an answer.
#[derive(Debug)]
pub(super) struct Refusal {
    cause: Cause,
    /// What was noted about it in passing; only a cluster shows it.
    note: Option<String>,
}

impl Refusal {
    pub(super) fn new(code: u32, detail: impl Into<String>) -> Self {
        Self::coded(code, name(code), detail)
    }

    fn coded(code: u32, message: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            cause: Cause::Coded {
                code,
                message: message.into(),
                detail: detail.into(),
                is_gateway: false,
            },
            note: None,
        }
    }

    fn other(inner: String, whole: String, traces: usize, is_named: bool) -> Self {
        Self {
            cause: Cause::Other {
                inner,
                whole,
                traces,
                is_named,
                code: 500,
            },
            note: None,
        }
    }

    pub(super) fn args(detail: impl Into<String>) -> Self {
        Self::new(1001, detail)
    }

    pub(super) fn permission(detail: impl Into<String>) -> Self {
        Self::new(1002, detail)
    }

    /// The body could not be read as the request's type; Go's words are in the message then.
    pub(super) fn binding(words: &str) -> Self {
        Self::by_gateway(1001, format!("Error: Error: {words}{TRACE}{TRACE}"))
    }

    /// The gateway's own error.
    pub(super) fn by_gateway(code: u32, message: String) -> Self {
        Self {
            cause: Cause::Coded {
                code,
                message,
                detail: String::new(),
                is_gateway: true,
            },
            note: None,
        }
    }

    /// An error without a code of its own.
    pub(super) fn internal(words: impl Into<String>) -> Self {
        let words = words.into();
        Self::other(words.clone(), words, 0, true)
    }

    /// The same, behind words about what failed.
    pub(super) fn behind(before: &str, words: &str) -> Self {
        let whole = format!("{before}: {words}");
        Self::other(words.to_owned(), whole, 0, true)
    }

    /// The same, made with a trace.
    pub(super) fn traced(words: impl Into<String>) -> Self {
        let words = words.into();
        Self::other(words.clone(), words, 1, true)
    }

    /// The same, with a note about what failed behind it.
    pub(super) fn noted(words: &str, note: &str) -> Self {
        let whole = format!("{words} {note}");
        Self::other(words.to_owned(), whole, 2, true)
    }

    /// What the object store said when the server asked for an object.
    pub(super) fn of_store(words: impl Into<String>) -> Self {
        let words = words.into();
        Self::other(words.clone(), words, 1, false)
    }

    /// The database has no such name.
    pub(super) fn no_record() -> Self {
        let words = "mongo: no documents in result";
        let mut refusal = Self::noted(words, "mongo find one");
        if let Cause::Other { code, .. } = &mut refusal.cause {
            *code = 1004;
        }
        refusal
    }

    /// A token that is not taken when it is read; `words` in place of the code's name.
    pub(super) fn of_token(code: u32, words: Option<&str>, token: &str) -> Self {
        let message = words.unwrap_or_else(|| name(code));
        Self {
            note: Some(format!("{code} {message} jwt parse error, token={token}")),
            ..Self::coded(code, message, "")
        }
    }

    /// As the API tells of it. In a cluster it came from another process, which found a message and a detail for it
    /// where it had none.
    pub(super) fn answer(&self, server: OpenimServer) -> Answer {
        let (code, message, detail) = self.told(server);
        envelope(code, &message, &detail, None::<()>)
    }

    /// Its own code, or the one that a cluster finds for it.
    pub(super) fn code(&self) -> u32 {
        match &self.cause {
            Cause::Coded { code, .. } | Cause::Other { code, .. } => *code,
        }
    }

    fn told(&self, server: OpenimServer) -> (u32, String, String) {
        match &self.cause {
            Cause::Coded {
                code,
                message,
                detail,
                is_gateway,
            } => {
                let detail = match (server, detail.is_empty()) {
                    (OpenimServer::Release, true) if !is_gateway => {
                        self.note.as_ref().unwrap_or(message)
                    }
                    _ => detail,
                };
                (*code, message.clone(), detail.clone())
            }
            Cause::Other { inner, .. } if server == OpenimServer::Main => {
                (500, name(500).to_owned(), inner.clone())
            }
            Cause::Other {
                whole,
                is_named,
                code,
                ..
            } => {
                let words = match is_named {
                    true => whole.clone(),
                    false => self.traced_words(),
                };
                let message = match code {
                    500 => words.clone(),
                    code => name(*code).to_owned(),
                };
                (*code, message, words)
            }
        }
    }

    /// What Go's `Error()` says of all of it.
    fn traced_words(&self) -> String {
        let (words, traces) = match &self.cause {
            Cause::Coded {
                code,
                message,
                detail,
                ..
            } => {
                let words = format!("{code} {message} {detail}");
                (words.trim_end().to_owned(), 1)
            }
            Cause::Other { whole, traces, .. } => (whole.clone(), *traces),
        };
        format!(
            "{}{words}{}",
            "Error: ".repeat(traces),
            TRACE.repeat(traces)
        )
    }

    /// As `GET /object/…` writes it: the HTTP status follows from the code, and text comes under JSON's type, with
    /// where in the server it was raised.
    pub(super) fn plain(&self, server: OpenimServer) -> Answer {
        let status = match self.code() {
            1001 => 400,
            1004 => 404,
            _ => 500,
        };
        let words = match server {
            OpenimServer::Main => self.traced_words(),
            OpenimServer::Release => {
                let (code, message, detail) = self.told(server);
                Self::coded(code, message, detail).traced_words()
            }
        };
        text(status, JSON, words)
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Connection | BodyError::Silent { .. } => {
                Self::binding("read request body failed")
            }
            BodyError::Malformed(how) => Self::binding(how),
            BodyError::Disk(error) => Self::internal(error.to_string()),
        }
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        BodyError::from(error).into()
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
pub(super) fn named(wanted: &str, server: OpenimServer) -> Answer {
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
            Refusal::new(number, "").answer(server)
        }
    }
}
