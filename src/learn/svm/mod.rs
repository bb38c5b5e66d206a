//! Support vector machine: C-classification and ε-regression, with a linear or rbf kernel.
//!
//! Minimises `½ ‖w‖² + Σ C wᵢ max(0, 1 − yᵢ f(xᵢ))` with `f(x) = w·φ(x) + b`, `y = ±1` and `wᵢ` the weight of the row
//! times that of its class; for numbers, `½ ‖w‖² + Σ C wᵢ max(0, |zᵢ − f(xᵢ)| − ε)`. The intercept is not penalised.
//! These are the objectives of scikit-learn's `SVC` and `SVR` (not of `LinearSVC`, which penalises the intercept).
//!
//! - **rbf**, `K(a, b) = exp(−gamma ‖a − b‖²)`: sequential minimal optimisation. `gamma = scale` is
//!   `1 / (n_features · variance of all values)`, `auto` is `1 / n_features`; columns with a single value are left out
//!   of `scale`. Time grows with the square of the rows: beyond `max_samples` it is fitted to a random sample, by
//!   class, and says so.
//! - **linear**: an interior-point method, whose time grows with the rows alone; with more columns than rows, the same
//!   as rbf.
//! - More than two classes: one against one, as in libsvm.
//! - Probabilities: Platt's sigmoid on the decision values of five inner folds (rows count by their weight, unlike in
//!   libsvm), coupled over pairs. `probability = false` skips the folds: `1 / (1 + e^(−f))`, in the right order but not
//!   calibrated. Where decision values say nothing, classes get their shares.
//! - Where one class is rare the best plane is often none at all, `w = 0`: then the linear kernel says nothing, while a
//!   loose tolerance would leave noise that looks like an order. `class_weight = balanced` brings the plane back; it
//!   counts a class by the weight of its rows.
//! - There is no `shrinking`: it would change the time alone.
//!
//! Source: Chang & Lin (2011), LIBSVM: a library for support vector machines, doi:10.1145/1961189.1961199; Smola &
//! Schölkopf (2004), A tutorial on support vector regression, doi:10.1023/B:STCO.0000035301.49549.88.
mod fit;
mod fitted;
mod machine;

pub use fitted::FittedSvm;

use super::{
    Dataset, Entry, Estimator, Model, Takes,
    kernels::{
        folds,
        input::ClassWeight,
        kernel_rows::Shape,
        problem::{Goal, Problem},
    },
    logistic::{CLASS_WEIGHT, class_weight},
};
use crate::base::{Error, ParamSpec, Params, Result, Run, Train, Value, Warning};
use fit::Fit;
use std::borrow::Cow;

const ID: &str = "svm";
const VERSION: u16 = 1;
/// Stream of random numbers that rows are drawn with.
const SAMPLE: u64 = 0x5356_4d01;

const PARAMS: &[ParamSpec] = &[
    ParamSpec::choice("kernel", &[Cow::Borrowed("rbf"), Cow::Borrowed("linear")]),
    ParamSpec::float("C", 1e-6, 1e6, 1.0),
    // A number is taken too, as in scikit-learn; forms give it as `gamma_value`.
    ParamSpec::choice(
        "gamma",
        &[
            Cow::Borrowed("scale"),
            Cow::Borrowed("auto"),
            Cow::Borrowed("value"),
        ],
    ),
    ParamSpec::float("gamma_value", 1e-12, 1e12, 0.1),
    ParamSpec::float("epsilon", 0.0, 1e12, 0.1),
    CLASS_WEIGHT,
    ParamSpec::flag("probability", true),
    ParamSpec::float("tol", 1e-6, 1.0, 1e-3),
    ParamSpec::int("max_iter", 1, 1_000_000_000, 10_000_000),
    ParamSpec::int("max_samples", 10, 1_000_000, 20_000),
    // Megabytes of kernel rows kept.
    ParamSpec::int("cache_size", 1, 2_000, 256),
];

const TAKES: Takes = Takes {
    binary: true,
    multiclass: true,
    regression: true,
    sample_weight: true,
    ..Takes::NOTHING
};

/// Registry line.
pub(super) const ENTRY: Entry = Entry {
    id: ID,
    params: PARAMS,
    complexity: 8,
    takes: TAKES,
    by_default: false,
    build: |params| Ok(Box::new(Svm::new(params)?)),
    load: |part| Ok(model(FittedSvm::load(part)?)),
    candidates: || {
        let mut all = vec![Params::default().with("kernel", "linear")];
        all.extend([0.1, 1.0, 10.0].map(|c| Params::default().with("C", c)));
        all
    },
    divide: None,
    fit_path: None,
};

fn model(fitted: FittedSvm) -> Model {
    if fitted.is_regression() {
        Model::Regressor(Box::new(fitted))
    } else {
        Model::Classifier(Box::new(fitted))
    }
}

/// Width of the rbf kernel.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Gamma {
    Scale,
    Auto,
    Value(f64),
}

impl Gamma {
    fn read(params: &Params) -> Result<Self> {
        let value = params.float(PARAMS, "gamma_value")?;
        if let Some(Value::Float(_) | Value::Int(_)) = params.get("gamma") {
            let renamed = params.get("gamma").cloned();
            let given = Params::default().with("gamma_value", renamed.unwrap_or(Value::Int(0)));
            let value = given.float(PARAMS, "gamma_value");
            return value
                .map(Self::Value)
                .map_err(|_| Error::out_of_range("gamma", 1e-12, 1e12));
        }
        Ok(match params.choice(PARAMS, "gamma")?.as_str() {
            "auto" => Self::Auto,
            "value" => Self::Value(value),
            _ => Self::Scale,
        })
    }

    fn of(self, x: &[f32], d: usize) -> f64 {
        match self {
            Self::Value(gamma) => gamma,
            Self::Auto => 1.0 / d as f64,
            Self::Scale => {
                let varies = varying(x, d);
                let used = varies.iter().filter(|v| **v).count();
                let values = || {
                    let cells = x.iter().zip(varies.iter().cycle());
                    cells.filter(|(_, v)| **v).map(|(x, _)| f64::from(*x))
                };
                let count = (x.len() / d * used) as f64;
                let mean = values().sum::<f64>() / count;
                let variance = values().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count;
                let gamma = 1.0 / (used as f64 * variance);
                if gamma.is_finite() && gamma > 0.0 {
                    gamma
                } else {
                    1.0
                }
            }
        }
    }
}

/// Which columns have more than one value.
fn varying(x: &[f32], d: usize) -> Vec<bool> {
    let mut varies = vec![false; d];
    for row in x.chunks_exact(d) {
        for ((varies, v), first) in varies.iter_mut().zip(row).zip(x) {
            *varies |= v != first;
        }
    }
    varies
}

/// The learner, parameters checked.
#[derive(Debug, Clone)]
pub struct Svm {
    shape: Shape,
    c: f64,
    gamma: Gamma,
    epsilon: f64,
    class_weight: ClassWeight,
    probability: bool,
    tol: f64,
    max_iter: u64,
    max_samples: usize,
    cache_bytes: usize,
}

impl Svm {
    /// Checks `kernel`, `C`, `gamma` (`scale`, `auto`, `value` or a number), `gamma_value`, `epsilon`, `class_weight`,
    /// `probability`, `tol`, `max_iter`, `max_samples` (rows, rbf only), `cache_size` (megabytes).
    ///
    /// # Errors
    /// [`Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        params.deny_unknown(PARAMS)?;
        Ok(Self {
            shape: match params.choice(PARAMS, "kernel")?.as_str() {
                "linear" => Shape::Linear,
                _ => Shape::Rbf,
            },
            c: params.float(PARAMS, "C")?,
            gamma: Gamma::read(params)?,
            epsilon: params.float(PARAMS, "epsilon")?,
            class_weight: class_weight(params, PARAMS)?,
            probability: params.flag(PARAMS, "probability")?,
            tol: params.float(PARAMS, "tol")?,
            max_iter: params.int(PARAMS, "max_iter")? as u64,
            max_samples: params.int(PARAMS, "max_samples")? as usize,
            cache_bytes: params.int(PARAMS, "cache_size")? as usize * (1 << 20),
        })
    }

    /// Fits; warns with [`Warning::NotConverged`] when the tolerance was not reached and with [`Warning::Sampled`]
    /// when rows were left out.
    ///
    /// # Errors
    /// See [`Problem::check`]; [`Error::Memory`] when kernel rows find no room; [`Error::Cancelled`].
    pub fn fit_svm(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<FittedSvm> {
        run.check()?;
        let data = Problem::check(train.get(), TAKES, self.class_weight)?;
        let rows = self.sample(&data, run);
        let mut fit = Fit::new(self, &data, rows);
        match &data.goal {
            Goal::Classes { codes, classes, .. } => fit.classify(codes, classes.to_vec(), run),
            Goal::Numbers(values) => fit.regress(values, run),
            Goal::Nothing => Err(Error::NoFeatures),
        }
    }

    /// The rows to fit to; all of them unless there are too many for the rbf kernel.
    fn sample(&self, data: &Problem<'_>, run: &mut Run<'_>) -> Vec<usize> {
        let n = data.n_rows;
        if self.shape == Shape::Linear || n <= self.max_samples {
            return (0..n).collect();
        }
        let share = self.max_samples as f64 / n as f64;
        let taken = folds::aside(&data.goal, n, share, &mut run.rng(SAMPLE));
        let rows: Vec<usize> = (0..n).filter(|i| taken[*i]).collect();
        run.warn(Warning::Sampled {
            what: ID.into(),
            n_used: rows.len() as u64,
            n_rows: n as u64,
        });
        rows
    }
}

impl Estimator for Svm {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        Ok(model(self.fit_svm(train, run)?))
    }
}

#[cfg(test)]
mod tests {
    use super::fitted::{Body, State};
    use super::*;
    use crate::base::{Observer, Part, Progress};
    use crate::learn::{Classifier, Insight, Regressor, Save, Target};
    use ndarray::Array2;

    #[derive(Default)]
    struct Watch {
        warnings: Vec<Warning>,
        steps: usize,
        cancel_after: Option<usize>,
    }
    impl Observer for Watch {
        fn progress(&mut self, _: Progress) {
            self.steps += 1;
        }
        fn warn(&mut self, warning: Warning) {
            self.warnings.push(warning);
        }
        fn is_cancelled(&self) -> bool {
            self.cancel_after.is_some_and(|k| self.steps > k)
        }
    }

    fn noise(seed: u32) -> impl FnMut() -> f32 {
        let mut s = seed;
        move || {
            s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (s >> 8) as f32 / (1 << 23) as f32 - 1.0
        }
    }

    fn random(n: usize, d: usize) -> Array2<f32> {
        let mut u = noise(1);
        Array2::from_shape_fn((n, d), |_| u())
    }

    fn fit_with(params: &Params, data: Dataset, watch: &mut Watch) -> Result<FittedSvm> {
        let run = &mut Run::new(watch, 3);
        Svm::new(params)?.fit_svm(&Train::all(data), run)
    }

    fn fit(params: &Params, data: Dataset) -> FittedSvm {
        fit_with(params, data, &mut Watch::default()).unwrap()
    }

    fn kernels() -> [Params; 2] {
        ["rbf", "linear"].map(|k| Params::default().with("kernel", k))
    }

    fn proper(fitted: &FittedSvm, x: &Array2<f32>) -> bool {
        let p = fitted.predict_proba(x.view()).unwrap();
        p.rows()
            .into_iter()
            .all(|r| (r.sum() - 1.0).abs() < 1e-9 && r.iter().all(|p| (0.0..=1.0).contains(p)))
    }

    #[test]
    fn parameters_are_checked() {
        for bad in [
            Params::default().with("kernel", "poly"),
            Params::default().with("C", 0.0),
            Params::default().with("gamma", "tiny"),
            Params::default().with("gamma", -1.0),
            Params::default().with("gamma", f64::NAN),
            Params::default().with("gamma_value", 0.0),
            Params::default().with("tol", 0.0),
            Params::default().with("max_iter", 0),
            Params::default().with("probability", "yes"),
            Params::default().with("degree", 3),
        ] {
            assert_eq!(Svm::new(&bad).unwrap_err().code(), "param");
        }
        let gamma = |p: Params| Svm::new(&p).unwrap().gamma;
        assert_eq!(gamma(Params::default()), Gamma::Scale);
        assert_eq!(gamma(Params::default().with("gamma", 2)), Gamma::Value(2.0));
        let named = Params::default().with("gamma", "value");
        assert_eq!(gamma(named.with("gamma_value", 0.5)), Gamma::Value(0.5));
    }

    #[test]
    fn scale_is_scikit_learns_and_skips_constant_columns() {
        let x = [1.0, 7.0, 2.0, 7.0, 3.0, 7.0, 4.0, 7.0];
        // Variance of 1, 2, 3, 4 is 1.25.
        assert!((Gamma::Scale.of(&x, 2) - 0.8).abs() < 1e-12);
        let all = [1.0, 5.0, 2.0, 7.0];
        let mean = 3.75;
        let variance = all
            .iter()
            .map(|v| f64::from(*v) - mean)
            .map(|v| v * v)
            .sum::<f64>()
            / 4.0;
        assert!((Gamma::Scale.of(&all, 2) - 0.5 / variance).abs() < 1e-12);
        assert_eq!(Gamma::Auto.of(&all, 2), 0.5);
        assert_eq!(Gamma::Scale.of(&[3.0; 6], 2), 1.0);
    }

    #[test]
    fn hostile_data_give_probabilities() {
        let mut repeated = random(60, 3);
        for i in 30..60 {
            let row = repeated.row(i - 30).to_owned();
            repeated.row_mut(i).assign(&row);
        }
        let mut huge = random(60, 3);
        huge.column_mut(0).mapv_inplace(|v| v * 3e38);
        huge.column_mut(1).mapv_inplace(|v| v * 1e-38);
        let lone = Target::class((0..60).map(|i| u32::from(i == 7)).collect(), &["a", "b"]);
        let opposite = Target::class((0..60).map(|i| i / 30).collect(), &["a", "b"]);
        let each = Target::class(vec![0, 1, 2], &["a", "b", "c"]);
        for params in kernels() {
            for (x, y) in [
                (repeated.clone(), opposite.clone()),
                (huge.clone(), opposite.clone()),
                (random(60, 2_000), opposite.clone()),
                (random(60, 3), lone.clone()),
                (random(3, 2), each.clone()),
                (Array2::zeros((3, 2)), each.clone()),
                (Array2::from_elem((60, 2), 1e30), opposite.clone()),
            ] {
                for c in [1e-6, 1.0, 1e6] {
                    let params = params.clone().with("C", c).with("max_iter", 20_000);
                    let fitted = fit(&params, Dataset::new(x.clone(), y.clone()));
                    assert!(proper(&fitted, &x));
                    let f = fitted.decision_function(x.view()).unwrap();
                    assert!(f.iter().all(|f| f.is_finite()));
                }
            }
        }
    }

    #[test]
    fn three_classes_are_told_apart() {
        let x = random(300, 2);
        let code = |r: ndarray::ArrayView1<'_, f32>| u32::from(r[0] > -0.2) + u32::from(r[0] > 0.4);
        let codes: Vec<u32> = x.rows().into_iter().map(code).collect();
        for params in kernels() {
            let y = Target::class(codes.clone(), &["a", "b", "c"]);
            let fitted = fit(&params.with("C", 100.0), Dataset::new(x.clone(), y));
            let p = fitted.predict_proba(x.view()).unwrap();
            let right = p.rows().into_iter().zip(&codes).filter(|(r, c)| {
                let best = r.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
                best.is_some_and(|(k, _)| k == **c as usize)
            });
            assert!(right.count() > 285);
            assert!(proper(&fitted, &x));
            let part = fitted.save().unwrap();
            let again = FittedSvm::load(&part).unwrap();
            assert_eq!(again.predict_proba(x.view()).unwrap(), p);
        }
    }

    #[test]
    fn numbers_are_fitted_and_kept_over_a_file() {
        let x = random(200, 3);
        for (scale, shift) in [(1.0, 0.0), (1e4, -1e6), (0.0, 5.0)] {
            let of = |r: ndarray::ArrayView1<'_, f32>| scale * f64::from(r[0] - 0.5 * r[2]) + shift;
            let z: Vec<f64> = x.rows().into_iter().map(of).collect();
            for params in kernels() {
                let params = params
                    .with("C", 100.0 * scale.max(1.0))
                    .with("epsilon", 0.01 * scale);
                let fitted = fit(&params, Dataset::new(x.clone(), Target::Number(z.clone())));
                let f = fitted.predict(x.view()).unwrap();
                let worst = f
                    .iter()
                    .zip(&z)
                    .fold(0f64, |m, (f, z)| m.max((f - z).abs()));
                assert!(worst < 0.05 * scale + 1e-3, "{scale} {worst}");
                let again = (ENTRY.load)(&fitted.save().unwrap()).unwrap();
                assert_eq!(again.regressor().unwrap().predict(x.view()).unwrap(), f);
            }
        }
    }

    #[test]
    fn many_rows_are_sampled_and_said_so() {
        let x = random(500, 2);
        let codes = x
            .rows()
            .into_iter()
            .map(|r| u32::from(r[0] > 0.8))
            .collect();
        let data = Dataset::new(x, Target::class(codes, &["a", "b"]));
        let mut watch = Watch::default();
        let params = Params::default().with("max_samples", 100);
        fit_with(&params, data.clone(), &mut watch).unwrap();
        let [Warning::Sampled { n_used, n_rows, .. }] = watch.warnings[..] else {
            panic!("{:?}", watch.warnings)
        };
        assert!((95..=105).contains(&n_used) && n_rows == 500);
        let mut watch = Watch::default();
        fit_with(&params.with("kernel", "linear"), data.clone(), &mut watch).unwrap();
        assert!(watch.warnings.is_empty());
        let mut watch = Watch::default();
        let params = Params::default().with("max_iter", 2);
        fit_with(&params, data, &mut watch).unwrap();
        assert!(matches!(watch.warnings[..], [Warning::NotConverged { .. }]));
    }

    #[test]
    fn a_long_fit_can_be_cancelled() {
        let x = random(1500, 40);
        let codes = (0..1500).map(|i| (i * 7919 % 1500) % 2).collect();
        let data = Dataset::new(x, Target::class(codes, &["a", "b"]));
        for params in kernels() {
            let mut whole = Watch::default();
            fit_with(&params, data.clone(), &mut whole).unwrap();
            assert!(whole.steps > 4, "{}", whole.steps);
            let mut watch = Watch {
                cancel_after: Some(3),
                ..Watch::default()
            };
            let error = fit_with(&params, data.clone(), &mut watch).unwrap_err();
            assert_eq!((error, watch.steps), (Error::Cancelled, 4));
        }
    }

    #[test]
    fn coefficients_are_seen_inside() {
        let x = random(200, 2);
        let codes = x
            .rows()
            .into_iter()
            .map(|r| u32::from(r[0] > 0.1))
            .collect();
        let data = Dataset::new(x, Target::class(codes, &["a", "b"]));
        let [rbf, linear] = kernels();
        assert!(fit(&rbf, data.clone()).insights().is_empty());
        let insights = fit(&linear, data).insights();
        let [
            Insight::Coefficients {
                rows, odds: false, ..
            },
        ] = insights.as_slice()
        else {
            panic!("{insights:?}")
        };
        assert!(rows[0].value > 1.0 && rows[0].feature == "x0" && rows.len() == 2);
    }

    #[test]
    fn inconsistent_parts_are_refused() {
        let state = || State {
            classes: ["a", "b"].map(String::from).to_vec(),
            features: vec!["x".into()],
            shift: vec![0.0],
            bias: vec![0.0],
            sigmoid: vec![(-1.0, 0.0)],
            body: Body::Rbf {
                scale: 1.0,
                vectors: vec![1.0, 2.0],
                n_vectors: vec![1, 1],
                coefficients: vec![1.0, -1.0],
            },
        };
        let refused = |change: &dyn Fn(&mut State)| {
            let mut s = state();
            change(&mut s);
            let part = Part::encode(ID, VERSION, &s).unwrap();
            FittedSvm::load(&part).map_err(|e| e.code()).err() == Some("artifact")
        };
        assert!(!refused(&|_| ()));
        assert!(refused(&|s| s.classes.push("c".into())));
        assert!(refused(&|s| s.bias[0] = f64::NAN));
        assert!(refused(&|s| s.shift.clear()));
        assert!(refused(&|s| s.sigmoid.clear()));
        assert!(refused(&|s| s.body = Body::Linear { weights: vec![] }));
        for (n_vectors, coefficients) in [
            (vec![u32::MAX, 3], vec![1.0, 1.0]),
            (vec![1, 1], vec![1.0]),
            (vec![2], vec![1.0, 1.0]),
        ] {
            assert!(refused(&|s| s.body = Body::Rbf {
                scale: 1.0,
                vectors: vec![1.0, 2.0],
                n_vectors: n_vectors.clone(),
                coefficients: coefficients.clone(),
            }));
        }
    }
}
