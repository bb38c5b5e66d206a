//! Who is joined with whom, and how firmly.
use super::super::kernels::{exp::exp_f64, kd_tree::KdTree, space::Rows};
use crate::base::{Result, Run, Stage};

/// Two rows that are joined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// The rows, the first below the second.
    pub rows: [u32; 2],
    /// How firmly, above 0 and at most 1.
    pub weight: f64,
}

/// Halvings in search of a row's scale, and how exact they are.
const HALVINGS: usize = 64;
const EXACT: f64 = 1e-5;
/// Least scale, in mean distances.
const LEAST: f64 = 1e-3;

/// The edges of the rows with their `k` nearest, themselves included, by row.
///
/// A row's nearest other one (at a distance above 0) is joined fully, those farther by `exp(−(d − d₁) / σ)`, `σ` being such that
/// the weights sum to `log₂ k`. Of two rows that each join the other with `a` and `b`, the edge has `a + b − ab`.
///
/// # Errors
/// [`crate::base::Error::Cancelled`].
pub fn graph(rows: &Rows<'_>, k: usize, run: &mut Run<'_>) -> Result<Vec<Edge>> {
    let tree = KdTree::new(rows);
    let mut near = Vec::new();
    let mut point = vec![0.0; rows.d];
    let mut distances = vec![0.0; rows.n * k];
    let mut others = vec![0u32; rows.n * k];
    for i in 0..rows.n {
        if i % 64 == 0 {
            run.step(Stage::Fitting, i as u64, 4 * rows.n as u64)?;
        }
        for (p, v) in point.iter_mut().zip(rows.row(i)) {
            *p = f64::from(*v);
        }
        tree.nearest(&point, k, &mut near);
        for (at, found) in near.iter().enumerate() {
            distances[i * k + at] = found.squared.sqrt();
            others[i * k + at] = found.row;
        }
    }
    let mean = distances.iter().sum::<f64>() / distances.len() as f64;
    // Both directions of a pair next to each other.
    let mut joined: Vec<(u64, bool, f64)> = Vec::with_capacity(rows.n * k);
    for (i, (distances, others)) in distances
        .chunks_exact(k)
        .zip(others.chunks_exact(k))
        .enumerate()
    {
        let (nearest, scale) = smooth(distances, mean);
        for (d, j) in distances.iter().zip(others) {
            let j = *j as usize;
            if j == i {
                continue;
            }
            let beyond = d - nearest;
            let weight = if beyond <= 0.0 || scale == 0.0 {
                1.0
            } else {
                exp_f64(-beyond / scale)
            };
            let key = (i.min(j) as u64) << 32 | i.max(j) as u64;
            joined.push((key, i > j, weight));
        }
    }
    joined.sort_unstable_by_key(|j| (j.0, j.1));
    let edge = |both: &[(u64, bool, f64)]| {
        let (a, b) = (both[0].2, both.get(1).map_or(0.0, |b| b.2));
        Edge {
            rows: [(both[0].0 >> 32) as u32, both[0].0 as u32],
            weight: a + b - a * b,
        }
    };
    let edges = joined.chunk_by(|a, b| a.0 == b.0).map(edge);
    Ok(edges.filter(|e| e.weight > 0.0).collect())
}

/// A row's nearest distance above 0 and the scale at which its weights sum to `log₂ k`.
fn smooth(distances: &[f64], overall: f64) -> (f64, f64) {
    let k = distances.len() as f64;
    let target = k.log2();
    let nearest = distances.iter().copied().find(|d| *d > 0.0).unwrap_or(0.0);
    let (mut low, mut high, mut middle) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..HALVINGS {
        let weight = |d: &f64| {
            let beyond = d - nearest;
            if beyond > 0.0 {
                exp_f64(-beyond / middle)
            } else {
                1.0
            }
        };
        let sum: f64 = distances[1..].iter().map(weight).sum();
        if (sum - target).abs() < EXACT {
            break;
        }
        if sum > target {
            high = middle;
            middle = (low + high) / 2.0;
        } else {
            low = middle;
            middle = if high == f64::INFINITY {
                middle * 2.0
            } else {
                (low + high) / 2.0
            };
        }
    }
    let mean = if nearest > 0.0 {
        distances.iter().sum::<f64>() / k
    } else {
        overall
    };
    (nearest, middle.max(LEAST * mean))
}
