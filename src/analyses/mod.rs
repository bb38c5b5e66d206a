//! Room analyses.
