//! What has not arrived yet is sent: side by side, or one part after the other.

use super::part::{Part, PartCall};
use super::service::UploadInParts;
use super::side_by_side;
use super::under_way::UnderWay;
use crate::client::call::UploadCall;
use crate::client::engine::Engine;
use crate::client::options::Upload;
use crate::error::Result;

/// Sends the parts that have not arrived, and has the file made.
pub(super) fn send<U: UploadInParts>(
    engine: &Engine,
    call: &mut UploadCall<'_>,
    mut under_way: UnderWay<'_, U>,
) -> Result<Upload> {
    let parts = under_way.missing();
    let done = under_way.layout.size - parts.iter().map(Part::len).sum::<u64>();
    let threads = parts.len().min(call.parallel_parts as usize);
    let is_sent = match call.content.shared() {
        Some(content) if threads > 1 => side_by_side::send(
            engine,
            call,
            done,
            &parts,
            &mut under_way,
            &content,
            threads,
        )?,
        _ => false,
    };
    if !is_sent {
        one_by_one(engine, call, done, &parts, &mut under_way)?;
    }
    under_way.complete(&mut call.call)
}

fn one_by_one<U: UploadInParts>(
    engine: &Engine,
    call: &mut UploadCall<'_>,
    mut done: u64,
    parts: &[Part],
    under_way: &mut UnderWay<'_, U>,
) -> Result<()> {
    for part in parts {
        call.meter.set_base(done);
        call.content.select(part.section.clone())?;
        let mut renewed = 0;
        let receipt = loop {
            let job = under_way.job(part, &mut call.call)?;
            let mut part_call = PartCall {
                call: &mut call.call,
                content: &mut call.content,
                meter: &call.meter,
            };
            let send = |c: &mut PartCall<'_, '_, '_>| job.send(engine, c);
            match engine.attempt(&mut part_call, send) {
                Ok(receipt) => break receipt,
                Err(error)
                    if renewed < under_way.renewals(&error) && call.content.can_restart() =>
                {
                    under_way.refuse();
                    renewed += 1;
                }
                Err(error) => return Err(under_way.explain(error, call.call.service)),
            }
        };
        under_way.stored(part, &receipt)?;
        done += part.len();
    }
    call.meter.set_base(0);
    Ok(())
}
