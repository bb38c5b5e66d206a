//! Churn: which customers will leave.
use super::{Entry, supervised};

/// The analysis.
pub(super) const ENTRY: Entry = Entry {
    id: "churn",
    roles: supervised::roles,
    params: supervised::params,
    run: |job, run| Box::pin(supervised::classify("churn", job, run)),
};
