//! Ranges of what will be bought: drawn from what is believed of each customer and of the parameters.
//!
//! Of a customer who is alive the rate of buying is gamma distributed given their history, and so is the rate of
//! stopping (its chance beta distributed). Each draw takes parameters from the normal distribution around the fitted
//! ones (their logarithms, covariance of the likelihood), then for every customer whether they are alive, rates, the
//! number of purchases and amounts. Single ranges hold what one customer may do; the range of the total is much
//! narrower in relation, and what it has left is mostly the parameters. It knows nothing of what the model itself gets
//! wrong: in the nine months after the CDNOW sample's first nine all three models foresee 12 to 16 % too little, and
//! what came lies above the range of the total. [`Holdout`](super::Holdout) shows how far off a model was before.
use super::{
    check_time,
    counting::{Counting, History, Kind, check_rate},
    draws::Draws,
    same_length,
    summary::Summary,
    total::{Lifetime, Purchases, Spend},
};
use crate::base::{Error, Result, Run, Stage};

/// Stream of the seed.
const STREAM: u64 = 0x6c74;
/// Farthest that a drawn parameter may lie from the fitted one, in logarithms.
const FARTHEST: f64 = 2.0;

/// What is asked of a forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// Time from the end of observation, in units of the summary.
    pub horizon: f64,
    /// Continuous discount rate per unit.
    pub rate: f64,
    /// Share of cases that a range is to hold, such as 0.8.
    pub level: f64,
    /// Draws, 20 to 10,000.
    pub n_draws: usize,
}

/// A range.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Range {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Ranges of customers and of all together.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Purchases of each customer.
    pub purchases: Vec<Range>,
    /// Discounted value of each customer; empty without amounts.
    pub value: Vec<Range>,
    /// Purchases of all.
    pub total_purchases: Range,
    /// Discounted value of all; 0 without amounts.
    pub total_value: Range,
    /// Mean of the drawn totals: purchases and value.
    pub mean_total: (f64, f64),
}

impl Forecast {
    /// Draws. Same seed, same ranges.
    ///
    /// # Errors
    /// [`Error::Param`] for terms out of range; [`Error::Shape`] for a summary of uneven lengths; [`Error::Cancelled`].
    pub fn draw(
        model: &Lifetime,
        summary: &Summary,
        terms: Terms,
        run: &mut Run<'_>,
    ) -> Result<Self> {
        check_time("horizon", terms.horizon)?;
        check_rate(terms.rate)?;
        if !(terms.level > 0.0 && terms.level < 1.0) {
            return Err(Error::out_of_range("level", 0.0, 1.0));
        }
        if !(20..=10_000).contains(&terms.n_draws) {
            return Err(Error::out_of_range("n_draws", 20.0, 10_000.0));
        }
        same_length("recency", summary.len(), summary.recency.len())?;
        same_length("age", summary.len(), summary.age.len())?;
        let n_draws = terms.n_draws;
        let mut draws = Draws(run.rng(STREAM), None);
        let counting: Vec<Counting> = match &model.purchases {
            Purchases::Model(m) => (0..n_draws)
                .map(|_| m.roughly(around(&m.params, &m.factor, &mut draws)))
                .collect(),
            Purchases::Simple(_) => Vec::new(),
        };
        let amounts: Vec<[f64; 3]> = match &model.spend {
            Some(Spend::Model(m)) => (0..n_draws)
                .map(|_| around(&m.params, &m.factor, &mut draws))
                .collect(),
            _ => Vec::new(),
        };
        let n = summary.len();
        let mut out = Self {
            purchases: Vec::with_capacity(n),
            value: Vec::new(),
            total_purchases: Range::default(),
            total_value: Range::default(),
            mean_total: (0.0, 0.0),
        };
        let (mut count, mut value) = (vec![0.0; n_draws], vec![0.0; n_draws]);
        let (mut all_count, mut all_value) = (vec![0.0; n_draws], vec![0.0; n_draws]);
        for i in 0..n {
            if i % 256 == 0 {
                run.step(Stage::Predicting, i as u64, n as u64)?;
            }
            let h = summary.history(i);
            let m = summary.monetary.get(i).copied().unwrap_or(0.0);
            for d in 0..n_draws {
                let (would, made) = match (&model.purchases, counting.get(d)) {
                    (Purchases::Simple(simple), _) => {
                        let rate = simple.belief(h).map_or(0.0, |(a, b)| draws.gamma(a) / b);
                        let k = draws.poisson(rate * terms.horizon);
                        (k, k)
                    }
                    (_, Some(model)) => purchases(model, h, terms.horizon, &mut draws),
                    _ => (0.0, 0.0),
                };
                count[d] = made;
                all_count[d] += made;
                if let Some(spend) = &model.spend {
                    let sum = match (spend, amounts.get(d)) {
                        (Spend::Model(_), Some(p)) => spent(*p, h.frequency, m, made, &mut draws),
                        (Spend::Simple(s), _) => made * s.amount_of(h.frequency, m),
                        _ => 0.0,
                    };
                    value[d] = sum * worth(terms, would, made);
                    all_value[d] += value[d];
                }
            }
            out.purchases.push(range(&mut count, terms.level));
            if model.spend.is_some() {
                out.value.push(range(&mut value, terms.level));
            }
        }
        let mean = |all: &[f64]| all.iter().sum::<f64>() / n_draws as f64;
        out.mean_total = (mean(&all_count), mean(&all_value));
        out.total_purchases = range(&mut all_count, terms.level);
        out.total_value = range(&mut all_value, terms.level);
        run.step(Stage::Predicting, n as u64, n as u64)?;
        Ok(out)
    }
}

/// Parameters drawn around the fitted ones; `l` is the factor of the information about their logarithms.
fn around<const K: usize>(params: &[f64; K], l: &[f64], draws: &mut Draws) -> [f64; K] {
    let mut z = [0.0; K];
    z.iter_mut().for_each(|v| *v = draws.normal());
    // Lᵀ x = z has the covariance (L Lᵀ)⁻¹.
    for i in (0..K).rev() {
        for j in i + 1..K {
            z[i] -= l[j * K + i] * z[j];
        }
        z[i] /= l[i * K + i];
    }
    let mut out = *params;
    for (to, x) in out.iter_mut().zip(z) {
        let x = if x.is_finite() { x } else { 0.0 };
        *to *= x.clamp(-FARTHEST, FARTHEST).exp();
    }
    out
}

/// Purchases that would come within the horizon if the customer did not stop, and those that come.
fn purchases(model: &Counting, h: History, horizon: f64, draws: &mut Draws) -> (f64, f64) {
    let alive = model.p_alive(h);
    if draws.uniform() >= alive {
        return (0.0, 0.0);
    }
    let [r, alpha, a, b] = model.params;
    let rate = draws.gamma(r + f64::from(h.frequency)) / (alpha + h.age);
    if model.kind == Kind::ParetoNbd {
        let stops = draws.gamma(a) / (b + h.age);
        let life = -draws.uniform().ln() / stops;
        let made = draws.poisson(rate * horizon.min(life));
        // Spread over the time they can come in.
        let share = if life < horizon { life / horizon } else { 1.0 };
        return (made / share.max(1e-12), made);
    }
    let would = draws.poisson(rate * horizon);
    if would == 0.0 {
        return (0.0, 0.0);
    }
    let chances = f64::from(model.kind.chances(h.frequency));
    let stops = draws.beta(a, b + chances);
    (would, would.min(draws.geometric(stops)))
}

/// What `made` purchases bring together.
fn spent(params: [f64; 3], x: u32, m: f64, made: f64, draws: &mut Draws) -> f64 {
    if made <= 0.0 {
        return 0.0;
    }
    let [p, q, v] = params;
    let x = f64::from(x);
    let rate = draws.gamma(p * x + q) / (v + x * m.max(0.0));
    let sum = draws.gamma(p * made) / rate;
    if sum.is_finite() { sum } else { 0.0 }
}

/// Mean discount of the first `made` of `would` purchases spread evenly over the horizon.
fn worth(terms: Terms, would: f64, made: f64) -> f64 {
    if terms.rate == 0.0 || made <= 0.0 {
        return 1.0;
    }
    let step = terms.rate * terms.horizon / (would + 1.0);
    // (ρ + ρ² + … + ρᵏ) / k with ρ = e^−step.
    (-step).exp() * (-step * made).exp_m1() / ((-step).exp_m1() * made)
}

/// The middle `level` of draws, which are sorted.
fn range(draws: &mut [f64], level: f64) -> Range {
    draws.sort_unstable_by(f64::total_cmp);
    let last = draws.len().saturating_sub(1) as f64;
    let at = |share: f64| {
        let place = share * last;
        let (low, part) = (place.floor(), place.fract());
        let of = |i: f64| draws.get(i as usize).copied().unwrap_or(0.0);
        let (a, b) = (of(low), of((low + 1.0).min(last)));
        a + part * (b - a)
    };
    Range {
        low: at(0.5 * (1.0 - level)),
        high: at(0.5 * (1.0 + level)),
    }
}
