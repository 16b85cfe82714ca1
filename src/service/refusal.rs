//! What a service, or a store, says of itself when it refuses.

use super::{Judgement, refused, xml};
use crate::error::Error;
use crate::json::Json;
use crate::message::Answer;
use crate::text::clean;

/// Its own code and words, and the id under which it has logged the request; fit to be shown.
#[derive(Default)]
pub(crate) struct Refusal {
    pub(crate) code: Option<String>,
    pub(crate) text: Option<String>,
    id: Option<String>,
}

impl Refusal {
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
        let error = refused(who, what, answer, self.code, self.text, judgement);
        // The id in the body is of the one that refused it, not of a gateway.
        match self.id {
            Some(_) => error.with_request_id(self.id),
            None => error,
        }
    }
}
