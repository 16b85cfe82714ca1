//! Where a file is going to be: what is wrong with that, found before anything is received.

use super::{check_regular, system};
use std::fs::Metadata;
use std::io;
use std::path::Path;

/// Finds what is wrong with a target while nothing has been received; says what is
/// there now and will be replaced, if the file is to have its owner and mode.
pub(in crate::transfer) fn check_target(target: &Path) -> io::Result<Option<Metadata>> {
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
    system::check_free(target)?;
    Ok(Some(metadata).filter(|replaced| system::is_to_be_kept_to(target, [&put_there, replaced])))
}

/// Finds a path that no file can have.
pub(in crate::transfer) fn check_name(path: &Path) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default();
    // One that ends in a separator or a dot is that of a folder.
    let is_last = |name: &[u8]| path.as_os_str().as_encoded_bytes().ends_with(name);
    if name.is_empty() || !is_last(name.as_encoded_bytes()) {
        return Err(io::Error::other("the path does not end in a file name"));
    }
    check_meaning(path)
}

/// Finds a path that Windows takes for something else than a file of that name.
pub(in crate::transfer) fn check_meaning(path: &Path) -> io::Result<()> {
    if cfg!(windows) {
        let name = path.file_name().unwrap_or_default();
        if let Some(reason) = windows_refusal(&name.to_string_lossy()) {
            return Err(io::Error::other(reason));
        }
    }
    Ok(())
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
