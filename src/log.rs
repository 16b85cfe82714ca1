//! What happened, told to the caller line by line. No line ever holds a secret:
//! of a URL, host and path are told, never what is in its query; of headers, at the
//! finest level, names and what is harmless; of bodies, nothing.

use crate::moment::away;
use std::fmt;
use std::sync::Arc;

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
#[non_exhaustive]
pub enum LogLevel {
    /// A call has failed.
    Error = 1,
    /// An attempt has failed, and another will follow.
    Warn = 2,
    /// An attempt has succeeded.
    Info = 3,
    /// The steps in between: tokens, redirects, lost connections.
    Debug = 4,
    /// Each request and answer with its header fields, and how connections came about.
    Trace = 5,
}

/// Takes a line of the log. Called on the thread that made the call, so by
/// several at once if several use the client.
pub type LogCallback = Arc<dyn Fn(LogLevel, &str) + Send + Sync>;

#[derive(Clone, Default)]
pub(crate) struct Logger(Option<(LogLevel, LogCallback)>);

impl Logger {
    pub(crate) fn new(level: LogLevel, callback: LogCallback) -> Self {
        Self(Some((level, callback)))
    }

    /// Whether lines of this level are wanted.
    pub(crate) fn takes(&self, level: LogLevel) -> bool {
        self.0.as_ref().is_some_and(|(most, _)| level <= *most)
    }

    pub(crate) fn line(&self, level: LogLevel, line: impl fmt::Display) {
        if let Some((_, callback)) = &self.0
            && self.takes(level)
        {
            let line = line.to_string();
            away(|| callback(level, &line));
        }
    }
}
