//! Killing at a moment, and looking at what is left.

use super::child::{DONE, Job, READY};
use crate::random::Random;
use chatfile_emulator::{Control, Emulator, Entry};
use std::any::Any;
use std::fmt;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant, SystemTime};

/// No moment is so far away; something hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// When to kill: an event, and so many microseconds after it.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    event: Event,
    after: u64,
}

#[derive(Debug, Clone, Copy)]
enum Event {
    /// Nothing was sent yet.
    Ready,
    /// The emulator has seen so many requests.
    Requests(u64),
    /// The child has made its first file.
    Files,
    /// So many bytes of the file have moved.
    Bytes(u64),
    /// The call has succeeded.
    Done,
}

impl Moment {
    /// One, or a few: whoever goes on can be killed, too.
    pub fn several(random: &mut Random, requests: u64, size: u64) -> Vec<Self> {
        let count = 1 + random.below(4) / 2;
        (0..count)
            .map(|_| Self::random(random, requests, size))
            .collect()
    }

    /// Most of them fall between the first and the last byte.
    pub fn random(random: &mut Random, requests: u64, size: u64) -> Self {
        let event = match random.below(10) {
            0 => Event::Ready,
            1 | 2 => Event::Requests(1 + random.below(requests)),
            3 => Event::Files,
            9 => Event::Done,
            _ => Event::Bytes(1 + random.below(size)),
        };
        let most = match event {
            // Up to about the first answer.
            Event::Ready => 20_000,
            Event::Requests(_) => 1500,
            Event::Files => 200,
            Event::Bytes(_) => 500,
            Event::Done => 1000,
        };
        Self {
            event,
            after: random.below(most),
        }
    }
}

/// A process that will be killed, whatever happens here.
pub struct Victim(Child);

impl Victim {
    pub fn start(job: &Job) -> Self {
        let mut command = job.command();
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    /// Kills it at this moment, or after its end if it never comes.
    pub fn kill_at(
        mut self,
        moment: Moment,
        control: &Control,
        folder: &Folder,
        moved: impl Fn() -> u64,
    ) {
        let files = folder.names().len();
        match moment.event {
            Event::Ready => self.read_until(READY),
            Event::Done => self.read_until(DONE),
            Event::Requests(count) => {
                self.watch(|| control.journal().len() as u64 >= count);
            }
            Event::Files => self.watch(|| folder.names().len() > files),
            Event::Bytes(count) => self.watch(|| moved() >= count),
        }
        let end = Instant::now() + Duration::from_micros(moment.after);
        while Instant::now() < end {
            std::hint::spin_loop();
        }
        // SIGKILL.
        self.0.kill().unwrap();
        let status = self.0.wait().unwrap();
        // It was faster, then; but it has not failed.
        assert!(status.code().is_none_or(|code| code == 0), "{status}");
    }

    fn read_until(&mut self, wanted: &str) {
        // The pipe stays open: the child may have more to say.
        let lines = BufReader::new(self.0.stdout.as_mut().unwrap()).lines();
        let mut all = Vec::new();
        for line in lines.map_while(Result::ok) {
            if line == wanted {
                return;
            }
            all.push(line);
        }
        panic!("the child never said {wanted:?}, but {all:#?}");
    }

    fn watch(&mut self, has_come: impl Fn() -> bool) {
        let start = Instant::now();
        while !has_come() && self.0.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < PATIENCE, "the moment never came");
            // The child needs the processor, too.
            std::thread::sleep(Duration::from_micros(20));
        }
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until the emulator has done with all that a dead process has sent.
pub fn settle(emulator: &Emulator) {
    let address = emulator.base_url();
    let address = address.strip_prefix("http://").unwrap();
    // Connections are accepted in their order, so those of the dead are known now.
    let mut last = TcpStream::connect(address).unwrap();
    let request =
        format!("GET /_emulator/clock HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    last.write_all(request.as_bytes()).unwrap();
    last.read_to_end(&mut Vec::new()).unwrap();
    drop(last);
    let start = Instant::now();
    while emulator.control().connections() > 0 {
        assert!(start.elapsed() < PATIENCE, "a connection never ends");
        std::thread::sleep(Duration::from_micros(100));
    }
}

/// The entries of this verb.
pub fn entries(control: &Control, verb: &str) -> Vec<Entry> {
    let mut journal = control.journal();
    journal.retain(|entry| entry.verb == verb);
    journal
}

/// The part numbers that were sent, in order; and which of them were taken.
pub fn parts_sent(control: &Control) -> Vec<(u32, bool)> {
    let mut parts: Vec<_> = entries(control, "part_put")
        .iter()
        .map(|entry| (part_number(&entry.path), entry.status == Some(200)))
        .collect();
    parts.sort_unstable();
    parts
}

fn part_number(path: &str) -> u32 {
    let (_, number) = path.split_once("partNumber=").unwrap();
    number.split('&').next().unwrap().parse().unwrap()
}

/// Bytes of parts that the emulator has read.
pub fn bytes_sent(control: &Control) -> u64 {
    let journal = control.journal();
    let parts = journal.iter().filter(|entry| entry.verb == "part_put");
    parts.map(|entry| entry.body_bytes).sum()
}

/// A folder that goes away.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("chatfile-kill-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn names(&self) -> Vec<String> {
        names(&self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What is in a folder, in order; nothing if there is none.
pub fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Runs the rounds, each with numbers of its own, and says which one fails. A
/// round returns what it found at the service after the kill.
pub fn rounds<T: Ord + fmt::Display>(
    test: &str,
    default: u64,
    mut round: impl FnMut(&mut Random) -> T,
) -> Vec<(T, u64)> {
    let seed = seed();
    let count = match std::env::var("CHATFILE_KILL_ROUNDS") {
        Ok(text) => text
            .parse()
            .expect("CHATFILE_KILL_ROUNDS is a decimal number"),
        Err(_) => default,
    };
    eprintln!("{test}: {count} rounds, CHATFILE_KILL_SEED={seed}");
    let start = Instant::now();
    let mut found = std::collections::BTreeMap::new();
    for number in 0..count {
        // A round of one seed is the same, whatever the others do.
        let mut random = Random::new(seed.wrapping_add(number << 32));
        match catch_unwind(AssertUnwindSafe(|| round(&mut random))) {
            Ok(outcome) => *found.entry(outcome).or_insert(0) += 1,
            Err(panic) => fail(test, seed, number, panic),
        }
    }
    eprintln!("{test}: {:.1} s", start.elapsed().as_secs_f64());
    for (outcome, times) in &found {
        eprintln!("{test}: {times:4} × {outcome}");
    }
    found.into_iter().collect()
}

fn fail(test: &str, seed: u64, round: u64, panic: Box<dyn Any + Send>) -> ! {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .map(str::to_owned);
    match text {
        Some(text) => panic!("{test}: round {round} of CHATFILE_KILL_SEED={seed}: {text}"),
        None => resume_unwind(panic),
    }
}

/// `CHATFILE_KILL_SEED`, or another one each time.
pub fn seed() -> u64 {
    if let Ok(text) = std::env::var("CHATFILE_KILL_SEED") {
        return text
            .trim()
            .parse()
            .expect("CHATFILE_KILL_SEED is a decimal number");
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    // The low bits are those that change.
    Random::new(now.unwrap().as_nanos() as u64).next() >> 32
}
