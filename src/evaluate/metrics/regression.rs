//! Figures of merit for predicted numbers, in the unit of the target unless said otherwise.
//!
//! Every function takes truth and prediction `(n_samples,)` and optional weights per row. Errors are those of
//! [`mae`] throughout: [`Error::Shape`] when lengths disagree; [`Error::TooFewRows`] without rows of positive weight;
//! [`Error::Param`] for a bad weight or a value that is not finite.
use super::{super::same_length, check_weights, no_rows, weight_of};
use crate::base::order::Ordered;
use crate::base::{Error, Result};

/// Mean absolute error.
///
/// # Errors
/// See the module.
pub fn mae(y_true: &[f64], y_pred: &[f64], sample_weight: Option<&[f64]>) -> Result<f64> {
    mean(y_true, y_pred, sample_weight, |t, p| (t - p).abs())
}

/// Square root of the mean squared error.
///
/// # Errors
/// See the module.
pub fn rmse(y_true: &[f64], y_pred: &[f64], sample_weight: Option<&[f64]>) -> Result<f64> {
    mean(y_true, y_pred, sample_weight, |t, p| (t - p).powi(2)).map(f64::sqrt)
}

/// Share of the variance around the mean that the prediction explains: `1 − Σw(t−p)² / Σw(t−t̄)²`. A constant truth
/// gives 1 when it is met exactly and 0 otherwise.
///
/// # Errors
/// See the module; [`Error::TooFewRows`] with fewer than two rows.
pub fn r2(y_true: &[f64], y_pred: &[f64], sample_weight: Option<&[f64]>) -> Result<f64> {
    check(y_true, y_pred, sample_weight)?;
    if y_true.len() < 2 {
        return Err(Error::TooFewRows {
            needed: 2,
            found: y_true.len() as u64,
        });
    }
    let middle = mean(y_true, y_pred, sample_weight, |t, _| t)?;
    let left = mean(y_true, y_pred, sample_weight, |t, p| (t - p).powi(2))?;
    let spread = mean(y_true, y_pred, sample_weight, |t, _| (t - middle).powi(2))?;
    Ok(explained(left, spread))
}

/// As [`r2`], but a constant offset of the prediction does not count against it.
///
/// # Errors
/// See the module.
pub fn explained_variance(
    y_true: &[f64],
    y_pred: &[f64],
    sample_weight: Option<&[f64]>,
) -> Result<f64> {
    let middle = mean(y_true, y_pred, sample_weight, |t, _| t)?;
    let offset = mean(y_true, y_pred, sample_weight, |t, p| t - p)?;
    let left = mean(y_true, y_pred, sample_weight, |t, p| {
        (t - p - offset).powi(2)
    })?;
    let spread = mean(y_true, y_pred, sample_weight, |t, _| (t - middle).powi(2))?;
    Ok(explained(left, spread))
}

fn explained(left: f64, spread: f64) -> f64 {
    if spread > 0.0 {
        1.0 - left / spread
    } else {
        f64::from(u8::from(left == 0.0))
    }
}

/// Median absolute error. With weights the smallest error at which half of the weight is reached, averaged with the
/// next one where exactly half is.
///
/// # Errors
/// See the module.
pub fn median_absolute_error(
    y_true: &[f64],
    y_pred: &[f64],
    sample_weight: Option<&[f64]>,
) -> Result<f64> {
    check(y_true, y_pred, sample_weight)?;
    let mut errors: Vec<(f64, f64)> = y_true
        .iter()
        .zip(y_pred)
        .enumerate()
        .map(|(i, (t, p))| ((t - p).abs(), weight_of(sample_weight, i)))
        .filter(|(_, w)| *w > 0.0)
        .collect();
    errors.order_by(|a, b| a.0.total_cmp(&b.0));
    let half = 0.5 * errors.iter().map(|e| e.1).sum::<f64>();
    let mut reached = 0.0;
    for (i, (error, w)) in errors.iter().enumerate() {
        reached += w;
        // Sums of equal weights reach half exactly; others do so only by rounding.
        let exactly = (reached - half).abs() <= 1e-12 * half;
        if exactly && let Some((next, _)) = errors.get(i + 1) {
            return Ok(0.5 * (error + next));
        }
        if reached >= half {
            return Ok(*error);
        }
    }
    Err(no_rows())
}

/// Mean absolute error relative to the truth, as a share (0.1 is 10 %); truths below 2.2e-16 count as that.
///
/// # Errors
/// See the module.
pub fn mape(y_true: &[f64], y_pred: &[f64], sample_weight: Option<&[f64]>) -> Result<f64> {
    mean(y_true, y_pred, sample_weight, |t, p| {
        (t - p).abs() / t.abs().max(f64::EPSILON)
    })
}

/// Mean pinball loss of quantile `alpha`: `α·(t−p)` above the prediction, `(1−α)·(p−t)` below.
///
/// # Errors
/// See the module; [`Error::Param`] for `alpha` outside 0..1.
///
/// Source: Koenker & Bassett (1978), doi:10.2307/1913643.
pub fn pinball_loss(
    y_true: &[f64],
    y_pred: &[f64],
    alpha: f64,
    sample_weight: Option<&[f64]>,
) -> Result<f64> {
    if !(0.0..=1.0).contains(&alpha) {
        return Err(Error::out_of_range("alpha", 0.0, 1.0));
    }
    mean(y_true, y_pred, sample_weight, |t, p| {
        let apart = t - p;
        if apart >= 0.0 {
            alpha * apart
        } else {
            (alpha - 1.0) * apart
        }
    })
}

/// Mean Poisson deviance: `2·(t·ln(t/p) − t + p)`.
///
/// # Errors
/// See the module; [`Error::Param`] for a truth below 0 or a prediction not above 0.
pub fn poisson_deviance(
    y_true: &[f64],
    y_pred: &[f64],
    sample_weight: Option<&[f64]>,
) -> Result<f64> {
    if y_true.iter().any(|t| *t < 0.0) {
        return Err(Error::out_of_range("y_true", 0.0, f64::MAX));
    }
    if y_pred.iter().any(|p| *p <= 0.0) {
        return Err(Error::out_of_range("y_pred", f64::MIN_POSITIVE, f64::MAX));
    }
    mean(y_true, y_pred, sample_weight, |t, p| {
        let ratio = if t > 0.0 { t * (t / p).ln() } else { 0.0 };
        2.0 * (ratio - t + p)
    })
}

/// Largest absolute error over rows of positive weight.
///
/// # Errors
/// See the module.
pub fn max_error(y_true: &[f64], y_pred: &[f64], sample_weight: Option<&[f64]>) -> Result<f64> {
    check(y_true, y_pred, sample_weight)?;
    let rows = y_true.iter().zip(y_pred).enumerate();
    rows.filter(|(i, _)| weight_of(sample_weight, *i) > 0.0)
        .map(|(_, (t, p))| (t - p).abs())
        .reduce(f64::max)
        .ok_or_else(no_rows)
}

fn mean(
    y_true: &[f64],
    y_pred: &[f64],
    sample_weight: Option<&[f64]>,
    of: impl Fn(f64, f64) -> f64,
) -> Result<f64> {
    check(y_true, y_pred, sample_weight)?;
    let (mut sum, mut all) = (0.0, 0.0);
    for (i, (&t, &p)) in y_true.iter().zip(y_pred).enumerate() {
        let w = weight_of(sample_weight, i);
        sum += w * of(t, p);
        all += w;
    }
    if all > 0.0 {
        Ok(sum / all)
    } else {
        Err(no_rows())
    }
}

fn check(y_true: &[f64], y_pred: &[f64], sample_weight: Option<&[f64]>) -> Result<()> {
    same_length("predictions", y_true.len(), y_pred.len())?;
    check_weights(y_true.len(), sample_weight)?;
    for (name, values) in [("y_true", y_true), ("y_pred", y_pred)] {
        if values.iter().any(|v| !v.is_finite()) {
            return Err(Error::out_of_range(name, f64::MIN, f64::MAX));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_defined() {
        let t = [2.0, 2.0, 2.0];
        assert_eq!(r2(&t, &t, None).unwrap(), 1.0);
        assert_eq!(r2(&t, &[1.0, 2.0, 3.0], None).unwrap(), 0.0);
        assert_eq!(explained_variance(&t, &[1.0, 1.0, 1.0], None).unwrap(), 1.0);
        assert_eq!(
            median_absolute_error(&t, &[2.0, 3.0, 6.0], None).unwrap(),
            1.0
        );
        assert_eq!(
            median_absolute_error(&t[..2], &[2.0, 3.0], None).unwrap(),
            0.5
        );
        assert_eq!(
            max_error(&t, &[2.0, 9.0, 5.0], Some(&[1.0, 0.0, 1.0])).unwrap(),
            3.0
        );
    }

    #[test]
    fn what_cannot_be_measured_is_an_error() {
        let code = |r: Result<f64>| r.unwrap_err().code();
        assert_eq!(code(mae(&[], &[], None)), "too_few_rows");
        assert_eq!(code(mae(&[1.0], &[], None)), "shape");
        assert_eq!(code(mae(&[1.0], &[f64::NAN], None)), "param");
        assert_eq!(code(rmse(&[1.0], &[1.0], Some(&[-1.0]))), "param");
        assert_eq!(code(r2(&[1.0], &[1.0], None)), "too_few_rows");
        assert_eq!(
            code(median_absolute_error(&[1.0], &[1.0], Some(&[0.0]))),
            "too_few_rows"
        );
        assert_eq!(code(pinball_loss(&[1.0], &[1.0], 1.5, None)), "param");
        assert_eq!(code(poisson_deviance(&[1.0], &[0.0], None)), "param");
        assert_eq!(code(poisson_deviance(&[-1.0], &[1.0], None)), "param");
        assert_eq!(
            code(max_error(&[1.0], &[1.0], Some(&[0.0]))),
            "too_few_rows"
        );
    }
}
