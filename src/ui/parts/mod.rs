//! Pieces that panels are made of.
pub mod chart_export;
pub mod chart_view;
