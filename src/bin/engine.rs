//! Entry of the engine module; runs in a worker.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: kept::engine::memory::Counted = kept::engine::memory::Counted;

fn main() {
    #[cfg(target_arch = "wasm32")]
    kept::engine::start();
}
