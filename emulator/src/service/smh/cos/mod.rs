//! COS, the store behind SMH: parts, whole objects, forms, and signed downloads (smh.md §1.5, §1.16 to §1.18), and what else
//! the owner of the store can do with COS's own SDKs.

mod auth;
mod bucket;
mod error;
mod form;
mod get;
mod list;
mod multipart;
mod put;

use std::io;
use std::sync::Arc;

use hyper::Method;
use hyper::header::{self, HeaderName};
use serde_json::Value;

pub(super) use bucket::Bucket;
use error::Error;

use super::files::SHRINK;
use super::sign::{Rights, escape_path};
use super::{Context, Memory, Smh};
use crate::config::{Settings, SmhConfig};
use crate::http::{Answer, Head, RequestBody, decode_percent, set, status_only, text};
use crate::service::{Arrived, Service, is_sub_resource, picture, verbs};
use crate::state::State;

const NAME: &str = "cos";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-cos-request-id");
const TRACE_ID: HeaderName = HeaderName::from_static("x-cos-trace-id");
const CRC64: HeaderName = HeaderName::from_static("x-cos-hash-crc64ecma");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    PartPut,
    Put,
    FormPost,
    Get,
    Head,
    Delete,
    Begin,
    Parts,
    Complete,
    Abort,
    Bucket,
    List,
    Uploads,
    Preflight,
    Unknown,
}

verbs! {
    Operation {
        Operation::PartPut => "part_put",
        Operation::Put => "put",
        Operation::FormPost => "form_post",
        Operation::Get => "get",
        Operation::Head => "head",
        Operation::Delete => "delete",
        Operation::Begin => "begin",
        Operation::Parts => "parts",
        Operation::Complete => "complete",
        Operation::Abort => "abort",
        Operation::Bucket => "bucket",
        Operation::List => "list",
        Operation::Uploads => "uploads",
        Operation::Preflight => "preflight",
        Operation::Unknown => "unknown",
    }
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
    /// Host and path, for errors.
    resource: String,
    /// What the checks of SMH's side need to know of a call.
    inner: super::Call,
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

/// `BUCKET-APPID.cos.REGION.…`, as COS's SDKs address a bucket.
fn bucket_of_host(head: &Head) -> Option<String> {
    let host = head.header("host")?;
    let (bucket, rest) = host.split_once('.')?;
    let (_, app) = bucket.rsplit_once('-')?;
    let is_app = !app.is_empty() && app.bytes().all(|byte| byte.is_ascii_digit());
    (is_app && rest.starts_with("cos.")).then(|| bucket.to_owned())
}

/// Whether a request carries a signature of COS's.
fn is_signed(head: &Head) -> bool {
    let by_field = head.header("authorization");
    by_field.is_some_and(|field| field.contains("q-sign-algorithm="))
        || head.query("q-sign-algorithm").is_some()
}

fn operation(head: &Head, path: &str) -> Operation {
    let asks = |name: &str| head.query(name).is_some();
    let by_upload = asks("uploadId");
    if head.method == Method::OPTIONS {
        return Operation::Preflight;
    }
    if asks_for_another(head) {
        return Operation::Unknown;
    }
    if path == "/" {
        return match head.method {
            Method::POST if !asks("delete") => Operation::FormPost,
            Method::HEAD => Operation::Bucket,
            Method::GET if asks("location") => Operation::Bucket,
            Method::GET if asks("uploads") => Operation::Uploads,
            Method::GET => Operation::List,
            _ => Operation::Unknown,
        };
    }
    match head.method {
        Method::PUT if by_upload => Operation::PartPut,
        Method::PUT => Operation::Put,
        Method::GET if by_upload => Operation::Parts,
        Method::GET => Operation::Get,
        Method::HEAD => Operation::Head,
        Method::POST if asks("uploads") => Operation::Begin,
        Method::POST if by_upload => Operation::Complete,
        Method::DELETE if by_upload => Operation::Abort,
        Method::DELETE => Operation::Delete,
        _ => Operation::Unknown,
    }
}

/// A browser asks whether it may send a signature. Of the services here only COS is signed under any path.
fn will_be_signed(head: &Head) -> bool {
    let fields = head
        .header("access-control-request-headers")
        .unwrap_or_default();
    let mut fields = fields.split(',').map(str::trim);
    head.method == Method::OPTIONS
        && fields.any(|field| field.eq_ignore_ascii_case("authorization"))
}

fn call(head: &Head, config: &SmhConfig) -> Call {
    let path = decode_percent(&head.path, false);
    let host = head.header("host").unwrap_or_default();
    Call {
        operation: operation(head, &path),
        resource: format!("{host}{path}"),
        path,
        inner: super::Call {
            operation: super::Operation::Unknown,
            directory: false,
            library: config.library_id.clone(),
            space: String::new(),
            rest: String::new(),
        },
    }
}

/// An answer in XML: its members, and more XML behind them.
fn xml(name: &str, members: &[(&str, &str)], more: &str) -> Answer {
    let members: String = members
        .iter()
        .map(|(name, value)| format!("<{name}>{}</{name}>", error::escape(value)))
        .collect();
    let body = format!("<?xml version='1.0' encoding='utf-8' ?>\n<{name}>{members}{more}</{name}>");
    text(200, "application/xml", body)
}

/// The id of the object that a path names: what follows the library, up to the extension.
fn object_id(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split('.').next().unwrap_or_default()
}

impl Context<'_> {
    /// The bucket's name.
    fn bucket(&self) -> String {
        bucket_of_host(self.head).unwrap_or_else(|| self.config.cos_bucket.clone())
    }

    /// Where an object can be fetched.
    fn location(&self, path: &str) -> String {
        let base = match bucket_of_host(self.head) {
            Some(_) => self.head.base.clone(),
            None => self.store_base(),
        };
        format!("{base}{}", escape_path(path))
    }
}

/// Whether the bucket is there, or where.
fn bucket(context: &Context<'_>) -> Result<Answer, Error> {
    context.check_owner("/")?;
    if context.head.method == Method::HEAD {
        return Ok(status_only(200));
    }
    let host = context.head.header("host").unwrap_or_default();
    let region = host
        .split('.')
        .nth(2)
        .filter(|_| bucket_of_host(context.head).is_some());
    let region = error::escape(region.unwrap_or("ap-guangzhou"));
    Ok(xml("LocationConstraint", &[], &region))
}

fn delete(context: &Context<'_>, path: &str) -> Result<Answer, Error> {
    context.check_owner(path)?;
    put::check_free(context, path)?;
    context.memory.world().bucket.remove(put::key(path)?)?;
    Ok(status_only(204))
}

/// The bucket's rules let every origin do everything; what is no preflight fits none of them.
fn preflight(head: &Head) -> Result<Answer, Error> {
    let origin = head.header("origin");
    let method = head.header("access-control-request-method");
    if origin.is_none() || method.is_none() {
        return Err(Error::new("AccessForbidden"));
    }
    let mut answer = status_only(200);
    let methods = "PUT,GET,POST,DELETE,HEAD";
    set(&mut answer, header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    if let Some(fields) = head.header("access-control-request-headers") {
        set(&mut answer, header::ACCESS_CONTROL_ALLOW_HEADERS, &fields);
    }
    set(&mut answer, header::ACCESS_CONTROL_MAX_AGE, "600");
    Ok(answer)
}

impl Service for Cos {
    type Call = Call;

    const NAME: &'static str = NAME;
    const VERBS: &'static [&'static str] = VERBS;

    fn has_error(_: &str, name: &str) -> bool {
        error::has_error(name)
    }

    /// Objects of SMH's lie under the library's id; forms go to the root, and SDKs of COS's to the bucket's own host.
    fn route(&self, head: &Head, segments: &[&str]) -> Option<Call> {
        let settings = self.settings.now();
        let config = &settings.smh;
        let is_root = matches!(segments, [""]);
        let is_ours = match segments {
            [first, _, ..] => decode_percent(first, false) == config.library_id,
            _ => false,
        };
        let is_form = is_root && matches!(head.method, Method::POST | Method::OPTIONS);
        if is_ours || is_form || bucket_of_host(head).is_some() {
            return Some(call(head, config));
        }
        None
    }

    /// What else is signed as for COS.
    fn route_rest(&self, head: &Head, _: &[&str]) -> Option<Call> {
        let is_ours = is_signed(head) || will_be_signed(head);
        is_ours.then(|| call(head, &self.settings.now().smh))
    }

    fn verb(call: &Call) -> &'static str {
        verb(&call.operation)
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
        let path = call.path.as_str();
        let id = head.query("uploadId").unwrap_or_default();
        let answered = match call.operation {
            Operation::PartPut => put::part(&context, path, body).await,
            Operation::Put => put::whole(&context, path, body).await,
            Operation::FormPost => form::post(&context, body).await,
            Operation::Get | Operation::Head => get::send(&context, path),
            Operation::Delete => delete(&context, path),
            Operation::Begin => multipart::begin(&context, path),
            Operation::Parts => multipart::parts(&context, path, &id),
            Operation::Complete => multipart::complete(&context, path, &id, body).await,
            Operation::Abort => multipart::abort(&context, path, &id),
            Operation::Bucket => bucket(&context),
            Operation::List => list::objects(&context),
            Operation::Uploads => list::uploads(&context),
            Operation::Preflight => preflight(head),
            Operation::Unknown => unknown(&context, path),
        };
        answered.unwrap_or_else(|error| error.answer(&call.resource, state.clock.now_ms()))
    }

    fn named_error(&self, state: &State, call: &Call, name: &str) -> Answer {
        error::named_error(name, &call.resource, state.clock.now_ms())
    }

    /// What every answer of the store carries; other origins are told that they may read it.
    fn decorate(&self, _: &Call, head: &Head, answer: &mut Answer) {
        if head.header("origin").is_some() {
            set(answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
            set(answer, header::ACCESS_CONTROL_EXPOSE_HEADERS, "*");
        }
        set(answer, header::SERVER, "tencent-cos");
        if !answer.headers().contains_key(REQUEST_ID) {
            set(answer, REQUEST_ID, &error::request_id());
        }
    }

    fn settings(&self) -> Option<Value> {
        None
    }

    fn arrived(&self) -> Vec<Arrived> {
        let world = self.memory.world();
        let objects = world.bucket.objects().map(|object| Arrived {
            service: NAME.to_owned(),
            id: object.id.clone(),
            name: object.key.clone(),
            media_type: None,
            created_ms: object.created_ms,
            content: world.bucket.content(object),
        });
        objects.collect()
    }

    /// SMH does it.
    fn reset(&self, _: i64) -> io::Result<()> {
        Ok(())
    }
}

/// Never the object in place of what was asked for.
fn unknown(context: &Context<'_>, path: &str) -> Result<Answer, Error> {
    if !matches!(
        context.head.method,
        Method::GET | Method::HEAD | Method::PUT | Method::POST | Method::DELETE
    ) {
        return Err(Error::new("MethodNotAllowed"));
    }
    // Of an object with its temporary keys there is nothing but its bytes, and what can be made of them.
    let is_sub_resource = |(name, _): &(String, String)| is_sub_resource(name);
    match context.rights(path)? {
        Rights::Object if context.head.query_pairs().iter().any(is_sub_resource) => {
            Err(Error::new("AccessDenied"))
        }
        _ => Err(Error::new("NotImplemented")),
    }
}
