//! Inner folds of learners that need some: for calibration, stacking and early stopping.
use super::problem::Goal;
use crate::base::order::Ordered;
use crate::base::random;
use rand_chacha::ChaCha8Rng;

/// Fold of each row, `0..n_folds`, about equally many each, in random order. Rows of one class are dealt out evenly, so
/// that a class with at least `n_folds` rows is in every fold. `n_folds` below 1 counts as 1.
pub fn deal(goal: &Goal<'_>, n_rows: usize, n_folds: usize, rng: &mut ChaCha8Rng) -> Vec<u32> {
    let mut rows = random::permutation(rng, n_rows);
    if let Goal::Classes { codes, .. } = goal {
        // Stable: rows of a class keep their random order.
        rows.order_by_key(|&r| codes[r as usize]);
    }
    let mut folds = vec![0; n_rows];
    for (place, &row) in rows.iter().enumerate() {
        folds[row as usize] = (place % n_folds.max(1)) as u32;
    }
    folds
}

/// A part of about `share` of the rows kept aside, by class; `true` where a row is in it. Both parts have a row of
/// every class that has two.
pub fn aside(goal: &Goal<'_>, n_rows: usize, share: f64, rng: &mut ChaCha8Rng) -> Vec<bool> {
    let order = random::permutation(rng, n_rows);
    let mut groups: Vec<Vec<u32>> = Vec::new();
    match goal {
        Goal::Classes { codes, classes, .. } => {
            groups.resize(classes.len(), Vec::new());
            for r in order {
                groups[codes[r as usize] as usize].push(r);
            }
        }
        _ => groups.push(order),
    }
    let mut out = vec![false; n_rows];
    for rows in &groups {
        let most = rows.len().saturating_sub(1);
        let wanted = (share * rows.len() as f64).round() as usize;
        for &r in &rows[..wanted.max(1).min(most)] {
            out[r as usize] = true;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;
    use std::sync::Arc;

    #[test]
    fn every_class_is_in_every_fold_and_on_both_sides() {
        let codes: Vec<u32> = (0..103).map(|i| u32::from(i % 10 == 0)).collect();
        let classes: Arc<[String]> = ["a", "b"].map(String::from).into();
        let goal = Goal::Classes {
            codes: codes.as_slice().into(),
            classes,
            class_weight: vec![1.0; 2],
        };
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let folds = deal(&goal, 103, 5, &mut rng);
        for f in 0..5 {
            let of = |c| (0..103).filter(|&i| folds[i] == f && codes[i] == c).count();
            assert!((2..=3).contains(&of(1)) && (18..=19).contains(&of(0)));
        }
        let kept = aside(&goal, 103, 0.1, &mut rng);
        let of = |c| (0..103).filter(|&i| kept[i] && codes[i] == c).count();
        assert_eq!((of(0), of(1)), (9, 1));
        let numbers = Goal::Numbers(vec![0.0; 10].into());
        let kept = aside(&numbers, 10, 0.2, &mut rng);
        assert_eq!(kept.iter().filter(|k| **k).count(), 2);
        assert_eq!(deal(&numbers, 3, 5, &mut rng).len(), 3);
    }
}
