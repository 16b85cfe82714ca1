//! Upload by form (§2.4): the server says where to, the storage takes the file,
//! and the server is told that it is there.

use super::wire::{Pair, filled, headers, pairs, read};
use super::{App, Caller, OpenimUpload, SERVICE};
use crate::error::Result;
use crate::json::{Json, Writer};
use crate::service::multipart::MultipartForm;
use crate::service::unexpected;
use crate::transfer::message::{Answer, Header, Request};
use crate::transfer::url;
use zeroize::Zeroizing;

/// Where and how the storage takes one file.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(crate) struct Form {
    /// Names the upload when it is completed.
    pub(crate) id: String,
    url: String,
    /// The name of the field with the file.
    file: String,
    headers: Vec<Pair>,
    /// The other fields, in the order given.
    pub(crate) fields: Vec<Pair>,
    /// Milliseconds since 1970 UTC.
    pub(crate) expires_ms: Option<u64>,
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
        let mut ask = Writer::object();
        ask.key("name").text(name);
        ask.key("size").number(size);
        ask.key("contentType").text(content_type);
        ask.texts(&[("group", options.group.as_deref())]);
        if options.absolute {
            ask.key("absolute").bool(true);
        }
        self.post_as(caller, "object/initiate_form_data", ask)
    }

    /// `POST /object/complete_form_data`.
    pub(crate) fn complete_form_request(&self, caller: &Caller<'_>, id: &str) -> Request {
        let mut ask = Writer::object();
        ask.key("id").text(id);
        self.post_as(caller, "object/complete_form_data", ask)
    }
}

impl Form {
    /// The form for the storage, the file last: MinIO reads nothing behind it.
    pub(crate) fn request(
        &self,
        boundary_token: &str,
        file_name: &str,
        content_type: &str,
    ) -> Request {
        let form = MultipartForm::new(boundary_token);
        let form = self
            .fields
            .iter()
            .fold(form, |form, (name, value)| form.text(name, value));
        let form_type = form.content_type();
        let body = form.file(&self.file, file_name, content_type);
        let request = Request::post(self.url.clone(), form_type, body);
        with_headers(request, &self.headers)
    }
}

/// The request with what the storage is to be told; it is for that host alone.
pub(super) fn with_headers(request: Request, headers: &[Pair]) -> Request {
    headers.iter().fold(request, |request, (name, value)| {
        request.with_header(Header {
            name: name.clone().into(),
            value: Zeroizing::new(value.clone()),
            secret: true,
        })
    })
}

/// The answer to initiate_form_data.
pub(crate) fn read_form(answer: &Answer) -> Result<Form> {
    let json = read("the upload", answer)?;
    form(json.get("data")).ok_or_else(|| unexpected(SERVICE, "a form that can be sent", answer))
}

fn form(data: &Json) -> Option<Form> {
    let mut headers = headers(pairs(data.get("header"))?)?;
    // It is ours, for it names the boundary (§2.4).
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
    // "empty formData map is omitted" (§2.2).
    let mut fields = Vec::new();
    for (name, value) in data.get("formData").fields() {
        fields.push((name.clone(), value.as_text()?.to_owned()));
    }
    let mut success: Vec<u16> = Vec::new();
    for status in data.get("successCodes").list() {
        success.push(status.number()?.try_into().ok()?);
    }
    Some(Form {
        id: filled(data.get("id"))?.to_owned(),
        url: filled(data.get("url"))
            .filter(|url| is_sendable(url))?
            .to_owned(),
        file: filled(data.get("file"))?.to_owned(),
        headers,
        fields,
        expires_ms: data.get("expires").number(),
        success: Some(success).filter(|codes| !codes.is_empty())?,
    })
}

/// Whether a URL of a storage can be asked for as it is.
pub(super) fn is_sendable(storage_url: &str) -> bool {
    url::origin(storage_url).is_some() && storage_url.bytes().all(|b| b.is_ascii_graphic())
}

/// The URL of a file stored under `name`: the answer to complete_form_data and
/// to complete_multipart_upload.
pub(crate) fn read_url(name: &str, answer: &Answer) -> Result<String> {
    let json = read("the completion of the upload", answer)?;
    stored_url(json.get("data"), name)
        .ok_or_else(|| unexpected(SERVICE, "the URL of the file", answer))
}

/// The URL of a file that is stored under `name`.
pub(super) fn stored_url(data: &Json, name: &str) -> Option<String> {
    let url = data.get("url").as_text()?;
    url::origin(url).is_some().then(|| usable(url, name))
}

/// The URL that the server made of a name, which stands there as it is (§2.4):
/// what would end the path or be taken for an escape is escaped. All else stays.
fn usable(url: &str, name: &str) -> String {
    match url.strip_suffix(name) {
        Some(prefix) => {
            let name = name.replace('%', "%25").replace('?', "%3F");
            format!("{prefix}{}", name.replace('#', "%23"))
        }
        None => url.to_owned(),
    }
}
