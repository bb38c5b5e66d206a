//! One panel per step.
mod added;
mod churn;
mod columns;
mod data;
mod predict;
mod prepare;
mod privacy;
mod projects;
mod roles;
mod start;
mod undo;

pub use added::{coming, dropped};
pub use churn::learn;
pub use data::data;
pub use predict::predict;
pub use prepare::prepare;
pub use privacy::Privacy;
pub use projects::{ask, project, project_state, troubles};
pub use undo::undo_buttons;
