//! Room artifact.
