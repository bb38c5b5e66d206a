//! How figures, numbers and tables are put in words, the same on the screen and in a saved report. Pure: no DOM.
mod cells;
mod figures;
mod metrics;
#[cfg(any(target_arch = "wasm32", test))]
mod run_on;

pub(super) use cells::{column_head, number_cell, text_cell, worded};
#[cfg(target_arch = "wasm32")]
pub(super) use cells::{duration, to_csv};
#[cfg(target_arch = "wasm32")]
pub(super) use figures::thresholds;
pub(super) use figures::{title, why, words};
pub(super) use metrics::{STRIP, between, metric_style};
#[cfg(target_arch = "wasm32")]
pub(super) use run_on::run_on;
