//! Behaviour: what customers will do. Whether they buy (two classes), which plan they take (several), how much they spend
//! (a number).
use super::{
    Entry,
    supervised::{self, Scope},
};
use crate::report::Module;

/// The analysis.
pub(super) const ENTRY: Entry = Entry {
    id: "behaviour",
    module: Module::Engine,
    roles: || supervised::roles(Scope::Any),
    params: || supervised::params(Scope::Any),
    run: |job, run| Box::pin(supervised::learn("behaviour", Scope::Any, job, run)),
};
