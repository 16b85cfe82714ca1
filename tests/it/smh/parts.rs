//! Uploads in parts: sizes, order, renewal, damage, stops.

use super::*;
use chatfile::{CancelHandle, Error, Leftover, SmhUploadMethod, Status};
use chatfile_emulator::Canned;
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;

fn in_parts() -> SmhUpload {
    SmhUpload::default()
        .method(SmhUploadMethod::Parts)
        .part_size(MIB as u64)
        .skip_instant(true)
}

#[test]
fn parts_side_by_side_are_one_file() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    for (parallel, length) in [(1, 3 * MIB), (4, 9 * MIB), (16, 5 * MIB + 1), (3, MIB)] {
        let data = pattern(length);
        let name = format!("{parallel} {length}");
        let options = named(&name, in_parts()).parallel_parts(parallel);
        emulator.control().clear_journal();
        let stored = client.upload(Source::bytes(&data), options).unwrap();
        assert_eq!(stored.size, length as u64);
        assert_eq!(count(&emulator, "part_put"), length.div_ceil(MIB));
        assert_eq!(fetch(&client, &name), data);
    }
}

#[test]
fn a_private_deployment_signs_each_part() {
    let emulator = emulator(|smh| {
        smh.private_cloud = true;
        smh.min_part = 1;
    });
    let client = client(&emulator);
    for (length, begins) in [(0, 1), (1, 1), (3 * MIB, 1), (51 * MIB, 1)] {
        emulator.control().clear_journal();
        let data = pattern(length);
        let name = format!("{length}");
        upload(&client, &name, &data, in_parts()).unwrap();
        assert_eq!(count(&emulator, "begin_multipart"), begins);
        assert_eq!(fetch(&client, &name), data);
        assert_eq!(count(&emulator, "renew"), usize::from(length > 50 * MIB));
    }
    upload(&client, "simple", b"x", SmhUpload::default()).unwrap();
}

#[test]
fn credentials_are_renewed_before_and_after_they_expire() {
    // In seconds; less than a busy machine may take for a part would be a refusal of its own.
    for life in [10, 3600] {
        let emulator = emulator(|smh| smh.upload_ttl = life);
        let client = client(&emulator);
        let data = pattern(6 * MIB);
        // The same part twice would be a matter of clocks.
        for part in 3..=5 {
            let rule = Rule::new(refusal("expired")).verb("part_put");
            let rule = rule.path_contains(&format!("partNumber={part}"));
            emulator.control().add_fault(rule.times(1)).unwrap();
        }
        upload(&client, "a", &data, in_parts()).unwrap();
        assert_eq!(fetch(&client, "a"), data);
        assert!(count(&emulator, "renew") >= 1);
    }
}

#[test]
fn what_arrives_damaged_is_sent_again() {
    let md5 = || ("ETag".to_owned(), format!("\"{}\"", "0".repeat(32)));
    let crc64 = || ("x-cos-hash-crc64ecma".to_owned(), "1".to_owned());
    for (method, verb) in [
        (SmhUploadMethod::Parts, "part_put"),
        (SmhUploadMethod::Simple, "put"),
        (SmhUploadMethod::Form, "form_post"),
    ] {
        // By the CRC-64 of COS, or by an MD5 where there is none.
        for headers in [vec![md5(), crc64()], vec![md5()]] {
            let emulator = emulator(|_| {});
            let client = client(&emulator);
            let data = pattern(3 * MIB);
            let wrong = Action::Answer(Canned {
                status: 200,
                headers,
                ..Canned::default()
            });
            fault(&emulator, verb, wrong);
            let smh = match method {
                SmhUploadMethod::Parts => in_parts(),
                other => SmhUpload::default().method(other).skip_instant(true),
            };
            let stored = upload(&client, "a", &data, smh).unwrap();
            assert_eq!(stored.attempts, 2, "{verb}");
            assert_eq!(fetch(&client, "a"), data);
        }
    }
}

#[test]
fn callbacks_run_on_the_calling_thread_only() {
    let emulator = emulator(|_| {});
    let threads: Arc<Mutex<Vec<ThreadId>>> = Arc::default();
    let log_threads = Arc::clone(&threads);
    let client = Client::smh(
        config(&emulator),
        options().log(chatfile::LogLevel::Debug, move |_, _: &str| {
            log_threads
                .lock()
                .unwrap()
                .push(std::thread::current().id());
        }),
    )
    .unwrap();
    let rule = Rule::new(refusal("503"));
    emulator
        .control()
        .add_fault(rule.verb("part_put").every(3).times(3))
        .unwrap();
    let data = pattern(9 * MIB);
    let mut reports = Vec::new();
    let progress_threads = Arc::clone(&threads);
    let upload_options = named("a", in_parts()).progress(|progress| {
        reports.push((progress.done, progress.finished));
        progress_threads
            .lock()
            .unwrap()
            .push(std::thread::current().id());
        Ok(())
    });
    client.upload(Source::bytes(&data), upload_options).unwrap();
    let here = std::thread::current().id();
    let threads = threads.lock().unwrap();
    assert!(threads.len() > 9);
    assert!(threads.iter().all(|thread| *thread == here));
    assert!(reports.is_sorted(), "{reports:?}");
    assert_eq!(reports.last(), Some(&(data.len() as u64, true)));
    let early = &reports[..reports.len() - 1];
    assert!(early.iter().all(|(done, _)| *done < data.len() as u64));
}

#[test]
fn a_stop_ends_all_threads_and_says_how_to_go_on() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let data = pattern(8 * MIB);
    let rule = Rule::new(Action::StallReceiving { after: 1000 }).verb("part_put");
    emulator.control().add_fault(rule.skip(2)).unwrap();
    let cancel = CancelHandle::new();
    let error = std::thread::scope(|scope| {
        let call = scope.spawn(|| {
            let options = named("a", in_parts()).cancel(cancel.clone());
            client.upload(Source::bytes(&data), options).unwrap_err()
        });
        let control = emulator.control();
        let enough = |entries: &[_]| entries.len() > 4;
        control.wait_for(Duration::from_secs(60), enough).unwrap();
        cancel.cancel();
        call.join().unwrap()
    });
    assert_eq!(error.status(), Status::Cancelled);
    let token = error.resume_token().unwrap().to_owned();
    emulator.control().clear_faults();
    client
        .abort_upload(Leftover::Token(token.clone()), Default::default())
        .unwrap();
    client
        .abort_upload(Leftover::Token(token.clone()), Default::default())
        .unwrap();
    let stop = |_| Err(Error::callback("progress", 7));
    let options = named("a", in_parts()).progress(stop);
    let error = client.upload(Source::bytes(&data), options).unwrap_err();
    assert_eq!(error.callback_value(), Some(7));
}

#[test]
fn a_part_that_is_refused_for_good_ends_the_upload() {
    let emulator = emulator(|_| {});
    let client = client(&emulator);
    let data = pattern(8 * MIB);
    let rule = Rule::new(refusal("EntityTooLarge"))
        .verb("part_put")
        .skip(3);
    emulator.control().add_fault(rule).unwrap();
    let error = upload(&client, "a", &data, in_parts()).unwrap_err();
    assert_eq!(error.status(), Status::TooLarge, "{error}");
    assert_eq!(error.resume_token(), None);
    assert_eq!(count(&emulator, "cancel"), 1);
}
