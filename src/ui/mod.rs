//! What a person sees.
#[cfg(target_arch = "wasm32")]
pub mod parts;
