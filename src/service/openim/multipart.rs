//! Upload in parts (§2.5): the server knows files by the hash of their parts'
//! hashes, signs each part, and puts them together.

use super::form::{is_sendable, usable, with_headers};
use super::wire::{Ask, Data, KeyValues, Pair, headers, pairs, read};
use super::{App, Caller, SERVICE};
use crate::error::Result;
use crate::service::{Loose, unexpected};
use crate::transfer::body::{Body, Encoding};
use crate::transfer::message::{Answer, Method, Request};
use crate::transfer::url;

/// As many parts as OpenIM's own SDK has signed at once.
const SIGNED_AT_ONCE: u32 = 20;

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
    url: String,
    headers: Vec<Pair>,
}

impl App {
    /// `POST /object/part_size`.
    pub(crate) fn part_size_request(&self, caller: &Caller<'_>, size: u64) -> Request {
        let ask = Ask {
            size: Some(size),
            ..Ask::default()
        };
        self.post_as(caller, "object/part_size", &ask)
    }

    /// `POST /object/initiate_multipart_upload`.
    pub(crate) fn initiate_multipart_request(
        &self,
        caller: &Caller<'_>,
        start: &MultipartStart<'_>,
    ) -> Request {
        let ask = Ask {
            hash: Some(start.hash),
            size: Some(start.size),
            part_size: Some(start.part_size),
            // More than there are is refused: "too many parts".
            max_parts: Some(start.parts.min(SIGNED_AT_ONCE)),
            cause: start.cause,
            name: Some(start.name),
            content_type: Some(start.content_type),
            ..Ask::default()
        };
        self.post_as(caller, "object/initiate_multipart_upload", &ask)
    }

    /// `POST /object/auth_sign`. Not for a file of one part, which is refused.
    pub(crate) fn auth_sign_request(
        &self,
        caller: &Caller<'_>,
        upload_id: &str,
        part_numbers: &[u32],
    ) -> Request {
        let ask = Ask {
            upload_id: Some(upload_id),
            part_numbers: Some(part_numbers),
            ..Ask::default()
        };
        self.post_as(caller, "object/auth_sign", &ask)
    }

    /// `POST /object/complete_multipart_upload`; `parts` are the MD5 of all parts.
    pub(crate) fn complete_multipart_request(
        &self,
        caller: &Caller<'_>,
        upload_id: &str,
        parts: &[String],
        start: &MultipartStart<'_>,
    ) -> Request {
        let ask = Ask {
            upload_id: Some(upload_id),
            parts: Some(parts),
            cause: start.cause,
            name: Some(start.name),
            content_type: Some(start.content_type),
            ..Ask::default()
        };
        self.post_as(caller, "object/complete_multipart_upload", &ask)
    }
}

impl PartSign {
    /// The PUT of the part, or of a file of one part.
    pub(crate) fn request(&self) -> Request {
        let body = Body {
            content: Some(Encoding::Identity),
            ..Body::empty()
        };
        with_headers(
            Request::new(Method::Put, self.url.clone(), body),
            &self.headers,
        )
    }
}

pub(crate) fn read_part_size(answer: &Answer) -> Result<u64> {
    positive(read("the size of parts", answer)?.size)
        .ok_or_else(|| unexpected(SERVICE, "a size of parts", answer))
}

fn positive(number: Option<Loose>) -> Option<u64> {
    number?.number().filter(|number| *number > 0)
}

/// The answer to initiate_multipart_upload for a file of this name.
pub(crate) fn read_initiated(name: &str, answer: &Answer) -> Result<Initiated> {
    let data = read("the upload", answer)?;
    let initiated = || {
        let Some(upload) = data.upload else {
            let url = data.url.filter(|url| url::origin(url).is_some())?;
            return Some(Initiated::Stored {
                url: usable(&url, name),
            });
        };
        Some(Initiated::Upload(MultipartUpload {
            upload_id: upload.upload_id.filter(|id| !id.is_empty())?,
            part_size: positive(upload.part_size)?,
            expires_at_ms: upload.expire_time.as_ref().and_then(Loose::number),
            signs: match upload.sign {
                Some(sign) => part_signs(&sign)?,
                None => Vec::new(),
            },
        }))
    };
    initiated().ok_or_else(|| unexpected(SERVICE, "an upload or the URL of the file", answer))
}

/// The answer to auth_sign.
pub(crate) fn read_part_signs(answer: &Answer) -> Result<PartSigns> {
    let data = read("the signatures of parts", answer)?;
    part_signs(&data)
        .filter(|signs| !signs.is_empty())
        .ok_or_else(|| unexpected(SERVICE, "signatures of parts that can be sent", answer))
}

/// What holds for all parts stands before what holds for one.
fn part_signs(sign: &Data) -> Option<PartSigns> {
    let parts = sign.parts.as_deref().unwrap_or_default();
    parts
        .iter()
        .map(|part| {
            let own = part.url.as_deref().filter(|url| !url.is_empty());
            let url = own.or(sign.url.as_deref())?.to_owned();
            let url = [sign, part]
                .into_iter()
                .fold(url, |url, of| with_query(&url, of.query.as_deref()));
            Some(PartSign {
                number: part.part_number?,
                url: Some(url).filter(|url| is_sendable(url))?,
                headers: headers([sign.header.as_deref(), part.header.as_deref()])?,
            })
        })
        .collect()
}

/// The URL with these parameters, in place of those of the same names that it
/// has: OSS's URL of a part has them already, and signs each once.
fn with_query(url: &str, query: Option<&[KeyValues]>) -> String {
    let added: Vec<Pair> = pairs(query)
        .map(|(name, value)| (url::percent_encode(&name), url::percent_encode(&value)))
        .collect();
    if added.is_empty() {
        return url.to_owned();
    }
    let (base, old) = url.split_once('?').unwrap_or((url, ""));
    let is_kept = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && added.iter().all(|(other, _)| other != name)
    };
    let kept = old.split('&').filter(is_kept).map(str::to_owned);
    let new = added.iter().map(|(name, value)| format!("{name}={value}"));
    let query: Vec<_> = kept.chain(new).collect();
    format!("{base}?{}", query.join("&"))
}
