//! OpenIM (openim.md): tokens, form upload, multipart upload, access, and the object store behind them.

mod access;
mod compress;
mod driver;
mod fields;
mod form;
mod multipart;
mod objects;
mod reply;
mod storage;
mod thumbnail;
mod token;

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::{Method, header};
use serde_json::Value;

use reply::Refusal;
use token::Caller;

use crate::config::OpenimConfig;
use crate::config::OpenimUnknownName;
use crate::http::{Answer, Head, RequestBody, decode_percent, json, set, text};
use crate::service::Service;
use crate::state::State;

const NAME: &str = "openim";

const VERBS: &[&str] = &[
    "admin_token",
    "user_token",
    "parse_token",
    "force_logout",
    "register",
    "initiate_form",
    "form_post",
    "complete_form",
    "part_limit",
    "part_size",
    "initiate_multipart",
    "auth_sign",
    "part_put",
    "complete_multipart",
    "access_url",
    "object",
    "storage_get",
    "storage_other",
    "preflight",
    "unknown",
];

/// What the service remembers besides files.
#[derive(Debug, Default)]
struct Memory {
    accounts: Mutex<token::Accounts>,
    /// StatObject's cache by key.
    stats: Mutex<HashMap<String, objects::Cached>>,
}

impl Memory {
    fn reset(&self) {
        self.revoke_tokens();
        lock(&self.stats).clear();
    }

    fn revoke_tokens(&self) {
        *lock(&self.accounts) = token::Accounts::default();
    }
}

/// The service.
#[derive(Debug)]
pub(super) struct Openim {
    config: OpenimConfig,
    memory: Memory,
}

impl Openim {
    pub(super) fn new(config: &OpenimConfig) -> Self {
        Self {
            config: config.clone(),
            memory: Memory::default(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
        /// Empty for the bucket itself.
        key: String,
        method: Method,
    },
    Preflight,
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

impl Call {
    fn verb(&self) -> &'static str {
        match self {
            Self::Api(api) => match api {
                Api::AdminToken => "admin_token",
                Api::UserToken => "user_token",
                Api::ParseToken => "parse_token",
                Api::ForceLogout => "force_logout",
                Api::Register => "register",
                Api::InitiateForm => "initiate_form",
                Api::CompleteForm => "complete_form",
                Api::PartLimit => "part_limit",
                Api::PartSize => "part_size",
                Api::InitiateMultipart => "initiate_multipart",
                Api::AuthSign => "auth_sign",
                Api::CompleteMultipart => "complete_multipart",
                Api::AccessUrl => "access_url",
                Api::Unknown => "unknown",
            },
            Self::Object { .. } => "object",
            Self::Storage { key, method } => match *method {
                Method::POST if key.is_empty() => "form_post",
                Method::PUT => "part_put",
                Method::GET | Method::HEAD => "storage_get",
                _ => "storage_other",
            },
            Self::Preflight => "preflight",
            Self::Unknown => "unknown",
        }
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
}

impl Context<'_> {
    fn now_ms(&self) -> i64 {
        self.state.clock.now_ms()
    }

    /// Whether it answers as a server whose services are one process, and not as a cluster.
    fn is_one_process(&self) -> bool {
        self.config.unknown_name == OpenimUnknownName::Internal
    }

    /// Scheme and host of the store, as it signs them.
    fn storage_base(&self) -> &str {
        let base = self.config.external_address.as_deref();
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

fn not_found() -> Answer {
    text(404, "text/plain", "404 page not found".to_owned())
}

async fn answer(
    context: &Context<'_>,
    api: Api,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let operation = context.head.header("operationid").unwrap_or_default();
    if operation.is_empty() {
        return Err(Refusal::args("header must have operationID"));
    }
    // These two alone need no token.
    match api {
        Api::AdminToken => return token::admin_token(context, body).await,
        Api::ParseToken => return token::parse_token(context, body).await,
        _ => {}
    }
    let caller: Caller = token::caller(context)?;
    match api {
        Api::AdminToken | Api::ParseToken | Api::Unknown => Ok(not_found()),
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
        let config = &self.config;
        let first = decode_percent(segments.first()?, false);
        if first == config.bucket && !config.bucket.is_empty() {
            let key = decode_percent(&segments[1..].join("/"), false);
            let method = head.method.clone();
            return Some(Call::Storage { key, method });
        }
        if !["auth", "user", "object"].contains(&first.as_str()) {
            return None;
        }
        Some(match head.method {
            Method::OPTIONS => Call::Preflight,
            Method::POST => Call::Api(api(segments)),
            Method::GET if first == "object" => Call::Object {
                name: decode_percent(&segments[1..].join("/"), false),
            },
            _ => Call::Unknown,
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
        let context = Context {
            state,
            config: &self.config,
            memory: &self.memory,
            head,
        };
        match call {
            Call::Api(api) => {
                let answered = answer(&context, *api, body).await;
                let answer = answered.unwrap_or_else(|refusal| refusal.answer());
                compress::answer(&context, answer).await
            }
            Call::Object { name } => match access::redirect(&context, name).await {
                Ok(answer) => answer,
                Err(refusal) => refusal.plain(context.is_one_process()),
            },
            Call::Storage { key, .. } => storage::handle(&context, key, body).await,
            Call::Preflight => json(200, "application/json", &"Options Request!"),
            Call::Unknown => not_found(),
        }
    }

    /// An error by name or code, for the fault `service_error`: the store's own at its verbs, else one of the API.
    fn named_error(&self, _: &State, call: &Call, name: &str) -> Answer {
        match call {
            Call::Storage { .. } => storage::named_error(&self.config, name),
            _ => reply::named(name),
        }
    }

    /// Browsers of any origin may call.
    fn decorate(call: &Call, head: &Head, answer: &mut Answer) {
        if let Call::Storage { .. } = call {
            storage::decorate(head, answer);
            return;
        }
        set(answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        set(answer, header::ACCESS_CONTROL_ALLOW_METHODS, "*");
        set(answer, header::ACCESS_CONTROL_ALLOW_HEADERS, "*");
        set(answer, header::ACCESS_CONTROL_MAX_AGE, "172800");
    }

    fn settings(&self) -> Option<Value> {
        serde_json::to_value(&self.config).ok()
    }

    fn summary(&self, base: &str) -> Vec<(&'static str, String)> {
        let config = &self.config;
        let store = config.external_address.as_deref().unwrap_or(base);
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
