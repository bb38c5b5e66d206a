//! Interventional TreeSHAP: what each column does where the others are taken from a row to compare with.
//!
//! A leaf is reached by a mixture of a row `x` and a background row `b` when every column of its path that only `x`
//! satisfies (`a` of them) is taken from `x`, and every one that only `b` satisfies (`c` of them) from `b`. The Shapley
//! values of that game are `+v (a−1)! c! / (a+c)!` for the former and `−v a! (c−1)! / (a+c)!` for the latter columns. A walk down
//! the tree carries 64 background rows at once, a bit each, and leaves branches out that no mixture reaches.
//!
//! Source: Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees,
//! doi:10.1038/s42256-019-0138-9.
use super::ensemble::{Ensemble, Node};

/// Background rows walked with at once.
const BLOCK: usize = 64;

/// An ensemble beside the rows it is compared with.
#[derive(Debug)]
pub struct Pairs<'e> {
    ensemble: &'e Ensemble,
    n_rows: usize,
    /// Per block and node, a bit per background row that goes left there.
    left: Vec<u64>,
    gains: Gains,
    walk: Walk,
}

/// `(a−1)! c! / (a+c)!` by `a` and `c`.
#[derive(Debug)]
struct Gains {
    width: usize,
    values: Vec<f64>,
}

impl Gains {
    /// For up to `most` columns.
    fn new(most: usize) -> Self {
        let width = most + 1;
        let mut values = vec![0.0; width * width];
        for a in 1..width {
            // 1 / (a · C(a + c, c)), each from the one before.
            let mut gain = 1.0 / a as f64;
            for c in 0..width - a {
                values[a * width + c] = gain;
                gain *= (c + 1) as f64 / (a + c + 1) as f64;
            }
        }
        Self { width, values }
    }

    #[inline(always)]
    fn of(&self, a: usize, c: usize) -> f64 {
        self.values[a * self.width + c]
    }
}

/// What is known of a column on the way down.
#[derive(Debug, Clone, Copy)]
struct Step {
    column: u32,
    /// Whether the row satisfies the path so far.
    own: bool,
    /// The background rows that do.
    others: u64,
}

#[derive(Debug)]
enum Turn {
    Enter { node: u32, alive: u64, step: Step },
    Leave { column: u32, before: Option<Step> },
}

#[derive(Debug)]
struct Walk {
    steps: Vec<Step>,
    /// Per column 1 and its place among the steps, else 0.
    places: Vec<u32>,
    turns: Vec<Turn>,
}

impl<'e> Pairs<'e> {
    /// For background rows, row-major.
    pub fn new(ensemble: &'e Ensemble, background: &[f32]) -> Self {
        let d = ensemble.n_columns();
        let n_rows = background.len() / d.max(1);
        let mut left = Vec::new();
        for block in background.chunks(BLOCK * d.max(1)) {
            for tree in ensemble.trees() {
                for node in tree {
                    let mut bits = 0u64;
                    if node.left > 0 {
                        for (b, row) in block.chunks_exact(d).enumerate() {
                            let goes = ensemble.goes_left(node, row[node.column as usize]);
                            bits |= u64::from(goes) << b;
                        }
                    }
                    left.push(bits);
                }
            }
        }
        let most = ensemble.trees().map(longest).max().unwrap_or(0).min(d);
        Self {
            ensemble,
            n_rows,
            left,
            gains: Gains::new(most),
            walk: Walk {
                steps: Vec::new(),
                places: vec![0; d],
                turns: Vec::new(),
            },
        }
    }

    /// Adds to `out` the contributions of the columns of `row` compared with each background row, times its `scales`.
    pub fn add(&mut self, row: &[f32], scales: &[f64], out: &mut [f64]) {
        let mut offset = 0;
        for scales in scales[..self.n_rows].chunks(BLOCK) {
            let all = u64::MAX >> (BLOCK - scales.len());
            for tree in self.ensemble.trees() {
                let left = &self.left[offset..offset + tree.len()];
                offset += tree.len();
                let one = One {
                    ensemble: self.ensemble,
                    tree,
                    left,
                    gains: &self.gains,
                    row,
                    scales,
                    all,
                };
                one.walk(&mut self.walk, out);
            }
        }
    }
}

/// Most splits from root to leaf.
fn longest(tree: &[Node]) -> usize {
    let mut depths = vec![0usize; tree.len()];
    for (i, node) in tree.iter().enumerate().rev() {
        let left = node.left as usize;
        if left > 0 {
            depths[i] = 1 + depths[left].max(depths[left + 1]);
        }
    }
    depths.first().copied().unwrap_or(0)
}

/// A row in a tree with a block of background rows.
struct One<'a> {
    ensemble: &'a Ensemble,
    tree: &'a [Node],
    left: &'a [u64],
    gains: &'a Gains,
    row: &'a [f32],
    scales: &'a [f64],
    all: u64,
}

impl One<'_> {
    fn walk(&self, walk: &mut Walk, out: &mut [f64]) {
        self.pass(0, self.all, walk, out);
        while let Some(turn) = walk.turns.pop() {
            match turn {
                Turn::Enter { node, alive, step } => {
                    let place = walk.places[step.column as usize] as usize;
                    let before = if place > 0 {
                        Some(std::mem::replace(&mut walk.steps[place - 1], step))
                    } else {
                        walk.steps.push(step);
                        walk.places[step.column as usize] = walk.steps.len() as u32;
                        None
                    };
                    walk.turns.push(Turn::Leave {
                        column: step.column,
                        before,
                    });
                    self.pass(node as usize, alive, walk, out);
                }
                Turn::Leave { column, before } => match before {
                    Some(step) => {
                        walk.steps[walk.places[column as usize] as usize - 1] = step;
                    }
                    None => {
                        walk.steps.pop();
                        walk.places[column as usize] = 0;
                    }
                },
            }
        }
    }

    #[inline(always)]
    fn pass(&self, at: usize, alive: u64, walk: &mut Walk, out: &mut [f64]) {
        let node = &self.tree[at];
        if node.left == 0 {
            return self.settle(node.value * self.ensemble.scale(), alive, walk, out);
        }
        let place = walk.places[node.column as usize] as usize;
        let known = if place > 0 {
            walk.steps[place - 1]
        } else {
            Step {
                column: node.column,
                own: true,
                others: self.all,
            }
        };
        let goes_left = self
            .ensemble
            .goes_left(node, self.row[node.column as usize]);
        let left = self.left[at];
        for (side, others, goes) in [(0, left, goes_left), (1, !left, !goes_left)] {
            let step = Step {
                column: node.column,
                own: known.own && goes,
                others: known.others & others,
            };
            let alive = if step.own { alive } else { alive & step.others };
            if alive != 0 {
                walk.turns.push(Turn::Enter {
                    node: node.left + side,
                    alive,
                    step,
                });
            }
        }
    }

    fn settle(&self, value: f64, alive: u64, walk: &Walk, out: &mut [f64]) {
        let n_others = walk.steps.iter().filter(|s| !s.own).count();
        let mut lost = 0.0;
        let mut rest = alive;
        while rest != 0 {
            let b = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let only_own = |s: &Step| s.own && s.others >> b & 1 == 0;
            let n_own = walk.steps.iter().filter(|s| only_own(s)).count();
            let value = value * self.scales[b];
            if n_own > 0 {
                let gain = value * self.gains.of(n_own, n_others);
                for step in walk.steps.iter().filter(|s| only_own(s)) {
                    out[step.column as usize] += gain;
                }
            }
            if n_others > 0 {
                lost += value * self.gains.of(n_others, n_own);
            }
        }
        if n_others > 0 {
            for step in walk.steps.iter().filter(|s| !s.own) {
                out[step.column as usize] -= lost;
            }
        }
    }
}
