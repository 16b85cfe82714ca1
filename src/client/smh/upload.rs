//! Uploads to SMH: begin, send to the store, confirm; what SMH has already is
//! not sent, and what was broken off goes on.

use super::super::engine::Engine;
use super::super::parts::{self, Part, PartStore, Receipt};
use super::super::{Upload, UploadCall};
use super::{Backend, NAME};
use crate::digest::{Crc64, SectionDigest, SmhHasher, crc64_combine};
use crate::error::{Error, Phase, Result, Status};
use crate::presign::{Operation, Presigned, Terms};
use crate::random;
use crate::service;
use crate::service::smh::{
    self, Begun, Hashes, Object, Session, SmhPath, SmhUpload, SmhUploadMethod, State, UploadKind,
};
use crate::transfer::call::Call;
use crate::transfer::checkpoint::{Checkpoint, Identity, UploadState};
use crate::transfer::message::{Answer, Head, Request};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant, UNIX_EPOCH};

/// The first piece of the chained hash, and the smallest file that SMH is
/// asked for by its hash (services/smh.md §1.4).
const BEGINNING: u64 = 1024 * 1024;

/// Credentials are renewed when less of their life is left (§1.6), or a tenth
/// of it.
const MARGIN: Duration = Duration::from_secs(300);

/// Parts that credentials of a private deployment are asked for at once (§1.5b).
const BATCH: u32 = 50;

/// A list of parts this long may have been cut (§1.7).
const LIST_MAX: usize = 1000;

/// One file on its way to one path.
struct Job<'j> {
    backend: &'j Backend,
    engine: &'j Engine,
    options: SmhUpload,
    path: SmhPath,
    kind: UploadKind,
    size: u64,
    part_size: u64,
    file_name: String,
    content_type: String,
}

/// A session whose credentials were just handed out.
struct Opened {
    session: Session,
    /// Until when they are good.
    fresh_until: Option<Instant>,
}

impl Opened {
    fn new(session: Session, head: &Head) -> Self {
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

    fn is_fresh(&self) -> bool {
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
    let job = Job::new(backend, engine, size, call)?;
    let mut checkpoint = Checkpoint::open(
        call.resume.checkpoint.take(),
        call.resume.token.as_deref(),
        Identity {
            target: format!("{}{}", backend.account, job.path.as_str()),
            size,
            modified: call.content.modified(),
        },
    )?;
    call.meter.start(Some(size))?;
    match job.transfer(&mut checkpoint, call) {
        Ok(upload) => {
            checkpoint.forget();
            Ok(upload)
        }
        Err(error) => Err(job.break_off(error, &mut checkpoint, call)),
    }
}

impl<'j> Job<'j> {
    fn new(
        backend: &'j Backend,
        engine: &'j Engine,
        size: u64,
        call: &UploadCall<'_>,
    ) -> Result<Self> {
        let options = call.smh.clone().unwrap_or_default();
        smh::check_upload(size, &options)?;
        let part_size = smh::part_size(size, options.part_size);
        // What can be resumed is sent in parts, if there is more than one.
        let is_free = options.method == SmhUploadMethod::Automatic;
        let kind = if is_free && call.resume.wanted && size > part_size {
            UploadKind::Multipart
        } else {
            smh::chosen_method(size, &options)
        };
        Ok(Self {
            backend,
            engine,
            path: SmhPath::new(options.directory.as_deref(), &call.file_name)?,
            options,
            kind,
            size,
            part_size: match kind {
                UploadKind::Multipart => part_size,
                UploadKind::Simple | UploadKind::Form => size.max(1),
            },
            file_name: call.file_name.clone(),
            content_type: call.content_type.clone(),
        })
    }

    fn ask<T>(
        &self,
        call: &mut Call,
        request: &dyn Fn(&str) -> Request,
        read: impl Fn(&Answer) -> Result<T>,
    ) -> Result<T> {
        self.backend.ask(self.engine, call, request, read)
    }

    fn transfer(&self, checkpoint: &mut Checkpoint, call: &mut UploadCall<'_>) -> Result<Upload> {
        let mut store = match self.resume(checkpoint, call)? {
            Resumed::Done(object) => return self.finished(object, None, false, call),
            Resumed::Going(store) => store,
            Resumed::Nothing => match self.begin(call)? {
                Start::Done(object) => return self.finished(object, None, true, call),
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
        self.confirm(&key, crc64, call)
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
                (Begun::NeedsFullHash, head) => return Err(unasked(head)),
            }
        }
    }

    /// One call, or more if the folder has to be made first.
    fn begin_with(&self, hashes: Option<&Hashes<'_>>, call: &mut Call) -> Result<(Begun, Head)> {
        let mut may_make = self.options.create_directories;
        loop {
            let request = |token: &str| {
                self.backend.library.begin_request(
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
                |answer: &Answer| Ok((smh::read_begin(answer, self.kind)?, answer.head.clone()));
            match (self.ask(call, &request, read), self.path.parent()) {
                (Err(error), Some(parent)) if may_make && smh::is_missing_directory(&error) => {
                    may_make = false;
                    let library = &self.backend.library;
                    let request = |token: &str| library.create_directory_request(token, &parent);
                    self.ask(call, &request, smh::read_create_directory)?;
                }
                (result, _) => return result,
            }
        }
    }

    /// The parts whose credentials are asked for together with those of `first`;
    /// `None` where all parts have the same.
    fn batch(&self, first: u32, part_size: u64) -> Option<RangeInclusive<u32>> {
        let has_own = self.kind == UploadKind::Multipart && self.backend.library.is_private();
        // At most 10,000.
        let count = self.size.div_ceil(part_size).max(1) as u32;
        has_own.then(|| first..=count.min(first.saturating_add(BATCH - 1)))
    }

    /// Goes on with what an earlier call has begun, if it is of the same bytes.
    fn resume<'s>(
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
            let state = smh::read_state(answer, &known.upload)?;
            Ok((state, answer.head.clone()))
        };
        let (state, head) = match self.ask(&mut call.call, &request, read) {
            Err(error) if smh::is_upload_gone(&error) => return Ok(Resumed::Nothing),
            other => other?,
        };
        let is_same = known.is_of_same_file(checkpoint.identity());
        if state.confirmed {
            let object = self.confirmed(&state, call)?;
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

    fn confirm(&self, key: &str, crc64: u64, call: &mut UploadCall<'_>) -> Result<Upload> {
        let library = &self.backend.library;
        let request =
            |token: &str| library.confirm_request(token, key, Some(crc64), Some(&self.options));
        let object = match self.ask(&mut call.call, &request, smh::read_confirm) {
            // The answer to an earlier attempt was lost.
            Err(error) if smh::is_complete(&error) => {
                confirmed_before(self.backend, self.engine, key, &mut call.call)?.ok_or(error)?
            }
            other => other?,
        };
        self.finished(object, Some(crc64), false, call)
    }

    /// The file that an upload has made which is over.
    fn confirmed(&self, state: &State, call: &mut UploadCall<'_>) -> Result<Option<Object>> {
        object_of(self.backend, self.engine, state, &mut call.call)
    }

    fn has_same_bytes(&self, object: &Object, call: &mut UploadCall<'_>) -> Result<bool> {
        let mut crc64 = Crc64::new();
        parts::hash(call, 0..self.size, &mut crc64)?;
        Ok(object.info.crc64 == Some(crc64.value()))
    }

    /// The file is there; what SMH says of it must be true of what was sent.
    fn finished(
        &self,
        object: Object,
        crc64: Option<u64>,
        instant: bool,
        call: &UploadCall<'_>,
    ) -> Result<Upload> {
        let differs = |stated: Option<u64>, ours| stated.is_some_and(|stated| stated != ours);
        if differs(object.info.size, self.size)
            || crc64.is_some_and(|crc64| differs(object.info.crc64, crc64))
        {
            return Err(Error::new(
                Status::Integrity,
                format!(
                    "SMH has stored {} with other bytes than were sent; delete it and try again",
                    object.path
                ),
            )
            .with_phase(Phase::Receive)
            .with_http_status(200));
        }
        Ok(Upload {
            file: object.path,
            url: None,
            share_secret: None,
            size: self.size,
            instant,
            attempts: call.call.attempts(),
        })
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
        // answer.
        let is_in_touch = !matches!(error.status().code(), 200..300 | 500..600);
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

    /// Makes SMH and its store forget an upload.
    fn cancel(&self, key: &str, call: &mut Call) -> Result<()> {
        let request = |token: &str| self.backend.library.cancel_request(token, key);
        self.ask(call, &request, smh::read_cancel)
    }
}

/// SMH asks for a hash that it was not asked about, or has got.
fn unasked(head: Head) -> Error {
    let answer = Answer {
        head,
        ..Answer::default()
    };
    service::unexpected(NAME, "an upload", &answer)
}

/// What became of an upload that an earlier call has begun.
enum Resumed<'s> {
    Nothing,
    Going(Store<'s>),
    Done(Object),
}

/// The store, for the parts of one upload.
struct Store<'s> {
    job: &'s Job<'s>,
    confirm_key: String,
    upload_id: Option<String>,
    part_size: u64,
    /// `None`: the credentials are of no use, if there were any.
    opened: Option<Opened>,
    /// The CRC-64 of each part that has arrived.
    arrived: BTreeMap<u32, u64>,
    checkpoint: Option<&'s mut Checkpoint>,
}

impl<'s> Store<'s> {
    fn new(job: &'s Job<'s>, confirm_key: String, opened: Option<Opened>) -> Self {
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
    fn crc64(&self) -> u64 {
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
    /// another upload (§1.6).
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
                let session = smh::read_renew(answer, key, upload_id)?;
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
            (Begun::NeedsFullHash | Begun::Done(_), head) => Err(unasked(head)),
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
        if self.job.kind == UploadKind::Form {
            |answer| smh::read_stored(answer, true)
        } else {
            |answer| smh::read_stored(answer, false)
        }
    }

    fn has_expired(&self, error: &Error) -> bool {
        smh::is_credential_expired(error)
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

/// The request that sends a file of this size to the store; who has a token
/// confirms it afterwards.
pub(super) fn presign(
    backend: &Backend,
    engine: &Engine,
    size: Option<u64>,
    call: &mut UploadCall<'_>,
) -> Result<Presigned> {
    let size = size.ok_or_else(|| Error::argument("size", "SMH has to be told it"))?;
    let mut job = Job::new(backend, engine, size, call)?;
    if let SmhUploadMethod::Form | SmhUploadMethod::Multipart = job.options.method {
        let what = "what is presigned is one PUT: leave it automatic or simple";
        return Err(Error::argument("method", what));
    }
    job.kind = UploadKind::Simple;
    match job.begin_with(None, &mut call.call)? {
        (Begun::Upload(session), _) => Ok(Presigned::new(
            backend.library.simple_request(&session),
            Terms {
                expires_at: session.expires_at,
                max_size: Some(size),
                file: Some(job.path.as_str().to_owned()),
                completion: Some(session.confirm_key),
                ..Terms::of(Operation::SmhUpload)
            },
        )),
        (Begun::NeedsFullHash | Begun::Done(_), head) => Err(unasked(head)),
    }
}

/// The file of an upload that is confirmed already.
fn confirmed_before(
    backend: &Backend,
    engine: &Engine,
    key: &str,
    call: &mut Call,
) -> Result<Option<Object>> {
    let request = |token: &str| backend.library.state_request(token, key);
    let read = |answer: &Answer| smh::read_state(answer, key);
    let state = backend.ask(engine, call, &request, read)?;
    object_of(backend, engine, &state, call)
}

fn object_of(
    backend: &Backend,
    engine: &Engine,
    state: &State,
    call: &mut Call,
) -> Result<Option<Object>> {
    let Some(path) = &state.path else {
        return Ok(None);
    };
    let place = SmhPath::file("path", path)?;
    let info = backend.info_of(engine, call, &place)?;
    Ok(Some(Object {
        path: path.clone(),
        overwritten: false,
        info,
    }))
}

/// Confirms what a presigned request has sent.
pub(super) fn complete(
    backend: &Backend,
    engine: &Engine,
    key: &str,
    presigned: &Presigned,
    call: &mut Call,
) -> Result<Upload> {
    let request = |token: &str| backend.library.confirm_request(token, key, None, None);
    let object = match backend.ask(engine, call, &request, smh::read_confirm) {
        // By an earlier call, or by an attempt whose answer was lost.
        Err(error) if smh::is_complete(&error) => {
            confirmed_before(backend, engine, key, call)?.ok_or(error)?
        }
        other => other?,
    };
    if let (Some(stored), Some(announced)) = (object.info.size, presigned.max_size())
        && stored != announced
    {
        return Err(Error::new(
            Status::Integrity,
            format!(
                "SMH has stored {} with {stored} bytes, {announced} were announced; delete it and \
                 try again",
                object.path
            ),
        )
        .with_phase(Phase::Receive)
        .with_http_status(200));
    }
    Ok(Upload {
        file: object.path,
        url: None,
        share_secret: None,
        size: object.info.size.or(presigned.max_size()).unwrap_or(0),
        instant: false,
        attempts: call.attempts(),
    })
}
