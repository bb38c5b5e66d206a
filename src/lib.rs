#![doc = include_str!("ARCHITECTURE.md")]
// Rooms, lowest first; `tests/architecture.rs` checks who may import whom.
pub mod base;
pub mod charts;
pub mod protocol;
pub mod report;

#[cfg(feature = "worker")]
pub mod analyses;
#[cfg(feature = "worker")]
pub mod artifact;
#[cfg(feature = "worker")]
pub mod engine;
#[cfg(feature = "worker")]
pub mod evaluate;
#[cfg(feature = "worker")]
pub mod learn;
#[cfg(feature = "worker")]
pub mod prepare;
#[cfg(feature = "worker")]
pub mod table;

#[cfg(all(feature = "page", target_arch = "wasm32"))]
pub mod client;
#[cfg(all(feature = "page", target_arch = "wasm32"))]
pub mod embed;
#[cfg(feature = "findings")]
pub mod findings;
#[cfg(any(feature = "page", feature = "findings"))]
pub mod ui;
