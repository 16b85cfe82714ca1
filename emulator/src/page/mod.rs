//! The page at `/`, for whoever looks at the emulator with a browser: services, what has arrived, the last requests,
//! and faults and clock by click. Neither journaled nor faulted. Nothing of it runs in the browser.

mod html;
mod picture;

use hyper::header;

use crate::control::check;
use crate::fault::Rule;
use crate::http::{
    Answer, Content, Head, RequestBody, decode_percent, give, set, status_only, text,
};
use crate::journal::Filter;
use crate::service::Arrived;
use crate::state::State;

/// What the links and forms of the page lead to.
pub(crate) const BELOW: &str = "/_emulator/page";
const LONGEST_FORM: usize = 64 * 1024;
/// A larger file is not made small for the page.
const LARGEST_PICTURE: u64 = 32 * 1024 * 1024;

/// Whether a browser asks for the page, and not a client for what a service may have there.
pub(crate) fn is_asked_for(head: &Head) -> bool {
    let for_people = head
        .header("accept")
        .is_some_and(|types| types.contains("text/html"));
    let is_root = head.path == "/"
        && head.method == "GET"
        && for_people
        && head.header("authorization").is_none();
    is_root
        || head.path == BELOW
        || head
            .path
            .strip_prefix(BELOW)
            .is_some_and(|rest| rest.starts_with('/'))
}

pub(crate) async fn handle(state: &State, head: &Head, body: &mut RequestBody) -> Answer {
    let below = head.path.strip_prefix(BELOW).unwrap_or_default();
    let mut answer = match (head.method.as_str(), below.trim_matches('/')) {
        ("GET", "") => whole(state, head, None),
        ("GET", "file") => file(state, head),
        ("GET", "picture") => picture(state, head).await,
        ("POST", order) => match act(state, order, body).await {
            Ok(()) => back(),
            Err(why) => whole(state, head, Some(&why)),
        },
        _ => status_only(404),
    };
    // What was uploaded stays what it is: no script of it runs here.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; sandbox allow-forms allow-same-origin";
    set(&mut answer, header::CONTENT_SECURITY_POLICY, policy);
    set(&mut answer, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&mut answer, header::CACHE_CONTROL, "no-store");
    answer
}

fn whole(state: &State, head: &Head, complaint: Option<&str>) -> Answer {
    let query = head.query_pairs();
    let refresh = head
        .query("refresh")
        .and_then(|seconds| seconds.parse().ok());
    let own = ["refresh"];
    let filter = query
        .iter()
        .filter(|(name, value)| !own.contains(&name.as_str()) && !value.is_empty());
    let filter = Filter::of(filter);
    let page = match filter {
        Ok(filter) => html::page(state, &head.base, &filter, refresh, complaint),
        Err(why) => html::page(state, &head.base, &Filter::default(), None, Some(&why)),
    };
    text(200, "text/html; charset=utf-8", page)
}

/// After an order: the page anew, so that a reload gives no second order.
fn back() -> Answer {
    let mut answer = status_only(303);
    set(&mut answer, header::LOCATION, BELOW);
    answer
}

/// Everything that has arrived, the newest first.
pub(crate) fn arrived(state: &State) -> Vec<Arrived> {
    let stored = state
        .store
        .list(|meta| !meta.is_expired(state.clock.now_ms()));
    let mut found: Vec<Arrived> = stored
        .iter()
        .map(|meta| Arrived {
            service: meta.service.clone(),
            id: meta.id.clone(),
            name: meta.file_name.clone().unwrap_or_else(|| meta.id.clone()),
            media_type: meta.content_type.clone(),
            created_ms: meta.created_ms,
            content: vec![(state.store.content_path(meta), meta.size)],
        })
        .collect();
    found.extend(state.services.iter().flat_map(|service| service.arrived()));
    found.sort_by_key(|one| std::cmp::Reverse(one.created_ms));
    found
}

fn asked(state: &State, head: &Head) -> Option<Arrived> {
    let (service, id) = (head.query("service")?, head.query("id")?);
    let mut all = arrived(state).into_iter();
    all.find(|one| one.service == service && one.id == id)
}

fn file(state: &State, head: &Head) -> Answer {
    let Some(found) = asked(state, head) else {
        return status_only(404);
    };
    let media_type = found
        .media_type
        .unwrap_or_else(|| "application/octet-stream".to_owned());
    give(Content::Files(found.content), None, &media_type)
}

async fn picture(state: &State, head: &Head) -> Answer {
    let found = asked(state, head).filter(|one| one.size() <= LARGEST_PICTURE);
    let Some(found) = found else {
        return status_only(404);
    };
    let made = tokio::task::spawn_blocking(move || picture::small(&found.content)).await;
    match made {
        Ok(Some(png)) => give(Content::Bytes(png.into()), None, "image/png"),
        _ => status_only(404),
    }
}

/// Does what a button says.
async fn act(state: &State, order: &str, body: &mut RequestBody) -> Result<(), String> {
    let form = body.collect(LONGEST_FORM).await;
    let form = form.ok().flatten().ok_or("the form did not arrive")?;
    let form = String::from_utf8_lossy(&form).into_owned();
    let field = |wanted: &str| {
        let mut pairs = form.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(name, _)| *name == wanted)?;
        Some(decode_percent(value, true)).filter(|value| !value.is_empty())
    };
    let number = |name: &str| -> Result<i64, String> {
        let text = field(name).unwrap_or_default();
        text.trim()
            .parse()
            .map_err(|_| format!("{name}: {text:?} is no number"))
    };
    match order {
        "fault" => {
            let mut rule = serde_json::json!({
                "match": {"service": field("service"), "verb": field("verb")},
                "times": number("times")?,
            });
            let action = field("own").or_else(|| field("action")).unwrap_or_default();
            rule["action"] = serde_json::from_str(&action).map_err(|e| e.to_string())?;
            let rule: Rule = serde_json::from_value(rule).map_err(|e| e.to_string())?;
            check(&rule, &state.services)?;
            state.faults.add(rule);
        }
        "no-faults" => {
            state.faults.clear();
            state.links.end_stalled();
        }
        "advance" => state
            .clock
            .advance_ms(number("seconds")?.saturating_mul(1000)),
        "freeze" => state.clock.set_frozen(!state.clock.is_frozen()),
        "real-time" => state.clock.reset(),
        "no-journal" => state.journal.clear(),
        "no-tokens" => state.revoke_tokens(),
        "reset" => state.reset().map_err(|e| e.to_string())?,
        _ => return Err(format!("there is no order {order}")),
    }
    Ok(())
}
