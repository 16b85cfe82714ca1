//! Addresses of stored files, and thumbnails (openim.md §2.6).

use super::judgement::{ApiCall, judge, plain};
use super::storage::{in_place_of_the_api, refusal};
use super::wire::{read, text};
use super::{App, Caller, OpenimDownload, SERVICE, STORAGE_NOTE};
use crate::error::{Error, Result};
use crate::json::{Json, as_object};
use crate::message::{Answer, Provenance, Request, Url, url};
use crate::service::thumbnail::Thumbnail;
use crate::service::{FileReader, Refusal, is_foreign, message_url, unexpected, unusable};
use crate::text::{check_not_empty, clean};
use serde::Serialize;
use std::borrow::Cow;

const FORMATS: &[&str] = &["png", "jpeg", "jpg", "gif"];

/// A URL that needs no token, for a while.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(crate) struct DownloadUrl {
    pub(crate) url: Url,
    /// Milliseconds since 1970 UTC.
    pub(crate) expires_ms: Option<u64>,
}

impl OpenimDownload {
    /// What to ask for besides the file: parameters that need no escaping.
    pub(crate) fn query(
        &self,
        thumbnail: Option<Thumbnail>,
    ) -> Result<Vec<(&'static str, String)>> {
        let format = match self.thumbnail_format.as_deref() {
            Some(format) => Some(
                FORMATS
                    .iter()
                    .find(|known| known.eq_ignore_ascii_case(format))
                    .map(|known| (*known).to_owned())
                    .ok_or_else(|| {
                        Error::argument(
                            "thumbnail_format",
                            format_args!("{:?} is none of {}", clean(format), FORMATS.join(", ")),
                        )
                    })?,
            ),
            None => None,
        };
        let Some(thumbnail) = thumbnail else {
            return match format {
                Some(_) => Err(Error::argument(
                    "thumbnail_format",
                    "is only for a thumbnail",
                )),
                None => Ok(Vec::new()),
            };
        };
        let wishes = [
            ("width", thumbnail.width.map(|n| n.to_string())),
            ("height", thumbnail.height.map(|n| n.to_string())),
            ("format", format),
        ];
        let wishes = wishes.into_iter();
        let image = ("type", "image".to_owned());
        let wishes = wishes.filter_map(|(name, value)| Some((name, value?)));
        Ok(std::iter::once(image).chain(wishes).collect())
    }
}

impl App {
    /// The GET of a file, by its name or by the URL of it that messages carry,
    /// which may be one of another address of the server. It needs no token.
    pub(crate) fn download_request(
        &self,
        file: &str,
        options: &OpenimDownload,
        thumbnail: Option<Thumbnail>,
    ) -> Result<Request> {
        check_not_empty("file", file)?;
        let mut request = if is_url(file) {
            Request::get(message_url("file", &named(file))?, Provenance::MESSAGE)
        } else {
            if has_dots(file) {
                return Err(Error::argument(
                    "file",
                    "has a segment . or .., which no URL can have; presign the download of such a file",
                ));
            }
            let path = format!("/object/{}", object_path(file));
            Request::get(self.base_url.with(&path), Provenance::CONFIG)
        };
        let query = options.query(thumbnail)?;
        if !query.is_empty() {
            let query = query.iter().map(|(name, value)| (*name, value.as_str()));
            request.url = request.url.with_query(query);
        }
        request.redirect_note = Some(STORAGE_NOTE);
        Ok(request.counted())
    }

    /// How the answers to that GET are read.
    pub(crate) fn file_reader(&self, file: &str) -> FileReader {
        let is_of_api = !is_url(file)
            || file
                .strip_prefix(self.base_url.as_str())
                .is_some_and(|rest| rest.starts_with("/object/"));
        if is_of_api { FILE_OF_API } else { FILE }
    }

    /// `POST /object/access_url`, with an [`OpenimDownload::query`].
    pub(crate) fn access_url_request(
        &self,
        caller: &Caller<'_>,
        name: &str,
        query: &[(&'static str, String)],
    ) -> Request {
        #[derive(Serialize)]
        struct Params<'a> {
            name: &'a str,
            #[serde(serialize_with = "as_object", skip_serializing_if = "<[_]>::is_empty")]
            query: &'a [(&'static str, String)],
        }
        self.post_as(caller, "object/access_url", &Params { name, query })
    }

    /// The GET of a file from where the answer to that says that it is.
    pub(crate) fn access_request(&self, url: Url) -> Request {
        Request::get(url, self.storage())
    }
}

/// A URL of the server in which other clients have left the name of the file as it is (openim.md
/// §2.4): no such URL has a fragment, and what stands behind its last `?` is no query if it has no
/// values.
fn named(url: &str) -> Cow<'_, str> {
    let Some(at) = url.find("/object/") else {
        return url.into();
    };
    let (server, name) = url.split_at(at);
    let is_query = |text: &str| text.split('&').all(|pair| pair.contains('='));
    let (name, query) = match name.rsplit_once('?') {
        Some((name, query)) if is_query(query) => (name, Some(query)),
        _ => (name, None),
    };
    if !name.contains(['#', '?']) {
        return url.into();
    }
    let name = name.replace('#', "%23").replace('?', "%3F");
    match query {
        Some(query) => format!("{server}{name}?{query}").into(),
        None => format!("{server}{name}").into(),
    }
}

/// The name of a file as it stands in a URL.
pub(super) fn object_path(name: &str) -> String {
    let segments: Vec<_> = name.split('/').map(url::percent_encode).collect();
    segments.join("/")
}

/// Whether a segment of the name means another place in a URL (RFC 3986
/// §5.2.4), so that browsers, curl and proxies ask for another file.
pub(super) fn has_dots(name: &str) -> bool {
    name.split('/').any(|segment| matches!(segment, "." | ".."))
}

/// Whether it is a URL of a file, and not its name.
pub(crate) fn is_url(file: &str) -> bool {
    url::has_scheme(file)
}

/// The answer to access_url.
pub(crate) fn read_access_url(answer: &Answer) -> Result<DownloadUrl> {
    let json = read(ApiCall::File, "the URL of the file", answer)?;
    let data = json.get("data");
    let Some(text) = data.get("url").as_text() else {
        return Err(unexpected(SERVICE, "the URL of the file", answer));
    };
    Ok(DownloadUrl {
        url: Url::parse(text).map_err(|fault| unusable(SERVICE, "url", text, fault, answer))?,
        expires_ms: data.get("expireTime").number(),
    })
}

/// How the answers to the GET of a file are read. A storage may have it, or a
/// server of another address, which redirects to one.
pub(crate) const FILE: FileReader = FileReader {
    is_file: |head| {
        let is_error = !head.is_redirected && is_foreign(head, "application/json");
        !is_error && !is_foreign(head, "text/html")
    },
    refusal: read_refusal,
    stated_crc64: None,
};

/// The same where the server is asked, which always redirects (openim.md §2.6):
/// what it says itself is no file.
pub(crate) const FILE_OF_API: FileReader = FileReader {
    is_file: |head| head.is_redirected && (FILE.is_file)(head),
    refusal: |answer| match in_place_of_the_api(answer) {
        Some(error) if !answer.head.is_redirected => error,
        _ => read_refusal(answer),
    },
    ..FILE
};

/// Reads the answer to a download that is not the file: a text of the server, or
/// XML of the storage that it redirected to.
fn read_refusal(answer: &Answer) -> Error {
    if answer.is_success() {
        return no_file(answer);
    }
    if let Some(error) = refusal_of_api(answer) {
        return error;
    }
    refusal(SERVICE, "the file", answer)
}

/// A success that is not the file: an error of the server, or a page of somebody
/// in between. The former may pass.
fn no_file(answer: &Answer) -> Error {
    let error = unexpected(SERVICE, "the file", answer);
    let envelope = Json::parse(&answer.body);
    let (Some(code), words) = (envelope.get("errCode").text(), text(&envelope)) else {
        return error;
    };
    let judgement = judge(ApiCall::File, &code, words.as_deref().unwrap_or_default());
    let message = format!(
        "OpenIM answered 200 with an error in place of the file: {}: {}; {}",
        clean(&code),
        words.as_deref().unwrap_or("no reason given"),
        judgement.advice
    );
    let error = error
        .with_message(message)
        .with_service(Some(clean(&code)), words);
    if judgement.retryable {
        return error.retryable();
    }
    error
}

/// What the server writes of a refusal: `Error: 1004 RecordNotFoundError …`, with
/// the code only in a cluster.
fn refusal_of_api(answer: &Answer) -> Option<Error> {
    let body = String::from_utf8_lossy(&answer.body);
    let words = plain(body.strip_prefix("Error: ")?);
    let (code, words) = match words.split_once(' ') {
        Some((code, words)) if code.parse::<u32>().is_ok() => (Some(code), words),
        _ => (None, words),
    };
    // That is how it chooses the status.
    let meant = code.unwrap_or(match answer.status() {
        400 => "1001",
        404 => "1004",
        _ => "500",
    });
    let judgement = judge(ApiCall::File, meant, words);
    let [code, words] = [code, Some(words)].map(|text| text.map(clean));
    Some(Refusal::new(code, words).error(SERVICE, "the file", answer, &judgement))
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
