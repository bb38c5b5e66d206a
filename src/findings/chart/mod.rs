//! Figures on the page.
mod export;
mod figure;
mod view;

pub(super) use export::{save_csv, save_text};
pub(super) use figure::{figure, is_wide, plain_figure};
