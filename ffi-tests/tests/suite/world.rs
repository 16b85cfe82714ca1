//! What a case of the table works with, and what is checked after every call whatever the case.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use chatfile_emulator::{Action, Config, Control, Emulator, Entry, Rule};
use chatfile_ffi_tests::header::Header;
use tempfile::TempDir;

use crate::front::Front;
use crate::pace::Pace;
use crate::protocol::{Crc32, Line, Pattern};
use crate::service;

/// An emulator, a folder and a front end; fresh for each case, but for the front end's process.
pub struct World<'f> {
    pub emulator: Emulator,
    pub control: Control,
    pub folder: TempDir,
    front: &'f mut dyn Front,
    pace: Option<&'f Pace>,
    /// The statuses seen so far, for the account at the end.
    seen: &'f mut BTreeSet<String>,
    /// What must not appear in an error text or in a request's address.
    secrets: Vec<String>,
}

/// How many times longer a slow front end takes.
const SLOW: u64 = 8;

/// Mibibytes.
pub const MIB: u64 = 1024 * 1024;

impl<'f> World<'f> {
    /// Without a pace, its time-outs are for a machine with nothing else to do.
    pub fn new(
        config: Config,
        front: &'f mut dyn Front,
        seen: &'f mut BTreeSet<String>,
        pace: Option<&'f Pace>,
    ) -> Self {
        let emulator = Emulator::start(config).unwrap();
        let control = emulator.control();
        let config = control.config();
        let all = service::all();
        let mut secrets: Vec<_> = all.flat_map(|one| (one.secrets)(config)).collect();
        secrets.push("Bearer".to_owned());
        Self {
            emulator,
            control,
            folder: TempDir::new().unwrap(),
            front,
            pace,
            seen,
            secrets,
        }
    }

    /// Milliseconds that also suit a slow front end, or a busy machine.
    pub fn patience(&self, ms: u64) -> u64 {
        let ms = if self.front.is_slow() { ms * SLOW } else { ms };
        self.pace.map_or(ms, |pace| pace.stretch(ms))
    }

    /// Whether something was as fast as it is to be, for this front end and machine.
    pub fn is_within(&self, took: Duration, limit: Duration) -> bool {
        let limit = limit * if self.front.is_slow() { SLOW as u32 } else { 1 };
        self.pace
            .map_or(took <= limit, |pace| pace.is_within(took, limit))
    }

    pub fn is_c_abi(&self) -> bool {
        self.front.is_c_abi()
    }

    /// These texts of an option, but without "" where that is none.
    pub fn texts<'t>(&self, all: &[&'t str]) -> Vec<&'t str> {
        let tells_empty = self.front.tells_empty_texts();
        let is_text = |text: &&str| tells_empty || !text.is_empty();
        all.iter().copied().filter(is_text).collect()
    }

    pub fn keep_secret(&mut self, secret: &str) {
        self.secrets.push(secret.to_owned());
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the pattern.
    pub fn file(&self, name: &str, seed: u32, size: u64) -> PathBuf {
        let path = self.path(name);
        let size = usize::try_from(size).unwrap();
        std::fs::write(&path, Pattern::seeded(seed).bytes(size)).unwrap();
        path
    }

    /// The names in the folder.
    pub fn names(&self) -> Vec<String> {
        listing(self.folder.path()).into_keys().collect()
    }

    /// Carries out an operation, and checks what holds for all of them.
    #[track_caller]
    pub fn call(&mut self, line: &Line) -> Line {
        let before = listing(self.folder.path());
        // Whatever goes wrong with a client of a service, its trace is looked through, too.
        let opens = line.get("retry_delay_ms").is_some() && line.get("trace").is_none();
        let mut answer = match opens {
            true => self.front.call(&line.clone().with("trace", 1)),
            false => self.front.call(line),
        };
        if let Some(field) = answer.get("field") {
            let name = header_name(field);
            if self.front.has_names_of_header() {
                assert_eq!(field, name, "not as the header has it: {line}");
            }
            answer.set("field", name);
        }
        let after = listing(self.folder.path());
        let context = || format!("{line}\n     -> {answer}");
        match answer.head.as_str() {
            "ok" => check_success(line, &answer),
            "error" => {
                self.seen
                    .insert(answer.get("status").unwrap_or_default().to_owned());
                self.check_failure(&answer, line);
                let kept = keeps(line);
                assert!(kept || before == after, "files have changed: {}", context());
            }
            _ => panic!("not an answer: {}", context()),
        }
        let is_download = ["download", "receive_presigned"].contains(&line.head.as_str());
        let target = (is_download && answer.head == "ok")
            .then(|| line.get("path"))
            .flatten()
            .and_then(|path| Path::new(path).file_name()?.to_str())
            .unwrap_or_default();
        for name in after.keys() {
            let kept = answer.head == "error" && keeps(line);
            let known = kept || before.contains_key(name) || name == target;
            assert!(known, "{name} was left behind: {}", context());
        }
        answer
    }

    /// Carries out an operation in a case that changes files meanwhile; only the answer is looked at.
    pub fn call_unchecked(&mut self, line: &Line) -> Line {
        let answer = self.front.call(line);
        self.seen
            .insert(answer.get("status").unwrap_or_default().to_owned());
        answer
    }

    /// Carries out an operation that works.
    #[track_caller]
    pub fn ok(&mut self, line: Line) -> Line {
        let answer = self.call(&line);
        assert_eq!(answer.head, "ok", "{line}\n     -> {answer}");
        answer
    }

    /// Carries out an operation that fails with that status (`AUTH`).
    #[track_caller]
    pub fn fails(&mut self, line: Line, status: &str) -> Line {
        let answer = self.call(&line);
        let expected = format!("CHATFILE_E_{status}");
        assert_eq!(
            answer.get("status"),
            Some(expected.as_str()),
            "{line}\n     -> {answer}"
        );
        let is_negative = answer.get("field") == Some("start_time_ms");
        let (limit, actual) = (answer.number("limit"), answer.number("actual"));
        let is_told = limit != actual || is_negative;
        assert_eq!(status == "LIMIT", is_told, "{line}\n     -> {answer}");
        assert_eq!(answer.number("tls_fault") != 0, status == "TLS", "{answer}");
        answer
    }

    /// Carries out an operation that fails with that status before anything is sent.
    #[track_caller]
    pub fn fails_unsent(&mut self, line: Line, status: &str, field: &str) -> Line {
        let before = self.control.journal().len();
        let answer = self.fails(line, status);
        assert_eq!(answer.get("field"), Some(field), "{answer}");
        assert_eq!(answer.number("attempts"), 0, "{answer}");
        assert_eq!(answer.number("phase"), 0, "{answer}");
        assert_eq!(answer.number("retryable"), 0, "{answer}");
        assert_eq!(self.control.journal().len(), before, "something was sent");
        answer
    }

    /// That fails with that status before anything is sent, if its text of that key is "" and that is not none.
    #[track_caller]
    pub fn fails_empty(&mut self, line: Line, status: &str, key: &str) {
        if self.front.tells_empty_texts() {
            self.fails_unsent(line.with(key, ""), status, key);
        }
    }

    /// Whether a text that is empty is another than none here.
    pub fn tells_empty_texts(&self) -> bool {
        self.front.tells_empty_texts()
    }

    /// Downloads to memory and checks the bytes.
    #[track_caller]
    pub fn holds(&mut self, file: &str, content: &[u8]) -> Line {
        let answer = self.ok(download(file));
        assert_eq!(answer.number("size"), content.len() as i64, "{answer}");
        assert_eq!(
            answer.get("sum"),
            Some(Crc32::of(content).as_str()),
            "{answer}"
        );
        answer
    }

    pub fn fault(&self, rule: Rule) {
        self.control.add_fault(rule).unwrap();
    }

    /// Lets one documented error of the service happen for ever.
    pub fn service_error(&self, verb: &str, name: &str) {
        self.fault(Rule::new(error(name)).verb(verb));
    }

    /// The requests of that verb so far.
    pub fn requests(&self, verb: &str) -> Vec<Entry> {
        let mut all = self.control.journal();
        all.retain(|entry| entry.verb == verb);
        all
    }

    #[track_caller]
    pub fn count(&self, verb: &str, expected: usize) {
        let found = self.requests(verb);
        assert_eq!(found.len(), expected, "requests of {verb}: {found:#?}");
    }

    fn check_failure(&self, answer: &Line, line: &Line) {
        let message = answer.get("message").unwrap_or_default();
        assert!(!message.is_empty(), "an error without a message: {answer}");
        assert!(
            !message.contains(['\r', '\n']),
            "a message of several lines: {message:?}"
        );
        let given = [
            "client_secret",
            "app_secret",
            "password",
            "token",
            "share_secret",
            "library_secret",
            "access_token",
            "admin_secret",
        ];
        let given = given.iter().filter_map(|key| line.get(key));
        let config = self.control.config();
        let all = service::all();
        let sent: Vec<_> = all.flat_map(|one| (one.sent_secrets)(config)).collect();
        let secrets = self.secrets.iter().chain(&sent);
        for secret in secrets.map(String::as_str).chain(given) {
            for value in answer.values() {
                let found = secret.len() > 3 && value.contains(secret);
                assert!(!found, "a secret in the error: {answer}");
            }
        }
        assert_eq!(
            answer.number("finished"),
            0,
            "a failed transfer finished: {answer}"
        );
        check_reports(line, answer);
        if answer.get("status") != Some("CHATFILE_E_CALLBACK") {
            assert_eq!(answer.number("callback"), 0, "{answer}");
        }
    }

    /// What must hold at the end of each case.
    pub fn finish(self) {
        self.front.call(&Line::new("reset"));
        for entry in self.control.journal() {
            let sent = entry.headers.iter().map(|(_, value)| value);
            for value in sent.chain([&entry.path]) {
                for secret in self.secrets.iter().filter(|secret| *secret != "Bearer") {
                    let allowed = value == secret && entry.header("share-secret") == Some(secret);
                    assert!(
                        allowed || !value.contains(secret.as_str()),
                        "a secret was sent outside of a body: {entry:?}"
                    );
                }
            }
        }
    }
}

/// Whether a call that fails leaves what has arrived, or what is known of it.
fn keeps(line: &Line) -> bool {
    line.get("resume").or(line.get("checkpoint")).is_some()
}

fn check_success(line: &Line, answer: &Line) {
    check_reports(line, answer);
    let transfers = ["upload", "download", "send_presigned", "receive_presigned"];
    if !transfers.contains(&line.head.as_str()) {
        return;
    }
    assert!(answer.number("attempts") >= 1, "{answer}");
    if line.get("progress").is_some() {
        let size = answer.number("size");
        assert_eq!(answer.number("finished"), 1, "{answer}");
        assert_eq!(answer.number("last"), size, "{answer}");
        assert_eq!(answer.number("total"), size, "{answer}");
    }
}

fn check_reports(line: &Line, answer: &Line) {
    if answer.get("same_thread").is_some() {
        assert_eq!(
            answer.number("same_thread"),
            1,
            "a callback strayed: {answer}"
        );
    }
    if line.get("progress").is_some() && answer.number("reports") > 0 {
        assert_eq!(answer.number("first"), 0, "{answer}");
        assert_eq!(answer.number("rising"), 1, "{answer}");
        assert_eq!(answer.number("within"), 1, "{answer}");
        assert_eq!(answer.number("early"), 0, "{answer}");
    }
}

/// Names and contents of a folder (contents as size and sum).
fn listing(folder: &Path) -> BTreeMap<String, (u64, String)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if !entry.file_type().unwrap().is_file() {
            return (name, (0, String::new()));
        }
        let bytes = std::fs::read(entry.path()).unwrap();
        (name, (bytes.len() as u64, Crc32::of(&bytes)))
    });
    entries.collect()
}

/// The header's name of a field, which each language may write in its own way: `TokenTTL` and `token_ttl` are
/// `token_ttl_seconds`.
fn header_name(own: &str) -> String {
    static NAMES: OnceLock<BTreeSet<String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| Header::read().names());
    let plain = |name: &str| {
        let name = name.trim_end_matches("_ms").trim_end_matches("_seconds");
        name.replace('_', "").to_lowercase()
    };
    let known = |part: &str| -> Option<String> {
        // Of Python and of Go.
        let part = match part {
            "account" => "config",
            "Size" => "length",
            "Reader" => "read",
            "Writer" => "write",
            "Start" => "start_time_ms",
            "End" => "end_time_ms",
            other => other,
        };
        names
            .get(part)
            .or_else(|| names.iter().find(|name| plain(name) == plain(part)))
            .cloned()
    };
    let parts: Option<Vec<String>> = own.split('.').map(known).collect();
    parts
        .unwrap_or_else(|| panic!("the header has no {own}"))
        .join(".")
}

/// An upload from memory.
pub fn upload(size: u64) -> Line {
    Line::new("upload")
        .with("source", "buffer")
        .with("size", size)
        .with("seed", size % 1000)
}

/// An upload from a read callback that can go back.
pub fn upload_callback(size: u64) -> Line {
    upload(size).with("source", "callback").with("rewind", 1)
}

/// An upload from a read callback that cannot go back.
pub fn upload_one_way(size: u64) -> Line {
    upload(size).with("source", "callback")
}

/// The same as base64 in a form.
pub fn base64(line: Line) -> Line {
    line.with("netease", 1).with("method", 1)
}

/// What an upload line sends.
pub fn content(line: &Line) -> Vec<u8> {
    Pattern::of(line).bytes(usize::try_from(line.number("size")).unwrap())
}

/// A download to memory.
pub fn download(file: &str) -> Line {
    Line::new("download")
        .with("file", file)
        .with("sink", "buffer")
}

/// A download to a file.
pub fn download_to(file: &str, path: &Path) -> Line {
    Line::new("download")
        .with("file", file)
        .with("sink", "path")
        .with("path", path.display())
}

/// One of the service's documented errors.
pub fn error(name: &str) -> Action {
    Action::ServiceError {
        name: name.to_owned(),
        timing: chatfile_emulator::Timing::default(),
    }
}

/// A 200 with that JSON.
pub fn json(body: &str) -> Action {
    Action::json(200, body)
}

/// A photo of 200 × 150 pixels but for what would be seen, which the camera has stored on its side.
pub fn photo_on_its_side() -> Vec<u8> {
    let tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let mut jpeg = b"\xff\xd8\xff\xe1\0\x22Exif\0\0".to_vec();
    jpeg.extend(tiff);
    jpeg.extend(b"\xff\xc0\0\x11\x08\0\xc8\0\x96\x03\x01\x22\0\x02\x11\x01\x03\x11\x01");
    jpeg.resize(1000, 7);
    jpeg
}

/// A picture of 200 × 150 pixels as BMP, which needs no compression.
pub fn picture() -> Vec<u8> {
    let (width, height) = (200_u32, 150_u32);
    let pixels = width * height * 3;
    let mut bmp = b"BM".to_vec();
    for field in [
        54 + pixels,
        0,
        54,
        40,
        width,
        height,
        0x0018_0001,
        0,
        pixels,
        2835,
        2835,
        0,
        0,
    ] {
        bmp.extend_from_slice(&field.to_le_bytes());
    }
    for index in 0..pixels {
        bmp.extend_from_slice(&(index / 97).to_le_bytes()[..1]);
    }
    bmp
}
