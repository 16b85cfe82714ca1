//! NetEase IM's file calls and the NOS store behind them (netease.md).

mod auth;
pub(super) mod comparison;
mod delete;
mod object;
mod reply;
mod upload;

use std::collections::HashMap;
use std::io;
use std::sync::Mutex;

use hyper::{Method, header};
use serde_json::{Value, json};

use reply::{Refusal, ok};

use crate::config::{NeteaseConfig, Settings};
use crate::http::{Answer, Head, RequestBody, decode_percent, set, status_only, text};
use crate::service::{Service, verbs};
use crate::state::State;
use crate::store::lock;

const NAME: &str = "netease";

/// What the service remembers besides files: the Nonces of the last minutes.
#[derive(Debug, Default)]
struct Memory {
    nonces: Mutex<HashMap<String, i64>>,
}

impl Memory {
    fn reset(&self) {
        lock(&self.nonces).clear();
    }
}

/// The service.
#[derive(Debug)]
pub(super) struct Netease {
    settings: Settings,
    memory: Memory,
}

impl Netease {
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
    Upload,
    FileUpload,
    Delete,
    Download { key: String },
    Allocate,
    Health,
    Unknown,
}

verbs! {
    Call {
            Call::Upload => "upload",
            Call::FileUpload => "file_upload",
            Call::Delete => "delete",
            Call::Download { .. } => "download",
            Call::Allocate => "allocate",
            Call::Health => "health",
            Call::Unknown => "unknown",
    }
}

struct Context<'a> {
    state: &'a State,
    config: &'a NeteaseConfig,
    memory: &'a Memory,
    head: &'a Head,
}

impl Context<'_> {
    fn now_ms(&self) -> i64 {
        self.state.clock.now_ms()
    }
}

/// Host discovery (netease.md §1.3). The official SDK reads the dotted names at the top; the `data` object is there for readers
/// of the nested form.
fn allocate(context: &Context<'_>) -> Answer {
    let endpoint = format!("{}/nimserver", context.head.base);
    // The digest only has to stay the same as long as the endpoints do.
    let md5 = {
        use md5::{Digest, Md5};
        crate::store::hex(&Md5::digest(&endpoint))
    };
    if context.head.query("md5").is_some_and(|known| known == md5) {
        return reply::with_code(304, []);
    }
    let data = json!({
        "default.endpoint": endpoint,
        "backup.endpoints": [],
        "ttl": 30,
        "md5": md5,
    });
    ok([
        ("default.endpoint", endpoint.into()),
        ("backup.endpoints", json!([])),
        ("ttl", 30.into()),
        ("md5", md5.into()),
        ("data", data),
    ])
}

impl Service for Netease {
    type Call = Call;

    const NAME: &'static str = NAME;
    const VERBS: &'static [&'static str] = VERBS;

    fn has_error(_: &str, name: &str) -> bool {
        reply::has_error(name)
    }

    /// The fixed paths.
    fn route(&self, head: &Head, segments: &[&str]) -> Option<Call> {
        let post = head.method == Method::POST;
        Some(match segments {
            ["nimserver", "msg", "upload.action"] if post => Call::Upload,
            ["nimserver", "msg", "fileUpload.action"] if post => Call::FileUpload,
            ["nimserver", "job", "nos", "del.action"] if post => Call::Delete,
            ["nimserver", "health", "liveness.action"] => Call::Health,
            ["srv-sdk", "allocate"] => Call::Allocate,
            ["nimserver", ..] => Call::Unknown,
            _ => return None,
        })
    }

    /// Addresses of files: two segments, whose slash and `=` may be escaped (netease.md §1.9).
    fn route_rest(&self, _: &Head, segments: &[&str]) -> Option<Call> {
        let key = decode_percent(&segments.join("/"), false);
        let (app, name) = key.split_once('/')?;
        let base64 = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+=-_".contains(&byte))
        };
        (base64(app) && base64(name)).then_some(Call::Download { key })
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
            config: &settings.netease,
            memory: &self.memory,
            head,
        };
        let answered = match call {
            Call::Upload => upload::upload(&context, body).await,
            Call::FileUpload => upload::file_upload(&context, body).await,
            Call::Delete => delete::delete(&context, body).await,
            Call::Download { key } => Ok(object::send(&context, key)),
            Call::Allocate => Ok(allocate(&context)),
            Call::Health => Ok(text(200, "text/plain;charset=utf-8", "ok".to_owned())),
            Call::Unknown => Ok(status_only(404)),
        };
        answered.unwrap_or_else(Refusal::answer)
    }

    fn named_error(&self, _: &State, call: &Call, name: &str) -> Answer {
        match (call, name) {
            // What the store has itself is in its own words.
            (Call::Download { key }, "404") => object::no_such_key(key),
            _ => reply::named_error(name),
        }
    }

    /// Files are fetched by browsers of any origin.
    fn decorate(&self, _: &Call, _: &Head, answer: &mut Answer) {
        set(answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    }

    fn settings(&self) -> Option<Value> {
        serde_json::to_value(&self.settings.now().netease).ok()
    }

    fn account(&self, base: &str) -> Vec<(&'static str, String)> {
        let settings = self.settings.now();
        let config = &settings.netease;
        vec![
            ("base_url", format!("{base}/nimserver")),
            ("app_key", config.app_key.clone()),
            ("app_secret", config.app_secret.clone()),
        ]
    }

    fn summary(&self, base: &str) -> Vec<(&'static str, String)> {
        let settings = self.settings.now();
        let config = &settings.netease;
        vec![
            (
                "NetEase IM",
                format!("{base}/nimserver/{{msg/upload,msg/fileUpload,job/nos/del}}.action"),
            ),
            ("AppKey", config.app_key.clone()),
            ("AppSecret", config.app_secret.clone()),
            ("largest file", format!("{} bytes", config.max_upload)),
        ]
    }

    fn reset(&self, _: i64) -> io::Result<()> {
        self.memory.reset();
        Ok(())
    }
}
