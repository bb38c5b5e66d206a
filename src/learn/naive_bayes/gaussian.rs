//! Gaussian naive Bayes: every column normal within a class.
//!
//! `p(class | x) ∝ p(class) · Π N(xⱼ; μⱼ, σⱼ² + ε)` with weighted means and variances per class and `ε` the share
//! `var_smoothing` of the largest column variance, as in scikit-learn. Very fast; probabilities are too extreme where columns
//! say the same thing twice.
//!
//! Source: Hand & Yu (2001), Idiot's Bayes, doi:10.1111/j.1751-5823.2001.tb00465.x.
use super::{add, class_weights, classes_of, log_prior, normalise};
use crate::base::{Error, ParamSpec, Params, Part, Result, Run, Stage, Train};
use crate::learn::{
    Classifier, Dataset, Entry, Estimator, Model, Save, Takes,
    kernels::{
        input::{ClassWeight, check_width, row_major},
        problem::Problem,
    },
    logistic::{CLASS_WEIGHT, class_weight},
};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

const ID: &str = "gaussian_nb";
const VERSION: u16 = 1;
const PARAMS: &[ParamSpec] = &[
    ParamSpec::float("var_smoothing", 0.0, 1.0, 1e-9),
    CLASS_WEIGHT,
];
const TAKES: Takes = Takes {
    binary: true,
    multiclass: true,
    sample_weight: true,
    ..Takes::NOTHING
};
/// Rows between two questions whether to go on.
const BLOCK: usize = 16_384;

/// Registry line.
pub(in crate::learn) const ENTRY: Entry = Entry {
    id: ID,
    params: PARAMS,
    complexity: 1,
    takes: TAKES,
    by_default: false,
    build: |params| Ok(Box::new(GaussianNb::new(params)?)),
    load: |part| {
        let state: State = part.decode(VERSION)?;
        Ok(Model::Classifier(Box::new(FittedGaussianNb::from_state(
            state,
        )?)))
    },
    candidates: || {
        [1e-9, 1e-3, 1e-1]
            .map(|v| Params::default().with("var_smoothing", v))
            .to_vec()
    },
    divide: None,
    fit_path: None,
};

/// The learner, parameters checked.
#[derive(Debug, Clone, Copy)]
pub struct GaussianNb {
    var_smoothing: f64,
    class_weight: ClassWeight,
}

impl GaussianNb {
    /// Checks `var_smoothing` and `class_weight`.
    ///
    /// # Errors
    /// [`Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        params.deny_unknown(PARAMS)?;
        Ok(Self {
            var_smoothing: params.float(PARAMS, "var_smoothing")?,
            class_weight: class_weight(params, PARAMS)?,
        })
    }
}

/// Largest variance of a column, all rows alike.
fn largest_variance(x: &[f32], d: usize) -> f64 {
    let n = (x.len() / d) as f64;
    let mut mean = vec![0.0; d];
    for row in x.chunks_exact(d) {
        add(&mut mean, row, 1.0);
    }
    mean.iter_mut().for_each(|m| *m /= n);
    let mut squares = vec![0.0; d];
    for row in x.chunks_exact(d) {
        add_squares(&mut squares, row, &mean, 1.0);
    }
    squares.iter().copied().fold(0.0, f64::max) / n
}

#[inline(always)]
fn add_squares(sums: &mut [f64], row: &[f32], mean: &[f64], weight: f64) {
    for ((s, v), m) in sums.iter_mut().zip(row).zip(mean) {
        let off = f64::from(*v) - m;
        *s += weight * off * off;
    }
}

impl Estimator for GaussianNb {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        run.step(Stage::Fitting, 0, 2)?;
        let data = Problem::check(train.get(), TAKES, self.class_weight)?;
        let (codes, classes) = classes_of(&data)?;
        let weight = data.row_weights();
        let (d, k) = (data.n_columns, classes.len());
        let totals = class_weights(codes, k, weight.as_deref());
        let w = |i: usize| weight.as_ref().map_or(1.0, |w| w[i]);
        let mut means = vec![0.0; k * d];
        for (b, block) in data.x.chunks(BLOCK * d).enumerate() {
            run.check()?;
            for (q, row) in block.chunks_exact(d).enumerate() {
                let i = b * BLOCK + q;
                let c = codes[i] as usize;
                add(&mut means[c * d..(c + 1) * d], row, w(i));
            }
        }
        for (m, t) in means.chunks_exact_mut(d).zip(&totals) {
            m.iter_mut().for_each(|m| *m /= t);
        }
        run.step(Stage::Fitting, 1, 2)?;
        let mut variances = vec![0.0; k * d];
        for (b, block) in data.x.chunks(BLOCK * d).enumerate() {
            run.check()?;
            for (q, row) in block.chunks_exact(d).enumerate() {
                let i = b * BLOCK + q;
                let c = codes[i] as usize;
                let of = c * d..(c + 1) * d;
                add_squares(&mut variances[of.clone()], row, &means[of], w(i));
            }
        }
        // Constant columns in all classes must not divide by 0.
        let epsilon = (self.var_smoothing * largest_variance(&data.x, d)).max(1e-300);
        for (v, t) in variances.chunks_exact_mut(d).zip(&totals) {
            v.iter_mut().for_each(|v| *v = *v / t + epsilon);
        }
        run.step(Stage::Fitting, 2, 2)?;
        let fitted = FittedGaussianNb::from_state(State {
            classes: classes.to_vec(),
            n_features: d as u64,
            log_prior: log_prior(&totals),
            means,
            variances,
        })?;
        Ok(Model::Classifier(Box::new(fitted)))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    classes: Vec<String>,
    n_features: u64,
    log_prior: Vec<f64>,
    /// `n_classes × n_features`.
    means: Vec<f64>,
    variances: Vec<f64>,
}

/// Fitted normal distributions.
#[derive(Debug, Clone)]
pub struct FittedGaussianNb {
    state: State,
    n_features: usize,
    /// What does not depend on the row: prior and normalising factors.
    constants: Vec<f64>,
    /// `1 / (2σ²)`, `n_classes × n_features`.
    halves: Vec<f64>,
}

impl FittedGaussianNb {
    fn from_state(state: State) -> Result<Self> {
        let d = usize::try_from(state.n_features).unwrap_or(0);
        let k = state.classes.len();
        let size = k.checked_mul(d);
        let fits = d > 0
            && k >= 2
            && state.log_prior.len() == k
            && size == Some(state.means.len())
            && size == Some(state.variances.len());
        let sound = state
            .log_prior
            .iter()
            .chain(&state.means)
            .all(|v| v.is_finite())
            && state.variances.iter().all(|v| v.is_finite() && *v > 0.0);
        if !(fits && sound) {
            return Err(Error::invalid_artifact("gaussian_nb: inconsistent state"));
        }
        let spread = |v: &[f64]| {
            v.iter()
                .map(|v| (std::f64::consts::TAU * v).ln())
                .sum::<f64>()
        };
        let constants = state
            .log_prior
            .iter()
            .zip(state.variances.chunks_exact(d))
            .map(|(p, v)| p - 0.5 * spread(v))
            .collect();
        Ok(Self {
            n_features: d,
            constants,
            halves: state
                .variances
                .iter()
                .map(|v| (0.5 / v).min(f64::MAX))
                .collect(),
            state,
        })
    }

    /// Means, `(n_classes, n_features)` row-major.
    pub fn means(&self) -> &[f64] {
        &self.state.means
    }

    /// Variances, smoothing included, `(n_classes, n_features)` row-major.
    pub fn variances(&self) -> &[f64] {
        &self.state.variances
    }
}

impl Save for FittedGaussianNb {
    fn save(&self) -> Result<Part> {
        Part::encode(ID, VERSION, &self.state)
    }
}

impl Classifier for FittedGaussianNb {
    fn classes(&self) -> &[String] {
        &self.state.classes
    }

    fn n_features(&self) -> usize {
        self.n_features
    }

    /// Values that are not numbers say nothing about the class, infinite ones count as the largest finite number.
    fn predict_proba(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        check_width(x, self.n_features)?;
        let d = self.n_features;
        let mut out = Array2::zeros((x.nrows(), self.state.classes.len()));
        let x = row_major(x);
        let mut joint = vec![0.0; self.constants.len()];
        for (row, mut out) in x.chunks_exact(d).zip(out.rows_mut()) {
            let means = self.state.means.chunks_exact(d);
            let of_class = means.zip(self.halves.chunks_exact(d)).zip(&self.constants);
            for (joint, ((means, halves), constant)) in joint.iter_mut().zip(of_class) {
                let mut sum = *constant;
                for ((v, m), h) in row.iter().zip(means).zip(halves) {
                    let off = f64::from(v.clamp(f32::MIN, f32::MAX)) - m;
                    let term = off * off * h;
                    sum -= if term.is_nan() { 0.0 } else { term.min(1e300) };
                }
                *joint = sum.max(f64::MIN);
            }
            normalise(&mut joint);
            for (o, p) in out.iter_mut().zip(&joint) {
                *o = *p;
            }
        }
        Ok(out)
    }
}
