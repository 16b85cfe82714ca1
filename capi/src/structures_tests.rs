#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

/// A structure as an old, this, and a newer header know it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(non_camel_case_types, reason = "as those of the header")]
struct chatfile_sample {
    struct_size: usize,
    first: u64,
    added: u64,
}

extensible!(chatfile_sample.added, first: first);

#[repr(C)]
struct Newer {
    sample: chatfile_sample,
    unknown: u64,
    guard: u64,
}

fn newer(struct_size: usize, unknown: u64) -> Newer {
    Newer {
        sample: chatfile_sample {
            struct_size,
            first: 1,
            added: 2,
        },
        unknown,
        guard: u64::MAX,
    }
}

fn read_sample(from: &Newer) -> Result<chatfile_sample> {
    // SAFETY: a reference is readable for more than `struct_size` in these tests.
    unsafe { read_required(&from.sample, "sample") }
}

#[test]
fn a_shorter_structure_is_filled_up() {
    let read = read_sample(&newer(16, 0)).unwrap();
    assert_eq!((read.first, read.added), (1, 0));
    assert_eq!(read_sample(&newer(24, 9)).unwrap().added, 2);
}

#[test]
fn a_longer_structure_may_not_ask_for_more() {
    assert_eq!(read_sample(&newer(32, 0)).unwrap().added, 2);
    let error = read_sample(&newer(32, 1 << 56)).unwrap_err();
    assert_eq!(error.status(), Status::Struct);
}

#[test]
fn sizes_that_no_header_had_are_refused() {
    for size in [0, 8, 15, 4097, usize::MAX] {
        let error = read_sample(&newer(size, 0)).unwrap_err();
        assert_eq!(error.status(), Status::Struct, "{size}");
        assert!(error.message().contains("CHATFILE_SAMPLE_INIT"), "{error}");
    }
}

#[test]
fn null_is_default_or_an_error() {
    // SAFETY: NULL is allowed.
    let default: chatfile_sample = unsafe { read_or_default(ptr::null()) }.unwrap();
    assert_eq!((default.first, default.added), (0, 0));
    // SAFETY: NULL is allowed.
    let error = unsafe { read_required::<chatfile_sample>(ptr::null(), "sample") }.unwrap_err();
    assert_eq!(
        (error.status(), error.field()),
        (Status::Null, Some("sample"))
    );
}
