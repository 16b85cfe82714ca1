#![allow(clippy::unwrap_used, reason = "tests")]

use super::super::download_state::SYNC_EVERY;
use super::*;

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("chatfile-part-{}", random::token()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn target(&self) -> PathBuf {
        self.0.join("a")
    }

    fn content(&self) -> Vec<u8> {
        std::fs::read(self.target()).unwrap()
    }

    /// Begins version "1" of file `f`, writes `bytes` and breaks off.
    fn interrupted(&self, bytes: &[u8]) {
        let mut part = PartFile::resumable(self.target(), "f").unwrap();
        part.restart(Some(&Version::tagged("\"1\"")), Some(10))
            .unwrap();
        part.write(bytes).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

/// What a call has left of version "1" of file `f`.
fn left(boot: Option<String>, synced: u64) -> DownloadState {
    DownloadState {
        file: "f".into(),
        version: Some(Version::tagged("\"1\"")),
        size: Some(10),
        created: Some(0),
        mode: Some(0o640),
        synced,
        whole: None,
        boot,
    }
}

fn sealed(state: &DownloadState) -> String {
    super::super::journal::seal(state.to_json()) + "\n"
}

/// As large as it is.
fn whole(part: PartFile) -> Result<()> {
    let size = part.file.metadata().unwrap().len();
    part.finish(size)
}

#[test]
fn a_file_appears_only_when_it_is_finished() {
    let folder = Folder::new();
    let mut part = PartFile::temporary(folder.target()).unwrap();
    part.write(b"first attempt").unwrap();
    assert!(!folder.names().contains(&"a".to_owned()));
    part.restart(None, None).unwrap();
    part.write(b"second").unwrap();
    whole(part).unwrap();
    assert_eq!(folder.names(), ["a"]);
    assert_eq!(folder.content(), b"second");
}

#[test]
fn a_durable_file_is_on_the_disk_before_its_name_and_the_folder_behind() {
    let folder = Folder::new();
    let steps = |mut part: PartFile| {
        part.write(b"x").unwrap();
        disk::STEPS.take();
        whole(part).unwrap();
        disk::STEPS.take()
    };
    let temporary = || PartFile::temporary(folder.target()).unwrap();
    assert_eq!(steps(temporary()), ["bytes", "name"]);
    let resumable = PartFile::resumable(folder.target(), "f").unwrap();
    for mut part in [temporary(), resumable] {
        part.make_durable().unwrap();
        assert_eq!(steps(part), ["bytes", "file", "name", "folder"]);
    }
    assert_eq!(folder.names(), ["a"]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_synced_is_found_beforehand() {
    let folder = Folder::new();
    let mut part = PartFile::temporary(folder.target()).unwrap();
    part.target = folder.target().join("b");
    let error = part.make_durable().unwrap_err();
    assert_eq!(error.status(), Status::Sink, "{error}");
}

#[test]
fn an_unfinished_file_leaves_the_old_one_and_nothing_else() {
    let folder = Folder::new();
    std::fs::write(folder.target(), b"old").unwrap();
    let mut part = PartFile::temporary(folder.target()).unwrap();
    part.write(b"new").unwrap();
    drop(part);
    assert_eq!(folder.names(), ["a"]);
    assert_eq!(folder.content(), b"old");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_never_replaced() {
    use std::os::unix::{fs::symlink, net::UnixListener};
    let folder = Folder::new();
    let _socket = UnixListener::bind(folder.0.join("socket")).unwrap();
    symlink("/dev/null", folder.0.join("device")).unwrap();
    symlink("/proc/self/fd/1", folder.0.join("stdout")).unwrap();
    symlink(&folder.0, folder.0.join("folder")).unwrap();
    let names = folder.names();
    for name in &names {
        for open in [PartFile::temporary, |t| PartFile::resumable(t, "f")] {
            let error = open(folder.0.join(name)).err().unwrap();
            assert_eq!(error.status(), Status::Sink, "{name}");
        }
        assert!(!folder.0.join(name).symlink_metadata().unwrap().is_file());
    }
    assert_eq!(folder.names(), names);
    // It has come while the bytes did.
    let mut part = PartFile::temporary(folder.target()).unwrap();
    part.write(b"new").unwrap();
    let _socket = UnixListener::bind(folder.target()).unwrap();
    let error = whole(part).unwrap_err();
    assert_eq!(error.phase(), Phase::Finish);
    assert!(!folder.target().symlink_metadata().unwrap().is_file());
}

#[test]
fn unusable_targets_are_found_before_anything_is_received() {
    let folder = Folder::new();
    for target in [
        folder.0.clone(),
        folder.0.join("missing/a"),
        folder.0.join("x".repeat(300)),
        PathBuf::from("/"),
        PathBuf::from(".."),
        folder.0.join("a/"),
        folder.0.join("a/."),
    ] {
        for open in [PartFile::temporary, |t| PartFile::resumable(t, "f")] {
            let error = open(target.clone()).err().unwrap();
            assert_eq!(error.status(), Status::Sink, "{}", target.display());
            assert_eq!(error.field(), Some("sink.path"));
        }
    }
    assert!(folder.names().is_empty());
}

#[test]
fn a_broken_download_is_kept_and_goes_on() {
    let folder = Folder::new();
    folder.interrupted(b"01234");
    assert_eq!(folder.names(), ["a.part", "a.part.json"]);
    let mut part = PartFile::resumable(folder.target(), "f").unwrap();
    assert_eq!(part.found(), (5, Some(Version::tagged("\"1\"")), Some(10)));
    assert_eq!(part.damaged(), None);
    part.write(b"56789").unwrap();
    whole(part).unwrap();
    assert_eq!(folder.names(), ["a"]);
    assert_eq!(folder.content(), b"0123456789");
}

#[test]
fn another_file_does_not_go_on_with_it() {
    let folder = Folder::new();
    folder.interrupted(b"01234");
    let part = PartFile::resumable(folder.target(), "other").unwrap();
    assert_eq!(part.found(), (0, None, None));
    drop(part);
    assert!(folder.names().is_empty());
}

#[test]
fn whatever_a_killed_process_left_goes_away_in_the_end() {
    // As it is before there is a part, and afterwards.
    let begun = &*sealed(&DownloadState {
        file: "f".into(),
        ..DownloadState::default()
    });
    let state = &*sealed(&left(disk::boot(), 0));
    for (left, found) in [
        (&[("a.part.json", begun)][..], 0),
        (&[("a.part", ""), ("a.part.json", begun)], 0),
        (&[("a.part.json", state)], 0),
        (&[("a.part", ""), ("a.part.json", state)], 0),
        (&[("a.part", "01"), ("a.part.json", state)], 2),
        (&[("a", "0123456789"), ("a.part.json", state)], 0),
    ] {
        let folder = Folder::new();
        for (name, bytes) in left {
            std::fs::write(folder.0.join(name), bytes).unwrap();
        }
        let mut part = PartFile::resumable(folder.target(), "f").unwrap();
        assert_eq!(part.found().0, found, "{left:?}");
        if found == 0 {
            part.restart(Some(&Version::tagged("\"1\"")), Some(10))
                .unwrap();
        }
        part.write(&b"0123456789"[found as usize..]).unwrap();
        whole(part).unwrap();
        assert_eq!(folder.names(), ["a"], "{left:?}");
        assert_eq!(folder.content(), b"0123456789");
    }
}

#[test]
fn a_name_that_is_too_long_with_its_suffixes_leaves_nothing() {
    let folder = Folder::new();
    let target = folder.0.join("x".repeat(248));
    let error = PartFile::resumable(target, "f").err().unwrap();
    assert_eq!(error.status(), Status::Sink);
    assert!(folder.names().is_empty());
}

#[test]
fn a_complete_part_is_still_confirmed_by_its_last_byte() {
    let folder = Folder::new();
    folder.interrupted(b"0123456789");
    let part = PartFile::resumable(folder.target(), "f").unwrap();
    assert_eq!(part.found().0, 9);
}

#[test]
fn without_a_version_nothing_is_kept() {
    let folder = Folder::new();
    let mut part = PartFile::resumable(folder.target(), "f").unwrap();
    part.restart(None, Some(10)).unwrap();
    part.write(b"01234").unwrap();
    drop(part);
    assert!(folder.names().is_empty());
}

#[test]
fn two_downloads_to_one_file_do_not_mix() {
    let folder = Folder::new();
    let _first = PartFile::resumable(folder.target(), "f").unwrap();
    let error = PartFile::resumable(folder.target(), "f").err().unwrap();
    assert!(error.message().contains("under way"), "{error}");
}

#[test]
fn a_file_of_the_user_is_left_alone() {
    for content in ["mine", ""] {
        let folder = Folder::new();
        std::fs::write(folder.0.join("a.part"), content).unwrap();
        let error = PartFile::resumable(folder.target(), "f").err().unwrap();
        assert!(error.message().contains("in the way"), "{error}");
        assert_eq!(folder.names(), ["a.part"]);
    }
}

#[test]
fn only_what_was_synced_is_trusted_after_another_boot() {
    for (boot, synced, found) in [
        (disk::boot(), 0, if disk::boot().is_some() { 5 } else { 0 }),
        (Some("another".into()), 0, 0),
        (Some("another".into()), 3, 3),
        // It was cut, but not by us.
        (Some("another".into()), 8, 5),
        (None, 3, 3),
    ] {
        let folder = Folder::new();
        std::fs::write(folder.0.join("a.part"), b"01234").unwrap();
        let state = sealed(&left(boot.clone(), synced));
        std::fs::write(folder.0.join("a.part.json"), state).unwrap();
        let mut part = PartFile::resumable(folder.target(), "f").unwrap();
        assert_eq!(part.found().0, found, "{boot:?} {synced}");
        assert_eq!(folder.0.join("a.part").metadata().unwrap().len(), found);
        part.write(b"56").unwrap();
        drop(part);
        // What has come since is trusted.
        let part = PartFile::resumable(folder.target(), "f").unwrap();
        assert_eq!(part.found().0, found + 2, "{boot:?} {synced}");
    }
}

#[test]
fn what_the_journal_promises_is_never_of_another_version() {
    let folder = Folder::new();
    std::fs::write(folder.0.join("a.part"), b"01234").unwrap();
    let state = sealed(&left(Some("another".into()), 5));
    std::fs::write(folder.0.join("a.part.json"), state).unwrap();
    let mut part = PartFile::resumable(folder.target(), "f").unwrap();
    part.restart(Some(&Version::tagged("\"2\"")), Some(10))
        .unwrap();
    let resume = part.resume.as_ref().unwrap();
    assert_eq!((resume.promised, resume.state.synced), (0, 0));
    part.write(b"abcde").unwrap();
    let journal = std::fs::read(folder.0.join("a.part.json")).unwrap();
    let lines = super::super::journal::read(&journal, FORMAT_KEY).lines;
    let state = DownloadState::read(lines.last().unwrap()).unwrap();
    assert_eq!(state.version, Some(Version::tagged("\"2\"")));
    assert_eq!(state.synced, 0);
}

#[test]
fn a_long_download_is_synced_on_the_way() {
    let folder = Folder::new();
    let mut part = PartFile::resumable(folder.target(), "f").unwrap();
    let size = SYNC_EVERY + 1;
    part.restart(Some(&Version::tagged("\"1\"")), Some(2 * size))
        .unwrap();
    let mebibyte = vec![7; 1024 * 1024];
    for _ in 0..SYNC_EVERY / mebibyte.len() as u64 {
        assert_eq!(part.resume.as_ref().unwrap().state.synced, 0);
        part.write(&mebibyte).unwrap();
    }
    part.write(b"7").unwrap();
    let resume = part.resume.as_ref().unwrap();
    assert_eq!((resume.state.synced, resume.unsynced), (SYNC_EVERY, 1));
}

#[test]
fn what_cannot_be_read_any_more_is_begun_anew() {
    let folder = Folder::new();
    folder.interrupted(b"01234");
    let path = folder.0.join("a.part.json");
    let damaged = std::fs::read_to_string(&path).unwrap().replace("10", "11");
    std::fs::write(&path, damaged).unwrap();
    let mut part = PartFile::resumable(folder.target(), "f").unwrap();
    assert_eq!(part.damaged(), Some(path));
    assert_eq!(part.found(), (0, None, None));
    part.restart(Some(&Version::tagged("\"1\"")), Some(10))
        .unwrap();
    part.write(b"0123456789").unwrap();
    whole(part).unwrap();
    assert_eq!(folder.names(), ["a"]);
    assert_eq!(folder.content(), b"0123456789");
}

#[test]
fn what_comes_one_after_the_other_behind_ranges_side_by_side_is_kept() {
    let folder = Folder::new();
    let part = || PartFile::resumable(folder.target(), "f").unwrap();
    let mut killed = part();
    killed
        .restart(Some(&Version::tagged("\"1\"")), Some(10))
        .unwrap();
    killed.write(b"0123 gap").unwrap();
    killed.reach(4).unwrap();
    drop(killed);
    let mut second = part();
    assert_eq!(second.found().0, 4);
    second.write(b"45678").unwrap();
    drop(second);
    assert_eq!(part().found().0, 9);
}

#[cfg(unix)]
#[test]
fn a_part_is_never_reached_through_a_link() {
    use std::os::unix::fs::symlink;
    for is_hard in [false, true] {
        let folder = Folder::new();
        folder.interrupted(b"01234");
        let (part, victim) = (folder.0.join("a.part"), folder.0.join("victim"));
        std::fs::rename(&part, &victim).unwrap();
        if is_hard {
            std::fs::hard_link(&victim, &part).unwrap();
        } else {
            symlink(&victim, &part).unwrap();
        }
        let names = folder.names();
        let error = PartFile::resumable(folder.target(), "other").err().unwrap();
        assert_eq!(error.status(), Status::Sink);
        assert!(error.message().contains("link"), "{error}");
        assert_eq!(std::fs::read(&victim).unwrap(), b"01234");
        assert_eq!(folder.names(), names);
    }
}

#[cfg(unix)]
#[test]
fn what_comes_in_place_of_a_part_does_not_get_the_name_of_the_file() {
    use std::os::unix::fs::symlink;
    for is_link in [false, true] {
        let folder = Folder::new();
        let (part, other) = (folder.0.join("a.part"), folder.0.join("other"));
        std::fs::write(&other, b"other").unwrap();
        let mut file = PartFile::resumable(folder.target(), "f").unwrap();
        file.restart(Some(&Version::tagged("\"1\"")), Some(5))
            .unwrap();
        file.write(b"01234").unwrap();
        std::fs::remove_file(&part).unwrap();
        if is_link {
            symlink(&other, &part).unwrap();
        } else {
            std::fs::rename(&other, &part).unwrap();
        }
        let error = whole(file).unwrap_err();
        assert_eq!(error.status(), Status::Sink);
        assert!(error.message().contains("a.part"), "{error}");
        assert!(!folder.target().exists());
        assert_eq!(std::fs::read(&part).unwrap(), b"other");
    }
}

#[cfg(unix)]
#[test]
fn another_file_under_the_name_of_the_part_is_left_alone() {
    let folder = Folder::new();
    folder.interrupted(b"01234");
    std::fs::write(folder.0.join("a.part"), b"mine").unwrap();
    let mut state = left(disk::boot(), 0);
    // The part was made a day ago.
    state.created = disk::created(&File::open(folder.0.join("a.part")).unwrap());
    state.created = state.created.map(|created| created - 86_400);
    if state.created.is_none() {
        return;
    }
    std::fs::write(folder.0.join("a.part.json"), sealed(&state)).unwrap();
    let error = PartFile::resumable(folder.target(), "f").err().unwrap();
    assert!(error.message().contains("not the file"), "{error}");
    assert_eq!(std::fs::read(folder.0.join("a.part")).unwrap(), b"mine");
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    path.metadata().unwrap().mode() & 0o7777
}

#[cfg(unix)]
#[test]
fn the_mode_of_what_is_replaced_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let target = folder.target();
    for open in [PartFile::temporary, |t| PartFile::resumable(t, "f")] {
        for (before, after) in [
            (0o600, 0o600),
            (0o755, 0o755),
            (0o444, 0o444),
            (0o4751, 0o751),
        ] {
            std::fs::write(&target, b"old").unwrap();
            std::fs::set_permissions(&target, PermissionsExt::from_mode(before)).unwrap();
            let mut part = open(target.clone()).unwrap();
            part.write(b"new").unwrap();
            assert_eq!(mode(&part.part), 0o600);
            whole(part).unwrap();
            assert_eq!(mode(&target), after, "{before:o}");
            assert_eq!(folder.content(), b"new");
            std::fs::remove_file(&target).unwrap();
        }
        // As the system makes files, but private until then.
        let other = folder.0.join("other");
        File::create(&other).unwrap();
        let part = open(target.clone()).unwrap();
        assert_eq!(mode(&part.part), 0o600);
        whole(part).unwrap();
        assert_eq!(mode(&target), mode(&other));
        std::fs::remove_file(&target).unwrap();
        // A link is replaced, and what it led to is left as it was.
        std::fs::set_permissions(&other, PermissionsExt::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&other, &target).unwrap();
        let mut part = open(target.clone()).unwrap();
        part.write(b"new").unwrap();
        whole(part).unwrap();
        assert!(!target.symlink_metadata().unwrap().is_symlink());
        assert_eq!((mode(&target), mode(&other)), (0o640, 0o640));
        assert_eq!(std::fs::read(&other).unwrap(), b"");
        std::fs::remove_file(&target).unwrap();
        std::fs::remove_file(&other).unwrap();
    }
}

#[cfg(windows)]
#[test]
fn a_target_that_a_program_has_open_is_found_before_anything_is_received() {
    use std::os::windows::fs::OpenOptionsExt as _;
    /// What fopen leaves to others: to read and to write, but not to replace.
    const FILE_SHARE_READ_WRITE: u32 = 3;
    let folder = Folder::new();
    std::fs::write(folder.target(), b"old").unwrap();
    let open = || {
        let mut options = std::fs::OpenOptions::new();
        options.read(true).share_mode(FILE_SHARE_READ_WRITE);
        options.open(folder.target()).unwrap()
    };
    let in_use = |error: &Error| {
        assert_eq!(error.status(), Status::Sink);
        assert!(error.message().contains("another program"), "{error}");
        assert_eq!(folder.content(), b"old");
    };
    let file = open();
    in_use(&PartFile::temporary(folder.target()).err().unwrap());
    in_use(&PartFile::resumable(folder.target(), "f").err().unwrap());
    assert_eq!(folder.names(), ["a"]);
    drop(file);
    // It is opened while the bytes come.
    let mut part = PartFile::temporary(folder.target()).unwrap();
    part.write(b"new").unwrap();
    let file = open();
    in_use(&whole(part).unwrap_err());
    drop(file);
    assert_eq!(folder.names(), ["a"]);
}

#[cfg(windows)]
#[test]
fn a_read_only_target_is_replaced_and_stays_read_only() {
    let folder = Folder::new();
    let set_readonly = |readonly| {
        let mut permissions = folder.target().metadata().unwrap().permissions();
        permissions.set_readonly(readonly);
        std::fs::set_permissions(folder.target(), permissions).unwrap();
    };
    for open in [PartFile::temporary, |t| PartFile::resumable(t, "f")] {
        std::fs::write(folder.target(), b"old").unwrap();
        set_readonly(true);
        let mut part = open(folder.target()).unwrap();
        part.write(b"new").unwrap();
        whole(part).unwrap();
        assert_eq!(folder.content(), b"new");
        assert!(folder.target().metadata().unwrap().permissions().readonly());
        set_readonly(false);
    }
}

/// Longer than Windows takes without being asked (MAX_PATH is 260), and with what no
/// code page has all of.
#[test]
fn a_target_may_lie_deep_and_be_called_anything() {
    let folder = Folder::new();
    let mut deep = folder.0.clone();
    for _ in 0..8 {
        deep.push("图é😀".repeat(10));
        std::fs::create_dir(&deep).unwrap();
    }
    let target = deep.join("ж図.png");
    assert!(target.as_os_str().len() > 260);
    for open in [PartFile::temporary, |t| PartFile::resumable(t, "f")] {
        let mut part = open(target.clone()).unwrap();
        part.write(b"new").unwrap();
        whole(part).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"new");
    }
}

#[test]
fn a_state_that_is_not_ours_is_left_alone() {
    let folder = Folder::new();
    std::fs::write(folder.0.join("a.part.json"), b"{\"mine\":1}").unwrap();
    let error = PartFile::resumable(folder.target(), "f").err().unwrap();
    assert!(error.message().contains("in the way"), "{error}");
    assert_eq!(folder.names(), ["a.part.json"]);
}

#[test]
fn a_newcomer_does_not_touch_the_file_that_has_just_been_finished() {
    for _ in 0..200 {
        let folder = Folder::new();
        let mut first = PartFile::resumable(folder.target(), "f").unwrap();
        first
            .restart(Some(&Version::tagged("\"1\"")), Some(10))
            .unwrap();
        first.write(b"0123456789").unwrap();
        let target = folder.target();
        let newcomer = std::thread::spawn(move || {
            for _ in 0..3 {
                drop(PartFile::resumable(target.clone(), "f"));
            }
        });
        whole(first).unwrap();
        newcomer.join().unwrap();
        assert_eq!(folder.content(), b"0123456789");
    }
}

#[test]
fn what_is_behind_a_gap_is_not_trusted() {
    let folder = Folder::new();
    let mut part = PartFile::resumable(folder.target(), "f").unwrap();
    part.restart(Some(&Version::tagged("\"1\"")), Some(10))
        .unwrap();
    part.write(b"01").unwrap();
    part.reach(2).unwrap();
    let beside = part.share().unwrap();
    beside.write_at(b"678", 6).unwrap();
    beside.write_at(b"234", 2).unwrap();
    part.reach(5).unwrap();
    // As it is after a kill.
    let names = ["a.part", "a.part.json"];
    let files = names.map(|name| std::fs::read(folder.0.join(name)).unwrap());
    assert_eq!(files[0], b"01234\x00678");
    part.cut(5).unwrap();
    part.write(b"5").unwrap();
    drop(part);
    let found = |folder: &Folder| PartFile::resumable(folder.target(), "f").unwrap().found().0;
    assert_eq!(found(&folder), if disk::boot().is_some() { 6 } else { 5 });
    for (name, bytes) in names.iter().zip(&files) {
        std::fs::write(folder.0.join(name), bytes).unwrap();
    }
    let kept = if disk::boot().is_some() { 5 } else { 0 };
    assert_eq!(found(&folder), kept);
}

#[test]
fn a_part_is_known_before_it_has_bytes() {
    let folder = Folder::new();
    disk::STEPS.take();
    let part = PartFile::resumable(folder.target(), "f").unwrap();
    // The first line, and the one that says when the part was made.
    assert_eq!(disk::STEPS.take(), ["bytes", "bytes"]);
    drop(part);
}

#[test]
fn what_another_program_has_cut_does_not_take_the_place() {
    let folder = Folder::new();
    let target = folder.0.join("f");
    let mut part = PartFile::resumable(target.clone(), "x").unwrap();
    part.restart(Some(&Version::tagged("\"v\"")), Some(10))
        .unwrap();
    part.write(b"01234").unwrap();
    part.write(b"56789").unwrap();
    let other = File::options().write(true).open(&part.part).unwrap();
    other.set_len(7).unwrap();
    let error = part.finish(10).unwrap_err();
    assert_eq!(error.status(), Status::Sink);
    assert!(error.message().contains("7 bytes, and 10"), "{error}");
    assert!(!target.exists());
}

/// It would be a gap then, which reads as zeros.
#[test]
fn nothing_is_written_behind_what_another_program_has_cut() {
    for is_kept in [false, true] {
        let folder = Folder::new();
        let mut part = match is_kept {
            true => PartFile::resumable(folder.target(), "id").unwrap(),
            false => PartFile::temporary(folder.target()).unwrap(),
        };
        part.restart(Some(&Version::tagged("\"v1\"")), Some(20))
            .unwrap();
        part.write(b"ten bytes!").unwrap();
        let other = std::fs::OpenOptions::new().write(true).open(&part.part);
        other.unwrap().set_len(0).unwrap();
        let error = part.write(b"ten others").unwrap_err();
        assert_eq!(error.status(), Status::Sink, "{error}");
        drop(part);
        assert!(folder.names().is_empty(), "{:?}", folder.names());
    }
}
