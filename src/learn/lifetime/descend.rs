//! Least of a smooth function of a few variables: damped Newton steps within a box, from several starts.
use crate::base::Result;
use crate::learn::kernels::linear::{cholesky, cholesky_inverse, cholesky_solve};

/// Function and gradient; the gradient is written into the second argument.
pub(super) type Smooth<'f> = dyn FnMut(&[f64], &mut [f64]) -> f64 + 'f;

/// Half the width of the box, in logarithms of the parameters.
const EDGE: f64 = 14.0;
const MAX_STEPS: usize = 200;

/// Where the function is least.
#[derive(Debug, Clone)]
pub(super) struct Least {
    pub at: Vec<f64>,
    pub value: f64,
    /// Second derivatives, `k × k`.
    pub hessian: Vec<f64>,
    pub n_steps: usize,
    pub converged: bool,
    /// Whether a variable stands at the side of the box.
    pub at_edge: bool,
}

/// The least of all starts; `None` when the function is nowhere finite. `step` is asked between steps.
pub(super) fn least(
    f: &mut Smooth<'_>,
    starts: &[Vec<f64>],
    step: &mut dyn FnMut() -> Result<()>,
) -> Result<Option<Least>> {
    let mut best: Option<Least> = None;
    for start in starts {
        let Some(found) = descend(f, start, step)? else {
            continue;
        };
        let is_better = |b: &Least| {
            let gain = b.value - found.value;
            gain > 1e-10 * b.value.abs() || (gain >= 0.0 && found.converged && !b.converged)
        };
        if best.as_ref().is_none_or(is_better) {
            best = Some(found);
        }
    }
    Ok(best)
}

fn descend(
    f: &mut Smooth<'_>,
    start: &[f64],
    step: &mut dyn FnMut() -> Result<()>,
) -> Result<Option<Least>> {
    let k = start.len();
    let mut at: Vec<f64> = start.iter().map(|v| v.clamp(-EDGE, EDGE)).collect();
    let (mut gradient, mut trial_gradient) = (vec![0.0; k], vec![0.0; k]);
    let mut value = f(&at, &mut gradient);
    if !usable(value, &gradient) {
        return Ok(None);
    }
    let mut damping = 1e-4;
    let mut converged = false;
    let mut n_steps = 0;
    let mut hessian = second(f, &at);
    while n_steps < MAX_STEPS {
        step()?;
        n_steps += 1;
        // A variable at the side that wants further out stays.
        let free: Vec<usize> = (0..k)
            .filter(|j| at[*j].abs() < EDGE || at[*j] * gradient[*j] > 0.0)
            .collect();
        let steepest = free.iter().map(|j| gradient[*j].abs()).fold(0.0, f64::max);
        if steepest < 1e-9 {
            converged = true;
            break;
        }
        let mut moved = false;
        for _ in 0..40 {
            let Some(delta) = newton(&hessian, &gradient, &free, k, damping) else {
                damping = (damping * 8.0).max(1e-8);
                continue;
            };
            let trial: Vec<f64> = at
                .iter()
                .zip(&delta)
                .map(|(a, d)| (a - d.clamp(-3.0, 3.0)).clamp(-EDGE, EDGE))
                .collect();
            let trial_value = f(&trial, &mut trial_gradient);
            if usable(trial_value, &trial_gradient) && trial_value < value {
                at = trial;
                value = trial_value;
                std::mem::swap(&mut gradient, &mut trial_gradient);
                damping *= 0.1;
                moved = true;
                break;
            }
            damping = (damping * 8.0).max(1e-8);
        }
        if !moved {
            // Rounding hides any further gain: as low as it goes where the slope is small.
            converged = steepest < 1e-6;
            break;
        }
        hessian = second(f, &at);
    }
    let at_edge = at.iter().any(|v| v.abs() >= EDGE);
    Ok(Some(Least {
        at,
        value,
        hessian,
        n_steps,
        converged,
        at_edge,
    }))
}

fn usable(value: f64, gradient: &[f64]) -> bool {
    value.is_finite() && gradient.iter().all(|g| g.is_finite())
}

/// `(H + damping · scale) delta = gradient` in the free variables.
fn newton(h: &[f64], g: &[f64], free: &[usize], k: usize, damping: f64) -> Option<Vec<f64>> {
    let m = free.len();
    let scale = free
        .iter()
        .map(|j| h[j * k + j].abs())
        .fold(1e-12, f64::max);
    let mut a = vec![0.0; m * m];
    for (i, fi) in free.iter().enumerate() {
        for (j, fj) in free.iter().enumerate() {
            a[i * m + j] = h[fi * k + fj];
        }
        a[i * m + i] += damping * scale;
    }
    if !cholesky(&mut a, m) {
        return None;
    }
    let right: Vec<f64> = free.iter().map(|j| g[*j]).collect();
    let mut delta = vec![0.0; k];
    for (j, d) in free.iter().zip(cholesky_solve(&a, m, &right)) {
        delta[*j] = d;
    }
    Some(delta)
}

/// Second derivatives by central differences of the gradient.
pub(super) fn second(f: &mut Smooth<'_>, at: &[f64]) -> Vec<f64> {
    let k = at.len();
    let (mut up, mut down) = (vec![0.0; k], vec![0.0; k]);
    let mut h = vec![0.0; k * k];
    let mut point = at.to_vec();
    for j in 0..k {
        let e = 1e-5 * at[j].abs().max(1.0);
        point[j] = at[j] + e;
        f(&point, &mut up);
        point[j] = at[j] - e;
        f(&point, &mut down);
        point[j] = at[j];
        for i in 0..k {
            let v = (up[i] - down[i]) / (2.0 * e);
            h[i * k + j] = if v.is_finite() { v } else { 0.0 };
        }
    }
    for i in 0..k {
        for j in 0..i {
            let mean = 0.5 * (h[i * k + j] + h[j * k + i]);
            h[i * k + j] = mean;
            h[j * k + i] = mean;
        }
    }
    h
}

/// Lower factor of `n · hessian`, and whether it was positive definite as it is; otherwise the diagonal is raised until
/// it is, which holds variables that the data say nothing of near where they are.
pub(super) fn factor(hessian: &[f64], k: usize, n: f64) -> (Vec<f64>, bool) {
    let largest = (0..k)
        .map(|j| (n * hessian[j * k + j]).abs())
        .fold(1.0, f64::max);
    let mut raise = 0.0;
    loop {
        let mut l: Vec<f64> = hessian.iter().map(|v| n * v).collect();
        (0..k).for_each(|j| l[j * k + j] += raise);
        if cholesky(&mut l, k) {
            return (l, raise == 0.0);
        }
        raise = if raise == 0.0 {
            1e-8 * largest
        } else {
            raise * 10.0
        };
        if !raise.is_finite() || raise > 1e20 * largest {
            let unit = |i: usize| if i.is_multiple_of(k + 1) { 1e10 } else { 0.0 };
            return ((0..k * k).map(unit).collect(), false);
        }
    }
}

/// Covariance `k × k` of a factor.
pub(super) fn covariance(l: &[f64], k: usize) -> Vec<f64> {
    let mut c = cholesky_inverse(l, k);
    for i in 0..k {
        for j in 0..i {
            c[j * k + i] = c[i * k + j];
        }
    }
    c
}
