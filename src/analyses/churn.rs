//! Churn: which customers will leave.
use super::{
    Entry,
    supervised::{self, Scope},
};
use crate::report::Module;

/// The analysis.
pub(super) const ENTRY: Entry = Entry {
    id: "churn",
    module: Module::Engine,
    roles: || supervised::roles(Scope::TwoClasses),
    params: || supervised::params(Scope::TwoClasses),
    run: |job, run| Box::pin(supervised::learn("churn", Scope::TwoClasses, job, run)),
};
