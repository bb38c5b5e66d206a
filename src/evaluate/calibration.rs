//! Do predicted probabilities happen? Groups of similar predictions, and one number over all of them.
use super::{interval::wilson, same_length};
use crate::base::Result;
use crate::charts::CalibrationBin;

/// Groups by quantiles of the prediction, as scikit-learn's `calibration_curve(strategy="quantile")`.
///
/// Limits are linear-interpolated quantiles; equal predictions share a group, empty groups are left out. Each
/// group has the 95 % Wilson interval of its share of positives.
///
/// # Errors
/// [`crate::base::Error::Shape`] when lengths disagree.
pub fn calibration_bins(
    y_true: &[bool],
    proba: &[f64],
    n_bins: usize,
) -> Result<Vec<CalibrationBin>> {
    same_length("scores", y_true.len(), proba.len())?;
    let n_bins = n_bins.max(1);
    let mut sorted = proba.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let edges: Vec<f64> = (1..n_bins)
        .map(|k| quantile(&sorted, k as f64 / n_bins as f64))
        .collect();
    let mut sums = vec![(0.0, 0u64, 0u64); n_bins];
    for (&y, &p) in y_true.iter().zip(proba) {
        let (sum, hits, count) = &mut sums[edges.partition_point(|e| *e < p)];
        *sum += p;
        *hits += u64::from(y);
        *count += 1;
    }
    Ok(sums
        .into_iter()
        .filter(|(_, _, count)| *count > 0)
        .map(|(sum, hits, count)| {
            let (low, high) = wilson(hits as f64, count as f64);
            CalibrationBin {
                predicted: sum / count as f64,
                observed: hits as f64 / count as f64,
                low,
                high,
                count,
            }
        })
        .collect())
}

/// Expected calibration error: mean distance of said and happened over `bins`, weighted by rows; 0 without rows.
///
/// Source: Naeini, Cooper & Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian binning.
pub fn expected_calibration_error(bins: &[CalibrationBin]) -> f64 {
    let rows: u64 = bins.iter().map(|b| b.count).sum();
    let sum: f64 = bins
        .iter()
        .map(|b| (b.predicted - b.observed).abs() * b.count as f64)
        .sum();
    if rows == 0 { 0.0 } else { sum / rows as f64 }
}

/// Quantile `q` of rising values, linear between neighbours; 0 without values.
pub(super) fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let at = q * last as f64;
    let low = (at.floor() as usize).min(last);
    let (a, b) = (sorted[low], sorted[(low + 1).min(last)]);
    let t = at - low as f64;
    if t >= 0.5 {
        b - (b - a) * (1.0 - t)
    } else {
        a + (b - a) * t
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_predictions_share_a_group() {
        let y = [true, false, false, false, true, true];
        let bins = calibration_bins(&y, &[0.2, 0.2, 0.2, 0.2, 0.9, 0.9], 10).unwrap();
        let got: Vec<(u64, f64)> = bins.iter().map(|b| (b.count, b.observed)).collect();
        assert_eq!(got, [(4, 0.25), (2, 1.0)]);
        let want = (4.0 * 0.05 + 2.0 * 0.1) / 6.0;
        assert!((expected_calibration_error(&bins) - want).abs() < 1e-12);
        assert!(
            bins.iter()
                .all(|b| b.low <= b.observed && b.observed <= b.high)
        );
        assert_eq!(calibration_bins(&[], &[], 10).unwrap(), []);
        assert_eq!(expected_calibration_error(&[]), 0.0);
    }
}
