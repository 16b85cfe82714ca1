//! The driver, against a service that is told how to behave.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::test_kit::{CLOSED, PART, Toy};
use crate::error::{Remedy, Status};
use crate::{CancelHandle, Client, Source, UploadOptions};
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::time::Duration;

/// Bytes of which no two parts are the same, and all but the last are whole.
fn parts(count: usize) -> Vec<u8> {
    (0..count * PART - 7)
        .map(|i| (31 * i + 7 * (i >> 8) + i / PART) as u8)
        .collect()
}

/// Breaks an upload off at this part, of those that are sent one after the other;
/// returns its token.
fn broken(toy: &Toy, data: &[u8], at: u32) -> String {
    toy.state().refused.insert(at, (413, 1));
    let error = toy.resume(data, None).unwrap_err();
    assert_eq!(error.status(), Status::TooLarge);
    toy.calls();
    error.resume_token().unwrap().to_owned()
}

fn is_whole(toy: &Toy, data: &[u8]) {
    assert!(toy.state().file.as_deref() == Some(data));
}

#[test]
fn a_file_is_sent_in_parts_one_by_one_and_side_by_side() {
    for by_hash in [false, true] {
        for threads in [1, 3] {
            let toy = Toy::new();
            toy.state().by_hash = by_hash;
            let data = parts(5);
            let upload = toy.upload(&data, threads).unwrap();
            assert!(!upload.instant);
            is_whole(&toy, &data);
            let mut calls = toy.calls();
            // Side by side they come as they come.
            calls[2..7].sort();
            let sent = ["part 1", "part 2", "part 3", "part 4", "part 5"];
            assert_eq!(calls[..2], ["plan", "begin"]);
            assert_eq!(calls[2..7], sent);
            assert_eq!(calls[7..], ["complete"]);
        }
    }
}

#[test]
fn what_the_service_has_is_not_sent() {
    let toy = Toy::new();
    toy.state().knows_file = true;
    assert!(toy.upload(&parts(5), 4).unwrap().instant);
    assert_eq!(toy.calls(), ["plan", "begin"]);
}

#[test]
fn a_stream_is_sent_one_by_one() {
    let toy = Toy::new();
    let data = parts(3);
    let source = Source::reader(&data[..], data.len() as u64);
    toy.client()
        .upload(source, UploadOptions::default())
        .unwrap();
    is_whole(&toy, &data);
    let sent = ["plan", "begin", "part 1", "part 2", "part 3", "complete"];
    assert_eq!(toy.calls(), sent);
}

#[test]
fn progress_counts_what_has_arrived_and_what_is_under_way() {
    for threads in [1, 3] {
        let toy = Toy::new();
        let data = parts(6);
        let token = broken(&toy, &data, 4);
        let mut reports = Vec::new();
        let options = UploadOptions {
            resume_token: Some(token),
            parallel_parts: Some(threads),
            progress: Some(Box::new(|progress| {
                reports.push((progress.done, progress.finished));
                Ok(())
            })),
            ..UploadOptions::default()
        };
        toy.client().upload(Source::bytes(&data), options).unwrap();
        assert!(reports.is_sorted(), "{reports:?}");
        assert_eq!(reports.last(), Some(&(data.len() as u64, true)));
    }
}

#[test]
fn only_the_holes_are_sent() {
    for by_hash in [false, true] {
        let toy = Toy::new();
        toy.state().by_hash = by_hash;
        let data = parts(6);
        let token = broken(&toy, &data, 5);
        if !by_hash {
            // The list counts, whatever was noted.
            toy.state().unlisted = BTreeSet::from([2]);
        }
        toy.resume(&data, Some(&token)).unwrap();
        is_whole(&toy, &data);
        // Permission is got for all that is missing.
        if by_hash {
            let sent = [
                "plan",
                "find",
                "renew [5, 6]",
                "part 5",
                "part 6",
                "complete",
            ];
            assert_eq!(toy.calls(), sent);
        } else {
            let calls = toy.calls();
            assert_eq!(calls[..3], ["plan", "find", "renew [2, 5, 6]"]);
            assert_eq!(calls[3..], ["part 2", "part 5", "part 6", "complete"]);
        }
    }
}

#[test]
fn what_was_cut_from_a_list_is_taken_from_the_checkpoint() {
    for is_cut in [false, true] {
        let toy = Toy::new();
        let data = parts(6);
        let token = broken(&toy, &data, 5);
        toy.state().unlisted = BTreeSet::from([3, 4]);
        toy.state().is_cut = is_cut;
        toy.resume(&data, Some(&token)).unwrap();
        is_whole(&toy, &data);
        let renewed = if is_cut {
            "renew [5, 6]"
        } else {
            "renew [3, 4, 5, 6]"
        };
        assert_eq!(toy.calls()[2], renewed);
    }
}

/// A list is cut at its end.
#[test]
fn what_a_list_lacks_that_goes_on_behind_it_is_sent_again() {
    let toy = Toy::new();
    let data = parts(6);
    let token = broken(&toy, &data, 5);
    {
        let state = &mut *toy.state();
        state.uploads.get_mut("u1").unwrap().remove(&1);
        state.is_cut = true;
    }
    toy.resume(&data, Some(&token)).unwrap();
    is_whole(&toy, &data);
    assert_eq!(toy.calls()[2], "renew [1, 5, 6]");
}

#[test]
fn parts_with_other_bytes_are_sent_again() {
    let toy = Toy::new();
    let data = parts(6);
    let token = broken(&toy, &data, 5);
    {
        let state = &mut *toy.state();
        let stored = state.uploads.get_mut("u1").unwrap();
        // Other bytes, fewer bytes, and an MD5 that is only in the checkpoint.
        stored.get_mut(&1).unwrap()[0] ^= 1;
        stored.get_mut(&2).unwrap().pop();
        state.without_md5 = BTreeSet::from([2, 3]);
    }
    toy.resume(&data, Some(&token)).unwrap();
    is_whole(&toy, &data);
    assert_eq!(toy.calls()[2], "renew [1, 2, 5, 6]");
}

/// Whether the store states a CRC-64 as expected, an MD5 against expectation, or one that
/// nothing was known of.
#[test]
fn a_part_that_arrives_damaged_is_sent_again() {
    for (promises_crc64, states_crc64) in
        [(true, true), (true, false), (false, true), (false, false)]
    {
        for threads in [1, 3] {
            let toy = Toy::new();
            {
                let state = &mut *toy.state();
                (state.promises_crc64, state.states_crc64) = (promises_crc64, states_crc64);
                state.damaged = 2;
            }
            let data = parts(3);
            toy.upload(&data, threads).unwrap();
            is_whole(&toy, &data);
            let calls = toy.calls();
            assert_eq!(calls.iter().filter(|c| c.starts_with("part")).count(), 5);
        }
    }
}

#[test]
fn parts_that_were_compared_by_their_crc64_are_gone_on_with() {
    let toy = Toy::new();
    {
        let state = &mut *toy.state();
        (state.promises_crc64, state.states_crc64) = (true, true);
    }
    let data = parts(6);
    let token = broken(&toy, &data, 5);
    {
        let state = &mut *toy.state();
        state.uploads.get_mut("u1").unwrap().get_mut(&1).unwrap()[0] ^= 1;
        state.without_md5 = BTreeSet::from([2]);
    }
    toy.resume(&data, Some(&token)).unwrap();
    is_whole(&toy, &data);
    assert_eq!(toy.calls()[2], "renew [1, 5, 6]");
}

#[test]
fn a_file_that_has_changed_is_sent_from_the_start() {
    let toy = Toy::new();
    let data = parts(6);
    let token = broken(&toy, &data, 5);
    let other = parts(5);
    toy.resume(&other, Some(&token)).unwrap();
    is_whole(&toy, &other);
    let calls = toy.calls();
    assert_eq!(calls[..4], ["plan", "find", "cancel u1", "begin"]);
    // Who knows it by its hash sees that, and has nothing to be told.
    let toy = Toy::new();
    toy.state().by_hash = true;
    let token = broken(&toy, &data, 5);
    toy.resume(&other, Some(&token)).unwrap();
    is_whole(&toy, &other);
    assert_eq!(toy.calls()[..3], ["plan", "find", "begin"]);
}

#[test]
fn an_upload_that_was_over_is_known_by_its_bytes() {
    let toy = Toy::new();
    let data = parts(3);
    let token = broken(&toy, &data, 3);
    toy.state().file = Some(data.clone());
    let upload = toy.resume(&data, Some(&token)).unwrap();
    assert!(!upload.instant);
    assert_eq!(toy.calls(), ["plan", "find"]);
    // Of other bytes, it is another file.
    let token = {
        toy.state().file = None;
        broken(&toy, &data, 3)
    };
    toy.state().file = Some(parts(2));
    toy.resume(&data, Some(&token)).unwrap();
    assert_eq!(toy.calls()[..3], ["plan", "find", "begin"]);
    is_whole(&toy, &data);
}

#[test]
fn a_permission_that_expires_in_the_middle_is_got_again() {
    for threads in [1, 3] {
        let toy = Toy::new();
        let data = parts(9);
        toy.state().permission_ends_after = Some(4);
        toy.upload(&data, threads).unwrap();
        is_whole(&toy, &data);
        let calls = toy.calls();
        let count = |what: &str| calls.iter().filter(|call| call.starts_with(what)).count();
        // Those that were under way with it are refused, too, and have the new one
        // for nothing.
        assert_eq!(count("renew"), 1, "{calls:?}");
        assert!((10..=9 + threads as usize).contains(&count("part")));
    }
}

#[test]
fn a_permission_is_got_again_before_it_expires() {
    let toy = Toy::new();
    toy.state().permission_life = Some(Duration::ZERO);
    let data = parts(2);
    toy.upload(&data, 1).unwrap();
    // Permission that is over when it is given out is used all the same: clocks may lie.
    let sent = [
        "plan",
        "begin",
        "renew [1, 2]",
        "part 1",
        "part 2",
        "complete",
    ];
    assert_eq!(toy.calls(), sent);
}

#[test]
fn a_permission_that_is_always_refused_is_got_again_a_few_times() {
    // Without a reason, it is no matter of time.
    for (status, times) in [(403, 3), (401, 1)] {
        for threads in [1, 4] {
            let toy = Toy::new();
            toy.state().refused.insert(2, (status, 100));
            let error = toy.upload(&parts(2), threads).unwrap_err();
            assert_eq!(error.status(), Status::Forbidden);
            let calls = toy.calls();
            let count = |what: &str| calls.iter().filter(|call| call.starts_with(what)).count();
            assert_eq!(count("renew"), times, "{calls:?}");
            assert_eq!(count("part 2"), times + 1, "{calls:?}");
        }
    }
}

#[test]
fn a_permission_that_is_refused_long_before_its_time_is_a_matter_of_clocks() {
    for threads in [1, 4] {
        let toy = Toy::new();
        toy.state().permission_life = Some(Duration::from_secs(600));
        toy.state().refused.insert(2, (403, 1));
        toy.upload(&parts(2), threads).unwrap();
        toy.calls();
        toy.state().refused.insert(2, (403, 100));
        let error = toy.upload(&parts(2), threads).unwrap_err();
        assert_eq!(error.status(), Status::Forbidden);
        assert!(error.message().contains("clocks"), "{error}");
        let calls = toy.calls();
        let count = |what: &str| calls.iter().filter(|call| call.starts_with(what)).count();
        assert_eq!((count("renew"), count("part 2")), (1, 2), "{calls:?}");
    }
}

#[test]
fn another_upload_in_the_place_of_a_permission_is_what_is_kept() {
    let toy = Toy::new();
    toy.state().begins_again = true;
    toy.state().permission = 2;
    toy.state().permission_ends_after = Some(0);
    let data = parts(1);
    toy.state().unfinished = vec![Remedy::Permission];
    let error = toy.resume(&data, None).unwrap_err();
    assert!(error.resume_token().unwrap().contains("\"u2 "));
    let sent = ["plan", "begin", "part 1", "renew [1]", "part 1", "complete"];
    assert_eq!(toy.calls(), sent);
}

#[test]
fn an_upload_that_is_gone_begins_anew() {
    // It is said when it is asked for, or shown by a part, or by the completion.
    for by_hash in [false, true] {
        for at in [4, 5] {
            let toy = Toy::new();
            toy.state().by_hash = by_hash;
            let data = parts(4);
            let token = if at == 4 {
                broken(&toy, &data, at)
            } else {
                toy.state().unfinished = vec![Remedy::Permission];
                let error = toy.resume(&data, None).unwrap_err();
                toy.calls();
                error.resume_token().unwrap().to_owned()
            };
            toy.state().uploads.clear();
            toy.resume(&data, Some(&token)).unwrap();
            is_whole(&toy, &data);
            let mut before = vec!["plan", "find"];
            match (by_hash, at) {
                (false, _) => {}
                (true, 4) => before.extend(["renew [4]", "part 4", "cancel u1"]),
                (true, _) => before.extend(["complete", "cancel u1"]),
            }
            let calls = toy.calls();
            assert_eq!(calls[..before.len()], before);
            let sent = ["begin", "part 1", "part 2", "part 3", "part 4", "complete"];
            assert_eq!(calls[before.len()..], sent);
        }
    }
}

#[test]
fn what_the_service_has_no_more_is_not_handed_out_again() {
    let data = parts(5);
    let mut others = parts(5);
    others.push(0);
    // It has forgotten the upload, or has been told to forget it, as one of another file.
    for (is_gone, data, calls) in [
        (true, &data, vec!["plan", "find", "begin"]),
        (false, &others, vec!["plan", "find", "cancel u1", "begin"]),
    ] {
        let toy = Toy::new();
        let token = broken(&toy, &parts(5), 3);
        toy.state().refuses_new = true;
        if is_gone {
            toy.state().uploads.clear();
        }
        let error = toy.resume(data, Some(&token)).unwrap_err();
        assert_eq!(error.status(), Status::Conflict);
        assert_eq!(toy.calls(), calls);
        assert_eq!(error.resume_token(), None);
    }
}

#[test]
fn an_upload_that_is_given_up_by_others_while_it_is_sent_fails() {
    let toy = Toy::new();
    toy.state().refused.insert(2, (404, 1));
    let error = toy.upload(&parts(3), 1).unwrap_err();
    assert_eq!(error.status(), Status::NotFound);
    assert_eq!(
        toy.calls(),
        ["plan", "begin", "part 1", "part 2", "cancel u1"]
    );
}

#[test]
fn what_is_damaged_when_it_is_complete_is_sent_again() {
    let toy = Toy::new();
    let data = parts(1);
    toy.state().unfinished = vec![Remedy::Resend];
    assert!(!toy.upload(&data, 1).unwrap().instant);
    is_whole(&toy, &data);
    let calls = toy.calls();
    assert_eq!(calls[..4], ["plan", "begin", "part 1", "complete"]);
    assert_eq!(calls[4..7], ["cancel u1", "plan", "begin"]);
    assert_eq!(calls[7..], ["part 1", "complete"]);
    // As often as attempts are made.
    toy.state().unfinished = vec![Remedy::Resend; 9];
    let error = toy.upload(&data, 1).unwrap_err();
    assert_eq!((error.attempts(), error.resume_token()), (4, None));
    let cancelled = |call: &&String| call.starts_with("cancel");
    assert_eq!(toy.calls().iter().filter(cancelled).count(), 4);
}

#[test]
fn limits_that_have_changed_are_asked_for_once_more() {
    let toy = Toy::new();
    toy.state().part_size = 2 * PART;
    let data = parts(4);
    toy.upload(&data, 1).unwrap();
    is_whole(&toy, &data);
    let sent = [
        "plan",
        "begin",
        "plan anew",
        "begin",
        "part 1",
        "part 2",
        "complete",
    ];
    assert_eq!(toy.calls(), sent);
}

#[test]
fn a_failure_leaves_nothing_behind_unless_it_is_to_be_resumed() {
    for (is_wanted, can_cancel, is_kept) in [
        (false, true, false),
        (false, false, true),
        (true, true, true),
    ] {
        for threads in [1, 3] {
            let toy = Toy::new();
            toy.state().can_cancel = can_cancel;
            toy.state().refused.insert(3, (413, 1));
            let data = parts(4);
            let options = UploadOptions {
                resumable: is_wanted,
                parallel_parts: Some(threads),
                ..UploadOptions::default()
            };
            let error = toy
                .client()
                .upload(Source::bytes(&data), options)
                .unwrap_err();
            assert_eq!(error.status(), Status::TooLarge);
            assert_eq!(error.resume_token().is_some(), is_kept);
            let is_told = toy.calls().iter().any(|call| call == "cancel u1");
            assert_eq!(is_told, !is_wanted);
            assert_eq!(toy.state().uploads.contains_key("u1"), is_kept);
        }
    }
}

#[test]
fn whoever_is_out_of_touch_is_not_told_to_forget() {
    let toy = Toy::new();
    toy.state().refused.insert(2, (CLOSED, 100));
    let error = toy.upload(&parts(3), 1).unwrap_err();
    assert_eq!(error.status(), Status::ConnectionLost);
    assert!(error.resume_token().is_some());
    assert!(!toy.calls().iter().any(|call| call.starts_with("cancel")));
    toy.state().refused.clear();
    let data = parts(3);
    toy.resume(&data, error.resume_token()).unwrap();
    is_whole(&toy, &data);
}

/// Cancels the call in the middle of a part.
struct Trip<'t> {
    data: &'t [u8],
    cancel: CancelHandle,
}

impl Read for Trip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = buffer.len().min(PART / 2);
        let got = self.data.read(&mut buffer[..room])?;
        if self.data.len() < 2 * PART {
            self.cancel.cancel();
        }
        Ok(got)
    }
}

#[test]
fn a_stop_hands_out_a_token_without_another_call() {
    let toy = Toy::new();
    let data = parts(4);
    let cancel = CancelHandle::new();
    let source = Trip {
        data: &data,
        cancel: cancel.clone(),
    };
    let options = UploadOptions {
        cancel: Some(cancel),
        ..UploadOptions::default()
    };
    let source = Source::reader(source, data.len() as u64);
    let error = toy.client().upload(source, options).unwrap_err();
    assert_eq!(error.status(), Status::Cancelled);
    assert!(error.resume_token().is_some());
    assert!(!toy.calls().iter().any(|call| call.starts_with("cancel")));
}

#[test]
fn a_file_that_is_cut_on_its_way_goes_in_parts() {
    const CUT: (u16, u32) = (CLOSED, 1);
    let calls = |count, refusal, divides_by| {
        let toy = Toy::new();
        toy.state().divides_by = divides_by;
        toy.state().refused.insert(1, refusal);
        let data = parts(count);
        let result = toy.upload(&data, 1);
        assert_eq!(toy.state().file.is_some(), result.is_ok());
        if result.is_ok() {
            is_whole(&toy, &data);
        }
        toy.calls().join(", ")
    };
    // 1 MiB has to have gone.
    let (large, small, by) = (1500, 900, Some(1000 * PART));
    assert_eq!(
        calls(large, CUT, by),
        "plan, begin, part 1, divide, cancel u1, plan, begin, part 1, part 2, complete"
    );
    assert_eq!(
        calls(small, CUT, by),
        "plan, begin, part 1, part 1, complete"
    );
    // Nor in smaller ones than it has them.
    assert_eq!(
        calls(large, (CLOSED, 2), by),
        "plan, begin, part 1, divide, cancel u1, plan, begin, part 1, part 1, part 2, complete"
    );
    // What the store refuses is none the better for it.
    assert_eq!(calls(large, (413, 1), by), "plan, begin, part 1, cancel u1");
}

#[test]
fn what_can_be_read_once_is_not_divided_nor_where_one_attempt_is_wanted() {
    let toy = Toy::new();
    let data = parts(1500);
    let fails = |client: Client, source: Source<'_>| {
        toy.state().divides_by = Some(1000 * PART);
        toy.state().refused.insert(1, (CLOSED, 1));
        let error = client.upload(source, UploadOptions::default()).unwrap_err();
        assert_eq!((error.attempts(), error.is_retryable()), (1, true));
        assert!(!toy.calls().contains(&"complete".to_owned()));
    };
    let len = data.len() as u64;
    fails(toy.client(), Source::reader(&data[..], len));
    fails(toy.client_with(Some(1)), Source::bytes(&data));
}
