//! From scores to decisions: what contacts bring, whom to contact first, and what to do.
//!
//! Beside a model's figures a run says what acting on it is worth: profit, gains and lift on held-out rows. The parameter
//! `costs` is read by [`Costs::parse`], `playbook` by [`Playbook::parse`], `health` by
//! [`HealthAsked::parse`](super::health::HealthAsked::parse).
pub mod actions;
mod healthy;
mod measured;
pub mod playbook;
mod present;
mod scored;
mod worth;

pub(super) use healthy::Learned;
pub use healthy::health_table;
pub(super) use measured::HeldOut;
pub use present::still_there;
pub use scored::Decisions;
pub(super) use scored::scored;
pub use worth::worth;

use super::{Job, book, explain, health};
use crate::{
    artifact::Opened,
    base::{COSTS, Costs, HEALTH, PLAYBOOK, Params, Playbook, Result, Role, Run},
    table::Table,
};

/// Streams of the seed, apart from those of the journey.
mod stream {
    pub(super) const PROFIT: u64 = 41;
    pub(super) const GAINS: u64 = 42;
    pub(super) const HEALTH: u64 = 43;
}

/// Parameters that are maps of their own, beside the catalogue's list.
const NESTED: &[&str] = &[COSTS, PLAYBOOK, HEALTH];

/// `params` without what is read here.
pub(super) fn without(mut params: Params) -> Params {
    for name in NESTED {
        params.0.remove(name);
    }
    params
}

/// What a person said about decisions, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub(super) costs: Costs,
    pub(super) playbook: Playbook,
    pub(super) health: health::HealthAsked,
}

impl Asked {
    /// # Errors
    /// Those of [`Costs::parse`], [`worth::column`], [`Playbook::parse`] and [`health::HealthAsked::parse`].
    pub(super) fn parse(job: &Job<'_>) -> Result<Self> {
        let costs = Costs::parse(job.params, job.roles.get(Role::Value))?;
        worth::column(job.table, &costs.value)?;
        Ok(Self {
            costs,
            playbook: Playbook::parse(job.params)?,
            health: health::HealthAsked::parse(job.params, job.table.schema())?,
        })
    }
}

/// Reasons of the rows of `table`, by column of the file.
fn reasons(model: &Opened, table: &Table, run: &mut Run<'_>) -> Result<Option<actions::Reasons>> {
    let explain::Reasons {
        columns,
        points,
        errors,
        ..
    } = run.quietly(|run| explain::reasons(model, table, run))?;
    Ok(Some(actions::Reasons {
        columns,
        points,
        is_sampled: errors.is_some(),
    }))
}
