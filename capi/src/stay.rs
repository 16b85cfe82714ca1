//! Keeps the library in memory once it was used, whoever unloads it: a name look-up
//! that was given up may still run in it, and Rust does not give back what it has of
//! the thread-local places of a process, of which Windows has about a thousand.

/// On Windows the module that this is in, a program or a DLL, stays until the
/// process ends.
#[cfg(windows)]
pub(crate) fn stay() {
    use std::ptr;
    use std::sync::Once;
    use windows_sys::Win32::System::LibraryLoader::{
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
    };
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let mut module = ptr::null_mut();
        let address: fn() = stay;
        // SAFETY: with FROM_ADDRESS the name stands for an address within the module,
        // which that of a function of ours is; `module` is ours, and writable.
        unsafe {
            GetModuleHandleExW(
                GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                address as *const u16,
                &mut module,
            )
        };
    });
}

/// On Linux the linker sees to it (build.rs), and macOS keeps a library that has
/// thread-locals.
#[cfg(not(windows))]
pub(crate) fn stay() {}
