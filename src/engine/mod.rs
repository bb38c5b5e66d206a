//! The job loop: requests in, analyses run, events out. [`State`] is the same natively and in the worker.
mod collector;
mod csv;
mod desk;
mod held;
#[cfg(target_arch = "wasm32")]
mod helpers;
#[cfg(target_arch = "wasm32")]
mod helping;
pub mod memory;
mod pseudonyms;
mod state;
#[cfg(not(target_arch = "wasm32"))]
mod threads;
#[cfg(target_arch = "wasm32")]
mod worker;

pub use collector::{Collector, Sink};
pub use state::{Answer, Beside, State, catalog};
#[cfg(not(target_arch = "wasm32"))]
pub use threads::Threads;
#[cfg(target_arch = "wasm32")]
pub use worker::start;
