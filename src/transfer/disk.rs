//! How files are made, opened and put in place: also in a folder in which others
//! may write, nothing goes through a link, and nothing is harmed that is not ours.

mod target;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fs::{File, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;
pub(super) use system::{
    Folder, at, boot, create_public, put_in_place, read_at, remove, set_mode, set_mode_of, write_at,
};
use system::{check_own, options};
#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

pub(super) use target::{check_meaning, check_name, check_target};

/// Makes a file for its owner alone, where there is none.
pub(super) fn create(path: &Path) -> io::Result<File> {
    options(0o600).create_new(true).open(path)
}

/// Opens a file that this user has made: a regular one, with one name.
pub(super) fn open(path: &Path) -> io::Result<File> {
    open_own(path, 0)
}

/// The same, and nobody else may have written to it.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    open_own(path, 0o022)
}

fn open_own(path: &Path, others: u32) -> io::Result<File> {
    // Looked at beforehand, for opening a FIFO blocks, and means something to a
    // device; and afterwards, for it may be another by then.
    check_regular(&std::fs::symlink_metadata(path)?)?;
    let file = options(0).open(path)?;
    let metadata = file.metadata()?;
    check_regular(&metadata)?;
    check_own(path, &metadata, others)?;
    Ok(file)
}

fn check_regular(metadata: &Metadata) -> io::Result<()> {
    match kind(metadata) {
        None => Ok(()),
        Some(kind) => Err(io::Error::other(format!("it is {kind}"))),
    }
}

/// What this is, if it is no regular file.
pub(super) fn kind(metadata: &Metadata) -> Option<&'static str> {
    let kind = metadata.file_type();
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a folder")
    } else if kind.is_symlink() {
        Some("a symbolic link")
    } else {
        Some("a device, a FIFO or a socket")
    }
}

/// Whether the file is still what has this name, as far as can be told.
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    at(file, path).is_ok_and(|there| there.is_some())
}

/// When it was made, in seconds since 1970 UTC, where the file system keeps that:
/// another file that got its name was made at another time.
pub(super) fn created(file: &File) -> Option<u64> {
    let created = file.metadata().ok()?.created().ok()?;
    let since_1970 = created.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(since_1970.as_secs())
}

/// Whether it was made then, as far as can be told.
pub(super) fn is_created_at(file: &File, then: u64) -> bool {
    // Windows has no word for not knowing it: it says when the file was last changed.
    let is_unknown =
        |metadata: Metadata| cfg!(windows) && metadata.created().ok() == metadata.modified().ok();
    created(file).is_none_or(|now| now == then) || file.metadata().is_ok_and(is_unknown)
}

/// A power cut does not take back what the file holds now.
pub(super) fn sync(file: &File) -> io::Result<()> {
    note("bytes");
    if_it_can(file.sync_data())
}

/// Nor what the system knows of it: its mode, for example.
pub(super) fn sync_all(file: &File) -> io::Result<()> {
    note("file");
    if_it_can(file.sync_all())
}

fn if_it_can(synced: io::Result<()>) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, Unsupported};
    match synced {
        // There is nothing behind it that could be synced.
        Err(e) if matches!(e.kind(), InvalidInput | Unsupported) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
thread_local! {
    /// What was made to last, in order, and when a file got its name.
    pub(super) static STEPS: std::cell::RefCell<Vec<&'static str>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Tells a test.
fn note(_step: &'static str) {
    #[cfg(test)]
    STEPS.with_borrow_mut(|steps| steps.push(_step));
}

/// What to do about an error of a file that is written.
pub(super) fn advice(error: &io::Error) -> &'static str {
    if system::is_in_use(error) {
        "; another program may have it open, or the .part beside it: close it there, or give another path"
    } else {
        ""
    }
}

/// The path as it is now, for the host may go to another folder while a call lasts. Unlike
/// what the system makes of it, it keeps dots and blanks at its end.
pub(super) fn absolute(path: PathBuf) -> PathBuf {
    if path.as_os_str().is_empty() || path.is_absolute() {
        return path;
    }
    let (folder, rest) = match path.components().next() {
        // `C:x` is in the folder that was the last on that drive; of `\\x`, only the drive is missing.
        Some(Component::Prefix(drive)) => (
            std::path::absolute(drive.as_os_str()),
            path.strip_prefix(drive.as_os_str()).unwrap_or(&path),
        ),
        _ => (std::env::current_dir(), &*path),
    };
    match folder {
        Ok(folder) => folder.join(rest),
        Err(_) => path,
    }
}
