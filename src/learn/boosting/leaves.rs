//! Values of leaves: Newton steps, or quantiles of what is left of the target.
use super::{
    grow::{Leaf, Node},
    objective::{Derivatives, quantile},
    split::Bounds,
};

/// A tree just grown.
#[derive(Debug, Clone, Copy)]
pub struct Grown<'a> {
    /// Its nodes.
    pub nodes: &'a [Node],
    /// Its leaves.
    pub leaves: &'a [Leaf],
    /// Its rows in the order of the leaves.
    pub rows: &'a [u32],
}

/// A value per node, used in leaves: the output of each leaf times `factor`.
pub fn newton(n_nodes: usize, leaves: &[Leaf], factor: f64) -> Vec<f32> {
    let mut values = vec![0.0; n_nodes];
    for leaf in leaves {
        values[leaf.node] = (leaf.output * factor) as f32;
    }
    values
}

/// A value per node, used in leaves: the weight of the rows of each, those left out of the tree not counted.
pub fn covers(
    n_nodes: usize,
    leaves: &[Leaf],
    rows: &[u32],
    derivatives: &Derivatives,
) -> Vec<f64> {
    let mut covers = vec![0.0; n_nodes];
    for leaf in leaves {
        covers[leaf.node] = if derivatives.weighted() {
            let rows = rows[leaf.start..leaf.end].iter();
            rows.map(|r| derivatives.row(*r as usize).1).sum()
        } else {
            (leaf.end - leaf.start) as f64
        };
    }
    covers
}

/// A value per node, used in leaves: the `share` quantile of `y − score` over the rows of each leaf, times `rate`.
///
/// Where outputs must not turn along a column (`monotone`), every leaf stays on its side of the middle between the
/// quantiles of the two children above it.
pub fn quantiles(
    tree: &Grown<'_>,
    derivatives: &Derivatives,
    score: &[f32],
    share: f64,
    rate: f64,
    monotone: &[i8],
) -> Vec<f32> {
    let Grown {
        nodes,
        leaves,
        rows,
    } = *tree;
    let mut buffer: Vec<(f64, f64)> = Vec::new();
    let mut of = |start: usize, end: usize| {
        buffer.clear();
        buffer.extend(rows[start..end].iter().map(|&r| {
            let (y, w) = derivatives.row(r as usize);
            (f64::from(y) - f64::from(score[r as usize]), w)
        }));
        quantile(&mut buffer, share, derivatives.weighted())
    };
    let mut ranges = vec![(0, 0); nodes.len()];
    for leaf in leaves {
        ranges[leaf.node] = (leaf.start, leaf.end);
    }
    let mut bounds = vec![Bounds::NONE; nodes.len()];
    if !monotone.is_empty() {
        // Rows of a node lie side by side; children come after their parent.
        for (i, node) in nodes.iter().enumerate().rev().filter(|(_, n)| n.left > 0) {
            let left = node.left as usize;
            ranges[i] = (ranges[left].0, ranges[left + 1].1);
        }
        for (i, node) in nodes.iter().enumerate().filter(|(_, n)| n.left > 0) {
            let left = node.left as usize;
            let direction = monotone.get(node.column as usize).copied().unwrap_or(0);
            let mut middle = 0.0;
            if direction != 0 {
                let sides = [ranges[left], ranges[left + 1]].map(|(a, b)| of(a, b));
                middle = bounds[i].clamp(0.5 * (sides[0] + sides[1]));
            }
            let [a, b] = bounds[i].divided(direction, middle);
            (bounds[left], bounds[left + 1]) = (a, b);
        }
    }
    let mut values = vec![0.0; nodes.len()];
    for leaf in leaves {
        let value = bounds[leaf.node].clamp(of(leaf.start, leaf.end));
        values[leaf.node] = (value * rate) as f32;
    }
    values
}

/// Adds `value` to the scores of `rows`.
#[inline(never)]
pub fn add(score: &mut [f32], rows: &[u32], value: f32) {
    for &r in rows {
        score[r as usize] += value;
    }
}
