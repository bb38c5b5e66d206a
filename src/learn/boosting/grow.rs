//! Grows one tree leaf by leaf: the leaf that gains most is split next.
//!
//! A leaf's histogram is summed over the smaller child's rows only; the larger one's is what remains of the
//! parent's. Histograms come from a pool of bounded size; when it is used up, the open leaf that gains least gives
//! its own away and its children are summed anew.
use super::{
    super::kernels::{
        bins::Bins,
        histogram::{accumulate, divide, subtract, unpack},
    },
    split::{Bounds, Cut, Limits, Split, Whole, best},
};
use crate::base::{Result, Run, random};
use rand_chacha::ChaCha8Rng;

/// Bytes of histograms kept for later subtraction.
const POOL_BYTES: usize = 128 << 20;

/// Limits of growth.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Most splits from root to leaf.
    pub max_depth: usize,
    /// Most leaves.
    pub max_leaves: usize,
    /// Direction per column in which outputs must not turn; empty without any.
    pub monotone: Vec<i8>,
}

/// A node while a tree grows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// Column looked at.
    pub column: u32,
    /// Which codes go left.
    pub cut: Cut,
    /// Index of the left child, the right one follows; 0 in a leaf.
    pub left: u32,
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
    /// Output in units of the packed sums.
    pub output: f64,
    sum: i64,
    depth: usize,
    bounds: Bounds,
}

struct Open {
    leaf: Leaf,
    split: Split,
    histogram: Option<Vec<i64>>,
}

/// Columns a tree looks at, and how many of them each node draws anew.
#[derive(Debug)]
pub struct Columns<'r> {
    /// Columns, rising.
    pub tree: Vec<u32>,
    /// How many a node looks at; all when absent.
    pub by_node: Option<(usize, &'r mut ChaCha8Rng)>,
}

/// Grows trees over one binned matrix, reusing its buffers.
#[derive(Debug)]
pub struct Grower<'a> {
    bins: &'a Bins,
    shape: Shape,
    rows: Vec<u32>,
    spare: Vec<u32>,
    pool: Vec<Vec<i64>>,
    n_made: usize,
    n_most: usize,
}

impl<'a> Grower<'a> {
    /// A grower.
    pub fn new(bins: &'a Bins, shape: Shape) -> Self {
        Self {
            bins,
            shape,
            rows: Vec::new(),
            spare: Vec::new(),
            pool: Vec::new(),
            n_made: 0,
            n_most: (POOL_BYTES / (8 * bins.histogram_len())).max(3),
        }
    }

    /// Rows in the order of the leaves of the tree grown last.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Grows a tree on `rows` from one packed value per row; its nodes, root first, and its leaves.
    ///
    /// # Errors
    /// [`crate::base::Error::Cancelled`].
    pub fn grow(
        &mut self,
        rows: impl IntoIterator<Item = u32>,
        packed: &[i64],
        limits: &Limits,
        columns: &mut Columns<'_>,
        run: &Run<'_>,
    ) -> Result<(Vec<Node>, Vec<Leaf>)> {
        self.rows.clear();
        self.rows.extend(rows);
        self.spare.resize(self.rows.len(), 0);
        let max_leaves = self.shape.max_leaves;
        let mut nodes = vec![LEAF];
        let mut closed = Vec::new();
        let mut open: Vec<Open> = Vec::new();
        let sum = total(&self.rows, packed);
        let (g, h) = unpack(sum);
        let root = Leaf {
            node: 0,
            start: 0,
            end: self.rows.len(),
            output: limits.output(g, h, 0.0, Bounds::NONE),
            sum,
            depth: 0,
            bounds: Bounds::NONE,
        };
        let histogram = self.summed(root, packed, &mut open);
        self.settle(root, histogram, limits, columns, &mut open, &mut closed);
        while let Some(at) = next(&open) {
            if open.len() + closed.len() >= max_leaves {
                break;
            }
            run.check()?;
            let Open {
                leaf,
                split,
                histogram,
            } = open.swap_remove(at);
            let middle = leaf.start + self.divide(leaf, &split);
            let child = nodes.len();
            nodes[leaf.node] = Node {
                column: split.column,
                cut: split.cut,
                left: child as u32,
            };
            nodes.extend([LEAF; 2]);
            let [left, right] = self.children(leaf, &split, middle, child, limits);
            if open.len() + closed.len() + 2 >= max_leaves {
                // Nothing will be split any more.
                closed.extend([left, right]);
                self.pool.extend(histogram);
                continue;
            }
            let (small, large) = if left.end - left.start <= right.end - right.start {
                (left, right)
            } else {
                (right, left)
            };
            // Neither can be split: no histogram is needed.
            if !self.may_split(large, limits) {
                closed.extend([left, right]);
                self.pool.extend(histogram);
                continue;
            }
            let small_histogram = self.summed(small, packed, &mut open);
            let large_histogram = match histogram {
                Some(mut parent) => {
                    subtract(&mut parent, &small_histogram);
                    parent
                }
                None => self.summed(large, packed, &mut open),
            };
            self.settle(
                small,
                small_histogram,
                limits,
                columns,
                &mut open,
                &mut closed,
            );
            self.settle(
                large,
                large_histogram,
                limits,
                columns,
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

    fn divide(&mut self, leaf: Leaf, split: &Split) -> usize {
        let codes = self.bins.column(split.column as usize);
        let rows = &mut self.rows[leaf.start..leaf.end];
        let spare = &mut self.spare;
        let shift = self.bins.shift(split.column as usize);
        match split.cut {
            Cut::Numbers { last, missing_left } => {
                // Codes below `shift` wrap around to the far right unless they are to go left.
                let first = if missing_left { 0 } else { shift };
                let width = last - first;
                divide(rows, spare, codes, |c| c.wrapping_sub(first) <= width)
            }
            cut @ Cut::Levels(_) => {
                let table: [bool; 256] = std::array::from_fn(|c| cut.goes_left(c as u8, shift));
                divide(rows, spare, codes, |c| table[usize::from(c)])
            }
        }
    }

    fn children(
        &self,
        leaf: Leaf,
        split: &Split,
        middle: usize,
        child: usize,
        limits: &Limits,
    ) -> [Leaf; 2] {
        let sums = [split.left, leaf.sum - split.left];
        let outputs = sums.map(|s| {
            let (g, h) = unpack(s);
            limits.output(g, h, split.extra, leaf.bounds)
        });
        let direction = self.shape.monotone.get(split.column as usize);
        let bounds = leaf.bounds.divided(
            direction.copied().unwrap_or(0),
            0.5 * (outputs[0] + outputs[1]),
        );
        let ranges = [(leaf.start, middle), (middle, leaf.end)];
        [0, 1].map(|k| Leaf {
            node: child + k,
            start: ranges[k].0,
            end: ranges[k].1,
            output: outputs[k],
            sum: sums[k],
            depth: leaf.depth + 1,
            bounds: bounds[k],
        })
    }

    /// The histogram of a leaf, in the place of the open leaf that gains least when the pool is used up.
    fn summed(&mut self, leaf: Leaf, packed: &[i64], open: &mut [Open]) -> Vec<i64> {
        let mut histogram = self.pool.pop().unwrap_or_default();
        if histogram.is_empty() {
            let holders = open.iter_mut().filter(|o| o.histogram.is_some());
            let least = holders.min_by(|a, b| a.split.gain.total_cmp(&b.split.gain));
            match least {
                Some(o) if self.n_made >= self.n_most => {
                    histogram = o.histogram.take().unwrap_or_default();
                }
                _ => self.n_made += 1,
            }
        }
        histogram.clear();
        histogram.resize(self.bins.histogram_len(), 0);
        let rows = &self.rows[leaf.start..leaf.end];
        accumulate(self.bins, rows, packed, &mut histogram);
        histogram
    }

    fn may_split(&self, leaf: Leaf, limits: &Limits) -> bool {
        let n = (leaf.end - leaf.start) as f64;
        leaf.depth < self.shape.max_depth && n >= 2.0 && n >= 2.0 * limits.min_rows
    }

    /// Finds a leaf's best split and files the leaf as open or closed.
    fn settle(
        &mut self,
        leaf: Leaf,
        histogram: Vec<i64>,
        limits: &Limits,
        columns: &mut Columns<'_>,
        open: &mut Vec<Open>,
        closed: &mut Vec<Leaf>,
    ) {
        let whole = Whole {
            sum: leaf.sum,
            n_rows: (leaf.end - leaf.start) as f64,
            bounds: leaf.bounds,
        };
        let split = if self.may_split(leaf, limits) {
            let drawn = columns.by_node.as_mut().map(|(n, rng)| {
                let all = columns.tree.len();
                let mut some = choose(rng, all, *n);
                for c in &mut some {
                    *c = columns.tree[*c as usize];
                }
                some
            });
            let columns = drawn.as_ref().unwrap_or(&columns.tree);
            best(
                self.bins,
                &histogram,
                columns,
                whole,
                limits,
                &self.shape.monotone,
            )
        } else {
            None
        };
        match split {
            Some(split) => open.push(Open {
                leaf,
                split,
                histogram: Some(histogram),
            }),
            None => {
                closed.push(leaf);
                self.pool.push(histogram);
            }
        }
    }
}

/// A leaf's node.
const LEAF: Node = Node {
    column: 0,
    cut: Cut::Levels([0; 4]),
    left: 0,
};

fn total(rows: &[u32], packed: &[i64]) -> i64 {
    rows.iter().map(|&r| packed[r as usize]).sum()
}

/// The leaf to split next: the one that gains most, the earlier one on a tie.
fn next(open: &[Open]) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (i, o) in open.iter().enumerate() {
        if best.is_none_or(|b| o.split.gain > open[b].split.gain) {
            best = Some(i);
        }
    }
    best
}

/// `k` different numbers below `n`, rising, every choice equally likely.
pub fn choose(rng: &mut ChaCha8Rng, n: usize, k: usize) -> Vec<u32> {
    let mut chosen = Vec::with_capacity(k.min(n));
    for i in 0..n {
        let wanted = k - chosen.len();
        if wanted == 0 {
            break;
        }
        if (random::below(rng, (n - i) as u32) as usize) < wanted {
            chosen.push(i as u32);
        }
    }
    chosen
}

/// The leaf each row falls in: calls `found` with the row and the leaf's node.
pub fn route(
    bins: &Bins,
    nodes: &[Node],
    rows: impl IntoIterator<Item = u32>,
    mut found: impl FnMut(usize, usize),
) {
    let codes = bins.by_row();
    let stride = bins.stride();
    for row in rows {
        let row = row as usize;
        let codes = &codes[row * stride..(row + 1) * stride];
        let mut at = 0;
        while nodes[at].left != 0 {
            let node = &nodes[at];
            let column = node.column as usize;
            let left = node.cut.goes_left(codes[column], bins.shift(column));
            at = node.left as usize + usize::from(!left);
        }
        found(row, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use crate::learn::boosting::split::tests::LIMITS;
    use crate::learn::kernels::histogram::pack;
    use rand_chacha::rand_core::SeedableRng;

    fn shape(max_leaves: usize) -> Shape {
        Shape {
            max_depth: 30,
            max_leaves,
            monotone: vec![],
        }
    }

    #[test]
    fn the_pool_bounds_memory_and_changes_nothing() {
        let (n, d) = (2000usize, 5usize);
        let x: Vec<f32> = (0..n * d)
            .map(|i| match i * 7919 % 1013 {
                v if v % 11 == 0 && i % d != 4 => f32::NAN,
                v if i % d == 4 => (v % 30) as f32,
                v => v as f32,
            })
            .collect();
        let mut quiet = Quiet;
        let run = Run::new(&mut quiet, 0);
        let bins = Bins::with_levels(&x, d, &[0, 0, 0, 0, 30], n, 64, &run).unwrap();
        let packed: Vec<i64> = (0..n)
            .map(|i| {
                let level = x[i * d + 4] as i32;
                pack((level * 7 % 17 - 8) * 30 + (i as i32 * 31 % 101 - 50), 1)
            })
            .collect();
        let limits = Limits {
            min_rows: 5.0,
            ..LIMITS
        };
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for (max_leaves, part) in [(40, n), (usize::MAX, n), (40, 1200)] {
            let rows = choose(&mut rng, n, part);
            let columns = || Columns {
                tree: (0..d as u32).collect(),
                by_node: None,
            };
            let mut wide = Grower::new(&bins, shape(max_leaves));
            let mut tight = Grower::new(&bins, shape(max_leaves));
            tight.n_most = 3;
            let a = wide
                .grow(rows.clone(), &packed, &limits, &mut columns(), &run)
                .unwrap();
            let b = tight
                .grow(rows.clone(), &packed, &limits, &mut columns(), &run)
                .unwrap();
            assert_eq!(a.0, b.0);
            assert!(tight.n_made <= 3 && wide.n_made > 3);
            assert!(a.1.len() <= max_leaves && a.1.len() > 20);
            assert_eq!(a.0.len(), 2 * a.1.len() - 1);
            assert!(a.0.iter().any(|n| n.left > 0 && n.column == 4));
            // Leaves divide the rows, their sums are those of their rows, and routing finds the same leaf.
            let mut covered = 0;
            for leaf in &a.1 {
                let rows = &wide.rows()[leaf.start..leaf.end];
                assert!(rows.len() >= 5);
                covered += rows.len();
                assert_eq!(leaf.sum, total(rows, &packed));
                route(&bins, &a.0, rows.iter().copied(), |_, at| {
                    assert_eq!(at, leaf.node);
                });
            }
            assert_eq!(covered, part);
        }
    }

    #[test]
    fn choices_are_rising_and_even() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut counts = [0; 10];
        for _ in 0..3000 {
            let some = choose(&mut rng, 10, 3);
            assert!(some.len() == 3 && some.is_sorted());
            for c in some {
                counts[c as usize] += 1;
            }
        }
        assert!(counts.iter().all(|c| (800..1000).contains(c)), "{counts:?}");
    }
}
