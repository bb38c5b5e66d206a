//! Several learners that answer together: what voting and stacking share.
use super::{Classifier, Dataset, Model, Regressor, Target, entry, explain::Explained};
use crate::base::{Error, ParamReason, Params, Part, Result, Run, TargetReason, Train, Value};
use ndarray::{Array2, ArrayView2};

/// A learner of the team with its parameters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    pub(super) id: String,
    pub(super) params: Params,
}

/// Names in `names` (a list, or text with commas) with the parameters that `params` has for each as a map.
///
/// # Errors
/// [`Error::Param`] for an unknown learner, one that cannot be in a team, or parameters that it refuses.
pub(super) fn members(
    params: &Params,
    name: &'static str,
    default: &[&str],
) -> Result<Vec<Member>> {
    let named = params.texts(name)?.unwrap_or_default();
    let mut ids: Vec<String> = named
        .iter()
        .flat_map(|t| t.split(','))
        .map(|t| t.trim().to_owned())
        .filter(|t| !t.is_empty())
        .collect();
    if ids.is_empty() {
        ids = default.iter().map(|d| (*d).to_owned()).collect();
    }
    ids.into_iter().map(|id| member(params, name, id)).collect()
}

fn member(params: &Params, name: &'static str, id: String) -> Result<Member> {
    let fail = |reason| {
        Err(Error::Param {
            param: name.into(),
            reason,
        })
    };
    let in_team = |e: &&super::Entry| e.complexity < super::voting::COMPLEXITY;
    let Some(known) = super::LEARNERS.iter().filter(in_team).find(|e| e.id == id) else {
        let options = super::LEARNERS.iter().filter(in_team);
        return fail(ParamReason::NotAChoice {
            options: options.map(|e| e.id.to_owned()).collect(),
        });
    };
    let own = match params.get(&id) {
        None => Params::default(),
        Some(Value::Map(map)) => Params(map.clone()),
        Some(_) => {
            return fail(ParamReason::WrongType {
                expected: "map".into(),
            });
        }
    };
    (known.build)(&own)?;
    Ok(Member { id, params: own })
}

/// Refuses parameters that are neither in `specs` nor the id of a member.
pub(super) fn deny_others(
    params: &Params,
    specs: &[crate::base::ParamSpec],
    members: &[Member],
) -> Result<()> {
    let mut rest = params.clone();
    for m in members {
        rest.0.remove(&m.id);
    }
    rest.deny_unknown(specs)
}

/// A fitted member.
#[derive(Debug)]
pub(super) enum Fitted {
    Classifier(Box<dyn Classifier>),
    Regressor(Box<dyn Regressor>),
}

impl Fitted {
    pub(super) fn fit(m: &Member, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Self> {
        let estimator = (entry(&m.id)?.build)(&m.params)?;
        Self::from_model(run.within(|run| estimator.fit(train, run))?)
    }

    fn from_model(model: Model) -> Result<Self> {
        match model {
            Model::Classifier(c) => Ok(Self::Classifier(c)),
            Model::Regressor(r) => Ok(Self::Regressor(r)),
            Model::Clusterer(_) => Err(Error::invalid_artifact("a clusterer in a team")),
        }
    }

    pub(super) fn load(part: &Part) -> Result<Self> {
        let known = entry(&part.kind).map_err(|_| Error::invalid_artifact("unknown learner"))?;
        // A team in a team could nest without end.
        if known.complexity >= super::voting::COMPLEXITY {
            return Err(Error::invalid_artifact("a team in a team"));
        }
        Self::from_model((known.load)(part)?)
    }

    pub(super) fn save(&self) -> Result<Part> {
        match self {
            Self::Classifier(c) => c.save(),
            Self::Regressor(r) => r.save(),
        }
    }

    pub(super) fn n_features(&self) -> usize {
        match self {
            Self::Classifier(c) => c.n_features(),
            Self::Regressor(r) => r.n_features(),
        }
    }

    pub(super) fn explained(&self) -> Explained<'_> {
        match self {
            Self::Classifier(c) => Explained::Classifier(c.as_ref()),
            Self::Regressor(r) => Explained::Regressor(r.as_ref()),
        }
    }

    /// Probabilities, or one column of numbers.
    pub(super) fn answer(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        match self {
            Self::Classifier(c) => c.predict_proba(x),
            Self::Regressor(r) => {
                let y = r.predict(x)?;
                let n = y.len();
                Array2::from_shape_vec((n, 1), y).map_err(|_| Error::Shape {
                    what: "predictions".into(),
                    expected: n,
                    found: 0,
                })
            }
        }
    }
}

/// Labels of a class target; none for numbers.
pub(super) fn labels(data: &Dataset) -> Result<Vec<String>> {
    match &data.y {
        Target::Class { classes, .. } => Ok(classes.to_vec()),
        Target::Number(_) => Ok(Vec::new()),
        Target::None => Err(Error::Target {
            name: "target".into(),
            reason: TargetReason::NeedsClasses,
        }),
    }
}

/// Whether loaded members answer the same question about the same columns.
pub(super) fn agree(members: &[Fitted], classes: &[String]) -> bool {
    let Some(first) = members.first() else {
        return false;
    };
    let width = first.n_features();
    members.iter().all(|m| {
        m.n_features() == width
            && match m {
                Fitted::Classifier(c) => classes.len() >= 2 && c.classes() == classes,
                Fitted::Regressor(_) => classes.is_empty(),
            }
    })
}
