//! The caller's own callbacks take as long as they like.

use super::kit::{emulator, must_end, netease, options, single_attempt, with_token};
use super::server::Server;
use chatfile::{CancelHandle, DownloadOptions, Sink, Source, UploadOptions};
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::sleep;
use std::time::Duration;

const STALL: Duration = Duration::from_millis(200);

/// Downloads from a server that answers while a callback runs, and later than anything is waited
/// for. `options` are told what the callback does.
fn download(
    options: impl FnOnce(Box<dyn Fn() + Send + Sync>) -> DownloadOptions<'static> + Send + 'static,
) {
    let is_asked = Arc::new(AtomicBool::new(false));
    let has_asked = Arc::clone(&is_asked);
    let (begun, begins) = mpsc::channel();
    let (ends, end) = mpsc::channel();
    let waits = Mutex::new((begins, ends));
    let server = Server::start(move |visit| {
        visit.head();
        has_asked.store(true, Ordering::Release);
        let waits = waits.lock().unwrap();
        waits.0.recv().unwrap();
        sleep(2 * STALL);
        visit.answer(200, "", "hello");
        waits.1.send(()).unwrap();
    });
    let waits = Mutex::new((begun, end));
    let callback = move || {
        if is_asked.swap(false, Ordering::AcqRel) {
            let waits = waits.lock().unwrap();
            waits.0.send(()).unwrap();
            waits.1.recv().unwrap();
        }
    };
    let got = must_end(move || {
        let client = with_token(server.url(), single_attempt().stall_timeout(STALL));
        client.download("5f", Sink::buffer(), options(Box::new(callback)))
    });
    assert_eq!(got.unwrap().data.unwrap(), b"hello");
}

#[test]
fn what_they_take_is_no_stall() {
    download(|callback| {
        DownloadOptions::default().progress(move |_| {
            callback();
            Ok(())
        })
    });
    download(|callback| {
        let go_on = move || {
            callback();
            true
        };
        DownloadOptions::default().cancel(CancelHandle::asking(go_on))
    });
}

/// A stream that goes on until progress was reported a few times.
struct UntilReported(Arc<AtomicU32>);

impl Read for UntilReported {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.load(Ordering::Relaxed) > 2 {
            return Ok(0);
        }
        sleep(Duration::from_millis(5));
        buffer[0] = b'x';
        Ok(1)
    }
}

#[test]
fn progress_is_reported_while_a_stream_is_kept() {
    let emulator = emulator();
    let client = netease(&emulator, options());
    let upload = must_end(move || {
        let reports = Arc::new(AtomicU32::new(0));
        let source = Source::stream(UntilReported(Arc::clone(&reports)));
        let options = UploadOptions::default().progress(move |progress| {
            if progress.done == 0 && progress.total.is_none() {
                reports.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        });
        client.upload(source, options)
    });
    assert!(upload.unwrap().size > 0);
}
