//! A small file in which a transfer keeps what a later one needs to go on: lines of
//! JSON that are only appended, each with a checksum of its own. A line of the key
//! that the journal is known by is a beginning, and those before it count no more.
//!
//! It gets its name with its first line, so that no process that is killed leaves a
//! file there which nobody can tell to be ours.

use super::disk;
use crate::digest::{self, Crc64, Update as _};
use crate::error::English;
use crate::json::Json;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// As much is read of one, its end if it has more: that of an upload in 10,000 parts is
/// smaller, and of a download the last line tells all.
const READ_MAX: u64 = 4 * 1024 * 1024;

/// A journal that is open, and locked for as long.
pub(super) struct Journal {
    file: Locked,
    path: PathBuf,
    /// What it is called until its first line is written.
    new: Option<PathBuf>,
    /// Where the next line is written; what stands behind it was cut off.
    end: u64,
    /// What has to come before it.
    gap: &'static str,
}

/// Why one cannot be opened.
#[derive(Debug)]
pub(super) enum OpenError {
    /// The file is no such journal.
    Foreign,
    /// Another transfer is using it, or has just done so.
    Busy,
    Io(io::Error),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What was found in one.
#[derive(Default)]
pub(super) struct Contents {
    /// The last beginning, and what follows it.
    pub(super) lines: Vec<Json>,
    /// Something was, and cannot be read any more.
    pub(super) is_damaged: bool,
}

impl Journal {
    /// Opens what an earlier transfer has left, or begins one.
    pub(super) fn open(path: &Path, key: &str) -> Result<(Self, Contents), OpenError> {
        match Self::open_left(path, key) {
            Err(OpenError::Io(e)) if e.kind() == io::ErrorKind::NotFound => {
                Ok((Self::begin(path)?, Contents::default()))
            }
            other => other,
        }
    }

    /// Opens what an earlier transfer has left.
    pub(super) fn open_left(path: &Path, key: &str) -> Result<(Self, Contents), OpenError> {
        disk::check_name(path)?;
        let file = lock(disk::open_private(path)?, path)?;
        let mut bytes = Vec::new();
        (&*file).take(READ_MAX).read_to_end(&mut bytes)?;
        // A file of nothing but zeros is what some file systems make of one in a
        // power cut, and nobody loses anything with it.
        let is_zeros = !bytes.is_empty() && bytes.iter().all(|byte| *byte == 0);
        if !is_zeros && !is_of(&bytes, key) {
            return Err(OpenError::Foreign);
        }
        let mut begin = file.metadata()?.len().saturating_sub(READ_MAX);
        if begin > 0 {
            bytes.clear();
            (&*file).seek(SeekFrom::Start(begin))?;
            (&*file).take(READ_MAX).read_to_end(&mut bytes)?;
            // It hardly begins with a line.
            let line = bytes.iter().position(|byte| *byte == b'\n');
            let partial = line.map_or(bytes.len(), |at| at + 1);
            bytes.drain(..partial);
            begin += partial as u64;
            if !is_of(&bytes, key) {
                return Err(OpenError::Foreign);
            }
        }
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        // A last line that only lacks its end is whole; and what is damaged is not
        // taken away.
        let is_cut = whole > 0 && whole < bytes.len() && unseal(&bytes[whole..]).is_none();
        let end = if is_cut { whole } else { bytes.len() };
        let journal = Self {
            file,
            path: path.to_owned(),
            new: None,
            end: begin + end as u64,
            gap: if bytes[..end].ends_with(b"\n") {
                ""
            } else {
                "\n"
            },
        };
        Ok((journal, read(&bytes, key)))
    }

    /// One that is not there yet. Whoever has the file that will be renamed locked
    /// is the only one to do so.
    fn begin(path: &Path) -> Result<Self, OpenError> {
        let name = path.file_name().unwrap_or_default();
        let digest = digest::sha1_hex(&name.to_string_lossy());
        // Always the same, so that the next one takes what a killed one has left; and
        // no longer than other names.
        let new = path.with_file_name(format!(".chatfile-{digest}.json"));
        let made = disk::create(&new);
        let is_own = made.is_ok();
        let file = match made {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                disk::open_private(&new).map_err(|e| match e.kind() {
                    // It has just got its name.
                    io::ErrorKind::NotFound => OpenError::Busy,
                    // Nobody has given this name, so that it has to be told.
                    kind => OpenError::Io(io::Error::new(
                        kind,
                        format!(
                            "{} is in the way: {}; remove it",
                            new.display(),
                            English(&e)
                        ),
                    )),
                })?
            }
            other => other?,
        };
        let file = lock(file, &new).inspect_err(|error| {
            // Where it was found busy, another has it by now.
            if is_own && matches!(error, OpenError::Io(_)) {
                let _ = disk::remove(&new);
            }
        })?;
        let journal = Self {
            file,
            path: path.to_owned(),
            new: Some(new),
            end: 0,
            gap: "",
        };
        if std::fs::symlink_metadata(path).is_ok() {
            return Err(OpenError::Busy);
        }
        Ok(journal)
    }

    /// Whether nothing was ever written.
    pub(super) fn is_new(&self) -> bool {
        self.new.is_some()
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a line, which is an object of JSON.
    pub(super) fn append(&mut self, json: String) -> io::Result<()> {
        let line = format!("{}{}\n", self.gap, seal(json));
        self.file.set_len(self.end)?;
        (&*self.file).seek(SeekFrom::Start(self.end))?;
        (&*self.file).write_all(line.as_bytes())?;
        self.end += line.len() as u64;
        self.gap = "";
        if let Some(new) = &self.new {
            // Not even a power cut leaves it without its first line.
            self.sync()?;
            if std::fs::symlink_metadata(&self.path).is_ok() {
                return Err(io::Error::other(
                    "another file has taken its name meanwhile",
                ));
            }
            std::fs::rename(new, &self.path)?;
            self.new = None;
        }
        Ok(())
    }

    /// A power cut does not take back what was written.
    pub(super) fn sync(&self) -> io::Result<()> {
        disk::sync(&self.file)
    }

    /// It is of no use any more.
    pub(super) fn remove(&self) -> io::Result<()> {
        // Still open, and so still locked.
        if self.new.is_none() && disk::is_at(&self.file, &self.path) {
            disk::remove(&self.path)?;
        }
        Ok(())
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if let Some(new) = &self.new {
            let _ = disk::remove(new);
        }
    }
}

/// A file that nobody else has locked.
struct Locked(File);

impl Drop for Locked {
    /// A process that was forked meanwhile, and has not executed its program yet, has
    /// the file open too: closing it here would leave it locked.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

impl Deref for Locked {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

fn lock(file: File, path: &Path) -> Result<Locked, OpenError> {
    // Where there are no locks, nothing can be said.
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        return Err(OpenError::Busy);
    }
    let file = Locked(file);
    // Whoever had it locked may have renamed or removed it.
    match disk::at(&file, path)? {
        Some(_) => Ok(file),
        None => Err(OpenError::Busy),
    }
}

/// Whether this is a journal of that key, whole or not.
fn is_of(bytes: &[u8], key: &str) -> bool {
    bytes.starts_with(format!("{{\"{key}\":").as_bytes())
        || lines(bytes).any(|(line, _)| line.is_some_and(|json| !json.get(key).is_null()))
}

/// Each line, if it is as it was written; and whether it has an end.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (Option<Json>, bool)> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(|line| {
        let whole = line.strip_suffix(b"\n");
        (unseal(whole.unwrap_or(line)), whole.is_some())
    })
}

/// Reads a whole journal. A last line that was cut off counts for nothing.
pub(super) fn read(bytes: &[u8], key: &str) -> Contents {
    let mut contents = Contents {
        lines: Vec::new(),
        is_damaged: true,
    };
    for (line, has_end) in lines(bytes) {
        match line {
            Some(json) if !json.get(key).is_null() => {
                contents.lines = vec![json];
                contents.is_damaged = false;
            }
            Some(json) => contents.lines.push(json),
            None => contents.is_damaged |= has_end,
        }
    }
    if contents.is_damaged {
        contents.lines.clear();
    }
    contents
}

/// What stands between an object and its checksum.
const CHECK: &str = ",\"check\":\"";

/// Adds a member to an object that is not empty: the checksum of all before it.
pub(super) fn seal(mut json: String) -> String {
    json.pop();
    let check = checksum(&json);
    json + CHECK + &check + "\"}"
}

/// The object, if it is as it was written.
fn unseal(line: &[u8]) -> Option<Json> {
    let line = std::str::from_utf8(line).ok()?;
    let (json, check) = line.strip_suffix("\"}")?.rsplit_once(CHECK)?;
    (check == checksum(json)).then(|| Json::parse(format!("{json}}}").as_bytes()))
}

fn checksum(text: &str) -> String {
    let mut crc64 = Crc64::new();
    crc64.update(text.as_bytes());
    format!("{:016x}", crc64.value())
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
