//! Shared, immutable, columnar data; how it is read and summarised.
mod column;
pub mod dates;
pub mod demo;
mod distinct;
mod infer;
mod join;
mod names;
mod numbers;
pub mod profile;
pub mod read;
pub mod roles;
mod schema;
pub mod subjects;
mod text;
mod words;

pub use column::{Coded, Column, Levels, Mask, Values};
pub use numbers::is_currency;
pub use schema::{Among, Schema};
pub use text::cell_text;

use crate::base::{Error, Field, Result};
use std::{collections::HashMap, sync::Arc};

/// Columns of equal length. Cloning shares the data.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    schema: Arc<Schema>,
    columns: Vec<Column>,
    n_rows: usize,
    /// Rows of the file, where these are only some of them.
    sampled_from: Option<u64>,
}

impl Table {
    /// A table of `columns`, each of `n_rows` cells.
    ///
    /// # Errors
    /// [`Error::Shape`] when a column has another length.
    pub fn new(columns: Vec<(Field, Column)>, n_rows: usize) -> Result<Self> {
        let (fields, columns): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        if let Some(c) = columns.iter().find(|c| c.len() != n_rows) {
            return Err(Error::Shape {
                what: "column length".into(),
                expected: n_rows,
                found: c.len(),
            });
        }
        Ok(Self {
            schema: Arc::new(Schema::new(fields)),
            columns,
            n_rows,
            sampled_from: None,
        })
    }

    /// The same table as a sample of the `n_rows` rows of a file.
    #[must_use]
    pub fn of_sample(self, n_rows: u64) -> Self {
        Self {
            sampled_from: Some(n_rows),
            ..self
        }
    }

    /// Rows of the file, where these are only some of them.
    pub fn sampled_from(&self) -> Option<u64> {
        self.sampled_from
    }

    /// Its fields.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        self.columns.len()
    }

    /// A column by name.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] when there is none of that name.
    pub fn column(&self, name: &str) -> Result<&Column> {
        self.schema.position(name).map(|i| &self.columns[i])
    }

    /// A column by position.
    pub fn at(&self, i: usize) -> Option<(&Field, &Column)> {
        Some((self.schema.fields.get(i)?, self.columns.get(i)?))
    }

    /// Fields and columns, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Field, &Column)> {
        self.schema.fields.iter().zip(&self.columns)
    }

    /// The rows `rows`, in that order, repeats allowed.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        let columns = self.columns.iter().map(|c| c.take(rows)).collect();
        Self {
            schema: self.schema.clone(),
            columns,
            n_rows: rows.len(),
            sampled_from: None,
        }
    }

    /// The table with `columns` instead of its own of the same name, others appended.
    ///
    /// # Errors
    /// [`Error::Shape`] when a column has another length.
    pub fn with(&self, columns: Vec<(Field, Column)>) -> Result<Self> {
        let mut all: Vec<(Field, Column)> =
            self.iter().map(|(f, c)| (f.clone(), c.clone())).collect();
        let mut made: HashMap<String, usize> = HashMap::new();
        for (field, column) in columns {
            let known = self.schema.position(&field.name).ok();
            let at = known.or_else(|| made.get(&field.name).copied());
            if let Some(slot) = at.and_then(|i| all.get_mut(i)) {
                *slot = (field, column);
            } else {
                made.insert(field.name.clone(), all.len());
                all.push((field, column));
            }
        }
        Self::new(all, self.n_rows)
    }

    /// The table without the columns for which `is_source` holds, `made` appended; their names must be new.
    ///
    /// # Errors
    /// [`Error::Shape`] when a column has another length.
    pub fn replace(
        &self,
        is_source: impl Fn(&Field) -> bool,
        made: Vec<(Field, Column)>,
    ) -> Result<Self> {
        let kept = self
            .iter()
            .filter(|(f, _)| !is_source(f))
            .map(|(f, c)| (f.clone(), c.clone()));
        Self::new(kept.chain(made).collect(), self.n_rows)
    }

    /// The table with only the fields for which `keep` holds.
    #[must_use]
    pub fn filter_columns(&self, keep: impl Fn(&Field) -> bool) -> Self {
        let (fields, columns) = self
            .iter()
            .filter(|(f, _)| keep(f))
            .map(|(f, c)| (f.clone(), c.clone()))
            .unzip();
        Self {
            schema: Arc::new(Schema::new(fields)),
            columns,
            n_rows: self.n_rows,
            sampled_from: self.sampled_from,
        }
    }
}
