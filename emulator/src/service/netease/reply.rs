//! Answers in NetEase's shape: HTTP 200 and a `code` in the body (netease.md §1.4).

use serde_json::{Map, Value};

use crate::http::{Answer, BodyError, html, json};

const JSON: &str = "application/json;charset=utf-8";

pub(super) fn with_code(
    code: u16,
    fields: impl IntoIterator<Item = (&'static str, Value)>,
) -> Answer {
    let mut body = Map::new();
    body.insert("code".to_owned(), code.into());
    for (key, value) in fields {
        body.insert(key.to_owned(), value);
    }
    json(200, JSON, &Value::Object(body))
}

pub(super) fn ok(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Answer {
    with_code(200, fields)
}

/// A refusal on its way to becoming an answer.
#[derive(Debug)]
pub(super) enum Refusal {
    Code(u16, String),
    /// A gateway's page.
    Page(u16, &'static str),
}

impl Refusal {
    pub(super) fn parameter(description: &str) -> Self {
        Self::Code(414, description.to_owned())
    }

    pub(super) fn answer(self) -> Answer {
        match self {
            Self::Code(code, description) => with_code(code, [("desc", description.into())]),
            Self::Page(status, title) => html(status, title),
        }
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Connection | BodyError::Silent { .. } => {
                Self::parameter("the request ended early")
            }
            BodyError::Malformed(how) => Self::parameter(how),
            BodyError::Disk(error) => Self::Code(500, error.to_string()),
        }
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        BodyError::from(error).into()
    }
}

/// The table of business codes (netease.md §1.5).
fn meaning(code: u16) -> &'static str {
    match code {
        200 => "ok",
        201 => "client version wrong",
        301 => "banned",
        302 => "wrong user or password",
        315 => "IP not allowed",
        403 => "illegal operation or no permission",
        404 => "object not found",
        405 => "parameter too long",
        406 => "read-only",
        408 => "client timeout",
        413 => "verification failed",
        414 => "parameter error",
        415 => "client network problem",
        416 => "frequency control",
        417 => "repeated operation",
        418 => "channel unavailable",
        419 => "quantity over limit",
        422 => "account disabled",
        423 => "muted",
        431 => "duplicate HTTP request",
        500 => "internal error",
        503 => "server busy",
        508 => "recall timeout",
        509 => "invalid protocol",
        514 => "service unavailable",
        998 => "unpack error",
        999 => "pack error",
        _ => "unknown",
    }
}

/// Whether that is a code that can be answered.
pub(crate) fn has_error(name: &str) -> bool {
    name.parse::<u16>().is_ok()
}

/// An answer with a business code, for the fault `service_error`.
pub(crate) fn named_error(name: &str) -> Answer {
    let code = name.parse().unwrap_or(500);
    Refusal::Code(code, meaning(code).to_owned()).answer()
}
