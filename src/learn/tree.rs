//! Decision tree for classes and numbers, over binned columns.
//!
//! Splits to lower the children's impurity, weighted by rows: Gini `1 − Σ pₖ²` or entropy `−Σ pₖ log₂ pₖ` for classes,
//! the mean squared distance from the mean for numbers. Thresholds are scikit-learn's, half-way between neighbouring
//! values of the node, for columns of up to 255 different values; beyond, values are first cut into quantiles. As
//! there, an impure node is split even where that gains nothing yet. Ties go to the first column and the lowest
//! threshold. With `ccp_alpha` branches that are not worth their leaves are cut off again.
//!
//! Source: Breiman, Friedman, Olshen & Stone (1984), *Classification and Regression Trees*.
use super::{
    Classifier, Dataset, Entry, Estimator, Insight, Model, Regressor, Save, Takes, TreeNode,
    TreeSplit,
    explain::Form,
    kernels::{
        cart::{Grower, Node, Rules},
        cart_columns::Columns,
        cart_prune::{PruningPath, prune, pruning_path},
        cart_split::Search,
        cart_sums::{Criterion, Sums, Weights},
        cart_trees::{Trees, TreesState},
        input::ClassWeight,
        problem::{Goal, Problem},
    },
    logistic::{CLASS_WEIGHT, class_weight},
};
use crate::base::{Error, ParamReason, ParamSpec, Params, Part, Result, Run, Stage, Train};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

const ID: &str = "tree";
const VERSION: u16 = 2;
/// Largest absolute target whose square is still a number.
pub(super) const MAX_TARGET: f64 = 1e150;

pub(super) const CRITERION: ParamSpec = ParamSpec::choice(
    "criterion",
    &[
        Cow::Borrowed("gini"),
        Cow::Borrowed("entropy"),
        Cow::Borrowed("squared_error"),
    ],
);

const PARAMS: &[ParamSpec] = &[
    CRITERION,
    ParamSpec::int("max_depth", 1, 64, 6),
    ParamSpec::int("min_samples_leaf", 1, 1_000_000, 1),
    ParamSpec::int("min_samples_split", 2, 1_000_000, 2),
    // 0 sets no limit.
    ParamSpec::int("max_leaf_nodes", 0, 1_000_000, 0),
    ParamSpec::float("min_impurity_decrease", 0.0, 1e300, 0.0),
    ParamSpec::float("ccp_alpha", 0.0, 1e300, 0.0),
    CLASS_WEIGHT,
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
    complexity: 6,
    takes: TAKES,
    by_default: true,
    build: |params| Ok(Box::new(Tree::new(params)?)),
    load: |part| {
        let state = match part.version {
            0 | 1 => part.decode::<FirstState>(VERSION)?.translate()?,
            _ => part.decode(VERSION)?,
        };
        Ok(FittedTree::from_state(state)?.model())
    },
    candidates: || {
        [3, 4, 6, 8]
            .map(|depth| {
                Params::default()
                    .with("max_depth", depth)
                    .with("min_samples_leaf", 20)
            })
            .to_vec()
    },
    divide: None,
    fit_path: None,
};

/// What the parameter `criterion` asks for, see [`CRITERION`].
pub(super) fn criterion(params: &Params, specs: &[ParamSpec]) -> Result<Criterion> {
    Ok(match params.choice(specs, "criterion")?.as_str() {
        "entropy" => Criterion::Entropy,
        "squared_error" => Criterion::SquaredError,
        _ => Criterion::Gini,
    })
}

/// The criterion for `goal`: numbers are always measured by squared error.
///
/// # Errors
/// [`Error::Param`] for squared error of classes.
pub(super) fn suited(criterion: Criterion, goal: &Goal<'_>) -> Result<Criterion> {
    match (goal, criterion) {
        (Goal::Classes { .. }, Criterion::SquaredError) => Err(Error::Param {
            param: "criterion".into(),
            reason: ParamReason::NotAChoice {
                options: vec!["gini".into(), "entropy".into()],
            },
        }),
        (Goal::Classes { .. }, c) => Ok(c),
        (Goal::Numbers(y), _) if y.iter().any(|y| y.abs() > MAX_TARGET) => {
            Err(Error::out_of_range("target", -MAX_TARGET, MAX_TARGET))
        }
        _ => Ok(Criterion::SquaredError),
    }
}

/// What a tree over `problem` sums.
pub(super) fn sums(problem: &Problem<'_>, weights: &Weights, criterion: Criterion) -> Sums {
    match &problem.goal {
        Goal::Classes {
            codes,
            class_weight,
            ..
        } => Sums::classes(codes, weights, class_weight.clone(), criterion),
        Goal::Numbers(y) => Sums::numbers(y, weights),
        Goal::Nothing => Sums::numbers(&vec![0.0; problem.n_rows], weights),
    }
}

/// Labels of `problem`; empty for numbers.
pub(super) fn labels(problem: &Problem<'_>) -> Vec<String> {
    match &problem.goal {
        Goal::Classes { classes, .. } => classes.to_vec(),
        _ => Vec::new(),
    }
}

/// The learner, parameters checked.
#[derive(Debug, Clone)]
pub struct Tree {
    criterion: Criterion,
    rules: Rules,
    ccp_alpha: f64,
    class_weight: ClassWeight,
}

impl Tree {
    /// Checks `criterion`, `max_depth`, `min_samples_leaf`, `min_samples_split`, `max_leaf_nodes`,
    /// `min_impurity_decrease`, `ccp_alpha`, `class_weight`.
    ///
    /// # Errors
    /// [`Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        params.deny_unknown(PARAMS)?;
        let max_leaves = match params.int(PARAMS, "max_leaf_nodes")? {
            0 => None,
            1 => return Err(Error::out_of_range("max_leaf_nodes", 2.0, 1e6)),
            n => Some(n as usize),
        };
        Ok(Self {
            criterion: criterion(params, PARAMS)?,
            rules: Rules {
                max_depth: params.int(PARAMS, "max_depth")? as usize,
                max_leaves,
                min_split_rows: params.int(PARAMS, "min_samples_split")? as usize,
                min_decrease: params.float(PARAMS, "min_impurity_decrease")?,
                search: Search {
                    n_features: usize::MAX,
                    random: false,
                    min_rows: params.int(PARAMS, "min_samples_leaf")? as usize,
                },
            },
            ccp_alpha: params.float(PARAMS, "ccp_alpha")?,
            class_weight: class_weight(params, PARAMS)?,
        })
    }

    /// The tree before pruning.
    fn grow(&self, problem: &Problem<'_>, run: &mut Run<'_>) -> Result<Vec<Node>> {
        let criterion = suited(self.criterion, &problem.goal)?;
        let columns = Columns::new(&problem.x, problem.n_columns, run)?;
        run.step(Stage::Fitting, 1, 3)?;
        let weights = match &problem.sample_weight {
            Some(w) => Weights::new(w),
            None => Weights::ones(problem.n_rows),
        };
        let sums = sums(problem, &weights, criterion);
        let mut grower = Grower::new(&columns, sums.width(), self.rules);
        // All columns and thresholds are tried: nothing is drawn.
        grower.grow(&sums, weights.rows(), &mut run.rng(0), run)
    }

    /// Strengths at which the branches of the whole tree are pruned, and the impurity left. Disregards `ccp_alpha`.
    ///
    /// # Errors
    /// As for [`Estimator::fit`].
    pub fn cost_complexity_pruning_path(
        &self,
        train: &Train<Dataset>,
        run: &mut Run<'_>,
    ) -> Result<PruningPath> {
        run.step(Stage::Fitting, 0, 3)?;
        let problem = Problem::check(train.get(), TAKES, self.class_weight)?;
        let nodes = self.grow(&problem, run)?;
        run.step(Stage::Fitting, 3, 3)?;
        Ok(pruning_path(&nodes))
    }

    /// Fits a tree, whatever its target.
    ///
    /// # Errors
    /// As for [`Estimator::fit`].
    pub fn fit_tree(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<FittedTree> {
        run.step(Stage::Fitting, 0, 3)?;
        let problem = Problem::check(train.get(), TAKES, self.class_weight)?;
        let nodes = self.grow(&problem, run)?;
        run.step(Stage::Fitting, 2, 3)?;
        let nodes = prune(nodes, self.ccp_alpha);
        let classes = labels(&problem);
        let is_class = !classes.is_empty();
        let mut trees = TreesState::empty(problem.n_columns, is_class.then_some(classes.len()));
        trees.push(&nodes, is_class);
        let fitted = FittedTree::from_state(State {
            trees,
            classes,
            look: Some(Look::new(&nodes, problem.features.to_vec())),
        })?;
        run.step(Stage::Fitting, 3, 3)?;
        Ok(fitted)
    }
}

impl Estimator for Tree {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        Ok(self.fit_tree(train, run)?.model())
    }
}

/// What there is to see of each node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Look {
    features: Vec<String>,
    thresholds: Vec<f64>,
    n_samples: Vec<u64>,
    weights: Vec<f64>,
    impurities: Vec<f64>,
    /// Share of every class, or the mean, per node.
    values: Vec<f64>,
}

impl Look {
    fn new(nodes: &[Node], features: Vec<String>) -> Self {
        let summaries = || nodes.iter().map(|n| &n.summary);
        Self {
            features,
            thresholds: nodes
                .iter()
                .map(|n| n.split.map_or(0.0, |s| s.threshold))
                .collect(),
            n_samples: summaries().map(|s| s.n_rows).collect(),
            weights: summaries().map(|s| s.weight).collect(),
            impurities: summaries().map(|s| s.impurity).collect(),
            values: summaries().flat_map(|s| s.value.clone()).collect(),
        }
    }

    fn fits(&self, trees: &Trees, n_values: usize) -> bool {
        let n = trees.state().steps.len();
        let numbers = [&self.thresholds, &self.weights, &self.impurities];
        self.features.len() == trees.n_features()
            && numbers.iter().all(|v| v.len() == n)
            && self.n_samples.len() == n
            && Some(self.values.len()) == n.checked_mul(n_values)
            && numbers
                .iter()
                .copied()
                .chain([&self.values])
                .flatten()
                .all(|v| v.is_finite())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    trees: TreesState,
    /// Empty for numbers.
    classes: Vec<String>,
    /// Absent in trees of the first version.
    look: Option<Look>,
}

/// The first version: two classes, nodes as records with absolute indices.
#[derive(Debug, Clone, Deserialize)]
struct FirstState {
    forest: FirstForest,
    classes: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct FirstForest {
    nodes: Vec<FirstNode>,
    roots: Vec<u32>,
    n_features: u64,
}

/// A leaf's `left` is its own index.
#[derive(Debug, Clone, Deserialize)]
struct FirstNode {
    feature: u32,
    threshold: f32,
    left: u32,
    value: f32,
}

impl FirstState {
    fn translate(self) -> Result<State> {
        let bad = || Error::invalid_artifact("tree: inconsistent state");
        let nodes = &self.forest.nodes;
        if self.forest.roots != [0] || self.classes.len() != 2 {
            return Err(bad());
        }
        let mut trees = TreesState {
            n_features: self.forest.n_features,
            n_values: 1,
            sizes: vec![u32::try_from(nodes.len()).map_err(|_| bad())?],
            ..TreesState::default()
        };
        for (i, node) in (0u32..).zip(nodes) {
            let step = node.left.checked_sub(i).ok_or_else(bad)?;
            trees.steps.push(step);
            trees.features.push(node.feature);
            if step == 0 {
                trees.thresholds.push(0.0);
                trees.values.push(f64::from(node.value));
            } else {
                trees.thresholds.push(node.threshold);
            }
        }
        Ok(State {
            trees,
            classes: self.classes,
            look: None,
        })
    }
}

/// A fitted decision tree.
#[derive(Debug, Clone)]
pub struct FittedTree {
    trees: Trees,
    classes: Vec<String>,
    look: Option<Look>,
}

impl FittedTree {
    fn from_state(state: State) -> Result<Self> {
        let State {
            trees,
            classes,
            look,
        } = state;
        let trees = Trees::new(trees, !classes.is_empty())?;
        let n_values = classes.len().max(1);
        let consistent = if classes.is_empty() {
            trees.n_values() == 1
        } else {
            trees.n_values() + 1 == classes.len()
        };
        let seen = look.as_ref().is_none_or(|l| l.fits(&trees, n_values));
        if trees.n_trees() != 1 || !consistent || !seen {
            return Err(Error::invalid_artifact("tree: inconsistent state"));
        }
        Ok(Self {
            trees,
            classes,
            look,
        })
    }

    fn model(self) -> Model {
        if self.classes.is_empty() {
            Model::Regressor(Box::new(self))
        } else {
            Model::Classifier(Box::new(self))
        }
    }
}

impl Save for FittedTree {
    fn save(&self) -> Result<Part> {
        let state = State {
            trees: self.trees.state().clone(),
            classes: self.classes.clone(),
            look: self.look.clone(),
        };
        Part::encode(ID, VERSION, &state)
    }

    fn explain_form(&self, output: usize) -> Form<'_> {
        self.trees
            .form((!self.classes.is_empty()).then_some(output))
    }

    fn insights(&self) -> Vec<Insight> {
        let Some(look) = &self.look else {
            return Vec::new();
        };
        let trees = self.trees.state();
        let width = self.classes.len().max(1);
        let node = |(i, value): (usize, &[f64])| TreeNode {
            split: (trees.steps[i] > 0).then(|| {
                let left = i as u32 + trees.steps[i];
                TreeSplit {
                    feature: look.features[trees.features[i] as usize].clone(),
                    threshold: Some(look.thresholds[i]),
                    levels: Vec::new(),
                    missing_left: true,
                    left,
                    right: left + 1,
                }
            }),
            n_samples: look.n_samples[i],
            weight: look.weights[i],
            impurity: look.impurities[i],
            value: value.to_vec(),
        };
        let values = look.values.chunks_exact(width).enumerate();
        vec![Insight::Tree {
            outputs: self.classes.clone(),
            nodes: values.map(node).collect(),
        }]
    }
}

impl Classifier for FittedTree {
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

impl Regressor for FittedTree {
    fn n_features(&self) -> usize {
        self.trees.n_features()
    }

    /// Values that are not numbers go left at every split.
    fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Vec<f64>> {
        self.trees.mean(x)
    }
}
