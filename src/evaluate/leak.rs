//! How far one column alone gives the target away.
use super::{metrics::roc_auc, same_length};
use crate::base::Result;

/// Weight of the overall rate when a level's rate is estimated, in rows.
const PRIOR_ROWS: f64 = 1.0;

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
    fn a_level_per_row_or_one_for_all_knows_nothing() {
        let (y, folds) = truth(500);
        let ids: Vec<u32> = (0..500).collect();
        assert_eq!(category_score(&y, &ids, 500, &folds).unwrap(), 0.5);
        assert_eq!(category_score(&y, &[0; 500], 1, &folds).unwrap(), 0.5);
        let pairs: Vec<u32> = (0..500).map(|i| i / 2).collect();
        assert!(category_score(&y, &pairs, 250, &folds).unwrap() < 0.6);
    }
}
