//! Parts that are sent by several threads at once.

use super::active_upload::ActiveUpload;
use super::job::{Job, PartCall, Receipt};
use super::layout::Part;
use super::queued_part::QueuedPart;
use super::service::UploadInParts;
use crate::client::engine::Engine;
use crate::client::upload_call::UploadCall;
use crate::client::workers::{Dispatch, Shared, ToLog, Workers};
use crate::error::Result;
use crate::transfer::call::Call;
use crate::transfer::progress::Meter;
use crate::transfer::source::RandomAccess;
use crate::watch::{self, Activity};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Sends these parts with up to so many threads, after `done` bytes that have
/// arrived before; says whether there was any thread to be had.
pub(super) fn send<U: UploadInParts>(
    engine: &Engine,
    call: &mut UploadCall<'_>,
    done: u64,
    parts: &[Part],
    upload: &mut ActiveUpload<'_, U>,
    content: &RandomAccess<'_>,
    threads: usize,
) -> Result<bool> {
    let shared = Shared::new(&call.call, threads);
    let arrived = &AtomicU64::new(0);
    thread::scope(|scope| {
        let work = |thread: usize, job: Job<'_>, log: ToLog<'_>| {
            let mut call = shared.call();
            let mut part_call = PartCall {
                call: &mut call,
                content: &mut content.open(job.part.section.clone()),
                meter: &Meter::counting(shared.moved_by(thread)),
                arrived,
            };
            let result = engine.attempt_elsewhere(&mut part_call, |c| job.send(engine, c), log);
            (result, call.attempts())
        };
        let Some(workers) = Workers::start(scope, &shared, work) else {
            return Ok(false);
        };
        let mut jobs = Jobs {
            call,
            upload,
            queue: parts.iter().map(QueuedPart::new).collect(),
            sending: vec![None; threads],
            arrived,
            done,
        };
        workers.run(engine, &mut jobs).map(|()| true)
    })
}

/// The parts that are not there yet.
struct Jobs<'f, 'a, 'p, 'u, U: UploadInParts> {
    call: &'f mut UploadCall<'a>,
    upload: &'f mut ActiveUpload<'u, U>,
    queue: VecDeque<QueuedPart<'p>>,
    /// What each thread is sending.
    sending: Vec<Option<QueuedPart<'p>>>,
    /// How many parts have arrived.
    arrived: &'f AtomicU64,
    /// Bytes of the parts that have arrived.
    done: u64,
}

impl<'p, U: UploadInParts> Dispatch<Job<'p>, Receipt> for Jobs<'_, '_, 'p, '_, U> {
    fn call(&mut self) -> &mut Call {
        &mut self.call.call
    }

    fn next(&mut self, thread: usize) -> Result<Option<Job<'p>>> {
        let Some(queued) = self.queue.pop_front() else {
            return Ok(None);
        };
        let job = self.upload.job(queued.part, &mut self.call.call)?;
        self.sending[thread] = Some(self.upload.handed_out(queued));
        watch::doing(Activity::Sending);
        Ok(Some(job))
    }

    fn take(&mut self, thread: usize, result: Result<Receipt>) -> Result<()> {
        let Some(queued) = self.sending[thread].take() else {
            return result.map(drop);
        };
        match result {
            Ok(receipt) => {
                self.done += queued.part.len();
                self.arrived.fetch_add(1, Ordering::Relaxed);
                self.upload.stored(queued.part, &receipt)
            }
            Err(error) => {
                let next = self.upload.again(queued, error)?;
                self.queue.push_front(next);
                Ok(())
            }
        }
    }

    fn report(&mut self, moving: u64) -> Result<()> {
        self.call.meter.reach(self.done + moving)
    }
}
