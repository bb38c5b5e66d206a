//! Soft voting: the (weighted) mean of what several learners say.
//!
//! For classes the mean of the probabilities, for numbers the mean of the predictions. Helps where the learners are about
//! equally good and err differently.
//!
//! Source: Kittler, Hatef, Duin & Matas (1998), On combining classifiers, doi:10.1109/34.667881.
use super::{
    Classifier, Dataset, Entry, Estimator, Model, Regressor, Save, Takes,
    explain::Form,
    team::{Fitted, Member, agree, deny_others, labels, members},
};
use crate::base::{Error, ParamSpec, Params, Part, Range, Result, Run, Stage, Train, Unit};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

const ID: &str = "voting";
const VERSION: u16 = 1;
pub(super) const COMPLEXITY: u8 = 13;
const PARAMS: &[ParamSpec] = &[
    ParamSpec::text("estimators"),
    ParamSpec {
        name: Cow::Borrowed("weights"),
        range: Range::Floats { min: 0.0, max: 1e6 },
        unit: Unit::None,
    },
];
const TAKES: Takes = Takes {
    binary: true,
    multiclass: true,
    regression: true,
    sample_weight: true,
    ..Takes::NOTHING
};
/// The team where none is named; those that cannot take the target are left out.
pub(super) const DEFAULT: &[&str] = &["logistic", "linear", "forest", "boosting"];

/// Registry line.
pub(super) const ENTRY: Entry = Entry {
    id: ID,
    params: PARAMS,
    complexity: COMPLEXITY,
    takes: TAKES,
    by_default: false,
    build: |params| Ok(Box::new(Voting::new(params)?)),
    load: |part| Ok(FittedVoting::load(part)?.into_model()),
    candidates: || vec![Params::default()],
    divide: None,
    fit_path: None,
};

/// The learner, parameters checked.
#[derive(Debug, Clone)]
pub struct Voting {
    members: Vec<Member>,
    chosen: bool,
    weights: Option<Vec<f64>>,
}

impl Voting {
    /// Checks `estimators` (ids of learners; each id may itself be a parameter holding that learner's parameters) and
    /// `weights` (one per estimator).
    ///
    /// # Errors
    /// [`Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        let chosen = params.get("estimators").is_some();
        let members = members(params, "estimators", &available(DEFAULT))?;
        deny_others(params, PARAMS, &members)?;
        let weights = params.floats("weights")?;
        if let Some(w) = &weights {
            let fit = w.len() == members.len() && w.iter().all(|w| (0.0..=1e6).contains(w));
            if !fit || w.iter().sum::<f64>() <= 0.0 || !chosen {
                return Err(Error::out_of_range("weights", 0.0, 1e6));
            }
        }
        Ok(Self {
            members,
            chosen,
            weights,
        })
    }
}

/// Those of `ids` that are registered.
pub(super) fn available<'a>(ids: &[&'a str]) -> Vec<&'a str> {
    let known = |id: &&str| super::LEARNERS.iter().any(|e| e.id == *id);
    ids.iter().copied().filter(known).collect()
}

/// Members that take the target of `data`, unless they were chosen by hand.
pub(super) fn suited(members: &[Member], chosen: bool, is_number: bool) -> Vec<Member> {
    let takes = |m: &&Member| {
        super::entry(&m.id).is_ok_and(|e| {
            if is_number {
                e.takes.regression
            } else {
                e.takes.binary
            }
        })
    };
    members
        .iter()
        .filter(|m| chosen || takes(m))
        .cloned()
        .collect()
}

impl Estimator for Voting {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        let classes = labels(train.get())?;
        let members = suited(&self.members, self.chosen, classes.is_empty());
        let total = members.len().max(1) as u64;
        run.step(Stage::Fitting, 0, total)?;
        let mut fitted = Vec::with_capacity(members.len());
        for (i, member) in members.iter().enumerate() {
            fitted.push(Fitted::fit(member, train, run)?);
            run.step(Stage::Fitting, i as u64 + 1, total)?;
        }
        let weights = match &self.weights {
            Some(w) => w.clone(),
            None => vec![1.0; fitted.len()],
        };
        Ok(FittedVoting::new(fitted, weights, classes)?.into_model())
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct State {
    members: Vec<Part>,
    weights: Vec<f64>,
    classes: Vec<String>,
}

/// A fitted team.
#[derive(Debug)]
pub struct FittedVoting {
    members: Vec<Fitted>,
    weights: Vec<f64>,
    classes: Vec<String>,
}

impl FittedVoting {
    fn new(members: Vec<Fitted>, weights: Vec<f64>, classes: Vec<String>) -> Result<Self> {
        let sum: f64 = weights.iter().sum();
        let sound = weights.len() == members.len()
            && weights.iter().all(|w| *w >= 0.0)
            && sum > 0.0
            && sum.is_finite();
        if !sound || !agree(&members, &classes) {
            return Err(Error::invalid_artifact("voting: inconsistent state"));
        }
        let weights = weights.iter().map(|w| w / sum).collect();
        Ok(Self {
            members,
            weights,
            classes,
        })
    }

    fn load(part: &Part) -> Result<Self> {
        let state: State = part.decode(VERSION)?;
        let members = state
            .members
            .iter()
            .map(Fitted::load)
            .collect::<Result<_>>()?;
        Self::new(members, state.weights, state.classes)
    }

    fn into_model(self) -> Model {
        if self.classes.is_empty() {
            Model::Regressor(Box::new(self))
        } else {
            Model::Classifier(Box::new(self))
        }
    }

    fn mean(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        let mut out = Array2::zeros((x.nrows(), self.classes.len().max(1)));
        for (member, weight) in self.members.iter().zip(&self.weights) {
            out.scaled_add(*weight, &member.answer(x)?);
        }
        Ok(out)
    }
}

impl Save for FittedVoting {
    fn save(&self) -> Result<Part> {
        let state = State {
            members: self
                .members
                .iter()
                .map(Fitted::save)
                .collect::<Result<_>>()?,
            weights: self.weights.clone(),
            classes: self.classes.clone(),
        };
        Part::encode(ID, VERSION, &state)
    }

    fn explain_form(&self, _: usize) -> Form<'_> {
        let weighted = self.weights.iter().zip(&self.members);
        Form::Mean(weighted.map(|(w, m)| (*w, m.explained())).collect())
    }
}

impl Classifier for FittedVoting {
    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn n_features(&self) -> usize {
        self.members.first().map_or(0, Fitted::n_features)
    }

    fn predict_proba(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        let mut p = self.mean(x)?;
        // Weights sum to 1 up to rounding only.
        for mut row in p.rows_mut() {
            let sum = row.sum();
            row.mapv_inplace(|v| v / sum);
        }
        Ok(p)
    }
}

impl Regressor for FittedVoting {
    fn n_features(&self) -> usize {
        self.members.first().map_or(0, Fitted::n_features)
    }

    fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Vec<f64>> {
        Ok(self.mean(x)?.column(0).to_vec())
    }
}
