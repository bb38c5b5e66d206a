//! The job loop: requests in, analyses run, events out. [`State`] is the same natively and in the worker.
mod collector;
mod csv;
mod state;
#[cfg(target_arch = "wasm32")]
mod worker;

pub use collector::{Collector, Sink};
pub use state::{Answer, Beside, State, catalog};
#[cfg(target_arch = "wasm32")]
pub use worker::start;
