//! Pieces that panels are made of.
mod chart_export;
mod chart_view;
mod checklist;
mod data_table;
mod dom;
mod drop_zone;
mod figure;
mod job_card;
mod notice;
mod param_field;
mod pick;
mod spark;

pub use checklist::{Item, checklist};
pub use data_table::{Col, data_table};
pub use dom::{download, focus, follow, lower, parse_number};
pub use drop_zone::{drop_zone, file_button};
pub use figure::{figure, is_wide, plain_figure};
pub use job_card::job_card;
pub use notice::{failure_card, notice, warning_list};
pub use param_field::Form;
pub use pick::{Choice, pick};
pub use spark::{loss_spark, spark};
