//! # Looking at files
//!
//! What a service says of the files and folders that it has, without fetching them.

use crate::boundary::{
    argument, c_string, clear_out, free, get, guard, hand_out, handle, null, owned_text,
    pointer_to, put_number, required_text,
};
use crate::cancel::cancel;
use crate::structures::{extensible, non_zero, read_or_default};
use crate::{chatfile_cancel, chatfile_client, chatfile_error, chatfile_status};
use chatfile::{Client, FileInfo, InfoOptions, ListCursor, ListOptions, Result};
use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

/// Options of chatfile_info() and chatfile_exists().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_info_options {
    /// Set by CHATFILE_INFO_OPTIONS_INIT.
    pub struct_size: usize,
    /// Can end the call before it is done. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
}

extensible!(chatfile_info_options.cancel);

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
unsafe fn info_options(options: *const chatfile_info_options) -> Result<InfoOptions> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let mut made = InfoOptions::default();
        made.cancel = cancel(read_or_default(options)?.cancel);
        Ok(made)
    }
}

/// What a service says of a file or a folder. One of chatfile_info() is yours: free
/// it with chatfile_file_info_free(). One of chatfile_listing_entry() belongs to the
/// list. What the service does not say is NULL.
pub struct chatfile_file_info {
    name: Option<CString>,
    kind: Option<CString>,
    size: Option<u64>,
    crc64: Option<CString>,
    etag: Option<CString>,
    media_type: Option<CString>,
    creation_time: Option<CString>,
    modification_time: Option<CString>,
    local_creation_time: Option<CString>,
    local_modification_time: Option<CString>,
    labels: Vec<CString>,
    category: Option<CString>,
    url: Option<CString>,
    content_cas: Option<CString>,
    version: Option<CString>,
}

impl chatfile_file_info {
    fn new(info: &FileInfo) -> Self {
        let text = |text: &Option<String>| text.as_deref().map(c_string);
        Self {
            name: text(&info.name),
            kind: text(&info.kind),
            size: info.size,
            crc64: text(&info.crc64),
            etag: text(&info.etag),
            media_type: text(&info.media_type),
            creation_time: text(&info.creation_time),
            modification_time: text(&info.modification_time),
            local_creation_time: text(&info.local_creation_time),
            local_modification_time: text(&info.local_modification_time),
            labels: info.labels.iter().map(|label| c_string(label)).collect(),
            category: text(&info.category),
            url: text(&info.url),
            content_cas: text(&info.content_cas),
            version: text(&info.version),
        }
    }
}

/// What the service says of a file, which file names as for chatfile_download().
///
/// Fails with CHATFILE_E_NOT_FOUND if there is no such file, with
/// CHATFILE_E_UNSUPPORTED where CHATFILE_CAN_INFO is not set, and may fail with any
/// other status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_info(
    client: *const chatfile_client,
    file: *const c_char,
    options: *const chatfile_info_options,
    out: *mut *mut chatfile_file_info,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            let client = handle(client, "client")?;
            let file = required_text(file, "file")?;
            let info = client.0.info(file, info_options(options)?)?;
            hand_out(out, chatfile_file_info::new(&info));
            Ok(())
        })
    }
}

/// Whether there is a file of this name: *out is 1 if there is, else 0, on failure
/// too. Otherwise as chatfile_info(), but that a file which is not there is no error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_exists(
    client: *const chatfile_client,
    file: *const c_char,
    options: *const chatfile_info_options,
    out: *mut i32,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            let out = out.as_mut().ok_or_else(|| null("out"))?;
            *out = 0;
            let client = handle(client, "client")?;
            let file = required_text(file, "file")?;
            *out = i32::from(client.0.exists(file, info_options(options)?)?);
            Ok(())
        })
    }
}

/// Reads a text.
///
/// # Safety
/// `info` is NULL or lives during the call; the C caller guarantees it.
unsafe fn text_of(
    info: *const chatfile_file_info,
    text: impl FnOnce(&chatfile_file_info) -> &Option<CString>,
) -> *const c_char {
    // SAFETY: what the caller of this function guarantees.
    unsafe { get(info, ptr::null(), |info| pointer_to(text(info).as_ref())) }
}

/// Its name without the folder.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_file_info_name(info: *const chatfile_file_info) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or lives.
    unsafe { text_of(info, |i| &i.name) }
}

/// What it is, as the service writes it (SMH: "file", "dir", "image", "video",
/// "symlink" or "virtual").
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_file_info_kind(info: *const chatfile_file_info) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or lives.
    unsafe { text_of(info, |i| &i.kind) }
}

/// 1 with its bytes in *out if they are known, else 0 with 0 in *out. out may be
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_file_info_size(
    info: *const chatfile_file_info,
    out: *mut u64,
) -> i32 {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe { put_number(get(info, None, |i| i.size), out) }
}

/// The CRC-64 (CRC-64/XZ) of its bytes, an unsigned decimal number, or NULL.
/// chatfile_digest_text() computes it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_file_info_crc64(
    info: *const chatfile_file_info,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or an info.
    unsafe { get(info, ptr::null(), |i| pointer_to(i.crc64.as_ref())) }
}

/// What it is known by at the store, without quotes: the MD5 of a file that came in
/// one request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_file_info_etag(info: *const chatfile_file_info) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or lives.
    unsafe { text_of(info, |i| &i.etag) }
}

/// Its media type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_file_info_media_type(
    info: *const chatfile_file_info,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or lives.
    unsafe { text_of(info, |i| &i.media_type) }
}

/// When it came to be at the service, as the service writes it (SMH: like
/// "2022-07-26T02:58:09.000Z").
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_file_info_creation_time(
    info: *const chatfile_file_info,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or lives.
    unsafe { text_of(info, |i| &i.creation_time) }
}

/// When it was last changed there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_file_info_modification_time(
    info: *const chatfile_file_info,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or lives.
    unsafe { text_of(info, |i| &i.modification_time) }
}

/// When it was made where it comes from, as the upload said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_file_info_local_creation_time(
    info: *const chatfile_file_info,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or lives.
    unsafe { text_of(info, |i| &i.local_creation_time) }
}

/// When it was last changed where it comes from, as the upload said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_file_info_local_modification_time(
    info: *const chatfile_file_info,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or lives.
    unsafe { text_of(info, |i| &i.local_modification_time) }
}

/// The number of labels that it was given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_file_info_label_count(info: *const chatfile_file_info) -> usize {
    // SAFETY: the C caller guarantees that it is NULL or lives.
    unsafe { get(info, 0, |i| i.labels.len()) }
}

/// A label, from index 0; NULL if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_file_info_label(
    info: *const chatfile_file_info,
    index: usize,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or lives.
    unsafe { get(info, ptr::null(), |i| pointer_to(i.labels.get(index))) }
}

/// The category that it was given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_file_info_category(
    info: *const chatfile_file_info,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or lives.
    unsafe { text_of(info, |i| &i.category) }
}

/// Where anybody can get it without a token, for a while (SMH: some two hours).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_file_info_url(info: *const chatfile_file_info) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or lives.
    unsafe { text_of(info, |i| &i.url) }
}

/// What its content is known by, for chatfile_smh_upload.content_cas.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_file_info_content_cas(
    info: *const chatfile_file_info,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or lives.
    unsafe { text_of(info, |i| &i.content_cas) }
}

/// Which version of the file it is, for chatfile_smh_download.version. Only in a list of
/// versions (chatfile_list_options.versions), and NULL for the present one, or a number
/// of its own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_file_info_version(
    info: *const chatfile_file_info,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or lives.
    unsafe { text_of(info, |i| &i.version) }
}

/// Frees what chatfile_info() gave; not an entry of a list. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_file_info_free(info: *mut chatfile_file_info) {
    // SAFETY: the C caller guarantees that it is NULL or from chatfile_info(), and
    // does not use it any more.
    unsafe { free(info) }
}

/// Which of what is in a folder chatfile_list() gives.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_list_options {
    /// Set by CHATFILE_LIST_OPTIONS_INIT.
    pub struct_size: usize,
    /// chatfile_listing_next_marker() of the list before. NULL: from the start.
    pub marker: *const c_char,
    /// The most entries; the service may give fewer. 0: what it finds fit (SMH: 20).
    pub limit: u32,
    /// Not 0: list the versions of a file, which stands in the place of the folder then:
    /// first the present one, then the older ones, from the newest on.
    /// chatfile_file_info_version() names each for a download.
    pub versions: i32,
    /// Can end the call before it is done. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
}

extensible!(chatfile_list_options.cancel);

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
unsafe fn list_options(options: *const chatfile_list_options) -> Result<ListOptions> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let options = read_or_default(options)?;
        let mut list = ListOptions::default();
        list.versions = options.versions != 0;
        list.marker = owned_text(options.marker, "marker")?;
        list.limit = non_zero(options.limit);
        list.cancel = cancel(options.cancel);
        Ok(list)
    }
}

/// Some of what is in a folder, or of the versions of a file. You own it: free it with
/// chatfile_listing_free().
pub struct chatfile_listing {
    entries: Vec<chatfile_file_info>,
    next_marker: Option<CString>,
}

/// Lists some of what is in a folder: directory is its path with / between the
/// names, "" the root. With the option versions, the versions of the file directory
/// instead. For the rest of a long list, call again with the marker of the one before
/// until there is none, or go through it with a chatfile_list_cursor.
///
/// Fails with CHATFILE_E_NOT_FOUND if there is no such folder, with
/// CHATFILE_E_UNSUPPORTED where CHATFILE_CAN_LIST is not set, and may fail with any
/// other status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_list(
    client: *const chatfile_client,
    directory: *const c_char,
    options: *const chatfile_list_options,
    out: *mut *mut chatfile_listing,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            let client = handle(client, "client")?;
            let directory = required_text(directory, "directory")?;
            let listing = client.0.list(directory, list_options(options)?)?;
            let listing = chatfile_listing {
                entries: listing
                    .entries
                    .iter()
                    .map(chatfile_file_info::new)
                    .collect(),
                next_marker: listing.next_marker.as_deref().map(c_string),
            };
            hand_out(out, listing);
            Ok(())
        })
    }
}

/// The number of files and folders in the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_listing_count(listing: *const chatfile_listing) -> usize {
    // SAFETY: the C caller guarantees that it is NULL or a list.
    unsafe { get(listing, 0, |l| l.entries.len()) }
}

/// A file or folder of the list, from index 0; NULL if there is none. It belongs to
/// the list: do not free it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_listing_entry(
    listing: *const chatfile_listing,
    index: usize,
) -> *const chatfile_file_info {
    // SAFETY: the C caller guarantees that it is NULL or a list.
    unsafe {
        get(listing, ptr::null(), |l| {
            l.entries.get(index).map_or(ptr::null(), ptr::from_ref)
        })
    }
}

/// Where the next list begins, for chatfile_list_options.marker; NULL if these were
/// the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_listing_next_marker(
    listing: *const chatfile_listing,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a list.
    unsafe { get(listing, ptr::null(), |l| pointer_to(l.next_marker.as_ref())) }
}

/// A walk through a folder: gives one entry after the other, and asks for the next list
/// when it is needed. Not for several threads at once. You own it: free it with
/// chatfile_list_cursor_free(), but not in a callback of its own call.
pub struct chatfile_list_cursor {
    /// `None` while it asks.
    cursor: Option<ListCursor<Arc<Client>>>,
    entry: Option<chatfile_file_info>,
}

/// Begins to go through all that is in a folder, as chatfile_list() lists it: from the
/// marker of the options on, and limit is that of each list. Nothing is asked yet. The
/// options are copied. The client and the cancel handle of the options are kept until the
/// cursor is free: you may free yours, but what the client calls back has to be good so long.
///
/// Fails with CHATFILE_E_NULL, _TEXT or _STRUCT, and with CHATFILE_E_UNSUPPORTED where
/// CHATFILE_CAN_LIST is not set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_list_cursor_new(
    client: *const chatfile_client,
    directory: *const c_char,
    options: *const chatfile_list_options,
    out: *mut *mut chatfile_list_cursor,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            let client = Arc::clone(&handle(client, "client")?.0);
            let directory = required_text(directory, "directory")?;
            let cursor = ListCursor::new(client, directory, list_options(options)?)?;
            let cursor = chatfile_list_cursor {
                cursor: Some(cursor),
                entry: None,
            };
            hand_out(out, cursor);
            Ok(())
        })
    }
}

/// Gives the next file or folder in *out, or NULL behind the last, which is a success,
/// too. It belongs to the cursor and lives until the next call: do not free it.
///
/// Fails as chatfile_list(), with NULL in *out; the next call asks for the same list
/// again. Called from a callback of its own call it fails with CHATFILE_E_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_list_cursor_next(
    cursor: *mut chatfile_list_cursor,
    out: *mut *const chatfile_file_info,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says, and that no other
    // thread uses the cursor.
    unsafe {
        guard(error, || {
            if out.is_null() {
                return Err(null("out"));
            }
            out.write(ptr::null());
            if cursor.is_null() {
                return Err(null("cursor"));
            }
            // No reference to it is held while it asks, which calls back.
            let Some(mut asking) = (*cursor).cursor.take() else {
                let reason = "is used by a callback of its own call";
                return Err(argument("cursor", reason));
            };
            (*cursor).entry = None;
            let next = asking.next();
            (*cursor).cursor = Some(asking);
            if let Some(next) = next?.as_ref().map(chatfile_file_info::new) {
                out.write(ptr::from_ref((*cursor).entry.insert(next)));
            }
            Ok(())
        })
    }
}

/// Frees a cursor with the entry that it has given. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_list_cursor_free(cursor: *mut chatfile_list_cursor) {
    // SAFETY: the C caller guarantees that it is NULL or a cursor, and does not use it
    // any more.
    unsafe { free(cursor) }
}

/// Frees a list with its entries. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_listing_free(listing: *mut chatfile_listing) {
    // SAFETY: the C caller guarantees that it is NULL or a list, and does not use
    // it any more.
    unsafe { free(listing) }
}
