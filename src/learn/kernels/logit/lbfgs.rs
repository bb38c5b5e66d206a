//! L-BFGS for many parameters.
//!
//! Source: Nocedal & Wright (2006), *Numerical Optimization*, section 7.2, doi:10.1007/978-0-387-40065-5.
use super::super::{linear::dot, panels::PANEL};
use super::{Logit, Solution, Stop, memory::Memory, stepped};
use crate::base::{Result, Run, Stage};

impl Logit {
    pub(super) fn lbfgs(&self, theta: Vec<f64>, stop: Stop, run: &mut Run<'_>) -> Result<Solution> {
        let max_iter = stop.max_iter;
        // There is no last step to polish with, so the tolerance is tighter than Newton's.
        let enough = 1e-4 * stop.tol * stop.tol;
        run.step(Stage::Fitting, 0, max_iter as u64)?;
        let diagonal = self.diagonal();
        let mut at = self.evaluate(theta, 1, Vec::new());
        let mut memory = Memory::default();
        let mut spare = Vec::new();
        for n_iter in 0..max_iter {
            run.step(Stage::Fitting, n_iter as u64, max_iter as u64)?;
            let gradient = &at.gradient;
            let size: f64 = gradient.iter().zip(&diagonal).map(|(g, s)| g * g / s).sum();
            let step = memory.direction(gradient, |mut r| {
                // The diagonal, brought to the size of the curvature seen last.
                let size = memory.size(&diagonal).unwrap_or(1.0);
                r.iter_mut()
                    .zip(&diagonal)
                    .for_each(|(r, s)| *r /= size * s);
                r
            });
            // Where rows are predicted with certainty the curvature is far below the diagonal at 0.
            let slope = dot(gradient, &step);
            if size.max(slope) <= enough {
                return Ok(self.done(at, n_iter, true, None));
            }
            let mut t = 1.0;
            loop {
                let trial = stepped(&at.theta, &step, t);
                let found = self.evaluate(trial, 1, std::mem::take(&mut spare));
                if found.loss <= at.loss - 1e-4 * t * slope + 1e-14 * at.loss.abs() {
                    let moved = step.iter().map(|v| -t * v).collect();
                    memory.push(moved, stepped(&found.gradient, &at.gradient, 1.0));
                    spare = std::mem::replace(&mut at, found).rows;
                    break;
                }
                spare = found.rows;
                t *= 0.5;
                if t < 1e-12 {
                    if memory.is_empty() {
                        return Ok(self.done(at, n_iter + 1, size < 1e-6, None));
                    }
                    memory.clear();
                    break;
                }
                run.check()?;
            }
        }
        Ok(self.done(at, max_iter, false, None))
    }

    /// Diagonal of the curvature at 0: evens out columns of different scale.
    fn diagonal(&self) -> Vec<f64> {
        let k = self.n_outputs.max(2) as f64;
        let factor = (k - 1.0) / (k * k);
        let d = self.panels.n_columns();
        let mut one = vec![0.0; d + 1];
        for p in 0..self.panels.len() {
            let mut spread = [0.0; PANEL];
            match &self.weight {
                Some(w) => spread
                    .iter_mut()
                    .zip(&w[p * PANEL..])
                    .for_each(|(s, w)| *s = factor * w),
                None => spread[..self.panels.used(p)].fill(factor),
            }
            for (column, out) in self.panels.columns(p).iter().zip(one.iter_mut()) {
                for (x, q) in column.iter().zip(&spread) {
                    *out += q * f64::from(*x) * f64::from(*x);
                }
            }
            one[d] += spread.iter().sum::<f64>();
        }
        one[..d].iter_mut().for_each(|v| *v += self.l2);
        // A constant zero column without a penalty: its gradient is 0 as well.
        one.iter_mut().filter(|v| **v <= 0.0).for_each(|v| *v = 1.0);
        one.repeat(self.n_outputs)
    }
}
