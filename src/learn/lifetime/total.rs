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

/// Fitted to a summary: always there, by the simple estimates where the models cannot be used. [`Lifetime::doubts`] says why.
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

    /// Expected amount of a purchase of a customer with `x` repeat purchases of the mean amount `m`; none without amounts.
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
