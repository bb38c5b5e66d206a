//! Platt's sigmoid: the slope and intercept on the log-odds that make probabilities happen.
//!
//! `q = 1 / (1 + e^−(a·f + b))` of least cross-entropy; targets are pulled a little off 0 and 1, `(n₊+1)/(n₊+2)` and
//! `1/(n₋+2)`. The solver is that of [`crate::learn::kernels::platt`].
//!
//! Source: Platt (1999), Probabilistic outputs for support vector machines; steps after Lin, Lin & Weng (2007),
//! doi:10.1007/s10994-007-5018-6.
use super::check;
use crate::base::Result;
use crate::learn::kernels::platt::Sigmoid;

/// Slope and intercept for scores `f` (log-odds of held-out predictions) of rows that were positive or not. Scores that
/// are all alike have slope 0.
///
/// # Errors
/// [`crate::base::Error::Shape`]; [`crate::base::Error::Target`] when positives or negatives are absent;
/// [`crate::base::Error::Param`] for a score that is not finite or a bad weight.
pub fn platt(f: &[f64], y_true: &[bool], sample_weight: Option<&[f64]>) -> Result<(f64, f64)> {
    let weight = check(f, y_true, sample_weight)?;
    let Sigmoid { a, b } = Sigmoid::fit(f, y_true, &weight);
    Ok((-a, -b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::kernels::exp::sigmoid_f64;

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
        assert!((q - 0.75).abs() < 1e-9, "{q}");
        let apart = platt(&[-9.0, -8.0, 8.0, 9.0], &[false, false, true, true], None).unwrap();
        assert!(apart.0.is_finite() && apart.0 > 0.0);
    }
}
