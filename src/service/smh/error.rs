//! Refusals of SMH, which are JSON, and of its store, which are XML (smh.md
//! §1.11).

use super::codes::{CODES, EXPIRED, WAIT};
use crate::error::{Error, Remedy, Status};
use crate::json::Json;
use crate::message::Answer;
use crate::service::{Judgement, NEW_TOKEN, Refusal, judge_http, known};

/// Reads an answer of SMH or its store (`service`) that is not the success.
pub(super) fn refusal(service: &str, what: &str, answer: &Answer) -> Error {
    explained(read(answer), service, what, answer)
}

/// What SMH or its store says when it refuses.
pub(super) fn read(answer: &Answer) -> Refusal {
    match Json::parse(&answer.body) {
        Json::Null => Refusal::of_xml(&answer.body),
        json => Refusal::of_json(&json, ["code", "message"], Some("requestId")),
    }
}

/// The error that it is, of `service` when it was asked for `what`.
pub(super) fn explained(refusal: Refusal, service: &str, what: &str, answer: &Answer) -> Error {
    let judgement = judgement(&refusal, answer.status());
    refusal.error(service, what, answer, &judgement)
}

fn judgement(refusal: &Refusal, http: u16) -> Judgement {
    // "403, message contains `Request has expired`" (smh.md §1.5).
    let says_expired = |text: &String| text.contains("Request has expired");
    if http == 403 && refusal.text.as_ref().is_some_and(says_expired) {
        return EXPIRED;
    }
    let judgement = refusal.code.as_deref().and_then(|code| known(CODES, code));
    match judgement {
        // "exactly 403+InvalidAccessToken" (smh.md §1.2), and so for the store.
        Some(judgement) if http != 403 => match judgement.remedy {
            Some(NEW_TOKEN | Remedy::PermissionOnce) => Judgement {
                remedy: None,
                ..judgement
            },
            _ => judgement,
        },
        Some(judgement) => judgement,
        // The connection broke off.
        None if http == 499 && refusal.code.is_some() => {
            Judgement::passing(Status::Unavailable, WAIT)
        }
        None => judge_http(http),
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
