//! Folds dealt several times over: more figures to average, and a measure of how far the deal itself matters.
use super::{Splits, k_folds, stratified_folds};
use crate::base::{Error, Result};
use rand_chacha::ChaCha8Rng;

/// `n_repeats` random deals of [`stratified_folds`]; each row is held out once per repeat.
///
/// # Errors
/// Those of [`stratified_folds`]; [`Error::Param`] for no repeat.
pub fn repeated_stratified_folds(
    codes: &[u32],
    n_classes: usize,
    n_splits: usize,
    n_repeats: usize,
    rng: &mut ChaCha8Rng,
) -> Result<Splits> {
    repeat(n_splits, n_repeats, || {
        stratified_folds(codes, n_classes, n_splits, Some(&mut *rng))
    })
}

/// `n_repeats` random deals of [`k_folds`].
///
/// # Errors
/// Those of [`k_folds`]; [`Error::Param`] for no repeat.
pub fn repeated_k_folds(
    n_rows: usize,
    n_splits: usize,
    n_repeats: usize,
    rng: &mut ChaCha8Rng,
) -> Result<Splits> {
    repeat(n_splits, n_repeats, || {
        k_folds(n_rows, n_splits, Some(&mut *rng))
    })
}

fn repeat(
    n_splits: usize,
    n_repeats: usize,
    mut deal: impl FnMut() -> Result<Vec<u32>>,
) -> Result<Splits> {
    if n_repeats == 0 {
        return Err(Error::out_of_range("n_repeats", 1.0, 1_000.0));
    }
    let repeats = (0..n_repeats).map(|_| deal()).collect::<Result<_>>()?;
    Ok(Splits::repeated(repeats, n_splits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn each_repeat_holds_every_row_out_once() {
        let codes: Vec<u32> = (0..60).map(|i| u32::from(i % 4 == 0)).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let splits = repeated_stratified_folds(&codes, 2, 3, 2, &mut rng).unwrap();
        assert_eq!(splits.len(), 6);
        for repeat in 0..2 {
            let mut held: Vec<u32> = (0..3)
                .flat_map(|k| splits.fold(repeat * 3 + k).test)
                .collect();
            held.sort_unstable();
            assert_eq!(held, (0..60).collect::<Vec<_>>());
        }
        assert_ne!(splits.fold(0), splits.fold(3));
        let again = repeated_k_folds(60, 3, 0, &mut rng).unwrap_err();
        assert_eq!(again.param(), Some("n_repeats"));
        assert_eq!(repeated_k_folds(60, 3, 4, &mut rng).unwrap().len(), 12);
    }
}
