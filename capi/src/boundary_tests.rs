#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

/// A structure as an old, this, and a newer header know it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sample {
    struct_size: usize,
    first: u64,
    added: u64,
}

// SAFETY: integers only, the size first.
unsafe impl Extensible for Sample {
    const NAME: &'static str = "chatfile_sample";
    const FIRST_SIZE: usize = 16;
}

#[repr(C)]
struct Newer {
    sample: Sample,
    unknown: u64,
    guard: u64,
}

fn newer(struct_size: usize, unknown: u64) -> Newer {
    Newer {
        sample: Sample {
            struct_size,
            first: 1,
            added: 2,
        },
        unknown,
        guard: u64::MAX,
    }
}

fn read_sample(from: &Newer) -> Result<Sample> {
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
    let default: Sample = unsafe { read_or_default(ptr::null()) }.unwrap();
    assert_eq!((default.first, default.added), (0, 0));
    // SAFETY: NULL is allowed.
    let error = unsafe { read_required::<Sample>(ptr::null(), "sample") }.unwrap_err();
    assert_eq!(
        (error.status(), error.field()),
        (Status::Null, Some("sample"))
    );
}

#[test]
fn texts_are_checked() {
    let read = |bytes: &'static CStr| {
        // SAFETY: a C string that lives for ever.
        unsafe { text(bytes.as_ptr(), "name") }.map_err(|e| (e.status(), e.field()))
    };
    assert_eq!(read(c"héllo"), Ok(Some("héllo")));
    assert_eq!(read(c""), Ok(Some("")));
    assert_eq!(read(c"\xff"), Err((Status::Text, Some("name"))));
    assert_eq!(read(c"a\nb"), Err((Status::Text, Some("name"))));
    assert_eq!(read(c"a\rb"), Err((Status::Text, Some("name"))));
}

#[test]
fn a_path_in_gbk_is_told_what_to_do() {
    // "/tmp/中文" as a Chinese Windows has it.
    let path = c"/tmp/\xd6\xd0\xce\xc4";
    // SAFETY: a C string that lives for ever.
    let error = unsafe { text(path.as_ptr(), "source.path") }.unwrap_err();
    assert_eq!(error.status(), Status::Text);
    for said in ["source.path", "UTF-8", "byte 5", "GBK", "iconv"] {
        assert!(error.message().contains(said), "{said}: {error}");
    }
}

#[test]
fn a_panic_becomes_an_error() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let mut error = ptr::null_mut();
    // SAFETY: a pointer to a local.
    let status = unsafe { guard(&mut error, || panic!("number {}", 5)) };
    std::panic::set_hook(hook);
    assert_eq!(status, Status::Panic.code());
    // SAFETY: set by `guard`, freed once.
    unsafe {
        let text = CStr::from_ptr(crate::chatfile_error_message(error));
        assert!(text.to_str().unwrap().contains("number 5"));
        free(error);
    }
}

#[test]
fn an_inner_nul_does_not_cut_a_text() {
    assert_eq!(c_string("a\0b").as_c_str(), c"a b");
}
