//! Making and listing directories (smh.md §1.10).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header;
use serde_json::{Map, Value, json};

use super::Context;
use super::error::Error;
use super::files::directory_etag;
use super::reply::{ok, quoted, with_status};
use super::token::{Grants, READ};
use super::tree::{Node, Place, Strategy};
use super::world::World;
use crate::calendar::iso_date;
use crate::http::{Answer, set, status_only};

const CREATE: Grants = &["create_directory"];
pub(super) const DEFAULT_PAGE: usize = 20;
/// "page*page_size <= 10000".
const DEEPEST_PAGE: usize = 10_000;

pub(super) fn make(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize(CREATE)?;
    let asked = context.head.query("conflict_resolution_strategy");
    let strategy = Strategy::parse(asked.as_deref(), Strategy::Ask)?;
    let mut names = context.path()?;
    let name = names
        .pop()
        .ok_or_else(|| Error::new("RootDirectoryNotAllowed"))?;
    let now_ms = context.now_ms();
    let space = &context.call.space;
    let mut world = context.memory.world();
    let parent = world.tree.make_directories(space, &names, now_ms)?;
    let place = world.tree.place(parent, &name, strategy, false)?;
    let Place::Free(name) = place else {
        return Err(Error::new("SameNameDirectoryOrFileExists"));
    };
    let id = world
        .tree
        .insert(space, Some(parent), &name, None, now_ms)?;
    let mut answer = json!({
        "path": world.tree.path(id),
        "creationTime": iso_date(now_ms),
    });
    if let (true, Some(node)) = (context.flag("with_inode"), world.tree.get(id)) {
        answer["inode"] = node.inode.clone().into();
    }
    Ok(with_status(201, &answer))
}

pub(super) fn list(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize(READ)?;
    let names = context.path()?;
    let world = context.memory.world();
    let id = world.tree.directory(&context.call.space, &names)?;
    let missing = || Error::new("DirectoryNotFound");
    let directory = world.tree.get(id).ok_or_else(missing)?;
    let etag = directory_etag(directory);
    if is_known(context, &etag) {
        let mut answer = status_only(304);
        set(&mut answer, header::ETAG, &quoted(&etag));
        return Ok(answer);
    }
    let all = sorted(context, &world, id)?;
    let page = Page::asked(context)?;
    let mut answer = Map::new();
    if page.is_numbered {
        let files = all.iter().filter(|node| node.file.is_some()).count();
        answer.insert("totalNum".to_owned(), all.len().into());
        answer.insert("fileCount".to_owned(), files.into());
        answer.insert("subDirCount".to_owned(), (all.len() - files).into());
    }
    let contents: Vec<Value> = page
        .of(&all)
        .map(|node| context.entry(&world, node).into())
        .collect();
    if let Some(next) = page.next_marker(context, all.len()) {
        answer.insert("nextMarker".to_owned(), next);
    }
    answer.insert("path".to_owned(), json!(names));
    answer.insert("eTag".to_owned(), etag.clone().into());
    answer.insert("contents".to_owned(), contents.into());
    let mut answer = ok(&answer);
    set(&mut answer, header::ETAG, &quoted(&etag));
    Ok(answer)
}

/// Which entries of a list are asked for: from a marker on, or a numbered page.
pub(super) struct Page {
    start: usize,
    length: usize,
    pub(super) is_numbered: bool,
}

impl Page {
    pub(super) fn asked(context: &Context<'_>) -> Result<Self, Error> {
        let query = |name| context.head.query(name).filter(|text| !text.is_empty());
        let number = |name: &'static str, default: usize| match query(name) {
            None => Ok(default),
            Some(text) => text
                .parse::<usize>()
                .ok()
                .filter(|number| *number > 0)
                .ok_or_else(|| Error::parameter(format!("{name} is not a number from 1"))),
        };
        let is_numbered = query("page").is_some()
            || query("page_size").is_some()
            || context.flag("by_page")
            || context.flag("by-page");
        let (start, length) = if is_numbered {
            let (page, size) = (number("page", 1)?, number("page_size", DEFAULT_PAGE)?);
            if page.saturating_mul(size) > DEEPEST_PAGE {
                return Err(Error::parameter("page times page_size is above 10000"));
            }
            ((page - 1) * size, size)
        } else {
            (marker(query("marker"))?, number("limit", DEFAULT_PAGE)?)
        };
        if length > context.config.max_list {
            return Err(Error::parameter("so many entries are not listed at once"));
        }
        Ok(Self {
            start,
            length,
            is_numbered,
        })
    }

    /// Those of all that it shows.
    pub(super) fn of<'a, T>(&self, all: &'a [T]) -> impl Iterator<Item = &'a T> + use<'a, T> {
        all.iter().skip(self.start).take(self.length)
    }

    /// Where the next one begins, if there are more.
    pub(super) fn next_marker(&self, context: &Context<'_>, all: usize) -> Option<Value> {
        let next = self.start.saturating_add(self.length);
        (!self.is_numbered && next < all).then(|| next_marker(context, next))
    }
}

/// With or without quotes: the bodies show directories' ETags without.
fn is_known(context: &Context<'_>, etag: &str) -> bool {
    let Some(tags) = context.head.header("if-none-match") else {
        return false;
    };
    let mut tags = tags.split(',');
    tags.any(|tag| tag.trim().trim_start_matches("W/").trim_matches('"') == etag)
}

/// Directories go first, unless `sort_type` unites them with the files.
fn sorted<'a>(
    context: &Context<'_>,
    world: &'a World,
    directory: u64,
) -> Result<Vec<&'a Node>, Error> {
    let query = |name| context.head.query(name).unwrap_or_default();
    let filter = query("filter");
    let mut nodes: Vec<&Node> = world
        .tree
        .children(directory)
        .filter(|node| match filter.as_str() {
            "onlyDir" => node.file.is_none(),
            "onlyFile" => node.file.is_some(),
            _ => true,
        })
        .collect();
    let size = |node: &Node| {
        let file = node.file.as_ref();
        file.map_or(0, |file| world.size_of(file))
    };
    let local = |node: &Node| {
        let file = node.file.as_ref();
        file.and_then(|file| file.attributes.local_created.clone())
    };
    match query("order_by").as_str() {
        "" | "name" => {}
        "size" => nodes.sort_by_key(|node| size(node)),
        "creationTime" => nodes.sort_by_key(|node| node.created_ms),
        "modificationTime" => nodes.sort_by_key(|node| node.modified_ms),
        "localCreationTime" => nodes.sort_by_key(|node| local(node)),
        _ => return Err(Error::parameter("order_by is unknown")),
    }
    match query("order_by_type").as_str() {
        "" | "asc" => {}
        "desc" => nodes.reverse(),
        _ => return Err(Error::parameter("order_by_type is neither asc nor desc")),
    }
    if query("sort_type") != "union" {
        nodes.sort_by_key(|node| node.file.is_some());
    }
    Ok(nodes)
}

/// The number of the first entry, as it is or wrapped.
fn marker(text: Option<String>) -> Result<usize, Error> {
    let Some(text) = text else { return Ok(0) };
    let unwrapped = URL_SAFE_NO_PAD
        .decode(&text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_prefix("from ")?.parse().ok());
    unwrapped
        .or_else(|| text.parse().ok())
        .ok_or_else(|| Error::new("MarkerNotFound"))
}

fn next_marker(context: &Context<'_>, next: usize) -> Value {
    if context.config.number_markers {
        return next.into();
    }
    URL_SAFE_NO_PAD.encode(format!("from {next}")).into()
}
