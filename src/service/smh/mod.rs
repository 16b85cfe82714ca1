//! Tencent SMH (Smart Media Hosting): tokens, uploads to the store (COS) that
//! it names, and what is done with files and folders.
//! Facts: docs/protocol/smh.md.

mod codes;
mod error;
mod object;
mod plan;
mod storage;
mod time;
mod token;
mod upload;

pub(crate) use object::{
    FILE, Object, check_link, read_create_directory, read_delete, read_exists, read_exists_by_info,
    read_info, read_list, read_versions, signed_until,
};
pub use plan::{SmhConflict, SmhUpload, SmhUploadMethod};
pub(crate) use plan::{UploadKind, Way, largest, stream_part_size};
pub(crate) use storage::{StoreSession, StoreTarget, read_stored};
pub(crate) use token::read_token;
pub(crate) use upload::{BeginAnswer, Hashes, UploadStatus, read_cancel, read_confirm};

use super::thumbnail::Thumbnails;
use super::{Announced, Delivery, Profile, Stored};
use crate::error::{Error, Result};
use crate::message::{Body, Method, Provenance, Request, Url, url};
use crate::secret::{Secret, SecretText};
use crate::setters::options;
use crate::text::{check_not_empty, clean};
use std::time::Duration;

const SERVICE: &str = "SMH";

pub(crate) const PROFILE: Profile = Profile {
    id: "smh",
    name: SERVICE,
    takes_empty_files: true,
    // The ETag alone proves nothing; complete_presigned makes it a file.
    read_upload: |sent, answer| read_stored(answer).map(|_| Stored::named(sent.file)),
    message: None,
    upload_types: &[],
    thumbnails: Some(&Thumbnails {
        of_videos: true,
        sized: true,
        max_side: None,
        // The address that makes one holds the token.
        presigned: false,
    }),
    completes: Some(is_upload),
    states_success: false,
    download: Method::Get,
    delivery: Delivery::Plain(FILE),
    signs_addresses: true,
    address_note: None,
};

/// The store, which is also asked without SMH in between.
const STORE: &str = "COS";
/// The domain of all libraries (smh.md §1.1).
const DEFAULT_BASE_URL: &str = "https://api.tencentsmh.cn";
/// The space of a library that has no others (smh.md §1.1).
const ONLY_SPACE: &str = "-";
/// In seconds (smh.md §1.2).
const PERIOD_MIN: u64 = 300;
const PERIOD_MAX: u64 = 315_360_000;
/// Of an address, in seconds (smh.md §1.10).
const LINK_MIN: u64 = 60;
const LINK_MAX: u64 = 7200;
/// "100KB/s - 100MB/s, Unit B" (vendor page).
const TRAFFIC_MIN: u64 = 100 * 1024;
const TRAFFIC_MAX: u64 = 100 * 1024 * 1024;

options! {
    /// How to reach a media library of Tencent SMH. A file there is known by its
    /// path, which is another than was asked for where that was taken, and has no
    /// lasting URL.
    #[derive(Debug, Clone)]
    pub struct Smh {
        /// The address of SMH without a path; `https://api.tencentsmh.cn` by default.
        /// The vendor recommends the domain of the library,
        /// `https://{library_id}.api.tencentsmh.cn`. With `http://` the store is
        /// reached without TLS, too.
        pub base_url: Option<String>,
        /// The id of the media library.
        pub library_id: String,
        /// The tenant space; by default the only one of a single-tenant library.
        pub space_id: Option<String>,
        /// Who asks.
        pub credentials: SmhCredentials,
        /// The user in whose name it is done; by default nobody's.
        pub user_id: Option<String>,
        /// The client of that user that a token is fetched for.
        pub client_id: Option<String>,
        /// The session of that user that a token is fetched for.
        pub session_id: Option<String>,
        /// The lifetime of a fetched token, 300 to 315,360,000 seconds, a day by
        /// default; every use of the token begins it anew.
        pub token_ttl: Option<Duration>,
        /// What a fetched token may do, with commas between (`upload_file`,
        /// `confirm_upload`, …, or `admin`); by default what uploads, downloads,
        /// deletions and the making of folders need. An empty text is reading only.
        pub grant: Option<String>,
        /// SMH runs as a private deployment, in which each part of a file has
        /// credentials of its own.
        pub private_deployment: bool,
    }
}

/// Who asks SMH.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SmhCredentials {
    /// The secret of the library, for back-ends; asked for as
    /// `library_secret`. A token is fetched, kept, and fetched anew when it
    /// expires or is refused.
    LibrarySecret(Secret),
    /// A token that the caller got elsewhere; asked for as `access_token`. A
    /// value cannot be renewed here: when it is refused, the call fails with
    /// [`Status::Auth`](crate::Status::Auth). One that is asked for is asked
    /// for again, once.
    AccessToken(Secret),
}

options! {
    /// What a download from SMH can ask for besides.
    #[derive(Debug, Clone, Default)]
    pub struct SmhDownload {
        /// An older version of the file: [`FileInfo::version`](crate::FileInfo::version) of
        /// a list of [versions](crate::ListOptions::versions). By default the present one.
        pub version: Option<String>,
        /// The most bytes a second that the store sends: 100 KiB to 100 MiB.
        pub traffic_limit: Option<u64>,
        /// How long the address of a [presigned](crate::Client::presign_download)
        /// download is good: 60 s to 2 hours; by default as long as SMH finds fit, some
        /// two hours.
        pub link_ttl: Option<Duration>,
        /// What a browser does with the file at the address of a presigned download.
        pub disposition: SmhDisposition,
    }
}

/// What a browser does with a file at an address of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SmhDisposition {
    /// What it makes of the file's type.
    #[default]
    Automatic,
    /// Shows it, if it can (`inline`).
    Show,
    /// Saves it under its name (`attachment`).
    Save,
}

options! {
    /// What a deletion at Tencent SMH can ask for besides.
    #[derive(Debug, Clone, Default)]
    pub struct SmhDelete {
        /// Delete it for good, even if the space has a recycle bin.
        pub permanent: bool,
    }
}

impl Smh {
    /// The library of this id, at the vendor's own address.
    pub fn new(library_id: impl Into<String>, credentials: SmhCredentials) -> Self {
        Self {
            base_url: None,
            library_id: library_id.into(),
            space_id: None,
            credentials,
            user_id: None,
            client_id: None,
            session_id: None,
            token_ttl: None,
            grant: None,
            private_deployment: false,
        }
    }
}

/// The checked configuration of one library.
pub(crate) struct Library {
    base_url: Url,
    library_id: String,
    space_id: Option<String>,
    credentials: SmhCredentials,
    user_id: Option<String>,
    client_id: Option<String>,
    session_id: Option<String>,
    token_ttl: Option<Duration>,
    grant: Option<String>,
    private_deployment: bool,
    /// `{library}/{space}`, as it stands in URLs.
    place: String,
    /// `&user_id=…` or nothing.
    user: String,
}

impl Library {
    pub(crate) fn new(config: Smh) -> Result<Self> {
        let base_url = config.base_url.as_deref().unwrap_or(DEFAULT_BASE_URL);
        let base_url = super::base_url(base_url)?;
        let space_id = config.space_id.as_deref().unwrap_or(ONLY_SPACE);
        check_name("library_id", &config.library_id)?;
        check_name("space_id", space_id)?;
        let (field, secret) = config.credentials.secret();
        secret.check(|secret| check_not_empty(field, secret))?;
        if let Some(period) = config.token_ttl.map(|period| period.as_secs())
            && !(PERIOD_MIN..=PERIOD_MAX).contains(&period)
        {
            return Err(Error::out_of_bounds(
                "token_ttl",
                format_args!("{period} seconds are not {PERIOD_MIN} to {PERIOD_MAX}"),
            )
            .bound(PERIOD_MIN.max(period.min(PERIOD_MAX)), period));
        }
        let mut place = url::percent_encode(&config.library_id);
        place.push('/');
        place += &url::percent_encode(space_id);
        let mut user = String::new();
        if let Some(id) = &config.user_id {
            add(&mut user, "user_id", id);
        }
        Ok(Self {
            base_url,
            library_id: config.library_id,
            space_id: config.space_id,
            credentials: config.credentials,
            user_id: config.user_id,
            client_id: config.client_id,
            session_id: config.session_id,
            token_ttl: config.token_ttl,
            grant: config.grant,
            private_deployment: config.private_deployment,
            place,
            user,
        })
    }

    pub(crate) fn base_url(&self) -> &Url {
        &self.base_url
    }

    pub(crate) fn credentials(&self) -> &SmhCredentials {
        &self.credentials
    }

    /// What tells one space of one user from another.
    pub(crate) fn address(&self) -> String {
        format!("{}/{}{}", self.base_url.as_str(), self.place, self.user)
    }

    /// Whether each part has credentials of its own (smh.md §1.5b).
    pub(crate) fn is_private(&self) -> bool {
        self.private_deployment
    }

    /// Asks what the content is known by, for a query; a private deployment has no such
    /// thing (smh.md §1.15).
    fn ask_content_cas(&self) -> &'static str {
        if self.is_private() {
            ""
        } else {
            "&with_content_cas=1"
        }
    }

    /// The scheme of the store, whose domain comes without one (smh.md §1.3):
    /// TLS, unless SMH itself is reached without, as nobody outside a private
    /// network does.
    fn store_scheme(&self) -> &'static str {
        if self.base_url.is_https() {
            "https"
        } else {
            "http"
        }
    }

    /// A call that works on `path` (in the form for URLs) of `kind`, `file` or
    /// `directory`. The token stands last, so that URLs are easy to read.
    fn call(&self, method: Method, kind: &str, path: &str, query: &str, token: &str) -> Request {
        let mut parameters = SecretText::new(query.to_owned());
        parameters.push_str(&self.user);
        add(&mut parameters, "access_token", token);
        let parameters = parameters.trim_start_matches('&');
        let place = format!("/api/v1/{kind}/{}/{path}?", self.place);
        let url = self.base_url.with(&SecretText::new(place + parameters));
        Request::new(method, url, Provenance::CONFIG, Body::empty())
            .counted()
            .header("Accept", "application/json")
    }
}

impl SmhCredentials {
    /// The secret, and the name of its field.
    pub(crate) fn secret(&self) -> (&'static str, &Secret) {
        match self {
            Self::LibrarySecret(secret) => ("library_secret", secret),
            Self::AccessToken(token) => ("access_token", token),
        }
    }
}

/// Adds a parameter to a query.
fn add(query: &mut String, name: &str, value: &str) {
    query.push('&');
    query.push_str(name);
    query.push('=');
    query.push_str(&SecretText::new(url::percent_encode(value)));
}

/// Where a file or a folder is, within the space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SmhPath {
    plain: String,
    /// Name by name, so that no server has to undo an escaped `/` (smh.md
    /// §1.1).
    encoded: String,
}

impl SmhPath {
    /// A file called `file_name` in a folder, or in the root.
    pub(crate) fn new(directory: Option<&str>, file_name: &str) -> Result<Self> {
        check_name("file_name", file_name)?;
        let mut path = Self::directory("directory", directory.unwrap_or_default())?;
        if !path.plain.is_empty() {
            path.plain.push('/');
            path.encoded.push('/');
        }
        path.plain += file_name;
        path.encoded += &url::percent_encode(file_name);
        Ok(path)
    }

    /// The path of a file, which stands in the parameter `field`. A leading `/`
    /// is that of the root.
    pub(crate) fn file(field: &'static str, path: &str) -> Result<Self> {
        check_not_empty(field, path)?;
        match path.strip_prefix('/').unwrap_or(path) {
            "" => Err(Error::argument(field, "\"/\" is the root, and no file")),
            names if names.ends_with('/') && !names.ends_with("//") => Err(Error::argument(
                field,
                format_args!("{:?} ends in /, as folders do, and no file", clean(path)),
            )),
            names => Self::of(field, names, path),
        }
    }

    /// The path of a folder, of which the root is empty. A leading `/` is that of
    /// the root, one at the end says that it is a folder.
    pub(crate) fn directory(field: &'static str, path: &str) -> Result<Self> {
        let names = path.strip_prefix('/').unwrap_or(path);
        match names.strip_suffix('/').unwrap_or(names) {
            "" if names.is_empty() => Ok(Self {
                plain: String::new(),
                encoded: String::new(),
            }),
            names => Self::of(field, names, path),
        }
    }

    /// A path of at least one name, out of what was `given`.
    fn of(field: &'static str, names: &str, given: &str) -> Result<Self> {
        let mut encoded = String::new();
        for name in names.split('/') {
            if let Some(fault) = name_fault(name) {
                return Err(Error::argument(
                    field,
                    format_args!("{:?} {fault}", clean(given)),
                ));
            }
            if !encoded.is_empty() {
                encoded.push('/');
            }
            encoded += &url::percent_encode(name);
        }
        Ok(Self {
            plain: names.to_owned(),
            encoded,
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.plain
    }

    /// The folder that it is in; `None` if that is the root.
    pub(crate) fn parent(&self) -> Option<Self> {
        let (plain, _) = self.plain.rsplit_once('/')?;
        let (encoded, _) = self.encoded.rsplit_once('/')?;
        Some(Self {
            plain: plain.to_owned(),
            encoded: encoded.to_owned(),
        })
    }
}

/// Whether it can be an upload of SMH: its key stands in a URL as one name.
fn is_upload(announced: &Announced<'_>) -> bool {
    let (file, key) = (announced.file, announced.completion);
    SmhPath::file("file", file).is_ok_and(|path| path.as_str() == file)
        && !matches!(key, "" | "." | "..")
        && !key.contains(char::is_control)
}

/// Fails unless `name` can be one name of a path.
fn check_name(field: &'static str, name: &str) -> Result<()> {
    check_not_empty(field, name)?;
    name_fault(name).map_or(Ok(()), |fault| {
        Err(Error::argument(
            field,
            format_args!("{:?} {fault}", clean(name)),
        ))
    })
}

/// Why `name` cannot be one name of a path, if it cannot (smh.md §1.1). `.` and
/// `..` would lead elsewhere in a URL.
fn name_fault(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("holds an empty name: write one / between two names")
    } else if matches!(name, "." | "..") {
        Some("holds . or .. as a name")
    } else if name.contains(|c: char| c.is_control() || "?\"<>:*|\\/".contains(c)) {
        Some("holds one of ? \" < > : * | \\ / or a control character")
    } else {
        None
    }
}

fn add_traffic_limit(query: &mut String, limit: Option<u64>) {
    if let Some(limit) = limit {
        add(query, "traffic_limit", &limit.to_string());
    }
}

/// Fails if the store cannot keep to this many bytes a second.
fn check_traffic_limit(limit: Option<u64>) -> Result<()> {
    match limit {
        Some(limit) if !(TRAFFIC_MIN..=TRAFFIC_MAX).contains(&limit) => Err(Error::out_of_bounds(
            "traffic_limit",
            format_args!("{limit} bytes a second are not {TRAFFIC_MIN} to {TRAFFIC_MAX}"),
        )
        .bound(TRAFFIC_MIN.max(limit.min(TRAFFIC_MAX)), limit)),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "mod_tests.rs"]
mod tests;
