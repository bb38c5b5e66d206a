//! What a host page touches: the headless engine, the element, their events and values.
mod core;
mod events;
mod plain;
mod state;
mod values;
mod widget;

pub use core::Core;
pub use widget::Widget;
