//! A file that comes inside JSON.

use super::engine::Engine;
use super::extent::{self, Wanted};
use super::{DownloadCall, DownloadResult, download};
use crate::error::{Phase, Result};
use crate::message::{Answer, Url};
use crate::service::JsonReader;
use crate::transfer::CHUNK;
use crate::transfer::http::Response;
use crate::transfer::json_file::JsonFile;
use std::mem;

/// Takes the file out of the answer, or from where the answer says it is.
pub(super) fn receive(
    engine: &Engine,
    asked: &Url,
    reader: JsonReader,
    mut response: Response<'_>,
    call: &mut DownloadCall<'_>,
) -> Result<DownloadResult> {
    if !matches!(response.head.status, 200..=299) {
        return Err((reader.refusal)(&response.collect()?));
    }
    extent::brought(&response, Wanted::default())?;
    // What is coded cannot be read, and the error names the coding.
    let is_readable = response.head.coding().is_none();
    // Whether the file is in the answer. If it is elsewhere, what an earlier attempt
    // got of it can be gone on with.
    let mut is_here = false;
    let mut json = JsonFile::new(reader.member);
    let mut chunk = vec![0; CHUNK];
    loop {
        let got = if is_readable {
            response.read(&mut chunk)?
        } else {
            0
        };
        if got == 0 {
            break;
        }
        let take = |bytes: &[u8]| {
            if !mem::replace(&mut is_here, true) {
                call.sink.restart(None, None)?;
                call.catch_up(0)?;
                call.meter.restart(0);
            }
            call.take(bytes)
        };
        json.read(&chunk[..got], take)
            .map_err(|e| e.with_phase(Phase::Receive))?;
    }
    let answer = Answer {
        head: response.head.clone(),
        body: json.into_rest().into(),
    };
    drop(response);
    (reader.check)(&answer)?;
    if is_here {
        return Ok(DownloadResult {
            size: call.sink.written(),
            file_size: Some(call.sink.written()),
            media_type: None,
            content_encoding: None,
            data: None,
            attempts: call.call.attempts(),
        });
    }
    let request = reader.file_request(&answer, asked)?;
    download::receive(engine, &request, reader.elsewhere, call)
}
