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
