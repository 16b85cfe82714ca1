//! The JSON of a presigned request, in which it goes from one program to another.

use super::{Direction, NUMBER_MAX, Presigned, PresignedBody, SUCCESS};
use crate::error::{Error, Result};
use crate::json;
use crate::message::{Encoding, Fault, ForeignHeader, Header, Method, SecretPairs, Url};
use crate::secret::SecretText;
use crate::service::{self, Announced, Profile};
use crate::text::{is_header_safe, is_line};
use serde::{Deserialize, Serialize};

/// The format of the JSON; a later one that older libraries cannot send gets
/// another number.
const FORMAT: u64 = 1;

impl Presigned {
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
            file_type: self.file_type.clone(),
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
            // So serde says it, and has no other way to.
            let what = match e.to_string().starts_with("unknown field") {
                true => "holds a member that this version does not know, perhaps of a newer one",
                false => "is not a presigned request",
            };
            fault(format!("{what}: see line {line}, column {column}"))
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
        if !presigned.has_completion_if_needed() {
            return Err(fault(
                "does not fit itself: see \"file\", \"max_size\" and \"completion\"".into(),
            ));
        }
        Ok(presigned)
    }

    /// Whether it says what to complete, and only where that is needed. The JSON may have been
    /// with somebody who would like to complete another file.
    fn has_completion_if_needed(&self) -> bool {
        let completes = self.profile.completes.filter(|_| self.is_upload());
        match (completes, &self.file, &self.completion) {
            (Some(is_one), Some(file), Some(completion)) => self.max_size.is_some_and(|size| {
                self.profile.check_not_empty(size).is_ok()
                    && is_one(&Announced {
                        file,
                        size,
                        completion,
                    })
            }),
            // Without a size that is fixed, 0 would say that there is no limit.
            (None, None, None) => self.max_size != Some(0),
            _ => false,
        }
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
    /// What the service is told, where it has types of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_type: Option<String>,
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
    prefix: SecretText,
    encoding: Option<String>,
    suffix: String,
    #[serde(default)]
    fields: SecretPairs,
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
    /// What would be refused of an upload of one's own, is so of this one, and what C cannot
    /// have or means something else by.
    fn check(&self, profile: &Profile) -> std::result::Result<(), Misfit> {
        fn is(text: &Option<String>, is_good: impl Fn(&str) -> bool) -> bool {
            text.as_deref().is_none_or(is_good)
        }
        let is_number = |number: Option<u64>| number.is_none_or(|number| number <= NUMBER_MAX);
        let is_text = |text: &str| !text.contains('\0');
        let fields = &self.body.fields;
        for (name, is_good) in [
            ("file_name", is(&self.file_name, is_line)),
            ("media_type", is(&self.media_type, is_header_safe)),
            (
                "file_type",
                is(&self.file_type, |own| profile.upload_types.contains(&own)),
            ),
            (
                "expires_at",
                is_number(self.expires_at) && self.expires_at != Some(0),
            ),
            ("max_size", is_number(self.max_size)),
            ("prefix", is_text(&self.body.prefix)),
            ("suffix", is_text(&self.body.suffix)),
            (
                "fields",
                fields
                    .iter()
                    .all(|(name, value)| is_text(name) && is_text(value)),
            ),
        ] {
            if !is_good {
                return Err(Misfit::Field(name));
            }
        }
        Ok(())
    }

    fn read(self) -> std::result::Result<Presigned, Misfit> {
        let method = |known: &Method| known.as_str() == self.method;
        let (profile, direction) = service::ALL
            .iter()
            .flat_map(|profile| Direction::ALL.map(|direction| (profile, direction)))
            .find(|(profile, direction)| direction.operation(profile) == self.operation)
            .ok_or(Misfit::Field("operation"))?;
        self.check(profile)?;
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
            file_type: self.file_type,
        })
    }
}
