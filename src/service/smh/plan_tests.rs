#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::error::Status;

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

fn options(method: SmhUploadMethod) -> SmhUpload {
    SmhUpload {
        method,
        ..SmhUpload::default()
    }
}

#[test]
fn the_method_is_chosen_by_size() {
    let chosen = |size| chosen_method(size, &SmhUpload::default());
    assert_eq!(chosen(0), UploadKind::Simple);
    assert_eq!(chosen(32 * MIB), UploadKind::Simple);
    assert_eq!(chosen(32 * MIB + 1), UploadKind::Parts);
    for (method, kind) in [
        (SmhUploadMethod::Simple, UploadKind::Simple),
        (SmhUploadMethod::Form, UploadKind::Form),
        (SmhUploadMethod::Parts, UploadKind::Parts),
    ] {
        for size in [0, 32 * MIB + 1] {
            assert_eq!(chosen_method(size, &options(method)), kind);
        }
    }
}

#[test]
fn parts_grow_where_they_would_be_too_many() {
    let mut part = 2 * MIB;
    assert_eq!(part_size(0, None), part);
    while part < 4 * GIB {
        assert_eq!(part_size(10_000 * part, None), part);
        assert_eq!(part_size(10_000 * part + 1, None), part * 2);
        part *= 2;
    }
    assert_eq!(part_size(40_000 * GIB, None), 4 * GIB);
    assert_eq!(part_size(40_000 * GIB + 1, None), 5 * GIB);
    assert_eq!(part_size(50_000 * GIB, None), 5 * GIB);
    assert_eq!(part_size(u64::MAX, None), 5 * GIB);
    assert_eq!(part_size(100, Some(MIB)), MIB);
}

#[test]
fn parts_are_counted() {
    assert_eq!(part_count(0, 8), 1);
    assert_eq!(part_count(8, 8), 1);
    assert_eq!(part_count(9, 8), 2);
    assert_eq!(part_count(50_000 * GIB, 5 * GIB), 10_000);
}

#[test]
fn limits_of_size_are_checked() {
    use SmhUploadMethod::{Automatic, Form, Parts, Simple};
    for (method, most) in [
        (Simple, 5 * GIB),
        (Form, 5 * GIB),
        (Automatic, 50_000 * GIB),
        (Parts, 50_000 * GIB),
    ] {
        let options = options(method);
        assert!(check_upload(0, &options).is_ok());
        assert!(check_upload(most, &options).is_ok());
        let error = check_upload(most + 1, &options).unwrap_err();
        assert_eq!(
            (error.status(), error.field()),
            (Status::Limit, Some("source"))
        );
    }
}

#[test]
fn a_part_size_has_bounds_and_must_suffice() {
    let check = |size, part| {
        let mut options = options(SmhUploadMethod::Parts);
        options.part_size = Some(part);
        check_upload(size, &options).map_err(|error| (error.status(), error.field()))
    };
    let fault = Err((Status::Limit, Some("part_size")));
    assert_eq!(check(1, MIB - 1), fault);
    assert_eq!(check(1, MIB), Ok(()));
    assert_eq!(check(1, 5 * GIB), Ok(()));
    assert_eq!(check(1, 5 * GIB + 1), fault);
    assert_eq!(check(10_000 * MIB, MIB), Ok(()));
    assert_eq!(check(10_000 * MIB + 1, MIB), fault);
}

#[test]
fn other_options_are_checked() {
    let fault = |change: &dyn Fn(&mut SmhUpload)| {
        let mut options = SmhUpload::default();
        change(&mut options);
        check_upload(1, &options).err().and_then(|e| e.field())
    };
    for limit in [0, 102_399, 104_857_601] {
        assert_eq!(
            fault(&|o| o.traffic_limit = Some(limit)),
            Some("traffic_limit")
        );
    }
    for limit in [102_400, 104_857_600] {
        assert_eq!(fault(&|o| o.traffic_limit = Some(limit)), None);
    }
    assert_eq!(fault(&|o| o.category = Some("x".repeat(16))), None);
    // Bytes, not characters.
    assert_eq!(
        fault(&|o| o.category = Some("视频视频视频".into())),
        Some("category")
    );
    let good = || Some("2022-07-26T02:58:09Z".to_owned());
    assert_eq!(fault(&|o| o.local_creation_time = good()), None);
    assert_eq!(
        fault(&|o| o.local_creation_time = Some("yesterday".into())),
        Some("local_creation_time")
    );
    assert_eq!(
        fault(&|o| o.local_modification_time = Some(String::new())),
        Some("local_modification_time")
    );
    let content = |cas: &str, conflict| {
        fault(&|o| {
            o.content_cas = Some(cas.to_owned());
            o.conflict = conflict;
        })
    };
    assert_eq!(content("c", SmhConflict::Overwrite), None);
    for (cas, conflict) in [
        ("", SmhConflict::Overwrite),
        ("c", SmhConflict::Rename),
        ("c", SmhConflict::Fail),
    ] {
        assert_eq!(content(cas, conflict), Some("content_cas"));
    }
}

#[test]
fn a_way_is_chosen_and_can_be_left_for_parts() {
    let way = |size, method, is_resumable| Way::new(size, &options(method), is_resumable).unwrap();
    let free = |size, is_resumable| way(Some(size), SmhUploadMethod::Automatic, is_resumable);
    for (size, is_resumable, kind) in [
        (0, true, UploadKind::Simple),
        (2 * MIB, true, UploadKind::Simple),
        (2 * MIB + 1, true, UploadKind::Parts),
        (32 * MIB, false, UploadKind::Simple),
        (32 * MIB + 1, false, UploadKind::Parts),
    ] {
        assert_eq!(free(size, is_resumable).kind, kind, "{size}");
    }
    let mut one = free(3 * MIB, false);
    assert_eq!((one.part_size, one.is_divisible()), (3 * MIB, true));
    one.divide();
    assert_eq!(one, free(3 * MIB, true));
    assert!(!one.is_divisible() && !free(2 * MIB, false).is_divisible());
    assert!(!way(Some(3 * MIB), SmhUploadMethod::Simple, false).is_divisible());
    let unknown = way(None, SmhUploadMethod::Automatic, false);
    assert_eq!(
        (unknown.kind, unknown.part_size),
        (UploadKind::Parts, 2 * MIB)
    );
}
