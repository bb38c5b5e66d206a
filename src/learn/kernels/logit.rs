//! Penalised logistic loss, its gradient and curvature, and the two ways to minimise it.
//!
//! Minimises `Σ wᵢ (ln(1 + e^zᵢ) − yᵢ zᵢ) + ½ l2 ‖β‖²` with `z = Xβ + b`; the intercept `b` is not penalised.
//! Loss and gradient are computed in double precision, so the solution does not depend on the precision of the
//! curvature, which is single precision first: it only sets the direction of a step.
//!
//! Source: Nocedal & Wright (2006), *Numerical Optimization*, sections 3.3, 7.2, doi:10.1007/978-0-387-40065-5.
use super::{
    exp::exp_f64,
    linear::{cholesky, cholesky_solve, dot},
};
use crate::base::{Result, Run, Stage};

/// Rows handled at a time.
const PANEL: usize = 256;
/// Up to this many columns the curvature matrix is formed (Newton); beyond it, only its action is estimated (L-BFGS).
const NEWTON_COLUMNS: usize = 256;
/// A step whose predicted gain is below this is the last one.
const TOLERANCE: f64 = 1e-10;
/// Pairs remembered by L-BFGS.
const MEMORY: usize = 12;

/// A training set laid out in panels of 256 rows, each column contiguous within its panel.
#[derive(Debug)]
pub struct Logit {
    panels: Vec<f32>,
    n_rows: usize,
    n_columns: usize,
    y: Vec<f64>,
    weight: Option<Vec<f64>>,
    l2: f64,
}

/// Where a minimisation ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// Coefficients, then the intercept.
    pub beta: Vec<f64>,
    /// Iterations spent.
    pub n_iter: usize,
    /// Whether the tolerance was reached.
    pub converged: bool,
}

impl Logit {
    /// Lays out `x` (`n × d` row-major); `weight` is per row. `l2` is scikit-learn's `1 / C`.
    pub fn new(x: &[f32], d: usize, codes: &[u32], weight: Option<&[f64]>, l2: f64) -> Self {
        let n = codes.len();
        let padded = n.div_ceil(PANEL) * PANEL;
        let mut panels = vec![0f32; padded * d];
        for (p, rows) in x.chunks(PANEL * d).enumerate() {
            let panel = &mut panels[p * PANEL * d..(p + 1) * PANEL * d];
            for (q, row) in rows.chunks_exact(d).enumerate() {
                for (j, v) in row.iter().enumerate() {
                    panel[j * PANEL + q] = *v;
                }
            }
        }
        let pad = |v: &mut Vec<f64>| v.resize(padded, 0.0);
        let mut y: Vec<f64> = codes.iter().map(|&c| f64::from(u8::from(c == 1))).collect();
        pad(&mut y);
        let weight = weight.map(|w| {
            let mut w = w.to_vec();
            pad(&mut w);
            w
        });
        Self {
            panels,
            n_rows: n,
            n_columns: d,
            y,
            weight,
            l2,
        }
    }

    /// Minimises from `start` (coefficients, then intercept), Newton for few columns and L-BFGS for many.
    ///
    /// # Errors
    /// [`crate::base::Error::Cancelled`].
    pub fn minimise(&self, start: &[f64], max_iter: usize, run: &mut Run<'_>) -> Result<Solution> {
        if self.n_columns <= NEWTON_COLUMNS {
            self.newton(start, max_iter, run)
        } else {
            self.lbfgs(start, max_iter, run)
        }
    }

    fn columns(&self, panel: usize) -> &[[f32; PANEL]] {
        let size = self.n_columns * PANEL;
        self.panels[panel * size..(panel + 1) * size].as_chunks().0
    }

    /// Loss at `beta`; fills `gradient` and, where asked for, `wᵢ pᵢ (1 − pᵢ)` per row.
    fn evaluate(
        &self,
        beta: &[f64],
        gradient: &mut [f64],
        mut curvature: Option<&mut [f64]>,
    ) -> f64 {
        let d = self.n_columns;
        let mut loss = 0.0;
        gradient.fill(0.0);
        for p in 0..self.n_rows.div_ceil(PANEL) {
            let rows = p * PANEL..(p + 1) * PANEL;
            let used = (self.n_rows - rows.start).min(PANEL);
            let columns = self.columns(p);
            let mut z = [beta[d]; PANEL];
            for (column, b) in columns.iter().zip(beta) {
                axpy(&mut z, *b, column);
            }
            let y = &self.y[rows.clone()];
            let weight = self.weight.as_ref().map(|w| &w[rows.clone()]);
            let mut spread = [0.0; PANEL];
            loss += residuals(&mut z, &mut spread, y, weight, used);
            if let Some(c) = curvature.as_deref_mut() {
                c[rows].copy_from_slice(&spread);
            }
            for (column, g) in columns.iter().zip(gradient.iter_mut()) {
                *g += dot_f64(&z, column);
            }
            gradient[d] += z.iter().sum::<f64>();
        }
        for (g, b) in gradient.iter_mut().zip(&beta[..d]) {
            *g += self.l2 * b;
        }
        loss + 0.5 * self.l2 * dot(&beta[..d], &beta[..d])
    }

    /// Lower half of the curvature matrix `(d + 1) × (d + 1)`; `exact` sums in double precision.
    fn hessian(&self, curvature: &[f64], exact: bool) -> Vec<f64> {
        let d = self.n_columns;
        let q = d + 1;
        let mut h = vec![0.0; q * q];
        let mut scaled = vec![[0f32; PANEL]; d];
        let mut wide = [0f64; PANEL];
        for p in 0..self.n_rows.div_ceil(PANEL) {
            let columns = self.columns(p);
            let c = &curvature[p * PANEL..(p + 1) * PANEL];
            let mut c32 = [0f32; PANEL];
            for (a, b) in c32.iter_mut().zip(c) {
                *a = *b as f32;
            }
            for (s, column) in scaled.iter_mut().zip(columns) {
                for ((s, x), c) in s.iter_mut().zip(column).zip(&c32) {
                    *s = x * c;
                }
            }
            for i in 0..d {
                if exact {
                    for ((w, x), c) in wide.iter_mut().zip(&columns[i]).zip(c) {
                        *w = f64::from(*x) * c;
                    }
                }
                for j in 0..=i {
                    h[i * q + j] += if exact {
                        dot_f64(&wide, &columns[j])
                    } else {
                        f64::from(dot_f32(&scaled[i], &columns[j]))
                    };
                }
                h[d * q + i] += scaled[i].iter().map(|v| f64::from(*v)).sum::<f64>();
            }
            h[d * q + d] += c.iter().sum::<f64>();
        }
        for i in 0..d {
            h[i * q + i] += self.l2;
        }
        h
    }

    /// The Newton direction; the curvature is taken in double precision when single precision does not do.
    fn direction(&self, curvature: &[f64], gradient: &[f64], exact: &mut bool) -> Vec<f64> {
        let q = gradient.len();
        loop {
            let raw = self.hessian(curvature, *exact);
            let mut h = raw.clone();
            if cholesky(&mut h, q) {
                let step = cholesky_solve(&h, q, gradient);
                if step.iter().all(|v| v.is_finite()) {
                    return step;
                }
            }
            if !*exact {
                *exact = true;
                continue;
            }
            // Numerically singular even so: fall back to scaled steepest descent.
            return (0..q)
                .map(|i| gradient[i] / raw[i * q + i].max(f64::MIN_POSITIVE).max(1e-12))
                .collect();
        }
    }

    fn newton(&self, start: &[f64], max_iter: usize, run: &mut Run<'_>) -> Result<Solution> {
        let mut beta = start.to_vec();
        let mut gradient = vec![0.0; beta.len()];
        let mut curvature = vec![0.0; self.y.len()];
        let mut loss = self.evaluate(&beta, &mut gradient, Some(&mut curvature));
        let mut exact = false;
        let mut last = f64::INFINITY;
        for n_iter in 0..max_iter {
            run.step(Stage::Fitting, n_iter as u64, max_iter as u64)?;
            let step = self.direction(&curvature, &gradient, &mut exact);
            let gain = dot(&gradient, &step);
            if gain <= TOLERANCE {
                if gain >= 0.0 {
                    subtract(&mut beta, &step, 1.0);
                }
                return Ok(done(beta, n_iter + 1, true));
            }
            // Near the end Newton squares the error; if it crawls, the single-precision curvature is to blame.
            exact |= gain < 1e-3 && gain > 0.1 * last;
            last = gain;
            let mut scale = 1.0;
            loop {
                let mut trial = beta.clone();
                subtract(&mut trial, &step, scale);
                let found = self.evaluate(&trial, &mut gradient, Some(&mut curvature));
                if found <= loss - 1e-4 * scale * gain + 1e-13 * loss.abs() {
                    beta = trial;
                    loss = found;
                    break;
                }
                scale *= 0.5;
                if scale < 1e-10 {
                    // Nothing better within rounding.
                    return Ok(done(beta, n_iter + 1, gain < 1e-6));
                }
                run.check()?;
            }
        }
        Ok(done(beta, max_iter, false))
    }

    fn lbfgs(&self, start: &[f64], max_iter: usize, run: &mut Run<'_>) -> Result<Solution> {
        let scale = self.diagonal();
        let mut beta = start.to_vec();
        let mut gradient = vec![0.0; beta.len()];
        let mut loss = self.evaluate(&beta, &mut gradient, None);
        let mut pairs: std::collections::VecDeque<(Vec<f64>, Vec<f64>, f64)> = Default::default();
        for n_iter in 0..max_iter {
            run.step(Stage::Fitting, n_iter as u64, max_iter as u64)?;
            let size: f64 = gradient.iter().zip(&scale).map(|(g, s)| g * g / s).sum();
            if size <= TOLERANCE {
                return Ok(done(beta, n_iter, true));
            }
            let step = two_loop(&pairs, &gradient, &scale);
            let slope = dot(&gradient, &step);
            let mut t = 1.0;
            loop {
                let mut trial = beta.clone();
                subtract(&mut trial, &step, t);
                let mut found = vec![0.0; beta.len()];
                let value = self.evaluate(&trial, &mut found, None);
                if value <= loss - 1e-4 * t * slope + 1e-14 * loss.abs() {
                    let s: Vec<f64> = step.iter().map(|v| -t * v).collect();
                    let y: Vec<f64> = found.iter().zip(&gradient).map(|(a, b)| a - b).collect();
                    let sy = dot(&s, &y);
                    if sy > 1e-12 * dot(&y, &y).sqrt() * dot(&s, &s).sqrt() {
                        if pairs.len() == MEMORY {
                            pairs.pop_front();
                        }
                        pairs.push_back((s, y, 1.0 / sy));
                    }
                    (beta, loss, gradient) = (trial, value, found);
                    break;
                }
                t *= 0.5;
                if t < 1e-12 {
                    if pairs.is_empty() {
                        return Ok(done(beta, n_iter + 1, size < 1e-6));
                    }
                    pairs.clear();
                    break;
                }
                run.check()?;
            }
        }
        Ok(done(beta, max_iter, false))
    }

    /// Diagonal of the curvature at `β = 0`: evens out columns of different scale.
    fn diagonal(&self) -> Vec<f64> {
        let mut diagonal = vec![0.0; self.n_columns + 1];
        for p in 0..self.n_rows.div_ceil(PANEL) {
            let used = (self.n_rows - p * PANEL).min(PANEL);
            let mut quarter = [0.0; PANEL];
            match &self.weight {
                Some(w) => {
                    for (q, w) in quarter.iter_mut().zip(&w[p * PANEL..]) {
                        *q = 0.25 * w;
                    }
                }
                None => quarter[..used].fill(0.25),
            }
            for (column, out) in self.columns(p).iter().zip(diagonal.iter_mut()) {
                for (x, q) in column.iter().zip(&quarter) {
                    *out += q * f64::from(*x) * f64::from(*x);
                }
            }
            diagonal[self.n_columns] += quarter.iter().sum::<f64>();
        }
        for v in &mut diagonal[..self.n_columns] {
            *v += self.l2;
        }
        diagonal
    }
}

fn done(beta: Vec<f64>, n_iter: usize, converged: bool) -> Solution {
    Solution {
        beta,
        n_iter,
        converged,
    }
}

fn subtract(beta: &mut [f64], step: &[f64], scale: f64) {
    for (b, s) in beta.iter_mut().zip(step) {
        *b -= scale * s;
    }
}

fn two_loop(
    pairs: &std::collections::VecDeque<(Vec<f64>, Vec<f64>, f64)>,
    gradient: &[f64],
    scale: &[f64],
) -> Vec<f64> {
    let mut r = gradient.to_vec();
    let mut alphas = Vec::with_capacity(pairs.len());
    for (s, y, rho) in pairs.iter().rev() {
        let alpha = rho * dot(s, &r);
        subtract(&mut r, y, alpha);
        alphas.push(alpha);
    }
    // The scaled diagonal, brought to the size of the curvature seen last.
    let size = pairs.back().map_or(1.0, |(_, y, rho)| {
        let yy: f64 = y.iter().zip(scale).map(|(y, s)| y * y / s).sum();
        1.0 / (rho * yy)
    });
    for (r, s) in r.iter_mut().zip(scale) {
        *r *= size / s;
    }
    for ((s, y, rho), alpha) in pairs.iter().zip(alphas.iter().rev()) {
        let beta = rho * dot(y, &r);
        subtract(&mut r, s, beta - alpha);
    }
    r
}

/// Turns `z` into residuals `w (p − y)`, fills `spread` with `w p (1 − p)`, returns the loss of the first `used` rows.
#[inline(never)]
fn residuals(
    z: &mut [f64; PANEL],
    spread: &mut [f64; PANEL],
    y: &[f64],
    weight: Option<&[f64]>,
    used: usize,
) -> f64 {
    let mut linear = [0.0; PANEL];
    let mut grown = [1.0; PANEL];
    for q in 0..PANEL {
        let v = z[q];
        let e = exp_f64(-v.abs());
        let inverse = 1.0 / (1.0 + e);
        let p = if v >= 0.0 { inverse } else { e * inverse };
        linear[q] = v.max(0.0) - y[q] * v;
        grown[q] = 1.0 + e;
        spread[q] = e * inverse * inverse;
        z[q] = p - y[q];
    }
    z[used..].fill(0.0);
    spread[used..].fill(0.0);
    match weight {
        None => {
            let mut loss: f64 = linear[..used].iter().sum();
            // Factors are at most 2, so 64 of them stay far from overflow: one logarithm for all.
            for c in grown[..used].chunks(64) {
                loss += c.iter().product::<f64>().ln();
            }
            loss
        }
        Some(w) => {
            let mut loss = 0.0;
            for q in 0..used {
                loss += w[q] * (linear[q] + grown[q].ln());
                z[q] *= w[q];
                spread[q] *= w[q];
            }
            loss
        }
    }
}

#[inline(never)]
fn axpy(z: &mut [f64; PANEL], b: f64, column: &[f32; PANEL]) {
    for (z, x) in z.iter_mut().zip(column) {
        *z += b * f64::from(*x);
    }
}

/// Independent partial sums let the compiler use vector lanes.
#[inline(never)]
fn dot_f64(a: &[f64; PANEL], b: &[f32; PANEL]) -> f64 {
    let mut lanes = [0.0; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for k in 0..8 {
            lanes[k] += a[k] * f64::from(b[k]);
        }
    }
    lanes.iter().sum()
}

#[inline(never)]
fn dot_f32(a: &[f32; PANEL], b: &[f32; PANEL]) -> f32 {
    let mut lanes = [0f32; 16];
    for (a, b) in a.chunks_exact(16).zip(b.chunks_exact(16)) {
        for k in 0..16 {
            lanes[k] += a[k] * b[k];
        }
    }
    lanes.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;

    fn problem(n: usize, d: usize, weight: Option<&[f64]>) -> Logit {
        let mut s = 7u32;
        let mut next = || {
            s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (s >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        let x: Vec<f32> = (0..n * d).map(|_| next()).collect();
        let codes: Vec<u32> = x
            .chunks_exact(d)
            .map(|r| u32::from(r[0] + 0.5 * r[d - 1] + next() > 0.2))
            .collect();
        Logit::new(&x, d, &codes, weight, 1.0)
    }

    #[test]
    fn gradient_is_the_slope_of_the_loss() {
        let weight: Vec<f64> = (0..300).map(|i| f64::from(i % 3)).collect();
        for weight in [None, Some(weight.as_slice())] {
            let p = problem(300, 3, weight);
            let at = [0.3, -0.2, 0.7, 0.1];
            let mut g = [0.0; 4];
            p.evaluate(&at, &mut g, None);
            for j in 0..4 {
                let mut t = [0.0; 4];
                let (mut lo, mut hi) = (at, at);
                lo[j] -= 1e-5;
                hi[j] += 1e-5;
                let slope = (p.evaluate(&hi, &mut t, None) - p.evaluate(&lo, &mut t, None)) / 2e-5;
                assert!((g[j] - slope).abs() < 1e-6, "{j}: {} {slope}", g[j]);
            }
        }
    }

    #[test]
    fn both_ways_reach_the_same_minimum() {
        let p = problem(700, 5, None);
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, 0);
        let a = p.newton(&[0.0; 6], 100, &mut run).unwrap();
        let b = p.lbfgs(&[0.0; 6], 1000, &mut run).unwrap();
        assert!(a.converged && b.converged && a.n_iter < 10, "{a:?} {b:?}");
        for (a, b) in a.beta.iter().zip(&b.beta) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
}
