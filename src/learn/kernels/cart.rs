//! Grows one classification or regression tree over binned columns.
//!
//! A node's split is found when the node is made. With a limit on leaves the node that gains most is divided first,
//! otherwise the last one. Stops and gains are scikit-learn's: a node is a leaf when it is pure, too deep, has too few
//! rows, or gains less than `min_impurity_decrease`.
//!
//! Source: Breiman, Friedman, Olshen & Stone (1984), *Classification and Regression Trees*.
use super::{
    cart_columns::Columns,
    cart_split::{Cut, Finder, Search},
    cart_sums::{Summary, Sums},
};
use crate::base::{Result, Run};
use rand_chacha::ChaCha8Rng;
use std::{cmp::Ordering, collections::BinaryHeap};

/// Limits of growth.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Most splits from root to leaf.
    pub max_depth: usize,
    /// Most leaves; the node with the largest gain is divided first when this is limited.
    pub max_leaves: Option<usize>,
    /// Fewest rows of a node that is divided.
    pub min_split_rows: usize,
    /// What a split must lower impurity by, times the node's share of the weight.
    pub min_decrease: f64,
    /// Which columns and thresholds are tried; with the fewest rows of a leaf.
    pub search: Search,
}

/// A node of a grown tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// How it divides its rows; absent in a leaf.
    pub split: Option<Split>,
    /// What is known of its rows.
    pub summary: Summary,
}

/// How a node divides its rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// Column looked at.
    pub column: usize,
    /// Largest value that goes left.
    pub threshold: f64,
    /// Index of the left child; the right one follows it. Children come after their parent.
    pub left: usize,
}

/// A node that may be divided.
struct Open {
    priority: f64,
    turn: u64,
    node: usize,
    start: usize,
    end: usize,
    depth: usize,
    sums: Vec<i64>,
    cut: Cut,
}

impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_gain = self.priority.total_cmp(&other.priority);
        by_gain.then(self.turn.cmp(&other.turn))
    }
}
impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Open {}

/// Grows trees over one binned matrix, reusing its buffers.
#[derive(Debug)]
pub struct Grower<'a> {
    columns: &'a Columns,
    rules: Rules,
    finder: Finder,
    spare: Vec<u32>,
}

/// A tree being grown.
struct Growth<'s> {
    sums: &'s Sums,
    rows: Vec<u32>,
    nodes: Vec<Node>,
    open: BinaryHeap<Open>,
    /// Weight of the root.
    weight: f64,
}

/// Rows of one node.
struct Part {
    start: usize,
    end: usize,
    depth: usize,
    sums: Vec<i64>,
}

impl<'a> Grower<'a> {
    /// For targets of `width` words.
    pub fn new(columns: &'a Columns, width: usize, rules: Rules) -> Self {
        Self {
            columns,
            rules,
            finder: Finder::new(columns.n_columns(), width, rules.search),
            spare: vec![0; columns.n_rows()],
        }
    }

    /// Grows a tree over `rows`, root first.
    ///
    /// # Errors
    /// [`crate::base::Error::Cancelled`].
    pub fn grow(
        &mut self,
        sums: &Sums,
        rows: Vec<u32>,
        rng: &mut ChaCha8Rng,
        run: &Run<'_>,
    ) -> Result<Vec<Node>> {
        self.finder.reset();
        let total = sums.total(&rows);
        let root = Part {
            start: 0,
            end: rows.len(),
            depth: 0,
            sums: total,
        };
        let mut growth = Growth {
            sums,
            weight: sums.weight(&root.sums),
            rows,
            nodes: Vec::new(),
            open: BinaryHeap::new(),
        };
        self.settle(&mut growth, root, rng);
        let max_leaves = self.rules.max_leaves.unwrap_or(usize::MAX);
        let mut n_leaves = 1;
        while n_leaves < max_leaves
            && let Some(open) = growth.open.pop()
        {
            run.check()?;
            n_leaves += 1;
            let rows = &mut growth.rows[open.start..open.end];
            let codes = self.columns.codes(open.cut.column);
            let middle = open.start + divide(rows, &mut self.spare, codes, open.cut.bin);
            growth.nodes[open.node].split = Some(Split {
                column: open.cut.column,
                threshold: open.cut.threshold,
                left: growth.nodes.len(),
            });
            let right = open.sums.iter().zip(&open.cut.left).map(|(t, l)| t - l);
            let right = Part {
                start: middle,
                end: open.end,
                depth: open.depth + 1,
                sums: right.collect(),
            };
            let left = Part {
                start: open.start,
                end: middle,
                depth: open.depth + 1,
                sums: open.cut.left,
            };
            self.settle(&mut growth, left, rng);
            self.settle(&mut growth, right, rng);
        }
        Ok(growth.nodes)
    }

    /// Makes a node and looks for its split.
    fn settle(&mut self, growth: &mut Growth<'_>, part: Part, rng: &mut ChaCha8Rng) {
        let sums = growth.sums;
        let rows = &growth.rows[part.start..part.end];
        let summary = sums.summary(&part.sums, rows);
        let rules = self.rules;
        let may = part.depth < rules.max_depth
            && rows.len() >= rules.min_split_rows
            && rows.len() >= 2 * rules.search.min_rows
            && summary.impurity > f64::EPSILON;
        let node = growth.nodes.len();
        growth.nodes.push(Node {
            split: None,
            summary,
        });
        if !may {
            return;
        }
        let Some(cut) = self.finder.find(self.columns, sums, rows, &part.sums, rng) else {
            return;
        };
        let gained = (cut.score - sums.score(&part.sums)) * sums.score_unit() / growth.weight;
        if gained + f64::EPSILON < rules.min_decrease {
            return;
        }
        let turn = node as u64;
        let best_first = rules.max_leaves.is_some();
        growth.open.push(Open {
            priority: if best_first { gained } else { 0.0 },
            // The earlier one on a tie of gains; otherwise the later one, which is the deeper one.
            turn: if best_first { u64::MAX - turn } else { turn },
            node,
            start: part.start,
            end: part.end,
            depth: part.depth,
            sums: part.sums,
            cut,
        });
    }
}

/// Moves the rows whose code is at most `bin` to the front, keeping order on both sides; returns how many.
///
/// `spare` is at least as long as `rows`. Rows outside `codes` are a caller's error and panic.
fn divide(rows: &mut [u32], spare: &mut [u32], codes: &[u8], bin: u8) -> usize {
    let mut n_left = 0;
    let mut n_right = 0;
    for start in (0..rows.len()).step_by(4096) {
        let end = (start + 4096).min(rows.len());
        (n_left, n_right) = divide_chunk(rows, spare, codes, bin, start..end, (n_left, n_right));
    }
    rows[n_left..].copy_from_slice(&spare[..n_right]);
    n_left
}

#[inline(never)]
fn divide_chunk(
    rows: &mut [u32],
    spare: &mut [u32],
    codes: &[u8],
    bin: u8,
    range: std::ops::Range<usize>,
    (mut n_left, mut n_right): (usize, usize),
) -> (usize, usize) {
    for i in range {
        let row = rows[i];
        let left = usize::from(codes[row as usize] <= bin);
        // Written to both sides; only the one that counts moves on.
        rows[n_left] = row;
        spare[n_right] = row;
        n_left += left;
        n_right += 1 - left;
    }
    (n_left, n_right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{Quiet, Run},
        learn::kernels::cart_sums::Weights,
    };
    use rand_chacha::rand_core::SeedableRng;

    fn grown(change: impl Fn(&mut Rules)) -> Vec<Node> {
        let n = 900usize;
        let x: Vec<f32> = (0..n * 3).map(|i| (i * 7919 % 1013) as f32).collect();
        let y: Vec<f64> = (0..n)
            .map(|i| f64::from(x[i * 3]).sqrt() * 3.0 + f64::from(x[i * 3 + 2] % 7.0))
            .collect();
        let mut quiet = Quiet;
        let run = Run::new(&mut quiet, 0);
        let columns = Columns::new(&x, 3, &run).unwrap();
        let mut rules = Rules {
            max_depth: 30,
            max_leaves: None,
            min_split_rows: 2,
            min_decrease: 0.0,
            search: Search {
                n_features: 3,
                random: false,
                min_rows: 1,
            },
        };
        change(&mut rules);
        let sums = Sums::numbers(&y, &Weights::ones(n));
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let rows = (0..n as u32).collect();
        let mut grower = Grower::new(&columns, 2, rules);
        grower.grow(&sums, rows, &mut rng, &run).unwrap()
    }

    fn leaves(nodes: &[Node]) -> Vec<&Summary> {
        let leaves = nodes.iter().filter(|n| n.split.is_none());
        leaves.map(|n| &n.summary).collect()
    }

    fn error(nodes: &[Node]) -> f64 {
        leaves(nodes).iter().map(|s| s.impurity * s.weight).sum()
    }

    #[test]
    fn limits_are_kept_and_rows_divided() {
        let whole = grown(|_| {});
        let first = &whole[0].summary;
        assert!(whole.len() > 300 && error(&whole) < 0.02 * first.impurity * first.weight);
        for nodes in [
            grown(|r| r.max_depth = 5),
            grown(|r| r.search.min_rows = 20),
            grown(|r| r.min_split_rows = 60),
            grown(|r| r.min_decrease = 0.5),
            grown(|r| r.max_leaves = Some(12)),
        ] {
            assert!(nodes.len() > 8 && nodes.len() < 200, "{}", nodes.len());
            assert_eq!(leaves(&nodes).iter().map(|s| s.n_rows).sum::<u64>(), 900);
            for (i, node) in nodes.iter().enumerate() {
                let Some(split) = node.split else { continue };
                let (a, b) = (&nodes[split.left].summary, &nodes[split.left + 1].summary);
                assert!(split.left > i && a.n_rows + b.n_rows == node.summary.n_rows);
                let mean = (a.value[0] * a.weight + b.value[0] * b.weight) / node.summary.weight;
                assert!((mean - node.summary.value[0]).abs() < 1e-9);
            }
        }
        let rare = grown(|r| r.search.min_rows = 20);
        assert!(leaves(&rare).iter().all(|s| s.n_rows >= 20));
        assert_eq!(leaves(&grown(|r| r.max_leaves = Some(12))).len(), 12);
        let few = grown(|r| r.min_decrease = 0.5);
        let kept = few.iter().filter_map(|n| n.split.map(|s| (n, s)));
        for (node, split) in kept {
            let part = |s: &Summary| s.impurity * s.weight / 900.0;
            let (a, b) = (&few[split.left].summary, &few[split.left + 1].summary);
            assert!(part(&node.summary) - part(a) - part(b) >= 0.5 - 1e-9);
        }
    }

    #[test]
    fn best_first_growth_spends_leaves_where_they_gain_most() {
        // Depth-first growth reaches as few leaves only by stopping at a depth.
        let best = grown(|r| r.max_leaves = Some(8));
        let level = grown(|r| r.max_depth = 3);
        assert!(leaves(&level).len() <= 8 && error(&best) <= error(&level));
        let all = grown(|r| r.max_leaves = Some(100_000));
        assert_eq!(leaves(&all).len(), leaves(&grown(|_| {})).len());
    }
}
