//! A fitted support vector machine.
use super::super::{
    Classifier, Coefficient, Insight, Regressor, Save,
    kernels::{
        input::check_width,
        kernel_rows::{Points, Shape},
        platt::{Sigmoid, couple},
    },
};
use super::{ID, VERSION};
use crate::base::{Error, Part, Result};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

/// Smallest probability of a pair before coupling, as in libsvm.
const MIN_PAIR: f64 = 1e-7;
/// Points keep within this, so that squares of single precision do not overflow.
pub(super) const FAR: f64 = 1e15;

/// What is saved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct State {
    /// Empty for a regression.
    pub classes: Vec<String>,
    pub features: Vec<String>,
    /// Taken off each column first.
    pub shift: Vec<f64>,
    /// `b` per output: pairs (0, 1), (0, 2), …, (1, 2), …, or the one number.
    pub bias: Vec<f64>,
    /// `A`, `B` per output; empty for a regression.
    pub sigmoid: Vec<(f64, f64)>,
    pub body: Body,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Body {
    /// Weights per output and column.
    Linear { weights: Vec<f64> },
    Rbf {
        /// `√gamma`, a factor of every column after the shift.
        scale: f64,
        /// Support vectors, shifted and scaled, those of the first class first.
        vectors: Vec<f32>,
        /// How many per class; a single number for a regression.
        n_vectors: Vec<u32>,
        /// `β`: one row per opposing class (one in all for two classes or a regression), a value per vector.
        coefficients: Vec<f64>,
    },
}

/// A fitted support vector machine.
#[derive(Debug, Clone)]
pub struct FittedSvm {
    state: State,
    /// Support vectors, laid out; absent for the linear kernel.
    points: Option<Points>,
}

impl FittedSvm {
    pub(super) fn from_state(state: State) -> Result<Self> {
        let bad = || Error::invalid_artifact("svm: inconsistent state");
        let (d, k) = (state.shift.len(), state.classes.len());
        let n_outputs = state.bias.len();
        let pairs = k.saturating_mul(k.saturating_sub(1)) / 2;
        let expected = if k == 0 { 1 } else { pairs };
        let n_sigmoids = if k == 0 { 0 } else { pairs };
        let finite = |v: &[f64]| v.iter().all(|v| v.is_finite());
        let fits = d > 0
            && k != 1
            && state.features.len() == d
            && n_outputs == expected
            && state.sigmoid.len() == n_sigmoids
            && finite(&state.shift)
            && finite(&state.bias)
            && state
                .sigmoid
                .iter()
                .all(|(a, b)| a.is_finite() && b.is_finite());
        if !fits {
            return Err(bad());
        }
        let points = match &state.body {
            Body::Linear { weights } => {
                if weights.len() != n_outputs * d || !finite(weights) {
                    return Err(bad());
                }
                None
            }
            Body::Rbf {
                scale,
                vectors,
                n_vectors,
                coefficients,
                ..
            } => {
                let n = vectors.len() / d;
                let total: u64 = n_vectors.iter().map(|n| u64::from(*n)).sum();
                let fits = vectors.len() == n * d
                    && n_vectors.len() == k.max(1)
                    && total == n as u64
                    && coefficients.len() == n * k.saturating_sub(1).max(1)
                    && scale.is_finite()
                    && *scale > 0.0
                    && vectors.iter().all(|v| v.is_finite())
                    && finite(coefficients);
                if !fits {
                    return Err(bad());
                }
                Some(Points::new(vectors, d, Shape::Rbf))
            }
        };
        Ok(Self { state, points })
    }

    /// Takes up a saved part.
    ///
    /// # Errors
    /// [`Error::Artifact`].
    pub fn load(part: &Part) -> Result<Self> {
        Self::from_state(part.decode(VERSION)?)
    }

    pub(super) fn is_regression(&self) -> bool {
        self.state.classes.is_empty()
    }

    /// Weights `(n_outputs, n_features)` of the linear kernel, row by row; empty for rbf.
    pub fn coefficients(&self) -> &[f64] {
        match &self.state.body {
            Body::Linear { weights } => weights,
            Body::Rbf { .. } => &[],
        }
    }

    /// Intercepts, `(n_outputs,)`.
    pub fn intercepts(&self) -> Vec<f64> {
        let d = self.state.shift.len();
        let offset = |o: usize| -> f64 {
            let w = self.coefficients().get(o * d..(o + 1) * d).unwrap_or(&[]);
            w.iter().zip(&self.state.shift).map(|(w, s)| w * s).sum()
        };
        let bias = self.state.bias.iter().enumerate();
        bias.map(|(o, b)| b - offset(o)).collect()
    }

    /// Support vectors of each class, `(n_classes,)`; a single number for a regression, empty for the linear kernel.
    pub fn n_support(&self) -> &[u32] {
        match &self.state.body {
            Body::Linear { .. } => &[],
            Body::Rbf { n_vectors, .. } => n_vectors,
        }
    }

    /// `yᵢ αᵢ` of the support vectors, `(max(n_classes − 1, 1), n_vectors)`, row by row; empty for the linear kernel.
    pub fn dual_coef(&self) -> &[f64] {
        match &self.state.body {
            Body::Linear { .. } => &[],
            Body::Rbf { coefficients, .. } => coefficients,
        }
    }

    /// `Σ |β| − ½ Σ βᵢ βⱼ K(xᵢ, xⱼ)`, what training maximised; for two classes and rbf only.
    pub fn dual_objective(&self) -> Option<f64> {
        let points = self.points.as_ref()?;
        let beta = self.dual_coef();
        if self.state.classes.len() != 2 {
            return None;
        }
        let mut kernel = vec![0f32; points.row_len()];
        let mut sum = 0.0;
        for (i, b) in beta.iter().enumerate() {
            points.row(&points.point(i), &mut kernel);
            sum += b.abs() - 0.5 * b * weighted(beta, &kernel);
        }
        Some(sum)
    }

    /// `A` and `B` of the sigmoid of each output.
    pub fn sigmoids(&self) -> &[(f64, f64)] {
        &self.state.sigmoid
    }

    /// Decision values `(n_samples, n_outputs)`. A classifier has an output per pair of classes, (0, 1), (0, 2), …,
    /// (1, 2), …, positive for the second of the two; a regression has one. Values that are not numbers count as the
    /// column's mean.
    ///
    /// # Errors
    /// [`Error::Shape`] when `x` has another width.
    pub fn decision_function(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        let state = &self.state;
        let d = state.shift.len();
        check_width(x, d)?;
        let mut out = Array2::zeros((x.nrows(), state.bias.len()));
        let mut wide = vec![0f64; d];
        let mut point = vec![0f32; d];
        let mut kernel = vec![0f32; self.points.as_ref().map_or(0, Points::row_len)];
        for (row, mut out) in x.rows().into_iter().zip(out.rows_mut()) {
            for ((w, v), shift) in wide.iter_mut().zip(row).zip(&state.shift) {
                *w = if v.is_nan() {
                    0.0
                } else {
                    f64::from(v.clamp(f32::MIN, f32::MAX)) - shift
                };
            }
            match (&state.body, &self.points) {
                (Body::Rbf { scale, .. }, Some(points)) => {
                    for (p, w) in point.iter_mut().zip(&wide) {
                        *p = (w * scale).clamp(-FAR, FAR) as f32;
                    }
                    points.row(&point, &mut kernel);
                    self.outputs(&kernel, |o, v| out[o] = v);
                }
                _ => {
                    for (o, w) in self.coefficients().chunks_exact(d).enumerate() {
                        out[o] = w.iter().zip(&wide).map(|(w, x)| w * x).sum();
                    }
                }
            }
            for (v, b) in out.iter_mut().zip(&state.bias) {
                let f = *v + b;
                *v = if f.is_nan() {
                    0.0
                } else {
                    f.clamp(-1e300, 1e300)
                };
            }
        }
        Ok(out)
    }

    /// Sums of kernel values, without `b`.
    fn outputs(&self, kernel: &[f32], mut put: impl FnMut(usize, f64)) {
        let Body::Rbf {
            n_vectors,
            coefficients,
            ..
        } = &self.state.body
        else {
            return;
        };
        let n: usize = n_vectors.iter().map(|n| *n as usize).sum();
        let k = n_vectors.len();
        if k <= 2 {
            put(0, weighted(coefficients, kernel));
            return;
        }
        let mut starts = vec![0; k + 1];
        for (c, v) in n_vectors.iter().enumerate() {
            starts[c + 1] = starts[c] + *v as usize;
        }
        let part = |row: usize, class: usize| {
            let of = starts[class]..starts[class + 1];
            weighted(
                &coefficients[row * n + of.start..row * n + of.end],
                &kernel[of],
            )
        };
        let mut o = 0;
        for i in 0..k {
            for j in i + 1..k {
                put(o, part(j - 1, i) + part(i, j));
                o += 1;
            }
        }
    }
}

fn weighted(coefficients: &[f64], kernel: &[f32]) -> f64 {
    let mut lanes = [0f64; 4];
    let (c, c_rest) = coefficients.as_chunks::<4>();
    let (k, k_rest) = kernel[..coefficients.len()].as_chunks::<4>();
    for (c, k) in c.iter().zip(k) {
        for l in 0..4 {
            lanes[l] += c[l] * f64::from(k[l]);
        }
    }
    let tail: f64 = c_rest
        .iter()
        .zip(k_rest)
        .map(|(c, k)| c * f64::from(*k))
        .sum();
    lanes.iter().sum::<f64>() + tail
}

impl Save for FittedSvm {
    fn save(&self) -> Result<Part> {
        Part::encode(ID, VERSION, &self.state)
    }

    /// Coefficients of the linear kernel.
    fn insights(&self) -> Vec<Insight> {
        if self.coefficients().is_empty() {
            return Vec::new();
        }
        let classes = &self.state.classes;
        let mut outputs = Vec::new();
        if classes.len() > 2 {
            for (i, a) in classes.iter().enumerate() {
                outputs.extend(classes[i + 1..].iter().map(|b| format!("{a} / {b}")));
            }
        }
        let features = self.state.features.iter().cycle();
        vec![Insight::Coefficients {
            odds: false,
            outputs,
            intercepts: self.intercepts(),
            rows: features
                .zip(self.coefficients())
                .map(|(feature, value)| Coefficient {
                    feature: feature.clone(),
                    value: *value,
                    standard_error: None,
                    interval: None,
                    p_value: None,
                })
                .collect(),
        }]
    }
}

impl Classifier for FittedSvm {
    fn classes(&self) -> &[String] {
        &self.state.classes
    }

    fn n_features(&self) -> usize {
        self.state.shift.len()
    }

    fn predict_proba(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        let decisions = self.decision_function(x)?;
        let k = self.state.classes.len();
        let sigmoid = |o: usize, f: f64| {
            let (a, b) = self.state.sigmoid.get(o).copied().unwrap_or((-1.0, 0.0));
            Sigmoid { a, b }.at(f)
        };
        let mut out = Array2::zeros((x.nrows(), k));
        let (mut pairs, mut p, mut scratch) = (vec![0.0; k * k], vec![0.0; k], Vec::new());
        for (f, mut out) in decisions.rows().into_iter().zip(out.rows_mut()) {
            if k == 2 {
                let second = sigmoid(0, f[0]);
                out[0] = 1.0 - second;
                out[1] = second;
                continue;
            }
            let mut o = 0;
            for i in 0..k {
                for j in i + 1..k {
                    let second = sigmoid(o, f[o]).clamp(MIN_PAIR, 1.0 - MIN_PAIR);
                    pairs[j * k + i] = second;
                    pairs[i * k + j] = 1.0 - second;
                    o += 1;
                }
            }
            couple(&pairs, &mut p, &mut scratch);
            out.iter_mut().zip(&p).for_each(|(o, p)| *o = *p);
        }
        Ok(out)
    }
}

impl Regressor for FittedSvm {
    fn n_features(&self) -> usize {
        self.state.shift.len()
    }

    fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Vec<f64>> {
        Ok(self.decision_function(x)?.column(0).to_vec())
    }
}
