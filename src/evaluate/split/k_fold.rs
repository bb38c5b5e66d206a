//! Plain folds: parts of equal size, whatever the target.
use super::{n_folds, too_few};
use crate::base::{Result, random};
use rand_chacha::ChaCha8Rng;

/// Fold number of each row, `0..n_splits`, sizes differing by at most one.
///
/// Without `rng` exactly scikit-learn's `KFold(n_splits)`: neighbouring rows share a fold, larger folds first. With it
/// the rows are dealt in random order.
///
/// # Errors
/// [`crate::base::Error::Param`] for fewer than two folds; [`crate::base::Error::TooFewRows`] with fewer rows than folds.
pub fn k_folds(n_rows: usize, n_splits: usize, rng: Option<&mut ChaCha8Rng>) -> Result<Vec<u32>> {
    n_folds(n_splits, n_rows)?;
    if n_rows < n_splits {
        return Err(too_few(n_splits, n_rows));
    }
    let (size, rest) = (n_rows / n_splits, n_rows % n_splits);
    let mut folds = Vec::with_capacity(n_rows);
    for fold in 0..n_splits {
        let n = size + usize::from(fold < rest);
        folds.extend(std::iter::repeat_n(fold as u32, n));
    }
    if let Some(rng) = rng {
        random::shuffle(rng, &mut folds);
    }
    Ok(folds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn sizes_are_even_and_bad_requests_are_errors() {
        assert_eq!(k_folds(7, 3, None).unwrap(), [0, 0, 0, 1, 1, 2, 2]);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut dealt = k_folds(7, 3, Some(&mut rng)).unwrap();
        assert_ne!(dealt, [0, 0, 0, 1, 1, 2, 2]);
        dealt.sort_unstable();
        assert_eq!(dealt, [0, 0, 0, 1, 1, 2, 2]);
        assert_eq!(k_folds(7, 1, None).unwrap_err().param(), Some("cv"));
        assert_eq!(k_folds(2, 3, None).unwrap_err().code(), "too_few_rows");
    }
}
