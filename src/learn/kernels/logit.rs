//! Penalised logistic and multinomial loss, its gradient and curvature, and the ways to minimise it.
//!
//! Minimises `Σ wᵢ lossᵢ + ½ l2 ‖β‖² + l1 ‖β‖₁`. With two classes there is one output, `z = Xβ + b`, and the loss of a
//! row is `ln(1 + e^z) − y z`; with `K > 2` there are `K` outputs and it is `ln Σₖ e^(zₖ) − z_y`. Intercepts are not
//! penalised; those of several outputs sum to 0.
//!
//! Parameters lie output by output: the coefficients of an output, then its intercept. Loss and gradient are computed in
//! double precision, so the solution does not depend on the precision of the curvature, which is single precision first:
//! it only sets the direction of a step.
mod errors;
mod lbfgs;
mod memory;
mod newton;
mod rows;
mod sparse;

pub use errors::Errors;

use super::{
    linear::{cholesky, cholesky_solve},
    panels::{PANEL, Panels, Rows, combine, correlate, gram, total},
};
use crate::base::{Result, Run};

/// Up to this many parameters the curvature matrix is formed (Newton); beyond it, only its action is estimated (L-BFGS).
const NEWTON_PARAMETERS: usize = 260;
/// From this many panels on, a cold start is found on every eighth of them first.
const THIN_PANELS: usize = 64;
/// The part of the panels used there: one in so many.
const THIN: usize = 8;

/// A training set with its loss and penalty.
#[derive(Debug)]
pub struct Logit {
    panels: Panels,
    /// Binary: 0 or 1 per row; several classes: empty.
    y: Vec<f64>,
    /// Several classes: the code per row; binary: empty.
    codes: Vec<u32>,
    weight: Option<Vec<f64>>,
    total_weight: f64,
    n_outputs: usize,
    intercept: bool,
    l1: f64,
    l2: f64,
}

/// Where a minimisation ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// Per output, its coefficients, then its intercept.
    pub theta: Vec<f64>,
    /// Iterations spent.
    pub n_iter: usize,
    /// Whether the tolerance was reached.
    pub converged: bool,
    /// Curvature of the loss, penalty not included: at the end, or near it where [`Stop::errors`] is off. Absent with
    /// many parameters.
    pub curvature: Option<Vec<f64>>,
    /// Whether all rows are predicted with certainty, so that without a penalty there is no solution.
    pub separated: bool,
}

/// Loss, gradient and curvature per row at a point.
#[derive(Debug, Clone)]
struct Point {
    theta: Vec<f64>,
    /// Smooth part: loss and L2 penalty.
    loss: f64,
    /// Of the smooth part.
    gradient: Vec<f64>,
    /// Binary: `w p (1 − p)`; several classes: the probabilities, output by output.
    rows: Vec<f64>,
}

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub struct Stop {
    /// Most iterations.
    pub max_iter: usize,
    /// A step whose length is below this, in standard errors (the Newton decrement), is the last one.
    pub tol: f64,
    /// Whether the curvature at the very end is wanted, for standard errors: it takes a pass over the data of its own.
    pub errors: bool,
}

impl Logit {
    /// Lays out `x` (`n × d` row-major); `weight` is per row; `codes` are below `n_classes`. No penalty yet.
    pub fn new(
        x: &[f32],
        d: usize,
        codes: &[u32],
        n_classes: usize,
        weight: Option<&[f64]>,
        intercept: bool,
    ) -> Self {
        let panels = Panels::new(x, d);
        let padded = panels.len() * PANEL;
        let binary = n_classes <= 2;
        let mut y = Vec::new();
        let mut kept = Vec::new();
        if binary {
            y.extend(codes.iter().map(|&c| f64::from(u8::from(c == 1))));
            y.resize(padded, 0.0);
        } else {
            kept.extend_from_slice(codes);
            kept.resize(padded, 0);
        }
        Self {
            total_weight: weight.map_or(codes.len() as f64, |w| w.iter().sum()),
            weight: weight.map(|w| {
                let mut w = w.to_vec();
                w.resize(padded, 0.0);
                w
            }),
            panels,
            y,
            codes: kept,
            n_outputs: if binary { 1 } else { n_classes },
            intercept,
            l1: 0.0,
            l2: 0.0,
        }
    }

    /// Sets the penalty.
    pub fn penalise(&mut self, l1: f64, l2: f64) {
        (self.l1, self.l2) = (l1, l2);
    }

    /// Outputs: 1 for two classes.
    pub fn n_outputs(&self) -> usize {
        self.n_outputs
    }

    /// Parameters of an output.
    fn width(&self) -> usize {
        self.panels.n_columns() + 1
    }

    fn n_parameters(&self) -> usize {
        self.width() * self.n_outputs
    }

    /// Minimises, from `start` where it is given: the solution for the penalty `start.1` (its `l2`).
    ///
    /// # Errors
    /// [`crate::base::Error::Cancelled`].
    pub fn minimise(
        &self,
        start: Option<(&Solution, f64)>,
        stop: Stop,
        run: &mut Run<'_>,
    ) -> Result<Solution> {
        let n = self.n_parameters();
        let theta = match start {
            Some((s, _)) if s.theta.len() == n => s.theta.clone(),
            _ => vec![0.0; n],
        };
        if self.l1 > 0.0 {
            return self.sparse(theta, start.is_none(), stop, run);
        }
        if n > NEWTON_PARAMETERS {
            return self.lbfgs(theta, stop, run);
        }
        let Some((before, l2)) = start else {
            return self.newton_from_nothing(stop, run);
        };
        let mut theta = theta;
        let factor = before.curvature.as_ref().map(|c| {
            let factor = self.factor(c.clone(), self.l2);
            // With another penalty the gradient at the old solution is known without looking at the data.
            let mut slope: Vec<f64> = theta.iter().map(|b| (self.l2 - l2) * b).collect();
            self.intercepts(|i| slope[i] = 0.0);
            let step = factor.solve(&slope);
            if step.iter().all(|v| v.is_finite()) {
                subtract(&mut theta, &step, 1.0);
            }
            factor
        });
        self.newton(theta, factor, 1, stop, run)
    }

    /// Loss where all parameters are 0, which no start may exceed.
    fn loss_at_zero(&self) -> f64 {
        self.total_weight * (self.n_outputs.max(2) as f64).ln()
    }

    fn intercepts(&self, mut at: impl FnMut(usize)) {
        let q = self.width();
        (1..=self.n_outputs).for_each(|k| at(k * q - 1));
    }

    /// Loss and gradient at `theta` on every `stride`-th panel, with as much less of the L2 penalty.
    fn evaluate(&self, theta: Vec<f64>, stride: usize, rows: Vec<f64>) -> Point {
        let (d, q) = (self.panels.n_columns(), self.width());
        let padded = self.panels.len() * PANEL;
        let mut point = Point {
            loss: 0.0,
            gradient: vec![0.0; theta.len()],
            rows,
            theta,
        };
        point.rows.resize(padded * self.n_outputs, 0.0);
        let mut z = vec![[0.0; PANEL]; self.n_outputs];
        for p in (0..self.panels.len()).step_by(stride) {
            let at = p * PANEL..(p + 1) * PANEL;
            let columns = self.panels.columns(p);
            for (z, b) in z.iter_mut().zip(point.theta.chunks_exact(q)) {
                z.fill(b[d]);
                combine(z, columns, &b[..d]);
            }
            let used = self.panels.used(p);
            let weight = self.weight.as_ref().map(|w| &w[at.clone()]);
            point.loss += if let [z] = z.as_mut_slice() {
                let spread = &mut point.rows[at.clone()];
                rows::binary(z, spread, &self.y[at], weight, used)
            } else {
                let codes = &self.codes[at.clone()];
                let loss = rows::softmax(&mut z, codes, weight, used);
                for (k, z) in z.iter().enumerate() {
                    let to = &mut point.rows[k * padded..][at.clone()];
                    to.copy_from_slice(z);
                }
                rows::residuals(&mut z, codes, weight, used);
                loss
            };
            for (z, g) in z.iter().zip(point.gradient.chunks_exact_mut(q)) {
                correlate(z, columns, &mut g[..d]);
                g[d] += total(z);
            }
        }
        let l2 = self.l2 / stride as f64;
        let mut squares = 0.0;
        for (g, b) in point
            .gradient
            .chunks_exact_mut(q)
            .zip(point.theta.chunks_exact(q))
        {
            for (g, b) in g.iter_mut().zip(&b[..d]) {
                *g += l2 * b;
                squares += b * b;
            }
            if !self.intercept {
                g[d] = 0.0;
            }
        }
        point.loss += 0.5 * l2 * squares;
        point
    }

    /// Factors by which the rows of panel `p` count in the curvature between outputs `k` and `l`.
    fn row_curvature(&self, rows: &[f64], p: usize, k: usize, l: usize, out: &mut Rows) {
        let at = p * PANEL..(p + 1) * PANEL;
        if self.n_outputs == 1 {
            out.copy_from_slice(&rows[at]);
            return;
        }
        let padded = self.panels.len() * PANEL;
        let (a, b) = (
            &rows[k * padded..][at.clone()],
            &rows[l * padded..][at.clone()],
        );
        for ((o, a), b) in out.iter_mut().zip(a).zip(b) {
            *o = if k == l { a * (1.0 - a) } else { -a * b };
        }
        out[self.panels.used(p)..].fill(0.0);
        if let Some(w) = &self.weight {
            out.iter_mut().zip(&w[at]).for_each(|(o, w)| *o *= w);
        }
    }

    /// Lower half of the curvature matrix of the loss on every `stride`-th panel; `exact` in double precision.
    fn hessian(&self, rows: &[f64], stride: usize, exact: bool) -> Vec<f64> {
        let (d, q, n) = (self.panels.n_columns(), self.width(), self.n_parameters());
        let mut h = vec![0.0; n * n];
        let mut scratch = Vec::new();
        let mut c = [0.0; PANEL];
        let mut block = vec![0.0; q * q];
        for k in 0..self.n_outputs {
            for l in 0..=k {
                block.fill(0.0);
                for p in (0..self.panels.len()).step_by(stride) {
                    self.row_curvature(rows, p, k, l, &mut c);
                    let columns = self.panels.columns(p);
                    gram(columns, &c, exact, &mut block, q, &mut scratch);
                    correlate(&c, columns, &mut block[d * q..d * q + d]);
                    block[d * q + d] += total(&c);
                }
                if !self.intercept {
                    block[d * q..].fill(0.0);
                    block[d * q + d] = f64::from(u8::from(k == l));
                }
                for i in 0..q {
                    for j in 0..q {
                        let v = block[i.max(j) * q + i.min(j)];
                        if k > l || j <= i {
                            h[(k * q + i) * n + l * q + j] = v;
                        }
                    }
                }
            }
        }
        h
    }

    /// Curvature at the end of a minimisation: single precision where columns are centred enough for that.
    fn final_hessian(&self, rows: &[f64]) -> Vec<f64> {
        if self.panels.n_rows() >= 1 << 14 {
            let h = self.hessian(rows, 1, false);
            let (q, n) = (self.width(), self.n_parameters());
            let centred = (0..n).all(|i| {
                let b = i / q * q + q - 1;
                let (all, mean) = (h[b * n + b], h[b * n + i] / h[b * n + b]);
                i == b || mean * mean < 0.8 * h[i * n + i] / all
            });
            if centred && self.intercept {
                return h;
            }
        }
        self.hessian(rows, 1, true)
    }

    /// Adds the L2 penalty and, with several outputs, ties them: raising all of them alike changes no probability, so
    /// the curvature is flat there. Steps do not go there anyway; the tie only makes the matrix definite.
    fn definite(&self, raw: &[f64], l2: f64) -> (Vec<f64>, Vec<f64>) {
        let (d, q, n) = (self.panels.n_columns(), self.width(), self.n_parameters());
        let mut h = raw.to_vec();
        for i in (0..n).filter(|i| i % q < d) {
            h[i * n + i] += l2;
        }
        let mut ties = vec![0.0; q];
        if self.n_outputs > 1 {
            for (j, tie) in ties.iter_mut().enumerate() {
                if j == d && !self.intercept {
                    continue;
                }
                let of = |k: usize| raw[(k * q + j) * n + k * q + j];
                let mean = (0..self.n_outputs).map(of).sum::<f64>() / self.n_outputs as f64;
                *tie = if mean > 0.0 { mean } else { 1.0 };
                for k in 0..self.n_outputs {
                    for l in 0..=k {
                        h[(k * q + j) * n + l * q + j] += *tie;
                    }
                }
            }
        }
        (h, ties)
    }

    fn factor(&self, raw: Vec<f64>, l2: f64) -> Factor {
        let n = self.n_parameters();
        let (h, _) = self.definite(&raw, l2);
        let mut damping = 0.0;
        loop {
            let mut l = h.clone();
            for i in 0..n {
                let v = &mut l[i * n + i];
                *v = if *v > 0.0 { *v * (1.0 + damping) } else { 1.0 };
            }
            if cholesky(&mut l, n) {
                return Factor {
                    l,
                    n,
                    damped: damping > 0.0,
                    raw,
                };
            }
            // Collinear columns without a penalty, or the end of the precision. Ends at the diagonal, which is definite.
            damping = if damping == 0.0 {
                1e-9
            } else {
                damping * 100.0
            };
            if damping > 1e9 {
                let mut l = vec![0.0; n * n];
                for i in 0..n {
                    let v = h[i * n + i];
                    l[i * n + i] = if v.is_finite() && v > 0.0 {
                        v.sqrt()
                    } else {
                        1.0
                    };
                }
                return Factor {
                    l,
                    n,
                    damped: true,
                    raw,
                };
            }
        }
    }

    /// Whether every row is predicted with certainty.
    fn separated(&self, at: &Point) -> bool {
        self.l1 == 0.0 && self.l2 == 0.0 && at.loss < 1e-6 * self.total_weight
    }

    /// What was found at `at`; `near` is the curvature there or near by, where that is enough.
    fn done(&self, at: Point, n_iter: usize, converged: bool, near: Option<Vec<f64>>) -> Solution {
        let mut theta = at.theta.clone();
        if self.n_outputs > 1 && self.intercept {
            let mut sum = 0.0;
            self.intercepts(|i| sum += theta[i]);
            let mean = sum / self.n_outputs as f64;
            self.intercepts(|i| theta[i] -= mean);
        }
        let few = self.n_parameters() <= NEWTON_PARAMETERS && self.l1 == 0.0;
        Solution {
            curvature: few.then(|| near.unwrap_or_else(|| self.final_hessian(&at.rows))),
            separated: self.separated(&at),
            theta,
            n_iter,
            converged,
        }
    }
}

/// A factored curvature matrix.
#[derive(Debug)]
struct Factor {
    l: Vec<f64>,
    n: usize,
    damped: bool,
    /// The matrix itself, penalty not included.
    raw: Vec<f64>,
}

impl Factor {
    fn solve(&self, v: &[f64]) -> Vec<f64> {
        cholesky_solve(&self.l, self.n, v)
    }
}

fn subtract(beta: &mut [f64], step: &[f64], scale: f64) {
    for (b, s) in beta.iter_mut().zip(step) {
        *b -= scale * s;
    }
}

fn stepped(beta: &[f64], step: &[f64], scale: f64) -> Vec<f64> {
    beta.iter().zip(step).map(|(b, s)| b - scale * s).collect()
}
