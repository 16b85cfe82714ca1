//! OpenIM's answers and their errors (§2.2, §2.3).

use super::SERVICE;
use crate::error::{Result, Status};
use crate::json::Json;
use crate::service::{Verdict, judge_http, refused, unexpected};
use crate::text::clean;
use crate::transfer::message::{Answer, Header};

/// What the server says, in general and in detail.
fn text(envelope: &Json) -> Option<String> {
    let [message, detail] =
        ["errMsg", "errDlt"].map(|key| envelope.get(key).as_text().unwrap_or_default().trim());
    let text = match (message, detail) {
        ("", "") => return None,
        (message, detail) if detail.contains(message) => detail.to_owned(),
        (message, "") => message.to_owned(),
        (message, detail) => format!("{message}: {detail}"),
    };
    Some(clean(&text))
}

/// Name and value.
pub(super) type Pair = (String, String);

/// The pairs that a list of header fields or parameters stands for, if it is one;
/// `value` is how the vendor's page has it (§2.4).
pub(super) fn pairs(list: &Json) -> Option<Vec<Pair>> {
    let mut pairs = Vec::new();
    if !list.is_null() && !matches!(list, Json::List(_)) {
        return None;
    }
    for item in list.list() {
        let key = item.get("key").as_text()?;
        for value in item.get("values").list().iter().chain([item.get("value")]) {
            if !value.is_null() {
                pairs.push((key.to_owned(), value.as_text()?.to_owned()));
            }
        }
    }
    Some(pairs)
}

/// The header fields to send to the storage; `None` if one cannot be sent.
pub(super) fn headers(pairs: &[Pair]) -> Option<Vec<Header>> {
    let pairs = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    Header::wishes(pairs)
}

/// A text that is not empty.
pub(super) fn filled(json: &Json) -> Option<&str> {
    json.as_text().filter(|text| !text.is_empty())
}

/// Every answer is an envelope, also with a business error, which comes under
/// HTTP 200 (§2.2). What was asked for is its `data`; lists and structures that
/// are not there are null.
pub(super) fn read(what: &str, answer: &Answer) -> Result<Json> {
    read_judged(what, answer, judge)
}

pub(super) fn read_judged(what: &str, answer: &Answer, judge: fn(&str) -> Verdict) -> Result<Json> {
    let envelope = Json::parse(&answer.body);
    let code = envelope.get("errCode").text();
    let verdict = match code.as_deref() {
        _ if !answer.is_success() => judge_http(answer.status()),
        Some("0") => return Ok(envelope),
        Some(code) => judge(code),
        None => return Err(unexpected(SERVICE, "a JSON body with an errCode", answer)),
    };
    let code = code.as_deref().map(clean);
    let text = text(&envelope);
    Err(refused(SERVICE, what, answer, code, text, &verdict))
}

/// What a code means (§2.3).
pub(super) fn judge(code: &str) -> Verdict {
    match code {
        "500" => Verdict::passing(
            Status::Unavailable,
            "wait a little and try again; the server's log says more",
        ),
        "1000" => Verdict::final_(Status::Service, "see the server's log"),
        "1001" => Verdict::final_(
            Status::Service,
            "check the name, the content type and the version of the server",
        ),
        "1002" => Verdict::final_(Status::Forbidden, "this user is not allowed to"),
        "1003" => Verdict::passing(
            Status::Service,
            "the same was stored at the same time; try again",
        ),
        "1004" => Verdict::final_(Status::NotFound, "check the name of the file"),
        "1101" => Verdict::final_(Status::Auth, "register the user, or check user_id"),
        "1102" => Verdict::final_(Status::Service, "the user is registered already"),
        "1501" => Verdict::final_(Status::Auth, "the token has expired; get a new one"),
        "1502" | "1503" | "1505" => {
            Verdict::final_(Status::Auth, "check that the token is one of this server")
        }
        "1504" => Verdict::final_(
            Status::Auth,
            "the token is not valid yet; check the clocks of the servers",
        ),
        "1506" => Verdict::final_(
            Status::Auth,
            "another login of this user has ended this one; get a new token",
        ),
        "1507" => Verdict::final_(
            Status::Auth,
            "the server no longer knows the token; get a new one",
        ),
        "1701" => Verdict::final_(Status::Expired, "begin the upload again"),
        "90002" | "90004" => Verdict::passing(Status::Unavailable, "wait a little and try again"),
        "90007" => Verdict::passing(
            Status::Integrity,
            "what is stored is not what was announced; upload it again",
        ),
        _ => Verdict::final_(Status::Service, "see the codes of OpenIM"),
    }
}
