//! A driver that is a program: it reads lines from its standard input and answers on its standard output.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use chatfile_ffi_tests::platform::Platform;

use super::Front;
use crate::protocol::Line;

/// Only a driver that hangs takes so long.
const PATIENCE: Duration = Duration::from_secs(180);

pub struct Process {
    child: Child,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
    slow: bool,
    empty_is_unset: bool,
    names_of_header: bool,
}

impl Process {
    /// `slow` says that it runs in an emulator of a processor or the like.
    pub fn start(mut command: Command, slow: bool) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // In wine, Python takes no file for it.
        if Platform::foreign().is_some() {
            command.stderr(Stdio::piped());
        }
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        if let Some(mut errors) = child.stderr.take() {
            std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::stderr()));
        }
        let input = child.stdin.take();
        let output = child.stdout.take().unwrap();
        let (sender, answers) = channel();
        // Reads on its own thread, so that a driver that hangs is noticed. Ends with the driver's output.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut started = Self {
            child,
            input,
            answers,
            slow,
            empty_is_unset: false,
            names_of_header: false,
        };
        // Once it answers, it has begun.
        let version = started.call(&Line::new("version"));
        started.empty_is_unset = version.get("empty_is_unset").is_some();
        started.names_of_header = version.get("names_of_header").is_some();
        started
    }
}

impl Front for Process {
    fn call(&mut self, line: &Line) -> Line {
        let input = self.input.as_mut().unwrap();
        // In one piece: piece by piece, as it is formatted, each byte would wake the driver.
        let sent = input.write_all(format!("{line}\n").as_bytes());
        sent.unwrap_or_else(|error| panic!("the driver is gone: {error}"));
        match self.answers.recv_timeout(PATIENCE) {
            Ok(answer) => Line::parse(&answer),
            Err(error) => panic!("the driver does not answer {line}: {error}"),
        }
    }

    fn is_c_abi(&self) -> bool {
        true
    }

    fn has_names_of_header(&self) -> bool {
        self.names_of_header
    }

    fn tells_empty_texts(&self) -> bool {
        !self.empty_is_unset
    }

    fn is_slow(&self) -> bool {
        self.slow
    }

    fn descriptors(&self) -> Option<usize> {
        // What stands for a program of another platform has files of its own open.
        if Platform::foreign().is_some() {
            return None;
        }
        let folder = format!("/proc/{}/fd", self.child.id());
        Some(std::fs::read_dir(folder).ok()?.count())
    }

    fn close(mut self: Box<Self>) {
        drop(self.input.take());
        let status = self.child.wait().unwrap();
        assert!(status.success(), "the driver ended with {status}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // After `close` this does nothing; after a panic nobody waits for the driver.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
