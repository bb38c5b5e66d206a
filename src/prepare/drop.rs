//! Leaves columns out.
use super::{Entry, FittedTransform, Transform};
use crate::{
    base::{Part, Result, Run, Step, Train},
    table::{Among, Schema, Table},
};
use serde::{Deserialize, Serialize};

#[derive(Debug)]
struct Drop {
    columns: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FittedDrop {
    columns: Vec<String>,
}

fn build(step: &Step) -> Result<Box<dyn Transform>> {
    step.params.deny_unknown(ENTRY.params)?;
    Ok(Box::new(Drop {
        columns: step.columns.clone(),
    }))
}

impl Transform for Drop {
    fn fit(&self, train: &Train<Table>, _run: &mut Run<'_>) -> Result<Box<dyn FittedTransform>> {
        for name in &self.columns {
            train.get().schema().position(name)?;
        }
        Ok(Box::new(FittedDrop {
            columns: self.columns.clone(),
        }))
    }
}

impl FittedTransform for FittedDrop {
    fn output(&self, input: &Schema) -> Result<Schema> {
        let mine = Among::new(&self.columns);
        let keep = |f: &&crate::base::Field| !mine.has(&f.name);
        Ok(Schema::new(
            input.fields.iter().filter(keep).cloned().collect(),
        ))
    }

    fn apply(&self, table: &Table, _run: &mut Run<'_>) -> Result<Table> {
        let mine = Among::new(&self.columns);
        Ok(table.filter_columns(|f| !mine.has(&f.name)))
    }

    fn save(&self) -> Result<Part> {
        Part::encode(ENTRY.id, 1, self)
    }
}

/// Drops the named columns.
pub const ENTRY: Entry = Entry {
    id: "drop",
    params: &[],
    n_columns: 0,
    build,
    load: |part| Ok(Box::new(part.decode::<FittedDrop>(1)?)),
};
