//! The caller's own callbacks take as long as they like.

use super::kit::{must_end, single_attempt, with_token};
use super::server::Server;
use chatfile::{CancelHandle, DownloadOptions, Sink};
use std::sync::atomic::{AtomicBool, Ordering};
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
