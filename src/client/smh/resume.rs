//! Going on with what an earlier call has begun.

use super::super::UploadCall;
use super::super::parts;
use super::store::Store;
use super::upload::{Job, Opened};
use crate::digest::{Crc64, SectionDigest};
use crate::error::{Remedy, Result};
use crate::message::Answer;
use crate::service::smh::{Object, State, UploadKind};
use crate::transfer::checkpoint::{Checkpoint, UploadState};
use std::collections::BTreeMap;

/// A list of parts this long may have been cut (smh.md §1.7).
const LIST_MAX: usize = 1000;

/// What became of an upload that an earlier call has begun.
pub(super) enum Resumed<'s> {
    Nothing,
    Going(Store<'s>),
    Done(Object),
}

impl Job<'_> {
    /// Goes on with what an earlier call has begun, if it is of the same bytes.
    pub(super) fn resume<'s>(
        &'s self,
        checkpoint: &Checkpoint,
        call: &mut UploadCall<'_>,
    ) -> Result<Resumed<'s>> {
        let Some(known) = checkpoint.state() else {
            return Ok(Resumed::Nothing);
        };
        let library = &self.backend.library;
        let request = |token: &str| library.state_request(token, &known.upload);
        let read = |answer: &Answer| {
            let state = library.read_state(answer, &known.upload)?;
            Ok((state, answer.head.clone()))
        };
        let (state, head) = match self.ask(&mut call.call, &request, read) {
            Err(error) if error.remedy() == Some(Remedy::Restart) => return Ok(Resumed::Nothing),
            other => other?,
        };
        let is_same = known.is_of_same_file(checkpoint.identity());
        if state.confirmed {
            let object = self
                .backend
                .confirmed(self.engine, &state, &mut call.call)?;
            let is_there = match object {
                Some(object) if is_same => self.has_same_bytes(&object, call)?.then_some(object),
                _ => None,
            };
            return Ok(is_there.map_or(Resumed::Nothing, Resumed::Done));
        }
        let in_parts = self.kind == UploadKind::Multipart && state.upload_id.is_some();
        if !is_same || !in_parts {
            // Of no use to anyone; if it cannot be told, SMH forgets it some day.
            let _ = self.cancel(&known.upload, &mut call.call);
            return Ok(Resumed::Nothing);
        }
        let arrived = self.arrived(known, &state, call)?;
        let mut store = Store::new(self, known.upload.clone(), None);
        store.part_size = known.part_size;
        store.arrived = arrived;
        store.upload_id = state.upload_id;
        store.opened = state.session.map(|session| Opened::new(session, &head));
        Ok(Resumed::Going(store))
    }

    /// The parts that the store has, as far as they are those of this file, with
    /// their CRC-64.
    fn arrived(
        &self,
        known: &UploadState,
        state: &State,
        call: &mut UploadCall<'_>,
    ) -> Result<BTreeMap<u32, u64>> {
        // The store's own list counts; only what may have been cut from it is
        // taken from the checkpoint.
        let mut stored: BTreeMap<u32, (Option<u64>, Option<&String>)> = BTreeMap::new();
        if state.parts.len() >= LIST_MAX {
            stored.extend(known.parts.iter().map(|(n, md5)| (*n, (None, Some(md5)))));
        }
        for part in &state.parts {
            let md5 = part.etag.as_ref().or_else(|| known.parts.get(&part.number));
            stored.insert(part.number, (Some(part.size), md5));
        }
        let mut arrived = BTreeMap::new();
        for part in parts::all(self.size, known.part_size) {
            let Some((size, Some(md5))) = stored.get(&part.number) else {
                continue;
            };
            if size.is_some_and(|size| size != part.len()) {
                continue;
            }
            let mut digest = SectionDigest::default();
            parts::hash(call, part.section.clone(), &mut digest)?;
            if digest.md5() == **md5 {
                arrived.insert(part.number, digest.crc64());
            }
        }
        Ok(arrived)
    }

    fn has_same_bytes(&self, object: &Object, call: &mut UploadCall<'_>) -> Result<bool> {
        let mut crc64 = Crc64::new();
        parts::hash(call, 0..self.size, &mut crc64)?;
        Ok(object.info.crc64 == Some(crc64.value()))
    }
}
