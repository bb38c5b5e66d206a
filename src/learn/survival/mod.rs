//! Time until something happens, such as a customer leaving, where for many it has not happened yet.
//!
//! [`Spells`] says of each row until when it was watched and whether it ended with the event. [`KaplanMeier`] and
//! [`NelsonAalen`] describe a group, [`LogRank`] compares groups, [`Cox`] and [`Aft`] put the time down to columns,
//! [`PersonPeriods`] turns it into rows that a classifier learns from. Columns are plain `f64` matrices `(n_rows,
//! n_columns)`, row-major.
mod aft;
mod concordance;
mod cox;
mod cox_sums;
mod kaplan_meier;
mod log_rank;
mod periods;
mod proportional;
mod spells;

pub use aft::{Aft, Law};
pub use concordance::concordance;
pub use cox::{Baseline, Cox, CoxOptions, Ties};
pub use kaplan_meier::{KaplanMeier, NelsonAalen, Point};
pub use log_rank::LogRank;
pub use periods::{PersonPeriods, survival_of_hazards};
pub use proportional::{Proportional, TimeScale};
pub use spells::Spells;

use crate::base::special::{normal_two_sided, student_quantile};
use crate::base::{Error, Result, same_length};

/// Standard errors from a covariance of `n` numbers, row-major.
fn deviations(covariance: &[f64], n: usize) -> Vec<f64> {
    let of = |j: usize| covariance[j * n + j].max(0.0).sqrt();
    (0..n).map(of).collect()
}

/// Two-sided chances of coefficients as far from 0 where their columns do nothing (Wald); 1 without an error.
fn wald(coefficients: &[f64], errors: &[f64]) -> Vec<f64> {
    let of = |(b, se): (&f64, &f64)| match *se > 0.0 {
        true => normal_two_sided(b / se),
        false => 1.0,
    };
    coefficients.iter().zip(errors).map(of).collect()
}

/// Half the width of an interval of this level, in standard errors.
///
/// # Errors
/// [`Error::Param`] for a level that is not between 0 and 1.
pub fn normal_quantile(level: f64) -> Result<f64> {
    if level > 0.0 && level < 1.0 {
        return Ok(student_quantile(1.0 - level, 1e12));
    }
    Err(Error::out_of_range("level", 0.0, 1.0))
}

/// Checks a matrix.
fn check_matrix(x: &[f64], n_rows: usize, n_columns: usize) -> Result<()> {
    if n_columns == 0 {
        return Err(Error::NoFeatures);
    }
    same_length("cells", n_rows.saturating_mul(n_columns), x.len())?;
    if x.iter().all(|v| v.abs() <= 1e100) {
        return Ok(());
    }
    Err(Error::out_of_range("features", -1e100, 1e100))
}

/// Means and standard deviations (`n − 1`) of the columns; a deviation of 0 stands for a constant one.
fn moments(x: &[f64], n_columns: usize) -> (Vec<f64>, Vec<f64>) {
    let n = (x.len() / n_columns.max(1)).max(1) as f64;
    let mut mean = vec![0.0; n_columns];
    for row in x.chunks_exact(n_columns) {
        mean.iter_mut().zip(row).for_each(|(m, v)| *m += v / n);
    }
    let mut square = vec![0.0; n_columns];
    for row in x.chunks_exact(n_columns) {
        for ((s, v), m) in square.iter_mut().zip(row).zip(&mean) {
            *s += (v - m) * (v - m);
        }
    }
    let deviation = |(s, m): (&f64, &f64)| {
        let sd = (s / (n - 1.0).max(1.0)).sqrt();
        if sd > 1e-10 * m.abs() { sd } else { 0.0 }
    };
    let sd = square.iter().zip(&mean).map(deviation).collect();
    (mean, sd)
}
