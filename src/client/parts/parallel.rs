//! Parts that are sent by several threads at once.

use super::active_upload::ActiveUpload;
use super::part::{Job, Part, PartCall, Receipt};
use super::service::UploadInParts;
use crate::client::call::UploadCall;
use crate::client::engine::Engine;
use crate::error::{Error, Result, Status};
use crate::log::LogLevel;
use crate::threads;
use crate::transfer::call::Call;
use crate::transfer::progress::Meter;
use crate::transfer::source::Shared;
use crate::watch::{self, Activity, CancelHandle, SLICE, Watch};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread::{self, Scope};

enum WorkerMessage {
    Log(LogLevel, String),
    /// The job of this thread is over.
    Done {
        thread: usize,
        result: Result<Receipt>,
        attempts: u32,
    },
    /// This thread is over, against all expectation.
    Lost {
        thread: usize,
    },
}

/// What the threads of a call share.
#[derive(Clone, Copy)]
struct WorkerContext<'t> {
    engine: &'t Engine,
    content: &'t Shared<'t>,
    service: &'static str,
    verb: &'static str,
    watch: &'t Watch,
    /// Bytes that each thread has sent of its part.
    sent: &'t [AtomicU64],
}

/// Tells the calling thread that a thread has ended by a panic.
struct PanicGuard {
    thread: usize,
    out: mpsc::Sender<WorkerMessage>,
}

impl Drop for PanicGuard {
    fn drop(&mut self) {
        if thread::panicking() {
            let thread = self.thread;
            // Fails only if nobody is waiting.
            let _ = self.out.send(WorkerMessage::Lost { thread });
        }
    }
}

/// A thread that sends what it is given until there is no more.
fn work(
    context: WorkerContext<'_>,
    thread: usize,
    jobs: mpsc::Receiver<Job<'_>>,
    out: mpsc::Sender<WorkerMessage>,
) {
    let PanicGuard { out, .. } = &PanicGuard { thread, out };
    for job in jobs {
        let mut call = Call::new(context.service, context.verb, context.watch.clone());
        let mut part_call = PartCall {
            call: &mut call,
            content: &mut context.content.open(job.part.section.clone()),
            meter: &Meter::counting(&context.sent[thread]),
        };
        let result = context.engine.attempt_elsewhere(
            &mut part_call,
            |c| job.send(context.engine, c),
            &|level, line| {
                let _ = out.send(WorkerMessage::Log(level, line));
            },
        );
        let message = WorkerMessage::Done {
            thread,
            result,
            attempts: call.attempts(),
        };
        if out.send(message).is_err() {
            return;
        }
    }
}

/// Starts up to `threads` threads; fewer if the system has no more. Returns
/// where each takes its jobs.
fn start<'scope, 'p: 'scope>(
    scope: &'scope Scope<'scope, '_>,
    context: WorkerContext<'scope>,
    out: &mpsc::Sender<WorkerMessage>,
) -> Vec<mpsc::Sender<Job<'p>>> {
    let mut started = Vec::new();
    for thread in 0..context.sent.len() {
        let (jobs, queue) = mpsc::channel();
        let out = out.clone();
        let start = threads::with_signals_blocked(|| {
            threads::named("chatfile-part")
                .spawn_scoped(scope, move || work(context, thread, queue, out))
        });
        match start {
            Ok(_) => started.push(jobs),
            Err(_) => break,
        }
    }
    started
}

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
    let stop = CancelHandle::new();
    let watch = call.call.watch.with_stop(stop.clone());
    let sent: Vec<AtomicU64> = (0..threads).map(|_| AtomicU64::new(0)).collect();
    thread::scope(|scope| {
        let context = WorkerContext {
            engine,
            content,
            service: call.call.service,
            verb: call.call.verb,
            watch: &watch,
            sent: &sent,
        };
        let (out, messages) = mpsc::channel();
        let threads = start(scope, context, &out);
        if threads.is_empty() {
            return Ok(false);
        }
        let mut dispatcher = Dispatcher {
            engine,
            upload,
            queue: parts.iter().map(QueuedPart::new).collect(),
            idle: (0..threads.len()).collect(),
            busy: vec![None; threads.len()],
            threads,
            generation: 0,
            done,
            sent: &sent,
            stop: &stop,
            failure: None,
        };
        dispatcher.run(call, &messages);
        let failure = dispatcher.failure.map(|error| call.call.locate(error));
        failure.map_or(Ok(true), Err)
    })
}

/// A part that is still to be sent.
#[derive(Clone, Copy)]
struct QueuedPart<'p> {
    part: &'p Part,
    /// How often credentials were renewed for it.
    renewals: u32,
    /// How often credentials had been renewed when it was handed out.
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

    /// The same with other credentials, after those of this generation were
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
    threads: Vec<mpsc::Sender<Job<'p>>>,
    idle: Vec<usize>,
    /// What each thread is sending.
    busy: Vec<Option<QueuedPart<'p>>>,
    /// How often credentials were renewed.
    generation: u32,
    /// Bytes of the parts that have arrived.
    done: u64,
    sent: &'f [AtomicU64],
    stop: &'f CancelHandle,
    failure: Option<Error>,
}

impl<'p, U: UploadInParts> Dispatcher<'_, 'p, '_, U> {
    /// Until all parts have arrived, or all threads have stopped after a failure.
    fn run(&mut self, call: &mut UploadCall<'_>, messages: &mpsc::Receiver<WorkerMessage>) {
        loop {
            if let Err(error) = self.hand_out(&mut call.call) {
                self.fail(error);
            }
            // Also after a failure, since no thread outlives the call.
            if self.busy.iter().all(Option::is_none) {
                return;
            }
            watch::doing(Activity::Sending);
            if let Ok(message) = messages.recv_timeout(SLICE) {
                self.take(message, &mut call.call);
            }
            if let Err(error) = self.look(call) {
                self.fail(error);
            }
        }
    }

    fn fail(&mut self, error: Error) {
        self.stop.cancel();
        self.failure.get_or_insert(error);
    }

    fn hand_out(&mut self, call: &mut Call) -> Result<()> {
        while self.failure.is_none()
            && let Some(queued) = self.queue.front().copied()
            && let Some(thread) = self.idle.pop()
        {
            let job = self.upload.job(queued.part, call)?;
            self.threads[thread].send(job).map_err(|_| lost())?;
            self.queue.pop_front();
            self.busy[thread] = Some(QueuedPart {
                generation: self.generation,
                ..queued
            });
        }
        Ok(())
    }

    /// Progress, and whether to go on.
    fn look(&mut self, call: &mut UploadCall<'_>) -> Result<()> {
        if self.failure.is_some() {
            return Ok(());
        }
        let moving: u64 = self.sent.iter().map(|s| s.load(Ordering::Relaxed)).sum();
        call.meter.reach(self.done + moving)?;
        call.call.watch.check()
    }

    fn take(&mut self, message: WorkerMessage, call: &mut Call) {
        match message {
            WorkerMessage::Log(level, line) => self.engine.log_line(level, &line),
            WorkerMessage::Lost { thread } => {
                self.busy[thread] = None;
                self.fail(lost());
            }
            WorkerMessage::Done {
                thread,
                result,
                attempts,
            } => {
                self.sent[thread].store(0, Ordering::Relaxed);
                self.idle.push(thread);
                call.note_attempts(attempts);
                if let Some(queued) = self.busy[thread].take()
                    && let Err(error) = self.settle(queued, result, call.service)
                {
                    self.fail(error);
                }
            }
        }
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

/// The panic itself goes on when the threads are joined.
fn lost() -> Error {
    Error::new(Status::Panic, "a thread of the call has panicked")
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
        // What new credentials do not help against is not tried again at all.
        assert!(QueuedPart::new(&part).again(1, 0).is_none());
    }
}
