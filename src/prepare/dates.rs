//! Dates as numbers: days since, and parts of the calendar.
use super::{Entry, FittedTransform, Transform, columns::Names, select};
use crate::{
    base::{ColumnKind, Field, ParamSpec, Part, Result, Run, Step, Train},
    table::{Among, Column, Mask, Schema, Table, Values},
};
use chrono::{DateTime, Datelike};
use serde::{Deserialize, Serialize};

static PARAMS: &[ParamSpec] = &[ParamSpec::flag("parts", true)];
const DAY_SECONDS: i64 = 86_400;

#[derive(Debug)]
struct Dates {
    columns: Vec<String>,
    parts: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct FittedDates {
    columns: Vec<FittedDate>,
    parts: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct FittedDate {
    name: String,
    /// Latest day seen in training, in days since 1970-01-01: from there days are counted back.
    reference_day: i64,
}

fn is_date(field: &Field) -> bool {
    matches!(field.kind, ColumnKind::Date | ColumnKind::DateTime)
}

fn day(column: &Column, i: usize) -> Option<i64> {
    match column {
        Column::Date(v) => v.get(i).map(i64::from),
        Column::DateTime(v) => v.get(i).map(|s| s.div_euclid(DAY_SECONDS)),
        _ => None,
    }
}

fn build(step: &Step) -> Result<Box<dyn Transform>> {
    step.params.deny_unknown(PARAMS)?;
    Ok(Box::new(Dates {
        columns: step.columns.clone(),
        parts: step.params.flag(PARAMS, "parts")?,
    }))
}

impl Transform for Dates {
    fn fit(&self, train: &Train<Table>, _run: &mut Run<'_>) -> Result<Box<dyn FittedTransform>> {
        let table = train.get();
        let names = select(table.schema(), &self.columns, ColumnKind::Date, is_date)?;
        let mut columns = Vec::with_capacity(names.len());
        for name in names {
            let column = table.column(&name)?;
            let reference_day = (0..table.n_rows())
                .filter_map(|i| day(column, i))
                .max()
                .unwrap_or(0);
            columns.push(FittedDate {
                name,
                reference_day,
            });
        }
        Ok(Box::new(FittedDates {
            columns,
            parts: self.parts,
        }))
    }
}

impl FittedDates {
    fn fields(&self, input: &Schema) -> Result<Vec<Vec<Field>>> {
        let mut names = Names::of(input);
        let mut all = Vec::new();
        for column in &self.columns {
            let origins = &input.field(&column.name)?.origins;
            let kinds = [
                ("days since", ColumnKind::Float),
                ("year", ColumnKind::Int),
                ("month", ColumnKind::Int),
                ("weekday", ColumnKind::Int),
            ];
            let mut fields = Vec::new();
            for (suffix, kind) in kinds.into_iter().take(if self.parts { 4 } else { 1 }) {
                let name = names.take(&format!("{}: {suffix}", column.name));
                fields.push(Field::derived(name, kind, origins.clone()));
            }
            all.push(fields);
        }
        Ok(all)
    }

    fn read(&self) -> Among<'_> {
        Among::new(self.columns.iter().map(|c| &c.name))
    }
}

impl FittedTransform for FittedDates {
    fn output(&self, input: &Schema) -> Result<Schema> {
        let made = self.fields(input)?.into_iter().flatten();
        let read = self.read();
        Ok(input.replace(|f| read.has(&f.name), made))
    }

    fn apply(&self, table: &Table, _run: &mut Run<'_>) -> Result<Table> {
        let mut made = Vec::new();
        for (fitted, fields) in self.columns.iter().zip(self.fields(table.schema())?) {
            let column = table.column(&fitted.name)?;
            let days: Vec<Option<i64>> = (0..table.n_rows()).map(|i| day(column, i)).collect();
            let part = |f: &dyn Fn(i64) -> Option<i64>| {
                let cells: Vec<Option<i64>> = days.iter().map(|d| d.and_then(f)).collect();
                Column::Int(Values::from_options(&cells, 0))
            };
            let calendar = |d: i64| DateTime::from_timestamp(d * DAY_SECONDS, 0);
            for (k, field) in fields.into_iter().enumerate() {
                let column = match k {
                    0 => {
                        let since = days
                            .iter()
                            .map(|d| d.map_or(0.0, |d| (fitted.reference_day - d) as f64))
                            .collect();
                        Column::Float(Values::new(
                            since,
                            Mask::from_fn(days.len(), |i| days[i].is_none()),
                        ))
                    }
                    1 => part(&|d| calendar(d).map(|t| i64::from(t.year()))),
                    2 => part(&|d| calendar(d).map(|t| i64::from(t.month()))),
                    // Monday is 1, as in ISO 8601.
                    _ => {
                        part(&|d| calendar(d).map(|t| i64::from(t.weekday().number_from_monday())))
                    }
                };
                made.push((field, column));
            }
        }
        let read = self.read();
        table.replace(|f| read.has(&f.name), made)
    }

    fn save(&self) -> Result<Part> {
        Part::encode(ENTRY.id, 1, self)
    }
}

/// Days since are counted back from the latest day of the training rows.
pub const ENTRY: Entry = Entry {
    id: "dates",
    params: PARAMS,
    n_columns: 0,
    build,
    load: |part| Ok(Box::new(part.decode::<FittedDates>(1)?)),
};
