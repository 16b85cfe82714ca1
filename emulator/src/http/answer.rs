//! Making answers without a fallible builder.

use hyper::header::{HeaderName, HeaderValue};
use hyper::{Response, StatusCode, header};
use serde::Serialize;

use super::Payload;

/// What a service answers.
pub(crate) type Answer = Response<Payload>;

/// Sets a header field; a value that no field can hold is left out.
pub(crate) fn set(answer: &mut Answer, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
        answer.headers_mut().insert(name, value);
    }
}

fn with_body(status: u16, content_type: &str, body: Payload) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    set(&mut answer, header::CONTENT_TYPE, content_type);
    answer
}

/// The header field that a parameter such as `response-content-type` of an S3-like store sets.
pub(crate) fn response_label(parameter: &str) -> Option<HeaderName> {
    Some(match parameter {
        "response-content-type" => header::CONTENT_TYPE,
        "response-content-disposition" => header::CONTENT_DISPOSITION,
        "response-content-encoding" => header::CONTENT_ENCODING,
        "response-content-language" => header::CONTENT_LANGUAGE,
        "response-cache-control" => header::CACHE_CONTROL,
        "response-expires" => header::EXPIRES,
        _ => return None,
    })
}

pub(crate) fn status_only(status: u16) -> Answer {
    let mut answer = with_body(status, "", Payload::empty());
    answer.headers_mut().remove(header::CONTENT_TYPE);
    answer
}

pub(crate) fn json(status: u16, content_type: &str, value: &impl Serialize) -> Answer {
    // Values here are plain trees with text keys, which always serialise.
    let body = serde_json::to_vec(value).unwrap_or_default();
    with_body(status, content_type, Payload::bytes(body))
}

pub(crate) fn html(status: u16, title: &str) -> Answer {
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    with_body(status, "text/html", Payload::bytes(body))
}

pub(crate) fn text(status: u16, content_type: &str, body: String) -> Answer {
    with_body(status, content_type, Payload::bytes(body))
}
