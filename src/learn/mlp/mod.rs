//! Neural network (multilayer perceptron) with any hidden layers, for classes and numbers.
//!
//! Minimises the mean of cross-entropy (two classes: one logistic output; more: softmax) or of half the squared error,
//! plus `½ alpha ‖W‖² / batch`, over mini-batches by Adam, as scikit-learn's `MLPClassifier` and `MLPRegressor` do:
//! Glorot's uniform start, rows in a new order every epoch, the same formulas and defaults. Rows count by their weight
//! times that of their class; a batch's mean and its penalty are per unit of weight.
//!
//! - It ends when the loss has not fallen by `tol` for `n_iter_no_change` epochs. With `early_stopping` a share
//!   `validation_fraction` of the rows, by class, is kept aside, and it is their loss that counts (scikit-learn counts
//!   their accuracy, which moves in steps); the weights of the best epoch are kept.
//! - Columns are taken as they are, except those no network learns from: one whose mean or deviation is beyond 10 is
//!   standardised first, one with a single value counts as 0. The same holds for the target of a regression.
//! - Without any column that varies, it gives the shares of the classes, or the mean.
//!
//! Source: Rumelhart, Hinton & Williams (1986), doi:10.1038/323533a0; Kingma & Ba (2015), arXiv:1412.6980; Hastie,
//! Tibshirani & Friedman (2009), *The Elements of Statistical Learning*, chapter 11.
mod fitted;
mod train;

pub use fitted::FittedMlp;

use super::{
    Dataset, Entry, Estimator, Model, Takes,
    kernels::{
        input::ClassWeight,
        network::Activation,
        problem::{Goal, Problem},
    },
    logistic::{CLASS_WEIGHT, class_weight},
};
use crate::base::{Error, ParamReason, ParamSpec, Params, Range, Result, Run, Train, Unit};
use std::borrow::Cow;

const ID: &str = "mlp";
const VERSION: u16 = 1;
/// Most hidden layers.
const MAX_LAYERS: usize = 10;
/// Most units of a layer.
const MAX_UNITS: f64 = 4096.0;

const PARAMS: &[ParamSpec] = &[
    // Whole numbers; [100] when not given.
    ParamSpec {
        name: Cow::Borrowed("hidden_layer_sizes"),
        range: Range::Floats {
            min: 1.0,
            max: MAX_UNITS,
        },
        unit: Unit::Count,
    },
    ParamSpec::choice(
        "activation",
        &[
            Cow::Borrowed("relu"),
            Cow::Borrowed("tanh"),
            Cow::Borrowed("logistic"),
        ],
    ),
    ParamSpec::float("alpha", 0.0, 1e6, 1e-4),
    ParamSpec::float("learning_rate_init", 1e-6, 1.0, 1e-3),
    // 0: the smaller of 200 and the number of rows.
    ParamSpec::int("batch_size", 0, 100_000, 0),
    ParamSpec::int("max_iter", 1, 100_000, 200),
    CLASS_WEIGHT,
    ParamSpec::flag("early_stopping", false),
    ParamSpec::float("validation_fraction", 0.01, 0.5, 0.1),
    ParamSpec::int("n_iter_no_change", 1, 10_000, 10),
    ParamSpec::float("tol", 0.0, 1.0, 1e-4),
    ParamSpec::float("beta_1", 0.0, 0.999_999, 0.9),
    ParamSpec::float("beta_2", 0.0, 0.999_999, 0.999),
    ParamSpec::float("epsilon", 1e-12, 1.0, 1e-8),
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
    complexity: 12,
    takes: TAKES,
    by_default: false,
    build: |params| Ok(Box::new(Mlp::new(params)?)),
    load: |part| Ok(model(FittedMlp::load(part)?)),
    candidates: || {
        let layers: [&[i64]; 3] = [&[16], &[64], &[32, 16]];
        layers
            .map(|sizes| Params::default().with("hidden_layer_sizes", sizes.to_vec()))
            .to_vec()
    },
    divide: None,
    fit_path: None,
};

fn model(fitted: FittedMlp) -> Model {
    if fitted.is_regression() {
        Model::Regressor(Box::new(fitted))
    } else {
        Model::Classifier(Box::new(fitted))
    }
}

/// The learner, parameters checked.
#[derive(Debug, Clone)]
pub struct Mlp {
    hidden: Vec<usize>,
    activation: Activation,
    alpha: f64,
    learning_rate: f64,
    batch_size: usize,
    max_iter: usize,
    class_weight: ClassWeight,
    early_stopping: bool,
    validation_fraction: f64,
    n_iter_no_change: usize,
    tol: f64,
    beta: [f64; 2],
    epsilon: f64,
}

impl Mlp {
    /// Checks `hidden_layer_sizes` (one whole number or several), `activation`, `alpha`, `learning_rate_init`,
    /// `batch_size` (0 is automatic), `max_iter` (epochs), `class_weight`, `early_stopping`, `validation_fraction`,
    /// `n_iter_no_change`, `tol`, `beta_1`, `beta_2`, `epsilon`.
    ///
    /// # Errors
    /// [`Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        params.deny_unknown(PARAMS)?;
        Ok(Self {
            hidden: hidden(params)?,
            activation: fitted::activation(&params.choice(PARAMS, "activation")?)
                .unwrap_or(Activation::Relu),
            alpha: params.float(PARAMS, "alpha")?,
            learning_rate: params.float(PARAMS, "learning_rate_init")?,
            batch_size: params.int(PARAMS, "batch_size")? as usize,
            max_iter: params.int(PARAMS, "max_iter")? as usize,
            class_weight: class_weight(params, PARAMS)?,
            early_stopping: params.flag(PARAMS, "early_stopping")?,
            validation_fraction: params.float(PARAMS, "validation_fraction")?,
            n_iter_no_change: params.int(PARAMS, "n_iter_no_change")? as usize,
            tol: params.float(PARAMS, "tol")?,
            beta: [
                params.float(PARAMS, "beta_1")?,
                params.float(PARAMS, "beta_2")?,
            ],
            epsilon: params.float(PARAMS, "epsilon")?,
        })
    }

    /// Fits; warns with [`crate::base::Warning::NotConverged`] when `max_iter` epochs do not suffice, and reports
    /// a point of the learning curve every epoch.
    ///
    /// # Errors
    /// See [`Problem::check`]; [`Error::NotConverged`] when the loss is no longer a number, as with a
    /// `learning_rate_init` far too large; [`Error::Cancelled`].
    pub fn fit_mlp(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<FittedMlp> {
        run.check()?;
        let data = Problem::check(train.get(), TAKES, self.class_weight)?;
        let classes = match &data.goal {
            Goal::Classes { classes, .. } => classes.to_vec(),
            _ => Vec::new(),
        };
        FittedMlp::from_state(train::train(self, &data, classes, run)?)
    }
}

/// Reads `hidden_layer_sizes`.
fn hidden(params: &Params) -> Result<Vec<usize>> {
    const NAME: &str = "hidden_layer_sizes";
    let Some(sizes) = params.floats(NAME)? else {
        return Ok(vec![100]);
    };
    if sizes.iter().any(|s| s.fract() != 0.0) {
        return Err(Error::Param {
            param: NAME.into(),
            reason: ParamReason::WrongType {
                expected: "whole number".into(),
            },
        });
    }
    if sizes.len() > MAX_LAYERS || !sizes.iter().all(|s| (1.0..=MAX_UNITS).contains(s)) {
        return Err(Error::out_of_range(NAME, 1.0, MAX_UNITS));
    }
    Ok(sizes.iter().map(|s| *s as usize).collect())
}

impl Estimator for Mlp {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        Ok(model(self.fit_mlp(train, run)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Observer, Part, Progress, Trace, Warning};
    use crate::learn::{Classifier, Insight, Regressor, Save, Target};
    use ndarray::Array2;

    #[derive(Default)]
    struct Watch {
        warnings: Vec<Warning>,
        trace: Vec<Trace>,
    }
    impl Observer for Watch {
        fn progress(&mut self, _: Progress) {}
        fn warn(&mut self, warning: Warning) {
            self.warnings.push(warning);
        }
        fn trace(&mut self, trace: Trace) {
            self.trace.push(trace);
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

    fn rings(n: usize) -> Dataset {
        let x = random(n, 2);
        let inside = |r: ndarray::ArrayView1<'_, f32>| u32::from(r[0] * r[0] + r[1] * r[1] < 0.5);
        let codes = x.rows().into_iter().map(inside).collect();
        Dataset::new(x, Target::class(codes, &["out", "in"]))
    }

    fn fit(params: &Params, data: Dataset) -> Result<(FittedMlp, Watch)> {
        let mut watch = Watch::default();
        let fitted = Mlp::new(params)?.fit_mlp(&Train::all(data), &mut Run::new(&mut watch, 5))?;
        Ok((fitted, watch))
    }

    #[test]
    fn parameters_are_checked() {
        let sizes = |v: Vec<f64>| Params::default().with("hidden_layer_sizes", v);
        for bad in [
            sizes(vec![0.0]),
            sizes(vec![10.5]),
            sizes(vec![5000.0]),
            sizes(vec![2.0; 11]),
            Params::default().with("hidden_layer_sizes", "ten"),
            Params::default().with("activation", "identity"),
            Params::default().with("learning_rate_init", 0.0),
            Params::default().with("beta_1", 1.0),
            Params::default().with("solver", "sgd"),
        ] {
            assert_eq!(Mlp::new(&bad).unwrap_err().code(), "param");
        }
        let hidden = |p: &Params| Mlp::new(p).unwrap().hidden;
        assert_eq!(hidden(&Params::default()), [100]);
        assert_eq!(
            hidden(&Params::default().with("hidden_layer_sizes", 7)),
            [7]
        );
        assert_eq!(hidden(&sizes(vec![3.0, 2.0])), [3, 2]);
        assert_eq!(hidden(&sizes(vec![])), [0usize; 0]);
    }

    #[test]
    fn what_no_line_divides_is_learned_by_every_activation() {
        for (activation, hidden) in [
            ("relu", vec![16]),
            ("tanh", vec![16, 8]),
            ("logistic", vec![16]),
        ] {
            let params = Params::default()
                .with("activation", activation)
                .with("hidden_layer_sizes", hidden)
                .with("learning_rate_init", 0.02)
                .with("max_iter", 150);
            let data = rings(800);
            let (fitted, _) = fit(&params, data.clone()).unwrap();
            let p = fitted.predict_proba(data.x.view()).unwrap();
            let Target::Class { codes, .. } = &data.y else {
                panic!()
            };
            let column = p.column(1);
            let pairs = column.iter().zip(codes);
            let right = pairs.filter(|(p, c)| (**p > 0.5) == (**c == 1)).count();
            assert!(right > 760, "{activation} {right}");
            let again = FittedMlp::load(&fitted.save().unwrap()).unwrap();
            assert_eq!(again.predict_proba(data.x.view()).unwrap(), p);
        }
    }

    #[test]
    fn early_stopping_keeps_the_best_epoch() {
        let params = Params::default()
            .with("early_stopping", true)
            .with("learning_rate_init", 0.02)
            .with("hidden_layer_sizes", 16)
            .with("n_iter_no_change", 5);
        let (fitted, watch) = fit(&params, rings(600)).unwrap();
        let insights = fitted.insights();
        let [
            Insight::LossCurve {
                train,
                validation,
                best,
            },
        ] = insights.as_slice()
        else {
            panic!("{insights:?}")
        };
        assert_eq!(train.len(), validation.len());
        let least = validation.iter().fold(f64::INFINITY, |m, v| m.min(*v));
        assert_eq!(validation[*best as usize - 1], least);
        assert!(train.len() < 200 && watch.warnings.is_empty());
        let steps: Vec<u64> = watch.trace.iter().map(|t| t.step).collect();
        assert_eq!(steps, (1..=train.len() as u64).collect::<Vec<_>>());
        assert!(
            watch
                .trace
                .iter()
                .zip(validation)
                .all(|(t, v)| t.validation_loss == Some(*v))
        );
    }

    #[test]
    fn too_few_epochs_are_a_warning_and_divergence_an_error() {
        let (fitted, watch) = fit(&Params::default().with("max_iter", 3), rings(100)).unwrap();
        assert_eq!((fitted.n_iter(), watch.trace.len()), (3, 3));
        assert!(matches!(
            watch.warnings[..],
            [Warning::NotConverged { iterations: 3, .. }]
        ));
        let mut data = rings(100);
        data.y = Target::Number(vec![0.0; 99].into_iter().chain([1e30]).collect());
        let wild = Params::default()
            .with("learning_rate_init", 1.0)
            .with("alpha", 1e6);
        match fit(&wild, data) {
            Ok((fitted, _)) => assert!(fitted.weights().iter().all(|w| w.is_finite())),
            Err(e) => assert_eq!(e.code(), "not_converged"),
        }
    }

    #[test]
    fn hostile_data_give_probabilities() {
        let mut huge = random(60, 3);
        huge.column_mut(0).mapv_inplace(|v| v * 3e38);
        huge.column_mut(1).fill(1e30);
        let halves = Target::class((0..60).map(|i| i / 30).collect(), &["a", "b"]);
        let each = Target::class(vec![0, 1, 2], &["a", "b", "c"]);
        for (x, y) in [
            (huge, halves.clone()),
            (random(60, 1_000), halves.clone()),
            (random(3, 2), each.clone()),
            (Array2::from_elem((3, 2), 1e30), each),
        ] {
            for early in [false, true] {
                let params = Params::default()
                    .with("early_stopping", early)
                    .with("max_iter", 20)
                    .with("hidden_layer_sizes", 8);
                let (fitted, _) = fit(&params, Dataset::new(x.clone(), y.clone())).unwrap();
                let p = fitted.predict_proba(x.view()).unwrap();
                assert!(p.rows().into_iter().all(|r| (r.sum() - 1.0).abs() < 1e-9));
            }
        }
    }

    #[test]
    fn without_a_column_that_varies_it_gives_shares_or_the_mean() {
        let x = Array2::from_elem((4, 2), 3.0);
        let y = Target::class(vec![0, 1, 2, 2], &["a", "b", "c"]);
        let data = Dataset::new(x.clone(), y).with_weights(vec![1.0, 1.0, 1.0, 2.0]);
        let (fitted, _) = fit(&Params::default(), data).unwrap();
        let p = fitted.predict_proba(x.view()).unwrap();
        for (p, want) in p.row(0).iter().zip([0.2, 0.2, 0.6]) {
            assert!((p - want).abs() < 1e-6);
        }
        let data = Dataset::new(x.clone(), Target::Number(vec![1.0, 2.0, 3.0, 4.0]));
        let (fitted, _) = fit(&Params::default(), data).unwrap();
        assert!((fitted.predict(x.view()).unwrap()[0] - 2.5).abs() < 1e-6);
    }

    #[test]
    fn numbers_of_any_scale_are_learned() {
        for (scale, shift) in [(1.0, 0.0), (1e5, 1e7)] {
            let mut x = random(400, 3);
            let of = |r: ndarray::ArrayView1<'_, f32>| scale * f64::from(r[0].abs() - r[2]) + shift;
            let z: Vec<f64> = x.rows().into_iter().map(of).collect();
            x.column_mut(0).mapv_inplace(|v| v * 1e4 + 1e5);
            let params = Params::default()
                .with("hidden_layer_sizes", 16)
                .with("learning_rate_init", 0.01);
            let data = Dataset::new(x.clone(), Target::Number(z.clone()));
            let (fitted, _) = fit(&params, data).unwrap();
            let f = fitted.predict(x.view()).unwrap();
            let off = f
                .iter()
                .zip(&z)
                .map(|(f, z)| ((f - z) / scale).powi(2))
                .sum::<f64>();
            assert!((off / 400.0).sqrt() < 0.1, "{off}");
            let again = (ENTRY.load)(&fitted.save().unwrap()).unwrap();
            assert_eq!(again.regressor().unwrap().predict(x.view()).unwrap(), f);
        }
    }

    #[test]
    fn inconsistent_parts_are_refused() {
        let state = || fitted::State {
            classes: ["a", "b"].map(String::from).to_vec(),
            sizes: vec![1, 2, 1],
            activation: "relu".into(),
            weights: vec![0.5; 7],
            shift: vec![0.0],
            scale: vec![1.0],
            target: (0.0, 1.0),
            train_loss: vec![],
            validation_loss: vec![],
            best: 0,
        };
        let refused = |change: &dyn Fn(&mut fitted::State)| {
            let mut s = state();
            change(&mut s);
            let part = Part::encode(ID, VERSION, &s).unwrap();
            FittedMlp::load(&part).map_err(|e| e.code()).err() == Some("artifact")
        };
        assert!(!refused(&|_| ()));
        assert!(refused(&|s| s.sizes[1] = u32::MAX));
        assert!(refused(&|s| s.sizes = vec![1]));
        assert!(refused(&|s| s.sizes = vec![1, 0, 1]));
        assert!(refused(&|s| s.sizes[2] = 2));
        assert!(refused(&|s| s.weights[0] = f32::NAN));
        assert!(refused(&|s| s.activation = "sine".into()));
        assert!(refused(&|s| s.scale.clear()));
        assert!(refused(&|s| s.classes.push("c".into())));
    }
}
