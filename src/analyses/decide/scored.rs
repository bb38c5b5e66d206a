//! A new file scored with a saved model: what contacts are expected to bring, and health.
use super::{
    Asked,
    actions::MOST_ROWS,
    health::Health,
    health_table, stream,
    worth::{self, worth},
};
use crate::{
    artifact::Artifact,
    base::{Costs, Part, Playbook, Result, Run},
    evaluate::profit::{Customers, profit},
    report::Report,
    table::Table,
};
use serde::{Deserialize, Serialize};

/// Kind of the extra part of a model file that holds what a person said about decisions.
pub const KIND: &str = "decisions";
const VERSION: u16 = 1;

/// What a person said when the model was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decisions {
    /// Costs.
    pub costs: Costs,
    /// Rules.
    pub playbook: Playbook,
}

impl Decisions {
    /// Those of a model, where it has some.
    ///
    /// # Errors
    /// [`crate::base::Error::Artifact`] when they cannot be read.
    pub fn of(artifact: &Artifact) -> Result<Option<Self>> {
        let part = artifact.extra(KIND);
        part.map(|p| p.decode(VERSION)).transpose()
    }
}

impl Asked {
    /// What was said, as an extra part of a model file.
    ///
    /// # Errors
    /// [`crate::base::Error::Artifact`] when it cannot be encoded.
    pub(super) fn save(&self) -> Result<Part> {
        let said = Decisions {
            costs: self.costs.clone(),
            playbook: self.playbook.clone(),
        };
        Part::encode(KIND, VERSION, &said)
    }
}

/// Adds the figure `profit` at the costs of the model, by the probabilities alone, and the table `health`, as far as the model
/// has costs and a health score and the file the column of values.
///
/// # Errors
/// Those of [`profit`] and [`health_table`].
pub(in crate::analyses) fn scored(
    artifact: &Artifact,
    table: &Table,
    proba: &[f64],
    report: &mut Report,
    run: &mut Run<'_>,
) -> Result<()> {
    let rows: Vec<u32> = (0..table.n_rows() as u32).collect();
    if let Some(Decisions { costs, .. }) = Decisions::of(artifact)?
        && worth::column(table, &costs.value).is_ok()
    {
        let value = worth(table, &costs.value, &rows, run)?;
        let customers = Customers {
            proba,
            value: value.as_deref(),
            truth: None,
        };
        let drawn = profit(&customers, &costs, stream::PROFIT, run)?;
        report.figures.push(("profit".to_owned(), drawn.into()));
    }
    if let Some(health) = Health::of(artifact)? {
        let id = artifact.id.as_deref();
        let id = id.filter(|id| table.schema().position(id).is_ok());
        let rows = rows.get(..MOST_ROWS).unwrap_or(&rows);
        let table = health_table(&health, table, id, None, rows)?;
        report.tables.push(("health".to_owned(), table));
    }
    Ok(())
}
