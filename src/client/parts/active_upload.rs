//! An upload that was begun: the permission to send its parts, and which have
//! arrived.

use super::job::{Job, Receipt};
use super::layout::{Layout, Part};
use super::queued_part::QueuedPart;
use super::resume::EarlierUpload;
use super::service::{UploadId, UploadInParts};
use crate::client::options::UploadResult;
use crate::digest::crc64_combine;
use crate::error::{Error, Phase, Remedy, Result, Status};
use crate::transfer::call::Call;
use crate::transfer::checkpoint::{Checkpoint, UploadState};
use crate::watch;
use std::collections::BTreeMap;
use std::time::Instant;

/// How often the permission is renewed for one part: it may be so slow that it
/// expires while it is sent.
const RENEWALS_MAX: u32 = 3;

/// An upload of which parts are being sent.
pub(super) struct ActiveUpload<'u, U: UploadInParts> {
    /// As it stands in error texts.
    name: &'static str,
    service: &'u U,
    checkpoint: &'u mut Checkpoint,
    session: U::Session,
    id: Option<UploadId>,
    pub(super) layout: Layout,
    permission: Permission,
    /// How often the permission was refused.
    generation: u32,
    /// The CRC-64 of each part that has arrived, where it is known.
    arrived: BTreeMap<u32, Option<u64>>,
}

/// Whether the permission that a session has may be used.
#[derive(Clone, Copy)]
enum Permission {
    /// It has not been refused.
    Good,
    GoodUntil(Instant),
    Refused,
}

impl Permission {
    fn until(end: Option<Instant>) -> Self {
        end.map_or(Self::Good, Self::GoodUntil)
    }

    fn is_good(self) -> bool {
        match self {
            Self::Good => true,
            Self::GoodUntil(end) => Instant::now() < end,
            Self::Refused => false,
        }
    }

    /// Whether it is known to be good for a while yet.
    fn is_young(self) -> bool {
        matches!(self, Self::GoodUntil(_)) && self.is_good()
    }
}

impl<'u, U: UploadInParts> ActiveUpload<'u, U> {
    fn new(
        name: &'static str,
        service: &'u U,
        checkpoint: &'u mut Checkpoint,
        session: U::Session,
        layout: Layout,
    ) -> Self {
        Self {
            name,
            id: service.id(&session),
            permission: Permission::until(service.fresh_until(&session)),
            service,
            checkpoint,
            session,
            layout,
            generation: 0,
            arrived: BTreeMap::new(),
        }
    }

    /// One that this call has begun.
    pub(super) fn begun(
        name: &'static str,
        service: &'u U,
        checkpoint: &'u mut Checkpoint,
        session: U::Session,
        layout: Layout,
    ) -> Result<Self> {
        let mut begun = Self::new(name, service, checkpoint, session, layout);
        begun.remember()?;
        Ok(begun)
    }

    /// One that an earlier call has begun.
    pub(super) fn resumed(
        name: &'static str,
        service: &'u U,
        checkpoint: &'u mut Checkpoint,
        earlier: EarlierUpload<U::Session>,
    ) -> Self {
        Self {
            arrived: earlier.arrived,
            ..Self::new(name, service, checkpoint, earlier.session, earlier.layout)
        }
    }

    fn remember(&mut self) -> Result<()> {
        let Some(id) = &self.id else {
            return Ok(());
        };
        self.checkpoint.begin(UploadState::new(
            self.checkpoint.identity(),
            id.upload.clone(),
            self.layout.part_size,
            id.expires_at,
        ))
    }

    /// The parts that are still to be sent.
    pub(super) fn missing(&self) -> Vec<Part> {
        let parts = self.layout.parts();
        parts
            .filter(|part| !self.arrived.contains_key(&part.number))
            .collect()
    }

    /// What sends a part, with a permission that is good for a while.
    pub(super) fn job<'p>(&mut self, part: &'p Part, call: &mut Call) -> Result<Job<'p>> {
        let mut request = None;
        if self.permission.is_good() {
            request = self.service.request(&self.session, part);
        }
        if request.is_none() {
            self.renew(part.number, call)?;
            request = self.service.request(&self.session, part);
        }
        let Some(request) = request else {
            let (name, number) = (self.name, part.number);
            let what = format!("{name} gave no permission to send part {number}; try again");
            return Err(Error::new(Status::Response, what).with_phase(Phase::Receive));
        };
        Ok(Job {
            part,
            request,
            is_divisible: self.service.is_divisible(),
            md5: self.service.md5(part),
            states_crc64: self.service.states_crc64(&self.session),
            read: self.service.reader(),
        })
    }

    fn renew(&mut self, number: u32, call: &mut Call) -> Result<()> {
        let missing = self.missing().into_iter().map(|part| part.number);
        let missing: Vec<u32> = missing.filter(|other| *other >= number).collect();
        watch::renewing(|| self.service.renew(&mut self.session, &missing, call))?;
        // Also what lasts no longer than the margin is used.
        let end = self.service.fresh_until(&self.session);
        self.permission = Permission::until(end.filter(|end| Instant::now() < *end));
        let id = self.service.id(&self.session);
        if id != self.id {
            self.id = id;
            self.remember()?;
        }
        Ok(())
    }

    /// The part, which is sent with the present permission.
    pub(super) fn handed_out<'p>(&self, queued: QueuedPart<'p>) -> QueuedPart<'p> {
        queued.handed_out(self.generation)
    }

    /// The part, which could not be sent, as it is to be sent again, if another permission
    /// helps.
    pub(super) fn again<'p>(
        &mut self,
        failed: QueuedPart<'p>,
        error: Error,
    ) -> Result<QueuedPart<'p>> {
        let allowed = self.renewals(&error);
        let Some(next) = failed.again(self.generation, allowed) else {
            return Err(self.explain(error));
        };
        if next.renewals > failed.renewals {
            self.permission = Permission::Refused;
            self.generation += 1;
        }
        Ok(next)
    }

    /// How often the permission is renewed for one part against this error; 0 if it
    /// is not about that.
    fn renewals(&self, error: &Error) -> u32 {
        match error.remedy() {
            // Another would be over before its time, too.
            Some(Remedy::Permission) if self.permission.is_young() => 1,
            Some(Remedy::Permission) => RENEWALS_MAX,
            Some(Remedy::PermissionOnce) => 1,
            _ => 0,
        }
    }

    /// The error, after which no other permission is got.
    pub(super) fn explain(&self, error: Error) -> Error {
        if error.remedy() != Some(Remedy::Permission) || !self.permission.is_young() {
            return error;
        }
        let message = format!(
            "{error}: it is refused as old long before its time, so the clocks of {} and its \
             storage differ",
            self.name
        );
        error.with_message(message)
    }

    pub(super) fn stored(&mut self, part: &Part, receipt: &Receipt) -> Result<()> {
        self.arrived.insert(part.number, receipt.crc64);
        match (&self.id, &receipt.md5) {
            (Some(_), Some(md5)) => self.checkpoint.add(part.number, md5),
            // What it could be compared by is not known: a later call sends it again.
            _ => Ok(()),
        }
    }

    /// Has the file made of the parts, which are all there.
    pub(super) fn complete(&self, call: &mut Call) -> Result<UploadResult> {
        let size = self.layout.size;
        self.service
            .complete(&self.session, size, self.crc64(), call)
    }

    /// That of the whole file, from those of its parts.
    pub(super) fn crc64(&self) -> Option<u64> {
        self.layout.parts().try_fold(0, |crc64, part| {
            let next = (*self.arrived.get(&part.number)?)?;
            Some(crc64_combine(crc64, next, part.len()))
        })
    }
}
