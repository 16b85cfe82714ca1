//! Transfers that are killed at random moments, as by `kill -9`, and gone on
//! with by another process: each time the bytes are the same, nothing that had
//! arrived is sent again, and nothing is left behind.
//!
//! The process that is killed is this program itself, which transfers to or
//! from an emulator in the process that kills. Moments are chosen by what the
//! emulator has seen, or what has arrived here, so that they are spread evenly
//! over the transfer however fast the machine is. `CHATFILE_KILL_SEED` repeats
//! the moments, `CHATFILE_KILL_ROUNDS` their number.

mod child;
mod download;
mod kit;
mod openim;
mod smh;

use crate::random::Random;
use child::{Job, Kind};
use kit::{Folder, Moment, Victim, rounds, settle};
