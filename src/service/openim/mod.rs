//! OpenIM: tokens, upload by form and in parts, addresses of files.
//! Facts: docs/protocol/openim.md.

mod access;
mod form;
mod judgement;
mod message;
mod multipart;
mod storage;
#[cfg(test)]
mod test_kit;
mod wire;

use access::FILE;
pub(crate) use access::{is_url, read_access_url};
pub(crate) use form::{Form, plain_type, read_form, read_form_url, read_url};
pub(crate) use judgement::{ApiCall, FormKey};
pub(crate) use multipart::{
    Initiated, MultipartStart, MultipartUpload, PartLimits, PartSign, read_initiated,
    read_part_limits, read_part_signs,
};
pub(crate) use storage::read_part;
use storage::read_stored;

use super::thumbnail::Thumbnails;
use super::{Announced, Delivery, Profile, Stored, unexpected};
use crate::error::{Error, Result};
use crate::message::{Answer, Body, Method, Provenance, Request, Url};
use crate::secret::{Secret, SecretText};
use crate::setters::options;
use crate::text::{check_header_text, check_not_empty, is_line, is_token};
use serde::Serialize;
use std::fmt;
use std::time::Duration;
use wire::read;

const SERVICE: &str = "OpenIM";

pub(crate) const PROFILE: Profile = Profile {
    id: "openim",
    name: SERVICE,
    takes_empty_files: false,
    read_upload: |sent, answer| {
        read_stored(sent.success_status, answer).map(|()| Stored::named(sent.file))
    },
    message: Some(&message::WRITER),
    upload_types: &[],
    thumbnails: Some(&Thumbnails {
        of_videos: false,
        sized: true,
        max_side: None,
        presigned: true,
    }),
    completes: Some(is_upload),
    states_success: true,
    download: Method::Get,
    delivery: Delivery::Plain(FILE),
    signs_addresses: true,
    address_note: Some(STORAGE_NOTE),
};

/// What to say of the address of a storage that cannot be reached.
const STORAGE_NOTE: &str = "what OpenIM's server names as the address of its storage: if \
                                   that is wrong, mend externalAddress (in minio.yml) in the \
                                   configuration of the server";
/// The admin of a server whose configuration was not changed (openim.md §2.3).
const DEFAULT_ADMIN: &str = "imAdmin";
/// In bytes (openim.md §2.4).
const NAME_MAX: usize = 1024;
options! {
    /// How to reach an OpenIM server. A file there is known by its full name; a
    /// download takes its URL, too.
    #[derive(Debug, Clone)]
    pub struct Openim {
        /// The address of the server's API, for example `https://im.example.com/api`
        /// or `http://10.0.0.1:10002`. There is no default.
        pub base_url: String,
        /// Who asks: a user's id, or with [`OpenimCredentials::Admin`] the admin's.
        pub user_id: String,
        /// How that is proved.
        pub credentials: OpenimCredentials,
        /// The largest file that may be sent, in bytes. The server has no limit of
        /// its own, so there is none by default.
        pub max_upload_size: Option<u64>,
    }
}

/// Who asks OpenIM. Tokens that are fetched are kept, and fetched anew when they
/// expire or are refused.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum OpenimCredentials {
    /// A user's token that the caller got elsewhere; asked for as `token`. A
    /// value cannot be renewed here: when it is refused, the call fails with
    /// [`Status::Auth`](crate::Status::Auth). One that is asked for is asked for again, once.
    Token(Secret),
    /// The admin: for back-ends.
    Admin {
        /// The server's secret; asked for as `admin_secret`.
        secret: Secret,
    },
    /// A user, whose token the admin fetches: for back-ends that act for users.
    /// The user must be registered.
    User {
        /// The server's secret; asked for as `admin_secret`.
        admin_secret: Secret,
        /// The admin's id; by default `imAdmin`.
        admin_user_id: Option<String>,
        /// The user's platform: 1 to 9, or 11. A login can end an older one of
        /// the same user on the same platform, as the server is configured.
        platform: u32,
    },
}

/// How a file goes to OpenIM's storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OpenimUploadMethod {
    /// In parts, which every storage takes; by form where the source cannot be
    /// read twice, or an option asks for it.
    #[default]
    Automatic,
    /// One form.
    Form,
    /// In parts.
    Parts,
}

options! {
    /// What an upload to OpenIM can ask for besides.
    #[derive(Debug, Clone, Default)]
    pub struct OpenimUpload {
        /// How to send the file.
        pub method: OpenimUploadMethod,
        /// The full name to store the file under, at most 1024 bytes, which replaces
        /// a file of that name. Unless the admin asks, it begins with the user's id
        /// and a slash; no part of it between slashes is `.` or `..`, which URLs
        /// cannot hold. Its extension decides the media type, unless one is given. By
        /// default `{user_id}/{file_name}`.
        pub name: Option<String>,
        /// The group of files that the server is to count this one to. With it, the
        /// file goes by form where a form can be signed for its name and media type.
        pub group: Option<String>,
        /// What the file is for, in words of the caller's. With it, the file goes in
        /// parts.
        pub cause: Option<String>,
        /// Use the name itself as the key in the storage; for the admin alone. With
        /// it, the file goes by form. A file of another size under the same name is
        /// not taken for 12 hours, though it replaces the old one in the storage.
        pub absolute: bool,
    }
}

options! {
    /// What a download from OpenIM can ask for besides.
    #[derive(Debug, Clone, Default)]
    pub struct OpenimDownload {
        /// The format of the thumbnail that
        /// [`DownloadOptions::thumbnail`](crate::DownloadOptions::thumbnail) asks for: `png`, `jpeg`, `jpg` or `gif` (one frame); by
        /// default the storage's choice, which is `png` for MinIO, whatever the image is.
        pub thumbnail_format: Option<String>,
    }
}

impl Openim {
    /// A user of the server at `base_url`.
    pub fn new(
        base_url: impl Into<String>,
        user_id: impl Into<String>,
        credentials: OpenimCredentials,
    ) -> Self {
        Self {
            base_url: base_url.into(),
            user_id: user_id.into(),
            credentials,
            max_upload_size: None,
        }
    }
}

/// The checked configuration of one server.
pub(crate) struct App {
    base_url: Url,
    user_id: String,
    credentials: OpenimCredentials,
    max_upload_size: u64,
}

/// Who sends a request: every one has an id of its own, random here (openim.md
/// §2.2).
pub(crate) struct Caller<'a> {
    pub(crate) operation_id: &'a str,
    pub(crate) token: &'a str,
}

impl App {
    pub(crate) fn new(config: Openim) -> Result<Self> {
        let base_url = super::base_url(&config.base_url)?;
        check_not_empty("user_id", &config.user_id)?;
        match &config.credentials {
            OpenimCredentials::Token(token) => {
                token.check(|token| check_header_text("token", token))?;
            }
            OpenimCredentials::Admin { secret } => {
                secret.check(|secret| check_not_empty("admin_secret", secret))?;
            }
            OpenimCredentials::User {
                admin_secret,
                admin_user_id,
                platform,
            } => {
                admin_secret.check(|secret| check_not_empty("admin_secret", secret))?;
                if let Some(id) = admin_user_id {
                    check_not_empty("admin_user_id", id)?;
                }
                if !matches!(platform, 1..=9 | 11) {
                    return Err(Error::argument(
                        "platform",
                        format_args!("{platform} is none of 1 to 9 and 11"),
                    ));
                }
            }
        }
        Ok(Self {
            base_url,
            user_id: config.user_id,
            credentials: config.credentials,
            max_upload_size: config.max_upload_size.unwrap_or(u64::MAX),
        })
    }

    pub(crate) fn base_url(&self) -> &Url {
        &self.base_url
    }

    pub(crate) fn credentials(&self) -> &OpenimCredentials {
        &self.credentials
    }

    /// Whether another token may come when one is refused.
    pub(crate) fn can_renew(&self) -> bool {
        match &self.credentials {
            OpenimCredentials::Token(token) => token.can_change(),
            _ => true,
        }
    }

    pub(crate) fn max_upload_size(&self) -> u64 {
        self.max_upload_size
    }

    /// OpenIM stores no empty files (openim.md §2.4).
    pub(crate) fn check_size(&self, size: u64) -> Result<()> {
        PROFILE.check_size(size, self.max_upload_size)
    }

    /// The name to store a file under, within the server's rules (openim.md
    /// §2.4).
    pub(crate) fn upload_name(&self, options: &OpenimUpload, file_name: &str) -> Result<String> {
        let is_admin = matches!(self.credentials, OpenimCredentials::Admin { .. });
        if options.absolute && !is_admin {
            return Err(Error::argument("absolute", "is for the admin alone"));
        }
        let prefix = format!("{}/", self.user_id);
        let name = match &options.name {
            Some(name) => name.clone(),
            None => format!("{prefix}{file_name}"),
        };
        let field = name_field(options);
        let fault = |reason: fmt::Arguments<'_>| Err(Error::argument(field, reason));
        if name.len() > NAME_MAX {
            let what = format_args!("has {} bytes, more than {NAME_MAX}", name.len());
            return Err(Error::out_of_bounds(field, what).bound(NAME_MAX, name.len()));
        }
        if let Some(reason) = name_fault(&name) {
            return fault(format_args!("{reason}"));
        }
        if !is_admin && !name.starts_with(&prefix) {
            return fault(format_args!("does not begin with {prefix:?}, as a user's"));
        }
        if options.absolute && name.contains("//") {
            return fault(format_args!(
                "has two slashes in a row, which no key can have"
            ));
        }
        Ok(name)
    }

    /// `POST /auth/get_admin_token` (openim.md §2.3).
    pub(crate) fn admin_token_request(&self, operation_id: &str, secret: &str) -> Request {
        let user_id = match &self.credentials {
            OpenimCredentials::User { admin_user_id, .. } => {
                admin_user_id.as_deref().unwrap_or(DEFAULT_ADMIN)
            }
            _ => &self.user_id,
        };
        #[derive(Serialize)]
        struct Params<'a> {
            secret: &'a str,
            #[serde(rename = "userID")]
            user_id: &'a str,
        }
        let params = Params { secret, user_id };
        self.post("auth/get_admin_token", operation_id, &params)
    }

    /// `POST /auth/get_user_token` by the admin (openim.md §2.3).
    pub(crate) fn user_token_request(&self, admin: &Caller<'_>, platform: u32) -> Request {
        #[derive(Serialize)]
        struct Params<'a> {
            #[serde(rename = "platformID")]
            platform: u32,
            #[serde(rename = "userID")]
            user_id: &'a str,
        }
        let params = Params {
            platform,
            user_id: &self.user_id,
        };
        self.post_as(admin, "auth/get_user_token", &params)
    }

    /// Who says where the storage is.
    fn storage(&self) -> Provenance {
        Provenance::answer_of(&self.base_url).with_note(Some(STORAGE_NOTE))
    }

    fn post_as(&self, caller: &Caller<'_>, path: &str, params: &impl Serialize) -> Request {
        self.post(path, caller.operation_id, params)
            .secret_header("token", caller.token)
    }

    fn post(&self, path: &str, operation_id: &str, params: &impl Serialize) -> Request {
        let body = Body::json(params);
        let url = self.base_url.with(&format!("/{path}"));
        Request::post(url, Provenance::CONFIG, "application/json", body)
            .counted()
            .header("operationID", operation_id)
            // The URLs of files begin with it (openim.md §2.4). What the server
            // would take instead is the Host, without a path and behind TLS as
            // http.
            .header("X-Request-Api", self.base_url.as_str())
    }
}

/// Whether it can be an upload by form, and of the file that it is said to be of.
pub(crate) fn is_upload(announced: &Announced<'_>) -> bool {
    name_fault(announced.file).is_none() && is_line(announced.file) && form::is_of(announced)
}

/// Why no file can be stored under this name, whoever asks, if that is so.
fn name_fault(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.starts_with('/') {
        Some("is empty or begins with a slash")
    } else if name.len() > NAME_MAX {
        Some("is too long")
    } else if access::is_url(name) {
        Some("is a URL, as which it would be fetched again")
    } else if access::has_dots(name) {
        Some("has a segment . or .., which no URL can have")
    } else {
        None
    }
}

/// Whether a file goes by form, and not in parts. In parts, every storage takes
/// it under every name (openim.md §2.4, §2.5), and what the server has is not
/// sent; but the source is read twice.
pub(crate) fn is_form(
    options: &OpenimUpload,
    name: &str,
    content_type: &str,
    can_rewind: bool,
) -> Result<bool> {
    let for_forms = [
        ("absolute", options.absolute),
        ("group", options.group.is_some()),
    ]
    .into_iter()
    .find_map(|(field, is_set)| is_set.then_some(field));
    let is_form = match (options.method, for_forms) {
        (OpenimUploadMethod::Parts, Some(field)) => {
            let what = "is only for uploads by form, and this one goes in parts";
            return Err(Error::argument(field, what));
        }
        (OpenimUploadMethod::Parts, None) => return Ok(false),
        (OpenimUploadMethod::Form, _) | (OpenimUploadMethod::Automatic, Some(_)) => true,
        (OpenimUploadMethod::Automatic, None) => options.cause.is_none() && !can_rewind,
    };
    if !is_form {
        return Ok(false);
    }
    if options.cause.is_some() {
        let what = "is only for uploads in parts, and this one goes by form";
        return Err(Error::argument("cause", what));
    }
    let is_free = options.method == OpenimUploadMethod::Automatic && !options.absolute;
    if is_free && can_rewind && !form::is_exact(name, content_type) {
        return Ok(false);
    }
    if !form::can_sign_name(name, options.absolute) {
        return Err(Error::argument(name_field(options), NOT_BY_FORM));
    }
    Ok(true)
}

/// What says the name that a file is stored under.
fn name_field(options: &OpenimUpload) -> &'static str {
    match options.name {
        Some(_) => "name",
        None => "file_name",
    }
}

const NOT_BY_FORM: &str = "cannot go by form, the only way with absolute, for a presigned upload, \
                           and from a source that cannot be read twice: its extension (with \
                           absolute, all of it) has a quote, a backslash or a control character, \
                           or is too long; send it in parts, or name it otherwise";

/// The token that was asked for, and how long it lives (openim.md §2.3).
pub(crate) fn read_token(call: ApiCall, answer: &Answer) -> Result<(SecretText, Option<Duration>)> {
    let what = match call {
        ApiCall::AdminToken => "an admin's token",
        _ => "a user's token",
    };
    let json = read(call, what, answer)?;
    let data = json.get("data");
    let seconds = data.get("expireTimeSeconds").number();
    let lifetime = seconds
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs);
    match data.get("token").as_text() {
        Some(token) if is_token(token) => Ok((SecretText::new(token.to_owned()), lifetime)),
        _ => Err(unexpected(SERVICE, "a usable token", answer)),
    }
}

#[cfg(test)]
#[path = "mod_tests.rs"]
mod tests;
