//! The element.
