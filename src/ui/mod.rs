//! What a person sees: state by resource, one action per file, one panel per step.
pub mod i18n;
mod plain;
pub mod relevance;

pub use plain::plain;

#[cfg(target_arch = "wasm32")]
mod actions;
#[cfg(target_arch = "wasm32")]
mod panels;
#[cfg(target_arch = "wasm32")]
mod parts;
#[cfg(target_arch = "wasm32")]
mod root;
#[cfg(target_arch = "wasm32")]
mod shell;
#[cfg(target_arch = "wasm32")]
mod state;

#[cfg(target_arch = "wasm32")]
pub use {
    actions::Actions,
    root::{Context, Mounted, Notice, mount},
    state::{Step, Theme, ViewState},
};
