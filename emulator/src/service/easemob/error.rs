//! Errors in Easemob's shape (easemob.md §2.5).

use serde_json::json;

use crate::config::NO_PERMISSION;
use crate::http::{Answer, BodyError, html, json};
use crate::state::State;

/// An error on its way to becoming an answer.
#[derive(Debug)]
pub(super) struct Error {
    status: u16,
    name: &'static str,
    description: String,
    /// A gateway's page in place of the JSON.
    page: Option<&'static str>,
}

impl Error {
    pub(super) fn new(status: u16, name: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            name,
            description: description.into(),
            page: None,
        }
    }

    pub(super) fn page(status: u16, title: &'static str) -> Self {
        Self {
            page: Some(title),
            ..Self::new(status, "", "")
        }
    }

    /// The same error under another name, where one call has one of its own.
    pub(super) fn renamed(mut self, from: &str, to: &'static str) -> Self {
        if self.name == from {
            self.name = to;
        }
        self
    }

    pub(super) fn answer(&self, state: &State, started_ms: i64) -> Answer {
        if let Some(title) = self.page {
            return html(self.status, title);
        }
        let now_ms = state.clock.now_ms();
        let body = json!({
            "error": self.name,
            "exception": exception(self.name),
            "timestamp": now_ms,
            "duration": (now_ms - started_ms).max(0),
            "error_description": self.description,
        });
        json(self.status, "application/json;charset=UTF-8", &body)
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Connection | BodyError::Silent { .. } => {
                Self::new(400, "web_application", "the request ended early")
            }
            BodyError::Malformed(how) => Self::new(400, "web_application", how),
            BodyError::Disk(error) => Self::new(500, "web_application", error.to_string()),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        BodyError::from(error).into()
    }
}

/// The first is the vendor's page's; the others are Usergrid's and Java's usual ones, which no client reads.
fn exception(name: &str) -> &'static str {
    match name {
        "auth_bad_access_token" | "unauthorized" => {
            "org.apache.usergrid.rest.exceptions.SecurityException"
        }
        "organization_application_not_found" => {
            "org.apache.usergrid.rest.exceptions.OrganizationApplicationNotFoundException"
        }
        "json_parse" => "org.codehaus.jackson.JsonParseException",
        "illegal_argument" | "IllegalArgumentException" => "java.lang.IllegalArgumentException",
        "entity_not_found" | "file_expired" => {
            "org.apache.usergrid.services.exceptions.EntityNotFoundException"
        }
        "service_resource_not_found" => {
            "org.apache.usergrid.services.exceptions.ServiceResourceNotFoundException"
        }
        "web_application" => "javax.ws.rs.WebApplicationException",
        "reach_limit" | "resource_limited" => "com.easemob.common.exception.ReachLimitException",
        _ => "com.easemob.common.exception.ServiceException",
    }
}

pub(super) fn token_missing() -> Error {
    Error::new(
        401,
        "unauthorized",
        "Unable to authenticate due to expired access token",
    )
}

pub(super) fn token_corrupt() -> Error {
    Error::new(
        401,
        "auth_bad_access_token",
        "Unable to authenticate due to corrupt access token",
    )
}

pub(super) fn token_unknown() -> Error {
    Error::new(401, "auth_bad_access_token", "Unable to authenticate")
}

/// The wording of the token and group calls for any token that does not hold.
pub(super) fn oauth() -> Error {
    Error::new(401, "unauthorized", "Unable to authenticate (OAuth)")
}

pub(super) fn rate_limited() -> Error {
    Error::new(429, "reach_limit", "This request has reached api limit")
}

/// Too many calls for tokens (easemob.md §2.2).
pub(super) fn tokens_limited() -> Error {
    Error::new(
        429,
        "resource_limited",
        "You have exceeded the limit of the community edition,Please upgrade to the enterprise edition",
    )
}

pub(super) fn file_missing() -> Error {
    Error::new(400, "illegal_argument", "file must be provided.")
}

pub(super) fn too_large() -> Error {
    Error::new(
        413,
        "file exceeding maximum limit",
        "the file size exceeds the maximum limit.",
    )
}

pub(super) fn no_permission() -> Error {
    Error::new(403, "forbidden_op", NO_PERMISSION)
}

pub(super) fn not_found() -> Error {
    Error::new(404, "entity_not_found", "file may not exists")
}

/// An error by its documented name, or by its HTTP status, for the fault `service_error`.
pub(crate) fn named_error(state: &State, name: &str) -> Answer {
    let error = named(name).unwrap_or_else(internal);
    error.answer(state, state.clock.now_ms())
}

/// Whether there is one of that name.
pub(crate) fn has_error(name: &str) -> bool {
    named(name).is_some()
}

fn internal() -> Error {
    Error::new(
        500,
        "web_application",
        "javax.ws.rs.WebApplicationException",
    )
}

fn named(name: &str) -> Option<Error> {
    Some(match name {
        "unauthorized" | "401" => token_missing(),
        "auth_bad_access_token" => token_corrupt(),
        "oauth" => oauth(),
        "invalid_grant" => Error::new(400, "invalid_grant", "client_secret does not match"),
        "json_parse" => Error::new(400, "json_parse", "Unexpected character"),
        "illegal_argument" | "400" => file_missing(),
        "no_permission" | "403" => no_permission(),
        "forbidden_op" => Error::new(403, "forbidden_op", "forbidden operation"),
        "entity_not_found" | "404" => not_found(),
        "file_expired" => Error::new(404, "file_expired", "file is expired"),
        "service_resource_not_found" => Error::new(
            404,
            "service_resource_not_found",
            "Service resource not found",
        ),
        "organization_application_not_found" => Error::new(
            404,
            "organization_application_not_found",
            "Could not find application",
        ),
        "405" => Error::new(405, "web_application", "HTTP 405 Method Not Allowed"),
        "408" => Error::page(408, "408 Request Time-out"),
        "concurrent_operation_error" | "409" => Error::new(
            409,
            "concurrent_operation_error",
            "concurrency create app user failed",
        ),
        "file exceeding maximum limit" | "413" => too_large(),
        "413_html" => Error::page(413, "413 Request Entity Too Large"),
        "415" => Error::new(415, "web_application", "Unsupported Media Type"),
        "reach_limit" | "429" => rate_limited(),
        "resource_limited" => tokens_limited(),
        "503_limit" => Error::new(503, "reach_limit", "This request has reached api limit"),
        "no_full_text_index" => Error::new(
            500,
            "no_full_text_index",
            "Entity 'user' with property named 'username' is not full text indexed",
        ),
        "unsupported_service_operation" => Error::new(
            500,
            "unsupported_service_operation",
            "Service operation not supported",
        ),
        "501" => Error::page(501, "501 Not Implemented"),
        "502" => Error::page(502, "502 Bad Gateway"),
        "503" => Error::page(503, "503 Service Temporarily Unavailable"),
        "504" => Error::page(504, "504 Gateway Time-out"),
        "web_application" | "500" => internal(),
        _ => return None,
    })
}
