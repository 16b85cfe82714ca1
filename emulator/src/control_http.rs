//! The same control over HTTP, for tests in other languages. Neither journaled nor faulted.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::control::check;
use crate::fault::Rule;
use crate::http::{Answer, Head, RequestBody, json};
use crate::journal::Filter;
use crate::service::Control;
use crate::state::State;

/// Rules with made-up bodies can be long, but not endless.
const LONGEST_BODY: usize = 64 * 1024 * 1024;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    advance_seconds: Option<i64>,
    offset_seconds: Option<i64>,
    frozen: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Age {
    seconds: i64,
}

type Answered = Result<Value, (u16, String)>;

pub(crate) async fn handle(state: &State, head: &Head, body: &mut RequestBody) -> Answer {
    let (status, value) = match act(state, head, body).await {
        Ok(value) => (200, value),
        Err((status, why)) => (status, json!({ "error": why })),
    };
    json(status, "application/json", &value)
}

async fn act(state: &State, head: &Head, body: &mut RequestBody) -> Answered {
    let bytes = body
        .collect(LONGEST_BODY)
        .await
        .map_err(|_| (400, "the request ended early".to_owned()))?
        .ok_or_else(|| (413, "the request is too long".to_owned()))?;
    let path = head.path.strip_prefix("/_emulator").unwrap_or_default();
    let path = path.trim_matches('/');
    match (head.method.as_str(), path) {
        ("GET", "config") => Ok(config(state)),
        ("POST", "config") => {
            let services: Map<String, Value> = parse(&bytes)?;
            let changed = state.settings.change(|config| config.set_all(&services));
            changed.map_err(|why| (400, why))?;
            Ok(config(state))
        }
        ("GET", "faults") => Ok(faults(state)),
        ("POST", "faults") => add_faults(state, &bytes),
        ("DELETE", "faults") => {
            state.faults.clear();
            state.links.end_stalled();
            Ok(faults(state))
        }
        ("GET", "clock") => Ok(clock(state)),
        ("POST", "clock") => change_clock(state, &bytes),
        ("DELETE", "clock") => {
            state.clock.reset();
            Ok(clock(state))
        }
        ("GET", "journal") => {
            let filter = Filter::of(head.query_pairs().iter()).map_err(|why| (400, why))?;
            let entries = state.journal.entries().into_iter();
            let entries: Vec<_> = entries.filter(|entry| filter.takes(entry)).collect();
            Ok(json!({ "requests": entries }))
        }
        ("DELETE", "journal") => {
            state.journal.clear();
            Ok(json!({ "requests": [] }))
        }
        ("POST", "files/age") => {
            let age: Age = parse(&bytes)?;
            state
                .store
                .age(age.seconds.saturating_mul(1000))
                .map_err(|error| (500, error.to_string()))?;
            Ok(json!({}))
        }
        ("DELETE", "tokens") => {
            state.revoke_tokens();
            Ok(json!({}))
        }
        ("POST", "reset") => {
            state.reset().map_err(|error| (500, error.to_string()))?;
            Ok(json!({}))
        }
        (_, "config" | "faults" | "clock" | "journal" | "files/age" | "tokens" | "reset") => {
            Err((405, format!("{} is not allowed here", head.method)))
        }
        (method, path) => {
            let (name, below) = path.split_once('/').unwrap_or((path, ""));
            let Some(service) = state.service(name) else {
                return Err((404, format!("there is no /_emulator/{path}")));
            };
            let request = Control {
                method,
                path: below,
                query: &head.query_pairs(),
                body: &bytes,
            };
            service.control(state, request).await
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, (u16, String)> {
    serde_json::from_slice(bytes).map_err(|error| (400, error.to_string()))
}

fn config(state: &State) -> Value {
    let mut config = json!({
        "base_url": state.base_url(),
        "tls_base_url": state.tls_base_url(),
        "ca_pem": state.authority.as_deref().map(crate::server::Authority::pem),
        "folder": state.store.folder(),
    });
    for service in &state.services {
        if let Some(settings) = service.settings() {
            config[service.name()] = settings;
        }
    }
    config
}

fn faults(state: &State) -> Value {
    let rules: Vec<Value> = state
        .faults
        .list()
        .into_iter()
        .map(|(rule, fired)| json!({ "rule": rule, "fired": fired }))
        .collect();
    json!({ "faults": rules })
}

fn add_faults(state: &State, bytes: &[u8]) -> Answered {
    let rules: Vec<Rule> = if bytes.trim_ascii_start().starts_with(b"{") {
        vec![parse(bytes)?]
    } else {
        parse(bytes)?
    };
    for rule in &rules {
        check(rule, &state.services).map_err(|why| (400, why))?;
    }
    for rule in rules {
        state.faults.add(rule);
    }
    Ok(faults(state))
}

fn clock(state: &State) -> Value {
    json!({
        "now_ms": state.clock.now_ms(),
        "offset_ms": state.clock.offset_ms(),
        "frozen": state.clock.is_frozen(),
    })
}

fn change_clock(state: &State, bytes: &[u8]) -> Answered {
    let change: ClockChange = parse(bytes)?;
    // Frozen first, so that one request can stop the clock and set it.
    if let Some(frozen) = change.frozen {
        state.clock.set_frozen(frozen);
    }
    if let Some(seconds) = change.offset_seconds {
        state.clock.set_offset_ms(seconds.saturating_mul(1000));
    }
    if let Some(seconds) = change.advance_seconds {
        state.clock.advance_ms(seconds.saturating_mul(1000));
    }
    Ok(clock(state))
}
