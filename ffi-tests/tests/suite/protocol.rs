//! The line protocol between the harness and a front end's driver.
//!
//! A driver is a program (or, for Rust, an object) that exposes one language's API. The harness writes one line for
//! each operation to its standard input, `verb key=value …`, and reads one line from its standard output. Values are
//! percent-encoded: every byte but ASCII letters, digits and `-._~/:` stands as `%XX`. An absent key means the
//! language's default (in C: the field stays zero, the pointer NULL). A driver ends when its input ends. The drivers are
//! `ffi-tests/c/driver.c`, `bindings/python/tests/driver.py` and, for Rust, `front/rust`.
//!
//! Verbs and their keys; `client` (0 to 7, default 0) names the slot of the client:
//!
//! - the name of a service (`netease`), and `open` for one without a service: open a client. The keys
//!   are the fields of the header's structure of that name, and of `chatfile_client_options`; if none of the options is
//!   there, none are passed at all, and with `log_level` there is a log callback. `ca_certificates client_certificate
//!   client_key` are names of files whose bytes to hand over. `secret` is what a secret callback tells, `secret_refusal`
//!   what it returns in place of 0 (both in place of the value itself, which is then left out); `login` and `login_refusal`
//!   are the same of the callback that gives the login of a proxy.
//! - `upload`: `source` is `path` (key `path`), `buffer`, `callback`, `none` or `two` (a path and a buffer). Buffer and
//!   callback hold `size` bytes of the pattern `seed`, or of the one byte `fill`. A callback gives at most `read_chunk`
//!   bytes at a time, can rewind if `rewind=1` (returning `rewind_value`), returns `read_value` once `read_fail_at`
//!   bytes were given, ends early after `produce` bytes, and with `claim=1` states one byte more than its capacity.
//!   Options are the fields of `chatfile_upload_options`; with `netease=1` and so on, those of what hangs off them, too
//!   (labels with commas between them).
//! - `download`: `file`; `sink` is `path` (key `path`), `buffer` or `callback`, which returns `write_value` once it got
//!   `write_fail_at` bytes or more; options as for `upload`.
//! - `delete`: `file`, and `smh=1` with the fields of `chatfile_smh_delete`; `delete_by_time`: `netease=1` with those of
//!   `chatfile_netease_delete_task`.
//! - `abort_upload`: `resume_token` or `checkpoint`. `info` and `exists`: `file`. `list` and `list_all`: `directory marker limit`.
//! - `check`: `store`.
//! - `presign_upload`: as `upload`, but of the source only `size`, if it is known; `presign_download`: as `download`
//!   without a sink. `send_presigned` and `receive_presigned`: as `upload` and `download`, of what `json` holds;
//!   `complete_presigned` completes it.
//! - `set_rates`: `upload_rate download_rate`. `seen`: what the callbacks of the client saw.
//! - `digest`: all digests of the file `path` with `part_size`, read by the driver in pieces of `step` bytes, else by the
//!   library; without `step` it takes `fire_before`. `combine`: `first second length` of CRC-64.
//! - `capabilities`; `checksum` with `app_secret nonce cur_time`; `version`; `free`; `reset` (frees every client).
//!
//! Upload and download take `progress=1` for a progress callback, which returns `cancel_value` from the first report
//! on that has at least `cancel_at` bytes and is the `cancel_report`th or later. They and the verbs about files and presigned requests take a cancel handle, which is
//! fired before the call with `fire_before=1`, by the progress callback at `fire_at` bytes, or by another thread once
//! the file `fire_when` exists.
//!
//! The answer is `ok key=value …` or `error status=CHATFILE_E_X message= …`. Its keys are what the header calls the
//! functions that are asked of a result or an error: `http_status` is what `chatfile_error_http_status()` gives. Of several
//! each has its number (`label.0`), or its name (`header.NAME`, `field.NAME`); what a list or a check holds has its number
//! before all of its keys (`0.name`), and `count` is how many there are. What is NULL or not known is left out, numbers that
//! stand for it may be; flags and names for numbers are numbers. Besides:
//!
//! - after `upload`, in any case with a callback source: `reads` and `rewinds`.
//! - after `download`: `sum` is the CRC-32 of the bytes that a buffer or callback got, in eight hex digits; in any case with
//!   a callback sink `received`, the bytes that it got.
//! - `seen`: `asked`, how often the secret callback was called; `logins`, how often that for proxies, and `challenge`, the
//!   scheme and the realm that it was asked with last; and `log`, its lines with their level in front.
//! - `list_all`: `given`, the number of entries, and their `names`, each with a slash behind it; also after a failure.
//!   `exists`: `value`.
//! - `capabilities`: `value`; `checksum`: `checksum`; `version`: `version number`, `names_of_header` where fields at fault have those, and `empty_is_unset`
//!   of a language in which an empty text of an option is none.
//! - `digest`: `full beginning openim crc64`, `number` (CRC-64 again), `parts` and the first 16 as `part.0` and so on;
//!   `combine`: `number`.
//! - with `progress=1`, in any case: `reports`; `first`, `done` of the first report; `rising=1` if `done` never fell;
//!   `within=1` if it never was above a known total; `early`, how many unfinished reports stood at a known total above
//!   0; `finished`, how many reports were finished ones; `last` and `total`, `done` and total of the last;
//!   `doing`, the activities of all, as bits; `hashed`, the most; `rated=1` and `left=1` if any said how fast it was, and
//!   how long it would take.
//! - with any callback: `same_thread=1` if all callbacks ran on the thread of the call.
//!
//! The pattern: 65,521 bytes over and over; from x = seed, each byte is the top one of x = x × 1664525 + 1013904223
//! modulo 2^32.

use std::fmt;

/// The length of the pattern: a prime, so that no buffer size is a multiple.
const PERIOD: usize = 65_521;

/// A verb or an outcome with its keys, in order.
#[derive(Clone, Default)]
pub struct Line {
    pub head: String,
    pairs: Vec<(String, String)>,
}

impl Line {
    pub fn new(head: &str) -> Self {
        Self {
            head: head.to_owned(),
            pairs: Vec::new(),
        }
    }

    /// Sets a key, in place of what it was set to before.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl fmt::Display) -> Self {
        self.set(key, value);
        self
    }

    pub fn set(&mut self, key: &str, value: impl fmt::Display) {
        self.pairs.retain(|(known, _)| known != key);
        self.pairs.push((key.to_owned(), value.to_string()));
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value.as_str())
    }

    /// A number, 0 if it is not there.
    #[track_caller]
    pub fn number(&self, key: &str) -> i64 {
        self.get(key).map_or(0, |value| {
            value
                .parse()
                .unwrap_or_else(|_| panic!("{key} is no number in {self}"))
        })
    }

    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(_, value)| value.as_str())
    }

    pub fn parse(line: &str) -> Self {
        let mut words = line.split_whitespace();
        let mut parsed = Self::new(words.next().unwrap_or_default());
        for word in words {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            parsed.pairs.push((key.to_owned(), decode(value)));
        }
        parsed
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.head)?;
        for (key, value) in &self.pairs {
            write!(f, " {key}=")?;
            for byte in value.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte) {
                    write!(f, "{}", char::from(byte))?;
                } else {
                    write!(f, "%{byte:02X}")?;
                }
            }
        }
        Ok(())
    }
}

fn decode(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = (*first == b'%')
            .then(|| std::str::from_utf8(tail.get(..2)?).ok())
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Content that both sides make from a few numbers.
#[derive(Clone)]
pub struct Pattern(Vec<u8>);

impl Pattern {
    pub fn seeded(seed: u32) -> Self {
        let mut x = seed;
        let next = || {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            x.to_be_bytes()[0]
        };
        Self(std::iter::repeat_with(next).take(PERIOD).collect())
    }

    pub fn filled(byte: u8) -> Self {
        Self(vec![byte; PERIOD])
    }

    /// As the keys of a line say.
    pub fn of(line: &Line) -> Self {
        match line.get("fill") {
            Some(_) => Self::filled(u8::try_from(line.number("fill")).unwrap_or_default()),
            None => Self::seeded(u32::try_from(line.number("seed")).unwrap_or_default()),
        }
    }

    /// Fills `out` with what stands from `position` on.
    pub fn copy(&self, position: u64, out: &mut [u8]) {
        let period = PERIOD as u64;
        let mut at = usize::try_from(position % period).unwrap_or_default();
        let mut out = out;
        while !out.is_empty() {
            let size = out.len().min(PERIOD - at);
            let (front, rest) = out.split_at_mut(size);
            front.copy_from_slice(&self.0[at..at + size]);
            out = rest;
            at = 0;
        }
    }

    pub fn bytes(&self, size: usize) -> Vec<u8> {
        let mut all = vec![0; size];
        self.copy(0, &mut all);
        all
    }
}

/// CRC-32 as in zip and PNG: every language has it, or has it in ten lines.
pub struct Crc32(crc32fast::Hasher);

impl Crc32 {
    pub fn new() -> Self {
        Self(crc32fast::Hasher::new())
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn hex(&self) -> String {
        format!("{:08x}", self.0.clone().finalize())
    }

    pub fn of(bytes: &[u8]) -> String {
        format!("{:08x}", crc32fast::hash(bytes))
    }
}

#[test]
fn lines_survive_the_way_there_and_back() {
    let line = Line::new("upload")
        .with("name", "a b%=ü\n\"")
        .with("empty", "")
        .with("n", -5);
    let again = Line::parse(&line.to_string());
    assert_eq!(again.head, "upload");
    assert_eq!(again.get("name"), Some("a b%=ü\n\""));
    assert_eq!(again.get("empty"), Some(""));
    assert_eq!(again.number("n"), -5);
    assert_eq!(again.get("absent"), None);
}

#[test]
fn sums_and_patterns_are_the_documented_ones() {
    // The check value of the CRC catalogue.
    assert_eq!(Crc32::of(b"123456789"), "cbf43926");
    let pattern = Pattern::seeded(1);
    // 1 × 1664525 + 1013904223 = 0x3C88596C, whose top byte is 0x3C.
    assert_eq!(pattern.bytes(1), [0x3C]);
    let whole = pattern.bytes(2 * PERIOD + 5);
    assert_eq!(whole[..PERIOD], whole[PERIOD..2 * PERIOD]);
    let mut middle = [0; 100];
    pattern.copy(PERIOD as u64 - 50, &mut middle);
    assert_eq!(middle, whole[PERIOD - 50..PERIOD + 50]);
}
