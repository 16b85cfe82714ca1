//! initiate_form_data and complete_form_data (openim.md §2.4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fields::Fields;
use super::objects::Name;
use super::reply::{Refusal, ok};
use super::storage::sigv4;
use super::token::Caller;
use super::{Context, check_name, driver};
use crate::config::OpenimFormHeader;
use crate::http::{Answer, RequestBody};

/// What the id of a form says, in this order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ticket {
    #[serde(default)]
    name: String,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    content_type: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    key: String,
}

pub(super) async fn initiate(
    context: &Context<'_>,
    caller: &Caller,
    body: &mut RequestBody,
) -> Result<Answer, Refusal> {
    let fields = Fields::read("third.InitiateFormDataReq", body).await?;
    let mut ticket = Ticket {
        name: fields.text("name")?,
        size: 0,
        content_type: fields.text("contentType")?,
        group: fields.text("group")?,
        key: String::new(),
    };
    let (size, wanted_ms) = (fields.number("size")?, fields.number("millisecond")?);
    let absolute = fields.flag("absolute")?;
    if ticket.name.is_empty() {
        return Err(Refusal::args("name is empty"));
    }
    ticket.size = u64::try_from(size)
        .ok()
        .filter(|size| *size > 0)
        .ok_or_else(|| Refusal::args("size must be greater than 0"))?;
    check_name(caller, &ticket.name)?;
    let usual_ms = i64::try_from(context.config.form_ttl).unwrap_or(i64::MAX / 1000) * 1000;
    let life_ms = if caller.admin && wanted_ms > 0 {
        wanted_ms
    } else {
        usual_ms
    };
    ticket.key = if caller.admin && absolute {
        ticket.name.clone()
    } else {
        let day = sigv4::compact_day(context.now_ms());
        let id = uuid::Uuid::new_v4().simple();
        let extension = extension(&ticket.name);
        format!("openim/direct/{day}/{}/{id}{extension}", caller.user)
    };
    let expires_ms = context.now_ms().saturating_add(life_ms);
    let form = driver::form(
        context,
        &ticket.key,
        ticket.size,
        &ticket.content_type,
        expires_ms,
    )?;
    let id = serde_json::to_vec(&ticket).map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(ok(json!({
        "id": STANDARD_NO_PAD.encode(id),
        "url": form.url,
        "file": "file",
        "header": header(context),
        "formData": form.fields,
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
    let fields = Fields::read("third.CompleteFormDataReq", body).await?;
    let id = fields.text("id")?;
    if id.is_empty() {
        return Err(Refusal::args("id is empty"));
    }
    let bad = |why: String| Refusal::args(format!("invalid id {why}"));
    let ticket = STANDARD_NO_PAD
        .decode(&id)
        .map_err(|error| bad(error.to_string()))?;
    let ticket: Ticket = serde_json::from_slice(&ticket).map_err(|error| bad(error.to_string()))?;
    check_name(caller, &ticket.name)?;
    let stat = context
        .stat(&ticket.key)
        .ok_or_else(|| Refusal::internal("The specified key does not exist."))?;
    // An empty object passes: the server compares only sizes above zero.
    if stat.size > 0 && stat.size != ticket.size {
        return Err(Refusal::new(90_007, "file size mismatch"));
    }
    let name = Name {
        name: ticket.name,
        key: stat.key,
        content_type: ticket.content_type,
        group: ticket.group,
        owner: caller.user.clone(),
    };
    context.set_name(&name).await?;
    let url = format!("{}{}", context.url_prefix(), name.name);
    Ok(ok(json!({ "url": url })))
}
