//! One cell of the matrix: a fresh emulator, a file in it, a client, and a call.

use std::any::Any;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chatfile_emulator::{Action, Config, Entry, Rule};

use crate::protocol::{Crc32, Line, Pattern};
use crate::verb::Verb;
use crate::world::{MIB, World, upload};

/// Bytes of an upload, where the row does not want more of them.
const SMALL: u64 = 20_000;
/// More than the buffers of the kernel hold, with the receive buffer below.
const BIG: u64 = 12 * MIB;

/// A picture of which the service makes a thumbnail: noise, so that this is not small either.
fn picture() -> Vec<u8> {
    const SIDE: u32 = 256;
    const HEAD: u32 = 54;
    let size = HEAD + SIDE * SIDE * 3;
    let mut bmp = Vec::from(*b"BM");
    for number in [size, 0, HEAD, 40, SIDE, SIDE] {
        bmp.extend(number.to_le_bytes());
    }
    // One plane, 24 bits a dot; the rest of the head may be zero.
    bmp.extend([1, 0, 24, 0]);
    bmp.resize(usize::try_from(HEAD).unwrap(), 0);
    let dots = Pattern::seeded(7).bytes(usize::try_from(size - HEAD).unwrap());
    bmp.extend(dots);
    bmp
}

pub struct Case<'w, 'f> {
    pub world: &'w mut World<'f>,
    pub verb: Verb,
    /// Opens the client.
    pub open: Line,
    /// What is asked of it.
    pub call: Line,
    /// What a download must bring: the sum of the file or thumbnail.
    sum: String,
    /// The bytes on disk may be others.
    pub is_damaged: bool,
    /// The emulator cannot be reached by this client, or a second call would take too long.
    pub is_final: bool,
    /// The client under test has made a call before.
    is_warm: bool,
    /// A call that is over before has not waited.
    pub at_least_ms: u64,
    /// Looked at after the call.
    pub check: Option<fn(&[Entry])>,
    /// Lives as long as the case.
    guards: Vec<Box<dyn Any>>,
}

/// The emulator's set-up.
pub fn config() -> Config {
    let mut config = Config {
        tls: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
        receive_buffer: Some(16 * 1024),
        ..Config::default()
    };
    config.easemob.max_upload = 64 * MIB;
    config.netease.max_upload = 64 * MIB;
    config
}

/// A `huawei` line for the emulator's tenant.
pub fn huawei(world: &World<'_>) -> Line {
    let config = &world.control.config().huawei;
    Line::new("huawei")
        .with("base_url", world.emulator.base_url())
        .with("app_key", &config.app_key)
        .with("app_secret", &config.app_secret)
        .with("channel_id", &config.channel_id)
        .with("user_id", "somebody")
        .with("retry_delay_ms", 1)
}

/// A deletion that the service takes.
pub fn last_week() -> Line {
    const DAY_MS: i64 = 86_400_000;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_millis()).unwrap();
    Line::new("delete")
        .with("netease", 1)
        .with("start_time_ms", now - 9 * DAY_MS)
        .with("end_time_ms", now - 6 * DAY_MS)
}

impl<'w, 'f> Case<'w, 'f> {
    /// Stores a file, opens a client for it in slot 0, and forgets that in the journal.
    pub fn new(world: &'w mut World<'f>, verb: Verb) -> Self {
        let open = match verb.service() {
            "easemob" => world.easemob(),
            "netease" => world.netease(),
            _ => huawei(world),
        };
        let target = world.path("target");
        std::fs::write(&target, "old").unwrap();
        let call = match verb {
            Verb::Token | Verb::Upload => upload(SMALL),
            Verb::Multipart => upload(SMALL).with("netease", 1).with("method", 0),
            Verb::Base64 => upload(SMALL).with("netease", 1).with("method", 1),
            Verb::Download | Verb::Fetch => Line::new("download"),
            Verb::Thumbnail => Line::new("download")
                .with("easemob", 1)
                .with("thumbnail", 1),
            Verb::Delete => last_week(),
            Verb::Send => upload(SMALL).with("huawei", 1).with("file_type", "txt"),
            Verb::Receive => Line::new("download")
                .with("huawei", 1)
                .with("file_type", "bmp"),
        };
        let mut case = Self {
            world,
            verb,
            open: open
                .with("max_attempts", 3)
                .with("max_upload_size", 64 * MIB),
            call,
            sum: String::new(),
            is_damaged: false,
            is_final: false,
            is_warm: false,
            at_least_ms: 0,
            check: None,
            guards: Vec::new(),
        };
        case.set_up();
        case
    }

    fn set_up(&mut self) {
        let world = &mut *self.world;
        world.ok(self.open.clone().with("client", 1));
        if self.verb.is_download() {
            let path = world.path("picture.bmp");
            std::fs::write(&path, picture()).unwrap();
            let mut store = Line::new("upload")
                .with("client", 1)
                .with("source", "path")
                .with("path", path.display());
            if self.verb.is_netease() {
                store.set("netease", 1);
                store.set("plain_http_url", 1);
            }
            let stored = world.ok(store);
            self.call.set("file", stored.get("file").unwrap());
            let clean = world.ok(self.call.clone().with("client", 1));
            self.sum = clean.get("sum").unwrap().to_owned();
            self.call.set("sink", "path");
            self.call.set("path", world.path("target").display());
        }
        if self.verb.is_easemob() && self.verb != Verb::Token {
            let asked = Line::new("presign_download").with("client", 1);
            let asked = world.ok(asked.with("file", "0"));
            let token = asked.get("header.Authorization").unwrap();
            let token = token.trim_start_matches("Bearer ").to_owned();
            self.open = world
                .easemob_app()
                .with("token", token)
                .with("max_attempts", 3)
                .with("max_upload_size", 64 * MIB);
        }
        world.ok(Line::new("free").with("client", 1));
        world.control.clear_journal();
    }

    /// Has the client fetch its tokens by itself, with secrets.
    pub fn with_credentials(&mut self) {
        if self.verb.is_easemob() {
            self.open = self
                .world
                .easemob()
                .with("max_attempts", 3)
                .with("max_upload_size", 64 * MIB);
        }
    }

    pub fn rule(&self, action: Action) -> Rule {
        Rule::new(action)
            .service(self.verb.service())
            .verb(self.verb.name())
    }

    /// Happens each time.
    pub fn always(&self, action: Action) {
        self.world.fault(self.rule(action));
    }

    pub fn once(&self, action: Action) {
        self.world.fault(self.rule(action).times(1));
    }

    /// Lets the client time out in `ms` without a byte moved, and not try too often.
    pub fn impatient(&mut self, ms: u64) {
        let ms = self.world.patience(ms);
        self.open.set("stall_timeout_ms", ms);
        self.open.set("max_attempts", 2);
    }

    /// Sends more than buffers hold.
    pub fn big(&mut self) {
        if self.verb.is_upload() {
            self.call.set("size", BIG);
            // Not from memory, which is watched.
            self.call.set("source", "callback");
            self.call.set("rewind", 1);
        }
        self.is_final = true;
    }

    /// A place well within what the service answers.
    pub fn within_answer(&self) -> u64 {
        if self.verb.is_download() { 5_000 } else { 20 }
    }

    /// Talks to another host than the emulator's: scheme, host and port.
    pub fn go_to(&mut self, origin: &str) {
        let emulator = self.world.emulator.base_url();
        for line in [&mut self.open, &mut self.call] {
            for key in ["base_url", "file"] {
                if let Some(value) = line.get(key) {
                    let value = value.replace(&emulator, origin);
                    line.set(key, value);
                }
            }
        }
    }

    /// Talks to the emulator over TLS; `host` stands for it.
    pub fn go_to_tls(&mut self, host: &str) {
        let origin = self.world.emulator.tls_base_url().unwrap();
        self.go_to(&origin.replace("127.0.0.1", host));
    }

    pub fn trust(&mut self) {
        let path = self.world.emulator.ca_path().unwrap().display().to_string();
        self.open.set("ca_certificates_path", path);
    }

    pub fn keep(&mut self, guard: impl Any) {
        self.guards.push(Box::new(guard));
    }

    /// Makes the call; returns the answer and how long it took.
    pub fn run(&mut self) -> (Line, Duration) {
        if !self.is_warm {
            let open = self.open.clone();
            self.world.ok(open);
        }
        let begun = std::time::Instant::now();
        let answer = self.world.call(&self.call);
        (answer, begun.elapsed())
    }

    /// The cell: status, attempts, requests.
    pub fn describe(&self, answer: &Line) -> String {
        let mut requests: BTreeMap<String, usize> = BTreeMap::new();
        for entry in self.world.control.journal() {
            *requests.entry(entry.verb).or_default() += 1;
        }
        // Each client fetches both of Huawei's tokens first.
        if self.verb.is_huawei() && !self.is_warm {
            requests.retain(|verb, count| {
                *count -= usize::from(verb.ends_with("_token"));
                *count > 0
            });
        }
        let own = requests.remove(self.verb.name()).unwrap_or(0);
        let status = match answer.get("status") {
            Some(status) => status.trim_start_matches("CHATFILE_E_"),
            None => "ok",
        };
        let mut text = format!("{status} {}/{own}", answer.number("attempts"));
        for (verb, count) in requests {
            text += &format!(" +{count} {verb}");
        }
        text
    }

    /// What lies in the folder: after a failure what was there before, after a success the file, and nothing else.
    pub fn check_disk(&self, answer: &Line) {
        let mut expected = vec!["target"];
        if self.verb.is_download() {
            expected.insert(0, "picture.bmp");
        }
        assert_eq!(self.world.names(), expected, "{answer}");
        let found = std::fs::read(self.world.path("target")).unwrap();
        if answer.head == "ok" && self.verb.is_download() {
            let is_same = Crc32::of(&found) == self.sum;
            assert_eq!(
                is_same, !self.is_damaged,
                "the bytes at the target: {answer}"
            );
        } else {
            assert_eq!(found, b"old", "{answer}");
        }
    }

    /// No error text holds the token that the client was given.
    pub fn check_secrets(&self, answer: &Line) {
        let Some(token) = self.open.get("token") else {
            return;
        };
        assert!(
            answer.values().all(|value| !value.contains(token)),
            "{answer}"
        );
    }

    /// The same client does the same once nothing is in its way.
    pub fn check_recovery(&mut self) {
        if self.is_final {
            return;
        }
        self.world.control.clear_faults();
        self.is_damaged = false;
        let call = self.call.clone();
        let answer = self.world.ok(call);
        self.check_disk(&answer);
    }
}

/// What some rows need besides.
impl Case<'_, '_> {
    /// Makes the call once in peace, with the client that the row is about.
    pub fn warm_up(&mut self) {
        if self.verb == Verb::Token || self.verb == Verb::Delete {
            // The one is to be fetched, and the other never uses a kept connection.
            return;
        }
        self.is_warm = true;
        let (open, call) = (self.open.clone(), self.call.clone());
        self.world.ok(open);
        let call = if call.get("path").is_some() {
            call.with("path", self.world.path("warm").display())
        } else {
            call
        };
        self.world.ok(call);
        let _ = std::fs::remove_file(self.world.path("warm"));
        self.world.control.clear_journal();
    }

    /// So slow that the answer takes more than a second.
    pub fn bytes_per_second(&mut self) -> u64 {
        let (open, call) = (self.open.clone(), self.call.clone());
        self.world.ok(open.with("client", 1));
        let path = self.world.path("warm");
        let call = call.with("client", 1).with("path", path.display());
        self.world.ok(call);
        self.world.ok(Line::new("free").with("client", 1));
        let _ = std::fs::remove_file(path);
        let asked = self.world.requests(self.verb.name());
        self.world.control.clear_journal();
        asked[0].answer_bytes * 10 / 12
    }

    /// It must take the second that the service asks for, where there is another attempt.
    pub fn waits(&mut self) {
        if self.verb != Verb::Delete {
            self.at_least_ms = 1000;
        }
    }

    /// A file on another host that needs no token: the address of the emulator by another name.
    pub fn elsewhere(&mut self) -> String {
        let netease = self.world.netease().with("client", 1);
        self.world.ok(netease);
        let store = upload(SMALL)
            .with("client", 1)
            .with("netease", 1)
            .with("plain_http_url", 1);
        let stored = self.world.ok(store);
        self.world.ok(Line::new("free").with("client", 1));
        self.world.control.clear_journal();
        let url = stored.get("file").unwrap();
        url.replace("127.0.0.1", "localhost")
    }

    /// The address that the call asks for, or one like it.
    pub fn itself(&self) -> String {
        let base = self.world.emulator.base_url();
        match self.verb {
            Verb::Fetch => self.call.get("file").unwrap().to_owned(),
            Verb::Download | Verb::Thumbnail => {
                let config = &self.world.control.config().easemob;
                let file = self.call.get("file").unwrap();
                format!("{base}/{}/{}/chatfiles/{file}", config.org, config.app)
            }
            _ => base + "/",
        }
    }
}
