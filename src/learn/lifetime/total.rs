//! Purchases and amounts together: the value of customers.
use super::{
    check::{Doubt, doubts, of_amounts},
    check_time,
    counting::{Counting, History, Kind, check_rate},
    gamma_gamma::GammaGamma,
    simple::Simple,
    summary::Summary,
};
use crate::base::{Error, Result, Run, Stage};

/// How purchases are foreseen.
#[derive(Debug, Clone, PartialEq)]
pub enum Purchases {
    /// By a model.
    Model(Counting),
    /// By the simple estimate.
    Simple(Simple),
}

/// How amounts are foreseen.
#[derive(Debug, Clone, PartialEq)]
pub enum Spend {
    /// By a model.
    Model(GammaGamma),
    /// By the simple estimate.
    Simple(Simple),
}

/// What is foreseen of one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Customer {
    /// Chance not to have stopped; none by the simple estimate.
    pub p_alive: Option<f64>,
    /// Purchases within the horizon.
    pub expected_purchases: f64,
    /// Amount of a purchase; none without amounts.
    pub expected_amount: Option<f64>,
    /// Value of the purchases within the horizon, discounted; none without amounts.
    pub lifetime_value: Option<f64>,
}

/// Fitted to a summary: always there, by the simple estimates where the models cannot be used. [`Lifetime::doubts`]
/// says why.
#[derive(Debug, Clone, PartialEq)]
pub struct Lifetime {
    /// How purchases are foreseen.
    pub purchases: Purchases,
    /// How amounts are foreseen; none without amounts.
    pub spend: Option<Spend>,
    /// What is doubtful.
    pub doubts: Vec<Doubt>,
}

impl Lifetime {
    /// Fits a model of purchases of the given kind, and of amounts where there are any.
    ///
    /// # Errors
    /// Those of [`Summary::check`]; [`Error::Cancelled`]. Data that no model fits are no error.
    pub fn fit(kind: Kind, summary: &Summary, run: &mut Run<'_>) -> Result<Self> {
        summary.check()?;
        let mut doubts = doubts(summary);
        let simple = Simple::of(summary);
        let mut purchases = Purchases::Simple(simple);
        if !doubts.iter().any(|d| d.forbids_counting()) {
            match Counting::fit(kind, summary, run) {
                Ok(model) if model.converged => {
                    if model.at_edge {
                        doubts.push(Doubt::Edge);
                    } else if !model.determined {
                        doubts.push(Doubt::Undetermined);
                    }
                    purchases = Purchases::Model(model);
                }
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                _ => doubts.push(Doubt::NotConverged),
            }
        }
        let mut spend = None;
        if let Some(amounts) = summary.amounts() {
            spend = Some(Spend::Simple(simple));
            if !doubts.iter().any(|d| d.forbids_amounts()) {
                match GammaGamma::fit(&summary.frequency, amounts, run) {
                    Ok(model) => match of_amounts(&model) {
                        Some(doubt) => doubts.push(doubt),
                        None => spend = Some(Spend::Model(model)),
                    },
                    Err(Error::Cancelled) => return Err(Error::Cancelled),
                    Err(_) => doubts.push(Doubt::NoMeanAmount),
                }
            }
        }
        run.step(Stage::Fitting, 100, 100)?;
        Ok(Self {
            purchases,
            spend,
            doubts,
        })
    }

    /// Chance that the customer has not stopped; none by the simple estimate.
    pub fn p_alive(&self, h: History) -> Option<f64> {
        match &self.purchases {
            Purchases::Model(model) => Some(model.p_alive(h)),
            Purchases::Simple(_) => None,
        }
    }

    /// Purchases to be expected within `horizon`, each worth `e^(−rate · t)` when it comes after the time `t`.
    ///
    /// # Errors
    /// [`Error::Param`] for a horizon or rate out of range.
    pub fn discounted(&self, h: History, horizon: f64, rate: f64) -> Result<f64> {
        match &self.purchases {
            Purchases::Model(model) => model.discounted(h, horizon, rate),
            Purchases::Simple(simple) => {
                check_time("horizon", horizon)?;
                check_rate(rate)?;
                let time = if rate * horizon > 1e-9 {
                    -(-rate * horizon).exp_m1() / rate
                } else {
                    horizon
                };
                Ok(simple.rate_of(h) * time)
            }
        }
    }

    /// Expected amount of a purchase of a customer with `x` repeat purchases of the mean amount `m`; none without
    /// amounts.
    pub fn amount(&self, x: u32, m: f64) -> Option<f64> {
        self.spend.as_ref().map(|spend| match spend {
            Spend::Model(model) => model.expected(x, m),
            Spend::Simple(simple) => simple.amount_of(x, m),
        })
    }

    /// What is foreseen of each customer, in the order of the summary. `horizon` in its units of time; `rate` is the
    /// continuous discount rate per unit, see [`rate_of_year`].
    ///
    /// # Errors
    /// [`Error::Param`] for a horizon or rate out of range; [`Error::Cancelled`].
    pub fn customers(
        &self,
        summary: &Summary,
        horizon: f64,
        rate: f64,
        run: &mut Run<'_>,
    ) -> Result<Vec<Customer>> {
        let n = summary.len();
        let mut out = Vec::with_capacity(n);
        for i in 0..n {
            if i % 1024 == 0 {
                run.step(Stage::Predicting, i as u64, n as u64)?;
            }
            let h = summary.history(i);
            let m = summary.monetary.get(i).copied().unwrap_or(0.0);
            let expected = self.discounted(h, horizon, 0.0)?;
            let expected_amount = self.amount(h.frequency, m);
            let lifetime_value = match expected_amount {
                Some(amount) if rate > 0.0 => Some(amount * self.discounted(h, horizon, rate)?),
                Some(amount) => {
                    check_rate(rate)?;
                    Some(amount * expected)
                }
                None => None,
            };
            out.push(Customer {
                p_alive: self.p_alive(h),
                expected_purchases: expected,
                expected_amount,
                lifetime_value,
            });
        }
        run.step(Stage::Predicting, n as u64, n as u64)?;
        Ok(out)
    }
}

/// The continuous discount rate per unit of time of a yearly rate (0.1 for 10 %), with `days` to a unit.
pub fn rate_of_year(yearly: f64, days: f64) -> f64 {
    yearly.max(0.0).ln_1p() * days / 365.25
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Quiet, random::below};
    use crate::learn::lifetime::{Forecast, Terms};

    /// Whatever the data, nothing is negative, infinite or not a number.
    #[test]
    fn odd_customers_have_sound_values() {
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, 5);
        let mut rng = run.rng(1);
        let mut fitted = 0;
        for case in 0..45_u32 {
            let kind = [Kind::BgNbd, Kind::MbgNbd, Kind::ParetoNbd][case as usize % 3];
            let n = 1 + below(&mut rng, 60) as usize;
            let most = [1, 2, 5, 50, 300][below(&mut rng, 5) as usize];
            let oldest = [1, 30, 1_000, 20_000][below(&mut rng, 4) as usize];
            let scale = [1e-6, 1.0, 1e9][below(&mut rng, 3) as usize];
            let mut s = Summary::default();
            for i in 0..n {
                let age = f64::from(below(&mut rng, oldest + 1));
                let x = below(&mut rng, most);
                s.customer.push(i as u32);
                s.frequency.push(x);
                s.age.push(age);
                let share = f64::from(below(&mut rng, 11)) / 10.0;
                s.recency.push(if x > 0 { age * share } else { 0.0 });
                s.monetary.push(scale * f64::from(below(&mut rng, 4)));
            }
            let model = Lifetime::fit(kind, &s, &mut run).unwrap();
            fitted += u32::from(matches!(model.purchases, Purchases::Model(_)));
            let terms = Terms {
                horizon: f64::from(oldest.min(1_000)),
                rate: 0.01,
                level: 0.8,
                n_draws: 20,
            };
            let sound = |v: f64| v.is_finite() && v >= 0.0;
            for c in model.customers(&s, terms.horizon, 0.01, &mut run).unwrap() {
                assert!(
                    c.p_alive.is_none_or(|p| (0.0..=1.0).contains(&p)),
                    "{case} {c:?}"
                );
                assert!(sound(c.expected_purchases), "{case} {c:?}");
                assert!(c.expected_amount.is_some_and(sound), "{case} {c:?}");
                assert!(c.lifetime_value.is_some_and(sound), "{case} {c:?}");
            }
            let drawn = Forecast::draw(&model, &s, terms, &mut run).unwrap();
            let all = drawn.value.iter().chain(&drawn.purchases);
            for r in all.chain([&drawn.total_purchases, &drawn.total_value]) {
                assert!(
                    sound(r.low) && sound(r.high) && r.low <= r.high,
                    "{case} {r:?}"
                );
            }
        }
        assert!(fitted > 15, "{fitted}");
    }
}
