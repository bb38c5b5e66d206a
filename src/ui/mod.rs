//! What a person sees: state by resource, one action per file, one panel per step. Languages and small parts serve the
//! module of the findings too.
pub mod i18n;
#[cfg(any(feature = "findings", not(target_arch = "wasm32")))]
pub mod latest;
mod plain;
#[cfg(any(feature = "page", not(target_arch = "wasm32")))]
pub mod relevance;

#[cfg(any(feature = "page", not(target_arch = "wasm32")))]
pub mod undo;

pub use plain::plain;

#[cfg(all(target_arch = "wasm32", feature = "page"))]
mod actions;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
mod panels;
#[cfg(target_arch = "wasm32")]
pub mod parts;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
mod root;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
mod shell;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
mod state;

#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub use {
    actions::{Actions, Script},
    root::{Context, Mounted, Notice, Reported, mount},
    state::{Held, Host, Preset, Project, Shelf, Step, Theme, Version, ViewState},
};
