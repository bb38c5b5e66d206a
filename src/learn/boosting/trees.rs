//! Fitted trees, saved as columns of numbers and walked by several rows side by side.
use super::{
    super::{
        explain::{Ensemble, Node},
        kernels::{
            bins::{Bins, Kind, MAX_LEVEL},
            forest::{Forest, ForestState},
        },
    },
    grow,
    split::Cut,
};
use crate::base::{Error, Result};
use serde::{Deserialize, Serialize};

/// Rows scored by all trees before the next ones, so that they stay in the cache.
const BLOCK: usize = 512;
/// Rows that walk down a tree side by side, hiding each other's memory latency.
const WIDTH: usize = 8;
/// In [`Step::feature`]: values up to the threshold go left, all others, missing ones too, go right.
const MISSING_RIGHT: u32 = 1 << 31;

/// Trees as they are saved: a value per node in every list, children after their parent and side by side.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TreesState {
    /// Columns of the matrix.
    pub n_features: u64,
    /// Index of each tree's root.
    pub roots: Vec<u32>,
    /// What each tree adds to: 0 but with several classes.
    pub outputs: Vec<u32>,
    /// Column looked at.
    pub features: Vec<u32>,
    /// Largest value that goes left; infinite in a leaf.
    pub thresholds: Vec<f32>,
    /// Index of the left child; a leaf's own.
    pub lefts: Vec<u32>,
    /// What a leaf adds.
    pub values: Vec<f32>,
    /// Whether missing values go right: 0 or 1.
    pub missing_right: Vec<u8>,
    /// For a category: 1 and the index of its set, else 0.
    pub sets: Vec<u32>,
    /// Levels that go left, rising; all other values go right.
    pub levels: Vec<Vec<u32>>,
    /// Weight of the training rows that passed; empty in trees of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<f32>,
}

impl TreesState {
    /// Adds a grown tree with a value per node, used in leaves, and the weight of the rows of every leaf.
    pub fn push(
        &mut self,
        bins: &Bins,
        nodes: &[grow::Node],
        values: &[f32],
        mut covers: Vec<f64>,
        output: u32,
    ) {
        for (i, node) in nodes.iter().enumerate().rev().filter(|(_, n)| n.left > 0) {
            let left = node.left as usize;
            covers[i] = covers[left] + covers[left + 1];
        }
        self.covers
            .extend(covers.iter().map(|c| (*c as f32).min(f32::MAX)));
        let root = self.features.len() as u32;
        self.roots.push(root);
        self.outputs.push(output);
        for (i, (node, &value)) in nodes.iter().zip(values).enumerate() {
            let leaf = node.left == 0;
            let at = if leaf { i as u32 } else { node.left };
            self.lefts.push(root + at);
            self.features.push(node.column);
            self.values.push(if leaf { value } else { 0.0 });
            let (threshold, right, set) = match (leaf, node.cut) {
                (true, _) => (f32::INFINITY, 0, 0),
                (_, Cut::Numbers { last, missing_left }) => {
                    // All numbers there were: infinite ones, never seen, go the way of what is missing.
                    let edge = bins.edge(node.column as usize, last.into()).min(f32::MAX);
                    (edge, u8::from(!missing_left), 0)
                }
                (_, Cut::Levels(_)) => {
                    self.levels.push(listed(bins, node));
                    (0.0, 1, self.levels.len() as u32)
                }
            };
            self.thresholds.push(threshold);
            self.missing_right.push(right);
            self.sets.push(set);
        }
    }

    /// Forgets all trees but the first `n_trees`.
    pub fn truncate(&mut self, n_trees: usize) {
        if let Some(&end) = self.roots.get(n_trees) {
            let end = end as usize;
            self.features.truncate(end);
            self.thresholds.truncate(end);
            self.lefts.truncate(end);
            self.values.truncate(end);
            self.missing_right.truncate(end);
            self.sets.truncate(end);
            self.covers.truncate(end);
            let kept = self.sets.iter().copied().max().unwrap_or(0);
            self.levels.truncate(kept as usize);
            self.roots.truncate(n_trees);
            self.outputs.truncate(n_trees);
        }
    }

    /// Trees of the first layout: one output, numbers only, missing values left.
    ///
    /// # Errors
    /// As [`Forest::new`].
    pub fn from_first(state: ForestState) -> Result<Self> {
        let state = Forest::new(state)?.state();
        let n = state.nodes.len();
        Ok(Self {
            n_features: state.n_features,
            outputs: vec![0; state.roots.len()],
            roots: state.roots,
            features: state.nodes.iter().map(|n| n.feature).collect(),
            thresholds: state.nodes.iter().map(|n| n.threshold).collect(),
            lefts: state.nodes.iter().map(|n| n.left).collect(),
            values: state.nodes.iter().map(|n| n.value).collect(),
            missing_right: vec![0; n],
            sets: vec![0; n],
            levels: Vec::new(),
            covers: Vec::new(),
        })
    }
}

/// Levels of the bins that go left.
fn listed(bins: &Bins, node: &grow::Node) -> Vec<u32> {
    let Kind::Levels(levels) = bins.kind(node.column as usize) else {
        return Vec::new();
    };
    let left = |bin: usize| node.cut.goes_left(bin as u8 + 1, 1);
    let named = levels.iter().enumerate();
    named.filter(|(b, _)| left(*b)).map(|(_, l)| *l).collect()
}

/// A node made ready to walk. A leaf leads to itself.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// Column, and [`MISSING_RIGHT`].
    feature: u32,
    /// Threshold; with [`MISSING_RIGHT`] the negative of the next larger number. For a category its set's index.
    threshold: f32,
    left: u32,
    value: f32,
}

/// What a tree's walk has to look at.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Needs {
    /// Values above the threshold go right, missing ones left.
    Thresholds,
    /// Missing values go either way.
    Sides,
    /// Categories too.
    Sets,
}

#[derive(Debug, Clone, Copy)]
struct Root {
    at: u32,
    depth: u32,
    output: u32,
    needs: Needs,
}

/// Trees that have been checked: every index is in range and no walk goes round in circles.
#[derive(Debug, Clone)]
pub struct Trees {
    state: TreesState,
    steps: Vec<Step>,
    /// The same for rows without missing values, which need not look at sides: no [`MISSING_RIGHT`], plain thresholds.
    whole: Vec<Step>,
    /// Per node the index of its set and 1, where there are categories at all.
    sets: Vec<u32>,
    /// A bit per level.
    words: Vec<Vec<u32>>,
    roots: Vec<Root>,
    n_features: usize,
    n_outputs: usize,
}

fn bad<T>(detail: &str) -> Result<T> {
    Err(Error::invalid_artifact(format!("trees: {detail}")))
}

impl Trees {
    /// Checks `state`, whose trees add to `n_outputs` sums.
    ///
    /// # Errors
    /// [`Error::Artifact`] for lists of different lengths, an index out of range, a child before its parent, or a
    /// number that is not finite.
    pub fn new(state: TreesState, n_outputs: usize) -> Result<Self> {
        let n = state.features.len();
        let lists = [
            state.thresholds.len(),
            state.lefts.len(),
            state.values.len(),
            state.missing_right.len(),
            state.sets.len(),
        ];
        if lists.iter().any(|l| *l != n) || state.roots.len() != state.outputs.len() {
            return bad("lists of different lengths");
        }
        if ![0, n].contains(&state.covers.len()) || !state.covers.iter().all(|c| c.is_finite()) {
            return bad("weights of nodes");
        }
        let Ok(n_features) = u32::try_from(state.n_features) else {
            return bad("too many columns");
        };
        if n_features == 0 || n_features >= MISSING_RIGHT || n > u32::MAX as usize {
            return bad("no columns, too many columns or too many nodes");
        }
        let words = state.levels.iter().map(|l| words_of(l));
        let words = words.collect::<Result<Vec<_>>>()?;
        let mut steps = Vec::with_capacity(n);
        for i in 0..n {
            steps.push(step(&state, i, n_features)?);
        }
        // Children come after their parent, so one pass from the end knows every height and need.
        let mut heights = vec![(0u32, Needs::Thresholds); n];
        for i in (0..n).rev() {
            let left = state.lefts[i] as usize;
            if left == i {
                continue;
            }
            let (a, b) = (heights[left], heights[left + 1]);
            let own = match (state.sets[i], state.missing_right[i]) {
                (0, 0) => Needs::Thresholds,
                (0, _) => Needs::Sides,
                _ => Needs::Sets,
            };
            let needs = [own, a.1, b.1].into_iter().max_by_key(|n| *n as u8);
            heights[i] = (1 + a.0.max(b.0), needs.unwrap_or(own));
        }
        let mut roots = Vec::with_capacity(state.roots.len());
        for (&at, &output) in state.roots.iter().zip(&state.outputs) {
            let Some(&(depth, needs)) = heights.get(at as usize) else {
                return bad("a root out of range");
            };
            if output as usize >= n_outputs {
                return bad("an output out of range");
            }
            roots.push(Root {
                at,
                depth,
                output,
                needs,
            });
        }
        Ok(Self {
            sets: if words.is_empty() {
                Vec::new()
            } else {
                state.sets.clone()
            },
            n_features: n_features as usize,
            whole: without_sides(&steps, &state.thresholds),
            state,
            steps,
            words,
            roots,
            n_outputs,
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

    /// Trees.
    pub fn n_trees(&self) -> usize {
        self.roots.len()
    }

    /// The trees of one output as an explanation sees them, on top of `start`; `None` where that cannot be.
    pub fn ensemble(&self, output: u32, start: f64) -> Option<Ensemble> {
        let state = &self.state;
        let mut ensemble = Ensemble::new(self.n_features, start, 1.0);
        for words in &self.words {
            ensemble.add_set(words.clone());
        }
        // Nodes of a tree lie side by side, in the order of the roots.
        for (t, root) in self.roots.iter().enumerate() {
            let start = root.at as usize;
            let next = self.roots.get(t + 1);
            let end = next.map_or(self.steps.len(), |r| r.at as usize);
            if root.output != output {
                continue;
            }
            let mut nodes = Vec::with_capacity(end.saturating_sub(start));
            for i in start..end {
                let left = state.lefts[i] as usize;
                let cover = state.covers.get(i).map_or(0.0, |c| f64::from(*c).max(0.0));
                nodes.push(if left == i {
                    Node::leaf(f64::from(state.values[i]), cover)
                } else {
                    Node {
                        column: state.features[i],
                        threshold: state.thresholds[i],
                        left: (left - start) as u32,
                        missing_left: state.missing_right[i] == 0,
                        set: state.sets[i],
                        value: 0.0,
                        cover,
                    }
                });
            }
            ensemble.add_tree(&nodes).ok()?;
        }
        Some(ensemble)
    }

    /// Adds every tree's value to `out`: for each row of `x` (row-major, [`Trees::n_features`] wide) as many sums as
    /// there are outputs.
    pub fn add_to(&self, x: &[f32], out: &mut [f64]) {
        let (d, k) = (self.n_features, self.n_outputs);
        assert_eq!(x.len() * k, out.len() * d);
        let blocks = x.chunks(BLOCK * d).zip(out.chunks_mut(BLOCK * k));
        for (x, out) in blocks {
            let whole = !x.iter().fold(false, |any, v| any | v.is_nan());
            for root in &self.roots {
                let (root, all) = (*root, &self.steps);
                match root.needs {
                    Needs::Thresholds => self.block::<false>(root, all, x, out, Self::above),
                    Needs::Sides if whole => {
                        self.block::<false>(root, &self.whole, x, out, Self::above)
                    }
                    Needs::Sides => self.block::<true>(root, all, x, out, Self::right),
                    Needs::Sets => self.block::<true>(root, all, x, out, Self::right_or_unlisted),
                }
            }
        }
    }

    /// A function of its own per kind of walk: small ones compile better in browsers.
    #[inline(never)]
    fn block<const SIDES: bool>(
        &self,
        root: Root,
        steps: &[Step],
        x: &[f32],
        out: &mut [f64],
        goes: impl Fn(&Self, &Step, usize, f32) -> bool + Copy,
    ) {
        let (d, k) = (self.n_features, self.n_outputs);
        for (x, out) in x.chunks(WIDTH * d).zip(out.chunks_mut(WIDTH * k)) {
            if out.len() == WIDTH * k {
                self.walk::<WIDTH, SIDES>(root, steps, x, out, goes);
            } else {
                for (x, out) in x.chunks(d).zip(out.chunks_mut(k)) {
                    self.walk::<1, SIDES>(root, steps, x, out, goes);
                }
            }
        }
    }

    #[inline(always)]
    fn walk<const W: usize, const SIDES: bool>(
        &self,
        root: Root,
        steps: &[Step],
        x: &[f32],
        out: &mut [f64],
        goes: impl Fn(&Self, &Step, usize, f32) -> bool + Copy,
    ) {
        let (d, n_outputs) = (self.n_features, self.n_outputs);
        assert!(x.len() == W * d && out.len() == W * n_outputs);
        assert!(steps.len() == self.steps.len());
        let mut at = [root.at; W];
        for _ in 0..root.depth {
            for (k, at) in at.iter_mut().enumerate() {
                // SAFETY: roots and both children of every node are in range, as `new` has checked of `self.steps`, and
                // `steps` has as many and the same children; nothing goes right of a leaf, so it leads to itself.
                let step = unsafe { steps.get_unchecked(*at as usize) };
                let feature = if SIDES {
                    step.feature & !MISSING_RIGHT
                } else {
                    step.feature
                } as usize;
                // SAFETY: `feature < n_features`, as `new` has checked (a tree that does not look at sides has no
                // `MISSING_RIGHT` in it, nor has `self.whole`), and `x` holds `W` rows.
                let value = unsafe { *x.get_unchecked(k * d + feature) };
                *at = step.left + u32::from(goes(self, step, *at as usize, value));
            }
        }
        for (k, at) in at.into_iter().enumerate() {
            out[k * n_outputs + root.output as usize] += f64::from(steps[at as usize].value);
        }
    }

    #[inline(always)]
    fn above(&self, step: &Step, _: usize, value: f32) -> bool {
        value > step.threshold
    }

    /// With [`MISSING_RIGHT`], `value` is below the next larger number than the threshold, or goes right.
    #[inline(always)]
    fn right(&self, step: &Step, _: usize, value: f32) -> bool {
        let flip = step.feature & MISSING_RIGHT;
        let value = f32::from_bits(value.to_bits() ^ flip);
        (value > step.threshold) ^ (flip != 0)
    }

    #[inline(always)]
    fn right_or_unlisted(&self, step: &Step, at: usize, value: f32) -> bool {
        match self.sets.get(at) {
            None | Some(0) => self.right(step, at, value),
            Some(&set) => {
                let words = self.words.get(set as usize - 1);
                let level = value as u32;
                let known = value >= 0.0 && level as f32 == value;
                let word = words.and_then(|w| w.get(level as usize >> 5));
                !(known && word.is_some_and(|w| w >> (level & 31) & 1 == 1))
            }
        }
    }
}

/// One node of `state`, checked but for its depth.
fn step(state: &TreesState, i: usize, n_features: u32) -> Result<Step> {
    let (left, threshold) = (state.lefts[i] as usize, state.thresholds[i]);
    let (right, set) = (state.missing_right[i], state.sets[i]);
    if !state.values[i].is_finite() || state.features[i] >= n_features {
        return bad("a value or column out of range");
    }
    if right > 1 || set as usize > state.levels.len() || (set > 0 && right == 0) {
        return bad("a side or set out of range");
    }
    if left == i {
        if threshold != f32::INFINITY || right != 0 || set != 0 {
            return bad("a leaf with a threshold");
        }
    } else if left < i || left + 1 >= state.lefts.len() || threshold.is_nan() {
        return bad("a child or threshold out of range");
    }
    let flipped = right == 1 && set == 0;
    Ok(Step {
        feature: state.features[i] | if flipped { MISSING_RIGHT } else { 0 },
        threshold: if flipped {
            -threshold.next_up()
        } else {
            threshold
        },
        left: left as u32,
        value: state.values[i],
    })
}

fn words_of(levels: &[u32]) -> Result<Vec<u32>> {
    if !levels.is_sorted() || levels.iter().any(|l| *l >= MAX_LEVEL) {
        return bad("levels out of order or range");
    }
    let mut words = vec![0u32; levels.last().map_or(0, |l| *l as usize / 32 + 1)];
    for &level in levels {
        words[level as usize / 32] |= 1 << (level & 31);
    }
    Ok(words)
}

/// Steps that compare with the threshold itself; of a tree with categories they are not used.
fn without_sides(steps: &[Step], thresholds: &[f32]) -> Vec<Step> {
    let plain = |(step, threshold): (&Step, &f32)| Step {
        feature: step.feature & !MISSING_RIGHT,
        threshold: *threshold,
        ..*step
    };
    steps.iter().zip(thresholds).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Missing left at 0.5; missing right at 0.5; levels 1 and 40 left; a lone leaf for the second output.
    fn state() -> TreesState {
        let split = [0.5, 0.5, 0.0];
        let inf = f32::INFINITY;
        TreesState {
            n_features: 2,
            roots: vec![0, 3, 6, 9],
            outputs: vec![0, 0, 0, 1],
            features: vec![1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
            thresholds: vec![
                split[0], inf, inf, split[1], inf, inf, split[2], inf, inf, inf,
            ],
            lefts: vec![1, 1, 2, 4, 4, 5, 7, 7, 8, 9],
            values: vec![0.0, 1.0, 2.0, 0.0, 10.0, 20.0, 0.0, 100.0, 200.0, 5.0],
            missing_right: vec![0, 0, 0, 1, 0, 0, 1, 0, 0, 0],
            sets: vec![0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
            levels: vec![vec![1, 40]],
            covers: Vec::new(),
        }
    }

    #[test]
    fn rows_reach_their_leaves() {
        let trees = Trees::new(state(), 2).unwrap();
        let nan = f32::NAN;
        let inf = f32::INFINITY;
        let rows = [
            (1.0, 0.5, 111.0),
            (40.0, 0.6, 122.0),
            (2.0, nan, 221.0),
            (nan, inf, 222.0),
            (-1.0, -inf, 211.0),
            (1.5, 0.0, 211.0),
            (9e9, 9.0, 222.0),
            (-0.0, 0.5, 211.0),
            (41.0, 0.7, 222.0),
            (inf, 0.1, 211.0),
        ];
        let x: Vec<f32> = rows.iter().flat_map(|r| [r.0, r.1]).collect();
        let mut out = [0.0; 20];
        trees.add_to(&x, &mut out);
        let want: Vec<f64> = rows.iter().flat_map(|r| [r.2, 5.0]).collect();
        assert_eq!(out.to_vec(), want);
    }

    #[test]
    fn rows_go_the_same_way_whether_something_beside_them_is_missing_or_not() {
        let mut state = state();
        state.truncate(2);
        let trees = Trees::new(state, 1).unwrap();
        let (inf, edge) = (f32::INFINITY, 0.5f32);
        let values = [edge, edge.next_up(), edge.next_down(), inf, -inf, 0.0, -0.0];
        let x: Vec<f32> = values
            .iter()
            .flat_map(|a| values.map(|b| [*a, b]))
            .flatten()
            .collect();
        let n = x.len() / 2;
        let mut alone = vec![0.0; n];
        trees.add_to(&x, &mut alone);
        let mut beside = vec![0.0; n + 1];
        trees.add_to(&[&x[..], &[0.0, f32::NAN]].concat(), &mut beside);
        assert_eq!(alone, beside[..n]);
        assert!(alone.contains(&11.0) && alone.contains(&22.0));
        assert_eq!(beside[n], 21.0);
    }

    #[test]
    fn broken_trees_are_refused() {
        let broken: [fn(&mut TreesState); 19] = [
            |s| s.lefts[0] = 9,
            |s| s.lefts[0] = u32::MAX,
            |s| s.lefts[2] = 0,
            |s| s.features[0] = 2,
            |s| s.thresholds[0] = f32::NAN,
            |s| s.thresholds[1] = 0.0,
            |s| s.values[1] = f32::INFINITY,
            |s| s.roots[0] = 10,
            |s| s.roots.push(1),
            |s| s.outputs[0] = 2,
            |s| s.n_features = 0,
            |s| s.n_features = 1 << 31,
            |s| s.missing_right[0] = 2,
            |s| s.missing_right[1] = 1,
            |s| s.sets[6] = 2,
            |s| s.sets[0] = 1,
            |s| s.levels[0] = vec![40, 1],
            |s| s.levels[0] = vec![MAX_LEVEL],
            |s| s.values.truncate(9),
        ];
        for (i, spoil) in broken.iter().enumerate() {
            let mut s = state();
            spoil(&mut s);
            assert!(Trees::new(s, 2).is_err(), "{i}");
        }
    }

    #[test]
    fn fewer_trees_leave_nothing_behind() {
        let mut s = state();
        s.truncate(2);
        assert_eq!((s.features.len(), s.levels.len(), s.roots.len()), (6, 0, 2));
        let trees = Trees::new(s, 1).unwrap();
        let mut out = [0.0];
        trees.add_to(&[0.0, 0.0], &mut out);
        assert_eq!(out, [11.0]);
    }
}
