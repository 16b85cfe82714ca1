//! The rest of a large file, in ranges that several threads fetch at once: of one
//! version, each written where it belongs.
//!
//! Callbacks, digests, the journal and the log stay on the calling thread. What has
//! arrived counts as far as it has no gap.

use super::download_call::{DOWNLOAD_ATTEMPTS, DownloadCall};
use super::engine::Engine;
use super::extent::{self, Wanted};
use super::workers::{Dispatch, Shared, ToLog, Workers};
use crate::error::{Error, Phase, Result, Status};
use crate::message::Request;
use crate::service::{FileReader, may_pass};
use crate::transfer::CHUNK;
use crate::transfer::call::Call;
use crate::transfer::retry::Retryable;
use crate::transfer::sink::SharedFile;
use crate::transfer::version::Version;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Large enough that a round trip between two is little of the time, small enough that
/// a process which is killed loses little.
const PIECE_MAX: u64 = 8 * 1024 * 1024;
const PIECE_MIN: u64 = 512 * 1024;
/// Pieces for each thread, so that a slow one does not hold up the others at the end.
const PIECES_OF_A_THREAD: u64 = 4;
/// No thread goes further ahead of the first gap than so many pieces for each.
const AHEAD: u64 = 4;

/// How often what has come of the first piece that is not whole is noted: a slow network takes
/// minutes for one.
const NOTE_EVERY: Duration = Duration::from_secs(1);

/// What is asked for first, which tells the size of the file: little, for it comes
/// alone.
pub(super) const FIRST: u64 = 256 * 1024;

/// What all threads are to fetch.
#[derive(Clone, Copy)]
struct Task<'t> {
    engine: &'t Engine,
    /// The request of the whole file, at the end of all redirects.
    request: &'t Request,
    reader: FileReader,
    version: &'t Version,
    file: &'t SharedFile,
    /// Where in the file at the service that of the sink begins.
    offset: u64,
    /// Of the file at the service.
    file_size: u64,
}

/// An attempt at a piece.
struct PieceCall<'p> {
    call: Call,
    piece: Range<u64>,
    /// Bytes of it that are there.
    got: &'p AtomicU64,
    /// Up to where it is there.
    end: &'p AtomicU64,
}

impl PieceCall<'_> {
    /// It is there up to this, which whoever is told may read.
    fn wrote(&self, end: u64) {
        self.got.store(end - self.piece.start, Ordering::Relaxed);
        self.end.store(end, Ordering::Release);
    }
}

/// The pieces that are being fetched.
struct Fronts(Vec<Front>);

/// That of a thread.
#[derive(Default)]
struct Front {
    start: AtomicU64,
    end: AtomicU64,
}

impl Fronts {
    fn new(threads: u32) -> Self {
        Self((0..threads).map(|_| Front::default()).collect())
    }

    fn begin(&self, thread: usize, start: u64) {
        self.0[thread].start.store(start, Ordering::Relaxed);
        self.0[thread].end.store(start, Ordering::Relaxed);
    }

    /// Up to where there is no gap, if all before `start` is there.
    fn reached(&self, start: u64) -> u64 {
        let first = |front: &&Front| front.start.load(Ordering::Relaxed) == start;
        let found = self.0.iter().find(first);
        found.map_or(start, |front| front.end.load(Ordering::Acquire).max(start))
    }
}

impl Retryable for PieceCall<'_> {
    fn call(&mut self) -> &mut Call {
        &mut self.call
    }

    fn can_repeat(&self) -> bool {
        true
    }

    fn is_idempotent(&self) -> bool {
        true
    }

    fn headway(&self) -> u64 {
        self.got.load(Ordering::Relaxed)
    }

    fn is_headway_certain(&self) -> bool {
        true
    }

    fn attempts_with_headway(&self) -> u32 {
        DOWNLOAD_ATTEMPTS
    }
}

/// Fetches what is wanted and follows the bytes that the sink has, of the same version of
/// a file of that size; says whether there was any thread to be had. `request` is that of
/// the file, at the end of all redirects.
pub(super) fn receive(
    engine: &Engine,
    request: &Request,
    reader: FileReader,
    file_size: u64,
    call: &mut DownloadCall<'_>,
) -> Result<bool> {
    let (from, size) = (call.sink.written(), call.wanted.count(file_size));
    let (Some(file), Some((_, version))) = (call.sink.share()?, call.sink.resume_from()) else {
        return Err(lost("the file cannot be shared"));
    };
    let version = version.clone();
    // Before there is anything behind a gap, what is kept says so.
    call.sink.reach(from)?;
    let threads = call.parallel_parts;
    let piece = (size - from) / (u64::from(threads) * PIECES_OF_A_THREAD);
    let piece = piece.clamp(PIECE_MIN, PIECE_MAX);
    let task = Task {
        engine,
        request,
        reader,
        version: &version,
        file: &file,
        offset: call.wanted.offset,
        file_size,
    };
    let shared = Shared::new(&call.call, threads as usize);
    let fronts = Fronts::new(threads);
    let mut pieces = Pieces {
        call,
        file: &file,
        size,
        piece,
        window: u64::from(threads) * AHEAD * piece,
        next: from,
        front: from,
        ahead: BTreeMap::new(),
        fronts: &fronts,
        noted: Instant::now(),
    };
    let result = thread::scope(|scope| {
        let work = |thread: usize, piece: Range<u64>, log: ToLog<'_>| {
            let mut attempt = PieceCall {
                call: shared.call(),
                piece: piece.clone(),
                got: shared.moved_by(thread),
                end: &fronts.0[thread].end,
            };
            let fetched = engine.attempt_elsewhere(&mut attempt, |one| fetch(task, one), log);
            let result = match fetched {
                Ok(None) => Ok(piece),
                // From where this has come, or anew.
                Ok(Some(error)) => Err(error.begun_anew()),
                Err(error) => Err(error),
            };
            (result, attempt.call.attempts())
        };
        let Some(workers) = Workers::start(scope, &shared, work) else {
            return Ok(false);
        };
        workers.run(engine, &mut pieces).map(|()| true)
    });
    let front = pieces.front;
    if result.is_err() && front == from {
        // The address may be good for one request, or the service for one connection.
        call.parallel_parts = 1;
    }
    // What stands behind a gap is nothing to go on with.
    if result.is_err() {
        let reached = fronts.reached(front);
        call.sink.reach(reached.max(call.sink.written()))?;
    }
    call.sink.cut()?;
    if let Err(error) = &result
        && error.status() == Status::Sink
    {
        call.sink.distrust();
    }
    result
}

/// The pieces that are not there yet.
struct Pieces<'p, 'a> {
    call: &'p mut DownloadCall<'a>,
    file: &'p SharedFile,
    /// Where the last one ends.
    size: u64,
    /// The size of each but the last.
    piece: u64,
    /// How far behind `front` one may begin.
    window: u64,
    /// Where the next one begins.
    next: u64,
    /// All before this is there.
    front: u64,
    /// What has arrived behind a gap: the beginning and the end of each.
    ahead: BTreeMap<u64, u64>,
    fronts: &'p Fronts,
    /// When it was last noted what has come.
    noted: Instant,
}

impl Dispatch<Range<u64>, Range<u64>> for Pieces<'_, '_> {
    fn call(&mut self) -> &mut Call {
        &mut self.call.call
    }

    fn next(&mut self, thread: usize) -> Result<Option<Range<u64>>> {
        let start = self.next;
        if start >= self.size || start > self.front + self.window {
            return Ok(None);
        }
        self.next = self.size.min(start + self.piece);
        self.file.grow(self.next)?;
        self.fronts.begin(thread, start);
        Ok(Some(start..self.next))
    }

    fn take(&mut self, _: usize, result: Result<Range<u64>>) -> Result<()> {
        let piece = result?;
        self.ahead.insert(piece.start, piece.end);
        while let Some(end) = self.ahead.remove(&self.front) {
            self.front = end;
            self.call.reach(end)?;
        }
        Ok(())
    }

    fn report(&mut self, moving: u64) -> Result<()> {
        let behind: u64 = self.ahead.iter().map(|(start, end)| end - start).sum();
        self.call.meter.reach(self.front + behind + moving)?;
        let reached = self.fronts.reached(self.front);
        if self.noted.elapsed() >= NOTE_EVERY && reached > self.call.sink.written() {
            self.noted = Instant::now();
            self.call.reach(reached)?;
        }
        Ok(())
    }
}

/// One attempt at what is missing of a piece. Returns the error of an answer against
/// which only the service helps, by another address or another version of the file.
fn fetch(task: Task<'_>, attempt: &mut PieceCall<'_>) -> Result<Option<Error>> {
    let start = attempt.piece.start + attempt.got.load(Ordering::Relaxed);
    if start == attempt.piece.end {
        // Only the end of the answer was lost.
        return Ok(None);
    }
    let asked = Wanted {
        offset: task.offset + start,
        length: Some(attempt.piece.end - start),
    };
    let request = task
        .request
        .clone()
        .header("Range", asked.range().unwrap_or_default())
        .header("If-Range", task.version.if_range());
    let mut response = task.engine.request(&request, &mut attempt.call)?;
    let head = &response.head;
    if may_pass(head.status) {
        return Err(task.reader.refused(&response.collect()?));
    }
    if !matches!(head.status, 200..=299 | 412 | 416) {
        return Ok(Some(task.reader.refused(&response.collect()?)));
    }
    let brought = extent::brought(&response, asked).ok();
    let is_asked = brought.is_some_and(|brought| {
        brought.first == asked.offset && brought.size == Some(task.file_size)
    });
    if !is_asked || head.status != 206 || !extent::is_of(head, task.version) {
        let message = "the file at the service has changed while it was fetched; try again";
        let changed = Error::new(Status::Truncated, message).with_phase(Phase::Receive);
        return Ok(Some(changed.with_http_status(head.status)));
    }
    let mut chunk = vec![0; CHUNK];
    let mut at = start;
    loop {
        let got = response.read(&mut chunk)?;
        if got == 0 {
            break;
        }
        let end = at + got as u64;
        if end > attempt.piece.end {
            return Err(lost("more came than was asked for"));
        }
        let written = task.file.write_at(&chunk[..got], at);
        written.map_err(|error| error.with_phase(Phase::Receive))?;
        at = end;
        attempt.wrote(at);
        if let Some(exchange) = &mut attempt.call.exchange {
            exchange.bytes += got as u64;
        }
    }
    if at < attempt.piece.end {
        let message = format!(
            "a range of the file ended {} bytes early",
            attempt.piece.end - at
        );
        return Err(Error::new(Status::Truncated, message)
            .with_phase(Phase::Receive)
            .retryable());
    }
    Ok(None)
}

fn lost(what: &str) -> Error {
    Error::new(Status::Response, what).with_phase(Phase::Receive)
}
