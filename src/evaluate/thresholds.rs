//! What a decision threshold does: exact counts over a ladder, and score histograms by class.
use super::same_length;
use crate::base::Result;
use crate::charts::{Scores, Thresholds};

/// Rungs of [`ladder`]: 0, 0.005, …, 1.
pub const N_RUNGS: usize = 201;

/// Exact counts of the decisions `p >= threshold` at [`N_RUNGS`] thresholds.
///
/// # Errors
/// [`crate::base::Error::Shape`] when lengths disagree.
pub fn ladder(y_true: &[bool], proba: &[f64]) -> Result<Thresholds> {
    same_length("scores", y_true.len(), proba.len())?;
    let threshold: Vec<f64> = (0..N_RUNGS)
        .map(|i| i as f64 / (N_RUNGS - 1) as f64)
        .collect();
    // Rows by the highest rung they reach, then summed from the top.
    let (mut tp, mut fp) = (vec![0u64; N_RUNGS], vec![0u64; N_RUNGS]);
    let mut n_positive = 0;
    for (&y, &p) in y_true.iter().zip(proba) {
        n_positive += u64::from(y);
        let reached = threshold.partition_point(|t| *t <= p);
        if let Some(rung) = reached.checked_sub(1) {
            if y {
                tp[rung] += 1;
            } else {
                fp[rung] += 1;
            }
        }
    }
    for i in (0..N_RUNGS - 1).rev() {
        tp[i] += tp[i + 1];
        fp[i] += fp[i + 1];
    }
    Ok(Thresholds {
        threshold,
        tp,
        fp,
        n_positive,
        n_negative: y_true.len() as u64 - n_positive,
    })
}

/// Histogram of probabilities in `n_bins` equal bins from 0 to 1, by class where the truth is known.
///
/// # Errors
/// [`crate::base::Error::Shape`] when lengths disagree.
pub fn score_histogram(y_true: Option<&[bool]>, proba: &[f64], n_bins: usize) -> Result<Scores> {
    let n_bins = n_bins.max(1);
    if let Some(y) = y_true {
        same_length("scores", y.len(), proba.len())?;
    }
    let mut positive = vec![0; n_bins];
    let mut negative = vec![0; if y_true.is_some() { n_bins } else { 0 }];
    for (i, &p) in proba.iter().enumerate() {
        let bin = ((p * n_bins as f64) as usize).min(n_bins - 1);
        if y_true.is_none_or(|y| y[i]) {
            positive[bin] += 1;
        } else {
            negative[bin] += 1;
        }
    }
    Ok(Scores {
        edges: (0..=n_bins).map(|i| i as f64 / n_bins as f64).collect(),
        positive,
        negative,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::metrics::Counts;

    #[test]
    fn every_rung_counts_exactly() {
        let p: Vec<f64> = (0..=400).map(|i| f64::from(i) / 400.0).collect();
        let y: Vec<bool> = (0..=400).map(|i| i * 37 % 401 > 200).collect();
        let ladder = ladder(&y, &p).unwrap();
        for (i, &t) in ladder.threshold.iter().enumerate() {
            let c = Counts::at(&y, &p, t).unwrap();
            assert_eq!(
                (ladder.tp[i] as f64, ladder.fp[i] as f64),
                (c.tp, c.fp),
                "{t}"
            );
        }
        assert_eq!(ladder.tp[0], ladder.n_positive);
        assert_eq!(ladder.fp[0], ladder.n_negative);
    }

    #[test]
    fn histogram_holds_every_row() {
        let s = score_histogram(Some(&[true, false, true]), &[0.0, 0.5, 1.0], 4).unwrap();
        assert_eq!(
            (s.positive, s.negative),
            (vec![1, 0, 0, 1], vec![0, 0, 1, 0])
        );
        let s = score_histogram(None, &[0.1, 0.9], 2).unwrap();
        assert_eq!((s.positive, s.negative.len()), (vec![1, 1], 0));
        assert!(score_histogram(Some(&[true]), &[], 2).is_err());
    }
}
