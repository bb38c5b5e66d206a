//! Churn: which customers will leave.
use super::{
    Entry,
    supervised::{self, Scope},
};

/// The analysis.
pub(super) const ENTRY: Entry = Entry {
    id: "churn",
    roles: || supervised::roles(Scope::TwoClasses),
    params: || supervised::params(Scope::TwoClasses),
    run: |job, run| Box::pin(supervised::learn("churn", Scope::TwoClasses, job, run)),
};
