//! What makes a model to be trusted, or not: leaks of the target, groups it serves worse. Shared by the analyses that have one.
pub(super) mod card;
pub(super) mod drift;
pub(super) mod leaks;
pub(super) mod slices;
mod words;
