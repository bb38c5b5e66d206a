//! Logistic regression with an L2 penalty, two classes.
//!
//! Minimises `C · Σ wᵢ ln(1 + e^(−ỹᵢ zᵢ)) + ½ ‖β‖²` with `ỹ = ±1`, `z = Xβ + b`; the intercept is not penalised.
//! This is scikit-learn's objective and its `C`. The penalty keeps it well-posed for constant, repeated and
//! separating columns. Newton's method up to 256 columns, L-BFGS beyond.
//!
//! Source: Hastie, Tibshirani & Friedman (2009), *The Elements of Statistical Learning*, section 4.4.
use super::{
    Classifier, Dataset, Entry, Estimator, Model, Save, Takes,
    kernels::{
        exp::sigmoid_f64,
        input::{Binary, ClassWeight, check_width},
        logit::Logit,
    },
};
use crate::base::{Error, ParamSpec, Params, Part, Result, Run, Stage, Train, Warning};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

const ID: &str = "logistic";
const VERSION: u16 = 1;

/// `class_weight` as scikit-learn means it.
pub(super) const CLASS_WEIGHT: ParamSpec = ParamSpec::choice(
    "class_weight",
    &[Cow::Borrowed("none"), Cow::Borrowed("balanced")],
);

const PARAMS: &[ParamSpec] = &[
    ParamSpec::float("C", 1e-6, 1e6, 1.0),
    CLASS_WEIGHT,
    ParamSpec::int("max_iter", 1, 100_000, 1_000),
];

/// Registry line.
pub(super) const ENTRY: Entry = Entry {
    id: ID,
    params: PARAMS,
    complexity: 5,
    takes: Takes {
        binary: true,
        sample_weight: true,
        ..Takes::NOTHING
    },
    by_default: true,
    build: |params| Ok(Box::new(Logistic::new(params)?)),
    load: |part| Ok(Model::Classifier(Box::new(FittedLogistic::load(part)?))),
    candidates: || {
        [0.1, 1.0, 10.0, 100.0]
            .map(|c| Params::default().with("C", c))
            .to_vec()
    },
    divide: None,
};

/// Reads `class_weight`.
pub(super) fn class_weight(params: &Params, specs: &[ParamSpec]) -> Result<ClassWeight> {
    Ok(match params.choice(specs, "class_weight")?.as_str() {
        "balanced" => ClassWeight::Balanced,
        _ => ClassWeight::None,
    })
}

/// The learner, parameters checked.
#[derive(Debug, Clone)]
pub struct Logistic {
    c: f64,
    class_weight: ClassWeight,
    max_iter: usize,
}

impl Logistic {
    /// Checks `C`, `class_weight` and `max_iter`.
    ///
    /// # Errors
    /// [`Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        params.deny_unknown(PARAMS)?;
        Ok(Self {
            c: params.float(PARAMS, "C")?,
            class_weight: class_weight(params, PARAMS)?,
            max_iter: params.int(PARAMS, "max_iter")? as usize,
        })
    }

    /// Fits; warns with [`Warning::NotConverged`] when `max_iter` does not suffice.
    ///
    /// # Errors
    /// See [`Binary::check`]; [`Error::Cancelled`].
    pub fn fit_logistic(
        &self,
        train: &Train<Dataset>,
        run: &mut Run<'_>,
    ) -> Result<FittedLogistic> {
        run.check()?;
        let data = Binary::check(train.get(), self.class_weight)?;
        let weight = data.row_weights();
        let d = data.n_columns;
        let problem = Logit::new(&data.x, d, &data.codes, weight.as_deref(), 1.0 / self.c);
        let solution = problem.minimise(&vec![0.0; d + 1], self.max_iter, run)?;
        if !solution.converged {
            run.warn(Warning::NotConverged {
                algorithm: ID.into(),
                iterations: solution.n_iter as u64,
            });
        }
        let total = self.max_iter as u64;
        run.step(Stage::Fitting, total, total)?;
        let mut coefficients = solution.beta;
        let intercept = coefficients.pop().unwrap_or_default();
        FittedLogistic::from_state(State {
            coefficients,
            intercept,
            classes: data.classes.to_vec(),
            n_iter: solution.n_iter as u64,
        })
    }
}

impl Estimator for Logistic {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        Ok(Model::Classifier(Box::new(self.fit_logistic(train, run)?)))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    coefficients: Vec<f64>,
    intercept: f64,
    classes: Vec<String>,
    n_iter: u64,
}

/// A fitted logistic regression.
#[derive(Debug, Clone)]
pub struct FittedLogistic(State);

impl FittedLogistic {
    fn from_state(state: State) -> Result<Self> {
        let finite =
            state.intercept.is_finite() && state.coefficients.iter().all(|v| v.is_finite());
        if finite && state.classes.len() == 2 && !state.coefficients.is_empty() {
            Ok(Self(state))
        } else {
            Err(Error::invalid_artifact("logistic: inconsistent state"))
        }
    }

    /// Takes up a saved part.
    ///
    /// # Errors
    /// [`Error::Artifact`].
    pub fn load(part: &Part) -> Result<Self> {
        Self::from_state(part.decode(VERSION)?)
    }

    /// Log-odds per unit of each column, `(n_features,)`.
    pub fn coefficients(&self) -> &[f64] {
        &self.0.coefficients
    }

    /// Log-odds at the origin.
    pub fn intercept(&self) -> f64 {
        self.0.intercept
    }

    /// Iterations spent.
    pub fn n_iter(&self) -> u64 {
        self.0.n_iter
    }
}

impl Save for FittedLogistic {
    fn save(&self) -> Result<Part> {
        Part::encode(ID, VERSION, &self.0)
    }
}

impl Classifier for FittedLogistic {
    fn classes(&self) -> &[String] {
        &self.0.classes
    }

    fn n_features(&self) -> usize {
        self.0.coefficients.len()
    }

    /// Values that are not numbers count as 0, infinite ones as the largest finite number.
    fn predict_proba(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        check_width(x, self.n_features())?;
        let mut out = Array2::zeros((x.nrows(), 2));
        for (row, mut out) in x.rows().into_iter().zip(out.rows_mut()) {
            let mut z = self.0.intercept;
            for (v, b) in row.iter().zip(&self.0.coefficients) {
                let v = if v.is_nan() {
                    0.0
                } else {
                    v.clamp(f32::MIN, f32::MAX)
                };
                z += f64::from(v) * b;
            }
            let p = sigmoid_f64(z);
            out[0] = 1.0 - p;
            out[1] = p;
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Observer, Progress, Quiet};
    use crate::learn::Target;

    fn train(x: Vec<f32>, d: usize, codes: Vec<u32>) -> Train<Dataset> {
        let x = Array2::from_shape_vec((codes.len(), d), x).unwrap();
        Train::all(Dataset::new(x, Target::class(codes, &["no", "yes"])))
    }

    #[derive(Default)]
    struct Collect(Vec<Warning>);
    impl Observer for Collect {
        fn progress(&mut self, _: Progress) {}
        fn warn(&mut self, warning: Warning) {
            self.0.push(warning);
        }
    }

    #[test]
    fn repeated_constant_and_separating_columns_converge() {
        let mut x = Vec::new();
        let mut codes = Vec::new();
        for i in 0..400 {
            let v = i as f32 / 200.0 - 1.0;
            x.extend([v, v, 1.0, 0.0, -3.0 * v]);
            codes.push(u32::from(i >= 200));
        }
        let mut seen = Collect::default();
        let params = Params::default().with("C", 1e6);
        let fitted = Logistic::new(&params)
            .unwrap()
            .fit_logistic(&train(x, 5, codes), &mut Run::new(&mut seen, 0))
            .unwrap();
        assert!(seen.0.is_empty(), "{:?}", seen.0);
        let b = fitted.coefficients();
        assert!((b[0] - b[1]).abs() < 1e-3 * b[0].abs(), "{b:?}");
        assert!(b[2].abs() < 1e-3 * b[0].abs() && b[3] == 0.0, "{b:?}");
    }

    #[test]
    fn too_few_iterations_are_a_warning() {
        let mut seen = Collect::default();
        let x: Vec<f32> = (0..40).map(|i| (i % 7) as f32).collect();
        let codes = (0..40)
            .map(|i| u32::from(i % 7 > 3 || i % 5 == 0))
            .collect();
        let params = Params::default().with("max_iter", 1);
        Logistic::new(&params)
            .unwrap()
            .fit(&train(x, 1, codes), &mut Run::new(&mut seen, 0))
            .unwrap();
        assert!(matches!(
            seen.0[..],
            [Warning::NotConverged { iterations: 1, .. }]
        ));
    }

    #[test]
    fn columns_of_wild_scale_are_fitted() {
        let mut x = Vec::new();
        let mut codes = Vec::new();
        for i in 0..500u32 {
            let v = (i * 7919 % 500) as f32 / 250.0 - 1.0;
            let u = (i * 104_729 % 499) as f32 / 250.0 - 1.0;
            x.extend([v * 1e20, u * 1e-6]);
            codes.push(u32::from(v + 0.5 * u > 0.1));
        }
        let mut quiet = Quiet;
        let fitted = Logistic::new(&Params::default())
            .unwrap()
            .fit_logistic(&train(x, 2, codes), &mut Run::new(&mut quiet, 0))
            .unwrap();
        assert!(fitted.coefficients()[0] > 0.0);
    }

    #[test]
    fn parameters_are_checked() {
        for bad in [
            Params::default().with("C", 0.0),
            Params::default().with("C", f64::NAN),
            Params::default().with("class_weight", "heavy"),
            Params::default().with("max_iter", 0),
            Params::default().with("penalty", "l1"),
        ] {
            assert_eq!(Logistic::new(&bad).unwrap_err().code(), "param");
        }
    }

    #[test]
    fn inconsistent_parts_are_refused() {
        let state = State {
            coefficients: vec![f64::NAN],
            intercept: 0.0,
            classes: vec!["a".into(), "b".into()],
            n_iter: 1,
        };
        let part = Part::encode(ID, VERSION, &state).unwrap();
        assert_eq!(FittedLogistic::load(&part).unwrap_err().code(), "artifact");
    }
}
