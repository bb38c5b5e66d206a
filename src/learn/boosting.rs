//! Gradient boosting for two classes: log loss, trees grown leaf by leaf over binned columns.
//!
//! Starts at the log-odds of the base rate; each tree splits to gain `G² / (H + λ)` and adds
//! `−learning_rate · G / (H + λ)` per leaf, with `G`, `H` the sums of first and second derivatives. Parameter names,
//! defaults and limits are LightGBM's (`num_leaves`, `min_child_samples`), including that rows of a split's
//! two sides are taken as proportional to `H` while the best split is looked for.
//!
//! Source: Friedman (2001), doi:10.1214/aos/1013203451; Ke et al. (2017), LightGBM, NeurIPS 30.
use super::{
    Classifier, Dataset, Entry, Estimator, Model, Save, Takes,
    kernels::{
        bins::Bins,
        exp::{sigmoid_f32, sigmoid_f64},
        forest::{Forest, ForestState, Node},
        grow::{Criterion, Grower, Rules},
        histogram::{pack, unpack},
        input::{Binary, ClassWeight, check_width, row_major},
    },
    logistic::{CLASS_WEIGHT, class_weight},
};
use crate::base::{Error, ParamSpec, Params, Part, Result, Run, Stage, Train};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

const ID: &str = "boosting";
const VERSION: u16 = 1;
/// What quantised derivatives sum to in absolute value; half of what a packed field holds, the rest is for rounding.
const FIELD_SUM: f64 = (1u64 << 30) as f64;
/// Smallest sum of second derivatives in a leaf.
const MIN_HESSIAN: f64 = 1e-3;

const PARAMS: &[ParamSpec] = &[
    ParamSpec::int("n_estimators", 1, 10_000, 100),
    ParamSpec::float("learning_rate", 1e-4, 1.0, 0.1),
    ParamSpec::int("num_leaves", 2, 4096, 31),
    ParamSpec::int("min_child_samples", 1, 1_000_000, 20),
    ParamSpec::float("reg_lambda", 0.0, 1e6, 0.0),
    ParamSpec::int("max_bin", 2, 255, 255),
    CLASS_WEIGHT,
];

/// Registry line.
pub(super) const ENTRY: Entry = Entry {
    id: ID,
    params: PARAMS,
    complexity: 11,
    takes: Takes {
        binary: true,
        sample_weight: true,
        ..Takes::NOTHING
    },
    by_default: true,
    build: |params| Ok(Box::new(Boosting::new(params)?)),
    load: |part| {
        let state: State = part.decode(VERSION)?;
        Ok(Model::Classifier(Box::new(FittedBoosting::from_state(
            state,
        )?)))
    },
    candidates: || {
        [7, 15, 31]
            .map(|leaves| Params::default().with("num_leaves", leaves))
            .to_vec()
    },
    divide: None,
};

/// The learner, parameters checked.
#[derive(Debug, Clone)]
pub struct Boosting {
    n_estimators: usize,
    learning_rate: f64,
    num_leaves: usize,
    min_child_samples: usize,
    reg_lambda: f64,
    max_bin: usize,
    class_weight: ClassWeight,
}

impl Boosting {
    /// Checks `n_estimators`, `learning_rate`, `num_leaves`, `min_child_samples`, `reg_lambda`, `max_bin`,
    /// `class_weight`.
    ///
    /// # Errors
    /// [`Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        params.deny_unknown(PARAMS)?;
        Ok(Self {
            n_estimators: params.int(PARAMS, "n_estimators")? as usize,
            learning_rate: params.float(PARAMS, "learning_rate")?,
            num_leaves: params.int(PARAMS, "num_leaves")? as usize,
            min_child_samples: params.int(PARAMS, "min_child_samples")? as usize,
            reg_lambda: params.float(PARAMS, "reg_lambda")?,
            max_bin: params.int(PARAMS, "max_bin")? as usize,
            class_weight: class_weight(params, PARAMS)?,
        })
    }
}

/// Derivatives per row, in floating point and packed.
struct Derivatives {
    y: Vec<f32>,
    weight: Option<Vec<f32>>,
    first: Vec<f32>,
    second: Vec<f32>,
    packed: Vec<i64>,
    /// Value of one unit of the signed and of the unsigned packed field.
    unit: [f64; 2],
}

impl Derivatives {
    fn new(data: &Binary<'_>, weight: Option<&[f64]>) -> Self {
        let n = data.n_rows;
        Self {
            y: data.codes.iter().map(|&c| c as f32).collect(),
            weight: weight.map(|w| w.iter().map(|w| *w as f32).collect()),
            first: vec![0.0; n],
            second: vec![0.0; n],
            packed: vec![0; n],
            unit: [1.0; 2],
        }
    }

    /// Recomputes everything at `score`; `false` when nothing is left to improve.
    fn update(&mut self, score: &[f32]) -> bool {
        let size = 4096;
        let mut sums = [0.0; 2];
        for (k, score) in score.chunks(size).enumerate() {
            let rows = k * size..k * size + score.len();
            let part = derive(
                score,
                &self.y[rows.clone()],
                self.weight.as_ref().map(|w| &w[rows.clone()]),
                &mut self.first[rows.clone()],
                &mut self.second[rows],
            );
            sums[0] += part[0];
            sums[1] += part[1];
        }
        if !sums.iter().all(|s| *s > 0.0 && s.is_finite()) {
            return false;
        }
        self.unit = sums.map(|s| s / FIELD_SUM);
        let scale = sums.map(|s| (FIELD_SUM / s) as f32);
        if !scale.iter().all(|s| s.is_finite()) {
            return false;
        }
        let fields = self.first.chunks(size).zip(self.second.chunks(size));
        for ((first, second), packed) in fields.zip(self.packed.chunks_mut(size)) {
            quantise(first, second, packed, scale);
        }
        true
    }
}

/// Fills first and second derivatives of the log loss; returns the sums of their absolute values.
#[inline(never)]
fn derive(
    score: &[f32],
    y: &[f32],
    weight: Option<&[f32]>,
    first: &mut [f32],
    second: &mut [f32],
) -> [f64; 2] {
    let out = first.iter_mut().zip(second.iter_mut());
    for ((f, s), (z, y)) in out.zip(score.iter().zip(y)) {
        let p = sigmoid_f32(*z);
        *f = p - y;
        *s = p * (1.0 - p);
    }
    if let Some(w) = weight {
        for ((f, s), w) in first.iter_mut().zip(second.iter_mut()).zip(w) {
            *f *= w;
            *s *= w;
        }
    }
    [sum_abs(first), sum_abs(second)]
}

fn sum_abs(values: &[f32]) -> f64 {
    let mut lanes = [0f64; 8];
    let (chunks, rest) = values.as_chunks::<8>();
    for c in chunks {
        for k in 0..8 {
            lanes[k] += f64::from(c[k].abs());
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|v| f64::from(v.abs())).sum::<f64>()
}

#[inline(never)]
fn quantise(first: &[f32], second: &[f32], packed: &mut [i64], scale: [f32; 2]) {
    for ((p, f), s) in packed.iter_mut().zip(first).zip(second) {
        let f = f * scale[0];
        // Half away from zero, so that mirrored classes give mirrored sums.
        let f = (f + 0.5f32.copysign(f)) as i32;
        let s = (s * scale[1] + 0.5) as i32;
        *p = pack(f, s as u32);
    }
}

struct Gain {
    unit: [f64; 2],
    reg_lambda: f64,
}

impl Criterion for Gain {
    #[inline(always)]
    fn score(&self, first: f64, second: f64) -> f64 {
        let g = first * self.unit[0];
        g * g / (second * self.unit[1] + self.reg_lambda)
    }

    fn splittable(&self, _: f64, second: f64) -> bool {
        second > 0.0
    }
}

impl Estimator for Boosting {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        let total = self.n_estimators as u64;
        run.step(Stage::Fitting, 0, total)?;
        let data = Binary::check(train.get(), self.class_weight)?;
        let weight = data.row_weights();
        let bins = Bins::new(&data.x, data.n_columns, self.max_bin, run)?;
        let init = base_log_odds(&data.codes, weight.as_deref());
        let mut derivatives = Derivatives::new(&data, weight.as_deref());
        let mut score = vec![init as f32; data.n_rows];
        let rules = Rules {
            max_depth: usize::MAX,
            max_leaves: self.num_leaves,
            min_leaf_rows: self.min_child_samples,
            min_split_rows: 2,
            min_unsigned: 0.0,
            min_gain: 1e-9,
        };
        let mut grower = Grower::new(&bins, rules, data.sample_weight.is_some());
        let mut nodes: Vec<Node> = Vec::new();
        let mut roots = Vec::with_capacity(self.n_estimators);
        for i in 0..total {
            run.step(Stage::Fitting, i, total)?;
            if !derivatives.update(&score) {
                break;
            }
            let unit = derivatives.unit;
            grower.set_min_unsigned(MIN_HESSIAN / unit[1]);
            let gain = Gain {
                unit,
                reg_lambda: self.reg_lambda,
            };
            let (mut tree, leaves) = grower.grow(&derivatives.packed, &gain, run)?;
            if leaves.len() < 2 {
                // What cannot be split now cannot be split later: nothing would change.
                break;
            }
            for leaf in leaves {
                let (g, h) = unpack(leaf.sum);
                let newton = -g * unit[0] / (h * unit[1] + self.reg_lambda);
                let value = (self.learning_rate * newton) as f32;
                tree[leaf.node].value = value;
                for &r in &grower.rows()[leaf.start..leaf.end] {
                    score[r as usize] += value;
                }
            }
            let root = nodes.len() as u32;
            roots.push(root);
            nodes.extend(tree.into_iter().map(|n| Node {
                left: n.left + root,
                ..n
            }));
        }
        run.step(Stage::Fitting, total, total)?;
        let fitted = FittedBoosting::from_state(State {
            init,
            forest: ForestState {
                nodes,
                roots,
                n_features: data.n_columns as u64,
            },
            classes: data.classes.to_vec(),
        })?;
        Ok(Model::Classifier(Box::new(fitted)))
    }
}

fn base_log_odds(codes: &[u32], weight: Option<&[f64]>) -> f64 {
    let mut sums = [0.0; 2];
    for (i, &c) in codes.iter().enumerate() {
        sums[usize::from(c == 1)] += weight.map_or(1.0, |w| w[i]);
    }
    (sums[1] / sums[0]).ln()
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    init: f64,
    forest: ForestState,
    classes: Vec<String>,
}

/// Fitted boosted trees; leaves hold log-odds.
#[derive(Debug, Clone)]
pub struct FittedBoosting {
    init: f64,
    forest: Forest,
    classes: Vec<String>,
}

impl FittedBoosting {
    fn from_state(state: State) -> Result<Self> {
        let forest = Forest::new(state.forest)?;
        if !state.init.is_finite() || state.classes.len() != 2 {
            return Err(Error::invalid_artifact("boosting: inconsistent state"));
        }
        Ok(Self {
            init: state.init,
            forest,
            classes: state.classes,
        })
    }

    /// Trees; fewer than asked for when nothing was left to split.
    pub fn n_trees(&self) -> usize {
        self.forest.n_trees()
    }
}

impl Save for FittedBoosting {
    fn save(&self) -> Result<Part> {
        let state = State {
            init: self.init,
            forest: self.forest.state(),
            classes: self.classes.clone(),
        };
        Part::encode(ID, VERSION, &state)
    }
}

impl Classifier for FittedBoosting {
    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn n_features(&self) -> usize {
        self.forest.n_features()
    }

    /// Values that are not numbers go left at every split.
    fn predict_proba(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        check_width(x, self.n_features())?;
        let mut score = vec![self.init; x.nrows()];
        self.forest.add_to(&row_major(x), &mut score);
        let mut out = Array2::zeros((x.nrows(), 2));
        for (mut row, z) in out.rows_mut().into_iter().zip(score) {
            let p = sigmoid_f64(z);
            row[0] = 1.0 - p;
            row[1] = p;
        }
        Ok(out)
    }
}
