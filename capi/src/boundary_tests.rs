#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

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
fn several_texts_are_all_there() {
    let read = |pointers: *const *const c_char, count| {
        // SAFETY: NULL, or so many C strings that live for ever, or NULL.
        unsafe { owned_texts(pointers, count, "names") }.map_err(|e| (e.status(), e.field()))
    };
    let names = [c"a".as_ptr(), c"b".as_ptr(), ptr::null()];
    assert_eq!(read(names.as_ptr(), 2), Ok(vec!["a".into(), "b".into()]));
    assert_eq!(read(ptr::null(), 0), Ok(Vec::new()));
    let missing = Err((Status::Null, Some("names")));
    assert_eq!(read(names.as_ptr(), 3), missing);
    assert_eq!(read(ptr::null(), 1), missing);
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
