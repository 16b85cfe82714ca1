//! What a service says of an upload in parts to it.

use super::layout::Part;
use crate::client::options::UploadResult;
use crate::client::upload_call::UploadCall;
use crate::error::{Error, Result, Status};
use crate::message::{Answer, Request};
use crate::service::{StoredDigests, StoredPart};
use crate::transfer::call::Call;
use crate::transfer::checkpoint::UploadState;
use std::time::Instant;

/// One file on its way to a service that takes files in parts. A file that goes
/// in one request is one part. Used on the calling thread only.
///
/// What an error's [`Remedy`](crate::error::Remedy) is, the driver does:
/// `Permission` and `PermissionOnce` of a part, it has the permission renewed;
/// `Restart`, it begins anew what an earlier call has begun; `Resend`, it begins
/// anew as often as attempts are made; `Limits`, it plans and begins again, once; `Divide`,
/// it divides the file, and begins anew.
pub(in super::super) trait UploadInParts {
    /// An upload that the service has begun: what it is known by, and the
    /// permission to send parts of it.
    type Session;

    /// Of which account of which service the file will be, and under what name.
    fn target(&self) -> String;

    /// The size of each part but the last. A hash that the service wants
    /// beforehand is made here. `anew`: what the service has said of parts does
    /// not hold any more.
    fn plan(&mut self, anew: bool, call: &mut UploadCall<'_>) -> Result<u64>;

    /// Whether a file that is to go in one request may go in parts after all.
    fn is_divisible(&self) -> bool {
        false
    }

    /// From the next plan on, the file goes in parts.
    fn divide(&mut self) {}

    /// Begins an upload.
    fn begin(&self, call: &mut UploadCall<'_>) -> Result<Begun<Self::Session>>;

    /// What has become of an upload that an earlier call has begun.
    fn find(&self, known: &UploadState, call: &mut Call) -> Result<Found<Self::Session>>;

    /// What a later call finds the upload by; `None` if it cannot be gone on with.
    fn id(&self, session: &Self::Session) -> Option<UploadId>;

    /// Until when the permission is good; `None`: until it is refused.
    fn fresh_until(&self, session: &Self::Session) -> Option<Instant>;

    /// The request that sends a part, if it is permitted.
    fn request(&self, session: &Self::Session, part: &Part) -> Option<Request>;

    /// Gets another permission, for these parts, which are still to be sent, or
    /// for the first of them. A file of one part may be begun again for that.
    fn renew(&self, session: &mut Self::Session, missing: &[u32], call: &mut Call) -> Result<()>;

    /// The MD5 of a part, where it is known before the part is sent; else it is
    /// computed on the way.
    fn md5(&self, part: &Part) -> Option<String> {
        let _ = part;
        None
    }

    /// Whether the answers to parts state the CRC-64 of what has arrived, as far as that
    /// is known before; then no MD5 is computed on the way.
    fn states_crc64(&self, session: &Self::Session) -> bool {
        let _ = session;
        false
    }

    /// Reads the answer to a part: what is said of what has arrived. Runs on any thread.
    fn reader(&self) -> fn(&Answer) -> Result<StoredDigests>;

    /// All parts have arrived: has the file of so many bytes made of them. The CRC-64 is
    /// that of the file, unless MD5s were known before.
    fn complete(
        &self,
        session: &Self::Session,
        size: u64,
        crc64: Option<u64>,
        call: &mut Call,
    ) -> Result<UploadResult>;

    /// Makes the service forget an upload, which is known by what
    /// [`UploadInParts::id`] has said. It is not [waited for long](Call::briefly).
    fn cancel(&self, upload: &str, call: &mut Call) -> Result<()> {
        let _ = (upload, call);
        let what = "uploads to this service cannot be cancelled; it forgets them";
        Err(Error::new(Status::Unsupported, what))
    }
}

/// How an upload begins.
pub(in super::super) enum Begun<S> {
    /// The service has the bytes already, and the file is there.
    Done(Box<UploadResult>),
    Going(S),
}

/// What became of an upload that an earlier call has begun.
pub(in super::super) enum Found<S> {
    /// The service has nothing that could be gone on with.
    Nothing,
    /// It has what is of no use, and is told to forget it.
    Useless,
    /// The file is there, if these are its bytes.
    Done {
        file: Box<UploadResult>,
        crc64: Option<u64>,
    },
    /// It has these bytes by now, which it knows by a hash, and the file is there.
    Stored(Box<UploadResult>),
    Going(S, Arrived),
}

/// What has arrived of an upload that an earlier call has begun.
pub(in super::super) enum Arrived {
    /// The parts of the checkpoint: the service knows the whole file by a hash,
    /// which is that of this file.
    AsNoted,
    /// The parts of this list, as far as they have the bytes of this file.
    Listed {
        parts: Vec<StoredPart>,
        /// There may be more.
        is_cut: bool,
    },
}

/// What a later call finds an upload by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct UploadId {
    pub(in super::super) upload: String,
    /// When the service forgets it: seconds since 1970 UTC.
    pub(in super::super) expires_at: Option<u64>,
}
