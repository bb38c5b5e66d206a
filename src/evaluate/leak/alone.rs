//! How far one column alone gives the target away.
use crate::{
    base::Result,
    evaluate::{metrics::roc_auc, same_length},
};

/// Weight of the overall rate when a level's rate is estimated, in rows.
const PRIOR_ROWS: f64 = 1.0;

/// Quantile bins in which a number column is looked at for what is not monotone.
const MAX_BINS: usize = 50;
/// Rows that a bin should have at least.
const MIN_BIN_ROWS: usize = 10;

/// What is known of each row.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// A class per row, below `n_classes`.
    Classes {
        /// The classes.
        codes: &'a [u32],
        /// How many there are.
        n_classes: usize,
    },
    /// A number per row.
    Numbers(&'a [f64]),
}

impl Outcome<'_> {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Classes { codes, .. } => codes.len(),
            Self::Numbers(y) => y.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How well one column alone tells the outcome, 0.5 (0 for numbers) to 1: ROC-AUC for two classes, the largest one against
/// the rest for more, R² out of fold for numbers.
///
/// `codes` as in [`category_score`]: levels, or [`bins`] of numbers; `values` the numbers themselves where the column has any,
/// so that a ranking within bins counts as well. `folds` gives a fold per row.
///
/// # Errors
/// As [`number_score`].
pub fn alone(
    outcome: Outcome<'_>,
    codes: &[u32],
    n_levels: usize,
    values: Option<&[f64]>,
    folds: &[u32],
) -> Result<f64> {
    let (all, n_classes) = match outcome {
        Outcome::Numbers(y) => return explained(y, codes, n_levels, folds),
        Outcome::Classes { codes, n_classes } => (codes, n_classes),
    };
    // Of two classes one stands for both.
    let classes = if n_classes == 2 { 1..2 } else { 0..n_classes };
    let mut best: f64 = 0.5;
    for class in classes {
        let truth: Vec<bool> = all.iter().map(|c| *c as usize == class).collect();
        if !truth.contains(&true) || !truth.contains(&false) {
            continue;
        }
        best = best.max(category_score(&truth, codes, n_levels, folds)?);
        if let Some(values) = values {
            best = best.max(number_score(&truth, values)?);
        }
    }
    Ok(best)
}

/// Standard error of a ROC-AUC `a` of so many positives and negatives.
///
/// Source: Hanley & McNeil (1982), doi:10.1148/radiology.143.1.7063747.
pub fn standard_error(a: f64, n_positive: f64, n_negative: f64) -> f64 {
    let (q1, q2) = (a / (2.0 - a), 2.0 * a * a / (1.0 + a));
    let spread =
        a * (1.0 - a) + (n_positive - 1.0) * (q1 - a * a) + (n_negative - 1.0) * (q2 - a * a);
    (spread.max(0.0) / (n_positive * n_negative).max(1.0)).sqrt()
}

/// Quantile bins of numbers and how many there are: equal values share a bin, values that are not numbers get the code after
/// the last.
pub fn bins(values: &[f64]) -> (Vec<u32>, usize) {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let n_bins = (sorted.len() / MIN_BIN_ROWS).clamp(2, MAX_BINS);
    let at = |k: usize| sorted.get(k * sorted.len() / n_bins).copied();
    // A value that many rows share is a bin of its own: its first place and the next value after it are limits.
    let mut limits: Vec<f64> = (1..n_bins).filter_map(at).collect();
    let after = |v: &f64| sorted.get(sorted.partition_point(|s| s <= v)).copied();
    let next: Vec<f64> = limits.iter().filter_map(after).collect();
    limits.extend(next);
    limits.sort_unstable_by(f64::total_cmp);
    limits.dedup();
    let n_levels = limits.len() + 1;
    let code = |v: &f64| {
        if v.is_nan() {
            n_levels
        } else {
            limits.partition_point(|l| l <= v)
        }
    };
    (values.iter().map(|v| code(v) as u32).collect(), n_levels)
}

/// R² of the mean of a row's level in the other folds; at least 0.
fn explained(y: &[f64], codes: &[u32], n_levels: usize, folds: &[u32]) -> Result<f64> {
    same_length("codes", y.len(), codes.len())?;
    same_length("folds", y.len(), folds.len())?;
    let n_folds = folds.iter().max().map_or(0, |m| *m as usize + 1);
    let width = n_levels + 1;
    let mut sums = vec![(0.0, 0.0); n_folds * width];
    let level = |i: usize| {
        codes
            .get(i)
            .map_or(n_levels, |c| (*c as usize).min(n_levels))
    };
    let place = |i: usize| folds.get(i).map_or(0, |f| *f as usize) * width + level(i);
    for (i, y) in y.iter().enumerate() {
        if let Some((sum, n)) = sums.get_mut(place(i)) {
            *sum += y;
            *n += 1.0;
        }
    }
    let mut all = vec![(0.0, 0.0); width];
    for of_fold in sums.chunks(width) {
        for (total, part) in all.iter_mut().zip(of_fold) {
            total.0 += part.0;
            total.1 += part.1;
        }
    }
    let (total, n) = all.iter().fold((0.0, 0.0), |t, a| (t.0 + a.0, t.1 + a.1));
    let mean = total / f64::max(n, 1.0);
    let (mut off, mut spread) = (0.0, 0.0);
    for (i, y) in y.iter().enumerate() {
        let own = sums.get(place(i)).copied().unwrap_or_default();
        let (sum, n) = all.get(level(i)).copied().unwrap_or_default();
        let guess = (sum - own.0 + mean * PRIOR_ROWS) / (n - own.1 + PRIOR_ROWS);
        off += (y - guess) * (y - guess);
        spread += (y - mean) * (y - mean);
    }
    Ok(if spread > 0.0 {
        (1.0 - off / spread).max(0.0)
    } else {
        0.0
    })
}

/// ROC-AUC of a number column alone, whichever direction ranks better; missing values (NaN) may rank lowest or highest.
///
/// Sees what rises or falls with the target, not what only an interval of values gives away.
///
/// # Errors
/// [`crate::base::Error::Shape`] when lengths disagree; [`crate::base::Error::Target`] with one class only.
pub fn number_score(y_true: &[bool], values: &[f64]) -> Result<f64> {
    let with = |missing: f64| -> Result<f64> {
        let score: Vec<f64> = values
            .iter()
            .map(|v| if v.is_nan() { missing } else { *v })
            .collect();
        let auc = roc_auc(y_true, &score, None)?;
        Ok(auc.max(1.0 - auc))
    };
    let low = with(f64::NEG_INFINITY)?;
    if values.iter().any(|v| v.is_nan()) {
        Ok(low.max(with(f64::INFINITY)?))
    } else {
        Ok(low)
    }
}

/// ROC-AUC of a category column alone: rows of each fold are scored by the target rates of their level in the
/// other folds, so that many rare levels do not look like knowledge. At least 0.5.
///
/// `codes` below `n_levels` are levels, others missing; missing counts as a level. `folds` comes from
/// [`super::split::stratified_folds`]. Areas are taken per fold and averaged: pooled over folds, the small
/// differences between folds' rates would rank rows against the truth.
///
/// # Errors
/// As [`number_score`]; a fold without both classes is left out.
pub fn category_score(
    y_true: &[bool],
    codes: &[u32],
    n_levels: usize,
    folds: &[u32],
) -> Result<f64> {
    same_length("codes", y_true.len(), codes.len())?;
    same_length("folds", y_true.len(), folds.len())?;
    let n_folds = folds.iter().max().map_or(0, |m| *m as usize + 1);
    let level = |i: usize| (codes[i] as usize).min(n_levels);
    let width = n_levels + 1;
    // Positives and rows per level, over all folds.
    let mut all = vec![(0.0, 0.0); width];
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); n_folds];
    for (i, &y) in y_true.iter().enumerate() {
        let (hits, n) = &mut all[level(i)];
        *hits += f64::from(u8::from(y));
        *n += 1.0;
        rows[folds[i] as usize].push(i);
    }
    let mut areas = Vec::with_capacity(n_folds);
    for inside in rows {
        let mut rest = all.clone();
        for &i in &inside {
            rest[level(i)].0 -= f64::from(u8::from(y_true[i]));
            rest[level(i)].1 -= 1.0;
        }
        let hits: f64 = rest.iter().map(|r| r.0).sum();
        let n: f64 = rest.iter().map(|r| r.1).sum();
        let prior = if n > 0.0 { hits / n } else { 0.5 };
        let score: Vec<f64> = inside
            .iter()
            .map(|&i| {
                let (hits, n) = rest[level(i)];
                (hits + prior * PRIOR_ROWS) / (n + PRIOR_ROWS)
            })
            .collect();
        let y: Vec<bool> = inside.iter().map(|&i| y_true[i]).collect();
        if y.contains(&true) && y.contains(&false) {
            areas.push(roc_auc(&y, &score, None)?);
        }
    }
    let mean = areas.iter().sum::<f64>() / areas.len().max(1) as f64;
    Ok(mean.max(0.5))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::split::stratified_folds;

    fn truth(n: u32) -> (Vec<bool>, Vec<u32>) {
        let codes: Vec<u32> = (0..n).map(|i| u32::from(i * 7919 % 10 < 3)).collect();
        let folds = stratified_folds(&codes, 2, 5, None).unwrap();
        (codes.iter().map(|&c| c == 1).collect(), folds)
    }

    #[test]
    fn a_copy_of_the_target_scores_one() {
        let (y, folds) = truth(500);
        let number: Vec<f64> = y.iter().map(|&y| if y { -1.0 } else { 3.0 }).collect();
        assert_eq!(number_score(&y, &number).unwrap(), 1.0);
        let codes: Vec<u32> = y.iter().map(|&y| u32::from(y)).collect();
        assert_eq!(category_score(&y, &codes, 2, &folds).unwrap(), 1.0);
    }

    #[test]
    fn missingness_can_be_the_leak() {
        let (y, folds) = truth(500);
        let number: Vec<f64> = y
            .iter()
            .enumerate()
            .map(|(i, &y)| if y { f64::NAN } else { (i % 7) as f64 })
            .collect();
        assert_eq!(number_score(&y, &number).unwrap(), 1.0);
        let codes: Vec<u32> = y.iter().map(|&y| if y { u32::MAX } else { 0 }).collect();
        assert_eq!(category_score(&y, &codes, 1, &folds).unwrap(), 1.0);
    }

    #[test]
    fn what_is_not_monotone_is_seen_in_bins() {
        let (y, folds) = truth(2_000);
        let codes: Vec<u32> = y.iter().map(|y| u32::from(*y)).collect();
        // Positives lie in the middle of the others.
        let number: Vec<f64> = (0..2_000_u64)
            .zip(&y)
            .map(|(i, y)| {
                let u = (i * 7_919 % 1_000) as f64 / 1_000.0;
                if *y {
                    u
                } else {
                    3.0 * u - 1.0 - f64::from(u < 0.5) + f64::from(u >= 0.5)
                }
            })
            .collect();
        let outcome = Outcome::Classes {
            codes: &codes,
            n_classes: 2,
        };
        let (of_bins, n) = bins(&number);
        let one_way = number_score(&y, &number).unwrap();
        let any_way = alone(outcome, &of_bins, n, Some(&number), &folds).unwrap();
        assert!(one_way < 0.6 && any_way > 0.9, "{one_way} {any_way}");
        // The number itself as the outcome: the middle of the others says little, it itself all.
        let target = Outcome::Numbers(&number);
        assert!(alone(target, &of_bins, n, None, &folds).unwrap() > 0.98);
        assert!(alone(target, &codes, 2, None, &folds).unwrap() < 0.2);
    }

    #[test]
    fn a_value_of_many_rows_is_a_bin_of_its_own() {
        let mut values: Vec<f64> = (0..100).map(f64::from).collect();
        values.extend([40.0; 300]);
        values.push(f64::NAN);
        let (codes, n) = bins(&values);
        let at = codes[40];
        let others = codes[..100].iter().enumerate().filter(|(i, _)| *i != 40);
        assert!(others.clone().all(|(_, c)| *c != at && (*c as usize) < n));
        assert_eq!(codes.last().map(|c| *c as usize), Some(n));
        assert_eq!(bins(&[]).1, 1);
    }

    #[test]
    fn a_level_per_row_or_one_for_all_knows_nothing() {
        let (y, folds) = truth(500);
        let ids: Vec<u32> = (0..500).collect();
        assert_eq!(category_score(&y, &ids, 500, &folds).unwrap(), 0.5);
        assert_eq!(category_score(&y, &[0; 500], 1, &folds).unwrap(), 0.5);
        let pairs: Vec<u32> = (0..500).map(|i| i / 2).collect();
        assert!(category_score(&y, &pairs, 250, &folds).unwrap() < 0.6);
    }
}
