//! Upload by form (openim.md §2.4): the server says where to, the storage takes
//! the file, and the server is told that it is there.

use super::access::object_path;
use super::judgement::{ApiCall, FormKey};
use super::storage::read_stored;
use super::wire::{filled, headers, pairs, read};
use super::{App, Caller, OpenimUpload, SERVICE};
use crate::error::{Remedy, Result};
use crate::json::{self, Json, is_false};
use crate::message::{Answer, Header, Request, SecretPairs, Url};
use crate::service::multipart::MultipartForm;
use crate::service::{Announced, date, media_type, unexpected, unusable};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

/// Where and how the storage takes one file.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(crate) struct Form {
    /// Names the upload when it is completed.
    pub(crate) id: String,
    url: Url,
    /// The name of the field with the file.
    file: String,
    headers: Vec<Header>,
    /// The other fields, in the order given.
    pub(crate) fields: SecretPairs,
    /// Milliseconds since 1970 UTC.
    pub(crate) expires_ms: Option<u64>,
    /// How long it is good, by the clock of the server.
    pub(super) life: Option<Duration>,
    /// The HTTP statuses of a success, and no others.
    pub(crate) success: Vec<u16>,
}

impl App {
    /// `POST /object/initiate_form_data`.
    pub(crate) fn initiate_form_request(
        &self,
        caller: &Caller<'_>,
        name: &str,
        size: u64,
        content_type: &str,
        options: &OpenimUpload,
    ) -> Request {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Params<'a> {
            name: &'a str,
            size: u64,
            content_type: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            group: Option<&'a str>,
            #[serde(skip_serializing_if = "is_false")]
            absolute: bool,
        }
        let params = Params {
            name,
            size,
            content_type,
            group: options.group.as_deref(),
            absolute: options.absolute,
        };
        self.post_as(caller, "object/initiate_form_data", &params)
    }

    /// `POST /object/complete_form_data`.
    pub(crate) fn complete_form_request(&self, caller: &Caller<'_>, id: &str) -> Request {
        #[derive(Serialize)]
        struct Params<'a> {
            id: &'a str,
        }
        self.post_as(caller, "object/complete_form_data", &Params { id })
    }

    /// The form for the storage, the file last: MinIO reads nothing behind it.
    pub(crate) fn form_request(
        &self,
        form: &Form,
        boundary_token: &str,
        file_name: &str,
        content_type: &str,
    ) -> Request {
        let fields = form.fields.iter();
        let body = fields.fold(MultipartForm::new(boundary_token), |body, (name, value)| {
            body.text(name, value)
        });
        let form_type = body.content_type();
        let body = body.file(&form.file, file_name, content_type);
        let mut request = Request::post(form.url.clone(), self.storage(), form_type, body);
        request.headers.extend_from_slice(&form.headers);
        request.with_form_fields(&form.fields)
    }
}

impl Form {
    /// Reads the answer of the storage, `age` after the form was made. That it has
    /// expired may then be a matter of clocks, against which no other form helps.
    pub(crate) fn read_stored(&self, answer: &Answer, age: Duration) -> Result<()> {
        let error = match read_stored(&self.success, answer) {
            Err(error) if error.remedy() == Some(Remedy::Permission) => error,
            other => return other,
        };
        if self.life.is_none_or(|life| age >= life) {
            return Err(error);
        }
        let message = format!(
            "{error}: it was made {} s ago for {} s, so the clocks of OpenIM's server and its \
             storage differ",
            age.as_secs(),
            self.life.unwrap_or_default().as_secs()
        );
        Err(error.with_message(message).with_remedy(None))
    }
}

/// The answer to initiate_form_data.
pub(crate) fn read_form(answer: &Answer) -> Result<Form> {
    let json = read(ApiCall::Upload, "the upload", answer)?;
    let data = json.get("data");
    let nothing = || unexpected(SERVICE, "a form that can be sent", answer);
    let url = filled(data.get("url")).ok_or_else(nothing)?;
    let url = Url::parse(url).map_err(|fault| unusable(SERVICE, "url", url, fault, answer))?;
    let form = form(data, url).ok_or_else(nothing)?;
    let made = date(&answer.head).and_then(|date| date.duration_since(UNIX_EPOCH).ok());
    let life = form
        .expires_ms
        .zip(made)
        .map(|(end, made)| Duration::from_millis(end).saturating_sub(made));
    Ok(Form { life, ..form })
}

fn form(data: &Json, url: Url) -> Option<Form> {
    let mut headers = headers(&pairs(data.get("header"))?)?;
    // It is ours, for it names the boundary (openim.md §2.4).
    headers.retain(|header| !header.name.eq_ignore_ascii_case("content-type"));
    // An empty map is left out (openim.md §2.2).
    let mut fields = Vec::new();
    for (name, value) in data.get("formData").fields() {
        fields.push((name.clone(), value.as_text()?.to_owned().into()));
    }
    let mut success: Vec<u16> = Vec::new();
    for status in data.get("successCodes").list() {
        success.push(status.number()?.try_into().ok()?);
    }
    Some(Form {
        id: filled(data.get("id"))?.to_owned(),
        url,
        file: filled(data.get("file"))?.to_owned(),
        headers,
        fields,
        expires_ms: data.get("expires").number(),
        life: None,
        success: Some(success).filter(|codes| !codes.is_empty())?,
    })
}

/// The answer to complete_form_data: the URL of the file stored under `name`.
pub(crate) fn read_form_url(name: &str, key: FormKey, answer: &Answer) -> Result<String> {
    url_in(&read(ApiCall::Form(key), COMPLETION, answer)?, name, answer)
}

/// The same of the answer to complete_multipart_upload.
pub(crate) fn read_url(name: &str, answer: &Answer) -> Result<String> {
    url_in(&read(ApiCall::Upload, COMPLETION, answer)?, name, answer)
}

const COMPLETION: &str = "the completion of the upload";

fn url_in(json: &Json, name: &str, answer: &Answer) -> Result<String> {
    stored_url(json.get("data"), name)
        .ok_or_else(|| unexpected(SERVICE, "the URL of the file", answer))
}

/// The URL of a file that is stored under `name`.
pub(super) fn stored_url(data: &Json, name: &str) -> Option<String> {
    let url = data.get("url").as_text()?;
    // The server puts the name there as it is (openim.md §2.4), which makes no
    // URL.
    let stored = match url.strip_suffix(name) {
        Some(prefix) => Url::parse(prefix).map(|prefix| prefix.with(&object_path(name))),
        None => Url::parse(url),
    };
    stored.ok().map(|stored| stored.as_str().to_owned())
}

/// Whether the id of a form is that of this file (openim.md §2.4): the server believes it, and
/// whoever has had the presigned request could have made another. Only what is read alike by all
/// is believed here: Go takes the last of two members of a name, and `Name` for `name`.
pub(super) fn is_of(announced: &Announced<'_>) -> bool {
    #[derive(Deserialize)]
    struct Id {
        name: String,
        size: u64,
        /// A later server may have more of them.
        #[serde(flatten)]
        others: BTreeMap<String, IgnoredAny>,
    }
    // Go's letters that are s and k to it, too, are not ASCII.
    let may_be_taken_for_it =
        |name: &str| !name.is_ascii() || ["name", "size"].contains(&&*name.to_ascii_lowercase());
    let Ok(id) = STANDARD_NO_PAD.decode(announced.completion) else {
        return false;
    };
    json::has_only_integers(&id)
        && serde_json::from_slice(&id).is_ok_and(|id: Id| {
            let is_plain = !id.others.keys().any(|name| may_be_taken_for_it(name));
            is_plain && id.name == announced.file && id.size == announced.size
        })
}

/// The longest name of a file on the disks of MinIO.
const SEGMENT_MAX: usize = 255;
/// `openim/direct/{yyyymmdd}/{opUserID}/{uuidhex}{ext}` (openim.md §2.4).
const UUID_LEN: usize = 32;

/// Whether a form can be signed for a file of this name: its policy holds the key
/// as it is, without escapes (openim.md §2.9). Of the name, the key has the
/// extension.
pub(crate) fn can_sign_name(name: &str, absolute: bool) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    let extension = last.rfind('.').map_or("", |at| &last[at..]);
    let (key, longest) = match absolute {
        true => (name, name.split('/').map(str::len).max().unwrap_or(0)),
        false => (extension, UUID_LEN + extension.len()),
    };
    longest <= SEGMENT_MAX && stands_in_policy(key)
}

fn stands_in_policy(text: &str) -> bool {
    !text.contains(|c: char| matches!(c, '"' | '\\') || c.is_ascii_control())
}

/// The media type as a form's policy can hold it. `charset="utf-8"` is the same
/// without the quotes (RFC 9110 §5.6.6); a parameter that needs them is left
/// out.
pub(crate) fn plain_type(content_type: &str) -> Cow<'_, str> {
    if stands_in_policy(content_type) {
        return content_type.into();
    }
    let is_token = |text: &str| {
        let is_mark = |b| b"!#$%&'*+-.^_`|~".contains(&b);
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || is_mark(b))
    };
    let mut pieces = content_type.split(';').map(str::trim);
    let essence = pieces.next().filter(|essence| stands_in_policy(essence));
    let mut plain = essence.unwrap_or(media_type::UNKNOWN).to_owned();
    // With a semicolon within quotes, the pieces are no parameters.
    if pieces
        .clone()
        .any(|piece| piece.matches('"').count() % 2 == 1)
    {
        return plain.into();
    }
    for (name, value) in pieces.filter_map(|piece| piece.split_once('=')) {
        let value = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'))
            .unwrap_or(value);
        if is_token(name) && is_token(value) {
            plain += &format!("; {name}={value}");
        }
    }
    plain.into()
}

/// Whether a form says of a file what is to be said.
pub(crate) fn is_exact(name: &str, content_type: &str) -> bool {
    can_sign_name(name, false) && stands_in_policy(content_type)
}

#[cfg(test)]
#[path = "form_tests.rs"]
mod tests;
