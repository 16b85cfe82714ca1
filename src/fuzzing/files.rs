//! What is found in files and tokens, left by another call or by anyone.

use super::check_error;
use crate::digest::{Crc64, Update as _};
use crate::service::{media_type, picture};
use crate::transfer::checkpoint::{Checkpoint, Identity, LeftUpload, Leftover, UploadState};
use crate::transfer::sink::Sink;
use crate::transfer::version::Version;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

/// A file of the caller's, of which it is looked at what it is.
pub fn pictures(data: &[u8]) {
    let _ = media_type::of_content(data);
    if let Some((width, height)) = picture::pixels(data) {
        assert!(width > 0 && height > 0);
    }
}

/// A resume token, as it comes and with the checksum that it should have.
pub fn tokens(data: &[u8]) {
    for token in [data.to_vec(), sealed(data)] {
        let Ok(token) = std::str::from_utf8(&token) else {
            return;
        };
        for account in ["", "smh:"] {
            if let Err(error) = LeftUpload::open(Leftover::Token(token.into()), account) {
                check_error(&error);
            }
        }
        match Checkpoint::open(None, Some(token), identity()) {
            Ok(checkpoint) => {
                let again = checkpoint.token().unwrap_or_default();
                let again = Checkpoint::open(None, Some(&again), identity());
                assert!(again.is_ok_and(|again| again.state() == checkpoint.state()));
            }
            Err(error) => check_error(&error),
        }
    }
}

/// A checkpoint: what is kept in it is there, or it is refused and left as it is.
pub fn checkpoints(data: &[u8]) {
    let folder = Folder::new();
    let path = folder.0.join("checkpoint");
    for bytes in [data.to_vec(), sealed(data)] {
        if fs::write(&path, &bytes).is_err() {
            return;
        }
        let opened = Checkpoint::open(Some(path.clone()), None, identity());
        let mut checkpoint = match opened {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                check_error(&error);
                assert!(fs::read(&path).is_ok_and(|now| now == bytes));
                continue;
            }
        };
        if checkpoint.state().is_none() {
            let state = UploadState::new(&identity(), "upload".into(), 7, None);
            assert!(checkpoint.begin(state).is_ok());
        }
        assert!(checkpoint.add(3, "0123").is_ok());
        let state = checkpoint.state().cloned();
        drop(checkpoint);
        let again = Checkpoint::open(Some(path.clone()), None, identity());
        assert!(again.is_ok_and(|again| again.state() == state.as_ref()));
    }
}

fn identity() -> Identity {
    Identity {
        target: "smh:library/file".into(),
        size: 1000,
        modified: Some(1),
    }
}

/// What a download finds that is to go on with another: the bytes, a line, and what is to
/// be changed in the journal beside them. `$` stands for what the library has put there.
pub fn parts(data: &[u8]) {
    let folder = Folder::new();
    let target = folder.0.join("f");
    let [part, journal] = [".part", ".part.json"].map(|end| folder.0.join(format!("f{end}")));
    const IDENTITY: &str = "netease file";
    const BYTES: &[u8] = b"0123456789";
    let left = Sink::path(target.clone())
        .open(Some(IDENTITY))
        .and_then(|mut sink| {
            sink.restart(Some(&Version::tagged("\"v1\"")), Some(100))?;
            sink.write(BYTES)
        });
    if left.is_err() {
        return;
    }
    let Ok(known) = fs::read(&journal) else {
        panic!("nothing was left");
    };
    // The line that counts, with its changes: pairs of a place and a byte.
    let mut found = known.clone();
    let mut changes = data.chunks_exact(3);
    for change in &mut changes {
        let at = usize::from(u16::from_le_bytes([change[0], change[1]]));
        match found.get_mut(at) {
            Some(byte) => *byte = change[2],
            None => found.push(change[2]),
        }
    }
    let is_sealed = changes.remainder().is_empty();
    let found = if is_sealed { sealed(&found) } else { found };
    if fs::write(&journal, &found).is_err() {
        return;
    }
    match Sink::path(target).open(Some(IDENTITY)) {
        Ok(sink) => {
            let there = fs::read(&part).unwrap_or_default();
            let at = sink.resume_from().map_or(0, |(at, _)| at) as usize;
            assert!(at <= there.len() && there[..at] == BYTES[..at.min(BYTES.len())]);
        }
        Err(error) => {
            check_error(&error);
            assert!(fs::read(&part).is_ok_and(|bytes| bytes == BYTES));
        }
    }
}

/// Gives each line that is an object the checksum that it should have.
fn sealed(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + 64);
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        let (text, end) = match line.split_last() {
            Some((b'\n', text)) => (text, &b"\n"[..]),
            _ => (line, &b""[..]),
        };
        const CHECK: &[u8] = b",\"check\":\"";
        let at = text.windows(CHECK.len()).rposition(|part| part == CHECK);
        match at.or(text.len().checked_sub(1)) {
            Some(front) if text.ends_with(b"}") => {
                let mut crc64 = Crc64::new();
                crc64.update(&text[..front]);
                out.extend_from_slice(&text[..front]);
                out.extend_from_slice(CHECK);
                out.extend_from_slice(format!("{:016x}\"}}", crc64.value()).as_bytes());
            }
            _ => out.extend_from_slice(text),
        }
        out.extend_from_slice(end);
    }
    out
}

/// A folder of this process, in memory where there is a place for that.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let place = if memory.is_dir() {
            memory.to_owned()
        } else {
            env::temp_dir()
        };
        let thread = std::thread::current().id();
        let folder = place.join(format!("chatfile-fuzzing-{}-{thread:?}", process::id()));
        let _ = fs::create_dir(&folder);
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
