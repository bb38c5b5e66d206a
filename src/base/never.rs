//! An error that cannot exist: what is written or read with it needs no code for giving up.
use serde::{de, ser};
use std::fmt;

/// There is no such error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Never {}

impl fmt::Display for Never {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}
impl std::error::Error for Never {}
impl ser::Error for Never {
    /// Serde calls this for numbers of 128 bits, locked cells and paths that are not text, which no message and no part
    /// holds.
    fn custom<T: fmt::Display>(_: T) -> Self {
        std::process::abort()
    }
}
impl de::Error for Never {
    /// Serde calls this for a variant out of range, a missing element, a number too large for its type or a value of
    /// another type. The reader of messages gives none of these; messages hold their `usize` through
    /// [`crate::base::saturating`].
    fn custom<T: fmt::Display>(_: T) -> Self {
        std::process::abort()
    }
}
