//! A [`Body`] on its way out: its length is known before the first byte is sent,
//! it can be sent again, and it never holds the content in memory.

use super::limit::{Throttle, Ticket};
use super::progress::Meter;
use super::source::OpenSource;
use crate::error::{Error, Result, Status};
use crate::message::{Body, Encoding, base64_length};
use crate::watch::{self, Activity, Watch};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, Read};
use std::sync::LazyLock;

impl Body {
    /// The length of the body with this content. For [`Encoding::Base64Form`]
    /// it depends on the content, which is read once to count.
    pub(crate) fn length(
        &self,
        content: Option<&mut OpenSource<'_>>,
        watch: &Watch,
    ) -> Result<u64> {
        let fixed = (self.prefix.len() + self.suffix.len()) as u64;
        let (Some(encoding), Some(content)) = (self.content, content) else {
            return Ok(fixed);
        };
        let encoded = match encoding {
            Encoding::Identity => content.len(),
            Encoding::Base64 => base64_length(content.len()),
            Encoding::Base64Form => base64_form_length(content, watch)?,
        };
        Ok(fixed + encoded)
    }
}

/// Raw bytes are encoded in blocks of this size: a multiple of three, so that
/// only the last block has padding, and small enough to stay in the cache.
const BLOCK: usize = 48 * 1024;

/// Room for one block: no more than the content needs, since zeroing it is
/// most of the work for a tiny one.
fn block_for(content_length: u64) -> Box<[u8]> {
    let needed = usize::try_from(content_length).unwrap_or(BLOCK);
    vec![0; needed.clamp(1, BLOCK)].into()
}

fn base64_form_length(content: &mut OpenSource<'_>, on: &Watch) -> Result<u64> {
    if !content.can_rewind() {
        return Err(Error::new(
            Status::Unsupported,
            "source: this upload reads the source twice (the length of percent-encoded base64 \
             depends on the content); give a file, a buffer, or a rewind callback, or upload as \
             multipart",
        )
        .with_field("source"));
    }
    content.restart(on)?;
    watch::hashing(content.len());
    let mut block = block_for(content.len());
    let mut length = 0;
    loop {
        let filled = fill(content, &mut block, on)?;
        watch::hashed(filled);
        length += form_length(&block[..filled]);
        if filled < block.len() {
            break;
        }
    }
    content.restart(on)?;
    Ok(length)
}

/// Reads until the buffer is full or the content is over. A source may be slow,
/// so each step looks whether to go on.
fn fill(content: &mut OpenSource<'_>, buffer: &mut [u8], watch: &Watch) -> Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        watch.check()?;
        match content.read(&mut buffer[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}

/// For every pair of six-bit values its text: up to six bytes from the low end, and the
/// number of them in the top byte.
type Pairs = [u64; 4096];

/// What of such a number is the text.
const TEXT: u64 = u64::MAX >> 8;

/// Made when the first is sent: as constants they would be 64 KiB of the library for all
/// who send none.
static PLAIN: LazyLock<Box<Pairs>> = LazyLock::new(|| pairs(false));
/// Percent-encoded, as forms have it.
static FORM: LazyLock<Box<Pairs>> = LazyLock::new(|| pairs(true));

fn pairs(is_form: bool) -> Box<Pairs> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let texts = ALPHABET.map(|character| {
        let mut text = [0; 8];
        text[7] = write_character(character, is_form, &mut text) as u8;
        u64::from_le_bytes(text)
    });
    let mut table = Box::new([0; 4096]);
    for (row, first) in table.as_chunks_mut::<64>().0.iter_mut().zip(texts) {
        let behind = 8 * length_of(first);
        for (entry, second) in row.iter_mut().zip(texts) {
            // The lengths, in the top bytes, add up.
            let (text, length) = (second & TEXT, second & !TEXT);
            *entry = first + (text << behind) + length;
        }
    }
    table
}

/// Writes a character of base64, in a form percent-encoded where needed; returns how many
/// bytes that is.
fn write_character(character: u8, is_form: bool, out: &mut [u8]) -> usize {
    let text: &[u8] = match character {
        b'+' if is_form => b"%2B",
        b'/' if is_form => b"%2F",
        b'=' if is_form => b"%3D",
        _ => &[character],
    };
    out[..text.len()].copy_from_slice(text);
    text.len()
}

/// How long the text of a pair is; never more than 6, and than 7 as the compiler sees by
/// this.
fn length_of(entry: u64) -> usize {
    (entry >> 56) as usize & 7
}

/// The length of `raw` as percent-encoded base64. It is whole groups of three bytes, but
/// for the end of the content.
fn form_length(raw: &[u8]) -> u64 {
    let (groups, tail) = raw.as_chunks::<3>();
    let (steps, rest) = groups.as_flattened().as_chunks::<STEP>();
    let mut escapes = 0;
    // Each of the lanes counts to at most 63, by two for a step, before they are added up.
    for steps in steps.chunks(31) {
        let halves = steps.iter().flat_map(halves);
        let mut lanes = halves.map(escapes_of).sum::<u64>();
        while lanes != 0 {
            escapes += lanes & 63;
            lanes >>= 6;
        }
    }
    // What stands behind the rest here has no escapes.
    let mut last = [0; STEP];
    last[..rest.len()].copy_from_slice(rest);
    let of_last = halves(&last).map(|half| u64::from(escapes_of(half).count_ones()));
    escapes += of_last.iter().sum::<u64>();
    // `%2B` for `+`.
    let whole = 4 * groups.len() as u64 + 2 * escapes;
    whole + encode_tail(true, tail, &mut [0; GROUP_MAX]) as u64
}

/// Raw bytes that are taken in one step: what is looked at for each is little then.
const STEP: usize = 12;

/// A step as two numbers of eight six-bit values each, in their lower 48 bits.
fn halves(step: &[u8; STEP]) -> [u64; 2] {
    let eight = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_be_bytes(*bytes));
    let (first, last) = (step.first_chunk(), step.last_chunk());
    [eight(first) >> 16, eight(last) & 0xffff_ffff_ffff]
}

/// Of eight six-bit values, 1 in the lane of each that is percent-encoded: 62 and 63, whose
/// upper five bits are ones.
fn escapes_of(half: u64) -> u64 {
    /// The lowest bit of each lane.
    const LANES: u64 = 0x0410_4104_1041;
    let bits = half >> 1;
    let two = bits & bits >> 1;
    two & two >> 2 & bits >> 4 & LANES
}

/// The longest text of three raw bytes: `%2F%2F%2F%2F`.
const GROUP_MAX: usize = 12;
/// What one group may touch: the text of a pair, as far as the compiler knows it, then a
/// store of eight.
const GROUP_ROOM: usize = 7 + 8;

/// What a step may touch.
const STEP_ROOM: usize = 7 * 7 + 8;

/// Writes base64 of `raw`, in steps, while it fits, and returns (raw bytes used, text bytes
/// written).
// Four times as fast as writing base64 and then replacing its characters.
fn encode_steps(pairs: &Pairs, raw: &[u8], out: &mut [u8]) -> (usize, usize) {
    let (mut used, mut written) = (0, 0);
    for step in raw.as_chunks::<STEP>().0 {
        let left = out.get_mut(written..).unwrap_or_default();
        let Some(room) = left.first_chunk_mut::<STEP_ROOM>() else {
            break;
        };
        let [first, second] = halves(step);
        // One by one, for a compiler that makes code small unrolls no loop, and then looks each time
        // whether there is room.
        let mut at = put_pair(pairs, first >> 36, room, 0);
        at += put_pair(pairs, first >> 24, room, at);
        at += put_pair(pairs, first >> 12, room, at);
        at += put_pair(pairs, first, room, at);
        at += put_pair(pairs, second >> 36, room, at);
        at += put_pair(pairs, second >> 24, room, at);
        at += put_pair(pairs, second >> 12, room, at);
        at += put_pair(pairs, second, room, at);
        used += step.len();
        written += at;
    }
    (used, written)
}

/// Writes the text of the pair that the lower twelve bits are, with what stands behind it
/// in its eight bytes; returns how long it is.
fn put_pair(pairs: &Pairs, bits: u64, room: &mut [u8], at: usize) -> usize {
    let entry = pairs[bits as usize & 0xfff];
    room[at..at + 8].copy_from_slice(&entry.to_le_bytes());
    length_of(entry)
}

/// Writes one group; returns the text's length.
fn encode_group(pairs: &Pairs, [a, b, c]: [u8; 3], room: &mut [u8; GROUP_ROOM]) -> usize {
    let bits = u64::from_be_bytes([0, 0, 0, 0, 0, a, b, c]);
    let first = put_pair(pairs, bits >> 12, room, 0);
    first + put_pair(pairs, bits, room, first)
}

/// Writes the last one or two bytes, with padding; returns the text's length.
fn encode_tail(is_form: bool, raw: &[u8], out: &mut [u8; GROUP_MAX]) -> usize {
    let mut written = 0;
    for character in STANDARD.encode(raw).bytes() {
        written += write_character(character, is_form, &mut out[written..]);
    }
    written
}

/// Turns raw bytes into base64 text, block by block.
struct Encoder {
    is_form: bool,
    pairs: &'static Pairs,
    raw: Box<[u8]>,
    /// The part of `raw` that is read and not yet encoded.
    start: usize,
    end: usize,
    /// A group that did not fit whole.
    spill: [u8; GROUP_ROOM],
    spilled: std::ops::Range<usize>,
}

impl Encoder {
    fn new(is_form: bool, content_length: u64) -> Self {
        Self {
            is_form,
            pairs: if is_form { &FORM } else { &PLAIN },
            raw: block_for(content_length),
            start: 0,
            end: 0,
            spill: [0; GROUP_ROOM],
            spilled: 0..0,
        }
    }

    /// Writes as much text as fits; 0 only at the end of the content.
    fn read(
        &mut self,
        content: &mut OpenSource<'_>,
        meter: &Meter<'_>,
        watch: &Watch,
        out: &mut [u8],
    ) -> Result<usize> {
        let mut written = 0;
        while written < out.len() {
            if !self.spilled.is_empty() {
                let n = self.spilled.len().min(out.len() - written);
                let from = self.spilled.start;
                out[written..written + n].copy_from_slice(&self.spill[from..from + n]);
                self.spilled.start += n;
                written += n;
                continue;
            }
            if self.start == self.end {
                self.start = 0;
                self.end = fill(content, &mut self.raw, watch)?;
                meter.advance(self.end as u64)?;
                if self.end == 0 {
                    break;
                }
            }
            written += self.encode(&mut out[written..]);
        }
        Ok(written)
    }

    /// Whether there is text still to be written.
    fn is_pending(&self) -> bool {
        self.start < self.end || !self.spilled.is_empty()
    }

    /// Encodes what fits of the block into `out`, or one group into the spill.
    fn encode(&mut self, out: &mut [u8]) -> usize {
        let raw = &self.raw[self.start..self.end];
        let (used, written) = encode_steps(self.pairs, raw, out);
        self.start += used;
        if used > 0 {
            return written;
        }
        let length = match raw.first_chunk::<3>() {
            Some(group) => {
                self.start += group.len();
                encode_group(self.pairs, *group, &mut self.spill)
            }
            None => {
                self.start = self.end;
                let mut tail = [0; GROUP_MAX];
                let length = encode_tail(self.is_form, raw, &mut tail);
                self.spill[..length].copy_from_slice(&tail[..length]);
                length
            }
        };
        self.spilled = 0..length;
        0
    }
}

/// How fast a body may go out, and how much of it has.
pub(crate) struct Pace<'a> {
    pub(crate) rate: &'a Throttle,
    pub(crate) watch: &'a Watch,
    pub(crate) sent: &'a mut u64,
    /// Told when the first byte is asked for: the connection is there by then.
    pub(crate) ticket: Option<&'a Ticket>,
}

/// A body on its way out, as a reader for the HTTP client.
pub(crate) struct BodyReader<'a, 's, 'm> {
    body: &'a Body,
    content: Option<&'a mut OpenSource<'s>>,
    meter: &'a Meter<'m>,
    pace: Pace<'a>,
    /// What was announced and is not sent yet.
    left: u64,
    encoder: Option<Encoder>,
    stage: Stage,
}

#[derive(Clone, Copy)]
enum Stage {
    Prefix(usize),
    Content,
    Suffix(usize),
}

impl<'a, 's, 'm> BodyReader<'a, 's, 'm> {
    /// The content must stand at its first byte; `length` is that of the whole
    /// body.
    pub(crate) fn new(
        body: &'a Body,
        content: Option<&'a mut OpenSource<'s>>,
        meter: &'a Meter<'m>,
        pace: Pace<'a>,
        length: u64,
    ) -> Self {
        let raw = content.as_ref().map_or(0, |content| content.len());
        let encoder = match body.content {
            Some(Encoding::Base64) => Some(Encoder::new(false, raw)),
            Some(Encoding::Base64Form) => Some(Encoder::new(true, raw)),
            Some(Encoding::Identity) | None => None,
        };
        Self {
            body,
            content,
            meter,
            pace,
            left: length,
            encoder,
            stage: Stage::Prefix(0),
        }
    }

    /// Whether the bytes are there without asking the caller for them.
    pub(crate) fn is_at_hand(&self) -> bool {
        let content = self.content.as_ref();
        content.is_none_or(|content| content.shared().is_some())
    }

    fn read_content(&mut self, out: &mut [u8]) -> Result<usize> {
        let (Some(content), Some(_)) = (self.content.as_mut(), self.body.content) else {
            return Ok(0);
        };
        if let Some(encoder) = &mut self.encoder {
            return encoder.read(content, self.meter, self.pace.watch, out);
        }
        let got = content.read(out)?;
        self.meter.advance(got as u64)?;
        Ok(got)
    }

    fn has_more_content(&self) -> bool {
        let is_pending = self.encoder.as_ref().is_some_and(Encoder::is_pending);
        is_pending
            || self
                .content
                .as_ref()
                .is_some_and(|content| !content.is_over())
    }

    fn fill(&mut self, out: &mut [u8]) -> Result<usize> {
        let mut written = 0;
        while written < out.len() {
            let room = &mut out[written..];
            match self.stage {
                Stage::Prefix(at) => match copy(&self.body.prefix[at..], room) {
                    0 => self.stage = Stage::Content,
                    n => {
                        self.stage = Stage::Prefix(at + n);
                        written += n;
                    }
                },
                Stage::Content => match self.read_content(room)? {
                    0 => self.stage = Stage::Suffix(0),
                    // What a slow source has given is sent at once.
                    n if self.has_more_content() => return Ok(written + n),
                    n => written += n,
                },
                Stage::Suffix(at) => match copy(&self.body.suffix[at..], room) {
                    0 => break,
                    n => {
                        self.stage = Stage::Suffix(at + n);
                        written += n;
                    }
                },
            }
        }
        Ok(written)
    }

    /// Keeps to the length that was announced. A source that is read twice can
    /// give other bytes the second time, whose text has another length: for too
    /// few, the HTTP client would ask for ever.
    fn count(&mut self, written: usize, was_full: bool) -> Result<()> {
        let is_short = written == 0 && self.left > 0 && !was_full;
        match self.left.checked_sub(written as u64) {
            Some(left) if !is_short => {
                self.left = left;
                Ok(())
            }
            _ => Err(Error::new(
                Status::SourceChanged,
                "the source gave other bytes when it was read again",
            )
            .with_field("source")),
        }
    }
}

fn copy(from: &[u8], to: &mut [u8]) -> usize {
    let n = from.len().min(to.len());
    to[..n].copy_from_slice(&from[..n]);
    n
}

impl Read for BodyReader<'_, '_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.pace.watch.check().map_err(io::Error::other)?;
        if let Some(ticket) = self.pace.ticket.take() {
            ticket
                .sent(false, self.pace.watch)
                .map_err(io::Error::other)?;
        }
        let step = self.pace.rate.step(out.len());
        if self.content.is_some() {
            watch::doing(Activity::Sending);
        }
        let written = self.fill(&mut out[..step.room]).map_err(io::Error::other)?;
        self.count(written, out.is_empty())
            .map_err(io::Error::other)?;
        if self.left == 0 {
            watch::doing(Activity::Waiting);
        }
        *self.pace.sent += written as u64;
        self.pace
            .rate
            .pace(&step, written, self.pace.watch)
            .map_err(io::Error::other)?;
        Ok(written)
    }
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
