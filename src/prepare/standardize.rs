//! Zero mean, unit variance, as scikit-learn's `StandardScaler` (variance with n in the denominator).
use super::{Entry, FittedTransform, Source, Transform, select};
use crate::{
    base::{ColumnKind, Field, Part, Result, Run, Step, Train},
    table::{Among, Column, Schema, Table, Values},
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

#[derive(Debug)]
struct Standardize {
    columns: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FittedStandardize {
    /// Column, mean, scale.
    columns: Vec<(String, f64, f64)>,
}

fn is_number(field: &Field) -> bool {
    field.kind.is_number()
}

fn build(step: &Step) -> Result<Box<dyn Transform>> {
    step.params.deny_unknown(ENTRY.params)?;
    Ok(Box::new(Standardize {
        columns: step.columns.clone(),
    }))
}

impl Transform for Standardize {
    fn fit(&self, train: &Train<Table>, run: &mut Run<'_>) -> Result<Box<dyn FittedTransform>> {
        let table = train.get();
        let mut columns = Vec::new();
        for name in select(table.schema(), &self.columns, ColumnKind::Float, is_number)? {
            run.check()?;
            let column = table.column(&name)?;
            let values: Vec<f64> = (0..column.len()).filter_map(|i| column.number(i)).collect();
            let n = values.len().max(1) as f64;
            let mean = values.iter().sum::<f64>() / n;
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
            // A column that is constant up to rounding is only centred.
            let constant = variance <= (f64::EPSILON * mean).powi(2) * n;
            columns.push((name, mean, if constant { 1.0 } else { variance.sqrt() }));
        }
        Ok(Box::new(FittedStandardize { columns }))
    }
}

fn scaled(field: &Field) -> Field {
    Field {
        kind: ColumnKind::Float,
        ..field.clone()
    }
}

impl FittedTransform for FittedStandardize {
    fn output(&self, input: &Schema) -> Result<Schema> {
        let mine = Among::new(self.columns.iter().map(|c| &c.0));
        let field = |f: &Field| {
            if mine.has(&f.name) {
                scaled(f)
            } else {
                f.clone()
            }
        };
        Ok(Schema::new(input.fields.iter().map(field).collect()))
    }

    fn apply(&self, table: &Table, _run: &mut Run<'_>) -> Result<Table> {
        let mut made = Vec::new();
        for (name, mean, scale) in &self.columns {
            let column = table.column(name)?;
            let cells: Vec<Option<f64>> = (0..column.len())
                .map(|i| column.number(i).map(|v| (v - mean) / scale))
                .collect();
            made.push((
                scaled(table.schema().field(name)?),
                Column::Float(Values::from_options(&cells, 0.0)),
            ));
        }
        table.with(made)
    }

    fn sources(&self, _input: &Schema) -> HashMap<String, Source> {
        let scaled = |(column, shift, scale): &(String, f64, f64)| Source::Scaled {
            column: column.clone(),
            shift: *shift,
            scale: *scale,
        };
        let columns = self.columns.iter();
        columns.map(|c| (c.0.clone(), scaled(c))).collect()
    }

    fn save(&self) -> Result<Part> {
        Part::encode(ENTRY.id, 1, self)
    }
}

/// Constant columns become 0.
pub const ENTRY: Entry = Entry {
    id: "standardize",
    params: &[],
    n_columns: 0,
    build,
    load: |part| Ok(Box::new(part.decode::<FittedStandardize>(1)?)),
};
