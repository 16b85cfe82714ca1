//! Easemob (Huanxin, Agora Chat): tokens, chat file upload, download and
//! thumbnails. Facts: docs/protocol/easemob.md.

mod message;

use super::multipart::MultipartForm;
use super::thumbnail::{Thumbnail, Thumbnails};
use super::{
    Code, Delivery, FileReader, Judgement, NEW_TOKEN, Profile, Refusal, Stored, base_url,
    check_token_ttl, judge_http, known, unexpected,
};
use crate::error::{Error, Phase, Result, Status};
use crate::json::Json;
use crate::message::{Answer, Body, Method, Provenance, Request, Url, url};
use crate::secret::{Secret, SecretText};
use crate::setters::options;
use crate::text::{check_header_text, check_not_empty, clean, is_token};
use serde::Serialize;
use std::time::Duration;

const SERVICE: &str = "Easemob";

pub(crate) const PROFILE: Profile = Profile {
    id: "easemob",
    name: SERVICE,
    takes_empty_files: true,
    read_upload: |sent, answer| read_upload(sent.request, answer),
    message: Some(&message::WRITER),
    upload_types: &[],
    thumbnails: Some(&Thumbnails {
        of_videos: true,
        // The upload has said it.
        sized: false,
        max_side: None,
        presigned: true,
    }),
    completes: None,
    states_success: false,
    download: Method::Get,
    delivery: Delivery::Plain(FILE),
    signs_addresses: false,
    address_note: None,
};

/// China 1, where the vendor's own examples are (easemob.md §2.1).
const DEFAULT_BASE_URL: &str = "https://a1.easemob.com";
/// The header field that asks for a restricted file (easemob.md §2.3).
const RESTRICT: &str = "restrict-access";
/// For each AppKey (easemob.md §2.3).
pub(crate) const CALLS_PER_SECOND: u32 = 100;
/// 10 MB (easemob.md §2.3); sales can raise it for an app.
const DEFAULT_MAX_UPLOAD: u64 = 10 * 1024 * 1024;

options! {
    /// How to reach an Easemob app. A file there is known by its uuid; a download
    /// takes its URL, too.
    #[derive(Debug, Clone)]
    pub struct Easemob {
        /// The REST address of the app's data centre without a path, for example
        /// `https://a1.easemob.com`, which is the default. Other data centres:
        /// `a31` (China 2), `a1-sgp`, `a41` (US-East), `a51` (Frankfurt).
        pub base_url: Option<String>,
        /// The AppKey, `org#app`.
        pub app_key: String,
        /// Who asks.
        pub credentials: EasemobCredentials,
        /// The lifetime to ask for when fetching a token; by default what the
        /// console says (60 days unless changed).
        pub token_ttl: Option<Duration>,
        /// The largest file that may be sent, in bytes; by default 10 MiB.
        pub max_upload_size: Option<u64>,
    }
}

/// Who asks Easemob.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum EasemobCredentials {
    /// None given: every call that needs a token fails.
    #[default]
    None,
    /// The app itself, by its client id and secret: for back-ends. The token
    /// is fetched, kept, and fetched anew when it expires or is refused.
    Client {
        /// Client id of the app.
        id: String,
        /// Client secret of the app; asked for as `client_secret`.
        secret: Secret,
    },
    /// A user by name and password; kept and renewed as above.
    Password {
        /// The user's name.
        username: String,
        /// The user's password; asked for as `password`.
        password: Secret,
    },
    /// A token that the caller got elsewhere; asked for as `token`. A value
    /// cannot be renewed here: when it is refused, the call fails with
    /// [`Status::Auth`]. One that is asked for is asked for again, once.
    Token(Secret),
}

options! {
    /// What an upload to Easemob can ask for besides.
    #[derive(Debug, Clone, Default)]
    pub struct EasemobUpload {
        /// Only who knows the share secret may download the file. Easemob has to
        /// switch the feature on for the app: else the file is stored, and the call
        /// fails with [`Status::NotRestricted`].
        pub restrict_access: bool,
        /// Width of the thumbnail the service makes of an image, in pixels; 170 by
        /// default.
        pub thumbnail_width: Option<u32>,
        /// Height of that thumbnail, in pixels; 170 by default.
        pub thumbnail_height: Option<u32>,
    }
}

options! {
    /// What a download from Easemob can ask for besides.
    #[derive(Debug, Clone, Default)]
    pub struct EasemobDownload {
        /// The secret that came with the upload of a restricted file; asked for as
        /// `share_secret`.
        pub share_secret: Option<Secret>,
    }
}

impl EasemobDownload {
    /// Before anything is sent, as far as the secret is there already.
    pub(crate) fn check(&self) -> Result<()> {
        let Some(secret) = &self.share_secret else {
            return Ok(());
        };
        secret.check(|secret| {
            check_not_empty("share_secret", secret)?;
            check_header_text("share_secret", secret)
        })
    }
}

impl EasemobUpload {
    /// The fields of the form besides the file.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, String)> {
        [
            ("thumbnail-width", self.thumbnail_width),
            ("thumbnail-height", self.thumbnail_height),
        ]
        .into_iter()
        .filter_map(|(name, pixels)| Some((name, pixels?.to_string())))
    }
}

impl Easemob {
    /// The app with this AppKey, `org#app`, in the data centre China 1.
    pub fn new(app_key: impl Into<String>, credentials: EasemobCredentials) -> Self {
        Self {
            base_url: None,
            app_key: app_key.into(),
            credentials,
            token_ttl: None,
            max_upload_size: None,
        }
    }
}

/// The checked configuration of one app.
pub(crate) struct App {
    /// `{base}/{org}/{app}`.
    base_url: Url,
    root: Url,
    credentials: EasemobCredentials,
    token_ttl: Option<Duration>,
    max_upload_size: u64,
}

impl App {
    pub(crate) fn new(config: Easemob) -> Result<Self> {
        let base_url = base_url(config.base_url.as_deref().unwrap_or(DEFAULT_BASE_URL))?;
        let (org, app) = config
            .app_key
            .split_once('#')
            .filter(|(org, app)| !org.is_empty() && !app.is_empty() && !app.contains('#'))
            .ok_or_else(|| {
                Error::argument(
                    "app_key",
                    format_args!("{:?} is not of the form org#app", config.app_key),
                )
            })?;
        let root = base_url.with(&format!(
            "/{}/{}",
            url::percent_encode(org),
            url::percent_encode(app)
        ));
        check_token_ttl(config.token_ttl)?;
        if let EasemobCredentials::Token(token) = &config.credentials {
            token.check(|token| check_header_text("token", token))?;
        }
        Ok(Self {
            base_url,
            root,
            credentials: config.credentials,
            token_ttl: config.token_ttl,
            max_upload_size: config.max_upload_size.unwrap_or(DEFAULT_MAX_UPLOAD),
        })
    }

    pub(crate) fn base_url(&self) -> &Url {
        &self.base_url
    }

    /// What tells one app from another.
    pub(crate) fn address(&self) -> &str {
        self.root.as_str()
    }

    /// The token that the caller has, if it is not to be fetched here.
    pub(crate) fn given_token(&self) -> Option<&Secret> {
        match &self.credentials {
            EasemobCredentials::Token(token) => Some(token),
            _ => None,
        }
    }

    /// The secret that a token is fetched with, and the name of its field.
    pub(crate) fn login_secret(&self) -> Result<(&'static str, &Secret)> {
        match &self.credentials {
            EasemobCredentials::Client { secret, .. } => Ok(("client_secret", secret)),
            EasemobCredentials::Password { password, .. } => Ok(("password", password)),
            EasemobCredentials::None | EasemobCredentials::Token(_) => Err(Error::argument(
                "credentials",
                "give client_id and client_secret, username and password, or a token",
            )),
        }
    }

    /// Where files are: `{root}/chatfiles`.
    pub(crate) fn files_url(&self) -> Url {
        self.root.with("/chatfiles")
    }

    /// The largest file that may be sent.
    pub(crate) fn max_upload_size(&self) -> u64 {
        self.max_upload_size
    }

    pub(crate) fn check_size(&self, size: u64) -> Result<()> {
        if size <= self.max_upload_size {
            return Ok(());
        }
        Err(Error::out_of_bounds(
            "source",
            format_args!(
                "{size} bytes are more than the {} that Easemob takes; send a smaller file, or \
                 set max_upload_size if the limit of this app was raised",
                self.max_upload_size
            ),
        )
        .bound(self.max_upload_size, size))
    }

    /// `POST /token` (easemob.md §2.2) with the [`App::login_secret`].
    pub(crate) fn token_request(&self, secret: &str) -> Request {
        #[derive(Serialize)]
        #[serde(tag = "grant_type", rename_all = "snake_case")]
        enum Login<'a> {
            Password {
                username: &'a str,
                password: &'a str,
                #[serde(skip_serializing_if = "Option::is_none")]
                ttl: Option<u64>,
            },
            ClientCredentials {
                client_id: &'a str,
                client_secret: &'a str,
                #[serde(skip_serializing_if = "Option::is_none")]
                ttl: Option<u64>,
            },
        }
        let ttl = self.token_ttl.map(|ttl| ttl.as_secs());
        let login = match &self.credentials {
            EasemobCredentials::Password { username, .. } => Login::Password {
                username,
                password: secret,
                ttl,
            },
            // Only with an id is there another login secret.
            other => Login::ClientCredentials {
                client_id: match other {
                    EasemobCredentials::Client { id, .. } => id,
                    _ => "",
                },
                client_secret: secret,
                ttl,
            },
        };
        let url = self.root.with("/token");
        Request::post(
            url,
            Provenance::CONFIG,
            "application/json",
            Body::json(&login),
        )
        .header("Accept", "application/json")
    }

    /// `POST /chatfiles` (easemob.md §2.3). Thumbnail sizes go as headers, as
    /// the current documentation says, and as form fields, as the older one
    /// did.
    pub(crate) fn upload_request(
        &self,
        token: &str,
        boundary_token: &str,
        file_name: &str,
        content_type: &str,
        options: &EasemobUpload,
    ) -> Request {
        let mut form = MultipartForm::new(boundary_token);
        for (name, pixels) in options.fields() {
            form = form.text(name, &pixels);
        }
        let form_type = form.content_type();
        let body = form.file("file", file_name, content_type);
        let mut request = Request::post(self.files_url(), Provenance::CONFIG, form_type, body)
            .counted()
            .header("Accept", "application/json")
            .secret_header("Authorization", bearer(token));
        if options.restrict_access {
            // Absent or true, never false: old servers look at its presence alone.
            request = request.header(RESTRICT, "true");
        }
        for (name, pixels) in options.fields() {
            request = request.header(name, pixels);
        }
        request
    }

    /// `GET /chatfiles/{uuid}` (easemob.md §2.4).
    pub(crate) fn download_request(
        &self,
        token: &str,
        file: &FileRef,
        share_secret: Option<&str>,
        thumbnail: Option<Thumbnail>,
    ) -> Result<Request> {
        let query = match thumbnail {
            Some(thumbnail) if thumbnail.is_of_video => "?vframe=true",
            _ => "",
        };
        let url = self.root.with(&format!("/chatfiles/{}{query}", file.uuid));
        let mut request = Request::get(url, Provenance::CONFIG)
            .counted()
            .header("Accept", "application/octet-stream")
            .secret_header("Authorization", bearer(token));
        if let Some(secret) = share_secret.or(file.share_secret.as_deref()) {
            check_header_text("share_secret", secret)?;
            request = request.secret_header("share-secret", secret);
        }
        if thumbnail.is_some_and(|thumbnail| !thumbnail.is_of_video) {
            request = request.header("thumbnail", "true");
        }
        Ok(request)
    }
}

fn bearer(token: &str) -> String {
    ["Bearer ", token].concat()
}

/// Which file: a uuid, or the URL of it that messages carry.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(crate) struct FileRef {
    uuid: String,
    share_secret: Option<String>,
}

impl FileRef {
    /// Takes the uuid out of a URL, and the share secret if that is in its
    /// query (easemob.md §2.4). The host is not taken: a URL in a message must
    /// not decide who gets the token, and can differ from the app's own
    /// (easemob.md §2.3).
    pub(crate) fn parse(file: &str) -> Result<Self> {
        let fault = || {
            Error::argument(
                "file",
                format_args!(
                    "{:?} is neither the uuid of a file nor a URL that ends in /chatfiles/uuid",
                    clean(&url::redacted(file))
                ),
            )
        };
        let (whole, _) = file.split_once('#').unwrap_or((file, ""));
        let (path, query) = whole.split_once('?').unwrap_or((whole, ""));
        let uuid = match path.rsplit_once('/') {
            None => path,
            Some((folder, uuid)) if folder.ends_with("/chatfiles") => uuid,
            Some(_) => return Err(fault()),
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if uuid.is_empty() || !uuid.chars().all(is_plain) {
            return Err(fault());
        }
        Ok(Self {
            uuid: uuid.to_owned(),
            share_secret: query
                .split('&')
                .find_map(|pair| pair.strip_prefix("share-secret="))
                .filter(|secret| !secret.is_empty())
                .map(url::percent_decode),
        })
    }
}

/// A token as the service gave it.
#[cfg_attr(test, derive(Debug))]
pub(crate) struct Token {
    pub(crate) value: SecretText,
    /// `None`: it does not expire.
    pub(crate) lifetime: Option<Duration>,
}

pub(crate) fn read_token(answer: &Answer) -> Result<Token> {
    if !answer.is_success() {
        return Err(refused("a token", answer).with_phase(Phase::Token));
    }
    let json = Json::parse(&answer.body);
    let (token, life) = (json.get("access_token").as_text(), json.get("expires_in"));
    match token.filter(|token| is_token(token)) {
        Some(token) if life.is_null() || life.text().is_some() => Ok(Token {
            value: SecretText::new(token.to_owned()),
            // A ttl of 0 asks for a token without end, and the answer mirrors it
            // (easemob.md §2.2).
            lifetime: life
                .number()
                .filter(|seconds| *seconds > 0)
                .map(Duration::from_secs),
        }),
        _ => Err(unexpected(SERVICE, "a usable access_token", answer).with_phase(Phase::Token)),
    }
}

/// Reads the answer to an upload.
pub(crate) fn read_upload(request: &Request, answer: &Answer) -> Result<Stored> {
    if !answer.is_success() {
        return Err(refused("the upload", answer));
    }
    let json = Json::parse(&answer.body);
    let entity = json.get("entities").list().first().unwrap_or(&Json::Null);
    let uuid = entity.get("uuid").as_text().unwrap_or_default();
    // A 200 without such an entity has been seen for requests that were not
    // taken for an upload at all (easemob.md §2.3).
    if entity.get("type").as_text() != Some("chatfile") || FileRef::parse(uuid).is_err() {
        return Err(unexpected(
            SERVICE,
            "an entity of type chatfile with a uuid",
            answer,
        ));
    }
    let uri = json.get("uri").as_text();
    let uri = uri.filter(|uri| Url::parse(uri).is_ok());
    let uri = uri.unwrap_or(request.url.as_str());
    let share_secret = entity.get("share-secret").text();
    // Who asked for a restricted file must not take an open one for it.
    let is_open = share_secret.is_none() && request.headers.iter().any(|h| h.name == RESTRICT);
    if is_open {
        return Err(not_restricted(uuid, answer));
    }
    Ok(Stored {
        file: uuid.to_owned(),
        url: Some(format!("{}/{uuid}", uri.trim_end_matches('/'))),
        share_secret,
    })
}

/// The feature is not switched on for the app (easemob.md §2.3): the service
/// does not say so, and gives no secret.
fn not_restricted(uuid: &str, answer: &Answer) -> Error {
    Error::new(
        Status::NotRestricted,
        format!(
            "Easemob has stored the file as {uuid}, but not restricted it: any user may download \
             it for as long as it is kept; have restricted access switched on for the app"
        ),
    )
    .with_phase(Phase::Receive)
    .with_http_status(answer.status())
    .with_request_id(super::request_id(&answer.head))
    .with_file(uuid.to_owned())
}

pub(crate) const FILE: FileReader = FileReader::new(read_download_refusal);

/// Reads the answer to a download that is not 200.
fn read_download_refusal(answer: &Answer) -> Error {
    refused("the download", answer)
}

/// Reads the body of an error (easemob.md §2.5); gateways answer without one.
fn refused(what: &str, answer: &Answer) -> Error {
    let json = Json::parse(&answer.body);
    let refusal = Refusal::of_json(&json, ["error", "error_description"], None);
    let judgement = judge(answer.status(), refusal.code.as_deref());
    refusal.error(SERVICE, what, answer, &judgement)
}

/// The vendor's list of errors (easemob.md §2.2 to §2.5), without those whose
/// name says less than the HTTP status (`web_application`, `error`).
const CODES: &[Code] = &[
    Code {
        names: &["invalid_grant"],
        judgement: Judgement::final_(
            Status::Auth,
            "check the client id and secret, or the user name and password",
        ),
    },
    Code {
        names: &["unauthorized", "auth_bad_access_token"],
        judgement: Judgement::final_(
            Status::Auth,
            "get a new token; it may be of another app or data centre",
        ),
    },
    Code {
        names: &["forbidden_op"],
        judgement: Judgement::final_(Status::Forbidden, FORBIDDEN),
    },
    Code {
        names: &["organization_application_not_found"],
        judgement: Judgement::final_(
            Status::NotFound,
            "check app_key, and that base_url is the data centre of the app",
        ),
    },
    Code {
        names: &["service_resource_not_found"],
        judgement: Judgement::final_(Status::NotFound, "check what is asked for and base_url"),
    },
    Code {
        names: &["entity_not_found"],
        judgement: Judgement::final_(Status::NotFound, "the file was never there, or is gone"),
    },
    Code {
        names: &["file_expired"],
        judgement: Judgement::final_(Status::Expired, "files are kept 7 days by default"),
    },
    Code {
        names: &["reach_limit", "resource_limited"],
        judgement: Judgement::passing(Status::RateLimited, "wait a little and try again"),
    },
    Code {
        names: &["concurrent_operation_error"],
        judgement: Judgement::passing(Status::Unavailable, "wait a little and try again"),
    },
    Code {
        names: &["illegal_argument", "json_parse"],
        judgement: Judgement::final_(Status::Service, "check the options and any proxy"),
    },
    Code {
        names: &["no_full_text_index", "unsupported_service_operation"],
        judgement: Judgement::final_(Status::Service, "Easemob cannot do this; check base_url"),
    },
];

const FORBIDDEN: &str =
    "check the rights of the app and its user, and of a download the share secret";

fn judge(http_status: u16, code: Option<&str>) -> Judgement {
    let judgement = match code.and_then(|code| known(CODES, code)) {
        Some(judgement) => judgement,
        None if http_status == 403 => Judgement::final_(Status::Forbidden, FORBIDDEN),
        None => judge_http(http_status),
    };
    // Under another status it is not the token that is refused (easemob.md §2.5).
    match (http_status, judgement.status) {
        (401, Status::Auth) => judgement.with_remedy(NEW_TOKEN),
        _ => judgement,
    }
}

#[cfg(test)]
#[path = "easemob_tests.rs"]
mod tests;
