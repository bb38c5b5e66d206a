//! One column divided by another, such as `active_days = login_days / total_days`.
use super::{Entry, FittedTransform, Transform, columns::Names};
use crate::{
    base::{ColumnKind, Error, Field, ParamReason, ParamSpec, Part, Result, Run, Step, Train},
    table::{Column, Mask, Schema, Table, Values},
};
use serde::{Deserialize, Serialize};

static PARAMS: &[ParamSpec] = &[ParamSpec::text("name")];

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Ratio {
    numerator: String,
    denominator: String,
    name: String,
}

fn build(step: &Step) -> Result<Box<dyn Transform>> {
    step.params.deny_unknown(PARAMS)?;
    let [numerator, denominator] = step.columns.as_slice() else {
        return Err(Error::Param {
            param: "columns".into(),
            reason: ParamReason::Required,
        });
    };
    let name = step.params.text("name")?.filter(|n| !n.trim().is_empty());
    let name = name.unwrap_or_else(|| format!("{numerator} / {denominator}"));
    Ok(Box::new(Ratio {
        numerator: numerator.clone(),
        denominator: denominator.clone(),
        name,
    }))
}

impl Transform for Ratio {
    fn fit(&self, train: &Train<Table>, _run: &mut Run<'_>) -> Result<Box<dyn FittedTransform>> {
        let schema = train.get().schema();
        for name in [&self.numerator, &self.denominator] {
            let field = schema.field(name)?;
            if !field.kind.is_number() {
                return Err(Error::ColumnKind {
                    name: name.clone(),
                    expected: ColumnKind::Float,
                    found: field.kind,
                });
            }
        }
        Ok(Box::new(Self {
            name: Names::of(schema).take(&self.name),
            ..self.clone()
        }))
    }
}

impl Ratio {
    fn field(&self, input: &Schema) -> Result<Field> {
        let mut origins = input.field(&self.numerator)?.origins.clone();
        origins.extend(input.field(&self.denominator)?.origins.iter().cloned());
        Ok(Field::derived(&self.name, ColumnKind::Float, origins))
    }
}

impl FittedTransform for Ratio {
    fn output(&self, input: &Schema) -> Result<Schema> {
        let mut fields = input.fields.clone();
        fields.push(self.field(input)?);
        Ok(Schema::new(fields))
    }

    fn apply(&self, table: &Table, _run: &mut Run<'_>) -> Result<Table> {
        let (a, b) = (
            table.column(&self.numerator)?,
            table.column(&self.denominator)?,
        );
        let quotient = |i: usize| match (a.number(i), b.number(i)) {
            (Some(a), Some(b)) if b != 0.0 => a / b,
            _ => f64::NAN,
        };
        let data: Vec<f64> = (0..table.n_rows()).map(quotient).collect();
        let missing = Mask::from_fn(data.len(), |i| !data[i].is_finite());
        table.with(vec![(
            self.field(table.schema())?,
            Column::Float(Values::new(data, missing)),
        )])
    }

    fn save(&self) -> Result<Part> {
        Part::encode(ENTRY.id, 1, self)
    }
}

/// Division by zero gives missing.
pub const ENTRY: Entry = Entry {
    id: "ratio",
    params: PARAMS,
    n_columns: 2,
    build,
    load: |part| Ok(Box::new(part.decode::<Ratio>(1)?)),
};
