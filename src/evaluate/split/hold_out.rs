//! One cut in a training and a held-out part: at random, by group, or at a point in time.
use super::{Fold, grouped::ranks, too_few};
use crate::base::{Error, Result, random};
use rand_chacha::rand_core::Rng;

/// `⌈test_size · n⌉` of `n`, leaving something on both sides.
fn n_held_out(n: usize, test_size: f64) -> Result<usize> {
    if !(test_size > 0.0 && test_size < 1.0) {
        return Err(Error::out_of_range("test_size", 0.0, 1.0));
    }
    let n_test = ((test_size * n as f64).ceil() as usize).min(n);
    if n_test == 0 || n_test == n {
        return Err(too_few(2, n));
    }
    Ok(n_test)
}

/// Holds `⌈test_size · n⌉` rows out at random; both sides rising.
///
/// # Errors
/// [`Error::Param`] for `test_size` outside (0, 1); [`Error::TooFewRows`] when a side would be empty.
pub fn shuffle_split(n_rows: usize, test_size: f64, rng: &mut impl Rng) -> Result<Fold> {
    let n_test = n_held_out(n_rows, test_size)?;
    let mut test = random::permutation(rng, n_rows);
    let mut train = test.split_off(n_test);
    train.sort_unstable();
    test.sort_unstable();
    Ok(Fold { train, test })
}

/// Holds `⌈test_size · n_groups⌉` whole groups out at random, as scikit-learn's `GroupShuffleSplit`; both sides rising.
///
/// # Errors
/// As [`shuffle_split`], counting groups.
pub fn group_split(groups: &[u32], test_size: f64, rng: &mut impl Rng) -> Result<Fold> {
    let (ranked, n_groups) = ranks(groups);
    let n_test = n_held_out(n_groups, test_size)?;
    let mut held = vec![false; n_groups];
    for &g in random::permutation(rng, n_groups).iter().take(n_test) {
        held[g as usize] = true;
    }
    let (test, train) = (0..ranked.len() as u32).partition(|&r| held[ranked[r as usize] as usize]);
    Ok(Fold { train, test })
}

/// Holds the latest `⌈test_size · n⌉` rows out; `order` lists rows from the earliest to the latest.
///
/// # Errors
/// As [`shuffle_split`].
pub fn time_split(order: &[u32], test_size: f64) -> Result<Fold> {
    let n_test = n_held_out(order.len(), test_size)?;
    let (train, test) = order.split_at(order.len() - n_test);
    Ok(Fold {
        train: train.to_vec(),
        test: test.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    #[test]
    fn sides_share_neither_rows_nor_groups() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let fold = shuffle_split(101, 0.2, &mut rng).unwrap();
        assert_eq!((fold.train.len(), fold.test.len()), (80, 21));
        let mut all = [fold.train, fold.test].concat();
        all.sort_unstable();
        assert_eq!(all, (0..101).collect::<Vec<_>>());
        let groups: Vec<u32> = (0..90).map(|i| i % 9 * 5).collect();
        let fold = group_split(&groups, 0.3, &mut rng).unwrap();
        assert_eq!(fold.test.len(), 30);
        let of = |r: &u32| groups[*r as usize];
        assert!(
            fold.train
                .iter()
                .all(|r| fold.test.iter().all(|s| of(s) != of(r)))
        );
        let fold = time_split(&[3, 1, 0, 2], 0.25).unwrap();
        assert_eq!((fold.train, fold.test), (vec![3, 1, 0], vec![2]));
    }

    #[test]
    fn what_cannot_be_cut_is_an_error() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for bad in [0.0, 1.0, f64::NAN, -0.1] {
            let e = shuffle_split(10, bad, &mut rng).unwrap_err();
            assert_eq!(e.param(), Some("test_size"));
        }
        assert_eq!(
            shuffle_split(1, 0.5, &mut rng).unwrap_err().code(),
            "too_few_rows"
        );
        assert_eq!(
            group_split(&[7, 7], 0.5, &mut rng).unwrap_err().code(),
            "too_few_rows"
        );
        assert_eq!(time_split(&[], 0.5).unwrap_err().code(), "too_few_rows");
    }
}
