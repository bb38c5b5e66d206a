//! The columns segments are found by, and the matrix that is made of them.
use super::options::Options;
use crate::{
    analyses::Job,
    base::{ColumnKind, Error, Recipe, Result, Role, Run, Stage, Train, Warning},
    learn::gower,
    prepare::{Design, FittedPipeline, Pipeline, suggest},
    table::{Column, Table},
};

/// What is known of the customers.
pub(super) struct Data {
    /// The columns segments are found by.
    pub(super) table: Table,
    pub(super) recipe: Recipe,
    pub(super) pipeline: FittedPipeline,
    pub(super) design: Design,
}

/// Whether a column tells two rows apart.
fn varies(column: &Column) -> bool {
    let n = column.len();
    match column {
        Column::Text(c) | Column::Category(c) => {
            let mut seen = c.codes.iter().flatten();
            let first = seen.next();
            first.is_some_and(|first| seen.any(|other| other != first))
        }
        _ => {
            let mut seen = (0..n).filter_map(|i| column.number(i));
            let first = seen.next();
            first.is_some_and(|first| seen.any(|other| other != first))
        }
    }
}

/// The columns segments are found by.
///
/// # Errors
/// [`Error::MissingColumn`] and [`Error::ColumnKind`] for a named one that is not there or says nothing of a customer (an
/// id, a text); [`Error::NoFeatures`] where none is left.
fn features(job: &Job<'_>, options: &Options, run: &mut Run<'_>) -> Result<Table> {
    let named: Vec<&str> = job
        .roles
        .all(Role::Feature)
        .chain(options.features.iter().map(String::as_str))
        .collect();
    for name in &named {
        let field = job.table.schema().field(name)?;
        if matches!(field.kind, ColumnKind::Id | ColumnKind::Text)
            || job.roles.get(Role::Id) == Some(*name)
        {
            return Err(Error::ColumnKind {
                name: field.name.clone(),
                expected: ColumnKind::Float,
                found: ColumnKind::Id,
            });
        }
    }
    let is_wanted = |name: &str, kind: ColumnKind| {
        if !named.is_empty() {
            return named.contains(&name);
        }
        let is_free = matches!(job.roles.of(name), None | Some(Role::Value));
        is_free && !matches!(kind, ColumnKind::Id | ColumnKind::Text)
    };
    let (mut kept, mut same) = (Vec::new(), Vec::new());
    for (field, column) in job.table.iter() {
        if !is_wanted(&field.name, field.kind) {
            continue;
        }
        if varies(column) {
            kept.push(field.name.clone());
        } else {
            same.push(field.name.clone());
        }
    }
    if !same.is_empty() {
        run.warn(Warning::ColumnsDropped { columns: same });
    }
    if kept.is_empty() {
        return Err(Error::NoFeatures);
    }
    Ok(job.table.filter_columns(|f| kept.contains(&f.name)))
}

impl Data {
    pub(super) fn of(job: &Job<'_>, options: &Options, run: &mut Run<'_>) -> Result<Self> {
        run.step(Stage::Preparing, 0, 1)?;
        let table = features(job, options, run)?;
        let recipe = match job.recipe {
            Some(recipe) => recipe.clone(),
            None => suggest(table.schema(), job.roles),
        };
        // A step of the person's own may name a column that segments are not found by.
        let (pipeline, prepared) = Pipeline::new(&recipe)?.fit(&Train::all(table.clone()), run)?;
        let design = pipeline.matrix(prepared.get(), run)?;
        run.step(Stage::Preparing, 1, 1)?;
        Ok(Self {
            table,
            recipe,
            pipeline,
            design,
        })
    }

    /// Number columns and categories.
    pub(super) fn kinds(&self) -> [u64; 2] {
        let is_category = |c: &Column| matches!(c, Column::Category(_) | Column::Text(_));
        let categories = self.table.iter().filter(|(_, c)| is_category(c)).count();
        [
            (self.table.n_columns() - categories) as u64,
            categories as u64,
        ]
    }
}

/// The cells of a column, for comparisons.
pub(super) enum Cells {
    Numbers(Vec<f64>),
    Levels(Vec<u32>),
}

impl Cells {
    pub(super) fn of(column: &Column) -> Self {
        match column {
            Column::Category(c) | Column::Text(c) => {
                let code = |c: Option<u32>| c.unwrap_or(gower::MISSING);
                Self::Levels(c.codes.iter().map(code).collect())
            }
            other => Self::Numbers(other.numbers().unwrap_or_default()),
        }
    }
}
