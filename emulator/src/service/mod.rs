//! The services, in one list. Each has a module of its own, which turns a head into a call and a call into an answer;
//! the server knows no more of them than the trait says, and a further one is a module, its `Config` and a line in
//! [`open`].

mod comparison;
mod easemob;
mod erased;
pub(crate) mod huawei;
mod netease;
mod openim;
mod picture;
mod smh;

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::config::Settings;
use crate::http::{Answer, Head, RequestBody, json};
use crate::state::State;
use crate::store::Store;
pub use comparison::{Account, Asked, Comparison};
pub(crate) use erased::{AnyCall, AnyService};

/// What S3-like stores keep of a PUT's header and give back with the object, besides what they call their own.
pub(crate) const KEPT_FIELDS: &[&str] = &[
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
];

/// Sub-resources of S3-like stores that are not emulated. To take one for the object would be worse than to refuse it:
/// `PUT ?acl` would replace the object by the XML.
pub(crate) fn is_sub_resource(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "accelerate",
        "acl",
        "analytics",
        "append",
        "attributes",
        "cors",
        "encryption",
        "intelligent-tiering",
        "inventory",
        "legal-hold",
        "lifecycle",
        "logging",
        "metrics",
        "notification",
        "object-lock",
        "ownershipControls",
        "policy",
        "policyStatus",
        "publicAccessBlock",
        "replication",
        "requestPayment",
        "restore",
        "retention",
        "select",
        "tagging",
        "torrent",
        "versioning",
        "versions",
        "website",
    ];
    NAMES.contains(&name)
}

/// The verbs of a service's calls, each written once: the list of them, and which one a call has.
macro_rules! verbs {
    ($call:ty { $($pattern:pat $(if $guard:expr)? => $verb:literal),+ $(,)? }) => {
        const VERBS: &[&str] = &[$($verb),+];

        fn verb(call: &$call) -> &'static str {
            match call {
                $($pattern $(if $guard)? => $verb),+
            }
        }
    };
}
pub(crate) use verbs;

/// What a service's server bears of a slow client; `None` is everything.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Patience {
    /// Milliseconds of silence in the body of a request.
    pub(crate) silence_ms: Option<i64>,
    /// Milliseconds in which an answer finds no reader.
    pub(crate) unread_ms: Option<i64>,
    /// Milliseconds without a request behind an answer.
    pub(crate) idle_ms: Option<i64>,
    /// Bytes of a body that may be left when it is answered already; with more, the connection ends.
    pub(crate) leftover: Option<u64>,
}

/// A file that has arrived, for people to look at.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) service: String,
    /// Names it within the service.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) media_type: Option<String>,
    pub(crate) created_ms: i64,
    /// Where its bytes lie, and how many.
    pub(crate) content: Vec<(std::path::PathBuf, u64)>,
}

impl Arrived {
    pub(crate) fn size(&self) -> u64 {
        self.content.iter().map(|(_, size)| size).sum()
    }
}

/// A service, or the store of one that others' clients reach by itself.
pub(crate) trait Service: Debug + Send + Sync + 'static {
    /// Which of its calls a request is.
    type Call: Debug + Send + Sync;

    /// Its name, as rules and journal use it.
    const NAME: &'static str;
    /// The names of its calls, likewise.
    const VERBS: &'static [&'static str];

    /// Whether the fault `service_error` knows a name at this verb.
    fn has_error(verb: &str, name: &str) -> bool;

    /// Reads a path, given its segments as sent.
    fn route(&self, head: &Head, segments: &[&str]) -> Option<Self::Call>;

    /// Reads a path that could be anybody's: asked when no service has taken it.
    fn route_rest(&self, _head: &Head, _segments: &[&str]) -> Option<Self::Call> {
        None
    }

    fn verb(call: &Self::Call) -> &'static str;

    /// Completes a call that only the body decides; it stays readable.
    fn settle(_call: &mut Self::Call, _body: &mut RequestBody) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    fn answer(
        &self,
        state: &State,
        head: &Head,
        call: &Self::Call,
        body: &mut RequestBody,
    ) -> impl Future<Output = Answer> + Send;

    /// What its server bears at this call.
    fn patience(&self, _call: &Self::Call) -> Patience {
        Patience::default()
    }

    /// One of its own documented errors, by name or code.
    fn named_error(&self, state: &State, call: &Self::Call, name: &str) -> Answer;

    /// Adds what every answer of it carries, made-up ones too.
    fn decorate(&self, call: &Self::Call, head: &Head, answer: &mut Answer);

    /// What it was set up with, credentials included; `None` if that is part of another's.
    fn settings(&self) -> Option<Value>;

    /// For whoever starts it: where its calls begin, and the credentials; a heading and lines. Empty if that is told by
    /// another.
    fn summary(&self, _base: &str) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Files that it keeps by itself, and not in the store of all.
    fn arrived(&self) -> Vec<Arrived> {
        Vec::new()
    }

    /// The account that a client may take for it, by the names of the fields that clients have; empty if it has none of its
    /// own. A client reads them from variables as `NETEASE_APP_KEY`.
    fn account(&self, _base: &str) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// As after a start with an empty folder.
    ///
    /// # Errors
    /// When a file cannot be removed.
    fn reset(&self, now_ms: i64) -> io::Result<()>;

    /// Forgets every token, as if all had been revoked.
    fn revoke_tokens(&self) {}

    /// Calls off what goes on in the background.
    fn close(&self) {}

    /// What it can be told at run time, under its name in the control API: a value, or a status and why.
    fn control(
        &self,
        _state: &State,
        _request: Control<'_>,
    ) -> impl Future<Output = Result<Value, (u16, String)>> + Send {
        std::future::ready(Err((404, format!("{} takes no orders", Self::NAME))))
    }
}

/// A request of the control API to one service.
pub(crate) struct Control<'a> {
    pub(crate) method: &'a str,
    /// Below the service's name, without slashes at its ends.
    pub(crate) path: &'a str,
    /// Decoded.
    pub(crate) query: &'a [(String, String)],
    pub(crate) body: &'a [u8],
}

impl Control<'_> {
    pub(crate) fn query(&self, name: &str) -> &str {
        let mut pairs = self.query.iter();
        pairs
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }
}

/// All services, in the order in which they are asked whether a path is theirs.
pub(crate) fn open(
    settings: &Settings,
    store: &Store,
    now_ms: i64,
) -> io::Result<Vec<Arc<dyn AnyService>>> {
    let smh = smh::Smh::open(settings, store.folder(), now_ms)?;
    Ok(vec![
        // Its host and its signatures are nobody else's.
        Arc::new(smh::cos::Cos::of(&smh)),
        Arc::new(netease::Netease::new(settings)),
        Arc::new(smh),
        Arc::new(huawei::Huawei::new(settings)),
        Arc::new(openim::Openim::new(settings)),
        Arc::new(easemob::Easemob::new(settings, now_ms)),
    ])
}

/// What `chatfile-emulator compare` has to know of each.
pub static COMPARISONS: &[&Comparison] = &[
    &easemob::comparison::COMPARISON,
    &netease::comparison::COMPARISON,
    &huawei::comparison::COMPARISON,
    &openim::comparison::COMPARISON,
    &smh::comparison::COMPARISON,
];

/// Which call of which service a request is; `None` is a path that belongs to nobody.
#[derive(Debug)]
pub(crate) struct Route(Option<Box<dyn AnyCall>>);

impl Route {
    /// Finds the call.
    pub(crate) fn find(services: &[Arc<dyn AnyService>], head: &Head) -> Self {
        let segments: Vec<&str> = head.path.split('/').skip(1).collect();
        let mut found = services
            .iter()
            .find_map(|one| Arc::clone(one).route(head, &segments));
        if found.is_none() {
            let mut all = services.iter();
            found = all.find_map(|one| Arc::clone(one).route_rest(head, &segments));
        }
        Self(found)
    }

    pub(crate) fn service(&self) -> &'static str {
        self.0.as_ref().map_or("", |call| call.service())
    }

    pub(crate) fn verb(&self) -> &'static str {
        self.0.as_ref().map_or("", |call| call.verb())
    }

    /// Completes a route that only the body decides; it stays readable.
    pub(crate) async fn settle(&mut self, body: &mut RequestBody) {
        if let Some(call) = &mut self.0 {
            call.settle(body).await;
        }
    }

    pub(crate) fn patience(&self) -> Patience {
        self.0
            .as_ref()
            .map_or_else(Patience::default, |call| call.patience())
    }

    /// Lets the service answer.
    pub(crate) async fn answer(
        &self,
        state: &State,
        head: &Head,
        body: &mut RequestBody,
    ) -> Answer {
        let Some(call) = &self.0 else {
            return nowhere();
        };
        let mut answer = call.answer(state, head, body).await;
        call.decorate(head, &mut answer);
        answer
    }

    /// Whether the fault `service_error` knows a name here.
    pub(crate) fn has_error(&self, name: &str) -> bool {
        self.0.as_ref().is_some_and(|call| call.has_error(name))
    }

    /// One of the service's own documented errors, by name or code.
    pub(crate) fn named_error(&self, state: &State, name: &str) -> Answer {
        self.0
            .as_ref()
            .map_or_else(nowhere, |call| call.named_error(state, name))
    }

    /// Adds what every answer of the service carries, made-up ones too.
    pub(crate) fn decorate(&self, head: &Head, answer: &mut Answer) {
        if let Some(call) = &self.0 {
            call.decorate(head, answer);
        }
    }
}

fn nowhere() -> Answer {
    let why = json!({"error": "not_found", "error_description": "no service has this path"});
    json(404, "application/json", &why)
}
