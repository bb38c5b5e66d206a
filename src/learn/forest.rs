//! Random forest for classes and numbers; also what extra trees share with it.
//!
//! Every tree is grown over rows drawn with replacement, and tries only some of the columns, drawn anew, at every
//! node. Prediction is the mean over trees of the leaves' class shares, or means. As in scikit-learn, weights decide
//! how likely a row is drawn; without `bootstrap` they count in the sums instead. Tree `i` draws from its own stream,
//! so the same trees come out however they are divided among helpers.
//!
//! With `oob_score` every row is also predicted by the trees that have not seen it, an estimate of the score on new
//! rows that needs none.
//!
//! Source: Breiman (2001), Random forests, Machine Learning 45, doi:10.1023/A:1010933404324.
use super::{
    Classifier, Dataset, Divide, Entry, Estimator, Insight, Model, Regressor, Save, Takes,
    explain::Form,
    kernels::{
        cart::{Grower, Rules},
        cart_columns::Columns,
        cart_draw::Urn,
        cart_oob::OutOfBag,
        cart_split::Search,
        cart_sums::{Criterion, Sums, Weights},
        cart_trees::{Trees, TreesState},
        input::ClassWeight,
        problem::{Goal, Problem},
    },
    tree,
};
use crate::base::{Error, ParamReason, ParamSpec, Params, Part, Result, Run, Stage, Train, Value};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, ops::Range};

const VERSION: u16 = 1;
/// Stream of the first tree.
const STREAM: u64 = 1 << 40;

/// Parameters, with the default of `bootstrap` and of `oob_score`.
pub(super) const fn params(bootstrap: bool) -> [ParamSpec; 14] {
    [
        ParamSpec::int("n_estimators", 1, 10_000, 100),
        tree::CRITERION,
        ParamSpec::int("max_depth", 1, 64, 10),
        ParamSpec::int("min_samples_leaf", 1, 1_000_000, 1),
        ParamSpec::int("min_samples_split", 2, 1_000_000, 2),
        ParamSpec::float("min_impurity_decrease", 0.0, 1e300, 0.0),
        // `sqrt`, `log2`, `all`, a number of columns or a share of them; by default `sqrt` for classes, `all` for numbers.
        ParamSpec::text("max_features"),
        ParamSpec::flag("bootstrap", bootstrap),
        // Share of the rows that are drawn.
        ParamSpec::float("max_samples", 0.001, 1.0, 1.0),
        ParamSpec::flag("oob_score", bootstrap),
        ParamSpec::choice(
            "class_weight",
            &[
                Cow::Borrowed("none"),
                Cow::Borrowed("balanced"),
                Cow::Borrowed("balanced_subsample"),
            ],
        ),
        // 0 sets no limit.
        ParamSpec::int("max_leaf_nodes", 0, 1_000_000, 0),
        // Set where a fit is divided: the index of the first tree, and whether to keep what putting parts together needs.
        ParamSpec::int("first_estimator", 0, 1_000_000, 0),
        ParamSpec::flag("partial", false),
    ]
}

pub(super) const TAKES: Takes = Takes {
    binary: true,
    multiclass: true,
    regression: true,
    sample_weight: true,
    ..Takes::NOTHING
};

const PARAMS: &[ParamSpec] = &params(true);

/// Registry line.
pub(super) const ENTRY: Entry = Entry {
    id: Kind::Forest.id(),
    params: PARAMS,
    complexity: 10,
    takes: TAKES,
    by_default: true,
    build: |params| Ok(Box::new(Forest::new(params, Kind::Forest)?)),
    load: |part| load(part, Kind::Forest),
    candidates,
    divide: Some(Divide {
        n_units: |params| Ok(params.int(PARAMS, "n_estimators")? as usize),
        part,
        merge: |params, parts| merge(params, parts, Kind::Forest),
    }),
    fit_path: None,
};

pub(super) fn candidates() -> Vec<Params> {
    [(6, 5), (10, 5), (16, 2)]
        .map(|(depth, leaf)| {
            Params::default()
                .with("max_depth", depth)
                .with("min_samples_leaf", leaf)
        })
        .to_vec()
}

/// The two learners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Random forest: the best threshold of each column tried.
    Forest,
    /// Extra trees: a random threshold of each column tried.
    ExtraTrees,
}

impl Kind {
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Forest => "forest",
            Self::ExtraTrees => "extra_trees",
        }
    }

    fn params(self) -> &'static [ParamSpec] {
        match self {
            Self::Forest => PARAMS,
            Self::ExtraTrees => super::extra_trees::PARAMS,
        }
    }
}

/// How many columns a node tries.
#[derive(Debug, Clone, Copy, PartialEq)]
enum MaxFeatures {
    ByGoal,
    Sqrt,
    Log2,
    Count(usize),
    Share(f64),
}

impl MaxFeatures {
    fn new(params: &Params) -> Result<Self> {
        const NAME: &str = "max_features";
        let share = |v: f64| {
            if v > 0.0 && v <= 1.0 {
                Ok(Self::Share(v))
            } else {
                Err(Error::out_of_range(NAME, 0.0, 1.0))
            }
        };
        let count = |v: i64| match usize::try_from(v) {
            Ok(n) if n > 0 => Ok(Self::Count(n)),
            _ => Err(Error::out_of_range(NAME, 1.0, f64::from(u32::MAX))),
        };
        match params.get(NAME) {
            None => Ok(Self::ByGoal),
            Some(Value::Int(n)) => count(*n),
            Some(Value::Float(v)) => share(*v),
            Some(Value::Text(text)) => match text.trim() {
                "" => Ok(Self::ByGoal),
                "sqrt" => Ok(Self::Sqrt),
                "log2" => Ok(Self::Log2),
                "all" => Ok(Self::Share(1.0)),
                text => match (text.parse(), text.parse()) {
                    (Ok(n), _) => count(n),
                    (_, Ok(v)) => share(v),
                    _ => Err(Error::Param {
                        param: NAME.into(),
                        reason: ParamReason::NotAChoice {
                            options: ["sqrt", "log2", "all"].map(String::from).to_vec(),
                        },
                    }),
                },
            },
            Some(_) => Err(Error::Param {
                param: NAME.into(),
                reason: ParamReason::WrongType {
                    expected: "number or text".into(),
                },
            }),
        }
    }

    /// Of `d` columns.
    fn of(self, d: usize, goal: &Goal<'_>) -> usize {
        let n = match (self, goal) {
            (Self::ByGoal, Goal::Classes { .. }) | (Self::Sqrt, _) => d.isqrt(),
            (Self::ByGoal, _) => d,
            (Self::Log2, _) => d.max(1).ilog2() as usize,
            (Self::Count(n), _) => n,
            (Self::Share(v), _) => (v * d as f64) as usize,
        };
        n.clamp(1, d.max(1))
    }
}

/// The learner, parameters checked.
#[derive(Debug, Clone)]
pub struct Forest {
    kind: Kind,
    n_estimators: usize,
    first_estimator: usize,
    partial: bool,
    criterion: Criterion,
    rules: Rules,
    max_features: MaxFeatures,
    bootstrap: bool,
    max_samples: f64,
    oob_score: bool,
    class_weight: ClassWeight,
    by_subsample: bool,
}

impl Forest {
    /// Checks the parameters: `n_estimators`, `criterion`, `max_depth`, `min_samples_leaf`, `min_samples_split`,
    /// `max_leaf_nodes`, `min_impurity_decrease`, `max_features`, `bootstrap`, `max_samples`, `oob_score`,
    /// `class_weight`; and, for parts of a divided fit, `first_estimator` and `partial`.
    ///
    /// # Errors
    /// [`Error::Param`].
    pub fn new(params: &Params, kind: Kind) -> Result<Self> {
        let specs = kind.params();
        params.deny_unknown(specs)?;
        let class_weight = params.choice(specs, "class_weight")?;
        let max_leaves = match params.int(specs, "max_leaf_nodes")? {
            0 => None,
            1 => return Err(Error::out_of_range("max_leaf_nodes", 2.0, 1e6)),
            n => Some(n as usize),
        };
        Ok(Self {
            kind,
            n_estimators: params.int(specs, "n_estimators")? as usize,
            first_estimator: params.int(specs, "first_estimator")? as usize,
            partial: params.flag(specs, "partial")?,
            criterion: tree::criterion(params, specs)?,
            rules: Rules {
                max_depth: params.int(specs, "max_depth")? as usize,
                max_leaves,
                min_split_rows: params.int(specs, "min_samples_split")? as usize,
                min_decrease: params.float(specs, "min_impurity_decrease")?,
                search: Search {
                    n_features: 1,
                    random: kind == Kind::ExtraTrees,
                    min_rows: params.int(specs, "min_samples_leaf")? as usize,
                },
            },
            max_features: MaxFeatures::new(params)?,
            bootstrap: params.flag(specs, "bootstrap")?,
            max_samples: params.float(specs, "max_samples")?,
            oob_score: params.flag(specs, "oob_score")?,
            class_weight: if class_weight == "balanced" {
                ClassWeight::Balanced
            } else {
                ClassWeight::None
            },
            by_subsample: class_weight == "balanced_subsample",
        })
    }

    /// Fits a forest, whatever its target.
    ///
    /// # Errors
    /// As for [`Estimator::fit`].
    pub fn fit_forest(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<FittedForest> {
        let total = self.n_estimators as u64;
        run.step(Stage::Fitting, 0, total)?;
        let problem = Problem::check(train.get(), TAKES, self.class_weight)?;
        let criterion = tree::suited(self.criterion, &problem.goal)?;
        let columns = Columns::new(&problem.x, problem.n_columns, run)?;
        let classes = tree::labels(&problem);
        let is_class = !classes.is_empty();
        let mut rules = self.rules;
        rules.search.n_features = self.max_features.of(problem.n_columns, &problem.goal);
        let width = if is_class { classes.len() } else { 2 };
        let mut grower = Grower::new(&columns, width, rules);
        let sampler = Sampler::new(self, &problem, criterion);
        let empty = TreesState::empty(problem.n_columns, is_class.then_some(classes.len()));
        let mut trees = empty.clone();
        let mut oob = (self.oob_score && self.bootstrap)
            .then(|| OutOfBag::new(truth(&problem), classes.len()));
        for i in 0..self.n_estimators {
            let mut rng = run.rng(STREAM + (self.first_estimator + i) as u64);
            let (sums, rows, unseen) = sampler.sample(&problem, &mut rng);
            let nodes = grower.grow(&sums, rows, &mut rng, run)?;
            let mut tree = empty.clone();
            tree.push(&nodes, is_class);
            if let Some(oob) = &mut oob {
                oob.add(&Trees::new(tree.clone(), is_class)?, &problem.x, &unseen);
            }
            trees.append(tree)?;
            run.step(Stage::Fitting, i as u64 + 1, total)?;
        }
        FittedForest::from_state(
            State {
                scores: oob.as_ref().map(OutOfBag::scores).unwrap_or_default(),
                part: oob.filter(|_| self.partial),
                trees,
                classes,
            },
            self.kind,
        )
    }
}

fn truth(problem: &Problem<'_>) -> Vec<f64> {
    match &problem.goal {
        Goal::Classes { codes, .. } => codes.iter().map(|c| f64::from(*c)).collect(),
        Goal::Numbers(y) => y.to_vec(),
        Goal::Nothing => Vec::new(),
    }
}

/// The rows of each tree.
struct Sampler {
    urn: Option<Urn>,
    n_draws: usize,
    by_subsample: bool,
    criterion: Criterion,
    weights: Option<Weights>,
}

impl Sampler {
    fn new(forest: &Forest, problem: &Problem<'_>, criterion: Criterion) -> Self {
        let n = problem.n_rows;
        let urn = forest.bootstrap.then(|| match problem.row_weights() {
            Some(w) => Urn::weighted(&w),
            None => Urn::Even(n),
        });
        let weights = problem.sample_weight.as_deref().filter(|_| urn.is_none());
        Self {
            n_draws: ((forest.max_samples * n as f64).round() as usize).clamp(1, n),
            by_subsample: forest.by_subsample,
            criterion,
            weights: weights.map(Weights::new),
            urn,
        }
    }

    /// What a tree sums, the rows it is grown over and those it does not see.
    fn sample(
        &self,
        problem: &Problem<'_>,
        rng: &mut rand_chacha::ChaCha8Rng,
    ) -> (Sums, Vec<u32>, Vec<u32>) {
        let mut unseen = Vec::new();
        let weights = match (&self.urn, &self.weights) {
            (Some(urn), _) => {
                let counts = urn.draw(self.n_draws, rng);
                let rows = (0u32..).zip(&counts);
                unseen.extend(rows.filter(|(_, c)| **c == 0).map(|(r, _)| r));
                Weights::counts(counts)
            }
            (None, Some(weights)) => weights.clone(),
            (None, None) => Weights::ones(problem.n_rows),
        };
        let sums = match &problem.goal {
            Goal::Classes {
                codes,
                class_weight,
                ..
            } => {
                let factor = if self.by_subsample {
                    balanced(codes, &weights, class_weight.len())
                } else if self.urn.is_some() {
                    // Weights decided what was drawn.
                    vec![1.0; class_weight.len()]
                } else {
                    class_weight.clone()
                };
                Sums::classes(codes, &weights, factor, self.criterion)
            }
            _ => tree::sums(problem, &weights, self.criterion),
        };
        (sums, weights.rows(), unseen)
    }
}

/// Factors that give every class the same total.
fn balanced(codes: &[u32], weights: &Weights, n_classes: usize) -> Vec<f64> {
    let totals = weights.totals(codes, n_classes);
    let all: f64 = totals.iter().sum();
    let factor = |t: &f64| {
        if *t > 0.0 {
            all / (n_classes as f64 * t)
        } else {
            0.0
        }
    };
    totals.iter().map(factor).collect()
}

impl Estimator for Forest {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        Ok(self.fit_forest(train, run)?.model())
    }
}

/// Parameters of a part of a divided fit.
pub(super) fn part(params: &Params, range: Range<usize>) -> Params {
    let before = params.int(PARAMS, "first_estimator").unwrap_or(0);
    params
        .clone()
        .with("n_estimators", range.len() as i64)
        .with("first_estimator", before + range.start as i64)
        .with("partial", true)
}

/// Puts parts together, in order: the same forest as an undivided fit's.
pub(super) fn merge(params: &Params, parts: &[Part], kind: Kind) -> Result<Model> {
    let bad = |detail: &str| Error::invalid_artifact(format!("{}: {detail}", kind.id()));
    let mut states = parts.iter().map(|part| {
        if part.kind == kind.id() {
            part.decode::<State>(VERSION)
        } else {
            Err(bad("a part of another learner"))
        }
    });
    let mut all = states.next().ok_or_else(|| bad("no parts"))??;
    for state in states {
        let state = state?;
        all.trees.append(state.trees)?;
        match (&mut all.part, &state.part) {
            (Some(a), Some(b)) => a.append(b)?,
            (None, None) => {}
            _ => return Err(bad("parts do not belong together")),
        }
        if state.classes != all.classes {
            return Err(bad("parts do not belong together"));
        }
    }
    let forest = Forest::new(params, kind)?;
    if all.trees.sizes.len() != forest.n_estimators {
        return Err(bad("trees are missing"));
    }
    all.scores = all.part.as_ref().map(OutOfBag::scores).unwrap_or_default();
    all.part = all.part.filter(|_| forest.partial);
    Ok(FittedForest::from_state(all, kind)?.model())
}

pub(super) fn load(part: &Part, kind: Kind) -> Result<Model> {
    Ok(FittedForest::from_state(part.decode(VERSION)?, kind)?.model())
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    trees: TreesState,
    /// Empty for numbers.
    classes: Vec<String>,
    /// Out-of-bag scores by metric.
    scores: Vec<(String, f64)>,
    /// Out-of-bag sums, in parts of a divided fit only.
    part: Option<OutOfBag>,
}

/// A fitted forest.
#[derive(Debug, Clone)]
pub struct FittedForest {
    kind: Kind,
    trees: Trees,
    classes: Vec<String>,
    scores: Vec<(String, f64)>,
    part: Option<OutOfBag>,
}

impl FittedForest {
    fn from_state(state: State, kind: Kind) -> Result<Self> {
        let is_class = !state.classes.is_empty();
        let trees = Trees::new(state.trees, is_class)?;
        let consistent = if is_class {
            trees.n_values() + 1 == state.classes.len()
        } else {
            trees.n_values() == 1
        };
        if !consistent || state.scores.iter().any(|(_, v)| !v.is_finite()) {
            return Err(Error::invalid_artifact(format!(
                "{}: inconsistent state",
                kind.id()
            )));
        }
        Ok(Self {
            kind,
            trees,
            classes: state.classes,
            scores: state.scores,
            part: state.part,
        })
    }

    fn model(self) -> Model {
        if self.classes.is_empty() {
            Model::Regressor(Box::new(self))
        } else {
            Model::Classifier(Box::new(self))
        }
    }

    /// Trees.
    pub fn n_trees(&self) -> usize {
        self.trees.n_trees()
    }
}

impl Save for FittedForest {
    fn save(&self) -> Result<Part> {
        let state = State {
            trees: self.trees.state().clone(),
            classes: self.classes.clone(),
            scores: self.scores.clone(),
            part: self.part.clone(),
        };
        Part::encode(self.kind.id(), VERSION, &state)
    }

    fn explain_form(&self, output: usize) -> Form<'_> {
        self.trees
            .form((!self.classes.is_empty()).then_some(output))
    }

    fn insights(&self) -> Vec<Insight> {
        let insight = |(metric, value): &(String, f64)| Insight::OutOfBag {
            metric: metric.clone(),
            value: *value,
        };
        self.scores.iter().map(insight).collect()
    }
}

impl Classifier for FittedForest {
    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn n_features(&self) -> usize {
        self.trees.n_features()
    }

    /// Values that are not numbers go left at every split.
    fn predict_proba(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        self.trees.predict_proba(x)
    }
}

impl Regressor for FittedForest {
    fn n_features(&self) -> usize {
        self.trees.n_features()
    }

    /// Values that are not numbers go left at every split.
    fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Vec<f64>> {
        self.trees.mean(x)
    }
}
