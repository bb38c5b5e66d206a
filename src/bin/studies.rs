//! Entry of the second engine module; runs in a worker.
fn main() {
    #[cfg(target_arch = "wasm32")]
    kept::engine::start();
}
