//! How files are made, opened and put in place: also in a folder in which others
//! may write, nothing goes through a link, and nothing is harmed that is not ours.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Makes a file for its owner alone, where there is none.
pub(super) fn create(path: &Path) -> io::Result<File> {
    options(0o600).create_new(true).open(path)
}

/// The same for what will be a file of the caller's: says which mode it is to have
/// in the end, which nobody but the system knows (the umask).
#[cfg(unix)]
pub(super) fn create_public(path: &Path) -> io::Result<(File, Option<u32>)> {
    use std::os::unix::fs::MetadataExt as _;
    let file = options(0o666).create_new(true).open(path)?;
    let mode = file.metadata()?.mode() & 0o777;
    set_mode(&file, 0o600);
    Ok((file, Some(mode)))
}

#[cfg(not(unix))]
pub(super) fn create_public(path: &Path) -> io::Result<(File, Option<u32>)> {
    Ok((create(path)?, None))
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

/// Read and write; what is made gets this mode; links are not followed.
#[cfg(unix)]
fn options(mode: u32) -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(mode);
    // A FIFO that has just been put there does not block.
    options.custom_flags(nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK);
    options
}

#[cfg(windows)]
fn options(_: u32) -> OpenOptions {
    use std::os::windows::fs::OpenOptionsExt as _;
    /// Opens a link itself (CreateFileW).
    const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
    options
}

/// Whether it is this user's, has no other name, and not those of the bits `others`
/// in its mode.
#[cfg(unix)]
fn check_own(path: &Path, metadata: &Metadata, others: u32) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
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

/// Who may write to it is for the folder to say.
#[cfg(not(unix))]
fn check_own(_: &Path, _: &Metadata, _: u32) -> io::Result<()> {
    Ok(())
}

/// What is known of the file, if it is still what has this name.
#[cfg(unix)]
pub(super) fn at(file: &File, path: &Path) -> Option<Metadata> {
    use std::os::unix::fs::MetadataExt as _;
    let (own, there) = (file.metadata().ok()?, std::fs::symlink_metadata(path).ok()?);
    ((own.dev(), own.ino()) == (there.dev(), there.ino())).then_some(there)
}

/// Elsewhere a renamed file is known by its name being gone.
#[cfg(not(unix))]
pub(super) fn at(_: &File, path: &Path) -> Option<Metadata> {
    std::fs::metadata(path).ok()
}

/// Whether the file is still what has this name.
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    at(file, path).is_some()
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

/// The folder of a file, which keeps its name.
pub(super) struct Folder(#[cfg(unix)] File);

impl Folder {
    /// That of a path. One that may be written but not read cannot be synced.
    #[cfg(unix)]
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        File::open(folder.unwrap_or(Path::new("."))).map(Self)
    }

    #[cfg(not(unix))]
    pub(super) fn of(_: &Path) -> io::Result<Self> {
        Ok(Self())
    }

    /// A power cut does not take back the name that this file has got in it.
    #[cfg(unix)]
    pub(super) fn sync(&self, _: &File) -> io::Result<()> {
        note("folder");
        if_it_can(self.0.sync_all())
    }

    /// Windows syncs no folders, but a file with what the system knows of it
    /// (FlushFileBuffers), and by now that has its new name.
    #[cfg(not(unix))]
    pub(super) fn sync(&self, file: &File) -> io::Result<()> {
        note("folder");
        if_it_can(file.sync_all())
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

/// Tells one boot of the system from another, where it can be told.
pub(super) fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

/// Gives the file a mode; where there is none, it has another anyway.
#[cfg(unix)]
pub(super) fn set_mode(file: &File, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    let _ = file.set_permissions(std::fs::Permissions::from_mode(mode));
}

#[cfg(not(unix))]
pub(super) fn set_mode(_: &File, _: u32) {}

/// Gives the file the mode, owner and group of one that it will replace, as far as
/// this process may; but not the right to run as that owner, which was given to
/// other bytes.
#[cfg(unix)]
pub(super) fn set_mode_of(file: &File, replaced: &Metadata) {
    use std::os::unix::fs::{MetadataExt as _, fchown};
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

#[cfg(not(unix))]
pub(super) fn set_mode_of(_: &File, _: &Metadata) {}

/// Finds what is wrong with a target while nothing has been received; says what is
/// there now and will be replaced, if the file is to have its owner and mode.
pub(super) fn check_target(target: &Path) -> io::Result<Option<Metadata>> {
    check_name(target)?;
    let put_there = match std::fs::symlink_metadata(target) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut metadata = put_there.clone();
    if put_there.is_symlink() {
        // `/dev/stdout` and the like, whatever they lead to now.
        if std::fs::read_link(target).is_ok_and(|to| to.starts_with("/proc")) {
            return Err(io::Error::other("it leads to a file that is open already"));
        }
        // A link is replaced, but what it leads to says what it is for, and who may
        // read it.
        metadata = match std::fs::metadata(target) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
    }
    check_regular(&metadata)?;
    check_free(target)?;
    Ok(Some(metadata).filter(|replaced| is_to_be_kept_to(target, [&put_there, replaced])))
}

/// Whether who put this where the target is going to be (a link, and what it leads to, which somebody has chosen; or a
/// file) has a say in who may read and write that. In a folder in which everybody may write, such as /tmp, that is this
/// user alone.
#[cfg(unix)]
fn is_to_be_kept_to(target: &Path, there: [&Metadata; 2]) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    const EVERYBODY_WRITES: u32 = 0o002;
    let own = nix::unistd::geteuid().as_raw();
    if there.iter().all(|one| one.uid() == own) {
        return true;
    }
    let folder = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = std::fs::metadata(folder.unwrap_or(Path::new(".")));
    folder.is_ok_and(|folder| folder.mode() & EVERYBODY_WRITES == 0)
}

#[cfg(not(unix))]
fn is_to_be_kept_to(_: &Path, _: [&Metadata; 2]) -> bool {
    true
}

/// The path as it is now, for the host may go to another folder while a call lasts. Unlike
/// what the system makes of it, it keeps dots and blanks at its end.
pub(super) fn absolute(path: PathBuf) -> PathBuf {
    if path.as_os_str().is_empty() || path.is_absolute() {
        return path;
    }
    std::env::current_dir().map_or(path.clone(), |folder| folder.join(path))
}

/// Finds a path that no file can have.
pub(super) fn check_name(path: &Path) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default();
    // One that ends in a separator or a dot is that of a folder.
    let is_last = |name: &[u8]| path.as_os_str().as_encoded_bytes().ends_with(name);
    if name.is_empty() || !is_last(name.as_encoded_bytes()) {
        return Err(io::Error::other("the path does not end in a file name"));
    }
    match windows_refusal(&name.to_string_lossy()) {
        Some(reason) if cfg!(windows) => Err(io::Error::other(reason)),
        _ => Ok(()),
    }
}

/// Why Windows, which may take it for something else, makes no file of this name
/// ("Naming Files, Paths, and Namespaces").
fn windows_refusal(name: &str) -> Option<&'static str> {
    /// Longer names are found when the file gets its own, after it has arrived.
    const UNITS_MAX: usize = 255;
    if name.contains(':') {
        return Some(
            "the file name has a colon in it, behind which Windows names a stream of a file",
        );
    }
    // What stands behind a dot makes no difference, nor do blanks.
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end_matches(' ').to_ascii_uppercase();
    let port = stem.strip_prefix("COM").or(stem.strip_prefix("LPT"));
    let mut number = port.unwrap_or_default().chars();
    let is_port = matches!(
        (number.next(), number.next()),
        (Some('1'..='9' | '¹' | '²' | '³'), None)
    );
    if is_port || matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") {
        return Some("the file name is that of a device of Windows");
    }
    if name.ends_with(['.', ' ']) {
        return Some("the file name ends in a dot or blank, which Windows leaves out");
    }
    (name.encode_utf16().count() > UNITS_MAX).then_some("the file name is too long")
}

/// What is there cannot be replaced while another program has it open and does not
/// share that.
#[cfg(windows)]
fn check_free(target: &Path) -> io::Result<()> {
    use std::os::windows::fs::OpenOptionsExt as _;
    /// The right that replacing takes (winnt.h).
    const DELETE: u32 = 0x0001_0000;
    match options(0).access_mode(DELETE).open(target) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(in_use(e)),
    }
}

#[cfg(not(windows))]
fn check_free(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Gives the finished part the name of the target, in place of what is there.
#[cfg(windows)]
pub(super) fn put_in_place(part: &Path, target: &Path) -> io::Result<()> {
    note("name");
    let set = std::fs::set_permissions;
    let replaced = std::fs::symlink_metadata(target).map(|metadata| metadata.permissions());
    // Windows replaces no file that is read-only; what takes its place is so again, or
    // it is itself.
    let read_only = replaced.ok().filter(|permissions| permissions.readonly());
    if let Some(mut permissions) = read_only.clone() {
        permissions.set_readonly(false);
        set(target, permissions).map_err(in_use)?;
    }
    let result = std::fs::rename(part, target);
    if let Some(permissions) = read_only {
        // The bytes are there whether or not.
        let _ = set(target, permissions);
    }
    result.map_err(in_use)
}

#[cfg(not(windows))]
pub(super) fn put_in_place(part: &Path, target: &Path) -> io::Result<()> {
    note("name");
    std::fs::rename(part, target)
}

/// Windows says no more of a file that another program has open.
#[cfg(windows)]
fn in_use(error: io::Error) -> io::Error {
    const ERROR_ACCESS_DENIED: i32 = 5;
    const ERROR_SHARING_VIOLATION: i32 = 32;
    match error.raw_os_error() {
        Some(ERROR_ACCESS_DENIED | ERROR_SHARING_VIOLATION) => io::Error::new(
            error.kind(),
            format!(
                "{error}; another program may have it open: close it there, or give another path"
            ),
        ),
        _ => error,
    }
}

/// Reads what is there from `position` on, wherever others read or write.
#[cfg(unix)]
pub(super) fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, position)
}

/// The same.
#[cfg(windows)]
pub(super) fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, position)
}

/// Writes from `position` on, wherever others read or write.
#[cfg(unix)]
pub(super) fn write_at(file: &File, bytes: &[u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::write_at(file, bytes, position)
}

/// The same.
#[cfg(windows)]
pub(super) fn write_at(file: &File, bytes: &[u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_write(file, bytes, position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_windows_takes_for_something_else_are_known() {
        for name in [
            "a:stream",
            "a:",
            "nul",
            "NUL.txt",
            "Con ",
            "con .tar.gz",
            "aux.",
            "report.txt.",
            "a ",
            "PRN",
            "COM1",
            "lpt9.log",
            "com².x",
            "conout$",
        ] {
            assert!(windows_refusal(name).is_some(), "{name}");
        }
        assert!(windows_refusal(&"图".repeat(256)).is_some());
        for name in [
            "a", "console", "nul-a", "com", "com0", "com10", "com1a", "lpt.1", ".nul", "图.png",
            "conin",
        ] {
            assert_eq!(windows_refusal(name), None, "{name}");
        }
        assert_eq!(windows_refusal(&"图".repeat(255)), None);
    }

    #[cfg(unix)]
    #[test]
    fn in_a_folder_of_everybodys_only_what_is_ones_own_decides_who_may_read_it() -> io::Result<()> {
        use std::os::unix::fs::{PermissionsExt as _, chown, lchown, symlink};
        use std::path::PathBuf;
        const ANOTHER: Option<u32> = Some(12_345);
        let folder = std::env::temp_dir().join(format!("chatfile-{}", crate::random::token()));
        std::fs::create_dir(&folder)?;
        let mode = |mode| std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(mode));
        let at = |name: &str| -> PathBuf { folder.join(name) };
        let is_kept_to = |name: &str| check_target(&at(name)).map(|found| found.is_some());
        for name in ["own", "other"] {
            std::fs::write(at(name), "old")?;
        }
        for name in ["link", "other link"] {
            symlink(at("own"), at(name))?;
        }
        let is_root = chown(at("other"), ANOTHER, None).is_ok();
        if is_root {
            lchown(at("other link"), ANOTHER, None)?;
        }
        mode(0o1777)?;
        assert!(is_kept_to("own")? && is_kept_to("link")?);
        // Only root can put something there as another would.
        assert_eq!(is_kept_to("other")?, !is_root);
        assert_eq!(is_kept_to("other link")?, !is_root);
        mode(0o775)?;
        for name in ["own", "link", "other", "other link"] {
            assert!(is_kept_to(name)?, "{name}");
        }
        std::fs::remove_dir_all(&folder)
    }
}
