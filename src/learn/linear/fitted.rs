//! A fitted linear regression: its state, predictions, errors and intervals.
use super::ID;
use crate::base::{
    Error, Part, Result,
    special::{student_quantile, student_two_sided},
};
use crate::learn::{
    Coefficient, Insight, Regressor, Save,
    explain::{Form, LinearSum, Link},
    kernels::{
        input::check_width,
        panels::{PANEL, combine, finite, over_panels},
    },
};
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

const VERSION: u16 = 1;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct State {
    pub coefficients: Vec<f64>,
    pub intercept: f64,
    pub features: Vec<String>,
    pub errors: Option<Errors>,
    pub path: Option<Path>,
    pub n_iter: u64,
}

/// What an ordinary fit of full rank knows of its own uncertainty.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Errors {
    pub standard_errors: Vec<f64>,
    /// 0 without an intercept.
    pub intercept: f64,
    pub df: u64,
    /// Residual variance of a row of weight 1.
    pub variance: f64,
    /// Sum of weights.
    pub total: f64,
    pub x_mean: Vec<f64>,
    /// Lower half of the inverse of the centred cross-product matrix; empty with many columns.
    pub inverse: Vec<f64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Path {
    pub alphas: Vec<f64>,
    pub coefficients: Vec<Vec<f64>>,
    pub chosen: f64,
}

/// A fitted linear regression.
#[derive(Debug, Clone)]
pub struct FittedLinear(State);

/// `vᵀ A v` for the lower half of a symmetric `A`.
pub(super) fn quadratic(a: &[f64], d: usize, v: &[f64]) -> f64 {
    let mut sum = 0.0;
    for i in 0..d {
        let row = &a[i * d..i * d + i];
        let side: f64 = row.iter().zip(v).map(|(a, v)| a * v).sum();
        sum += v[i] * (2.0 * side + a[i * d + i] * v[i]);
    }
    sum
}

impl FittedLinear {
    pub(super) fn from_state(state: State) -> Result<Self> {
        let d = state.coefficients.len();
        let finite = |v: &[f64]| v.iter().all(|v| v.is_finite());
        let errors = state.errors.as_ref().is_none_or(|e| {
            e.standard_errors.len() == d
                && e.x_mean.len() == d
                && (e.inverse.is_empty() || d.checked_mul(d) == Some(e.inverse.len()))
                && e.df > 0
                && e.total > 0.0
                && e.variance >= 0.0
                && finite(&[e.intercept, e.variance, e.total])
                && finite(&e.standard_errors)
                && finite(&e.x_mean)
                && finite(&e.inverse)
        });
        let path = state.path.as_ref().is_none_or(|p| {
            p.alphas.len() == p.coefficients.len() && p.coefficients.iter().all(|c| c.len() == d)
        });
        let fine = d > 0
            && state.features.len() == d
            && finite(&state.coefficients)
            && state.intercept.is_finite();
        if fine && errors && path {
            Ok(Self(state))
        } else {
            Err(Error::invalid_artifact("linear: inconsistent state"))
        }
    }

    /// Takes up a saved part.
    ///
    /// # Errors
    /// [`Error::Artifact`].
    pub fn load(part: &Part) -> Result<Self> {
        Self::from_state(part.decode(VERSION)?)
    }

    /// Change of the target per unit of each column, `(n_features,)`.
    pub fn coefficients(&self) -> &[f64] {
        &self.0.coefficients
    }

    /// Prediction at the origin.
    pub fn intercept(&self) -> f64 {
        self.0.intercept
    }

    /// Standard errors, `(n_features,)`; ordinary fits of full rank only.
    pub fn standard_errors(&self) -> Option<&[f64]> {
        self.0.errors.as_ref().map(|e| e.standard_errors.as_slice())
    }

    /// Standard error of the intercept.
    pub fn intercept_error(&self) -> Option<f64> {
        let error = self.0.errors.as_ref().map(|e| e.intercept);
        error.filter(|e| *e > 0.0)
    }

    /// Sweeps spent by coordinate descent; 1 for direct solutions.
    pub fn n_iter(&self) -> u64 {
        self.0.n_iter
    }

    /// Intervals that hold a new row's target (of weight 1) with chance `level`, `(n_samples,)`. None unless the fit is
    /// ordinary, of full rank and of at most 256 columns.
    ///
    /// # Errors
    /// [`Error::Shape`] when `x` has another width; [`Error::Param`] unless `0 < level < 1`.
    pub fn predict_interval(
        &self,
        x: ArrayView2<'_, f32>,
        level: f64,
    ) -> Result<Option<Vec<(f64, f64)>>> {
        let middle = self.predict(x)?;
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::out_of_range("level", 0.0, 1.0));
        }
        let Some(e) = self.0.errors.as_ref().filter(|e| !e.inverse.is_empty()) else {
            return Ok(None);
        };
        let d = self.0.coefficients.len();
        let t = student_quantile(1.0 - level, e.df as f64);
        // Without an intercept nothing was centred and there is no mean to be uncertain about.
        let mean = if e.intercept > 0.0 {
            1.0 / e.total
        } else {
            0.0
        };
        let mut apart = vec![0.0; d];
        let each = x.rows().into_iter().zip(middle).map(|(row, middle)| {
            for ((a, x), m) in apart.iter_mut().zip(row).zip(&e.x_mean) {
                *a = f64::from(finite(*x)) - m;
            }
            let spread = 1.0 + mean + quadratic(&e.inverse, d, &apart);
            let half = t * (e.variance * spread).sqrt();
            (middle - half, middle + half)
        });
        Ok(Some(each.collect()))
    }
}

impl Save for FittedLinear {
    fn save(&self) -> Result<Part> {
        Part::encode(ID, VERSION, &self.0)
    }

    fn explain_form(&self, _: usize) -> Form<'_> {
        Form::Linear {
            sums: vec![LinearSum {
                coefficients: &self.0.coefficients,
                intercept: self.0.intercept,
            }],
            link: Link::Identity,
        }
    }

    /// Coefficients, for ordinary fits with errors; for lasso and elastic net the path as well.
    fn insights(&self) -> Vec<Insight> {
        let state = &self.0;
        let errors = state.errors.as_ref();
        let t = errors.map(|e| (student_quantile(0.05, e.df as f64), e.df as f64));
        let row = |(j, (feature, value)): (usize, (&String, &f64))| {
            let error = errors.map(|e| e.standard_errors[j]).filter(|e| *e > 0.0);
            let with = error.zip(t);
            Coefficient {
                feature: feature.clone(),
                value: *value,
                standard_error: error,
                interval: with.map(|(e, (t, _))| (value - t * e, value + t * e)),
                p_value: with.map(|(e, (_, df))| student_two_sided(value / e, df)),
            }
        };
        let pairs = state.features.iter().zip(&state.coefficients);
        let mut all = vec![Insight::Coefficients {
            odds: false,
            outputs: Vec::new(),
            intercepts: vec![state.intercept],
            rows: pairs.enumerate().map(row).collect(),
        }];
        if let Some(p) = &state.path {
            all.push(Insight::Path {
                features: state.features.clone(),
                alphas: p.alphas.clone(),
                coefficients: p.coefficients.clone(),
                chosen: p.chosen,
            });
        }
        all
    }
}

impl Regressor for FittedLinear {
    fn n_features(&self) -> usize {
        self.0.coefficients.len()
    }

    /// Values that are not numbers count as 0, infinite ones as the largest finite number.
    fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Vec<f64>> {
        check_width(x, self.n_features())?;
        let mut out = Vec::with_capacity(x.nrows());
        over_panels(x, |_, columns, used| {
            let mut z = [self.0.intercept; PANEL];
            combine(&mut z, columns, &self.0.coefficients);
            out.extend_from_slice(&z[..used]);
        });
        Ok(out)
    }
}
