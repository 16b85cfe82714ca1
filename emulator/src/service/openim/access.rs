//! access_url and `GET /object/{name}` (openim.md §2.6).

use serde_json::json;

use super::fields::Fields;
use super::reply::{Refusal, ok};
use super::{Context, thumbnail};
use crate::http::{Answer, RequestBody, encode_percent, set, status_only};
use hyper::header;

/// How long addresses hold.
const LIFE_S: u64 = 7 * 86_400;

/// The database's words for a name that is not there.
const NO_RECORD: &str = "mongo: no documents in result mongo find one";

pub(super) async fn access_url(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let fields = Fields::read("third.AccessURLReq", body).await?;
    let (name, query) = (fields.text("name")?, fields.map("query")?);
    let url = address(context, &name, &query).await.map_err(|refusal| {
        // In a single process nobody translates the database's error.
        if context.is_one_process() && refusal.code == 1004 {
            Refusal::internal("mongo: no documents in result")
        } else {
            refusal
        }
    })?;
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
            width: value("width").parse().unwrap_or(0),
            height: value("height").parse().unwrap_or(0),
            format: value("format").to_ascii_lowercase(),
        }),
        _ => return Err(Refusal::args("invalid query type")),
    };
    let known = context
        .name(name)
        .ok_or_else(|| Refusal::new(1004, NO_RECORD))?;
    if let Some(wanted) = image {
        if wanted.is_none() {
            return Ok(context.presign_get(&known.key, LIFE_S, &[]));
        }
        let (key, content_type) = thumbnail::find(context, &known.key, wanted).await?;
        let more = [("response-content-type", content_type.as_str())];
        return Ok(context.presign_get(&key, LIFE_S, &more));
    }
    let file_name = name.rsplit('/').next().unwrap_or(name);
    let disposition = format!("attachment; filename*=UTF-8''{}", path_escape(file_name));
    let mut more = Vec::new();
    if !known.content_type.is_empty() {
        more.push(("response-content-type", known.content_type.as_str()));
    }
    if !file_name.is_empty() {
        more.push(("response-content-disposition", disposition.as_str()));
    }
    Ok(context.presign_get(&known.key, LIFE_S, &more))
}

/// Go's url.PathEscape.
fn path_escape(text: &str) -> String {
    encode_percent(text, b"$&+=:@")
}
