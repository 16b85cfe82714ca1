//! A client that has no service: it sends what others have presigned.

use super::engine::Engine;
use super::{
    Capability, Download, DownloadCall, Upload, UploadCall, download, easemob, huawei, netease,
    openim, smh, unsupported,
};
use crate::error::{Error, Result, Status};
use crate::presign::{Operation, Presigned};
use crate::service::smh::stated_crc64;
use std::time::SystemTime;

const NAME: &str = "a client without a service";

/// Has no credentials, so every verb that needs some is refused.
pub(super) struct Backend;

impl super::Backend for Backend {
    fn name(&self) -> &'static str {
        NAME
    }

    fn options_field(&self) -> &'static str {
        ""
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[]
    }

    fn upload(&self, _: &Engine, _: &mut UploadCall<'_>) -> Result<Upload> {
        Err(unsupported(
            NAME,
            "upload",
            "upload but by presigned requests",
        ))
    }

    fn download(&self, _: &Engine, _: &str, _: &mut DownloadCall<'_>) -> Result<Download> {
        Err(unsupported(
            NAME,
            "download",
            "download but by presigned requests",
        ))
    }
}

/// Sends a presigned upload.
pub(super) fn send(
    engine: &Engine,
    presigned: &Presigned,
    call: &mut UploadCall<'_>,
) -> Result<Upload> {
    let operation = presigned.operation();
    if !operation.is_upload() {
        return Err(Error::argument("presigned", "is a download"));
    }
    let size = call.content.len();
    presigned.check_size(size)?;
    presigned.check_expiry(SystemTime::now())?;
    let request = presigned.request();
    call.meter.start(Some(size))?;
    engine
        .attempt(call, |call| {
            let answer = engine.upload(&request, call)?;
            match operation {
                Operation::NeteaseUpload | Operation::NeteaseDownload => {
                    netease::read_upload(&request, &answer, call)
                }
                Operation::EasemobUpload | Operation::EasemobDownload => {
                    easemob::read_upload(&request, &answer, call)
                }
                Operation::OpenimUpload | Operation::OpenimDownload => {
                    openim::read_presigned(presigned, &answer, call)
                }
                Operation::HuaweiUpload | Operation::HuaweiDownload => {
                    huawei::read_upload(&answer, call)
                }
                Operation::SmhUpload | Operation::SmhDownload => {
                    smh::read_presigned(presigned, &answer, call)
                }
            }
        })
        .map_err(about_the_request)
}

/// Sends a presigned download.
pub(super) fn receive(
    engine: &Engine,
    presigned: &Presigned,
    call: &mut DownloadCall<'_>,
) -> Result<Download> {
    let operation = presigned.operation();
    if operation.is_upload() {
        return Err(Error::argument("presigned", "is an upload"));
    }
    presigned.check_expiry(SystemTime::now())?;
    if operation == Operation::SmhDownload {
        call.checksum = Some(super::Checksum::new(stated_crc64));
    }
    let request = presigned.request();
    call.meter.start(None)?;
    engine
        .attempt(call, |call| {
            if operation == Operation::HuaweiDownload {
                let response = engine.request(&request, &mut call.call)?;
                return huawei::receive(engine, &request.url, response, call);
            }
            download::receive(engine, &request, operation.file_reader(), call)
        })
        .map_err(about_the_request)
}

/// Who sends a presigned request has no credentials to check.
fn about_the_request(error: Error) -> Error {
    if error.status() != Status::Auth {
        return error;
    }
    let code = error.service_code().unwrap_or("no code").to_owned();
    error.with_message(format!(
        "the service refuses the presigned request ({code}): it has expired, or the clock or the \
         credentials of who made it are wrong; get a new one"
    ))
}
