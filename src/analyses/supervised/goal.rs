//! What kind of target there is: two classes, several, or a number. What is asked for by its values follows from it.
use super::{
    calibrate::Wish,
    options::{Options, Resampling, SCORING, specs},
};
use crate::{
    base::{Error, Field, ParamReason, ParamSpec, Params, Range, Result, TargetReason, Unit},
    evaluate::{calibrate::Method, scoring::Scoring},
    learn::{Entry, LEARNERS},
    table::{Column, roles as guesses},
};
use std::borrow::Cow;

/// Whole numbers of so few different values are taken as classes when nobody says.
const FEW_NUMBERS: usize = 5;
/// Most classes.
pub(super) const MAX_CLASSES: u64 = 50;
/// Numbers beyond it cannot be squared and added up.
const LARGEST: f64 = 1e100;

/// Targets that an analysis takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::analyses) enum Scope {
    /// Two classes only.
    TwoClasses,
    /// Any.
    Any,
}

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// Two classes; the second is the positive one.
    Binary,
    /// More than two classes.
    Multiclass,
    /// A number.
    Number,
}

const fn name(id: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(id)
}

static TASKS: &[Cow<'static, str>] = &[
    name("auto"),
    name("binary"),
    name("multiclass"),
    name("regression"),
];
static ANY_SCORING: &[Cow<'static, str>] = &[
    name("auto"),
    name("roc_auc"),
    name("average_precision"),
    name("roc_auc_ovr"),
    name("neg_log_loss"),
    name("neg_brier_score"),
    name("accuracy"),
    name("balanced_accuracy"),
    name("f1"),
    name("f1_macro"),
    name("mcc"),
    name("r2"),
    name("neg_root_mean_squared_error"),
    name("neg_mean_absolute_error"),
    name("neg_median_absolute_error"),
    name("neg_mean_absolute_percentage_error"),
];

/// Parameters of an analysis with such targets.
pub(super) fn specs_of(scope: Scope) -> Vec<ParamSpec> {
    let mut all = specs();
    if scope == Scope::TwoClasses {
        return all;
    }
    let any = |e: &&Entry| e.takes.binary || e.takes.multiclass || e.takes.regression;
    let learners = LEARNERS.iter().filter(any);
    let learners = learners.filter(|e| e.id != super::request::BASELINE);
    let learners: Vec<_> = learners.map(|e| name(e.id)).collect();
    for spec in &mut all {
        match spec.name.as_ref() {
            "learners" => {
                spec.range = Range::Choices {
                    options: Cow::Owned(learners.clone()),
                }
            }
            "scoring" => *spec = ParamSpec::choice("scoring", ANY_SCORING),
            _ => {}
        }
    }
    all.push(ParamSpec::choice("task", TASKS));
    all.push(ParamSpec {
        unit: Unit::Ratio,
        ..ParamSpec::float("interval_level", 0.8, 0.99, 0.9)
    });
    all
}

fn refused(name: &str, reason: TargetReason) -> Error {
    Error::Target {
        name: name.to_owned(),
        reason,
    }
}

fn not_among(param: &'static str, options: Vec<String>) -> Error {
    Error::Param {
        param: param.into(),
        reason: ParamReason::NotAChoice { options },
    }
}

impl Goal {
    /// What the target is: as asked for, else by the kind of its column and the number of its values.
    ///
    /// # Errors
    /// [`Error::Target`] naming the column when it cannot be what is asked for.
    pub(super) fn of(
        scope: Scope,
        params: &Params,
        specs: &[ParamSpec],
        field: &Field,
        column: &Column,
    ) -> Result<Self> {
        if scope == Scope::TwoClasses {
            return Ok(Self::Binary);
        }
        let labels = || guesses::class_labels(field, column).map(|l| l.len());
        let is_whole = matches!(column, Column::Int(_));
        match params.choice(specs, "task")?.as_str() {
            "binary" => return Ok(Self::Binary),
            "multiclass" => {
                return match labels() {
                    // Two are a case of their own, with a threshold.
                    Some(2) => Ok(Self::Binary),
                    _ => Ok(Self::Multiclass),
                };
            }
            "regression" => {
                return match column {
                    Column::Int(_) | Column::Float(_) => Ok(Self::Number),
                    _ => Err(refused(&field.name, TargetReason::NeedsNumbers)),
                };
            }
            _ => {}
        }
        Ok(match (column, labels()) {
            (Column::Float(_), _) => Self::Number,
            (_, Some(0 | 1)) if is_whole => {
                return Err(refused(&field.name, TargetReason::Constant));
            }
            (_, Some(2)) => Self::Binary,
            (_, Some(n)) if !is_whole || n <= FEW_NUMBERS => Self::Multiclass,
            _ if is_whole => Self::Number,
            _ => Self::Multiclass,
        })
    }

    /// Whether `learner` can be taught it.
    pub(super) fn suits(self, learner: &Entry) -> bool {
        match self {
            Self::Binary => learner.takes.binary,
            Self::Multiclass => learner.takes.multiclass,
            Self::Number => learner.takes.regression,
        }
    }

    /// Scores to compare models by; the first is the usual one.
    fn scorings(self, scope: Scope) -> Vec<&'static str> {
        match (self, scope) {
            (Self::Binary, Scope::TwoClasses) => SCORING.iter().map(|s| s.as_ref()).collect(),
            (Self::Binary, Scope::Any) => vec![
                "roc_auc",
                "average_precision",
                "neg_log_loss",
                "neg_brier_score",
                "accuracy",
                "balanced_accuracy",
                "f1",
                "f1_macro",
                "mcc",
            ],
            (Self::Multiclass, _) => vec![
                "roc_auc_ovr",
                "neg_log_loss",
                "neg_brier_score",
                "accuracy",
                "balanced_accuracy",
                "f1_macro",
                "mcc",
            ],
            (Self::Number, _) => vec![
                "r2",
                "neg_root_mean_squared_error",
                "neg_mean_absolute_error",
                "neg_median_absolute_error",
                "neg_mean_absolute_percentage_error",
            ],
        }
    }

    /// The score that models are compared by.
    ///
    /// # Errors
    /// [`Error::Param`] for one that does not suit the target.
    pub(super) fn scoring(self, scope: Scope, asked: &str) -> Result<Scoring> {
        let known = self.scorings(scope);
        match known.iter().find(|s| **s == asked) {
            Some(id) => Scoring::parse(id),
            None if asked == "auto" => Scoring::parse(known.first().copied().unwrap_or("r2")),
            None => {
                let options = known.iter().map(|s| (*s).to_owned()).collect();
                Err(not_among("scoring", options))
            }
        }
    }

    /// Refuses what is about classes where there are none, and about two where there are more.
    ///
    /// # Errors
    /// [`Error::Param`].
    pub(super) fn check(self, options: &Options, class_weight: &str) -> Result<()> {
        let none = || vec!["none".to_owned()];
        let is_asked = !matches!(options.calibrate, Wish::Auto | Wish::One(Method::None));
        if self != Self::Binary && is_asked {
            let options = ["auto", "none"].map(str::to_owned).to_vec();
            return Err(not_among("calibrate", options));
        }
        if self != Self::Number {
            return Ok(());
        }
        if class_weight != "none" {
            return Err(not_among("class_weight", none()));
        }
        if options.resampling != Resampling::None {
            return Err(not_among("resampling", none()));
        }
        Ok(())
    }
}

/// A number per row, `None` where it is missing or not finite.
///
/// # Errors
/// [`Error::Target`] for another kind of column, and for numbers too large to be squared.
pub(super) fn numbers(name: &str, column: &Column) -> Result<Vec<Option<f64>>> {
    let values = column
        .numbers()
        .ok_or_else(|| refused(name, TargetReason::NeedsNumbers))?;
    let finite = values.iter().filter(|v| v.is_finite());
    if finite.fold(0.0, |m: f64, v| m.max(v.abs())) > LARGEST {
        return Err(refused(name, TargetReason::TooLarge));
    }
    let one = |v: f64| Some(v).filter(|v| v.is_finite());
    Ok(values.into_iter().map(one).collect())
}
