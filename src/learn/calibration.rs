//! Takes what a model says to what happens: after a resampling, or because held-out rows showed it too sure or too timid.
mod curve;

pub use curve::Curve;

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
    /// `p' = f(p)`, `f` rising. One curve for the positive of two classes, or one per class against the rest, divided by
    /// their sum.
    Isotonic {
        /// Curves over the probability.
        curves: Vec<Curve>,
    },
    /// `p' = 1 / (1 + 1 / (eᶜ pᵃ / (1 − p)ᵇ))`, a sigmoid of `a ln p − b ln(1 − p) + c`. One for the positive of two
    /// classes, or one per class against the rest, divided by their sum.
    ///
    /// Source: Kull, Silva Filho & Flach (2017), Beta calibration, section 3.
    Beta {
        /// `a`, `b` and `c`.
        shapes: Vec<[f64; 3]>,
    },
    /// One after the other.
    Chain {
        /// None of them a chain.
        steps: Vec<Calibration>,
    },
}

/// How many functions so many classes need: two classes have one probability.
const fn n_maps(n_classes: usize) -> usize {
    if n_classes == 2 { 1 } else { n_classes }
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

    /// This, then `next`.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        let steps_of = |c| match c {
            Self::None => Vec::new(),
            Self::Chain { steps } => steps,
            one => vec![one],
        };
        let mut steps = steps_of(self);
        steps.extend(steps_of(next));
        match steps.len() {
            0 => Self::None,
            1 => steps.remove(0),
            _ => Self::Chain { steps },
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
                let n = n_maps(n_classes);
                (slopes.len(), intercepts.len()) == (n, n) && finite(slopes) && finite(intercepts)
            }
            Self::Isotonic { curves } => {
                curves.len() == n_maps(n_classes) && curves.iter().all(Curve::is_for_probabilities)
            }
            Self::Beta { shapes } => {
                shapes.len() == n_maps(n_classes) && shapes.iter().all(|s| finite(s))
            }
            Self::Chain { steps } => {
                let fits = |s: &Self| !matches!(s, Self::Chain { .. }) && s.is_for(n_classes);
                steps.iter().all(fits)
            }
        }
    }

    /// Whether a reader of model files before format 3 does not know it.
    pub fn is_since_3(&self) -> bool {
        !matches!(self, Self::None | Self::Prior { .. } | Self::Sigmoid { .. })
    }

    /// Stable id of the method.
    pub fn id(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Prior { .. } => "prior",
            Self::Sigmoid { .. } => "sigmoid",
            Self::Isotonic { .. } => "isotonic",
            Self::Beta { .. } => "beta",
            Self::Chain { .. } => "chain",
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
                let map = |k: usize, p| Some(slopes.get(k)? * log_odds(p) + intercepts.get(k)?);
                return against_the_rest(row, slopes.len(), |k, p| map(k, p).map(sigmoid_f64));
            }
            Self::Isotonic { curves } => {
                return against_the_rest(row, curves.len(), |k, p| Some(curves.get(k)?.at(p)));
            }
            Self::Beta { shapes } => {
                return against_the_rest(row, shapes.len(), |k, p| Some(beta(*shapes.get(k)?, p)));
            }
            Self::Chain { steps } => return steps.iter().for_each(|s| s.apply_row(row)),
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
        if self.is_none() {
            return Ok(proba);
        }
        if let Some(n_classes) = self.n_classes()
            && proba.ncols() != n_classes
        {
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

    /// How many classes it is for, where it says so.
    fn n_classes(&self) -> Option<usize> {
        let of_maps = |n: usize| if n == 1 { 2 } else { n };
        Some(match self {
            Self::None => return None,
            Self::Prior { factors } => factors.len(),
            Self::Sigmoid { slopes, .. } => of_maps(slopes.len()),
            Self::Isotonic { curves } => of_maps(curves.len()),
            Self::Beta { shapes } => of_maps(shapes.len()),
            Self::Chain { steps } => return steps.iter().find_map(Self::n_classes),
        })
    }
}

fn beta([a, b, c]: [f64; 3], p: f64) -> f64 {
    let p = p.clamp(EDGE, 1.0 - EDGE);
    sigmoid_f64(a * p.ln() - b * (1.0 - p).ln() + c)
}

/// Gives every class of a row what its function says, divided by their sum; with one function it is the second class's and
/// the first has the rest.
fn against_the_rest(row: &mut [f64], n_maps: usize, map: impl Fn(usize, f64) -> Option<f64>) {
    if let ([negative, positive], 1) = (&mut *row, n_maps) {
        *positive = map(0, *positive).unwrap_or(*positive);
        *negative = 1.0 - *positive;
        return;
    }
    for (k, p) in row.iter_mut().enumerate() {
        *p = map(k, *p).unwrap_or(*p);
    }
    let sum: f64 = row.iter().sum();
    // No function sees its class: nothing tells them apart.
    let even = 1.0 / row.len() as f64;
    for p in row {
        *p = if sum > 0.0 { *p / sum } else { even };
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

    fn isotonic(n: usize) -> Calibration {
        let curve = Curve {
            x: vec![0.0, 0.5],
            y: vec![0.0, 0.9],
        };
        Calibration::Isotonic {
            curves: vec![curve; n],
        }
    }

    #[test]
    fn steps_follow_one_another() {
        let prior = Calibration::prior(&[0.9, 0.1], &[0.5, 0.5]);
        let beta = Calibration::Beta {
            shapes: vec![[1.0, 1.0, 0.5]],
        };
        let chain = prior.clone().then(beta.clone());
        assert_eq!(chain.id(), "chain");
        assert_eq!(chain.apply(0.4), beta.apply(prior.apply(0.4)));
        // With a = b = 1 it is the odds times eᶜ.
        let odds = |p: f64| p / (1.0 - p);
        assert!((odds(beta.apply(0.4)) / odds(0.4) - 0.5f64.exp()).abs() < 1e-12);
        assert_eq!(Calibration::None.then(beta.clone()), beta);
        assert_eq!(beta.clone().then(Calibration::None), beta);
        assert!(chain.is_for(2));
        let nested = Calibration::Chain { steps: vec![chain] };
        assert!(!nested.is_for(2));
        // All functions at 0: no class is preferred.
        let mut row = [0.0, 0.0, 0.0];
        isotonic(3).apply_row(&mut row);
        assert_eq!(row, [1.0 / 3.0; 3]);
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
            isotonic(3),
            Calibration::Beta {
                shapes: vec![[1.0, 2.0, 0.1], [0.0, 1.0, 0.0], [1.0, 1.0, 1.0]],
            },
            Calibration::prior(&[0.2, 0.3, 0.5], &[0.3, 0.3, 0.4]).then(isotonic(3)),
        ] {
            assert!(c.is_for(3) && (c.is_none() || !c.is_for(2)), "{c:?}");
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
