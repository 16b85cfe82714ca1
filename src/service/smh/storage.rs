//! Requests to the store (COS) with the credentials that SMH handed out (§1.3,
//! §1.5).

use super::error::{is_credential_expired, refusal};
use super::{Library, STORE, Session};
use crate::error::Result;
use crate::json::Json;
use crate::secret::SecretText;
use crate::service::multipart::MultipartForm;
use crate::text::is_header_safe;
use crate::transfer::body::{Body, Encoding};
use crate::transfer::message::{Answer, Header, Method, Request};
use crate::transfer::url;

/// Names and values; all may be credentials.
type Pairs = Vec<(String, SecretText)>;

/// Where the bytes go, and what has to be said there.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(crate) struct Target {
    /// The host, without a scheme.
    pub(crate) domain: String,
    /// Begins with a slash.
    pub(crate) path: String,
    /// For the request, or for that of each part.
    pub(crate) headers: Pairs,
    /// The fields of a form before the file, in the order in which they came.
    pub(crate) form: Pairs,
    /// Header fields of each part by its number (private deployments, §1.5b).
    pub(crate) parts: Vec<(u32, Pairs)>,
}

impl Target {
    /// `None` if there is none in the reply, or none that can be asked.
    pub(super) fn read(json: &Json) -> Option<Self> {
        let domain = json.get("domain").as_text()?;
        let path = json.get("path").as_text()?;
        let is_host =
            !domain.contains('/') && url::base_url_fault(&format!("https://{domain}")).is_none();
        if !is_host || !path.starts_with('/') || path.contains(['?', '#']) {
            return None;
        }
        let parts = json.get("parts").fields();
        let part = |(number, part): &(String, Json)| {
            Some((number.parse().ok()?, headers(part.get("headers"))))
        };
        Some(Self {
            domain: domain.to_owned(),
            // Names may end in a non-ASCII extension (§1.5).
            path: url::to_ascii(path),
            headers: headers(json.get("headers")),
            form: pairs(json.get("form")).collect(),
            parts: parts.iter().filter_map(part).collect(),
        })
    }

    /// What the request for this part has to say; `None` if SMH has not said it.
    fn part_headers(&self, number: u32) -> Option<&Pairs> {
        if self.parts.is_empty() {
            return Some(&self.headers);
        }
        let part = self.parts.iter().find(|(n, _)| *n == number);
        part.map(|(_, headers)| headers)
    }

    fn put(&self, scheme: &str, query: &str, headers: &Pairs) -> Request {
        let url = format!("{scheme}://{}{}{query}", self.domain, self.path);
        let body = Body {
            content: Some(Encoding::Identity),
            ..Body::empty()
        };
        headers.iter().fold(
            Request::new(Method::Put, url, body),
            |request, (name, value)| {
                request.with_header(Header {
                    name: name.clone().into(),
                    value: value.clone(),
                    secret: true,
                })
            },
        )
    }
}

/// Values are text or numbers (§1.3).
fn pairs(json: &Json) -> impl Iterator<Item = (String, SecretText)> {
    let pair = |(name, value): &(String, Json)| {
        let value = match value.as_text() {
            Some(text) => text.to_owned(),
            None => value.text()?,
        };
        Some((name.clone(), SecretText::new(value)))
    };
    json.fields().iter().filter_map(pair)
}

/// Those that can stand in a request, and do not say where its body ends.
fn headers(json: &Json) -> Pairs {
    let is_ours = |name: &str| {
        [
            "Host",
            "Content-Length",
            "Transfer-Encoding",
            "Connection",
            "Expect",
        ]
        .iter()
        .any(|ours| name.eq_ignore_ascii_case(ours))
    };
    let is_name = |name: &str| {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        !name.is_empty() && name.bytes().all(is_plain)
    };
    pairs(json)
        .filter(|(name, value)| is_name(name) && !is_ours(name) && is_header_safe(value))
        .collect()
}

impl Library {
    /// `PUT` of the whole file.
    pub(crate) fn simple_request(&self, session: &Session) -> Request {
        let target = &session.target;
        target.put(self.store_scheme(), "", &target.headers)
    }

    /// `POST` of a form, of which the file is the last field.
    pub(crate) fn form_request(
        &self,
        session: &Session,
        boundary_token: &str,
        file_name: &str,
        content_type: &str,
    ) -> Request {
        let target = &session.target;
        let mut form = MultipartForm::new(boundary_token);
        for (name, value) in &target.form {
            form = form.text(name, value);
        }
        let url = format!("{}://{}{}", self.store_scheme(), target.domain, target.path);
        let form_type = form.content_type();
        Request::post(url, form_type, form.file("file", file_name, content_type))
    }

    /// `PUT` of one part; `None` if a private deployment has not given
    /// credentials for it yet, so that the upload has to be renewed.
    pub(crate) fn part_request(&self, session: &Session, number: u32) -> Option<Request> {
        let headers = session.target.part_headers(number)?;
        let id = url::percent_encode(session.upload_id.as_deref().unwrap_or_default());
        let query = format!("?partNumber={number}&uploadId={id}");
        Some(session.target.put(self.store_scheme(), &query, headers))
    }
}

/// The store has the bytes: their MD5 in lower-case hex, if it says so (§1.5).
pub(crate) fn read_stored(answer: &Answer) -> Result<Option<String>> {
    if answer.is_success() {
        return Ok(answer.head.header("etag").and_then(md5));
    }
    let error = refusal(STORE, "the bytes", answer);
    // The same request would be refused again; another has to be made.
    Err(if is_credential_expired(&error) {
        error.not_retryable()
    } else {
        error
    })
}

/// An ETag that is the MD5 of the bytes: `"<32 hex digits>"`, quotes and all.
fn md5(etag: &str) -> Option<String> {
    let hex = etag.trim().strip_prefix('"')?.strip_suffix('"')?;
    is_md5(hex).then(|| hex.to_ascii_lowercase())
}

/// The MD5 of a part that the store has.
pub(super) fn part_md5(etag: &Json) -> Option<String> {
    let hex = plain_etag(etag)?;
    is_md5(&hex).then(|| hex.to_ascii_lowercase())
}

fn is_md5(hex: &str) -> bool {
    hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit())
}

/// An ETag without its quotes, which the vendor page shows escaped.
pub(super) fn plain_etag(json: &Json) -> Option<String> {
    let etag = json.text()?;
    let plain = etag.trim_matches(['"', '\\']);
    (!plain.is_empty()).then(|| plain.to_owned())
}

#[cfg(test)]
#[path = "storage_tests.rs"]
mod tests;
