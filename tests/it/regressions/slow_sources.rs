//! A source that gives a byte at a time holds up neither a cancel nor a deadline.

use super::kit::{PATIENCE, as_form, emulator, must_end, netease, options};
use chatfile::{CancelHandle, ReadCallback, Source, Status, UploadOptions};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

/// So much that reading it to its end would show.
const LENGTH: u64 = 1_000_000;

/// Gives one byte for each permit, and tells when it is asked.
struct Permitted {
    asked: Sender<()>,
    permits: Receiver<()>,
}

impl ReadCallback for Permitted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The test is over when nobody listens, and when no permit comes.
        self.asked.send(()).map_err(io::Error::other)?;
        self.permits.recv().map_err(io::Error::other)?;
        buffer[0] = 1;
        Ok(1)
    }

    fn can_rewind(&self) -> bool {
        true
    }

    fn rewind(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type MakeOptions = fn() -> UploadOptions<'static>;

fn both_ways() -> [(&'static str, MakeOptions); 2] {
    [
        ("multipart", UploadOptions::default),
        // Here it is the counting pass that is held up.
        ("form", as_form),
    ]
}

#[test]
fn a_cancel_is_seen_before_the_next_byte() {
    let emulator = emulator();
    for (name, upload) in both_ways() {
        let client = netease(&emulator, options());
        let cancel = CancelHandle::new();
        let (asked, asks) = mpsc::channel();
        let (permit, permits) = mpsc::channel();
        let (done, result) = mpsc::channel();
        let handle = cancel.clone();
        std::thread::spawn(move || {
            let upload = upload().cancel(handle);
            let source = Source::callback(Permitted { asked, permits }, Some(LENGTH));
            done.send(client.upload(source, upload)).is_ok()
        });
        for _ in 0..3 {
            asks.recv_timeout(PATIENCE).expect(name);
            permit.send(()).unwrap();
        }
        asks.recv_timeout(PATIENCE).expect(name);
        cancel.cancel();
        permit.send(()).unwrap();
        let error = result.recv_timeout(PATIENCE).expect(name).unwrap_err();
        assert_eq!(error.status(), Status::Cancelled, "{name}: {error}");
        assert!(asks.try_recv().is_err(), "{name} asked for more");
    }
}

const DEADLINE: Duration = Duration::from_millis(200);

/// Its first byte comes when the deadline is over; the others come at once.
struct Late {
    reads: Arc<AtomicU32>,
}

impl ReadCallback for Late {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.reads.fetch_add(1, Ordering::Relaxed) == 0 {
            let begun = Instant::now();
            while begun.elapsed() < DEADLINE {
                std::thread::park_timeout(DEADLINE);
            }
        }
        buffer[0] = 1;
        Ok(1)
    }

    fn can_rewind(&self) -> bool {
        true
    }

    fn rewind(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_deadline_is_seen_before_the_next_byte() {
    let emulator = emulator();
    for (name, upload) in both_ways() {
        let options = options().deadline(DEADLINE);
        let client = netease(&emulator, options);
        let reads = Arc::new(AtomicU32::new(0));
        let late = Late {
            reads: Arc::clone(&reads),
        };
        let result =
            must_end(move || client.upload(Source::callback(late, Some(LENGTH)), upload()));
        let error = result.unwrap_err();
        assert_eq!(error.status(), Status::Deadline, "{name}: {error}");
        assert!(reads.load(Ordering::Relaxed) <= 1, "{name} read on");
    }
}
