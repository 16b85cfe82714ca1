//! A client that has no service: it sends what others have presigned.

use super::engine::Engine;
use super::{
    Capability, DownloadCall, DownloadResult, UploadCall, UploadResult, download, json_download,
    unsupported,
};
use crate::error::{Error, Remedy, Result, Status};
use crate::presign::Presigned;
use crate::service::{Delivery, Profile};
use std::time::SystemTime;

/// Has no credentials, so every verb that needs some is refused.
pub(super) struct PresignedBackend;

impl super::Backend for PresignedBackend {
    fn profile(&self) -> Option<&'static Profile> {
        None
    }

    fn own_capabilities(&self) -> &'static [Capability] {
        &[]
    }

    fn upload(&self, _: &Engine, _: &mut UploadCall<'_>) -> Result<UploadResult> {
        let what = "upload but by presigned requests";
        Err(unsupported(self.name(), "upload", what))
    }

    fn download(&self, _: &Engine, _: &str, _: &mut DownloadCall<'_>) -> Result<DownloadResult> {
        let what = "download but by presigned requests";
        Err(unsupported(self.name(), "download", what))
    }
}

/// Sends a presigned upload.
pub(super) fn send(
    engine: &Engine,
    presigned: &Presigned,
    call: &mut UploadCall<'_>,
) -> Result<UploadResult> {
    if !presigned.is_upload() {
        return Err(Error::argument("presigned", "is a download"));
    }
    call.spool(presigned.max_size().unwrap_or(u64::MAX))?;
    let size = call.content.len();
    presigned.check_size(size)?;
    presigned.check_expiry(SystemTime::now())?;
    let request = presigned.request();
    if let Some(message) = &mut call.message {
        message.file_type = presigned.file_type().map(str::to_owned);
    }
    call.meter.start(Some(size))?;
    engine
        .attempt(call, |call| {
            let answer = engine.upload(&request, call)?;
            let stored = presigned.read_upload(&request, &answer);
            Ok(call.uploaded(stored.map_err(expired)?))
        })
        .map_err(about_the_request)
}

/// Sends a presigned download.
pub(super) fn receive(
    engine: &Engine,
    presigned: &Presigned,
    call: &mut DownloadCall<'_>,
) -> Result<DownloadResult> {
    if presigned.is_upload() {
        return Err(Error::argument("presigned", "is an upload"));
    }
    presigned.check_expiry(SystemTime::now())?;
    let delivery = presigned.delivery();
    let request = presigned.request();
    call.meter.start(None)?;
    engine
        .attempt(call, |call| match delivery {
            Delivery::Plain(reader) => {
                download::receive(engine, &request, *reader, call).map_err(expired)
            }
            Delivery::InJson(reader) => {
                let response = engine.request(&request, &mut call.call)?;
                json_download::receive(engine, &request.url, *reader, response, call)
            }
        })
        .map_err(about_the_request)
}

/// What would need another permission has none, where that of the request is all there is.
fn expired(error: Error) -> Error {
    if error.remedy() != Some(Remedy::Permission) || error.is_retryable() {
        return error;
    }
    let code = error.service_code().unwrap_or("no code").to_owned();
    let message = format!(
        "the storage refuses the presigned request as expired ({code}): get a new one; if it is \
         new, the clocks of service and storage differ"
    );
    error.with_status(Status::Expired).with_message(message)
}

/// Who sends a presigned request has no credentials to check, and no base URL.
fn about_the_request(error: Error) -> Error {
    if let Status::Forbidden | Status::NotFound | Status::Redirect = error.status() {
        let message = format!(
            "{error} (what is to be checked and set is with who made the presigned request)"
        );
        return error.with_message(message);
    }
    if error.status() != Status::Auth {
        return error;
    }
    let code = error.service_code().unwrap_or("no code").to_owned();
    error.with_message(format!(
        "the service refuses the presigned request ({code}): it has expired, or the clock or the \
         credentials of who made it are wrong; get a new one"
    ))
}
