//! Tests of each column alone against the target. Rows without a value in a column do not count for it; categories count
//! by their codes.
use super::{classes, numbers};
use crate::base::{Error, Result, Run, Stage};
use crate::evaluate::special::{chi2_tail, f_tail};
use crate::learn::Dataset;
use serde::{Deserialize, Serialize};

/// A test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Univariate {
    /// See [`f_classif`].
    FClassif,
    /// See [`chi2`].
    Chi2,
    /// See [`f_regression`].
    FRegression,
}

impl Univariate {
    /// Score and p-value per column.
    ///
    /// # Errors
    /// Those of the test; [`Error::Target`] for another kind of target; [`Error::Cancelled`].
    pub fn of(self, data: &Dataset, run: &mut Run<'_>) -> Result<(Vec<f64>, Vec<f64>)> {
        let d = data.x.ncols();
        let (mut scores, mut p_values) = (Vec::with_capacity(d), Vec::with_capacity(d));
        for (j, column) in data.x.columns().into_iter().enumerate() {
            run.step(Stage::Explaining, j as u64, d as u64)?;
            let x: Vec<f64> = column.iter().map(|v| f64::from(*v)).collect();
            let (score, p) = match self {
                Self::FClassif => {
                    let (codes, n_classes) = classes(data)?;
                    f_classif(&x, codes, n_classes)
                }
                Self::Chi2 => {
                    let (codes, n_classes) = classes(data)?;
                    chi2(&x, codes, n_classes).map_err(|e| match e {
                        Error::Param { reason, .. } => Error::Param {
                            param: data.features.get(j).cloned().unwrap_or_default().into(),
                            reason,
                        },
                        other => other,
                    })?
                }
                Self::FRegression => f_regression(&x, numbers(data)?),
            };
            scores.push(score);
            p_values.push(p);
        }
        run.step(Stage::Explaining, d as u64, d as u64)?;
        Ok((scores, p_values))
    }
}

/// One-way analysis of variance: F of the class means, and its p-value; NaN for a constant column.
///
/// `F = (Σ n_k (x̄_k − x̄)² / (K − 1)) / (Σ (x − x̄_k)² / (n − K))` over the classes that occur.
///
/// Source: Fisher (1925), Statistical methods for research workers, chapter 7.
pub fn f_classif(x: &[f64], codes: &[u32], n_classes: usize) -> (f64, f64) {
    let rows = || x.iter().zip(codes).filter(|(x, _)| x.is_finite());
    let (mut sums, mut counts) = (vec![0.0; n_classes], vec![0.0; n_classes]);
    for (x, &c) in rows() {
        if let (Some(s), Some(n)) = (sums.get_mut(c as usize), counts.get_mut(c as usize)) {
            *s += x;
            *n += 1.0;
        }
    }
    let n: f64 = counts.iter().sum();
    let k = counts.iter().filter(|n| **n > 0.0).count() as f64;
    let mean = sums.iter().sum::<f64>() / n;
    let means: Vec<f64> = sums.iter().zip(&counts).map(|(s, n)| s / n).collect();
    let between: f64 = means
        .iter()
        .zip(&counts)
        .filter(|(_, n)| **n > 0.0)
        .map(|(m, n)| n * (m - mean).powi(2))
        .sum();
    let within: f64 = rows()
        .filter_map(|(x, &c)| means.get(c as usize).map(|m| (x - m).powi(2)))
        .sum();
    if k < 2.0 || n <= k || (between == 0.0 && within == 0.0) {
        return (f64::NAN, f64::NAN);
    }
    let f = (between / (k - 1.0)) / (within / (n - k));
    (f, f_tail(f, k - 1.0, n - k))
}

/// Chi-squared of a column of counts (such as one-hot columns) summed by class, and its p-value; NaN for a column of
/// zeros.
///
/// # Errors
/// [`Error::Param`] for a negative value.
///
/// Source: Pearson (1900), doi:10.1080/14786440009463897.
pub fn chi2(x: &[f64], codes: &[u32], n_classes: usize) -> Result<(f64, f64)> {
    let (mut observed, mut counts) = (vec![0.0; n_classes], vec![0.0; n_classes]);
    for (x, &c) in x.iter().zip(codes).filter(|(x, _)| x.is_finite()) {
        if *x < 0.0 {
            return Err(Error::out_of_range("x", 0.0, f64::MAX));
        }
        if let (Some(o), Some(n)) = (observed.get_mut(c as usize), counts.get_mut(c as usize)) {
            *o += x;
            *n += 1.0;
        }
    }
    let (all, n): (f64, f64) = (observed.iter().sum(), counts.iter().sum());
    let k = counts.iter().filter(|n| **n > 0.0).count() as f64;
    if all == 0.0 || k < 2.0 {
        return Ok((f64::NAN, f64::NAN));
    }
    let of_class = |(o, c): (&f64, &f64)| {
        let expected = c / n * all;
        (o - expected).powi(2) / expected
    };
    let present = observed.iter().zip(&counts).filter(|(_, c)| **c > 0.0);
    let score: f64 = present.map(of_class).sum();
    Ok((score, chi2_tail(score, k - 1.0)))
}

/// F of the linear regression on one column, `r² / (1 − r²) · (n − 2)`, and its p-value; NaN for a constant column.
pub fn f_regression(x: &[f64], y: &[f64]) -> (f64, f64) {
    let rows = || {
        let pairs = x.iter().zip(y);
        pairs.filter(|(x, y)| x.is_finite() && y.is_finite())
    };
    let n = rows().count() as f64;
    let mx = rows().map(|(x, _)| x).sum::<f64>() / n;
    let my = rows().map(|(_, y)| y).sum::<f64>() / n;
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in rows() {
        xy += (x - mx) * (y - my);
        xx += (x - mx).powi(2);
        yy += (y - my).powi(2);
    }
    if n < 3.0 || xx == 0.0 || yy == 0.0 {
        return (f64::NAN, f64::NAN);
    }
    let r2 = (xy * xy / (xx * yy)).min(1.0);
    let f = r2 / (1.0 - r2) * (n - 2.0);
    (f, f_tail(f, 1.0, n - 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_columns_give_no_score() {
        let codes = [0, 1, 0, 1];
        assert!(f_classif(&[1.0; 4], &codes, 2).0.is_nan());
        assert!(f_classif(&[f64::NAN; 4], &codes, 2).0.is_nan());
        assert!(f_classif(&[], &[], 2).0.is_nan());
        assert_eq!(
            f_classif(&[0.0, 1.0, 0.0, 1.0], &codes, 2),
            (f64::INFINITY, 0.0)
        );
        assert!(chi2(&[0.0; 4], &codes, 2).unwrap().0.is_nan());
        assert_eq!(chi2(&[-1.0; 4], &codes, 2).unwrap_err().code(), "param");
        assert!(f_regression(&[1.0; 4], &[1.0, 2.0, 3.0, 4.0]).0.is_nan());
        let same = f_regression(&[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(same, (f64::INFINITY, 0.0));
        // A row without a value is as good as absent.
        let gap = f_classif(&[1.0, 5.0, 2.0, 7.0, f64::NAN], &[0, 1, 0, 1, 1], 2);
        assert_eq!(gap, f_classif(&[1.0, 5.0, 2.0, 7.0], &codes, 2));
    }
}
