//! What has not arrived yet is sent: side by side, or one part after the other.

use super::active_upload::ActiveUpload;
use super::job::PartCall;
use super::layout::{Layout, Part};
use super::parallel;
use super::queued_part::QueuedPart;
use super::service::UploadInParts;
use crate::client::engine::Engine;
use crate::client::options::UploadResult;
use crate::client::upload_call::UploadCall;
use crate::error::{Error, Result};
use std::sync::atomic::AtomicU64;

/// Sends the parts that have not arrived, and has the file made.
pub(super) fn send<U: UploadInParts>(
    engine: &Engine,
    call: &mut UploadCall<'_>,
    mut upload: ActiveUpload<'_, U>,
) -> Result<UploadResult> {
    send_missing(engine, call, &mut upload)?;
    complete(call, &upload)
}

/// Keeps the first batch of what comes of unknown length and goes in parts of this size, at
/// first.
pub(in super::super) fn spool_first(call: &mut UploadCall<'_>, part_size: u64) -> Result<()> {
    let batch = Layout::growing(part_size).batch(call.parallel_parts);
    call.keep(batch)
}

/// Sends what comes of unknown length as it comes, batch by batch, of which the first
/// has come, and has the file made.
pub(super) fn send_stream<U: UploadInParts>(
    engine: &Engine,
    call: &mut UploadCall<'_>,
    mut upload: ActiveUpload<'_, U>,
) -> Result<UploadResult> {
    loop {
        let got = call.content.len();
        if got > 0 {
            upload.layout.grow(got);
            send_missing(engine, call, &mut upload)?;
        }
        if call.content.has_ended() {
            return complete(call, &upload);
        }
        let batch = upload.layout.batch(call.parallel_parts);
        // At least one byte, to find out whether it has ended.
        call.keep(batch.max(1))?;
        if batch == 0 && call.content.len() > 0 {
            let size = upload.layout.size;
            return Err(Error::out_of_bounds(
                "source",
                format_args!(
                    "more than {size} bytes, and no more go in as many parts as the store takes, \
                     whose size grows as they come: say the length, or set a larger part_size"
                ),
            )
            .bound(size, size + 1));
        }
    }
}

fn complete<U: UploadInParts>(
    call: &mut UploadCall<'_>,
    upload: &ActiveUpload<'_, U>,
) -> Result<UploadResult> {
    // While it can still be said that the file has changed.
    if let (Some(digests), Some(crc64)) = (call.content.whole(), upload.crc64()) {
        digests.know_crc64(crc64);
    }
    call.content.finish_whole(&call.call.watch)?;
    upload.complete(&mut call.call)
}

fn send_missing<U: UploadInParts>(
    engine: &Engine,
    call: &mut UploadCall<'_>,
    upload: &mut ActiveUpload<'_, U>,
) -> Result<()> {
    let parts = upload.missing();
    let done = upload.layout.size - parts.iter().map(Part::len).sum::<u64>();
    let threads = parts.len().min(call.parallel_parts as usize);
    let is_sent = match call.content.shared() {
        Some(content) if threads > 1 => {
            parallel::send(engine, call, done, &parts, upload, &content, threads)?
        }
        _ => false,
    };
    if !is_sent {
        one_by_one(engine, call, done, &parts, upload)?;
    }
    Ok(())
}

fn one_by_one<U: UploadInParts>(
    engine: &Engine,
    call: &mut UploadCall<'_>,
    mut done: u64,
    parts: &[Part],
    upload: &mut ActiveUpload<'_, U>,
) -> Result<()> {
    let arrived = &AtomicU64::new(0);
    for part in parts {
        call.meter.set_base(done);
        call.content
            .select(part.section.clone(), &call.call.watch)?;
        let mut queued = QueuedPart::new(part);
        let receipt = loop {
            let job = upload.job(part, &mut call.call)?;
            queued = upload.handed_out(queued);
            let mut part_call = PartCall {
                call: &mut call.call,
                content: &mut call.content,
                meter: &call.meter,
                arrived,
            };
            let send = |c: &mut PartCall<'_, '_, '_>| job.send(engine, c);
            match engine.attempt(&mut part_call, send) {
                Ok(receipt) => break receipt,
                Err(error) if !call.content.can_restart() => {
                    return Err(upload.explain(error));
                }
                Err(error) => queued = upload.again(queued, error)?,
            }
        };
        upload.stored(part, &receipt)?;
        done += part.len();
    }
    call.meter.set_base(0);
    Ok(())
}
