//! Do predicted probabilities happen? Groups of similar predictions, and numbers over all of them.
use super::{interval::wilson, metrics::brier_score, same_length};
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
    let n_bins = n_bins.max(1);
    let mut sorted = proba.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let edges: Vec<f64> = (1..n_bins)
        .map(|k| quantile(&sorted, k as f64 / n_bins as f64))
        .collect();
    grouped(y_true, proba, &edges)
}

/// Groups of equal width between 0 and 1, as scikit-learn's `calibration_curve(strategy="uniform")`; the rest is as in
/// [`calibration_bins`].
///
/// # Errors
/// As [`calibration_bins`].
pub fn calibration_bins_by_width(
    y_true: &[bool],
    proba: &[f64],
    n_bins: usize,
) -> Result<Vec<CalibrationBin>> {
    let n_bins = n_bins.max(1);
    let width = 1.0 / n_bins as f64;
    let edges: Vec<f64> = (1..n_bins).map(|k| k as f64 * width).collect();
    grouped(y_true, proba, &edges)
}

/// Groups between rising inner `edges`, each with its upper one.
fn grouped(y_true: &[bool], proba: &[f64], edges: &[f64]) -> Result<Vec<CalibrationBin>> {
    same_length("scores", y_true.len(), proba.len())?;
    let mut sums = vec![(0.0, 0u64, 0u64); edges.len() + 1];
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

/// Root of the mean squared distance of said and happened over `bins`, weighted by rows, without what chance alone adds to
/// it: `√max(0, Σ n/N · ((said − happened)² − happened (1 − happened) / (n − 1)))`. Groups of one row are left out.
///
/// Source: Kumar, Liang & Ma (2019), Verified uncertainty calibration, section 4.
pub fn debiased_calibration_error(bins: &[CalibrationBin]) -> f64 {
    let bins = bins.iter().filter(|b| b.count > 1);
    let (mut sum, mut rows) = (0.0, 0.0);
    for b in bins {
        let n = b.count as f64;
        let chance = b.observed * (1.0 - b.observed) / (n - 1.0);
        sum += n * ((b.predicted - b.observed).powi(2) - chance);
        rows += n;
    }
    if rows > 0.0 {
        (sum / rows).max(0.0).sqrt()
    } else {
        0.0
    }
}

/// The Brier score taken apart over groups of similar predictions:
/// `brier = reliability − resolution + uncertainty + within_variance − 2 within_covariance`.
///
/// Murphy's three terms sum to the score of predictions that are alike in each group; the last two are what rows of one
/// group differ by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BrierParts {
    /// Squared distance of said and happened; 0 is best.
    pub reliability: f64,
    /// Squared distance of what happened in a group and overall; more is better.
    pub resolution: f64,
    /// `p (1 − p)` of the share of positives: what is hard about the data, whatever the model.
    pub uncertainty: f64,
    /// Variance of predictions inside groups.
    pub within_variance: f64,
    /// Covariance of predictions and outcomes inside groups.
    pub within_covariance: f64,
}

impl BrierParts {
    /// Of predictions in the quantile groups of [`calibration_bins`].
    ///
    /// # Errors
    /// [`crate::base::Error::Shape`] when lengths disagree; [`crate::base::Error::TooFewRows`] without rows.
    ///
    /// Source: Murphy (1973), A new vector partition of the probability score; within groups Stephenson, Coelho &
    /// Jolliffe (2008), doi:10.1175/2007WAF2006116.1.
    pub fn new(y_true: &[bool], proba: &[f64], n_bins: usize) -> Result<Self> {
        let bins = calibration_bins(y_true, proba, n_bins)?;
        // Its checks of the rows are those wanted here.
        brier_score(y_true, proba, None)?;
        let n = y_true.len() as f64;
        let share = y_true.iter().filter(|y| **y).count() as f64 / n;
        let mean = |of: &dyn Fn(&CalibrationBin) -> f64| -> f64 {
            bins.iter().map(|b| b.count as f64 * of(b)).sum::<f64>() / n
        };
        let squares = proba.iter().map(|p| p * p).sum::<f64>() / n;
        let reliability = mean(&|b| (b.predicted - b.observed).powi(2));
        let resolution = mean(&|b| (b.observed - share).powi(2));
        let uncertainty = share * (1.0 - share);
        let within_variance = (squares - mean(&|b| b.predicted.powi(2))).max(0.0);
        // Positives have outcome 1: the covariance needs their predictions only.
        let hits = y_true.iter().zip(proba).filter(|(y, _)| **y);
        let products = hits.map(|(_, p)| p).sum::<f64>() / n;
        let within_covariance = products - mean(&|b| b.predicted * b.observed);
        let out = Self {
            reliability,
            resolution,
            uncertainty,
            within_variance,
            within_covariance,
        };
        Ok(out)
    }

    /// The Brier score that the parts make up.
    pub fn sum(&self) -> f64 {
        self.reliability - self.resolution + self.uncertainty + self.within_variance
            - 2.0 * self.within_covariance
    }
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

    #[test]
    fn the_parts_of_the_brier_score_sum_to_it() {
        let n = 997;
        let p: Vec<f64> = (0..n).map(|i| (i * 37 % n) as f64 / n as f64).collect();
        let y: Vec<bool> = (0..n)
            .map(|i| (i * 101 % n) as f64 / (n as f64) < 0.2 + 0.5 * p[i])
            .collect();
        for n_bins in [1, 2, 10, 400] {
            let parts = BrierParts::new(&y, &p, n_bins).unwrap();
            let brier = brier_score(&y, &p, None).unwrap();
            assert!((parts.sum() - brier).abs() < 1e-12, "{parts:?} {brier}");
            assert!(parts.reliability > 0.0 && parts.within_variance >= 0.0);
        }
        // One group: nothing is told apart.
        assert!(BrierParts::new(&y, &p, 1).unwrap().resolution < 1e-20);
        assert_eq!(
            BrierParts::new(&[], &[], 5).unwrap_err().code(),
            "too_few_rows"
        );
    }

    #[test]
    fn groups_of_equal_width_and_error_without_chance() {
        let y = [true, false, false, true];
        let bins = calibration_bins_by_width(&y, &[0.0, 0.3, 0.30001, 1.0], 10).unwrap();
        let counts: Vec<u64> = bins.iter().map(|b| b.count).collect();
        // Floating point has 0.3 below the third edge.
        assert_eq!(counts, [1, 1, 1, 1]);
        // Said 0.5 of a fair coin: what is off is chance.
        let bin = |predicted: f64, observed: f64| CalibrationBin {
            predicted,
            observed,
            low: 0.0,
            high: 1.0,
            count: 101,
        };
        assert_eq!(debiased_calibration_error(&[bin(0.5, 0.52)]), 0.0);
        let got = debiased_calibration_error(&[bin(0.5, 0.7)]);
        assert!((got - (0.04f64 - 0.21 / 100.0).sqrt()).abs() < 1e-12);
        assert_eq!(debiased_calibration_error(&[]), 0.0);
    }
}
