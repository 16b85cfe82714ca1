//! Refusals of SMH, which are JSON, and of its store, which are XML (smh.md
//! §1.11).

use super::codes::{CODES, EXPIRED, WAIT};
use crate::error::{Error, Remedy, Status};
use crate::json::Json;
use crate::message::Answer;
use crate::service::xml;
use crate::service::{NEW_TOKEN, Verdict, judge_http, known, refused};
use crate::text::clean;

/// What SMH or its store says when it refuses.
pub(super) struct Refusal<'a> {
    answer: &'a Answer,
    code: Option<String>,
    text: Option<String>,
    id: Option<String>,
}

/// Reads an answer of SMH or its store (`service`) that is not the success.
pub(super) fn refusal(service: &str, what: &str, answer: &Answer) -> Error {
    Refusal::read(answer).of(service, what)
}

impl<'a> Refusal<'a> {
    pub(super) fn read(answer: &'a Answer) -> Self {
        let json = Json::parse(&answer.body);
        let said = if json.is_null() {
            ["Code", "Message", "RequestId"].map(|tag| xml::text(&answer.body, tag))
        } else {
            ["code", "message", "requestId"].map(|key| json.get(key).words())
        };
        let [code, text, id] = said.map(|text| text.as_deref().map(clean));
        Self {
            answer,
            code,
            text,
            id,
        }
    }

    /// Whether it is for one of these reasons.
    pub(super) fn is_one_of(&self, codes: &[&str]) -> bool {
        self.code
            .as_deref()
            .is_some_and(|code| codes.contains(&code))
    }

    /// The error that it is, of `service` when it was asked for `what`.
    pub(super) fn of(self, service: &str, what: &str) -> Error {
        let verdict = self.verdict();
        let error = refused(service, what, self.answer, self.code, self.text, &verdict);
        // The id in the body is of the one that refused it, not of a gateway.
        match self.id {
            Some(_) => error.with_request_id(self.id),
            None => error,
        }
    }

    fn verdict(&self) -> Verdict {
        let http = self.answer.status();
        // "403, message contains `Request has expired`" (smh.md §1.5).
        let says_expired = |text: &String| text.contains("Request has expired");
        if http == 403 && self.text.as_ref().is_some_and(says_expired) {
            return EXPIRED;
        }
        let verdict = self.code.as_deref().and_then(|code| known(CODES, code));
        match verdict {
            // "exactly 403+InvalidAccessToken" (smh.md §1.2), and so for the store.
            Some(verdict) if http != 403 => match verdict.remedy {
                Some(NEW_TOKEN | Remedy::PermissionOnce) => Verdict {
                    remedy: None,
                    ..verdict
                },
                _ => verdict,
            },
            Some(verdict) => verdict,
            // The connection broke off.
            None if http == 499 && self.code.is_some() => {
                Verdict::passing(Status::Unavailable, WAIT)
            }
            None => judge_http(http),
        }
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
