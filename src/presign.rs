//! Presigned requests: a back-end that holds the secret makes one, and a
//! program that holds none sends it.

use crate::error::{Error, Result, Status};
use crate::json;
use crate::message::{
    Answer, Body, Encoding, Fault, ForeignHeader, Header, Method, Provenance, Request, Url,
};
use crate::secret::SecretText;
use crate::service::{self, Delivery, Profile, Sent, Stored};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The format of the JSON; a later one that older libraries cannot send gets
/// another number.
const FORMAT: u64 = 1;

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
    prefix: String,
    encoding: Option<Encoding>,
    suffix: String,
    /// The fields of the form besides the file, for a program that builds the
    /// form itself; they are in the prefix already.
    fields: Vec<(String, String)>,
}

/// What a service states of a presigned request besides the request.
pub(crate) struct Terms {
    pub(crate) profile: &'static Profile,
    pub(crate) direction: Direction,
    /// Seconds since 1970 UTC.
    pub(crate) expires_at: Option<u64>,
    /// The largest file, in bytes.
    pub(crate) max_size: Option<u64>,
    pub(crate) fields: Vec<(String, String)>,
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
                prefix: text(&request.body.prefix),
                encoding: request.body.content,
                suffix: text(&request.body.suffix),
                fields: terms.fields,
            },
            url: request.url,
            success_status: terms.success_status,
            expires_at: terms.expires_at,
            max_size: terms.max_size,
            file: terms.file,
            completion: terms.completion,
            file_name: None,
            media_type: None,
        }
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

    /// The request as JSON, to hand to another program.
    pub fn to_json(&self) -> String {
        let wire = Wire {
            format: FORMAT,
            operation: self.operation(),
            method: self.method().into(),
            url: SecretText::new(self.url().into()),
            headers: self.headers.iter().map(WireHeader::of).collect(),
            body: WireBody {
                prefix: self.body.prefix.clone(),
                encoding: self.body.encoding.map(|encoding| encoding.name().into()),
                suffix: self.body.suffix.clone(),
                fields: self.body.fields.clone(),
            },
            success_status: self.success_status.clone(),
            expires_at: self.expires_at,
            max_size: self.max_size,
            file: self.file.clone(),
            completion: self.completion.clone(),
            file_name: self.file_name.clone(),
            media_type: self.media_type.clone(),
        };
        json::line(&wire)
    }

    /// Reads what [`Presigned::to_json`] wrote, in this or another program.
    ///
    /// # Errors
    /// [`Status::Argument`](crate::Status::Argument) if it is not a presigned
    /// request that this version can send.
    pub fn from_json(json: &str) -> Result<Self> {
        let fault = |what: String| Error::argument("json", what);
        // Where, and not what: that may be secret.
        let misfit = |e: serde_json::Error| {
            let (line, column) = (e.line(), e.column());
            fault(format!(
                "is not a presigned request: see line {line}, column {column}"
            ))
        };
        if !json::has_only_integers(json.as_bytes()) {
            return Err(fault(
                "is not a presigned request: its numbers are integers".into(),
            ));
        }
        let Format { format } = serde_json::from_str(json).map_err(misfit)?;
        if format != FORMAT {
            return Err(fault(format!(
                "has format {format}, this version of chatfile sends format {FORMAT}"
            )));
        }
        let wire: Wire = serde_json::from_str(json).map_err(misfit)?;
        let presigned = wire.read().map_err(|misfit| {
            fault(match misfit {
                Misfit::Field(name) => format!("is not a presigned request: see \"{name}\""),
                Misfit::Url(reason) => format!("has a \"url\" that cannot be asked: it {reason}"),
                Misfit::Header => "has a header field that cannot be sent".into(),
            })
        })?;
        let profile = presigned.profile;
        let is_upload = presigned.is_upload();
        let is_method = match presigned.direction {
            Direction::Upload => matches!(presigned.method, Method::Post | Method::Put),
            Direction::Download => presigned.method == profile.download,
        };
        if is_upload != presigned.body.encoding.is_some() || !is_method {
            return Err(fault("has a body that does not fit its operation".into()));
        }
        let is_success = match presigned.success_status.as_slice() {
            statuses @ [_, ..] if is_upload && profile.states_success => {
                statuses.iter().all(|status| (200..300).contains(status))
            }
            statuses => statuses == [SUCCESS],
        };
        if !is_success {
            return Err(fault(format!("expects a success other than {SUCCESS}")));
        }
        if [&presigned.file, &presigned.completion]
            .iter()
            .any(|text| text.is_some() != (is_upload && profile.completes))
        {
            return Err(fault("has a completion that does not fit".into()));
        }
        Ok(presigned)
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

    /// The largest file that may be sent with it, in bytes.
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
            provenance: Provenance::Message,
            headers: self.headers.clone(),
            body: Body {
                prefix: self.body.prefix.clone().into_bytes().into(),
                content: self.body.encoding,
                suffix: self.body.suffix.clone().into_bytes(),
            },
            named_by: self.named_by(),
            redirected_by: self.profile.redirected_by,
            is_counted: false,
            form_secrets: Vec::new(),
        };
        request.with_form_fields(self.fields())
    }

    /// What to say of the address if it cannot be reached: only that of a file
    /// for ever is the service's own.
    fn named_by(&self) -> Option<&'static str> {
        let is_stores = self.is_upload() || self.expires_at.is_some();
        self.profile.redirected_by.filter(|_| is_stores)
    }
}

/// Why a JSON is no presigned request that can be sent.
enum Misfit {
    Field(&'static str),
    Url(Fault),
    Header,
}

/// What every format of the JSON begins with.
#[derive(Deserialize)]
struct Format {
    format: u64,
}

/// The JSON. A field that is not here is one that a later version has added, and
/// means what this one does not know.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    format: u64,
    operation: String,
    method: String,
    url: SecretText,
    headers: Vec<WireHeader>,
    body: WireBody,
    success_status: Vec<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion: Option<String>,
    /// Of a file that is uploaded: its name and its type, for the message about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireHeader {
    name: String,
    value: SecretText,
    /// Of what another program has added nobody knows better.
    #[serde(default = "yes")]
    secret: bool,
}

fn yes() -> bool {
    true
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireBody {
    prefix: String,
    encoding: Option<String>,
    suffix: String,
    #[serde(default)]
    fields: Vec<(String, String)>,
}

impl WireHeader {
    fn of(header: &Header) -> Self {
        Self {
            name: header.name.clone().into_owned(),
            value: header.value.clone(),
            secret: header.secret,
        }
    }

    fn read(&self) -> std::result::Result<Header, Misfit> {
        match Header::foreign(&self.name, &self.value, self.secret) {
            ForeignHeader::Allowed(header) => Ok(header),
            // None that was written here has one.
            ForeignHeader::Reserved | ForeignHeader::Invalid => Err(Misfit::Header),
        }
    }
}

impl Wire {
    fn read(self) -> std::result::Result<Presigned, Misfit> {
        let method = |known: &Method| known.as_str() == self.method;
        let (profile, direction) = service::ALL
            .into_iter()
            .flat_map(|profile| Direction::ALL.map(|direction| (profile, direction)))
            .find(|(profile, direction)| direction.operation(profile) == self.operation)
            .ok_or(Misfit::Field("operation"))?;
        let encoding = |name: String| {
            let mut all = Encoding::ALL.into_iter();
            all.find(|known| known.name() == name)
                .ok_or(Misfit::Field("encoding"))
        };
        Ok(Presigned {
            profile,
            direction,
            method: Method::ALL
                .into_iter()
                .find(method)
                .ok_or(Misfit::Field("method"))?,
            url: Url::parse(&self.url).map_err(Misfit::Url)?,
            headers: self
                .headers
                .iter()
                .map(WireHeader::read)
                .collect::<std::result::Result<_, _>>()?,
            body: PresignedBody {
                prefix: self.body.prefix,
                encoding: self.body.encoding.map(encoding).transpose()?,
                suffix: self.body.suffix,
                fields: self.body.fields,
            },
            success_status: self.success_status,
            expires_at: self.expires_at,
            max_size: self.max_size,
            file: self.file,
            completion: self.completion,
            file_name: self.file_name,
            media_type: self.media_type,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn sample() -> Presigned {
        let body = Body {
            prefix: b"--b\r\n\r\n".to_vec().into(),
            content: Some(Encoding::Identity),
            suffix: b"\r\n--b--\r\n".to_vec(),
        };
        let request = Request::post(
            Url::parse("https://h/x").unwrap(),
            "multipart/form-data; boundary=b",
            body,
        )
        .secret_header("Authorization", "Bearer t");
        Presigned::new(
            request,
            Terms {
                expires_at: Some(1_795_150_800),
                max_size: Some(10),
                fields: vec![("a".into(), "b".into())],
                ..Terms::upload(&service::easemob::PROFILE)
            },
        )
    }

    #[test]
    fn json_and_back_is_the_same_request() {
        let sample = sample();
        let back = Presigned::from_json(&sample.to_json()).unwrap();
        assert_eq!(back.request(), sample.request());
        assert_eq!(back.request().provenance, Provenance::Message);
        assert_eq!(back.to_json(), sample.to_json());
        assert_eq!(back.expires_at(), Some(1_795_150_800));
        assert_eq!(back.fields().collect::<Vec<_>>(), [("a", "b")]);
        back.check_size(10).unwrap();
        assert!(back.check_size(11).is_err());
    }

    #[test]
    fn an_upload_to_complete_says_so() {
        let mut upload = sample();
        assert!(!upload.needs_completion());
        upload.profile = &service::openim::PROFILE;
        let of = |upload: &Presigned| Presigned::from_json(&upload.to_json());
        assert!(of(&upload).is_err());
        upload.completion = Some("id".into());
        assert!(of(&upload).is_err());
        upload.file = Some("alice/a".into());
        for (statuses, is_good) in [
            (vec![200, 204], true),
            (vec![201], true),
            (vec![], false),
            (vec![200, 302], false),
        ] {
            upload.success_status = statuses;
            assert_eq!(of(&upload).is_ok(), is_good);
        }
        upload.success_status = vec![200];
        let back = of(&upload).unwrap();
        assert_eq!(back.to_json(), upload.to_json());
        assert_eq!(
            (back.completion(), back.file()),
            (Some("id"), Some("alice/a"))
        );
        assert!(back.needs_completion());
        back.check_size(10).unwrap();
        assert!(back.check_size(9).is_err() && back.check_size(11).is_err());
    }

    #[test]
    fn an_expired_request_is_not_sent() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let sample = sample();
        sample.check_expiry(at(1_795_150_800 + 300)).unwrap();
        let error = sample.check_expiry(at(1_795_150_800 + 301)).unwrap_err();
        assert_eq!(error.status(), Status::Expired);
    }

    #[test]
    fn json_that_cannot_be_sent_is_refused() {
        let good: serde_json::Value = serde_json::from_str(&sample().to_json()).unwrap();
        let changed = |pointer: &str, value: serde_json::Value| {
            let mut bad = good.clone();
            *bad.pointer_mut(pointer).unwrap() = value;
            Presigned::from_json(&bad.to_string())
                .err()
                .map(|e| e.field())
        };
        assert_eq!(changed("/max_size", 5.into()), None);
        assert_eq!(changed("/max_size", u64::MAX.into()), None);
        assert_eq!(changed("/max_size", 1e30.into()), Some(Some("json")));
        for (pointer, value) in [
            ("/format", 2.into()),
            ("/url", "file:///etc/passwd".into()),
            ("/url", "http://h:65536/".into()),
            ("/url", "http://[::1".into()),
            ("/url", "http://u:p@h/".into()),
            ("/method", "DELETE".into()),
            ("/method", "HEAD".into()),
            ("/method", "GET".into()),
            ("/operation", "netease_download".into()),
            ("/operation", "unknown".into()),
            ("/headers/0/name", "X Y".into()),
            ("/headers/0/value", "a\r\nb".into()),
            ("/headers/0/name", "Transfer-Encoding".into()),
            ("/headers/0/name", "host".into()),
            ("/headers/0/name", "Proxy-Authorization".into()),
            ("/success_status", serde_json::json!([200, 204])),
            ("/body/encoding", serde_json::Value::Null),
            ("/headers", 5.into()),
        ] {
            assert_eq!(
                changed(pointer, value.clone()),
                Some(Some("json")),
                "{pointer} {value}"
            );
        }
        assert_eq!(changed("/method", "PUT".into()), None);
        assert_eq!(changed("/headers/0/name", "x-cos-meta_tag".into()), None);
        let mut odd = good.clone();
        odd["completion"] = "id".into();
        assert!(Presigned::from_json(&odd.to_string()).is_err());
        let quoting = Presigned::from_json(r#"{"format":"Bearer SECRET"}"#)
            .err()
            .unwrap();
        assert!(!quoting.message().contains("SECRET"), "{quoting}");
        assert!(Presigned::from_json("").is_err());
        assert!(Presigned::from_json("[]").is_err());
    }
}
