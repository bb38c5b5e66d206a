//! Memory: how much of it is taken, and that no more is taken than allowed.
//!
//! A refused allocation ends the engine with a text that `room.js` and `kept.js` know, so that the page can tell a lack of
//! memory from any other end, and starts another engine.
use std::{
    alloc::{GlobalAlloc, Layout, System},
    hint::black_box,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// The allocator of the engine: the system's, counted.
#[derive(Debug)]
pub struct Counted;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: Counted = Counted;

/// Lets no more than so many bytes be taken.
pub fn limit(bytes: usize) {
    LIMIT.store(bytes, Relaxed);
}

/// Bytes that may be taken in all.
pub fn allowed() -> usize {
    LIMIT.load(Relaxed)
}

/// Bytes taken now; 0 where [`Counted`] is not the allocator.
pub fn live() -> usize {
    LIVE.load(Relaxed)
}

/// Most bytes that were taken at a time since [`reset_peak`].
pub fn peak() -> usize {
    PEAK.load(Relaxed)
}

/// Starts to look for the peak anew.
pub fn reset_peak() {
    PEAK.store(live(), Relaxed);
}

fn take(n: usize) -> bool {
    let now = LIVE.fetch_add(n, Relaxed).saturating_add(n);
    if now > allowed() {
        LIVE.fetch_sub(n, Relaxed);
        return false;
    }
    if now > peak() {
        PEAK.store(now, Relaxed);
    }
    true
}

/// Ends the engine: `kept-memory` and the bytes that would have been needed. Allocates nothing.
#[cfg(target_arch = "wasm32")]
#[cold]
#[inline(never)]
fn refused(n: usize) -> *mut u8 {
    let mut text = *b"kept-memory 00000000000";
    let mut left = live() as u64 + n as u64;
    for place in text.iter_mut().skip(12).rev() {
        *place += (left % 10) as u8;
        left /= 10;
    }
    // What is caught up in this is gone with the engine.
    wasm_bindgen::throw_str(std::str::from_utf8(&text).unwrap_or("kept-memory 0"))
}

#[cfg(not(target_arch = "wasm32"))]
fn refused(_: usize) -> *mut u8 {
    std::ptr::null_mut()
}

// SAFETY: every call goes to the system's allocator as it came, or is refused with null, as is allowed.
unsafe impl GlobalAlloc for Counted {
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.count(layout.size(), |it| unsafe { it.alloc(layout) })
    }

    #[inline(never)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.count(layout.size(), |it| unsafe { it.alloc_zeroed(layout) })
    }

    // The system's allocator looks at what lies before the bytes it gave. Where it is inlined beside the allocation, or a caller
    // is made to pass what it would find there, LLVM knows the bytes' bounds, takes that look for one that cannot happen, and
    // leaves nonsense in its place. Hence the calls, and pointers that come from nowhere.
    #[inline(never)]
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(black_box(at), layout) };
        LIVE.fetch_sub(layout.size(), Relaxed);
    }

    #[inline(never)]
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let more = size.saturating_sub(layout.size());
        let got = self.count(more, |it| unsafe {
            it.realloc(black_box(at), layout, size)
        });
        LIVE.fetch_sub(layout.size().saturating_sub(size), Relaxed);
        got
    }
}

impl Counted {
    fn count(&self, n: usize, get: impl FnOnce(&System) -> *mut u8) -> *mut u8 {
        if !take(n) {
            return refused(n);
        }
        let got = get(&System);
        if got.is_null() {
            LIVE.fetch_sub(n, Relaxed);
            return refused(n);
        }
        got
    }
}
