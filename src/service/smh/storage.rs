//! Requests to the store (COS) with the credentials that SMH handed out (smh.md
//! §1.3, §1.5).

use super::error::refusal;
use super::{Library, SERVICE, STORE};
use crate::error::Result;
use crate::json::Json;
use crate::message::{
    Answer, Body, Encoding, Head, Header, Method, Provenance, Request, SecretPairs, Url, url,
};
use crate::secret::SecretText;
use crate::service::multipart::MultipartForm;
use crate::service::{StoredDigests, unexpected, unusable};

/// An upload that has begun.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(crate) struct StoreSession {
    /// What the upload goes by at SMH.
    pub(crate) confirm_key: String,
    /// What an upload in parts goes by at the store.
    pub(crate) upload_id: Option<String>,
    /// When the credentials of the target expire, by the clock of SMH: seconds
    /// since 1970 UTC.
    pub(crate) expires_at: Option<u64>,
    pub(crate) target: StoreTarget,
}

/// Where the bytes go, and what has to be said there.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(crate) struct StoreTarget {
    pub(crate) url: Url,
    /// For the request, or for that of each part.
    pub(crate) headers: Vec<Header>,
    /// The fields of a form before the file, in the order in which they came.
    pub(crate) form: SecretPairs,
    /// Header fields of each part by its number (private deployments, smh.md
    /// §1.5b).
    pub(crate) parts: Vec<(u32, Vec<Header>)>,
}

impl StoreTarget {
    /// Reads where SMH says that the bytes go. The domain comes without a scheme,
    /// which is `scheme` then, or with one.
    pub(super) fn read(json: &Json, scheme: &str, answer: &Answer) -> Result<Self> {
        let text = |name| json.get(name).as_text();
        let (Some(domain), Some(path)) = (text("domain"), text("path")) else {
            return Err(unexpected(SERVICE, "where to upload to", answer));
        };
        let store = if url::has_scheme(domain) {
            Url::parse_base(domain)
        } else {
            Url::parse_base(&format!("{scheme}://{domain}"))
        };
        let store = match store {
            Ok(store) if store.is_address() => store,
            Ok(_) => {
                let fault = "is more than a host";
                return Err(unusable(SERVICE, "domain", domain, fault, answer));
            }
            Err(fault) => return Err(unusable(SERVICE, "domain", domain, fault, answer)),
        };
        if !path.starts_with('/') {
            let fault = "is not the path of a file";
            return Err(unusable(SERVICE, "path", path, fault, answer));
        }
        // Names may end in an extension that is no ASCII, or holds what a URL means otherwise (smh.md
        // §1.5); there is no query.
        let escaped = path.replace('?', "%3F").replace('#', "%23");
        let url = Url::parse(&format!("{}{escaped}", store.address()))
            .map_err(|fault| unusable(SERVICE, "path", path, fault, answer))?;
        let headers_of = |json: &Json| {
            headers(json.get("headers"))
                .ok_or_else(|| unexpected(SERVICE, "header fields that can be sent", answer))
        };
        let mut parts = Vec::new();
        for (number, part) in json.get("parts").fields() {
            if let Ok(number) = number.parse() {
                parts.push((number, headers_of(part)?));
            }
        }
        Ok(Self {
            url,
            headers: headers_of(json)?,
            form: pairs(json.get("form")).collect(),
            parts,
        })
    }

    /// Whether the store is COS, which states the CRC-64 of what it has got. In private
    /// deployments it is another one, which is told by its header fields (smh.md §1.5b).
    pub(crate) fn is_cos(&self) -> bool {
        let parts = self.parts.iter().flat_map(|(_, headers)| headers);
        let headers = self.headers.iter().chain(parts);
        let names = headers.map(|header| header.name.as_ref());
        let fields = self.form.iter().map(|(name, _)| name.as_str());
        let is_other = |name: &str| name.to_ascii_lowercase().starts_with("x-amz-");
        !names.chain(fields).any(is_other)
    }

    /// What the request for this part has to say; `None` if SMH has not said it.
    fn part_headers(&self, number: u32) -> Option<&Vec<Header>> {
        if self.parts.is_empty() {
            return Some(&self.headers);
        }
        let part = self.parts.iter().find(|(n, _)| *n == number);
        part.map(|(_, headers)| headers)
    }

    fn put(&self, query: &str, headers: &[Header], provenance: Provenance) -> Request {
        let body = Body {
            content: Some(Encoding::Identity),
            ..Body::empty()
        };
        let mut request = Request::new(Method::Put, self.url.with(query), provenance, body);
        request.headers = headers.to_vec();
        request
    }
}

/// Values are text or numbers (smh.md §1.3).
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

/// `None` if one cannot be sent.
fn headers(json: &Json) -> Option<Vec<Header>> {
    let pairs: SecretPairs = pairs(json).collect();
    let pairs = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    Header::all_foreign(pairs)
}

impl Library {
    /// Who says where the store is.
    pub(super) fn store(&self) -> Provenance {
        Provenance::answer_of(&self.base_url)
    }

    /// `PUT` of the whole file.
    pub(crate) fn simple_request(&self, target: &StoreTarget) -> Request {
        target.put("", &target.headers, self.store())
    }

    /// `POST` of a form, of which the file is the last field.
    pub(crate) fn form_request(
        &self,
        target: &StoreTarget,
        boundary_token: &str,
        file_name: &str,
        content_type: &str,
    ) -> Request {
        let mut form = MultipartForm::new(boundary_token);
        for (name, value) in &target.form {
            form = form.text(name, value);
        }
        let form_type = form.content_type();
        let body = form.file("file", file_name, content_type);
        Request::post(target.url.clone(), self.store(), form_type, body)
            .with_form_fields(&target.form)
    }

    /// `PUT` of one part; `None` if a private deployment has not given
    /// credentials for it yet, so that the upload has to be renewed.
    pub(crate) fn part_request(
        &self,
        target: &StoreTarget,
        upload_id: Option<&str>,
        number: u32,
    ) -> Option<Request> {
        let headers = target.part_headers(number)?;
        let id = url::percent_encode(upload_id.unwrap_or_default());
        let query = format!("?partNumber={number}&uploadId={id}");
        Some(target.put(&query, headers, self.store()))
    }
}

/// The store has the bytes: their MD5, if its ETag is one, and their CRC-64, which COS
/// states (smh.md §1.5).
pub(crate) fn read_stored(answer: &Answer) -> Result<StoredDigests> {
    if answer.is_success() {
        let etag = answer.head.header("etag");
        let stored = StoredDigests {
            md5: etag.and_then(md5),
            crc64: stated_crc64(&answer.head),
        };
        return match stored.crc64.is_some() || etag.is_some() {
            true => Ok(stored),
            // Somebody else has answered, and may not do so again.
            false => Err(unexpected(STORE, "an ETag or a CRC-64", answer).retryable()),
        };
    }
    Err(refusal(STORE, "the bytes", answer))
}

/// The CRC-64 that COS states of what it has got, or gives (smh.md §1.5).
pub(super) fn stated_crc64(head: &Head) -> Option<u64> {
    head.header("x-cos-hash-crc64ecma")?.trim().parse().ok()
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
