//! Grouped folds: rows of one group, such as one customer, stay together.
//!
//! Groups are named by any number per row.
use super::{super::same_length, n_folds, stratified::class_counts, too_few};
use crate::base::order::Ordered;
use crate::base::{Result, random};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Groups renumbered from 0 in rising order of their names; per row, and how many there are.
pub(super) fn ranks(groups: &[u32]) -> (Vec<u32>, usize) {
    let mut of: BTreeMap<u32, u32> = groups.iter().map(|&g| (g, 0)).collect();
    for (rank, (_, at)) in of.iter_mut().enumerate() {
        *at = rank as u32;
    }
    let ranked = groups.iter().filter_map(|g| of.get(g).copied());
    (ranked.collect(), of.len())
}

/// Fold number of each row, no group in two folds, folds of about equal size: the largest group first, each into the
/// fold that has the fewest rows.
///
/// Without `rng` exactly scikit-learn's `GroupKFold(n_splits)`; with it groups of equal size come in random order.
///
/// # Errors
/// [`crate::base::Error::Param`] for fewer than two folds; [`crate::base::Error::TooFewRows`] (counting groups) with
/// fewer groups than folds.
pub fn group_folds(
    groups: &[u32],
    n_splits: usize,
    rng: Option<&mut ChaCha8Rng>,
) -> Result<Vec<u32>> {
    let (ranked, n_groups) = ranks(groups);
    n_folds(n_splits, n_groups)?;
    if n_groups < n_splits {
        return Err(too_few(n_splits, n_groups));
    }
    let mut sizes = vec![0_u64; n_groups];
    for &g in &ranked {
        sizes[g as usize] += 1;
    }
    let mut order: Vec<usize> = (0..n_groups).collect();
    if let Some(rng) = rng {
        random::shuffle(rng, &mut order);
    }
    order.order_by_key(|&g| sizes[g]);
    let mut filled = vec![0_u64; n_splits];
    let mut fold_of = vec![0_u32; n_groups];
    for &g in order.iter().rev() {
        let lightest = (0..n_splits).min_by_key(|&f| filled[f]).unwrap_or(0);
        filled[lightest] += sizes[g];
        fold_of[g] = lightest as u32;
    }
    Ok(ranked.iter().map(|&g| fold_of[g as usize]).collect())
}

/// Fold number of each row, no group in two folds and class shares as even as the groups allow: the group whose class
/// counts vary most first, each into the fold that keeps the shares most even, then into the one with fewer rows.
///
/// Without `rng` exactly scikit-learn's `StratifiedGroupKFold(n_splits)`; with it groups that vary alike come in random
/// order.
///
/// # Errors
/// As [`group_folds`]; [`crate::base::Error::Target`] with one class only; [`crate::base::Error::Shape`].
pub fn stratified_group_folds(
    codes: &[u32],
    n_classes: usize,
    groups: &[u32],
    n_splits: usize,
    rng: Option<&mut ChaCha8Rng>,
) -> Result<Vec<u32>> {
    same_length("groups", codes.len(), groups.len())?;
    let all = class_counts(codes, n_classes)?;
    let (ranked, n_groups) = ranks(groups);
    n_folds(n_splits, n_groups)?;
    if n_groups < n_splits {
        return Err(too_few(n_splits, n_groups));
    }
    let present: Vec<usize> = (0..n_classes).filter(|&c| all[c] > 0).collect();
    let place = |class: u32| present.iter().position(|&c| c == class as usize);
    let places: Vec<Option<usize>> = (0..n_classes as u32).map(place).collect();
    let mut counts = vec![vec![0.0; present.len()]; n_groups];
    for (&c, &g) in codes.iter().zip(&ranked) {
        if let Some(at) = places[c as usize] {
            counts[g as usize][at] += 1.0;
        }
    }
    let totals: Vec<f64> = present.iter().map(|&c| all[c] as f64).collect();
    let mut order: Vec<usize> = (0..n_groups).collect();
    if let Some(rng) = rng {
        random::shuffle(rng, &mut order);
    }
    let spread: Vec<f64> = counts.iter().map(|c| sd(c.iter().copied())).collect();
    order.order_by(|&a, &b| spread[b].total_cmp(&spread[a]));
    let mut filled = vec![vec![0.0; present.len()]; n_splits];
    let mut fold_of = vec![0_u32; n_groups];
    for g in order {
        let fold = best_fold(&mut filled, &totals, &counts[g]);
        for (f, c) in filled[fold].iter_mut().zip(&counts[g]) {
            *f += c;
        }
        fold_of[g] = fold as u32;
    }
    Ok(ranked.iter().map(|&g| fold_of[g as usize]).collect())
}

fn best_fold(filled: &mut [Vec<f64>], totals: &[f64], group: &[f64]) -> usize {
    let mut best = (0, f64::INFINITY, f64::INFINITY);
    for f in 0..filled.len() {
        let add = |fold: &mut [f64], sign: f64| {
            for (v, c) in fold.iter_mut().zip(group) {
                *v += sign * c;
            }
        };
        add(&mut filled[f], 1.0);
        let uneven: f64 = (0..totals.len())
            .map(|c| sd(filled.iter().map(|fold| fold[c] / totals[c])))
            .sum::<f64>()
            / totals.len() as f64;
        add(&mut filled[f], -1.0);
        let rows: f64 = filled[f].iter().sum();
        let as_good = (uneven - best.1).abs() <= 1e-8 + 1e-5 * best.1;
        if uneven < best.1 || (as_good && rows < best.2) {
            best = (f, uneven, rows);
        }
    }
    best.0
}

fn sd(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let n = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / n;
    (values.map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn no_group_is_in_two_folds() {
        let groups: Vec<u32> = (0..200_u32).map(|i| i * i % 37).collect();
        let codes: Vec<u32> = (0..200).map(|i| u32::from(i % 3 == 0)).collect();
        for seed in [None, Some(3)] {
            let mut rng = seed.map(ChaCha8Rng::seed_from_u64);
            let plain = group_folds(&groups, 4, rng.as_mut()).unwrap();
            let strata = stratified_group_folds(&codes, 2, &groups, 4, rng.as_mut()).unwrap();
            for folds in [plain, strata] {
                for g in 0..37 {
                    let mine = (0..200).filter(|&i| groups[i] == g).map(|i| folds[i]);
                    let mut mine: Vec<u32> = mine.collect();
                    mine.dedup();
                    assert!(mine.len() <= 1);
                }
                for f in 0..4 {
                    let n = folds.iter().filter(|x| **x == f).count();
                    assert!((35..=65).contains(&n), "{n}");
                }
            }
        }
    }

    #[test]
    fn too_few_groups_are_an_error() {
        let e = |g: &[u32], k| group_folds(g, k, None).unwrap_err().code();
        assert_eq!(e(&[1, 1, 2], 3), "too_few_rows");
        assert_eq!(e(&[1, 2], 1), "param");
        assert_eq!(e(&[], 2), "too_few_rows");
        let s = |c: &[u32], g: &[u32]| {
            let folds = stratified_group_folds(c, 2, g, 2, None);
            folds.unwrap_err().code()
        };
        assert_eq!(s(&[0, 1], &[1]), "shape");
        assert_eq!(s(&[0, 0], &[1, 2]), "target");
        assert_eq!(s(&[0, 1], &[1, 1]), "too_few_rows");
    }
}
