//! How good groups are, and how many there should be.
//!
//! | Measure | Says | Better |
//! |---|---|---|
//! | [`silhouette`] | how much nearer rows are to their own group than to the next | higher, at most 1 |
//! | [`calinski_harabasz`](indices::calinski_harabasz) | spread between groups against spread within | higher |
//! | [`davies_bouldin`](indices::davies_bouldin) | how alike each group is to the one most alike | lower |
//! | [`gap`] | how much closer groups are than those of rows without structure | higher |
//! | [`stability`] | whether other rows of the same customers give the same groups | higher, at most 1 |
//!
//! [`choose`] shows them side by side.
pub mod choose;
pub mod faithful;
pub mod gap;
pub mod indices;
pub mod rules;
pub mod silhouette;
pub mod stability;

pub use indices::adjusted_rand;

use crate::base::{Error, Result};

/// Rows of each group, `k` being one more than the highest label.
///
/// # Errors
/// [`Error::Shape`] unless there are `n` labels; [`Error::TooFewRows`] without rows; [`Error::Param`] for a label that is not
/// below `n`.
fn sizes(labels: &[u32], n: usize) -> Result<Vec<usize>> {
    super::same_length("labels", n, labels.len())?;
    let Some(top) = labels.iter().max() else {
        return Err(Error::TooFewRows {
            needed: 1,
            found: 0,
        });
    };
    if *top as usize >= n {
        return Err(Error::out_of_range("labels", 0.0, n as f64 - 1.0));
    }
    let mut sizes = vec![0; *top as usize + 1];
    for l in labels {
        sizes[*l as usize] += 1;
    }
    Ok(sizes)
}

/// The same, where a measure needs at least two groups that have rows and fewer than there are rows.
fn several(labels: &[u32], n: usize) -> Result<Vec<usize>> {
    let sizes = sizes(labels, n)?;
    let used = sizes.iter().filter(|s| **s > 0).count();
    if used < 2 || used >= n {
        return Err(Error::out_of_range("k", 2.0, n as f64 - 1.0));
    }
    Ok(sizes)
}
