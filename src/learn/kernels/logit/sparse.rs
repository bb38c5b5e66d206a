//! Proximal Newton for L1 penalties: a quadratic model of the loss, minimised with the penalty by coordinate descent, then
//! a line search. With few parameters the model is the whole curvature matrix; with many it is that of one output at a
//! time, kept as weighted rows.
//!
//! Source: Friedman, Hastie & Tibshirani (2010), doi:10.18637/jss.v033.i01; Lee, Sun & Saunders (2014),
//! doi:10.1137/130921428.
use super::super::{
    descent::{self, soft},
    linear::dot,
    panels::{PANEL, correlate},
};
use super::{Logit, Point, Solution, Stop, THIN, THIN_PANELS};
use crate::base::{Result, Run, Stage};

/// Up to this many parameters the whole matrix is formed.
const WHOLE_PARAMETERS: usize = 512;
/// Most sweeps over the coordinates per model.
const MAX_SWEEPS: usize = 1_000;

impl Logit {
    pub(super) fn sparse(
        &self,
        theta: Vec<f64>,
        cold: bool,
        stop: Stop,
        run: &mut Run<'_>,
    ) -> Result<Solution> {
        run.step(Stage::Fitting, 0, stop.max_iter as u64)?;
        if self.n_parameters() > WHOLE_PARAMETERS {
            return self.by_output(theta, stop, run);
        }
        let mut theta = theta;
        if cold && self.panels.len() >= THIN_PANELS {
            let rough = Stop {
                max_iter: stop.max_iter.min(8),
                tol: 0.3 * (self.n_parameters() as f64).sqrt(),
                errors: false,
            };
            theta = self.whole(theta, THIN, rough, run)?.0.theta;
        }
        let (at, n_iter, converged) = self.whole(theta, 1, stop, run)?;
        Ok(self.done(at, n_iter, converged, None))
    }

    /// L1 part of the objective.
    fn l1_of(&self, theta: &[f64], stride: usize) -> f64 {
        let (d, q) = (self.panels.n_columns(), self.width());
        let sizes = theta.chunks_exact(q).flat_map(|b| &b[..d]);
        self.l1 / stride as f64 * sizes.map(|v| v.abs()).sum::<f64>()
    }

    fn whole(
        &self,
        theta: Vec<f64>,
        stride: usize,
        stop: Stop,
        run: &mut Run<'_>,
    ) -> Result<(Point, usize, bool)> {
        let (d, q, n) = (self.panels.n_columns(), self.width(), self.n_parameters());
        let Stop { max_iter, tol, .. } = stop;
        let part = 1.0 / stride as f64;
        let penalty: Vec<f64> = (0..n)
            .map(|i| if i % q < d { self.l1 * part } else { 0.0 })
            .collect();
        let mut at = self.evaluate(theta, stride, Vec::new());
        let loss = at.loss + self.l1_of(&at.theta, stride);
        let worse = loss.is_nan() || loss > self.loss_at_zero();
        if stride == 1 && worse && at.theta.iter().any(|v| *v != 0.0) {
            at = self.evaluate(vec![0.0; n], 1, at.rows);
        }
        let (mut exact, mut last) = (false, f64::INFINITY);
        for n_iter in 0..max_iter {
            if stride == 1 {
                run.step(Stage::Fitting, n_iter as u64, max_iter as u64)?;
            }
            run.check()?;
            let mut h = self.hessian(&at.rows, stride, exact);
            if !exact && h.iter().any(|v| !v.is_finite()) {
                exact = true;
                h = self.hessian(&at.rows, stride, true);
            }
            for i in 0..n {
                if i % q < d {
                    h[i * n + i] += self.l2 * part;
                }
                for j in 0..i {
                    h[j * n + i] = h[i * n + j];
                }
            }
            let mut value = at.theta.clone();
            let mut gradient = at.gradient.clone();
            let fine = (1e-4 * tol * tol).max(1e-9 * last.min(1.0));
            for sweep in 0..MAX_SWEEPS {
                if descent::sweep(&h, &mut gradient, &mut value, &penalty) <= fine {
                    break;
                }
                if sweep % 16 == 15 {
                    run.check()?;
                }
            }
            let step: Vec<f64> = at.theta.iter().zip(&value).map(|(a, b)| a - b).collect();
            let gain = self.gain(&at, &value, &step, stride);
            if gain <= tol * tol {
                if value.iter().all(|v| v.is_finite()) {
                    at.theta = value;
                }
                return Ok((at, n_iter + 1, true));
            }
            exact |= gain < 1e-3 && gain > 0.1 * last;
            last = gain;
            match self.search(&at, &step, gain, stride, run)? {
                Some(found) => at = found,
                None if exact => return Ok((at, n_iter + 1, gain < 1e-6)),
                None => exact = true,
            }
        }
        Ok((at, max_iter, false))
    }

    /// What the model promises for the move to `value`.
    fn gain(&self, at: &Point, value: &[f64], step: &[f64], stride: usize) -> f64 {
        dot(&at.gradient, step) + self.l1_of(&at.theta, stride) - self.l1_of(value, stride)
    }

    /// The best of ever shorter steps; none when nothing is better within rounding.
    fn search(
        &self,
        at: &Point,
        step: &[f64],
        gain: f64,
        stride: usize,
        run: &Run<'_>,
    ) -> Result<Option<Point>> {
        let before = at.loss + self.l1_of(&at.theta, stride);
        let mut scale = 1.0;
        while scale > 1e-10 {
            // Written so that a whole step makes exact zeros.
            let trial = at
                .theta
                .iter()
                .zip(step)
                .map(|(b, s)| {
                    if *s == *b && scale == 1.0 {
                        0.0
                    } else {
                        b - scale * s
                    }
                })
                .collect();
            let found = self.evaluate(trial, stride, Vec::new());
            let after = found.loss + self.l1_of(&found.theta, stride);
            if after <= before - 1e-4 * scale * gain + 1e-13 * before.abs() {
                return Ok(Some(found));
            }
            scale *= 0.5;
            run.check()?;
        }
        Ok(None)
    }

    fn by_output(&self, theta: Vec<f64>, stop: Stop, run: &mut Run<'_>) -> Result<Solution> {
        let max_iter = stop.max_iter;
        // Outputs are moved one after the other and the model is minimised only roughly, so that less is left to gain in
        // a pass than there is in all.
        let tol = 0.01 * stop.tol;
        let mut at = self.evaluate(theta, 1, Vec::new());
        let mut last = f64::INFINITY;
        for n_iter in 0..max_iter {
            run.step(Stage::Fitting, n_iter as u64, max_iter as u64)?;
            let mut gained = 0.0;
            for k in 0..self.n_outputs {
                let fine = (1e-3 * tol * tol).max(1e-5 * last.min(1.0));
                let step = self.block(k, &at, fine, run)?;
                let value: Vec<f64> = at.theta.iter().zip(&step).map(|(a, b)| a - b).collect();
                let gain = self.gain(&at, &value, &step, 1);
                gained += gain.max(0.0);
                if gain <= 1e-3 * tol * tol {
                    continue;
                }
                if let Some(found) = self.search(&at, &step, gain, 1, run)? {
                    at = found;
                }
            }
            if gained <= tol * tol {
                return Ok(self.done(at, n_iter + 1, true, None));
            }
            last = gained;
        }
        Ok(self.done(at, max_iter, false, None))
    }

    /// The step of output `k` alone (0 elsewhere).
    fn block(&self, k: usize, at: &Point, fine: f64, run: &Run<'_>) -> Result<Vec<f64>> {
        let (d, q) = (self.panels.n_columns(), self.width());
        let gradient = &at.gradient[k * q..(k + 1) * q];
        let theta = &at.theta[k * q..(k + 1) * q];
        let n_panels = self.panels.len();
        let mut weight = vec![[0.0; PANEL]; n_panels];
        let mut size = vec![0.0; q];
        for (p, w) in weight.iter_mut().enumerate() {
            self.row_curvature(&at.rows, p, k, k, w);
            for (column, s) in self.panels.columns(p).iter().zip(size.iter_mut()) {
                for (x, w) in column.iter().zip(w.iter()) {
                    *s += f64::from(*x) * f64::from(*x) * w;
                }
            }
            size[d] += w.iter().sum::<f64>();
        }
        let mut value = theta.to_vec();
        // Weight times the model's change of z, per row.
        let mut moved = vec![[0.0; PANEL]; n_panels];
        let mut visit = |j: usize, value: &mut [f64]| -> f64 {
            let mut g = [gradient[j]];
            if j < d {
                for (p, m) in moved.iter().enumerate() {
                    correlate(m, &self.panels.columns(p)[j..=j], &mut g);
                }
                g[0] += self.l2 * (value[j] - theta[j]);
            } else {
                g[0] += moved.iter().flatten().sum::<f64>();
            }
            let (a, l1) = if j < d {
                (size[j] + self.l2, self.l1)
            } else {
                (size[j], 0.0)
            };
            if a <= 0.0 || (j == d && !self.intercept) {
                return 0.0;
            }
            let new = soft(value[j] - g[0] / a, l1 / a);
            let change = new - value[j];
            if change == 0.0 || !change.is_finite() {
                return 0.0;
            }
            value[j] = new;
            for (p, (m, w)) in moved.iter_mut().zip(&weight).enumerate() {
                if j < d {
                    let column = &self.panels.columns(p)[j];
                    for ((m, w), x) in m.iter_mut().zip(w).zip(column) {
                        *m += change * w * f64::from(*x);
                    }
                } else {
                    m.iter_mut().zip(w).for_each(|(m, w)| *m += change * w);
                }
            }
            change * change * a
        };
        for _ in 0..20 {
            let mut most = 0f64;
            for j in 0..q {
                most = most.max(visit(j, &mut value));
                if j % 256 == 255 {
                    run.check()?;
                }
            }
            if most <= fine {
                break;
            }
            // Only what is not 0 until that settles, then everything again.
            let live: Vec<usize> = (0..q).filter(|&j| j == d || value[j] != 0.0).collect();
            for _ in 0..50 {
                let most = live.iter().fold(0f64, |m, &j| m.max(visit(j, &mut value)));
                if most <= fine {
                    break;
                }
                run.check()?;
            }
        }
        let mut step = vec![0.0; at.theta.len()];
        for j in 0..q {
            step[k * q + j] = theta[j] - value[j];
        }
        Ok(step)
    }
}
