//! Uploads: begin, renew, look, confirm, cancel (smh.md §1.3 to §1.9). The
//! bytes go to the store in between.

use super::error::refusal;
use super::object::{Object, joined, read_object};
use super::plan::{SmhUpload, UploadKind, Way};
use super::storage::{StoreSession, StoreTarget, part_md5};
use super::{Library, SERVICE, SmhPath, add, add_traffic_limit, time};
use crate::error::{Error, Remedy, Result};
use crate::json::Json;
use crate::message::{Answer, Body, Method, Request, url};
use crate::service::{StoredPart, unexpected};
use crate::text::is_short;
use serde::Serialize;

/// A list of parts this long may have been cut (smh.md §1.7).
const LIST_MAX: usize = 1000;

/// Parts that credentials of a private deployment are asked for at once (smh.md
/// §1.5b).
const BATCH: usize = 50;

/// What SMH may know the file by (smh.md §1.4).
pub(crate) struct Hashes<'a> {
    pub(crate) beginning: &'a str,
    /// Only when it was asked for.
    pub(crate) full: Option<&'a str>,
}

/// How an upload begins.
#[cfg_attr(test, derive(Debug))]
pub(crate) enum BeginAnswer {
    /// The bytes are to be sent.
    Upload(StoreSession),
    /// The beginning is known: begin again with the hash of the whole (smh.md
    /// §1.4).
    NeedsFullHash,
    /// SMH has the bytes already, and the file is there.
    Done(Object),
    /// It has begun, and the bytes cannot be sent to where SMH says.
    Stuck { confirm_key: String, error: Error },
}

/// How far an upload has come (smh.md §1.7).
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(crate) struct UploadStatus {
    /// The file is there.
    pub(crate) confirmed: bool,
    pub(crate) path: Option<String>,
    pub(crate) upload_id: Option<String>,
    /// What the store has, if it is an upload in parts.
    pub(crate) parts: Vec<StoredPart>,
    /// Credentials to go on with; a private deployment gives none.
    pub(crate) session: Option<StoreSession>,
}

impl UploadStatus {
    /// Whether the store may have more parts than are listed.
    pub(crate) fn is_list_cut(&self) -> bool {
        self.parts.len() >= LIST_MAX
    }
}

/// What SMH is told of an upload; what is not known is not said.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct UploadParams<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    full_hash: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    beginning_hash: Option<&'a str>,
    /// As text, like all large numbers (smh.md §1.3, §1.8).
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<String>,
    /// As text, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    crc64: Option<String>,
    #[serde(flatten)]
    options: Option<OptionParams<'a>>,
    /// Each number by itself, for it is no range (smh.md §1.5b).
    #[serde(skip_serializing_if = "Option::is_none")]
    part_number_range: Option<Vec<u32>>,
}

/// What the caller says of the file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OptionParams<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    labels: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local_creation_time: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local_modification_time: Option<&'a str>,
}

impl<'a> OptionParams<'a> {
    fn of(options: &'a SmhUpload) -> Self {
        Self {
            labels: &options.labels,
            category: options.category.as_deref(),
            local_creation_time: options.local_creation_time.as_deref(),
            local_modification_time: options.local_modification_time.as_deref(),
        }
    }
}

impl Request {
    fn with_params(mut self, params: &UploadParams<'_>) -> Self {
        self.body = Body::json(params);
        self.header("Content-Type", "application/json")
    }
}

impl Library {
    /// Begins an upload of so many parts (smh.md §1.3). A private deployment is
    /// told the numbers of the first.
    pub(crate) fn begin_request(
        &self,
        token: &str,
        path: &SmhPath,
        way: Way,
        options: &SmhUpload,
        size: Option<u64>,
        hashes: Option<&Hashes<'_>>,
    ) -> Request {
        let (method, mut query) = match way.kind {
            UploadKind::Simple => (Method::Put, String::new()),
            UploadKind::Form => (Method::Post, String::new()),
            UploadKind::Parts => (Method::Post, "multipart".to_owned()),
        };
        let strategy = options.conflict.as_str();
        add(&mut query, "conflict_resolution_strategy", strategy);
        let file_size = size.map(|size| size.to_string());
        if let Some(size) = &file_size {
            add(&mut query, "filesize", size);
        }
        add_traffic_limit(&mut query, options.traffic_limit);
        if options.prefer_same_origin {
            add(&mut query, "prefer_same_origin", "true");
        }
        self.add_content_cas(&mut query, Some(options));
        let params = UploadParams {
            full_hash: hashes.and_then(|hashes| hashes.full),
            beginning_hash: hashes.map(|hashes| hashes.beginning),
            size: file_size.filter(|_| hashes.is_some()),
            options: Some(OptionParams::of(options)),
            part_number_range: (way.kind == UploadKind::Parts && self.is_private())
                .then(|| way.part_numbers(size).take(BATCH).collect()),
            ..UploadParams::default()
        };
        self.call(method, "file", &path.encoded, &query, token)
            .with_params(&params)
    }

    /// New credentials for an upload in parts; those of a private deployment
    /// are for the first of the parts that are missing (smh.md §1.6).
    pub(crate) fn renew_request(
        &self,
        token: &str,
        confirm_key: &str,
        traffic_limit: Option<u64>,
        missing: &[u32],
    ) -> Request {
        let mut query = "renew".to_owned();
        add_traffic_limit(&mut query, traffic_limit);
        let request = self.upload_call(Method::Post, confirm_key, &query, token);
        if !self.is_private() {
            return request;
        }
        request.with_params(&UploadParams {
            part_number_range: Some(missing.iter().copied().take(BATCH).collect()),
            ..UploadParams::default()
        })
    }

    /// How far an upload has come (smh.md §1.7).
    pub(crate) fn state_request(&self, token: &str, confirm_key: &str) -> Request {
        let query = if self.is_private() {
            "upload&no_upload_part_info=1"
        } else {
            "upload"
        };
        self.upload_call(Method::Get, confirm_key, query, token)
    }

    /// All bytes are at the store, and have this CRC-64 (smh.md §1.8). The
    /// options may be others than at the beginning, in a call that goes on
    /// after a conflict; without any, those of the beginning hold.
    pub(crate) fn confirm_request(
        &self,
        token: &str,
        confirm_key: &str,
        crc64: Option<u64>,
        options: Option<&SmhUpload>,
    ) -> Request {
        let params = UploadParams {
            crc64: crc64.map(|crc64| crc64.to_string()),
            options: options.map(OptionParams::of),
            ..UploadParams::default()
        };
        let mut query = "confirm".to_owned();
        if let Some(options) = options {
            let strategy = options.conflict.as_str();
            add(&mut query, "conflict_resolution_strategy", strategy);
        }
        self.add_content_cas(&mut query, options);
        self.upload_call(Method::Post, confirm_key, &query, token)
            .with_params(&params)
    }

    /// Gives an upload up (smh.md §1.9).
    pub(crate) fn cancel_request(&self, token: &str, confirm_key: &str) -> Request {
        self.upload_call(Method::Delete, confirm_key, "upload", token)
    }

    /// How the upload begins (smh.md §1.3, §1.4).
    pub(crate) fn read_begin(&self, answer: &Answer, kind: UploadKind) -> Result<BeginAnswer> {
        match answer.status() {
            200 => return read_object(answer).map(BeginAnswer::Done),
            201 => {}
            202 => return Ok(BeginAnswer::NeedsFullHash),
            _ => return Err(refusal(SERVICE, "the upload", answer)),
        }
        let json = Json::parse(&answer.body);
        let nowhere = || unexpected(SERVICE, "where to upload to", answer);
        let confirm_key = json.get("confirmKey").text().filter(|key| is_short(key));
        let confirm_key = confirm_key.ok_or_else(nowhere)?;
        let is_whole = |session: &StoreSession| match kind {
            UploadKind::Simple => true,
            UploadKind::Form => !session.target.form.is_empty(),
            UploadKind::Parts => session.upload_id.is_some(),
        };
        let session = self.read_session(&json, &confirm_key, None, answer);
        Ok(match session {
            Ok(session) if is_whole(&session) => BeginAnswer::Upload(session),
            other => BeginAnswer::Stuck {
                confirm_key,
                error: other.err().unwrap_or_else(nowhere),
            },
        })
    }

    /// The upload, which goes by the same names, with new credentials (smh.md
    /// §1.6).
    pub(crate) fn read_renew(
        &self,
        answer: &Answer,
        confirm_key: &str,
        upload_id: &str,
    ) -> Result<StoreSession> {
        if !answer.is_success() {
            return Err(refusal(SERVICE, "new credentials for the upload", answer));
        }
        let json = Json::parse(&answer.body);
        self.read_session(&json, confirm_key, Some(upload_id), answer)
    }

    fn read_session(
        &self,
        json: &Json,
        confirm_key: &str,
        upload_id: Option<&str>,
        answer: &Answer,
    ) -> Result<StoreSession> {
        Ok(StoreSession {
            target: StoreTarget::read(json, self.store_scheme(), answer)?,
            confirm_key: confirm_key.to_owned(),
            upload_id: json
                .get("uploadId")
                .text()
                .filter(|id| is_short(id))
                .or_else(|| upload_id.map(str::to_owned)),
            expires_at: json.get("expiration").as_text().and_then(time::parse),
        })
    }

    /// How far the upload has come (smh.md §1.7).
    pub(crate) fn read_state(&self, answer: &Answer, confirm_key: &str) -> Result<UploadStatus> {
        if !answer.is_success() {
            return Err(refusal(SERVICE, "to say how far the upload is", answer));
        }
        let json = Json::parse(&answer.body);
        let confirmed = match json.get("confirmed") {
            Json::Bool(confirmed) => *confirmed,
            _ => return Err(unexpected(SERVICE, "the state of the upload", answer)),
        };
        let upload_id = json.get("uploadId").text();
        let info = json.get("uploadPartInfo");
        let mut parts = Vec::new();
        for part in json.get("parts").list() {
            let number = part.get("PartNumber").number();
            match (
                number.and_then(|number| number.try_into().ok()),
                part.get("Size").number(),
            ) {
                (Some(number), Some(size)) => parts.push(StoredPart {
                    number,
                    md5: part_md5(part.get("ETag")),
                    size,
                }),
                _ => return Err(unexpected(SERVICE, "the parts of the upload", answer)),
            }
        }
        // Credentials that are of no use are asked for again.
        let session = self.read_session(info, confirm_key, upload_id.as_deref(), answer);
        Ok(UploadStatus {
            confirmed,
            path: joined(json.get("path")),
            session: session.ok(),
            upload_id,
            parts,
        })
    }

    /// Which content may be overwritten, and that the new one is to be told
    /// (smh.md §1.15).
    fn add_content_cas(&self, query: &mut String, options: Option<&SmhUpload>) {
        if let Some(content_cas) = options.and_then(|options| options.content_cas.as_deref()) {
            add(query, "content_cas", content_cas);
        }
        query.push_str(self.ask_content_cas());
    }

    fn upload_call(&self, method: Method, key: &str, query: &str, token: &str) -> Request {
        self.call(method, "file", &url::percent_encode(key), query, token)
    }
}

/// The file that the upload has made (smh.md §1.8).
pub(crate) fn read_confirm(answer: &Answer) -> Result<Object> {
    if answer.is_success() {
        return read_object(answer);
    }
    Err(refusal(SERVICE, "to confirm the upload", answer))
}

/// The upload is no more; one that SMH does not know is none either (smh.md
/// §1.9).
pub(crate) fn read_cancel(answer: &Answer) -> Result<()> {
    match answer.status() {
        204 => return Ok(()),
        200 => return Err(unexpected(SERVICE, "cancelling the upload", answer)),
        _ => {}
    }
    match refusal(SERVICE, "to cancel the upload", answer) {
        error if error.remedy() == Some(Remedy::Restart) => Ok(()),
        error => Err(error),
    }
}

#[cfg(test)]
#[path = "upload_tests.rs"]
mod tests;
