//! One request for a part of a file, and an attempt to send it.

use super::layout::Part;
use crate::client::engine::Engine;
use crate::digest::SectionDigest;
use crate::error::{Error, Phase, Remedy, Result, Status};
use crate::message::{Answer, Request};
use crate::service::StoredDigests;
use crate::transfer::call::Call;
use crate::transfer::progress::Meter;
use crate::transfer::retry::Retryable;
use crate::transfer::source::OpenSource;
use std::sync::atomic::{AtomicU64, Ordering};

/// A part is sent this often as long as bytes move: a network that lets none through sees no
/// more attempts for it. On connections that last 8 MB, 0.08 % of parts of 8 MB still fail, of
/// smaller ones next to none.
const PART_ATTEMPTS: u32 = 25;

/// Less is in the buffers of this machine, and moves nowhere.
const HEADWAY: u64 = 1024 * 1024;

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
    let is_lost = error.may_pass() && error.http_status().is_none();
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
