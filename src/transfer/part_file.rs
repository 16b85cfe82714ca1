//! The `.part` file of a download: what is not complete yet has another name
//! until it is.

use super::disk;
use super::download_state::{DownloadState, FORMAT_KEY, ResumeRecord};
use super::journal::{Contents, Journal, OpenError};
use super::shared_file::{SharedFile, changed, sink_error};
use super::version::Version;
use crate::error::{English, Error, Phase, Result, Status};
use crate::random;
use std::ffi::OsString;
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// A download on its way to `target`. What is not finished is removed, unless
/// it can be resumed.
pub(super) struct PartFile {
    target: PathBuf,
    part: PathBuf,
    file: File,
    /// Where the next bytes go, which is where it ends.
    end: u64,
    /// What the finished file gets where it replaces none.
    mode: Option<u32>,
    /// Synced, too, if the file is to be durable.
    folder: Option<disk::Folder>,
    resume: Option<ResumeRecord>,
    /// It was just made, and holds nothing yet.
    is_new: bool,
    is_finished: bool,
}

impl PartFile {
    /// A file that is removed if it is not finished.
    pub(super) fn temporary(target: PathBuf) -> Result<Self> {
        let replaced = check_target(&target)?;
        let part = target.with_file_name(format!(".chatfile-{}.part", random::token()));
        let (file, mode) = create(&part, replaced.as_ref()).map_err(|e| sink_error(&target, e))?;
        Ok(Self {
            target,
            part,
            file,
            end: 0,
            mode,
            folder: None,
            resume: None,
            is_new: true,
            is_finished: false,
        })
    }

    /// A file that is kept if it is not finished, and goes on where an earlier
    /// call for the same `identity` broke off.
    pub(super) fn resumable(target: PathBuf, identity: &str) -> Result<Self> {
        let replaced = check_target(&target)?;
        let part = with_suffix(&target, ".part");
        let path = with_suffix(&target, ".part.json");
        let in_the_way = |taken: &Path, why: &dyn fmt::Display| {
            let taken = taken.display();
            let reason = format!("{taken} is in the way: {why}; remove it");
            sink_error(&target, reason)
        };
        const FOREIGN: &str = "it was not left by a download";
        let fail = |e: io::Error| sink_error(&target, e);
        let is_there = std::fs::symlink_metadata(&part).is_ok();
        let (mut journal, Contents { lines, is_damaged }) = Journal::open(&path, FORMAT_KEY)
            .map_err(|error| match error {
                OpenError::Foreign => in_the_way(&path, &FOREIGN),
                OpenError::Busy => sink_error(
                    &target,
                    "another download to it is under way, has just ended, or lives on in a process that was forked during it",
                ),
                OpenError::Io(e) if path.symlink_metadata().is_ok() => {
                    in_the_way(&path, &English(&e))
                }
                OpenError::Io(e) => fail(e),
            })?;
        let mut state = DownloadState {
            file: identity.to_owned(),
            ..DownloadState::default()
        };
        let known = lines.last().and_then(DownloadState::read);
        let is_new = journal.is_new();
        if is_new {
            // Bytes that have no journal beside them are not ours.
            if is_there {
                return Err(in_the_way(&part, &FOREIGN));
            }
            journal.append(state.to_json()).map_err(fail)?;
        }
        let mut is_made = true;
        let opened = match disk::open(&part) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => create(&part, replaced.as_ref()),
            Ok(_) if is_new => Err(io::Error::other(FOREIGN)),
            Ok(file) => match &known {
                Some(known) if known.made(&file) => {
                    is_made = false;
                    Ok((file, known.mode))
                }
                // Of no use, or just made when the process was killed.
                known if is_damaged || known.is_some() && is_empty(&file) => {
                    // On Windows a name stays taken until its file is closed.
                    drop(file);
                    std::fs::remove_file(&part).and_then(|()| create(&part, replaced.as_ref()))
                }
                _ => Err(io::Error::other(
                    "it is not the file that the download has left",
                )),
            },
            Err(e) => Err(e),
        };
        let (file, mode) = opened.map_err(|e| {
            if is_new {
                let _ = journal.remove();
            }
            match part.symlink_metadata() {
                Ok(_) => in_the_way(&part, &English(&e)),
                Err(_) => sink_error(&target, e),
            }
        })?;
        state.created = Some(disk::created(&file).unwrap_or(0));
        state.mode = mode;
        state.boot = disk::boot();
        if is_made {
            // Before it has bytes: after a power cut, too, it is known by that.
            let noted = journal.append(state.to_json());
            noted.and_then(|()| journal.sync()).map_err(fail)?;
        }
        let mut whole = Self {
            target,
            part,
            file,
            end: 0,
            mode,
            folder: None,
            is_new: false,
            is_finished: false,
            resume: Some(ResumeRecord {
                journal,
                state,
                found: 0,
                promised: known.as_ref().map_or(0, |known| known.synced),
                unsynced: 0,
                is_damaged,
            }),
        };
        whole.adopt(known)?;
        Ok(whole)
    }

    /// When it is finished, no power cut takes it back.
    pub(super) fn make_durable(&mut self) -> Result<()> {
        let folder = disk::Folder::of(&self.target);
        self.folder = Some(folder.map_err(|e| sink_error(&self.target, e))?);
        Ok(())
    }

    /// Takes over what an earlier call has left, if it belongs to the same file.
    fn adopt(&mut self, known: Option<DownloadState>) -> Result<()> {
        let Some(resume) = &mut self.resume else {
            return Ok(());
        };
        let mut is_to_be_noted = false;
        if let Some(known) = known.filter(|known| known.file == resume.state.file)
            && known.version.is_some()
        {
            let length = self.file.metadata().map_or(0, |metadata| metadata.len());
            let is_same_boot = known.boot.is_some() && known.boot == resume.state.boot;
            let there = if is_same_boot {
                known.whole.unwrap_or(length).min(length)
            } else {
                length.min(known.synced)
            };
            // At least one byte is asked for, so that the service has to say
            // whether the file is still the same.
            resume.found = known.size.map_or(there, |size| there.min(size.max(1) - 1));
            resume.state.version = known.version;
            resume.state.size = known.size;
            resume.state.synced = known.synced.min(resume.found);
            // Of ranges side by side the journal says how far there was no gap, which from now on
            // is not all that there is.
            is_to_be_noted = !is_same_boot || known.whole.is_some();
        }
        let mut result = self
            .file
            .set_len(resume.found)
            .and_then(|()| self.file.seek(SeekFrom::Start(resume.found)))
            .map(drop);
        self.end = resume.found;
        // Not before what only the other boot has seen is gone: in this one, what is there is trusted.
        if is_to_be_noted {
            result = result.and_then(|()| resume.write());
        }
        result.map_err(|e| sink_error(&self.target, e))
    }

    /// How many bytes an earlier call has left, and of which version and size.
    pub(super) fn found(&self) -> (u64, Option<Version>, Option<u64>) {
        self.resume.as_ref().map_or((0, None, None), |r| {
            (r.found, r.state.version.clone(), r.state.size)
        })
    }

    pub(super) fn is_resumable(&self) -> bool {
        self.resume.is_some()
    }

    /// What an earlier call has left, if it cannot be read any more: the download
    /// begins anew.
    pub(super) fn damaged(&self) -> Option<PathBuf> {
        let resume = self.resume.as_ref().filter(|resume| resume.is_damaged)?;
        Some(resume.journal.path().to_owned())
    }

    /// Begins anew, with this version of the file.
    pub(super) fn restart(&mut self, version: Option<&Version>, size: Option<u64>) -> Result<()> {
        let mut result = match std::mem::take(&mut self.is_new) {
            true => Ok(()),
            false => self.file.set_len(0).and_then(|()| self.file.rewind()),
        };
        self.end = 0;
        if let Some(resume) = &mut self.resume {
            resume.state.version = version.cloned();
            resume.state.size = size;
            resume.state.synced = 0;
            resume.state.whole = None;
            resume.unsynced = 0;
            result = result.and_then(|()| resume.write());
            if resume.promised > 0 {
                // Or the bytes that come would be taken for those.
                result = result.and_then(|()| resume.journal.sync());
                resume.promised = 0;
            }
        }
        result.map_err(|e| sink_error(&self.target, e))
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.is_new = false;
        let mut result = self.check_end().and_then(|()| self.file.write_all(bytes));
        self.end += bytes.len() as u64;
        if let Some(resume) = &mut self.resume
            && resume.state.version.is_some()
        {
            resume.unsynced += bytes.len() as u64;
            if resume.is_sync_due() {
                result = result.and_then(|()| resume.mark(&self.file));
            }
        }
        result.map_err(|e| {
            // What could not be written whole is not worth keeping.
            self.forget_version();
            sink_error(&self.target, e)
        })
    }

    /// Behind what another program has cut off, a gap would be filled with zeros.
    fn check_end(&self) -> io::Result<()> {
        if self.end == 0 || self.file.metadata()?.len() == self.end {
            return Ok(());
        }
        Err(changed(&self.part))
    }

    /// The file for other threads to write to.
    pub(super) fn share(&self) -> Result<SharedFile> {
        let file = self.file.try_clone();
        let file = file.map_err(|e| sink_error(&self.target, e))?;
        Ok(SharedFile::new(file, &self.part, &self.target, self.end))
    }

    /// Others have written all bytes up to `end`, and perhaps more behind a gap.
    pub(super) fn reach(&mut self, end: u64) -> Result<()> {
        let Some(resume) = &mut self.resume else {
            return Ok(());
        };
        resume.unsynced += end - resume.state.whole.unwrap_or(resume.state.synced).min(end);
        resume.state.whole = Some(end);
        let noted = if resume.is_sync_due() {
            resume.mark(&self.file)
        } else {
            resume.write()
        };
        noted.map_err(|e| sink_error(&self.target, e))
    }

    /// Only the first `end` bytes are of use; what comes next is written behind them.
    pub(super) fn cut(&mut self, end: u64) -> Result<()> {
        let length = self.file.metadata().map(|metadata| metadata.len());
        let mut result = match length {
            Ok(length) if length < end => {
                // It would be filled with zeros.
                self.forget_version();
                Err(changed(&self.part))
            }
            Ok(_) => self.file.set_len(end),
            Err(e) => Err(e),
        };
        result = result.and_then(|()| self.file.seek(SeekFrom::Start(end)).map(drop));
        self.end = end;
        if let Some(resume) = &mut self.resume {
            // From now on there is no gap.
            resume.state.whole = None;
            result = result.and_then(|()| resume.write());
        }
        result.map_err(|e| sink_error(&self.target, e))
    }

    pub(super) fn forget_version(&mut self) {
        if let Some(resume) = &mut self.resume {
            resume.state.version = None;
        }
    }

    /// So many bytes are all of it: it takes its place.
    pub(super) fn finish(mut self, size: u64) -> Result<()> {
        let result = self.put_in_place(size);
        self.is_finished = result.is_ok();
        if self.is_finished {
            self.forget_version();
        }
        let result = result.and_then(|()| self.sync_name());
        result.map_err(|e| e.with_phase(Phase::Finish))
    }

    fn sync_name(&self) -> Result<()> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        folder.sync(&self.file).map_err(|e| {
            let text = format!(
                "{} is in its place, but its folder could not be synced, so that a power cut may \
                 take it back: {}",
                self.target.display(),
                English(&e)
            );
            Error::new(Status::Sink, text)
                .with_field("durable")
                .because(e)
        })
    }

    fn put_in_place(&mut self, size: u64) -> Result<()> {
        let fail = |e: io::Error| sink_error(&self.target, e);
        if let Err(e) = disk::sync(&self.file) {
            // Nobody knows what is there then.
            let error = fail(e);
            self.forget_version();
            return Err(error);
        }
        // Something else may be there by now.
        match (check_target(&self.target)?, self.mode) {
            (Some(replaced), _) => disk::set_mode_of(&self.file, &replaced),
            (None, Some(mode)) => disk::set_mode(&self.file, mode),
            (None, None) => {}
        }
        if self.folder.is_some() {
            disk::sync_all(&self.file).map_err(fail)?;
        }
        let part = self.part.display();
        let taken = match disk::at(&self.file, &self.part).map_err(fail)? {
            None => Some(format!(
                "another program has put something else in place of {part}, or removed it, or moved its folder"
            )),
            Some(found) if found.len() != size => Some(format!(
                "another program has written to {part}: it has {} bytes, and {size} are right",
                found.len()
            )),
            Some(_) => None,
        };
        if let Some(taken) = taken {
            let error = fail(io::Error::other(taken));
            self.forget_version();
            return Err(error);
        }
        // The journal is still locked: nobody takes it for a part meanwhile.
        disk::put_in_place(&self.part, &self.target).map_err(|e| {
            // It may be kept: until it has its name, it is nobody else's.
            disk::set_mode(&self.file, 0o600);
            fail(e)
        })
    }

    fn is_kept(&self) -> bool {
        let has_version = |r: &ResumeRecord| r.state.version.is_some();
        self.resume.as_ref().is_some_and(has_version) && !is_empty(&self.file)
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if self.is_kept() {
            // Where boots cannot be told apart, only this is trusted.
            if let Some(resume) = &mut self.resume
                && resume.state.boot.is_none()
            {
                let _ = resume.mark(&self.file);
            }
            return;
        }
        // A finished part has another name by now.
        if !self.is_finished && disk::is_at(&self.file, &self.part) {
            let _ = disk::remove(&self.part);
        }
        if let Some(resume) = &self.resume {
            let _ = resume.journal.remove();
        }
    }
}

/// Makes the part; what will replace a file is for nobody's eyes meanwhile.
fn create(part: &Path, replaced: Option<&Metadata>) -> io::Result<(File, Option<u32>)> {
    match replaced {
        Some(_) => Ok((disk::create(part)?, None)),
        None => disk::create_public(part),
    }
}

fn is_empty(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.len() == 0)
}

fn check_target(target: &Path) -> Result<Option<Metadata>> {
    disk::check_target(target).map_err(|e| sink_error(target, e))
}

fn with_suffix(target: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(target.file_name().unwrap_or_default());
    name.push(suffix);
    target.with_file_name(name)
}

#[cfg(test)]
#[path = "part_file_tests.rs"]
mod tests;
