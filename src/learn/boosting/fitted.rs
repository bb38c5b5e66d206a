//! Fitted boosting: what is saved, and how it predicts.
use super::{
    super::{
        Classifier, Insight, Model, Regressor, Save,
        explain::{Form, Link},
        kernels::{
            exp::{exp_f64, sigmoid_f64},
            forest::ForestState,
            input::{check_width, row_major},
        },
    },
    ID,
    objective::Objective,
    trees::{Trees, TreesState},
};
use crate::base::{Error, Part, Result};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

const VERSION: u16 = 2;

/// Loss per round.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// On the rows learned from, before the first round and after each.
    pub train: Vec<f64>,
    /// On the rows kept aside, likewise; empty without any.
    pub validation: Vec<f64>,
    /// Rounds kept.
    pub best: u64,
}

/// Second layout.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    /// What was made small.
    pub objective: Objective,
    /// Score without trees, per output.
    pub start: Vec<f64>,
    /// The trees.
    pub trees: TreesState,
    /// Labels; none for numbers.
    pub classes: Vec<String>,
    /// How the fit went.
    pub curve: Curve,
}

/// First layout: two classes, numbers only.
#[derive(Debug, Deserialize)]
struct FirstState {
    init: f64,
    forest: ForestState,
    classes: Vec<String>,
}

/// Takes up a saved part of either layout.
///
/// # Errors
/// [`Error::Artifact`].
pub fn load(part: &Part) -> Result<Model> {
    if part.version >= 2 {
        return model(part.decode(VERSION)?);
    }
    let first: FirstState = part.decode(VERSION)?;
    model(State {
        objective: Objective::Logistic,
        start: vec![first.init],
        trees: TreesState::from_first(first.forest)?,
        classes: first.classes,
        curve: Curve::default(),
    })
}

/// The model of a state.
///
/// # Errors
/// [`Error::Artifact`] when it is inconsistent.
pub fn model(state: State) -> Result<Model> {
    let bad = || Err(Error::invalid_artifact("boosting: inconsistent state"));
    let n_classes = match state.objective {
        Objective::Logistic => 2,
        Objective::Softmax { n_classes } if n_classes >= 2 => n_classes as usize,
        Objective::Softmax { .. } => return bad(),
        _ => 0,
    };
    let n_outputs = state.objective.n_outputs();
    if state.classes.len() != n_classes
        || state.start.len() != n_outputs
        || !state.start.iter().all(|s| s.is_finite())
    {
        return bad();
    }
    let fitted = FittedBoosting {
        trees: Trees::new(state.trees, n_outputs)?,
        objective: state.objective,
        start: state.start,
        classes: state.classes,
        curve: state.curve,
    };
    Ok(if n_classes > 0 {
        Model::Classifier(Box::new(fitted))
    } else {
        Model::Regressor(Box::new(fitted))
    })
}

/// Fitted boosted trees; leaves hold parts of scores.
#[derive(Debug, Clone)]
pub struct FittedBoosting {
    objective: Objective,
    start: Vec<f64>,
    trees: Trees,
    classes: Vec<String>,
    curve: Curve,
}

impl FittedBoosting {
    /// Trees; fewer than asked for when the fit stopped early.
    pub fn n_trees(&self) -> usize {
        self.trees.n_trees()
    }

    /// A score per row and output.
    fn scores(&self, x: ArrayView2<'_, f32>) -> Result<Vec<f64>> {
        check_width(x, self.trees.n_features())?;
        let mut out = self.start.repeat(x.nrows());
        self.trees.add_to(&row_major(x), &mut out);
        Ok(out)
    }
}

impl Save for FittedBoosting {
    fn save(&self) -> Result<Part> {
        let state = State {
            objective: self.objective,
            start: self.start.clone(),
            trees: self.trees.state().clone(),
            classes: self.classes.clone(),
            curve: self.curve.clone(),
        };
        Part::encode(ID, VERSION, &state)
    }

    fn explain_form(&self, output: usize) -> Form<'_> {
        let sums = (0..).zip(&self.start);
        let sums: Option<Vec<_>> = sums.map(|(k, s)| self.trees.ensemble(k, *s)).collect();
        let link = match self.objective {
            Objective::Logistic | Objective::Softmax { .. } => {
                Link::of_class(output, self.start.len())
            }
            Objective::Poisson => Link::Exp,
            _ => Link::Identity,
        };
        sums.map_or(Form::Opaque, |sums| Form::Trees { sums, link })
    }

    fn insights(&self) -> Vec<Insight> {
        // Models of the first layout do not know how they came about.
        if self.curve.train.len() < 2 {
            return Vec::new();
        }
        let rounds = |losses: &[f64]| losses.iter().skip(1).copied().collect();
        vec![Insight::LossCurve {
            train: rounds(&self.curve.train),
            validation: rounds(&self.curve.validation),
            best: self.curve.best,
        }]
    }
}

impl Classifier for FittedBoosting {
    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn n_features(&self) -> usize {
        self.trees.n_features()
    }

    /// Missing values go the way each split learned, or that of its larger side; levels never seen go with them.
    fn predict_proba(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        let scores = self.scores(x)?;
        let n_classes = self.classes.len();
        let mut out = Array2::zeros((x.nrows(), n_classes));
        let n_outputs = self.start.len();
        for (mut row, z) in out
            .rows_mut()
            .into_iter()
            .zip(scores.chunks_exact(n_outputs))
        {
            if n_outputs == 1 {
                let p = sigmoid_f64(z[0]);
                row[0] = 1.0 - p;
                row[1] = p;
                continue;
            }
            let top = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            for (p, z) in row.iter_mut().zip(z) {
                *p = exp_f64(z - top);
            }
            let sum = row.sum();
            row.mapv_inplace(|p| p / sum);
        }
        Ok(out)
    }
}

impl Regressor for FittedBoosting {
    fn n_features(&self) -> usize {
        self.trees.n_features()
    }

    /// Missing values go the way each split learned, or that of its larger side; levels never seen go with them.
    fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Vec<f64>> {
        let mut scores = self.scores(x)?;
        if self.objective == Objective::Poisson {
            for s in &mut scores {
                *s = exp_f64(*s);
            }
        }
        Ok(scores)
    }
}
