//! What a person sees.
pub mod i18n;
#[cfg(target_arch = "wasm32")]
pub mod parts;
