//! Two downloads to one path do not get into each other's way.

use super::kit::{
    Folder, PATIENCE, download_resumably, easemob, emulator, options, single_attempt, with_token,
};
use super::server::Server;
use chatfile::{DownloadOptions, Sink, Source, Status, UploadOptions};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex, mpsc};
use std::time::Instant;

#[test]
fn a_second_resumable_download_to_a_path_is_refused_while_the_first_runs() {
    let (begun, begins) = mpsc::channel();
    let (go_on, goes_on) = mpsc::channel::<()>();
    let goes_on = Mutex::new(goes_on);
    let server = Server::start(move |visit| {
        visit.head();
        let head = "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 10\r\n\r\nAAAAA";
        visit.say(head).unwrap();
        begun.send(()).unwrap();
        goes_on.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        visit.say("AAAAA").unwrap();
    });
    let folder = Folder::new("one-target");
    let target = folder.join("file");
    let client = with_token(server.url(), options());
    std::thread::scope(|scope| {
        let first = scope.spawn(|| download_resumably(&client, &target));
        begins.recv_timeout(PATIENCE).unwrap();
        let error = download_resumably(&client, &target).unwrap_err();
        assert_eq!(error.status(), Status::Sink, "{error}");
        assert_eq!(error.attempts(), 0);
        assert!(error.message().contains("under way"), "{error}");
        go_on.send(()).unwrap();
        assert_eq!(first.join().unwrap().unwrap(), 10);
    });
    assert_eq!(std::fs::read(&target).unwrap(), b"AAAAAAAAAA");
    assert_eq!(folder.names(), ["file"]);
    assert_eq!(server.heads().len(), 1);
}

/// A race is not lost each time.
const ROUNDS: usize = 50;

#[test]
fn a_newcomer_does_not_touch_what_the_first_has_just_finished() {
    let server = Server::start(|visit| {
        // Only the first download of a round asks for this file.
        if visit.head().contains("/chatfiles/5f ") {
            visit.answer(200, "ETag: \"v1\"\r\n", "AAAAAAAAAA");
        }
    });
    let folder = Folder::new("newcomer");
    let client = with_token(server.url(), single_attempt());
    for round in 0..ROUNDS {
        let target = folder.join(&format!("file{round}"));
        let is_over = AtomicBool::new(false);
        let begun = Instant::now();
        let result = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let options = DownloadOptions::default().resume(true);
                    // It gets nothing, whether it gets to ask or not.
                    let result = client.download("0", Sink::path(&target), options);
                    assert!(result.is_err());
                }
            });
            // Until it is its turn.
            let mut result = download_resumably(&client, &target);
            while result.is_err() && begun.elapsed() < PATIENCE {
                result = download_resumably(&client, &target);
            }
            is_over.store(true, Ordering::Relaxed);
            result
        });
        result.unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"AAAAAAAAAA", "{round}");
        assert_eq!(folder.names().len(), round + 1, "{:?}", folder.names());
    }
}

#[test]
fn whoever_wins_the_finished_file_is_whole() {
    let emulator = emulator();
    let client = easemob(&emulator, options());
    let data = vec![7; 20_000];
    let stored = client
        .upload(Source::bytes(&data), UploadOptions::default())
        .unwrap();
    let folder = Folder::new("race");
    for round in 0..20 {
        let target = folder.join(&format!("file{round}"));
        let together = Barrier::new(2);
        let download = || {
            together.wait();
            let options = DownloadOptions::default().resume(true);
            client
                .download(&stored.file, Sink::path(&target), options)
                .map_err(|e| e.status())
        };
        let results = std::thread::scope(|scope| {
            let calls = [scope.spawn(download), scope.spawn(download)];
            calls.map(|call| call.join().unwrap())
        });
        assert!(results.iter().any(Result::is_ok), "{results:?}");
        for result in results {
            assert!(matches!(result, Ok(_) | Err(Status::Sink)), "{result:?}");
        }
        assert!(std::fs::read(&target).unwrap() == data);
        assert_eq!(folder.names().len(), round + 1, "nothing else is left");
    }
}
