//! Parts that are sent by several threads at once.

use super::active_upload::ActiveUpload;
use super::job::{Job, PartCall, Receipt};
use super::layout::Part;
use super::queued_part::QueuedPart;
use super::service::UploadInParts;
use crate::client::engine::Engine;
use crate::client::upload_call::UploadCall;
use crate::client::workers::{self, ToLog, Workers};
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
    let shared = workers::Shared::new(&call.call, threads);
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
        let mut dispatcher = Dispatcher {
            engine,
            upload,
            queue: parts.iter().map(QueuedPart::new).collect(),
            sending: vec![None; threads],
            workers,
            shared: &shared,
            arrived,
            done,
        };
        dispatcher.run(call);
        let ended = dispatcher.workers.end();
        ended.map_err(|error| call.call.locate(error))?;
        Ok(true)
    })
}

/// Hands out the parts, and takes what comes back.
struct Dispatcher<'f, 'p, 'u, U: UploadInParts> {
    engine: &'f Engine,
    upload: &'f mut ActiveUpload<'u, U>,
    queue: VecDeque<QueuedPart<'p>>,
    workers: Workers<'f, Job<'p>, Receipt>,
    shared: &'f workers::Shared,
    /// How many parts have arrived.
    arrived: &'f AtomicU64,
    /// What each thread is sending.
    sending: Vec<Option<QueuedPart<'p>>>,
    /// Bytes of the parts that have arrived.
    done: u64,
}

impl<'p, U: UploadInParts> Dispatcher<'_, 'p, '_, U> {
    /// Until all parts have arrived, or all threads have stopped after a failure.
    fn run(&mut self, call: &mut UploadCall<'_>) {
        loop {
            if let Err(error) = self.hand_out(&mut call.call) {
                self.workers.fail(error);
            }
            if !self.workers.is_busy() {
                return;
            }
            watch::doing(Activity::Sending);
            if let Some(done) = self.workers.wait(self.engine, &mut call.call)
                && let Some(queued) = self.sending[done.thread].take()
                && let Err(error) = self.take_back(queued, done.result)
            {
                self.workers.fail(error);
            }
            if let Err(error) = self.look(call) {
                self.workers.fail(error);
            }
        }
    }

    fn hand_out(&mut self, call: &mut Call) -> Result<()> {
        while let Some(queued) = self.queue.front().copied()
            && let Some(thread) = self.workers.next_idle()
        {
            let job = self.upload.job(queued.part, call)?;
            self.workers.give(thread, job)?;
            self.queue.pop_front();
            self.sending[thread] = Some(self.upload.handed_out(queued));
        }
        Ok(())
    }

    /// Progress, and whether to go on.
    fn look(&mut self, call: &mut UploadCall<'_>) -> Result<()> {
        if self.workers.has_failed() {
            return Ok(());
        }
        call.meter.reach(self.done + self.shared.moving())?;
        call.call.watch.check()
    }

    fn take_back(&mut self, queued: QueuedPart<'p>, result: Result<Receipt>) -> Result<()> {
        let error = match result {
            Ok(receipt) => {
                self.done += queued.part.len();
                self.arrived.fetch_add(1, Ordering::Relaxed);
                return self.upload.stored(queued.part, &receipt);
            }
            Err(error) => error,
        };
        let next = self.upload.again(queued, error)?;
        self.queue.push_front(next);
        Ok(())
    }
}
