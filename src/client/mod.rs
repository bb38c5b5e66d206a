//! Talks to the engine.
