//! Figures of merit, as scikit-learn defines them: of two classes, of several, of numbers.
mod binary;
pub mod multiclass;
pub mod regression;

pub use binary::{Counts, Ranked, average_precision, brier_score, log_loss, roc_auc};

use super::same_length;
use crate::base::{Error, Result};

/// Weights must be as many as rows, finite and not negative.
fn check_weights(n_rows: usize, sample_weight: Option<&[f64]>) -> Result<()> {
    let Some(w) = sample_weight else {
        return Ok(());
    };
    same_length("sample weights", n_rows, w.len())?;
    if w.iter().any(|w| !w.is_finite() || *w < 0.0) {
        return Err(Error::out_of_range("sample_weight", 0.0, f64::MAX));
    }
    Ok(())
}

fn weight_of(sample_weight: Option<&[f64]>, i: usize) -> f64 {
    sample_weight.and_then(|w| w.get(i)).copied().unwrap_or(1.0)
}

fn no_rows() -> Error {
    Error::TooFewRows {
        needed: 1,
        found: 0,
    }
}
