//! Gamma-Gamma: what a purchase of a customer is worth.
//!
//! Amounts of a customer are gamma distributed (shape `p`) around a mean of their own, whose rates are gamma
//! distributed over customers (`q`, `v`). A customer's expected amount lies between the mean of all and their own,
//! nearer to theirs the more they bought. How often somebody buys must not go with how much: see
//! [`doubts`](super::doubts).
//!
//! Source: Fader, Hardie & Lee (2005), RFM and CLV: using iso-value curves, doi:10.1509/jmkr.2005.42.4.415; Fader &
//! Hardie (2013), The Gamma-Gamma model of monetary value.
use super::{
    descend::{covariance, factor, least},
    same_length,
};
use crate::base::{
    Error, Result, Run, Stage,
    special::{digamma, ln_gamma},
};

/// Fewest customers that the model is fitted to.
const FEWEST: usize = 10;

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct GammaGamma {
    /// `p, q, v`; `v` in the units of the amounts.
    pub params: [f64; 3],
    /// Logarithm of the likelihood.
    pub log_likelihood: f64,
    /// Customers it was fitted to: those who bought again, for more than 0.
    pub n_customers: usize,
    /// Steps of the start that was kept.
    pub n_steps: usize,
    /// Whether the steps came to rest.
    pub converged: bool,
    /// Whether a parameter ran to 0 or infinity.
    pub at_edge: bool,
    /// Whether the data tell all parameters apart.
    pub determined: bool,
    /// Mean amount of a purchase of the customers it was fitted to.
    pub mean_amount: f64,
    pub(super) factor: Vec<f64>,
}

/// Customers with one number of purchases.
struct Group {
    x: f64,
    n: f64,
    /// Sum of the logarithms of their amounts.
    ln_m: f64,
    amounts: Vec<f64>,
}

impl GammaGamma {
    /// Fits to customers' repeat purchases and mean amounts, `(n_customers,)` each; those without a repeat purchase or
    /// an amount above 0 are left out.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths disagree; [`Error::TooFewRows`] below 10 customers; [`Error::NotConverged`] when
    /// the likelihood is nowhere finite; [`Error::Cancelled`].
    pub fn fit(frequency: &[u32], monetary: &[f64], run: &mut Run<'_>) -> Result<Self> {
        same_length("monetary", frequency.len(), monetary.len())?;
        let used = |(x, m): &(&u32, &f64)| **x > 0 && **m > 0.0 && **m <= 1e12;
        let mut rows: Vec<(u32, f64)> = frequency
            .iter()
            .zip(monetary)
            .filter(used)
            .map(|(x, m)| (*x, *m))
            .collect();
        if rows.len() < FEWEST {
            return Err(Error::TooFewRows {
                needed: FEWEST as u64,
                found: rows.len() as u64,
            });
        }
        rows.sort_unstable_by_key(|r| (r.0, r.1.to_bits()));
        let n = rows.len() as f64;
        let purchases: f64 = rows.iter().map(|r| f64::from(r.0)).sum();
        let spent: f64 = rows.iter().map(|r| f64::from(r.0) * r.1).sum();
        let mean = spent / purchases;
        let groups: Vec<Group> = rows
            .chunk_by(|a, b| a.0 == b.0)
            .map(|same| {
                let amounts: Vec<f64> = same.iter().map(|r| r.1 / mean).collect();
                Group {
                    x: f64::from(same[0].0),
                    n: same.len() as f64,
                    ln_m: amounts.iter().map(|m| m.ln()).sum(),
                    amounts,
                }
            })
            .collect();
        let mut f = |at: &[f64], gradient: &mut [f64]| likelihood(&groups, n, at, gradient);
        let starts: Vec<Vec<f64>> = [[2.0, 4.0, 2.0], [6.0, 3.0, 0.5], [0.5, 2.0, 2.0]]
            .iter()
            .map(|s: &[f64; 3]| s.iter().map(|v| v.ln()).collect())
            .collect();
        let mut done = 0;
        let mut step = || {
            done = (done + 1).min(99);
            run.step(Stage::Fitting, done, 100)
        };
        let found = least(&mut f, &starts, &mut step)?.ok_or(Error::NotConverged {
            algorithm: "gamma_gamma".into(),
            iterations: 0,
        })?;
        let (factor, determined) = factor(&found.hessian, 3, n);
        let of = |j: usize| found.at.get(j).map_or(1.0, |v| v.exp());
        Ok(Self {
            params: [of(0), of(1), of(2) * mean],
            log_likelihood: -found.value * n - n * mean.ln(),
            n_customers: rows.len(),
            n_steps: found.n_steps,
            converged: found.converged,
            at_edge: found.at_edge,
            determined,
            mean_amount: mean,
            factor,
        })
    }

    /// Whether means of customers are spread so widely that they have no mean of their own, `q ≤ 1`.
    pub fn heavy_tailed(&self) -> bool {
        self.params[1] <= 1.001
    }

    /// Expected amount of a purchase of a customer with `x` repeat purchases of the mean amount `m`; of a new one with
    /// `x = 0`. Where [`GammaGamma::heavy_tailed`] holds, the customer's own mean, or that of all. Never negative.
    pub fn expected(&self, x: u32, m: f64) -> f64 {
        let [p, q, v] = self.params;
        let x = f64::from(x);
        let m = if m > 0.0 { m } else { 0.0 };
        if self.heavy_tailed() {
            return if x > 0.0 { m } else { self.mean_amount };
        }
        p * (v + x * m) / (p * x + q - 1.0)
    }

    /// Covariance of the logarithms of the parameters, `3 × 3` row-major.
    pub fn covariance(&self) -> Vec<f64> {
        covariance(&self.factor, 3)
    }

    /// Standard errors of the parameters, by the delta method.
    pub fn standard_errors(&self) -> [f64; 3] {
        let c = self.covariance();
        let of = |j: usize| self.params[j] * c[j * 4].max(0.0).sqrt();
        [of(0), of(1), of(2)]
    }
}

fn likelihood(groups: &[Group], n: f64, at: &[f64], gradient: &mut [f64]) -> f64 {
    let [p, q, v] = [at[0].exp(), at[1].exp(), at[2].exp()];
    let (ln_q, di_q) = (ln_gamma(q), digamma(q));
    let (mut value, mut slope) = (0.0, [0.0; 3]);
    for g in groups {
        let (px, ln_x) = (p * g.x, g.x.ln());
        let sum = px + q;
        let di = digamma(sum);
        let (mut ln_total, mut inverse) = (0.0, 0.0);
        for m in &g.amounts {
            let total = g.x * m + v;
            ln_total += total.ln();
            inverse += 1.0 / total;
        }
        value += g.n * (ln_gamma(sum) - ln_gamma(px) - ln_q + q * at[2] + px * ln_x)
            + (px - 1.0) * g.ln_m
            - sum * ln_total;
        slope[0] += g.x * (g.n * (di - digamma(px) + ln_x) + g.ln_m - ln_total);
        slope[1] += g.n * (di - di_q + at[2]) - ln_total;
        slope[2] += g.n * q / v - sum * inverse;
    }
    for ((to, s), v) in gradient.iter_mut().zip(slope).zip([p, q, v]) {
        *to = -s * v / n;
    }
    -value / n
}
