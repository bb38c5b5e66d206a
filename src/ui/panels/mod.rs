//! One panel per step.
mod added;
mod churn;
mod columns;
mod data;
mod predict;
mod prepare;
mod privacy;
mod roles;
mod start;

pub use added::{coming, dropped};
pub use churn::learn;
pub use data::data;
pub use predict::predict;
pub use prepare::prepare;
pub use privacy::Privacy;
