//! The emulator as a child that never outlives us.

use crate::{Result, cargo};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// The credentials that the emulator has without being told any.
pub const NETEASE: [(&str, &str); 2] = [
    ("NETEASE_APP_KEY", "5f0e6c1b9a7d4e2f8c3b1a0d9e8f7c6b"),
    ("NETEASE_APP_SECRET", "e1a2b3c4d5f6"),
];

/// Where it takes faults.
const FAULTS: &str = "/_emulator/faults";

/// The first line of the program, without the address.
const ANNOUNCEMENT: &str = "listening on ";
/// A start takes milliseconds; a machine that is busy compiling may take longer.
const START_MAX: Duration = Duration::from_secs(60);
/// How long it may take to tidy up before it is killed.
const END_MAX: Duration = Duration::from_secs(5);

/// A running emulator. Dropping it ends it.
pub struct Emulator {
    url: String,
    child: Child,
    /// The emulator ends with its standard input, also when we are killed.
    stdin: Option<ChildStdin>,
}

impl Emulator {
    /// Builds and starts the emulator with options that take a number. It keeps files
    /// in `folder`.
    pub fn start(folder: &Path, options: &[(&str, u64)]) -> Result<Self> {
        let program = cargo::build_program("chatfile-emulator")?;
        Self::run(Command::new(&program), folder, options)
    }

    /// Starts the emulator that a command runs.
    pub fn run(mut command: Command, folder: &Path, options: &[(&str, u64)]) -> Result<Self> {
        command.arg("--exit-with-stdin").arg("--dir").arg(folder);
        for (option, number) in options {
            command.arg(option).arg(number.to_string());
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("cannot run {command:?}: {e}"))?;
        let stdout = child.stdout.take();
        let mut emulator = Self {
            url: String::new(),
            stdin: child.stdin.take(),
            child,
        };
        let first = stdout.and_then(first_line).unwrap_or_default();
        emulator.url = first
            .strip_prefix(ANNOUNCEMENT)
            .map(str::to_owned)
            .ok_or("the emulator did not say where it listens")?;
        Ok(emulator)
    }

    /// Where it listens, without a path.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Forgets all files, tokens and faults.
    pub fn reset(&self) -> Result<()> {
        self.ask("POST", "/_emulator/reset", "")?;
        Ok(())
    }

    /// Sets these faults, a JSON list of rules, in place of those that are set.
    pub fn set_faults(&self, rules: &str) -> Result<()> {
        self.ask("DELETE", FAULTS, "")?;
        self.ask("POST", FAULTS, rules)?;
        Ok(())
    }

    /// The kinds of the faults that were set, in order, each with how often it
    /// has happened.
    pub fn faults(&self) -> Result<Vec<(String, u64)>> {
        let answer: Value = serde_json::from_slice(&self.ask("GET", FAULTS, "")?)?;
        let rules = answer["faults"].as_array().ok_or("no list of faults")?;
        let fault = |rule: &Value| {
            let kind = rule["rule"]["action"]["type"].as_str()?;
            Some((kind.to_owned(), rule["fired"].as_u64()?))
        };
        rules
            .iter()
            .map(|rule| fault(rule).ok_or_else(|| "a fault without a type".into()))
            .collect()
    }

    /// HTTP/1.0 needs no more than this: the body ends with the connection.
    fn ask(&self, method: &str, path: &str, body: &str) -> Result<Vec<u8>> {
        let address = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(START_MAX))?;
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let head = answer.windows(4).position(|four| four == b"\r\n\r\n");
        match head {
            Some(end) if answer.starts_with(b"HTTP/1.") && answer[8..].starts_with(b" 200") => {
                Ok(answer.split_off(end + 4))
            }
            _ => Err(format!("{method} {path} gives no 200").into()),
        }
    }
}

/// The first line of the output. The rest is read and dropped, so that the
/// program never waits for a reader.
fn first_line(stdout: ChildStdout) -> Option<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(|line| line.ok()) {
            // Nobody receives any but the first.
            let _ = sender.send(line);
        }
    });
    receiver.recv_timeout(START_MAX).ok()
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stdin = None;
        let begun = Instant::now();
        while begun.elapsed() < END_MAX {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
