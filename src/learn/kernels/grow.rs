//! Grows one tree over binned columns.
//!
//! A leaf's histogram is summed over the smaller child's rows only; the larger one's is what remains of the
//! parent's. Histograms come from a pool of bounded size; when it is used up, the open leaf that gains least gives
//! its own away and its children are summed anew.
use super::{
    bins::Bins,
    forest::Node,
    histogram::{accumulate, divide, subtract, unpack},
};
use crate::base::{Result, Run};

/// Bytes of histograms kept for later subtraction.
const POOL_BYTES: usize = 256 << 20;

/// How good it is to have rows together.
pub trait Criterion {
    /// Score of a leaf from the sums of its packed fields; a split gains the children's scores minus the parent's.
    fn score(&self, signed: f64, unsigned: f64) -> f64;

    /// Whether a leaf is worth splitting at all.
    fn splittable(&self, signed: f64, unsigned: f64) -> bool;
}

/// Limits of growth.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Most splits from root to leaf.
    pub max_depth: usize,
    /// Most leaves; the leaf with the largest gain is split first when this is limited.
    pub max_leaves: usize,
    /// Fewest rows of a leaf.
    pub min_leaf_rows: usize,
    /// Fewest rows of a leaf that is split.
    pub min_split_rows: usize,
    /// Smallest sum of the unsigned field in a leaf.
    pub min_unsigned: f64,
    /// A split must gain more than this share of the parent's score; negative allows splits that gain nothing.
    pub min_gain: f64,
}

/// A leaf of a grown tree.
#[derive(Debug, Clone, Copy)]
pub struct Leaf {
    /// Index of its node.
    pub node: usize,
    /// First of its rows in [`Grower::rows`].
    pub start: usize,
    /// One past the last of them.
    pub end: usize,
    /// Sum of packed values.
    pub sum: i64,
}

#[derive(Debug, Clone, Copy)]
struct Split {
    gain: f64,
    column: usize,
    bin: usize,
    left: i64,
}

struct Open {
    leaf: Leaf,
    depth: usize,
    split: Split,
    histogram: Option<Histogram>,
}

#[derive(Debug, Default)]
struct Histogram {
    sums: Vec<i64>,
    /// Rows per bin, where the unsigned field does not tell.
    rows: Vec<i64>,
}

/// Grows trees over one binned matrix, reusing its buffers.
#[derive(Debug)]
pub struct Grower<'a> {
    bins: &'a Bins,
    rules: Rules,
    ones: Option<Vec<i64>>,
    rows: Vec<u32>,
    spare: Vec<u32>,
    pool: Vec<Histogram>,
    n_made: usize,
    n_most: usize,
}

impl<'a> Grower<'a> {
    /// A grower. With `count_rows` rows per bin are counted apart; otherwise they are taken as proportional to
    /// the unsigned field within a leaf, which is exact when that field is the same for every row.
    pub fn new(bins: &'a Bins, rules: Rules, count_rows: bool) -> Self {
        let words = bins.histogram_len() * (1 + usize::from(count_rows));
        Self {
            bins,
            rules,
            ones: count_rows.then(|| vec![1; bins.n_rows()]),
            rows: Vec::with_capacity(bins.n_rows()),
            spare: vec![0; bins.n_rows()],
            pool: Vec::new(),
            n_made: 0,
            n_most: (POOL_BYTES / (8 * words)).max(3),
        }
    }

    /// Changes [`Rules::min_unsigned`], whose unit may differ from tree to tree.
    pub fn set_min_unsigned(&mut self, min: f64) {
        self.rules.min_unsigned = min;
    }

    /// Rows in the order of the leaves of the tree grown last.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Grows a tree from one packed value per row; its nodes, root first, without leaf values.
    ///
    /// # Errors
    /// [`crate::base::Error::Cancelled`].
    pub fn grow(
        &mut self,
        packed: &[i64],
        criterion: &impl Criterion,
        run: &Run<'_>,
    ) -> Result<(Vec<Node>, Vec<Leaf>)> {
        let n = self.bins.n_rows();
        let max_leaves = self.rules.max_leaves;
        self.rows.clear();
        self.rows.extend(0..n as u32);
        let mut nodes = vec![Node::leaf(0)];
        let mut closed = Vec::new();
        let mut open: Vec<Open> = Vec::new();
        let root = Leaf {
            node: 0,
            start: 0,
            end: n,
            sum: packed.iter().sum(),
        };
        let histogram = self.summed(root, packed, &mut open);
        self.settle(root, 0, histogram, criterion, &mut open, &mut closed);
        let limited = max_leaves < n;
        while let Some(at) = next(&open, limited) {
            if open.len() + closed.len() >= max_leaves {
                break;
            }
            run.check()?;
            let Open {
                leaf,
                depth,
                split,
                histogram,
            } = open.swap_remove(at);
            let codes = self.bins.column(split.column);
            let rows = &mut self.rows[leaf.start..leaf.end];
            let middle =
                leaf.start + divide(rows, &mut self.spare, codes, |c| c <= split.bin as u8);
            let child = nodes.len();
            nodes[leaf.node] = Node {
                feature: split.column as u32,
                threshold: self.bins.edge(split.column, split.bin),
                left: child as u32,
                value: 0.0,
            };
            nodes.extend([Node::leaf(child), Node::leaf(child + 1)]);
            let left = Leaf {
                node: child,
                end: middle,
                sum: split.left,
                ..leaf
            };
            let right = Leaf {
                node: child + 1,
                start: middle,
                sum: leaf.sum - split.left,
                ..leaf
            };
            if open.len() + closed.len() + 2 >= max_leaves {
                // Nothing will be split any more.
                closed.extend([left, right]);
                self.pool.extend(histogram);
                continue;
            }
            let left_smaller = left.end - left.start <= right.end - right.start;
            let (small, large) = if left_smaller {
                (left, right)
            } else {
                (right, left)
            };
            let small_histogram = self.summed(small, packed, &mut open);
            let large_histogram = match histogram {
                Some(mut parent) => {
                    subtract(&mut parent.sums, &small_histogram.sums);
                    subtract(&mut parent.rows, &small_histogram.rows);
                    parent
                }
                None => self.summed(large, packed, &mut open),
            };
            let depth = depth + 1;
            self.settle(
                small,
                depth,
                small_histogram,
                criterion,
                &mut open,
                &mut closed,
            );
            self.settle(
                large,
                depth,
                large_histogram,
                criterion,
                &mut open,
                &mut closed,
            );
        }
        for o in open {
            closed.push(o.leaf);
            self.pool.extend(o.histogram);
        }
        Ok((nodes, closed))
    }

    /// The histogram of a leaf, taken from the open leaf that gains least when the pool is used up.
    fn summed(&mut self, leaf: Leaf, packed: &[i64], open: &mut [Open]) -> Histogram {
        let mut histogram = self.pool.pop().unwrap_or_default();
        if histogram.sums.is_empty() {
            let holders = open.iter_mut().filter(|o| o.histogram.is_some());
            let least = holders.min_by(|a, b| a.split.gain.total_cmp(&b.split.gain));
            match least {
                Some(o) if self.n_made >= self.n_most => {
                    histogram = o.histogram.take().unwrap_or_default();
                }
                _ => self.n_made += 1,
            }
        }
        self.fill(&mut histogram, leaf, packed);
        histogram
    }

    fn fill(&self, histogram: &mut Histogram, leaf: Leaf, packed: &[i64]) {
        let rows = &self.rows[leaf.start..leaf.end];
        let len = self.bins.histogram_len();
        histogram.sums.clear();
        histogram.sums.resize(len, 0);
        accumulate(self.bins, rows, packed, &mut histogram.sums);
        if let Some(ones) = &self.ones {
            histogram.rows.clear();
            histogram.rows.resize(len, 0);
            accumulate(self.bins, rows, ones, &mut histogram.rows);
        }
    }

    /// Finds a leaf's best split and files the leaf as open or closed.
    fn settle(
        &mut self,
        leaf: Leaf,
        depth: usize,
        histogram: Histogram,
        criterion: &impl Criterion,
        open: &mut Vec<Open>,
        closed: &mut Vec<Leaf>,
    ) {
        let n = leaf.end - leaf.start;
        let rules = self.rules;
        let may =
            depth < rules.max_depth && n >= rules.min_split_rows && n >= 2 * rules.min_leaf_rows;
        let split = if may {
            self.best(&histogram, leaf, criterion)
        } else {
            None
        };
        match split {
            Some(split) => open.push(Open {
                leaf,
                depth,
                split,
                histogram: Some(histogram),
            }),
            None => {
                closed.push(leaf);
                self.pool.push(histogram);
            }
        }
    }

    fn best(&self, histogram: &Histogram, leaf: Leaf, criterion: &impl Criterion) -> Option<Split> {
        let rules = self.rules;
        let (signed, unsigned) = unpack(leaf.sum);
        if !criterion.splittable(signed, unsigned) {
            return None;
        }
        let n = (leaf.end - leaf.start) as f64;
        let parent = criterion.score(signed, unsigned);
        let mut best: Option<Split> = None;
        let mut top = parent + rules.min_gain * parent.abs();
        let min_rows = rules.min_leaf_rows as f64;
        let by_row = n / unsigned;
        for column in 0..self.bins.n_columns() {
            let offsets = self.bins.offsets();
            let (from, to) = (offsets[column] as usize, offsets[column + 1] as usize);
            let counts = histogram.rows.get(from..to);
            let (mut left, mut counted) = (0i64, 0i64);
            // Nothing lies right of the last bin.
            for (bin, &sum) in histogram.sums[from..to - 1].iter().enumerate() {
                let new_rows = counts.map_or(0, |c| c[bin]);
                if sum == 0 && new_rows == 0 {
                    continue;
                }
                left += sum;
                counted += new_rows;
                let (s, u) = unpack(left);
                let rows = if counts.is_some() {
                    counted as f64
                } else {
                    u * by_row
                };
                if rows < min_rows || u < rules.min_unsigned {
                    continue;
                }
                let rest = unsigned - u;
                if n - rows < min_rows || rest < rules.min_unsigned {
                    break;
                }
                let score = criterion.score(s, u) + criterion.score(signed - s, rest);
                if score > top {
                    top = score;
                    best = Some(Split {
                        gain: score - parent,
                        column,
                        bin,
                        left,
                    });
                }
            }
        }
        best
    }
}

/// The leaf to split next: the one that gains most, or simply the last.
fn next(open: &[Open], best_first: bool) -> Option<usize> {
    if !best_first {
        return open.len().checked_sub(1);
    }
    // The earlier one on a tie.
    let mut best: Option<usize> = None;
    for (i, o) in open.iter().enumerate() {
        if best.is_none_or(|b| o.split.gain > open[b].split.gain) {
            best = Some(i);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use crate::learn::kernels::histogram::pack;

    /// Squared error: the unsigned field counts rows.
    struct Squares;
    impl Criterion for Squares {
        fn score(&self, signed: f64, unsigned: f64) -> f64 {
            if unsigned > 0.0 {
                signed * signed / unsigned
            } else {
                0.0
            }
        }
        fn splittable(&self, _: f64, unsigned: f64) -> bool {
            unsigned > 0.0
        }
    }

    fn rules(max_leaves: usize) -> Rules {
        Rules {
            max_depth: 30,
            max_leaves,
            min_leaf_rows: 5,
            min_split_rows: 2,
            min_unsigned: 0.0,
            min_gain: 1e-12,
        }
    }

    #[test]
    fn the_pool_bounds_memory_and_changes_nothing() {
        let (n, d) = (2000usize, 5usize);
        let x: Vec<f32> = (0..n * d).map(|i| (i * 7919 % 1013) as f32).collect();
        let mut quiet = Quiet;
        let run = Run::new(&mut quiet, 0);
        let bins = Bins::new(&x, d, 64, &run).unwrap();
        let packed: Vec<i64> = (0..n)
            .map(|i| pack((x[i * d] as i32 % 17) * 3 + x[i * d + 3] as i32 % 101, 1))
            .collect();
        for (max_leaves, count_rows) in [(40, false), (40, true), (usize::MAX, false)] {
            let mut wide = Grower::new(&bins, rules(max_leaves), count_rows);
            let mut tight = Grower::new(&bins, rules(max_leaves), count_rows);
            tight.n_most = 3;
            let a = wide.grow(&packed, &Squares, &run).unwrap();
            let b = tight.grow(&packed, &Squares, &run).unwrap();
            assert_eq!(a.0, b.0);
            assert!(
                tight.n_made <= 3 && (wide.n_made > 3),
                "{} {}",
                tight.n_made,
                wide.n_made
            );
            assert!(a.1.len() <= max_leaves && a.1.len() > 20);
            assert_eq!(a.0.len(), 2 * a.1.len() - 1);
            // Leaves divide the rows, and their sums are those of their rows.
            let mut covered = 0;
            for leaf in &a.1 {
                let rows = &wide.rows()[leaf.start..leaf.end];
                assert!(rows.len() >= 5);
                covered += rows.len();
                assert_eq!(
                    leaf.sum,
                    rows.iter().map(|&r| packed[r as usize]).sum::<i64>()
                );
            }
            assert_eq!(covered, n);
        }
    }
}
