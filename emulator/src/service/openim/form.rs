//! initiate_form_data and complete_form_data (openim.md §2.4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::Serialize;
use serde_json::{Value, json};

use super::fields::Fields;
use super::objects::Name;
use super::reply::{Refusal, ok};
use super::token::Caller;
use super::{Context, check_name, driver, go_code, read, shapes};
use crate::calendar;
use crate::config::OpenimFormHeader;
use crate::http::{Answer, RequestBody};

/// What the id of a form says, in this order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FormId {
    name: String,
    size: i64,
    content_type: String,
    group: String,
    key: String,
}

impl FormId {
    /// An error is in Go's words.
    fn decode(id: &str) -> Result<Self, String> {
        let text = go_code::RAW.decode(id)?;
        let fields = Fields::parse(&shapes::FORM_ID, &text)?;
        Ok(Self {
            name: fields.text("name"),
            size: fields.number("size"),
            content_type: fields.text("contentType"),
            group: fields.text("group"),
            key: fields.text("key"),
        })
    }
}

pub(super) async fn initiate(
    context: &Context<'_>,
    caller: &Caller,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let fields = read(context, &shapes::INITIATE_FORM, body).await?;
    let mut form = FormId {
        name: fields.text("name"),
        size: fields.number("size"),
        content_type: fields.text("contentType"),
        group: fields.text("group"),
        key: String::new(),
    };
    let (wanted_ms, absolute) = (fields.number("millisecond"), fields.flag("absolute"));
    if form.name.is_empty() {
        return Err(Refusal::args("name is empty"));
    }
    if form.size <= 0 {
        return Err(Refusal::args("size must be greater than 0"));
    }
    check_name(caller, &form.name)?;
    if !form.content_type.is_empty() && form.content_type.trim().is_empty() {
        return Err(Refusal::internal("No content type specified."));
    }
    let usual_ms = i64::try_from(context.config.form_ttl).unwrap_or(i64::MAX / 1000) * 1000;
    let life_ms = if caller.admin && wanted_ms > 0 {
        // The server counts in nanoseconds, and too many of them come out as a past that is long ago or hardly over.
        wanted_ms.wrapping_mul(1_000_000).div_euclid(1_000_000)
    } else {
        usual_ms
    };
    form.key = if caller.admin && absolute {
        form.name.clone()
    } else {
        let day = calendar::compact_day(context.now_ms());
        let id = uuid::Uuid::new_v4().simple();
        let extension = extension(&form.name);
        format!("openim/direct/{day}/{}/{id}{extension}", caller.user)
    };
    let expires_ms = context.now_ms().saturating_add(life_ms);
    let signed = driver::form(
        context,
        &form.key,
        form.size.unsigned_abs(),
        &form.content_type,
        expires_ms,
    )?;
    let id = serde_json::to_vec(&form).map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(ok(json!({
        "id": STANDARD_NO_PAD.encode(id),
        "url": signed.url,
        "file": "file",
        "header": header(context),
        "formData": signed.fields,
        "expires": expires_ms,
        "successCodes": [200],
    })))
}

/// The last dot of the last segment, and what follows.
fn extension(name: &str) -> &str {
    let base = name.rsplit('/').next().unwrap_or(name);
    base.rfind('.').map_or("", |at| &base[at..])
}

fn header(context: &Context<'_>) -> Value {
    let fields = context.config.form_header_fields.iter();
    match context.config.form_header {
        OpenimFormHeader::Null => Value::Null,
        OpenimFormHeader::Empty => json!([]),
        OpenimFormHeader::Values => fields
            .map(|(key, value)| json!({ "key": key, "values": [value] }))
            .collect(),
        OpenimFormHeader::Value => fields
            .map(|(key, value)| json!({ "key": key, "value": value }))
            .collect(),
    }
}

pub(super) async fn complete(
    context: &Context<'_>,
    caller: &Caller,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let fields = read(context, &shapes::COMPLETE_FORM, body).await?;
    let id = fields.text("id");
    if id.is_empty() {
        return Err(Refusal::args("id is empty"));
    }
    let form = FormId::decode(&id).map_err(|words| Refusal::args(format!("invalid id {words}")))?;
    check_name(caller, &form.name)?;
    let stat = context.stat_or_words(&form.key).await?;
    // An empty object passes: the server compares only sizes above zero.
    if stat.size > 0 && i64::try_from(stat.size) != Ok(form.size) {
        return Err(Refusal::new(90_007, "file size mismatch"));
    }
    let name = Name {
        name: form.name,
        key: stat.key,
        content_type: form.content_type,
        group: form.group,
        owner: caller.user.clone(),
    };
    context.set_name(&name).await?;
    let url = format!("{}{}", context.url_prefix(), name.name);
    Ok(ok(json!({ "url": url })))
}
