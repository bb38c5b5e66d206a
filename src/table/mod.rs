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
pub mod subjects;
mod text;
mod words;

pub use column::{Coded, Column, Levels, Mask, Values};
pub use text::cell_text;

use crate::base::{Error, Field, Result};
use std::sync::Arc;

/// Fields of a table, in order; names are unique.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Schema {
    /// The fields.
    pub fields: Vec<Field>,
}

impl Schema {
    /// Position of a column.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] when there is none of that name.
    pub fn position(&self, name: &str) -> Result<usize> {
        self.fields
            .iter()
            .position(|f| f.name == name)
            .ok_or_else(|| Error::MissingColumn {
                name: name.to_owned(),
            })
    }

    /// Checks that every column of `needed` is here.
    ///
    /// # Errors
    /// [`Error::MissingColumns`] naming all that are not.
    pub fn require(&self, needed: &Schema) -> Result<()> {
        let absent = |f: &&Field| self.position(&f.name).is_err();
        let names: Vec<String> = needed
            .fields
            .iter()
            .filter(absent)
            .map(|f| f.name.clone())
            .collect();
        if names.is_empty() {
            Ok(())
        } else {
            Err(Error::MissingColumns { names })
        }
    }

    /// The schema without the fields for which `is_source` holds, `made` appended.
    #[must_use]
    pub fn replace(
        &self,
        is_source: impl Fn(&Field) -> bool,
        made: impl IntoIterator<Item = Field>,
    ) -> Self {
        let kept = self.fields.iter().filter(|f| !is_source(f)).cloned();
        Self {
            fields: kept.chain(made).collect(),
        }
    }

    /// A field.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] when there is none of that name.
    pub fn field(&self, name: &str) -> Result<&Field> {
        self.position(name).map(|i| &self.fields[i])
    }
}

/// Columns of equal length. Cloning shares the data.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    schema: Arc<Schema>,
    columns: Vec<Column>,
    n_rows: usize,
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
            schema: Arc::new(Schema { fields }),
            columns,
            n_rows,
        })
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
        }
    }

    /// The table with `columns` instead of its own of the same name, others appended.
    ///
    /// # Errors
    /// [`Error::Shape`] when a column has another length.
    pub fn with(&self, columns: Vec<(Field, Column)>) -> Result<Self> {
        let mut all: Vec<(Field, Column)> =
            self.iter().map(|(f, c)| (f.clone(), c.clone())).collect();
        for (field, column) in columns {
            match all.iter_mut().find(|(f, _)| f.name == field.name) {
                Some(slot) => *slot = (field, column),
                None => all.push((field, column)),
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
            schema: Arc::new(Schema { fields }),
            columns,
            n_rows: self.n_rows,
        }
    }
}
