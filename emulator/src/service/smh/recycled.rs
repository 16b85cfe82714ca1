//! The recycle bin: what lies in it, and its way out (smh.md §1.19).

use serde_json::{Map, Value, json};

use super::Context;
use super::body;
use super::directory::Page;
use super::error::Error;
use super::reply::{ok, with_status};
use super::token::{Grants, READ};
use super::tree::{Node, Place, Strategy};
use super::world::World;
use crate::calendar::iso_date;
use crate::http::{Answer, RequestBody, status_only};

const RESTORE: Grants = &["restore_recycled"];
const DELETE: Grants = &["delete_recycled"];

/// The node of an item.
fn find(context: &Context<'_>, world: &World, item: u64) -> Result<u64, Error> {
    let found = world.tree.recycled(&context.call.space);
    let node = found.get(&item).map(|node| node.id);
    node.ok_or_else(|| Error::new("PathNotFound"))
}

/// The item of the call's path.
fn item(context: &Context<'_>) -> Result<u64, Error> {
    let item = context.call.rest.parse();
    item.map_err(|_| Error::parameter("the recycled item is no number"))
}

/// The items that a body lists.
async fn items(body: &mut RequestBody) -> Result<Vec<u64>, Error> {
    let wrong = || Error::parameter("the body must be a list of recycled items");
    let list = body::read_list(body).await?;
    let items = list.iter().map(|item| match item {
        Value::String(text) => text.parse().map_err(|_| wrong()),
        item => item.as_u64().ok_or_else(wrong),
    });
    items.collect()
}

pub(super) fn list(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize(READ)?;
    let page = Page::asked(context)?;
    let world = context.memory.world();
    // What was deleted last comes first: without a wish there is no order.
    let all = world.tree.recycled(&context.call.space).into_iter().rev();
    let all: Vec<(u64, &Node)> = all.collect();
    let mut answer = Map::new();
    if page.is_numbered {
        answer.insert("totalNum".to_owned(), all.len().into());
    }
    let contents: Vec<Value> = page
        .of(&all)
        .map(|(item, node)| {
            let mut fields = context.entry(&world, node);
            let above = node.parent.and_then(|parent| world.tree.path(parent));
            let mut path = above.unwrap_or_default();
            path.push(node.name.clone());
            for (name, value) in [
                ("recycledItemId", json!(item)),
                ("originalPath", json!(path)),
                ("spaceId", json!(node.space)),
                ("removalTime", json!(iso_date(node.recycled_ms))),
            ] {
                fields.insert(name.to_owned(), value);
            }
            fields.into()
        })
        .collect();
    if let Some(next) = page.next_marker(context, all.len()) {
        answer.insert("nextMarker".to_owned(), next);
    }
    answer.insert("contents".to_owned(), contents.into());
    Ok(ok(&answer))
}

/// What there is to know of an item; a file can be fetched, too.
pub(super) fn info(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize(READ)?;
    let world = context.memory.world();
    let id = find(context, &world, item(context)?)?;
    let missing = || Error::new("PathNotFound");
    let node = world.tree.get(id).ok_or_else(missing)?;
    let mut fields = context.entry(&world, node);
    let file = node.file.as_ref();
    if let Some(object) = file.and_then(|file| world.objects.get(&file.object)) {
        let address = context.signed_address(object, context.config.download_ttl, None);
        fields.insert("cosUrl".to_owned(), address.into());
    }
    Ok(ok(&fields))
}

fn take_out(
    context: &Context<'_>,
    world: &mut World,
    item: u64,
    strategy: Strategy,
) -> Result<Vec<String>, Error> {
    let id = find(context, world, item)?;
    let now_ms = context.now_ms();
    let missing = || Error::new("PathNotFound");
    let node = world.tree.get(id).ok_or_else(missing)?;
    let (name, is_file) = (node.name.clone(), node.file.is_some());
    let parent = node
        .parent
        .filter(|parent| world.tree.path(*parent).is_some());
    let to_root = context.head.query("restore_path_strategy").as_deref() == Some("fallbackToRoot");
    let parent = match parent {
        Some(parent) => parent,
        None if to_root => world.tree.directory(&context.call.space, &[])?,
        None => return Err(Error::new("DirectoryNotFound")),
    };
    let name = match world.tree.place(parent, &name, strategy, is_file)? {
        Place::Free(name) => name,
        Place::Over(over) => {
            let objects = world.tree.remove(over, now_ms)?;
            world.release(&objects)?;
            name
        }
    };
    world.tree.restore(id, parent, &name, now_ms)?;
    Ok(world.tree.path(id).unwrap_or_default())
}

pub(super) fn restore(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize(RESTORE)?;
    let asked = context.head.query("conflict_resolution_strategy");
    let strategy = Strategy::parse(asked.as_deref(), Strategy::Ask)?;
    let mut world = context.memory.world();
    let path = take_out(context, &mut world, item(context)?, strategy)?;
    Ok(ok(&json!({ "path": path })))
}

pub(super) async fn restore_many(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Error> {
    context.authorize(RESTORE)?;
    let items = items(body).await?;
    let mut world = context.memory.world();
    let results =
        items.into_iter().map(
            |item| match take_out(context, &mut world, item, Strategy::Rename) {
                Ok(path) => json!({ "status": 200, "recycledItemId": item, "path": path }),
                Err(error) => error.in_list(json!({ "recycledItemId": item })),
            },
        );
    Ok(results_of(results.collect()))
}

/// 200 where all went well, else 207.
pub(super) fn results_of(results: Vec<Value>) -> Answer {
    let failed = results
        .iter()
        .any(|one| one["status"].as_u64() >= Some(400));
    let status = if failed { 207 } else { 200 };
    with_status(status, &json!({ "result": results }))
}

fn drop_for_good(context: &Context<'_>, world: &mut World, item: u64) -> Result<(), Error> {
    let id = find(context, world, item)?;
    let objects = world.tree.remove(id, context.now_ms())?;
    Ok(world.release(&objects)?)
}

pub(super) fn purge(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize(DELETE)?;
    let mut world = context.memory.world();
    drop_for_good(context, &mut world, item(context)?)?;
    Ok(status_only(204))
}

pub(super) async fn purge_many(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Error> {
    context.authorize(DELETE)?;
    let items = items(body).await?;
    let mut world = context.memory.world();
    for item in items {
        drop_for_good(context, &mut world, item)?;
    }
    Ok(status_only(204))
}

pub(super) fn empty(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize(DELETE)?;
    let mut world = context.memory.world();
    let found = world.tree.recycled(&context.call.space);
    let items: Vec<u64> = found.keys().copied().collect();
    for item in items {
        drop_for_good(context, &mut world, item)?;
    }
    Ok(status_only(204))
}
