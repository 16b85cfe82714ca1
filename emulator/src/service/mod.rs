//! The services. Each has a module of its own, which turns a head into a call and a call into an answer; nothing here
//! knows more of them than that.

pub(crate) mod easemob;
pub(crate) mod netease;

use crate::http::{Answer, Head, RequestBody, json};
use crate::state::State;

/// Names of the services and of what each can be asked for, as rules and journal use them.
pub(crate) const SERVICES: &[(&str, &[&str])] = &[
    (easemob::NAME, easemob::VERBS),
    (netease::NAME, netease::VERBS),
];

/// Which call of which service a request is.
#[derive(Debug)]
pub(crate) enum Route {
    Easemob(easemob::Call),
    Netease(netease::Call),
    /// A path that belongs to none.
    Nowhere,
}

impl Route {
    pub(crate) fn service(&self) -> &'static str {
        match self {
            Self::Easemob(_) => easemob::NAME,
            Self::Netease(_) => netease::NAME,
            Self::Nowhere => "",
        }
    }

    pub(crate) fn verb(&self) -> &'static str {
        match self {
            Self::Easemob(call) => call.verb(),
            Self::Netease(call) => call.verb(),
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
    if let Some(call) = easemob::route(&state.config.easemob, head, &segments) {
        return Route::Easemob(call);
    }
    netease::route_file(&segments).map_or(Route::Nowhere, Route::Netease)
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
        Route::Nowhere => json(
            404,
            "application/json",
            &serde_json::json!({"error": "not_found", "error_description": "no service has this path"}),
        ),
    };
    decorate(route, head, &mut answer);
    answer
}

/// One of the service's own documented errors, by name or code.
pub(crate) fn error(state: &State, route: &Route, name: &str) -> Answer {
    match route {
        Route::Easemob(_) => easemob::named_error(state, name),
        Route::Netease(_) | Route::Nowhere => netease::named_error(name),
    }
}

/// Adds what every answer of the service carries, made-up ones too.
pub(crate) fn decorate(route: &Route, head: &Head, answer: &mut Answer) {
    match route {
        Route::Easemob(_) => easemob::decorate(head, answer),
        Route::Netease(_) => netease::decorate(answer),
        Route::Nowhere => {}
    }
}
