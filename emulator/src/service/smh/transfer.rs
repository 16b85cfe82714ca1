//! Moving and copying files and directories (smh.md §1.10).

use serde_json::json;

use super::Context;
use super::body;
use super::error::Error;
use super::landing::{Landed, Landing, land, unchanged};
use super::path::from_text;
use super::reply::ok;
use super::token::Grants;
use super::tree::{Place, Strategy};
use super::world::World;
use crate::config::SmhHistory;
use crate::http::{Answer, RequestBody, status_only};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Move,
    Copy,
}

pub(super) fn grants(how: How, directory: bool, force: bool) -> Grants {
    match (how, directory, force) {
        (How::Move, true, _) => &["move_directory"],
        (How::Move, false, false) => &["move_file", "move_file_force"],
        (How::Move, false, true) => &["move_file_force"],
        (How::Copy, true, _) => &["copy_directory"],
        (How::Copy, false, false) => &["copy_file", "copy_file_force"],
        (How::Copy, false, true) => &["copy_file_force"],
    }
}

pub(super) async fn transfer(
    context: &Context<'_>,
    how: How,
    body: &mut RequestBody,
) -> Result<Answer, Error> {
    let directory = context.call.directory;
    let asked = context.head.query("conflict_resolution_strategy");
    let default = if directory {
        Strategy::Ask
    } else {
        Strategy::Rename
    };
    let strategy = Strategy::parse(asked.as_deref(), default);
    let force = matches!(strategy, Ok(Strategy::Overwrite));
    context.authorize(grants(how, directory, force))?;
    let strategy = strategy?;
    let fields = body::read(body).await?;
    let from = match how {
        How::Move => body::text(&fields, "from")?,
        How::Copy => body::text(&fields, "copyFrom")?,
    };
    let source = from_text(&from.unwrap_or_default())?;
    let target = context.path()?;
    if target.is_empty() || source.is_empty() {
        return Err(Error::new("RootDirectoryNotAllowed"));
    }
    let mut world = context.memory.world();
    let done = carry(
        context, &mut world, how, directory, &source, target, strategy,
    )?;
    if directory {
        return Ok(directory_answer(&world, strategy, done.node));
    }
    Ok(ok(&context.landed(&world, done.node, done.overwritten)))
}

/// Moves or copies one thing within the space; `target` is not empty.
pub(super) fn carry(
    context: &Context<'_>,
    world: &mut World,
    how: How,
    directory: bool,
    source: &[String],
    mut target: Vec<String>,
    strategy: Strategy,
) -> Result<Landed, Error> {
    let root = || Error::new("RootDirectoryNotAllowed");
    let name = target.pop().ok_or_else(root)?;
    let now_ms = context.now_ms();
    let space = &context.call.space;
    let found = world.tree.find(space, source);
    let found = found.filter(|node| node.file.is_none() == directory);
    let missing = if directory {
        "SourceDirectoryNotFound"
    } else {
        "SourceFileNotFound"
    };
    let id = found.ok_or_else(|| Error::new(missing))?.id;
    // Directories bring their parents into being; files need theirs.
    let parent = if directory {
        world.tree.make_directories(space, &target, now_ms)?
    } else {
        world.tree.directory(space, &target)?
    };
    if directory && world.tree.is_below(parent, id) {
        return Err(Error::new("SourceDirectoryIsParentOfDestination"));
    }
    if how == How::Copy && !directory {
        return copy_file(context, world, id, parent, name, strategy);
    }
    let itself = world
        .tree
        .child(parent, &name)
        .is_some_and(|node| node.id == id);
    let (mut node, mut overwritten) = (id, false);
    if !(itself && how == How::Move) {
        let place = world.tree.place(parent, &name, strategy, !directory)?;
        overwritten = matches!(place, Place::Over(_));
        if strategy == Strategy::Overwrite {
            unchanged(world, &place, context.content_cas().as_deref())?;
        }
        let name = make_free(context, world, place, now_ms)?.unwrap_or(name);
        match how {
            How::Move => world.tree.move_to(id, parent, &name, now_ms)?,
            How::Copy => node = copy_tree(world, id, parent, &name, now_ms)?,
        }
    }
    Ok(Landed { node, overwritten })
}

/// "204 with ask, 200 with rename."
fn directory_answer(world: &World, strategy: Strategy, id: u64) -> Answer {
    match strategy {
        Strategy::Rename => ok(&json!({ "path": world.tree.path(id) })),
        Strategy::Ask | Strategy::Overwrite => status_only(204),
    }
}

/// Removes the file that gives way, and returns the name where it is another one.
fn make_free(
    context: &Context<'_>,
    world: &mut World,
    place: Place,
    now_ms: i64,
) -> Result<Option<String>, Error> {
    let over = match place {
        Place::Free(name) => return Ok(Some(name)),
        Place::Over(over) => over,
    };
    let file = world.tree.get(over).and_then(|node| node.file.as_ref());
    let has_history = file.is_some_and(|file| !file.history.is_empty());
    if has_history || context.config.history == SmhHistory::Refused {
        return Err(Error::new("OverwriteFileNotAllowed"));
    }
    let objects = world.tree.remove(over, now_ms)?;
    world.release(&objects)?;
    Ok(None)
}

fn copy_file(
    context: &Context<'_>,
    world: &mut World,
    id: u64,
    parent: u64,
    name: String,
    strategy: Strategy,
) -> Result<Landed, Error> {
    let missing = || Error::new("SourceFileNotFound");
    let node = world.tree.get(id).ok_or_else(missing)?;
    let file = node.file.as_ref().ok_or_else(missing)?;
    let landing = Landing {
        space: context.call.space.clone(),
        parent,
        name,
        strategy,
        content_cas: context.content_cas(),
        attributes: file.attributes.clone(),
        meta: file.meta.clone(),
        object: file.object.clone(),
        is_virtual: file.is_virtual.clone(),
    };
    let landed = land(world, context.config.history, landing, context.now_ms())?;
    landed.ok_or_else(|| Error::new("DirectoryNotFound"))
}

/// Copies a directory with all below it; the files share their objects.
fn copy_tree(
    world: &mut World,
    id: u64,
    parent: u64,
    name: &str,
    now_ms: i64,
) -> Result<u64, Error> {
    let missing = || Error::new("SourceDirectoryNotFound");
    let node = world.tree.get(id).ok_or_else(missing)?;
    let (space, mut file) = (node.space.clone(), node.file.clone());
    if let Some(file) = &mut file {
        file.version = 1;
        file.history.clear();
    }
    // Listed before anything is added.
    let children: Vec<(u64, String)> = world
        .tree
        .children(id)
        .map(|child| (child.id, child.name.clone()))
        .collect();
    let copy = world
        .tree
        .insert(&space, Some(parent), name, file, now_ms)?;
    for (child, name) in children {
        copy_tree(world, child, copy, &name, now_ms)?;
    }
    Ok(copy)
}
