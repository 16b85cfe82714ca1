//! What has not arrived yet is sent: side by side, or one part after the other.

use super::active_upload::ActiveUpload;
use super::parallel;
use super::part::{Part, PartCall};
use super::service::UploadInParts;
use crate::client::call::UploadCall;
use crate::client::engine::Engine;
use crate::client::options::Upload;
use crate::error::Result;

/// Sends the parts that have not arrived, and has the file made.
pub(super) fn send<U: UploadInParts>(
    engine: &Engine,
    call: &mut UploadCall<'_>,
    mut upload: ActiveUpload<'_, U>,
) -> Result<Upload> {
    let parts = upload.missing();
    let done = upload.layout.size - parts.iter().map(Part::len).sum::<u64>();
    let threads = parts.len().min(call.parallel_parts as usize);
    let is_sent = match call.content.shared() {
        Some(content) if threads > 1 => {
            parallel::send(engine, call, done, &parts, &mut upload, &content, threads)?
        }
        _ => false,
    };
    if !is_sent {
        one_by_one(engine, call, done, &parts, &mut upload)?;
    }
    // While it can still be said that the file has changed.
    if let (Some(digests), Some(crc64)) = (call.content.whole(), upload.crc64()) {
        digests.know_crc64(crc64);
    }
    call.content.finish_whole(&call.call.watch)?;
    upload.complete(&mut call.call)
}

fn one_by_one<U: UploadInParts>(
    engine: &Engine,
    call: &mut UploadCall<'_>,
    mut done: u64,
    parts: &[Part],
    upload: &mut ActiveUpload<'_, U>,
) -> Result<()> {
    for part in parts {
        call.meter.set_base(done);
        call.content.select(part.section.clone())?;
        let mut renewed = 0;
        let receipt = loop {
            let job = upload.job(part, &mut call.call)?;
            let mut part_call = PartCall {
                call: &mut call.call,
                content: &mut call.content,
                meter: &call.meter,
            };
            let send = |c: &mut PartCall<'_, '_, '_>| job.send(engine, c);
            match engine.attempt(&mut part_call, send) {
                Ok(receipt) => break receipt,
                Err(error) if renewed < upload.renewals(&error) && call.content.can_restart() => {
                    upload.refuse();
                    renewed += 1;
                }
                Err(error) => return Err(upload.explain(error, call.call.service)),
            }
        };
        upload.stored(part, &receipt)?;
        done += part.len();
    }
    call.meter.set_base(0);
    Ok(())
}
