//! The end of an upload: SMH makes a file of what the store has.

use super::SmhBackend;
use crate::client::UploadResult;
use crate::client::engine::Engine;
use crate::client::recovery::settle;
use crate::error::{Error, Phase, Result, Status};
use crate::message::Answer;
use crate::service::Stored;
use crate::service::smh::{self, Object, SmhPath, SmhUpload, UploadStatus};
use crate::text::clean;
use crate::transfer::call::Call;

impl SmhBackend {
    /// Confirms an upload. Without options, those of its beginning hold.
    pub(super) fn confirm(
        &self,
        engine: &Engine,
        key: &str,
        crc64: Option<u64>,
        options: Option<&SmhUpload>,
        call: &mut Call,
    ) -> Result<Object> {
        let request = |token: &str| self.library.confirm_request(token, key, crc64, options);
        let confirmed = self.ask(engine, call, &request, smh::read_confirm);
        settle(confirmed, call, |_, call| {
            let request = |token: &str| self.library.state_request(token, key);
            let read = |answer: &Answer| self.library.read_state(answer, key);
            let state = self.ask(engine, call, &request, read)?;
            self.file_of(engine, &state, call)
        })
    }

    /// The file that an upload has made, if it is over.
    pub(super) fn file_of(
        &self,
        engine: &Engine,
        state: &UploadStatus,
        call: &mut Call,
    ) -> Result<Option<Object>> {
        let Some(path) = state.path.as_ref().filter(|_| state.confirmed) else {
            return Ok(None);
        };
        let place = SmhPath::file("path", path)?;
        let info = self.info_of(engine, call, &place)?;
        Ok(Some(Object {
            path: path.clone(),
            info,
            is_looked_up: true,
        }))
    }
}

/// The file is there; what SMH says of it must be true of what was sent, or with no digest of
/// that, of what was announced.
pub(super) fn verified(
    object: Object,
    size: u64,
    crc64: Option<u64>,
    call: &Call,
) -> Result<UploadResult> {
    let differs = |stated: Option<u64>, ours| stated.is_some_and(|stated| stated != ours);
    if differs(object.info.size, size)
        || crc64.is_some_and(|crc64| differs(object.info.crc64_value(), crc64))
    {
        let path = clean(&object.path);
        let error = if object.is_looked_up {
            let text =
                format!("the upload was completed before, and {path} is another file by now");
            Error::new(Status::Conflict, text)
        } else {
            let what = match crc64 {
                Some(_) => "other bytes than were sent; delete it and try again",
                None => "another size than was announced; delete it and presign anew",
            };
            let text = format!("SMH has stored {path} with {what}");
            Error::new(Status::Integrity, text).with_file(object.path)
        };
        return Err(error.with_phase(Phase::Receive).with_http_status(200));
    }
    Ok(uploaded(object, size, call))
}

/// The result of an upload.
pub(super) fn uploaded(object: Object, size: u64, call: &Call) -> UploadResult {
    UploadResult {
        content_cas: object.info.content_cas,
        ..UploadResult::new(Stored::named(object.path), size, call.attempts())
    }
}
