//! Huawei Cloud AICC's ccmessaging (huawei.md): tokens, uploadFileStream, downloadFileStream, and the store behind
//! `fileUrl`.

pub(super) mod comparison;
mod control;
mod download;
mod reply;
mod storage;
mod token;
mod upload;

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use hyper::{Method, header};
use serde::Deserialize;
use serde_json::{Value, json};

use reply::Refusal;

use crate::config::{HuaweiConfig, Settings};
use crate::http::{Answer, Head, RequestBody, decode_percent, set, status_only};
use crate::service::{Control, Service, verbs};
use crate::state::State;
use crate::store::{Meta, lock};

const NAME: &str = "huawei";

/// What a customer may upload (huawei.md §3.3); older pages misspell BMP.
const UPLOAD_TYPES: &[&str] = &[
    "jpg", "jpeg", "png", "bmp", "bpm", "mp3", "aac", "mp4", "txt", "csv",
];
/// What can be downloaded besides (huawei.md §3.4).
const MORE_DOWNLOAD_TYPES: &[&str] = &["richtext", "doc", "docx", "pdf", "zip"];

/// Where a file of AICC comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HuaweiOrigin {
    /// A customer sent it with uploadFileStream.
    Customer,
    /// An agent sent it from a local disk; its id begins with `local/`.
    Local,
    /// An agent sent it from the media library; `multiMedia` asks for it.
    Media,
}

impl HuaweiOrigin {
    fn kind(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Local => "local",
            Self::Media => "media",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Customer, Self::Local, Self::Media]
            .into_iter()
            .find(|origin| origin.kind() == name)
    }
}

/// What the service remembers besides files.
#[derive(Debug)]
struct Memory {
    tokens: Mutex<token::Tokens>,
    rotate_every: AtomicU32,
    /// Signs the addresses of the store.
    seal: String,
}

impl Memory {
    fn new(config: &HuaweiConfig) -> Self {
        Self {
            tokens: Mutex::default(),
            rotate_every: AtomicU32::new(config.rotate_every),
            seal: uuid::Uuid::new_v4().to_string(),
        }
    }

    fn reset(&self, config: &HuaweiConfig) {
        self.revoke_tokens();
        self.set_rotation(config.rotate_every);
    }

    fn revoke_tokens(&self) {
        *lock(&self.tokens) = token::Tokens::default();
    }

    fn set_rotation(&self, every: u32) {
        self.rotate_every.store(every, Ordering::Relaxed);
    }

    fn rotation(&self) -> u32 {
        self.rotate_every.load(Ordering::Relaxed)
    }
}

/// The service.
#[derive(Debug)]
pub(super) struct Huawei {
    settings: Settings,
    memory: Memory,
}

impl Huawei {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            memory: Memory::new(&settings.now().huawei),
        }
    }
}

/// How often ccmessaging-tokens rotate.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    rotate_every: u32,
}

/// Stores a file as if an agent, or a customer, had sent it; returns the id to download it by.
async fn add_file(
    state: &State,
    origin: HuaweiOrigin,
    file_type: &str,
    content: &[u8],
) -> io::Result<String> {
    let mut upload = state.store.create()?;
    upload.write(content).await?;
    let meta = new_file(origin, file_type, state.clock.now_ms());
    let meta = state.store.keep(upload, meta).await?;
    Ok(match origin {
        HuaweiOrigin::Local => format!("local/{}", meta.id),
        _ => meta.id.clone(),
    })
}

fn new_file(origin: HuaweiOrigin, file_type: &str, now_ms: i64) -> Meta {
    Meta {
        service: NAME.to_owned(),
        kind: origin.kind().to_owned(),
        id: uuid::Uuid::new_v4().to_string(),
        created_ms: now_ms,
        tag: Some(file_type.to_ascii_lowercase()),
        ..Meta::default()
    }
}

/// A request to this service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    AccessToken,
    ApplyToken,
    Upload,
    Download,
    Storage { id: String },
    Preflight,
    WrongMethod,
    Unknown,
}

verbs! {
    Call {
            Call::AccessToken => "access_token",
            Call::ApplyToken => "apply_token",
            Call::Upload => "upload",
            Call::Download => "download",
            Call::Storage { .. } => "storage",
            Call::Preflight => "preflight",
            Call::WrongMethod | Call::Unknown => "unknown",
    }
}

/// The first path segment of `fileUrl`.
const STORAGE: &str = "aicc-emulator-obs";

struct Context<'a> {
    state: &'a State,
    config: &'a HuaweiConfig,
    memory: &'a Memory,
    head: &'a Head,
}

impl Context<'_> {
    fn now_ms(&self) -> i64 {
        self.state.clock.now_ms()
    }
}

impl Service for Huawei {
    type Call = Call;

    const NAME: &'static str = NAME;
    const VERBS: &'static [&'static str] = VERBS;

    fn has_error(verb: &str, name: &str) -> bool {
        reply::has_error(verb, name)
    }

    fn route(&self, head: &Head, segments: &[&str]) -> Option<Call> {
        if let [STORAGE, id] = segments {
            return Some(Call::Storage {
                id: decode_percent(id, false),
            });
        }
        let call = match segments {
            ["apigovernance", "api", "oauth", "tokenByAkSk"] => Call::AccessToken,
            ["apiaccess", "ccmessaging", "applyToken"] => Call::ApplyToken,
            ["apiaccess", "ccmessaging", "uploadFileStream"] => Call::Upload,
            ["apiaccess", "ccmessaging", "downloadFileStream"] => Call::Download,
            ["apigovernance" | "apiaccess", ..] => Call::Unknown,
            _ => return None,
        };
        Some(match head.method {
            Method::OPTIONS => Call::Preflight,
            Method::POST => call,
            _ if call == Call::Unknown => call,
            _ => Call::WrongMethod,
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
        let context = Context {
            state,
            config: &settings.huawei,
            memory: &self.memory,
            head,
        };
        let answered = match call {
            Call::AccessToken => token::access_token(&context, body).await,
            Call::ApplyToken => token::apply_token(&context, body).await,
            Call::Upload => upload::upload(&context, body).await,
            Call::Download => download::download(&context, body).await,
            Call::Storage { id } => Ok(storage::send(&context, id)),
            Call::Preflight => Ok(status_only(200)),
            Call::WrongMethod => Err(Refusal::gateway(405, "method not allowed")),
            Call::Unknown => Err(Refusal::gateway(404, "no such service")),
        };
        answered.unwrap_or_else(|refusal| refusal.answer(context.config))
    }

    fn named_error(&self, _: &State, call: &Call, name: &str) -> Answer {
        reply::named_error(&self.settings.now().huawei, verb(call), name)
    }

    /// The web SDK calls from browsers of any origin, and reads the rotating token there.
    fn decorate(&self, _: &Call, head: &Head, answer: &mut Answer) {
        set(answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        set(
            answer,
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            "ccmessaging-token",
        );
        if head.method == Method::OPTIONS {
            let fields = head
                .header("access-control-request-headers")
                .unwrap_or_else(|| {
                    "authorization, ccmessaging-token, content-type, x-app-key".to_owned()
                });
            set(answer, header::ACCESS_CONTROL_ALLOW_HEADERS, &fields);
            set(
                answer,
                header::ACCESS_CONTROL_ALLOW_METHODS,
                "POST, OPTIONS",
            );
        }
    }

    fn settings(&self) -> Option<Value> {
        serde_json::to_value(&self.settings.now().huawei).ok()
    }

    fn account(&self, base: &str) -> Vec<(&'static str, String)> {
        let settings = self.settings.now();
        let config = &settings.huawei;
        vec![
            ("base_url", base.to_owned()),
            ("app_key", config.app_key.clone()),
            ("app_secret", config.app_secret.clone()),
            ("channel_id", config.channel_id.clone()),
            ("user_id", "alice".to_owned()),
        ]
    }

    fn summary(&self, base: &str) -> Vec<(&'static str, String)> {
        let settings = self.settings.now();
        let config = &settings.huawei;
        vec![
            (
                "Huawei AICC",
                format!(
                    "{base}/apigovernance/api/oauth/tokenByAkSk, {base}/apiaccess/ccmessaging/{{applyToken,…}}"
                ),
            ),
            ("app_key", config.app_key.clone()),
            ("app_secret", config.app_secret.clone()),
            ("channelId", config.channel_id.clone()),
        ]
    }

    fn reset(&self, _: i64) -> io::Result<()> {
        self.memory.reset(&self.settings.now().huawei);
        Ok(())
    }

    fn revoke_tokens(&self) {
        self.memory.revoke_tokens();
    }

    /// The rotation of its tokens, and files as if an agent had sent them: `POST files?origin=local&type=pdf` with the
    /// file as the body.
    async fn control(&self, state: &State, request: Control<'_>) -> Result<Value, (u16, String)> {
        match (request.method, request.path) {
            ("GET", "") => {}
            ("POST", "") => {
                let change: Rotation = serde_json::from_slice(request.body)
                    .map_err(|error| (400, error.to_string()))?;
                self.memory.set_rotation(change.rotate_every);
            }
            ("POST", "files") => {
                let origin = request.query("origin");
                let origin = HuaweiOrigin::from_name(origin)
                    .ok_or_else(|| (400, format!("{origin:?} is not customer, local or media")))?;
                let id = add_file(state, origin, request.query("type"), request.body)
                    .await
                    .map_err(|error| (500, error.to_string()))?;
                return Ok(json!({ "fileId": id }));
            }
            (method, "" | "files") => return Err((405, format!("{method} is not allowed here"))),
            (_, path) => return Err((404, format!("there is no {NAME}/{path}"))),
        }
        Ok(json!({ "rotate_every": self.memory.rotation() }))
    }
}
