//! The files that a group shares (easemob.md §2.6).

use std::sync::Arc;

use serde_json::{Value, json};

use super::error::{Error, oauth};
use super::reply::{envelope, files_uri};
use super::token::{Holder, holder};
use super::upload::{content_type, file_part, owner_name, restricted, time_uuid};
use super::{Context, NAME};
use crate::http::{Answer, Content, Presentation, RequestBody, serve};
use crate::store::Meta;

const KIND: &str = "share_file";
/// "[1,1000], default 1000" (server-side/group_file.md).
const LONGEST_PAGE: usize = 1000;

/// Checks token and group, in this order.
fn enter(context: &Context<'_>, group: &str) -> Result<Holder, Error> {
    context.count("share_files", context.config.calls_per_second)?;
    let holder = holder(context).map_err(|_| oauth())?;
    let exists = match &context.config.groups {
        Some(groups) => groups.iter().any(|known| known == group),
        None => !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()),
    };
    if exists {
        return Ok(holder);
    }
    Err(missing(format!("grpID {group} does not exist!")))
}

fn missing(description: String) -> Error {
    Error::new(404, "RestGroupFeignException", description)
}

pub(super) async fn upload(
    context: &Context<'_>,
    group: &str,
    body: &mut RequestBody,
) -> Result<Answer, Error> {
    let owner = enter(context, group)?;
    let received = file_part(context, body).await.map_err(|error| {
        // This call has another name for the same mistake.
        error.renamed("illegal_argument", "IllegalArgumentException")
    })?;
    let now_ms = context.now_ms();
    let meta = Meta {
        service: NAME.to_owned(),
        kind: KIND.to_owned(),
        id: time_uuid(now_ms).to_string(),
        created_ms: now_ms,
        content_type: received.part.content_type,
        file_name: received.part.file_name,
        restricted: restricted(context, None),
        group: Some(group.to_owned()),
        owner: owner_name(&owner),
        ..Meta::default()
    };
    let meta = context.state.store.keep(received.upload, meta).await?;
    let data = json!({
        "file_url": format!("{}/{}", files_uri(context), meta.id),
        "group_id": group,
        "file_name": meta.file_name,
        "created": meta.created_ms,
        "file_id": meta.id,
        "file_size": meta.size,
    });
    Ok(with_data(context, "post", data))
}

pub(super) fn list(context: &Context<'_>, group: &str) -> Result<Answer, Error> {
    enter(context, group)?;
    let number = |name| {
        let value = context.head.query(name)?;
        value.parse::<usize>().ok().filter(|number| *number > 0)
    };
    let size = number("pagesize").unwrap_or(LONGEST_PAGE).min(LONGEST_PAGE);
    let page = number("pagenum").unwrap_or(1);
    let mut files = context.state.store.list(|meta| belongs(meta, group));
    // The newest first, as in the documents' sample.
    files.reverse();
    let data: Vec<Value> = files
        .iter()
        .skip((page - 1).saturating_mul(size))
        .take(size)
        .map(|meta| {
            json!({
                "file_id": meta.id,
                "file_name": meta.file_name,
                "file_owner": meta.owner.as_deref().unwrap_or_default(),
                "file_size": meta.size,
                "created": meta.created_ms,
            })
        })
        .collect();
    Ok(with_data(context, "get", data.into()))
}

pub(super) fn download(context: &Context<'_>, group: &str, file: &str) -> Result<Answer, Error> {
    enter(context, group)?;
    let meta = find(context, group, file)?;
    let look = Presentation {
        content_type: content_type(&meta),
        etag: meta.md5.clone(),
        modified_ms: meta.created_ms,
        ranges: context.config.range,
        file_name: meta
            .file_name
            .clone()
            .filter(|_| context.config.content_disposition),
    };
    let content = Content::File {
        path: context.state.store.content_path(&meta),
        size: meta.size,
    };
    Ok(serve(context.head, content, &look))
}

pub(super) fn delete(context: &Context<'_>, group: &str, file: &str) -> Result<Answer, Error> {
    enter(context, group)?;
    let meta = find(context, group, file)?;
    context.state.store.remove(&meta)?;
    let data = json!({ "group_id": group, "file_id": file, "result": true });
    Ok(with_data(context, "delete", data))
}

fn belongs(meta: &Meta, group: &str) -> bool {
    meta.service == NAME && meta.kind == KIND && meta.group.as_deref() == Some(group)
}

fn find(context: &Context<'_>, group: &str, file: &str) -> Result<Arc<Meta>, Error> {
    context
        .state
        .store
        .get(NAME, file)
        .filter(|meta| belongs(meta, group))
        .ok_or_else(|| missing(format!("file {file} does not exist!")))
}

fn with_data(context: &Context<'_>, action: &str, data: Value) -> Answer {
    envelope(context, action, [("entities", json!([])), ("data", data)])
}
