//! Gradient boosting: trees grown leaf by leaf over binned columns, each a step against the derivatives of a loss.
//!
//! Starts at the best constant; each tree splits to gain score `T(G)² / (H + λ)` and adds
//! `−learning_rate · T(G) / (H + λ)` per leaf, with `G`, `H` the sums of first and second derivatives and
//! `T(G) = sign(G) · max(0, |G| − α)`. For the median and other quantiles a leaf adds that quantile of what is left.
//! Two classes, several (a tree per class and round), and numbers by mean, median, quantile or Poisson.
//!
//! Missing values learn a side per split. Categories are split by sets of levels; levels never seen go with missing
//! values. Parameter names, defaults and limits are LightGBM's, including that rows of a split's two sides are taken as
//! proportional to `H` while the best split is looked for.
//!
//! Source: Friedman (2001), doi:10.1214/aos/1013203451; Ke et al. (2017), LightGBM, NeurIPS 30.
mod fitted;
mod grow;
mod leaves;
mod levels;
mod objective;
mod params;
mod split;
mod trees;

pub use fitted::FittedBoosting;

use super::{
    Dataset, Entry, Estimator, Model, Takes,
    kernels::{
        bins::Bins,
        folds::aside,
        problem::{Goal, Problem},
    },
};
use crate::base::{Params, Result, Run, Stage, Trace, Train};
use fitted::{Curve, State};
use grow::{Columns, Grower, Shape, choose, route};
use objective::{Derivatives, Objective};
use params::{Checked, PARAMS};
use rand_chacha::ChaCha8Rng;
use split::{Categories, Limits};
use std::borrow::Cow;
use trees::TreesState;

const ID: &str = "boosting";
/// Streams of randomness.
const ASIDE: u64 = 0xb0;
const ROWS: u64 = 0xb1;
const COLUMNS: u64 = 0xb2;
const NODES: u64 = 0xb3;

/// Registry line.
pub(super) const ENTRY: Entry = Entry {
    id: ID,
    params: PARAMS,
    complexity: 11,
    takes: Takes {
        binary: true,
        multiclass: true,
        regression: true,
        missing: true,
        categories: true,
        sample_weight: true,
        ..Takes::NOTHING
    },
    by_default: true,
    build: |params| Ok(Box::new(Boosting::new(params)?)),
    load: fitted::load,
    candidates: || {
        [7, 15, 31]
            .map(|leaves| Params::default().with("num_leaves", leaves))
            .to_vec()
    },
    divide: None,
    fit_path: None,
};

/// The learner, parameters checked.
#[derive(Debug, Clone)]
pub struct Boosting {
    params: Checked,
}

impl Boosting {
    /// Checks the parameters, named in the module's list.
    ///
    /// # Errors
    /// [`crate::base::Error::Param`].
    pub fn new(params: &Params) -> Result<Self> {
        Ok(Self {
            params: Checked::new(params)?,
        })
    }
}

/// Rows in the order they are used: those learned from, then those kept aside.
struct Rows<'p> {
    x: Cow<'p, [f32]>,
    y: Vec<f64>,
    weight: Option<Vec<f64>>,
    n_known: usize,
}

impl<'p> Rows<'p> {
    fn new(problem: &'p Problem<'_>, params: &Checked, run: &Run<'_>) -> Self {
        let n = problem.n_rows;
        let y: Vec<f64> = match &problem.goal {
            Goal::Classes { codes, .. } => codes.iter().map(|c| f64::from(*c)).collect(),
            Goal::Numbers(v) => v.to_vec(),
            Goal::Nothing => vec![0.0; n],
        };
        let all = Self {
            x: Cow::Borrowed(&problem.x),
            y,
            weight: problem.row_weights(),
            n_known: n,
        };
        if params.early_stopping_rounds == 0 {
            return all;
        }
        let share = params.validation_fraction;
        let kept = aside(&problem.goal, n, share, &mut run.rng(ASIDE));
        let mut order: Vec<usize> = (0..n).filter(|&i| !kept[i]).collect();
        let n_known = order.len();
        order.extend((0..n).filter(|&i| kept[i]));
        let d = problem.n_columns;
        let x = order.iter().flat_map(|&i| &all.x[i * d..(i + 1) * d]);
        Self {
            x: x.copied().collect(),
            y: order.iter().map(|&i| all.y[i]).collect(),
            weight: all.weight.map(|w| order.iter().map(|&i| w[i]).collect()),
            n_known,
        }
    }
}

impl Estimator for Boosting {
    fn fit(&self, train: &Train<Dataset>, run: &mut Run<'_>) -> Result<Model> {
        let params = &self.params;
        let total = params.n_estimators as u64;
        run.step(Stage::Fitting, 0, total)?;
        let problem = Problem::check(train.get(), ENTRY.takes, params.class_weight)?;
        let objective = params.objective_for(&problem)?;
        let monotone = params.directions_for(&problem)?;
        let rows = Rows::new(&problem, params, run);
        let bins = Bins::with_levels(
            &rows.x,
            problem.n_columns,
            &problem.n_levels,
            rows.n_known,
            params.max_bin,
            run,
        )?;
        let mut rounds = Rounds::new(params, objective, &bins, rows, monotone, run);
        for done in 0..total {
            run.step(Stage::Fitting, done, total)?;
            let train_loss = rounds.begin();
            rounds.report(done, total, train_loss, run);
            if rounds.stalled() || !rounds.round(run)? {
                break;
            }
        }
        let last = rounds.n_rounds();
        if rounds.curve.train.len() as u64 <= last {
            let train_loss = rounds.begin();
            rounds.report(last, total, train_loss, run);
        }
        run.step(Stage::Fitting, total, total)?;
        fitted::model(rounds.finish(match &problem.goal {
            Goal::Classes { classes, .. } => classes.to_vec(),
            _ => Vec::new(),
        }))
    }
}

/// A fit under way.
struct Rounds<'a> {
    params: &'a Checked,
    objective: Objective,
    bins: &'a Bins,
    grower: Grower<'a>,
    derivatives: Derivatives,
    monotone: Vec<i8>,
    start: Vec<f64>,
    /// Per output a score per row, those kept aside last.
    scores: Vec<Vec<f32>>,
    n_known: usize,
    /// Targets and weights of the rows kept aside.
    aside: (Vec<f32>, Option<Vec<f32>>),
    /// Rows a tree is grown on, where not all known ones.
    sample: Option<Vec<u32>>,
    rng: [ChaCha8Rng; 3],
    trees: TreesState,
    curve: Curve,
    /// Trees after each round.
    n_trees: Vec<usize>,
}

impl<'a> Rounds<'a> {
    fn new(
        params: &'a Checked,
        objective: Objective,
        bins: &'a Bins,
        rows: Rows<'_>,
        monotone: Vec<i8>,
        run: &Run<'_>,
    ) -> Self {
        let n = rows.n_known;
        let known_weight = rows.weight.as_ref().map(|w| &w[..n]);
        let start = objective.start(&rows.y[..n], known_weight);
        // Numbers are taken relative to their start, which keeps them exact in single precision.
        let base = match objective {
            Objective::Squared | Objective::Absolute | Objective::Quantile { .. } => start[0],
            _ => 0.0,
        };
        let mut y: Vec<f32> = rows.y.iter().map(|y| (y - base) as f32).collect();
        let narrow = |w: &[f64]| w.iter().map(|w| *w as f32).collect::<Vec<f32>>();
        let mut weight = rows.weight.as_deref().map(narrow);
        let aside = (y.split_off(n), weight.as_mut().map(|w| w.split_off(n)));
        let shape = Shape {
            max_depth: params.max_depth,
            max_leaves: params.num_leaves,
            monotone: monotone.clone(),
        };
        Self {
            params,
            objective,
            bins,
            grower: Grower::new(bins, shape),
            derivatives: Derivatives::new(objective, y, weight),
            monotone,
            scores: start
                .iter()
                .map(|s| vec![(s - base) as f32; bins.n_rows()])
                .collect(),
            start,
            n_known: n,
            aside,
            sample: None,
            rng: [ROWS, COLUMNS, NODES].map(|stream| run.rng(stream)),
            trees: TreesState {
                n_features: bins.n_columns() as u64,
                ..TreesState::default()
            },
            curve: Curve::default(),
            n_trees: vec![0],
        }
    }

    fn n_rounds(&self) -> u64 {
        self.n_trees.len() as u64 - 1
    }

    /// Derivatives of where the scores are, and the loss there, which is kept.
    fn begin(&mut self) -> f64 {
        let loss = self.derivatives.start_round(&self.scores);
        self.curve.train.push(loss);
        let (y, weight) = &self.aside;
        if !y.is_empty() {
            let scores: Vec<&[f32]> = self.scores.iter().map(|s| &s[self.n_known..]).collect();
            let loss = self.objective.loss(&scores, y, weight.as_deref());
            self.curve.validation.push(loss);
        }
        loss
    }

    fn report(&self, done: u64, total: u64, train_loss: f64, run: &mut Run<'_>) {
        if done > 0 {
            run.trace(Trace {
                learner: ID.to_owned(),
                step: done,
                total,
                train_loss,
                validation_loss: self.curve.validation.last().copied(),
            });
        }
    }

    /// The round with the least loss on the rows kept aside, the first of them.
    fn best_round(&self) -> usize {
        let losses = self.curve.validation.iter().enumerate();
        let best = losses.min_by(|a, b| a.1.total_cmp(b.1));
        best.map_or(self.n_trees.len() - 1, |(i, _)| i)
    }

    /// Whether the rows kept aside have not gained for long enough.
    fn stalled(&self) -> bool {
        let rounds = self.params.early_stopping_rounds;
        !self.curve.validation.is_empty() && self.n_trees.len() > self.best_round() + rounds
    }

    fn finish(mut self, classes: Vec<String>) -> State {
        let best = self.best_round();
        self.trees.truncate(self.n_trees[best]);
        self.curve.best = best as u64;
        State {
            objective: self.objective,
            start: self.start,
            trees: self.trees,
            classes,
            curve: self.curve,
        }
    }

    /// Draws the rows of this round's trees.
    fn draw_rows(&mut self) {
        let (share, every) = (self.params.subsample, self.params.subsample_freq as u64);
        if every > 0 && share < 1.0 && self.n_rounds().is_multiple_of(every) {
            let wanted = (share * self.n_known as f64) as usize;
            let rows = choose(&mut self.rng[0], self.n_known, wanted.max(1));
            self.sample = Some(rows);
        }
    }

    /// One tree per output; `false` when none could be split and none could be next time.
    fn round(&mut self, run: &Run<'_>) -> Result<bool> {
        self.draw_rows();
        let before = self.trees.roots.len();
        for output in 0..self.scores.len() {
            if self.derivatives.update(output) {
                self.tree(output, run)?;
            }
        }
        let grown = self.trees.roots.len() > before;
        let chance = self.sample.is_some()
            || self.params.colsample_bytree < 1.0
            || self.params.colsample_bynode < 1.0;
        if grown || chance {
            self.n_trees.push(self.trees.roots.len());
        }
        Ok(grown || chance)
    }

    fn tree(&mut self, output: usize, run: &Run<'_>) -> Result<()> {
        let unit = self.derivatives.unit();
        let limits = limits(self.params, unit);
        let all = self.bins.n_columns();
        let part = |n: usize, share: f64| ((n as f64 * share).round() as usize).clamp(1, n);
        let [_, by_tree, by_node] = &mut self.rng;
        let n_columns = part(all, self.params.colsample_bytree);
        let mut columns = Columns {
            tree: if n_columns < all {
                choose(by_tree, all, n_columns)
            } else {
                (0..all as u32).collect()
            },
            by_node: None,
        };
        let n_by_node = part(n_columns, self.params.colsample_bynode);
        if n_by_node < n_columns {
            columns.by_node = Some((n_by_node, by_node));
        }
        let packed = self.derivatives.packed();
        let (nodes, leaves) = match &self.sample {
            Some(rows) => {
                let rows = rows.iter().copied();
                self.grower.grow(rows, packed, &limits, &mut columns, run)?
            }
            None => {
                let rows = 0..self.n_known as u32;
                self.grower.grow(rows, packed, &limits, &mut columns, run)?
            }
        };
        if leaves.len() < 2 {
            return Ok(());
        }
        let rate = self.params.learning_rate;
        let score = &mut self.scores[output];
        let values = match self.objective.renewed() {
            Some(share) => leaves::quantiles(
                &leaves::Grown {
                    nodes: &nodes,
                    leaves: &leaves,
                    rows: self.grower.rows(),
                },
                &self.derivatives,
                score,
                share,
                rate,
                &self.monotone,
            ),
            None => leaves::newton(nodes.len(), &leaves, rate * unit[0] / unit[1]),
        };
        for leaf in &leaves {
            let rows = &self.grower.rows()[leaf.start..leaf.end];
            leaves::add(score, rows, values[leaf.node]);
        }
        let mut moved = |row: usize, node: usize| score[row] += values[node];
        if let Some(sample) = &self.sample {
            let mut drawn = sample.iter().peekable();
            let left_out = (0..self.n_known as u32).filter(|r| drawn.next_if_eq(&r).is_none());
            route(self.bins, &nodes, left_out, &mut moved);
        }
        let aside = self.n_known as u32..self.bins.n_rows() as u32;
        route(self.bins, &nodes, aside, &mut moved);
        let covers = leaves::covers(nodes.len(), &leaves, self.grower.rows(), &self.derivatives);
        self.trees
            .push(self.bins, &nodes, &values, covers, output as u32);
        Ok(())
    }
}

/// The parameters in units of one tree's packed sums.
fn limits(params: &Checked, unit: [f64; 2]) -> Limits {
    let [g, h] = unit;
    let c = params.categories;
    Limits {
        l1: params.reg_alpha / g,
        l2: params.reg_lambda / h,
        min_gain: params.min_split_gain * h / (g * g),
        min_hessian: params.min_child_weight / h,
        min_rows: params.min_child_samples as f64,
        categories: Categories {
            smooth: c.smooth / h,
            l2: c.l2 / h,
            ..c
        },
    }
}
