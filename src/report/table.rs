//! Tables of a report, stored by column.
use serde::{Deserialize, Serialize};

/// The cells of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Cells {
    /// Numbers; NaN is missing.
    Number(Vec<f64>),
    /// Text; `None` is missing.
    Text(Vec<Option<String>>),
}

impl Cells {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::Number(v) => v.len(),
            Self::Text(v) => v.len(),
        }
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableColumn {
    /// Stable key of the public interface.
    pub key: String,
    /// Its cells.
    pub cells: Cells,
}

/// A table; all columns have the same length.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ReportTable {
    /// The columns.
    pub columns: Vec<TableColumn>,
}

impl ReportTable {
    /// The table with one more column of numbers.
    #[must_use]
    pub fn number(mut self, key: &str, cells: Vec<f64>) -> Self {
        self.columns.push(TableColumn {
            key: key.to_owned(),
            cells: Cells::Number(cells),
        });
        self
    }
    /// The table with one more column of text.
    #[must_use]
    pub fn text<S: Into<String>>(mut self, key: &str, cells: Vec<S>) -> Self {
        let cells = cells.into_iter().map(|c| Some(c.into())).collect();
        self.columns.push(TableColumn {
            key: key.to_owned(),
            cells: Cells::Text(cells),
        });
        self
    }
    /// The table with one more column of text, some of it missing.
    #[must_use]
    pub fn optional_text(mut self, key: &str, cells: Vec<Option<String>>) -> Self {
        self.columns.push(TableColumn {
            key: key.to_owned(),
            cells: Cells::Text(cells),
        });
        self
    }
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.columns.first().map_or(0, |c| c.cells.len())
    }
    /// A column's cells.
    pub fn column(&self, key: &str) -> Option<&Cells> {
        self.columns.iter().find(|c| c.key == key).map(|c| &c.cells)
    }
    /// The first `n` rows.
    #[must_use]
    pub fn head(&self, n: usize) -> Self {
        let cut = |c: &TableColumn| TableColumn {
            key: c.key.clone(),
            cells: match &c.cells {
                Cells::Number(v) => Cells::Number(v.iter().take(n).copied().collect()),
                Cells::Text(v) => Cells::Text(v.iter().take(n).cloned().collect()),
            },
        };
        Self {
            columns: self.columns.iter().map(cut).collect(),
        }
    }
}
