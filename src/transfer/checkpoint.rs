//! What a later call needs to go on with an upload in parts: a file that
//! survives the process, or a token that the caller keeps.
//!
//! The file is a [`Journal`]: a line of the upload, then one for each part that has
//! arrived; writing the whole anew for each of 10,000 parts would be more work than
//! hashing them. A token is a line of the upload with its parts in it.

use super::disk;
use super::journal::{self, Contents, Journal, OpenError};
use crate::error::{Error, Reason, Result, Status};
use crate::json::{self, Json};
use crate::message::parts::PARTS_MAX;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The version of the format; one that older libraries cannot go on with gets
/// another number.
const FORMAT: u64 = 2;
const FORMAT_KEY: &str = "chatfile_upload";

/// An upload in parts that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct UploadState {
    /// Of which account of which service, and under what name.
    target: String,
    /// What the service knows it by.
    pub(crate) upload: String,
    pub(crate) size: u64,
    /// Nanoseconds since 1970 UTC, if it is a file.
    modified: Option<u64>,
    pub(crate) part_size: u64,
    /// When the service forgets it: seconds since 1970 UTC.
    pub(crate) expires_at: Option<u64>,
    /// The MD5 of each part that has arrived, by its number.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) parts: BTreeMap<u32, String>,
}

/// Which file goes where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) target: String,
    pub(crate) size: u64,
    pub(crate) modified: Option<u64>,
}

impl UploadState {
    pub(crate) fn new(
        identity: &Identity,
        upload: String,
        part_size: u64,
        expires_at: Option<u64>,
    ) -> Self {
        Self {
            target: identity.target.clone(),
            upload,
            size: identity.size,
            modified: identity.modified,
            part_size,
            expires_at,
            parts: BTreeMap::new(),
        }
    }

    /// Reads a token, or a checkpoint: a line of the upload, then its parts.
    fn parse(lines: &[Json], field: &'static str) -> Result<Self> {
        let fault = |what: &str| Error::argument(field, what);
        let Some((first, parts)) = lines.split_first() else {
            return Err(fault("is not that of an upload, or was damaged"));
        };
        let is_known = first.get(FORMAT_KEY).number() == Some(FORMAT);
        let Some(mut state) = Self::read(first).filter(|s| is_known && s.part_size > 0) else {
            return Err(fault("is of another version of chatfile"));
        };
        // A list of them is kept.
        if state.size.div_ceil(state.part_size) > PARTS_MAX {
            return Err(fault("has more parts than any service takes"));
        }
        for part in parts {
            if let (Some(number), Some(md5)) =
                (part.get("part").number(), part.get("md5").as_text())
                && let Ok(number) = number.try_into()
            {
                state.parts.insert(number, md5.to_owned());
            }
        }
        Ok(state)
    }

    fn read(json: &Json) -> Option<Self> {
        let mut parts = BTreeMap::new();
        for (number, md5) in json.get("parts").fields() {
            parts.insert(number.parse().ok()?, md5.as_text()?.to_owned());
        }
        Some(Self {
            target: json.get("target").as_text()?.to_owned(),
            upload: json.get("upload").as_text()?.to_owned(),
            size: json.get("size").number()?,
            modified: json.get("modified").number(),
            part_size: json.get("part_size").number()?,
            expires_at: json.get("expires_at").number(),
            parts,
        })
    }

    /// Without a checksum.
    fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct UploadLine<'a> {
            #[serde(rename = "chatfile_upload")]
            format: u64,
            #[serde(flatten)]
            state: &'a UploadState,
        }
        json::line(&UploadLine {
            format: FORMAT,
            state: self,
        })
    }

    /// Whether the file is, as far as that can be seen, the one that was sent.
    pub(crate) fn is_of_same_file(&self, identity: &Identity) -> bool {
        (self.size, self.modified) == (identity.size, identity.modified)
    }
}

const OF_ANOTHER: &str = "is that of another upload: of another account, or to another name";

/// The checkpoint of one upload; without a file, it lives as long as the call.
pub(crate) struct Checkpoint {
    journal: Option<(Journal, PathBuf)>,
    identity: Identity,
    state: Option<UploadState>,
    is_damaged: bool,
}

impl Checkpoint {
    /// Opens the file, which is made when an upload has begun, or reads the token.
    pub(crate) fn open(
        path: Option<PathBuf>,
        token: Option<&str>,
        identity: Identity,
    ) -> Result<Self> {
        let mut checkpoint = Self {
            journal: None,
            identity,
            state: None,
            is_damaged: false,
        };
        match (path, token) {
            (None, None) => {}
            (None, Some(token)) => {
                let lines = journal::read(token.as_bytes(), FORMAT_KEY).lines;
                checkpoint.adopt(&lines, "resume_token")?;
            }
            (Some(path), None) => {
                let path = disk::absolute(path);
                let (journal, Contents { lines, is_damaged }) = Journal::open(&path, FORMAT_KEY)
                    .map_err(|error| cannot_open("keep", &path, error))?;
                if !journal.is_new() && !is_damaged {
                    // What is not that of this upload is left alone.
                    checkpoint.adopt(&lines, "checkpoint")?;
                }
                checkpoint.is_damaged = is_damaged;
                checkpoint.journal = Some((journal, path));
            }
            (Some(_), Some(_)) => {
                return Err(Error::argument(
                    "resume_token",
                    "set it or checkpoint, not both",
                ));
            }
        }
        Ok(checkpoint)
    }

    fn adopt(&mut self, lines: &[Json], field: &'static str) -> Result<()> {
        let state = UploadState::parse(lines, field)?;
        if state.target != self.identity.target {
            return Err(Error::argument(field, OF_ANOTHER));
        }
        self.state = Some(state);
        Ok(())
    }

    /// The file, if it is one of ours and cannot be read any more: the upload begins
    /// anew.
    pub(crate) fn damaged(&self) -> Option<&Path> {
        let (_, path) = self.journal.as_ref()?;
        self.is_damaged.then_some(path)
    }

    /// The upload that an earlier call has begun.
    pub(crate) fn state(&self) -> Option<&UploadState> {
        self.state.as_ref()
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// An upload has begun, in place of the one before.
    pub(crate) fn begin(&mut self, state: UploadState) -> Result<()> {
        let state = self.state.insert(state);
        write(&mut self.journal, || state.to_json())
    }

    /// A part has arrived.
    pub(crate) fn add(&mut self, number: u32, md5: &str) -> Result<()> {
        if let Some(state) = &mut self.state {
            state.parts.insert(number, md5.to_owned());
        }
        #[derive(Serialize)]
        struct PartLine<'a> {
            part: u32,
            md5: &'a str,
        }
        write(&mut self.journal, || {
            json::line(&PartLine { part: number, md5 })
        })
    }

    /// Nothing is left to go on with.
    pub(crate) fn forget(&mut self) {
        self.state = None;
    }

    /// What [`Checkpoint::open`] and [`LeftUpload::open`] take.
    pub(crate) fn token(&self) -> Option<String> {
        self.state
            .as_ref()
            .map(|state| journal::seal(state.to_json()))
    }
}

/// Appends a line to the file, if there is one.
fn write(journal: &mut Option<(Journal, PathBuf)>, line: impl FnOnce() -> String) -> Result<()> {
    match journal {
        Some((journal, path)) => journal.append(line()).map_err(|e| fault("keep", path, e)),
        None => Ok(()),
    }
}

impl Drop for Checkpoint {
    fn drop(&mut self) {
        if let (Some((journal, _)), None) = (&self.journal, &self.state) {
            let _ = journal.remove();
        }
    }
}

/// Where [`Client::abort_upload`](crate::Client::abort_upload) finds what an upload in parts
/// that was broken off has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leftover {
    /// In the [`Error::resume_token`](crate::Error::resume_token) of the upload.
    Token(String),
    /// In the file of [`UploadOptions::checkpoint`](crate::UploadOptions::checkpoint). It is
    /// removed when the service has thrown the upload away. One that an upload is using is
    /// left alone, and so is what is not a checkpoint of this account.
    Checkpoint(PathBuf),
}

/// An upload that was broken off, to be thrown away. Its checkpoint is locked meanwhile.
pub(crate) struct LeftUpload {
    checkpoint: Option<Journal>,
    state: UploadState,
}

impl LeftUpload {
    pub(crate) fn open(leftover: Leftover, account: &str) -> Result<Self> {
        let (checkpoint, lines, field) = match leftover {
            Leftover::Token(token) => {
                let lines = journal::read(token.as_bytes(), FORMAT_KEY).lines;
                (None, lines, "resume_token")
            }
            Leftover::Checkpoint(path) => {
                let path = disk::absolute(path);
                let (journal, contents) = Journal::open_left(&path, FORMAT_KEY)
                    .map_err(|error| cannot_open("read", &path, error))?;
                (Some(journal), contents.lines, "checkpoint")
            }
        };
        let state = UploadState::parse(&lines, field)?;
        if !state.target.starts_with(account) {
            return Err(Error::argument(field, OF_ANOTHER));
        }
        Ok(Self { checkpoint, state })
    }

    /// What the service knows it by.
    pub(crate) fn upload(&self) -> &str {
        &self.state.upload
    }

    /// The service has forgotten it.
    pub(crate) fn remove(self) -> Result<()> {
        let Some(journal) = self.checkpoint else {
            return Ok(());
        };
        let removed = journal.remove();
        removed.map_err(|error| fault("remove", journal.path(), error))
    }
}

/// What cannot be done with the checkpoint, and why.
fn fault(what: &str, path: &Path, reason: impl Into<Reason>) -> Error {
    let reason = reason.into();
    let text = format!("cannot {what} the checkpoint {}: {reason}", path.display());
    Error::new(Status::Checkpoint, text)
        .with_field("checkpoint")
        .because(reason)
}

fn cannot_open(what: &str, path: &Path, error: OpenError) -> Error {
    match error {
        OpenError::Io(error) => fault(what, path, error),
        OpenError::Busy => fault(
            what,
            path,
            "another call with it is under way, or has just ended",
        ),
        OpenError::Foreign => Error::argument(
            "checkpoint",
            format_args!(
                "{} is there, and is not that of an upload; remove it, or give another path",
                path.display()
            ),
        ),
    }
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
