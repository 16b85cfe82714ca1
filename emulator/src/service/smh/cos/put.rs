//! Parts and whole objects by PUT.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header;

use super::error::Error;
use super::{CRC64, object_id};
use crate::http::{Answer, RequestBody, set, status_only};
use crate::service::KEPT_FIELDS;
use crate::service::smh::Context;
use crate::service::smh::object::{Arrived, Incoming, Part};
use crate::service::smh::reply::quoted;
use crate::service::smh::upload::{Kind, Upload};
use crate::service::smh::world::World;

/// A part, by the `uploadId` and `partNumber` of the query.
pub(super) async fn part(
    context: &Context<'_>,
    path: &str,
    body: &mut RequestBody,
) -> Result<Answer, Error> {
    context.check_signature("put", path)?;
    let id = context.head.query("uploadId").unwrap_or_default();
    check_part(&mut context.memory.world(), path, &id)?;
    let number: Option<u32> = context
        .head
        .query("partNumber")
        .and_then(|number| number.parse().ok());
    let number = number
        .filter(|number| (1..=context.config.max_parts).contains(number))
        .ok_or_else(|| Error::because("InvalidArgument", "partNumber must be from 1 to 10000"))?;
    let arrived = receive(context, body).await?;
    let mut world = context.memory.world();
    // It may have been cancelled or confirmed meanwhile.
    check_part(&mut world, path, &id)?;
    keep(context, &mut world, path, number, arrived)
}

/// An upload that takes parts still, under this path and id.
fn check_part(world: &mut World, path: &str, id: &str) -> Result<(), Error> {
    let upload = find(world, path);
    let known = upload.is_some_and(|upload| upload.upload_id.as_deref() == Some(id));
    if known {
        return Ok(());
    }
    Err(Error::new("NoSuchUpload"))
}

/// The unconfirmed upload that writes to a path.
pub(super) fn find<'a>(world: &'a mut World, path: &str) -> Option<&'a mut Upload> {
    let upload = world.uploads.of_object(object_id(path))?;
    let open = upload.confirmed.is_none() && path.strip_prefix('/') == Some(&upload.key);
    open.then_some(upload)
}

/// A whole object, for an upload that was begun as a simple one.
pub(super) async fn whole(
    context: &Context<'_>,
    path: &str,
    body: &mut RequestBody,
) -> Result<Answer, Error> {
    context.check_signature("put", path)?;
    check_whole(&mut context.memory.world(), path)?;
    let arrived = receive(context, body).await?;
    let mut world = context.memory.world();
    check_whole(&mut world, path)?;
    let key = find(&mut world, path).map(|upload| upload.confirm_key.clone());
    if let Some(key) = key {
        let labels = labels(context);
        world
            .uploads
            .update(&key, |upload| upload.labels = labels)?;
    }
    keep(context, &mut world, path, 1, arrived)
}

/// What COS keeps of a PUT's header and gives back with the object (COS, PUT Object).
fn labels(context: &Context<'_>) -> Vec<(String, String)> {
    let is_kept = |name: &str| KEPT_FIELDS.contains(&name) || name.starts_with("x-cos-meta-");
    let fields = context.head.headers.iter();
    fields
        .filter(|(name, _)| is_kept(name.as_str()))
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        })
        .collect()
}

/// The real store would take an object of any key that its credentials allow; here it belongs to an upload.
fn check_whole(world: &mut World, path: &str) -> Result<(), Error> {
    match find(world, path).map(|upload| upload.kind) {
        Some(Kind::Simple) => Ok(()),
        Some(Kind::Multipart) => Err(Error::because(
            "InvalidArgument",
            "uploadId and partNumber are missing",
        )),
        Some(Kind::Form) | None => Err(Error::new("AccessDenied")),
    }
}

/// Streams a body to the disk.
async fn receive(context: &Context<'_>, body: &mut RequestBody) -> Result<Arrived, Error> {
    let most = context.config.max_part;
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
    let mut answer = status_only(200);
    set(&mut answer, header::ETAG, &quoted(&part.md5));
    set(&mut answer, CRC64, &part.crc64.to_string());
    Ok(answer)
}
