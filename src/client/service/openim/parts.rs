//! Uploads to OpenIM in parts: hash, initiate, send, complete. The server knows
//! a file by its hash, so what it has already is not sent.

use super::OpenimBackend;
use crate::client::engine::Engine;
use crate::client::parts::{Arrived, Begun, Found, Part, UploadId, UploadInParts};
use crate::client::recovery::settle;
use crate::client::{UploadCall, UploadResult};
use crate::digest::{self, OpenimHasher};
use crate::error::{Error, Phase, Result, Status};
use crate::message::{Answer, Request};
use crate::service::openim::{
    self, Initiated, MultipartStart, MultipartUpload, OpenimUpload, PartLimits, PartSign,
};
use crate::service::{Stored, StoredDigests};
use crate::threads::lock;
use crate::transfer::call::Call;
use crate::transfer::checkpoint::UploadState;
use std::sync::MutexGuard;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// OpenIM's own SDK signs again after this long (openim.md §2.5).
const SIGNATURE_LIFE: Duration = Duration::from_secs(60);

/// Nor does it go on with an upload in its last hour.
const LAST_HOUR: u64 = 3600;

/// One file on its way to one name.
pub(super) struct OpenimFileUpload<'u> {
    backend: &'u OpenimBackend,
    engine: &'u Engine,
    name: String,
    content_type: String,
    cause: Option<String>,
    size: u64,
    part_size: u64,
    /// The MD5 of each part, and the hash of them all.
    md5s: Vec<String>,
    hash: String,
}

/// An upload that the server has begun.
pub(super) struct OpenimSession {
    upload_id: String,
    /// Seconds since 1970 UTC.
    expires_at: Option<u64>,
    signs: Vec<PartSign>,
    signed_at: Instant,
}

impl From<MultipartUpload> for OpenimSession {
    fn from(upload: MultipartUpload) -> Self {
        Self {
            upload_id: upload.upload_id,
            expires_at: upload.expires_at_ms.map(|ms| ms / 1000),
            signs: upload.signs,
            signed_at: Instant::now(),
        }
    }
}

impl OpenimBackend {
    /// What was said of parts, which holds until the server says otherwise.
    fn part_limits(&self) -> MutexGuard<'_, Option<PartLimits>> {
        lock(&self.part_limits)
    }
}

impl<'u> OpenimFileUpload<'u> {
    pub(super) fn new(
        backend: &'u OpenimBackend,
        engine: &'u Engine,
        name: String,
        options: OpenimUpload,
        call: &UploadCall<'_>,
    ) -> Result<Self> {
        if !call.content.can_rewind() {
            return Err(Error::new(
                Status::Unsupported,
                "source: an upload in parts reads the source twice (the server wants the hash \
                 first); give a file, a buffer or a rewind callback, or upload by form",
            )
            .with_field("source"));
        }
        Ok(Self {
            backend,
            engine,
            name,
            content_type: call.file.media_type.clone(),
            // The server keeps both in one place, and takes there what is said here.
            cause: options.cause.or(options.group),
            size: call.content.len(),
            part_size: 0,
            md5s: Vec::new(),
            hash: String::new(),
        })
    }

    /// It is signed when it is begun, and never again (openim.md §2.5): so it
    /// begins anew in each call, and when it has to be signed again.
    fn is_one_part(&self) -> bool {
        self.md5s.len() == 1
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
        let app = &self.backend.app;
        self.backend.ask(
            self.engine,
            call,
            &|caller| app.initiate_multipart_request(caller, &self.start()),
            |answer| openim::read_initiated(&self.name, self.part_size, answer),
        )
    }

    /// The URL of the file, if the server has its bytes, which it knows by their hash. What
    /// it begins otherwise is without parts, and it forgets it.
    fn stored(&self, call: &mut Call) -> Result<Option<String>> {
        Ok(match self.initiate(call)? {
            Initiated::Stored { url } => Some(url),
            Initiated::Upload(_) => None,
        })
    }

    fn limits(&self, anew: bool, call: &mut Call) -> Result<PartLimits> {
        let known = *self.backend.part_limits();
        if let Some(limits) = known.filter(|_| !anew) {
            return Ok(limits);
        }
        let app = &self.backend.app;
        let limits = self.backend.ask(
            self.engine,
            call,
            &|caller| app.part_limit_request(caller),
            openim::read_part_limits,
        )?;
        Ok(*self.backend.part_limits().insert(limits))
    }

    fn uploaded(&self, url: String, call: &Call) -> UploadResult {
        let stored = Stored {
            url: Some(url),
            ..Stored::named(self.name.clone())
        };
        UploadResult::new(stored, self.size, call.attempts())
    }
}

impl UploadInParts for OpenimFileUpload<'_> {
    type Session = OpenimSession;

    fn target(&self) -> String {
        format!("{}{}", self.backend.account, self.name)
    }

    /// Reads the file, by whose hash the server knows it.
    fn plan(&mut self, anew: bool, call: &mut UploadCall<'_>) -> Result<u64> {
        let limits = self.limits(anew, &mut call.call)?;
        self.part_size = limits.part_size(self.size)?;
        let mut hasher = OpenimHasher::new(self.part_size);
        call.hash(0..self.size, &mut hasher)?;
        self.md5s = hasher.parts();
        self.hash = hasher.hash();
        Ok(self.part_size)
    }

    fn begin(&self, call: &mut UploadCall<'_>) -> Result<Begun<OpenimSession>> {
        Ok(match self.initiate(&mut call.call)? {
            Initiated::Stored { url } => Begun::Done(Box::new(self.uploaded(url, &call.call))),
            Initiated::Upload(upload) => Begun::Going(upload.into()),
        })
    }

    /// The server cannot be asked which parts it has. One that it has lost shows
    /// when the upload is completed. But it may have the file by now: this upload was
    /// completed, and nothing was heard of it, or somebody else has sent the same.
    fn find(&self, known: &UploadState, call: &mut Call) -> Result<Found<OpenimSession>> {
        let Some((hash, upload_id)) = known.upload.split_once(' ') else {
            return Ok(Found::Nothing);
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let is_alive = now.is_ok_and(|now| {
            let end = known.expires_at;
            end.is_none_or(|end| now.as_secs() + LAST_HOUR < end)
        });
        let is_same = hash == self.hash && known.part_size == self.part_size;
        if !is_alive || !is_same || self.is_one_part() {
            return Ok(Found::Nothing);
        }
        if let Some(url) = self.stored(call)? {
            return Ok(Found::Stored(Box::new(self.uploaded(url, call))));
        }
        let session = OpenimSession {
            upload_id: upload_id.to_owned(),
            expires_at: known.expires_at,
            signs: Vec::new(),
            signed_at: Instant::now(),
        };
        Ok(Found::Going(session, Arrived::AsNoted))
    }

    /// The hash too, by which the server will judge.
    fn id(&self, session: &OpenimSession) -> Option<UploadId> {
        (!self.is_one_part()).then(|| UploadId {
            upload: format!("{} {}", self.hash, session.upload_id),
            expires_at: session.expires_at,
        })
    }

    fn fresh_until(&self, session: &OpenimSession) -> Option<Instant> {
        session.signed_at.checked_add(SIGNATURE_LIFE)
    }

    fn request(&self, session: &OpenimSession, part: &Part) -> Option<Request> {
        let is_its = |sign: &&PartSign| sign.number == part.number;
        let sign = session.signs.iter().find(is_its)?;
        Some(self.backend.app.part_request(sign))
    }

    fn renew(&self, session: &mut OpenimSession, missing: &[u32], call: &mut Call) -> Result<()> {
        if self.is_one_part() {
            let Initiated::Upload(upload) = self.initiate(call)? else {
                // Somebody else has uploaded the same: beginning anew finds it.
                let what = "the server has the file meanwhile; try again";
                let error = Error::new(Status::Response, what).with_phase(Phase::Receive);
                return Err(error.retryable());
            };
            *session = upload.into();
            return Ok(());
        }
        let app = &self.backend.app;
        session.signs = self.backend.ask(
            self.engine,
            call,
            &|caller| app.auth_sign_request(caller, &session.upload_id, missing),
            openim::read_part_signs,
        )?;
        session.signed_at = Instant::now();
        Ok(())
    }

    fn md5(&self, part: &Part) -> Option<String> {
        self.md5s.get(part.number as usize - 1).cloned()
    }

    fn reader(&self) -> fn(&Answer) -> Result<StoredDigests> {
        |answer| {
            let md5 = Some(openim::read_part(answer)?);
            Ok(StoredDigests { md5, crc64: None })
        }
    }

    fn complete(
        &self,
        session: &OpenimSession,
        _: u64,
        _: Option<u64>,
        call: &mut Call,
    ) -> Result<UploadResult> {
        let app = &self.backend.app;
        let completed = self.backend.ask(
            self.engine,
            call,
            &|caller| {
                let start = self.start();
                app.complete_multipart_request(caller, &session.upload_id, &self.md5s, &start)
            },
            |answer| openim::read_url(&self.name, answer),
        );
        let url = settle(completed, call, |_, call| self.stored(call))?;
        Ok(self.uploaded(url, call))
    }
}

/// What tells one user of one server from another.
pub(super) fn account(base_url: &str, user_id: &str) -> String {
    let address = format!("{base_url}\n{user_id}");
    format!("openim {} ", digest::sha1_hex(&address))
}
