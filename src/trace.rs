//! What a call has done, line by line: for the error of one that failed, for the log at its
//! finest level, and for who looks how far a connection comes. No line holds a secret
//! (`message/outline.rs`).

use crate::log::{LogLevel, Logger};
use crate::threads::{ThreadId, lock};
use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

/// So many bytes of lines are kept, the last ones: of a call of thousands of parts, what it
/// came to. A request with its answer has some 700.
const KEPT: usize = 64 * 1024;

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Milestone {
    /// The addresses of the host are known.
    Name,
    /// There is a TCP connection.
    Connection,
    /// The proxy has connected us to the host.
    Tunnel,
    /// There is TLS with the host.
    Tls,
}

/// The lines of one call, to which all its threads add.
#[derive(Clone)]
pub(crate) struct Trace(Arc<Shared>);

struct Shared {
    /// By the clock of this machine.
    begun: SystemTime,
    /// The thread that the call was made on: the log is told there alone.
    home: ThreadId,
    log: Logger,
    /// An error is to have the lines.
    is_for_error: bool,
    lines: Mutex<Lines>,
}

#[derive(Default)]
struct Lines {
    kept: VecDeque<Line>,
    bytes: usize,
    dropped: u64,
    /// What other threads have for the log.
    untold: Vec<String>,
}

/// Something that has happened, so long after the call began.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) at: Duration,
    pub(crate) milestone: Option<Milestone>,
    pub(crate) text: String,
}

impl Trace {
    /// Of a call that begins now, on this thread.
    pub(crate) fn new(log: Logger, is_for_error: bool) -> Self {
        Self(Arc::new(Shared {
            begun: SystemTime::now(),
            home: ThreadId::here(),
            log,
            is_for_error,
            lines: Mutex::default(),
        }))
    }

    pub(crate) fn is_for_error(&self) -> bool {
        self.0.is_for_error
    }

    /// Something has happened.
    pub(crate) fn add(&self, line: Line) {
        if !self.0.log.takes(LogLevel::Trace) {
            return self.keep(line);
        }
        let mut told: Vec<_> = line.text.lines().map(str::to_owned).collect();
        self.keep(line);
        self.lines().untold.append(&mut told);
        self.tell();
    }

    /// Tells the log what other threads have for it, on the thread of the call.
    pub(crate) fn tell(&self) {
        if ThreadId::here() != self.0.home {
            return;
        }
        // Not with the lock, for the log may make a call.
        let untold = std::mem::take(&mut self.lines().untold);
        for text in untold {
            self.0.log.line(LogLevel::Trace, text);
        }
    }

    /// Something has happened of which the log has a line of its own.
    pub(crate) fn keep(&self, line: Line) {
        let mut lines = self.lines();
        lines.bytes += line.text.len();
        lines.kept.push_back(line);
        while lines.bytes > KEPT
            && let Some(first) = lines.kept.pop_front()
        {
            lines.bytes -= first.text.len();
            lines.dropped += 1;
        }
    }

    /// How far its connections have come.
    pub(crate) fn milestones(&self) -> Vec<Line> {
        let lines = self.lines();
        let reached = lines.kept.iter().filter(|line| line.milestone.is_some());
        reached.cloned().collect()
    }

    /// All of it as a text, of a call that was made for this; `None` if nothing was done.
    pub(crate) fn text(&self, what: &str) -> Option<String> {
        let lines = self.lines();
        lines.kept.front()?;
        let version = env!("CARGO_PKG_VERSION");
        let begun = httpdate::fmt_http_date(self.0.begun);
        let mut text = format!("chatfile {version}: {what}, begun {begun}\n");
        if lines.dropped > 0 {
            text += "(what came first is left out)\n";
        }
        for line in &lines.kept {
            // Writing to a text does not fail.
            let _ = writeln!(text, "+{} ms {}", line.at.as_millis(), line.text);
        }
        Some(text)
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        lock(&self.0.lines)
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trace")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::thread;

    fn line(text: impl Into<String>) -> Line {
        Line {
            at: Duration::from_millis(7),
            milestone: None,
            text: text.into(),
        }
    }

    #[test]
    fn what_came_last_is_kept() {
        let trace = Trace::new(Logger::default(), true);
        assert_eq!(trace.text("x"), None);
        trace.add(line("first"));
        for _ in 0..70 {
            trace.keep(line("x".repeat(1024)));
        }
        trace.add(line("last"));
        let text = trace.text("NetEase upload").unwrap();
        assert!(text.len() < KEPT + 4096, "{}", text.len());
        assert!(text.starts_with("chatfile "), "{text}");
        assert!(!text.contains("first\n"), "{text}");
        assert!(text.contains("left out"), "{text}");
        assert!(text.ends_with("+7 ms last\n"), "{text}");
    }

    #[test]
    fn the_log_is_told_on_the_thread_of_the_call() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&seen);
        let home = thread::current().id();
        let log = Logger::new(
            LogLevel::Trace,
            Arc::new(move |level, text: &str| {
                assert_eq!((level, thread::current().id()), (LogLevel::Trace, home));
                told.lock().unwrap().push(text.to_owned());
            }),
        );
        let trace = Trace::new(log, false);
        thread::scope(|scope| scope.spawn(|| trace.add(line("there"))).join().unwrap());
        assert!(seen.lock().unwrap().is_empty());
        trace.tell();
        assert_eq!(seen.lock().unwrap().len(), 1);
        trace.keep(line("kept"));
        trace.add(line("here\n    too"));
        assert_eq!(*seen.lock().unwrap(), ["there", "here", "    too"]);
    }
}
