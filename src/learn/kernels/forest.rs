//! Fitted trees as one flat list of nodes, and their sum over rows.
use crate::base::{Error, Result};
use serde::{Deserialize, Serialize};

/// Rows scored by all trees before the next ones, so that they stay in the cache.
const BLOCK: usize = 512;
/// Rows that walk down a tree side by side, hiding each other's memory latency.
const WIDTH: usize = 8;

/// One node. Values up to the threshold, and values that are not numbers, go to `left`, larger ones to `left + 1`.
/// A leaf points to itself with an infinite threshold, so that a row which has arrived stays.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Column looked at.
    pub feature: u32,
    /// Largest value that goes left.
    pub threshold: f32,
    /// Index of the left child.
    pub left: u32,
    /// What a leaf adds.
    pub value: f32,
}

impl Node {
    /// A leaf at index `at`.
    pub fn leaf(at: usize) -> Self {
        Self {
            feature: 0,
            threshold: f32::INFINITY,
            left: at as u32,
            value: 0.0,
        }
    }
}

/// Trees that have been checked: every index is in range and no walk goes round in circles.
#[derive(Debug, Clone)]
pub struct Forest {
    nodes: Vec<Node>,
    roots: Vec<u32>,
    /// Steps from each root to its deepest leaf.
    depths: Vec<u32>,
    n_features: usize,
}

/// [`Forest`] as it is saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForestState {
    /// Nodes of all trees.
    pub nodes: Vec<Node>,
    /// Index of each tree's root.
    pub roots: Vec<u32>,
    /// Columns of the matrix.
    pub n_features: u64,
}

impl Forest {
    /// Checks `state`.
    ///
    /// # Errors
    /// [`Error::Artifact`] for an index out of range, a child before its parent, or a number that is not finite.
    pub fn new(state: ForestState) -> Result<Self> {
        let bad = |detail: &str| Err(Error::invalid_artifact(format!("trees: {detail}")));
        let ForestState {
            nodes,
            roots,
            n_features,
        } = state;
        let Ok(n_features) = usize::try_from(n_features) else {
            return bad("too many columns");
        };
        if n_features == 0 || nodes.len() > u32::MAX as usize {
            return bad("no columns or too many nodes");
        }
        // Children come after their parent, so one pass from the end knows every height.
        let mut heights = vec![0u32; nodes.len()];
        for (i, node) in nodes.iter().enumerate().rev() {
            let left = node.left as usize;
            if !node.value.is_finite() || node.feature as usize >= n_features {
                return bad("a value or column out of range");
            }
            if left == i {
                if node.threshold != f32::INFINITY {
                    return bad("a leaf with a threshold");
                }
            } else if left > i && left + 1 < nodes.len() && !node.threshold.is_nan() {
                heights[i] = 1 + heights[left].max(heights[left + 1]);
            } else {
                return bad("a child out of range");
            }
        }
        let mut depths = Vec::with_capacity(roots.len());
        for &root in &roots {
            match heights.get(root as usize) {
                Some(&h) => depths.push(h),
                None => return bad("a root out of range"),
            }
        }
        Ok(Self {
            nodes,
            roots,
            depths,
            n_features,
        })
    }

    /// As it is saved.
    pub fn state(&self) -> ForestState {
        ForestState {
            nodes: self.nodes.clone(),
            roots: self.roots.clone(),
            n_features: self.n_features as u64,
        }
    }

    /// Columns of the matrix.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Trees.
    pub fn n_trees(&self) -> usize {
        self.roots.len()
    }

    /// Adds every tree's value to `out`, one per row of `x` (row-major, [`Forest::n_features`] wide).
    pub fn add_to(&self, x: &[f32], out: &mut [f64]) {
        assert_eq!(x.len(), out.len() * self.n_features);
        let blocks = x.chunks(BLOCK * self.n_features).zip(out.chunks_mut(BLOCK));
        for (x, out) in blocks {
            for (&root, &depth) in self.roots.iter().zip(&self.depths) {
                let wide = x.chunks(WIDTH * self.n_features).zip(out.chunks_mut(WIDTH));
                for (x, out) in wide {
                    if out.len() == WIDTH {
                        self.walk::<WIDTH>(root, depth, x, out);
                    } else {
                        for (x, out) in x.chunks(self.n_features).zip(out.chunks_mut(1)) {
                            self.walk::<1>(root, depth, x, out);
                        }
                    }
                }
            }
        }
    }

    #[inline]
    fn walk<const W: usize>(&self, root: u32, depth: u32, x: &[f32], out: &mut [f64]) {
        assert!(x.len() == W * self.n_features && out.len() == W);
        let mut at = [root; W];
        for _ in 0..depth {
            for (k, at) in at.iter_mut().enumerate() {
                // SAFETY: roots and both children of every node are in range, as `new` has checked; a leaf's
                // infinite threshold is never exceeded, so it leads to itself.
                let node = unsafe { self.nodes.get_unchecked(*at as usize) };
                // SAFETY: `feature < n_features`, as `new` has checked, and `x` holds `W` rows.
                let value =
                    unsafe { *x.get_unchecked(k * self.n_features + node.feature as usize) };
                *at = node.left + u32::from(value > node.threshold);
            }
        }
        for (out, at) in out.iter_mut().zip(at) {
            *out += f64::from(self.nodes[at as usize].value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> ForestState {
        let split = Node {
            feature: 1,
            threshold: 0.5,
            left: 1,
            value: 0.0,
        };
        let leaf = |at, value| Node {
            value,
            ..Node::leaf(at)
        };
        ForestState {
            nodes: vec![split, leaf(1, -1.0), leaf(2, 2.0), leaf(3, 10.0)],
            roots: vec![0, 3],
            n_features: 2,
        }
    }

    #[test]
    fn rows_reach_their_leaves() {
        let forest = Forest::new(state()).unwrap();
        let values = [
            0.5,
            0.6,
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            0.0,
            9.0,
            0.5,
            0.7,
            0.1,
        ];
        let x: Vec<f32> = values.iter().flat_map(|v| [9.0, *v]).collect();
        let mut out = [0.0; 10];
        forest.add_to(&x, &mut out);
        assert_eq!(out, [9.0, 12.0, 9.0, 12.0, 9.0, 9.0, 12.0, 9.0, 12.0, 9.0]);
    }

    #[test]
    fn broken_trees_are_refused() {
        let broken: [fn(&mut ForestState); 9] = [
            |s| s.nodes[0].left = 3,
            |s| s.nodes[0].left = u32::MAX,
            |s| s.nodes[2].left = 0,
            |s| s.nodes[0].feature = 2,
            |s| s.nodes[0].threshold = f32::NAN,
            |s| s.nodes[1].threshold = 0.0,
            |s| s.nodes[1].value = f32::INFINITY,
            |s| s.roots.push(4),
            |s| s.n_features = 0,
        ];
        for (i, spoil) in broken.iter().enumerate() {
            let mut s = state();
            spoil(&mut s);
            assert!(Forest::new(s).is_err(), "{i}");
        }
    }
}
