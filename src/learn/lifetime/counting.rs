//! Models of how often customers buy and when they stop.
//!
//! While alive, a customer buys at random with a rate of their own; rates are gamma distributed over customers (`r`,
//! `alpha`). **BG/NBD:** after every repeat purchase the customer stops with a chance of their own, beta distributed
//! (`a`, `b`). **MBG/NBD:** the same, after the first purchase as well. **Pareto/NBD:** the customer stops at any time
//! with a rate of their own, gamma distributed (`s`, `beta`).
//!
//! Parameters are those of greatest likelihood, found in their logarithms by damped Newton steps from several starts.
//! Expected purchases of the first two are usually written with a hypergeometric function whose terms cancel and which
//! has no value at `a = 1`; here they are the sum `Σₙ P(N = n) Σ_{j<n} E[(1 − p)ʲ]` over the number `N` of purchases
//! that a customer who never stops would make, the same number with positive terms alone.
//!
//! Source: Fader, Hardie & Lee (2005), "Counting your customers" the easy way, doi:10.1287/mksc.1040.0098; Batislam,
//! Denizel & Filiztekin (2007), doi:10.1016/j.ijresmar.2006.12.005; Schmittlein, Morrison & Colombo (1987),
//! doi:10.1287/mnsc.33.1.1; Fader & Hardie (2005), A note on deriving the Pareto/NBD model.
use super::{
    check_time,
    descend::{Least, covariance, factor, least},
    pareto,
    summary::Summary,
};
use crate::base::{Error, Result, Run, Stage, TargetReason};

/// Fewest customers that a model is fitted to.
pub(super) const FEWEST: usize = 10;
/// Nodes of the rules that integrals are worked out with.
const NODES: usize = 20;
/// Most terms of the sum of expected purchases.
const MOST_TERMS: usize = 50_000;

/// Which model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Beta-geometric/NBD: `r, alpha, a, b`.
    BgNbd,
    /// Modified beta-geometric/NBD: `r, alpha, a, b`.
    MbgNbd,
    /// Pareto/NBD: `r, alpha, s, beta`.
    ParetoNbd,
}

impl Kind {
    /// Stable name of the public interface.
    pub fn id(self) -> &'static str {
        match self {
            Self::BgNbd => "bg_nbd",
            Self::MbgNbd => "mbg_nbd",
            Self::ParetoNbd => "pareto_nbd",
        }
    }

    /// Names of the parameters, in the order of [`Counting::params`].
    pub fn names(self) -> [&'static str; 4] {
        match self {
            Self::BgNbd | Self::MbgNbd => ["r", "alpha", "a", "b"],
            Self::ParetoNbd => ["r", "alpha", "s", "beta"],
        }
    }

    /// Chances to stop that a customer with `x` repeat purchases has had.
    pub(super) fn chances(self, x: u32) -> u32 {
        x + u32::from(self == Self::MbgNbd)
    }
}

/// What is known of one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// Repeat purchases.
    pub frequency: u32,
    /// Age at the last of them.
    pub recency: f64,
    /// Age at the end of observation.
    pub age: f64,
}

impl Summary {
    /// The history of customer `i`; nothing known where there is none.
    pub fn history(&self, i: usize) -> History {
        let of = |list: &[f64]| list.get(i).copied().unwrap_or(0.0);
        History {
            frequency: self.frequency.get(i).copied().unwrap_or(0),
            recency: of(&self.recency),
            age: of(&self.age),
        }
    }
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct Counting {
    /// Which.
    pub kind: Kind,
    /// Parameters, named by [`Kind::names`]; times in the units of the summary.
    pub params: [f64; 4],
    /// Logarithm of the likelihood.
    pub log_likelihood: f64,
    /// Customers it was fitted to.
    pub n_customers: usize,
    /// Steps of the start that was kept.
    pub n_steps: usize,
    /// Whether the steps came to rest.
    pub converged: bool,
    /// Whether a parameter ran to 0 or infinity (as when nobody ever stops): forecasts hold, the parameter says little.
    pub at_edge: bool,
    /// Whether the data tell all parameters apart, so that standard errors can be trusted.
    pub determined: bool,
    /// Factor of the information about the logarithms of the parameters, `4 × 4`.
    pub(super) factor: Vec<f64>,
    rule: Vec<(f64, f64)>,
}

/// Customers with one and the same history.
struct Pattern {
    x: u32,
    recency: f64,
    age: f64,
    weight: f64,
}

fn patterns(summary: &Summary, scale: f64) -> Vec<Pattern> {
    let key = |i: usize| {
        let h = summary.history(i);
        (h.frequency, h.recency.to_bits(), h.age.to_bits())
    };
    let mut keys: Vec<(u32, u64, u64)> = (0..summary.len()).map(key).collect();
    keys.sort_unstable();
    keys.chunk_by(|a, b| a == b)
        .map(|same| Pattern {
            x: same[0].0,
            recency: f64::from_bits(same[0].1) / scale,
            age: f64::from_bits(same[0].2) / scale,
            weight: same.len() as f64,
        })
        .collect()
}

impl Counting {
    /// Fits `kind` to `summary`.
    ///
    /// # Errors
    /// Those of [`Summary::check`]; [`Error::TooFewRows`] below 10 customers; [`Error::Target`] when no customer ever
    /// bought again; [`Error::NotConverged`] when the likelihood is nowhere finite; [`Error::Cancelled`].
    pub fn fit(kind: Kind, summary: &Summary, run: &mut Run<'_>) -> Result<Self> {
        summary.check()?;
        if summary.len() < FEWEST {
            return Err(Error::TooFewRows {
                needed: FEWEST as u64,
                found: summary.len() as u64,
            });
        }
        let total: u64 = summary.frequency.iter().map(|x| u64::from(*x)).sum();
        let ages: f64 = summary.age.iter().sum();
        if total == 0 || ages <= 0.0 {
            return Err(Error::Target {
                name: "frequency".into(),
                reason: TargetReason::Constant,
            });
        }
        // Times from 0 to 1.
        let scale = summary.age.iter().copied().fold(0.0, f64::max);
        let patterns = patterns(summary, scale);
        let n = summary.len() as f64;
        let rule = legendre(NODES);
        let rate = total as f64 / (ages / scale);
        let mut f = |at: &[f64], gradient: &mut [f64]| match kind {
            Kind::BgNbd | Kind::MbgNbd => geometric(kind, &patterns, n, at, gradient),
            Kind::ParetoNbd => gamma(&patterns, &rule, n, at, gradient),
        };
        // Each evaluation of the last model is dear, and its start matters less.
        let n_starts = if kind == Kind::ParetoNbd { 2 } else { 4 };
        let starts: Vec<Vec<f64>> = [
            [0.5, 0.5, 2.0],
            [1.0, 1.0, 3.0],
            [0.25, 0.2, 5.0],
            [4.0, 1.0, 1.0],
        ]
        .iter()
        .take(n_starts)
        .map(|[r, c, d]: &[f64; 3]| vec![r.ln(), (r / rate).clamp(1e-4, 1e4).ln(), c.ln(), d.ln()])
        .collect();
        let mut done = 0;
        let mut step = || {
            done = (done + 1).min(99);
            run.step(Stage::Fitting, done, 100)
        };
        let found = least(&mut f, &starts, &mut step)?.ok_or(Error::NotConverged {
            algorithm: kind.id().into(),
            iterations: 0,
        })?;
        Ok(Self::new(kind, summary, scale, found, rule))
    }

    fn new(kind: Kind, summary: &Summary, scale: f64, found: Least, rule: Vec<(f64, f64)>) -> Self {
        let n = summary.len() as f64;
        let (factor, determined) = factor(&found.hessian, 4, n);
        let of = |j: usize| found.at.get(j).map_or(1.0, |v| v.exp());
        let last = match kind {
            Kind::ParetoNbd => scale,
            _ => 1.0,
        };
        // In units of time a density of x purchases is smaller by `scale` to the power of x.
        let purchases: f64 = summary.frequency.iter().map(|x| f64::from(*x)).sum();
        Self {
            kind,
            params: [of(0), of(1) * scale, of(2), of(3) * last],
            log_likelihood: -found.value * n - purchases * scale.ln(),
            n_customers: summary.len(),
            n_steps: found.n_steps,
            converged: found.converged,
            at_edge: found.at_edge,
            determined,
            factor,
            rule,
        }
    }

    /// A model whose parameters are known: no standard errors, ranges without the part that comes from fitting.
    ///
    /// # Errors
    /// [`Error::Param`] for a parameter that is not a positive number.
    pub fn known(kind: Kind, params: [f64; 4]) -> Result<Self> {
        for (name, v) in kind.names().into_iter().zip(params) {
            if !(v > 0.0 && v <= 1e12) {
                return Err(Error::out_of_range(name, f64::MIN_POSITIVE, 1e12));
            }
        }
        let unit = |i: usize| if i.is_multiple_of(5) { 1e12 } else { 0.0 };
        Ok(Self {
            kind,
            params,
            log_likelihood: f64::NAN,
            n_customers: 0,
            n_steps: 0,
            converged: true,
            at_edge: false,
            determined: true,
            factor: (0..16).map(unit).collect(),
            rule: legendre(NODES),
        })
    }

    /// The same with other parameters, worked out to about seven digits, as is enough for draws.
    pub(super) fn roughly(&self, params: [f64; 4]) -> Self {
        Self {
            params,
            rule: legendre(NODES / 2),
            ..self.clone()
        }
    }

    /// The same with other parameters.
    fn with(&self, params: [f64; 4]) -> Self {
        Self {
            params,
            ..self.clone()
        }
    }

    /// Covariance of the logarithms of the parameters, `4 × 4` row-major.
    pub fn covariance(&self) -> Vec<f64> {
        covariance(&self.factor, 4)
    }

    /// Standard errors of the parameters, by the delta method.
    pub fn standard_errors(&self) -> [f64; 4] {
        let c = self.covariance();
        let of = |j: usize| self.params[j] * c[j * 5].max(0.0).sqrt();
        [of(0), of(1), of(2), of(3)]
    }

    /// Chance that a customer with this history has not stopped, 0 to 1.
    pub fn p_alive(&self, h: History) -> f64 {
        let [r, alpha, a, b] = self.params;
        let x = f64::from(h.frequency);
        let log_odds = match self.kind {
            Kind::ParetoNbd => pareto::ln_dead_over_alive(self.params, h, &self.rule),
            kind => {
                let n = f64::from(kind.chances(h.frequency));
                if n == 0.0 {
                    return 1.0;
                }
                let since = (h.age - h.recency).max(0.0);
                (a / (b + n - 1.0)).ln() + (r + x) * (since / (alpha + h.recency)).ln_1p()
            }
        };
        if log_odds > 700.0 {
            return (-log_odds).exp();
        }
        1.0 / (1.0 + log_odds.exp())
    }

    /// Purchases to be expected within `horizon` from the end of observation: not negative, finite. Far beyond a
    /// thousand times `alpha + age` it is a lower bound.
    ///
    /// # Errors
    /// [`Error::Param`] for a horizon that is not from 0 to 1e6.
    pub fn expected(&self, h: History, horizon: f64) -> Result<f64> {
        check_time("horizon", horizon)?;
        Ok(self.p_alive(h) * self.expected_alive(h, horizon))
    }

    /// The same of somebody who has just bought for the first time.
    ///
    /// # Errors
    /// As [`Counting::expected`].
    pub fn expected_new(&self, horizon: f64) -> Result<f64> {
        self.expected(NEW, horizon)
    }

    /// Purchases to be expected, each worth `e^(−rate · t)` when it comes after the time `t`.
    ///
    /// # Errors
    /// As [`Counting::expected`]; [`Error::Param`] for a rate that is not from 0 to 100.
    pub fn discounted(&self, h: History, horizon: f64, rate: f64) -> Result<f64> {
        check_time("horizon", horizon)?;
        check_rate(rate)?;
        let alive = self.p_alive(h);
        let end = self.expected_alive(h, horizon);
        if rate == 0.0 || horizon == 0.0 {
            return Ok(alive * end);
        }
        // By parts, on a scale of time on which purchases come evenly. What is discounted away is not looked at.
        let horizon = horizon.min(40.0 / rate);
        let end = if rate * horizon < 39.9 { end } else { 0.0 };
        let unit = match self.kind {
            Kind::ParetoNbd => self.params[3] + h.age,
            _ => self.params[1] + h.age,
        };
        let most = (horizon / unit).ln_1p();
        let mut sum = 0.0;
        for (node, weight) in &self.rule {
            let u = most * node;
            let t = unit * u.exp_m1();
            sum += weight
                * most
                * unit
                * u.exp()
                * rate
                * (-rate * t).exp()
                * self.expected_alive(h, t);
        }
        Ok(alive * (sum + (-rate * horizon).exp() * end))
    }

    /// Standard error of [`Counting::expected`] that comes from the parameters being estimates (delta method): says how
    /// well the mean is known, not how far a single customer may be from it.
    ///
    /// # Errors
    /// As [`Counting::expected`].
    pub fn expected_error(&self, h: History, horizon: f64) -> Result<f64> {
        let mut slope = [0.0; 4];
        for (j, to) in slope.iter_mut().enumerate() {
            let at = |e: f64| {
                let mut params = self.params;
                params[j] *= e.exp();
                self.with(params).expected(h, horizon)
            };
            *to = (at(1e-4)? - at(-1e-4)?) / 2e-4;
        }
        let c = self.covariance();
        let mut variance = 0.0;
        for i in 0..4 {
            for j in 0..4 {
                variance += slope[i] * slope[j] * c[i * 4 + j];
            }
        }
        Ok(variance.max(0.0).sqrt())
    }

    pub(super) fn expected_alive(&self, h: History, t: f64) -> f64 {
        if t <= 0.0 {
            return 0.0;
        }
        let [r, alpha, a, b] = self.params;
        let x = f64::from(h.frequency);
        match self.kind {
            Kind::ParetoNbd => pareto::expected_alive(self.params, h, t),
            kind => {
                let n = f64::from(kind.chances(h.frequency));
                until_stopped(r + x, t / (alpha + h.age), a, b + n)
            }
        }
    }
}

/// Somebody who has just bought for the first time.
const NEW: History = History {
    frequency: 0,
    recency: 0.0,
    age: 0.0,
};

/// A discount rate per unit of time, continuous.
pub(super) fn check_rate(rate: f64) -> Result<()> {
    if (0.0..=100.0).contains(&rate) {
        return Ok(());
    }
    Err(Error::out_of_range("rate", 0.0, 100.0))
}

/// Expected purchases of a customer who is alive: the number that would come is negative binomial (`shape`, mean `shape
/// · tau`), and after each the customer stops with a chance that is beta distributed (`a`, `b`).
fn until_stopped(shape: f64, tau: f64, a: f64, b: f64) -> f64 {
    let z = tau / (1.0 + tau);
    // Logarithm of the chance of `n` purchases while it is too small for a number, then the chance.
    let mut ln_chance = -shape * tau.ln_1p();
    let mut chance = if ln_chance > -700.0 {
        ln_chance.exp()
    } else {
        0.0
    };
    let (mut mass, mut stays, mut made, mut sum) = (chance, 1.0, 0.0, 0.0);
    for i in 0..MOST_TERMS {
        let n = i as f64;
        let ratio = z * (shape + n) / (n + 1.0);
        if ln_chance > -700.0 {
            chance *= ratio;
        } else {
            ln_chance += ratio.ln();
            chance = if ln_chance > -700.0 {
                ln_chance.exp()
            } else {
                0.0
            };
        }
        made += stays;
        stays *= (b + n) / (a + b + n);
        mass += chance;
        sum += chance * made;
        // Of what is left every term is at most `ratio` times the one before, and `made` grows by less than 1.
        if ratio < 1.0 && chance * (made + 1.0 / (1.0 - ratio)) < 1e-15 * sum * (1.0 - ratio) {
            return sum;
        }
    }
    sum + (1.0 - mass).max(0.0) * made
}

/// Mean of minus the log-likelihood of BG/NBD and MBG/NBD, and its gradient, in logarithms of the parameters.
fn geometric(kind: Kind, patterns: &[Pattern], n: f64, at: &[f64], gradient: &mut [f64]) -> f64 {
    let [r, alpha, a, b] = [at[0].exp(), at[1].exp(), at[2].exp(), at[3].exp()];
    let (mut value, mut slope) = (0.0, [0.0; 4]);
    // Sums over the purchases up to `x`: patterns come with rising `x`.
    let mut reached = 0_u32;
    let (mut ln_r, mut by_r) = (0.0, 0.0);
    let mut stopped = 0_u32;
    let (mut ln_stay, mut stay_a, mut stay_b) = (0.0, 0.0, 0.0);
    for p in patterns {
        while reached < p.x {
            let at = r + f64::from(reached);
            ln_r += at.ln();
            by_r += 1.0 / at;
            reached += 1;
        }
        let chances = kind.chances(p.x);
        while stopped < chances {
            let at = b + f64::from(stopped);
            ln_stay -= (a / at).ln_1p();
            stay_a -= 1.0 / (a + at);
            stay_b += a / (at * (a + at));
            stopped += 1;
        }
        let x = f64::from(p.x);
        let ln_age = (p.age / alpha).ln_1p();
        let ln_alpha = at[1];
        let alive = -(r + x) * ln_age - x * ln_alpha;
        let mut d = [
            by_r - ln_age,
            r / alpha - (r + x) / (alpha + p.age),
            stay_a,
            stay_b,
        ];
        let mut of = ln_r + ln_stay + alive;
        if chances > 0 {
            let last = b + f64::from(chances) - 1.0;
            let ln_recency = (p.recency / alpha).ln_1p();
            let odds = at[2] - last.ln() + (r + x) * (ln_age - ln_recency);
            // ln(1 + e^odds) and the chance to have stopped.
            let (add, dead) = if odds > 0.0 {
                let e = (-odds).exp();
                (odds + e.ln_1p(), 1.0 / (1.0 + e))
            } else {
                let e = odds.exp();
                (e.ln_1p(), e / (1.0 + e))
            };
            of += add;
            d[0] += dead * (ln_age - ln_recency);
            d[1] += dead * (r + x) * (1.0 / (alpha + p.age) - 1.0 / (alpha + p.recency));
            d[2] += dead / a;
            d[3] -= dead / last;
        }
        value += p.weight * of;
        for (s, d) in slope.iter_mut().zip(d) {
            *s += p.weight * d;
        }
    }
    for ((g, s), v) in gradient.iter_mut().zip(slope).zip([r, alpha, a, b]) {
        *g = -s * v / n;
    }
    -value / n
}

/// The same of Pareto/NBD.
fn gamma(
    patterns: &[Pattern],
    rule: &[(f64, f64)],
    n: f64,
    at: &[f64],
    gradient: &mut [f64],
) -> f64 {
    let params = [at[0].exp(), at[1].exp(), at[2].exp(), at[3].exp()];
    let (mut value, mut slope) = (0.0, [0.0; 4]);
    let mut reached = 0_u32;
    let (mut ln_r, mut by_r) = (0.0, 0.0);
    for p in patterns {
        while reached < p.x {
            let at = params[0] + f64::from(reached);
            ln_r += at.ln();
            by_r += 1.0 / at;
            reached += 1;
        }
        let h = History {
            frequency: p.x,
            recency: p.recency,
            age: p.age,
        };
        let (of, mut d) = pareto::log_likelihood(params, h, rule);
        d[0] += by_r;
        value += p.weight * (of + ln_r);
        for (s, d) in slope.iter_mut().zip(d) {
            *s += p.weight * d;
        }
    }
    for ((g, s), v) in gradient.iter_mut().zip(slope).zip(params) {
        *g = -s * v / n;
    }
    -value / n
}

/// Nodes and weights of Gauss and Legendre's rule on 0..1: exact for polynomials up to the degree `2 n − 1`.
pub(super) fn legendre(n: usize) -> Vec<(f64, f64)> {
    let mut rule = Vec::with_capacity(n);
    for i in 0..n {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..60 {
            let (mut before, mut value) = (0.0, 1.0);
            for k in 1..=n {
                let k = k as f64;
                let next = ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k;
                before = value;
                value = next;
            }
            slope = n as f64 * (x * value - before) / (x * x - 1.0);
            let step = value / slope;
            x -= step;
            if step.abs() < 1e-15 {
                break;
            }
        }
        rule.push((0.5 * (1.0 - x), 1.0 / ((1.0 - x * x) * slope * slope)));
    }
    rule
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_exact_for_polynomials() {
        for n in [2, 5, NODES] {
            let rule = legendre(n);
            for degree in 0..2 * n {
                let got: f64 = rule.iter().map(|(x, w)| w * x.powi(degree as i32)).sum();
                assert!(
                    (got * (degree + 1) as f64 - 1.0).abs() < 1e-12,
                    "{n} {degree}"
                );
            }
        }
    }

    #[test]
    fn absurd_histories_stay_within_bounds() {
        for kind in [Kind::BgNbd, Kind::MbgNbd, Kind::ParetoNbd] {
            for params in [
                [0.243, 4.414, 0.793, 2.426],
                [1e-6, 1e-6, 1e-6, 1e-6],
                [1e6, 1e6, 1e6, 1e6],
                [1e-6, 1e6, 1.0, 1e-6],
                [50.0, 1.0, 1e-6, 1e6],
            ] {
                let model = Counting::known(kind, params).unwrap();
                for (frequency, recency, age) in [
                    (0, 0.0, 0.0),
                    (0, 0.0, 1e5),
                    (1, 1e-9, 1e5),
                    (3, 10.0, 10.0),
                    (100_000, 99.0, 100.0),
                    (100_000, 1.0, 1e6),
                ] {
                    let h = History {
                        frequency,
                        recency,
                        age,
                    };
                    let p = model.p_alive(h);
                    assert!((0.0..=1.0).contains(&p), "{kind:?} {params:?} {h:?} {p}");
                    let mut before = 0.0;
                    for horizon in [0.0, 1.0, 52.0, 1e4] {
                        let e = model.expected(h, horizon).unwrap();
                        assert!(
                            e.is_finite() && e >= before * (1.0 - 1e-9),
                            "{kind:?} {params:?} {h:?} {e}"
                        );
                        let d = model.discounted(h, horizon, 0.01).unwrap();
                        assert!(
                            d >= 0.0 && d <= e * 1.001 + 1e-300,
                            "{kind:?} {params:?} {h:?} {horizon} {d} {e}"
                        );
                        before = e;
                    }
                }
            }
        }
        let model = Counting::known(Kind::BgNbd, [1.0; 4]).unwrap();
        assert!(model.expected_new(f64::NAN).is_err() && model.expected_new(-1.0).is_err());
        assert!(Counting::known(Kind::BgNbd, [1.0, f64::NAN, 1.0, 1.0]).is_err());
    }
}
