//! Takes probabilities of a model fitted on resampled rows back to what happens among real ones.
use super::kernels::exp::sigmoid_f64;
use crate::base::{Error, Result};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// How far from 0 and 1 probabilities are kept when their log-odds are taken.
const EDGE: f64 = 1e-12;

/// A correction of probabilities; small, saved beside the model it belongs to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub enum Calibration {
    /// Probabilities stay as they are.
    #[default]
    None,
    /// Class shares were changed by random sampling: `p'ₖ ∝ pₖ · factorₖ`, the share before divided by the share after.
    ///
    /// Source: Saerens, Latinne & Decaestecker (2002), doi:10.1162/089976602753284446, equation 2.4.
    Prior {
        /// Factor per class.
        factors: Vec<f64>,
    },
    /// `p' = 1 / (1 + e^−(slope · log-odds(p) + intercept))`. With two classes one pair, for the positive class; with more
    /// one per class against the rest, divided by their sum.
    Sigmoid {
        /// Slopes.
        slopes: Vec<f64>,
        /// Intercepts.
        intercepts: Vec<f64>,
    },
}

/// `ln(p / (1 − p))`, kept finite.
pub fn log_odds(p: f64) -> f64 {
    let p = p.clamp(EDGE, 1.0 - EDGE);
    (p / (1.0 - p)).ln()
}

impl Calibration {
    /// From class shares before and after a resampling; a class that is absent after it keeps its probability of 0.
    pub fn prior(before: &[f64], after: &[f64]) -> Self {
        let factor = |(b, a): (&f64, &f64)| if *a > 0.0 { b / a } else { 0.0 };
        Self::Prior {
            factors: before.iter().zip(after).map(factor).collect(),
        }
    }

    /// Whether probabilities stay as they are.
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// Whether it has finite numbers for so many classes.
    pub fn is_for(&self, n_classes: usize) -> bool {
        let finite = |v: &[f64]| v.iter().all(|x| x.is_finite());
        match self {
            Self::None => true,
            Self::Prior { factors } => {
                factors.len() == n_classes && finite(factors) && factors.iter().all(|f| *f >= 0.0)
            }
            Self::Sigmoid { slopes, intercepts } => {
                let n = if n_classes == 2 { 1 } else { n_classes };
                (slopes.len(), intercepts.len()) == (n, n) && finite(slopes) && finite(intercepts)
            }
        }
    }

    /// Stable id of the method.
    pub fn id(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Prior { .. } => "prior",
            Self::Sigmoid { .. } => "sigmoid",
        }
    }

    /// The probability of the positive of two classes, corrected.
    pub fn apply(&self, p: f64) -> f64 {
        let mut row = [1.0 - p, p];
        self.apply_row(&mut row);
        row[1]
    }

    /// The probabilities of one row, corrected; they still sum to 1.
    pub fn apply_row(&self, row: &mut [f64]) {
        match self {
            Self::None => return,
            Self::Prior { factors } => {
                for (p, f) in row.iter_mut().zip(factors) {
                    *p *= f;
                }
            }
            Self::Sigmoid { slopes, intercepts } => {
                if let ([negative, positive], [slope], [intercept]) =
                    (&mut *row, slopes.as_slice(), intercepts.as_slice())
                {
                    *positive = sigmoid_f64(slope * log_odds(*positive) + intercept);
                    *negative = 1.0 - *positive;
                    return;
                }
                for (p, (slope, intercept)) in row.iter_mut().zip(slopes.iter().zip(intercepts)) {
                    *p = sigmoid_f64(slope * log_odds(*p) + intercept);
                }
            }
        }
        let sum: f64 = row.iter().sum();
        if sum > 0.0 {
            for p in row {
                *p /= sum;
            }
        }
    }

    /// Probabilities `(n_samples, n_classes)`, corrected.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of classes.
    pub fn apply_all(&self, mut proba: Array2<f64>) -> Result<Array2<f64>> {
        let n_classes = match self {
            Self::None => return Ok(proba),
            Self::Prior { factors } => factors.len(),
            Self::Sigmoid { slopes, .. } if slopes.len() == 1 => 2,
            Self::Sigmoid { slopes, .. } => slopes.len(),
        };
        if proba.ncols() != n_classes {
            return Err(Error::Shape {
                what: "classes".into(),
                expected: n_classes,
                found: proba.ncols(),
            });
        }
        for mut row in proba.rows_mut() {
            let mut values = row.to_vec();
            self.apply_row(&mut values);
            for (to, from) in row.iter_mut().zip(values) {
                *to = from;
            }
        }
        Ok(proba)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn prior_correction_undoes_sampling_exactly() {
        // True odds of a row are 1 to 9; ten negatives are kept in one: odds seen are 10 to 9.
        let seen = 10.0 / 19.0;
        let c = Calibration::prior(&[0.99, 0.01], &[0.099 / 0.109, 0.01 / 0.109]);
        assert!((c.apply(seen) - 0.1).abs() < 1e-12);
        assert_eq!((c.apply(0.0), c.apply(1.0)), (0.0, 1.0));
        let same = Calibration::prior(&[0.5, 0.5], &[0.5, 0.5]);
        assert_eq!(same.apply(0.3), 0.3);
    }

    #[test]
    fn rows_still_sum_to_one() {
        let p = array![[0.2, 0.3, 0.5], [0.0, 0.0, 1.0]];
        for c in [
            Calibration::None,
            Calibration::Prior {
                factors: vec![1.0, 2.0, 3.0],
            },
            Calibration::Sigmoid {
                slopes: vec![1.0, 2.0, 0.5],
                intercepts: vec![0.1, 0.0, -0.1],
            },
        ] {
            let got = c.apply_all(p.clone()).unwrap();
            for row in got.rows() {
                assert!((row.sum() - 1.0).abs() < 1e-12, "{row}");
            }
        }
        let two = Calibration::Sigmoid {
            slopes: vec![1.0],
            intercepts: vec![0.0],
        };
        assert!((two.apply(0.3) - 0.3).abs() < 1e-9);
        assert_eq!(two.apply_all(p).unwrap_err().code(), "shape");
        let bytes = postcard::to_stdvec(&two).unwrap();
        assert_eq!(postcard::from_bytes::<Calibration>(&bytes).unwrap(), two);
    }
}
