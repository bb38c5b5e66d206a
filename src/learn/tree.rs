//! Decision tree for two classes, over binned columns.
//!
//! Splits to lower the children's impurity, weighted by rows: Gini `1 − Σ pₖ²` or entropy `−Σ pₖ ln pₖ`. Thresholds are
//! bin limits: exact for columns of up to 255 different values, quantiles beyond. As in scikit-learn, a leaf with both
//! classes is split even where that gains nothing yet. Ties go to the first column and the lowest threshold.
//!
//! Source: Breiman, Friedman, Olshen & Stone (1984), *Classification and Regression Trees*.
use super::{
    Classifier, Dataset, Entry, Estimator, Model, Save, Takes,
    kernels::{
        bins::{Bins, MAX_BINS},
        forest::{Forest, ForestState},
        grow::{Criterion, Grower, Rules},
        histogram::pack,
        input::{Binary, ClassWeight, check_width, row_major},
    },
    logistic::{CLASS_WEIGHT, class_weight},
};
use crate::base::{Error, ParamSpec, Params, Part, Result, Run, Stage, Train};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

const ID: &str = "tree";
const VERSION: u16 = 1;
/// What quantised weights sum to; half of what the packed field holds, the rest is for rounding.
const WEIGHT_SUM: f64 = (1u64 << 30) as f64;

const PARAMS: &[ParamSpec] = &[
    ParamSpec::choice(
        "criterion",
        &[Cow::Borrowed("gini"), Cow::Borrowed("entropy")],
    ),
    ParamSpec::int("max_depth", 1, 64, 6),
    ParamSpec::int("min_samples_leaf", 1, 1_000_000, 1),
    ParamSpec::int("min_samples_split", 2, 1_000_000, 2),
    CLASS_WEIGHT,
];

/// Registry line.
pub(super) const ENTRY: Entry = Entry {
    id: ID,
    params: PARAMS,
    complexity: 6,
    takes: Takes {
        binary: true,
        sample_weight: true,
        ..Takes::NOTHING
    },
    by_default: true,
    build: |params| Ok(Box::new(Tree::new(params)?)),
    load: |part| {
        let state: State = part.decode(VERSION)?;
        Ok(Model::Classifier(Box::new(FittedTree::from_state(state)?)))
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
};

/// The learner, parameters checked.
#[derive(Debug, Clone)]
pub struct Tree {
    entropy: bool,
    max_depth: usize,
    min_samples_leaf: usize,
    min_samples_split: usize,
    class_weight: ClassWeight,
}

impl Tree {
    /// Checks `criterion`, `max_depth`, `min_samples_leaf`, `min_samples_split`, `class_weight`.
    ///
    /// # Errors
    /// [`Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        params.deny_unknown(PARAMS)?;
        Ok(Self {
            entropy: params.choice(PARAMS, "criterion")? == "entropy",
            max_depth: params.int(PARAMS, "max_depth")? as usize,
            min_samples_leaf: params.int(PARAMS, "min_samples_leaf")? as usize,
            min_samples_split: params.int(PARAMS, "min_samples_split")? as usize,
            class_weight: class_weight(params, PARAMS)?,
        })
    }
}

/// Impurity of two classes; the signed field holds positives, the unsigned one all rows.
struct Purity {
    entropy: bool,
    class_weight: [f64; 2],
}

impl Criterion for Purity {
    #[inline(always)]
    fn score(&self, positive: f64, all: f64) -> f64 {
        let p = positive * self.class_weight[1];
        let n = (all - positive) * self.class_weight[0];
        let sum = p + n;
        if sum <= 0.0 {
            return 0.0;
        }
        if self.entropy {
            let term = |v: f64| if v > 0.0 { v * (v / sum).ln() } else { 0.0 };
            return term(p) + term(n);
        }
        // The sum of weights minus the impurity; the former is the same before and after a split.
        (p * p + n * n) / sum
    }

    fn splittable(&self, positive: f64, all: f64) -> bool {
        positive > 0.0 && positive < all
    }
}

impl Estimator for Tree {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        run.step(Stage::Fitting, 0, 3)?;
        let data = Binary::check(train.get(), self.class_weight)?;
        let bins = Bins::new(&data.x, data.n_columns, MAX_BINS, run)?;
        run.step(Stage::Fitting, 1, 3)?;
        let packed: Vec<i64> = match &data.sample_weight {
            None => data.codes.iter().map(|&c| pack(c as i32, 1)).collect(),
            Some(w) => {
                let scale = WEIGHT_SUM / w.iter().sum::<f64>();
                let rows = data.codes.iter().zip(w.iter());
                rows.map(|(&c, w)| {
                    let w = (w * scale).round() as i32;
                    pack(w * c as i32, w as u32)
                })
                .collect()
            }
        };
        let rules = Rules {
            max_depth: self.max_depth,
            max_leaves: usize::MAX,
            min_leaf_rows: self.min_samples_leaf,
            min_split_rows: self.min_samples_split,
            min_unsigned: 0.0,
            min_gain: -1e-9,
        };
        let purity = Purity {
            entropy: self.entropy,
            class_weight: data.class_weight,
        };
        let mut grower = Grower::new(&bins, rules, data.sample_weight.is_some());
        let (mut nodes, leaves) = grower.grow(&packed, &purity, run)?;
        run.step(Stage::Fitting, 2, 3)?;
        // Shares from the rows themselves, not from rounded weights.
        let share = |rows: &[u32]| {
            let (mut positive, mut all) = (0.0, 0.0);
            for &r in rows {
                let r = r as usize;
                let c = data.codes[r] as usize;
                let w = data.sample_weight.as_ref().map_or(1.0, |w| w[r]) * data.class_weight[c];
                positive += w * c as f64;
                all += w;
            }
            (all > 0.0).then_some(positive / all)
        };
        // Only rows of weight 0 in a leaf: the overall share.
        let overall = share(grower.rows()).unwrap_or(0.5);
        for leaf in &leaves {
            let rows = &grower.rows()[leaf.start..leaf.end];
            nodes[leaf.node].value = share(rows).unwrap_or(overall) as f32;
        }
        run.step(Stage::Fitting, 3, 3)?;
        let fitted = FittedTree::from_state(State {
            forest: ForestState {
                nodes,
                roots: vec![0],
                n_features: data.n_columns as u64,
            },
            classes: data.classes.to_vec(),
        })?;
        Ok(Model::Classifier(Box::new(fitted)))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    forest: ForestState,
    classes: Vec<String>,
}

/// A fitted decision tree; leaves hold the share of positives.
#[derive(Debug, Clone)]
pub struct FittedTree {
    forest: Forest,
    classes: Vec<String>,
}

impl FittedTree {
    fn from_state(state: State) -> Result<Self> {
        let shares = state
            .forest
            .nodes
            .iter()
            .all(|n| (0.0..=1.0).contains(&n.value));
        let forest = Forest::new(state.forest)?;
        if forest.n_trees() != 1 || state.classes.len() != 2 || !shares {
            return Err(Error::invalid_artifact("tree: inconsistent state"));
        }
        Ok(Self {
            forest,
            classes: state.classes,
        })
    }
}

impl Save for FittedTree {
    fn save(&self) -> Result<Part> {
        let state = State {
            forest: self.forest.state(),
            classes: self.classes.clone(),
        };
        Part::encode(ID, VERSION, &state)
    }
}

impl Classifier for FittedTree {
    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn n_features(&self) -> usize {
        self.forest.n_features()
    }

    /// Values that are not numbers go left at every split.
    fn predict_proba(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        check_width(x, self.n_features())?;
        let mut positive = vec![0.0; x.nrows()];
        self.forest.add_to(&row_major(x), &mut positive);
        let mut out = Array2::zeros((x.nrows(), 2));
        for (mut row, p) in out.rows_mut().into_iter().zip(positive) {
            row[0] = 1.0 - p;
            row[1] = p;
        }
        Ok(out)
    }
}
