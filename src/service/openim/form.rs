//! Upload by form (§2.4): the server says where to, the storage takes the file,
//! and the server is told that it is there.

use super::wire::{Ask, Pair, headers, read};
use super::{App, Caller, OpenimUpload, SERVICE};
use crate::error::Result;
use crate::service::multipart::MultipartForm;
use crate::service::{Loose, unexpected};
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
        let ask = Ask {
            name: Some(name),
            size: Some(size),
            content_type: Some(content_type),
            group: options.group.as_deref(),
            absolute: options.absolute.then_some(true),
            ..Ask::default()
        };
        self.post_as(caller, "object/initiate_form_data", &ask)
    }

    /// `POST /object/complete_form_data`.
    pub(crate) fn complete_form_request(&self, caller: &Caller<'_>, id: &str) -> Request {
        let ask = Ask {
            id: Some(id),
            ..Ask::default()
        };
        self.post_as(caller, "object/complete_form_data", &ask)
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
    let data = read("the upload", answer)?;
    let form = || {
        // It is ours, for it names the boundary (§2.4).
        let is_ours = |(name, _): &Pair| !name.eq_ignore_ascii_case("content-type");
        let headers = headers([data.header.as_deref(), None])?;
        Some(Form {
            id: data.id.filter(|id| !id.is_empty())?,
            url: data.url.filter(|url| is_sendable(url))?,
            file: data.file.filter(|file| !file.is_empty())?,
            headers: headers.into_iter().filter(is_ours).collect(),
            // "empty formData map is omitted" (§2.2).
            fields: data.form_data.map(|fields| fields.0).unwrap_or_default(),
            expires_ms: data.expires.as_ref().and_then(Loose::number),
            success: data.success_codes.filter(|codes| !codes.is_empty())?,
        })
    };
    form().ok_or_else(|| unexpected(SERVICE, "a form that can be sent", answer))
}

/// Whether a URL of a storage can be asked for as it is.
pub(super) fn is_sendable(storage_url: &str) -> bool {
    url::origin(storage_url).is_some() && storage_url.bytes().all(|b| b.is_ascii_graphic())
}

/// The URL of a file stored under `name`: the answer to complete_form_data and
/// to complete_multipart_upload.
pub(crate) fn read_url(name: &str, answer: &Answer) -> Result<String> {
    read("the completion of the upload", answer)?
        .url
        .filter(|url| url::origin(url).is_some())
        .map(|url| usable(&url, name))
        .ok_or_else(|| unexpected(SERVICE, "the URL of the file", answer))
}

/// The URL that the server made of a name, which stands there as it is (§2.4):
/// what would end the path or be taken for an escape is escaped. All else stays.
pub(super) fn usable(url: &str, name: &str) -> String {
    match url.strip_suffix(name) {
        Some(prefix) => {
            let name = name.replace('%', "%25").replace('?', "%3F");
            format!("{prefix}{}", name.replace('#', "%23"))
        }
        None => url.to_owned(),
    }
}
