//! A part of a file, and an attempt to send it.

use crate::client::engine::Engine;
use crate::digest::SectionDigest;
use crate::error::{Error, Phase, Remedy, Result, Status};
use crate::message::{Answer, Request};
use crate::service::StoredDigests;
use crate::transfer::call::Call;
use crate::transfer::progress::Meter;
use crate::transfer::retry::Retryable;
use crate::transfer::source::OpenSource;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// While bytes move, a part is sent this often: of parts of 8 MB eight in ten thousand fail
/// over connections that last for 8 MB each, of smaller ones next to none, and a network
/// that lets none through sees no more of them.
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

/// As many as S3 and its like take (smh.md §1.5).
const PARTS_MAX: u32 = 10_000;
/// The largest that they take.
const LARGEST: u64 = 5 * 1024 * 1024 * 1024;
/// So many parts of a stream are of one size, those behind them twice as large: with
/// parts of 2 MiB at first there is room for 2 TB.
const PARTS_OF_A_SIZE: u32 = 1000;
/// What comes of unknown length is kept up to that much before it is sent, or one part.
const BATCH_MAX: u64 = 128 * 1024 * 1024;
/// And not less, so that small parts do not wait for each other all the time; unless they
/// are smaller than anyone has them who was not asked for that.
const BATCH_MIN: u64 = 32 * 1024 * 1024;
const SMALL: u64 = 2 * 1024 * 1024;

/// How a file is cut: each part is `part_size` long but for the last; a file of
/// no bytes is one part.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Layout {
    pub(super) size: u64,
    pub(super) part_size: u64,
    /// What parts grow to, where the size is not known when the first is sent.
    largest: u64,
}

impl Layout {
    pub(super) fn new(size: u64, part_size: u64) -> Self {
        Self {
            size,
            part_size,
            largest: part_size,
        }
    }

    /// That of a stream of which nothing has come yet.
    pub(in super::super) fn growing(part_size: u64) -> Self {
        Self {
            size: 0,
            part_size,
            largest: LARGEST,
        }
    }

    fn len_of(self, number: u32) -> u64 {
        let doublings = (number - 1) / PARTS_OF_A_SIZE;
        let grown = self.part_size.checked_shl(doublings);
        let len = grown.filter(|grown| grown >> doublings == self.part_size);
        len.unwrap_or(u64::MAX).min(self.largest)
    }

    pub(super) fn parts(self) -> impl Iterator<Item = Part> {
        let mut next = Some((1, 0));
        std::iter::from_fn(move || {
            let (number, start) = next?;
            let end = self.size.min(start + self.len_of(number));
            // At most 10,000 for every service.
            next = (end < self.size).then_some((number + 1, end));
            Some(Part {
                number,
                section: start..end,
            })
        })
    }

    /// How many parts have bytes.
    fn count(self) -> u32 {
        let (mut count, mut left) = (0, self.size);
        loop {
            let len = self.len_of(count + 1);
            let room = len.saturating_mul(PARTS_OF_A_SIZE.into());
            if left <= room {
                // At most 1,000.
                return count + left.div_ceil(len) as u32;
            }
            left -= room;
            count += PARTS_OF_A_SIZE;
        }
    }

    /// How many bytes of a stream are kept to be sent next, side by side: whole parts.
    /// 0: there are no more parts.
    pub(in super::super) fn batch(self, parallel: u32) -> u64 {
        let next = self.count() + 1;
        let least = if self.part_size < SMALL { 0 } else { BATCH_MIN };
        let mut batch = 0;
        for number in next..=PARTS_MAX {
            let grown = batch + self.len_of(number);
            let is_enough = number - next >= parallel && grown > least;
            if batch > 0 && (is_enough || grown > BATCH_MAX) {
                break;
            }
            batch = grown;
        }
        batch
    }

    /// So many more bytes have come.
    pub(super) fn grow(&mut self, by: u64) {
        self.size += by;
    }
}

/// What is known of a part that has arrived.
pub(super) struct Receipt {
    /// In lower-case hex; `None` if neither side has computed it.
    pub(super) md5: Option<String>,
    /// Unless the MD5 was known before.
    pub(super) crc64: Option<u64>,
}

/// The request for one part, and how its answer is read.
pub(super) struct Job<'p> {
    pub(super) part: &'p Part,
    pub(super) request: Request,
    /// It is the whole file, which could go in smaller parts.
    pub(super) is_divisible: bool,
    /// If it is known before the part is sent.
    pub(super) md5: Option<String>,
    /// The answer is expected to state the CRC-64.
    pub(super) states_crc64: bool,
    pub(super) read: fn(&Answer) -> Result<StoredDigests>,
}

impl Job<'_> {
    /// One attempt.
    pub(super) fn send(&self, engine: &Engine, to: &mut PartCall<'_, '_, '_>) -> Result<Receipt> {
        let before = to.meter.moved();
        let result = self.send_and_check(engine, to);
        let has_moved = to.meter.moved() - before >= HEADWAY;
        result.map_err(
            |error| match self.is_divisible && has_moved && is_cut(&error) {
                true => error.needs(Remedy::Divide),
                false => error,
            },
        )
    }

    fn send_and_check(&self, engine: &Engine, to: &mut PartCall<'_, '_, '_>) -> Result<Receipt> {
        if let Some(md5) = &self.md5 {
            let stored = self.send_once(engine, to)?;
            self.check(stored.md5.as_ref(), Some(md5))?;
            return Ok(Receipt {
                md5: Some(md5.clone()),
                crc64: None,
            });
        }
        to.content.digest(match self.states_crc64 {
            true => SectionDigest::default(),
            false => SectionDigest::with_md5(),
        });
        let stored = self.send_once(engine, to)?;
        let Some(mut digest) = to.content.take_digest() else {
            return Err(fault(
                Status::Response,
                self.part,
                "was confirmed before all of it was sent",
            ));
        };
        let crc64 = digest.crc64();
        self.check(stored.crc64, Some(crc64))?;
        // Against expectation nothing is said but an MD5. What cannot be read again is left
        // to the comparison of the whole file.
        let is_proven = stored.crc64.is_some() || stored.md5.is_none();
        if !is_proven && self.states_crc64 && to.content.can_rewind() {
            let again = SectionDigest::with_md5();
            digest = to.content.digest_again(again, &to.call.watch)?;
        }
        self.check(stored.md5.as_ref(), digest.md5().as_ref())?;
        Ok(Receipt {
            md5: digest.md5().or(stored.md5),
            crc64: Some(crc64),
        })
    }

    fn send_once(&self, engine: &Engine, to: &mut PartCall<'_, '_, '_>) -> Result<StoredDigests> {
        let answer = engine.send_part(&self.request, to.content, to.meter, to.call)?;
        (self.read)(&answer)
    }

    /// That what was stored is what was sent, as far as both are known.
    fn check<T: PartialEq>(&self, stored: Option<T>, sent: Option<T>) -> Result<()> {
        match stored.zip(sent) {
            Some((stored, sent)) if stored != sent => Err(fault(
                Status::Integrity,
                self.part,
                "arrived with other bytes than were sent",
            )
            .retryable()),
            _ => Ok(()),
        }
    }
}

/// Whether the connection was cut on the way. A silence, or a kept connection that was dead, says
/// nothing of how long one lasts.
fn is_cut(error: &Error) -> bool {
    let is_lost = error.is_retryable() && error.http_status().is_none();
    is_lost && error.status() != Status::Stalled && !error.is_lost_idle()
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
    /// How many parts of the call have arrived by now.
    pub(super) arrived: &'c AtomicU64,
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
    /// arrive; so do others that arrive.
    fn headway(&self) -> u64 {
        self.meter.moved() / HEADWAY + self.arrived.load(Ordering::Relaxed)
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
        let parts = |size, part_size| Layout::new(size, part_size).parts();
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

    #[test]
    fn parts_of_a_stream_grow_until_there_are_no_more() {
        const MIB: u64 = 1024 * 1024;
        let mut layout = Layout::growing(8 * MIB);
        assert_eq!(layout.batch(4), 32 * MIB);
        assert_eq!(layout.batch(16), 128 * MIB);
        let mut batches = 0;
        while layout.batch(4) > 0 {
            let (batch, before) = (layout.batch(4), layout.count());
            layout.grow(batch);
            assert!(batch <= BATCH_MAX || layout.count() == before + 1);
            batches += 1;
        }
        // By fours up to 32 MiB, by twos of 64, then one by one.
        assert_eq!(batches, 3 * 250 + 500 + 6000);
        let parts: Vec<_> = layout.parts().collect();
        assert_eq!((parts.len(), layout.count()), (10_000, 10_000));
        assert_eq!(parts[999].len(), 8 * MIB);
        assert_eq!(parts[1000].len(), 16 * MIB);
        assert_eq!(parts[9_999].len(), 4096 * MIB);
        assert_eq!(layout.size, 1000 * 8 * MIB * 1023);
        // Nor do they grow above what a store takes.
        assert_eq!(Layout::growing(LARGEST).len_of(10_000), LARGEST);
        assert_eq!(Layout::growing((3 * MIB) << 10).len_of(1001), LARGEST);
    }

    #[test]
    fn small_parts_of_a_stream_go_by_many() {
        const MIB: u64 = 1024 * 1024;
        let mut layout = Layout::growing(2 * MIB);
        assert_eq!(layout.batch(1), 32 * MIB);
        assert_eq!(layout.batch(4), 32 * MIB);
        assert_eq!(layout.batch(20), 40 * MIB);
        assert_eq!(Layout::growing(MIB).batch(4), 4 * MIB);
        assert_eq!(Layout::growing(1024 * MIB).batch(4), 1024 * MIB);
        layout.grow(32 * MIB);
        assert_eq!(layout.count(), 16);
    }
}
