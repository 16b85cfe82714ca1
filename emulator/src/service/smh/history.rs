//! The versions of a file (smh.md §1.15).

use serde_json::{Map, Value, json};

use super::Context;
use super::directory::Page;
use super::error::Error;
use super::path::kind;
use super::reply::ok;
use super::token::READ;
use super::tree::{Node, Version};
use super::world::World;
use crate::calendar::iso_date;
use crate::http::Answer;

pub(super) fn versions(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize(READ)?;
    let query = |name| context.head.query(name).unwrap_or_default();
    if !matches!(query("order_by").as_str(), "" | "id" | "creationTime") {
        return Err(Error::parameter("order_by is neither id nor creationTime"));
    }
    let is_rising = match query("order_by_type").as_str() {
        "asc" => true,
        "" | "desc" => false,
        _ => return Err(Error::parameter("order_by_type is neither asc nor desc")),
    };
    let page = Page::asked(context)?;
    let names = context.path()?;
    let missing = || Error::new("FileNotFound");
    let world = context.memory.world();
    let node = world.tree.find(&context.call.space, &names);
    let node = node.ok_or_else(missing)?;
    let file = node.file.as_ref().ok_or_else(missing)?;
    let mut all: Vec<&Version> = file.history.iter().collect();
    if !is_rising {
        all.reverse();
    }
    let present = Version {
        id: file.version,
        object: file.object.clone(),
        modified_ms: node.modified_ms,
    };
    // "The latest version always ranks first."
    all.insert(0, &present);
    let contents = page.of(&all).map(|version| {
        let is_latest = version.id == file.version;
        entry(&world, node, version, is_latest)
    });
    let mut answer = Map::new();
    answer.insert("contents".to_owned(), contents.collect());
    answer.insert("totalNum".to_owned(), all.len().into());
    if let Some(next) = page.next_marker(context, all.len()) {
        answer.insert("nextMarker".to_owned(), next);
    }
    Ok(ok(&answer))
}

fn entry(world: &World, node: &Node, version: &Version, is_latest: bool) -> Value {
    let object = world.objects.get(&version.object);
    let mut entry = json!({
        "createdBy": "",
        "creationWay": 1,
        "version": version.id,
        "isLatestVersion": is_latest,
        "name": node.name,
        // A number, unlike in other lists.
        "size": object.map(|object| object.size),
        "crc64": object.map(|object| object.crc64.to_string()),
        "contentType": kind(&node.name).content_type,
        "creationTime": iso_date(version.modified_ms),
        "setLatestTime": iso_date(version.modified_ms),
    });
    // The page's own example has none for the latest.
    if !is_latest {
        entry["id"] = version.id.into();
    }
    entry
}
