//! What a fitted model does with one or two columns of a file: accumulated local effects, partial dependence, and how much
//! two columns act together. They see a model through a [`Score`] alone, so any learner and any preparation will do.
mod ale;
mod friedman;
mod partial;

pub use ale::{Effect, ale_categories, ale_numbers, cut_points};
pub use friedman::{Interaction, Sampling, interactions};
pub use partial::partial_dependence;

use crate::base::Result;

/// Predictions of some base rows, of which some columns are set to other values.
///
/// The first argument names the rows, and a row may be named often. The second gives for each column that is set, by its
/// place in the caller's list, a value per named row: a number, or the code of a category. Everything else stays as it is
/// in the base row. The answer is `(rows.len(),)`.
pub type Score<'a> = dyn FnMut(&[u32], &[(usize, &[f64])]) -> Result<Vec<f64>> + 'a;

/// Half the width of a 95 % interval in standard errors.
const NORMAL_975: f64 = 1.959_963_984_540_054;

/// Linear functions with known effects, for the tests.
#[cfg(test)]
pub(super) mod check {
    use super::*;

    /// Scores rows of a table by a function of all their values.
    pub fn score<'a>(rows: &'a [Vec<f64>], f: impl Fn(&[f64]) -> f64 + 'a) -> Box<Score<'a>> {
        Box::new(move |which, set| {
            let one = |(i, row): (usize, &u32)| {
                let mut row = rows[*row as usize].clone();
                for (column, values) in set {
                    row[*column] = values[i];
                }
                f(&row)
            };
            Ok(which.iter().enumerate().map(one).collect())
        })
    }

    /// Rows of independent numbers from 0 to 1.
    pub fn rows(n: usize, p: usize) -> Vec<Vec<f64>> {
        let mut state = 7_u64;
        let mut next = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..n).map(|_| (0..p).map(|_| next()).collect()).collect()
    }
}
