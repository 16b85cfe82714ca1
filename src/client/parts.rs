//! Parts of a file, sent side by side.
//!
//! Everything that the caller can notice happens on the calling thread: its
//! callbacks, tokens and signatures, the checkpoint. The other threads send
//! what they are given, and end before the call does.

use super::UploadCall;
use super::engine::Engine;
use crate::digest::Update;
use crate::error::{Error, Phase, Result, Status};
use crate::log::LogLevel;
use crate::message::{Answer, Request};
use crate::threads;
use crate::transfer::call::Call;
use crate::transfer::checkpoint::{Checkpoint, Identity};
use crate::transfer::progress::Meter;
use crate::transfer::retry::Attempt;
use crate::transfer::source::{OpenSource, Shared};
use crate::watch::{CancelHandle, SLICE, Watch};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread::{self, Scope};

/// As many as keep a line busy while answers are awaited, and no more than
/// services bear from one client.
pub(super) const PARALLEL_DEFAULT: u32 = 4;
pub(super) const PARALLEL_MAX: u32 = 16;

/// How often new credentials are got for one part: it may be so slow that they
/// expire while it is sent.
pub(super) const RENEWALS_MAX: u32 = 3;

/// While bytes move, a part is sent this often: eight in ten thousand parts of
/// 8 MB fail over connections that last for 8 MB each, and a network that lets
/// none through sees no more of them.
const PART_ATTEMPTS: u32 = 25;

/// Less is in the buffers of this machine, and moves nowhere.
const HEADWAY: u64 = 1024 * 1024;

/// A section of the file that one request carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Counts from 1.
    pub(super) number: u32,
    pub(super) section: Range<u64>,
}

impl Part {
    pub(super) fn len(&self) -> u64 {
        self.section.end - self.section.start
    }
}

/// All parts of a file, each `part_size` long but for the last; a file of no
/// bytes is one part.
pub(super) fn all(size: u64, part_size: u64) -> Vec<Part> {
    let count = size.div_ceil(part_size).max(1);
    (0..count)
        .map(|index| Part {
            // Below 10,000 for every service.
            number: (index + 1) as u32,
            section: index * part_size..size.min((index + 1) * part_size),
        })
        .collect()
}

/// What is known of a part that has arrived.
pub(super) struct Receipt {
    /// In lower-case hex.
    pub(super) md5: String,
    /// Only where the MD5 was not known before.
    pub(super) crc64: u64,
}

/// Where parts go. Used on the calling thread only.
pub(super) trait PartStore {
    /// The request for a part, with credentials that are good for a while.
    fn request(&mut self, part: &Part, call: &mut Call) -> Result<Request>;

    /// The MD5 of the part, if it is known before it is sent.
    fn known_md5(&self, part: &Part) -> Option<String>;

    /// Reads an answer: the MD5 that the storage has computed, if it says.
    fn reader(&self) -> fn(&Answer) -> Result<Option<String>>;

    /// How often one part gets new credentials against this error; 0 if they are
    /// not what it is about.
    fn renewals(&self, error: &Error) -> u32;

    /// The credentials that were given out are of no use any more.
    fn renew(&mut self);

    /// The part has arrived.
    fn stored(&mut self, part: &Part, receipt: Receipt) -> Result<()>;
}

/// One part on its way.
struct Job<'p> {
    part: &'p Part,
    request: Request,
    md5: Option<String>,
    read: fn(&Answer) -> Result<Option<String>>,
}

impl<'p> Job<'p> {
    fn new(part: &'p Part, store: &mut dyn PartStore, call: &mut Call) -> Result<Self> {
        Ok(Self {
            part,
            request: store.request(part, call)?,
            md5: store.known_md5(part),
            read: store.reader(),
        })
    }

    /// One attempt.
    fn send(&self, engine: &Engine, to: &mut PartCall<'_, '_, '_>) -> Result<Receipt> {
        if self.md5.is_none() {
            to.content.digest();
        }
        let answer = engine.send_part(&self.request, to.content, to.meter, to.call)?;
        let found = (self.read)(&answer)?;
        let digest = to.content.take_digest();
        let crc64 = digest.as_ref().map_or(0, |digest| digest.crc64());
        let Some(md5) = self.md5.clone().or_else(|| Some(digest?.md5())) else {
            return Err(fault(
                Status::Response,
                self.part,
                "was confirmed before all of it was sent",
            ));
        };
        if found.is_some_and(|found| found != md5) {
            return Err(fault(
                Status::Integrity,
                self.part,
                "arrived with other bytes than were sent",
            )
            .retryable());
        }
        Ok(Receipt { md5, crc64 })
    }
}

fn fault(status: Status, part: &Part, what: &str) -> Error {
    Error::new(status, format!("part {} {what}; try again", part.number))
        .with_phase(Phase::Receive)
        .with_http_status(200)
}

/// What an earlier call has left of the upload to `target`, or nothing yet.
pub(super) fn checkpoint(
    engine: &Engine,
    call: &mut UploadCall<'_>,
    target: String,
) -> Result<Checkpoint> {
    let identity = Identity {
        target,
        size: call.content.len(),
        modified: call.content.modified(),
    };
    let path = call.resume.checkpoint.take();
    let checkpoint = Checkpoint::open(path, call.resume.token.as_deref(), identity)?;
    if let Some(path) = checkpoint.damaged() {
        engine.log_damage(call.call.service, call.call.verb, path);
    }
    Ok(checkpoint)
}

/// Reads a section of the content into a digest.
pub(super) fn hash(
    call: &mut UploadCall<'_>,
    section: Range<u64>,
    digest: &mut dyn Update,
) -> Result<()> {
    call.content.select(section)?;
    let length = usize::try_from(call.content.len()).unwrap_or(super::download::CHUNK);
    let mut chunk = vec![0; length.clamp(1, super::download::CHUNK)];
    loop {
        call.call.watch.check()?;
        match call.content.read(&mut chunk)? {
            0 => return Ok(()),
            read => digest.update(&chunk[..read]),
        }
    }
}

/// Sends these parts of the file; what is not among them has arrived before.
pub(super) fn send(
    engine: &Engine,
    call: &mut UploadCall<'_>,
    size: u64,
    parts: &[Part],
    store: &mut dyn PartStore,
) -> Result<()> {
    let done = size - parts.iter().map(Part::len).sum::<u64>();
    let threads = parts.len().min(call.parallel_parts as usize);
    match call.content.shared() {
        Some(content) if threads > 1 => {
            side_by_side(engine, call, done, parts, store, &content, threads)
        }
        _ => one_by_one(engine, call, done, parts, store),
    }
}

fn one_by_one(
    engine: &Engine,
    call: &mut UploadCall<'_>,
    mut done: u64,
    parts: &[Part],
    store: &mut dyn PartStore,
) -> Result<()> {
    for part in parts {
        call.meter.set_base(done);
        call.content.select(part.section.clone())?;
        let mut renewals = 0;
        let receipt = loop {
            let job = Job::new(part, store, &mut call.call)?;
            let mut part_call = PartCall {
                call: &mut call.call,
                content: &mut call.content,
                meter: &call.meter,
            };
            let send = |c: &mut PartCall<'_, '_, '_>| job.send(engine, c);
            match engine.attempt(&mut part_call, send) {
                Err(error) if renewals < store.renewals(&error) && call.content.can_restart() => {
                    store.renew();
                    renewals += 1;
                }
                other => break other?,
            }
        };
        store.stored(part, receipt)?;
        done += part.len();
    }
    call.meter.set_base(0);
    Ok(())
}

enum Message {
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

/// An attempt to send a part.
struct PartCall<'c, 's, 'm> {
    call: &'c mut Call,
    content: &'c mut OpenSource<'s>,
    meter: &'c Meter<'m>,
}

impl Attempt for PartCall<'_, '_, '_> {
    fn call(&mut self) -> &mut Call {
        self.call
    }

    fn can_repeat(&self) -> bool {
        self.content.can_restart()
    }

    /// The same part again replaces itself.
    fn is_idempotent(&self) -> bool {
        true
    }

    /// Nothing that was sent of it stays, but that it moves shows that it may
    /// arrive.
    fn headway(&self) -> u64 {
        self.meter.moved() / HEADWAY
    }

    fn attempts_with_headway(&self) -> u32 {
        PART_ATTEMPTS
    }
}

/// What the threads of a call share.
#[derive(Clone, Copy)]
struct Team<'t> {
    engine: &'t Engine,
    content: &'t Shared<'t>,
    service: &'static str,
    verb: &'static str,
    watch: &'t Watch,
    /// Bytes that each thread has sent of its part.
    sent: &'t [AtomicU64],
}

/// Tells the calling thread that a thread has ended by a panic.
struct Obituary {
    thread: usize,
    out: mpsc::Sender<Message>,
}

impl Drop for Obituary {
    fn drop(&mut self) {
        if thread::panicking() {
            let thread = self.thread;
            // Fails only if nobody is waiting.
            let _ = self.out.send(Message::Lost { thread });
        }
    }
}

/// A thread that sends what it is given until there is no more.
fn work(team: Team<'_>, thread: usize, jobs: mpsc::Receiver<Job<'_>>, out: mpsc::Sender<Message>) {
    let Obituary { out, .. } = &Obituary { thread, out };
    for job in jobs {
        let mut call = Call::new(team.service, team.verb, team.watch.clone());
        let mut part_call = PartCall {
            call: &mut call,
            content: &mut team.content.open(job.part.section.clone()),
            meter: &Meter::counting(&team.sent[thread]),
        };
        let result = team.engine.attempt_elsewhere(
            &mut part_call,
            |c| job.send(team.engine, c),
            &|level, line| {
                let _ = out.send(Message::Log(level, line));
            },
        );
        let message = Message::Done {
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
    team: Team<'scope>,
    out: &mpsc::Sender<Message>,
) -> Vec<mpsc::Sender<Job<'p>>> {
    let mut started = Vec::new();
    for thread in 0..team.sent.len() {
        let (jobs, queue) = mpsc::channel();
        let out = out.clone();
        let start = threads::deaf(|| {
            threads::named("chatfile-part")
                .spawn_scoped(scope, move || work(team, thread, queue, out))
        });
        match start {
            Ok(_) => started.push(jobs),
            Err(_) => break,
        }
    }
    started
}

fn side_by_side(
    engine: &Engine,
    call: &mut UploadCall<'_>,
    done: u64,
    parts: &[Part],
    store: &mut dyn PartStore,
    content: &Shared<'_>,
    threads: usize,
) -> Result<()> {
    let stop = CancelHandle::new();
    let watch = call.call.watch.with_stop(stop.clone());
    let sent: Vec<AtomicU64> = (0..threads).map(|_| AtomicU64::new(0)).collect();
    let is_alone = thread::scope(|scope| {
        let team = Team {
            engine,
            content,
            service: call.call.service,
            verb: call.call.verb,
            watch: &watch,
            sent: &sent,
        };
        let (out, messages) = mpsc::channel();
        let threads = start(scope, team, &out);
        if threads.is_empty() {
            return Ok(true);
        }
        let mut foreman = Foreman {
            engine,
            store: &mut *store,
            queue: parts.iter().map(Task::new).collect(),
            idle: (0..threads.len()).collect(),
            busy: vec![None; threads.len()],
            threads,
            generation: 0,
            done,
            sent: &sent,
            stop: &stop,
            failure: None,
        };
        foreman.run(&mut *call, &messages);
        let failure = foreman.failure.map(|error| call.call.locate(error));
        failure.map_or(Ok(false), Err)
    })?;
    if is_alone {
        return one_by_one(engine, call, done, parts, store);
    }
    Ok(())
}

/// A part that is still to be sent.
#[derive(Clone, Copy)]
struct Task<'p> {
    part: &'p Part,
    /// How often credentials were renewed for it.
    renewals: u32,
    /// How often credentials had been renewed when it was handed out.
    generation: u32,
}

impl<'p> Task<'p> {
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
struct Foreman<'f, 'p> {
    engine: &'f Engine,
    store: &'f mut dyn PartStore,
    queue: VecDeque<Task<'p>>,
    threads: Vec<mpsc::Sender<Job<'p>>>,
    idle: Vec<usize>,
    /// What each thread is sending.
    busy: Vec<Option<Task<'p>>>,
    /// How often credentials were renewed.
    generation: u32,
    /// Bytes of the parts that have arrived.
    done: u64,
    sent: &'f [AtomicU64],
    stop: &'f CancelHandle,
    failure: Option<Error>,
}

impl<'p> Foreman<'_, 'p> {
    /// Until all parts have arrived, or all threads have stopped after a failure.
    fn run(&mut self, call: &mut UploadCall<'_>, messages: &mpsc::Receiver<Message>) {
        loop {
            if let Err(error) = self.hand_out(&mut call.call) {
                self.fail(error);
            }
            // Also after a failure, since no thread outlives the call.
            if self.busy.iter().all(Option::is_none) {
                return;
            }
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
            && let Some(task) = self.queue.front().copied()
            && let Some(thread) = self.idle.pop()
        {
            let job = Job::new(task.part, self.store, call)?;
            self.threads[thread].send(job).map_err(|_| lost())?;
            self.queue.pop_front();
            self.busy[thread] = Some(Task {
                generation: self.generation,
                ..task
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

    fn take(&mut self, message: Message, call: &mut Call) {
        match message {
            Message::Log(level, line) => self.engine.log_line(level, &line),
            Message::Lost { thread } => {
                self.busy[thread] = None;
                self.fail(lost());
            }
            Message::Done {
                thread,
                result,
                attempts,
            } => {
                self.sent[thread].store(0, Ordering::Relaxed);
                self.idle.push(thread);
                call.note_attempts(attempts);
                if let Some(task) = self.busy[thread].take()
                    && let Err(error) = self.settle(task, result)
                {
                    self.fail(error);
                }
            }
        }
    }

    fn settle(&mut self, task: Task<'p>, result: Result<Receipt>) -> Result<()> {
        let error = match result {
            Ok(receipt) => {
                self.done += task.part.len();
                return self.store.stored(task.part, receipt);
            }
            Err(error) => error,
        };
        let Some(next) = task.again(self.generation, self.store.renewals(&error)) else {
            return Err(error);
        };
        if next.renewals > task.renewals {
            self.store.renew();
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
        let mut task = Some(Task::new(&part));
        for generation in 1..100 {
            task = task.and_then(|task| task.again(generation, 3));
        }
        for generation in 100..103 {
            let own = task.map(|task| Task { generation, ..task });
            task = own.and_then(|task| task.again(generation, 3));
        }
        assert_eq!(task.map(|task| task.renewals), Some(3));
        let last = task.and_then(|task| task.again(102, 3));
        assert!(last.is_none());
        // What new credentials do not help against is not tried again at all.
        assert!(Task::new(&part).again(1, 0).is_none());
    }

    #[test]
    fn parts_cover_the_file_without_gaps() {
        let sections = |size, part_size| -> Vec<_> {
            all(size, part_size)
                .into_iter()
                .map(|part| (part.number, part.section))
                .collect()
        };
        assert_eq!(sections(0, 10), [(1, 0..0)]);
        assert_eq!(sections(1, 10), [(1, 0..1)]);
        assert_eq!(sections(10, 10), [(1, 0..10)]);
        assert_eq!(sections(11, 10), [(1, 0..10), (2, 10..11)]);
        let many = all(10_000 * 5, 5);
        assert_eq!(many.len(), 10_000);
        assert_eq!(many[9_999].section, 49_995..50_000);
    }
}
