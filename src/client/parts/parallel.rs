//! Parts that are sent by several threads at once.

use super::active_upload::ActiveUpload;
use super::part::{Job, Part, PartCall, Receipt};
use super::service::UploadInParts;
use crate::client::call::UploadCall;
use crate::client::engine::Engine;
use crate::client::workers::{self, ToLog, Workers};
use crate::error::Result;
use crate::transfer::call::Call;
use crate::transfer::progress::Meter;
use crate::transfer::source::Shared;
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
    content: &Shared<'_>,
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
        let workers = Workers::start(scope, &shared, work);
        if workers.is_empty() {
            return Ok(false);
        }
        let mut dispatcher = Dispatcher {
            engine,
            upload,
            queue: parts.iter().map(QueuedPart::new).collect(),
            sending: vec![None; threads],
            workers,
            shared: &shared,
            arrived,
            generation: 0,
            done,
        };
        dispatcher.run(call);
        let ended = dispatcher.workers.end();
        ended.map_err(|error| call.call.locate(error))?;
        Ok(true)
    })
}

/// A part that is still to be sent.
#[derive(Clone, Copy)]
struct QueuedPart<'p> {
    part: &'p Part,
    /// How often the permission was renewed for it.
    renewals: u32,
    /// How often the permission had been renewed when it was handed out.
    generation: u32,
}

impl<'p> QueuedPart<'p> {
    fn new(part: &'p Part) -> Self {
        Self {
            part,
            renewals: 0,
            generation: 0,
        }
    }

    /// The same with another permission, after that of this generation was
    /// refused; `None` if as many as are `allowed` were got for it.
    fn again(self, present: u32, allowed: u32) -> Option<Self> {
        // Another part that was sent with the same may have been first: then there
        // are newer ones, which this part has for nothing, as often as that happens.
        let is_own = u32::from(self.generation == present);
        let is_allowed = allowed > 0 && self.renewals + is_own <= allowed;
        is_allowed.then_some(Self {
            renewals: self.renewals + is_own,
            ..self
        })
    }
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
    /// How often the permission was renewed.
    generation: u32,
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
                && let Err(error) = self.settle(queued, done.result, call.call.service)
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
            self.sending[thread] = Some(QueuedPart {
                generation: self.generation,
                ..queued
            });
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

    fn settle(
        &mut self,
        queued: QueuedPart<'p>,
        result: Result<Receipt>,
        service: &'static str,
    ) -> Result<()> {
        let error = match result {
            Ok(receipt) => {
                self.done += queued.part.len();
                self.arrived.fetch_add(1, Ordering::Relaxed);
                return self.upload.stored(queued.part, &receipt);
            }
            Err(error) => error,
        };
        let allowed = self.upload.renewals(&error);
        let Some(next) = queued.again(self.generation, allowed) else {
            return Err(self.upload.explain(error, service));
        };
        if next.renewals > queued.renewals {
            self.upload.refuse();
            self.generation += 1;
        }
        self.queue.push_front(next);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sibling_has_renewed_is_no_renewal_of_ones_own() {
        let part = Part {
            number: 1,
            section: 0..1,
        };
        let mut queued = Some(QueuedPart::new(&part));
        for generation in 1..100 {
            queued = queued.and_then(|queued| queued.again(generation, 3));
        }
        for generation in 100..103 {
            let own = queued.map(|queued| QueuedPart {
                generation,
                ..queued
            });
            queued = own.and_then(|queued| queued.again(generation, 3));
        }
        assert_eq!(queued.map(|queued| queued.renewals), Some(3));
        let last = queued.and_then(|queued| queued.again(102, 3));
        assert!(last.is_none());
        // What a new permission does not help against is not tried again at all.
        assert!(QueuedPart::new(&part).again(1, 0).is_none());
    }
}
