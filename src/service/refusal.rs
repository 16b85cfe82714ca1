//! What a service, or a store, says of itself when it refuses.

use super::{Judgement, asked, request_id, retry_after, xml};
use crate::error::{Error, Phase, Remedy};
use crate::json::Json;
use crate::message::{Answer, Asked, Method, url};
use crate::text::clean;

/// Its own code and words, and the id under which it has logged the request; fit to be shown.
#[derive(Default)]
pub(crate) struct Refusal {
    pub(crate) code: Option<String>,
    pub(crate) text: Option<String>,
    id: Option<String>,
}

impl Refusal {
    /// Of what is fit to be shown already.
    pub(crate) fn new(code: Option<String>, text: Option<String>) -> Self {
        Self {
            code,
            text,
            id: None,
        }
    }

    /// In the XML of S3 and its like.
    pub(crate) fn of_xml(body: &[u8]) -> Self {
        Self::of(["Code", "Message", "RequestId"].map(|tag| xml::text(body, tag)))
    }

    /// In JSON, whose keys for code and words are these, and for the id, if it has one.
    pub(crate) fn of_json(json: &Json, [code, text]: [&str; 2], id: Option<&str>) -> Self {
        let said = [Some(code), Some(text), id];
        Self::of(said.map(|key| json.get(key?).words()))
    }

    fn of(said: [Option<String>; 3]) -> Self {
        let [code, text, id] = said.map(|text| text.as_deref().map(clean));
        Self { code, text, id }
    }

    /// Whether it is for one of these reasons.
    pub(crate) fn is_one_of(&self, codes: &[&str]) -> bool {
        let code = self.code.as_deref();
        code.is_some_and(|code| codes.contains(&code))
    }

    /// The error that it is, of `who` was asked for `what`.
    pub(crate) fn error(
        self,
        who: &str,
        what: &str,
        answer: &Answer,
        judgement: &Judgement,
    ) -> Error {
        let Self { code, text, id } = self;
        let reason = match (&code, &text) {
            (Some(code), Some(text)) => format!("{code}: {text}"),
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (None, None) => match answer.head.header("location") {
                Some(location) => format!("redirect to {}", clean(&url::redacted(location))),
                None => answer.excerpt(),
            },
        };
        // Without a code it was hardly the service that answered: where it was
        // looked for says more. The path of a file that is fetched may be all that
        // one needs to have it.
        let is_of_file = |asked: &Asked| asked.method == Method::Get;
        let at = match &code {
            None if !answer.head.asked.as_ref().is_some_and(is_of_file) => asked(answer),
            _ => String::new(),
        };
        // MinIO says of a quiet connection "Retry-After: 60", as if it were busy.
        let is_quiet = judgement.remedy == Some(Remedy::Connection);
        let retry_after = retry_after(&answer.head).filter(|_| !is_quiet);
        let pause = match retry_after {
            Some(pause) if pause.as_secs() > 1 => format!(" (in {} s, it says)", pause.as_secs()),
            _ => String::new(),
        };
        let status = answer.status();
        let advice = judgement.advice;
        let text_of_all =
            format!("{who} refused {what}{at} (HTTP {status}): {reason}; {advice}{pause}");
        let mut error = Error::new(judgement.status, text_of_all)
            .with_phase(Phase::Receive)
            .with_http_status(status)
            .with_service(code, text)
            // The id in the body is of the one that refused it, not of a gateway.
            .with_request_id(id.or_else(|| request_id(&answer.head)))
            .with_retry_after(retry_after)
            .with_remedy(judgement.remedy);
        if judgement.retryable {
            error = error.retryable();
        }
        error
    }
}
