//! The matrix a learner is given.
use ndarray::{Array2, Axis};
use std::sync::Arc;

/// A design matrix with its target.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// `(n_samples, n_features)`. Finite, or NaN where a value is missing and the learner takes that.
    pub x: Array2<f32>,
    /// One value per row of `x`.
    pub y: Target,
    /// Names of the columns of `x`.
    pub features: Arc<[String]>,
    /// Per column of `x`: 0 for numbers, else the number of levels of a category whose codes, from 0, are the values.
    /// Empty when all columns are numbers.
    pub n_levels: Arc<[u32]>,
    /// Weights per row; all 1 when absent.
    pub sample_weight: Option<Vec<f64>>,
}

/// What is to be predicted.
#[derive(Debug, Clone)]
pub enum Target {
    /// Classes: a code per row.
    Class {
        /// Codes into `classes`.
        codes: Vec<u32>,
        /// Labels; with two classes the second is the positive one.
        classes: Arc<[String]>,
    },
    /// Numbers.
    Number(Vec<f64>),
    /// Nothing: groups are to be found.
    None,
}

impl Target {
    /// Classes `0..n_classes` named by `classes`.
    pub fn class(codes: Vec<u32>, classes: &[&str]) -> Self {
        Self::Class {
            codes,
            classes: classes.iter().map(|c| (*c).to_owned()).collect(),
        }
    }

    /// The target of `rows`.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        let at = |r: &u32| *r as usize;
        match self {
            Self::Class { codes, classes } => Self::Class {
                codes: rows.iter().map(|r| codes[at(r)]).collect(),
                classes: classes.clone(),
            },
            Self::Number(v) => Self::Number(rows.iter().map(|r| v[at(r)]).collect()),
            Self::None => Self::None,
        }
    }
}

impl Dataset {
    /// Number columns named `x0`, `x1`, …, every row of weight 1.
    pub fn new(x: Array2<f32>, y: Target) -> Self {
        Self {
            features: (0..x.ncols()).map(|j| format!("x{j}")).collect(),
            n_levels: Arc::new([]),
            sample_weight: None,
            x,
            y,
        }
    }

    /// With these column names.
    #[must_use]
    pub fn with_features(mut self, features: Arc<[String]>) -> Self {
        self.features = features;
        self
    }

    /// With these numbers of levels, see [`Dataset::n_levels`].
    #[must_use]
    pub fn with_levels(mut self, n_levels: Arc<[u32]>) -> Self {
        self.n_levels = n_levels;
        self
    }

    /// With these weights per row.
    #[must_use]
    pub fn with_weights(mut self, weights: Vec<f64>) -> Self {
        self.sample_weight = Some(weights);
        self
    }

    /// The rows `rows`, in that order; they must be below the number of rows.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        let wide: Vec<usize> = rows.iter().map(|r| *r as usize).collect();
        let weight = self.sample_weight.as_ref();
        // Rows that follow each other are copied at once.
        let copied = self.x.as_slice().and_then(|all| {
            let d = self.x.ncols();
            let mut x = Vec::with_capacity(wide.len() * d);
            for run in wide.chunk_by(|a, b| a + 1 == *b) {
                let first = run.first().map_or(0, |r| r * d);
                x.extend_from_slice(&all[first..first + run.len() * d]);
            }
            Array2::from_shape_vec((wide.len(), d), x).ok()
        });
        Self {
            x: copied.unwrap_or_else(|| self.x.select(Axis(0), &wide)),
            y: self.y.take(rows),
            features: self.features.clone(),
            n_levels: self.n_levels.clone(),
            sample_weight: weight.map(|w| wide.iter().map(|r| w[*r]).collect()),
        }
    }

    /// Levels of column `j`; 0 for a number column.
    pub fn levels_of(&self, j: usize) -> u32 {
        self.n_levels.get(j).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_taken_with_everything_that_belongs_to_them() {
        let data = Dataset::new(
            Array2::from_shape_fn((4, 2), |(i, j)| (i * 2 + j) as f32),
            Target::class(vec![0, 1, 1, 0], &["no", "yes"]),
        )
        .with_weights(vec![1.0, 2.0, 3.0, 4.0])
        .with_levels([0, 9].into());
        let taken = data.take(&[2, 0, 2]);
        assert_eq!(taken.x.column(1).to_vec(), [5.0, 1.0, 5.0]);
        assert_eq!(taken.sample_weight, Some(vec![3.0, 1.0, 3.0]));
        let Target::Class { codes, classes } = &taken.y else {
            panic!()
        };
        assert_eq!((codes.as_slice(), classes.len()), ([1, 0, 1].as_slice(), 2));
        assert_eq!(
            (taken.levels_of(0), taken.levels_of(1), taken.levels_of(2)),
            (0, 9, 0)
        );
    }
}
