//! Parameters of boosting: LightGBM's names and defaults.
use super::{
    super::{
        kernels::{input::ClassWeight, problem::Goal, problem::Problem},
        logistic::{CLASS_WEIGHT, class_weight},
    },
    objective::Objective,
    split::Categories,
};
use crate::base::{ColumnKind, Error, ParamReason, ParamSpec, Params, Range, Result, Unit};
use std::borrow::Cow;

const OBJECTIVES: &[Cow<'static, str>] = &[
    Cow::Borrowed("auto"),
    Cow::Borrowed("squared"),
    Cow::Borrowed("absolute"),
    Cow::Borrowed("quantile"),
    Cow::Borrowed("poisson"),
];

/// All of them.
pub(super) const PARAMS: &[ParamSpec] = &[
    ParamSpec::choice("objective", OBJECTIVES),
    ParamSpec::float("alpha", 0.001, 0.999, 0.9),
    ParamSpec::int("n_estimators", 1, 10_000, 100),
    ParamSpec::float("learning_rate", 1e-4, 1.0, 0.1),
    ParamSpec::int("num_leaves", 2, 4096, 31),
    ParamSpec::int("max_depth", -1, 4096, -1),
    ParamSpec::int("min_child_samples", 1, 1_000_000, 20),
    ParamSpec::float("min_child_weight", 0.0, 1e9, 1e-3),
    ParamSpec::float("min_split_gain", 0.0, 1e9, 0.0),
    ParamSpec::float("reg_alpha", 0.0, 1e6, 0.0),
    ParamSpec::float("reg_lambda", 0.0, 1e6, 0.0),
    ParamSpec::float("subsample", 0.01, 1.0, 1.0),
    ParamSpec::int("subsample_freq", 0, 10_000, 0),
    ParamSpec::float("colsample_bytree", 0.01, 1.0, 1.0),
    ParamSpec::float("colsample_bynode", 0.01, 1.0, 1.0),
    ParamSpec::int("max_bin", 2, 255, 255),
    ParamSpec::int("early_stopping_rounds", 0, 10_000, 0),
    ParamSpec::float("validation_fraction", 0.01, 0.5, 0.1),
    ParamSpec::float("cat_smooth", 0.0, 1e6, 10.0),
    ParamSpec::float("cat_l2", 0.0, 1e6, 10.0),
    ParamSpec::int("max_cat_threshold", 1, 254, 32),
    ParamSpec::int("max_cat_to_onehot", 1, 254, 4),
    ParamSpec::int("min_data_per_group", 1, 1_000_000, 100),
    ParamSpec {
        name: Cow::Borrowed("monotone_constraints"),
        range: Range::Floats {
            min: -1.0,
            max: 1.0,
        },
        unit: Unit::None,
    },
    CLASS_WEIGHT,
];

/// Parameters, checked.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    pub objective: String,
    pub alpha: f64,
    pub n_estimators: usize,
    pub learning_rate: f64,
    pub num_leaves: usize,
    pub max_depth: usize,
    pub min_child_samples: usize,
    pub min_child_weight: f64,
    pub min_split_gain: f64,
    pub reg_alpha: f64,
    pub reg_lambda: f64,
    pub subsample: f64,
    pub subsample_freq: usize,
    pub colsample_bytree: f64,
    pub colsample_bynode: f64,
    pub max_bin: usize,
    pub early_stopping_rounds: usize,
    pub validation_fraction: f64,
    pub categories: Categories,
    pub monotone_constraints: Vec<i8>,
    pub class_weight: ClassWeight,
}

impl Checked {
    /// # Errors
    /// [`Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        params.deny_unknown(PARAMS)?;
        let float = |name| params.float(PARAMS, name);
        let int = |name| params.int(PARAMS, name).map(|v| v.max(0) as usize);
        let max_depth = int("max_depth")?;
        Ok(Self {
            objective: params.choice(PARAMS, "objective")?,
            alpha: float("alpha")?,
            n_estimators: int("n_estimators")?,
            learning_rate: float("learning_rate")?,
            num_leaves: int("num_leaves")?,
            max_depth: if max_depth == 0 {
                usize::MAX
            } else {
                max_depth
            },
            min_child_samples: int("min_child_samples")?,
            min_child_weight: float("min_child_weight")?,
            min_split_gain: float("min_split_gain")?,
            reg_alpha: float("reg_alpha")?,
            reg_lambda: float("reg_lambda")?,
            subsample: float("subsample")?,
            subsample_freq: int("subsample_freq")?,
            colsample_bytree: float("colsample_bytree")?,
            colsample_bynode: float("colsample_bynode")?,
            max_bin: int("max_bin")?,
            early_stopping_rounds: int("early_stopping_rounds")?,
            validation_fraction: float("validation_fraction")?,
            categories: Categories {
                smooth: float("cat_smooth")?,
                l2: float("cat_l2")?,
                max_threshold: int("max_cat_threshold")?,
                max_to_onehot: int("max_cat_to_onehot")?,
                min_per_group: int("min_data_per_group")? as f64,
                // LightGBM uses one number for both.
                min_per_level: float("cat_smooth")?,
            },
            monotone_constraints: directions(params)?,
            class_weight: class_weight(params, PARAMS)?,
        })
    }

    /// What is to be made small for this target.
    ///
    /// # Errors
    /// [`Error::Param`] for an objective of numbers where there are classes; [`Error::Cell`] for a negative count.
    pub fn objective_for(&self, problem: &Problem<'_>) -> Result<Objective> {
        let y = match &problem.goal {
            Goal::Classes { classes, .. } if self.objective == "auto" => {
                return Ok(match classes.len() {
                    2 => Objective::Logistic,
                    n => Objective::Softmax {
                        n_classes: n as u32,
                    },
                });
            }
            Goal::Numbers(y) => y,
            _ => {
                let options = vec!["auto".to_owned()];
                return Err(Error::Param {
                    param: "objective".into(),
                    reason: ParamReason::NotAChoice { options },
                });
            }
        };
        Ok(match self.objective.as_str() {
            "absolute" => Objective::Absolute,
            "quantile" => Objective::Quantile { alpha: self.alpha },
            "poisson" => {
                if let Some(i) = y.iter().position(|y| *y < 0.0) {
                    return Err(Error::Cell {
                        row: i as u64 + 1,
                        name: "target".into(),
                        kind: ColumnKind::Int,
                    });
                }
                Objective::Poisson
            }
            _ => Objective::Squared,
        })
    }

    /// Directions per column; empty when there are none.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of them than columns; [`Error::Param`] for one of a category.
    pub fn directions_for(&self, problem: &Problem<'_>) -> Result<Vec<i8>> {
        let given = &self.monotone_constraints;
        if given.iter().all(|d| *d == 0) {
            return Ok(Vec::new());
        }
        if given.len() != problem.n_columns {
            return Err(Error::Shape {
                what: "monotone_constraints".into(),
                expected: problem.n_columns,
                found: given.len(),
            });
        }
        let mut both = given.iter().zip(&problem.n_levels);
        if both.any(|(d, levels)| *d != 0 && *levels > 0) {
            // Levels have no order: only 0 will do.
            return Err(Error::out_of_range("monotone_constraints", 0.0, 0.0));
        }
        Ok(given.clone())
    }
}

fn directions(params: &Params) -> Result<Vec<i8>> {
    let given = params.floats("monotone_constraints")?.unwrap_or_default();
    let direction = |v: f64| match v {
        -1.0 => Ok(-1),
        0.0 => Ok(0),
        1.0 => Ok(1),
        _ => Err(Error::out_of_range("monotone_constraints", -1.0, 1.0)),
    };
    given.into_iter().map(direction).collect()
}
