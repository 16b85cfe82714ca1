//! Files and folders that are there: download, facts, list, delete, make
//! (smh.md §1.10).

use super::codes::{MISSING, TAKEN};
use super::error::{self, refusal};
use super::storage::{plain_etag, stated_crc64};
use super::{
    LINK_MAX, LINK_MIN, Library, SERVICE, SmhDisposition, SmhDownload, SmhPath, add,
    add_traffic_limit, check_traffic_limit,
};
use crate::error::{Error, Phase, Result, Status};
use crate::json::Json;
use crate::message::url::percent_decode;
use crate::message::{Answer, Method, Provenance, Request, Url};
use crate::service::thumbnail::Thumbnail;
use crate::service::{FileInfo, FileReader, Listing, is_foreign, request_id, unexpected, unusable};
use crate::text::{check_not_empty, is_short};

/// A file that an upload has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    /// The path, which need not be the one that was asked for.
    pub(crate) path: String,
    pub(crate) info: FileInfo,
    /// It is what has that path now, which was looked up: another upload may have made it.
    pub(crate) is_looked_up: bool,
}

impl Library {
    /// `GET` of a file, which leads to the store.
    pub(crate) fn download_request(
        &self,
        token: &str,
        path: &SmhPath,
        options: &SmhDownload,
        thumbnail: Option<Thumbnail>,
    ) -> Result<Request> {
        check_download(options)?;
        let is_link = options.disposition != SmhDisposition::Automatic;
        for (field, is_set) in [
            ("link_ttl", options.link_ttl.is_some()),
            ("disposition", is_link),
        ] {
            if is_set {
                let what = "is of the address that a presigned download has";
                return Err(Error::argument(field, what));
            }
        }
        let mut query = thumbnail.map_or("", |_| "preview").to_owned();
        add_version(&mut query, options);
        if let Some(thumbnail) = thumbnail {
            // A side of 0 is not said (smh.md §1.14).
            let (width, height) = thumbnail.fitted();
            for (name, side) in [("width_size", width), ("height_size", height)] {
                if side > 0 {
                    add(&mut query, name, &side.to_string());
                }
            }
        }
        add_traffic_limit(&mut query, options.traffic_limit);
        let url = self
            .call(Method::Get, "file", &path.encoded, &query, token)
            .url;
        // Not JSON, as the other calls.
        Ok(Request::get(url, Provenance::CONFIG).counted())
    }

    /// `GET …?info` of a file.
    pub(crate) fn info_request(&self, token: &str, path: &SmhPath) -> Request {
        let query = "info".to_owned() + self.ask_content_cas();
        self.call(Method::Get, "file", &path.encoded, &query, token)
    }

    /// The same for an address that is handed on, or of an older version.
    pub(crate) fn link_request(
        &self,
        token: &str,
        path: &SmhPath,
        options: &SmhDownload,
    ) -> Request {
        let mut query = "info".to_owned();
        add_version(&mut query, options);
        if let Some(seconds) = options.link_ttl.map(|period| period.as_secs()) {
            add(&mut query, "period", &seconds.to_string());
        }
        match options.disposition {
            SmhDisposition::Automatic => {}
            SmhDisposition::Show => add(&mut query, "content_disposition", "inline"),
            SmhDisposition::Save => add(&mut query, "content_disposition", "attachment"),
        }
        add_traffic_limit(&mut query, options.traffic_limit);
        self.call(Method::Get, "file", &path.encoded, &query, token)
    }

    /// The GET of a file from where the store has it, for anybody, as the answer to that says.
    pub(crate) fn read_link(&self, answer: &Answer) -> Result<Request> {
        Ok(Request::get(read_file_url(answer)?, self.store()))
    }

    /// `HEAD` of a file. Its refusal has no body and so no code.
    pub(crate) fn exists_request(&self, token: &str, path: &SmhPath) -> Request {
        self.call(Method::Head, "file", &path.encoded, "", token)
    }

    /// `DELETE` of a file.
    pub(crate) fn delete_request(&self, token: &str, path: &SmhPath, permanent: bool) -> Request {
        let query = if permanent {
            "permanent=1"
        } else {
            "permanent=0"
        };
        self.call(Method::Delete, "file", &path.encoded, query, token)
    }

    /// `PUT` of a folder, with its parents.
    pub(crate) fn create_directory_request(&self, token: &str, path: &SmhPath) -> Request {
        let query = "conflict_resolution_strategy=ask";
        self.call(Method::Put, "directory", &path.encoded, query, token)
    }

    /// `GET` of a folder: what is in it, from `marker` on.
    pub(crate) fn list_request(
        &self,
        token: &str,
        path: &SmhPath,
        marker: Option<&str>,
        limit: Option<u32>,
    ) -> Request {
        let query = list_query(marker, limit) + self.ask_content_cas();
        self.call(Method::Get, "directory", &path.encoded, &query, token)
    }

    /// `GET` of the versions of a file, from `marker` on (smh.md §1.15).
    pub(crate) fn versions_request(
        &self,
        token: &str,
        path: &SmhPath,
        marker: Option<&str>,
        limit: Option<u32>,
    ) -> Request {
        let path = format!("history-list/{}", path.encoded);
        let query = list_query(marker, limit);
        self.call(Method::Get, "directory-history", &path, &query, token)
    }
}

fn list_query(marker: Option<&str>, limit: Option<u32>) -> String {
    let mut query = String::new();
    if let Some(marker) = marker {
        add(&mut query, "marker", marker);
    }
    if let Some(limit) = limit {
        add(&mut query, "limit", &limit.to_string());
    }
    query
}

/// Which version of the file, if not the present one (smh.md §1.10).
fn add_version(query: &mut String, options: &SmhDownload) {
    if let Some(version) = &options.version {
        add(query, "history_id", version);
    }
}

/// Checks what is asked of a file, and of an address that is handed on.
pub(crate) fn check_link(options: &SmhDownload) -> Result<()> {
    check_download(options)?;
    match options.link_ttl.map(|period| period.as_secs()) {
        Some(seconds) if !(LINK_MIN..=LINK_MAX).contains(&seconds) => {
            let what = format_args!("{seconds} seconds are not {LINK_MIN} to {LINK_MAX}");
            let bound = seconds.clamp(LINK_MIN, LINK_MAX);
            Err(Error::out_of_bounds("link_ttl", what).bound(bound, seconds))
        }
        _ => Ok(()),
    }
}

fn check_download(options: &SmhDownload) -> Result<()> {
    if let Some(version) = &options.version {
        check_not_empty("version", version)?;
    }
    check_traffic_limit(options.traffic_limit)
}

pub(crate) const FILE: FileReader = FileReader {
    is_file: |head| !is_foreign(head, "text/html"),
    refusal: read_download_refusal,
    stated_crc64: Some(stated_crc64),
};

/// Reads the answer to a download that is not the file: the refusal of SMH, or of
/// the store that it led to, or a page of somebody in between.
fn read_download_refusal(answer: &Answer) -> Error {
    if answer.is_success() {
        return unexpected(SERVICE, "the file", answer);
    }
    refusal(SERVICE, "the file", answer)
}

/// What a file is.
pub(crate) fn read_info(answer: &Answer) -> Result<FileInfo> {
    if !answer.is_success() {
        return Err(refusal(SERVICE, "to say what the file is", answer));
    }
    let json = Json::parse(&answer.body);
    if json.get("type").is_null() {
        return Err(unexpected(SERVICE, "the type of the file", answer));
    }
    Ok(file_info(&json))
}

fn read_file_url(answer: &Answer) -> Result<Url> {
    let Some(text) = read_info(answer)?.url else {
        return Err(Error::new(
            Status::Response,
            "SMH gave no URL for this file; it may be a folder",
        )
        .with_phase(Phase::Receive));
    };
    Url::parse(&text).map_err(|fault| unusable(SERVICE, "cosUrl", &text, fault, answer))
}

/// Until when the store takes the address of a file, in seconds since 1970 UTC: its signature
/// says `BEGIN;END` (smh.md §1.10).
pub(crate) fn signed_until(url: &Url) -> Option<u64> {
    let (_, time) = url.parameters().find(|(name, _)| *name == "q-sign-time")?;
    let time = percent_decode(time);
    time.split_once(';')?.1.parse().ok()
}

/// Whether a file is there; `None` if it is not said, as SMH refuses and the answer
/// has no body.
pub(crate) fn read_exists(answer: &Answer) -> Result<Option<bool>> {
    match answer.status() {
        // A portal says it of everything.
        200 if !is_foreign(&answer.head, "text/html") => Ok(Some(true)),
        200 => Err(unexpected(SERVICE, "what it knows of the file", answer)),
        // It may be the library that is not there, or another server: what is asked for with a
        // body says so.
        403 | 404 => Ok(None),
        _ => Err(refusal(SERVICE, "to look for the file", answer)),
    }
}

/// Whether a file is there that SMH was asked to tell of.
pub(crate) fn read_exists_by_info(answer: &Answer) -> Result<bool> {
    if !answer.is_success() && error::read(answer).is_one_of(MISSING) {
        return Ok(false);
    }
    read_info(answer).map(|_| true)
}

/// The file is gone: its id in the recycle bin, if it went there.
pub(crate) fn read_delete(answer: &Answer) -> Result<Option<String>> {
    match answer.status() {
        204 => Ok(None),
        200 => match Json::parse(&answer.body) {
            json @ Json::Object(_) => Ok(json.get("recycledItemId").text()),
            _ => Err(unexpected(SERVICE, "a recycledItemId", answer)),
        },
        _ => Err(refusal(SERVICE, "the deletion", answer)),
    }
}

/// The folder is there, be it new or not.
pub(crate) fn read_create_directory(answer: &Answer) -> Result<()> {
    if answer.status() == 201 {
        return Ok(());
    }
    let refusal = error::read(answer);
    if refusal.is_one_of(TAKEN) {
        return Ok(());
    }
    Err(error::explained(
        refusal,
        SERVICE,
        "to make the folder",
        answer,
    ))
}

/// What is in a folder.
pub(crate) fn read_list(answer: &Answer) -> Result<Listing> {
    read_entries(answer, file_info)
}

/// Which versions of a file there are (smh.md §1.15).
pub(crate) fn read_versions(answer: &Answer) -> Result<Listing> {
    read_entries(answer, |json| FileInfo {
        version: json.get("id").text(),
        ..file_info(json)
    })
}

fn read_entries(answer: &Answer, read: fn(&Json) -> FileInfo) -> Result<Listing> {
    if !answer.is_success() {
        return Err(refusal(SERVICE, "the list", answer));
    }
    let json = Json::parse(&answer.body);
    let Json::List(contents) = json.get("contents") else {
        return Err(unexpected(SERVICE, "the contents of the list", answer));
    };
    let marker = json.get("nextMarker");
    let next_marker = marker.text().filter(|marker| is_short(marker));
    // Else the list would seem to be over.
    if next_marker.is_none() && !marker.is_null() && marker.as_text() != Some("") {
        return Err(unexpected(SERVICE, "where the list goes on", answer));
    }
    Ok(Listing {
        entries: contents.iter().map(read).collect(),
        next_marker,
    })
}

/// The file that a confirmed (smh.md §1.8) or an instant (smh.md §1.4) upload
/// has made.
pub(super) fn read_object(answer: &Answer) -> Result<Object> {
    let json = Json::parse(&answer.body);
    let path = json.get("path");
    // "null: the directory […] has been deleted, and the file can no longer be
    // accessed" (vendor page). An absent one is null, too, and means nothing.
    let is_out_of_reach = json.fields().iter().any(|(name, _)| name == "path") && path.is_null();
    if is_out_of_reach {
        return Err(Error::new(
            Status::NotFound,
            "SMH has the file, but its folder was deleted during the upload, so that nobody can \
             get it; upload the file again",
        )
        .with_phase(Phase::Receive)
        .with_http_status(answer.status())
        .with_request_id(request_id(&answer.head)));
    }
    let path = joined(path).filter(|path| !path.contains(char::is_control));
    let Some(path) = path else {
        return Err(unexpected(SERVICE, "the path of the file", answer));
    };
    let mut info = file_info(&json);
    if info.name.is_none() {
        info.name = path.rsplit('/').next().map(str::to_owned);
    }
    Ok(Object {
        path,
        info,
        is_looked_up: false,
    })
}

/// A path of names; `None` if it is none.
pub(super) fn joined(names: &Json) -> Option<String> {
    let names: Option<Vec<&str>> = names.list().iter().map(Json::as_text).collect();
    names
        .filter(|names| !names.is_empty() && names.iter().all(|name| !name.is_empty()))
        .map(|names| names.join("/"))
}

fn file_info(json: &Json) -> FileInfo {
    let text = |key| json.get(key).text();
    FileInfo {
        name: text("name"),
        kind: text("type"),
        size: json.get("size").number(),
        crc64: json
            .get("crc64")
            .number()
            .map(|crc64: u64| crc64.to_string()),
        etag: plain_etag(json.get("eTag")),
        media_type: text("contentType"),
        creation_time: text("creationTime"),
        modification_time: text("modificationTime"),
        local_creation_time: text("localCreationTime"),
        local_modification_time: text("localModificationTime"),
        labels: json
            .get("labels")
            .list()
            .iter()
            .filter_map(Json::text)
            .collect(),
        category: text("category"),
        url: text("cosUrl"),
        content_cas: text("contentCas"),
        version: None,
    }
}

#[cfg(test)]
#[path = "object_tests.rs"]
mod tests;
