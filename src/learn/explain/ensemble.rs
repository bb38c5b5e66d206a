//! Trees of every learner seen alike: nodes, thresholds, sides of what is missing, sets of levels, values, covers.
use crate::base::{Error, Result};

/// A node. Values up to the threshold, or levels of its set, go to `left`, all others to `left + 1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// Column looked at.
    pub column: u32,
    /// Largest value that goes left.
    pub threshold: f32,
    /// Index of the left child in its tree; 0 in a leaf.
    pub left: u32,
    /// Whether a missing value goes left.
    pub missing_left: bool,
    /// For a category 1 and the index of its set, else 0.
    pub set: u32,
    /// What a leaf adds.
    pub value: f64,
    /// Weight of the training rows that passed; 0 where unknown.
    pub cover: f64,
}

impl Node {
    /// A leaf.
    pub fn leaf(value: f64, cover: f64) -> Self {
        Self {
            column: 0,
            threshold: f32::INFINITY,
            left: 0,
            missing_left: true,
            set: 0,
            value,
            cover,
        }
    }

    /// A split of numbers.
    pub fn split(column: u32, threshold: f32, left: u32, missing_left: bool, cover: f64) -> Self {
        Self {
            column,
            threshold,
            left,
            missing_left,
            set: 0,
            value: 0.0,
            cover,
        }
    }
}

/// A sum over trees, checked: every index is in range and children come after their parent.
#[derive(Debug, Clone)]
pub struct Ensemble {
    n_columns: usize,
    base: f64,
    scale: f64,
    nodes: Vec<Node>,
    /// First node of each tree, and the end.
    starts: Vec<usize>,
    /// A bit per level.
    sets: Vec<Vec<u32>>,
    has_covers: bool,
}

impl Ensemble {
    /// No trees: `base` for every row. Trees that follow count `scale` times their value.
    pub fn new(n_columns: usize, base: f64, scale: f64) -> Self {
        Self {
            n_columns,
            base,
            scale,
            nodes: Vec::new(),
            starts: vec![0],
            sets: Vec::new(),
            has_covers: true,
        }
    }

    /// Nodes of all trees.
    pub fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Adds a set of levels, a bit per level in words of 32; what [`Node::set`] of a split by it is.
    pub fn add_set(&mut self, words: Vec<u32>) -> u32 {
        self.sets.push(words);
        self.sets.len() as u32
    }

    /// Adds a tree, root first, whose sets have been added before.
    ///
    /// # Errors
    /// [`Error::Artifact`] for an index out of range, a child before its parent, a number that is not finite, or a cover
    /// below 0.
    pub fn add_tree(&mut self, nodes: &[Node]) -> Result<()> {
        let n = nodes.len();
        let sound = |(i, node): (usize, &Node)| {
            let left = node.left as usize;
            let split = left > i
                && left + 1 < n
                && (node.column as usize) < self.n_columns
                && node.set as usize <= self.sets.len()
                && (node.set > 0 || !node.threshold.is_nan());
            (left == 0 || split)
                && node.value.is_finite()
                && node.cover.is_finite()
                && node.cover >= 0.0
        };
        if n == 0 || !nodes.iter().enumerate().all(sound) {
            return Err(Error::invalid_artifact(
                "trees: a node that cannot be explained",
            ));
        }
        self.has_covers &= nodes.iter().all(|n| n.cover > 0.0);
        self.nodes.extend_from_slice(nodes);
        self.starts.push(self.nodes.len());
        Ok(())
    }

    /// Columns of the matrix.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// Whether every node knows the weight of its training rows.
    pub fn has_covers(&self) -> bool {
        self.has_covers
    }

    /// Nodes of each tree.
    pub(super) fn trees(&self) -> impl Iterator<Item = &[Node]> {
        self.starts.windows(2).map(|w| &self.nodes[w[0]..w[1]])
    }

    /// What a tree's values count.
    pub(super) fn scale(&self) -> f64 {
        self.scale
    }

    /// Whether `value` goes left at `node`, one of its own.
    #[inline(always)]
    pub(super) fn goes_left(&self, node: &Node, value: f32) -> bool {
        if node.set == 0 {
            value <= node.threshold || (node.missing_left && value.is_nan())
        } else {
            let level = value as u32;
            let known = value >= 0.0 && level as f32 == value;
            let word = self.sets[node.set as usize - 1].get(level as usize >> 5);
            known && word.is_some_and(|w| w >> (level & 31) & 1 == 1)
        }
    }

    /// The sum for a row, [`Ensemble::n_columns`] wide.
    pub fn sum(&self, row: &[f32]) -> f64 {
        let mut total = 0.0;
        for tree in self.trees() {
            let mut node = &tree[0];
            while node.left > 0 {
                let right = usize::from(!self.goes_left(node, row[node.column as usize]));
                node = &tree[node.left as usize + right];
            }
            total += node.value;
        }
        self.base + self.scale * total
    }

    /// The mean of the sum over the training rows, as far as covers tell: every split is taken to divide them alike.
    pub fn expectation(&self) -> f64 {
        let mut total = 0.0;
        let mut means: Vec<f64> = Vec::new();
        for tree in self.trees() {
            means.clear();
            means.resize(tree.len(), 0.0);
            for (i, node) in tree.iter().enumerate().rev() {
                let left = node.left as usize;
                means[i] = if left == 0 {
                    node.value
                } else {
                    let [a, b] = shares(tree, node);
                    a * means[left] + b * means[left + 1]
                };
            }
            total += means[0];
        }
        self.base + self.scale * total
    }
}

/// Shares of a split's rows that went left and right.
#[inline(always)]
pub(super) fn shares(tree: &[Node], split: &Node) -> [f64; 2] {
    let left = split.left as usize;
    let (a, b) = (tree[left].cover, tree[left + 1].cover);
    let sum = a + b;
    if sum > 0.0 {
        [a / sum, b / sum]
    } else {
        [0.5; 2]
    }
}
