//! What an earlier call has left, and what of it is of use.

use super::layout::Layout;
use super::service::{Arrived, Found, UploadInParts};
use crate::client::engine::Engine;
use crate::client::options::UploadResult;
use crate::client::upload_call::UploadCall;
use crate::digest::{Crc64, SectionDigest};
use crate::error::{Remedy, Result};
use crate::service::StoredPart;
use crate::transfer::checkpoint::{Checkpoint, Identity, UploadState};
use std::collections::BTreeMap;
use std::ops::Bound;

/// What an earlier call has left of the upload to `target`, or nothing yet.
pub(super) fn open(
    engine: &Engine,
    target: String,
    call: &mut UploadCall<'_>,
) -> Result<Checkpoint> {
    let identity = Identity {
        target,
        size: call.content.len(),
        modified: call.content.modified(),
    };
    let path = call.resume.checkpoint.take();
    let checkpoint = Checkpoint::open(path, call.resume.token.as_deref(), identity)?;
    if let Some(path) = checkpoint.damaged() {
        engine.log_damage(call.call.service, call.call.verb, path);
    }
    Ok(checkpoint)
}

/// What this call makes of what an earlier one has begun.
pub(super) enum Resumed<S> {
    Nothing,
    Done(UploadResult),
    /// Whoever has sent the bytes.
    Stored(UploadResult),
    Going(EarlierUpload<S>),
}

/// An upload that an earlier call has begun.
pub(super) struct EarlierUpload<S> {
    pub(super) session: S,
    pub(super) layout: Layout,
    /// The CRC-64 of each part that has arrived, where it is known.
    pub(super) arrived: BTreeMap<u32, Option<u64>>,
}

/// Goes on with what an earlier call has begun, if it is of the same bytes.
pub(super) fn resume<U: UploadInParts>(
    service: &U,
    checkpoint: &Checkpoint,
    call: &mut UploadCall<'_>,
) -> Result<Resumed<U::Session>> {
    let Some(known) = checkpoint.state() else {
        return Ok(Resumed::Nothing);
    };
    let found = match service.find(known, &mut call.call) {
        Err(error) if error.remedy() == Some(Remedy::Restart) => Found::Nothing,
        other => other?,
    };
    let is_same = known.is_of_same_file(checkpoint.identity());
    let layout = Layout::new(checkpoint.identity().size, known.part_size);
    match found {
        Found::Going(session, Arrived::AsNoted) => Ok(Resumed::Going(EarlierUpload {
            session,
            layout,
            arrived: known.parts.keys().map(|number| (*number, None)).collect(),
        })),
        Found::Going(session, Arrived::Listed { parts, is_cut }) if is_same => {
            let stored = stored(known, &parts, is_cut);
            Ok(Resumed::Going(EarlierUpload {
                session,
                layout,
                arrived: arrived(layout, &stored, call)?,
            }))
        }
        Found::Done { file, crc64 } if is_same => {
            let mut digest = Crc64::new();
            call.hash(0..layout.size, &mut digest)?;
            let is_there = crc64 == Some(digest.value());
            Ok(if is_there {
                Resumed::Done(*file)
            } else {
                Resumed::Nothing
            })
        }
        Found::Stored(file) => Ok(Resumed::Stored(*file)),
        Found::Useless | Found::Going(..) => {
            // Of no use to anyone; if it cannot be told, the service forgets it some day.
            let _ = service.cancel(&known.upload, &mut call.call);
            Ok(Resumed::Nothing)
        }
        Found::Nothing | Found::Done { .. } => Ok(Resumed::Nothing),
    }
}

/// The size, if it is listed, and the MD5 of each part that the service may have.
type KnownParts<'s> = BTreeMap<u32, (Option<u64>, Option<&'s String>)>;

/// The service's own list counts; only what may have been cut from it is taken
/// from the checkpoint.
fn stored<'s>(known: &'s UploadState, parts: &'s [StoredPart], is_cut: bool) -> KnownParts<'s> {
    let mut stored = KnownParts::new();
    if is_cut {
        // Lists of S3 are in the order of their numbers.
        let last = parts.iter().map(|part| part.number).max().unwrap_or(0);
        let behind = known.parts.range((Bound::Excluded(last), Bound::Unbounded));
        stored.extend(behind.map(|(n, md5)| (*n, (None, Some(md5)))));
    }
    for part in parts {
        let md5 = part.md5.as_ref().or_else(|| known.parts.get(&part.number));
        stored.insert(part.number, (Some(part.size), md5));
    }
    stored
}

/// The parts that are there, as far as they have the bytes of this file.
fn arrived(
    layout: Layout,
    stored: &KnownParts<'_>,
    call: &mut UploadCall<'_>,
) -> Result<BTreeMap<u32, Option<u64>>> {
    let mut arrived = BTreeMap::new();
    for part in layout.parts() {
        let Some((size, Some(md5))) = stored.get(&part.number) else {
            continue;
        };
        if size.is_some_and(|size| size != part.len()) {
            continue;
        }
        let mut digest = SectionDigest::with_md5();
        call.hash(part.section.clone(), &mut digest)?;
        if digest.md5().as_ref() == Some(*md5) {
            arrived.insert(part.number, Some(digest.crc64()));
        }
    }
    Ok(arrived)
}
