//! Keeps the columns a selection has chosen. Not a step a person puts into a recipe: [`super::FittedPipeline::keep`] puts
//! it at the end.
use super::FittedTransform;
use crate::{
    base::{Error, Part, Result, Run},
    table::{Schema, Table},
};
use serde::{Deserialize, Serialize};

/// Kind of its saved part.
pub(super) const ID: &str = "keep";

#[derive(Debug, Serialize, Deserialize)]
struct Keep {
    columns: Vec<String>,
}

/// Keeps `columns`.
pub(super) fn fitted(columns: Vec<String>) -> Box<dyn FittedTransform> {
    Box::new(Keep { columns })
}

/// Takes up a saved part.
///
/// # Errors
/// [`Error::Artifact`].
pub(super) fn load(part: &Part) -> Result<Box<dyn FittedTransform>> {
    Ok(Box::new(part.decode::<Keep>(1)?))
}

impl Keep {
    fn check(&self, input: &Schema) -> Result<()> {
        if self.columns.is_empty() {
            return Err(Error::NoFeatures);
        }
        for name in &self.columns {
            input.position(name)?;
        }
        Ok(())
    }
}

impl FittedTransform for Keep {
    fn output(&self, input: &Schema) -> Result<Schema> {
        self.check(input)?;
        Ok(input.replace(|f| !self.columns.contains(&f.name), []))
    }

    fn apply(&self, table: &Table, _run: &mut Run<'_>) -> Result<Table> {
        self.check(table.schema())?;
        Ok(table.filter_columns(|f| self.columns.contains(&f.name)))
    }

    fn save(&self) -> Result<Part> {
        Part::encode(ID, 1, self)
    }
}
