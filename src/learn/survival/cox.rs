//! Proportional hazards: columns multiply a hazard whose course over time is left open, one for each stratum.
//!
//! The partial likelihood is at its greatest where its slope is 0; Newton's steps, halved until they gain, go there.
//! Columns that change over time come as several rows of a customer with start and stop. Columns that tell events and
//! others apart completely have no finite coefficient: a small penalty then keeps them finite, and says so.
//!
//! Source: Cox (1972), doi:10.1111/j.2517-6161.1972.tb00899.x; ties by Breslow (1974), doi:10.2307/2529620, and Efron
//! (1977), doi:10.1080/01621459.1977.10480613; baseline by Breslow.
use super::{
    Spells, check_matrix,
    cox_sums::{Sorted, likelihood},
    deviations, moments, normal_quantile, same_length, wald,
};
use crate::base::{Error, Result, Run, Stage, Warning, special::chi2_tail};
use crate::learn::kernels::linear::{cholesky, cholesky_inverse, cholesky_solve};

/// A standardised coefficient beyond this has no finite value.
const RUNAWAY: f64 = 10.0;
/// The penalty that is put on where a coefficient has none.
const RESCUE: f64 = 1e-3;

/// What becomes of events at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ties {
    /// Close to what the mean over all their orders would give.
    #[default]
    Efron,
    /// As if each came first.
    Breslow,
}

/// How to fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoxOptions {
    /// Ties.
    pub ties: Ties,
    /// Penalty `½ · n · ridge · Σ (βⱼ sdⱼ)²`, as `penalizer` of `lifelines`; 0 for none.
    pub ridge: f64,
    /// Most steps.
    pub max_steps: usize,
}

impl Default for CoxOptions {
    fn default() -> Self {
        Self {
            ties: Ties::Efron,
            ridge: 0.0,
            max_steps: 50,
        }
    }
}

/// The hazard of a stratum so far, of a row at the mean of every column.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// The stratum's code.
    pub stratum: u32,
    /// Times of events, rising.
    pub time: Vec<f64>,
    /// Hazard up to and with each time.
    pub hazard: Vec<f64>,
}

impl Baseline {
    /// Hazard up to `time`; beyond the last event that of the last event.
    pub fn at(&self, time: f64) -> f64 {
        let i = self.time.partition_point(|t| *t <= time);
        i.checked_sub(1).map_or(0.0, |i| self.hazard[i])
    }
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct Cox {
    /// Coefficients: logarithms of hazard ratios for one unit more, 0 for constant columns.
    pub coefficients: Vec<f64>,
    /// Covariance of the coefficients, `d × d`; 0 for constant columns.
    pub covariance: Vec<f64>,
    /// Means of the columns.
    pub mean: Vec<f64>,
    /// Partial log-likelihood, without penalty.
    pub log_likelihood: f64,
    /// The same with all coefficients 0.
    pub null_log_likelihood: f64,
    /// Rows.
    pub n_rows: usize,
    /// Events.
    pub n_events: usize,
    /// Steps.
    pub n_steps: usize,
    /// Whether the steps came to rest.
    pub converged: bool,
    /// The penalty used: the one asked for, or a small one where a coefficient had no finite value or columns say the
    /// same.
    pub ridge: f64,
    /// Columns that are the same in every row.
    pub constant: Vec<bool>,
    /// Share of pairs put in the right order.
    pub concordance: f64,
    /// Hazards of the strata, by code; strata without events have no times.
    pub baselines: Vec<Baseline>,
    /// Ties as fitted.
    pub ties: Ties,
}

/// What Newton's steps found, standardised.
struct Found {
    beta: Vec<f64>,
    covariance: Option<Vec<f64>>,
    value: f64,
    n_steps: usize,
    converged: bool,
}

impl Cox {
    /// Fits to columns `x` `(n_rows, n_columns)`, with a baseline for each code of `strata`.
    ///
    /// # Errors
    /// Those of [`Spells::check_events`]; [`Error::Shape`] when lengths disagree; [`Error::NoFeatures`] without a
    /// column that varies; [`Error::Param`] for cells that are missing or beyond 1e100 and for a ridge out of range;
    /// [`Error::NotConverged`] when even a penalty does not make the coefficients finite; [`Error::Cancelled`].
    pub fn fit(
        x: &[f64],
        n_columns: usize,
        spells: &Spells<'_>,
        strata: Option<&[u32]>,
        options: CoxOptions,
        run: &mut Run<'_>,
    ) -> Result<Self> {
        spells.check_events()?;
        let n = spells.len();
        check_matrix(x, n, n_columns)?;
        if let Some(strata) = strata {
            same_length("strata", n, strata.len())?;
        }
        if !(0.0..=1e6).contains(&options.ridge) {
            return Err(Error::out_of_range("ridge", 0.0, 1e6));
        }
        let (mean, sd) = moments(x, n_columns);
        let used: Vec<usize> = (0..n_columns).filter(|j| sd[*j] > 0.0).collect();
        if used.is_empty() {
            return Err(Error::NoFeatures);
        }
        let d = used.len();
        let mut z = Vec::with_capacity(n * d);
        for row in x.chunks_exact(n_columns) {
            z.extend(used.iter().map(|j| (row[*j] - mean[*j]) / sd[*j]));
        }
        let sorted = Sorted::new(&z, d, spells, strata);
        drop(z);
        let null = likelihood(&sorted, &vec![0.0; d], options.ties, None);
        let mut ridge = options.ridge;
        let mut found = newton(&sorted, options, ridge, run)?;
        let sound = |f: &Found| {
            f.converged && f.covariance.is_some() && f.beta.iter().all(|b| b.abs() < RUNAWAY)
        };
        if !sound(&found) && ridge < RESCUE {
            ridge = RESCUE;
            found = newton(&sorted, options, ridge, run)?;
        }
        let Some(inner) = found.covariance else {
            return Err(Error::NotConverged {
                algorithm: "cox".into(),
                iterations: found.n_steps,
            });
        };
        if !found.converged {
            run.warn(Warning::NotConverged {
                algorithm: "cox".into(),
                iterations: found.n_steps as u64,
            });
        }
        let mut coefficients = vec![0.0; n_columns];
        let mut covariance = vec![0.0; n_columns * n_columns];
        for (a, j) in used.iter().enumerate() {
            coefficients[*j] = found.beta[a] / sd[*j];
            for (b, k) in used.iter().enumerate() {
                covariance[j * n_columns + k] = inner[a.max(b) * d + a.min(b)] / (sd[*j] * sd[*k]);
            }
        }
        let baselines = baselines(&sorted, &found.beta, strata);
        let mut risk = vec![0.0; n];
        for (row, z) in sorted.row.iter().zip(sorted.z.chunks_exact(d)) {
            risk[*row as usize] = z.iter().zip(&found.beta).map(|(a, b)| a * b).sum();
        }
        let concordance = super::concordance(spells, &risk, strata)?;
        run.step(Stage::Fitting, 1, 1)?;
        Ok(Self {
            coefficients,
            covariance,
            log_likelihood: found.value,
            null_log_likelihood: null,
            n_rows: n,
            n_events: spells.n_events(),
            n_steps: found.n_steps,
            converged: found.converged,
            ridge,
            constant: sd.iter().map(|s| *s <= 0.0).collect(),
            mean,
            concordance,
            baselines,
            ties: options.ties,
        })
    }

    /// Standard errors of the coefficients.
    pub fn standard_errors(&self) -> Vec<f64> {
        deviations(&self.covariance, self.coefficients.len())
    }

    /// Chance of a coefficient as far from 0 where the column does nothing (Wald); 1 for constant columns.
    pub fn p_values(&self) -> Vec<f64> {
        wald(&self.coefficients, &self.standard_errors())
    }

    /// Hazard ratios for one unit more, with intervals of `level`: ratio, low, high.
    ///
    /// # Errors
    /// [`Error::Param`] for a level that is not between 0 and 1.
    pub fn hazard_ratios(&self, level: f64) -> Result<Vec<(f64, f64, f64)>> {
        let q = normal_quantile(level)?;
        let pairs = self.coefficients.iter().zip(self.standard_errors());
        Ok(pairs
            .map(|(b, se)| (b.exp(), (b - q * se).exp(), (b + q * se).exp()))
            .collect())
    }

    /// Likelihood ratio test of all columns together: statistic, degrees of freedom, p-value.
    pub fn likelihood_ratio(&self) -> (f64, usize, f64) {
        let df = self.constant.iter().filter(|c| !**c).count();
        let statistic = (2.0 * (self.log_likelihood - self.null_log_likelihood)).max(0.0);
        (statistic, df, chi2_tail(statistic, df as f64))
    }

    /// Hazard of each row over that of a row at the means, `(n_rows,)`; finite and above 0.
    ///
    /// # Errors
    /// [`Error::Shape`] for another width; [`Error::Param`] for cells that are missing.
    pub fn relative_hazard(&self, x: &[f64]) -> Result<Vec<f64>> {
        let d = self.coefficients.len();
        check_matrix(x, x.len() / d.max(1), d)?;
        let of = |row: &[f64]| {
            let terms = row.iter().zip(&self.mean).zip(&self.coefficients);
            let sum: f64 = terms.map(|((v, m), b)| (v - m) * b).sum();
            sum.clamp(-700.0, 700.0).exp()
        };
        Ok(x.chunks_exact(d).map(of).collect())
    }

    /// The baseline of a stratum; 0 where there are no strata.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a stratum it was not fitted on.
    pub fn baseline(&self, stratum: u32) -> Result<&Baseline> {
        let at = self.baselines.binary_search_by_key(&stratum, |b| b.stratum);
        match at {
            Ok(i) => Ok(&self.baselines[i]),
            Err(_) => Err(Error::Unknown {
                what: "stratum".into(),
                id: stratum.to_string(),
            }),
        }
    }

    /// Chance of each row still to be there at each of `times`, `(n_rows, n_times)`, given that it is there at the time
    /// `from` (0 for all of them); 1 for times before it.
    ///
    /// # Errors
    /// Those of [`Cox::relative_hazard`] and [`Cox::baseline`].
    pub fn survival(&self, x: &[f64], stratum: u32, from: f64, times: &[f64]) -> Result<Vec<f64>> {
        let baseline = self.baseline(stratum)?;
        let before = baseline.at(from);
        let hazard: Vec<f64> = times
            .iter()
            .map(|t| (baseline.at(*t) - before).max(0.0))
            .collect();
        let relative = self.relative_hazard(x)?;
        Ok(relative
            .iter()
            .flat_map(|r| hazard.iter().map(move |h| (-r * h).exp()))
            .collect())
    }
}

/// Newton's steps, halved until the likelihood gains.
fn newton(sorted: &Sorted, options: CoxOptions, ridge: f64, run: &mut Run<'_>) -> Result<Found> {
    let d = sorted.d;
    let penalty = ridge * sorted.n() as f64;
    let cost = |beta: &[f64]| 0.5 * penalty * beta.iter().map(|b| b * b).sum::<f64>();
    let mut beta = vec![0.0; d];
    let (mut g, mut h) = (vec![0.0; d], vec![0.0; d * d]);
    let mut value = likelihood(sorted, &beta, options.ties, Some((&mut g, &mut h)));
    let mut converged = false;
    let mut n_steps = 0;
    while n_steps < options.max_steps {
        run.step(Stage::Fitting, n_steps as u64, options.max_steps as u64)?;
        n_steps += 1;
        let mut l = h.clone();
        for j in 0..d {
            l[j * d + j] += penalty;
            g[j] -= penalty * beta[j];
        }
        let diagonal = (0..d).map(|j| h[j * d + j]).fold(1e-300, f64::max);
        let mut raise = 1e-9 * diagonal;
        while !cholesky(&mut l, d) && raise < 1e6 * diagonal {
            l.copy_from_slice(&h);
            (0..d).for_each(|j| l[j * d + j] += penalty + raise);
            raise *= 100.0;
        }
        let delta = cholesky_solve(&l, d, &g);
        let gain: f64 = delta.iter().zip(&g).map(|(a, b)| a * b).sum();
        if !gain.is_finite() {
            break;
        }
        if gain < 1e-12 * (1.0 + value.abs()) {
            converged = true;
            // The last step is taken where it does not lose: it is free.
            let trial: Vec<f64> = beta.iter().zip(&delta).map(|(b, s)| b + s).collect();
            let of = likelihood(sorted, &trial, options.ties, None);
            if of - cost(&trial) >= value - cost(&beta) {
                (beta, value) = (trial, of);
            }
            break;
        }
        let largest = delta.iter().map(|s| s.abs()).fold(0.0, f64::max);
        let mut size = (5.0 / largest).min(1.0);
        let mut moved = false;
        for _ in 0..40 {
            let trial: Vec<f64> = beta.iter().zip(&delta).map(|(b, s)| b + size * s).collect();
            let of = likelihood(sorted, &trial, options.ties, None);
            if of.is_finite() && of - cost(&trial) > value - cost(&beta) {
                beta = trial;
                moved = true;
                break;
            }
            size *= 0.5;
        }
        if !moved {
            converged = gain < 1e-6 * (1.0 + value.abs());
            break;
        }
        value = likelihood(sorted, &beta, options.ties, Some((&mut g, &mut h)));
    }
    likelihood(sorted, &beta, options.ties, Some((&mut g, &mut h)));
    (0..d).for_each(|j| h[j * d + j] += penalty);
    let covariance = cholesky(&mut h, d).then(|| cholesky_inverse(&h, d));
    Ok(Found {
        beta,
        covariance,
        value,
        n_steps,
        converged,
    })
}

fn baselines(sorted: &Sorted, beta: &[f64], strata: Option<&[u32]>) -> Vec<Baseline> {
    let mut out: Vec<Baseline> = sorted
        .strata
        .windows(2)
        .map(|ends| Baseline {
            stratum: strata.map_or(0, |s| s[sorted.row[ends[0]] as usize]),
            time: Vec::new(),
            hazard: Vec::new(),
        })
        .collect();
    sorted.times(beta, false, |at| {
        let b = &mut out[at.stratum];
        b.time.push(at.time);
        let step = at.tied.count / at.all.w * (-at.shift).exp();
        b.hazard.push(if step.is_finite() { step } else { 0.0 });
    });
    for b in &mut out {
        b.time.reverse();
        b.hazard.reverse();
        let mut sum = 0.0;
        for h in &mut b.hazard {
            sum += *h;
            *h = sum;
        }
    }
    out
}
