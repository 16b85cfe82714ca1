//! Virtual files, of which SMH keeps a name and what is told of them (smh.md §1.19).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Context;
use super::begin::check_room;
use super::body;
use super::error::Error;
use super::landing::{Landing, land};
use super::reply::ok;
use super::token::Grants;
use super::tree::{Strategy, Virtual};
use crate::http::{Answer, RequestBody};

const CREATE: Grants = &["upload_file", "upload_file_force", "create_virtual"];
const CREATE_FORCE: Grants = &["upload_file_force"];

pub(super) async fn create(context: &Context<'_>, body: &mut RequestBody) -> Result<Answer, Error> {
    let asked = context.head.query("conflict_resolution_strategy");
    let strategy = Strategy::parse(asked.as_deref(), Strategy::Rename);
    context.authorize(match strategy {
        Ok(Strategy::Overwrite) => CREATE_FORCE,
        _ => CREATE,
    })?;
    let strategy = strategy?;
    let mut names = context.path()?;
    let name = names.pop().ok_or_else(|| Error::new("EmptyFileName"))?;
    let fields = body::read(body).await?;
    let told = Virtual {
        size: body::size(&fields)?.unwrap_or_default(),
        content_type: body::text(&fields, "contentType")?,
    };
    let meta = match fields.get("metaData") {
        None | Some(Value::Null) => BTreeMap::new(),
        Some(Value::Object(told)) => told
            .iter()
            .map(|(name, value)| {
                let value = value.as_str().map(str::to_owned);
                value.map(|value| (name.to_ascii_lowercase(), value))
            })
            .collect::<Option<_>>()
            .ok_or_else(|| Error::parameter("metaData must be strings"))?,
        Some(_) => return Err(Error::parameter("metaData must be an object")),
    };
    let mut world = context.memory.world();
    let parent = world.tree.directory(&context.call.space, &names)?;
    check_room(context, &world, Some(told.size))?;
    let landing = Landing {
        space: context.call.space.clone(),
        parent,
        name,
        strategy,
        content_cas: context.content_cas(),
        attributes: body::attributes(&fields)?,
        meta,
        object: String::new(),
        is_virtual: Some(told),
    };
    let landed = land(
        &mut world,
        context.config.history,
        landing,
        context.now_ms(),
    )?;
    let landed = landed.ok_or_else(|| Error::new("DirectoryNotFound"))?;
    let path = world.tree.path(landed.node);
    Ok(ok(&json!({ "path": path, "type": "virtual" })))
}
