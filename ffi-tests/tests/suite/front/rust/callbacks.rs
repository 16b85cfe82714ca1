//! What the callbacks of the Rust driver do, and what they saw.

use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, ThreadId};
use std::time::Duration;

use chatfile::{CancelHandle, Progress, ProgressCallback, ReadCallback};

use crate::protocol::{Crc32, Line, Pattern};

/// What the callbacks of a client, rather than of a call, have seen.
#[derive(Default)]
pub struct SeenByClient {
    pub(super) asked: AtomicU32,
    pub(super) logins: AtomicU32,
    pub(super) challenge: Mutex<String>,
    pub(super) log: Mutex<String>,
}

/// On which thread the callbacks of a call ran.
pub(super) struct Home {
    thread: ThreadId,
    strayed: Cell<bool>,
}

impl Home {
    pub(super) fn here() -> Self {
        Self {
            thread: std::thread::current().id(),
            strayed: Cell::new(false),
        }
    }

    pub(super) fn visit(&self) {
        if std::thread::current().id() != self.thread {
            self.strayed.set(true);
        }
    }

    pub(super) fn tell(&self, answer: &mut Line) {
        answer.set("same_thread", i32::from(!self.strayed.get()));
    }
}

/// The cancel handle of a call, as the line asks for it, and the thread that may fire it.
pub(super) struct Canceller {
    pub(super) handle: Option<CancelHandle>,
    pub(super) over: Arc<AtomicBool>,
    pub(super) watcher: Option<JoinHandle<()>>,
}

impl Canceller {
    pub(super) fn new(line: &Line) -> Self {
        let wanted = ["fire_before", "fire_at", "fire_when"];
        let wanted = wanted.iter().any(|key| line.get(key).is_some());
        let handle = wanted.then(CancelHandle::new);
        if line.get("fire_before").is_some() {
            handle.iter().for_each(CancelHandle::cancel);
        }
        let over = Arc::<AtomicBool>::default();
        let watcher = line.get("fire_when").map(|path| {
            let (path, handle, over) = (path.to_owned(), handle.clone(), Arc::clone(&over));
            std::thread::spawn(move || {
                while !over.load(Ordering::Acquire) {
                    if std::fs::exists(&path).unwrap() {
                        handle.iter().for_each(CancelHandle::cancel);
                        return;
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
            })
        });
        Self {
            handle,
            over,
            watcher,
        }
    }
}

impl Drop for Canceller {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        if let Some(watcher) = self.watcher.take() {
            let _ = watcher.join();
        }
    }
}

/// What the progress callback saw.
#[derive(Default)]
pub(super) struct Seen(RefCell<Vec<Progress>>);

impl Seen {
    pub(super) fn callback<'a>(
        &'a self,
        line: &'a Line,
        home: &'a Home,
        cancel: Option<CancelHandle>,
    ) -> Option<ProgressCallback<'a>> {
        line.get("progress")?;
        let bound = |key| line.get(key).map(|_| line.number(key).unsigned_abs());
        let (fire_at, cancel_at) = (bound("fire_at"), bound("cancel_at"));
        let value = i32::try_from(line.number("cancel_value")).unwrap();
        let from = usize::try_from(line.number("cancel_report")).unwrap();
        Some(Box::new(move |progress: Progress| {
            home.visit();
            if fire_at.is_some_and(|at| progress.done >= at) {
                cancel.iter().for_each(CancelHandle::cancel);
            }
            self.0.borrow_mut().push(progress);
            let is_late_enough = self.0.borrow().len() >= from;
            match cancel_at {
                Some(at) if progress.done >= at && is_late_enough && value != 0 => {
                    Err(chatfile::Error::callback("progress", value))
                }
                _ => Ok(()),
            }
        }))
    }

    pub(super) fn tell(&self, line: &Line, answer: &mut Line) {
        if line.get("progress").is_none() {
            return;
        }
        let all = self.0.borrow();
        let finished = all.iter().filter(|p| p.finished).count();
        let early = |p: &&Progress| !p.finished && p.done > 0 && p.total == Some(p.done);
        let last = all.last();
        answer.set("reports", all.len());
        answer.set("first", all.first().map_or(0, |p| p.done));
        answer.set("rising", i32::from(all.is_sorted_by_key(|p| p.done)));
        let within = all
            .iter()
            .all(|p| p.total.is_none_or(|total| p.done <= total));
        answer.set("within", i32::from(within));
        answer.set("early", all.iter().filter(early).count());
        answer.set("finished", finished);
        answer.set("last", last.map_or(0, |p| p.done));
        answer.set("total", last.and_then(|p| p.total).unwrap_or(0));
        let doing = all.iter().map(|p| 1 << (p.activity as u32));
        answer.set("doing", doing.fold(0, |all: u32, one| all | one));
        answer.set("hashed", all.iter().map(|p| p.hashed).max().unwrap_or(0));
        answer.set("rated", i32::from(all.iter().any(|p| p.rate > 0)));
        let left = all
            .iter()
            .any(|p| p.remaining.is_some_and(|left| !left.is_zero()));
        answer.set("left", i32::from(left));
    }
}

/// A callback source over the pattern.
pub(super) struct Reader<'a> {
    pub(super) pattern: Pattern,
    pub(super) line: &'a Line,
    pub(super) home: &'a Home,
    pub(super) given: u64,
    pub(super) reads: &'a Cell<u32>,
    pub(super) rewinds: &'a Cell<u32>,
}

impl ReadCallback for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.home.visit();
        self.reads.set(self.reads.get() + 1);
        let key = |name| {
            self.line
                .get(name)
                .map(|_| self.line.number(name).unsigned_abs())
        };
        if key("read_fail_at").is_some_and(|at| self.given >= at) {
            return Err(io::Error::other("as the case wants it"));
        }
        let left = key("produce").or(key("size")).unwrap_or(0) - self.given;
        let most = key("read_chunk").unwrap_or(u64::MAX).min(left);
        let size = buffer
            .len()
            .min(usize::try_from(most).unwrap_or(usize::MAX));
        self.pattern.copy(self.given, &mut buffer[..size]);
        self.given += size as u64;
        Ok(if self.line.get("claim").is_some() {
            buffer.len() + 1
        } else {
            size
        })
    }

    fn can_rewind(&self) -> bool {
        self.line.get("rewind").is_some()
    }

    fn rewind(&mut self) -> io::Result<()> {
        self.home.visit();
        self.rewinds.set(self.rewinds.get() + 1);
        self.given = 0;
        Ok(())
    }
}

/// A callback sink.
pub(super) struct Writer<'a> {
    pub(super) home: &'a Home,
    pub(super) line: &'a Line,
    pub(super) received: &'a Cell<u64>,
    pub(super) crc: &'a RefCell<Crc32>,
}

impl Write for Writer<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.home.visit();
        self.received.set(self.received.get() + data.len() as u64);
        self.crc.borrow_mut().update(data);
        let limit = self.line.get("write_fail_at");
        if limit.is_some_and(|at| at.parse().is_ok_and(|at: u64| self.received.get() >= at)) {
            return Err(io::Error::other("as the case wants it"));
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
