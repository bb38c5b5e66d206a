//! What every room may use: errors, warnings, run context, parameters, dataset vocabulary, saved parts.
mod book;
pub mod budget;
#[cfg(feature = "worker")]
mod cbor;
#[cfg(feature = "worker")]
mod cbor_writer;
mod cell;
mod costs;
mod csv;
mod dataset;
mod digits;
mod error;
mod health;
mod isolated;
mod named;
mod never;
pub mod order;
mod packed;
#[cfg(feature = "worker")]
mod parallel;
mod params;
#[cfg(feature = "worker")]
mod part;
mod phrases;
mod playbook;
#[cfg(feature = "worker")]
pub mod random;
mod recipe;
mod run;
mod sides;
#[cfg(feature = "worker")]
pub mod special;
mod texts;
mod warning;

pub use book::{Filter, Key, Mark, Op, Query, Scope};
pub use cell::Cell;
pub use costs::{Assumed, COSTS, Costs, ValueOf};
pub use csv::csv_cell;
pub use dataset::{
    Bar, ColumnKind, ColumnProfile, DatasetProfile, DateOrder, Field, Format, Histogram,
    LoadOptions, NumberSummary, Reason, Role, RoleGuess, RoleSpec, Roles,
};
pub use digits::{is_number, saturating};
#[cfg(feature = "worker")]
pub use error::same_length;
pub use error::{ArtifactReason, Error, FormatReason, ParamReason, Result, TargetReason};
pub use health::{HEALTH, HEALTH_BANDS, HEALTH_PARTS, check_health_weights, health_band};
pub use isolated::isolated;
pub use named::Named;
pub use never::Never;
pub use packed::pack;
#[cfg(feature = "worker")]
pub use parallel::{
    Done, Executor, Job, Ledger, LocalFuture, Portable, Shared, Span, Task, TaskFn, block_on,
};
pub use params::{ParamSpec, Params, Range, Unit, Value};
#[cfg(feature = "worker")]
pub use part::Part;
pub use phrases::{Phrases, Told};
pub use playbook::{
    ACTIONS, ActionText, Direction, LONGEST_TEXT, MOST_RULES, PLAYBOOK, Playbook, Rule, SUBJECTS,
};
pub use recipe::{Recipe, Step};
pub use run::{Observer, Portion, Progress, Quiet, Run, Stage, Trace};
pub use sides::{Test, Train};
pub use texts::{fingerprint, take as take_texts};
pub use warning::{LeakReason, Warning};
