//! A finished object becomes a file: by confirming its upload, or at once when its content is known already.

use std::collections::BTreeMap;

use super::error::Error;
use super::tree::{Attributes, File, Node, Place, Strategy, Version, Virtual};
use super::world::World;
use crate::config::SmhHistory;

/// What lands where.
#[derive(Debug)]
pub(super) struct Landing {
    pub(super) space: String,
    pub(super) parent: u64,
    pub(super) name: String,
    pub(super) strategy: Strategy,
    /// With `overwrite`: the content that may be overwritten.
    pub(super) content_cas: Option<String>,
    pub(super) attributes: Attributes,
    pub(super) meta: BTreeMap<String, String>,
    pub(super) object: String,
    pub(super) is_virtual: Option<Virtual>,
}

/// The node, and whether a file was overwritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Landed {
    pub(super) node: u64,
    pub(super) overwritten: bool,
}

/// `None` when the directory is gone, so that nobody can reach the file.
pub(super) fn land(
    world: &mut World,
    history: SmhHistory,
    landing: Landing,
    now_ms: i64,
) -> Result<Option<Landed>, Error> {
    if world.tree.path(landing.parent).is_none() {
        return Ok(None);
    }
    let place = world
        .tree
        .place(landing.parent, &landing.name, landing.strategy, true)?;
    if landing.strategy == Strategy::Overwrite {
        unchanged(world, &place, landing.content_cas.as_deref())?;
    }
    let landed = match place {
        Place::Free(name) => {
            let file = File {
                object: landing.object,
                is_virtual: landing.is_virtual,
                version: 1,
                meta: landing.meta,
                attributes: landing.attributes,
                history: Vec::new(),
            };
            let parent = Some(landing.parent);
            let node = world
                .tree
                .insert(&landing.space, parent, &name, Some(file), now_ms)?;
            Landed {
                node,
                overwritten: false,
            }
        }
        Place::Over(node) => {
            if history == SmhHistory::Refused {
                return Err(Error::new("OverwriteFileNotAllowed"));
            }
            overwrite(world, history, node, landing, now_ms)?;
            Landed {
                node,
                overwritten: true,
            }
        }
    };
    world.make_room(landed.node, now_ms)?;
    Ok(Some(landed))
}

/// Refuses what would not be put over the file with that content (smh.md §1.15).
pub(super) fn unchanged(
    world: &World,
    place: &Place,
    content_cas: Option<&str>,
) -> Result<(), Error> {
    let present = match place {
        Place::Free(_) => None,
        Place::Over(node) => world.tree.get(*node).and_then(Node::content_cas),
    };
    match content_cas {
        Some(cas) if present.as_deref() != Some(cas) => Err(Error::new("ContentCasConflict")),
        _ => Ok(()),
    }
}

fn overwrite(
    world: &mut World,
    history: SmhHistory,
    node: u64,
    landing: Landing,
    now_ms: i64,
) -> Result<(), Error> {
    let mut old = None;
    world.tree.update(node, now_ms, |node| {
        if let Some(file) = &mut node.file {
            let version = Version {
                id: file.version,
                object: std::mem::replace(&mut file.object, landing.object),
                modified_ms: node.modified_ms,
            };
            old = Some(version.object.clone());
            if history == SmhHistory::Kept {
                file.history.push(version);
            }
            file.is_virtual = landing.is_virtual;
            file.version += 1;
            file.meta = landing.meta;
            file.attributes = landing.attributes;
        }
        node.modified_ms = now_ms;
    })?;
    // With history the old object is still in use and stays.
    let old: Vec<String> = old
        .into_iter()
        .filter(|object| !object.is_empty())
        .collect();
    world.release(&old)?;
    Ok(())
}
