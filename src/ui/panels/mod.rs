//! One panel per step.
mod added;
mod churn;
mod columns;
mod data;
mod predict;
mod prepare;
mod projects;
mod roles;
mod start;
mod study;
mod undo;

pub use added::{coming, dropped};
pub use churn::learn;
pub use data::data;
pub use predict::predict;
pub use prepare::prepare;
pub use projects::{ask, privacy, project, project_state, troubles};
pub use study::study;
pub use undo::undo_buttons;
