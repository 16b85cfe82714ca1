//! Confirming an upload: its parts become an object, and that becomes a file (smh.md §1.8).

use serde_json::Value;

use super::Context;
use super::body;
use super::error::Error;
use super::hashes::{beginning, ensure};
use super::landing::{Landed, Landing, land};
use super::object::{Object, Part, Segment, crc_of_parts, etag_of_parts};
use super::reply::{Fields, ok};
use super::token::{CONFIRM, CONFIRM_FORCE};
use super::tree::{Attributes, Strategy};
use super::upload::{Kind, Upload};
use super::world::World;
use crate::calendar::iso_date;
use crate::config::SmhRepeat;
use crate::http::{Answer, RequestBody};

pub(super) async fn confirm(
    context: &Context<'_>,
    body: &mut RequestBody,
) -> Result<Answer, Error> {
    context.authorize(CONFIRM)?;
    let asked = context.head.query("conflict_resolution_strategy");
    let asked = asked.filter(|asked| !asked.is_empty());
    // The parsed default stands for nothing here: without a word the strategy of the beginning holds.
    let strategy = match &asked {
        Some(text) => Some(Strategy::parse(Some(text), Strategy::Rename)?),
        None => None,
    };
    let fields = body::read(body).await?;
    let attributes = body::attributes(&fields)?;
    let crc64 = crc64(&fields)?;
    let gate = {
        let world = context.memory.world();
        let upload = context.upload(&world)?;
        if strategy == Some(Strategy::Overwrite) && upload.strategy != Strategy::Overwrite {
            context.authorize(CONFIRM_FORCE)?;
        }
        upload.gate.clone()
    };
    let _alone = gate.lock().await;
    loop {
        let (revision, whole, paths) = {
            let world = context.memory.world();
            let upload = context.upload(&world)?;
            if let Some(node) = upload.confirmed {
                return repeated(context, &world, node);
            }
            let whole = assemble(context, upload)?;
            if crc64.is_some_and(|crc64| crc64 != whole.crc64) {
                return Err(Error::new("BadCrc64"));
            }
            let folder = world.objects.folder_of(&upload.object);
            let files = whole.segments.iter();
            let paths: Vec<_> = files.map(|segment| folder.join(&segment.file)).collect();
            (upload.revision, whole, paths)
        };
        let hash = tokio::task::spawn_blocking(move || beginning(&paths)).await;
        let mut world = context.memory.world();
        let upload = context.upload(&world)?;
        if upload.revision != revision {
            // A part was sent again meanwhile.
            continue;
        }
        let hash = hash.map_err(std::io::Error::other)??;
        let object = whole.id.clone();
        let answer = finish(context, &mut world, whole, hash, strategy, attributes)?;
        let memory = std::sync::Arc::clone(context.memory);
        tokio::spawn(ensure(memory, object));
        return Ok(answer);
    }
}

/// The `crc64` of the body: a decimal number, as text since no script's number holds it.
fn crc64(fields: &Fields) -> Result<Option<u64>, Error> {
    match fields.get("crc64") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => text
            .parse()
            .map(Some)
            .map_err(|_| Error::parameter("crc64 is not a decimal number of 64 bits")),
        Some(_) => Err(Error::parameter("crc64 must be a string")),
    }
}

/// The object that the parts make up, still without its hashes.
fn assemble(context: &Context<'_>, upload: &Upload) -> Result<Object, Error> {
    let incomplete = match upload.kind {
        Kind::Multipart => "MultipartUploadIncomplete",
        Kind::Simple | Kind::Form => "UploadIncomplete",
    };
    let contiguous = (1..).zip(upload.parts.keys()).all(|(at, have)| at == *have);
    if upload.parts.is_empty() || !contiguous {
        return Err(Error::new(incomplete));
    }
    let parts: Vec<&Part> = upload.parts.values().collect();
    let before_last = parts.len() - 1;
    let small = |part: &&Part| part.size < context.config.min_part;
    if parts[..before_last].iter().any(small) {
        return Err(Error::new("MultipartUploadPartTooSmall"));
    }
    let etag = match upload.kind {
        Kind::Multipart => etag_of_parts(parts.iter().copied()),
        Kind::Simple | Kind::Form => parts[0].md5.clone(),
    };
    let segments = parts.iter().map(|part| Segment {
        file: part.file.clone(),
        size: part.size,
    });
    Ok(Object {
        id: upload.object.clone(),
        key: upload.key.clone(),
        size: parts.iter().map(|part| part.size).sum(),
        crc64: crc_of_parts(parts.iter().copied()),
        etag,
        beginning_hash: String::new(),
        full_hash: None,
        created_ms: context.now_ms(),
        segments: segments.collect(),
        labels: upload.labels.clone(),
    })
}

fn finish(
    context: &Context<'_>,
    world: &mut World,
    whole: Object,
    beginning_hash: String,
    strategy: Option<Strategy>,
    attributes: Attributes,
) -> Result<Answer, Error> {
    let upload = context.upload(world)?.clone();
    let landing = Landing {
        space: upload.space,
        parent: upload.parent,
        name: upload.name.clone(),
        strategy: strategy.unwrap_or(upload.strategy),
        content_cas: context.content_cas(),
        attributes: attributes.or(upload.attributes),
        meta: upload.meta,
        object: whole.id.clone(),
        is_virtual: None,
    };
    let attributes = landing.attributes.clone();
    let object = Object {
        beginning_hash,
        ..whole
    };
    // Written first: a file whose object is missing must never be there.
    let object = world.objects.add(object)?;
    let now_ms = context.now_ms();
    let landed = land(world, context.config.history, landing, now_ms)?;
    let node = landed.map_or(0, |landed| landed.node);
    world.uploads.update(&upload.confirm_key, |upload| {
        upload.confirmed = Some(node);
        upload.parts.clear();
    })?;
    if let Some(Landed { node, overwritten }) = landed {
        return Ok(ok(&context.landed(world, node, overwritten)));
    }
    // The directory is gone: nobody will find the file, and the answer says so by its path.
    let mut fields = context.content_fields(&upload.name, &object, &attributes);
    fields.insert("path".to_owned(), Value::Null);
    for time in ["creationTime", "modificationTime"] {
        fields.insert(time.to_owned(), iso_date(now_ms).into());
    }
    context.mark_overwritten(&mut fields, false);
    world.release(std::slice::from_ref(&upload.object))?;
    Ok(ok(&fields))
}

/// What a second confirmation gets is not published.
fn repeated(context: &Context<'_>, world: &World, node: u64) -> Result<Answer, Error> {
    match context.config.repeated_confirm {
        SmhRepeat::Complete => Err(Error::new("UploadComplete")),
        SmhRepeat::NotFound => Err(Error::new("UploadNotFound")),
        SmhRepeat::Same => context
            .landed(world, node, false)
            .map(|fields| ok(&fields))
            .ok_or_else(|| Error::new("FileNotFound")),
    }
}
