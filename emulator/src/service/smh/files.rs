//! Fetching, describing and deleting files and directories (smh.md §1.10).

use std::borrow::Cow;
use std::sync::Arc;

use hyper::header::{self, HeaderName};
use serde_json::{Value, json};

use super::Context;
use super::body;
use super::error::Error;
use super::object::Object;
use super::path::kind;
use super::reply::{Fields, ok, quoted, type_name};
use super::sign::escape;
use super::token::{Grants, READ};
use super::tree::Node;
use super::world::World;
use crate::calendar::iso_date;
use crate::http::{Answer, set, status_only};

/// The file of the call's path, if it is a virtual one.
fn find_virtual<'a>(context: &Context<'_>, world: &'a World) -> Result<Option<&'a Node>, Error> {
    let node = world.tree.find(&context.call.space, &context.path()?);
    let is_virtual = |node: &&Node| {
        node.file
            .as_ref()
            .is_some_and(|file| file.is_virtual.is_some())
    };
    Ok(node.filter(is_virtual))
}

/// The file of the call's path, as it was at the version that it asks for. Virtual files have no content.
fn find<'a>(
    context: &Context<'_>,
    world: &'a World,
) -> Result<(Cow<'a, Node>, &'a Arc<Object>), Error> {
    let missing = || Error::new("FileNotFound");
    let names = context.path()?;
    let node = world.tree.find(&context.call.space, &names);
    let node = node.ok_or_else(missing)?;
    let file = node.file.as_ref().ok_or_else(missing)?;
    let asked = context.head.query("history_id");
    let (node, object) = match asked.filter(|id| !id.is_empty()) {
        None => (Cow::Borrowed(node), &file.object),
        Some(id) => {
            let id: u64 = id
                .parse()
                .map_err(|_| Error::parameter("history_id is not a number"))?;
            match file.history.iter().find(|version| version.id == id) {
                Some(version) => (Cow::Owned(node.at(version)), &version.object),
                None if id == file.version => (Cow::Borrowed(node), &file.object),
                None => return Err(missing()),
            }
        }
    };
    let object = world.objects.get(object);
    Ok((
        node,
        object.ok_or_else(|| Error::new("CosObjectNonexistent"))?,
    ))
}

fn disposition(context: &Context<'_>, name: &str) -> Result<Option<String>, Error> {
    match context.head.query("content_disposition").as_deref() {
        None | Some("") => Ok(None),
        Some(how @ ("inline" | "attachment")) => {
            Ok(Some(format!("{how}; filename*=UTF-8''{}", escape(name))))
        }
        Some(_) => Err(Error::parameter(
            "content_disposition is neither inline nor attachment",
        )),
    }
}

pub(super) fn download(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize(READ)?;
    body::traffic_limit(context)?;
    let world = context.memory.world();
    let (node, object) = find(context, &world)?;
    let disposition = disposition(context, &node.name)?;
    let address = context.signed_address(object, context.config.download_ttl, disposition);
    let mut answer = status_only(302);
    set(&mut answer, header::LOCATION, &address);
    describe(&mut answer, &node, object);
    Ok(answer)
}

/// A small picture of an image or a video; anything else is the file itself (smh.md §1.14).
pub(super) fn preview(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize(READ)?;
    body::traffic_limit(context)?;
    let world = context.memory.world();
    let (node, object) = find(context, &world)?;
    let mut address = context.signed_address(object, context.config.download_ttl, None);
    if kind(&node.name).as_icon {
        let side = |name: &str| match context.head.query(name).filter(|text| !text.is_empty()) {
            None => Ok(0),
            Some(text) => text
                .parse::<u32>()
                .map_err(|_| Error::parameter(format!("{name} is not a number"))),
        };
        let (width, height) = match side("size")? {
            0 => (side("width_size")?, side("height_size")?),
            size => (size, size),
        };
        if width > 0 || height > 0 {
            address.push_str(&format!("&{SHRINK}{width}x{height}"));
        }
    }
    let mut answer = status_only(302);
    set(&mut answer, header::LOCATION, &address);
    Ok(answer)
}

/// The store's own parameter for smaller pictures, which its signature does not cover.
pub(super) const SHRINK: &str = "imageMogr2/thumbnail/";

/// The header fields that tell of a file.
fn describe(answer: &mut Answer, node: &Node, object: &Object) {
    let kind = kind(&node.name);
    for (name, value) in [
        ("x-smh-type", type_name(kind.file_type).to_owned()),
        ("x-smh-creation-time", iso_date(node.created_ms)),
        ("x-smh-modification-time", iso_date(node.modified_ms)),
        ("x-smh-content-type", kind.content_type.to_owned()),
        ("x-smh-size", object.size.to_string()),
        ("x-smh-etag", quoted(&object.etag)),
        ("x-smh-crc64", object.crc64.to_string()),
    ] {
        set(answer, HeaderName::from_static(name), &value);
    }
    for (name, value) in node.file.iter().flat_map(|file| &file.meta) {
        if let Ok(name) = HeaderName::try_from(name) {
            set(answer, name, value);
        }
    }
}

pub(super) fn head(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize(READ)?;
    let world = context.memory.world();
    if context.call.directory {
        let names = context.path()?;
        world.tree.directory(&context.call.space, &names)?;
        return Ok(status_only(200));
    }
    let mut answer = status_only(200);
    if let Some(node) = find_virtual(context, &world)? {
        let names = [
            "x-smh-type",
            "x-smh-creation-time",
            "x-smh-modification-time",
        ];
        let (created, modified) = (iso_date(node.created_ms), iso_date(node.modified_ms));
        for (name, value) in names.into_iter().zip(["virtual", &created, &modified]) {
            set(&mut answer, HeaderName::from_static(name), value);
        }
        return Ok(answer);
    }
    let (node, object) = find(context, &world)?;
    describe(&mut answer, &node, object);
    Ok(answer)
}

/// How long an address of `info` holds: "period=60..7200".
fn period(context: &Context<'_>) -> Result<u64, Error> {
    match context.head.query("period").filter(|text| !text.is_empty()) {
        None => Ok(context.config.download_ttl),
        Some(text) => text
            .parse()
            .ok()
            .filter(|period| (60..=7200).contains(period))
            .ok_or_else(|| Error::parameter("period must be from 60 to 7200 seconds")),
    }
}

pub(super) fn info(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize(READ)?;
    body::traffic_limit(context)?;
    let period = period(context)?;
    let world = context.memory.world();
    if context.call.directory {
        let names = context.path()?;
        let node = world.tree.find(&context.call.space, &names);
        let node = node.ok_or_else(|| Error::new("PathNotFound"))?;
        let mut fields = context.entry(&world, node);
        fields.insert("path".to_owned(), json!(names));
        return Ok(ok(&fields));
    }
    if let Some(node) = find_virtual(context, &world)? {
        let mut fields = context.entry(&world, node);
        fields.remove("name");
        return Ok(ok(&fields));
    }
    let (node, object) = find(context, &world)?;
    let file = node
        .file
        .as_ref()
        .ok_or_else(|| Error::new("FileNotFound"))?;
    let mut fields = context.file_object(&node, file, object);
    fields.remove("name");
    if file.meta.is_empty() {
        fields.remove("metaData");
    }
    if !context.flag("pre_check") {
        let disposition = disposition(context, &node.name)?;
        let address = context.signed_address(object, period, disposition);
        fields.insert("cosUrl".to_owned(), address.into());
        if context.config.private_cloud {
            let life_ms = i64::try_from(period.saturating_mul(1000)).unwrap_or(i64::MAX);
            let end_ms = context.now_ms().saturating_add(life_ms);
            fields.insert("cosUrlExpiration".to_owned(), iso_date(end_ms).into());
        }
    }
    Ok(ok(&fields))
}

impl Context<'_> {
    /// A node as listings show it.
    pub(super) fn entry(&self, world: &World, node: &Node) -> Fields {
        if let Some(fields) = self.file_entry(world, node) {
            return fields;
        }
        let mut fields = Fields::new();
        let mut put = |name: &str, value: Value| {
            fields.insert(name.to_owned(), value);
        };
        put("name", node.name.clone().into());
        put("type", "dir".into());
        put("creationTime", iso_date(node.created_ms).into());
        put("modificationTime", iso_date(node.modified_ms).into());
        put("eTag", directory_etag(node).into());
        if self.flag("with_inode") {
            put("inode", node.inode.clone().into());
        }
        fields
    }
}

/// A file or directory by its inode.
pub(super) fn by_inode(context: &Context<'_>) -> Result<Answer, Error> {
    context.authorize(READ)?;
    let inode = context.call.rest.as_str();
    let world = context.memory.world();
    let mut nodes = world.tree.nodes();
    let node = nodes.find(|node| node.inode == inode && node.space == context.call.space);
    let missing = || Error::new("PathNotFound");
    let node = node.ok_or_else(missing)?;
    let path = world.tree.path(node.id).ok_or_else(missing)?;
    let mut fields = context.entry(&world, node);
    fields.insert("path".to_owned(), json!(path));
    Ok(ok(&fields))
}

/// Time and number of the last change, as one number.
pub(super) fn directory_etag(node: &Node) -> String {
    format!("{}{:04}", node.modified_ms, node.changes)
}

pub(super) const DELETE_FILE: Grants = &["delete_file", "delete_file_permanent"];
const DELETE_FILE_PERMANENT: Grants = &["delete_file_permanent"];
const DELETE_DIRECTORY: Grants = &["delete_directory", "delete_directory_permanent"];
const DELETE_DIRECTORY_PERMANENT: Grants = &["delete_directory_permanent"];

pub(super) fn delete(context: &Context<'_>) -> Result<Answer, Error> {
    // Without a recycle bin there is nothing to ask for, and so no other grant either.
    let permanent = context.flag("permanent") && context.config.recycle_bin;
    let directory = context.call.directory;
    context.authorize(match (directory, permanent) {
        (false, false) => DELETE_FILE,
        (false, true) => DELETE_FILE_PERMANENT,
        (true, false) => DELETE_DIRECTORY,
        (true, true) => DELETE_DIRECTORY_PERMANENT,
    })?;
    let item = remove(context, &context.path()?, Some(directory), permanent)?;
    Ok(match item {
        Some(item) => ok(&json!({ "recycledItemId": item })),
        None => status_only(204),
    })
}

/// Removes a file or a directory; the item of the recycle bin where it goes there.
pub(super) fn remove(
    context: &Context<'_>,
    names: &[String],
    directory: Option<bool>,
    permanent: bool,
) -> Result<Option<u64>, Error> {
    if names.is_empty() {
        return Err(Error::new("RootDirectoryNotAllowed"));
    }
    let mut world = context.memory.world();
    let node = world.tree.find(&context.call.space, names);
    let is_wanted = |is_directory| directory.is_none_or(|wanted| wanted == is_directory);
    let node = node.filter(|node| is_wanted(node.file.is_none()));
    let missing = match directory {
        Some(true) => "DirectoryNotFound",
        Some(false) => "FileNotFound",
        None => "PathNotFound",
    };
    let node = node.ok_or_else(|| Error::new(missing))?;
    let asked = context.content_cas().filter(|_| directory == Some(false));
    if asked.is_some() && asked != node.content_cas() {
        return Err(Error::new("ContentCasConflict"));
    }
    let id = node.id;
    let now_ms = context.now_ms();
    if permanent || !context.config.recycle_bin {
        let objects = world.tree.remove(id, now_ms)?;
        world.release(&objects)?;
        return Ok(None);
    }
    Ok(Some(world.tree.recycle(id, now_ms)?))
}
