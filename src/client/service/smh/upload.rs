//! Uploads to SMH: begin, send to the store, confirm; what SMH has already is
//! not sent.

use super::confirm::{uploaded, verified};
use super::{PROFILE, SmhBackend};
use crate::client::clock::fresh_until;
use crate::client::engine::Engine;
use crate::client::parts::{Arrived, Begun, Found, Part, UploadId, UploadInParts};
use crate::client::recovery::settle;
use crate::client::{NewFile, UploadCall, UploadResult, unsupported};
use crate::digest::{Crc64, SMH_PIECE, SmhHasher};
use crate::error::{Error, Remedy, Result, Status};
use crate::message::{Answer, Head, Request};
use crate::random;
use crate::service::smh::{
    self, BeginAnswer, Hashes, Object, SmhConflict, SmhPath, SmhUpload, StoreSession, StoreTarget,
    UploadKind, Way,
};
use crate::service::{self, StoredDigests};
use crate::transfer::call::Call;
use crate::transfer::checkpoint::UploadState;
use crate::transfer::retry::Once;
use crate::transfer::retry::Retryable;
use std::time::{Duration, Instant, UNIX_EPOCH};

/// The first piece of the chained hash, and the smallest file that SMH is
/// asked for by its hash (smh.md §1.4).
const BEGINNING: u64 = SMH_PIECE as u64;

/// Credentials are renewed when less of their life is left (smh.md §1.6), or a
/// tenth of it.
const MARGIN: Duration = Duration::from_secs(300);

/// A connection that was idle for so long may be gone without a word.
const IDLE: Duration = Duration::from_secs(5);

/// One file on its way to one path.
pub(super) struct SmhFileUpload<'u> {
    backend: &'u SmhBackend,
    engine: &'u Engine,
    pub(super) options: SmhUpload,
    pub(super) path: SmhPath,
    way: Way,
    /// `None`: it comes in parts, nobody knows how many.
    size: Option<u64>,
    file_name: String,
    content_type: String,
}

/// An upload that SMH knows.
pub(super) struct SmhSession {
    confirm_key: String,
    /// What an upload in parts goes by at the store.
    upload_id: Option<String>,
    /// Where the bytes go, with credentials; `None` until they are asked for.
    target: Option<StoreTarget>,
    /// Until when the credentials are good.
    fresh_until: Option<Instant>,
}

impl SmhSession {
    /// One whose credentials were handed out by this answer.
    fn new(session: StoreSession, head: &Head) -> Self {
        // Both by the clock of SMH, so that no clock here matters.
        let now = service::date(head).and_then(|date| date.duration_since(UNIX_EPOCH).ok());
        let life = session
            .expires_at
            .zip(now)
            .map(|(end, now)| Duration::from_secs(end).saturating_sub(now));
        Self {
            confirm_key: session.confirm_key,
            upload_id: session.upload_id,
            target: Some(session.target),
            fresh_until: life.and_then(|life| fresh_until(life, MARGIN)),
        }
    }
}

/// What comes of a beginning by the whole hash.
enum ByHash {
    Answered((BeginAnswer, Head)),
    /// No answer came, but the file is there.
    Made(Object),
    NotMade,
}

impl<'u> SmhFileUpload<'u> {
    pub(super) fn new(
        options: SmhUpload,
        backend: &'u SmhBackend,
        engine: &'u Engine,
        size: Option<u64>,
        file: &NewFile,
        is_resumable: bool,
    ) -> Result<Self> {
        let way = Way::new(size, &options, is_resumable)?;
        if options.content_cas.is_some() && backend.library.is_private() {
            let what = "overwrite only what is unchanged in a private deployment, which would \
                        overwrite it all the same";
            return Err(unsupported(PROFILE.name, "content_cas", what));
        }
        Ok(Self {
            backend,
            engine,
            path: SmhPath::new(options.directory.as_deref(), &file.name)?,
            options,
            way,
            size,
            file_name: file.name.clone(),
            content_type: file.media_type.clone(),
        })
    }

    fn ask<C: Retryable, T>(
        &self,
        context: &mut C,
        request: &dyn Fn(&str) -> Request,
        read: impl Fn(&Answer) -> Result<T>,
    ) -> Result<T> {
        self.backend.ask(self.engine, context, request, read)
    }

    /// One call, or more if the folder has to be made first. An upload that has
    /// begun and cannot go on is given up.
    fn begin_with(
        &self,
        hashes: Option<&Hashes<'_>>,
        call: &mut Call,
    ) -> Result<(BeginAnswer, Head)> {
        let mut may_make = self.options.create_directories;
        let library = &self.backend.library;
        loop {
            let request = |token: &str| {
                library.begin_request(
                    token,
                    &self.path,
                    self.way,
                    &self.options,
                    self.size,
                    hashes,
                )
            };
            let read = |answer: &Answer| {
                Ok((
                    library.read_begin(answer, self.way.kind)?,
                    answer.head.clone(),
                ))
            };
            // With the whole hash it may make the file, which is not to be there twice.
            let begun = match hashes.and_then(|hashes| hashes.full) {
                Some(_) => self.ask(&mut Once(&mut *call), &request, read),
                None => self.ask(call, &request, read),
            };
            match (begun, self.path.parent()) {
                (Ok((BeginAnswer::Stuck { confirm_key, error }, _)), _) => {
                    return Err(self.give_up(error, &confirm_key, call));
                }
                (Err(error), Some(parent))
                    if may_make && error.remedy() == Some(Remedy::Folder) =>
                {
                    may_make = false;
                    let request = |token: &str| library.create_directory_request(token, &parent);
                    self.ask(call, &request, smh::read_create_directory)?;
                }
                (Err(error), Some(_))
                    if self.options.create_directories
                        && error.remedy() == Some(Remedy::Folder) =>
                {
                    let text = format!("{}: a file has the name of the folder", error.message());
                    return Err(error.with_status(Status::Conflict).with_message(text));
                }
                (result, _) => return result,
            }
        }
    }

    /// The same for a file that is sent whatever SMH has.
    pub(super) fn begin_to_send(&self, call: &mut Call) -> Result<(StoreSession, Head)> {
        match self.begin_with(None, call)? {
            (BeginAnswer::Upload(session), head) => Ok((session, head)),
            (_, head) => Err(unasked(head)),
        }
    }

    /// What has become of a beginning by the whole hash whose answer was lost, if it can be told.
    fn made_by_hash(&self, size: u64, crc64: u64, call: &mut Call) -> Result<Option<ByHash>> {
        let path = &self.path;
        match self.backend.info_of(self.engine, call, path) {
            Ok(info) if (info.size, info.crc64_value()) == (Some(size), Some(crc64)) => {
                Ok(Some(ByHash::Made(Object {
                    path: path.as_str().to_owned(),
                    info,
                    is_looked_up: true,
                })))
            }
            // It may have got another name.
            Ok(_) if self.options.conflict == SmhConflict::Rename => Ok(None),
            Ok(_) => Ok(Some(ByHash::NotMade)),
            Err(absent) if absent.status() == Status::NotFound => Ok(Some(ByHash::NotMade)),
            Err(unknown) => Err(unknown),
        }
    }

    /// In place of new credentials, which there are for parts only (smh.md §1.6).
    fn begin_again(&self, session: &SmhSession, call: &mut Call) -> Result<SmhSession> {
        // The new one takes its place; if it cannot be told, SMH forgets it.
        let _ = self.cancel(&session.confirm_key, call);
        let (session, head) = self.begin_to_send(call)?;
        Ok(SmhSession::new(session, &head))
    }

    /// After a failure that no call can go on from: nothing is left behind. If SMH
    /// cannot be told, it forgets the upload some day.
    pub(super) fn give_up(&self, error: Error, key: &str, call: &mut Call) -> Error {
        let _ = self.cancel(key, call);
        error
    }
}

impl UploadInParts for SmhFileUpload<'_> {
    type Session = SmhSession;

    fn target(&self) -> String {
        format!("{}{}", self.backend.account, self.path.as_str())
    }

    fn plan(&mut self, _: bool, _: &mut UploadCall<'_>) -> Result<u64> {
        Ok(self.way.part_size)
    }

    fn is_divisible(&self) -> bool {
        self.way.is_divisible()
    }

    fn divide(&mut self) {
        self.way.divide();
    }

    /// SMH may have the bytes already, which it is asked by their hash: first by that of their
    /// beginning.
    fn begin(&self, call: &mut UploadCall<'_>) -> Result<Begun<SmhSession>> {
        let mut hasher = (SmhHasher::new(), Crc64::new());
        // A stream of unknown length cannot be read for that, and then be sent.
        let size = self.size.unwrap_or(0);
        if !self.options.skip_instant && size >= BEGINNING && call.content.can_rewind() {
            call.hash(0..BEGINNING, &mut hasher)?;
        }
        let beginning = hasher.0.beginning();
        let hashes = beginning.as_deref().map(|beginning| Hashes {
            beginning,
            full: None,
        });
        let answered = self.begin_with(hashes.as_ref(), &mut call.call)?;
        let (BeginAnswer::NeedsFullHash, Some(beginning)) = (&answered.0, &beginning) else {
            // Of the smallest file that is asked for, the beginning is all.
            let is_whole = beginning.is_some() && size == BEGINNING;
            let crc64 = is_whole.then(|| hasher.1.value());
            return begun(answered, size, crc64, &call.call);
        };
        let started = Instant::now();
        call.hash(BEGINNING..size, &mut hasher)?;
        let full = hasher.0.hashes().full;
        if started.elapsed() > IDLE {
            self.engine.use_new_connection();
        }
        let hashes = Hashes {
            beginning,
            full: Some(&full),
        };
        let crc64 = hasher.1.value();
        let answered = self.begin_with(Some(&hashes), &mut call.call);
        let fate = settle(answered.map(ByHash::Answered), &mut call.call, |_, call| {
            self.made_by_hash(size, crc64, call)
        })?;
        match fate {
            ByHash::Answered(answered) => begun(answered, size, Some(crc64), &call.call),
            ByHash::Made(object) => instant(object, size, Some(crc64), &call.call),
            // It is sent, then.
            ByHash::NotMade => {
                let (session, head) = self.begin_to_send(&mut call.call)?;
                Ok(Begun::Going(SmhSession::new(session, &head)))
            }
        }
    }

    fn find(&self, known: &UploadState, call: &mut Call) -> Result<Found<SmhSession>> {
        let library = &self.backend.library;
        let request = |token: &str| library.state_request(token, &known.upload);
        let read = |answer: &Answer| {
            let state = library.read_state(answer, &known.upload)?;
            Ok((state, answer.head.clone()))
        };
        let (state, head) = self.ask(call, &request, read)?;
        if state.confirmed {
            let object = match self.backend.file_of(self.engine, &state, call) {
                // It was moved since, or deleted.
                Err(error) if error.status() == Status::NotFound => None,
                object => object?,
            };
            return Ok(object.map_or(Found::Nothing, |object| Found::Done {
                crc64: object.info.crc64_value(),
                file: Box::new(uploaded(object, self.size.unwrap_or(0), call)),
            }));
        }
        let in_parts = self.way.kind == UploadKind::Parts && state.upload_id.is_some();
        if !in_parts {
            return Ok(Found::Useless);
        }
        let arrived = Arrived::Listed {
            is_cut: state.is_list_cut(),
            parts: state.parts,
        };
        let session = match state.session {
            Some(session) => SmhSession::new(session, &head),
            None => SmhSession {
                confirm_key: known.upload.clone(),
                upload_id: state.upload_id,
                target: None,
                fresh_until: None,
            },
        };
        Ok(Found::Going(session, arrived))
    }

    fn id(&self, session: &SmhSession) -> Option<UploadId> {
        Some(UploadId {
            upload: session.confirm_key.clone(),
            expires_at: None,
        })
    }

    fn fresh_until(&self, session: &SmhSession) -> Option<Instant> {
        session.fresh_until
    }

    fn request(&self, session: &SmhSession, part: &Part) -> Option<Request> {
        let library = &self.backend.library;
        let target = session.target.as_ref()?;
        match self.way.kind {
            UploadKind::Simple => Some(library.simple_request(target)),
            UploadKind::Form => Some(library.form_request(
                target,
                &random::token(),
                &self.file_name,
                &self.content_type,
            )),
            UploadKind::Parts => {
                library.part_request(target, session.upload_id.as_deref(), part.number)
            }
        }
    }

    fn renew(&self, session: &mut SmhSession, missing: &[u32], call: &mut Call) -> Result<()> {
        if self.way.kind != UploadKind::Parts {
            *session = self.begin_again(session, call)?;
            return Ok(());
        }
        let library = &self.backend.library;
        let key = &session.confirm_key;
        let upload_id = session.upload_id.as_deref().unwrap_or_default();
        let limit = self.options.traffic_limit;
        let request = |token: &str| library.renew_request(token, key, limit, missing);
        let read = |answer: &Answer| {
            let session = library.read_renew(answer, key, upload_id)?;
            Ok(SmhSession::new(session, &answer.head))
        };
        *session = self.ask(call, &request, read)?;
        Ok(())
    }

    fn states_crc64(&self, session: &SmhSession) -> bool {
        let target = session.target.as_ref();
        target.is_some_and(StoreTarget::is_cos)
    }

    fn reader(&self) -> fn(&Answer) -> Result<StoredDigests> {
        smh::read_stored
    }

    fn complete(
        &self,
        session: &SmhSession,
        size: u64,
        crc64: Option<u64>,
        call: &mut Call,
    ) -> Result<UploadResult> {
        let key = &session.confirm_key;
        let options = Some(&self.options);
        let object = self
            .backend
            .confirm(self.engine, key, crc64, options, call)?;
        verified(object, size, crc64, call)
    }

    fn cancel(&self, upload: &str, call: &mut Call) -> Result<()> {
        call.briefly(|call| self.backend.cancel_upload(self.engine, upload, call))
    }
}

/// What an upload has begun with. `crc64` is that of all bytes, if SMH has been told the hash of all of them: else it
/// cannot know that it has them.
fn begun(
    (answer, head): (BeginAnswer, Head),
    size: u64,
    crc64: Option<u64>,
    call: &Call,
) -> Result<Begun<SmhSession>> {
    match answer {
        BeginAnswer::Upload(session) => Ok(Begun::Going(SmhSession::new(session, &head))),
        BeginAnswer::Done(object) if crc64.is_some() => instant(object, size, crc64, call),
        BeginAnswer::Done(_) | BeginAnswer::NeedsFullHash | BeginAnswer::Stuck { .. } => {
            Err(unasked(head))
        }
    }
}

/// The file was made at once, of bytes that SMH has.
fn instant(
    object: Object,
    size: u64,
    crc64: Option<u64>,
    call: &Call,
) -> Result<Begun<SmhSession>> {
    verified(object, size, crc64, call).map(|file| Begun::Done(Box::new(file)))
}

/// SMH asks for a hash that it was not asked about, or has got; or says to have bytes that it was told nothing of.
fn unasked(head: Head) -> Error {
    let answer = Answer {
        head,
        ..Answer::default()
    };
    service::unexpected(PROFILE.name, "an upload", &answer)
}
