//! Out-of-bag predictions: every row is predicted by the trees that have not seen it.
//!
//! Sums are whole numbers, so that they are the same however trees are divided among helpers.
use super::{cart_sums::log2, cart_trees::Trees};
use crate::base::{Error, Result};
use serde::{Deserialize, Serialize};
use std::f64::consts::LN_2;

/// What a share of 1, or the farthest target, counts.
const ONE: f64 = (1u64 << 40) as f64;

/// Sums of predictions, as they are saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutOfBag {
    /// Classes; 0 for numbers.
    n_classes: u32,
    /// Code or number of each row.
    truth: Vec<f64>,
    /// Trees that have not seen the row.
    counts: Vec<u32>,
    /// Sums of the trees' values, `(n_rows, n_values)`, in fixed point.
    sums: Vec<i64>,
}

impl OutOfBag {
    /// No predictions yet of `truth`: codes below `n_classes`, or numbers when that is 0.
    pub fn new(truth: Vec<f64>, n_classes: usize) -> Self {
        let width = n_classes.max(2) - 1;
        Self {
            n_classes: n_classes as u32,
            counts: vec![0; truth.len()],
            sums: vec![0; truth.len() * width],
            truth,
        }
    }

    fn width(&self) -> usize {
        (self.n_classes as usize).max(2) - 1
    }

    /// Centre and unit of the fixed-point values.
    fn units(&self) -> (f64, f64) {
        if self.n_classes > 0 {
            return (0.0, 1.0 / ONE);
        }
        let low = self.truth.iter().copied().fold(f64::INFINITY, f64::min);
        let high = self.truth.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let unit = (0.5 * high - 0.5 * low) / ONE;
        (0.5 * low + 0.5 * high, if unit > 0.0 { unit } else { 1.0 })
    }

    /// Adds the predictions of the only tree of `tree` for `rows` of `x`, which it has not seen.
    pub fn add(&mut self, tree: &Trees, x: &[f32], rows: &[u32]) {
        let width = self.width();
        let (centre, unit) = self.units();
        tree.leaves_of(0, x, rows, |row, values| {
            let row = row as usize;
            self.counts[row] += 1;
            let sums = &mut self.sums[row * width..(row + 1) * width];
            for (s, v) in sums.iter_mut().zip(values) {
                *s += ((v - centre) / unit).round() as i64;
            }
        });
    }

    /// Adds the predictions of other trees for the same rows.
    ///
    /// # Errors
    /// [`Error::Artifact`] when they are of other rows.
    pub fn append(&mut self, other: &Self) -> Result<()> {
        let lengths = |o: &Self| (o.n_classes, o.truth.len(), o.counts.len(), o.sums.len());
        let n = self.truth.len();
        let sound = Some(self.sums.len()) == n.checked_mul(self.width()) && self.counts.len() == n;
        if !sound || lengths(self) != lengths(other) || self.truth != other.truth {
            return Err(Error::invalid_artifact(
                "out of bag: parts do not belong together",
            ));
        }
        for (a, b) in self.counts.iter_mut().zip(&other.counts) {
            *a = a.wrapping_add(*b);
        }
        for (a, b) in self.sums.iter_mut().zip(&other.sums) {
            *a = a.wrapping_add(*b);
        }
        Ok(())
    }

    /// Accuracy and log loss, or R²; nothing when no row was left out. Rows count alike, as in scikit-learn.
    pub fn scores(&self) -> Vec<(String, f64)> {
        let width = self.width();
        let rows = self.truth.iter().zip(&self.counts);
        let seen = rows
            .zip(self.sums.chunks_exact(width))
            .filter(|((_, c), _)| **c > 0);
        let n = seen.clone().count() as f64;
        if n == 0.0 {
            return Vec::new();
        }
        let (centre, unit) = self.units();
        if self.n_classes == 0 {
            let mean = seen.clone().map(|((y, _), _)| y / n).sum::<f64>();
            let (mut rest, mut all) = (0.0, 0.0);
            for ((y, count), sum) in seen {
                let p = centre + sum[0] as f64 * unit / f64::from(*count);
                rest += (y - p) * (y - p);
                all += (y - mean) * (y - mean);
            }
            let r2 = 1.0 - rest / all;
            return if r2.is_finite() {
                vec![("r2".into(), r2)]
            } else {
                Vec::new()
            };
        }
        let (mut right, mut loss) = (0.0, 0.0);
        let mut shares = vec![0.0; width + 1];
        for ((y, count), sums) in seen {
            let mut rest = 1.0;
            for (k, s) in sums.iter().enumerate() {
                shares[k + 1] = *s as f64 * unit / f64::from(*count);
                rest -= shares[k + 1];
            }
            shares[0] = rest;
            // The first largest, as scikit-learn decides.
            let mut most = 0;
            for k in 1..shares.len() {
                if shares[k] > shares[most] {
                    most = k;
                }
            }
            right += f64::from(u8::from(most as f64 == *y));
            let share = shares.get(*y as usize).copied().unwrap_or(0.0);
            loss -= log2(share.clamp(f64::EPSILON, 1.0)) * LN_2;
        }
        vec![
            ("accuracy".into(), right / n),
            ("log_loss".into(), loss / n),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::kernels::cart_trees::TreesState;

    /// One leaf with these values.
    fn leaf(values: &[f64], is_class: bool) -> Trees {
        let state = TreesState {
            n_features: 1,
            n_values: values.len() as u64,
            sizes: vec![1],
            steps: vec![0],
            features: vec![0],
            thresholds: vec![0.0],
            values: values.to_vec(),
            covers: Vec::new(),
        };
        Trees::new(state, is_class).unwrap()
    }

    #[test]
    fn scores_are_those_of_the_mean_over_trees() {
        let x = [0.0; 4];
        let mut oob = OutOfBag::new(vec![0.0, 1.0, 2.0, 1.0], 3);
        assert!(oob.scores().is_empty());
        oob.add(&leaf(&[0.5, 0.25], true), &x, &[0, 1]);
        oob.add(&leaf(&[0.0, 1.0], true), &x, &[1, 2]);
        // Row 0: .25 .5 .25; row 1: .125 .25 .625; row 2: 0 0 1; row 3 was never left out.
        let scores = oob.scores();
        assert!((scores[0].1 - 1.0 / 3.0).abs() < 1e-12, "{scores:?}");
        let loss = -(0.25f64.ln() + 0.25f64.ln()) / 3.0;
        assert!((scores[1].1 - loss).abs() < 1e-9, "{scores:?}");
        let mut oob = OutOfBag::new(vec![1.0, 2.0, 6.0], 0);
        oob.add(&leaf(&[3.0], false), &x[..3], &[0, 1, 2]);
        oob.add(&leaf(&[5.0], false), &x[..3], &[2]);
        let r2 = 1.0 - (4.0 + 1.0 + 4.0) / (4.0 + 1.0 + 9.0);
        assert!((oob.scores()[0].1 - r2).abs() < 1e-9);
    }

    #[test]
    fn parts_of_other_rows_are_refused() {
        let mut a = OutOfBag::new(vec![0.0, 1.0], 2);
        assert!(a.append(&a.clone()).is_ok());
        assert!(a.append(&OutOfBag::new(vec![0.0, 0.0], 2)).is_err());
        assert!(a.append(&OutOfBag::new(vec![0.0, 1.0], 3)).is_err());
        let mut spoiled = a.clone();
        spoiled.sums.pop();
        assert!(a.append(&spoiled).is_err() && spoiled.append(&a).is_err());
        // Whatever a part may hold, adding up does not overflow.
        spoiled = a.clone();
        spoiled.sums[0] = i64::MAX;
        spoiled.counts[0] = u32::MAX;
        spoiled.append(&spoiled.clone()).unwrap();
        spoiled.scores();
    }
}
