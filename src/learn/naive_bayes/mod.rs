//! Naive Bayes: columns taken as independent within a class. What the three variants share.
pub mod bernoulli;
pub mod gaussian;
pub mod multinomial;

use super::{
    Classifier, Save,
    kernels::{
        exp::exp_f64,
        input::{check_width, row_major},
        problem::{Goal, Problem},
    },
};
use crate::base::{Error, Part, Result, TargetReason};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

/// Codes and labels of a checked problem.
fn classes_of<'p>(data: &'p Problem<'_>) -> Result<(&'p [u32], &'p [String])> {
    match &data.goal {
        Goal::Classes { codes, classes, .. } => Ok((codes, classes)),
        _ => Err(Error::Target {
            name: "target".into(),
            reason: TargetReason::NeedsClasses,
        }),
    }
}

/// Total weight per class.
fn class_weights(codes: &[u32], n_classes: usize, weight: Option<&[f64]>) -> Vec<f64> {
    let mut totals = vec![0.0; n_classes];
    for (i, &c) in codes.iter().enumerate() {
        totals[c as usize] += weight.map_or(1.0, |w| w[i]);
    }
    totals
}

/// Adds `row` with `weight` to `sums`.
#[inline(always)]
fn add(sums: &mut [f64], row: &[f32], weight: f64) {
    for (s, v) in sums.iter_mut().zip(row) {
        *s += weight * f64::from(*v);
    }
}

/// Turns joint log-likelihoods into probabilities that sum to 1.
fn normalise(joint: &mut [f64]) {
    let top = joint.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for v in joint.iter_mut() {
        *v = exp_f64(*v - top);
        sum += *v;
    }
    for v in joint.iter_mut() {
        *v /= sum;
    }
}

/// A joint log-likelihood that is linear in the (possibly binarised) values.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Linear {
    classes: Vec<String>,
    n_features: u64,
    intercepts: Vec<f64>,
    /// `n_classes × n_features`.
    weights: Vec<f64>,
    /// Values above it count as 1, others as 0; absent where values count as they are.
    binarize: Option<f32>,
}

/// A fitted naive Bayes model for counts or flags.
#[derive(Debug, Clone)]
pub struct FittedLinear {
    id: &'static str,
    state: Linear,
    n_features: usize,
}

const VERSION: u16 = 1;

impl FittedLinear {
    fn from_state(id: &'static str, state: Linear) -> Result<Self> {
        let n_features = usize::try_from(state.n_features).unwrap_or(0);
        let n_classes = state.classes.len();
        let fits = n_features > 0
            && n_classes >= 2
            && state.intercepts.len() == n_classes
            && n_classes.checked_mul(n_features) == Some(state.weights.len());
        let finite = state
            .intercepts
            .iter()
            .chain(&state.weights)
            .all(|v| v.is_finite())
            && state.binarize.is_none_or(f32::is_finite);
        if !(fits && finite) {
            return Err(Error::invalid_artifact(format!("{id}: inconsistent state")));
        }
        Ok(Self {
            id,
            state,
            n_features,
        })
    }

    fn load(id: &'static str, part: &Part) -> Result<Self> {
        Self::from_state(id, part.decode(VERSION)?)
    }

    /// Log-likelihood per unit of each column, `(n_classes, n_features)` row-major.
    pub fn weights(&self) -> &[f64] {
        &self.state.weights
    }
}

impl Save for FittedLinear {
    fn save(&self) -> Result<Part> {
        Part::encode(self.id, VERSION, &self.state)
    }
}

impl Classifier for FittedLinear {
    fn classes(&self) -> &[String] {
        &self.state.classes
    }

    fn n_features(&self) -> usize {
        self.n_features
    }

    /// Values that are not numbers count as 0, infinite ones as the largest finite number.
    fn predict_proba(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        check_width(x, self.n_features)?;
        let mut out = Array2::zeros((x.nrows(), self.state.classes.len()));
        let mut values = vec![0.0; self.n_features];
        let x = row_major(x);
        for (row, mut out) in x.chunks_exact(self.n_features).zip(out.rows_mut()) {
            for (to, v) in values.iter_mut().zip(row) {
                let v = if v.is_nan() {
                    0.0
                } else {
                    v.clamp(f32::MIN, f32::MAX)
                };
                *to = match self.state.binarize {
                    Some(limit) => f64::from(u8::from(v > limit)),
                    None => f64::from(v),
                };
            }
            let of_class = self.state.weights.chunks_exact(self.n_features);
            let mut joint: Vec<f64> = of_class
                .zip(&self.state.intercepts)
                .map(|(w, b)| b + w.iter().zip(&values).map(|(w, v)| w * v).sum::<f64>())
                .collect();
            normalise(&mut joint);
            for (o, p) in out.iter_mut().zip(&joint) {
                *o = *p;
            }
        }
        Ok(out)
    }
}

/// Log shares of `weights`.
fn log_prior(weights: &[f64]) -> Vec<f64> {
    let all: f64 = weights.iter().sum();
    weights.iter().map(|w| (w / all).ln()).collect()
}
