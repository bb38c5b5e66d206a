//! Forward in time: what is learned lies before what is measured, as it will be in use.
use super::{Fold, Splits, n_folds, too_few};
use crate::base::order::rising;
use crate::base::{Error, Result};

/// How the windows lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forward {
    /// Number of folds.
    pub n_splits: usize,
    /// Rows of each held-out window; `n / (n_splits + 1)` when absent.
    pub test_size: Option<usize>,
    /// Most rows to learn from, the latest ones; all before the window when absent.
    pub max_train_size: Option<usize>,
    /// Rows left out between the two, so that nothing of the window shows in what is learned.
    pub gap: usize,
}

impl Forward {
    /// `n_splits` expanding windows without a gap.
    pub fn new(n_splits: usize) -> Self {
        Self {
            n_splits,
            test_size: None,
            max_train_size: None,
            gap: 0,
        }
    }
}

/// Expanding windows over rows in time order, exactly scikit-learn's `TimeSeriesSplit` over places in `order`.
///
/// `order` lists the rows from the earliest to the latest, see [`time_order`].
///
/// # Errors
/// [`Error::Param`] for fewer than two folds or windows of no row; [`Error::TooFewRows`] when the windows and the gap do
/// not fit.
pub fn forward_splits(order: &[u32], how: Forward) -> Result<Splits> {
    let n = order.len();
    n_folds(how.n_splits, n)?;
    if how.n_splits >= n {
        return Err(too_few(how.n_splits.saturating_add(1), n));
    }
    let size = how.test_size.unwrap_or(n / (how.n_splits + 1));
    if size == 0 || how.max_train_size == Some(0) {
        let what = if size == 0 {
            "test_size"
        } else {
            "max_train_size"
        };
        return Err(Error::out_of_range(what, 1.0, n as f64));
    }
    let needed = size.saturating_mul(how.n_splits).saturating_add(how.gap);
    if needed >= n {
        return Err(too_few(needed.saturating_add(1), n));
    }
    let window = |k: usize| {
        let start = n - (how.n_splits - k) * size;
        let end = start - how.gap;
        let first = end.saturating_sub(how.max_train_size.unwrap_or(end));
        Fold {
            train: order[first..end].to_vec(),
            test: order[start..start + size].to_vec(),
        }
    };
    Ok(Splits::listed((0..how.n_splits).map(window).collect()))
}

/// Rows from the earliest to the latest; rows of the same time keep their order.
///
/// # Errors
/// [`Error::Param`] for a time that is not a number.
pub fn time_order(times: &[f64]) -> Result<Vec<u32>> {
    if times.iter().any(|t| t.is_nan()) {
        return Err(Error::out_of_range("time", f64::MIN, f64::MAX));
    }
    Ok(rising(times))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_learned_from_the_future() {
        let times: Vec<f64> = (0..50).map(|i| f64::from(i * 17 % 50)).collect();
        let order = time_order(&times).unwrap();
        let how = Forward {
            gap: 3,
            ..Forward::new(4)
        };
        let at = |r: &u32| times[*r as usize];
        for fold in forward_splits(&order, how).unwrap().folds() {
            let latest = fold.train.iter().map(at).reduce(f64::max).unwrap();
            let first = fold.test.iter().map(at).reduce(f64::min).unwrap();
            assert_eq!(first - latest, 4.0);
            assert_eq!(fold.test.len(), 10);
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let order: Vec<u32> = (0..10).collect();
        let e = |how| forward_splits(&order, how).unwrap_err().code();
        assert_eq!(e(Forward::new(1)), "param");
        assert_eq!(e(Forward::new(10)), "too_few_rows");
        let big = Some(usize::MAX);
        for (test_size, gap, code) in [
            (Some(0), 0, "param"),
            (Some(5), 0, "too_few_rows"),
            (big, 0, "too_few_rows"),
            (None, 10, "too_few_rows"),
        ] {
            let how = Forward {
                test_size,
                gap,
                ..Forward::new(2)
            };
            assert_eq!(e(how), code);
        }
        assert_eq!(time_order(&[f64::NAN]).unwrap_err().code(), "param");
    }
}
