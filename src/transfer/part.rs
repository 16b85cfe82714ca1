//! A file that is not complete yet: it has another name until it is.

use crate::digest;
use crate::error::{Error, Phase, Result, Status};
use crate::json::{Json, Writer};
use crate::random;
use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A download on its way to `target`. What is not finished is removed, unless
/// it can be resumed.
pub(super) struct PartFile {
    target: PathBuf,
    part: PathBuf,
    file: File,
    resume: Option<Resume>,
    is_finished: bool,
}

/// What a later call needs to trust the bytes that this one leaves.
struct Resume {
    path: PathBuf,
    /// Where the state is written before it gets its name.
    new: PathBuf,
    state: State,
    /// Bytes of an earlier call that can be used.
    found: u64,
}

/// The file `NAME.part.json` beside `NAME.part`.
struct State {
    /// Which file of which service.
    file: String,
    /// Its version, as an If-Range names it; without one, nothing can be resumed.
    version: Option<String>,
    size: Option<u64>,
}

impl PartFile {
    /// A file that is removed if it is not finished.
    pub(super) fn temporary(target: PathBuf) -> Result<Self> {
        check_target(&target)?;
        let part = target.with_file_name(format!(".chatfile-{}.part", random::token()));
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&part)
            .map_err(|e| sink_error(&target, &e.to_string()))?;
        Ok(Self {
            target,
            part,
            file,
            resume: None,
            is_finished: false,
        })
    }

    /// A file that is kept if it is not finished, and goes on where an earlier
    /// call for the same `identity` broke off.
    pub(super) fn resumable(target: PathBuf, identity: &str) -> Result<Self> {
        check_target(&target)?;
        let part = with_suffix(&target, ".part");
        let resume = Resume {
            path: with_suffix(&target, ".part.json"),
            new: new_state(&target),
            state: State {
                file: identity.to_owned(),
                version: None,
                size: None,
            },
            found: 0,
        };
        let fail = |reason: &str| sink_error(&target, reason);
        let in_the_way = |taken: &Path| {
            fail(&format!(
                "{} is in the way, and was not left by a download; remove it",
                taken.display()
            ))
        };
        // Opening a FIFO would block.
        if std::fs::metadata(&part).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(in_the_way(&part));
        }
        if resume.path.exists() && State::read(&resume.path).is_none() {
            return Err(in_the_way(&resume.path));
        }
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&part)
            .map_err(|e| fail(&e.to_string()))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(fail("another download to it is under way"));
            }
            // Where there are no locks, nothing can be said.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        // A download that has just ended may have put this very file in its place.
        if !is_same_file(&file, &part) {
            return Err(fail("another download to it has just ended"));
        }
        let known = State::read(&resume.path);
        let metadata = file.metadata().map_err(|e| fail(&e.to_string()))?;
        // One without bytes is what is left of a process that was killed before
        // it wrote the state.
        if known.is_none() && metadata.len() > 0 {
            return Err(in_the_way(&part));
        }
        let mut whole = Self {
            target,
            part,
            file,
            is_finished: false,
            resume: Some(resume),
        };
        whole.adopt(known, metadata.len())?;
        Ok(whole)
    }

    /// Takes over what an earlier call has left, if it belongs to the same file.
    fn adopt(&mut self, known: Option<State>, length: u64) -> Result<()> {
        let Some(resume) = &mut self.resume else {
            return Ok(());
        };
        // What a process has left that was killed while it wrote the state.
        let _ = std::fs::remove_file(&resume.new);
        // First of all: bytes that have no state beside them are not ours.
        let mut result = match &known {
            Some(_) => Ok(()),
            None => resume.write(),
        };
        if let Some(known) = known.filter(|known| known.file == resume.state.file)
            && known.version.is_some()
        {
            // At least one byte is asked for, so that the service has to say
            // whether the file is still the same.
            resume.found = known
                .size
                .map_or(length, |size| length.min(size.max(1) - 1));
            resume.state = known;
        }
        result = result
            .and_then(|()| self.file.set_len(resume.found))
            .and_then(|()| self.file.seek(SeekFrom::Start(resume.found)))
            .map(drop);
        result.map_err(|e| sink_error(&self.target, &e.to_string()))
    }

    /// How many bytes an earlier call has left, and of which version and size.
    pub(super) fn found(&self) -> (u64, Option<String>, Option<u64>) {
        self.resume.as_ref().map_or((0, None, None), |r| {
            (r.found, r.state.version.clone(), r.state.size)
        })
    }

    pub(super) fn is_resumable(&self) -> bool {
        self.resume.is_some()
    }

    /// Begins anew, with this version of the file.
    pub(super) fn restart(&mut self, version: Option<&str>, size: Option<u64>) -> Result<()> {
        let mut result = self.file.set_len(0).and_then(|()| self.file.rewind());
        if let Some(resume) = &mut self.resume {
            resume.state.version = version.map(str::to_owned);
            resume.state.size = size;
            result = result.and_then(|()| resume.write());
        }
        result.map_err(|e| sink_error(&self.target, &e.to_string()))
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| {
            // What could not be written whole is not worth keeping.
            self.forget_version();
            sink_error(&self.target, &e.to_string())
        })
    }

    pub(super) fn forget_version(&mut self) {
        if let Some(resume) = &mut self.resume {
            resume.state.version = None;
        }
    }

    /// Reads what has been written so far.
    pub(super) fn read_back(&self, take: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let fail = |e: io::Error| sink_error(&self.target, &e.to_string());
        let mut file = File::open(&self.part).map_err(fail)?;
        let mut chunk = vec![0; 128 * 1024];
        loop {
            match file.read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(read) => take(&chunk[..read])?,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(fail(e)),
            }
        }
    }

    pub(super) fn finish(mut self) -> Result<()> {
        // Still open, and so still locked: nobody takes it for a part meanwhile.
        std::fs::rename(&self.part, &self.target)
            .map_err(|e| sink_error(&self.target, &e.to_string()).with_phase(Phase::Finish))?;
        self.is_finished = true;
        self.forget_version();
        Ok(())
    }

    fn is_kept(&self) -> bool {
        let has_version = |r: &Resume| r.state.version.is_some();
        let is_empty =
            |path| std::fs::metadata(path).is_ok_and(|m: std::fs::Metadata| m.len() == 0);
        self.resume.as_ref().is_some_and(has_version) && !is_empty(&self.part)
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if self.is_kept() {
            return;
        }
        // Still open, and so still locked. A finished part has another name by
        // now, so nothing is there to remove.
        if !self.is_finished {
            let _ = std::fs::remove_file(&self.part);
        }
        if let Some(resume) = &self.resume {
            let _ = std::fs::remove_file(&resume.path);
        }
    }
}

impl State {
    fn read(path: &Path) -> Option<Self> {
        let json = Json::parse(&std::fs::read(path).ok()?);
        Some(Self {
            file: json.get("file").as_text()?.to_owned(),
            version: json.get("version").as_text().map(str::to_owned),
            size: json.get("size").number(),
        })
    }
}

impl Resume {
    /// Under another name first, so that a half-written state is never found.
    fn write(&self) -> io::Result<()> {
        let state = &self.state;
        let mut json = Writer::object();
        json.texts(&[
            ("file", Some(&state.file)),
            ("version", state.version.as_deref()),
        ]);
        if let Some(size) = state.size {
            json.key("size").number(size);
        }
        std::fs::write(&self.new, json.finish())
            .and_then(|()| std::fs::rename(&self.new, &self.path))
            .inspect_err(|_| {
                let _ = std::fs::remove_file(&self.new);
            })
    }
}

#[cfg(unix)]
fn is_same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

/// Elsewhere a renamed file is known by its name being gone.
#[cfg(not(unix))]
fn is_same_file(_: &File, path: &Path) -> bool {
    path.exists()
}

/// Finds what is wrong with a target while nothing has been received: also a
/// name that is too long.
fn check_target(target: &Path) -> Result<()> {
    let fail = |reason: &str| Err(sink_error(target, reason));
    if target.file_name().is_none() {
        return fail("the path does not end in a file name");
    }
    match std::fs::metadata(target) {
        Ok(metadata) if metadata.is_dir() => fail("it is a folder"),
        Ok(_) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => fail(&e.to_string()),
    }
}

/// Always the same, so that the next download to the target finds what a killed
/// one has left; and no longer than other names.
fn new_state(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default();
    let digest = digest::sha1_hex(&name.to_string_lossy());
    target.with_file_name(format!(".chatfile-{digest}.json"))
}

fn with_suffix(target: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(target.file_name().unwrap_or_default());
    name.push(suffix);
    target.with_file_name(name)
}

fn sink_error(target: &Path, reason: &str) -> Error {
    Error::new(
        Status::Sink,
        format!("cannot write {}: {reason}", target.display()),
    )
    .with_field("sink.path")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
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
            part.restart(Some("\"1\""), Some(10)).unwrap();
            part.write(bytes).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn a_file_appears_only_when_it_is_finished() {
        let folder = Folder::new();
        let mut part = PartFile::temporary(folder.target()).unwrap();
        part.write(b"first attempt").unwrap();
        assert!(!folder.names().contains(&"a".to_owned()));
        part.restart(None, None).unwrap();
        part.write(b"second").unwrap();
        part.finish().unwrap();
        assert_eq!(folder.names(), ["a"]);
        assert_eq!(folder.content(), b"second");
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

    #[test]
    fn unusable_targets_are_found_before_anything_is_received() {
        let folder = Folder::new();
        for target in [
            folder.0.clone(),
            folder.0.join("missing/a"),
            folder.0.join("x".repeat(300)),
            PathBuf::from("/"),
            PathBuf::from(".."),
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
        assert_eq!(part.found(), (5, Some("\"1\"".into()), Some(10)));
        part.write(b"56789").unwrap();
        part.finish().unwrap();
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
        const STATE: &[u8] = br#"{"file":"f","version":"\"1\"","size":10}"#;
        for (left, found) in [
            (&[("a.part", &b""[..])][..], 0),
            (&[("a.part", b""), ("new", b"{\"fi")], 0),
            (&[("a.part", b""), ("new", STATE)], 0),
            (&[("a.part", b""), ("a.part.json", STATE)], 0),
            (&[("a.part", b"01"), ("a.part.json", STATE)], 2),
            (
                &[("a.part", b"01"), ("a.part.json", STATE), ("new", b"")],
                2,
            ),
            (&[("a", b"0123456789"), ("a.part.json", STATE)], 0),
        ] {
            let folder = Folder::new();
            for (name, bytes) in left {
                let path = match *name {
                    "new" => new_state(&folder.target()),
                    name => folder.0.join(name),
                };
                std::fs::write(path, bytes).unwrap();
            }
            let mut part = PartFile::resumable(folder.target(), "f").unwrap();
            assert_eq!(part.found().0, found, "{left:?}");
            if found == 0 {
                part.restart(Some("\"1\""), Some(10)).unwrap();
            }
            part.write(&b"0123456789"[found as usize..]).unwrap();
            part.finish().unwrap();
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
        let folder = Folder::new();
        std::fs::write(folder.0.join("a.part"), b"mine").unwrap();
        let error = PartFile::resumable(folder.target(), "f").err().unwrap();
        assert!(error.message().contains("in the way"), "{error}");
        assert_eq!(folder.names(), ["a.part"]);
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
            first.restart(Some("\"1\""), Some(10)).unwrap();
            first.write(b"0123456789").unwrap();
            let target = folder.target();
            let newcomer = std::thread::spawn(move || {
                for _ in 0..3 {
                    drop(PartFile::resumable(target.clone(), "f"));
                }
            });
            first.finish().unwrap();
            newcomer.join().unwrap();
            assert_eq!(folder.content(), b"0123456789");
        }
    }
}
