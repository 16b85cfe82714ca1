//! Upload in parts (openim.md §2.5): the server knows files by the hash of
//! their parts' hashes, signs each part, and puts them together.

use super::form::stored_url;
use super::judgement::ApiCall;
use super::wire::{filled, headers, pairs, read};
use super::{App, Caller, SERVICE};
use crate::error::{Error, Phase, Remedy, Result, Status};
use crate::json::Json;
use crate::message::parts::PARTS_MAX;
use crate::message::{Answer, Body, Encoding, Header, Method, Request, Url, url};
use crate::secret::SecretText;
use crate::service::{unexpected, unusable};
use serde::Serialize;

/// As many parts as OpenIM's own SDK has signed at once (openim.md §2.5).
const SIGNED_AT_ONCE: usize = 20;

/// What an upload in parts begins with.
pub(crate) struct MultipartStart<'a> {
    /// [`OpenimHasher::hash`](crate::OpenimHasher::hash).
    pub(crate) hash: &'a str,
    pub(crate) size: u64,
    pub(crate) part_size: u64,
    /// How many parts that makes.
    pub(crate) parts: u32,
    pub(crate) name: &'a str,
    pub(crate) content_type: &'a str,
    pub(crate) cause: Option<&'a str>,
}

/// The answer to an upload in parts.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(crate) enum Initiated {
    /// The server has such a file, and this name for it now.
    Stored { url: String },
    /// The parts are to be sent.
    Upload(MultipartUpload),
}

#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(crate) struct MultipartUpload {
    pub(crate) upload_id: String,
    pub(crate) part_size: u64,
    /// Milliseconds since 1970 UTC.
    pub(crate) expires_at_ms: Option<u64>,
    /// Of the first parts; of more by [`App::auth_sign_request`].
    pub(crate) signs: PartSigns,
}

/// Signed requests of parts, in the order given.
pub(crate) type PartSigns = Vec<PartSign>;

/// The signed request of one part. The signature is for minutes only.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(crate) struct PartSign {
    /// Counts from 1.
    pub(crate) number: u32,
    url: Url,
    headers: Vec<Header>,
}

/// What parts the storage takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartLimits {
    min_size: u64,
    max_size: u64,
    max_parts: u64,
}

impl PartLimits {
    /// The size of the parts of a file, as the server computes it (openim.md
    /// §2.5), who need not be asked for each.
    pub(crate) fn part_size(&self, size: u64) -> Result<u64> {
        let part_size = self.wanted_size(size)?;
        let count = size.div_ceil(part_size);
        if count > PARTS_MAX {
            let what = format!(
                "OpenIM wants the file in {count} parts, and no storage takes more than \
                 {PARTS_MAX}; see the limits in its configuration"
            );
            return Err(Error::new(Status::Response, what).with_phase(Phase::Receive));
        }
        Ok(part_size)
    }

    fn wanted_size(&self, size: u64) -> Result<u64> {
        if size <= self.min_size.saturating_mul(self.max_parts) {
            return Ok(self.min_size);
        }
        let largest = self.max_size.saturating_mul(self.max_parts);
        if size > largest {
            let what = format_args!("{size} bytes are more than the storage takes, {largest}");
            return Err(Error::out_of_bounds("source", what).bound(largest, size));
        }
        Ok(size.div_ceil(self.max_parts))
    }
}

impl App {
    /// `POST /object/part_limit`.
    pub(crate) fn part_limit_request(&self, caller: &Caller<'_>) -> Request {
        #[derive(Serialize)]
        struct Params {}
        self.post_as(caller, "object/part_limit", &Params {})
    }

    /// `POST /object/initiate_multipart_upload`.
    pub(crate) fn initiate_multipart_request(
        &self,
        caller: &Caller<'_>,
        start: &MultipartStart<'_>,
    ) -> Request {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Params<'a> {
            hash: &'a str,
            name: &'a str,
            size: u64,
            part_size: u64,
            max_parts: u32,
            content_type: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            cause: Option<&'a str>,
        }
        let params = Params {
            hash: start.hash,
            name: start.name,
            size: start.size,
            part_size: start.part_size,
            // More than there are is refused: "too many parts".
            max_parts: start.parts.min(SIGNED_AT_ONCE as u32),
            content_type: start.content_type,
            cause: start.cause,
        };
        self.post_as(caller, "object/initiate_multipart_upload", &params)
    }

    /// `POST /object/auth_sign`, for the first of the parts that are missing. Not
    /// for a file of one part, which is refused.
    pub(crate) fn auth_sign_request(
        &self,
        caller: &Caller<'_>,
        upload_id: &str,
        missing: &[u32],
    ) -> Request {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Params<'a> {
            #[serde(rename = "uploadID")]
            upload_id: &'a str,
            part_numbers: &'a [u32],
        }
        let params = Params {
            upload_id,
            part_numbers: missing.get(..SIGNED_AT_ONCE).unwrap_or(missing),
        };
        self.post_as(caller, "object/auth_sign", &params)
    }

    /// `POST /object/complete_multipart_upload`; `parts` are the MD5 of all parts.
    pub(crate) fn complete_multipart_request(
        &self,
        caller: &Caller<'_>,
        upload_id: &str,
        parts: &[String],
        start: &MultipartStart<'_>,
    ) -> Request {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Params<'a> {
            #[serde(rename = "uploadID")]
            upload_id: &'a str,
            parts: &'a [String],
            name: &'a str,
            content_type: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            cause: Option<&'a str>,
        }
        let params = Params {
            upload_id,
            parts,
            name: start.name,
            content_type: start.content_type,
            cause: start.cause,
        };
        self.post_as(caller, "object/complete_multipart_upload", &params)
    }

    /// The PUT of a part, or of a file of one part.
    pub(crate) fn part_request(&self, sign: &PartSign) -> Request {
        let body = Body {
            content: Some(Encoding::Identity),
            ..Body::empty()
        };
        let mut request = Request::new(Method::Put, sign.url.clone(), self.storage(), body);
        request.headers = sign.headers.clone();
        request
    }
}

/// The answer to part_limit.
pub(crate) fn read_part_limits(answer: &Answer) -> Result<PartLimits> {
    let json = read(ApiCall::Upload, "the size of parts", answer)?;
    part_limits(json.get("data")).ok_or_else(|| unexpected(SERVICE, "sizes of parts", answer))
}

fn part_limits(data: &Json) -> Option<PartLimits> {
    Some(PartLimits {
        min_size: positive(data.get("minPartSize"))?,
        max_size: positive(data.get("maxPartSize"))?,
        max_parts: positive(data.get("maxNumSize"))?,
    })
}

fn positive(json: &Json) -> Option<u64> {
    json.number().filter(|number| *number > 0)
}

/// The answer to initiate_multipart_upload for a file of this name, which was
/// hashed in parts of that size.
pub(crate) fn read_initiated(name: &str, part_size: u64, answer: &Answer) -> Result<Initiated> {
    let json = read(ApiCall::Upload, "the upload", answer)?;
    match initiated(name, json.get("data"), answer)? {
        Initiated::Upload(upload) if upload.part_size != part_size => {
            let what = "an upload in the parts that its limits make";
            Err(unexpected(SERVICE, what, answer).with_remedy(Some(Remedy::Limits)))
        }
        initiated => Ok(initiated),
    }
}

fn initiated(name: &str, data: &Json, answer: &Answer) -> Result<Initiated> {
    let nothing = || unexpected(SERVICE, "an upload or the URL of the file", answer);
    let upload = data.get("upload");
    if upload.is_null() {
        let stored = stored_url(data, name).map(|url| Initiated::Stored { url });
        return stored.ok_or_else(nothing);
    }
    let upload_id = filled(upload.get("uploadID")).ok_or_else(nothing)?;
    Ok(Initiated::Upload(MultipartUpload {
        upload_id: upload_id.to_owned(),
        part_size: positive(upload.get("partSize")).ok_or_else(nothing)?,
        expires_at_ms: upload.get("expireTime").number(),
        signs: part_signs(upload.get("sign"), answer)?,
    }))
}

/// The answer to auth_sign.
pub(crate) fn read_part_signs(answer: &Answer) -> Result<PartSigns> {
    let json = read(ApiCall::Upload, "the signatures of parts", answer)?;
    let signs = part_signs(json.get("data"), answer)?;
    if signs.is_empty() {
        return Err(unsigned(answer));
    }
    Ok(signs)
}

fn unsigned(answer: &Answer) -> Error {
    unexpected(SERVICE, "signatures of parts that can be sent", answer)
}

fn part_signs(sign: &Json, answer: &Answer) -> Result<PartSigns> {
    let mut signs = Vec::new();
    for part in sign.get("parts").list() {
        let (number, url, headers) = part_sign(sign, part).ok_or_else(|| unsigned(answer))?;
        let fault = |fault| unusable(SERVICE, "url", &url, fault, answer);
        signs.push(PartSign {
            number,
            url: Url::parse(&url).map_err(fault)?,
            headers,
        });
    }
    Ok(signs)
}

/// Number, URL and header fields. What holds for all parts stands before what
/// holds for one.
fn part_sign(sign: &Json, part: &Json) -> Option<(u32, String, Vec<Header>)> {
    let own = filled(part.get("url"));
    let mut url = own.or(sign.get("url").as_text())?.to_owned();
    let mut all_headers = Vec::new();
    for of in [sign, part] {
        url = with_query(url, &pairs(of.get("query"))?);
        all_headers.extend(pairs(of.get("header"))?);
    }
    let number = part.get("partNumber").number()?.try_into().ok()?;
    Some((number, url, headers(&all_headers)?))
}

/// The URL with these parameters, in place of those of the same names that it
/// has: OSS's URL of a part has them already, and signs each once.
fn with_query(url: String, query: &[(String, SecretText)]) -> String {
    if query.is_empty() {
        return url;
    }
    url::with_query(&url, query.iter().map(|(name, value)| (&**name, &***value)))
}

#[cfg(test)]
#[path = "multipart_tests.rs"]
mod tests;
