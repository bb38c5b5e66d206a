//! Analyses: one file or folder each, registered in [`ANALYSES`]. No analysis imports another.
pub mod aggregates;
mod behaviour;
pub mod book;
mod churn;
pub mod counterfactual;
pub mod decide;
pub mod explain;
pub mod global;
pub mod health;
pub mod ranges;
mod recommend;
mod rows;
mod score;
mod segments;
mod supervised;
mod trust;
mod value;
pub mod vary;
pub mod why;

pub use score::score;
pub use trust::card::model_card;

use crate::{
    artifact::Artifact,
    base::{Error, LocalFuture, ParamSpec, Params, Recipe, Result, RoleSpec, Roles, Run, Task},
    evaluate, learn,
    report::{Module, Report},
    table::Table,
};

/// What an analysis is given.
#[derive(Debug)]
pub struct Job<'a> {
    /// The data.
    pub table: &'a Table,
    /// Its name.
    pub dataset: &'a str,
    /// Columns by role.
    pub roles: &'a Roles,
    /// Parameters, not yet checked.
    pub params: &'a Params,
    /// The preparation; suggested when absent.
    pub recipe: Option<&'a Recipe>,
}

/// What an analysis gives.
#[derive(Debug)]
pub struct Outcome {
    /// The report, without warnings, seed and model: the engine adds them.
    pub report: Report,
    /// The model, where there is one.
    pub artifact: Option<Artifact>,
}

/// An analysis of the registry.
#[derive(Debug)]
pub struct Entry {
    /// Stable id.
    pub id: &'static str,
    /// The module it runs in.
    pub module: Module,
    /// Roles it takes.
    pub roles: fn() -> Vec<RoleSpec>,
    /// Parameters it takes.
    pub params: fn() -> Vec<ParamSpec>,
    /// Carries it out, in its module; anywhere else [`Error::Protocol`].
    pub run: Carry,
}

type Carry = for<'a> fn(&'a Job<'a>, &'a mut Run<'_>) -> LocalFuture<'a, Result<Outcome>>;

/// All analyses. Every module knows what each of them is called and takes; how it is done is in its own.
pub static ANALYSES: &[Entry] = &[
    placed(churn::ENTRY),
    placed(behaviour::ENTRY),
    placed(segments::ENTRY),
    placed(value::ENTRY),
    placed(recommend::ENTRY),
];

/// Whether this build carries out what belongs to `module`. Known when it is compiled: what is asked for behind a `false` is
/// not in the module.
pub const fn is_here(module: Module) -> bool {
    match module {
        Module::Engine => cfg!(feature = "engine"),
        Module::Studies => cfg!(feature = "studies"),
    }
}

/// The entry, without its work where that is elsewhere.
const fn placed(entry: Entry) -> Entry {
    if is_here(entry.module) {
        return entry;
    }
    Entry {
        run: |_, _| Box::pin(std::future::ready(Err(Error::Protocol))),
        ..entry
    }
}

/// All that helper engines do. A task missing here cannot be done by them.
fn tasks() -> impl Iterator<Item = &'static Task> {
    const ALL: (&[&Task], &[&Task]) = match is_here(Module::Engine) {
        true => (learn::TASKS, evaluate::TASKS),
        false => (&[], &[]),
    };
    ALL.0.iter().chain(ALL.1).copied()
}

/// The task with that id, of all that helper engines do.
pub fn task(id: &str) -> Option<&'static Task> {
    tasks().find(|t| t.id == id)
}

/// The analysis with that id.
///
/// # Errors
/// [`Error::Unknown`] when there is none.
pub fn entry(id: &str) -> Result<&'static Entry> {
    ANALYSES
        .iter()
        .find(|e| e.id == id)
        .ok_or_else(|| Error::Unknown {
            what: "analysis".into(),
            id: id.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_task_has_an_id_of_its_own() {
        let mut seen = HashSet::new();
        for task in tasks() {
            assert!(seen.insert(task.id), "{} twice", task.id);
            // What a helper looks up is the very task that the engine sent.
            assert!(std::ptr::eq(super::task(task.id).unwrap(), task));
        }
        assert!(seen.len() >= 4, "{seen:?}");
        assert!(task("no such task").is_none());
    }
}
