//! What the emulator saw: one entry for each request, also for those that a fault cut short.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use serde::Serialize;

use crate::store::lock;

/// One request as the emulator saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Counts requests from 1, over the emulator's whole life.
    pub sequence: u64,
    /// Milliseconds since 1970 by the virtual clock when the request head was complete.
    pub at_ms: i64,
    /// Such as `easemob`; empty for a path that belongs to none.
    pub service: String,
    /// What was asked for, such as `upload`; the list is in docs/emulator.md.
    pub verb: String,
    /// The HTTP method.
    pub method: String,
    /// Path and query as sent.
    pub path: String,
    /// The header fields in the order sent; names in lower case, values decoded leniently.
    pub headers: Vec<(String, String)>,
    /// Bytes of the request body read so far (without chunk framing).
    pub body_bytes: u64,
    /// Whether the request body has been read to its end.
    pub body_ended: bool,
    /// The status answered, once it was.
    pub status: Option<u16>,
    /// Bytes of the answer's body handed to the connection so far.
    pub answer_bytes: u64,
    /// The connection it came over, counted from 1.
    pub connection: u64,
    /// The how-manieth request of its connection it is, counted from 1.
    pub request_of_connection: u64,
    /// Whether it came over TLS.
    pub tls: bool,
    /// The kind of fault that was applied, if any.
    pub fault: Option<String>,
}

impl Entry {
    /// The first value of the header field of that name (any case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Which entries somebody wants; what is absent is all.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    service: Option<String>,
    verb: Option<String>,
    method: Option<String>,
    /// Text that path and query contain.
    path: Option<String>,
    status: Option<u16>,
    /// Only those behind this number.
    after: Option<u64>,
    /// Only those that a fault was applied to, or none was.
    fault: Option<bool>,
}

impl Filter {
    /// As the pairs of a query say.
    pub(crate) fn of<'a>(
        pairs: impl Iterator<Item = &'a (String, String)>,
    ) -> Result<Self, String> {
        fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<Option<T>, String> {
            let number = value.parse().map(Some);
            number.map_err(|_| format!("{name} is a number, not {value:?}"))
        }
        let mut filter = Self::default();
        for (name, value) in pairs {
            let text = Some(value.clone());
            match name.as_str() {
                "service" => filter.service = text,
                "verb" => filter.verb = text,
                "method" => filter.method = text,
                "path" => filter.path = text,
                "status" => filter.status = number(name, value)?,
                "after" => filter.after = number(name, value)?,
                "fault" => filter.fault = Some(matches!(value.as_str(), "1" | "yes" | "true")),
                _ => {
                    return Err(format!(
                        "{name} is no filter; there are service, verb, method, path, status, after, fault"
                    ));
                }
            }
        }
        Ok(filter)
    }

    pub(crate) fn takes(&self, entry: &Entry) -> bool {
        let is = |wanted: &Option<String>, have: &str| {
            wanted
                .as_ref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(have))
        };
        is(&self.service, &entry.service)
            && is(&self.verb, &entry.verb)
            && is(&self.method, &entry.method)
            && self
                .path
                .as_ref()
                .is_none_or(|path| entry.path.contains(path))
            && self
                .status
                .is_none_or(|status| entry.status == Some(status))
            && self.after.is_none_or(|after| entry.sequence > after)
            && self
                .fault
                .is_none_or(|fault| entry.fault.is_some() == fault)
    }

    /// What was asked for under that name, as it stands in a form.
    pub(crate) fn text(&self, name: &str) -> String {
        let text = match name {
            "service" => self.service.clone(),
            "verb" => self.verb.clone(),
            "method" => self.method.clone(),
            "path" => self.path.clone(),
            "status" => self.status.map(|status| status.to_string()),
            _ => None,
        };
        text.unwrap_or_default()
    }
}

/// The living half of an entry: fixed facts beside counters that still move.
#[derive(Debug)]
pub(crate) struct Record {
    fixed: Entry,
    body_bytes: AtomicU64,
    body_ended: AtomicBool,
    answer_bytes: AtomicU64,
    status: AtomicU16,
    fault: OnceLock<&'static str>,
    verb: OnceLock<&'static str>,
}

impl Record {
    /// What was asked for, where only the body tells.
    pub(crate) fn set_verb(&self, verb: &'static str) {
        let _ = self.verb.set(verb);
    }

    pub(crate) fn add_body(&self, bytes: usize) {
        self.body_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn end_body(&self) {
        self.body_ended.store(true, Ordering::Release);
    }

    pub(crate) fn add_answer(&self, bytes: usize) {
        self.answer_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn set_status(&self, status: u16) {
        self.status.store(status, Ordering::Release);
    }

    pub(crate) fn set_fault(&self, kind: &'static str) {
        // The first fault of a request is the only one.
        let _ = self.fault.set(kind);
    }

    fn snapshot(&self) -> Entry {
        let mut entry = self.fixed.clone();
        entry.status = Some(self.status.load(Ordering::Acquire)).filter(|status| *status != 0);
        // First: what has ended no longer grows.
        entry.body_ended = self.body_ended.load(Ordering::Acquire);
        entry.body_bytes = self.body_bytes.load(Ordering::Relaxed);
        entry.answer_bytes = self.answer_bytes.load(Ordering::Relaxed);
        if let Some(verb) = self.verb.get() {
            entry.verb = (*verb).to_owned();
        }
        entry.fault = self.fault.get().map(|kind| (*kind).to_owned());
        entry
    }
}

#[derive(Debug)]
pub(crate) struct Journal {
    records: Mutex<VecDeque<Arc<Record>>>,
    next: AtomicU64,
    limit: usize,
}

impl Journal {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            records: Mutex::default(),
            next: AtomicU64::new(1),
            limit: limit.max(1),
        }
    }

    /// Opens an entry; its sequence number and counters are the journal's to fill.
    pub(crate) fn begin(&self, mut entry: Entry) -> Arc<Record> {
        let mut records = lock(&self.records);
        // Numbered under the lock, so that the order of the list is the order of the numbers.
        entry.sequence = self.next.fetch_add(1, Ordering::Relaxed);
        let record = Arc::new(Record {
            fixed: entry,
            body_bytes: AtomicU64::new(0),
            body_ended: AtomicBool::new(false),
            answer_bytes: AtomicU64::new(0),
            status: AtomicU16::new(0),
            fault: OnceLock::new(),
            verb: OnceLock::new(),
        });
        while records.len() >= self.limit {
            records.pop_front();
        }
        records.push_back(Arc::clone(&record));
        record
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        let records = lock(&self.records);
        records.iter().map(|record| record.snapshot()).collect()
    }

    pub(crate) fn clear(&self) {
        lock(&self.records).clear();
    }
}
