//! Where a fit of factors starts.
use super::{interactions::Interactions, vectors::Matrix};
use crate::base::{Error, Result};
use rand_chacha::ChaCha8Rng;

/// Where factors start: rows of users, of items, and of what items imply.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Start {
    /// A row per user.
    pub users: Matrix,
    /// A row per item.
    pub items: Matrix,
    /// A row per item; SVD++ only.
    pub implied: Matrix,
}

impl Start {
    /// Normal numbers for users and items, in this order.
    pub(super) fn normal(
        data: &Interactions,
        n_factors: usize,
        deviation: f64,
        rng: &mut ChaCha8Rng,
    ) -> Self {
        let mut of = |n: usize| Matrix::normal(n, n_factors, deviation, rng);
        Self {
            users: of(data.n_users()),
            items: of(data.n_items()),
            implied: Matrix::default(),
        }
    }

    /// Checks the rows of users and items.
    ///
    /// # Errors
    /// [`Error::Shape`] when they do not go with data and settings.
    pub(super) fn check(&self, data: &Interactions, n_factors: usize) -> Result<()> {
        check_start(&self.users, data.n_users(), n_factors)?;
        check_start(&self.items, data.n_items(), n_factors)
    }
}

/// Checks one of the matrices of a start.
///
/// # Errors
/// [`Error::Shape`] when it has other rows or columns, or is not finite.
pub(super) fn check_start(of: &Matrix, n_rows: usize, n_factors: usize) -> Result<()> {
    if of.is_sound(n_rows, n_factors) {
        return Ok(());
    }
    Err(Error::Shape {
        what: "start".into(),
        expected: n_rows,
        found: of.n_rows(),
    })
}
