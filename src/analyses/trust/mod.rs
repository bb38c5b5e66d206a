//! What makes a model to be trusted, or not: leaks of the target. Shared by the analyses that have one.
pub(super) mod leaks;
mod words;
