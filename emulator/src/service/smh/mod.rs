//! Tencent SMH (smh.md): tokens, uploads, files and directories, and the COS store that holds the bytes.

mod aws;
mod batch;
mod begin;
mod body;
mod codes;
pub(super) mod comparison;
mod confirm;
pub(super) mod cos;
mod directory;
mod error;
mod files;
mod hashes;
mod history;
mod landing;
mod object;
mod path;
mod quota;
mod recycled;
mod reply;
mod session;
mod sign;
mod token;
mod transfer;
mod tree;
mod upload;
mod virtual_file;
mod world;

use std::io;
use std::path::Path;
use std::sync::Arc;

use hyper::{Method, header};
use serde_json::Value;

use crate::config::{Settings, SmhConfig};
use crate::http::{Answer, Head, RequestBody, decode_percent, set, status_only};
use crate::limits::Limit;
use crate::service::{Arrived, Service, verbs};
use crate::state::State;
use error::Error;
use upload::Kind;
use world::Memory;

const NAME: &str = "smh";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Token,
    TokenRenew,
    TokenDelete,
    BeginSimple,
    BeginMultipart,
    BeginForm,
    Virtual,
    Renew,
    State,
    Confirm,
    Cancel,
    Download,
    Preview,
    Info,
    Head,
    Delete,
    Mkdir,
    List,
    Versions,
    Move,
    Copy,
    Link,
    Inode,
    BatchCopy,
    BatchMove,
    BatchDelete,
    RecycledList,
    RecycledInfo,
    RecycledRestore,
    RecycledRestoreMany,
    RecycledPurge,
    RecycledPurgeMany,
    RecycledEmpty,
    QuotaCreate,
    QuotaGet,
    QuotaSet,
    Usage,
    Space,
    Preflight,
    Unknown,
}

verbs! {
    Operation {
        Operation::Token => "token",
        Operation::TokenRenew => "token_renew",
        Operation::TokenDelete => "token_delete",
        Operation::BeginSimple => "begin_simple",
        Operation::BeginMultipart => "begin_multipart",
        Operation::BeginForm => "begin_form",
        Operation::Virtual => "virtual",
        Operation::Renew => "renew",
        Operation::State => "state",
        Operation::Confirm => "confirm",
        Operation::Cancel => "cancel",
        Operation::Download => "download",
        Operation::Preview => "preview",
        Operation::Info => "info",
        Operation::Head => "head",
        Operation::Delete => "delete",
        Operation::Mkdir => "mkdir",
        Operation::List => "list",
        Operation::Versions => "versions",
        Operation::Move => "move",
        Operation::Copy => "copy",
        Operation::Link => "link",
        Operation::Inode => "inode",
        Operation::BatchCopy => "batch_copy",
        Operation::BatchMove => "batch_move",
        Operation::BatchDelete => "batch_delete",
        Operation::RecycledList => "recycled_list",
        Operation::RecycledInfo => "recycled_info",
        Operation::RecycledRestore => "recycled_restore",
        Operation::RecycledRestoreMany => "recycled_restore_many",
        Operation::RecycledPurge => "recycled_purge",
        Operation::RecycledPurgeMany => "recycled_purge_many",
        Operation::RecycledEmpty => "recycled_empty",
        Operation::QuotaCreate => "quota_create",
        Operation::QuotaGet => "quota_get",
        Operation::QuotaSet => "quota_set",
        Operation::Usage => "usage",
        Operation::Space => "space",
        Operation::Preflight => "preflight",
        Operation::Unknown => "unknown",
    }
}

/// The service.
#[derive(Debug)]
pub(super) struct Smh {
    settings: Settings,
    memory: Arc<Memory>,
}

impl Smh {
    /// Opens what lies in the emulator's folder.
    pub(super) fn open(settings: &Settings, folder: &Path, now_ms: i64) -> io::Result<Self> {
        let config = settings.now();
        Ok(Self {
            settings: settings.clone(),
            memory: Memory::open(folder, &config.smh, config.max_storage, now_ms)?,
        })
    }
}

/// A request to this service.
#[derive(Debug)]
pub(crate) struct Call {
    operation: Operation,
    /// Under `directory` instead of `file`.
    directory: bool,
    library: String,
    space: String,
    /// The rest of the path, still escaped: a file's path, a confirm key or a token.
    rest: String,
}

/// A flag-style action: valueless, or `=1`.
fn flag(head: &Head, name: &str) -> bool {
    head.query(name)
        .is_some_and(|value| value != "0" && !value.eq_ignore_ascii_case("false"))
}

fn token_operation(method: &Method, rest: &[&str]) -> Operation {
    match (rest, method) {
        ([] | [""], &Method::GET | &Method::POST) => Operation::Token,
        ([_, _], &Method::POST) => Operation::TokenRenew,
        ([_] | [_, _], &Method::DELETE) => Operation::TokenDelete,
        _ => Operation::Unknown,
    }
}

/// Names by which calls of one path and method are told apart: of those that are emulated, and of those that are not.
const ACTIONS: &[&str] = &[
    "calibrate",
    "confirm",
    "convert",
    "copy",
    "cover",
    "delete",
    "history",
    "info",
    "move",
    "multipart",
    "preview",
    "renew",
    "restore",
    "stats",
    "symlink",
    "transcoding_template_id",
    "uncompress",
    "update",
    "upload",
    "virtual_file",
];

impl Operation {
    /// The action by which it is told from others of its path and method.
    fn action(self) -> &'static str {
        match self {
            Self::BeginMultipart => "multipart",
            Self::Renew => "renew",
            Self::Confirm => "confirm",
            Self::State | Self::Cancel => "upload",
            Self::Info | Self::RecycledInfo => "info",
            Self::Preview => "preview",
            Self::Virtual => "virtual_file",
            Self::BatchCopy => "copy",
            Self::BatchMove => "move",
            Self::BatchDelete | Self::RecycledPurgeMany => "delete",
            Self::RecycledRestore | Self::RecycledRestoreMany => "restore",
            _ => "",
        }
    }

    /// The call, if the query asks for no other action: those of calls that are not emulated share these paths, and
    /// to take one for an upload or a new folder would be worse than to refuse it.
    fn alone(self, head: &Head) -> Self {
        let mut others = ACTIONS.iter().filter(|name| **name != self.action());
        let asks_for_another = others.any(|name| flag(head, name));
        if asks_for_another && self != Self::Preflight {
            return Self::Unknown;
        }
        self
    }
}

fn file_operation(method: &Method, head: &Head) -> Operation {
    let is = |name| flag(head, name);
    match *method {
        Method::PUT if is("virtual_file") => Operation::Virtual,
        Method::PUT => Operation::BeginSimple,
        Method::POST if is("multipart") => Operation::BeginMultipart,
        Method::POST if is("renew") => Operation::Renew,
        Method::POST if is("confirm") => Operation::Confirm,
        Method::POST => Operation::BeginForm,
        Method::GET if is("upload") => Operation::State,
        Method::GET if is("info") => Operation::Info,
        Method::GET if is("preview") => Operation::Preview,
        Method::GET => Operation::Download,
        Method::HEAD => Operation::Head,
        Method::DELETE if is("upload") => Operation::Cancel,
        Method::DELETE => Operation::Delete,
        _ => Operation::Unknown,
    }
}

fn directory_operation(method: &Method, head: &Head) -> Operation {
    match *method {
        Method::PUT => Operation::Mkdir,
        Method::GET if flag(head, "info") => Operation::Info,
        Method::GET => Operation::List,
        Method::HEAD => Operation::Head,
        Method::DELETE => Operation::Delete,
        _ => Operation::Unknown,
    }
}

/// The bin of a space, and what lies in it.
fn recycled_operation(method: &Method, head: &Head, is_item: bool) -> Operation {
    let is = |name| flag(head, name);
    match (method, is_item) {
        (&Method::GET, false) => Operation::RecycledList,
        (&Method::GET, true) if is("info") => Operation::RecycledInfo,
        (&Method::DELETE, false) => Operation::RecycledEmpty,
        (&Method::DELETE, true) => Operation::RecycledPurge,
        (&Method::POST, true) if is("restore") => Operation::RecycledRestore,
        (&Method::POST, false) if is("restore") => Operation::RecycledRestoreMany,
        (&Method::POST, false) if is("delete") => Operation::RecycledPurgeMany,
        _ => Operation::Unknown,
    }
}

fn batch_operation(method: &Method, head: &Head) -> Operation {
    let is = |name| flag(head, name);
    match *method {
        Method::POST if is("copy") => Operation::BatchCopy,
        Method::POST if is("move") => Operation::BatchMove,
        Method::POST if is("delete") => Operation::BatchDelete,
        _ => Operation::Unknown,
    }
}

/// What is asked of a library or a space as a whole.
fn library_operation(kind: &str, method: &Method, rest: &[&str]) -> Operation {
    match (kind, method, rest) {
        // The SDK for Android writes a slash behind the library, that for Java names no list.
        ("quota", &Method::POST, [_] | [_, ""]) => Operation::QuotaCreate,
        ("quota" | "space-quota", &Method::GET, [_, _]) => Operation::QuotaGet,
        ("quota", &Method::PUT, [_, _]) => Operation::QuotaSet,
        ("usage", &Method::GET, [_] | [_, _]) => Operation::Usage,
        ("space", &Method::GET, [_] | [_, "list" | "count"]) => Operation::Space,
        ("space", &Method::GET, [_, _, "size" | "file-count" | "extension"]) => Operation::Space,
        ("inode", &Method::GET, [_, _, _]) => Operation::Inode,
        _ => Operation::Unknown,
    }
}

/// Longer bodies begin no move.
const LONGEST_MOVE: u64 = 64 * 1024;

struct Context<'a> {
    state: &'a State,
    config: &'a SmhConfig,
    memory: &'a Arc<Memory>,
    head: &'a Head,
    call: &'a Call,
}

impl Context<'_> {
    fn now_ms(&self) -> i64 {
        self.state.clock.now_ms()
    }

    fn flag(&self, name: &str) -> bool {
        flag(self.head, name)
    }

    /// The names of the path that the call is about.
    fn path(&self) -> Result<Vec<String>, Error> {
        path::from_address(&self.call.rest)
    }

    /// The content that may be overwritten, which a private deployment does not look at (smh.md §1.15).
    fn content_cas(&self) -> Option<String> {
        let asked = self.head.query("content_cas");
        asked.filter(|cas| !cas.is_empty() && !self.config.private_cloud)
    }

    /// Counts the call against the limit.
    fn count(&self) -> Result<(), Error> {
        let limit = Limit {
            calls: self.config.calls_per_second,
            window_ms: 1000,
            block_ms: 0,
        };
        if self.state.limits.allow("smh", limit, self.now_ms()) {
            return Ok(());
        }
        Err(Error::new("RateLimitExceeded"))
    }
}

/// Names the requested fields back, as for any origin.
fn preflight(head: &Head) -> Answer {
    let mut answer = status_only(204);
    let methods = "GET, HEAD, POST, PUT, DELETE, OPTIONS";
    set(&mut answer, header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    if let Some(fields) = head.header("access-control-request-headers") {
        set(&mut answer, header::ACCESS_CONTROL_ALLOW_HEADERS, &fields);
    }
    set(&mut answer, header::ACCESS_CONTROL_MAX_AGE, "600");
    answer
}

impl Service for Smh {
    type Call = Call;

    const NAME: &'static str = NAME;
    const VERBS: &'static [&'static str] = VERBS;

    fn has_error(_: &str, name: &str) -> bool {
        error::has_error(name)
    }

    /// Paths under `/api/v1/`.
    fn route(&self, head: &Head, segments: &[&str]) -> Option<Call> {
        let ["api", "v1", kind, rest @ ..] = segments else {
            return None;
        };
        let text = |at: usize| {
            let segment = rest.get(at).copied().unwrap_or_default();
            decode_percent(segment, false)
        };
        let tail = |from: usize| rest.get(from..).unwrap_or_default().join("/");
        let token = *kind == "token";
        let versions = *kind == "directory-history" && matches!(rest, [_, _, "history-list", ..]);
        let operation = match (*kind, &head.method) {
            (_, &Method::OPTIONS) => Operation::Preflight,
            ("token", method) => token_operation(method, rest),
            ("file", method) if rest.len() > 2 => file_operation(method, head),
            ("directory", method) if rest.len() > 1 => directory_operation(method, head),
            (_, &Method::GET) if versions => Operation::Versions,
            ("recycled", method) if (2..=3).contains(&rest.len()) => {
                recycled_operation(method, head, rest.len() == 3)
            }
            ("batch", method) if rest.len() == 2 => batch_operation(method, head),
            (kind, method) => library_operation(kind, method, rest),
        };
        Some(Call {
            operation: operation.alone(head),
            directory: *kind == "directory",
            library: text(0),
            space: if token { String::new() } else { text(1) },
            rest: if token {
                text(1)
            } else {
                tail(if versions { 3 } else { 2 })
            },
        })
    }

    fn verb(call: &Call) -> &'static str {
        verb(&call.operation)
    }

    /// Moving, copying and linking share a call with uploads and new directories; the body tells them apart.
    async fn settle(call: &mut Call, body: &mut RequestBody) {
        if !matches!(call.operation, Operation::BeginSimple | Operation::Mkdir) {
            return;
        }
        let Some(start) = body.peek(LONGEST_MOVE).await else {
            return;
        };
        let Ok(serde_json::Value::Object(fields)) = serde_json::from_slice(&start) else {
            return;
        };
        let has = |name: &str| fields.get(name).is_some_and(|value| !value.is_null());
        if has("from") {
            call.operation = Operation::Move;
        } else if has("copyFrom") {
            call.operation = Operation::Copy;
        } else if has("linkTo") {
            call.operation = Operation::Link;
        }
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
            call,
        };
        let answered = match call.operation {
            Operation::Token => token::create(&context),
            Operation::TokenRenew => token::renew(&context),
            Operation::TokenDelete => token::delete(&context),
            Operation::BeginSimple => begin::begin(&context, Kind::Simple, body).await,
            Operation::BeginMultipart => begin::begin(&context, Kind::Multipart, body).await,
            Operation::BeginForm => begin::begin(&context, Kind::Form, body).await,
            Operation::Renew => session::renew(&context, body).await,
            Operation::State => session::state(&context),
            Operation::Confirm => confirm::confirm(&context, body).await,
            Operation::Cancel => session::cancel(&context),
            Operation::Download => files::download(&context),
            Operation::Preview => files::preview(&context),
            Operation::Info => files::info(&context),
            Operation::Head => files::head(&context),
            Operation::Delete => files::delete(&context),
            Operation::Mkdir => directory::make(&context),
            Operation::List => directory::list(&context),
            Operation::Versions => history::versions(&context),
            Operation::Move => transfer::transfer(&context, transfer::How::Move, body).await,
            Operation::Copy => transfer::transfer(&context, transfer::How::Copy, body).await,
            Operation::Virtual => virtual_file::create(&context, body).await,
            Operation::Inode => files::by_inode(&context),
            Operation::BatchCopy => batch::transfer(&context, transfer::How::Copy, body).await,
            Operation::BatchMove => batch::transfer(&context, transfer::How::Move, body).await,
            Operation::BatchDelete => batch::delete(&context, body).await,
            Operation::RecycledList => recycled::list(&context),
            Operation::RecycledInfo => recycled::info(&context),
            Operation::RecycledRestore => recycled::restore(&context),
            Operation::RecycledRestoreMany => recycled::restore_many(&context, body).await,
            Operation::RecycledPurge => recycled::purge(&context),
            Operation::RecycledPurgeMany => recycled::purge_many(&context, body).await,
            Operation::RecycledEmpty => recycled::empty(&context),
            Operation::QuotaCreate => quota::create(&context, body).await,
            Operation::QuotaGet => quota::get(&context),
            Operation::QuotaSet => quota::set(&context, body).await,
            Operation::Usage => quota::usage(&context),
            Operation::Space => quota::space(&context),
            Operation::Link => Err(Error::because(
                "FunctionNotEnabled",
                "symbolic links are not emulated",
            )),
            Operation::Preflight => Ok(preflight(head)),
            Operation::Unknown => Err(Error::new("RouteNotFound")),
        };
        answered.unwrap_or_else(|error| error.answer(context.config))
    }

    fn named_error(&self, _: &State, _: &Call, name: &str) -> Answer {
        error::named_error(&self.settings.now().smh, name)
    }

    /// "CORS on" for every origin, and a request id.
    fn decorate(&self, _: &Call, _: &Head, answer: &mut Answer) {
        set(answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        set(answer, header::ACCESS_CONTROL_EXPOSE_HEADERS, "*");
        if !answer.headers().contains_key(error::REQUEST_ID) {
            let id = uuid::Uuid::new_v4().simple().to_string();
            set(answer, error::REQUEST_ID, &id);
            set(answer, error::PLAIN_REQUEST_ID, &id);
        }
    }

    fn settings(&self) -> Option<Value> {
        serde_json::to_value(&self.settings.now().smh).ok()
    }

    fn arrived(&self) -> Vec<Arrived> {
        let world = self.memory.world();
        let files = world.tree.nodes().filter_map(|node| {
            let object = world.objects.get(&node.file.as_ref()?.object)?;
            Some(Arrived {
                service: NAME.to_owned(),
                id: node.id.to_string(),
                name: world.tree.path(node.id)?.join("/"),
                media_type: None,
                created_ms: node.created_ms,
                content: world.objects.content(object),
            })
        });
        files.collect()
    }

    fn account(&self, base: &str) -> Vec<(&'static str, String)> {
        let settings = self.settings.now();
        let config = &settings.smh;
        vec![
            ("base_url", base.to_owned()),
            ("library_id", config.library_id.clone()),
            ("library_secret", config.library_secret.clone()),
        ]
    }

    fn summary(&self, base: &str) -> Vec<(&'static str, String)> {
        let settings = self.settings.now();
        let config = &settings.smh;
        vec![
            (
                "Tencent SMH",
                format!("{base}/api/v1/{{token,file,directory}}"),
            ),
            ("library", config.library_id.clone()),
            ("secret", config.library_secret.clone()),
            ("spaces", config.spaces.join(" ")),
            ("store (COS)", format!("{base}/{}/…", config.library_id)),
        ]
    }

    fn reset(&self, now_ms: i64) -> io::Result<()> {
        self.memory.reset(&self.settings.now().smh, now_ms)
    }

    fn revoke_tokens(&self) {
        self.memory.revoke_tokens();
    }

    fn close(&self) {
        self.memory.close();
    }
}
