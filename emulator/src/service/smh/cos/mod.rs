//! COS, the store behind SMH: parts, whole objects, forms, and signed downloads (smh.md §1.5).

mod error;
mod form;
mod get;
mod put;

use std::io;
use std::sync::Arc;

use hyper::header::{self, HeaderName};
use hyper::{HeaderMap, Method};
use serde_json::Value;

use error::Error;

use super::files::SHRINK;
use super::sign::{Fault, Request};
use super::{Context, Memory, Smh, aws};
use crate::config::Settings;
use crate::http::{Answer, Head, RequestBody, decode_percent, set};
use crate::service::{Service, is_sub_resource, picture};
use crate::state::State;

const NAME: &str = "cos";

const VERBS: &[&str] = &[
    "part_put",
    "put",
    "form_post",
    "get",
    "head",
    "preflight",
    "unknown",
];

const REQUEST_ID: HeaderName = HeaderName::from_static("x-cos-request-id");
const CRC64: HeaderName = HeaderName::from_static("x-cos-hash-crc64ecma");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    PartPut,
    Put,
    FormPost,
    Get,
    Head,
    Preflight,
    Unknown,
}

/// The store, which knows what SMH knows.
#[derive(Debug)]
pub(in crate::service) struct Cos {
    settings: Settings,
    memory: Arc<Memory>,
}

impl Cos {
    pub(in crate::service) fn of(smh: &Smh) -> Self {
        Self {
            settings: smh.settings.clone(),
            memory: Arc::clone(&smh.memory),
        }
    }
}

/// A request to the store.
#[derive(Debug)]
pub(crate) struct Call {
    operation: Operation,
    /// Decoded, with its first slash.
    path: String,
    /// What the checks of SMH's side need to know of a call.
    inner: super::Call,
}

impl Call {
    fn verb(&self) -> &'static str {
        match self.operation {
            Operation::PartPut => "part_put",
            Operation::Put => "put",
            Operation::FormPost => "form_post",
            Operation::Get => "get",
            Operation::Head => "head",
            Operation::Preflight => "preflight",
            Operation::Unknown => "unknown",
        }
    }
}

/// Sub-resources and the processing of images: what is asked for is not the object.
fn asks_for_another(head: &Head) -> bool {
    const PROCESSING: &[&str] = &["ci-process", "image", "watermark"];
    head.query_pairs().iter().any(|(name, _)| {
        let is_shrunk = name.strip_prefix(SHRINK).and_then(picture::size).is_some();
        let is_processed = PROCESSING.iter().any(|start| name.starts_with(start));
        is_sub_resource(name) || (is_processed && !is_shrunk)
    })
}

/// The id of the object that a path names: what follows the library, up to the extension.
fn object_id(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split('.').next().unwrap_or_default()
}

impl Context<'_> {
    /// Checks the signature of a request to the store.
    fn check_signature(&self, method: &str, path: &str) -> Result<(), Error> {
        let keys = &self.memory.keys;
        let headers: &HeaderMap = &self.head.headers;
        let header = self.head.header("authorization");
        if self.config.private_cloud && method == "put" {
            let life = i64::try_from(self.config.upload_ttl).unwrap_or(i64::MAX);
            let query = &self.head.query;
            return aws::check(keys, path, query, headers, life, self.now_ms()).map_err(of_fault);
        }
        let request = Request {
            method,
            path,
            query: &self.head.query,
            headers,
        };
        let authorization = match header {
            Some(header) => header,
            None if self.head.query("q-signature").is_some() => self.head.query.clone(),
            None => return Err(of_fault(Fault::Missing)),
        };
        keys.check(&authorization, &request, self.now_ms())
            .map_err(of_fault)
    }
}

fn of_fault(fault: Fault) -> Error {
    match fault {
        Fault::Missing => Error::new("AccessDenied"),
        Fault::Malformed => Error::because(
            "InvalidArgument",
            "the authorization does not have the documented form",
        ),
        Fault::UnknownKey => Error::new("InvalidAccessKeyId"),
        // Clients look for these words.
        Fault::Expired => Error::because("AccessDenied", "Request has expired"),
        Fault::NotYet => Error::new("RequestTimeTooSkewed"),
        Fault::Mismatch => Error::new("SignatureDoesNotMatch"),
        Fault::Token => Error::because(
            "AccessDenied",
            "the security token is missing or belongs to something else",
        ),
    }
}

impl Service for Cos {
    type Call = Call;

    const NAME: &'static str = NAME;
    const VERBS: &'static [&'static str] = VERBS;

    fn has_error(_: &str, name: &str) -> bool {
        error::has_error(name)
    }

    /// Objects lie under the library's id; forms go to the root.
    fn route(&self, head: &Head, segments: &[&str]) -> Option<Call> {
        let settings = self.settings.now();
        let config = &settings.smh;
        let root = matches!(segments, [""]);
        let ours = match segments {
            [first, _, ..] => decode_percent(first, false) == config.library_id,
            _ => false,
        };
        let operation = match head.method {
            Method::POST if root => Operation::FormPost,
            Method::OPTIONS if root || ours => Operation::Preflight,
            _ if !ours => return None,
            _ if asks_for_another(head) => Operation::Unknown,
            Method::PUT if head.query("uploadId").is_some() => Operation::PartPut,
            Method::PUT => Operation::Put,
            // What else goes by an upload's id, such as a list of its parts, SMH does for its clients.
            Method::GET | Method::HEAD if head.query("uploadId").is_some() => Operation::Unknown,
            Method::GET => Operation::Get,
            Method::HEAD => Operation::Head,
            _ => Operation::Unknown,
        };
        Some(Call {
            operation,
            path: decode_percent(&head.path, false),
            inner: super::Call {
                operation: super::Operation::Unknown,
                directory: false,
                library: config.library_id.clone(),
                space: String::new(),
                rest: String::new(),
            },
        })
    }

    fn verb(call: &Call) -> &'static str {
        call.verb()
    }

    async fn answer(
        &self,
        state: &State,
        head: &Head,
        call: &Call,
        body: &mut RequestBody,
    ) -> Answer {
        let settings = self.settings.now();
        let context = Context {
            state,
            config: &settings.smh,
            memory: &self.memory,
            head,
            call: &call.inner,
        };
        let answered = match call.operation {
            Operation::PartPut => put::part(&context, &call.path, body).await,
            Operation::Put => put::whole(&context, &call.path, body).await,
            Operation::FormPost => form::post(&context, body).await,
            Operation::Get | Operation::Head => get::send(&context, &call.path),
            Operation::Preflight => Ok(super::preflight(head)),
            Operation::Unknown => Err(Error::new("MethodNotAllowed")),
        };
        answered.unwrap_or_else(|error| error.answer(&call.path))
    }

    fn named_error(&self, _: &State, _: &Call, name: &str) -> Answer {
        error::named_error(name)
    }

    /// What every answer of the store carries.
    fn decorate(_: &Call, _: &Head, answer: &mut Answer) {
        set(answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        set(answer, header::ACCESS_CONTROL_EXPOSE_HEADERS, "*");
        set(answer, header::SERVER, "tencent-cos");
        if !answer.headers().contains_key(REQUEST_ID) {
            set(answer, REQUEST_ID, &error::request_id());
        }
    }

    fn settings(&self) -> Option<Value> {
        None
    }

    /// SMH does it.
    fn reset(&self, _: i64) -> io::Result<()> {
        Ok(())
    }
}
