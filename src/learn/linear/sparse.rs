//! Lasso and elastic net by coordinate descent, stopped by the duality gap.
//!
//! Source: Kim, Koh, Lustig, Boyd & Gorinevsky (2007), doi:10.1109/JSTSP.2007.910971.
use super::{KEPT_COLUMNS, Linear, Rows};
use crate::base::{Result, Run};
use crate::learn::kernels::{
    descent::{self, soft},
    linear::dot,
    moments::Moments,
};

/// Sweeps between two looks at the gap.
const LOOK: usize = 10;

pub(super) struct Found {
    pub beta: Vec<f64>,
    pub n_iter: usize,
    pub converged: bool,
    pub path: Option<(Vec<f64>, Vec<Vec<f64>>)>,
}

/// The duality gap, in units of the objective. `xr` is `Xᵀ W r`, `rr` is `Σ w r²`, both divided by the sum of weights.
fn gap(l1: f64, l2: f64, beta: &[f64], xr: &[f64], rr: f64, ry: f64) -> f64 {
    let slope = |(x, b): (&f64, &f64)| (x - l2 * b).abs();
    let most = xr.iter().zip(beta).map(slope).fold(0.0, f64::max);
    let scale = if most > l1 { l1 / most } else { 1.0 };
    let sizes: f64 = beta.iter().map(|b| b.abs()).sum();
    let squares = dot(beta, beta);
    0.5 * rr * (1.0 + scale * scale) - scale * ry
        + l1 * sizes
        + 0.5 * l2 * (1.0 + scale * scale) * squares
}

pub(super) fn solve(
    learner: &Linear,
    l1_ratio: f64,
    rows: &Rows<'_>,
    m: &Moments,
    run: &mut Run<'_>,
) -> Result<Found> {
    if m.gram.is_empty() {
        return over_data(learner, l1_ratio, rows, m, run);
    }
    let d = rows.d;
    let mut h = m.gram.clone();
    for i in 0..d {
        for j in 0..=i {
            let v = h[i * d + j] / m.total;
            (h[i * d + j], h[j * d + i]) = (v, v);
        }
    }
    let q: Vec<f64> = m.xy.iter().map(|v| v / m.total).collect();
    let yy = m.yy / m.total;
    let problem = Problem { h, q, yy, d };
    let mut path = None;
    if learner.n_alphas > 0 && d <= KEPT_COLUMNS && l1_ratio > 0.0 {
        let top = problem.q.iter().fold(0f64, |t, v| t.max(v.abs())) / l1_ratio;
        let (mut alphas, mut all) = (Vec::new(), Vec::new());
        let mut beta = vec![0.0; d];
        for k in 0..learner.n_alphas {
            let share = k as f64 / (learner.n_alphas.max(2) - 1) as f64;
            let alpha = top * learner.eps.powf(share);
            beta = problem.descend(learner, alpha, l1_ratio, beta, run)?.0;
            alphas.push(alpha);
            all.push(beta.clone());
        }
        path = Some((alphas, all));
    }
    let zero = vec![0.0; d];
    let (beta, n_iter, converged) = problem.descend(learner, learner.alpha, l1_ratio, zero, run)?;
    Ok(Found {
        beta,
        n_iter,
        converged,
        path,
    })
}

/// The problem in terms of means of products.
struct Problem {
    h: Vec<f64>,
    q: Vec<f64>,
    yy: f64,
    d: usize,
}

impl Problem {
    fn descend(
        &self,
        learner: &Linear,
        alpha: f64,
        l1_ratio: f64,
        mut beta: Vec<f64>,
        run: &Run<'_>,
    ) -> Result<(Vec<f64>, usize, bool)> {
        let d = self.d;
        let (l1, l2) = (alpha * l1_ratio, alpha * (1.0 - l1_ratio));
        let mut h = self.h.clone();
        (0..d).for_each(|i| h[i * d + i] += l2);
        let penalty = vec![l1; d];
        let line = |j: usize| &self.h[j * d..(j + 1) * d];
        let mut gradient: Vec<f64> = (0..d)
            .map(|j| dot(line(j), &beta) + l2 * beta[j] - self.q[j])
            .collect();
        for n_iter in 1..=learner.max_iter {
            let moved = descent::sweep(&h, &mut gradient, &mut beta, &penalty);
            if n_iter % LOOK == 0 || moved <= 1e-3 * learner.tol * self.yy {
                run.check()?;
                let xr: Vec<f64> = (0..d).map(|j| self.q[j] - dot(line(j), &beta)).collect();
                let bq = dot(&beta, &self.q);
                let ry = self.yy - bq;
                let rr = (ry - dot(&beta, &xr)).max(0.0);
                // Scikit-learn's rule; the gap is taken a hundredth as large, since sweeps cost next to nothing here.
                let tol = 0.01 * learner.tol * self.yy;
                if gap(l1, l2, &beta, &xr, rr, ry) <= tol || moved == 0.0 {
                    return Ok((beta, n_iter, true));
                }
            }
        }
        Ok((beta, learner.max_iter, false))
    }
}

/// With more columns than a cross-product matrix is made for: residuals are kept instead.
fn over_data(
    learner: &Linear,
    l1_ratio: f64,
    rows: &Rows<'_>,
    m: &Moments,
    run: &mut Run<'_>,
) -> Result<Found> {
    let (n, d) = (rows.y.len(), rows.d);
    let (l1, l2) = (learner.alpha * l1_ratio, learner.alpha * (1.0 - l1_ratio));
    let mut columns = vec![0f32; n * d];
    for (i, row) in rows.x.chunks_exact(d).enumerate() {
        row.iter()
            .enumerate()
            .for_each(|(j, v)| columns[j * n + i] = *v);
    }
    let column = |j: usize| &columns[j * n..(j + 1) * n];
    let weight: Vec<f64> = (0..n).map(|i| rows.weight(i) / m.total).collect();
    let y: Vec<f64> = rows.y.iter().map(|y| y - m.y_mean).collect();
    let mut r = y.clone();
    let along = |j: usize, r: &[f64]| -> f64 {
        let each = column(j).iter().zip(r).zip(&weight);
        each.map(|((x, r), w)| (f64::from(*x) - m.x_mean[j]) * r * w)
            .sum()
    };
    let size: Vec<f64> = (0..d)
        .map(|j| {
            let each = column(j).iter().zip(&weight);
            each.map(|(x, w)| (f64::from(*x) - m.x_mean[j]).powi(2) * w)
                .sum()
        })
        .collect();
    let mut beta = vec![0.0; d];
    let yy = m.yy / m.total;
    let mut live: Vec<usize> = (0..d).collect();
    for n_iter in 1..=learner.max_iter {
        let whole = n_iter % LOOK == 1;
        if whole {
            live = (0..d).collect();
        }
        for (k, &j) in live.iter().enumerate() {
            if k % 256 == 255 {
                run.check()?;
            }
            let a = size[j] + l2;
            if size[j] <= 0.0 || !a.is_finite() {
                continue;
            }
            let new = soft(size[j] * beta[j] + along(j, &r), l1) / a;
            let change = new - beta[j];
            if change != 0.0 {
                beta[j] = new;
                for (r, x) in r.iter_mut().zip(column(j)) {
                    *r -= change * (f64::from(*x) - m.x_mean[j]);
                }
            }
        }
        if n_iter % LOOK == 0 {
            let xr: Vec<f64> = (0..d).map(|j| along(j, &r)).collect();
            let sum = |b: &[f64]| -> f64 {
                let each = r.iter().zip(b).zip(&weight);
                each.map(|((r, b), w)| r * b * w).sum()
            };
            if gap(l1, l2, &beta, &xr, sum(&r), sum(&y)) <= 0.01 * learner.tol * yy {
                return Ok(Found {
                    beta,
                    n_iter,
                    converged: true,
                    path: None,
                });
            }
        }
        if whole {
            live.retain(|&j| beta[j] != 0.0);
        }
    }
    Ok(Found {
        beta,
        n_iter: learner.max_iter,
        converged: false,
        path: None,
    })
}
