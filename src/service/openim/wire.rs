//! The shapes of OpenIM's JSON, its errors among them (§2.2, §2.3).

use super::SERVICE;
use crate::error::{Result, Status};
use crate::secret::SecretText;
use crate::service::{Loose, Verdict, judge_http, refused, unexpected};
use crate::text::{clean, is_header_safe};
use crate::transfer::message::Answer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What any request says: one structure for all of them, since their fields have
/// the same meaning wherever they occur.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ask<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) secret: Option<&'a str>,
    #[serde(rename = "platformID", skip_serializing_if = "Option::is_none")]
    pub(super) platform_id: Option<u32>,
    #[serde(rename = "userID", skip_serializing_if = "Option::is_none")]
    pub(super) user_id: Option<&'a str>,
    #[serde(rename = "uploadID", skip_serializing_if = "Option::is_none")]
    pub(super) upload_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parts: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) part_numbers: Option<&'a [u32]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hash: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) part_size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_parts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) absolute: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) query: Option<BTreeMap<&'a str, &'a str>>,
}

/// Every answer, business errors included, which come under HTTP 200 (§2.2).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Envelope {
    pub(super) err_code: Loose,
    #[serde(default)]
    pub(super) err_msg: Option<String>,
    #[serde(default)]
    pub(super) err_dlt: Option<String>,
    #[serde(default)]
    pub(super) data: Option<Data>,
}

impl Envelope {
    /// What the server says, in general and in detail.
    fn text(&self) -> Option<String> {
        let [message, detail] =
            [&self.err_msg, &self.err_dlt].map(|text| text.as_deref().unwrap_or_default().trim());
        let text = match (message, detail) {
            ("", "") => return None,
            (message, detail) if detail.contains(message) => detail.to_owned(),
            (message, "") => message.to_owned(),
            (message, detail) => format!("{message}: {detail}"),
        };
        Some(clean(&text))
    }
}

/// What an answer brings: one structure for all, and for the parts of one. Lists
/// and structures that are not there are null (§2.2).
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Data {
    pub(super) token: Option<SecretText>,
    pub(super) expire_time_seconds: Option<Loose>,
    pub(super) id: Option<String>,
    pub(super) url: Option<String>,
    pub(super) file: Option<String>,
    pub(super) header: Option<Vec<KeyValues>>,
    pub(super) form_data: Option<Fields>,
    pub(super) expires: Option<Loose>,
    pub(super) success_codes: Option<Vec<u16>>,
    pub(super) upload: Option<Box<Data>>,
    #[serde(rename = "uploadID")]
    pub(super) upload_id: Option<String>,
    pub(super) sign: Option<Box<Data>>,
    pub(super) query: Option<Vec<KeyValues>>,
    pub(super) parts: Option<Vec<Data>>,
    pub(super) part_number: Option<u32>,
    pub(super) part_size: Option<Loose>,
    pub(super) expire_time: Option<Loose>,
    pub(super) size: Option<Loose>,
}

/// A header field or a parameter; `value` is how the vendor's page has it (§2.4).
#[derive(Deserialize)]
pub(super) struct KeyValues {
    pub(super) key: String,
    #[serde(default)]
    pub(super) values: Option<Vec<String>>,
    #[serde(default)]
    pub(super) value: Option<String>,
}

/// Name and value.
pub(super) type Pair = (String, String);

/// The pairs that a list stands for.
pub(super) fn pairs(list: Option<&[KeyValues]>) -> impl Iterator<Item = Pair> {
    list.unwrap_or_default().iter().flat_map(|item| {
        let values = item.values.iter().flatten().chain(&item.value);
        values.map(|value| (item.key.clone(), value.clone()))
    })
}

/// The header fields to send to the storage; `None` if one cannot be sent. How
/// the message is framed and where it goes is ours to say.
pub(super) fn headers(lists: [Option<&[KeyValues]>; 2]) -> Option<Vec<Pair>> {
    const OURS: &[&str] = &[
        "connection",
        "content-length",
        "expect",
        "host",
        "transfer-encoding",
    ];
    lists
        .into_iter()
        .flat_map(pairs)
        .filter(|(name, _)| !OURS.contains(&name.to_ascii_lowercase().as_str()))
        .map(|(name, value)| {
            let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
            let is_good = !name.is_empty() && name.bytes().all(is_name) && is_header_safe(&value);
            is_good.then_some((name, value))
        })
        .collect()
}

/// The fields of an object in the order they have there.
pub(super) struct Fields(pub(super) Vec<Pair>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

pub(super) fn read(what: &str, answer: &Answer) -> Result<Data> {
    read_judged(what, answer, judge)
}

pub(super) fn read_judged(what: &str, answer: &Answer, judge: fn(&str) -> Verdict) -> Result<Data> {
    let envelope = serde_json::from_slice::<Envelope>(&answer.body).ok();
    let code = envelope.as_ref().map(|envelope| envelope.err_code.text());
    let verdict = match (answer.status(), code.as_deref()) {
        (200, Some("0")) => {
            return Ok(envelope.and_then(|e| e.data).unwrap_or_default());
        }
        (200, Some(code)) => judge(code),
        (200, None) => return Err(unexpected(SERVICE, "a JSON body with an errCode", answer)),
        (status, _) => judge_http(status),
    };
    let text = envelope.and_then(|envelope| envelope.text());
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
