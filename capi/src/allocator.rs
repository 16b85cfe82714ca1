//! How the library asks for memory: as every Rust program, of `malloc`, but never for whole pages alone.
//!
//! The `memcpy` of older glibc (its bug 30994; measured with 2.36) uses `rep movsb` for 8 KiB and more on AMD's Zen 3 and later, which is
//! thirty times slower than it could be where the target is 1 to 15 bytes beyond the source, each counted from the beginning of its
//! page of 4 KiB. Between two pieces of whole pages, one behind the other, are the 16 bytes that `malloc` needs, so that
//! who copies from the sixth byte of the first to the beginning of the second has just that: rustls does, with each record that it has
//! read. It was a quarter of what a download over TLS costs.

use std::alloc::{GlobalAlloc, Layout, System};

struct Spaced;

#[global_allocator]
static ALLOCATOR: Spaced = Spaced;

/// A page as `memcpy` sees it, also where those of memory are larger.
const PAGE: usize = 4096;

/// Far enough behind what is harmful; measured with 256.
const SPACE: usize = 256;

/// The largest piece of which glibc keeps some ready for each thread, in 64 bits. Its `calloc` looks there only since
/// 2.41, and what it does instead is more work than to write some zeros.
const CACHED: usize = 1032;

/// What is asked for in place of `layout`, when it is asked for and when it is given back.
fn spaced(layout: Layout) -> Layout {
    if layout.size() == 0 || !layout.size().is_multiple_of(PAGE) {
        return layout;
    }
    // More than there can be is refused as it is.
    Layout::from_size_align(layout.size().saturating_add(SPACE), layout.align()).unwrap_or(layout)
}

// SAFETY: all that is returned comes from the system's allocator, which got no smaller a layout than the caller's, and each piece goes
// back to it with the layout that it was asked for with: `spaced` says the same for the same layout.
unsafe impl GlobalAlloc for Spaced {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's layout has a size, so this one has.
        unsafe { System.alloc(spaced(layout)) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() > CACHED {
            // SAFETY: as in `alloc`.
            return unsafe { System.alloc_zeroed(spaced(layout)) };
        }
        // SAFETY: the caller guarantees for this layout what he has to for that.
        let memory = unsafe { self.alloc(layout) };
        if !memory.is_null() {
            // SAFETY: it has this size, and is nobody else's.
            unsafe { memory.write_bytes(0, layout.size()) };
        }
        memory
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller had `memory` from here, for this layout.
        unsafe { System.dealloc(memory, spaced(layout)) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller guarantees that there is such a layout.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: the caller had `memory` from here, for this layout, and wants a size that is not 0.
        unsafe { System.realloc(memory, spaced(layout), spaced(wanted).size()) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn whole_pages_get_room_and_nothing_else() {
        let size = |size, align| spaced(Layout::from_size_align(size, align).unwrap()).size();
        for same in [0, 1, 4095, 4097] {
            assert_eq!(size(same, 8), same);
        }
        for pages in [4096, 8192, 1 << 20] {
            assert_eq!(size(pages, 8), pages + 256);
        }
        // The most that there may be.
        let most = isize::MAX as usize & !(PAGE - 1);
        assert_eq!(size(most, PAGE), most);
    }

    #[test]
    fn what_is_to_be_zero_is_zero() {
        for size in [1, 100, CACHED, CACHED + 1, PAGE] {
            drop(vec![7u8; size]);
            assert!(vec![0u8; size].iter().all(|byte| *byte == 0));
        }
    }

    #[test]
    fn what_is_in_a_piece_stays_when_it_grows_and_shrinks() {
        let mut bytes = vec![7u8; PAGE];
        for length in [PAGE + 1, 2 * PAGE, 64 * PAGE, 3 * PAGE, 100] {
            bytes.resize(length, 7);
            bytes.shrink_to_fit();
            assert!(bytes.len() == length && bytes.iter().all(|byte| *byte == 7));
        }
        assert_eq!(vec![0u8; 2 * PAGE], [0; 2 * PAGE]);
    }
}
