//! Fitted trees as flat lists, saved and checked, and the mean of their leaves over rows.
use super::{
    super::explain::{self, Ensemble, Form, Link},
    cart::Node,
    cart_columns::floor_f32,
    input::{check_width, row_major},
};
use crate::base::{Error, Result};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

/// Rows scored by all trees before the next ones, so that they stay in the cache.
const BLOCK: usize = 512;
/// Rows that walk down a tree side by side, hiding each other's memory latency.
const WIDTH: usize = 8;

/// Trees as they are saved. All lists but `values` hold one value per node, tree after tree, roots first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TreesState {
    /// Columns of the matrix.
    pub n_features: u64,
    /// Values per leaf: for classes the shares of all but the first, for numbers the mean.
    pub n_values: u64,
    /// Nodes of each tree.
    pub sizes: Vec<u32>,
    /// Distance to the left child, which the right one follows; 0 in a leaf.
    pub steps: Vec<u32>,
    /// Column looked at; 0 in a leaf.
    pub features: Vec<u32>,
    /// Largest value that goes left; 0 in a leaf.
    pub thresholds: Vec<f32>,
    /// `n_values` per leaf, in the order of the nodes.
    pub values: Vec<f64>,
    /// Weight of the training rows that passed; empty in trees of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<f32>,
}

impl TreesState {
    /// No trees yet, for `n_classes` or numbers.
    pub fn empty(n_features: usize, n_classes: Option<usize>) -> Self {
        Self {
            n_features: n_features as u64,
            n_values: n_classes.map_or(1, |k| k.saturating_sub(1)) as u64,
            ..Self::default()
        }
    }

    /// Adds a grown tree of `n_classes` or of numbers.
    pub fn push(&mut self, nodes: &[Node], is_class: bool) {
        self.sizes.push(nodes.len() as u32);
        for (i, node) in nodes.iter().enumerate() {
            let split = node.split.as_ref();
            self.steps.push(split.map_or(0, |s| (s.left - i) as u32));
            self.features.push(split.map_or(0, |s| s.column as u32));
            let threshold = split.map_or(0.0, |s| floor_f32(s.threshold));
            self.thresholds.push(threshold);
            // Weights beyond single precision count as its largest.
            self.covers.push((node.summary.weight as f32).min(f32::MAX));
            if split.is_none() {
                let value = &node.summary.value;
                self.values.extend(value.iter().skip(usize::from(is_class)));
            }
        }
    }

    /// Adds the trees of `other` after its own.
    ///
    /// # Errors
    /// [`Error::Artifact`] when they are for other matrices or targets.
    pub fn append(&mut self, other: Self) -> Result<()> {
        if (self.n_features, self.n_values) != (other.n_features, other.n_values) {
            return Err(Error::invalid_artifact(
                "trees: parts do not belong together",
            ));
        }
        if self.covers.len() == self.steps.len() && other.covers.len() == other.steps.len() {
            self.covers.extend(other.covers);
        } else {
            self.covers.clear();
        }
        self.sizes.extend(other.sizes);
        self.steps.extend(other.steps);
        self.features.extend(other.features);
        self.thresholds.extend(other.thresholds);
        self.values.extend(other.values);
        Ok(())
    }
}

/// A node to walk over: values above the threshold go to `left + 1`, all others, and values that are not numbers, to
/// `left`. A leaf leads to itself.
#[derive(Debug, Clone, Copy)]
struct Step {
    threshold: f32,
    feature: u32,
    left: u32,
}

/// Trees that have been checked: every index is in range and no walk goes round in circles.
#[derive(Debug, Clone)]
pub struct Trees {
    state: TreesState,
    steps: Vec<Step>,
    /// Leaves before each node.
    leaves: Vec<u32>,
    /// Root and greatest depth of each tree.
    roots: Vec<(u32, u32)>,
    n_features: usize,
    n_values: usize,
}

impl Trees {
    /// Checks `state`; for classes the values of a leaf must be shares.
    ///
    /// # Errors
    /// [`Error::Artifact`] for an index out of range, a child before its parent, or a value out of range.
    pub fn new(state: TreesState, is_class: bool) -> Result<Self> {
        let bad = |detail: &str| Err(Error::invalid_artifact(format!("trees: {detail}")));
        let n = state.steps.len();
        let all: u64 = state.sizes.iter().map(|s| u64::from(*s)).sum();
        let (Ok(n_features), Ok(n_values)) = (
            u32::try_from(state.n_features),
            u32::try_from(state.n_values),
        ) else {
            return bad("too wide");
        };
        let (n_features, n_values) = (n_features as usize, n_values as usize);
        if n_features == 0 || n_values == 0 || n >= u32::MAX as usize || all != n as u64 {
            return bad("sizes");
        }
        if state.features.len() != n || state.thresholds.len() != n || state.sizes.is_empty() {
            return bad("lengths");
        }
        if ![0, n].contains(&state.covers.len()) || !state.covers.iter().all(|c| c.is_finite()) {
            return bad("weights of nodes");
        }
        let mut steps = Vec::with_capacity(n);
        let mut leaves = Vec::with_capacity(n);
        let mut roots = Vec::with_capacity(state.sizes.len());
        let (mut start, mut n_leaves) = (0usize, 0u32);
        let mut heights: Vec<u32> = Vec::new();
        for &size in &state.sizes {
            let end = start + size as usize;
            if size == 0 {
                return bad("an empty tree");
            }
            for i in start..end {
                let (step, feature) = (state.steps[i] as usize, state.features[i]);
                let threshold = state.thresholds[i];
                if feature as usize >= n_features || !threshold.is_finite() {
                    return bad("a column or threshold out of range");
                }
                if step > 0 && end - i <= step.saturating_add(1) {
                    return bad("a child out of range");
                }
                leaves.push(n_leaves);
                n_leaves += u32::from(step == 0);
                steps.push(Step {
                    threshold: if step == 0 { f32::INFINITY } else { threshold },
                    feature: if step == 0 { 0 } else { feature },
                    left: (i + step) as u32,
                });
            }
            // Children come after their parent, so one pass from the end knows every height.
            heights.clear();
            heights.resize(size as usize, 0);
            for i in (0..size as usize).rev() {
                let step = state.steps[start + i] as usize;
                if step > 0 {
                    heights[i] = 1 + heights[i + step].max(heights[i + step + 1]);
                }
            }
            roots.push((start as u32, heights[0]));
            start = end;
        }
        let wanted = (n_leaves as usize).checked_mul(n_values);
        if wanted != Some(state.values.len()) {
            return bad("values");
        }
        let sound = |leaf: &[f64]| {
            let share = |v: &f64| (0.0..=1.0).contains(v);
            if is_class {
                leaf.iter().all(share) && leaf.iter().sum::<f64>() <= 1.0 + 1e-9
            } else {
                leaf.iter().all(|v| v.is_finite())
            }
        };
        if !state.values.chunks_exact(n_values).all(sound) {
            return bad("a value out of range");
        }
        Ok(Self {
            state,
            steps,
            leaves,
            roots,
            n_features,
            n_values,
        })
    }

    /// As they are saved.
    pub fn state(&self) -> &TreesState {
        &self.state
    }

    /// Columns of the matrix.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Values per leaf, see [`TreesState::n_values`].
    pub fn n_values(&self) -> usize {
        self.n_values
    }

    /// Trees.
    pub fn n_trees(&self) -> usize {
        self.roots.len()
    }

    /// The trees as an explanation of class `output`, or of numbers, sees them.
    pub fn form(&self, output: Option<usize>) -> Form<'static> {
        let scale = 1.0 / self.roots.len().max(1) as f64;
        let mut ensemble = Ensemble::new(self.n_features, 0.0, scale);
        let value = |leaf: &[f64]| match output {
            None => leaf.first().copied().unwrap_or_default(),
            Some(0) => 1.0 - leaf.iter().sum::<f64>(),
            Some(k) => leaf.get(k - 1).copied().unwrap_or_default(),
        };
        let state = &self.state;
        let mut start = 0;
        for &size in &state.sizes {
            let end = start + size as usize;
            let nodes: Vec<explain::Node> = (start..end)
                .map(|i| {
                    let cover = state.covers.get(i).map_or(0.0, |c| f64::from(*c).max(0.0));
                    if state.steps[i] == 0 {
                        explain::Node::leaf(value(self.values_of(self.leaves[i])), cover)
                    } else {
                        let left = (i - start) as u32 + state.steps[i];
                        let (column, at) = (state.features[i], state.thresholds[i]);
                        explain::Node::split(column, at, left, true, cover)
                    }
                })
                .collect();
            if ensemble.add_tree(&nodes).is_err() {
                return Form::Opaque;
            }
            start = end;
        }
        Form::Trees {
            sums: vec![ensemble],
            link: Link::Identity,
        }
    }

    /// Calls `each` with the row and the values of its leaf for `rows` of `x` (row-major), in tree `tree`.
    pub fn leaves_of(
        &self,
        tree: usize,
        x: &[f32],
        rows: &[u32],
        mut each: impl FnMut(u32, &[f64]),
    ) {
        let Some(&root) = self.roots.get(tree) else {
            return;
        };
        let (wide, rest) = rows.as_chunks::<WIDTH>();
        for rows in wide {
            let leaves = self.walk(root, x, rows.map(|r| r as usize));
            for (r, leaf) in rows.iter().zip(leaves) {
                each(*r, self.values_of(leaf));
            }
        }
        for &r in rest {
            let [leaf] = self.walk(root, x, [r as usize]);
            each(r, self.values_of(leaf));
        }
    }

    /// Mean of the leaves' values over all trees, `(n_rows, n_values)`, row-major.
    ///
    /// # Errors
    /// [`Error::Shape`] when `x` has another width.
    pub fn mean(&self, x: ArrayView2<'_, f32>) -> Result<Vec<f64>> {
        check_width(x, self.n_features)?;
        let x = row_major(x);
        let n = x.len() / self.n_features;
        let mut out = vec![0.0; n * self.n_values];
        for start in (0..n).step_by(BLOCK) {
            let end = (start + BLOCK).min(n);
            for &root in &self.roots {
                self.add_block(root, &x, start..end, &mut out);
            }
        }
        let n_trees = self.roots.len() as f64;
        for v in &mut out {
            *v /= n_trees;
        }
        Ok(out)
    }

    /// Probabilities of the classes, `(n_rows, n_values + 1)`.
    ///
    /// # Errors
    /// [`Error::Shape`] when `x` has another width.
    pub fn predict_proba(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        let mean = self.mean(x)?;
        let mut out = Array2::zeros((x.nrows(), self.n_values + 1));
        let rows = out.rows_mut().into_iter();
        for (mut row, shares) in rows.zip(mean.chunks_exact(self.n_values)) {
            let mut rest = 1.0;
            for (k, share) in shares.iter().enumerate() {
                row[k + 1] = *share;
                rest -= share;
            }
            row[0] = rest.clamp(0.0, 1.0);
        }
        Ok(out)
    }

    #[inline(never)]
    fn add_block(
        &self,
        root: (u32, u32),
        x: &[f32],
        rows: std::ops::Range<usize>,
        out: &mut [f64],
    ) {
        let mut row = rows.start;
        let width = self.n_values;
        while row < rows.end {
            let mut add = |row: usize, leaf: u32| {
                let out = &mut out[row * width..(row + 1) * width];
                for (o, v) in out.iter_mut().zip(self.values_of(leaf)) {
                    *o += v;
                }
            };
            if row + WIDTH <= rows.end {
                let leaves = self.walk(root, x, std::array::from_fn::<_, WIDTH, _>(|k| row + k));
                for (k, leaf) in leaves.into_iter().enumerate() {
                    add(row + k, leaf);
                }
                row += WIDTH;
            } else {
                let [leaf] = self.walk(root, x, [row]);
                add(row, leaf);
                row += 1;
            }
        }
    }

    fn values_of(&self, leaf: u32) -> &[f64] {
        let start = leaf as usize * self.n_values;
        &self.state.values[start..start + self.n_values]
    }

    /// The leaves that rows of `x` reach, counted over all trees.
    #[inline]
    fn walk<const W: usize>(
        &self,
        (root, depth): (u32, u32),
        x: &[f32],
        rows: [usize; W],
    ) -> [u32; W] {
        let d = self.n_features;
        let n = x.len() / d;
        assert!(rows.iter().all(|r| *r < n));
        let mut at = [root; W];
        for _ in 0..depth {
            for (row, at) in rows.iter().zip(&mut at) {
                // SAFETY: roots and both children of every node are in range, as `new` has checked; a leaf's
                // infinite threshold is never exceeded, so it leads to itself.
                let step = unsafe { self.steps.get_unchecked(*at as usize) };
                // SAFETY: `row < n` as asserted and `feature < d` as `new` has checked.
                let value = unsafe { *x.get_unchecked(row * d + step.feature as usize) };
                *at = step.left + u32::from(value > step.threshold);
            }
        }
        at.map(|at| self.leaves[at as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stump on the second of two columns, and a lone leaf; shares of three classes.
    fn state() -> TreesState {
        TreesState {
            n_features: 2,
            n_values: 2,
            sizes: vec![3, 1],
            steps: vec![1, 0, 0, 0],
            features: vec![1, 0, 0, 0],
            thresholds: vec![0.5, 0.0, 0.0, 0.0],
            values: vec![0.25, 0.5, 1.0, 0.0, 0.0, 0.25],
            covers: vec![4.0, 3.0, 1.0, 4.0],
        }
    }

    #[test]
    fn rows_reach_their_leaves() {
        let trees = Trees::new(state(), true).unwrap();
        let values = [
            0.5,
            0.6,
            f32::NAN,
            f32::INFINITY,
            f32::MIN,
            0.0,
            9.0,
            0.5,
            0.7,
            0.1,
        ];
        let x = Array2::from_shape_fn((10, 2), |(i, j)| if j == 1 { values[i] } else { 9.0 });
        let p = trees.predict_proba(x.view()).unwrap();
        for (row, v) in p.rows().into_iter().zip(values) {
            let want = if v > 0.5 {
                [0.375, 0.5, 0.125]
            } else {
                [0.5, 0.125, 0.375]
            };
            assert_eq!(row.to_vec(), want, "{v}");
        }
        let mut seen = Vec::new();
        let rows: Vec<u32> = (0..10).rev().collect();
        trees.leaves_of(0, x.as_slice().unwrap(), &rows, |r, v| seen.push((r, v[0])));
        assert!(
            seen.iter()
                .all(|(r, v)| (*v == 1.0) == (values[*r as usize] > 0.5))
        );
        assert_eq!(seen.len(), 10);
        assert!(trees.predict_proba(Array2::zeros((1, 3)).view()).is_err());
    }

    #[test]
    fn broken_trees_are_refused() {
        let broken: [fn(&mut TreesState); 16] = [
            |s| s.steps[0] = 2,
            |s| s.steps[0] = u32::MAX,
            |s| s.steps[2] = 1,
            |s| s.features[0] = 2,
            |s| s.thresholds[0] = f32::NAN,
            |s| s.values[1] = 1.5,
            |s| s.values[0] = f64::NAN,
            |s| s.values[0] = 0.9,
            |s| s.sizes = vec![4, 0],
            |s| s.sizes = vec![3],
            |s| s.n_values = 1,
            |s| s.n_values = u64::MAX,
            |s| s.n_features = 0,
            |s| s.features.truncate(3),
            |s| s.covers.truncate(3),
            |s| s.covers[0] = f32::NAN,
        ];
        for (i, spoil) in broken.iter().enumerate() {
            let mut s = state();
            spoil(&mut s);
            assert!(Trees::new(s, true).is_err(), "{i}");
        }
        let mut wide = state();
        wide.values[1] = 1e9;
        assert!(Trees::new(wide, false).is_ok());
    }
}
