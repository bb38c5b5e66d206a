//! Splits: which rows are learned from and which are held out. One kind a file; row numbers rise unless time orders them.
mod forward;
mod grouped;
mod hold_out;
mod k_fold;
mod repeated;
mod stratified;
mod thin;

pub use forward::{Forward, forward_splits, time_order};
pub use grouped::{group_folds, stratified_group_folds};
pub use hold_out::{group_split, shuffle_split, time_split};
pub use k_fold::k_folds;
pub use repeated::{repeated_k_folds, repeated_stratified_folds};
pub use stratified::{stratified_folds, stratified_split};
pub use thin::thinning_order;

use crate::base::{Error, ParamReason, Result};

/// Row numbers of one fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Rows to learn from.
    pub train: Vec<u32>,
    /// Rows held out.
    pub test: Vec<u32>,
}

/// Several folds of the same rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splits(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// Per repeat the fold of each row: a row is held out once a repeat.
    Dealt {
        repeats: Vec<Vec<u32>>,
        n_splits: usize,
    },
    Listed(Vec<Fold>),
}

impl Splits {
    /// One fold number below `n_splits` per row, as [`stratified_folds`] and its like give.
    pub fn dealt(folds: Vec<u32>, n_splits: usize) -> Self {
        Self::repeated(vec![folds], n_splits)
    }

    /// Several deals of the same rows.
    fn repeated(repeats: Vec<Vec<u32>>, n_splits: usize) -> Self {
        Self(Kind::Dealt { repeats, n_splits })
    }

    /// Folds row by row.
    pub fn listed(folds: Vec<Fold>) -> Self {
        Self(Kind::Listed(folds))
    }

    /// Number of folds, repeats included.
    pub fn len(&self) -> usize {
        match &self.0 {
            Kind::Dealt { repeats, n_splits } => repeats.len() * n_splits,
            Kind::Listed(folds) => folds.len(),
        }
    }

    /// Whether there is no fold.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fold `k`; without rows when there is none.
    pub fn fold(&self, k: usize) -> Fold {
        match &self.0 {
            Kind::Dealt { repeats, n_splits } => {
                let n = (*n_splits).max(1);
                let folds = repeats.get(k / n).map_or(&[][..], Vec::as_slice);
                let (train, test) = fold_rows(folds, (k % n) as u32);
                Fold { train, test }
            }
            Kind::Listed(folds) => folds.get(k).cloned().unwrap_or(Fold {
                train: Vec::new(),
                test: Vec::new(),
            }),
        }
    }

    /// All folds in order.
    pub fn folds(&self) -> Vec<Fold> {
        (0..self.len()).map(|k| self.fold(k)).collect()
    }
}

impl Fold {
    /// The fold in terms of an outer numbering: `rows[i]` is the outer number of row `i`.
    #[must_use]
    pub fn of(&self, rows: &[u32]) -> Self {
        let outer = |inner: &[u32]| {
            let at = inner.iter().filter_map(|&i| rows.get(i as usize));
            at.copied().collect()
        };
        Self {
            train: outer(&self.train),
            test: outer(&self.test),
        }
    }
}

/// Row numbers outside and inside fold `fold`, rising.
pub fn fold_rows(folds: &[u32], fold: u32) -> (Vec<u32>, Vec<u32>) {
    (0..folds.len() as u32).partition(|&r| folds[r as usize] != fold)
}

/// Refuses fewer than two folds.
fn n_folds(n_splits: usize, n_most: usize) -> Result<()> {
    if n_splits >= 2 {
        return Ok(());
    }
    Err(Error::Param {
        param: "cv".into(),
        reason: ParamReason::OutOfRange {
            min: 2.0,
            max: n_most.max(2) as f64,
        },
    })
}

fn too_few(needed: usize, found: usize) -> Error {
    Error::TooFewRows {
        needed: needed as u64,
        found: found as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fold_rows_are_disjoint() {
        let folds = [0, 1, 2, 0, 1];
        assert_eq!(fold_rows(&folds, 1), (vec![0, 2, 3], vec![1, 4]));
        let splits = Splits::dealt(folds.to_vec(), 3);
        assert_eq!(splits.len(), 3);
        let inner = splits.fold(1).of(&[10, 11, 12, 13, 14]);
        assert_eq!((inner.train, inner.test), (vec![10, 12, 13], vec![11, 14]));
        assert_eq!(splits.fold(7).test, Vec::<u32>::new());
        assert!(Splits::listed(vec![]).is_empty());
    }
}
