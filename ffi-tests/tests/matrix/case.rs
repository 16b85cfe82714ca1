//! One cell of the matrix: a fresh emulator, a file in it, a client, and a call.

use std::any::Any;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chatfile_emulator::{Action, Config, Entry, Rule};

use crate::protocol::{Crc32, Line, Pattern};
use crate::service;
use crate::verb::Verb;
use crate::world::{MIB, World, upload};

/// Bytes of an upload, where the row does not want more of them.
const SMALL: u64 = 20_000;
/// The smallest part that OpenIM is made to take, so that such an upload has three.
const SMALL_PART: u64 = 8 * 1024;
/// Two parts of the smallest that SMH takes, and the least that it knows by its hash.
const TWO_PARTS: u64 = MIB + SMALL;
/// The key of SMH's options: CHATFILE_SMH_CONFLICT_OVERWRITE, so that a call can be made twice.
const OVERWRITE: u32 = 2;
/// More than the buffers of the kernel hold, with the receive buffer below.
const BIG: u64 = 12 * MIB;

/// A picture of which the service makes a thumbnail: noise, so that this is not small either.
fn picture() -> Vec<u8> {
    const SIDE: u32 = 192;
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
    /// The requests of a call in peace by verb: of the first of a client, or of another one if it is warm.
    in_peace: BTreeMap<String, usize>,
    /// Makes the bytes of one upload others than those of the next.
    seed: u32,
    /// Lives as long as the case.
    guards: Vec<Box<dyn Any>>,
}

/// The emulator's set-up for a verb; parts are small where the uploads are.
pub fn config_for(verb: Verb, is_large: bool) -> Config {
    let mut config = config();
    if verb.is_openim() && !is_large {
        config.openim.min_part_size = Some(SMALL_PART);
    }
    config
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
    // Nobody waits for a minute here.
    config.openim.retry_after = None;
    config
}

/// A deletion that the service takes.
pub fn last_week() -> Line {
    const DAY_MS: i64 = 86_400_000;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_millis()).unwrap();
    Line::new("delete_by_time")
        .with("netease", 1)
        .with("start_time_ms", now - 9 * DAY_MS)
        .with("end_time_ms", now - 6 * DAY_MS)
}

/// An upload to SMH that is sent, whatever SMH has, and can be made twice.
fn to_smh(size: u64) -> Line {
    upload(size)
        .with("smh", 1)
        .with("skip_instant", 1)
        .with("conflict", OVERWRITE)
        .with("file_name", "file.bin")
}

/// An upload by this number of a method.
fn by(line: Line, method: u32) -> Line {
    line.with("method", method)
}

/// What is asked for; what depends on what is stored is filled in later.
pub fn call_of(verb: Verb) -> Line {
    match verb {
        Verb::Token | Verb::Upload => upload(SMALL),
        Verb::Multipart => by(upload(SMALL).with("netease", 1), 0),
        Verb::Base64 => by(upload(SMALL).with("netease", 1), 1),
        Verb::Download
        | Verb::Fetch
        | Verb::ImObject
        | Verb::ImGet
        | Verb::SmhDownload
        | Verb::SmhGet => Line::new("download"),
        Verb::Thumbnail => Line::new("download")
            .with("easemob", 1)
            .with("thumbnail", 1),
        Verb::Delete => last_week(),
        Verb::Send => upload(SMALL)
            .with(verb.service(), 1)
            .with("file_type", "txt"),
        Verb::Receive => Line::new("download")
            .with(verb.service(), 1)
            .with("file_type", "bmp"),
        Verb::ImToken | Verb::ImBegin | Verb::ImForm | Verb::ImComplete => {
            by(upload(SMALL).with("openim", 1), 1)
        }
        Verb::ImParts | Verb::ImPart | Verb::ImFinish => {
            // One after the other, so that the numbers are always the same.
            by(upload(SMALL).with("openim", 1), 2).with("parallel_parts", 1)
        }
        Verb::ImAllow => Line::new("presign_upload")
            .with("size", SMALL)
            .with("openim", 1),
        Verb::ImSend | Verb::SmhSend => {
            let mut send = upload(SMALL);
            send.head = "send_presigned".to_owned();
            send
        }
        Verb::ImConfirm | Verb::SmhComplete => Line::new("complete_presigned"),
        Verb::ImAccess | Verb::SmhAddress => Line::new("presign_download"),
        Verb::SmhToken | Verb::SmhBegin | Verb::SmhPut | Verb::SmhConfirm => by(to_smh(SMALL), 1),
        Verb::SmhParts | Verb::SmhPart => by(to_smh(TWO_PARTS), 3)
            .with("part_size", MIB)
            .with("parallel_parts", 1),
        Verb::SmhInstant => by(to_smh(TWO_PARTS), 1)
            .with("skip_instant", 0)
            .with("file_name", "again.bin"),
        Verb::SmhInfo => Line::new("info"),
        Verb::SmhExists => Line::new("exists"),
        Verb::SmhList => Line::new("list").with("directory", ""),
        Verb::SmhDelete => Line::new("delete").with("smh", 1),
        Verb::SmhAbort => Line::new("abort_upload"),
        Verb::SmhAllow => Line::new("presign_upload")
            .with("size", SMALL)
            .with("smh", 1)
            .with("conflict", OVERWRITE),
        Verb::SmhReceive => Line::new("receive_presigned"),
    }
}

impl<'w, 'f> Case<'w, 'f> {
    /// Stores a file, opens a client for it in slot 0, and forgets that in the journal.
    pub fn new(world: &'w mut World<'f>, verb: Verb) -> Self {
        let open = (service::opened_by(verb.service()).unwrap().account)(world);
        let target = world.path("target");
        std::fs::write(&target, "old").unwrap();
        let mut case = Self {
            world,
            verb,
            open: patient(open),
            call: call_of(verb),
            sum: String::new(),
            is_damaged: false,
            is_final: false,
            is_warm: false,
            at_least_ms: 0,
            check: None,
            in_peace: BTreeMap::new(),
            seed: 0,
            guards: Vec::new(),
        };
        case.set_up();
        case
    }

    fn set_up(&mut self) {
        let world = &mut *self.world;
        world.ok(self.open.clone().with("client", 1));
        if self.verb.is_of_several() {
            world.ok(self.open.clone().with("client", 7));
            self.set_up_several();
        }
        if self.verb.is_download() {
            self.set_up_download();
        }
        let world = &mut *self.world;
        if self.verb.is_easemob() && self.verb != Verb::Token {
            let asked = Line::new("presign_download").with("client", 1);
            let asked = world.ok(asked.with("file", "0"));
            let token = asked.get("header.Authorization").unwrap();
            let token = token.trim_start_matches("Bearer ").to_owned();
            self.open = patient(world.easemob_app().with("token", token));
        }
        if self.verb.is_of_several() {
            let open = self.open.clone().with("client", 2);
            self.world.ok(open);
            self.measure(2);
            self.world.ok(Line::new("free").with("client", 2));
        }
        let world = &mut *self.world;
        world.ok(Line::new("free").with("client", 1));
        world.control.clear_journal();
    }

    /// Stores a picture, and asks for it at the target.
    fn set_up_download(&mut self) {
        let world = &mut *self.world;
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
        let file = stored.get("file").unwrap();
        if self.verb == Verb::SmhReceive {
            let allow = Line::new("presign_download").with("client", 1);
            let allowed = world.ok(allow.with("file", file));
            self.call.set("json", allowed.get("json").unwrap());
            self.open = patient(Line::new("open").with("retry_delay_ms", 1));
            world.ok(self.open.clone().with("client", 1));
        } else {
            self.call.set("file", file);
        }
        let clean = world.ok(self.call.clone().with("client", 1));
        self.sum = clean.get("sum").unwrap().to_owned();
        self.call.set("sink", "path");
        self.call.set("path", world.path("target").display());
    }

    /// What the calls of OpenIM and SMH are about.
    fn set_up_several(&mut self) {
        let world = &mut *self.world;
        match self.verb {
            Verb::ImSend | Verb::SmhSend => {
                self.allow();
                self.open = patient(Line::new("open").with("retry_delay_ms", 1));
            }
            Verb::ImAccess => {
                let stored = world.ok(by(upload(SMALL).with("openim", 1), 1).with("client", 1));
                self.call.set("file", stored.get("file").unwrap());
            }
            Verb::SmhInfo | Verb::SmhExists | Verb::SmhList | Verb::SmhAddress => {
                world.ok(by(to_smh(SMALL), 1).with("client", 1));
                self.call.set("file", "file.bin");
            }
            Verb::SmhDelete => self.call.set("file", "file.bin"),
            Verb::SmhInstant => {
                world.ok(by(to_smh(TWO_PARTS), 1).with("client", 1));
            }
            _ => {}
        }
    }

    /// Presigns an upload; what is sent or completed is that one.
    fn allow(&mut self) {
        let is_smh = self.verb.is_smh();
        let allow = call_of(if is_smh {
            Verb::SmhAllow
        } else {
            Verb::ImAllow
        });
        let allow = allow.with("client", 7).with("file_name", "sent.bin");
        let allowed = self.world.ok(allow);
        self.call.set("json", allowed.get("json").unwrap());
    }

    /// Makes anew what a call uses up. Sets and clears faults.
    fn prepare(&mut self) {
        match self.verb {
            Verb::ImConfirm | Verb::SmhComplete => {
                self.allow();
                let mut sent = self.call.clone().with("client", 7);
                sent.head = "send_presigned".to_owned();
                for (key, value) in upload(SMALL).pairs() {
                    sent.set(key, value);
                }
                self.world.ok(sent);
            }
            Verb::SmhDelete => {
                let store = by(to_smh(SMALL), 1).with("client", 7);
                self.world.ok(store);
            }
            Verb::SmhAbort => {
                // One of the parts is refused, and what has arrived is kept.
                let rule = Rule::new(Action::json(400, "{}")).verb("part_put").skip(1);
                self.world.fault(rule);
                let broken = call_of(Verb::SmhPart).with("resumable", 1);
                let broken = self.world.call(&broken.with("client", 7));
                self.world.control.clear_faults();
                let token = broken.get("resume_token").unwrap();
                self.call.set("resume_token", token);
            }
            Verb::ImParts | Verb::ImPart | Verb::ImFinish => {
                // What is known is not sent.
                self.seed += 1;
                self.call.set("seed", self.seed);
            }
            _ => {}
        }
    }

    /// Counts the requests of a call in peace, of the client in this slot.
    fn measure(&mut self, client: u32) {
        self.prepare();
        self.world.control.clear_journal();
        let mut call = self.call.clone().with("client", client);
        // There may be no disk to write to.
        call.set("sink", "buffer");
        let answer = self.world.ok(call);
        if self.verb == Verb::SmhInstant {
            assert_eq!(answer.number("instant"), 1, "{answer}");
        }
        self.in_peace = self.requests();
        self.prepare();
        self.world.control.clear_journal();
    }

    /// How many requests of each verb the journal has; what has none, and so is of no client of this test, stands there
    /// with what it asked for.
    fn requests(&self) -> BTreeMap<String, usize> {
        let mut requests = BTreeMap::new();
        for entry in self.world.control.journal() {
            let what = if entry.verb.is_empty() {
                eprintln!("who asked for this? {:?}", entry.headers);
                format!("{} {}", entry.method, entry.path)
            } else {
                entry.verb
            };
            *requests.entry(what).or_default() += 1;
        }
        requests
    }

    /// Has the client fetch its tokens by itself, with secrets.
    pub fn with_credentials(&mut self) {
        if self.verb.is_easemob() {
            self.open = patient(self.world.easemob());
        }
    }

    pub fn rule(&self, action: Action) -> Rule {
        // The first question of an instant upload is answered without a body.
        let skipped = u64::from(self.verb == Verb::SmhInstant);
        Rule::new(action)
            .service(self.verb.asked())
            .verb(self.verb.name())
            .skip(skipped)
    }

    /// Happens each time.
    pub fn always(&self, action: Action) {
        self.world.fault(self.rule(action));
    }

    pub fn once(&self, action: Action) {
        self.world.fault(self.rule(action).times(1));
    }

    /// The body of each answer breaks off: that of a file after some of it, and then before the first byte, for a
    /// download that comes further each time is not given up.
    pub fn breaks_off(&self, action: impl Fn(u64) -> Action) {
        if self.verb.is_download() {
            self.once(action(self.within_answer()));
            self.always(action(0));
        } else {
            self.always(action(self.within_answer()));
        }
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
            if self.verb == Verb::SmhPart {
                self.call.set("part_size", 8 * MIB);
            }
        }
        self.is_final = true;
    }

    /// A place well within what the service answers.
    pub fn within_answer(&self) -> u64 {
        match self.verb {
            Verb::SmhDelete => 10,
            // Behind contentCas.
            Verb::SmhInfo | Verb::SmhConfirm | Verb::SmhInstant | Verb::SmhComplete => 26,
            verb if verb.is_get() || verb == Verb::Receive => 5_000,
            _ => 20,
        }
    }

    /// Talks to another host than the emulator's: scheme, host and port.
    pub fn go_to(&mut self, origin: &str) {
        let emulator = self.world.emulator.base_url();
        for line in [&mut self.open, &mut self.call] {
            for key in ["base_url", "file", "json"] {
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
        let mut requests = self.requests();
        if self.verb.begins_with_tokens() && !self.is_warm {
            requests.retain(|verb, count| {
                *count -= usize::from(verb.ends_with("_token"));
                *count > 0
            });
        }
        let own = requests.remove(self.verb.name()).unwrap_or(0);
        let usual = |verb: &str| self.in_peace.get(verb).copied().unwrap_or(0);
        requests.retain(|verb, count| {
            *count -= usual(verb).min(*count);
            *count > 0
        });
        // Of those that are made several times in any case, all but one.
        let others = usual(self.verb.name()).saturating_sub(1);
        let were_made = answer.head == "ok" || self.verb == Verb::SmhInstant;
        let own = own.saturating_sub(if were_made { others } else { 0 });
        let status = match answer.get("status") {
            Some(status) => status.trim_start_matches("CHATFILE_E_"),
            None => "ok",
        };
        // Some results have no attempts to tell of.
        let attempts = answer.get("attempts").unwrap_or("–");
        let mut text = format!("{status} {attempts}/{own}");
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
        self.prepare();
        let call = self.call.clone();
        let answer = self.world.ok(call);
        self.check_disk(&answer);
    }
}

/// Settings of every client.
fn patient(open: Line) -> Line {
    open.with("max_attempts", 3)
        .with("max_upload_size", 64 * MIB)
}

/// What some rows need besides.
impl Case<'_, '_> {
    /// Makes the call once in peace, with the client that the row is about.
    pub fn warm_up(&mut self) {
        if let Verb::Token | Verb::ImToken | Verb::SmhToken | Verb::Delete = self.verb {
            // They are to be fetched, and the last never uses a kept connection.
            return;
        }
        self.is_warm = true;
        let (open, call) = (self.open.clone(), self.call.clone());
        self.world.ok(open);
        let call = if self.verb.is_download() {
            call.with("path", self.world.path("warm").display())
        } else {
            call
        };
        self.world.ok(call);
        let _ = std::fs::remove_file(self.world.path("warm"));
        if self.verb.is_of_several() {
            self.measure(0);
        }
        self.world.control.clear_journal();
    }

    /// So slow that the answer takes more than a second.
    pub fn bytes_per_second(&mut self) -> u64 {
        let (open, call) = (self.open.clone(), self.call.clone());
        self.world.ok(open.with("client", 1));
        let path = self.world.path("warm");
        let mut call = call.with("client", 1);
        if self.verb.is_download() {
            call.set("path", path.display());
        }
        self.world.ok(call);
        self.prepare();
        self.world.ok(Line::new("free").with("client", 1));
        let _ = std::fs::remove_file(path);
        let asked = self.world.requests(self.verb.name());
        self.world.control.clear_journal();
        let bytes = asked.iter().map(|entry| entry.answer_bytes).max();
        bytes.unwrap_or_default() * 1000 / self.world.patience(1200)
    }

    /// It must take the second that the service asks for, where there is another attempt.
    pub fn waits(&mut self) {
        if self.verb != Verb::Delete {
            self.at_least_ms = 1000;
        }
    }

    /// How OpenIM or SMH says something.
    pub fn word(&self, openim: &'static str, smh: &'static str) -> &'static str {
        if self.verb.is_openim() { openim } else { smh }
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
            Verb::ImObject => format!("{base}/object/alice/picture.bmp"),
            Verb::ImGet => format!("{base}/openim/picture.bmp"),
            verb if verb.asked() == "cos" => {
                let library = &self.world.control.config().smh.library_id;
                format!("{base}/{library}/picture.bmp")
            }
            verb if verb.is_smh() => {
                let library = &self.world.control.config().smh.library_id;
                format!("{base}/api/v1/file/{library}/-/picture.bmp")
            }
            _ => base + "/",
        }
    }
}
