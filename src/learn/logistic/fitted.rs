//! A fitted logistic regression: its state, its predictions, its coefficients with their errors.
use super::ID;
use crate::base::{
    Error, Part, Result,
    special::{NORMAL_975, normal_two_sided},
};
use crate::learn::{
    Classifier, Coefficient, Insight, Save,
    explain::{Form, LinearSum, Link},
    kernels::{
        exp::{exp_f64, sigmoid_f64},
        input::check_width,
        logit::{Errors, Solution},
        panels::{PANEL, Rows, combine, over_panels},
    },
};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

const VERSION: u16 = 2;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    /// Output by output; there is one for two classes.
    coefficients: Vec<f64>,
    intercepts: Vec<f64>,
    classes: Vec<String>,
    /// Names of the columns; unknown for models of version 1.
    features: Vec<String>,
    /// Per output, of its coefficients, then of its intercept.
    standard_errors: Option<Vec<f64>>,
    n_iter: u64,
}

/// Version 1: two classes, no errors.
#[derive(Debug, Serialize, Deserialize)]
struct StateV1 {
    coefficients: Vec<f64>,
    intercept: f64,
    classes: Vec<String>,
    n_iter: u64,
}

/// A fitted logistic regression.
#[derive(Debug, Clone)]
pub struct FittedLogistic {
    state: State,
    /// Not saved: nobody reads it but the report of the run that fitted the model.
    errors: Option<Errors>,
}

impl FittedLogistic {
    pub(super) fn new(
        solution: &Solution,
        errors: Option<Errors>,
        classes: Vec<String>,
        features: Vec<String>,
    ) -> Result<Self> {
        let n_outputs = outputs(&classes);
        let q = solution.theta.len() / n_outputs;
        let mut coefficients = Vec::with_capacity(solution.theta.len());
        let mut intercepts = Vec::with_capacity(n_outputs);
        for one in solution.theta.chunks_exact(q.max(1)) {
            if let Some((b, rest)) = one.split_last() {
                coefficients.extend_from_slice(rest);
                intercepts.push(*b);
            }
        }
        let fitted = Self::from_state(State {
            coefficients,
            intercepts,
            classes,
            features,
            standard_errors: errors.as_ref().map(|e| e.of_each().to_vec()),
            n_iter: solution.n_iter as u64,
        })?;
        Ok(Self { errors, ..fitted })
    }

    fn from_state(state: State) -> Result<Self> {
        let n = outputs(&state.classes);
        let all = state.coefficients.iter().chain(&state.intercepts);
        let errors = state.standard_errors.as_ref().is_none_or(|e| {
            e.len() == state.coefficients.len() + n && e.iter().all(|v| v.is_finite() && *v >= 0.0)
        });
        let fine = state.classes.len() >= 2
            && !state.coefficients.is_empty()
            && state.coefficients.len().is_multiple_of(n)
            && state.intercepts.len() == n
            && all.copied().all(f64::is_finite)
            && errors;
        if fine {
            Ok(Self {
                state,
                errors: None,
            })
        } else {
            Err(Error::invalid_artifact("logistic: inconsistent state"))
        }
    }

    /// Takes up a saved part.
    ///
    /// # Errors
    /// [`Error::Artifact`].
    pub fn load(part: &Part) -> Result<Self> {
        if part.version > 1 {
            return Self::from_state(part.decode(VERSION)?);
        }
        let old: StateV1 = part.decode(VERSION)?;
        if old.classes.len() != 2 {
            return Err(Error::invalid_artifact("logistic: inconsistent state"));
        }
        Self::from_state(State {
            coefficients: old.coefficients,
            intercepts: vec![old.intercept],
            classes: old.classes,
            features: Vec::new(),
            standard_errors: None,
            n_iter: old.n_iter,
        })
    }

    /// Log-odds per unit of each column, `(n_features,)`; with more than two classes output by output,
    /// `(n_classes, n_features)`.
    pub fn coefficients(&self) -> &[f64] {
        &self.state.coefficients
    }

    /// Log-odds at the origin, of the first output.
    pub fn intercept(&self) -> f64 {
        self.state.intercepts.first().copied().unwrap_or_default()
    }

    /// Log-odds at the origin, per output; with more than two classes they sum to 0.
    pub fn intercepts(&self) -> &[f64] {
        &self.state.intercepts
    }

    /// Standard errors per output, of its coefficients, then of its intercept, `(n_outputs, n_features + 1)`; see the
    /// description of the learner for when there are none and what they mean under a penalty.
    pub fn standard_errors(&self) -> Option<&[f64]> {
        self.state.standard_errors.as_deref()
    }

    /// Iterations spent.
    pub fn n_iter(&self) -> u64 {
        self.state.n_iter
    }
}

fn outputs(classes: &[String]) -> usize {
    if classes.len() <= 2 { 1 } else { classes.len() }
}

impl Save for FittedLogistic {
    fn save(&self) -> Result<Part> {
        Part::encode(ID, VERSION, &self.state)
    }

    fn difference_error(&self, a: usize, b: usize) -> Option<f64> {
        let d = self.n_features();
        let output = a.checked_div(d)?;
        if b / d != output {
            return None;
        }
        self.errors.as_ref()?.of_difference(output, a % d, b % d)
    }

    fn explain_form(&self, output: usize) -> Form<'_> {
        let coefficients = self.state.coefficients.chunks_exact(self.n_features());
        let sum = |(coefficients, intercept): (_, &f64)| LinearSum {
            coefficients,
            intercept: *intercept,
        };
        Form::Linear {
            sums: coefficients.zip(&self.state.intercepts).map(sum).collect(),
            link: Link::of_class(output, self.state.intercepts.len()),
        }
    }

    /// Coefficients with Wald's intervals and p-values.
    fn insights(&self) -> Vec<Insight> {
        let State {
            classes,
            features,
            intercepts,
            ..
        } = &self.state;
        let d = self.n_features();
        if features.len() != d {
            return Vec::new();
        }
        let row = |(i, value): (usize, &f64)| {
            let (k, j) = (i / d, i % d);
            let error = self.state.standard_errors.as_ref();
            let error = error
                .and_then(|e| e.get(k * (d + 1) + j))
                .copied()
                .filter(|e| *e > 0.0);
            Coefficient {
                feature: features[j].clone(),
                value: *value,
                standard_error: error,
                interval: error.map(|e| (value - NORMAL_975 * e, value + NORMAL_975 * e)),
                p_value: error.map(|e| normal_two_sided(value / e)),
            }
        };
        vec![Insight::Coefficients {
            odds: true,
            outputs: if classes.len() > 2 {
                classes.clone()
            } else {
                Vec::new()
            },
            intercepts: intercepts.clone(),
            rows: self
                .state
                .coefficients
                .iter()
                .enumerate()
                .map(row)
                .collect(),
        }]
    }
}

impl Classifier for FittedLogistic {
    fn classes(&self) -> &[String] {
        &self.state.classes
    }

    fn n_features(&self) -> usize {
        self.state.coefficients.len() / self.state.intercepts.len().max(1)
    }

    /// Values that are not numbers count as 0, infinite ones as the largest finite number.
    fn predict_proba(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        let d = self.n_features();
        check_width(x, d)?;
        let k = self.state.classes.len();
        let mut out = vec![0.0; x.nrows() * k];
        let mut z = vec![[0.0; PANEL]; self.state.intercepts.len()];
        let mut one = vec![0.0; z.len()];
        over_panels(x, |first, columns, used| {
            let outputs = self
                .state
                .coefficients
                .chunks_exact(d)
                .zip(&self.state.intercepts);
            for ((b, intercept), z) in outputs.zip(&mut z) {
                z.fill(*intercept);
                combine(z, columns, b);
            }
            let out = &mut out[first * k..(first + used) * k];
            if let [z] = z.as_mut_slice() {
                sigmoids(z);
                for (out, p) in out.as_chunks_mut::<2>().0.iter_mut().zip(z) {
                    *out = [1.0 - *p, *p];
                }
            } else {
                for (q, out) in out.chunks_exact_mut(k).enumerate() {
                    one.iter_mut().zip(&z).for_each(|(o, z)| *o = z[q]);
                    softmax(&mut one);
                    out.copy_from_slice(&one);
                }
            }
        });
        let shape = (x.nrows(), k);
        Array2::from_shape_vec(shape, out).map_err(|_| Error::Shape {
            what: "probabilities".into(),
            expected: shape.0,
            found: 0,
        })
    }
}

#[inline(never)]
fn sigmoids(z: &mut Rows) {
    for z in z {
        *z = sigmoid_f64(if z.is_nan() { 0.0 } else { *z });
    }
}

fn softmax(z: &mut [f64]) {
    // Overflow to infinity only happens for coefficients no fit gives.
    z.iter_mut().for_each(|z| {
        *z = if z.is_nan() {
            0.0
        } else {
            z.clamp(f64::MIN, f64::MAX)
        }
    });
    let top = z.iter().fold(f64::NEG_INFINITY, |m, z| m.max(*z));
    z.iter_mut()
        .for_each(|z| *z = exp_f64((*z - top).max(-1e300)));
    let sum: f64 = z.iter().sum();
    z.iter_mut().for_each(|z| *z /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inconsistent_parts_are_refused() {
        let state = |coefficients, intercepts, n: usize| State {
            coefficients,
            intercepts,
            classes: (0..n).map(|k| k.to_string()).collect(),
            features: Vec::new(),
            standard_errors: None,
            n_iter: 1,
        };
        let load = |state: &State| {
            let part = Part::encode(ID, VERSION, state).unwrap();
            FittedLogistic::load(&part)
                .map(|_| ())
                .map_err(|e| e.code())
        };
        assert_eq!(load(&state(vec![1.0], vec![0.0], 2)), Ok(()));
        assert_eq!(load(&state(vec![1.0; 3], vec![0.0; 3], 3)), Ok(()));
        let mut errors = state(vec![1.0], vec![0.0], 2);
        errors.standard_errors = Some(vec![0.1]);
        for bad in [
            state(vec![f64::NAN], vec![0.0], 2),
            state(vec![], vec![0.0], 2),
            state(vec![1.0; 4], vec![0.0; 3], 3),
            state(vec![1.0], vec![0.0], 1),
            state(vec![1.0], vec![0.0; 2], 2),
            errors,
        ] {
            assert_eq!(load(&bad), Err("artifact"));
        }
    }

    #[test]
    fn models_of_version_1_predict() {
        let old = StateV1 {
            coefficients: vec![1.0, -2.0],
            intercept: 0.5,
            classes: vec!["a".into(), "b".into()],
            n_iter: 3,
        };
        let part = Part::encode(ID, 1, &old).unwrap();
        let fitted = FittedLogistic::load(&part).unwrap();
        let x = ndarray::array![[1.0, 0.25]];
        let p = fitted.predict_proba(x.view()).unwrap();
        assert!((p[[0, 1]] - 1.0 / (1.0 + (-1f64).exp())).abs() < 1e-15);
        assert!(fitted.insights().is_empty());
        assert_eq!(fitted.save().unwrap().version, VERSION);
    }
}
