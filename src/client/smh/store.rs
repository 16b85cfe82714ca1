//! The store, for the parts of one upload: credentials, and what has arrived.

use super::super::parts::{self, Part, PartStore, Receipt};
use super::upload::{Job, Opened, unasked};
use crate::digest::crc64_combine;
use crate::error::{Error, Phase, Remedy, Result, Status};
use crate::message::{Answer, Request};
use crate::random;
use crate::service::smh::{self, Begun, UploadKind};
use crate::transfer::call::Call;
use crate::transfer::checkpoint::{Checkpoint, UploadState};
use std::collections::BTreeMap;
use std::time::Instant;

/// The store, for the parts of one upload.
pub(super) struct Store<'s> {
    pub(super) job: &'s Job<'s>,
    pub(super) confirm_key: String,
    pub(super) upload_id: Option<String>,
    pub(super) part_size: u64,
    /// `None`: the credentials are of no use, if there were any.
    pub(super) opened: Option<Opened>,
    /// The CRC-64 of each part that has arrived.
    pub(super) arrived: BTreeMap<u32, u64>,
    pub(super) checkpoint: Option<&'s mut Checkpoint>,
}

impl<'s> Store<'s> {
    pub(super) fn new(job: &'s Job<'s>, confirm_key: String, opened: Option<Opened>) -> Self {
        Self {
            job,
            confirm_key,
            upload_id: opened.as_ref().and_then(|o| o.session.upload_id.clone()),
            part_size: job.part_size,
            opened,
            arrived: BTreeMap::new(),
            checkpoint: None,
        }
    }

    /// That of the whole file, from those of its parts.
    pub(super) fn crc64(&self) -> u64 {
        let parts = parts::all(self.job.size, self.part_size);
        parts.iter().fold(0, |crc64, part| {
            let next = self.arrived.get(&part.number).copied().unwrap_or(0);
            crc64_combine(crc64, next, part.len())
        })
    }

    fn ready_request(&self, number: u32) -> Option<Request> {
        let library = &self.job.backend.library;
        let session = &self.opened.as_ref().filter(|o| o.is_fresh())?.session;
        match self.job.kind {
            UploadKind::Simple => Some(library.simple_request(session)),
            UploadKind::Form => Some(library.form_request(
                session,
                &random::token(),
                &self.job.file_name,
                &self.job.content_type,
            )),
            UploadKind::Multipart => library.part_request(session, number),
        }
    }

    /// New credentials: for parts, of the same upload; else there is only
    /// another upload (smh.md §1.6).
    fn open(&mut self, number: u32, call: &mut Call) -> Result<()> {
        let job = self.job;
        if job.kind == UploadKind::Multipart {
            let key = &self.confirm_key;
            let upload_id = self.upload_id.as_deref().unwrap_or_default();
            let request = |token: &str| {
                job.backend.library.renew_request(
                    token,
                    key,
                    job.options.traffic_limit,
                    job.batch(number, self.part_size),
                )
            };
            let read = |answer: &Answer| {
                let session = job.backend.library.read_renew(answer, key, upload_id)?;
                Ok(Opened::new(session, &answer.head))
            };
            self.opened = Some(job.ask(call, &request, read)?);
            return Ok(());
        }
        // The new one takes its place; if it cannot be told, SMH forgets it.
        let _ = job.cancel(&self.confirm_key, call);
        match job.begin_with(None, call)? {
            (Begun::Upload(session), head) => {
                self.confirm_key.clone_from(&session.confirm_key);
                self.opened = Some(Opened::new(session, &head));
                self.remember()
            }
            (_, head) => Err(unasked(head)),
        }
    }

    fn remember(&mut self) -> Result<()> {
        let Some(checkpoint) = &mut self.checkpoint else {
            return Ok(());
        };
        let identity = checkpoint.identity();
        let state = UploadState::new(identity, self.confirm_key.clone(), self.part_size, None);
        checkpoint.begin(state)
    }
}

impl PartStore for Store<'_> {
    fn request(&mut self, part: &Part, call: &mut Call) -> Result<Request> {
        if let Some(request) = self.ready_request(part.number) {
            return Ok(request);
        }
        self.open(part.number, call)?;
        // Also one whose credentials last no longer than the margin is used.
        if let Some(opened) = &mut self.opened {
            opened.fresh_until = opened.fresh_until.filter(|end| Instant::now() < *end);
        }
        self.ready_request(part.number).ok_or_else(|| {
            Error::new(
                Status::Response,
                format!(
                    "SMH gave no credentials for part {}; try again",
                    part.number
                ),
            )
            .with_phase(Phase::Receive)
        })
    }

    fn known_md5(&self, _: &Part) -> Option<String> {
        None
    }

    fn reader(&self) -> fn(&Answer) -> Result<Option<String>> {
        smh::read_stored
    }

    fn renewals(&self, error: &Error) -> u32 {
        match error.remedy() {
            Some(Remedy::Permission) => parts::RENEWALS_MAX,
            Some(Remedy::PermissionOnce) => 1,
            _ => 0,
        }
    }

    fn renew(&mut self) {
        self.opened = None;
    }

    fn stored(&mut self, part: &Part, receipt: Receipt) -> Result<()> {
        self.arrived.insert(part.number, receipt.crc64);
        match &mut self.checkpoint {
            Some(checkpoint) => checkpoint.add(part.number, &receipt.md5),
            None => Ok(()),
        }
    }
}
