//! The buffers between ureq and a connection: as ureq's own, but what nobody has written to
//! costs nothing. To clear and to wipe all of it was most of what a first call took of the
//! processor, and each connection had it resident.

use std::ops::Range;
use ureq::unversioned::transport::Buffers;

/// Room for the body of a request that ureq insists on (as in its own buffers).
const TMP_MIN: usize = 10 * 1024;

/// Wiped when dropped: tokens go through them.
pub(super) struct WipedBuffers {
    input: Buffer,
    /// What has been received and not been read.
    unread: Range<usize>,
    /// The last reading has taken something.
    has_progress: bool,
    output: Buffer,
}

/// It knows how much of it may have been written to.
struct Buffer {
    /// Empty until it is needed. The system gives it as zeros without writing them.
    bytes: Vec<u8>,
    size: usize,
    /// Nothing behind that was written to.
    touched: usize,
    /// It was given away to be written to, and nobody has said yet how far it was.
    is_out: bool,
}

impl WipedBuffers {
    /// Nothing is allocated yet.
    pub(super) fn new(input_size: usize, output_size: usize) -> Self {
        Self {
            input: Buffer::new(input_size),
            unread: 0..0,
            has_progress: false,
            output: Buffer::new(output_size),
        }
    }

    /// The first `amount` bytes of the output, which are all that was written to it.
    pub(super) fn written(&mut self, amount: usize) -> &[u8] {
        // A body may have gone through the room for that: no more of it than was written here.
        if self.input.is_out {
            self.input.written(self.unread.end + amount);
        }
        self.output.written(amount);
        &self.output.bytes[..amount]
    }

    /// What has been read makes room.
    fn make_room(&mut self) {
        let Range { start, end } = self.unread;
        if start == end {
            self.unread = 0..0;
        } else if end > self.input.size / 2 {
            self.input.bytes.copy_within(start..end, 0);
            self.unread = 0..end - start;
        }
    }
}

impl Buffers for WipedBuffers {
    fn output(&mut self) -> &mut [u8] {
        self.output.give()
    }

    fn input(&self) -> &[u8] {
        &self.input.bytes[self.unread.clone()]
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.make_room();
        &mut self.input.give()[self.unread.end..]
    }

    fn input_appended(&mut self, amount: usize) {
        self.unread.end += amount;
        assert!(self.unread.end <= self.input.bytes.len());
        self.input.written(self.unread.end);
    }

    fn input_consume(&mut self, amount: usize) {
        self.unread.start += amount;
        assert!(self.unread.start <= self.unread.end);
        self.has_progress = amount > 0;
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.make_room();
        self.input.size = self.input.size.max(self.unread.end + TMP_MIN);
        let tmp = &mut self.input.give()[self.unread.end..];
        (tmp, self.output.give())
    }

    fn can_use_input(&self) -> bool {
        !self.unread.is_empty() && self.has_progress
    }
}

impl Buffer {
    fn new(size: usize) -> Self {
        Self {
            bytes: Vec::new(),
            size,
            touched: 0,
            is_out: false,
        }
    }

    /// All of it, to be written to.
    fn give(&mut self) -> &mut [u8] {
        if self.bytes.len() < self.size {
            let mut bytes = vec![0; self.size];
            bytes[..self.bytes.len()].copy_from_slice(&self.bytes);
            wipe(&mut self.bytes);
            self.bytes = bytes;
        }
        if std::mem::replace(&mut self.is_out, true) {
            // Nobody has said how far it was written to before.
            self.touched = self.size;
        }
        &mut self.bytes
    }

    /// It was written to up to here since it was given away.
    fn written(&mut self, end: usize) {
        self.touched = self.touched.max(end);
        self.is_out = false;
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let touched = match self.is_out {
            true => self.bytes.len(),
            false => self.touched.min(self.bytes.len()),
        };
        wipe(&mut self.bytes[..touched]);
    }
}

/// For buffers of this size: zeroize writes a byte at a time, which was a third of what the
/// fuzz target `http` did, with a small call on a connection of its own each time.
fn wipe(buffer: &mut [u8]) {
    buffer.fill(0);
    // What fills a buffer that nobody reads could be left out.
    zeroize::optimization_barrier(buffer);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::unversioned::transport::LazyBuffers;

    /// A number below `end` that differs each time.
    fn below(end: usize, random: &mut u64) -> usize {
        *random = random.wrapping_mul(6_364_136_223_846_793_005) + 1;
        (*random >> 33) as usize % end
    }

    #[test]
    fn they_do_what_those_of_ureq_do() {
        let (mut own, mut theirs) = (WipedBuffers::new(500, 300), LazyBuffers::new(500, 300));
        let mut random = 1;
        for step in 0..20_000_u32 {
            let byte = step as u8;
            let room = own.input_append_buf().len();
            assert_eq!(room, theirs.input_append_buf().len());
            match below(8, &mut random) {
                0..3 if room > 0 => {
                    let amount = below(room + 1, &mut random);
                    own.input_append_buf()[..amount].fill(byte);
                    own.input_appended(amount);
                    theirs.input_append_buf()[..amount].fill(byte);
                    theirs.input_appended(amount);
                }
                3..6 => {
                    let amount = below(own.input().len() + 1, &mut random);
                    own.input_consume(amount);
                    theirs.input_consume(amount);
                }
                6 => {
                    let amount = below(301, &mut random);
                    own.output()[..amount].fill(byte);
                    assert!(own.written(amount).iter().all(|own| *own == byte));
                }
                _ => {}
            }
            assert_eq!(own.input(), theirs.input());
            assert_eq!(own.can_use_input(), theirs.can_use_input());
        }
        // There is room for a body whatever has been received.
        let received = own.input().to_vec();
        let (tmp, output) = own.tmp_and_output();
        assert!(tmp.len() >= TMP_MIN && output.len() == 300);
        assert_eq!(own.input(), received);
    }

    #[test]
    fn all_that_may_have_been_written_to_is_wiped_and_no_more() {
        let known = |buffer: &Buffer| (buffer.touched, buffer.is_out);
        let mut buffers = WipedBuffers::new(100_000, 100_000);
        assert!(buffers.input.bytes.is_empty() && buffers.output.bytes.is_empty());
        buffers.output()[..7].fill(1);
        assert_eq!(known(&buffers.output), (0, true));
        buffers.written(7);
        buffers.input_append_buf()[..9].fill(1);
        buffers.input_appended(9);
        assert_eq!(known(&buffers.output), (7, false));
        assert_eq!(known(&buffers.input), (9, false));
        buffers.input_consume(9);
        // A body: it may go either way.
        buffers.tmp_and_output().0[..20].fill(1);
        buffers.written(20);
        assert_eq!(known(&buffers.output), (20, false));
        assert_eq!(known(&buffers.input), (20, false));
        // What has failed says nothing.
        buffers.output();
        buffers.output();
        buffers.written(1);
        assert_eq!(known(&buffers.output), (100_000, false));
    }
}
