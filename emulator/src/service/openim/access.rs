//! access_url and `GET /object/{name}` (openim.md §2.6).

use serde_json::json;

use super::reply::{Refusal, ok};
use super::{Context, read, shapes, thumbnail};
use crate::http::{Answer, RequestBody, encode_percent, set, status_only};
use hyper::header;

/// How long addresses hold.
const LIFE_S: u64 = 7 * 86_400;

pub(super) async fn access_url(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let fields = read(context, &shapes::ACCESS_URL, body).await?;
    let query: Vec<(String, String)> = fields.map("query").into_iter().collect();
    let url = address(context, &fields.text("name"), &query).await?;
    let expires_ms = context.now_ms().saturating_add(LIFE_S as i64 * 1000);
    Ok(ok(json!({ "url": url, "expireTime": expires_ms })))
}

/// Needs neither token nor operationID.
pub(super) async fn redirect(context: &Context<'_>, name: &str) -> Result<Answer, Refusal> {
    let names = ["type", "width", "height", "format"];
    let query: Vec<(String, String)> = names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), context.head.query(name)?)))
        .collect();
    let name = name.strip_prefix('/').unwrap_or(name);
    let url = address(context, name, &query).await?;
    let mut answer = status_only(302);
    set(&mut answer, header::LOCATION, &url);
    set(&mut answer, header::CONTENT_TYPE, "application/json");
    Ok(answer)
}

/// Where a name leads to.
async fn address(
    context: &Context<'_>,
    name: &str,
    query: &[(String, String)],
) -> Result<String, Refusal> {
    let value = |wanted: &str| {
        query
            .iter()
            .find(|(key, _)| key == wanted)
            .map_or("", |(_, value)| value.as_str())
    };
    let image = match value("type") {
        "" => None,
        "image" => Some(thumbnail::Wanted {
            // What is no number counts as none.
            width: number(value("width")),
            height: number(value("height")),
            format: value("format").to_ascii_lowercase(),
        }),
        _ => return Err(Refusal::args("invalid query type")),
    };
    let known = context.name(name).ok_or_else(Refusal::no_record)?;
    if let Some(wanted) = image {
        if wanted.is_none() {
            return Ok(context.presign_get(&known.key, LIFE_S, &[]));
        }
        let (key, content_type) = thumbnail::find(context, &known.key, wanted).await?;
        let more = [("response-content-type", content_type.as_str())];
        return Ok(context.presign_get(&key, LIFE_S, &more));
    }
    let disposition = format!("attachment; filename*=UTF-8''{}", path_escape(base(name)));
    let mut more = Vec::new();
    if !known.content_type.is_empty() {
        more.push(("response-content-type", known.content_type.as_str()));
    }
    more.push(("response-content-disposition", disposition.as_str()));
    Ok(context.presign_get(&known.key, LIFE_S, &more))
}

/// As Go's `Atoi` leaves it: nothing of what is no number, and the greatest there is of one that is too great.
fn number(text: &str) -> i64 {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    text.parse()
        .unwrap_or_else(|error: std::num::ParseIntError| match error.kind() {
            PosOverflow => i64::MAX,
            NegOverflow => i64::MIN,
            _ => 0,
        })
}

/// Go's `filepath.Base`.
fn base(name: &str) -> &str {
    let whole = name.trim_end_matches('/');
    match (name, whole) {
        ("", _) => ".",
        (_, "") => "/",
        _ => whole.rsplit('/').next().unwrap_or(whole),
    }
}

/// Go's url.PathEscape.
fn path_escape(text: &str) -> String {
    encode_percent(text, b"$&+=:@")
}
