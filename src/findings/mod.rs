//! The module that shows what was found: figures, lists, the pages of customers. It is fetched behind the first screen and
//! mounted into places that the page's own module leaves for it.
//!
//! It has no engine of its own: questions go over a [`Bridge`] to the page's module, which keeps the order of requests and
//! brings back what an engine has lost. Reports come as the bytes of the event that brought them.
//!
//! What a saved report is made of, and what a view keeps, need no browser.

#[cfg(any(target_arch = "wasm32", test, fuzzing))]
mod document;
#[cfg(any(target_arch = "wasm32", test, fuzzing))]
mod kept;
#[cfg(any(target_arch = "wasm32", test, fuzzing))]
mod shown;

#[cfg(any(test, fuzzing))]
pub mod fuzz;

#[cfg(target_arch = "wasm32")]
mod book;
#[cfg(target_arch = "wasm32")]
mod bridge;
#[cfg(target_arch = "wasm32")]
mod chart;
#[cfg(target_arch = "wasm32")]
mod desk;
#[cfg(target_arch = "wasm32")]
mod explain;
#[cfg(target_arch = "wasm32")]
mod fields;
#[cfg(target_arch = "wasm32")]
mod hosted;
#[cfg(target_arch = "wasm32")]
mod pane;
#[cfg(target_arch = "wasm32")]
mod screens;
#[cfg(target_arch = "wasm32")]
mod shelf;

#[cfg(target_arch = "wasm32")]
pub use {
    desk::{Desk, Place, take_up_texts},
    document::report,
    explain::explain,
};

#[cfg(target_arch = "wasm32")]
use {bridge::Bridge, pane::Pane};
