//! What a column of the matrix stands for, in the units of the file: the way back through a fitted preparation.
use super::FittedTransform;
use crate::{
    base::{ColumnKind, Field, Format},
    table::Schema,
};
use std::collections::HashMap;

/// What a step made a column from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// `(column − shift) / scale`.
    Scaled {
        /// Column it was made from.
        column: String,
        /// What was taken off.
        shift: f64,
        /// What it was divided by.
        scale: f64,
    },
    /// Yes where `column` holds `level`.
    Level {
        /// Column it was made from.
        column: String,
        /// The level.
        level: String,
        /// A level of the column that has no 0 and 1 of its own (`drop`).
        dropped: Option<String>,
        /// Levels that have.
        n_columns: usize,
    },
}

/// What a column of the matrix stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// A number: the value in the matrix is `(column − shift) / scale`.
    Number {
        /// Column of the file, or one that a step made.
        column: String,
        /// What was taken off.
        shift: f64,
        /// What it was divided by.
        scale: f64,
        /// Whether the column holds whole numbers.
        is_whole: bool,
    },
    /// 1 where `column` holds `level`, else 0.
    Level {
        /// Column of the file, or one that a step made.
        column: String,
        /// The level.
        level: String,
        /// A level of the column that has no 0 and 1 of its own (`drop`).
        dropped: Option<String>,
        /// Levels that have.
        n_columns: usize,
    },
    /// 1 for yes, 0 for no.
    Flag {
        /// Column of the file, or one that a step made.
        column: String,
        /// Spelling of no.
        no: String,
        /// Spelling of yes.
        yes: String,
    },
}

impl Meaning {
    /// The column it is about.
    pub fn column(&self) -> &str {
        match self {
            Self::Number { column, .. }
            | Self::Level { column, .. }
            | Self::Flag { column, .. } => column,
        }
    }

    /// Whether the value in the matrix is 0 or 1.
    pub fn is_binary(&self) -> bool {
        !matches!(self, Self::Number { .. })
    }
}

/// What the columns of each step's output were made from; `schemas` are the inputs of `steps`, one more than steps.
pub(super) fn made_from(
    steps: &[Box<dyn FittedTransform>],
    schemas: &[Schema],
) -> Vec<HashMap<String, Source>> {
    let each = steps.iter().zip(schemas);
    each.map(|(step, input)| step.sources(input)).collect()
}

/// Walks from `feature` back through the steps, whose `sources` are those of [`made_from`].
pub(super) fn meaning(
    sources: &[HashMap<String, Source>],
    schemas: &[Schema],
    feature: &str,
) -> Meaning {
    let mut name = feature.to_owned();
    let (mut shift, mut scale) = (0.0, 1.0);
    let known = |schema: Option<&Schema>, name: &str| -> Option<Field> {
        schema.and_then(|s| s.field(name).ok().cloned())
    };
    let mut field = known(schemas.last(), feature);
    for (sources, input) in sources.iter().zip(schemas).rev() {
        match sources.get(&name).cloned() {
            Some(Source::Level {
                column,
                level,
                dropped,
                n_columns,
            }) => {
                return Meaning::Level {
                    column,
                    level,
                    dropped,
                    n_columns,
                };
            }
            Some(Source::Scaled {
                column,
                shift: s,
                scale: k,
            }) => {
                // (v − s) / k = shift + scale · x
                shift = s + k * shift;
                scale *= k;
                name = column;
            }
            None => {}
        }
        match known(Some(input), &name) {
            Some(earlier) => field = Some(earlier),
            // This step made it.
            None => break,
        }
    }
    let kind = field.as_ref().map(|f| f.kind);
    match field.map(|f| f.format) {
        Some(Format::Bool { falsy, truthy }) if kind == Some(ColumnKind::Bool) => Meaning::Flag {
            column: name,
            no: falsy,
            yes: truthy,
        },
        _ if kind == Some(ColumnKind::Bool) => Meaning::Flag {
            column: name,
            no: false.to_string(),
            yes: true.to_string(),
        },
        _ => Meaning::Number {
            column: name,
            shift,
            scale,
            is_whole: kind == Some(ColumnKind::Int),
        },
    }
}
