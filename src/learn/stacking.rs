//! Stacking: a last learner weighs what several others say.
//!
//! The training rows are dealt to `cv` folds; what each learner says of a row comes from a fit that has not seen it. The
//! last learner (`final_estimator`: logistic regression for classes, linear regression for numbers) is fitted on these
//! out-of-fold answers (one column per learner for two classes and for numbers, one per class beyond); then every learner is
//! fitted on all rows.
//!
//! Source: Wolpert (1992), Stacked generalization, doi:10.1016/S0893-6080(05)80023-1; Breiman (1996), Stacked regressions,
//! doi:10.1007/BF00117832.
use super::{
    Classifier, Dataset, Entry, Estimator, Model, Regressor, Save, Takes,
    kernels::{
        folds,
        input::ClassWeight,
        problem::{Goal, Problem},
    },
    team::{Fitted, Member, agree, deny_others, labels, members},
    voting::{DEFAULT, available, suited},
};
use crate::base::{Error, ParamSpec, Params, Part, Result, Run, Stage, TargetReason, Train};
use ndarray::{Array2, ArrayView2, s};
use serde::{Deserialize, Serialize};

const ID: &str = "stacking";
const VERSION: u16 = 1;
/// Stream of the seed.
const STREAM: u64 = 0x5354;
const PARAMS: &[ParamSpec] = &[
    ParamSpec::text("estimators"),
    ParamSpec::text("final_estimator"),
    ParamSpec::int("cv", 2, 20, 5),
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
    complexity: 14,
    takes: TAKES,
    by_default: false,
    build: |params| Ok(Box::new(Stacking::new(params)?)),
    load: |part| Ok(FittedStacking::load(part)?.into_model()),
    candidates: || vec![Params::default()],
    divide: None,
    fit_path: None,
};

/// The learner, parameters checked.
#[derive(Debug, Clone)]
pub struct Stacking {
    members: Vec<Member>,
    chosen: bool,
    last: Vec<Member>,
    cv: usize,
}

impl Stacking {
    /// Checks `estimators` (as in voting), `final_estimator` and `cv`.
    ///
    /// # Errors
    /// [`Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        let chosen = params.get("estimators").is_some();
        let members = members(params, "estimators", &available(DEFAULT))?;
        let last = super::team::members(
            params,
            "final_estimator",
            &available(&["logistic", "linear"]),
        )?;
        if params.get("final_estimator").is_some() && last.len() != 1 {
            return Err(Error::Param {
                param: "final_estimator".into(),
                reason: crate::base::ParamReason::Required,
            });
        }
        let everyone: Vec<Member> = members.iter().chain(&last).cloned().collect();
        deny_others(params, PARAMS, &everyone)?;
        Ok(Self {
            members,
            chosen,
            last,
            cv: params.int(PARAMS, "cv")? as usize,
        })
    }
}

/// What goes to the last learner: without the first class, which the others imply.
fn columns_of(answer: &Array2<f64>) -> Array2<f64> {
    let from = usize::from(answer.ncols() == 2);
    answer.slice(s![.., from..]).to_owned()
}

/// Refuses folds outside which there is a single class: what such rows teach says nothing.
fn learnable(goal: &Goal<'_>, fold_of: &[u32], cv: usize) -> Result<()> {
    let Goal::Classes { codes, classes, .. } = goal else {
        return Ok(());
    };
    let mut counts = vec![vec![0_u64; classes.len()]; cv];
    let mut all = vec![0_u64; classes.len()];
    for (code, fold) in codes.iter().zip(fold_of) {
        counts[*fold as usize][*code as usize] += 1;
        all[*code as usize] += 1;
    }
    let outside = |inside: &[u64]| all.iter().zip(inside).filter(|(a, i)| a > i).count();
    if counts.iter().all(|inside| outside(inside) >= 2) {
        return Ok(());
    }
    Err(Error::Target {
        name: "target".into(),
        reason: TargetReason::RareClass {
            found: all.into_iter().filter(|n| *n > 0).min().unwrap_or(0),
            needed: 2,
        },
    })
}

impl Estimator for Stacking {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        let data = train.get();
        let classes = labels(data)?;
        let members = suited(&self.members, self.chosen, classes.is_empty());
        let total = (members.len() * (self.cv + 1) + 1) as u64;
        run.step(Stage::Fitting, 0, total)?;
        // Checked here so that folds are dealt over rows that count.
        let checked = Problem::check(data, TAKES, ClassWeight::None)?;
        let kept: Vec<u32> = match &data.sample_weight {
            Some(w) => (0..data.x.nrows() as u32)
                .filter(|&i| w[i as usize] > 0.0)
                .collect(),
            None => (0..data.x.nrows() as u32).collect(),
        };
        let rows = data.take(&kept);
        let cv = self.cv.min(kept.len());
        let fold_of = folds::deal(&checked.goal, kept.len(), cv, &mut run.rng(STREAM));
        learnable(&checked.goal, &fold_of, cv)?;
        let per_member = if classes.len() > 2 { classes.len() } else { 1 };
        let mut said = Array2::<f32>::zeros((kept.len(), members.len() * per_member));
        let mut done = 0;
        for fold in 0..cv as u32 {
            let all = 0..kept.len() as u32;
            let (outside, inside): (Vec<u32>, Vec<u32>) =
                all.partition(|&r| fold_of[r as usize] == fold);
            let held = rows.take(&outside);
            let inner = Train::all(rows.take(&inside));
            for (m, member) in members.iter().enumerate() {
                let answer = Fitted::fit(member, &inner, run)?.answer(held.x.view())?;
                let answer = columns_of(&answer);
                for (row, values) in outside.iter().zip(answer.rows()) {
                    for (k, v) in values.iter().enumerate() {
                        said[[*row as usize, m * per_member + k]] = *v as f32;
                    }
                }
                done += 1;
                run.step(Stage::Fitting, done, total)?;
            }
        }
        let mut fitted = Vec::with_capacity(members.len());
        for member in &members {
            fitted.push(Fitted::fit(member, train, run)?);
            done += 1;
            run.step(Stage::Fitting, done.min(total), total)?;
        }
        let over = Dataset {
            x: said,
            features: (0..members.len() * per_member)
                .map(|j| members[j / per_member].id.clone())
                .collect(),
            n_levels: [].into(),
            ..rows
        };
        let last = suited(&self.last, self.last.len() == 1, classes.is_empty());
        let last = last.first().ok_or_else(|| Error::Unknown {
            what: "learner".into(),
            id: "final_estimator".into(),
        })?;
        let last = Fitted::fit(last, &Train::all(over), run)?;
        run.step(Stage::Fitting, total, total)?;
        Ok(FittedStacking::new(fitted, last, classes)?.into_model())
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct State {
    members: Vec<Part>,
    last: Part,
    classes: Vec<String>,
}

/// A fitted stack.
#[derive(Debug)]
pub struct FittedStacking {
    members: Vec<Fitted>,
    last: Fitted,
    classes: Vec<String>,
}

impl FittedStacking {
    fn new(members: Vec<Fitted>, last: Fitted, classes: Vec<String>) -> Result<Self> {
        let per_member = if classes.len() > 2 { classes.len() } else { 1 };
        let lasts = match &last {
            Fitted::Classifier(c) => c.classes() == classes.as_slice(),
            Fitted::Regressor(_) => classes.is_empty(),
        };
        if !agree(&members, &classes) || !lasts || last.n_features() != members.len() * per_member {
            return Err(Error::invalid_artifact("stacking: inconsistent state"));
        }
        Ok(Self {
            members,
            last,
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
        Self::new(members, Fitted::load(&state.last)?, state.classes)
    }

    fn into_model(self) -> Model {
        if self.classes.is_empty() {
            Model::Regressor(Box::new(self))
        } else {
            Model::Classifier(Box::new(self))
        }
    }

    fn answer(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        let mut said = Array2::<f32>::zeros((x.nrows(), self.last.n_features()));
        let mut at = 0;
        for member in &self.members {
            let answer = columns_of(&member.answer(x)?);
            for column in answer.columns() {
                for (to, v) in said.column_mut(at).iter_mut().zip(column) {
                    *to = *v as f32;
                }
                at += 1;
            }
        }
        self.last.answer(said.view())
    }
}

impl Save for FittedStacking {
    fn save(&self) -> Result<Part> {
        let state = State {
            members: self
                .members
                .iter()
                .map(Fitted::save)
                .collect::<Result<_>>()?,
            last: self.last.save()?,
            classes: self.classes.clone(),
        };
        Part::encode(ID, VERSION, &state)
    }
}

impl Classifier for FittedStacking {
    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn n_features(&self) -> usize {
        self.members.first().map_or(0, Fitted::n_features)
    }

    fn predict_proba(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        self.answer(x)
    }
}

impl Regressor for FittedStacking {
    fn n_features(&self) -> usize {
        self.members.first().map_or(0, Fitted::n_features)
    }

    fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Vec<f64>> {
        Ok(self.answer(x)?.column(0).to_vec())
    }
}
