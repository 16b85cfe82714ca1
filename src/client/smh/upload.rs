//! Uploads to SMH: begin, send to the store, confirm; what SMH has already is
//! not sent, and what was broken off goes on.

use super::super::engine::Engine;
use super::super::parts::{self, Part};
use super::super::{NewFile, Upload, UploadCall, own};
use super::confirm::finished;
use super::resume::Resumed;
use super::store::Store;
use super::{Backend, NAME};
use crate::digest::SmhHasher;
use crate::error::{Error, Remedy, Result};
use crate::message::{Answer, Head, Request};
use crate::service;
use crate::service::smh::{
    self, Begun, Hashes, Object, Session, SmhPath, SmhUpload, SmhUploadMethod, UploadKind,
};
use crate::transfer::call::Call;
use crate::transfer::checkpoint::{Checkpoint, UploadState};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant, UNIX_EPOCH};

/// The first piece of the chained hash, and the smallest file that SMH is
/// asked for by its hash (smh.md §1.4).
const BEGINNING: u64 = 1024 * 1024;

/// Credentials are renewed when less of their life is left (smh.md §1.6), or a
/// tenth of it.
const MARGIN: Duration = Duration::from_secs(300);

/// Parts that credentials of a private deployment are asked for at once (smh.md
/// §1.5b).
const BATCH: u32 = 50;

/// One file on its way to one path.
pub(super) struct Job<'j> {
    pub(super) backend: &'j Backend,
    pub(super) engine: &'j Engine,
    pub(super) options: SmhUpload,
    pub(super) path: SmhPath,
    pub(super) kind: UploadKind,
    pub(super) size: u64,
    pub(super) part_size: u64,
    pub(super) file_name: String,
    pub(super) content_type: String,
}

/// A session whose credentials were just handed out.
pub(super) struct Opened {
    pub(super) session: Session,
    /// Until when they are good.
    pub(super) fresh_until: Option<Instant>,
}

impl Opened {
    pub(super) fn new(session: Session, head: &Head) -> Self {
        // Both by the clock of SMH, so that no clock here matters.
        let now = service::date(head).and_then(|date| date.duration_since(UNIX_EPOCH).ok());
        let life = session
            .expires_at
            .zip(now)
            .map(|(end, now)| Duration::from_secs(end).saturating_sub(now));
        Self {
            session,
            fresh_until: life
                .and_then(|life| Instant::now().checked_add(life - MARGIN.min(life / 10))),
        }
    }

    pub(super) fn is_fresh(&self) -> bool {
        self.fresh_until.is_none_or(|end| Instant::now() < end)
    }
}

/// What begins, or goes on.
enum Start {
    Send(Opened),
    Done(Object),
}

pub(super) fn run(backend: &Backend, engine: &Engine, call: &mut UploadCall<'_>) -> Result<Upload> {
    let size = call.content.len();
    let job = Job::new(backend, engine, size, &call.file, call.resume.wanted)?;
    let target = format!("{}{}", backend.account, job.path.as_str());
    let mut checkpoint = parts::checkpoint(engine, call, target)?;
    call.meter.start(Some(size))?;
    let mut is_damaged = false;
    let result = engine.attempt(call, |call| {
        if is_damaged && let Some(state) = checkpoint.state() {
            let _ = job.cancel(&state.upload.clone(), &mut call.call);
        }
        let result = job.transfer(!is_damaged, &mut checkpoint, call);
        is_damaged = matches!(&result, Err(error) if error.remedy() == Some(Remedy::Resend));
        match result {
            // What SMH has is of no use, so all of it is sent again.
            Err(error) if is_damaged => Err(error.begun_anew()),
            other => other,
        }
    });
    match result {
        Ok(upload) => {
            checkpoint.forget();
            Ok(upload)
        }
        Err(error) => Err(job.break_off(error, &mut checkpoint, call)),
    }
}

impl<'j> Job<'j> {
    pub(super) fn new(
        backend: &'j Backend,
        engine: &'j Engine,
        size: u64,
        file: &NewFile,
        is_resumable: bool,
    ) -> Result<Self> {
        let options: SmhUpload = own(file.service.as_ref());
        smh::check_upload(size, &options)?;
        let part_size = smh::part_size(size, options.part_size);
        // What can be resumed is sent in parts, if there is more than one.
        let is_free = options.method == SmhUploadMethod::Automatic;
        let kind = if is_free && is_resumable && size > part_size {
            UploadKind::Multipart
        } else {
            smh::chosen_method(size, &options)
        };
        Ok(Self {
            backend,
            engine,
            path: SmhPath::new(options.directory.as_deref(), &file.name)?,
            options,
            kind,
            size,
            part_size: match kind {
                UploadKind::Multipart => part_size,
                UploadKind::Simple | UploadKind::Form => size.max(1),
            },
            file_name: file.name.clone(),
            content_type: file.content_type.clone(),
        })
    }

    pub(super) fn ask<T>(
        &self,
        call: &mut Call,
        request: &dyn Fn(&str) -> Request,
        read: impl Fn(&Answer) -> Result<T>,
    ) -> Result<T> {
        self.backend.ask(self.engine, call, request, read)
    }

    fn transfer(
        &self,
        may_resume: bool,
        checkpoint: &mut Checkpoint,
        call: &mut UploadCall<'_>,
    ) -> Result<Upload> {
        let resumed = if may_resume {
            self.resume(checkpoint, call)?
        } else {
            Resumed::Nothing
        };
        let mut store = match resumed {
            Resumed::Done(object) => return finished(object, self.size, None, false, &call.call),
            Resumed::Going(store) => store,
            Resumed::Nothing => match self.begin(call)? {
                Start::Done(object) => return finished(object, self.size, None, true, &call.call),
                Start::Send(opened) => {
                    let key = opened.session.confirm_key.clone();
                    let identity = checkpoint.identity();
                    let state = UploadState::new(identity, key.clone(), self.part_size, None);
                    checkpoint.begin(state)?;
                    Store::new(self, key, Some(opened))
                }
            },
        };
        let missing: Vec<Part> = parts::all(self.size, store.part_size)
            .into_iter()
            .filter(|part| !store.arrived.contains_key(&part.number))
            .collect();
        store.checkpoint = Some(checkpoint);
        parts::send(self.engine, call, self.size, &missing, &mut store)?;
        let (key, crc64) = (store.confirm_key.clone(), store.crc64());
        let object = self.backend.confirm(
            self.engine,
            &key,
            Some(crc64),
            Some(&self.options),
            &mut call.call,
        )?;
        finished(object, self.size, Some(crc64), false, &call.call)
    }

    /// Begins; SMH may have the bytes already, which it is asked by their hash.
    fn begin(&self, call: &mut UploadCall<'_>) -> Result<Start> {
        let mut hasher = SmhHasher::new();
        if !self.options.skip_instant && self.size >= BEGINNING && call.content.can_rewind() {
            parts::hash(call, 0..BEGINNING, &mut hasher)?;
        }
        let beginning = hasher.beginning();
        let mut full = None;
        loop {
            let hashes = beginning.as_deref().map(|beginning| Hashes {
                beginning,
                full: full.as_deref(),
            });
            match self.begin_with(hashes.as_ref(), &mut call.call)? {
                (Begun::Done(object), _) => return Ok(Start::Done(object)),
                (Begun::Upload(session), head) => {
                    return Ok(Start::Send(Opened::new(session, &head)));
                }
                (Begun::NeedsFullHash, _) if beginning.is_some() && full.is_none() => {
                    parts::hash(call, BEGINNING..self.size, &mut hasher)?;
                    full = Some(hasher.hashes().full);
                }
                (_, head) => return Err(unasked(head)),
            }
        }
    }

    /// One call, or more if the folder has to be made first. An upload that has
    /// begun and cannot go on is given up.
    pub(super) fn begin_with(
        &self,
        hashes: Option<&Hashes<'_>>,
        call: &mut Call,
    ) -> Result<(Begun, Head)> {
        let mut may_make = self.options.create_directories;
        let library = &self.backend.library;
        loop {
            let request = |token: &str| {
                library.begin_request(
                    token,
                    &self.path,
                    self.kind,
                    &self.options,
                    self.size,
                    hashes,
                    self.batch(1, self.part_size),
                )
            };
            let read =
                |answer: &Answer| Ok((library.read_begin(answer, self.kind)?, answer.head.clone()));
            match (self.ask(call, &request, read), self.path.parent()) {
                (Ok((Begun::Stuck { confirm_key, error }, _)), _) => {
                    return Err(self.give_up(error, &confirm_key, call));
                }
                (Err(error), Some(parent))
                    if may_make && error.remedy() == Some(Remedy::Folder) =>
                {
                    may_make = false;
                    let request = |token: &str| library.create_directory_request(token, &parent);
                    self.ask(call, &request, smh::read_create_directory)?;
                }
                (result, _) => return result,
            }
        }
    }

    /// The parts whose credentials are asked for together with those of `first`;
    /// `None` where all parts have the same.
    pub(super) fn batch(&self, first: u32, part_size: u64) -> Option<RangeInclusive<u32>> {
        let has_own = self.kind == UploadKind::Multipart && self.backend.library.is_private();
        // At most 10,000.
        let count = self.size.div_ceil(part_size).max(1) as u32;
        has_own.then(|| first..=count.min(first.saturating_add(BATCH - 1)))
    }

    /// Tells how to go on after a failure, or leaves nothing behind.
    fn break_off(
        &self,
        error: Error,
        checkpoint: &mut Checkpoint,
        call: &mut UploadCall<'_>,
    ) -> Error {
        let Some(state) = checkpoint.state() else {
            return error;
        };
        // Whoever has no connection, or wants to stop, does not wait for another
        // answer. What an option forbids was never sent.
        let is_forbidden = error.field().is_some();
        let is_in_touch = is_forbidden || !matches!(error.status().code(), 200..300 | 500..600);
        if !call.resume.wanted
            && is_in_touch
            && call.call.watch.check().is_ok()
            && self.cancel(&state.upload.clone(), &mut call.call).is_ok()
        {
            checkpoint.forget();
            return error;
        }
        error.with_resume_token(checkpoint.token())
    }

    /// After a failure that no call can go on from: nothing is left behind. If SMH
    /// cannot be told, it forgets the upload some day.
    pub(super) fn give_up(&self, error: Error, key: &str, call: &mut Call) -> Error {
        let _ = self.cancel(key, call);
        error
    }

    /// Makes SMH and its store forget an upload.
    pub(super) fn cancel(&self, key: &str, call: &mut Call) -> Result<()> {
        let request = |token: &str| self.backend.library.cancel_request(token, key);
        self.ask(call, &request, smh::read_cancel)
    }
}

/// SMH asks for a hash that it was not asked about, or has got.
pub(super) fn unasked(head: Head) -> Error {
    let answer = Answer {
        head,
        ..Answer::default()
    };
    service::unexpected(NAME, "an upload", &answer)
}
