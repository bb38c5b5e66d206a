//! Pieces that panels are made of. Those that know the state of the page belong to its own module only.
mod data_table;
mod dom;
mod head;
#[cfg(feature = "page")]
mod held;
mod pick;
mod warnings;

#[cfg(feature = "page")]
mod checklist;
#[cfg(feature = "page")]
mod dialog;
mod drop_zone;
#[cfg(feature = "page")]
mod findings;
#[cfg(feature = "page")]
mod job_card;
#[cfg(feature = "page")]
mod notice;
#[cfg(feature = "page")]
mod param_field;
#[cfg(feature = "page")]
mod spark;

pub use data_table::{Col, data_table};
pub use dom::{download, focus, follow, lower, parse_number, random_bytes};
pub use drop_zone::{drop_zone, file_button};
pub use head::{button, opening};
pub use pick::{Choice, pick};
pub use warnings::warning_list;

#[cfg(feature = "page")]
pub use {
    checklist::{Item, checklist},
    dialog::dialog,
    findings::{Finding, findings},
    held::held,
    job_card::job_card,
    notice::{failure_card, notice},
    param_field::Form,
    spark::{loss_spark, spark},
};
