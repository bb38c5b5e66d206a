//! Accelerated failure time: columns stretch or shorten the time to the event, whose law is given.
//!
//! `ln T = b₀ + b·x + σ W`. Of the Weibull law `W` is the logarithm of an exponential time, so that the share still
//! there is `exp(−(t/λ)^ρ)` with `λ = e^(b₀ + b·x)` and `ρ = 1/σ`; of the log-normal law `W` is normal. Fitted by
//! damped Newton steps with exact second derivatives in `(b₀, b, ln σ)`.
//!
//! Source: Kalbfleisch & Prentice (2002), The statistical analysis of failure time data, chapter 3.
use super::{Spells, check_matrix, deviations, moments, wald};
use crate::base::{
    Error, Result, Run, Stage,
    special::{ln_gamma, normal_two_sided},
};
use crate::learn::kernels::linear::{cholesky, cholesky_inverse, cholesky_solve};
use std::f64::consts::PI;

const MAX_STEPS: usize = 200;

/// The law of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// Hazards that rise or fall as a power of time.
    Weibull,
    /// Hazards that rise, then fall.
    LogNormal,
}

impl Law {
    /// Stable name of the public interface.
    pub fn id(self) -> &'static str {
        match self {
            Self::Weibull => "weibull",
            Self::LogNormal => "log_normal",
        }
    }

    /// Logarithm of the density (event) or of the share still there, as a function of `z`, without the parts that do
    /// not depend on it; first and second derivative.
    fn terms(self, z: f64, event: bool) -> (f64, f64, f64) {
        match self {
            Self::Weibull => {
                let e = z.min(700.0).exp();
                if event {
                    (z - e, 1.0 - e, -e)
                } else {
                    (-e, -e, -e)
                }
            }
            Self::LogNormal => {
                if event {
                    return (-0.5 * z * z - 0.5 * (2.0 * PI).ln(), -z, -1.0);
                }
                let (ln, ratio) = upper(z);
                (ln, -ratio, -ratio * (ratio - z))
            }
        }
    }
}

/// Logarithm of the chance of a normal value above `z`, and the density over that chance.
fn upper(z: f64) -> (f64, f64) {
    let ln_density = -0.5 * z * z - 0.5 * (2.0 * PI).ln();
    if z < 6.0 {
        let half = 0.5 * normal_two_sided(z);
        let chance = if z >= 0.0 { half } else { 1.0 - half };
        let ln = if z >= 0.0 { half.ln() } else { (-half).ln_1p() };
        return (ln, ln_density.exp() / chance);
    }
    // z + 1/(z + 2/(z + 3/(z + …)))
    let mut tail = z;
    for k in (1..=60).rev() {
        tail = z + f64::from(k) / tail;
    }
    (ln_density - tail.ln(), tail)
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct Aft {
    /// Which law.
    pub law: Law,
    /// Coefficients of the columns: a factor `e^b` on time for one unit more; 0 for constant columns.
    pub coefficients: Vec<f64>,
    /// `b₀`.
    pub intercept: f64,
    /// `σ`; `ρ = 1/σ` of the Weibull law.
    pub sigma: f64,
    /// Covariance of coefficients, intercept and `ln σ` in this order, `(d + 2) × (d + 2)`; 0 for constant columns.
    pub covariance: Vec<f64>,
    /// Log-likelihood of the times.
    pub log_likelihood: f64,
    /// Rows.
    pub n_rows: usize,
    /// Events.
    pub n_events: usize,
    /// Steps.
    pub n_steps: usize,
    /// Whether the steps came to rest.
    pub converged: bool,
    /// Columns that are the same in every row.
    pub constant: Vec<bool>,
    /// Times of 0, which have no logarithm: counted as half the least other time.
    pub n_zero: usize,
}

impl Aft {
    /// Fits to columns `x` `(n_rows, n_columns)`; no column is fine too. Rows are watched from 0 on.
    ///
    /// # Errors
    /// Those of [`Spells::check_events`]; [`Error::Param`] for starts, for cells that are missing or beyond 1e100, and
    /// when all times are 0; [`Error::Shape`] when lengths disagree; [`Error::TooFewRows`] with fewer rows than
    /// parameters; [`Error::NotConverged`] where there is no finite fit, as with columns that say the same;
    /// [`Error::Cancelled`].
    pub fn fit(
        law: Law,
        x: &[f64],
        n_columns: usize,
        spells: &Spells<'_>,
        run: &mut Run<'_>,
    ) -> Result<Self> {
        spells.check_events()?;
        let n = spells.len();
        if spells.start.is_some() {
            return Err(Error::out_of_range("start", 0.0, 0.0));
        }
        if n_columns > 0 || !x.is_empty() {
            check_matrix(x, n, n_columns)?;
        }
        let least = spells.stop.iter().copied().filter(|t| *t > 0.0);
        let least = least.fold(f64::INFINITY, f64::min);
        if !least.is_finite() {
            return Err(Error::out_of_range("duration", f64::MIN_POSITIVE, 1e12));
        }
        let n_zero = spells.stop.iter().filter(|t| **t <= 0.0).count();
        let ln_t: Vec<f64> = spells
            .stop
            .iter()
            .map(|t| if *t > 0.0 { t.ln() } else { (0.5 * least).ln() })
            .collect();
        let (mean, sd) = if n_columns > 0 {
            moments(x, n_columns)
        } else {
            (Vec::new(), Vec::new())
        };
        let used: Vec<usize> = (0..n_columns).filter(|j| sd[*j] > 0.0).collect();
        // Columns at mean 0 and deviation 1, then the intercept, then ln σ.
        let d = used.len() + 1;
        let k = d + 1;
        if n < k {
            return Err(Error::TooFewRows {
                needed: k as u64,
                found: n as u64,
            });
        }
        let mut z = Vec::with_capacity(n * d);
        for i in 0..n {
            let cell = |j: &usize| (x[i * n_columns + j] - mean[*j]) / sd[*j];
            z.extend(used.iter().map(cell));
            z.push(1.0);
        }
        let problem = Problem {
            law,
            z: &z,
            d,
            ln_t: &ln_t,
            event: spells.event,
        };
        let found = problem.solve(run)?;
        let mut l = found.information.clone();
        if !cholesky(&mut l, k) {
            return Err(Error::NotConverged {
                algorithm: law.id().into(),
                iterations: found.n_steps,
            });
        }
        let inner = cholesky_inverse(&l, k);
        // Back to the columns as they are: `map` is what each parameter is made of.
        let m = n_columns + 2;
        let mut map = vec![0.0; m * k];
        for (a, j) in used.iter().enumerate() {
            map[j * k + a] = 1.0 / sd[*j];
            map[n_columns * k + a] = -mean[*j] / sd[*j];
        }
        map[n_columns * k + d - 1] = 1.0;
        map[(n_columns + 1) * k + d] = 1.0;
        let row = |i: usize| &map[i * k..(i + 1) * k];
        let of = |i: usize| {
            row(i)
                .iter()
                .zip(&found.at)
                .map(|(a, b)| a * b)
                .sum::<f64>()
        };
        let mut covariance = vec![0.0; m * m];
        for i in 0..m {
            for j in 0..m {
                let mut sum = 0.0;
                for (a, u) in row(i).iter().enumerate() {
                    for (b, v) in row(j).iter().enumerate() {
                        sum += u * v * inner[a.max(b) * k + a.min(b)];
                    }
                }
                covariance[i * m + j] = sum;
            }
        }
        run.step(Stage::Fitting, 1, 1)?;
        Ok(Self {
            law,
            coefficients: (0..n_columns).map(of).collect(),
            intercept: of(n_columns),
            sigma: of(n_columns + 1).exp(),
            covariance,
            log_likelihood: found.value,
            n_rows: n,
            n_events: spells.n_events(),
            n_steps: found.n_steps,
            converged: found.converged,
            constant: sd.iter().map(|s| *s <= 0.0).collect(),
            n_zero,
        })
    }

    /// Standard errors of coefficients, intercept and `ln σ`, in this order.
    pub fn standard_errors(&self) -> Vec<f64> {
        let m = self.coefficients.len() + 2;
        deviations(&self.covariance, m)
    }

    /// Chance of a coefficient as far from 0 where the column does nothing (Wald); 1 for constant columns.
    pub fn p_values(&self) -> Vec<f64> {
        wald(&self.coefficients, &self.standard_errors())
    }

    fn location(&self, row: &[f64]) -> f64 {
        let sum: f64 = row.iter().zip(&self.coefficients).map(|(a, b)| a * b).sum();
        self.intercept + sum
    }

    fn rows<'x>(&self, x: &'x [f64], n_rows: usize) -> Result<impl Iterator<Item = &'x [f64]>> {
        let d = self.coefficients.len();
        if d > 0 {
            check_matrix(x, n_rows, d)?;
        }
        let of = move |i: usize| {
            if d > 0 {
                &x[i * d..(i + 1) * d]
            } else {
                &x[..0]
            }
        };
        Ok((0..n_rows).map(of))
    }

    /// Median time of each of `n_rows` rows; finite.
    ///
    /// # Errors
    /// [`Error::Shape`] for another width; [`Error::Param`] for cells that are missing.
    pub fn median(&self, x: &[f64], n_rows: usize) -> Result<Vec<f64>> {
        let add = match self.law {
            Law::Weibull => self.sigma * 2.0_f64.ln().ln(),
            Law::LogNormal => 0.0,
        };
        let of = |row: &[f64]| (self.location(row) + add).clamp(-700.0, 700.0).exp();
        Ok(self.rows(x, n_rows)?.map(of).collect())
    }

    /// Mean time of each row; finite.
    ///
    /// # Errors
    /// As [`Aft::median`].
    pub fn mean(&self, x: &[f64], n_rows: usize) -> Result<Vec<f64>> {
        let add = match self.law {
            Law::Weibull => ln_gamma(1.0 + self.sigma),
            Law::LogNormal => 0.5 * self.sigma * self.sigma,
        };
        let of = |row: &[f64]| (self.location(row) + add).clamp(-700.0, 700.0).exp();
        Ok(self.rows(x, n_rows)?.map(of).collect())
    }

    /// Chance of each row still to be there at each of `times`, `(n_rows, n_times)`, given that it is there at the time
    /// `from`; 1 for times before it.
    ///
    /// # Errors
    /// As [`Aft::median`].
    pub fn survival(&self, x: &[f64], n_rows: usize, from: f64, times: &[f64]) -> Result<Vec<f64>> {
        let mut out = Vec::with_capacity(n_rows.saturating_mul(times.len()));
        for row in self.rows(x, n_rows)? {
            let at = self.location(row);
            let ln = |t: f64| {
                if t > 0.0 {
                    self.law.terms((t.ln() - at) / self.sigma, false).0
                } else {
                    0.0
                }
            };
            let before = ln(from);
            out.extend(times.iter().map(|t| (ln(*t) - before).min(0.0).exp()));
        }
        Ok(out)
    }
}

struct Problem<'a> {
    law: Law,
    /// `n × d`.
    z: &'a [f64],
    d: usize,
    ln_t: &'a [f64],
    event: &'a [bool],
}

struct Found {
    at: Vec<f64>,
    value: f64,
    information: Vec<f64>,
    n_steps: usize,
    converged: bool,
}

impl Problem<'_> {
    /// Log-likelihood, gradient and information (lower half).
    fn likelihood(&self, at: &[f64], mut slopes: Option<(&mut [f64], &mut [f64])>) -> f64 {
        let (d, k) = (self.d, self.d + 1);
        let ln_sigma = at[d];
        let inverse = (-ln_sigma).exp();
        if let Some((g, h)) = &mut slopes {
            g.fill(0.0);
            h.fill(0.0);
        }
        let mut value = 0.0;
        let rows = self.z.chunks_exact(d).zip(self.ln_t).zip(self.event);
        for ((row, ln_t), event) in rows {
            let location: f64 = row.iter().zip(at).map(|(a, b)| a * b).sum();
            let z = (ln_t - location) * inverse;
            let (f, df, ddf) = self.law.terms(z, *event);
            let own = f64::from(u8::from(*event));
            value += f - own * (ln_sigma + ln_t);
            let Some((g, h)) = &mut slopes else { continue };
            let by = -df * inverse;
            let curve = -ddf * inverse * inverse;
            let cross = -(df + ddf * z) * inverse;
            for (j, v) in row.iter().enumerate() {
                g[j] += by * v;
                let to = &mut h[j * k..j * k + j + 1];
                let cv = curve * v;
                to.iter_mut().zip(row).for_each(|(s, u)| *s += cv * u);
                h[d * k + j] += cross * v;
            }
            g[d] -= df * z + own;
            h[d * k + d] -= ddf * z * z + df * z;
        }
        value
    }

    fn solve(&self, run: &mut Run<'_>) -> Result<Found> {
        let (d, k) = (self.d, self.d + 1);
        let n = self.ln_t.len() as f64;
        let mean = self.ln_t.iter().sum::<f64>() / n;
        let square = self
            .ln_t
            .iter()
            .map(|v| (v - mean) * (v - mean))
            .sum::<f64>()
            / n;
        let mut at = vec![0.0; k];
        at[d - 1] = mean;
        at[d] = square.sqrt().clamp(1e-3, 1e3).ln();
        let (mut g, mut h) = (vec![0.0; k], vec![0.0; k * k]);
        let mut value = self.likelihood(&at, Some((&mut g, &mut h)));
        let mut damping = 1e-3;
        let mut converged = false;
        let mut n_steps = 0;
        while n_steps < MAX_STEPS {
            run.step(Stage::Fitting, n_steps as u64, MAX_STEPS as u64)?;
            n_steps += 1;
            let steepest = g.iter().map(|v| v.abs()).fold(0.0, f64::max);
            if steepest < 1e-9 * n.max(1.0) {
                converged = true;
                break;
            }
            let scale = (0..k).map(|j| h[j * k + j].abs()).fold(1e-12, f64::max);
            let mut moved = false;
            for _ in 0..60 {
                let mut l = h.clone();
                (0..k).for_each(|j| l[j * k + j] += damping * scale);
                if cholesky(&mut l, k) {
                    let delta = cholesky_solve(&l, k, &g);
                    let mut trial: Vec<f64> = at.iter().zip(&delta).map(|(a, s)| a + s).collect();
                    trial[d] = at[d] + delta[d].clamp(-1.5, 1.5);
                    let of = self.likelihood(&trial, None);
                    if of.is_finite() && of > value {
                        at = trial;
                        moved = true;
                        damping *= 0.1;
                        break;
                    }
                }
                damping = (damping * 6.0).max(1e-10);
            }
            if !moved {
                converged = steepest < 1e-5 * n.max(1.0);
                break;
            }
            value = self.likelihood(&at, Some((&mut g, &mut h)));
        }
        // σ runs to 0 where every event comes at the same time.
        if !converged || at[d] < -20.0 {
            return Err(Error::NotConverged {
                algorithm: self.law.id().into(),
                iterations: n_steps,
            });
        }
        Ok(Found {
            at,
            value,
            information: h,
            n_steps,
            converged,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_smooth_where_its_forms_meet() {
        let (a, b) = (upper(6.0 - 1e-9), upper(6.0 + 1e-9));
        assert!((a.0 - b.0).abs() < 1e-7 && (a.1 / b.1 - 1.0).abs() < 1e-8);
        let (ln, ratio) = upper(40.0);
        assert!((ln + 804.608_442_013_754).abs() < 1e-6 && (ratio - 40.024_968_8).abs() < 1e-5);
        assert!((upper(0.0).0 + 2.0_f64.ln()).abs() < 1e-15);
    }
}
