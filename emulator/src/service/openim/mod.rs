//! OpenIM (openim.md): tokens, form upload, multipart upload, access, and the object store behind them.

mod access;
mod backing;
pub(super) mod comparison;
mod compress;
mod driver;
mod fields;
mod form;
mod go_code;
mod go_json;
mod logins;
mod multipart;
mod objects;
mod reply;
mod shapes;
mod storage;
mod thumbnail;
mod token;

use std::collections::HashMap;
use std::io;
use std::sync::Mutex;

use hyper::Method;
use hyper::header::{self, HeaderName, HeaderValue};
use serde_json::Value;

use fields::{Fields, Shape};
use reply::Refusal;
use token::Caller;

use crate::config::{OpenimConfig, OpenimServer, Settings};
use crate::http::{
    Answer, Head, RequestBody, decode_percent, is_multipart, json, set, status_only, text,
};
use crate::service::{Patience, Service, verbs};
use crate::state::State;
use crate::store::lock;

const NAME: &str = "openim";

/// What the service remembers besides files.
#[derive(Debug, Default)]
struct Memory {
    accounts: Mutex<logins::Logins>,
    /// StatObject's cache by key.
    stats: Mutex<HashMap<String, objects::Cached>>,
}

impl Memory {
    fn reset(&self) {
        *lock(&self.accounts) = logins::Logins::default();
        lock(&self.stats).clear();
    }

    fn revoke_tokens(&self) {
        lock(&self.accounts).revoke();
    }
}

/// The service.
#[derive(Debug)]
pub(super) struct Openim {
    settings: Settings,
    memory: Memory,
}

impl Openim {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            memory: Memory::default(),
        }
    }
}

/// A request to this service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Api(Api),
    /// `GET /object/{name}`
    Object {
        name: String,
    },
    /// The object store.
    Storage {
        bucket: String,
        /// Empty for the bucket itself.
        key: String,
        method: Method,
    },
    Preflight,
    /// A path with a slash too many or too few.
    Moved {
        status: u16,
        path: String,
    },
    /// A GET that leads nowhere.
    Unknown,
}

/// The calls that are POSTs with the two headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    AdminToken,
    UserToken,
    ParseToken,
    ForceLogout,
    Register,
    InitiateForm,
    CompleteForm,
    PartLimit,
    PartSize,
    InitiateMultipart,
    AuthSign,
    CompleteMultipart,
    AccessUrl,
    Unknown,
}

verbs! {
    Call {
        Call::Api(Api::AdminToken) => "admin_token",
        Call::Api(Api::UserToken) => "user_token",
        Call::Api(Api::ParseToken) => "parse_token",
        Call::Api(Api::ForceLogout) => "force_logout",
        Call::Api(Api::Register) => "register",
        Call::Api(Api::InitiateForm) => "initiate_form",
        Call::Storage { method: Method::POST, key, .. } if key.is_empty() => "form_post",
        Call::Api(Api::CompleteForm) => "complete_form",
        Call::Api(Api::PartLimit) => "part_limit",
        Call::Api(Api::PartSize) => "part_size",
        Call::Api(Api::InitiateMultipart) => "initiate_multipart",
        Call::Api(Api::AuthSign) => "auth_sign",
        Call::Storage { method: Method::PUT, .. } => "part_put",
        Call::Api(Api::CompleteMultipart) => "complete_multipart",
        Call::Api(Api::AccessUrl) => "access_url",
        Call::Object { .. } => "object",
        Call::Storage { method: Method::GET | Method::HEAD, .. } => "storage_get",
        Call::Storage { .. } => "storage_other",
        Call::Preflight => "preflight",
        Call::Api(Api::Unknown) | Call::Moved { .. } | Call::Unknown => "unknown",
    }
}

fn api(segments: &[&str]) -> Api {
    match segments {
        ["auth", "get_admin_token"] => Api::AdminToken,
        ["auth", "get_user_token"] => Api::UserToken,
        ["auth", "parse_token"] => Api::ParseToken,
        ["auth", "force_logout"] => Api::ForceLogout,
        ["user", "user_register"] => Api::Register,
        ["object", "initiate_form_data"] => Api::InitiateForm,
        ["object", "complete_form_data"] => Api::CompleteForm,
        ["object", "part_limit"] => Api::PartLimit,
        ["object", "part_size"] => Api::PartSize,
        ["object", "initiate_multipart_upload"] => Api::InitiateMultipart,
        ["object", "auth_sign"] => Api::AuthSign,
        ["object", "complete_multipart_upload"] => Api::CompleteMultipart,
        ["object", "access_url"] => Api::AccessUrl,
        _ => Api::Unknown,
    }
}

struct Context<'a> {
    state: &'a State,
    config: &'a OpenimConfig,
    memory: &'a Memory,
    head: &'a Head,
    /// The bucket that a request to the store names.
    bucket: &'a str,
}

impl Context<'_> {
    fn now_ms(&self) -> i64 {
        self.state.clock.now_ms()
    }

    /// Scheme and host of the store, as it signs them.
    fn storage_base(&self) -> &str {
        let config = self.config;
        let base = config.external_address.as_deref();
        let base = base.or(config.store.as_deref());
        base.unwrap_or(&self.head.base).trim_end_matches('/')
    }

    fn storage_host(&self) -> &str {
        let base = self.storage_base();
        base.split_once("://").map_or(base, |(_, host)| host)
    }

    /// What replies put before a name: the client's own word for it, or the host that was asked.
    fn url_prefix(&self) -> String {
        let own = self.head.header("x-request-api");
        let base = own
            .filter(|own| !own.is_empty())
            .unwrap_or_else(|| self.head.base.clone());
        format!("{}/object/", base.strip_suffix('/').unwrap_or(&base))
    }
}

/// The type of what the router itself says.
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain");

fn not_found() -> Answer {
    text(404, "text/plain", "404 page not found".to_owned())
}

/// To the same path with a slash more or less, as the router writes it; what browsers do not show has no body.
fn moved(head: &Head, status: u16, path: &str) -> Answer {
    let sign = if head.query.is_empty() { "" } else { "?" };
    let target = format!("{path}{sign}{}", head.query);
    let mut answer = match status {
        301 => {
            let shown = storage::escape(&target);
            let body = format!("<a href=\"{shown}\">Moved Permanently</a>.\n\n");
            text(status, "text/html; charset=utf-8", body)
        }
        _ => status_only(status),
    };
    set(&mut answer, header::LOCATION, &target);
    answer
}

/// On what Go's HTTP server says by itself: nothing of the service goes with it.
#[derive(Debug, Clone, Copy)]
struct Bare;

/// What Go's server refuses before it looks for whom the request is.
fn refused(head: &Head) -> Option<Answer> {
    let is_hex = |at: usize| {
        head.path
            .as_bytes()
            .get(at)
            .is_some_and(u8::is_ascii_hexdigit)
    };
    let mut escapes = head.path.match_indices('%').map(|(at, _)| at);
    let expects = head.header("expect").unwrap_or_default();
    let (status, words) = if head.lacks_host {
        (400, "400 Bad Request: missing required Host header")
    } else if escapes.any(|at| !(is_hex(at + 1) && is_hex(at + 2))) {
        (400, "400 Bad Request")
    } else if !expects.is_empty() && !head.expects_continue() {
        (417, "")
    } else {
        return None;
    };
    let mut answer = match words {
        "" => status_only(status),
        words => text(status, "text/plain; charset=utf-8", words.to_owned()),
    };
    set(&mut answer, header::CONNECTION, "close");
    answer.extensions_mut().insert(Bare);
    Some(answer)
}

/// The calls that need no token: all that begin so.
const OPEN_TO_ALL: &[&str] = &["/auth/get_admin_token", "/auth/parse_token"];

async fn answer(
    context: &Context<'_>,
    api: Api,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let operation = context.head.header("operationid").unwrap_or_default();
    if operation.is_empty() {
        return Err(Refusal::args("header must have operationID"));
    }
    let path = context.head.path.as_str();
    let caller = match OPEN_TO_ALL.iter().any(|open| path.starts_with(open)) {
        true => Caller::default(),
        false => token::caller(context)?,
    };
    match api {
        Api::Unknown => Ok(not_found()),
        Api::AdminToken => token::admin_token(context, body).await,
        Api::ParseToken => token::parse_token(context, body).await,
        Api::UserToken => token::user_token(context, &caller, body).await,
        Api::ForceLogout => token::force_logout(context, &caller, body).await,
        Api::Register => token::register(context, &caller, body).await,
        Api::InitiateForm => form::initiate(context, &caller, body).await,
        Api::CompleteForm => form::complete(context, &caller, body).await,
        Api::PartLimit => multipart::part_limit(context, body).await,
        Api::PartSize => multipart::part_size(context, body).await,
        Api::InitiateMultipart => multipart::initiate(context, &caller, body).await,
        Api::AuthSign => multipart::auth_sign(context, body).await,
        Api::CompleteMultipart => multipart::complete(context, &caller, body).await,
        Api::AccessUrl => access::access_url(context, body).await,
    }
}

/// Reads a request; the processes of a cluster pass no longer one on.
async fn read(
    context: &Context<'_>,
    shape: &'static Shape,
    body: &mut RequestBody,
) -> Result<Fields, Refusal> {
    /// `rpcMaxBodySize` in OpenIM's configuration.
    const LONGEST_MESSAGE: usize = 8 * 1024 * 1024;
    let fields = Fields::read(shape, body).await?;
    let size = fields.wire_size();
    if context.config.server == OpenimServer::Release && size > LONGEST_MESSAGE {
        let words =
            format!("grpc: received message larger than max ({size} vs. {LONGEST_MESSAGE})");
        return Err(Refusal::by_gateway(8, words));
    }
    Ok(fields)
}

/// An upload's name must be sound and, unless an admin calls, begin with the caller's id (openim.md §2.4).
fn check_name(caller: &Caller, name: &str) -> Result<(), Refusal> {
    /// In bytes, whatever the text of the error says.
    const LONGEST_NAME: usize = 1024;
    if name.is_empty() {
        return Err(Refusal::args("name is empty"));
    }
    if name.starts_with('/') {
        return Err(Refusal::args("name cannot start with `/`"));
    }
    if name.trim().is_empty() {
        return Err(Refusal::args("object name cannot be empty"));
    }
    if name.len() > LONGEST_NAME {
        return Err(Refusal::args(
            "object name cannot be longer than 1024 characters",
        ));
    }
    let prefix = format!("{}/", caller.user);
    if !caller.admin && !name.starts_with(&prefix) {
        return Err(Refusal::permission(format!(
            "name must start with `{prefix}`"
        )));
    }
    Ok(())
}

/// What a browser is told with every answer of the API.
static CROSS_ORIGIN: &[(HeaderName, &str)] = &[
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (header::ACCESS_CONTROL_ALLOW_METHODS, "*"),
    (header::ACCESS_CONTROL_ALLOW_HEADERS, "*"),
    (
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        "Content-Length, Access-Control-Allow-Origin, Access-Control-Allow-Headers,Cache-Control,\
         Content-Language,Content-Type,Expires,Last-Modified,Pragma,FooBar",
    ),
    (header::ACCESS_CONTROL_MAX_AGE, "172800"),
    (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "false"),
];

/// Whether a request is one to a store like OpenIM's, whatever bucket it names: it is signed so, or it is a form.
fn is_for_a_store(head: &Head, segments: &[&str]) -> bool {
    let authorization = head.header("authorization").unwrap_or_default();
    let is_signed = authorization.starts_with("AWS") || head.query("X-Amz-Signature").is_some();
    let is_form = head.method == Method::POST
        && matches!(segments, [bucket] | [bucket, ""] if !bucket.is_empty())
        && is_multipart(head);
    is_signed || is_form
}

impl Service for Openim {
    type Call = Call;

    const NAME: &'static str = NAME;
    const VERBS: &'static [&'static str] = VERBS;

    /// Whether there is an error of that name at this verb.
    fn has_error(verb: &str, name: &str) -> bool {
        match verb {
            "form_post" | "part_put" | "storage_get" | "storage_other" => storage::knows(name),
            _ => reply::knows(name),
        }
    }

    fn route(&self, head: &Head, segments: &[&str]) -> Option<Call> {
        let first = decode_percent(segments.first()?, false);
        let is_own = first == self.settings.now().openim.bucket && !first.is_empty();
        if is_own || is_for_a_store(head, segments) {
            return Some(Call::Storage {
                bucket: first,
                key: decode_percent(&segments[1..].join("/"), false),
                method: head.method.clone(),
            });
        }
        // The router matches paths without their escapes.
        let path = decode_percent(&segments.join("/"), false);
        let segments: Vec<&str> = path.split('/').collect();
        // It does not know one with two slashes, but that is nobody else's.
        let first = segments.iter().find(|segment| !segment.is_empty())?;
        if !["auth", "user", "object"].contains(first) {
            return None;
        }
        Some(match (&head.method, &segments[..]) {
            (&Method::OPTIONS, _) => Call::Preflight,
            (&Method::POST, [known @ .., ""]) if api(known) != Api::Unknown => Call::Moved {
                status: 307,
                path: head.path.trim_end_matches('/').to_owned(),
            },
            (&Method::POST, segments) => Call::Api(api(segments)),
            (&Method::GET, ["object"]) => Call::Moved {
                status: 301,
                path: "/object/".to_owned(),
            },
            (&Method::GET, ["object", name @ ..]) => Call::Object {
                name: name.join("/"),
            },
            _ => Call::Unknown,
        })
    }

    fn verb(call: &Call) -> &'static str {
        verb(call)
    }

    async fn answer(
        &self,
        state: &State,
        head: &Head,
        call: &Call,
        body: &mut RequestBody,
    ) -> Answer {
        let settings = self.settings.now();
        let config = &settings.openim;
        let context = Context {
            state,
            config,
            memory: &self.memory,
            head,
            bucket: match call {
                Call::Storage { bucket, .. } => bucket,
                _ => &config.bucket,
            },
        };
        if let Some(answer) = refused(head) {
            return answer;
        }
        let answer = match call {
            Call::Api(api) => {
                let answered = answer(&context, *api, body).await;
                answered.unwrap_or_else(|refusal| refusal.answer(config.server))
            }
            Call::Object { name } => match access::redirect(&context, name).await {
                Ok(answer) => answer,
                Err(refusal) => refusal.plain(config.server),
            },
            Call::Storage { key, .. } => return storage::handle(&context, key, body).await,
            Call::Preflight => json(200, "application/json", &"Options Request!"),
            Call::Moved { status, path } => return moved(head, *status, path),
            Call::Unknown => not_found(),
        };
        compress::answer(&context, answer).await
    }

    /// Both are servers of Go; the store's has limits of its own.
    fn patience(&self, call: &Call) -> Patience {
        /// `maxPostHandlerReadBytes` in Go's net/http.
        const LEFTOVER: u64 = 256 * 1024;
        let settings = self.settings.now();
        let config = &settings.openim;
        let of_store = |seconds: u64| {
            let ms = i64::try_from(seconds).ok()?.checked_mul(1000)?;
            (ms > 0 && matches!(call, Call::Storage { .. })).then_some(ms)
        };
        Patience {
            silence_ms: of_store(config.silence),
            unread_ms: of_store(config.unread),
            idle_ms: of_store(config.idle),
            leftover: Some(LEFTOVER),
        }
    }

    /// An error by name or code, for the fault `service_error`: the store's own at its verbs, else one of the API.
    fn named_error(&self, _: &State, call: &Call, name: &str) -> Answer {
        let settings = self.settings.now();
        match call {
            Call::Storage { .. } => storage::named_error(&settings.openim, name),
            _ => reply::named(name, settings.openim.server),
        }
    }

    /// Browsers of any origin may call.
    fn decorate(&self, call: &Call, head: &Head, answer: &mut Answer) {
        match call {
            _ if answer.extensions().get::<Bare>().is_some() => {}
            Call::Storage { .. } => storage::decorate(head, answer),
            // The router gives it before anything else has its turn.
            Call::Moved { .. } => {}
            _ => {
                // The logger of the main line's router gives each request a number.
                if self.settings.now().openim.server == OpenimServer::Main {
                    let id = uuid::Uuid::new_v4().to_string();
                    set(answer, HeaderName::from_static("x-http-id"), &id);
                }
                for (name, value) in CROSS_ORIGIN {
                    set(answer, name.clone(), value);
                }
            }
        }
    }

    fn settings(&self) -> Option<Value> {
        serde_json::to_value(&self.settings.now().openim).ok()
    }

    fn account(&self, base: &str) -> Vec<(&'static str, String)> {
        let settings = self.settings.now();
        let config = &settings.openim;
        vec![
            ("base_url", base.to_owned()),
            ("user_id", config.admin_id.clone()),
            ("admin_secret", config.secret.clone()),
        ]
    }

    fn summary(&self, base: &str) -> Vec<(&'static str, String)> {
        let settings = self.settings.now();
        let config = &settings.openim;
        let store = config.external_address.as_deref();
        let store = store.or(config.store.as_deref()).unwrap_or(base);
        vec![
            ("OpenIM", format!("{base}/{{auth,user,object}}/…")),
            ("secret", config.secret.clone()),
            ("admin", config.admin_id.clone()),
            ("users", config.users.join(", ")),
            ("object store", format!("{store}/{}", config.bucket)),
            ("access key", config.access_key.clone()),
            ("secret key", config.secret_key.clone()),
        ]
    }

    fn reset(&self, _: i64) -> io::Result<()> {
        self.memory.reset();
        Ok(())
    }

    fn revoke_tokens(&self) {
        self.memory.revoke_tokens();
    }
}
