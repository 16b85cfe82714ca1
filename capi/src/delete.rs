//! # Deleting
//!
//! Of one file. chatfile_delete_by_time() stands with the service that can do it.

use crate::boundary::{
    c_string, clear_out, free, get, guard, hand_out, handle, pointer_to, required_text,
};
use crate::cancel::cancel;
use crate::services::smh_delete;
use crate::structures::{extensible, optional, read_or_default};
use crate::{
    chatfile_cancel, chatfile_client, chatfile_error, chatfile_smh_delete, chatfile_status,
};
use chatfile::{DeleteOptions, DeleteResult, Result};
use std::ffi::{CString, c_char};
use std::ptr;

/// Options of a deletion.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct chatfile_delete_options {
    /// Set by CHATFILE_DELETE_OPTIONS_INIT.
    pub struct_size: usize,
    /// Can end the call before it is done. NULL: nothing does.
    pub cancel: *const chatfile_cancel,
    /// What Tencent SMH alone can do. NULL: nothing of it.
    pub smh: *const chatfile_smh_delete,
}

extensible!(chatfile_delete_options.smh);

/// # Safety
/// `options` is what the header says; the C caller guarantees it.
pub(crate) unsafe fn delete_options(
    options: *const chatfile_delete_options,
) -> Result<DeleteOptions> {
    // SAFETY: what the caller of this function guarantees.
    unsafe {
        let options = read_or_default(options)?;
        let mut delete = DeleteOptions::default();
        delete.cancel = cancel(options.cancel);
        delete.service = optional(options.smh, smh_delete)?.map(Into::into);
        Ok(delete)
    }
}

/// A deletion that the service has accepted. You own it: free it with
/// chatfile_delete_result_free().
pub struct chatfile_delete_result {
    task_id: Option<CString>,
    recycled_item_id: Option<CString>,
    attempts: u32,
}

pub(crate) fn delete_result(deleted: &DeleteResult) -> chatfile_delete_result {
    chatfile_delete_result {
        task_id: deleted.task_id.as_deref().map(c_string),
        recycled_item_id: deleted.recycled_item_id.as_deref().map(c_string),
        attempts: deleted.attempts,
    }
}

/// Deletes a file, which file names as for chatfile_download().
///
/// Fails with CHATFILE_E_NOT_FOUND if there is no such file, with
/// CHATFILE_E_UNSUPPORTED where CHATFILE_CAN_DELETE is not set, and may fail with any
/// other status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_delete(
    client: *const chatfile_client,
    file: *const c_char,
    options: *const chatfile_delete_options,
    out: *mut *mut chatfile_delete_result,
    error: *mut *mut chatfile_error,
) -> chatfile_status {
    // SAFETY: the C caller guarantees the pointers as the header says.
    unsafe {
        guard(error, || {
            clear_out(out)?;
            let client = handle(client, "client")?;
            let file = required_text(file, "file")?;
            let deleted = client.0.delete(file, delete_options(options)?)?;
            hand_out(out, delete_result(&deleted));
            Ok(())
        })
    }
}

/// The id of the task that deletes later, if the service answers with one; else
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_delete_result_task_id(
    result: *const chatfile_delete_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, ptr::null(), |r| pointer_to(r.task_id.as_ref())) }
}

/// What the file is known by in the recycle bin, if it went there (SMH); else NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_delete_result_recycled_item_id(
    result: *const chatfile_delete_result,
) -> *const c_char {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe {
        get(result, ptr::null(), |r| {
            pointer_to(r.recycled_item_id.as_ref())
        })
    }
}

/// How often the call was tried, 1 or more; 0 if result is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_delete_result_attempts(
    result: *const chatfile_delete_result,
) -> u32 {
    // SAFETY: the C caller guarantees that it is NULL or a result.
    unsafe { get(result, 0, |r| r.attempts) }
}

/// Frees a result. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn chatfile_delete_result_free(result: *mut chatfile_delete_result) {
    // SAFETY: the C caller guarantees that it is NULL or a result, and does not
    // use it any more.
    unsafe { free(result) }
}
