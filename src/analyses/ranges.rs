//! What the columns of a model held among the rows it learned from: the bounds of what-if controls and counterfactuals, and
//! what is usual. Kept in the model's file as the extra part `ranges`.
use super::vary::numbers;
use crate::base::order::Ordered;
use crate::{
    artifact::Opened,
    base::{ArtifactReason, Cell, Error, Part, Result},
    table::{Column, Schema, Table, cell_text},
};
use serde::{Deserialize, Serialize};

/// Kind of the extra part of a model file.
pub const RANGES: &str = "ranges";
const VERSION: u16 = 1;
/// Quantiles kept of a number: every twentieth part, both ends included.
const N_PARTS: usize = 20;
/// Levels kept of a category, most frequent first; further ones are rare.
const MAX_LEVELS: usize = 500;

/// One column among the training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnRange {
    /// Its name.
    pub name: String,
    /// Rows where it is missing.
    pub n_missing: u64,
    /// What it held.
    pub held: Held,
}

/// What a column held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Held {
    /// Numbers, dates (days since 1970) and points in time (seconds).
    Numbers {
        /// The 21 quantiles from the least to the greatest, each a value that occurs; empty without rows.
        quantiles: Vec<f64>,
        /// Mean.
        mean: f64,
        /// Whether all are whole.
        is_whole: bool,
    },
    /// Categories, yes and no, texts.
    Levels {
        /// Levels as they are written with their rows, the most frequent first.
        levels: Vec<(String, u64)>,
        /// Different levels in all.
        n_levels: u64,
    },
}

/// All columns of a model.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ranges {
    /// In the model's order.
    pub columns: Vec<ColumnRange>,
}

fn range(table: &Table, name: &str) -> Result<ColumnRange> {
    let (field, column) = (table.schema().field(name)?, table.column(name)?);
    let held = match column {
        Column::Bool(_) | Column::Category(_) | Column::Text(_) => {
            let mut counts: Vec<(u64, Option<usize>)> = Vec::new();
            for (i, v) in numbers(column).into_iter().enumerate() {
                if !v.is_finite() {
                    continue;
                }
                let code = v as usize;
                if counts.len() <= code {
                    counts.resize(code + 1, (0, None));
                }
                if let Some((count, first)) = counts.get_mut(code) {
                    *count += 1;
                    first.get_or_insert(i);
                }
            }
            let mut levels: Vec<(String, u64)> = counts
                .into_iter()
                .filter_map(|(count, first)| Some((cell_text(field, column, first?)?, count)))
                .collect();
            levels.order_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            let n_levels = levels.len() as u64;
            levels.truncate(MAX_LEVELS);
            Held::Levels { levels, n_levels }
        }
        _ => {
            let mut values = numbers(column);
            values.retain(|v| v.is_finite());
            values.sort_unstable_by(f64::total_cmp);
            let last = values.len().saturating_sub(1);
            let at = |k: usize| values.get((k * last + N_PARTS / 2) / N_PARTS).copied();
            Held::Numbers {
                quantiles: (0..=N_PARTS).filter_map(at).collect(),
                mean: values.iter().sum::<f64>() / values.len().max(1) as f64,
                is_whole: values.iter().all(|v| v.fract() == 0.0),
            }
        }
    };
    Ok(ColumnRange {
        name: name.to_owned(),
        n_missing: column.n_missing() as u64,
        held,
    })
}

impl Ranges {
    /// What the columns `input` of a model held in `train`.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] when `train` lacks one.
    pub fn of(train: &Table, input: &Schema) -> Result<Self> {
        let columns = input.fields.iter().map(|f| range(train, &f.name));
        Ok(Self {
            columns: columns.collect::<Result<_>>()?,
        })
    }

    /// As a part of a model file.
    ///
    /// # Errors
    /// [`Error::Artifact`] when it cannot be encoded.
    pub fn save(&self) -> Result<Part> {
        Part::encode(RANGES, VERSION, self)
    }

    /// Those of a model.
    ///
    /// # Errors
    /// [`Error::Artifact`] when the model has none, as those of earlier versions, or they cannot be read.
    pub fn load(model: &Opened) -> Result<Self> {
        let absent = || Error::Artifact {
            reason: ArtifactReason::Invalid {
                detail: "no ranges of its columns: fit the model again".into(),
            },
        };
        let part = model.artifact.extra(RANGES).ok_or_else(absent)?;
        part.decode(VERSION)
    }

    /// The column of that name.
    pub fn get(&self, name: &str) -> Option<&ColumnRange> {
        self.columns.iter().find(|c| c.name == name)
    }
}

impl ColumnRange {
    /// Least and greatest, for numbers.
    pub fn ends(&self) -> Option<(f64, f64)> {
        match &self.held {
            Held::Numbers { quantiles, .. } => Some((*quantiles.first()?, *quantiles.last()?)),
            Held::Levels { .. } => None,
        }
    }

    /// Median, or the most frequent level.
    pub fn typical(&self) -> Cell {
        match &self.held {
            Held::Numbers { quantiles, .. } => {
                Cell::from(quantiles.get(N_PARTS / 2).copied().unwrap_or(f64::NAN))
            }
            Held::Levels { levels, .. } => levels
                .first()
                .map_or(Cell::Missing, |l| Cell::from(l.0.as_str())),
        }
    }

    /// Share of the training rows below a number, half of the equal ones counted, worked out from the quantiles; a half
    /// for what is not a number.
    pub fn share_below(&self, v: f64) -> f64 {
        let Held::Numbers { quantiles, .. } = &self.held else {
            return 0.5;
        };
        if !v.is_finite() || quantiles.is_empty() {
            return 0.5;
        }
        let place = |strictly: bool| -> f64 {
            let n = quantiles.partition_point(|q| if strictly { *q < v } else { *q <= v });
            let before = n.checked_sub(1).and_then(|i| quantiles.get(i));
            match (before, quantiles.get(n)) {
                (Some(a), Some(b)) if a < b && !(*a == v || *b == v) => {
                    (n - 1) as f64 + (v - a) / (b - a)
                }
                (Some(_), Some(b)) if *b == v => n as f64,
                (Some(_), _) => (n - 1) as f64,
                (None, _) => 0.0,
            }
        };
        let most = quantiles.len().saturating_sub(1).max(1) as f64;
        ((place(true) + place(false)) / 2.0 / most).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{ColumnKind, Field},
        table::{Coded, Values},
    };

    #[test]
    fn ranges_say_what_a_column_held() {
        let field = |name: &str, kind| Field::new(name, kind);
        let n = 101;
        let numbers: Vec<i64> = (0..n).rev().collect();
        let levels = (0..n).map(|i| match i {
            0 => None,
            i if i < 60 => Some("b"),
            _ => Some("a"),
        });
        let table = Table::new(
            vec![
                (
                    field("x", ColumnKind::Int),
                    Column::Int(Values::new(numbers, None)),
                ),
                (
                    field("c", ColumnKind::Category),
                    Column::Category(Coded::from_cells(levels)),
                ),
            ],
            n as usize,
        )
        .unwrap();
        let all = Ranges::of(&table, table.schema()).unwrap();
        let x = all.get("x").unwrap();
        assert_eq!(x.ends(), Some((0.0, 100.0)));
        assert_eq!(x.typical(), Cell::Number(50.0));
        for (v, share) in [
            (-1.0, 0.0),
            (0.0, 0.0),
            (50.0, 0.5),
            (52.5, 0.525),
            (100.0, 1.0),
            (1e9, 1.0),
        ] {
            assert!(
                (x.share_below(v) - share).abs() < 1e-12,
                "{v}: {}",
                x.share_below(v)
            );
        }
        let c = all.get("c").unwrap();
        assert_eq!((c.n_missing, c.typical()), (1, Cell::from("b")));
        let expected = vec![("b".to_owned(), 59), ("a".to_owned(), 41)];
        assert!(matches!(&c.held, Held::Levels { levels, n_levels: 2 } if *levels == expected));
        let part = all.save().unwrap();
        assert_eq!(part.decode::<Ranges>(VERSION).unwrap(), all);
    }

    #[test]
    fn a_value_that_many_have_is_in_their_middle() {
        let quantiles = [vec![0.0; 11], vec![5.0; 10]].concat();
        let range = ColumnRange {
            name: "x".into(),
            n_missing: 0,
            held: Held::Numbers {
                quantiles,
                mean: 2.0,
                is_whole: true,
            },
        };
        assert_eq!(range.share_below(0.0), 0.25);
        assert!((range.share_below(5.0) - 0.775).abs() < 0.03);
    }
}
