//! What is done in the way of Windows: a file's mode, its owner and who may write to it are for the folder to say.

use super::{create, if_it_can, note};
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::thread;
use std::time::Duration;
use winreg::RegKey;
use winreg::enums::{HKEY_LOCAL_MACHINE, KEY_READ};

/// Read and write; links are not followed.
pub(super) fn options(_: u32) -> OpenOptions {
    /// Opens a link itself (CreateFileW).
    const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
    options
}

/// Makes what will be a file of the caller's.
pub(in crate::transfer) fn create_public(path: &Path) -> io::Result<(File, Option<u32>)> {
    Ok((create(path)?, None))
}

/// Nothing that a file says of itself tells whose it is.
pub(super) fn check_own(_: &Path, _: &Metadata, _: u32) -> io::Result<()> {
    Ok(())
}

/// What is known of the file, if there is one of its name: a renamed file is known by its name being gone.
pub(in crate::transfer) fn at(_: &File, path: &Path) -> io::Result<Option<Metadata>> {
    // Nor can one be looked at that is being deleted.
    Ok(std::fs::metadata(path).ok())
}

/// The folder of a file, which keeps its name.
pub(in crate::transfer) struct Folder;

impl Folder {
    /// That of a path.
    pub(in crate::transfer) fn of(_: &Path) -> io::Result<Self> {
        Ok(Self)
    }

    /// Folders are not synced, but a file is with what the system knows of it
    /// (FlushFileBuffers), and by now that has its new name.
    pub(in crate::transfer) fn sync(&self, file: &File) -> io::Result<()> {
        note("folder");
        if_it_can(file.sync_all())
    }
}

/// A file has the rights that its folder gives it.
pub(in crate::transfer) fn set_mode(_: &File, _: u32) {}

/// The same.
pub(in crate::transfer) fn set_mode_of(_: &File, _: &Metadata) {}

/// Whoever may put something into the folder.
pub(super) fn is_to_be_kept_to(_: &Path, _: [&Metadata; 2]) -> bool {
    true
}

/// What is there cannot be replaced while another program has it open and does not
/// share that.
pub(super) fn check_free(target: &Path) -> io::Result<()> {
    /// The right that replacing takes (winnt.h).
    const DELETE: u32 = 0x0001_0000;
    match options(0).access_mode(DELETE).open(target) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e),
    }
}

/// Gives the finished part the name of the target, in place of what is there.
pub(in crate::transfer) fn put_in_place(part: &Path, target: &Path) -> io::Result<()> {
    note("name");
    let set = std::fs::set_permissions;
    let replaced = std::fs::symlink_metadata(target).map(|metadata| metadata.permissions());
    // Windows replaces no file that is read-only; what takes its place is so again, or
    // it is itself.
    let read_only = replaced.ok().filter(|permissions| permissions.readonly());
    if let Some(mut permissions) = read_only.clone() {
        permissions.set_readonly(false);
        set(target, permissions)?;
    }
    let result = patiently(|| std::fs::rename(part, target));
    if let Some(permissions) = read_only {
        // The bytes are there whether or not.
        let _ = set(target, permissions);
    }
    result
}

/// Removes what is of no use any more.
pub(in crate::transfer) fn remove(path: &Path) -> io::Result<()> {
    patiently(|| std::fs::remove_file(path))
}

/// Virus scanners and indexers look at a new file for a moment, in which it gets no other name and does not go away.
fn patiently<T>(mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    /// About as long as Go's own tools wait (internal/robustio).
    const PAUSES_MS: [u64; 9] = [5, 10, 20, 40, 80, 160, 320, 640, 640];
    for pause in PAUSES_MS {
        match act() {
            Err(e) if is_in_use(&e) => thread::sleep(Duration::from_millis(pause)),
            other => return other,
        }
    }
    act()
}

/// Windows says no more of a file that another program has open.
pub(super) fn is_in_use(error: &io::Error) -> bool {
    const ERROR_ACCESS_DENIED: i32 = 5;
    const ERROR_SHARING_VIOLATION: i32 = 32;
    matches!(
        error.raw_os_error(),
        Some(ERROR_ACCESS_DENIED | ERROR_SHARING_VIOLATION)
    )
}

/// Tells one boot of the system from another: what is below this key is kept nowhere ("Registry Hives"), so it is made
/// anew at each, and by nobody after that.
pub(in crate::transfer) fn boot() -> Option<String> {
    let machine = RegKey::predef(HKEY_LOCAL_MACHINE);
    let key = machine.open_subkey_with_flags(r"HARDWARE\DESCRIPTION\System", KEY_READ);
    let made = key.ok()?.query_info().ok()?.last_write_time;
    let (high, low) = (made.dwHighDateTime, made.dwLowDateTime);
    (high > 0).then(|| format!("{high:08x}{low:08x}"))
}

/// Reads what is there from `position` on, wherever others read or write.
pub(in crate::transfer) fn read_at(
    file: &File,
    buffer: &mut [u8],
    position: u64,
) -> io::Result<usize> {
    file.seek_read(buffer, position)
}

/// Writes from `position` on, wherever others read or write.
pub(in crate::transfer) fn write_at(file: &File, bytes: &[u8], position: u64) -> io::Result<usize> {
    file.seek_write(bytes, position)
}
