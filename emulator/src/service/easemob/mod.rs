//! Easemob (easemob.md): tokens, chat files, thumbnails, the files of groups, and the web SDK's chunked upload.

pub(super) mod comparison;
mod download;
mod error;
mod group;
mod part_upload;
mod reply;
mod thumbnail;
mod token;
mod upload;

use std::io;
use std::sync::Mutex;

use hyper::{Method, header};
use serde_json::Value;

use error::{Error, rate_limited};

use crate::config::{EasemobConfig, Settings};
use crate::http::{Answer, Head, RequestBody, decode_percent, set, status_only};
use crate::limits::Limit;
use crate::service::{Service, verbs};
use crate::state::State;
use crate::store::lock;

const NAME: &str = "easemob";

/// What the service remembers besides files.
#[derive(Debug)]
struct Memory {
    tokens: Mutex<token::Tokens>,
    users: Mutex<token::Users>,
    parts: Mutex<part_upload::Uploads>,
    /// Signs the storage addresses of redirects.
    seal: String,
}

impl Memory {
    fn new(config: &EasemobConfig, now_ms: i64) -> Self {
        Self {
            tokens: Mutex::default(),
            users: Mutex::new(token::Users::new(config, now_ms)),
            parts: Mutex::default(),
            seal: uuid::Uuid::new_v4().to_string(),
        }
    }

    fn reset(&self, config: &EasemobConfig, now_ms: i64) {
        *lock(&self.tokens) = token::Tokens::default();
        *lock(&self.users) = token::Users::new(config, now_ms);
        *lock(&self.parts) = part_upload::Uploads::default();
    }

    fn revoke_tokens(&self) {
        *lock(&self.tokens) = token::Tokens::default();
    }
}

/// The service.
#[derive(Debug)]
pub(super) struct Easemob {
    settings: Settings,
    memory: Memory,
}

impl Easemob {
    pub(super) fn new(settings: &Settings, now_ms: i64) -> Self {
        Self {
            settings: settings.clone(),
            memory: Memory::new(&settings.now().easemob, now_ms),
        }
    }
}

/// Which app a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum App {
    /// `/{org}/{app}/…`
    Names { org: String, app: String },
    /// `/app-id/{app_id}/…`
    Id(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Operation {
    App,
    Token,
    Upload,
    Download {
        uuid: String,
    },
    Storage {
        uuid: String,
    },
    ShareUpload {
        group: String,
    },
    ShareList {
        group: String,
    },
    ShareDownload {
        group: String,
        file: String,
    },
    ShareDelete {
        group: String,
        file: String,
    },
    PartInit,
    PartPut {
        uuid: String,
    },
    PartComplete {
        uuid: String,
    },
    PartAbort {
        uuid: String,
    },
    Preflight,
    /// A known path, but not under this method.
    WrongMethod,
    Unknown,
}

/// A request to this service.
#[derive(Debug)]
pub(crate) struct Call {
    app: App,
    operation: Operation,
}

verbs! {
    Operation {
            Operation::Token => "token",
            Operation::Upload => "upload",
            Operation::Download { .. } => "download",
            Operation::Storage { .. } => "storage",
            Operation::ShareUpload { .. } => "share_upload",
            Operation::ShareList { .. } => "share_list",
            Operation::ShareDownload { .. } => "share_download",
            Operation::ShareDelete { .. } => "share_delete",
            Operation::PartInit => "part_init",
            Operation::PartPut { .. } => "part_put",
            Operation::PartComplete { .. } => "part_complete",
            Operation::PartAbort { .. } => "part_abort",
            Operation::Preflight => "preflight",
            Operation::App => "app",
            Operation::WrongMethod | Operation::Unknown => "unknown",
    }
}

/// The first path segment of storage addresses; no organisation can have this name.
const STORAGE: &str = "easemob-storage";

fn operation(method: &Method, rest: &[&str]) -> Operation {
    let is = |wanted: Method| *method == wanted;
    let get = is(Method::GET) || is(Method::HEAD);
    match rest {
        [] | [""] if is(Method::POST) => Operation::App,
        ["token"] if is(Method::POST) => Operation::Token,
        ["chatfiles"] if is(Method::POST) => Operation::Upload,
        ["chatfiles", uuid] if get => Operation::Download {
            uuid: (*uuid).to_owned(),
        },
        ["chatgroups", group, "share_files"] if is(Method::POST) => Operation::ShareUpload {
            group: (*group).to_owned(),
        },
        ["chatgroups", group, "share_files"] if get => Operation::ShareList {
            group: (*group).to_owned(),
        },
        ["chatgroups", group, "share_files", file] if get => Operation::ShareDownload {
            group: (*group).to_owned(),
            file: (*file).to_owned(),
        },
        ["chatgroups", group, "share_files", file] if is(Method::DELETE) => {
            Operation::ShareDelete {
                group: (*group).to_owned(),
                file: (*file).to_owned(),
            }
        }
        ["sdk", "chatfiles", "part-upload"] if is(Method::POST) => Operation::PartInit,
        ["sdk", "chatfiles", "part-upload", uuid] => {
            let uuid = (*uuid).to_owned();
            match method.as_str() {
                "PUT" => Operation::PartPut { uuid },
                "POST" => Operation::PartComplete { uuid },
                "DELETE" => Operation::PartAbort { uuid },
                _ => Operation::WrongMethod,
            }
        }
        ["token"]
        | ["chatfiles"]
        | ["chatfiles", _]
        | ["chatgroups", _, "share_files"]
        | ["chatgroups", _, "share_files", _]
        | ["sdk", "chatfiles", "part-upload"] => Operation::WrongMethod,
        _ => Operation::Unknown,
    }
}

/// One request with what every handler needs.
struct Context<'a> {
    state: &'a State,
    config: &'a EasemobConfig,
    memory: &'a Memory,
    head: &'a Head,
    app: &'a App,
    started_ms: i64,
}

impl Context<'_> {
    fn now_ms(&self) -> i64 {
        self.state.clock.now_ms()
    }

    /// Counts the call against the app's limit per second.
    fn count(&self, name: &str, calls: u32) -> Result<(), Error> {
        let limit = Limit {
            calls,
            window_ms: 1000,
            block_ms: 0,
        };
        let name = format!("{NAME}/{name}");
        if self.state.limits.allow(&name, limit, self.now_ms()) {
            return Ok(());
        }
        Err(rate_limited())
    }

    /// The app must exist before anything else is looked at.
    fn check_app(&self) -> Result<(), Error> {
        let known = match self.app {
            App::Names { org, app } => *org == self.config.org && *app == self.config.app,
            App::Id(id) => *id == self.config.app_id,
        };
        if known {
            return Ok(());
        }
        let name = match self.app {
            App::Names { org, app } => format!("{org}/{app}"),
            App::Id(id) => id.clone(),
        };
        Err(Error::new(
            404,
            "organization_application_not_found",
            format!(
                "Could not find application for {name} from URI: {}",
                self.head.path.trim_start_matches('/')
            ),
        ))
    }
}

async fn answer(
    context: &Context<'_>,
    operation: &Operation,
    body: &mut RequestBody,
) -> Result<Answer, Error> {
    match operation {
        Operation::Preflight => return Ok(status_only(200)),
        Operation::Storage { uuid } => return download::from_storage(context, uuid).await,
        _ => context.check_app()?,
    }
    match operation {
        Operation::Preflight | Operation::Storage { .. } | Operation::Unknown => Err(Error::new(
            404,
            "service_resource_not_found",
            "Service resource not found",
        )),
        Operation::App => Ok(reply::not_an_upload(context)),
        Operation::Token => token::grant(context, body).await,
        Operation::Upload => upload::receive(context, body).await,
        Operation::Download { uuid } => download::send(context, uuid).await,
        Operation::ShareUpload { group } => group::upload(context, group, body).await,
        Operation::ShareList { group } => group::list(context, group),
        Operation::ShareDownload { group, file } => group::download(context, group, file),
        Operation::ShareDelete { group, file } => group::delete(context, group, file),
        Operation::PartInit => part_upload::begin(context),
        Operation::PartPut { uuid } => part_upload::put(context, uuid, body).await,
        Operation::PartComplete { uuid } => part_upload::complete(context, uuid).await,
        Operation::PartAbort { uuid } => part_upload::abort(context, uuid),
        Operation::WrongMethod => Err(Error::new(
            405,
            "web_application",
            "HTTP 405 Method Not Allowed",
        )),
    }
}

impl Service for Easemob {
    type Call = Call;

    const NAME: &'static str = NAME;
    const VERBS: &'static [&'static str] = VERBS;

    fn has_error(_: &str, name: &str) -> bool {
        error::has_error(name)
    }

    fn route(&self, head: &Head, segments: &[&str]) -> Option<Call> {
        let settings = self.settings.now();
        let config = &settings.easemob;
        let text = |segment: &&str| decode_percent(segment, false);
        let (first, second) = (segments.first().map(text)?, segments.get(1).map(text)?);
        if first == STORAGE {
            return Some(Call {
                app: App::Id(config.app_id.clone()),
                operation: match head.method {
                    Method::GET | Method::HEAD => Operation::Storage { uuid: second },
                    Method::OPTIONS => Operation::Preflight,
                    _ => Operation::WrongMethod,
                },
            });
        }
        let rest: Vec<String> = segments.get(2..)?.iter().map(text).collect();
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        let ours = first == config.org && second == config.app || first == "app-id";
        let operation = if head.method == Method::OPTIONS {
            Operation::Preflight
        } else {
            operation(&head.method, &rest)
        };
        // Another organisation's path is only known by what follows.
        let known = matches!(
            rest.first(),
            Some(&("token" | "chatfiles" | "chatgroups" | "sdk"))
        );
        let app = if first == "app-id" {
            App::Id(second)
        } else {
            App::Names {
                org: first,
                app: second,
            }
        };
        (ours || known).then_some(Call { app, operation })
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
            config: &settings.easemob,
            memory: &self.memory,
            head,
            app: &call.app,
            started_ms: state.clock.now_ms(),
        };
        match answer(&context, &call.operation, body).await {
            Ok(answer) => answer,
            Err(error) => error.answer(state, context.started_ms),
        }
    }

    fn named_error(&self, state: &State, _: &Call, name: &str) -> Answer {
        error::named_error(state, name)
    }

    /// Lets browsers of any origin read every answer (easemob.md §2.8), preflights included.
    fn decorate(&self, _: &Call, head: &Head, answer: &mut Answer) {
        set(answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        set(
            answer,
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            "Content-Length, Content-Range, Content-Disposition, ETag, Accept-Ranges, Location, Date",
        );
        if head.method == Method::OPTIONS {
            // `*` would not cover Authorization, so the fields asked for are named back.
            let fields = head
                .header("access-control-request-headers")
                .unwrap_or_else(|| {
                    "authorization, content-type, restrict-access, share-secret, thumbnail, \
                     thumbnail-height, thumbnail-width"
                        .to_owned()
                });
            set(answer, header::ACCESS_CONTROL_ALLOW_HEADERS, &fields);
            set(
                answer,
                header::ACCESS_CONTROL_ALLOW_METHODS,
                "GET, HEAD, POST, PUT, DELETE, OPTIONS",
            );
            set(answer, header::ACCESS_CONTROL_MAX_AGE, "86400");
        }
    }

    fn settings(&self) -> Option<Value> {
        serde_json::to_value(&self.settings.now().easemob).ok()
    }

    fn account(&self, base: &str) -> Vec<(&'static str, String)> {
        let settings = self.settings.now();
        let config = &settings.easemob;
        vec![
            ("base_url", base.to_owned()),
            ("app_key", format!("{}#{}", config.org, config.app)),
            ("client_id", config.client_id.clone()),
            ("client_secret", config.client_secret.clone()),
        ]
    }

    fn summary(&self, base: &str) -> Vec<(&'static str, String)> {
        let settings = self.settings.now();
        let config = &settings.easemob;
        let app = format!("{base}/{}/{}", config.org, config.app);
        let mut lines = vec![
            ("Easemob", format!("{app}/{{token,chatfiles,chatgroups}}")),
            ("client_id", config.client_id.clone()),
            ("client_secret", config.client_secret.clone()),
        ];
        let users = config.users.iter().filter(|user| user.activated);
        lines.extend(users.map(|user| ("user", format!("{} / {}", user.username, user.password))));
        lines.push(("largest file", format!("{} bytes", config.max_upload)));
        lines
    }

    fn reset(&self, now_ms: i64) -> io::Result<()> {
        self.memory.reset(&self.settings.now().easemob, now_ms);
        Ok(())
    }

    fn revoke_tokens(&self) {
        self.memory.revoke_tokens();
    }
}
