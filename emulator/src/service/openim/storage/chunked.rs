//! Bodies in signed chunks (`aws-chunked`), as MinIO's client for Go sends them without TLS: `SIZE;chunk-signature=…`, the bytes, and so on,
//! each signature over the one before. What trails behind the last one is not looked at.

use sha2::{Digest, Sha256};

use super::super::Context;
use super::error::{Error, Failure};
use super::sigv4;
use crate::store::hex;

/// Of a chunk; MinIO takes no larger ones.
const LARGEST: usize = 16 * 1024 * 1024;
/// Of the line before a chunk.
const LONGEST_LINE: usize = 4096;

/// What the request's own signature says of its chunks.
#[derive(Debug)]
pub(super) struct Seed {
    date: String,
    region: String,
    /// The signature before the next chunk.
    previous: String,
    is_signed: bool,
}

impl Seed {
    /// `None` where the body is not in chunks.
    pub(super) fn of(payload: &str, date: &str, region: &str, signature: &str) -> Option<Self> {
        let is_signed = match payload {
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" | "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => {
                true
            }
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => false,
            _ => return None,
        };
        Some(Self {
            date: date.to_owned(),
            region: region.to_owned(),
            previous: signature.to_owned(),
            is_signed,
        })
    }

    pub(super) fn is_signed(&self) -> bool {
        self.is_signed
    }
}

/// Takes a body apart.
pub(super) struct Chunks {
    seed: Seed,
    waiting: Vec<u8>,
    arrived: u64,
    announced: u64,
    is_over: bool,
}

impl Chunks {
    pub(super) fn new(context: &Context<'_>, seed: Seed) -> Result<Self, Failure> {
        let announced = context.head.header("x-amz-decoded-content-length");
        let announced = announced
            .and_then(|length| length.parse().ok())
            .ok_or(Error::NO_LENGTH)?;
        Ok(Self {
            seed,
            waiting: Vec::new(),
            arrived: 0,
            announced,
            is_over: false,
        })
    }

    /// The content in what has come so far and was not given yet.
    pub(super) fn take(&mut self, context: &Context<'_>, piece: &[u8]) -> Result<Vec<u8>, Failure> {
        let mut content = Vec::new();
        if self.is_over {
            return Ok(content);
        }
        self.waiting.extend(piece);
        let mut at = 0;
        while let Some((line, begin)) = line(&self.waiting, at)? {
            let (size, signature) = line.split_once(';').unwrap_or((line, ""));
            let size = usize::from_str_radix(size, 16)
                .ok()
                .filter(|size| *size <= LARGEST);
            let size = size.ok_or(Error::INCOMPLETE)?;
            let signature = signature
                .strip_prefix("chunk-signature=")
                .unwrap_or_default()
                .to_owned();
            // The line break behind a chunk belongs to it; behind the last one there may be trailers instead.
            let wanted = if size == 0 { 0 } else { size + 2 };
            let Some(chunk) = self.waiting.get(begin..begin + wanted) else {
                break;
            };
            let chunk = &chunk[..size];
            if self.seed.is_signed {
                self.seed.previous = check(context, &self.seed, chunk, signature)?;
            }
            content.extend(chunk);
            at = begin + wanted;
            if size == 0 {
                self.is_over = true;
                break;
            }
        }
        self.waiting.drain(..at);
        self.arrived += content.len() as u64;
        Ok(content)
    }

    /// Whether all has come.
    pub(super) fn end(&self) -> Result<(), Failure> {
        match self.is_over && self.arrived == self.announced {
            true => Ok(()),
            false => Err(Error::INCOMPLETE.into()),
        }
    }
}

/// The line that begins at a place, and where what follows it begins.
fn line(waiting: &[u8], at: usize) -> Result<Option<(&str, usize)>, Failure> {
    let rest = &waiting[at..];
    let Some(end) = memchr::memmem::find(rest, b"\r\n") else {
        return match rest.len() > LONGEST_LINE {
            true => Err(Error::INCOMPLETE.into()),
            false => Ok(None),
        };
    };
    let text = std::str::from_utf8(&rest[..end]).map_err(|_| Error::INCOMPLETE)?;
    Ok(Some((text, at + end + 2)))
}

/// Compares a chunk's signature, and returns it.
fn check(
    context: &Context<'_>,
    seed: &Seed,
    chunk: &[u8],
    signature: String,
) -> Result<String, Failure> {
    let Seed {
        date,
        region,
        previous,
        ..
    } = seed;
    let signer = context.signer_in(region);
    let scope = signer.scope(sigv4::day(date));
    let (nothing, content) = (hex(&Sha256::digest(b"")), hex(&Sha256::digest(chunk)));
    let text =
        format!("AWS4-HMAC-SHA256-PAYLOAD\n{date}\n{scope}\n{previous}\n{nothing}\n{content}");
    match signer.sign_text(date, &text) == signature {
        true => Ok(signature),
        false => Err(Error::SIGNATURE.into()),
    }
}
