//! What decisions bring in money: profit down a ranking, and the decision that brings most.
//!
//! Contacting a customer costs `contact`, and with the chance `success` keeps one who would leave, who is worth `value`.
//! So contacting the first `k` of a ranking brings, with `y = 1` for those who leave,
//! `success · Σ yᵢ vᵢ − contact · k`, and by the probabilities `success · Σ pᵢ vᵢ − contact · k`. The ranking by `pᵢ vᵢ`
//! brings most at every depth, and a contact pays where `pᵢ vᵢ > contact / success`. How many to contact is read off the
//! probabilities, so that held-out rows choose nothing; what that brings is then measured on them.
//!
//! Source: Verbraken, Verbeke & Baesens (2013), A novel profit maximizing metric, doi:10.1109/TKDE.2012.50; Elkan (2001),
//! The foundations of cost-sensitive learning, IJCAI, section 2.
use super::{
    ranking::{self, Of},
    same_length,
};
use crate::{
    base::{Costs, Error, Result, Run, ValueOf, special::NORMAL_975 as Z95},
    charts::{Ladder, Profit},
};

/// Customers with their scores. All lists are of one length.
#[derive(Debug, Clone, Copy)]
pub struct Customers<'a> {
    /// Probability of leaving, 0 to 1.
    pub proba: &'a [f64],
    /// What each is worth, not negative; nothing where all are worth the same.
    pub value: Option<&'a [f64]>,
    /// Who left, where that is known.
    pub truth: Option<&'a [bool]>,
}

impl Customers<'_> {
    fn worth(&self, i: usize) -> f64 {
        self.value.map_or(1.0, |v| v[i])
    }

    fn at_risk(&self, i: usize) -> f64 {
        self.proba[i] * self.worth(i)
    }

    fn check(&self) -> Result<()> {
        let n = self.proba.len();
        if let Some(value) = self.value {
            same_length("values", n, value.len())?;
            if value.iter().any(|v| !(v.is_finite() && *v >= 0.0)) {
                return Err(Error::out_of_range("value", 0.0, f64::MAX));
            }
        }
        if let Some(truth) = self.truth {
            same_length("outcomes", n, truth.len())?;
        }
        if self.proba.iter().any(|p| !(0.0..=1.0).contains(p)) {
            return Err(Error::out_of_range("probability", 0.0, 1.0));
        }
        Ok(())
    }

    /// Customers in the order in which they are contacted: by money at risk, of equals the earlier row first.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths disagree; [`Error::Param`] for a probability outside 0 to 1 or a value that is
    /// negative or not finite.
    pub fn ranked(&self) -> Result<Vec<u32>> {
        self.check()?;
        ranking::ranked(|i| self.at_risk(i), self.proba.len(), "value")
    }

    fn ladder(
        &self,
        order: &[u32],
        depths: &[u64],
        key: impl Fn(usize) -> f64,
        stream: u64,
        run: &Run<'_>,
    ) -> Result<Ladder> {
        let rows = || order.iter().map(|i| *i as usize);
        let risk = ranking::sums(rows().map(|i| self.at_risk(i)), depths);
        let threshold = depths.iter().map(|d| {
            let last = (*d as usize).checked_sub(1).and_then(|i| order.get(i));
            last.map_or(f64::INFINITY, |i| key(*i as usize))
        });
        let threshold = threshold.collect();
        let (observed, low, high) = match self.truth {
            Some(truth) => {
                let left = |i: usize| if truth[i] { self.worth(i) } else { 0.0 };
                let values: Vec<f64> = rows().map(left).collect();
                let mut rng = run.rng(stream);
                let (low, high) = ranking::interval(&values, depths, Of::Sum, &mut rng, run)?;
                (ranking::sums(values.into_iter(), depths), low, high)
            }
            // These are all the customers there are; open is only which of them will leave.
            None => {
                let spread =
                    |i: usize| self.worth(i).powi(2) * self.proba[i] * (1.0 - self.proba[i]);
                let variance = ranking::sums(rows().map(spread), depths);
                let half: Vec<f64> = variance.iter().map(|v| Z95 * v.max(0.0).sqrt()).collect();
                let end = |way: f64| {
                    let both = risk.iter().zip(&half);
                    both.map(|(r, h)| (r + way * h).max(0.0)).collect()
                };
                (Vec::new(), end(-1.0), end(1.0))
            }
        };
        Ok(Ladder {
            n: depths.to_vec(),
            threshold,
            risk,
            observed,
            low,
            high,
        })
    }
}

/// How many of the `order`ed customers to contact: those whose contact pays, within the capacity.
pub fn best_depth(customers: &Customers<'_>, order: &[u32], costs: &Costs) -> u64 {
    let unit = unit(costs);
    let least = costs.break_even();
    let pays = |i: &u32| customers.at_risk(*i as usize) * unit > least;
    costs.reach(order.partition_point(pays) as u64)
}

/// What a unit of value is worth.
fn unit(costs: &Costs) -> f64 {
    match costs.value {
        ValueOf::Number(v) => v,
        ValueOf::Column(_) => 1.0,
    }
}

/// Profit by depth of the rankings by money at risk and by value, drawn at `costs`.
///
/// Intervals: over other customers of the kind where it is known who left (bootstrap, beyond 20,000 rows its theory); else of what will be observed,
/// each customer leaving by itself with its probability (normal). `stream` names the randomness.
///
/// # Errors
/// As [`Customers::ranked`]; [`Error::Cancelled`].
pub fn profit(
    customers: &Customers<'_>,
    costs: &Costs,
    stream: u64,
    run: &Run<'_>,
) -> Result<Profit> {
    let order = customers.ranked()?;
    let n = order.len();
    let best = best_depth(customers, &order, costs);
    let also: Vec<u64> = [Some(best), costs.capacity].into_iter().flatten().collect();
    let depths = ranking::depths(n, &also);
    let at_risk = |i: usize| customers.at_risk(i);
    let by_risk = customers.ladder(&order, &depths, at_risk, stream, run)?;
    let by_value = match customers.value {
        Some(value) => {
            let order = ranking::ranked(|i| value[i], n, "value")?;
            Some(customers.ladder(&order, &depths, |i| value[i], stream, run)?)
        }
        None => None,
    };
    Ok(Profit {
        n_rows: n as u64,
        by_risk,
        by_value,
        costs: costs.clone(),
    })
}

/// The decision threshold that brings most by the probabilities: customers at or above it are contacted, whatever they are
/// worth, within the capacity. 1 where no contact pays.
///
/// Where all are worth the same this is `contact / (success · value)`, met by a customer.
///
/// # Errors
/// As [`Customers::ranked`].
pub fn best_threshold(customers: &Customers<'_>, costs: &Costs) -> Result<f64> {
    customers.check()?;
    let n = customers.proba.len();
    let order = ranking::ranked(|i| customers.proba[i], n, "probability")?;
    let reach = costs.reach(n as u64) as usize;
    let unit = unit(costs);
    let (mut profit, mut most, mut threshold) = (0.0, 0.0, 1.0);
    for (k, i) in order.iter().enumerate().take(reach) {
        let i = *i as usize;
        profit += costs.gain(customers.proba[i], customers.worth(i) * unit);
        // A threshold takes all of one probability or none.
        let next = order.get(k + 1).map(|j| customers.proba[*j as usize]);
        if profit > most && next != Some(customers.proba[i]) {
            (most, threshold) = (profit, customers.proba[i]);
        }
    }
    Ok(threshold)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;

    const PROBA: [f64; 5] = [0.1, 0.8, 0.4, 0.2, 0.6];
    const VALUE: [f64; 5] = [100.0, 10.0, 50.0, 100.0, 20.0];
    const LEFT: [bool; 5] = [false, true, true, false, true];

    fn costs() -> Costs {
        Costs {
            contact: 4.0,
            success: 0.5,
            value: ValueOf::Column("v".into()),
            ..Costs::default()
        }
    }

    /// At risk: 10, 8, 20, 20, 12. In order: the third (50 of value, left), the fourth (100, stayed), the fifth (20,
    /// left), the first (100, stayed), the second (10, left). A contact pays above 4 / 0.5 = 8 at risk: four of them.
    #[test]
    fn a_case_by_hand() {
        let customers = Customers {
            proba: &PROBA,
            value: Some(&VALUE),
            truth: Some(&LEFT),
        };
        let order = customers.ranked().unwrap();
        assert_eq!(order, [2, 3, 4, 0, 1]);
        let mut quiet = Quiet;
        let run = Run::new(&mut quiet, 7);
        let profit = profit(&customers, &costs(), 1, &run).unwrap();
        let ladder = &profit.by_risk;
        assert_eq!(ladder.n, [0, 1, 2, 3, 4, 5]);
        assert_eq!(ladder.observed, [0.0, 50.0, 50.0, 70.0, 70.0, 80.0]);
        assert_eq!(ladder.risk, [0.0, 20.0, 40.0, 52.0, 62.0, 70.0]);
        let best = profit.at(&costs()).unwrap();
        assert_eq!(best.n, 4);
        assert_eq!(best.threshold, 10.0);
        // 0.5 · (50 + 20) − 4 · 4, against 0.5 · 80 − 5 · 4, and by value the same four.
        assert_eq!((best.gain, best.everybody), (19.0, 20.0));
        assert_eq!(best.expected, 0.5 * 62.0 - 16.0);
        // By value alone: 100, 100, 50, 20: those two who left.
        assert_eq!(best.by_value, Some(19.0));
        assert_eq!(best.random, 0.8 * 20.0);
        assert!(best.low <= best.gain && best.gain <= best.high);
        // By probability 0.8, 0.6, 0.4, 0.2, 0.1 the gains are 0, 2, 6, 6, 1: all of them pay together.
        assert_eq!(best_threshold(&customers, &costs()).unwrap(), 0.1);
        let dear = Costs {
            contact: 9.5,
            ..costs()
        };
        // Then -5.5, -3.5, 0.5, 0.5, -4.5: never above nothing.
        assert_eq!(best_threshold(&customers, &dear).unwrap(), 1.0);
    }

    #[test]
    fn unknown_outcomes_vary_as_the_probabilities_say() {
        let customers = Customers {
            proba: &PROBA,
            value: None,
            truth: None,
        };
        let mut quiet = Quiet;
        let run = Run::new(&mut quiet, 7);
        let costs = Costs {
            value: ValueOf::Number(100.0),
            ..costs()
        };
        let profit = profit(&customers, &costs, 1, &run).unwrap();
        assert!(!profit.is_observed() && profit.by_value.is_none());
        // A contact pays above 8 of 100: all five.
        let best = profit.at(&costs).unwrap();
        assert_eq!((best.n, best.gain), (5, best.expected));
        let variance: f64 = PROBA.iter().map(|p| p * (1.0 - p)).sum();
        let half = 0.5 * 100.0 * Z95 * variance.sqrt();
        assert!((best.high - best.gain - half).abs() < 1e-9);
        let capacity = Some(2);
        let few = Costs { capacity, ..costs };
        let few = profit.at(&few).unwrap();
        assert_eq!((few.n, few.threshold), (2, 60.0));
    }

    #[test]
    fn what_cannot_be_ranked_is_refused() {
        let bad = |proba: &[f64], value: &[f64]| {
            let customers = Customers {
                proba,
                value: Some(value),
                truth: None,
            };
            customers.ranked().unwrap_err().code()
        };
        assert_eq!(bad(&[0.5], &[1.0, 2.0]), "shape");
        assert_eq!(bad(&[1.5], &[1.0]), "param");
        assert_eq!(bad(&[f64::NAN], &[1.0]), "param");
        assert_eq!(bad(&[0.5], &[-1.0]), "param");
        assert_eq!(bad(&[0.5], &[f64::INFINITY]), "param");
    }
}
