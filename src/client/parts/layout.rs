//! How a file is cut into parts.

use crate::message::parts::{PART_MAX, PARTS_MAX};
use std::ops::Range;

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
pub(super) struct Layout {
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
    pub(super) fn growing(part_size: u64) -> Self {
        Self {
            size: 0,
            part_size,
            largest: PART_MAX,
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
    pub(super) fn batch(self, parallel: u32) -> u64 {
        let next = self.count() + 1;
        let least = if self.part_size < SMALL { 0 } else { BATCH_MIN };
        let mut batch = 0;
        for number in next..=PARTS_MAX as u32 {
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
        assert_eq!(Layout::growing(PART_MAX).len_of(10_000), PART_MAX);
        assert_eq!(Layout::growing((3 * MIB) << 10).len_of(1001), PART_MAX);
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
