//! A fitted mixture.
use super::{
    super::{
        Clusterer, Save,
        kernels::input::{check_width, row_major},
    },
    ID, Kind, VERSION,
    em::Mixture,
};
use crate::base::{Error, Part, Result};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct State {
    kind: Kind,
    n_features: u64,
    weights: Vec<f64>,
    means: Vec<f64>,
    covariances: Vec<f64>,
    n_rows: u64,
    score: f64,
    bound: f64,
    n_iter: u64,
}

/// A fitted mixture.
#[derive(Debug, Clone)]
pub struct FittedMixture {
    mixture: Mixture,
    n_rows: u64,
    score: f64,
    bound: f64,
    n_iter: u64,
}

impl FittedMixture {
    pub(super) fn new(mixture: Mixture, x: &[f32], bound: f64, n_iter: usize) -> Result<Self> {
        Ok(Self {
            n_rows: (x.len() / mixture.d) as u64,
            score: mixture.score(x)?,
            mixture,
            bound,
            n_iter: n_iter as u64,
        })
    }

    pub(super) fn from_state(state: State) -> Result<Self> {
        let bad = || Error::invalid_artifact("gaussian_mixture: inconsistent state");
        let (k, d) = (
            state.weights.len(),
            usize::try_from(state.n_features).map_err(|_| bad())?,
        );
        let many = |a: usize, b: usize| a.checked_mul(b).ok_or_else(bad);
        let expected = match state.kind {
            Kind::Full => many(k, many(d, d)?)?,
            Kind::Tied => many(d, d)?,
            Kind::Diag => many(k, d)?,
            Kind::Spherical => k,
        };
        let all = [&state.weights, &state.means, &state.covariances];
        let finite = all.iter().all(|v| v.iter().all(|v| v.is_finite()));
        if k == 0
            || d == 0
            || state.means.len() != many(k, d)?
            || state.covariances.len() != expected
            || !finite
            || state.weights.iter().any(|w| *w < 0.0)
            || !(state.score.is_finite() && state.bound.is_finite())
        {
            return Err(bad());
        }
        let mixture = Mixture::new(state.kind, d, state.weights, state.means, state.covariances);
        Ok(Self {
            mixture: mixture.map_err(|_| bad())?,
            n_rows: state.n_rows,
            score: state.score,
            bound: state.bound,
            n_iter: state.n_iter,
        })
    }

    /// What the covariances have in common.
    pub fn kind(&self) -> Kind {
        self.mixture.kind
    }

    /// Share of each component, `(n_components,)`.
    pub fn weights(&self) -> &[f64] {
        &self.mixture.weights
    }

    /// Means, `(n_components, n_features)` row-major.
    pub fn means(&self) -> &[f64] {
        &self.mixture.means
    }

    /// Covariances, row-major: `(n_components, n_features, n_features)` full, `(n_features, n_features)` tied,
    /// `(n_components, n_features)` diagonal, `(n_components,)` spherical.
    pub fn covariances(&self) -> &[f64] {
        &self.mixture.covariances
    }

    /// Mean log-likelihood of a training row.
    pub fn score(&self) -> f64 {
        self.score
    }

    /// The same before the last step, by which starts are compared.
    pub fn lower_bound(&self) -> f64 {
        self.bound
    }

    /// Iterations of the start that was kept.
    pub fn n_iter(&self) -> u64 {
        self.n_iter
    }

    fn n_free(&self) -> f64 {
        self.mixture.kind.n_free(self.mixture.k, self.mixture.d) as f64
    }

    /// Bayesian information criterion on the training rows; the lower, the better.
    pub fn bic(&self) -> f64 {
        let n = self.n_rows as f64;
        -2.0 * self.score * n + self.n_free() * n.ln()
    }

    /// Akaike's information criterion on the training rows; the lower, the better.
    pub fn aic(&self) -> f64 {
        -2.0 * self.score * self.n_rows as f64 + 2.0 * self.n_free()
    }

    /// Values that are not numbers count as the overall mean of their column, infinite ones as very large.
    fn tame(&self, x: ArrayView2<'_, f32>) -> Result<Vec<f32>> {
        let m = &self.mixture;
        check_width(x, m.d)?;
        let mean = |j: usize| {
            (0..m.k)
                .map(|c| m.weights[c] * m.means[c * m.d + j])
                .sum::<f64>()
        };
        let means: Vec<f64> = (0..m.d).map(mean).collect();
        let all = row_major(x);
        let tame = all.iter().enumerate().map(|(i, v)| match v {
            v if v.is_nan() => means[i % m.d] as f32,
            v => v.clamp(-1e30, 1e30),
        });
        Ok(tame.collect())
    }

    /// How likely each row is of each component, `(n_samples, n_components)`; every row sums to 1.
    ///
    /// # Errors
    /// [`Error::Shape`] when `x` has another width.
    pub fn predict_proba(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        let shares = self.mixture.rows(&self.tame(x)?)?.0;
        Array2::from_shape_vec((x.nrows(), self.mixture.k), shares).map_err(|_| Error::Shape {
            what: "rows".into(),
            expected: x.nrows(),
            found: 0,
        })
    }

    /// The logarithm of the density at each row, `(n_samples,)`: low for rows like none the mixture was fitted on.
    ///
    /// # Errors
    /// [`Error::Shape`] when `x` has another width.
    pub fn log_density(&self, x: ArrayView2<'_, f32>) -> Result<Vec<f64>> {
        Ok(self.mixture.rows(&self.tame(x)?)?.1)
    }
}

impl Save for FittedMixture {
    fn save(&self) -> Result<Part> {
        let m = &self.mixture;
        let state = State {
            kind: m.kind,
            n_features: m.d as u64,
            weights: m.weights.clone(),
            means: m.means.clone(),
            covariances: m.covariances.clone(),
            n_rows: self.n_rows,
            score: self.score,
            bound: self.bound,
            n_iter: self.n_iter,
        };
        Part::encode(ID, VERSION, &state)
    }
}

impl Clusterer for FittedMixture {
    fn n_features(&self) -> usize {
        self.mixture.d
    }

    fn n_clusters(&self) -> usize {
        self.mixture.k
    }

    fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Vec<u32>> {
        self.mixture.likeliest(&self.tame(x)?)
    }
}
