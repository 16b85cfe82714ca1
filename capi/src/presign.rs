//! # Presigned requests
//!
//! A program that holds the credentials makes a request; another, which holds none,
//! sends it: over JSON from one to the other, with this library or by any other means.

use crate::boundary::{
    c_string, clear_out, free, get, guard, hand_out, handle, not_utf8, null, pointer_to,
    put_number, required_text,
};
use crate::cancel::cancel;
use crate::download::{download_options, download_result, sink_from};
use crate::structures::{extensible, read_or_default, read_required};
use crate::upload::{source_from, upload_options, upload_result};
use crate::{
    chatfile_cancel, chatfile_client, chatfile_download_options, chatfile_download_result,
    chatfile_error, chatfile_sink, chatfile_source, chatfile_status, chatfile_upload_options,
    chatfile_upload_result,
};
use chatfile::{CompletePresignedOptions, Error, Presigned, Result, Status};
use std::ffi::{CStr, CString, c_char};
use std::ptr;
use zeroize::Zeroizing;

/// A request that is complete but for the file: a back-end that holds the secret
/// makes it, and a program that holds none sends it. It is a credential: it holds
/// Easemob's token, a NetEase signature that covers neither address nor file, or a
/// permission of the storage of SMH or OpenIM, so whoever has it may be able to make
/// other calls with it until it expires. You own it: free it with
/// chatfile_presigned_free().
pub struct chatfile_presigned {
    presigned: Presigned,
    json: Zeroizing<CString>,
    method: CString,
    url: Zeroizing<CString>,
    headers: Vec<(CString, Zeroizing<CString>)>,
    fields: Vec<(CString, Zeroizing<CString>)>,
    prefix: Zeroizing<CString>,
    suffix: CString,
    completion: Option<CString>,
}

impl chatfile_presigned {
    fn new(presigned: Presigned) -> Self {
        Self {
            json: Zeroizing::new(c_string(&Zeroizing::new(presigned.to_json()))),
            method: c_string(presigned.method()),
            url: Zeroizing::new(c_string(presigned.url())),
            headers: presigned
                .headers()
                .map(|(name, value)| (c_string(name), Zeroizing::new(c_string(value))))
                .collect(),
            fields: presigned
                .fields()
                .map(|(name, value)| (c_string(name), Zeroizing::new(c_string(value))))
                .collect(),
            prefix: Zeroizing::new(c_string(presigned.prefix())),
            suffix: c_string(presigned.suffix()),
            completion: presigned.completion().map(c_string),
            presigned,
        }
    }
}

/// Makes the request of an upload, for another program to send. client is one of
/// a service; size is that of the file, for its limits are checked now, or
/// CHATFILE_SIZE_UNKNOWN. SMH and OpenIM have to know it, and the upload counts only
/// when chatfile_complete_presigned() has completed it; elsewhere it is not fixed in
/// the request. It is one request, never in parts. Of options, file_name, media_type,
/// cancel and those of the service can be set: what is for parts or for who sends the
/// file is CHATFILE_E_ARGUMENT. A token may be fetched.
///
/// Fails as chatfile_upload() does before it sends a file, and with
/// CHATFILE_E_UNSUPPORTED where CHATFILE_CAN_PRESIGN is not set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presign_upload(
    client: *const chatfile_client,
    size: u64,
    options: *const chatfile_upload_options,
    out: *mut *mut chatfile_presigned,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            let client = handle(client, "client")?;
            let size = (size != crate::CHATFILE_SIZE_UNKNOWN).then_some(size);
            let presigned = client.0.presign_upload(size, upload_options(options)?)?;
            hand_out(out, chatfile_presigned::new(presigned));
            Ok(())
        })
    }
}

/// Makes the request of a download, for another program to send. file is as for
/// chatfile_download(). Of options, cancel, referer, thumbnail and those of the service
/// can be set: what is for who receives the file is CHATFILE_E_ARGUMENT. A token may be
/// fetched. Otherwise as chatfile_presign_upload().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presign_download(
    client: *const chatfile_client,
    file: *const c_char,
    options: *const chatfile_download_options,
    out: *mut *mut chatfile_presigned,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            let client = handle(client, "client")?;
            let file = required_text(file, "file")?;
            let presigned = client
                .0
                .presign_download(file, download_options(options)?)?;
            hand_out(out, chatfile_presigned::new(presigned));
            Ok(())
        })
    }
}

/// The request as JSON (one line of UTF-8), to hand to another program. NULL only
/// if presigned is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_json(
    presigned: *const chatfile_presigned,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a presigned request.
    unsafe { get(presigned, ptr::null(), |p| p.json.as_ptr()) }
}

/// Reads a presigned request from the JSON that chatfile_presigned_json() gave, in
/// this or another program. The JSON may come from anywhere: what cannot be sent, or no
/// upload of one's own could be, is refused with CHATFILE_E_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_from_json(
    json: *const c_char,
    out: *mut *mut chatfile_presigned,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            if json.is_null() {
                return Err(null("json"));
            }
            // Line breaks are fine in JSON, so this is not a `text`.
            let json = CStr::from_ptr(json).to_str().map_err(|e| {
                Error::new(Status::Text, format!("json: {}", not_utf8(e))).with_field("json")
            })?;
            hand_out(out, chatfile_presigned::new(Presigned::from_json(json)?));
            Ok(())
        })
    }
}

/// Sends a presigned upload with its file. client is any, for example one of
/// chatfile_open_without_service(). Of the options, those about progress, cancelling,
/// digests and the message can be set: the rest is in the request. Otherwise as
/// chatfile_upload(); a repeated attempt sends the same signature. Fails with
/// CHATFILE_E_ARGUMENT if the request is a download, and with CHATFILE_E_EXPIRED from five
/// minutes after chatfile_presigned_expires_at() on, for the clock here may be wrong. If
/// chatfile_presigned_needs_completion(), tell who made the request that it was sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_send_presigned(
    client: *const chatfile_client,
    presigned: *const chatfile_presigned,
    source: *const chatfile_source,
    options: *const chatfile_upload_options,
    out: *mut *mut chatfile_upload_result,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            let client = handle(client, "client")?;
            let presigned = handle(presigned, "presigned")?;
            let source = source_from(&read_required(source, "source")?)?;
            let options = upload_options(options)?;
            let upload = client
                .0
                .send_presigned(&presigned.presigned, source, options)?;
            hand_out(out, upload_result(&upload));
            Ok(())
        })
    }
}

/// Sends a presigned download and takes the file. client is any, for example one
/// of chatfile_open_without_service(). Otherwise as chatfile_download(); fails with
/// CHATFILE_E_ARGUMENT if the request is an upload, and for what stands in the request
/// already: a thumbnail, a referer, options of one service.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_receive_presigned(
    client: *const chatfile_client,
    presigned: *const chatfile_presigned,
    sink: *const chatfile_sink,
    options: *const chatfile_download_options,
    out: *mut *mut chatfile_download_result,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            let client = handle(client, "client")?;
            let presigned = handle(presigned, "presigned")?;
            let sink = sink_from(&read_required(sink, "sink")?)?;
            let options = download_options(options)?;
            let download = client
                .0
                .receive_presigned(&presigned.presigned, sink, options)?;
            hand_out(out, download_result(download));
            Ok(())
        })
    }
}

/// Options of chatfile_complete_presigned().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_complete_presigned_options {
    /// Set by CHATFILE_COMPLETE_PRESIGNED_OPTIONS_INIT.
    pub struct_size: usize,
    /// Can end the call before it is done. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
}

extensible!(chatfile_complete_presigned_options.cancel);

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
unsafe fn complete_presigned_options(
    options: *const chatfile_complete_presigned_options,
) -> Result<CompletePresignedOptions> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let mut made = CompletePresignedOptions::default();
        made.cancel = cancel(read_or_default(options)?.cancel);
        Ok(made)
    }
}

/// Completes a presigned upload whose file was sent, where that is needed (SMH and
/// OpenIM, see chatfile_presigned_needs_completion()): makes the file known to the
/// service by its name. client is the one that made the request, or any with the
/// same rights. It does no harm to do it twice. At OpenIM, whoever has the request
/// can replace the file with it until it expires, also after this. *out is a result
/// as that of chatfile_upload().
///
/// Complete the request that you have kept, never one that came back: what is completed is
/// what its JSON says, so that whoever sends you an altered one has you complete another
/// upload, with your rights. Keep the JSON, and let who has sent the file name it by a
/// number of yours.
///
/// Fails with CHATFILE_E_ARGUMENT if there is nothing to complete, or not by this
/// client, with CHATFILE_E_INTEGRITY if what was sent is not what was announced, and may
/// fail with any other status. With CHATFILE_E_INTEGRITY, OpenIM has stored nothing, and
/// will not by this request: presign anew. SMH has stored the file, which its store takes in
/// any size: delete what chatfile_error_file() names.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_complete_presigned(
    client: *const chatfile_client,
    presigned: *const chatfile_presigned,
    options: *const chatfile_complete_presigned_options,
    out: *mut *mut chatfile_upload_result,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            let client = handle(client, "client")?;
            let presigned = handle(presigned, "presigned")?;
            let options = complete_presigned_options(options)?;
            let upload = client.0.complete_presigned(&presigned.presigned, options)?;
            hand_out(out, upload_result(&upload));
            Ok(())
        })
    }
}

/// 1 if the file counts only when chatfile_complete_presigned() has completed the
/// upload, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_needs_completion(
    presigned: *const chatfile_presigned,
) -> i32 {
    // SAFETY: the C caller guarantees that it is NULL or a presigned request.
    unsafe { get(presigned, 0, |p| i32::from(p.completion.is_some())) }
}

/// What names the upload when it is completed, for a program that calls the service
/// itself (OpenIM: the id of complete_form_data; SMH: the confirmKey); NULL if
/// nothing is to be completed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_completion(
    presigned: *const chatfile_presigned,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a presigned request.
    unsafe {
        get(presigned, ptr::null(), |p| {
            pointer_to(p.completion.as_ref())
        })
    }
}

/// 1 with when the service will no longer take the request in *out, in seconds since 1970
/// UTC; else 0 with 0 in *out. out may be NULL. There is none where that is not known, or
/// never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_expires_at(
    presigned: *const chatfile_presigned,
    out: *mut u64,
) -> i32 {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe { put_number(get(presigned, None, |p| p.presigned.expires_at()), out) }
}

/// 1 with the largest file that may be sent with it in *out, in bytes; else 0 with 0 in *out.
/// out may be NULL. There is none where there is no limit. With
/// chatfile_presigned_needs_completion() it is the only size, and may be 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_max_size(
    presigned: *const chatfile_presigned,
    out: *mut u64,
) -> i32 {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe { put_number(get(presigned, None, |p| p.presigned.max_size()), out) }
}

/// The method, "GET", "POST" or "PUT". NULL only if presigned is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_method(
    presigned: *const chatfile_presigned,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a presigned request.
    unsafe { get(presigned, ptr::null(), |p| p.method.as_ptr()) }
}

/// The URL. NULL only if presigned is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_url(
    presigned: *const chatfile_presigned,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a presigned request.
    unsafe { get(presigned, ptr::null(), |p| p.url.as_ptr()) }
}

/// The number of header fields to send, besides Host and Content-Length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_header_count(
    presigned: *const chatfile_presigned,
) -> usize {
    // SAFETY: the C caller guarantees that it is NULL or a presigned request.
    unsafe { get(presigned, 0, |p| p.headers.len()) }
}

/// The name of a header field, from index 0; NULL if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_header_name(
    presigned: *const chatfile_presigned,
    index: usize,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a presigned request.
    unsafe {
        get(presigned, ptr::null(), |p| {
            p.headers.get(index).map_or(ptr::null(), |h| h.0.as_ptr())
        })
    }
}

/// The value of a header field, from index 0; NULL if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_header_value(
    presigned: *const chatfile_presigned,
    index: usize,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a presigned request.
    unsafe {
        get(presigned, ptr::null(), |p| {
            p.headers.get(index).map_or(ptr::null(), |h| h.1.as_ptr())
        })
    }
}

/// The body before the file. NULL only if presigned is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_prefix(
    presigned: *const chatfile_presigned,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a presigned request.
    unsafe { get(presigned, ptr::null(), |p| p.prefix.as_ptr()) }
}

/// How the file is written in the body of a presigned request: one of the
/// CHATFILE_ENCODING_ numbers.
pub type chatfile_encoding = u32;

/// There is no file in the request.
pub const CHATFILE_ENCODING_NONE: chatfile_encoding = 0;
/// The file as it is.
pub const CHATFILE_ENCODING_IDENTITY: chatfile_encoding = 1;
/// The file as padded standard base64.
pub const CHATFILE_ENCODING_BASE64: chatfile_encoding = 2;
/// The file as padded standard base64 with +, / and = percent-encoded.
pub const CHATFILE_ENCODING_BASE64_FORM: chatfile_encoding = 3;

/// How the file is written in the body.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_encoding(
    presigned: *const chatfile_presigned,
) -> chatfile_encoding {
    // SAFETY: the C caller guarantees that it is NULL or a presigned request.
    unsafe {
        get(presigned, CHATFILE_ENCODING_NONE, |p| {
            let encoding = p.presigned.encoding();
            encoding.map_or(CHATFILE_ENCODING_NONE, |encoding| encoding as u32)
        })
    }
}

/// The body behind the file. NULL only if presigned is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_suffix(
    presigned: *const chatfile_presigned,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a presigned request.
    unsafe { get(presigned, ptr::null(), |p| p.suffix.as_ptr()) }
}

/// The number of fields of the form besides the file, for a program that builds
/// the form itself. They are in the prefix already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_field_count(
    presigned: *const chatfile_presigned,
) -> usize {
    // SAFETY: the C caller guarantees that it is NULL or a presigned request.
    unsafe { get(presigned, 0, |p| p.fields.len()) }
}

/// The name of a form field, from index 0; NULL if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_field_name(
    presigned: *const chatfile_presigned,
    index: usize,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a presigned request.
    unsafe {
        get(presigned, ptr::null(), |p| {
            p.fields.get(index).map_or(ptr::null(), |f| f.0.as_ptr())
        })
    }
}

/// The value of a form field, from index 0; NULL if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_field_value(
    presigned: *const chatfile_presigned,
    index: usize,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a presigned request.
    unsafe {
        get(presigned, ptr::null(), |p| {
            p.fields.get(index).map_or(ptr::null(), |f| f.1.as_ptr())
        })
    }
}

/// The HTTP status that means success, from index 0; 0 if there is none. The body
/// of the answer decides further, as chatfile_send_presigned() does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_success_status(
    presigned: *const chatfile_presigned,
    index: usize,
) -> i32 {
    // SAFETY: the C caller guarantees that it is NULL or a presigned request.
    unsafe {
        get(presigned, 0, |p| {
            let status = p.presigned.success_status().get(index);
            status.map_or(0, |status| i32::from(*status))
        })
    }
}

/// Frees a presigned request. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_presigned_free(presigned: *mut chatfile_presigned) {
    // SAFETY: the C caller guarantees that it is NULL or a presigned request, and
    // does not use it any more.
    unsafe { free(presigned) }
}
