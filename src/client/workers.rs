//! Threads of a call that do one job after the other, while the thread that made the call
//! looks after progress, cancelling and the log: callbacks come there alone.

use super::engine::Engine;
use crate::error::{Error, Result, Status};
use crate::log::LogLevel;
use crate::threads::{named, with_signals_blocked};
use crate::transfer::call::Call;
use crate::watch::{CancelHandle, SLICE, Watch};
use std::panic;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread::{self, Scope, ScopedJoinHandle};

/// What the threads of a call share.
pub(super) struct Shared {
    service: &'static str,
    verb: &'static str,
    /// Ends with that of the call, or by `stop`.
    watch: Watch,
    stop: CancelHandle,
    /// Bytes that each thread has moved of its job.
    moved: Vec<AtomicU64>,
}

impl Shared {
    /// For up to so many threads.
    pub(super) fn new(call: &Call, threads: usize) -> Self {
        let stop = CancelHandle::new();
        Self {
            service: call.service,
            verb: call.verb,
            watch: call.watch.with_stop(stop.clone()),
            stop,
            moved: (0..threads).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// A call of a thread's own, for a job.
    pub(super) fn call(&self) -> Call {
        Call::new(self.service, self.verb, self.watch.clone())
    }

    pub(super) fn moved_by(&self, thread: usize) -> &AtomicU64 {
        &self.moved[thread]
    }

    /// Tells the log, on the calling thread, what the threads have noted of their requests.
    fn tell(&self) {
        if let Some(trace) = self.watch.trace() {
            trace.tell();
        }
    }

    /// Bytes that all have moved of what they are at.
    fn moving(&self) -> u64 {
        self.moved.iter().map(|m| m.load(Ordering::Relaxed)).sum()
    }
}

/// Takes the lines that a thread has for the log.
pub(super) type ToLog<'l> = &'l dyn Fn(LogLevel, String);

enum Message<R> {
    Log(LogLevel, String),
    Done(Done<R>),
}

/// A job is over.
struct Done<R> {
    thread: usize,
    result: Result<R>,
    attempts: u32,
}

/// Hands out the jobs and takes back what becomes of them, on the calling thread.
pub(super) trait Dispatch<J, R> {
    fn call(&mut self) -> &mut Call;

    /// The next job, for a thread that is idle; `None`: there is none, or none yet.
    fn next(&mut self, thread: usize) -> Result<Option<J>>;

    /// What has become of the job that this thread had.
    fn take(&mut self, thread: usize, result: Result<R>) -> Result<()>;

    /// Reports progress: the threads have moved so many bytes of what they are at.
    fn report(&mut self, moving: u64) -> Result<()>;
}

/// Threads that wait for jobs.
pub(super) struct Workers<'s, J, R> {
    shared: &'s Shared,
    /// A thread ends when its own goes, which is before the threads are joined.
    queues: Vec<mpsc::Sender<J>>,
    _threads: Threads<'s>,
    messages: mpsc::Receiver<Message<R>>,
    idle: Vec<usize>,
    failure: Option<Error>,
    /// Who knows the login of a proxy has no more to say in this call.
    has_declined: bool,
}

/// Joined when they go: a scope itself waits until their work is done, and the system may have
/// them for a moment longer.
struct Threads<'s>(Vec<ScopedJoinHandle<'s, ()>>);

impl Drop for Threads<'_> {
    fn drop(&mut self) {
        for one in self.0.drain(..) {
            if let Err(panic) = one.join()
                && !thread::panicking()
            {
                panic::resume_unwind(panic);
            }
        }
    }
}

/// Where the calling thread panics, nobody answers the others any more: they stop, before
/// they are joined.
impl<J, R> Drop for Workers<'_, J, R> {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

impl<'s, J: Send, R: Send> Workers<'s, J, R> {
    /// Starts the threads, fewer if the system has no more; `None` if it has not one. `work`
    /// does a job, and says how often it was tried.
    pub(super) fn start<W>(scope: &'s Scope<'s, '_>, shared: &'s Shared, work: W) -> Option<Self>
    where
        J: 's,
        R: 's,
        W: Fn(usize, J, ToLog<'_>) -> (Result<R>, u32) + Clone + Send + 's,
    {
        let (out, messages) = mpsc::channel();
        let mut queues = Vec::new();
        let mut threads = Threads(Vec::new());
        for thread in 0..shared.moved.len() {
            let (queue, jobs) = mpsc::channel();
            let (out, work) = (out.clone(), work.clone());
            let started = with_signals_blocked(|| {
                named("chatfile-part").spawn_scoped(scope, move || run(thread, &jobs, out, work))
            });
            match started {
                Ok(thread) => {
                    threads.0.push(thread);
                    queues.push(queue);
                }
                Err(_) => break,
            }
        }
        (!queues.is_empty()).then(|| Self {
            shared,
            idle: (0..queues.len()).collect(),
            queues,
            _threads: threads,
            messages,
            failure: None,
            has_declined: false,
        })
    }

    /// Has all jobs done. Returns when nothing is under way any more, also after a failure: no
    /// thread outlives the call.
    pub(super) fn run(mut self, engine: &Engine, jobs: &mut impl Dispatch<J, R>) -> Result<()> {
        loop {
            let given = self.hand_out(jobs);
            self.fail_if(given);
            if !self.is_busy() {
                return self.end(jobs.call());
            }
            if let Some(done) = self.wait(engine, jobs.call()) {
                let taken = jobs.take(done.thread, done.result);
                self.fail_if(taken);
            }
            if !self.has_failed() {
                let reported = jobs.report(self.shared.moving());
                self.fail_if(reported.and_then(|()| jobs.call().watch.check()));
            }
        }
    }

    fn hand_out(&mut self, jobs: &mut impl Dispatch<J, R>) -> Result<()> {
        while let Some(thread) = self.next_idle()
            && let Some(job) = jobs.next(thread)?
        {
            self.queues[thread].send(job).map_err(|_| lost())?;
            self.idle.pop();
        }
        Ok(())
    }

    fn is_busy(&self) -> bool {
        self.idle.len() < self.queues.len()
    }

    /// A thread for a job, unless something has failed.
    fn next_idle(&self) -> Option<usize> {
        self.idle.last().copied().filter(|_| !self.has_failed())
    }

    /// Waits a moment for a job to end, and has callbacks called that the threads wait for: the
    /// log, and who knows the login of a proxy.
    fn wait(&mut self, engine: &Engine, call: &mut Call) -> Option<Done<R>> {
        self.shared.tell();
        if !self.has_failed() {
            let answered = engine.answer_proxy(call, &self.shared.stop, &mut self.has_declined);
            self.fail_if(answered);
        }
        match self.messages.recv_timeout(SLICE).ok()? {
            Message::Log(level, line) => {
                engine.log_line(level, &line);
                None
            }
            Message::Done(done) => {
                self.shared.moved[done.thread].store(0, Ordering::Relaxed);
                self.idle.push(done.thread);
                call.note_attempts(done.attempts);
                Some(done)
            }
        }
    }

    /// With an error the call fails, unless it has before; the threads come to an end.
    fn fail_if(&mut self, result: Result<()>) {
        if let Err(error) = result {
            self.shared.stop.cancel();
            self.failure.get_or_insert(error);
        }
    }

    fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// How it went, when nothing is under way any more.
    fn end(mut self, call: &Call) -> Result<()> {
        self.shared.tell();
        let failure = self.failure.take();
        // Where a panic goes on: what is to be returned would not be freed then.
        drop(self);
        let Some(error) = failure else {
            return Ok(());
        };
        // What ends the call is no failure of a job, and knows nothing of the others' attempts.
        Err(
            match error.is_stop() || error.status() == Status::Deadline {
                true => error.with_attempts(call.attempts()),
                false => call.locate(error),
            },
        )
    }
}

/// A thread that does what it is given until there is no more.
fn run<J, R>(
    thread: usize,
    jobs: &mpsc::Receiver<J>,
    out: mpsc::Sender<Message<R>>,
    work: impl Fn(usize, J, ToLog<'_>) -> (Result<R>, u32),
) {
    let PanicGuard { out, .. } = &PanicGuard { thread, out };
    for job in jobs {
        let (result, attempts) = work(thread, job, &|level, line| {
            let _ = out.send(Message::Log(level, line));
        });
        let done = Done {
            thread,
            result,
            attempts,
        };
        if out.send(Message::Done(done)).is_err() {
            return;
        }
    }
}

/// Tells the calling thread that a thread has ended by a panic.
struct PanicGuard<R> {
    thread: usize,
    out: mpsc::Sender<Message<R>>,
}

impl<R> Drop for PanicGuard<R> {
    fn drop(&mut self) {
        if thread::panicking() {
            // Fails only if nobody is waiting.
            let _ = self.out.send(Message::Done(Done {
                thread: self.thread,
                result: Err(lost()),
                attempts: 0,
            }));
        }
    }
}

/// The panic itself goes on when the threads are joined.
fn lost() -> Error {
    Error::new(Status::Panic, "a thread of the call has panicked")
}

#[cfg(test)]
#[path = "workers_tests.rs"]
mod tests;
