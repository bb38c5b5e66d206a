//! What a host page touches: the headless engine, the element, their events and values.
mod core;
mod events;
mod given;
mod groups;
mod host;
mod plain;
mod projects;
mod reports;
mod state;
mod texts;
mod values;
mod widget;

pub use core::Core;
pub use reports::parts_of_report;
pub use texts::{fetch_texts_with, take_up_texts};
pub use widget::Widget;
