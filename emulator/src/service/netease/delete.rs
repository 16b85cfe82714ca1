//! del.action (netease.md §1.10). The real task runs later; here it is done when the answer comes.

use std::collections::HashMap;

use serde_json::json;

use super::reply::{Refusal, ok};
use super::{Context, NAME, auth};
use crate::config::{CHINA_OFFSET_MS, DeleteSpan};
use crate::http::{Answer, Form, FormEvent, RequestBody, media_type};

const DAY_MS: i64 = 86_400_000;
/// Two times, a type and a tag.
const LONGEST_FORM: usize = 64 * 1024;

pub(super) async fn delete(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    auth::check(context)?;
    auth::count_delete(context)?;
    let fields = fields(context, body).await?;
    let field = |name: &str| fields.get(name).filter(|value| !value.is_empty());
    let (start_ms, end_ms) = (
        time("startTime", field("startTime"))?,
        time("endTime", field("endTime"))?,
    );
    check_span(context, start_ms, end_ms)?;
    let (kind, tag) = (field("contentType"), field("tag"));
    let doomed = context.state.store.list(|meta| {
        meta.service == NAME
            && (start_ms..=end_ms).contains(&meta.created_ms)
            && kind.is_none_or(|kind| {
                let have = meta.content_type.as_deref();
                have.is_some_and(|have| have.contains(kind.as_str()))
            })
            && tag.is_none_or(|tag| meta.tag.as_ref() == Some(tag))
    });
    for meta in doomed {
        context.state.store.remove(&meta)?;
    }
    let task = uuid::Uuid::new_v4().simple().to_string();
    Ok(ok([("data", json!({ "taskid": task }))]))
}

async fn fields(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<HashMap<String, String>, Refusal> {
    let mut fields: HashMap<String, Vec<u8>> = HashMap::new();
    if media_type(context.head) != "application/x-www-form-urlencoded" {
        return Ok(HashMap::new());
    }
    let mut form = Form::new(body);
    let mut name = None;
    let mut size = 0;
    while let Some(event) = form.next().await? {
        match event {
            // Of a field given twice the first counts, as in a servlet.
            FormEvent::Field(next) if fields.contains_key(&next) => name = None,
            FormEvent::Field(next) => {
                fields.insert(next.clone(), Vec::new());
                name = Some(next);
            }
            FormEvent::Data(data) => {
                size += data.len();
                if size > LONGEST_FORM {
                    return Err(Refusal::parameter("the form is too long"));
                }
                if let Some(value) = name.as_ref().and_then(|name| fields.get_mut(name)) {
                    value.extend_from_slice(&data);
                }
            }
        }
    }
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let fields = fields.into_iter();
    Ok(fields.map(|(name, value)| (name, text(value))).collect())
}

fn time(name: &str, value: Option<&String>) -> Result<i64, Refusal> {
    let value = value.map(|value| value.trim());
    value
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Refusal::parameter(&format!("{name} is empty")))?
        .parse()
        .map_err(|_| Refusal::parameter(&format!("{name} is not a number")))
}

fn check_span(context: &Context<'_>, start_ms: i64, end_ms: i64) -> Result<(), Refusal> {
    if start_ms <= 0 || start_ms >= end_ms {
        return Err(Refusal::parameter(
            "startTime must be greater than 0 and less than endTime",
        ));
    }
    let span = end_ms.saturating_sub(start_ms);
    let (fits, rule) = match context.config.delete_span {
        DeleteSpan::OneToSevenDays => (
            span > DAY_MS && span < 7 * DAY_MS,
            "the time range must be more than 1 day and less than 7 days",
        ),
        DeleteSpan::UpToSevenDays => (span <= 7 * DAY_MS, "the time range must be at most 7 days"),
    };
    if !fits {
        return Err(Refusal::parameter(rule));
    }
    let china_ms = context.now_ms() + CHINA_OFFSET_MS;
    let today_ms = china_ms - china_ms.rem_euclid(DAY_MS) - CHINA_OFFSET_MS;
    if end_ms >= today_ms {
        return Err(Refusal::parameter("endTime must be earlier than today"));
    }
    Ok(())
}
