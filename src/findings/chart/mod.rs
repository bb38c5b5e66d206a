//! Figures on the page.
mod export;
mod figure;
mod view;

pub(super) use figure::{figure, is_wide, plain_figure};
