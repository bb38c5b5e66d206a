//! Path-dependent values of many rows at once: a leaf's values are made for each way a row may satisfy its path, then looked up.
//!
//! A way is a number with a bit per column of the path. It is kept per row on the way down the tree: a split adds a bit, or
//! clears one where its column has come up before. Rows lie side by side, so that each step is one pass over short lists.
use super::{
    ensemble::{Ensemble, Node, shares},
    paths::{MOST_BITS, MOST_LOOKED_UP, Rule, Step, settle},
};

/// A block of rows gone through tree by tree.
#[derive(Debug)]
pub(super) struct Lookup {
    n_columns: usize,
    /// Rows there is room for.
    room: usize,
    /// Columns of the block, each of `room` values.
    columns: Vec<f32>,
    /// Columns of the sums.
    sums: Vec<f64>,
    /// Per row, all bits where it goes left at the split looked at.
    left: Vec<u16>,
    /// Per depth the way of each row.
    ways: Vec<Vec<u16>>,
    steps: Vec<Step>,
    turns: Vec<Turn>,
    table: Vec<f64>,
    products: Vec<f64>,
}

#[derive(Debug)]
enum Turn {
    /// Down to a child: its node, its depth, the side, its split.
    Enter {
        node: u32,
        depth: u32,
        side: usize,
        split: u32,
    },
    Leave(Option<(usize, f64)>),
}

impl Lookup {
    pub(super) fn new(n_columns: usize, room: usize) -> Self {
        Self {
            n_columns,
            room,
            columns: vec![0.0; n_columns * room],
            sums: vec![0.0; n_columns * room],
            left: vec![0; room],
            ways: Vec::new(),
            steps: Vec::new(),
            turns: Vec::new(),
            table: Vec::new(),
            products: Vec::new(),
        }
    }

    /// Takes up rows, at most as many as there is room for.
    pub(super) fn start(&mut self, rows: &[f32]) {
        for (i, row) in rows
            .chunks_exact(self.n_columns)
            .take(self.room)
            .enumerate()
        {
            for (column, v) in self.columns.chunks_exact_mut(self.room).zip(row) {
                column[i] = *v;
            }
        }
        self.sums.fill(0.0);
    }

    /// Adds the sums of `n` rows to `out`, row by row.
    pub(super) fn finish(&self, n: usize, out: &mut [f64]) {
        for (i, row) in out.chunks_exact_mut(self.n_columns).take(n).enumerate() {
            for (to, column) in row.iter_mut().zip(self.sums.chunks_exact(self.room)) {
                *to += column[i];
            }
        }
    }

    /// Adds the values of a tree with at most [`MOST_BITS`] columns on a path for `n` rows.
    pub(super) fn tree(&mut self, ensemble: &Ensemble, tree: &[Node], rules: &[Rule], n: usize) {
        self.way(0).fill(0);
        self.pass(ensemble, tree, 0, 0, rules, n);
        while let Some(turn) = self.turns.pop() {
            match turn {
                Turn::Enter {
                    node,
                    depth,
                    side,
                    split,
                } => {
                    self.enter(
                        ensemble,
                        tree,
                        &tree[split as usize],
                        depth as usize,
                        side,
                        n,
                    );
                    self.pass(ensemble, tree, node as usize, depth as usize, rules, n);
                }
                Turn::Leave(Some((place, share))) => self.steps[place].share = share,
                Turn::Leave(None) => {
                    self.steps.pop();
                }
            }
        }
    }

    fn way(&mut self, depth: usize) -> &mut Vec<u16> {
        while self.ways.len() <= depth {
            self.ways.push(vec![0; self.room]);
        }
        &mut self.ways[depth]
    }

    /// The ways at a child of `split`, from those at it.
    fn enter(
        &mut self,
        ensemble: &Ensemble,
        tree: &[Node],
        split: &Node,
        depth: usize,
        side: usize,
        n: usize,
    ) {
        let column = split.column as usize;
        let values = &self.columns[column * self.room..column * self.room + n];
        let flip = if side == 0 { 0 } else { u16::MAX };
        if split.set == 0 && !split.missing_left {
            above(values, split.threshold, flip, &mut self.left);
        } else if split.set == 0 {
            not_above(values, split.threshold, flip, &mut self.left);
        } else {
            for (left, v) in self.left.iter_mut().zip(values) {
                *left = if ensemble.goes_left(split, *v) {
                    u16::MAX
                } else {
                    0
                } ^ flip;
            }
        }
        let share = shares(tree, split)[side];
        let known = self.steps.iter().position(|s| s.column == split.column);
        self.way(depth);
        let (before, after) = self.ways.split_at_mut(depth);
        let (Some(before), Some(after)) = (before.last(), after.first_mut()) else {
            return;
        };
        let (before, after, left) = (&before[..n], &mut after[..n], &self.left[..n]);
        match known {
            Some(place) => {
                clear(before, left, !(1 << place), after);
                let step = &mut self.steps[place];
                self.turns.push(Turn::Leave(Some((place, step.share))));
                step.share *= share;
            }
            None => {
                set(before, left, 1 << self.steps.len(), after);
                self.turns.push(Turn::Leave(None));
                self.steps.push(Step {
                    column: split.column,
                    share,
                    own: false,
                });
            }
        }
    }

    fn pass(
        &mut self,
        ensemble: &Ensemble,
        tree: &[Node],
        at: usize,
        depth: usize,
        rules: &[Rule],
        n: usize,
    ) {
        let node = &tree[at];
        if node.left > 0 {
            for side in 0..2 {
                self.turns.push(Turn::Enter {
                    node: node.left + side as u32,
                    depth: depth as u32 + 1,
                    side,
                    split: at as u32,
                });
            }
            return;
        }
        let value = node.value * ensemble.scale();
        let n_ways = 1usize << self.steps.len();
        if self.steps.len() > MOST_LOOKED_UP {
            self.each(value, depth, rules, n);
            return;
        }
        let Some(rule) = rules.get(self.steps.len().div_ceil(2)) else {
            return;
        };
        fill(
            value,
            &self.steps,
            rule,
            &mut self.products,
            &mut self.table,
        );
        let ways = &self.ways[depth][..n];
        for (step, table) in self.steps.iter().zip(self.table.chunks_exact(n_ways)) {
            let start = step.column as usize * self.room;
            add(ways, table, &mut self.sums[start..start + n]);
        }
    }

    /// Without a table, where there are more ways than rows.
    fn each(&mut self, value: f64, depth: usize, rules: &[Rule], n: usize) {
        let mut out = vec![0.0; self.n_columns];
        let mut steps = self.steps.clone();
        for (i, way) in self.ways[depth][..n].iter().enumerate() {
            for (k, step) in steps.iter_mut().enumerate() {
                step.own = way >> k & 1 == 1;
                out[step.column as usize] = 0.0;
            }
            settle(value, &steps, rules, &mut out);
            for step in &steps {
                let column = step.column as usize;
                self.sums[column * self.room + i] += out[column];
            }
        }
    }
}

/// All bits where a value is not above the threshold, missing ones too; turned by `flip`.
#[inline(never)]
fn not_above(values: &[f32], threshold: f32, flip: u16, out: &mut [u16]) {
    for (out, v) in out.iter_mut().zip(values) {
        *out = (u16::from(*v > threshold).wrapping_sub(1)) ^ flip;
    }
}

/// All bits where a value is there and not above the threshold; turned by `flip`.
#[inline(never)]
fn above(values: &[f32], threshold: f32, flip: u16, out: &mut [u16]) {
    for (out, v) in out.iter_mut().zip(values) {
        *out = (u16::from(*v <= threshold).wrapping_neg()) ^ flip;
    }
}

#[inline(never)]
fn set(before: &[u16], goes: &[u16], bit: u16, after: &mut [u16]) {
    for ((after, before), goes) in after.iter_mut().zip(before).zip(goes) {
        *after = before | (goes & bit);
    }
}

#[inline(never)]
fn clear(before: &[u16], goes: &[u16], others: u16, after: &mut [u16]) {
    for ((after, before), goes) in after.iter_mut().zip(before).zip(goes) {
        *after = before & (goes | others);
    }
}

/// Adds what the table says of each row's way.
#[inline(never)]
fn add(ways: &[u16], table: &[f64], sums: &mut [f64]) {
    // A power of two of them, so the mask keeps every way inside.
    let mask = table.len() - 1;
    for (sum, way) in sums.iter_mut().zip(ways) {
        *sum += table[usize::from(*way) & mask];
    }
}

/// The values of a leaf for each column of its path, for all ways.
#[inline(never)]
fn fill(value: f64, steps: &[Step], rule: &Rule, products: &mut Vec<f64>, table: &mut Vec<f64>) {
    let n_ways = 1usize << steps.len();
    table.clear();
    table.resize(n_ways * steps.len(), 0.0);
    products.clear();
    products.resize(n_ways, 0.0);
    for [t, weight] in rule {
        products[0] = value * weight;
        let mut n = 1;
        for step in steps {
            let absent = step.share * (1.0 - t);
            let (low, high) = products.split_at_mut(n);
            for (low, high) in low.iter_mut().zip(high) {
                *high = *low * (absent + t);
                *low *= absent;
            }
            n *= 2;
        }
        for (k, (step, table)) in steps.iter().zip(table.chunks_exact_mut(n_ways)).enumerate() {
            let absent = step.share * (1.0 - t);
            // What a row does that is not let through, and one that is.
            let gains = [-step.share / absent, (1.0 - step.share) / (absent + t)];
            let run = 1 << k;
            let pairs = table
                .chunks_exact_mut(2 * run)
                .zip(products.chunks_exact(2 * run));
            for (table, products) in pairs {
                for (i, gain) in gains.into_iter().enumerate() {
                    let range = i * run..(i + 1) * run;
                    for (to, p) in table[range.clone()].iter_mut().zip(&products[range]) {
                        *to += gain * p;
                    }
                }
            }
        }
    }
}

const _: () = assert!(MOST_BITS <= u16::BITS as usize && MOST_LOOKED_UP <= MOST_BITS);
