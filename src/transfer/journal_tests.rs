#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::random;

const KEY: &str = "test";

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("chatfile-journal-{}", random::token()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> PathBuf {
        self.0.join("j")
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn open(&self) -> Result<(Journal, Contents), OpenError> {
        Journal::open(&self.path(), KEY)
    }

    /// What a later transfer finds: the numbers of its lines, or none if it is damaged.
    fn found(&self) -> Option<Vec<u64>> {
        let (_, contents) = self.open().unwrap();
        let number = |line: &Json| line.get("n").number().unwrap();
        (!contents.is_damaged).then(|| contents.lines.iter().map(number).collect())
    }

    /// Lines 1 to 4, the first and the third of which are beginnings.
    fn written(&self) -> Vec<u8> {
        let (mut journal, _) = self.open().unwrap();
        for n in 1..5 {
            let key = if n % 2 == 1 { "\"test\":1," } else { "" };
            journal.append(format!("{{{key}\"n\":{n}}}")).unwrap();
        }
        std::fs::read(self.path()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

#[test]
fn it_has_its_name_with_its_first_line() {
    let folder = Folder::new();
    let (mut journal, contents) = folder.open().unwrap();
    assert!(journal.is_new() && !contents.is_damaged && contents.lines.is_empty());
    assert!(!folder.path().exists());
    journal.append("{\"test\":1,\"n\":7}".into()).unwrap();
    assert_eq!(folder.names(), ["j"]);
    drop(journal);
    assert_eq!(folder.found(), Some(vec![7]));
    folder.open().unwrap().0.remove().unwrap();
    drop(folder.open().unwrap());
    assert!(folder.names().is_empty());
}

#[test]
fn one_at_a_time_also_before_the_first_line() {
    let folder = Folder::new();
    let (mut first, _) = folder.open().unwrap();
    assert!(matches!(folder.open(), Err(OpenError::Busy)));
    first.append("{\"test\":1,\"n\":1}".into()).unwrap();
    assert!(matches!(folder.open(), Err(OpenError::Busy)));
    drop(first);
    assert_eq!(folder.found(), Some(vec![1]));
}

#[test]
fn what_a_killed_one_has_left_is_taken() {
    let folder = Folder::new();
    drop(folder.open().unwrap());
    let (journal, _) = folder.open().unwrap();
    let new = journal.new.clone().unwrap();
    drop(journal);
    std::fs::write(&new, b"{\"te").unwrap();
    let (mut journal, _) = folder.open().unwrap();
    journal.append("{\"test\":1,\"n\":1}".into()).unwrap();
    drop(journal);
    assert_eq!(folder.found(), Some(vec![1]));
    assert_eq!(folder.names(), ["j"]);
}

#[test]
fn the_last_beginning_counts() {
    let folder = Folder::new();
    folder.written();
    assert_eq!(folder.found(), Some(vec![3, 4]));
}

#[test]
fn a_line_that_was_cut_off_counts_for_nothing() {
    let folder = Folder::new();
    let whole = folder.written();
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap();
    for cut in first..whole.len() {
        std::fs::write(folder.path(), &whole[..cut]).unwrap();
        let lines = whole[..=cut].iter().filter(|byte| **byte == b'\n').count();
        let kept: [&[u64]; 5] = [&[], &[1], &[1, 2], &[3], &[3, 4]];
        assert_eq!(folder.found().unwrap(), kept[lines], "{cut}");
        // What comes next does not go on with it.
        let (mut journal, _) = folder.open().unwrap();
        journal.append("{\"n\":9}".into()).unwrap();
        drop(journal);
        let expected = [kept[lines], &[9]].concat();
        assert_eq!(folder.found().unwrap(), expected, "{cut}");
    }
}

/// What is damaged is told, and never read as something else.
#[test]
fn every_damaged_byte_is_noticed() {
    let folder = Folder::new();
    let whole = folder.written();
    let mut begun_anew = 0;
    for at in 0..whole.len() {
        for change in [0x01, 0x20, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= change;
            std::fs::write(folder.path(), &bytes).unwrap();
            match folder.found() {
                // Before the last beginning, or in the end of the last line.
                Some(lines) => assert!([3, 4].starts_with(&lines), "{at} {change} {lines:?}"),
                None => {
                    begun_anew += 1;
                    let (mut journal, _) = folder.open().unwrap();
                    journal.append("{\"test\":1,\"n\":5}".into()).unwrap();
                    drop(journal);
                    assert_eq!(folder.found(), Some(vec![5]), "{at} {change}");
                }
            }
        }
    }
    assert!(begun_anew > 100, "{begun_anew}");
}

#[test]
fn zeros_are_what_a_power_cut_has_left() {
    let folder = Folder::new();
    std::fs::write(folder.path(), [0; 500]).unwrap();
    assert_eq!(folder.found(), None);
    let (mut journal, _) = folder.open().unwrap();
    journal.append("{\"test\":1,\"n\":5}".into()).unwrap();
    drop(journal);
    assert_eq!(folder.found(), Some(vec![5]));
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let folder = Folder::new();
    let large = [folder.written(), vec![b' '; READ_MAX as usize]].concat();
    let other: &[u8] = br#"{"another":1,"check":"0123456789abcdef"}"#;
    for bytes in [&b""[..], b"mine", b"\n", b"{}", b"{\"test", other, &large] {
        std::fs::write(folder.path(), bytes).unwrap();
        assert!(matches!(folder.open(), Err(OpenError::Foreign)));
        assert!(std::fs::read(folder.path()).unwrap() == bytes);
        assert_eq!(folder.names(), ["j"]);
    }
}

#[test]
fn of_a_large_one_the_end_is_read() {
    let folder = Folder::new();
    let (mut journal, _) = folder.open().unwrap();
    let room = "x".repeat(100_000);
    for n in 0..=READ_MAX / 100_000 {
        let line = format!(r#"{{"test":1,"room":"{room}","n":{n}}}"#);
        journal.append(line).unwrap();
    }
    drop(journal);
    let length = std::fs::metadata(folder.path()).unwrap().len();
    assert!(length > READ_MAX);
    assert_eq!(folder.found(), Some(vec![READ_MAX / 100_000]));
    // The next line stands behind all of them.
    let (mut journal, _) = folder.open().unwrap();
    journal.append(r#"{"test":1,"n":7}"#.into()).unwrap();
    drop(journal);
    assert!(std::fs::metadata(folder.path()).unwrap().len() > length);
    assert_eq!(folder.found(), Some(vec![7]));
}

#[cfg(unix)]
#[test]
fn only_a_file_of_its_own_is_opened() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new();
    let whole = folder.written();
    let elsewhere = folder.0.join("elsewhere");
    std::fs::rename(folder.path(), &elsewhere).unwrap();
    let refused = |why: &str| {
        let Err(OpenError::Io(error)) = folder.open() else {
            panic!("{why}");
        };
        assert!(error.to_string().contains(why), "{error}");
        assert!(std::fs::read(&elsewhere).unwrap() == whole, "{why}");
    };
    symlink(&elsewhere, folder.path()).unwrap();
    refused("symbolic link");
    std::fs::remove_file(folder.path()).unwrap();
    symlink("nowhere", folder.path()).unwrap();
    refused("symbolic link");
    std::fs::remove_file(folder.path()).unwrap();
    std::fs::hard_link(&elsewhere, folder.path()).unwrap();
    refused("hard link");
    std::fs::remove_file(folder.path()).unwrap();
    std::fs::create_dir(folder.path()).unwrap();
    refused("a folder");
    std::fs::remove_dir(folder.path()).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.path()).unwrap();
    refused("a device, a FIFO or a socket");
    std::fs::remove_file(folder.path()).unwrap();
    // Others may have written what is in it.
    std::fs::copy(&elsewhere, folder.path()).unwrap();
    let mode = |mode| std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(mode));
    mode(0o620).unwrap();
    refused("others may write to it");
    mode(0o600).unwrap();
    assert_eq!(folder.found(), Some(vec![3, 4]));
    assert_eq!(folder.names(), ["elsewhere", "j"]);
}

#[cfg(unix)]
#[test]
fn it_is_for_its_owner_alone() {
    use std::os::unix::fs::MetadataExt as _;
    let folder = Folder::new();
    folder.written();
    assert_eq!(folder.path().metadata().unwrap().mode() & 0o777, 0o600);
}

#[test]
fn what_a_forked_process_has_open_too_is_not_locked_when_it_is_closed_here() {
    let folder = Folder::new();
    folder.written();
    let (journal, _) = folder.open().unwrap();
    let inherited = journal.file.try_clone().unwrap();
    assert!(matches!(folder.open(), Err(OpenError::Busy)));
    drop(journal);
    folder.open().unwrap();
    drop(inherited);
}

#[cfg(unix)]
#[test]
fn what_is_in_the_way_of_its_first_name_is_told() {
    let folder = Folder::new();
    let first_name = format!(".chatfile-{}.json", digest::sha1_hex("j"));
    std::os::unix::fs::symlink("elsewhere", folder.0.join(&first_name)).unwrap();
    let Err(OpenError::Io(error)) = folder.open() else {
        panic!("it was begun");
    };
    let text = error.to_string();
    assert!(
        text.contains(&first_name) && text.contains("a symbolic link"),
        "{text}"
    );
    assert_eq!(folder.names(), [first_name]);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_looked_at_is_not_taken_for_another_transfer() {
    let folder = Folder::new();
    let path = folder.path();
    let file = File::create(&path).unwrap();
    // As a network folder that is away, it says neither that the file is there nor that it is not.
    let locked = lock(file.try_clone().unwrap(), &path.join("below"));
    assert!(matches!(locked.err(), Some(OpenError::Io(_))));
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(lock(file, &path).err(), Some(OpenError::Busy)));
}
