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
    content.restart()?;
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
    content.restart()?;
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

/// For every pair of six-bit values its text, percent-encoded where needed: up
/// to six bytes from the low end, and the number of them in the top byte.
type FormPairs = [u64; 4096];

/// Made when the first form is sent: as a constant it would be 32 KiB of the
/// library for all who send none.
static FORM_PAIRS: LazyLock<Box<FormPairs>> = LazyLock::new(form_pairs);

fn form_pairs() -> Box<FormPairs> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = Box::new([0; 4096]);
    for (pair, entry) in table.iter_mut().enumerate() {
        let mut bytes = [0; 8];
        let mut length = 0;
        for value in [pair >> 6, pair & 63] {
            let text: &[u8] = match ALPHABET[value] {
                b'+' => b"%2B",
                b'/' => b"%2F",
                other => &[other],
            };
            bytes[length..length + text.len()].copy_from_slice(text);
            length += text.len();
        }
        bytes[7] = length as u8;
        *entry = u64::from_le_bytes(bytes);
    }
    table
}

/// The pairs of a group of three bytes.
fn pairs_of([a, b, c]: [u8; 3]) -> [usize; 2] {
    let bits = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
    [bits >> 12, bits & 0xfff]
}

/// How long the text of a pair is; never more than 6, as the compiler sees by this.
fn length_of(entry: u64) -> usize {
    (entry >> 56) as usize & 7
}

/// The length of `raw` as percent-encoded base64. It is whole groups of three bytes, but
/// for the end of the content.
fn form_length(raw: &[u8]) -> u64 {
    let pairs: &FormPairs = &FORM_PAIRS;
    let (groups, rest) = raw.as_chunks::<3>();
    let in_group = |group: &[u8; 3]| {
        let [first, second] = pairs_of(*group);
        (length_of(pairs[first]) + length_of(pairs[second])) as u64
    };
    let length: u64 = groups.iter().map(in_group).sum();
    length + encode_form_tail(rest, &mut [0; GROUP_MAX]) as u64
}

/// The longest text of three raw bytes: `%2F%2F%2F%2F`.
const GROUP_MAX: usize = 12;
/// What one group may touch: the text of a pair, as far as the compiler knows it, then a
/// store of eight.
const GROUP_ROOM: usize = 7 + 8;

/// Writes whole groups of `raw` as percent-encoded base64 while they fit, and
/// returns (raw bytes used, text bytes written).
// Four times as fast as writing base64 and then replacing its characters.
fn encode_form_groups(raw: &[u8], out: &mut [u8]) -> (usize, usize) {
    let pairs: &FormPairs = &FORM_PAIRS;
    let (mut used, mut written) = (0, 0);
    for group in raw.as_chunks::<3>().0 {
        let left = out.get_mut(written..).unwrap_or_default();
        let Some(room) = left.first_chunk_mut::<GROUP_ROOM>() else {
            break;
        };
        let [first, second] = pairs_of(*group).map(|pair| pairs[pair]);
        let at = length_of(first);
        room[..8].copy_from_slice(&first.to_le_bytes());
        room[at..at + 8].copy_from_slice(&second.to_le_bytes());
        used += group.len();
        written += at + length_of(second);
    }
    (used, written)
}

/// Writes the last one or two bytes, with padding; returns the text's length.
fn encode_form_tail(raw: &[u8], out: &mut [u8; GROUP_MAX]) -> usize {
    let mut written = 0;
    for character in STANDARD.encode(raw).bytes() {
        let text: &[u8] = match character {
            b'+' => b"%2B",
            b'/' => b"%2F",
            b'=' => b"%3D",
            _ => &[character],
        };
        out[written..written + text.len()].copy_from_slice(text);
        written += text.len();
    }
    written
}

/// Turns raw bytes into base64 text, block by block.
struct Encoder {
    form: bool,
    raw: Box<[u8]>,
    /// The part of `raw` that is read and not yet encoded.
    start: usize,
    end: usize,
    /// A group that did not fit whole.
    spill: [u8; GROUP_ROOM],
    spilled: std::ops::Range<usize>,
}

impl Encoder {
    fn new(form: bool, content_length: u64) -> Self {
        Self {
            form,
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
        let (used, written) = if self.form {
            encode_form_groups(raw, out)
        } else {
            let used = (raw.len() / 3).min(out.len() / 4) * 3;
            // Cannot fail: four bytes of room were counted for each group.
            let written = STANDARD.encode_slice(&raw[..used], out).unwrap_or(0);
            (used, written)
        };
        self.start += used;
        if used > 0 {
            return written;
        }
        let group = &raw[..raw.len().min(3)];
        let length = if group.len() < 3 || !self.form {
            let mut tail = [0; GROUP_MAX];
            let length = if self.form {
                encode_form_tail(group, &mut tail)
            } else {
                // Cannot fail: one group is four bytes.
                STANDARD.encode_slice(group, &mut tail).unwrap_or(0)
            };
            self.spill[..length].copy_from_slice(&tail[..length]);
            length
        } else {
            encode_form_groups(group, &mut self.spill).1
        };
        self.start += group.len();
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
            ticket.sent(false);
        }
        let room = self.pace.rate.step(out.len());
        if self.content.is_some() {
            watch::doing(Activity::Sending);
        }
        let written = self.fill(&mut out[..room]).map_err(io::Error::other)?;
        self.count(written, out.is_empty())
            .map_err(io::Error::other)?;
        if self.left == 0 {
            watch::doing(Activity::Waiting);
        }
        *self.pace.sent += written as u64;
        self.pace
            .rate
            .pace(written, self.pace.watch)
            .map_err(io::Error::other)?;
        Ok(written)
    }
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
