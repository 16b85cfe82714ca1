//! The services. Each has a module of its own, which turns a head into a call and a call into an answer; nothing here
//! knows more of them than that.

pub(crate) mod easemob;
pub(crate) mod huawei;
pub(crate) mod netease;
pub(crate) mod openim;
pub(crate) mod smh;

use crate::http::{Answer, Head, RequestBody, json};
use crate::state::State;

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

/// Names of the services and of what each can be asked for, as rules and journal use them.
pub(crate) const SERVICES: &[(&str, &[&str])] = &[
    (easemob::NAME, easemob::VERBS),
    (netease::NAME, netease::VERBS),
    (huawei::NAME, huawei::VERBS),
    (openim::NAME, openim::VERBS),
    (smh::NAME, smh::VERBS),
    (smh::cos::NAME, smh::cos::VERBS),
];

/// Which call of which service a request is.
#[derive(Debug)]
pub(crate) enum Route {
    Easemob(easemob::Call),
    Netease(netease::Call),
    Huawei(huawei::Call),
    Openim(openim::Call),
    Smh(smh::Call),
    /// The store behind SMH.
    Cos(smh::cos::Call),
    /// A path that belongs to none.
    Nowhere,
}

impl Route {
    pub(crate) fn service(&self) -> &'static str {
        match self {
            Self::Easemob(_) => easemob::NAME,
            Self::Netease(_) => netease::NAME,
            Self::Huawei(_) => huawei::NAME,
            Self::Openim(_) => openim::NAME,
            Self::Smh(_) => smh::NAME,
            Self::Cos(_) => smh::cos::NAME,
            Self::Nowhere => "",
        }
    }

    pub(crate) fn verb(&self) -> &'static str {
        match self {
            Self::Easemob(call) => call.verb(),
            Self::Netease(call) => call.verb(),
            Self::Huawei(call) => call.verb(),
            Self::Openim(call) => call.verb(),
            Self::Smh(call) => call.verb(),
            Self::Cos(call) => call.verb(),
            Self::Nowhere => "",
        }
    }
}

/// Finds the call. NetEase's fixed paths go first, then Easemob's three-part ones, then NetEase's file addresses.
pub(crate) fn route(state: &State, head: &Head) -> Route {
    let segments: Vec<&str> = head.path.split('/').skip(1).collect();
    if let Some(call) = netease::route_api(head, &segments) {
        return Route::Netease(call);
    }
    if let Some(call) = smh::route(head, &segments) {
        return Route::Smh(call);
    }
    if let Some(call) = smh::cos::route(&state.config.smh, head, &segments) {
        return Route::Cos(call);
    }
    if let Some(call) = huawei::route(head, &segments) {
        return Route::Huawei(call);
    }
    if let Some(call) = openim::route(&state.config.openim, head, &segments) {
        return Route::Openim(call);
    }
    if let Some(call) = easemob::route(&state.config.easemob, head, &segments) {
        return Route::Easemob(call);
    }
    netease::route_file(&segments).map_or(Route::Nowhere, Route::Netease)
}

/// Completes a route that only the body decides; it stays readable.
pub(crate) async fn settle(mut route: Route, body: &mut RequestBody) -> Route {
    if let Route::Smh(call) = &mut route {
        smh::settle(call, body).await;
    }
    route
}

/// Lets the service answer.
pub(crate) async fn handle(
    state: &State,
    head: &Head,
    route: &Route,
    body: &mut RequestBody,
) -> Answer {
    let mut answer = match route {
        Route::Easemob(call) => easemob::handle(state, head, call, body).await,
        Route::Netease(call) => netease::handle(state, head, call, body).await,
        Route::Huawei(call) => huawei::handle(state, head, call, body).await,
        Route::Openim(call) => openim::handle(state, head, call, body).await,
        Route::Smh(call) => smh::handle(state, head, call, body).await,
        Route::Cos(call) => smh::cos::handle(state, head, call, body).await,
        Route::Nowhere => json(
            404,
            "application/json",
            &serde_json::json!({"error": "not_found", "error_description": "no service has this path"}),
        ),
    };
    decorate(route, head, &mut answer);
    answer
}

/// Whether the fault `service_error` knows a name at this verb.
pub(crate) fn has_error(service: &str, verb: &str, name: &str) -> bool {
    let is = |known: &str| service.eq_ignore_ascii_case(known);
    if is(easemob::NAME) {
        easemob::has_error(name)
    } else if is(netease::NAME) {
        netease::has_error(name)
    } else if is(huawei::NAME) {
        huawei::has_error(verb, name)
    } else if is(openim::NAME) {
        openim::has_error(verb, name)
    } else if is(smh::NAME) {
        smh::has_error(name)
    } else {
        smh::cos::has_error(name)
    }
}

/// One of the service's own documented errors, by name or code.
pub(crate) fn error(state: &State, route: &Route, name: &str) -> Answer {
    match route {
        Route::Easemob(_) => easemob::named_error(state, name),
        Route::Huawei(call) => huawei::named_error(&state.config.huawei, call.verb(), name),
        Route::Openim(call) => openim::named_error(&state.config.openim, call, name),
        Route::Smh(_) => smh::named_error(state, name),
        Route::Cos(_) => smh::cos::named_error(name),
        Route::Netease(_) | Route::Nowhere => netease::named_error(name),
    }
}

/// Adds what every answer of the service carries, made-up ones too.
pub(crate) fn decorate(route: &Route, head: &Head, answer: &mut Answer) {
    match route {
        Route::Easemob(_) => easemob::decorate(head, answer),
        Route::Netease(_) => netease::decorate(answer),
        Route::Huawei(_) => huawei::decorate(head, answer),
        Route::Openim(call) => openim::decorate(call, answer),
        Route::Smh(_) => smh::decorate(answer),
        Route::Cos(_) => smh::cos::decorate(answer),
        Route::Nowhere => {}
    }
}
