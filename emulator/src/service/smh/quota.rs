//! Quotas of spaces, and how much is in use (smh.md §1.19).

use std::fs;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Context;
use super::body::{self, Fields};
use super::directory::DEFAULT_PAGE;
use super::error::Error;
use super::reply::{ok, with_status};
use super::token::{Grants, READ};
use super::tree::{Node, load, write_json};
use super::world::World;
use crate::calendar::iso_date;
use crate::http::{Answer, RequestBody, status_only};

/// Only for administrators.
const ADMIN: Grants = &["admin"];

/// What several spaces may take together; a space has one at most.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Quota {
    id: u64,
    pub(super) spaces: Vec<String>,
    pub(super) capacity: u64,
}

#[derive(Debug, Default)]
pub(super) struct Quotas {
    folder: PathBuf,
    all: Vec<Quota>,
}

impl Quotas {
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        let mut all = load::<Quota>(&folder)?;
        all.sort_unstable_by_key(|quota| quota.id);
        Ok(Self { folder, all })
    }

    pub(super) fn of(&self, space: &str) -> Option<&Quota> {
        let mut all = self.all.iter();
        all.find(|quota| quota.spaces.iter().any(|own| own == space))
    }

    /// By the space, or by the number where no space is called so.
    fn find(&self, name: &str) -> Option<&Quota> {
        let by_id = || self.all.iter().find(|quota| quota.id.to_string() == name);
        self.of(name).or_else(by_id)
    }

    fn put(&mut self, quota: Quota) -> io::Result<()> {
        write_json(&self.folder.join(format!("{}.json", quota.id)), &quota)?;
        match self.all.iter_mut().find(|known| known.id == quota.id) {
            Some(known) => *known = quota,
            None => self.all.push(quota),
        }
        Ok(())
    }
}

/// A number of bytes, which is text so that scripts do not lose its end; a number is taken as well.
fn capacity(fields: &Fields) -> Result<Option<u64>, Error> {
    let wrong = || Error::parameter("capacity must be a number of bytes in a string");
    match fields.get("capacity") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => text.parse().map(Some).map_err(|_| wrong()),
        Some(Value::Number(number)) => number.as_u64().map(Some).ok_or_else(wrong),
        Some(_) => Err(wrong()),
    }
}

/// The spaces that a quota is for: known ones, and those of no other quota.
fn spaces(
    context: &Context<'_>,
    world: &World,
    fields: &Fields,
    id: u64,
) -> Result<Option<Vec<String>>, Error> {
    let list = match fields.get("spaces") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(list)) if !list.is_empty() => list,
        Some(_) => return Err(Error::new("QuotaSpacesInvalid")),
    };
    let mut spaces = Vec::new();
    for space in list {
        let space = space
            .as_str()
            .ok_or_else(|| Error::new("QuotaSpacesInvalid"))?;
        if !context.config.spaces.iter().any(|known| known == space) {
            return Err(Error::new("SpaceNotFound"));
        }
        if world.quotas.of(space).is_some_and(|quota| quota.id != id) {
            return Err(Error::new("DuplicateQuota"));
        }
        spaces.push(space.to_owned());
    }
    Ok(Some(spaces))
}

pub(super) async fn create(context: &Context<'_>, body: &mut RequestBody) -> Result<Answer, Error> {
    context.authorize_library(ADMIN)?;
    let fields = body::read(body).await?;
    let capacity = capacity(&fields)?.ok_or_else(|| Error::new("QuotaCapacityRequired"))?;
    let mut world = context.memory.world();
    let id = world.quotas.all.last().map_or(1, |last| last.id + 1);
    // Without a list it is the space of a library that has but one.
    let spaces = match spaces(context, &world, &fields, id)? {
        Some(spaces) => spaces,
        None if world.quotas.of("-").is_none() => vec!["-".to_owned()],
        None => return Err(Error::new("DuplicateQuota")),
    };
    world.quotas.put(Quota {
        id,
        spaces,
        capacity,
    })?;
    Ok(with_status(201, &json!({ "quotaId": id })))
}

pub(super) fn get(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize_library(READ)?;
    let name = context.call.space.as_str();
    let world = context.memory.world();
    let is_space = context.config.spaces.iter().any(|space| space == name);
    let missing = if is_space { "NoQuota" } else { "QuotaNotFound" };
    let quota = world.quotas.find(name);
    let quota = quota.ok_or_else(|| Error::new(missing))?;
    let capacity = quota.capacity.to_string();
    Ok(ok(&match is_space {
        true => json!({ "id": quota.id, "capacity": capacity }),
        false => json!({ "spaces": quota.spaces, "capacity": capacity }),
    }))
}

pub(super) async fn set(context: &Context<'_>, body: &mut RequestBody) -> Result<Answer, Error> {
    context.authorize_library(ADMIN)?;
    let fields = body::read(body).await?;
    let name = context.call.space.as_str();
    let is_space = context.config.spaces.iter().any(|space| space == name);
    let mut world = context.memory.world();
    let quota = world.quotas.find(name).cloned();
    let missing = if is_space { "NoQuota" } else { "QuotaNotFound" };
    let mut quota = quota.ok_or_else(|| Error::new(missing))?;
    match capacity(&fields)? {
        Some(capacity) => quota.capacity = capacity,
        None if is_space => return Err(Error::new("QuotaCapacityRequired")),
        None => {}
    }
    if !is_space && let Some(spaces) = spaces(context, &world, &fields, quota.id)? {
        quota.spaces = spaces;
    }
    world.quotas.put(quota)?;
    Ok(status_only(204))
}

/// Of the library, or of the spaces that the path names, with commas between them.
pub(super) fn usage(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize_library(READ)?;
    let world = context.memory.world();
    if context.call.space.is_empty() {
        let total = world.used(None).to_string();
        return Ok(ok(&json!({ "totalFileSize": total })));
    }
    let spaces = context.call.space.split(',');
    let known = spaces.filter(|space| context.config.spaces.iter().any(|known| known == space));
    let all: Vec<Value> = known
        .map(|space| {
            let quota = world.quotas.of(space);
            let left = |quota: &Quota| {
                let used = world.used(Some(&quota.spaces));
                quota.capacity.saturating_sub(used).to_string()
            };
            json!({
                "spaceId": space,
                "capacity": quota.map(|quota| quota.capacity.to_string()),
                "availableSpace": quota.map(left),
                "size": world.used(Some(&[space.to_owned()])).to_string(),
            })
        })
        .collect();
    Ok(ok(&all))
}

/// What is asked of a space, or of all.
pub(super) fn space(context: &Context<'_>) -> Result<Answer, Error> {
    let space = context.call.space.as_str();
    match context.call.rest.as_str() {
        "size" => {
            context.authorize(READ)?;
            let used = context.memory.world().used(Some(&[space.to_owned()]));
            Ok(ok(&json!({ "size": used.to_string() })))
        }
        "file-count" => {
            context.authorize(READ)?;
            Ok(ok(&count(&context.memory.world(), space)))
        }
        "extension" => {
            context.authorize(READ)?;
            // A space as it is made where nothing is said.
            Ok(ok(&json!({
                "isPublicRead": false,
                "allowPhoto": false,
                "allowVideo": false,
                "allowPhotoExtname": [],
                "allowVideoExtname": [],
                "recognizeSensitiveContent": false,
            })))
        }
        _ if space == "count" => {
            context.authorize_library(READ)?;
            Ok(ok(&json!({ "total": context.config.spaces.len() })))
        }
        _ => list(context),
    }
}

/// Files and directories, as texts; those in the recycle bin and earlier versions apart, too.
fn count(world: &World, space: &str) -> Value {
    let nodes: Vec<&Node> = world
        .tree
        .nodes()
        .filter(|node| node.space == space && node.parent.is_some())
        .collect();
    let is_recycled = |node: &&&Node| world.tree.path(node.id).is_none();
    let is_file = |node: &&&Node| node.file.is_some();
    let history = nodes.iter().filter_map(|node| node.file.as_ref());
    let history: usize = history.map(|file| file.history.len()).sum();
    let files = nodes.iter().filter(is_file);
    let directories = nodes.iter().filter(|node| !is_file(node));
    json!({
        "fileNum": (files.clone().count() + history).to_string(),
        "dirNum": directories.clone().count().to_string(),
        "recycledFileNum": files.filter(is_recycled).count().to_string(),
        "recycledDirNum": directories.filter(is_recycled).count().to_string(),
        "historyFileNum": history.to_string(),
    })
}

/// The spaces, in the order of their names; `marker` is the first of the next page.
fn list(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize_library(READ)?;
    let query = |name| context.head.query(name).filter(|text| !text.is_empty());
    let limit = match query("limit") {
        None => DEFAULT_PAGE,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=context.config.max_list).contains(limit))
            .ok_or_else(|| Error::parameter("limit is not a number from 1"))?,
    };
    let (marker, prefix) = (query("marker"), query("prefix").unwrap_or_default());
    let world = context.memory.world();
    let mut spaces: Vec<&Node> = world
        .tree
        .roots()
        .filter(|node| node.space.starts_with(&prefix))
        .filter(|node| marker.as_ref().is_none_or(|marker| node.space >= *marker))
        .collect();
    spaces.sort_by(|a, b| a.space.cmp(&b.space));
    let page = spaces.iter().take(limit).map(
        |node| json!({ "spaceId": node.space, "userId": "", "creationTime": iso_date(node.created_ms) }),
    );
    let mut answer = Map::new();
    answer.insert("list".to_owned(), page.collect::<Vec<Value>>().into());
    if let Some(next) = spaces.get(limit) {
        answer.insert("marker".to_owned(), next.space.clone().into());
    }
    Ok(ok(&answer))
}
