//! Beta calibration: three shapes of correction, the identity among them.
//!
//! `q = 1 / (1 + e^−(a·ln p − b·ln(1 − p) + c))` of least cross-entropy with `a, b ≥ 0`, so that it never falls: a
//! logistic regression on `ln p` and `−ln(1 − p)` without penalty. Where one of the two comes out negative it is set to 0
//! and the others are fitted again. With `a = b` it is Platt's sigmoid on the log-odds.
//!
//! Source: Kull, Silva Filho & Flach (2017), Beta calibration: a well-founded and easily implemented improvement on
//! logistic calibration for binary classifiers, section 3.
use super::check;
use crate::base::{Error, Result};
use crate::learn::kernels::exp::sigmoid_f64;

const MAX_ITER: usize = 100;
/// How far from 0 and 1 probabilities are kept when logarithms are taken.
const EDGE: f64 = 1e-12;

/// `a`, `b` and `c` for probabilities `proba` of rows that were positive or not.
///
/// # Errors
/// [`Error::Shape`]; [`Error::Target`] when positives or negatives are absent; [`Error::Param`] for what is no
/// probability or a bad weight; [`Error::NotConverged`].
pub fn beta(proba: &[f64], y_true: &[bool], sample_weight: Option<&[f64]>) -> Result<[f64; 3]> {
    let weight = check(proba, y_true, sample_weight)?;
    if !proba.iter().all(|p| (0.0..=1.0).contains(p)) {
        return Err(Error::out_of_range("score", 0.0, 1.0));
    }
    let kept: Vec<f64> = proba.iter().map(|p| p.clamp(EDGE, 1.0 - EDGE)).collect();
    let rows = Rows {
        x: kept
            .iter()
            .map(|p| [p.ln(), -(1.0 - p).ln(), 1.0])
            .collect(),
        y: y_true,
        weight: &weight,
    };
    let mut free = [true; 3];
    loop {
        let found = rows.fit(free)?;
        let Some(negative) = (0..2).find(|k| found[*k] < 0.0) else {
            return Ok(found);
        };
        free[negative] = false;
    }
}

struct Rows<'a> {
    x: Vec<[f64; 3]>,
    y: &'a [bool],
    weight: &'a [f64],
}

impl Rows<'_> {
    /// Newton's method with backtracking over the coefficients that are `free`; the others are 0.
    fn fit(&self, free: [bool; 3]) -> Result<[f64; 3]> {
        let total: f64 = self.weight.iter().sum();
        let mut at = [0.0; 3];
        let mut value = self.loss(&at);
        for _ in 0..MAX_ITER {
            let (g, h) = self.derivatives(&at, free);
            if g.iter().all(|g| g.abs() < 1e-12 * total) {
                return Ok(at);
            }
            let Some(step) = solve(h, g) else {
                return Ok(at);
            };
            let slope: f64 = -g.iter().zip(&step).map(|(g, s)| g * s).sum::<f64>();
            if -slope <= 1e-13 * total {
                // What Newton's method still promises is lost in the rounding of the loss.
                return Ok([0, 1, 2].map(|k| at[k] - step[k]));
            }
            let mut size = 1.0;
            loop {
                let next = [0, 1, 2].map(|k| at[k] - size * step[k]);
                let tried = self.loss(&next);
                if tried <= value + 1e-4 * size * slope {
                    (at, value) = (next, tried);
                    break;
                }
                size /= 2.0;
                if size < 1e-10 {
                    // Rounding is all that is left.
                    return Ok(at);
                }
            }
        }
        Err(Error::NotConverged {
            algorithm: "beta".into(),
            iterations: MAX_ITER,
        })
    }

    fn loss(&self, at: &[f64; 3]) -> f64 {
        let rows = self.x.iter().zip(self.y).zip(self.weight);
        let each = rows.map(|((x, y), w)| {
            let z = dot(x, at);
            w * (z.max(0.0) + (-z.abs()).exp().ln_1p() - if *y { z } else { 0.0 })
        });
        each.sum()
    }

    /// Gradient and second derivatives; coefficients that are not free do not move.
    fn derivatives(&self, at: &[f64; 3], free: [bool; 3]) -> ([f64; 3], [[f64; 3]; 3]) {
        let (mut g, mut h) = ([0.0; 3], [[0.0; 3]; 3]);
        for ((x, y), w) in self.x.iter().zip(self.y).zip(self.weight) {
            let q = sigmoid_f64(dot(x, at));
            let (first, second) = (w * (q - f64::from(u8::from(*y))), w * q * (1.0 - q));
            for i in 0..3 {
                g[i] += first * x[i];
                for j in 0..3 {
                    h[i][j] += second * x[i] * x[j];
                }
            }
        }
        for i in 0..3 {
            if !free[i] {
                g[i] = 0.0;
                h[i] = [0.0; 3];
                h.iter_mut().for_each(|row| row[i] = 0.0);
                h[i][i] = 1.0;
            }
            // Probabilities that are all alike leave directions without a slope.
            h[i][i] *= 1.0 + 1e-12;
            h[i][i] += 1e-12;
        }
        (g, h)
    }
}

fn dot(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Solves `h s = g` for a positive definite `h` by Cholesky's factors.
fn solve(h: [[f64; 3]; 3], g: [f64; 3]) -> Option<[f64; 3]> {
    let mut l = [[0.0f64; 3]; 3];
    for i in 0..3 {
        for j in 0..=i {
            let before: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
            let left = h[i][j] - before;
            if i == j {
                if !(left > 0.0 && left.is_finite()) {
                    return None;
                }
                l[i][i] = left.sqrt();
            } else {
                l[i][j] = left / l[j][j];
            }
        }
    }
    let mut s = g;
    for i in 0..3 {
        let before: f64 = (0..i).map(|k| l[i][k] * s[k]).sum();
        s[i] = (s[i] - before) / l[i][i];
    }
    for i in (0..3).rev() {
        let after: f64 = (i + 1..3).map(|k| l[k][i] * s[k]).sum();
        s[i] = (s[i] - after) / l[i][i];
    }
    Some(s)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Positives as often as `truth` of the probability says, spread by a fixed sequence.
    fn rows(n: usize, truth: impl Fn(f64) -> f64) -> (Vec<f64>, Vec<bool>) {
        let p: Vec<f64> = (0..n).map(|i| (i as f64 + 0.5) / n as f64).collect();
        let draw = |i: usize| ((i * 7919 % n) as f64 + 0.5) / n as f64;
        let y = (0..n).map(|i| draw(i) < truth(p[i])).collect();
        (p, y)
    }

    #[test]
    fn shapes_are_found_again() {
        let want = [0.6, 1.8, 0.3];
        let of = |p: f64| sigmoid_f64(want[0] * p.ln() - want[1] * (1.0 - p).ln() + want[2]);
        let (p, y) = rows(20_000, of);
        let got = beta(&p, &y, None).unwrap();
        for (g, w) in got.iter().zip(want) {
            assert!((g - w).abs() < 0.1, "{got:?}");
        }
        let (p, y) = rows(20_000, |p| p);
        let got = beta(&p, &y, None).unwrap();
        for (g, w) in got.iter().zip([1.0, 1.0, 0.0]) {
            assert!((g - w).abs() < 0.05, "{got:?}");
        }
    }

    #[test]
    fn it_never_falls_and_hostile_input_is_an_error_or_finite() {
        let (p, y) = rows(2_000, |p| 1.0 - p);
        let [a, b, c] = beta(&p, &y, None).unwrap();
        assert_eq!((a, b), (0.0, 0.0));
        assert!(c.abs() < 0.1, "{c}");
        for (p, y) in [
            (vec![0.3; 4], [true, false, true, true]),
            (vec![0.0, 0.0, 1.0, 1.0], [false, false, true, true]),
            (vec![0.0, 1.0, 0.0, 1.0], [false, false, true, true]),
        ] {
            let got = beta(&p, &y, None).unwrap();
            assert!(got.iter().all(|v| v.is_finite()), "{got:?}");
        }
        let code = |p: &[f64], y: &[bool]| beta(p, y, None).unwrap_err().code();
        assert_eq!(code(&[0.5], &[true]), "target");
        assert_eq!(code(&[1.5, 0.5], &[true, false]), "param");
        assert_eq!(code(&[0.5], &[true, false]), "shape");
    }
}
