//! What a later call needs to go on with an upload in parts: a file that
//! survives the process, or a token that the caller keeps.
//!
//! The file is one line of JSON, then a line for each part that has arrived,
//! which is appended: writing the whole anew for each of 10,000 parts would be
//! more work than hashing them. A last line that is cut off counts for nothing.

use crate::error::{Error, Result, Status};
use crate::json::{Json, Writer};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// The first version of the format; one that older libraries cannot go on with
/// gets another number.
const FORMAT: u64 = 1;
const FORMAT_KEY: &str = "chatfile_upload";

/// Larger than that of 10,000 parts.
const LARGEST: u64 = 4 * 1024 * 1024;

/// An upload in parts that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
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

    /// Reads a token, or the first line of a checkpoint.
    fn parse(json: &str, field: &'static str) -> Result<Self> {
        let fault = |what: &str| Error::argument(field, what);
        let json = Json::parse(json.as_bytes());
        let Some(format) = json.get(FORMAT_KEY).number() else {
            return Err(fault("is not that of an upload"));
        };
        match Self::read(&json) {
            Some(state) if format == FORMAT && state.part_size > 0 => Ok(state),
            _ => Err(fault("is of another version of chatfile")),
        }
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

    fn to_json(&self) -> String {
        let mut json = Writer::object();
        json.key(FORMAT_KEY).number(FORMAT);
        json.key("target").text(&self.target);
        json.key("upload").text(&self.upload);
        json.key("size").number(self.size);
        json.key("part_size").number(self.part_size);
        for (name, number) in [("modified", self.modified), ("expires_at", self.expires_at)] {
            match number {
                Some(number) => json.key(name).number(number),
                None => json.key(name).word("null"),
            }
        }
        if !self.parts.is_empty() {
            json.key("parts").open('{');
            for (number, md5) in &self.parts {
                json.key(&number.to_string()).text(md5);
            }
            json.close('}');
        }
        json.finish()
    }

    /// The upload of a resume token, to be cancelled.
    pub(crate) fn of_token(token: &str, account: &str) -> Result<Self> {
        let state = Self::parse(token.lines().next().unwrap_or_default(), "resume_token")?;
        if !state.target.starts_with(account) {
            return Err(Error::argument("resume_token", OF_ANOTHER));
        }
        Ok(state)
    }

    /// Whether the file is, as far as that can be seen, the one that was sent.
    pub(crate) fn is_of_same_file(&self, identity: &Identity) -> bool {
        (self.size, self.modified) == (identity.size, identity.modified)
    }
}

const OF_ANOTHER: &str = "is that of another upload: of another account, or to another name";

/// The checkpoint of one upload; without a file, it lives as long as the call.
pub(crate) struct Checkpoint {
    file: Option<(File, PathBuf)>,
    identity: Identity,
    state: Option<UploadState>,
}

impl Checkpoint {
    /// Opens or creates the file, or reads the token.
    pub(crate) fn open(
        path: Option<PathBuf>,
        token: Option<&str>,
        identity: Identity,
    ) -> Result<Self> {
        let mut checkpoint = Self {
            file: None,
            identity,
            state: None,
        };
        match (path, token) {
            (None, None) => {}
            (None, Some(token)) => checkpoint.adopt(token, "resume_token")?,
            (Some(path), None) => {
                let (mut file, text) = open_file(&path)?;
                if !text.is_empty() {
                    // What is not that of this upload is left alone.
                    checkpoint.adopt(&text, "checkpoint")?;
                    end_last_line(&mut file, &text).map_err(|e| fault(&path, &e.to_string()))?;
                }
                checkpoint.file = Some((file, path));
            }
            (Some(_), Some(_)) => {
                let what = "set it or checkpoint, not both";
                return Err(Error::argument("resume_token", what));
            }
        }
        Ok(checkpoint)
    }

    fn adopt(&mut self, text: &str, field: &'static str) -> Result<()> {
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        let mut state = UploadState::parse(first, field)?;
        if state.target != self.identity.target {
            return Err(Error::argument(field, OF_ANOTHER));
        }
        for line in rest.split_inclusive('\n') {
            let part = line.strip_suffix('\n').and_then(|line| {
                let (number, md5) = line.split_once(' ')?;
                Some((number.parse().ok()?, md5.to_owned()))
            });
            if let Some((number, md5)) = part {
                state.parts.insert(number, md5);
            }
        }
        self.state = Some(state);
        Ok(())
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
        let mut line = state.to_json();
        line.push('\n');
        self.state = Some(state);
        self.write(|file| {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(line.as_bytes())
        })
    }

    /// A part has arrived.
    pub(crate) fn add(&mut self, number: u32, md5: &str) -> Result<()> {
        if let Some(state) = &mut self.state {
            state.parts.insert(number, md5.to_owned());
        }
        self.write(|file| file.write_all(format!("{number} {md5}\n").as_bytes()))
    }

    /// Nothing is left to go on with.
    pub(crate) fn forget(&mut self) {
        self.state = None;
    }

    /// What [`Checkpoint::open`] and [`UploadState::of_token`] take.
    pub(crate) fn token(&self) -> Option<String> {
        self.state.as_ref().map(UploadState::to_json)
    }

    fn write(&mut self, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<()> {
        match &mut self.file {
            Some((file, path)) => write(file).map_err(|e| fault(path, &e.to_string())),
            None => Ok(()),
        }
    }
}

impl Drop for Checkpoint {
    fn drop(&mut self) {
        // Still open, and so still locked.
        if let (Some((_, path)), None) = (&self.file, &self.state) {
            let _ = std::fs::remove_file(path);
        }
    }
}

fn fault(path: &Path, reason: &str) -> Error {
    Error::new(
        Status::Checkpoint,
        format!("cannot keep the checkpoint {}: {reason}", path.display()),
    )
    .with_field("checkpoint")
}

/// The locked file, and what is in it.
fn open_file(path: &Path) -> Result<(File, String)> {
    let fail = |e: io::Error| fault(path, &e.to_string());
    // Opening a FIFO would block.
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(fault(path, "it is not a regular file"));
    }
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(fail)?;
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        return Err(fault(path, "another upload with it is under way"));
    }
    let mut bytes = Vec::new();
    (&file)
        .take(LARGEST)
        .read_to_end(&mut bytes)
        .map_err(fail)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if is_cut(&text) {
        file.set_len(0).and_then(|()| file.rewind()).map_err(fail)?;
        return Ok((file, String::new()));
    }
    Ok((file, text))
}

/// Makes room for what is appended: it must not go on with a cut line.
fn end_last_line(file: &mut File, text: &str) -> io::Result<()> {
    match text.rfind('\n') {
        // A token that was saved as a file.
        None => file.write_all(b"\n"),
        Some(end) if end + 1 < text.len() => {
            file.set_len(end as u64 + 1)?;
            file.seek(io::SeekFrom::End(0)).map(drop)
        }
        Some(_) => Ok(()),
    }
}

/// Whether this is what a process that was killed has left of the first line.
fn is_cut(text: &str) -> bool {
    const BEGINNING: &str = "{\"chatfile_upload\":";
    let is_ours = text.starts_with(BEGINNING) || BEGINNING.starts_with(text);
    is_ours && !text.contains('\n') && Json::parse(text.as_bytes()).is_null()
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
