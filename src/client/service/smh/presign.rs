//! An upload that a program without a token sends.

use super::SmhBackend;
use super::confirm::verified;
use super::upload::SmhFileUpload;
use crate::client::backend::not_to_complete;
use crate::client::engine::Engine;
use crate::client::{NewFile, UploadResult, own};
use crate::error::{Error, Result};
use crate::presign::{Presigned, Terms};
use crate::service::smh::{PROFILE, SmhUpload, SmhUploadMethod};
use crate::transfer::call::Call;

/// The request that sends a file of this size to the store; who has a token
/// confirms it afterwards.
pub(super) fn upload(
    backend: &SmhBackend,
    engine: &Engine,
    size: Option<u64>,
    file: &NewFile,
    call: &mut Call,
) -> Result<Presigned> {
    let size = size.ok_or_else(|| Error::argument("size", "SMH has to be told it"))?;
    let mut options: SmhUpload = own(file.service.as_ref());
    if let SmhUploadMethod::Form | SmhUploadMethod::Parts = options.method {
        let what = "what is presigned is one PUT: leave it automatic or simple";
        return Err(Error::argument("method", what));
    }
    if options.content_cas.is_some() {
        // Who completes it would have to say it once more.
        let what =
            "goes with an upload, and not with a presigned one, which is completed without it";
        return Err(Error::argument("content_cas", what));
    }
    options.method = SmhUploadMethod::Simple;
    let upload = SmhFileUpload::new(options, backend, engine, Some(size), file, false)?;
    let (session, _) = upload.begin_to_send(call)?;
    let key = session.confirm_key.clone();
    let presigned = engine.presigned(
        backend.library.simple_request(&session.target),
        Terms {
            expires_at: session.expires_at,
            max_size: Some(size),
            file: Some(upload.path.as_str().to_owned()),
            completion: Some(session.confirm_key),
            ..Terms::upload(&PROFILE)
        },
    );
    presigned.map_err(|error| upload.give_up(error, &key, call))
}

/// Confirms what such a request has sent.
pub(super) fn complete(
    backend: &SmhBackend,
    engine: &Engine,
    presigned: &Presigned,
    call: &mut Call,
) -> Result<UploadResult> {
    let (true, Some(key)) = (presigned.uploads_to(&PROFILE), presigned.completion()) else {
        return Err(not_to_complete(presigned));
    };
    let object = backend.confirm(engine, key, None, None, call)?;
    // It was made for a file of this size. The store takes any, and SMH says of none before
    // (smh.md §1.7).
    let size = presigned.max_size().unwrap_or_default();
    verified(object, size, None, call)
}
