//! Customers who buy until they stop without saying so: how often, whether still, how much they will bring.
//!
//! [`Summary`] turns events into what the models look at, per customer: `frequency` (days with a purchase after the
//! first one), `recency` (age at the last purchase), `age` (from the first purchase to the end of observation) and
//! `monetary` (mean amount of the days counted by `frequency`). [`Counting`] fits the BG/NBD, MBG/NBD or Pareto/NBD
//! model to the first three, [`GammaGamma`] the amounts. [`Lifetime`] puts them together, checks what they assume, and
//! falls back to a simple estimate where they do not hold. [`Forecast`] has ranges of single customers and of all
//! together; [`Holdout`] compares a forecast with what came.
//!
//! Times of a summary are in units of the caller's choice, such as weeks; rates and horizons are in the same.
mod check;
mod counting;
mod descend;
mod draws;
mod forecast;
mod gamma_gamma;
mod holdout;
mod pareto;
mod simple;
mod summary;
mod total;

pub use check::{Doubt, MOST_CORRELATED, doubts, spearman};
pub use counting::{Counting, History, Kind};
pub use forecast::{Forecast, Range, Terms};
pub use gamma_gamma::GammaGamma;
pub use holdout::{Bucket, Holdout, Track};
pub use simple::Simple;
pub use summary::{Events, Left, MOST_PURCHASES, Summary};
pub use total::{Customer, Lifetime, Purchases, Spend, rate_of_year};

use crate::base::{Error, Result, same_length};

/// A horizon, or another stretch of time: a number from 0 to 1e6 units.
fn check_time(param: &'static str, time: f64) -> Result<()> {
    if (0.0..=1e6).contains(&time) {
        return Ok(());
    }
    Err(Error::out_of_range(param, 0.0, 1e6))
}
