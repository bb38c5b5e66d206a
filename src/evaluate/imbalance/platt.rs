//! Platt's sigmoid: the slope and intercept on the log-odds that make probabilities happen.
//!
//! Minimises `−Σ w (t ln q + (1−t) ln(1−q))`, `q = 1 / (1 + e^−(a·f + b))`, by Newton's method with backtracking; targets
//! `t` are pulled a little off 0 and 1, `(n₊+1)/(n₊+2)` and `1/(n₋+2)`.
//!
//! Source: Platt (1999), Probabilistic outputs for support vector machines; steps after Lin, Lin & Weng (2007),
//! doi:10.1007/s10994-007-5018-6.
use super::super::{same_length, target};
use crate::base::{Error, Result, TargetReason};
use crate::learn::kernels::exp::sigmoid_f64;

const MAX_ITER: usize = 100;

/// Slope and intercept for scores `f` (log-odds of held-out predictions) of rows that were positive or not.
///
/// # Errors
/// [`Error::Shape`]; [`Error::Target`] when positives or negatives are absent; [`Error::Param`] for a score that is not
/// finite or a bad weight; [`Error::NotConverged`].
pub fn platt(f: &[f64], y_true: &[bool], sample_weight: Option<&[f64]>) -> Result<(f64, f64)> {
    same_length("scores", y_true.len(), f.len())?;
    if let Some(w) = sample_weight {
        same_length("sample weights", y_true.len(), w.len())?;
        if w.iter().any(|w| !w.is_finite() || *w < 0.0) {
            return Err(Error::out_of_range("sample_weight", 0.0, f64::MAX));
        }
    }
    if f.iter().any(|f| !f.is_finite()) {
        return Err(Error::out_of_range("score", f64::MIN, f64::MAX));
    }
    let weight = |i: usize| sample_weight.and_then(|w| w.get(i)).copied().unwrap_or(1.0);
    let (mut n_positive, mut n_negative) = (0.0, 0.0);
    for (i, &y) in y_true.iter().enumerate() {
        *(if y { &mut n_positive } else { &mut n_negative }) += weight(i);
    }
    if n_positive <= 0.0 || n_negative <= 0.0 {
        return Err(target(TargetReason::SingleClass));
    }
    let (high, low) = (
        (n_positive + 1.0) / (n_positive + 2.0),
        1.0 / (n_negative + 2.0),
    );
    let goal = |y: bool| if y { high } else { low };
    // ln(1 + e^z) − t·z, without overflow.
    let loss = |a: f64, b: f64| -> f64 {
        let each = f.iter().zip(y_true).enumerate().map(|(i, (&f, &y))| {
            let z = a * f + b;
            weight(i) * (z.max(0.0) + (-z.abs()).exp().ln_1p() - goal(y) * z)
        });
        each.sum()
    };
    let (mut a, mut b) = (0.0, ((n_positive + 1.0) / (n_negative + 1.0)).ln());
    let mut value = loss(a, b);
    for _ in 0..MAX_ITER {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, 0.0, 1e-12, 0.0, 1e-12);
        for (i, (&f, &y)) in f.iter().zip(y_true).enumerate() {
            let q = sigmoid_f64(a * f + b);
            let g = weight(i) * (q - goal(y));
            let h = weight(i) * q * (1.0 - q);
            ga += g * f;
            gb += g;
            haa += h * f * f;
            hab += h * f;
            hbb += h;
        }
        let scale = n_positive + n_negative;
        if ga.abs() < 1e-10 * scale && gb.abs() < 1e-10 * scale {
            return Ok((a, b));
        }
        let det = haa * hbb - hab * hab;
        if det <= 0.0 {
            // All scores alike: only the intercept can move.
            b -= gb / hbb;
            value = loss(a, b);
            continue;
        }
        let (da, db) = ((hab * gb - hbb * ga) / det, (hab * ga - haa * gb) / det);
        let slope = ga * da + gb * db;
        if -slope <= 1e-13 * scale {
            // What Newton's method still promises is lost in the rounding of the loss.
            return Ok((a + da, b + db));
        }
        let mut step = 1.0;
        loop {
            let (na, nb) = (a + step * da, b + step * db);
            let tried = loss(na, nb);
            if tried <= value + 1e-4 * step * slope {
                (a, b, value) = (na, nb, tried);
                break;
            }
            step /= 2.0;
            if step < 1e-10 {
                // Rounding is all that is left.
                return Ok((a, b));
            }
        }
    }
    Err(Error::NotConverged {
        algorithm: "sigmoid".into(),
        iterations: MAX_ITER,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calibrated_scores_stay_and_bold_ones_are_calmed() {
        let n = 4000;
        let odds = |i: usize| (i as f64 + 0.5) / n as f64 * 6.0 - 3.0;
        let f: Vec<f64> = (0..n).map(odds).collect();
        // Positives as often as the log-odds say, spread by a fixed sequence.
        let y: Vec<bool> = (0..n)
            .map(|i| ((i * 7919 % 4000) as f64 + 0.5) / 4000.0 < sigmoid_f64(f[i]))
            .collect();
        let (a, b) = platt(&f, &y, None).unwrap();
        assert!((a - 1.0).abs() < 0.1 && b.abs() < 0.1, "{a} {b}");
        let bold: Vec<f64> = f.iter().map(|f| 3.0 * f + 1.0).collect();
        let (c, d) = platt(&bold, &y, None).unwrap();
        assert!((c - a / 3.0).abs() < 1e-6 && (d - (b - a / 3.0)).abs() < 1e-6);
    }

    #[test]
    fn hostile_scores_are_errors_or_finite() {
        let e = |f: &[f64], y: &[bool]| platt(f, y, None).unwrap_err().code();
        assert_eq!(e(&[0.0], &[true]), "target");
        assert_eq!(e(&[0.0], &[true, false]), "shape");
        assert_eq!(e(&[f64::NAN, 0.0], &[true, false]), "param");
        let alike = platt(&[2.0; 4], &[true, false, true, true], None).unwrap();
        let q = sigmoid_f64(2.0 * alike.0 + alike.1);
        assert!(
            (q - (4.0 / 5.0 * 3.0 + 1.0 / 3.0) / 4.0).abs() < 1e-6,
            "{q}"
        );
        let apart = platt(&[-9.0, -8.0, 8.0, 9.0], &[false, false, true, true], None).unwrap();
        assert!(apart.0.is_finite() && apart.0 > 0.0);
    }
}
