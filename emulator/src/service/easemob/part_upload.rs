//! The chunked upload of the official web SDK, which no document describes (easemob.md §2.7).

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::error::{Error, file_missing, not_found};
use super::reply::envelope;
use super::token::{Holder, holder};
use super::upload::{Settings, named_file_part, oversize, pixels, restricted, store, time_uuid};
use super::{Context, lock};
use crate::http::{Answer, Part, RequestBody};
use crate::store::{SMALLEST, Upload};

#[derive(Debug, Default)]
struct Pending {
    /// In the order of their beginnings.
    number: u64,
    parts: BTreeMap<u32, Upload>,
    content_type: Option<String>,
    restricted: bool,
}

/// Uploads that were begun and neither completed nor aborted.
#[derive(Debug, Default)]
pub(super) struct Uploads {
    all: HashMap<String, Pending>,
    begun: u64,
}

impl Uploads {
    /// Drops the oldest ones but this until the others have room.
    fn make_room(&mut self, most: u64, newest: &str) {
        let takes = |pending: &Pending| {
            let parts = pending.parts.values().map(Upload::size);
            parts.sum::<u64>().max(SMALLEST)
        };
        while self.all.values().map(takes).sum::<u64>() > most {
            let others = self.all.iter().filter(|(uuid, _)| *uuid != newest);
            let oldest = others.min_by_key(|(_, pending)| pending.number);
            let Some(oldest) = oldest.map(|(uuid, _)| uuid.clone()) else {
                return;
            };
            self.all.remove(&oldest);
        }
    }
}

/// The SDK numbers parts from 1; S3-like stores behind it take this many.
const MOST_PARTS: u32 = 10_000;

fn enter(context: &Context<'_>) -> Result<Holder, Error> {
    context.count("part-upload", context.config.calls_per_second)?;
    holder(context)
}

pub(super) fn begin(context: &Context<'_>) -> Result<Answer, Error> {
    enter(context)?;
    let uuid = time_uuid(context.now_ms()).to_string();
    {
        let mut uploads = lock(&context.memory.parts);
        uploads.begun += 1;
        let pending = Pending {
            number: uploads.begun,
            ..Pending::default()
        };
        uploads.all.insert(uuid.clone(), pending);
        uploads.make_room(context.state.config.max_storage, &uuid);
    }
    let entity = json!({
        "uuid": uuid,
        "type": "chatfile",
        "file_upper_limit": context.config.max_upload,
        "part_lower_limit": context.config.part_lower_limit,
    });
    Ok(entities(context, "post", entity))
}

pub(super) async fn put(
    context: &Context<'_>,
    uuid: &str,
    body: &mut RequestBody,
) -> Result<Answer, Error> {
    enter(context)?;
    let exists = |uuid| lock(&context.memory.parts).all.contains_key(uuid);
    if !exists(uuid) {
        return Err(not_found());
    }
    let received = named_file_part(context, body, "part_file").await?;
    let number = received
        .fields
        .iter()
        .find(|(name, _)| name == "part_number")
        .and_then(|(_, value)| value.trim().parse().ok())
        .filter(|number| (1..=MOST_PARTS).contains(number))
        .ok_or_else(|| Error::new(400, "illegal_argument", "part_number must be provided."))?;
    {
        let mut uploads = lock(&context.memory.parts);
        // It may have been aborted meanwhile.
        let pending = uploads.all.get_mut(uuid).ok_or_else(not_found)?;
        pending.restricted |= restricted(context, None);
        pending.content_type = received.part.content_type;
        pending.parts.insert(number, received.upload);
        uploads.make_room(context.state.config.max_storage, uuid);
    }
    let entity = json!({ "uuid": uuid, "part_number": number });
    Ok(entities(context, "put", entity))
}

pub(super) async fn complete(context: &Context<'_>, uuid: &str) -> Result<Answer, Error> {
    let owner = enter(context)?;
    check(context, uuid)?;
    let pending = lock(&context.memory.parts)
        .all
        .remove(uuid)
        .ok_or_else(not_found)?;
    let mut whole = context.state.store.create()?;
    for (_, part) in pending.parts {
        whole.append(part).await?;
    }
    let query = |name| context.head.query(name);
    let settings = Settings {
        restricted: pending.restricted || restricted(context, query("restrict-access")),
        thumbnail: (
            pixels(query("thumbnail-width")),
            pixels(query("thumbnail-height")),
        ),
        owner,
    };
    // The SDK sends no name with its parts but `blob`.
    let part = Part {
        content_type: pending.content_type,
        ..Part::default()
    };
    store(context, whole, part, settings).await
}

/// Parts must be 1 to n, no smaller than the limit but for the last, and not too large together.
fn check(context: &Context<'_>, uuid: &str) -> Result<(), Error> {
    let uploads = lock(&context.memory.parts);
    let pending = uploads.all.get(uuid).ok_or_else(not_found)?;
    if pending.parts.is_empty() {
        return Err(file_missing());
    }
    let illegal = |text: String| Error::new(400, "illegal_argument", text);
    for (expected, number) in (1..).zip(pending.parts.keys()) {
        if expected != *number {
            return Err(illegal(format!("part {expected} is missing")));
        }
    }
    let last = pending.parts.len();
    for (index, (number, part)) in pending.parts.iter().enumerate() {
        if index + 1 < last && part.size() < context.config.part_lower_limit {
            return Err(illegal(format!("part {number} is too small")));
        }
    }
    let total: u64 = pending.parts.values().map(Upload::size).sum();
    if total > context.config.max_upload {
        return Err(oversize(context));
    }
    Ok(())
}

pub(super) fn abort(context: &Context<'_>, uuid: &str) -> Result<Answer, Error> {
    enter(context)?;
    lock(&context.memory.parts)
        .all
        .remove(uuid)
        .ok_or_else(not_found)?;
    Ok(entities(context, "delete", json!({ "uuid": uuid })))
}

fn entities(context: &Context<'_>, action: &str, entity: Value) -> Answer {
    envelope(
        context,
        action,
        [
            ("path", "/sdk/chatfiles/part-upload".into()),
            ("entities", json!([entity])),
        ],
    )
}
