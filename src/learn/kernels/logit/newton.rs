//! Newton's method for few parameters. A curvature matrix serves for several steps, corrected by what those steps taught,
//! and is made anew when the steps stop gaining fast.
//!
//! Source: Nocedal & Wright (2006), *Numerical Optimization*, sections 3.3, 7.2, doi:10.1007/978-0-387-40065-5.
use super::super::linear::dot;
use super::{Factor, Logit, Point, Solution, Stop, THIN, THIN_PANELS, memory::Memory, stepped};
use crate::base::{Result, Run, Stage};

/// Where a descent ended.
struct End {
    at: Point,
    n_iter: usize,
    converged: bool,
    /// The curvature used last.
    near: Option<Vec<f64>>,
}

impl End {
    fn new(at: Point, n_iter: usize, converged: bool, factor: Option<Factor>) -> Self {
        Self {
            at,
            n_iter,
            converged,
            near: factor.map(|f| f.raw),
        }
    }
}

impl Logit {
    /// From 0; with many rows, from the solution on a part of them.
    pub(super) fn newton_from_nothing(&self, stop: Stop, run: &mut Run<'_>) -> Result<Solution> {
        run.step(Stage::Fitting, 0, stop.max_iter as u64)?;
        let zero = vec![0.0; self.n_parameters()];
        if self.panels.len() < THIN_PANELS {
            return self.newton(zero, None, 1, stop, run);
        }
        let rough = Stop {
            max_iter: stop.max_iter.min(8),
            tol: 0.3 * (self.n_parameters() as f64).sqrt(),
            errors: false,
        };
        let start = self.descend(zero, None, THIN, rough, run)?.at;
        self.newton(start.theta, None, 1, stop, run)
    }

    pub(super) fn newton(
        &self,
        theta: Vec<f64>,
        factor: Option<Factor>,
        stride: usize,
        stop: Stop,
        run: &mut Run<'_>,
    ) -> Result<Solution> {
        let end = self.descend(theta, factor, stride, stop, run)?;
        let near = if stop.errors { None } else { end.near };
        Ok(self.done(end.at, end.n_iter, end.converged, near))
    }

    fn descend(
        &self,
        theta: Vec<f64>,
        mut factor: Option<Factor>,
        stride: usize,
        stop: Stop,
        run: &mut Run<'_>,
    ) -> Result<End> {
        let Stop { max_iter, tol, .. } = stop;
        // How much of the gain may be left after a step before the curvature is made anew: a pass over the data for it
        // costs about `n_parameters / 16` evaluations.
        let slow = if self.n_parameters() <= 40 { 0.02 } else { 0.2 };
        let mut at = self.evaluate(theta, stride, Vec::new());
        // A start that is worse than none (not a number included).
        let worse = at.loss.is_nan() || at.loss > self.loss_at_zero();
        if stride == 1 && worse && at.theta.iter().any(|v| *v != 0.0) {
            at = self.evaluate(vec![0.0; self.n_parameters()], 1, at.rows);
            factor = None;
        }
        let mut spare = Vec::new();
        let mut memory = Memory::default();
        let (mut exact, mut last) = (false, f64::INFINITY);
        for n_iter in 0..max_iter {
            if stride == 1 {
                run.step(Stage::Fitting, n_iter as u64, max_iter as u64)?;
            }
            run.check()?;
            let kept = factor.take().map(|f| {
                let step = memory.direction(&at.gradient, |v| f.solve(&v));
                let gain = dot(&at.gradient, &step);
                (f, step, gain)
            });
            let (f, step, gain) = match kept {
                Some((f, step, gain))
                    if (gain <= tol * tol || gain <= slow * last) && gain >= 0.0 =>
                {
                    (f, step, gain)
                }
                found => {
                    // Near the end Newton squares the error; if it crawls, single precision is to blame.
                    let crawls = |gain: f64| gain < 1e-3 && memory.len() == 1;
                    exact |= found.is_some_and(|(_, _, gain)| crawls(gain));
                    memory.clear();
                    self.fresh(&at, stride, &mut exact)
                }
            };
            // Along collinear columns a damped step only creeps: what it gains there is rounding.
            let enough = if f.damped { 1e-10 * at.loss } else { 0.0 };
            if gain <= enough.max(tol * tol) {
                if gain >= 0.0 {
                    at.theta = stepped(&at.theta, &step, 1.0);
                }
                return Ok(End::new(at, n_iter + 1, true, Some(f)));
            }
            last = gain;
            let mut scale = 1.0;
            loop {
                let trial = stepped(&at.theta, &step, scale);
                let found = self.evaluate(trial, stride, std::mem::take(&mut spare));
                if found.loss <= at.loss - 1e-4 * scale * gain + 1e-13 * at.loss.abs() {
                    let moved = step.iter().map(|v| -scale * v).collect();
                    memory.push(moved, stepped(&found.gradient, &at.gradient, 1.0));
                    spare = std::mem::replace(&mut at, found).rows;
                    // After a shortened step the curvature belongs elsewhere.
                    factor = (scale == 1.0).then_some(f);
                    break;
                }
                spare = found.rows;
                scale *= 0.5;
                if scale < 1e-10 {
                    // Nothing better within rounding.
                    return Ok(End::new(at, n_iter + 1, gain < 1e-6, Some(f)));
                }
                run.check()?;
            }
        }
        Ok(End::new(at, max_iter, false, factor))
    }

    /// A new curvature matrix and its step; in double precision when single precision does not do.
    fn fresh(&self, at: &Point, stride: usize, exact: &mut bool) -> (Factor, Vec<f64>, f64) {
        loop {
            let raw = self.hessian(&at.rows, stride, *exact);
            let factor = self.factor(raw, self.l2 / stride as f64);
            let step = factor.solve(&at.gradient);
            let gain = dot(&at.gradient, &step);
            if *exact || !(factor.damped || !gain.is_finite() || gain < 0.0) {
                return (factor, step, gain);
            }
            *exact = true;
        }
    }
}
