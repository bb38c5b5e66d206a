//! One panel per step.
mod added;
mod churn;
mod columns;
mod data;
mod history;
mod predict;
mod prepare;
mod privacy;
mod projects;
mod roles;
mod start;
mod study;

pub use added::{coming, dropped};
pub use churn::learn;
pub use data::data;
pub use history::undo_buttons;
pub use predict::predict;
pub use prepare::prepare;
pub use privacy::Privacy;
pub use projects::{ask, project, project_state, troubles};
pub use study::study;
