//! Stratified splits: every part has the class shares of the whole.
use super::{super::target, n_folds};
use crate::base::order::Ordered;
use crate::base::{Error, Result, TargetReason, random};
use rand_chacha::{ChaCha8Rng, rand_core::Rng};

/// Cuts rows in a training and a held-out part of `⌈test_size · n⌉` rows, by class.
///
/// Class counts are scikit-learn's (`train_test_split(stratify=…)`): shares rounded down, the rest to the
/// largest remainders, equal remainders by lot. Returns row numbers, rising: training, held out.
///
/// # Errors
/// [`Error::Param`] for `test_size` outside (0, 1); [`Error::Shape`] for a code without class;
/// [`Error::Target`] with one class only, or `RareClass` when a class has fewer than two rows;
/// [`Error::TooFewRows`] when a part would have fewer rows than there are classes.
pub fn stratified_split(
    codes: &[u32],
    n_classes: usize,
    test_size: f64,
    rng: &mut impl Rng,
) -> Result<(Vec<u32>, Vec<u32>)> {
    if !(test_size > 0.0 && test_size < 1.0) {
        return Err(Error::out_of_range("test_size", 0.0, 1.0));
    }
    let counts = class_counts(codes, n_classes)?;
    at_least(&counts, 2)?;
    let n = codes.len();
    let n_test = ((test_size * n as f64).ceil() as usize).min(n);
    let n_train = n - n_test;
    let present = counts.iter().filter(|&&c| c > 0).count();
    if n_train < present || n_test < present {
        return Err(Error::TooFewRows {
            needed: present as u64 * 2,
            found: n as u64,
        });
    }
    let train_counts = approximate_mode(&counts, n_train, rng);
    let mut train = Vec::with_capacity(n_train);
    let mut test = Vec::with_capacity(n_test);
    for (class, &take) in train_counts.iter().enumerate() {
        let mut rows: Vec<u32> = (0..n as u32)
            .filter(|&r| codes[r as usize] as usize == class)
            .collect();
        random::shuffle(rng, &mut rows);
        let (a, b) = rows.split_at(take.min(rows.len()));
        train.extend_from_slice(a);
        test.extend_from_slice(b);
    }
    train.sort_unstable();
    test.sort_unstable();
    Ok((train, test))
}

/// Fold number of each row, `0..n_splits`.
///
/// Without `rng` exactly scikit-learn's `StratifiedKFold(n_splits)`; with it the rows of each class are dealt in
/// random order, with the same counts per fold and class.
///
/// # Errors
/// [`Error::Param`] for fewer than two folds; [`Error::Shape`] for a code without class;
/// [`Error::Target`] with one class only, or `RareClass` when a class has fewer rows than there are folds.
pub fn stratified_folds(
    codes: &[u32],
    n_classes: usize,
    n_splits: usize,
    rng: Option<&mut ChaCha8Rng>,
) -> Result<Vec<u32>> {
    n_folds(n_splits, codes.len())?;
    let counts = class_counts(codes, n_classes)?;
    at_least(&counts, n_splits)?;
    // Classes in order of first appearance, laid end to end; fold f takes every n_splits-th place from f on.
    let mut appearance: Vec<usize> = Vec::new();
    let mut seen = vec![false; n_classes];
    for &c in codes {
        if let Some(s) = seen.get_mut(c as usize)
            && !std::mem::replace(s, true)
        {
            appearance.push(c as usize);
            if appearance.len() == n_classes {
                break;
            }
        }
    }
    let mut deals: Vec<Vec<u32>> = vec![Vec::new(); n_classes];
    let mut start = 0;
    for &class in &appearance {
        let end = start + counts[class];
        for fold in 0..n_splits {
            let before = |limit: usize| (limit + n_splits - 1 - fold) / n_splits;
            let share = before(end) - before(start);
            deals[class].extend(std::iter::repeat_n(fold as u32, share));
        }
        start = end;
    }
    if let Some(rng) = rng {
        for &class in &appearance {
            random::shuffle(rng, &mut deals[class]);
        }
    }
    let mut next = vec![0; n_classes];
    Ok(codes
        .iter()
        .map(|&c| {
            let at = &mut next[c as usize];
            *at += 1;
            deals[c as usize][*at - 1]
        })
        .collect())
}

pub(super) fn class_counts(codes: &[u32], n_classes: usize) -> Result<Vec<usize>> {
    let mut counts = vec![0; n_classes];
    for &c in codes {
        match counts.get_mut(c as usize) {
            Some(n) => *n += 1,
            None => {
                return Err(Error::Shape {
                    what: "class code".into(),
                    expected: n_classes,
                    found: c as usize,
                });
            }
        }
    }
    if counts.iter().filter(|&&c| c > 0).count() < 2 {
        return Err(target(TargetReason::SingleClass));
    }
    Ok(counts)
}

fn at_least(counts: &[usize], needed: usize) -> Result<()> {
    let rarest = counts.iter().copied().filter(|&c| c > 0).min().unwrap_or(0);
    if rarest >= needed {
        return Ok(());
    }
    Err(target(TargetReason::RareClass {
        found: rarest as u64,
        needed: needed as u64,
    }))
}

/// The likeliest class counts when `n_draws` rows are drawn: proportional, rounded so that they add up.
fn approximate_mode(counts: &[usize], n_draws: usize, rng: &mut impl Rng) -> Vec<usize> {
    let all: usize = counts.iter().sum();
    let exact: Vec<f64> = counts
        .iter()
        .map(|&c| c as f64 / all as f64 * n_draws as f64)
        .collect();
    let mut out: Vec<usize> = exact.iter().map(|v| v.floor() as usize).collect();
    let missing = n_draws.saturating_sub(out.iter().sum());
    let mut order: Vec<usize> = (0..counts.len()).collect();
    random::shuffle(rng, &mut order);
    let rest = |i: usize| exact[i] - exact[i].floor();
    order.order_by(|&a, &b| rest(b).total_cmp(&rest(a)));
    for &i in order.iter().take(missing) {
        out[i] += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    fn rng() -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(42)
    }

    #[test]
    fn split_covers_every_row_once_and_repeats() {
        let codes: Vec<u32> = (0..103).map(|i| u32::from(i % 4 == 0)).collect();
        let (train, test) = stratified_split(&codes, 2, 0.2, &mut rng()).unwrap();
        assert_eq!((train.len(), test.len()), (82, 21));
        let mut all = [train.clone(), test.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..103).collect::<Vec<_>>());
        assert_eq!(
            (train, test),
            stratified_split(&codes, 2, 0.2, &mut rng()).unwrap()
        );
    }

    #[test]
    fn what_cannot_be_split_is_an_error() {
        let mut r = rng();
        for bad in [0.0, 1.0, -1.0, f64::NAN] {
            let e = stratified_split(&[0, 1, 0, 1], 2, bad, &mut r).unwrap_err();
            assert_eq!(e.param(), Some("test_size"));
        }
        let code = |codes: &[u32]| {
            stratified_split(codes, 2, 0.2, &mut rng())
                .unwrap_err()
                .code()
        };
        assert_eq!(code(&[]), "target");
        assert_eq!(code(&[0, 0, 0]), "target");
        assert_eq!(code(&[0, 0, 1]), "target");
        assert_eq!(code(&[0, 1, 1, 0]), "too_few_rows");
        assert_eq!(code(&[0, 2]), "shape");
        assert_eq!(code(&[0, 3]), "shape");
        let folds = |codes: &[u32], k| stratified_folds(codes, 2, k, None).unwrap_err().code();
        assert_eq!(folds(&[0, 1, 0, 1], 1), "param");
        assert_eq!(folds(&[0, 1, 0, 1], 3), "target");
        assert_eq!(folds(&[1, 1, 1], 2), "target");
        assert_eq!(folds(&[1, 7, 1], 2), "shape");
    }
}
