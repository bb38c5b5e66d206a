//! Parameters of the analysis: what they are called, what they may be, and what was chosen.
use super::{
    calibrate::Wish,
    goal::{Goal, Scope},
    request::BASELINE,
};
use crate::{
    base::{ParamSpec, Params, Range, Result, Unit},
    evaluate::scoring::Scoring,
    learn::LEARNERS,
};
use std::borrow::Cow;

/// Parameters per learner: a map of learner id to a map of parameter to value or list of values. It stands beside the
/// catalogue's list, which has the learners' own parameters with their ranges.
pub(super) const LEARNER_PARAMS: &str = "learner_params";

type Names = &'static [Cow<'static, str>];

const fn name(id: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(id)
}

static CLASS_WEIGHT: Names = &[name("none"), name("balanced")];
static SEARCH: Names = &[name("grid"), name("random"), name("halving"), name("pick")];
static SPLIT: Names = &[name("stratified"), name("group"), name("time")];
pub(super) static SCORING: Names = &[
    name("roc_auc"),
    name("average_precision"),
    name("neg_log_loss"),
    name("neg_brier_score"),
];
static FEATURE_SELECTION: Names = &[
    name("none"),
    name("univariate"),
    name("mutual_info"),
    name("l1"),
    name("permutation"),
    name("rfe"),
    name("rfecv"),
];
static RESAMPLING: Names = &[
    name("none"),
    name("random_over"),
    name("random_under"),
    name("smote"),
];
static CALIBRATE: Names = &[
    name("auto"),
    name("none"),
    name("sigmoid"),
    name("isotonic"),
    name("beta"),
];

/// Parameters of the analysis, all but [`LEARNER_PARAMS`].
pub(super) fn specs() -> Vec<ParamSpec> {
    let learners = LEARNERS
        .iter()
        .filter(|e| e.id != BASELINE && e.takes.binary)
        .map(|e| Cow::Borrowed(e.id))
        .collect();
    let ratio = |spec: ParamSpec| ParamSpec {
        unit: Unit::Ratio,
        ..spec
    };
    vec![
        ParamSpec {
            name: "learners".into(),
            range: Range::Choices {
                options: Cow::Owned(learners),
            },
            unit: Unit::None,
        },
        ParamSpec::text("positive"),
        ratio(ParamSpec::float("test_size", 0.05, 0.5, 0.2)),
        ParamSpec::int("cv", 2, 20, 5),
        ParamSpec {
            name: "C".into(),
            range: Range::Floats {
                min: 1e-6,
                max: 1e6,
            },
            unit: Unit::None,
        },
        ParamSpec::choice("class_weight", CLASS_WEIGHT),
        ratio(ParamSpec::float("threshold", 0.0, 1.0, 0.5)),
        ParamSpec::int("n_repeats", 1, 50, 5),
        ParamSpec::int("seed", 0, i64::MAX >> 11, 42),
        ParamSpec::choice("search", SEARCH),
        ParamSpec::int("n_iter", 1, 500, 20),
        // Seconds.
        ParamSpec::float("time_budget", 1.0, 3_600.0, 30.0),
        ParamSpec::choice("scoring", SCORING),
        ParamSpec::choice("split", SPLIT),
        ParamSpec::int("cv_repeats", 1, 20, 1),
        ParamSpec::flag("nested", false),
        ParamSpec::flag("curves", false),
        ParamSpec::choice("feature_selection", FEATURE_SELECTION),
        ParamSpec::int("n_features_to_select", 1, 10_000, 20),
        ParamSpec::choice("resampling", RESAMPLING),
        ParamSpec::flag("native_features", true),
        ParamSpec::choice("calibrate", CALIBRATE),
        ParamSpec::flag("explain", true),
        // All of them.
        ParamSpec::int("max_rows", 0, u32::MAX as i64, 0),
    ]
}

/// How parameters are searched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum SearchMode {
    /// Every candidate.
    Grid,
    /// So many draws per learner.
    Random { n_iter: usize },
    /// Every candidate on few rows, the best on more.
    Halving,
    /// Whatever a time budget allows.
    Pick { budget_ms: f64 },
}

/// What stays together when rows are split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SplitBy {
    /// Rows by themselves, class shares kept.
    Class,
    /// Rows of one group.
    Group,
    /// Learned from lies before measured.
    Time,
}

/// How columns are chosen inside every fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FeatureSelection {
    None,
    Univariate,
    MutualInfo,
    L1,
    Permutation,
    Rfe,
    RfeCv,
}

/// How classes are evened out inside every fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resampling {
    None,
    RandomOver,
    RandomUnder,
    Smote,
}

/// What was chosen, checked.
#[derive(Debug, Clone)]
pub(super) struct Options {
    pub(super) search: SearchMode,
    pub(super) scoring: Scoring,
    pub(super) split: SplitBy,
    /// Deals of the folds over which each learner's best is measured.
    pub(super) cv_repeats: usize,
    /// Whether the search as a whole is measured too.
    pub(super) nested: bool,
    pub(super) curves: bool,
    pub(super) feature_selection: FeatureSelection,
    pub(super) n_features_to_select: usize,
    pub(super) resampling: Resampling,
    /// Whether learners that take missing values and categories get them as they are.
    pub(super) native_features: bool,
    /// How the best learner's probabilities are corrected.
    pub(super) calibrate: Wish,
    /// Whether effects and interactions of the columns are worked out.
    pub(super) explain: bool,
}

impl Options {
    pub(super) fn parse(
        params: &Params,
        specs: &[ParamSpec],
        scope: Scope,
        goal: Goal,
    ) -> Result<Self> {
        let count = |name| params.int(specs, name).map(|v| v.max(0) as usize);
        let n_iter = count("n_iter")?;
        let budget_ms = params.float(specs, "time_budget")? * 1_000.0;
        Ok(Self {
            search: match params.choice(specs, "search")?.as_str() {
                "random" => SearchMode::Random { n_iter },
                "halving" => SearchMode::Halving,
                "pick" => SearchMode::Pick { budget_ms },
                _ => SearchMode::Grid,
            },
            scoring: goal.scoring(scope, &params.choice(specs, "scoring")?)?,
            split: match params.choice(specs, "split")?.as_str() {
                "group" => SplitBy::Group,
                "time" => SplitBy::Time,
                _ => SplitBy::Class,
            },
            cv_repeats: count("cv_repeats")?,
            nested: params.flag(specs, "nested")?,
            curves: params.flag(specs, "curves")?,
            feature_selection: match params.choice(specs, "feature_selection")?.as_str() {
                "univariate" => FeatureSelection::Univariate,
                "mutual_info" => FeatureSelection::MutualInfo,
                "l1" => FeatureSelection::L1,
                "permutation" => FeatureSelection::Permutation,
                "rfe" => FeatureSelection::Rfe,
                "rfecv" => FeatureSelection::RfeCv,
                _ => FeatureSelection::None,
            },
            n_features_to_select: count("n_features_to_select")?,
            resampling: match params.choice(specs, "resampling")?.as_str() {
                "random_over" => Resampling::RandomOver,
                "random_under" => Resampling::RandomUnder,
                "smote" => Resampling::Smote,
                _ => Resampling::None,
            },
            native_features: params.flag(specs, "native_features")?,
            calibrate: Wish::parse(&params.choice(specs, "calibrate")?),
            explain: params.flag(specs, "explain")?,
        })
    }
}
