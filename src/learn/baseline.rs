//! The base rate: every row gets the class shares of the training part, or the mean of its numbers. What every learner
//! has to beat.
use super::{
    Classifier, Dataset, Entry, Estimator, Model, Regressor, Save, Takes, Target,
    kernels::{
        input::{ClassWeight, check_width, class_codes, class_totals},
        problem::{Goal, Problem},
    },
};
use crate::base::{Error, ParamSpec, Params, Part, Result, Run, Stage, TargetReason, Train};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

const ID: &str = "baseline";
/// Newest state; version 2 has a mean instead of classes.
const VERSION: u16 = 2;
const PARAMS: &[ParamSpec] = &[];

const TAKES: Takes = Takes {
    binary: true,
    multiclass: true,
    regression: true,
    missing: true,
    sample_weight: true,
    ..Takes::NOTHING
};

/// Registry line.
pub(super) const ENTRY: Entry = Entry {
    id: ID,
    params: PARAMS,
    complexity: 0,
    takes: TAKES,
    by_default: true,
    build: |params| {
        params.deny_unknown(PARAMS)?;
        Ok(Box::new(Baseline))
    },
    load: |part| {
        if part.version < 2 {
            return Ok(Model::Classifier(Box::new(FittedBaseline::from_state(
                part.decode(VERSION)?,
            )?)));
        }
        let fitted = FittedMean::from_state(part.decode(VERSION)?)?;
        Ok(Model::Regressor(Box::new(fitted)))
    },
    candidates: || vec![Params::default()],
    divide: None,
    fit_path: None,
};

/// The learner; it has no parameters.
#[derive(Debug, Clone, Copy)]
pub struct Baseline;

impl Estimator for Baseline {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        run.step(Stage::Fitting, 0, 1)?;
        let data = train.get();
        if matches!(data.y, Target::Number(_)) {
            let fitted = mean_of(data)?;
            run.step(Stage::Fitting, 1, 1)?;
            return Ok(Model::Regressor(Box::new(fitted)));
        }
        let (codes, classes) = class_codes(data)?;
        let totals = class_totals(codes, classes.len(), data.sample_weight.as_deref())?;
        let all: f64 = totals.iter().sum();
        run.step(Stage::Fitting, 1, 1)?;
        let fitted = FittedBaseline::from_state(State {
            shares: totals.iter().map(|t| t / all).collect(),
            classes: classes.to_vec(),
            n_features: data.x.ncols() as u64,
        })?;
        Ok(Model::Classifier(Box::new(fitted)))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    shares: Vec<f64>,
    classes: Vec<String>,
    n_features: u64,
}

/// Class shares of a training part.
#[derive(Debug, Clone)]
pub struct FittedBaseline(State);

impl FittedBaseline {
    fn from_state(state: State) -> Result<Self> {
        let shares = state.shares.iter().all(|s| (0.0..=1.0).contains(s))
            && (state.shares.iter().sum::<f64>() - 1.0).abs() < 1e-9;
        if shares && state.shares.len() == state.classes.len() {
            Ok(Self(state))
        } else {
            Err(Error::invalid_artifact("baseline: inconsistent state"))
        }
    }
}

impl Save for FittedBaseline {
    fn save(&self) -> Result<Part> {
        Part::encode(ID, 1, &self.0)
    }
}

impl Classifier for FittedBaseline {
    fn classes(&self) -> &[String] {
        &self.0.classes
    }

    fn n_features(&self) -> usize {
        usize::try_from(self.0.n_features).unwrap_or(usize::MAX)
    }

    fn predict_proba(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        check_width(x, self.n_features())?;
        Ok(Array2::from_shape_fn(
            (x.nrows(), self.0.shares.len()),
            |(_, k)| self.0.shares[k],
        ))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct MeanState {
    mean: f64,
    n_features: u64,
}

/// Weighted mean of a training part.
#[derive(Debug, Clone)]
pub struct FittedMean(MeanState);

fn mean_of(data: &Dataset) -> Result<FittedMean> {
    let problem = Problem::check(data, TAKES, ClassWeight::None)?;
    let Goal::Numbers(values) = &problem.goal else {
        return Err(Error::Target {
            name: "target".into(),
            reason: TargetReason::NeedsNumbers,
        });
    };
    // Value by value, so that large numbers do not overflow in their sum.
    let (mut mean, mut all) = (0.0, 0.0);
    for (i, value) in values.iter().enumerate() {
        let weight = problem.sample_weight.as_ref().and_then(|w| w.get(i));
        let weight = weight.copied().unwrap_or(1.0);
        all += weight;
        mean += (value - mean) * (weight / all);
    }
    FittedMean::from_state(MeanState {
        mean,
        n_features: data.x.ncols() as u64,
    })
}

impl FittedMean {
    fn from_state(state: MeanState) -> Result<Self> {
        if state.mean.is_finite() {
            Ok(Self(state))
        } else {
            Err(Error::invalid_artifact("baseline: inconsistent state"))
        }
    }
}

impl Save for FittedMean {
    fn save(&self) -> Result<Part> {
        Part::encode(ID, VERSION, &self.0)
    }
}

impl Regressor for FittedMean {
    fn n_features(&self) -> usize {
        usize::try_from(self.0.n_features).unwrap_or(usize::MAX)
    }

    fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Vec<f64>> {
        check_width(x, self.n_features())?;
        Ok(vec![self.0.mean; x.nrows()])
    }
}
