//! One cell of a table on its way to a person: what a column held for one customer.
use serde::{Deserialize, Serialize};

/// A cell as it is shown. Only figures, findings and pages of one customer carry it, never errors or warnings.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub enum Cell {
    /// Nothing known.
    #[default]
    Missing,
    /// A number.
    Number(f64),
    /// Anything else, as text.
    Text(String),
}

impl From<f64> for Cell {
    fn from(v: f64) -> Self {
        if v.is_finite() {
            Self::Number(v)
        } else {
            Self::Missing
        }
    }
}

impl From<&str> for Cell {
    fn from(v: &str) -> Self {
        Self::Text(v.to_owned())
    }
}
