//! OpenIM's answers and their errors (openim.md §2.2, §2.3).

use super::judgement::{ApiCall, judge, plain};
use super::{SERVICE, storage};
use crate::error::Result;
use crate::json::Json;
use crate::message::{Answer, Header, SecretPairs};
use crate::secret::SecretText;
use crate::service::{Refusal, judge_http, unexpected};
use crate::text::clean;
use zeroize::Zeroizing;

/// What the server says, in general and in detail.
pub(super) fn text(envelope: &Json) -> Option<String> {
    // Some refusals quote the token.
    let words = ["errMsg", "errDlt"].map(|key| envelope.get(key).words().unwrap_or_default());
    let words = Zeroizing::new(words);
    let [message, detail] = [&words[0], &words[1]].map(|words| plain(words));
    let text = match (message, detail) {
        ("", "") => return None,
        (message, detail) if detail.contains(message) => detail.to_owned(),
        (message, "") => message.to_owned(),
        (message, detail) => format!("{message}: {detail}"),
    };
    let text = Zeroizing::new(text);
    Some(clean(&text))
}

/// The pairs that a list of header fields or parameters stands for, if it is one;
/// `value` is how the vendor's page has it (openim.md §2.4).
pub(super) fn pairs(list: &Json) -> Option<SecretPairs> {
    let mut pairs = Vec::new();
    if !list.is_null() && !matches!(list, Json::List(_)) {
        return None;
    }
    for item in list.list() {
        let key = item.get("key").as_text()?;
        for value in item.get("values").list().iter().chain([item.get("value")]) {
            if !value.is_null() {
                pairs.push((key.to_owned(), value.as_text()?.to_owned().into()));
            }
        }
    }
    Some(pairs)
}

/// The header fields to send to the storage; `None` if one cannot be sent.
pub(super) fn headers(pairs: &[(String, SecretText)]) -> Option<Vec<Header>> {
    let pairs = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    Header::all_foreign(pairs)
}

/// A text that is not empty.
pub(super) fn filled(json: &Json) -> Option<&str> {
    json.as_text().filter(|text| !text.is_empty())
}

/// Every answer is an envelope, also with a business error, which comes under
/// HTTP 200 (openim.md §2.2). What was asked for is its `data`; lists and
/// structures that are not there are null.
pub(super) fn read(call: ApiCall, what: &str, answer: &Answer) -> Result<Json> {
    let envelope = Json::parse(&answer.body);
    if envelope.is_null()
        && let Some(error) = storage::in_place_of_the_api(answer)
    {
        return Err(error);
    }
    let code = envelope.get("errCode").text();
    let words = text(&envelope);
    let judgement = match code.as_deref() {
        _ if !answer.is_success() => judge_http(answer.status()),
        Some("0") => return Ok(envelope),
        Some(code) => judge(call, code, words.as_deref().unwrap_or_default()),
        None => return Err(unexpected(SERVICE, "a JSON body with an errCode", answer)),
    };
    let code = code.as_deref().map(clean);
    Err(Refusal::new(code, words).error(SERVICE, what, answer, &judgement))
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
