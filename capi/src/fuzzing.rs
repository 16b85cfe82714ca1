//! What fuzzing tries of the C ABI (fuzz/): structures with anything in them, of sizes
//! that are none, each in a block of memory that ends where it says.

use crate::services::openers;
use crate::*;
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;

/// What a caller has: the bytes that say what it does, and what it has made of them.
struct Caller<'d> {
    data: &'d [u8],
    blocks: Vec<Box<[u64]>>,
    texts: Vec<CString>,
}

/// Bytes that a pointer leads to, and a list of texts that are none.
const ROOM: [u64; 64] = [0; 64];
/// Paths that lead nowhere, so that nothing is written anywhere.
const PATHS: [&CStr; 3] = [c"", c"/dev/null/none", c"/nonexistent/\xff"];

impl Caller<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.data.split_first() else {
            return 0;
        };
        self.data = rest;
        *first
    }

    fn number(&mut self) -> u64 {
        match self.byte() {
            0..128 => 0,
            small @ 128..224 => u64::from(small) - 128,
            224..240 => u64::MAX,
            _ => {
                let bytes = [(); 8].map(|()| self.byte());
                u64::from_le_bytes(bytes)
            }
        }
    }

    /// NULL, or a text that may be none.
    fn text(&mut self) -> *const c_char {
        let length = usize::from(self.byte() / 2).min(self.data.len());
        if length == 0 {
            return ptr::null();
        }
        let (text, rest) = self.data.split_at(length);
        self.data = rest;
        let text: Vec<u8> = text.iter().copied().take_while(|byte| *byte != 0).collect();
        let text = CString::new(text).unwrap_or_default();
        let pointer = text.as_ptr();
        self.texts.push(text);
        pointer
    }

    /// NULL, or a structure, which may be of another version or of none.
    fn structure<T: Fill + Copy>(&mut self) -> *const T {
        let real = size_of::<T>();
        let stated = match self.byte() {
            0..96 => return ptr::null(),
            96..200 => real,
            200..208 => real + 16,
            208..216 => real - 8,
            216..224 => 4096,
            224..232 => 4097,
            232..240 => usize::MAX,
            240..248 => usize::from(self.byte()),
            _ => self.number() as usize,
        };
        // SAFETY: zero is valid for every structure of the header.
        let mut value: T = unsafe { std::mem::zeroed() };
        value.fill("", self);
        // What the header asks of a caller: so many bytes can be read, and the first field
        // however large that is.
        let readable = if stated <= 4096 { stated } else { 0 }.max(size_of::<usize>());
        let mut block = vec![0_u64; readable.div_ceil(8)].into_boxed_slice();
        if stated > real && self.byte() > 127 {
            block[readable.div_ceil(8) - 1] = self.number();
        }
        // SAFETY: both have so many bytes, and do not overlap.
        unsafe {
            let from = ptr::from_ref(&value).cast::<u8>();
            ptr::copy_nonoverlapping(from, block.as_mut_ptr().cast(), real.min(readable));
            *block.as_mut_ptr().cast::<usize>() = stated;
        }
        let pointer = block.as_ptr().cast();
        self.blocks.push(block);
        pointer
    }
}

/// Puts something into a field of this name.
trait Fill {
    fn fill(&mut self, name: &str, caller: &mut Caller<'_>);
}

macro_rules! numbers {
    ($($number:ident)*) => { $(
        impl Fill for $number {
            fn fill(&mut self, name: &str, caller: &mut Caller<'_>) {
                let number = caller.number();
                // What counts the bytes behind a pointer may not lie.
                let is_count = name.ends_with("_size") && name != "max_upload_size"
                    || name.ends_with("_count");
                *self = if is_count { number % ROOM.len() as u64 } else { number } as $number;
            }
        }
    )* };
}

numbers! { i32 u32 i64 u64 usize }

impl Fill for *const c_char {
    fn fill(&mut self, name: &str, caller: &mut Caller<'_>) {
        *self = if name.ends_with("path") || name == "checkpoint" {
            let choice = usize::from(caller.byte() % 6);
            PATHS.get(choice).map_or(ptr::null(), |path| path.as_ptr())
        } else {
            caller.text()
        };
    }
}

impl Fill for *const c_void {
    fn fill(&mut self, _: &str, caller: &mut Caller<'_>) {
        let is_there = caller.byte() > 127;
        *self = if is_there {
            ROOM.as_ptr().cast()
        } else {
            ptr::null()
        };
    }
}

impl Fill for *mut c_void {
    fn fill(&mut self, _: &str, _: &mut Caller<'_>) {}
}

/// A list of texts, all of them NULL.
impl Fill for *const *const c_char {
    fn fill(&mut self, _: &str, caller: &mut Caller<'_>) {
        let is_there = caller.byte() > 127;
        *self = if is_there {
            ROOM.as_ptr().cast()
        } else {
            ptr::null()
        };
    }
}

impl Fill for *const chatfile_cancel {
    fn fill(&mut self, _: &str, _: &mut Caller<'_>) {}
}

/// Functions of the caller's, which are not there.
impl<F> Fill for Option<F> {
    fn fill(&mut self, _: &str, _: &mut Caller<'_>) {}
}

macro_rules! layout {
    ($($structure:ident { $($field:ident),* })*) => { $(
        impl Fill for $structure {
            fn fill(&mut self, _: &str, caller: &mut Caller<'_>) {
                $( self.$field.fill(stringify!($field), caller); )*
            }
        }

        impl Fill for *const $structure {
            fn fill(&mut self, _: &str, caller: &mut Caller<'_>) {
                *self = caller.structure();
            }
        }
    )* };
}

include!("layout.rs");

/// Opens a client with a structure that the caller makes.
type Open = fn(
    &mut Caller<'_>,
    *const chatfile_client_options,
    *mut *mut chatfile_client,
    *mut *mut chatfile_error,
) -> chatfile_status;

macro_rules! opener {
    ($open:ident) => {
        // SAFETY: what the caller makes is as the header says, and so is what it is given.
        |caller, options, out, error| unsafe { $open(caller.structure(), options, out, error) }
    };
}

const OPENERS: &[Open] = &openers!(opener);

/// Calls a function, and looks at what it gives. Nothing is sent: the client has no service.
pub fn calls_from_c(data: &[u8]) {
    let mut caller = Caller {
        data,
        blocks: Vec::new(),
        texts: Vec::new(),
    };
    let mut error = ptr::null_mut();
    let mut client = ptr::null_mut();
    // SAFETY: of all that is given, the pointers are what the header says.
    unsafe {
        let which = caller.byte() % 20;
        let options = caller.structure();
        let (out, why) = (&mut client, &mut error);
        let status = match which {
            0..5 => OPENERS[usize::from(which)](&mut caller, options, out, why),
            5 => chatfile_open_without_service(options, out, why),
            _ => chatfile_open_without_service(ptr::null(), out, why),
        };
        judge(status, client, error);
        let text = caller.text();
        let text = if text.is_null() { c"x".as_ptr() } else { text };
        match which {
            6 => {
                let source = caller.structure();
                get(chatfile_upload_result_free, |out, why| {
                    chatfile_upload(client, source, caller.structure(), out, why)
                });
            }
            7 => {
                let sink = caller.structure();
                get(chatfile_download_result_free, |out, why| {
                    chatfile_download(client, text, sink, caller.structure(), out, why)
                });
            }
            8 => get(chatfile_delete_result_free, |out, why| {
                chatfile_delete(client, text, caller.structure(), out, why)
            }),
            9 => {
                let task = caller.structure();
                get(chatfile_delete_result_free, |out, why| {
                    chatfile_delete_by_time(client, task, caller.structure(), out, why)
                });
            }
            10 => get(chatfile_file_info_free, |out, why| {
                chatfile_info(client, text, caller.structure(), out, why)
            }),
            11 => get(chatfile_listing_free, |out, why| {
                chatfile_list(client, text, caller.structure(), out, why)
            }),
            12 => get(chatfile_list_cursor_free, |out, why| {
                chatfile_list_cursor_new(client, text, caller.structure(), out, why)
            }),
            13 => get(chatfile_presigned_free, |out, why| {
                let size = caller.number();
                chatfile_presign_upload(client, size, caller.structure(), out, why)
            }),
            14 => get(chatfile_presigned_free, |out, why| {
                chatfile_presign_download(client, text, caller.structure(), out, why)
            }),
            15 => get(chatfile_presigned_free, |out, why| {
                chatfile_presigned_from_json(text, out, why)
            }),
            16 => {
                let mut error = ptr::null_mut();
                let status = chatfile_abort_upload(client, caller.structure(), &mut error);
                judge(status, ptr::dangling::<u8>(), error);
            }
            17 | 18 => digest(&mut caller),
            _ => {}
        }
        chatfile_client_free(client);
    }
}

/// # Safety
/// What the caller has is as the header says.
unsafe fn digest(caller: &mut Caller<'_>) {
    let (wanted, part_size) = (caller.number() as u32, caller.number());
    let (mut digest, mut error) = (ptr::null_mut(), ptr::null_mut());
    let mut text = [1 as c_char; 80];
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let status = chatfile_digest_new(wanted, part_size, &mut digest, &mut error);
        judge(status, digest, error);
        if digest.is_null() {
            return;
        }
        error = ptr::null_mut();
        let data = caller.data;
        let status = chatfile_digest_update(digest, data.as_ptr().cast(), data.len(), &mut error);
        judge(status, digest, error);
        let room = usize::from(caller.byte()).min(text.len());
        error = ptr::null_mut();
        let which = caller.number() as u32;
        let status = chatfile_digest_text(digest, which, text.as_mut_ptr(), room, &mut error);
        judge(status, digest, error);
        let _ = chatfile_digest_crc64_value(digest);
        let count = chatfile_digest_part_count(digest);
        error = ptr::null_mut();
        let status = chatfile_digest_part(digest, count, text.as_mut_ptr(), room, &mut error);
        judge(status, digest, error);
        assert!(text[room..].iter().all(|byte| *byte == 1));
        chatfile_digest_free(digest);
    }
}

/// Calls what hands out an object, and frees that.
fn get<T>(
    free: unsafe extern "C" fn(*mut T),
    call: impl FnOnce(*mut *mut T, *mut *mut chatfile_error) -> chatfile_status,
) {
    let mut out = ptr::dangling_mut();
    let mut error = ptr::dangling_mut();
    let status = call(&mut out, &mut error);
    judge(status, out, error);
    // SAFETY: it is NULL, or was handed out just now.
    unsafe { free(out) };
}

/// Either all is well, or there is an error that says what is not.
fn judge<T>(status: chatfile_status, out: *const T, error: *mut chatfile_error) {
    assert_eq!(status == CHATFILE_OK, error.is_null());
    assert!(status != CHATFILE_OK || !out.is_null());
    if error.is_null() {
        return;
    }
    // SAFETY: the error was handed out just now.
    unsafe {
        assert_eq!(chatfile_error_status(error), status);
        assert_ne!(status, CHATFILE_E_PANIC);
        let text = CStr::from_ptr(chatfile_error_message(error));
        assert!(!text.is_empty() && text.to_str().is_ok_and(|text| text.len() < 8192));
        chatfile_error_free(error);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::fs;
    use std::path::Path;

    #[test]
    fn the_target_takes_its_corpus() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/capi");
        for input in fs::read_dir(corpus).unwrap() {
            calls_from_c(&fs::read(input.unwrap().path()).unwrap());
        }
        // Of each structure each size.
        for which in 0..20 {
            for size in (0..=255).step_by(7) {
                let mut input = [200; 900];
                input[..3].copy_from_slice(&[which, size, size]);
                calls_from_c(&input);
                input[1] = 0;
                calls_from_c(&input);
            }
        }
    }
}
