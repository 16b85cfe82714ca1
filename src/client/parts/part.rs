//! A part of a file, and an attempt to send it.

use crate::client::engine::Engine;
use crate::error::{Error, Phase, Result, Status};
use crate::message::{Answer, Request};
use crate::transfer::call::Call;
use crate::transfer::progress::Meter;
use crate::transfer::retry::Retryable;
use crate::transfer::source::OpenSource;
use std::ops::Range;

/// While bytes move, a part is sent this often: eight in ten thousand parts of
/// 8 MB fail over connections that last for 8 MB each, and a network that lets
/// none through sees no more of them.
const PART_ATTEMPTS: u32 = 25;

/// Less is in the buffers of this machine, and moves nowhere.
const HEADWAY: u64 = 1024 * 1024;

/// A section of the file that one request carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Part {
    /// Counts from 1.
    pub(in super::super) number: u32,
    pub(super) section: Range<u64>,
}

impl Part {
    pub(super) fn len(&self) -> u64 {
        self.section.end - self.section.start
    }
}

/// How a file is cut: each part is `part_size` long but for the last; a file of
/// no bytes is one part.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    pub(super) size: u64,
    pub(super) part_size: u64,
}

impl Layout {
    pub(super) fn parts(self) -> impl Iterator<Item = Part> {
        let Self { size, part_size } = self;
        let count = size.div_ceil(part_size).max(1);
        (0..count).map(move |index| Part {
            // At most 10,000 for every service.
            number: (index + 1) as u32,
            section: index * part_size..size.min((index + 1) * part_size),
        })
    }
}

/// What is known of a part that has arrived.
pub(super) struct Receipt {
    /// In lower-case hex.
    pub(super) md5: String,
    /// Unless the MD5 was known before.
    pub(super) crc64: Option<u64>,
}

/// The request for one part, and how its answer is read.
pub(super) struct Job<'p> {
    pub(super) part: &'p Part,
    pub(super) request: Request,
    /// If it is known before the part is sent.
    pub(super) md5: Option<String>,
    pub(super) read: fn(&Answer) -> Result<Option<String>>,
}

impl Job<'_> {
    /// One attempt.
    pub(super) fn send(&self, engine: &Engine, to: &mut PartCall<'_, '_, '_>) -> Result<Receipt> {
        if self.md5.is_none() {
            to.content.digest();
        }
        let answer = engine.send_part(&self.request, to.content, to.meter, to.call)?;
        let found = (self.read)(&answer)?;
        let digest = to.content.take_digest();
        let crc64 = digest.as_ref().map(|digest| digest.crc64());
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

/// An attempt to send a part.
pub(super) struct PartCall<'c, 's, 'm> {
    pub(super) call: &'c mut Call,
    pub(super) content: &'c mut OpenSource<'s>,
    pub(super) meter: &'c Meter<'m>,
}

impl Retryable for PartCall<'_, '_, '_> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_file_without_gaps() {
        let parts = |size, part_size| Layout { size, part_size }.parts();
        let sections = |size, part_size| -> Vec<_> {
            parts(size, part_size)
                .map(|part| (part.number, part.section))
                .collect()
        };
        assert_eq!(sections(0, 10), [(1, 0..0)]);
        assert_eq!(sections(1, 10), [(1, 0..1)]);
        assert_eq!(sections(10, 10), [(1, 0..10)]);
        assert_eq!(sections(11, 10), [(1, 0..10), (2, 10..11)]);
        let many: Vec<_> = parts(10_000 * 5, 5).collect();
        assert_eq!(many.len(), 10_000);
        assert_eq!(many[9_999].section, 49_995..50_000);
    }
}
