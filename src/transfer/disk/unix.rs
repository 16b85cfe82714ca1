//! What is done in the way of Unix.

use super::{create, if_it_can, note};
use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{
    FileExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown,
};
use std::path::Path;

/// Read and write; what is made gets this mode; links are not followed.
pub(super) fn options(mode: u32) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(mode);
    // A FIFO that has just been put there does not block.
    options.custom_flags(nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK);
    options
}

/// The same for what will be a file of the caller's: says which mode it is to have
/// in the end, which nobody but the system knows (the umask).
pub(in crate::transfer) fn create_public(path: &Path) -> io::Result<(File, Option<u32>)> {
    let file = options(0o666).create_new(true).open(path)?;
    let mode = file.metadata()?.mode() & 0o777;
    set_mode(&file, 0o600);
    Ok((file, Some(mode)))
}

/// Whether it is this user's, has no other name, and not those of the bits `others`
/// in its mode.
pub(super) fn check_own(path: &Path, metadata: &Metadata, others: u32) -> io::Result<()> {
    if metadata.nlink() > 1 {
        return Err(io::Error::other("it has another name, too (a hard link)"));
    }
    let is_like =
        |uid: u32, mode: u32| metadata.uid() == uid && metadata.mode() & others & !mode == 0;
    if is_like(nix::unistd::geteuid().as_raw(), 0) {
        return Ok(());
    }
    // Where the file system gives owner and mode as it likes (FAT, network folders), a
    // file that is made now shows what ours look like.
    let probe = path.with_file_name(format!(".chatfile-{}.part", crate::random::token()));
    let made = create(&probe)?.metadata();
    let _ = std::fs::remove_file(&probe);
    let made = made?;
    if is_like(made.uid(), made.mode()) {
        return Ok(());
    }
    Err(io::Error::other(
        "it belongs to another user, or others may write to it",
    ))
}

/// What is known of the file, if it is still what has this name.
pub(in crate::transfer) fn at(file: &File, path: &Path) -> io::Result<Option<Metadata>> {
    let own = file.metadata()?;
    match std::fs::symlink_metadata(path) {
        Ok(there) => Ok(((own.dev(), own.ino()) == (there.dev(), there.ino())).then_some(there)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// The folder of a file, which keeps its name.
pub(in crate::transfer) struct Folder(File);

impl Folder {
    /// That of a path. One that may be written but not read cannot be synced.
    pub(in crate::transfer) fn of(path: &Path) -> io::Result<Self> {
        File::open(folder_of(path)).map(Self)
    }

    /// A power cut does not take back the name that this file has got in it.
    pub(in crate::transfer) fn sync(&self, _: &File) -> io::Result<()> {
        note("folder");
        if_it_can(self.0.sync_all())
    }
}

/// Gives the file a mode; where there is none, it has another anyway.
pub(in crate::transfer) fn set_mode(file: &File, mode: u32) {
    let _ = file.set_permissions(Permissions::from_mode(mode));
}

/// Gives the file the mode, owner and group of one that it will replace, as far as
/// this process may; but not the right to run as that owner, which was given to
/// other bytes.
pub(in crate::transfer) fn set_mode_of(file: &File, replaced: &Metadata) {
    let Ok(own) = file.metadata() else {
        return;
    };
    let mut mode = replaced.mode() & 0o777;
    if own.uid() != replaced.uid() && fchown(file, Some(replaced.uid()), None).is_err() {
        // Only root may. What is not to be that user's is not to be written by everybody for
        // the reason that the other was.
        mode &= !0o002;
    }
    if own.gid() != replaced.gid() && fchown(file, None, Some(replaced.gid())).is_err() {
        // The members of another group get no more than everybody has.
        mode &= 0o707 | (mode & 0o007) << 3;
    }
    set_mode(file, mode);
}

/// Whether who put this where the target is going to be (a link, and what it leads to, which somebody has chosen; or a
/// file) has a say in who may read and write that. In a folder in which everybody may write, such as /tmp, that is this
/// user alone.
pub(super) fn is_to_be_kept_to(target: &Path, there: [&Metadata; 2]) -> bool {
    const EVERYBODY_WRITES: u32 = 0o002;
    let own = nix::unistd::geteuid().as_raw();
    if there.iter().all(|one| one.uid() == own) {
        return true;
    }
    let folder = std::fs::metadata(folder_of(target));
    folder.is_ok_and(|folder| folder.mode() & EVERYBODY_WRITES == 0)
}

/// Whether what is there can be replaced: whoever has it open, but in a folder in which everybody may keep files only
/// by who owns it or the folder (unlink(2), EPERM).
pub(super) fn check_free(target: &Path) -> io::Result<()> {
    const STICKY: u32 = 0o1000;
    let own = nix::unistd::geteuid();
    let Ok(folder) = std::fs::metadata(folder_of(target)) else {
        return Ok(());
    };
    let owners = [folder.uid(), std::fs::symlink_metadata(target)?.uid()];
    if own.is_root() || folder.mode() & STICKY == 0 || owners.contains(&own.as_raw()) {
        return Ok(());
    }
    Err(io::Error::other(
        "it belongs to another user, and its folder lets nobody else replace it (sticky)",
    ))
}

/// The folder in which a path is.
fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    folder.unwrap_or(Path::new("."))
}

/// Gives the finished part the name of the target, in place of what is there.
pub(in crate::transfer) fn put_in_place(part: &Path, target: &Path) -> io::Result<()> {
    note("name");
    std::fs::rename(part, target)
}

/// Removes what is of no use any more.
pub(in crate::transfer) fn remove(path: &Path) -> io::Result<()> {
    std::fs::remove_file(path)
}

/// Whether another program keeps a file from being written: here, none does.
pub(super) fn is_in_use(_: &io::Error) -> bool {
    false
}

/// Tells one boot of the system from another, where it can be told: of Linux (random(4)).
pub(in crate::transfer) fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

/// Reads what is there from `position` on, wherever others read or write.
pub(in crate::transfer) fn read_at(
    file: &File,
    buffer: &mut [u8],
    position: u64,
) -> io::Result<usize> {
    file.read_at(buffer, position)
}

/// Writes from `position` on, wherever others read or write.
pub(in crate::transfer) fn write_at(file: &File, bytes: &[u8], position: u64) -> io::Result<usize> {
    file.write_at(bytes, position)
}
