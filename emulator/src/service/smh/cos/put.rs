//! Parts and whole objects by PUT.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header;

use super::bucket::{Bucket, Labels};
use super::error::Error;
use super::{CRC64, object_id};
use crate::http::{Answer, RequestBody, set, status_only};
use crate::service::KEPT_FIELDS;
use crate::service::smh::Context;
use crate::service::smh::object::{Arrived, Incoming, Part};
use crate::service::smh::reply::quoted;
use crate::service::smh::sign::Rights;
use crate::service::smh::upload::{Kind, Upload};
use crate::service::smh::world::World;

/// The longest key ("850 bytes in UTF-8").
const LONGEST_KEY: usize = 850;

/// The key that a path names.
pub(super) fn key(path: &str) -> Result<&str, Error> {
    let key = path.strip_prefix('/').unwrap_or(path);
    match key.len() {
        0 => Err(Error::new("MethodNotAllowed")),
        length if length > LONGEST_KEY => Err(Error::new("KeyTooLong")),
        _ => Ok(key),
    }
}

/// A part, by the `uploadId` and `partNumber` of the query.
pub(super) async fn part(
    context: &Context<'_>,
    path: &str,
    body: &mut RequestBody,
) -> Result<Answer, Error> {
    let rights = context.rights(path)?;
    let id = context.head.query("uploadId").unwrap_or_default();
    check_part(context, path, &id, rights)?;
    let number: Option<u32> = context
        .head
        .query("partNumber")
        .and_then(|number| number.parse().ok());
    let number = number
        .filter(|number| (1..=context.config.max_parts).contains(number))
        .ok_or_else(|| Error::because("InvalidArgument", "partNumber must be from 1 to 10000"))?;
    let arrived = receive(context, body).await?;
    // It may have been cancelled or confirmed meanwhile.
    let is_smhs = check_part(context, path, &id, rights)?;
    let mut world = context.memory.world();
    if is_smhs {
        return keep(context, &mut world, path, number, arrived);
    }
    world.serial += 1;
    let at = (number, world.serial);
    let now_ms = context.now_ms();
    let part = world
        .bucket
        .put_part(key(path)?, &id, at, arrived, now_ms)?;
    let part = part.ok_or_else(|| Error::new("NoSuchUpload"))?;
    Ok(stored(&part.md5, part.crc64))
}

/// An upload that takes parts still, under this path and id; whether it is one of SMH's.
fn check_part(context: &Context<'_>, path: &str, id: &str, rights: Rights) -> Result<bool, Error> {
    let mut world = context.memory.world();
    let upload = find(&mut world, path);
    if upload.is_some_and(|upload| upload.upload_id.as_deref() == Some(id)) {
        return Ok(true);
    }
    let is_known = rights == Rights::Everything && world.bucket.upload(key(path)?, id).is_some();
    match is_known {
        true => Ok(false),
        false => Err(Error::new("NoSuchUpload")),
    }
}

/// The unconfirmed upload that writes to a path.
pub(super) fn find<'a>(world: &'a mut World, path: &str) -> Option<&'a mut Upload> {
    let upload = world.uploads.of_object(object_id(path))?;
    let open = upload.confirmed.is_none() && path.strip_prefix('/') == Some(&upload.key);
    open.then_some(upload)
}

/// A whole object, for an upload that SMH began as a simple one, or of the owner's.
pub(super) async fn whole(
    context: &Context<'_>,
    path: &str,
    body: &mut RequestBody,
) -> Result<Answer, Error> {
    let rights = context.rights(path)?;
    if context.head.header("x-cos-copy-source").is_some() {
        return Err(Error::because("NotImplemented", "copies are not emulated"));
    }
    let is_smhs = check_whole(context, path, rights)?;
    let arrived = receive(context, body).await?;
    let labels = labels(context);
    if !is_smhs {
        check_free(context, path)?;
        let mut world = context.memory.world();
        check_overwrite(context, &world.bucket, key(path)?)?;
        let made = world
            .bucket
            .put(key(path)?, labels, arrived, context.now_ms())?;
        return Ok(stored(&made.etag, made.crc64));
    }
    check_whole(context, path, rights)?;
    let mut world = context.memory.world();
    let confirm_key = find(&mut world, path).map(|upload| upload.confirm_key.clone());
    if let Some(confirm_key) = confirm_key {
        world
            .uploads
            .update(&confirm_key, |upload| upload.labels = labels)?;
    }
    keep(context, &mut world, path, 1, arrived)
}

/// What COS keeps of a request's header and gives back with the object (smh.md §1.16).
pub(super) fn labels(context: &Context<'_>) -> Labels {
    let fields = context.head.headers.iter();
    fields
        .filter(|(name, _)| is_kept(name.as_str()))
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        })
        .collect()
}

/// Whether a field, by its name in lower case, goes with the object.
pub(super) fn is_kept(name: &str) -> bool {
    KEPT_FIELDS.contains(&name) || name == "content-type" || name.starts_with("x-cos-meta-")
}

/// Whether the path is that of a simple upload of SMH's. With its temporary keys nothing else can be written.
fn check_whole(context: &Context<'_>, path: &str, rights: Rights) -> Result<bool, Error> {
    let kind = find(&mut context.memory.world(), path).map(|upload| upload.kind);
    match kind {
        Some(Kind::Simple) => Ok(true),
        Some(Kind::Multipart) => Err(Error::because(
            "InvalidArgument",
            "uploadId and partNumber are missing",
        )),
        None if rights == Rights::Everything => {
            check_free(context, path)?;
            Ok(false)
        }
        Some(Kind::Form) | None => Err(Error::new("AccessDenied")),
    }
}

/// What SMH holds, only SMH changes.
pub(super) fn check_free(context: &Context<'_>, path: &str) -> Result<(), Error> {
    let mut world = context.memory.world();
    let key = key(path)?;
    let object = world.objects.get(object_id(path));
    if object.is_some_and(|object| object.key == key) || find(&mut world, path).is_some() {
        return Err(Error::new("AccessDenied"));
    }
    Ok(())
}

pub(super) fn check_overwrite(
    context: &Context<'_>,
    bucket: &Bucket,
    key: &str,
) -> Result<(), Error> {
    let forbidden = context.head.header("x-cos-forbid-overwrite");
    if forbidden.is_some_and(|word| word == "true") && bucket.get(key).is_some() {
        return Err(Error::new("FileAlreadyExists"));
    }
    Ok(())
}

/// Streams a body to the disk.
async fn receive(context: &Context<'_>, body: &mut RequestBody) -> Result<Arrived, Error> {
    let most = context.config.max_part;
    let has_length = context.head.content_length().is_some();
    if !has_length && context.head.header("transfer-encoding").is_none() {
        return Err(Error::new("MissingContentLength"));
    }
    if context
        .head
        .content_length()
        .is_some_and(|length| length > most)
    {
        return Err(Error::new("EntityTooLarge"));
    }
    let mut incoming = Incoming::new(&context.state.store.folder().join("incoming"))?;
    while let Some(piece) = body.chunk().await? {
        incoming.write(&piece).await?;
        if incoming.size() > most {
            return Err(Error::new("EntityTooLarge"));
        }
    }
    let arrived = incoming.finish().await?;
    if let Some(stated) = context.head.header("content-md5") {
        match STANDARD.decode(stated) {
            Ok(stated) if stated == arrived.md5 => {}
            Ok(stated) if stated.len() == arrived.md5.len() => {
                return Err(Error::new("BadDigest"));
            }
            _ => return Err(Error::new("InvalidDigest")),
        }
    }
    Ok(arrived)
}

/// Adds what arrived to its upload, in place of what had the same number.
pub(super) fn store(
    context: &Context<'_>,
    world: &mut World,
    path: &str,
    number: u32,
    arrived: Arrived,
) -> Result<Part, Error> {
    world.serial += 1;
    let serial = world.serial;
    let folder = world.objects.folder_of(object_id(path));
    let part = arrived.keep(&folder, number, serial, context.now_ms())?;
    let upload = find(world, path).ok_or_else(|| Error::new("NoSuchUpload"))?;
    upload.revision += 1;
    let key = upload.confirm_key.clone();
    if let Some(old) = upload.parts.insert(number, part.clone()) {
        std::fs::remove_file(folder.join(old.file))?;
    }
    world.make_room_for_parts(&key)?;
    Ok(part)
}

fn keep(
    context: &Context<'_>,
    world: &mut World,
    path: &str,
    number: u32,
    arrived: Arrived,
) -> Result<Answer, Error> {
    let part = store(context, world, path, number, arrived)?;
    Ok(stored(&part.md5, part.crc64))
}

fn stored(etag: &str, crc64: u64) -> Answer {
    let mut answer = status_only(200);
    set(&mut answer, header::ETAG, &quoted(etag));
    set(&mut answer, CRC64, &crc64.to_string());
    answer
}
