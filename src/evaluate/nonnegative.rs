//! Logistic regression whose weights may not be negative: what evidence of one direction weighs.
//!
//! Minimises `Σ ln(1 + e^(zᵢ)) − yᵢ zᵢ + l2/2 · ‖w‖²` with `z = Xw + b` and every `w ≥ 0`; the intercept is free and not
//! penalised. Newton's method: each step minimises the quadratic model under the bounds by coordinate descent, halved until
//! the loss falls.
//!
//! Source: Lee, Sun & Saunders (2014), Proximal Newton-type methods for minimizing composite functions,
//! doi:10.1137/130921428, with the bounds as the composite part.
use super::same_length;
use crate::base::{Error, Result, Run};
use ndarray::{Array1, Array2, ArrayView2};

const MAX_STEPS: usize = 100;
const MAX_PASSES: usize = 2_000;
/// Largest move of a coordinate, in standard deviations of its gradient, at which it is at rest.
const TOLERANCE: f64 = 1e-12;

/// Weights and intercept.
#[derive(Debug, Clone, PartialEq)]
pub struct NonNegative {
    /// One per column, not negative.
    pub weights: Vec<f64>,
    /// Intercept.
    pub intercept: f64,
}

/// `ln(1 + e^z)`.
fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

fn sigmoid(z: f64) -> f64 {
    let e = (-z.abs()).exp();
    if z >= 0.0 {
        1.0 / (1.0 + e)
    } else {
        e / (1.0 + e)
    }
}

/// Everything at one point: loss, gradient and curvature, the intercept last.
struct At {
    loss: f64,
    gradient: Array1<f64>,
    curvature: Array2<f64>,
}

fn score(x: ArrayView2<'_, f64>, w: &[f64], i: usize) -> f64 {
    let d = x.ncols();
    let of = x.row(i).iter().zip(w).map(|(x, w)| x * w).sum::<f64>();
    of + w.get(d).copied().unwrap_or(0.0)
}

fn loss(x: ArrayView2<'_, f64>, y: &[bool], l2: f64, w: &[f64]) -> f64 {
    let d = x.ncols();
    let of = |(i, y): (usize, &bool)| {
        let z = score(x, w, i);
        softplus(z) - if *y { z } else { 0.0 }
    };
    let fit: f64 = y.iter().enumerate().map(of).sum();
    fit + l2 / 2.0 * w.iter().take(d).map(|w| w * w).sum::<f64>()
}

fn at(x: ArrayView2<'_, f64>, y: &[bool], l2: f64, w: &[f64]) -> At {
    let d = x.ncols();
    let mut gradient = Array1::zeros(d + 1);
    let mut curvature = Array2::zeros((d + 1, d + 1));
    let mut row = vec![1.0; d + 1];
    for (i, y) in y.iter().enumerate() {
        for (slot, v) in row.iter_mut().zip(x.row(i)) {
            *slot = *v;
        }
        let p = sigmoid(score(x, w, i));
        let (r, h) = (p - f64::from(u8::from(*y)), p * (1.0 - p));
        for (j, a) in row.iter().enumerate() {
            gradient[j] += r * a;
            for (k, b) in row.iter().enumerate().take(j + 1) {
                curvature[[j, k]] += h * a * b;
            }
        }
    }
    for j in 0..d {
        gradient[j] += l2 * w[j];
        curvature[[j, j]] += l2;
    }
    for j in 0..=d {
        for k in 0..j {
            curvature[[k, j]] = curvature[[j, k]];
        }
        // Where the curvature is gone, separated classes, steps stay finite.
        curvature[[j, j]] += 1e-12;
    }
    At {
        loss: loss(x, y, l2, w),
        gradient,
        curvature,
    }
}

/// The step that minimises the quadratic model with `w + step ≥ 0` for all but the last.
fn step(here: &At, w: &[f64]) -> Vec<f64> {
    let n = w.len();
    let mut step = vec![0.0; n];
    // Gradient of the model at the step so far.
    let mut slope = here.gradient.to_vec();
    for _ in 0..MAX_PASSES {
        let mut moved = 0.0_f64;
        for j in 0..n {
            let h = here.curvature[[j, j]];
            let mut by = -slope[j] / h;
            if j + 1 < n {
                by = by.max(-(w[j] + step[j]));
            }
            if by == 0.0 {
                continue;
            }
            step[j] += by;
            for (k, s) in slope.iter_mut().enumerate() {
                *s += by * here.curvature[[k, j]];
            }
            moved = moved.max(by.abs() * h.sqrt());
        }
        if moved < TOLERANCE {
            break;
        }
    }
    step
}

/// Fits `x`, `(n_rows, n_columns)`, to `y`, where larger values are to make `true` likelier.
///
/// # Errors
/// [`Error::Shape`] when lengths disagree, [`Error::Param`] for values that are not finite or a negative `l2`,
/// [`Error::NotConverged`], [`Error::Cancelled`].
pub fn fit(x: ArrayView2<'_, f64>, y: &[bool], l2: f64, run: &Run<'_>) -> Result<NonNegative> {
    same_length("outcomes", x.nrows(), y.len())?;
    if x.iter().any(|v| !v.is_finite()) {
        return Err(Error::out_of_range("x", f64::MIN, f64::MAX));
    }
    if !(l2.is_finite() && l2 >= 0.0) {
        return Err(Error::out_of_range("l2", 0.0, f64::MAX));
    }
    let d = x.ncols();
    let mut w = vec![0.0; d + 1];
    for _ in 0..MAX_STEPS {
        run.check()?;
        let here = at(x, y, l2, &w);
        let step = step(&here, &w);
        let promised: f64 = step.iter().zip(&here.gradient).map(|(s, g)| s * g).sum();
        if promised.abs() <= 1e-13 * (1.0 + here.loss) {
            return Ok(NonNegative {
                intercept: w.pop().unwrap_or(0.0),
                weights: w,
            });
        }
        let mut share = 1.0;
        let next = loop {
            let mut next: Vec<f64> = w.iter().zip(&step).map(|(w, s)| w + share * s).collect();
            for w in next.iter_mut().take(d) {
                *w = w.max(0.0);
            }
            if share < 1e-6 || loss(x, y, l2, &next) <= here.loss + 1e-4 * share * promised {
                break next;
            }
            share /= 2.0;
        };
        w = next;
    }
    Err(Error::NotConverged {
        algorithm: "nonnegative".into(),
        iterations: MAX_STEPS,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;

    fn weights(x: &Array2<f64>, y: &[bool], l2: f64) -> NonNegative {
        let mut quiet = Quiet;
        fit(x.view(), y, l2, &Run::new(&mut quiet, 1)).unwrap()
    }

    #[test]
    fn evidence_of_the_wrong_direction_weighs_nothing() {
        let y: Vec<bool> = (0..200).map(|i| (i * 37 % 200) < 80).collect();
        let x = Array2::from_shape_fn((200, 3), |(i, j)| {
            let yes = if y[i] { 1.0 } else { 0.0 };
            match j {
                0 => yes + (i as f64 * 1.3).sin(),
                1 => -yes + (i as f64 * 2.1).cos(),
                _ => (i as f64 * 0.7).sin(),
            }
        });
        let got = weights(&x, &y, 1e-3);
        assert!(got.weights[0] > 0.5);
        assert_eq!(got.weights[1], 0.0);
        // The mean answer is the share of yes, as for any free intercept.
        let sure: f64 = (0..200)
            .map(|i| {
                let z = (0..3).map(|j| x[[i, j]] * got.weights[j]).sum::<f64>();
                sigmoid(z + got.intercept)
            })
            .sum();
        assert!((sure - 80.0).abs() < 1e-6);
    }

    #[test]
    fn what_cannot_be_fitted_is_refused_and_nothing_is_fitted_to_nothing() {
        let (x, mut quiet) = (Array2::zeros((2, 0)), Quiet);
        let run = Run::new(&mut quiet, 1);
        let got = fit(x.view(), &[true, false], 0.0, &run).unwrap();
        assert_eq!(got.weights, Vec::<f64>::new());
        assert!(got.intercept.abs() < 1e-12);
        assert_eq!(
            fit(x.view(), &[true], 0.0, &run).unwrap_err().code(),
            "shape"
        );
        let bad = Array2::from_elem((1, 1), f64::NAN);
        assert!(fit(bad.view(), &[true], 0.0, &run).is_err());
        let one = Array2::from_elem((1, 1), 1.0);
        assert!(fit(one.view(), &[true], -1.0, &run).is_err());
    }
}
