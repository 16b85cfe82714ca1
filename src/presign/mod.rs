//! Presigned requests: a back-end that holds the secret makes one, and a
//! program that holds none sends it.

mod wire;

use crate::error::{Error, Result, Status};
use crate::message::{
    Answer, Body, Encoding, Header, Method, Provenance, Request, SecretPairs, Url,
};
use crate::secret::SecretText;
use crate::service::{Delivery, Profile, Sent, Stored, is_of_signature};
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The largest number of a JSON, which languages with signed numbers have, too.
const NUMBER_MAX: u64 = i64::MAX.unsigned_abs();
/// How most services say that it worked.
const SUCCESS: u16 = 200;

/// A request that is complete but for the content of the file, with everything
/// needed to send it and to read its answer. Whoever has it can use it until it
/// expires, so it is as secret as what it allows.
#[derive(Clone)]
pub struct Presigned {
    profile: &'static Profile,
    direction: Direction,
    method: Method,
    url: Url,
    headers: Vec<Header>,
    body: PresignedBody,
    success_status: Vec<u16>,
    expires_at: Option<u64>,
    max_size: Option<u64>,
    file: Option<String>,
    completion: Option<String>,
    file_name: Option<String>,
    media_type: Option<String>,
    file_type: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Upload,
    Download,
}

impl Direction {
    const ALL: [Self; 2] = [Self::Upload, Self::Download];

    /// What the JSON calls it at a service.
    fn operation(self, profile: &Profile) -> String {
        let direction = match self {
            Self::Upload => "upload",
            Self::Download => "download",
        };
        format!("{}_{direction}", profile.id)
    }
}

/// `prefix ‖ encode(content) ‖ suffix`.
#[derive(Clone)]
struct PresignedBody {
    prefix: SecretText,
    encoding: Option<Encoding>,
    suffix: String,
    /// The fields of the form besides the file, for a program that builds the
    /// form itself; they are in the prefix already.
    fields: SecretPairs,
}

/// What a service states of a presigned request besides the request.
pub(crate) struct Terms {
    pub(crate) profile: &'static Profile,
    pub(crate) direction: Direction,
    /// Seconds since 1970 UTC.
    pub(crate) expires_at: Option<u64>,
    /// The largest file, in bytes.
    pub(crate) max_size: Option<u64>,
    pub(crate) fields: SecretPairs,
    /// The HTTP statuses of a success.
    pub(crate) success_status: Vec<u16>,
    /// What names the file, where that is known beforehand.
    pub(crate) file: Option<String>,
    /// What names the upload when it is completed, if it has to be.
    pub(crate) completion: Option<String>,
}

impl Terms {
    /// Those of an upload that succeeds with 200, for ever, and needs no more.
    pub(crate) fn upload(profile: &'static Profile) -> Self {
        Self::of(profile, Direction::Upload)
    }

    /// Those of such a download.
    pub(crate) fn download(profile: &'static Profile) -> Self {
        Self::of(profile, Direction::Download)
    }

    fn of(profile: &'static Profile, direction: Direction) -> Self {
        Self {
            profile,
            direction,
            expires_at: None,
            max_size: None,
            fields: Vec::new(),
            success_status: vec![SUCCESS],
            file: None,
            completion: None,
        }
    }
}

impl fmt::Debug for Presigned {
    /// Without the request, which is as secret as what it allows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presigned")
            .field("operation", &self.operation())
            .field("expires_at", &self.expires_at)
            .field("max_size", &self.max_size)
            .finish_non_exhaustive()
    }
}

impl Presigned {
    pub(crate) fn new(request: Request, terms: Terms) -> Self {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Self {
            profile: terms.profile,
            direction: terms.direction,
            method: request.method,
            headers: request.headers,
            body: PresignedBody {
                // Forms are text: names, values and header lines, all UTF-8.
                prefix: text(&request.body.prefix).into(),
                encoding: request.body.content,
                suffix: text(&request.body.suffix),
                fields: terms.fields,
            },
            url: request.url,
            success_status: terms.success_status,
            // What a JSON has of these: 0 would say that there is none.
            expires_at: terms.expires_at.filter(|at| *at > 0),
            max_size: terms.max_size.filter(|max| *max <= NUMBER_MAX),
            file: terms.file,
            completion: terms.completion,
            file_name: None,
            media_type: None,
            file_type: None,
        }
    }

    /// The same for a file of which the service is told this type.
    pub(crate) fn of_type(self, file_type: String) -> Self {
        Self {
            file_type: Some(file_type),
            ..self
        }
    }

    /// What the service is told of its type, if it is told that in a way of its own.
    pub(crate) fn file_type(&self) -> Option<&str> {
        self.file_type.as_deref()
    }

    /// The same for a file of this name and type, as the message about it says.
    pub(crate) fn of_file(self, name: Option<String>, media_type: Option<String>) -> Self {
        Self {
            file_name: name,
            media_type,
            ..self
        }
    }

    /// What the file is called that is uploaded, if that is known.
    pub(crate) fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }

    /// What it is, if that is known.
    pub(crate) fn media_type(&self) -> Option<&str> {
        self.media_type.as_deref()
    }

    /// The service that it is for, as the options of that are called: `netease`,
    /// for example.
    pub fn service(&self) -> &'static str {
        self.profile.id
    }

    /// Whether it carries a file, and does not ask for one.
    pub fn is_upload(&self) -> bool {
        self.direction == Direction::Upload
    }

    /// What the JSON says that it does.
    fn operation(&self) -> String {
        self.direction.operation(self.profile)
    }

    /// The service that it is for, as it stands in error texts.
    pub(crate) fn service_name(&self) -> &'static str {
        self.profile.name
    }

    /// The same with one more header field, which is no secret.
    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push(Header {
            name: name.into(),
            value: value.to_owned().into(),
            secret: false,
        });
        self
    }

    /// The service that it is for.
    pub(crate) fn profile(&self) -> &'static Profile {
        self.profile
    }

    /// Whether it uploads a file to this service.
    pub(crate) fn uploads_to(&self, profile: &Profile) -> bool {
        self.is_upload() && self.profile.id == profile.id
    }

    /// How the file of a download comes.
    pub(crate) fn delivery(&self) -> &'static Delivery {
        &self.profile.delivery
    }

    /// Reads the answer to an upload.
    pub(crate) fn read_upload(&self, request: &Request, answer: &Answer) -> Result<Stored> {
        let sent = Sent {
            request,
            success_status: &self.success_status,
            file: self.file().unwrap_or_default(),
        };
        (self.profile.read_upload)(&sent, answer)
    }

    /// `GET`, `POST` or `PUT`.
    pub fn method(&self) -> &'static str {
        self.method.as_str()
    }

    /// Where to send it.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// What tells the file of a download from others, also when it is presigned anew.
    pub(crate) fn identity(&self) -> SecretText {
        if !self.profile.signs_addresses {
            return SecretText::new(self.url.as_str().into());
        }
        // It need not grow, for a parameter has at most a = more than it had.
        let mut identity = SecretText::new(String::with_capacity(2 * self.url.as_str().len()));
        identity.push_str(self.url.without_query());
        let parameters = self.url.parameters();
        for (name, value) in parameters.filter(|(name, _)| !is_of_signature(name)) {
            for piece in ["\n", name, "=", value] {
                identity.push_str(piece);
            }
        }
        identity
    }

    /// The header fields to send, besides Host and Content-Length.
    pub fn headers(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .map(|header| (header.name.as_ref(), header.value.as_str()))
    }

    /// The body before the file.
    pub fn prefix(&self) -> &str {
        &self.body.prefix
    }

    /// How the file is written in the body; `None` for a download.
    pub fn encoding(&self) -> Option<Encoding> {
        self.body.encoding
    }

    /// The body behind the file.
    pub fn suffix(&self) -> &str {
        &self.body.suffix
    }

    /// The fields of the form besides the file, for a program that builds the
    /// form itself.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let fields = self.body.fields.iter();
        fields.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The HTTP statuses that mean success; the answer's body decides further.
    pub fn success_status(&self) -> &[u16] {
        &self.success_status
    }

    /// When the service will no longer take it: seconds since 1970 UTC.
    pub fn expires_at(&self) -> Option<u64> {
        self.expires_at
    }

    /// The largest file that may be sent with it, in bytes; where it [needs
    /// completion](Self::needs_completion), the only size.
    pub fn max_size(&self) -> Option<u64> {
        self.max_size
    }

    /// Fails once it has expired for certain: the clock here may be as far off as
    /// services bear with.
    pub(crate) fn check_expiry(&self, now: SystemTime) -> Result<()> {
        const CLOCK: Duration = Duration::from_secs(300);
        let Some(expires_at) = self.expires_at else {
            return Ok(());
        };
        let end = UNIX_EPOCH.checked_add(Duration::from_secs(expires_at).saturating_add(CLOCK));
        if end.is_none_or(|end| now <= end) {
            return Ok(());
        }
        Err(Error::new(
            Status::Expired,
            "the presigned request has expired; get a new one from who made it",
        ))
    }

    /// Whether the file is stored only when who made the request, or has the
    /// same rights, has [completed](crate::Client::complete_presigned) the upload.
    pub fn needs_completion(&self) -> bool {
        self.completion.is_some()
    }

    /// What names the upload when it is completed: OpenIM's `id`, for a program
    /// that calls complete_form_data itself.
    pub fn completion(&self) -> Option<&str> {
        self.completion.as_deref()
    }

    /// What will name the file, where that is known beforehand.
    pub(crate) fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    pub(crate) fn check_size(&self, size: u64) -> Result<()> {
        self.profile.check_not_empty(size)?;
        match self.max_size {
            Some(max) if size > max => Err(Error::out_of_bounds(
                "source",
                format_args!("{size} bytes are more than the {max} that the request allows"),
            )
            .bound(max, size)),
            // Completing compares the sizes (openim.md §2.4).
            Some(max) if size < max && self.needs_completion() => Err(Error::out_of_bounds(
                "source",
                format_args!("{size} bytes are fewer than the {max} that the request is for"),
            )
            .bound(max, size)),
            _ => Ok(()),
        }
    }

    pub(crate) fn request(&self) -> Request {
        let request = Request {
            method: self.method,
            url: self.url.clone(),
            // It was handed over, and whoever did may be anyone.
            provenance: Provenance::MESSAGE.with_note(self.address_note()),
            headers: self.headers.clone(),
            body: Body {
                prefix: self.body.prefix.as_bytes().to_vec().into(),
                content: self.body.encoding,
                suffix: self.body.suffix.clone().into_bytes(),
            },
            redirect_note: self.profile.address_note,
            is_counted: false,
            form_secrets: Vec::new(),
        };
        request.with_form_fields(&self.body.fields)
    }

    /// What to say of the address if it cannot be reached: only that of a file
    /// for ever is the service's own.
    fn address_note(&self) -> Option<&'static str> {
        let is_for_ever = !self.is_upload() && self.expires_at.is_none();
        self.profile.address_note.filter(|_| !is_for_ever)
    }
}

#[cfg(test)]
#[path = "mod_tests.rs"]
mod tests;
