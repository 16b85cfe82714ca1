//! Uploads to OpenIM in parts: hash, initiate, send, complete. The server knows
//! a file by its hash, so what it has already is not sent.

use super::super::engine::Engine;
use super::super::parts::{self, Part, PartStore, Receipt};
use super::super::{Upload, UploadCall};
use super::Backend;
use crate::digest::{self, OpenimHasher};
use crate::error::{Error, Phase, Remedy, Result, Status};
use crate::message::{Answer, Request};
use crate::service::openim::{
    self, Initiated, MultipartStart, MultipartUpload, OpenimUpload, PartLimits, PartSign,
};
use crate::transfer::call::Call;
use crate::transfer::checkpoint::{Checkpoint, UploadState};
use std::cell::Cell;
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// OpenIM's own SDK signs again after this long, and so many parts at once
/// (openim.md §2.5).
const SIGNATURE_LIFE: Duration = Duration::from_secs(60);
const SIGNED_AT_ONCE: usize = 20;

/// Nor does it go on with an upload in its last hour.
const LAST_HOUR: u64 = 3600;

/// One file on its way to one name.
struct Job<'j> {
    backend: &'j Backend,
    engine: &'j Engine,
    name: String,
    content_type: String,
    cause: Option<String>,
    size: u64,
    part_size: u64,
    /// The MD5 of each part, and the hash of them all.
    md5s: Vec<String>,
    hash: String,
}

pub(super) fn run(
    backend: &Backend,
    engine: &Engine,
    name: String,
    options: OpenimUpload,
    call: &mut UploadCall<'_>,
) -> Result<Upload> {
    let size = call.content.len();
    if !call.content.can_rewind() {
        return Err(Error::new(
            Status::Unsupported,
            "source: an upload in parts reads the source twice (the server wants the hash first); \
             give a file, a buffer or a rewind callback, or upload by form",
        )
        .with_field("source"));
    }
    let target = format!("{}{name}", backend.account);
    let mut checkpoint = parts::checkpoint(engine, call, target)?;
    call.meter.start(Some(size))?;
    let mut job = Job {
        backend,
        engine,
        name,
        content_type: call.file.content_type.clone(),
        // The server keeps both in one place, and takes there what is said here.
        cause: options.cause.or(options.group),
        size,
        part_size: 0,
        md5s: Vec::new(),
        hash: String::new(),
    };
    let mut may_ask_again = true;
    loop {
        job.prepare(call)?;
        match job.transfer(&mut checkpoint, call) {
            Ok(upload) => {
                checkpoint.forget();
                return Ok(upload);
            }
            // The server has another storage since it was asked.
            Err(_) if backend.part_limits().is_none() && may_ask_again => may_ask_again = false,
            // The server cannot be told to forget an upload; it does so in a week.
            Err(error) => return Err(error.with_resume_token(checkpoint.token())),
        }
    }
}

impl Backend {
    /// What was said of parts, which holds until the server says otherwise.
    fn part_limits(&self) -> MutexGuard<'_, Option<PartLimits>> {
        let limits = self.part_limits.lock();
        limits.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job<'_> {
    /// Reads the file, by whose hash the server knows it.
    fn prepare(&mut self, call: &mut UploadCall<'_>) -> Result<()> {
        let known = *self.backend.part_limits();
        let limits = match known {
            Some(limits) => limits,
            None => {
                let app = &self.backend.app;
                let limits = self.backend.ask(
                    self.engine,
                    &mut call.call,
                    &|caller| app.part_limit_request(caller),
                    openim::read_part_limits,
                )?;
                *self.backend.part_limits().insert(limits)
            }
        };
        self.part_size = limits.part_size(self.size)?;
        let mut hasher = OpenimHasher::new(self.part_size);
        parts::hash(call, 0..self.size, &mut hasher)?;
        self.md5s = hasher.parts();
        self.hash = hasher.hash();
        Ok(())
    }

    /// A file of one part begins anew in each call: it is signed when it is begun,
    /// and never again (openim.md §2.5).
    fn is_one_part(&self) -> bool {
        self.md5s.len() == 1
    }

    fn transfer(&self, checkpoint: &mut Checkpoint, call: &mut UploadCall<'_>) -> Result<Upload> {
        if let Some(store) = self.resume(checkpoint) {
            match self.go_on(store, true, checkpoint, call) {
                // The server cannot be asked what it still has of an upload: it
                // shows now that this is less than it had, so from the start.
                Err(error) if is_gone(&error) => {}
                other => return other,
            }
        }
        match self.initiate(&mut call.call)? {
            Initiated::Stored { url } => Ok(self.uploaded(url, true, call)),
            Initiated::Upload(upload) => {
                if !self.is_one_part() {
                    checkpoint.begin(self.state(&upload, checkpoint))?;
                }
                self.go_on(Store::new(self, upload), false, checkpoint, call)
            }
        }
    }

    /// Sends what has not arrived, and completes the upload.
    fn go_on<'s>(
        &'s self,
        mut store: Store<'s>,
        has_resumed: bool,
        checkpoint: &'s mut Checkpoint,
        call: &mut UploadCall<'_>,
    ) -> Result<Upload> {
        let missing: Vec<Part> = parts::all(self.size, self.part_size)
            .into_iter()
            .filter(|part| !store.arrived.contains(&part.number))
            .collect();
        store.checkpoint = (!self.is_one_part()).then_some(checkpoint);
        parts::send(self.engine, call, self.size, &missing, &mut store)?;
        let upload_id = store.upload_id;
        let tries = Cell::new(0);
        let completed = self.backend.ask(
            self.engine,
            &mut call.call,
            &|caller| {
                tries.set(tries.get() + 1);
                let app = &self.backend.app;
                app.complete_multipart_request(caller, &upload_id, &self.md5s, &self.start())
            },
            |answer| openim::read_url(&self.name, answer),
        );
        match completed {
            Ok(url) => Ok(self.uploaded(url, false, call)),
            // The caller begins anew, and sees whether it was completed.
            Err(error) if has_resumed && is_gone(&error) => Err(error),
            // A completion may have succeeded, whose answer was lost: this one, or
            // an earlier one.
            Err(error)
                if is_gone(&error)
                    || has_resumed
                    || tries.get() > 1
                    || error.http_status().is_none() =>
            {
                match self.initiate(&mut call.call) {
                    Ok(Initiated::Stored { url }) => Ok(self.uploaded(url, false, call)),
                    _ => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    fn start(&self) -> MultipartStart<'_> {
        MultipartStart {
            hash: &self.hash,
            size: self.size,
            part_size: self.part_size,
            // At most 10,000.
            parts: self.md5s.len() as u32,
            name: &self.name,
            content_type: &self.content_type,
            cause: self.cause.as_deref(),
        }
    }

    fn initiate(&self, call: &mut Call) -> Result<Initiated> {
        let initiated = self.backend.ask(
            self.engine,
            call,
            &|caller| {
                let app = &self.backend.app;
                app.initiate_multipart_request(caller, &self.start())
            },
            |answer| openim::read_initiated(&self.name, self.part_size, answer),
        );
        if matches!(&initiated, Err(error) if error.remedy() == Some(Remedy::Limits)) {
            *self.backend.part_limits() = None;
        }
        initiated
    }

    /// What a checkpoint keeps: the hash too, by which the server will judge.
    fn state(&self, upload: &MultipartUpload, checkpoint: &Checkpoint) -> UploadState {
        UploadState::new(
            checkpoint.identity(),
            format!("{} {}", self.hash, upload.upload_id),
            self.part_size,
            upload.expires_at_ms.map(|ms| ms / 1000),
        )
    }

    /// Goes on with what an earlier call has begun, if it is of the same bytes.
    fn resume(&self, checkpoint: &Checkpoint) -> Option<Store<'_>> {
        let known = checkpoint.state()?;
        let (hash, upload_id) = known.upload.split_once(' ')?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        let is_alive = known.expires_at.is_none_or(|end| now + LAST_HOUR < end);
        if !is_alive || hash != self.hash || known.part_size != self.part_size {
            return None;
        }
        if self.is_one_part() {
            return None;
        }
        Some(Store {
            job: self,
            upload_id: upload_id.to_owned(),
            signs: Vec::new(),
            signed_at: Instant::now(),
            arrived: known.parts.keys().copied().collect(),
            checkpoint: None,
        })
    }

    fn uploaded(&self, url: String, instant: bool, call: &UploadCall<'_>) -> Upload {
        Upload {
            file: self.name.clone(),
            url: Some(url),
            share_secret: None,
            size: self.size,
            instant,
            attempts: call.call.attempts(),
        }
    }
}

/// The storage, for the parts of one upload.
struct Store<'s> {
    job: &'s Job<'s>,
    upload_id: String,
    signs: Vec<PartSign>,
    signed_at: Instant,
    arrived: Vec<u32>,
    checkpoint: Option<&'s mut Checkpoint>,
}

impl<'s> Store<'s> {
    fn new(job: &'s Job<'s>, upload: MultipartUpload) -> Self {
        Self {
            job,
            upload_id: upload.upload_id,
            signs: upload.signs,
            signed_at: Instant::now(),
            arrived: Vec::new(),
            checkpoint: None,
        }
    }

    fn sign_of(&self, part: &Part) -> Option<&PartSign> {
        self.signs.iter().find(|sign| sign.number == part.number)
    }

    fn sign(&mut self, number: u32, call: &mut Call) -> Result<()> {
        let job = self.job;
        if job.is_one_part() {
            return self.begin_again(call);
        }
        let numbers: Vec<u32> = (number..=job.md5s.len() as u32)
            .filter(|number| !self.arrived.contains(number))
            .take(SIGNED_AT_ONCE)
            .collect();
        let signs = job.backend.ask(
            job.engine,
            call,
            &|caller| {
                let app = &job.backend.app;
                app.auth_sign_request(caller, &self.upload_id, &numbers)
            },
            openim::read_part_signs,
        )?;
        self.signs = signs;
        self.signed_at = Instant::now();
        Ok(())
    }

    /// In place of a new signature.
    fn begin_again(&mut self, call: &mut Call) -> Result<()> {
        let job = self.job;
        let Initiated::Upload(upload) = job.initiate(call)? else {
            // Somebody else has uploaded the same; the next call finds it.
            return Err(Error::new(
                Status::Response,
                "the server has the file meanwhile; try again",
            )
            .with_phase(Phase::Receive)
            .retryable());
        };
        self.upload_id = upload.upload_id;
        self.signs = upload.signs;
        self.signed_at = Instant::now();
        Ok(())
    }
}

impl PartStore for Store<'_> {
    fn request(&mut self, part: &Part, call: &mut Call) -> Result<Request> {
        let is_fresh = self.signed_at.elapsed() < SIGNATURE_LIFE;
        if !is_fresh || self.sign_of(part).is_none() {
            self.sign(part.number, call)?;
        }
        let base_url = self.job.backend.app.base_url();
        let request = self.sign_of(part).map(PartSign::request);
        let request = request.map(|request| request.named_by_answer_of(base_url));
        request.ok_or_else(|| {
            Error::new(
                Status::Response,
                format!("OpenIM did not sign part {}; try again", part.number),
            )
            .with_phase(Phase::Receive)
        })
    }

    fn known_md5(&self, part: &Part) -> Option<String> {
        self.job.md5s.get(part.number as usize - 1).cloned()
    }

    fn reader(&self) -> fn(&Answer) -> Result<Option<String>> {
        |answer| openim::read_part(answer).map(Some)
    }

    fn renewals(&self, error: &Error) -> u32 {
        match error.remedy() {
            Some(Remedy::Permission) => parts::RENEWALS_MAX,
            Some(Remedy::PermissionOnce) => 1,
            _ => 0,
        }
    }

    fn renew(&mut self) {
        self.signs.clear();
    }

    fn stored(&mut self, part: &Part, receipt: Receipt) -> Result<()> {
        self.arrived.push(part.number);
        match &mut self.checkpoint {
            Some(checkpoint) => checkpoint.add(part.number, &receipt.md5),
            None => Ok(()),
        }
    }
}

/// Whether the server or its storage has nothing of the upload any more.
fn is_gone(error: &Error) -> bool {
    error.remedy() == Some(Remedy::Restart)
}

/// What tells one user of one server from another.
pub(super) fn account(base_url: &str, user_id: &str) -> String {
    let address = format!("{base_url}\n{user_id}");
    format!("openim {} ", digest::sha1_hex(&address))
}
