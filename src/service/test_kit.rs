//! What the tests of all services share.

#![allow(clippy::unwrap_used, reason = "tests")]

use crate::message::{Answer, Head, Request};

pub(crate) fn answer(status: u16, body: &str) -> Answer {
    Answer {
        head: Head {
            status,
            ..Head::default()
        },
        body: body.as_bytes().to_vec().into(),
    }
}

/// Name, value, and whether it is secret.
pub(crate) fn headers(request: &Request) -> Vec<(&str, &str, bool)> {
    request
        .headers
        .iter()
        .map(|h| (h.name.as_ref(), h.value.as_str(), h.secret))
        .collect()
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
