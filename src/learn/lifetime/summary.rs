//! Events to one line per customer.
use super::same_length;
use crate::base::{Error, Result};

/// Most purchases of one customer that the models are made for.
pub const MOST_PURCHASES: u32 = 100_000;
/// Amounts and days beyond this are taken as missing.
const ABSURD: f64 = 1e12;

/// Purchases, one per row, in any order.
#[derive(Debug, Clone, Copy)]
pub struct Events<'a> {
    /// Customer code of each row, below `n_customers`.
    pub customer: &'a [u32],
    /// Number of customers.
    pub n_customers: usize,
    /// Days since any fixed day, `(n_rows,)`; parts of a day are dropped. NaN is missing.
    pub day: &'a [f64],
    /// Amount of each row in one currency; below 0 for refunds.
    pub amount: Option<&'a [f64]>,
}

/// Rows of the events that were not used as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Left {
    /// Without a day.
    pub no_day: u64,
    /// After the end of observation.
    pub after_end: u64,
    /// Without an amount, counted as 0.
    pub no_amount: u64,
    /// Days of a customer whose amounts add up to less than 0: no purchase, taken off what the customer spent.
    pub refund_days: u64,
    /// Customers without a purchase up to the end.
    pub no_purchase: u64,
}

/// What the models look at, one line per customer with at least one purchase; all lists have one length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// Customer codes, rising.
    pub customer: Vec<u32>,
    /// Days with a purchase after the first such day.
    pub frequency: Vec<u32>,
    /// Time from the first purchase to the last; 0 where there is one only.
    pub recency: Vec<f64>,
    /// Time from the first purchase to the end of observation.
    pub age: Vec<f64>,
    /// Mean amount of the days that `frequency` counts, not below 0; 0 where there are none. Empty without amounts.
    pub monetary: Vec<f64>,
    /// What was left out.
    pub left: Left,
}

impl Summary {
    /// From events up to and including the day `end`; `unit` is the length of a unit of time in days (7 for weeks).
    ///
    /// Several purchases of a customer on one day are one, as in the papers on these models.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths disagree; [`Error::Param`] for a code that is no customer, an `end` or `unit` that
    /// is not finite or not positive, and more than [`MOST_PURCHASES`] of one customer; [`Error::TooFewRows`] when
    /// nothing is left.
    pub fn of_events(events: &Events<'_>, end: f64, unit: f64) -> Result<Self> {
        let n = events.customer.len();
        same_length("days", n, events.day.len())?;
        if let Some(amount) = events.amount {
            same_length("amounts", n, amount.len())?;
        }
        if !end.is_finite() || end.abs() > ABSURD {
            return Err(Error::out_of_range("end", -ABSURD, ABSURD));
        }
        if !(unit > 0.0 && unit <= 1e6) {
            return Err(Error::out_of_range("unit", f64::MIN_POSITIVE, 1e6));
        }
        let mut left = Left::default();
        let end = end.floor();
        let mut keyed: Vec<(u32, i64, u32)> = Vec::with_capacity(n);
        for (i, (code, day)) in events.customer.iter().zip(events.day).enumerate() {
            if *code as usize >= events.n_customers {
                let most = events.n_customers.saturating_sub(1) as f64;
                return Err(Error::out_of_range("customer", 0.0, most));
            }
            if !day.is_finite() || day.abs() > ABSURD {
                left.no_day += 1;
            } else if day.floor() > end {
                left.after_end += 1;
            } else {
                keyed.push((*code, day.floor() as i64, i as u32));
            }
        }
        keyed.sort_unstable();
        let mut out = Self::default();
        for rows in keyed.chunk_by(|a, b| a.0 == b.0) {
            out.push(rows, events.amount, end, unit, &mut left)?;
        }
        if out.customer.is_empty() {
            return Err(Error::TooFewRows {
                needed: 1,
                found: 0,
            });
        }
        left.no_purchase = events.n_customers.saturating_sub(out.customer.len()) as u64;
        out.left = left;
        Ok(out)
    }

    /// The rows of one customer, by day.
    fn push(
        &mut self,
        rows: &[(u32, i64, u32)],
        amount: Option<&[f64]>,
        end: f64,
        unit: f64,
        left: &mut Left,
    ) -> Result<()> {
        let (mut first, mut last) = (None, 0.0);
        let (mut count, mut sum) = (0_u32, 0.0);
        for day in rows.chunk_by(|a, b| a.1 == b.1) {
            let mut spent = 0.0;
            for (_, _, row) in day {
                let of = amount.map_or(0.0, |a| a[*row as usize]);
                if of.is_finite() && of.abs() <= ABSURD {
                    spent += of;
                } else {
                    left.no_amount += 1;
                }
            }
            let at = day.first().map_or(0, |d| d.1) as f64;
            if spent < 0.0 {
                left.refund_days += 1;
                sum += spent;
            } else if first.is_none() {
                first = Some(at);
                last = at;
                // Refunds before anything was bought have nothing to be taken off.
                sum = 0.0;
            } else {
                count += 1;
                last = at;
                sum += spent;
            }
        }
        let (Some(first), Some((code, ..))) = (first, rows.first()) else {
            return Ok(());
        };
        if count > MOST_PURCHASES {
            return Err(too_many());
        }
        self.customer.push(*code);
        self.frequency.push(count);
        self.recency.push((last - first) / unit);
        self.age.push((end - first) / unit);
        if amount.is_some() {
            let mean = sum / f64::from(count.max(1));
            self.monetary
                .push(if count > 0 { mean.max(0.0) } else { 0.0 });
        }
        Ok(())
    }

    /// Number of customers.
    pub fn len(&self) -> usize {
        self.frequency.len()
    }

    /// Whether there is no customer.
    pub fn is_empty(&self) -> bool {
        self.frequency.is_empty()
    }

    /// Amounts, where there are any.
    pub fn amounts(&self) -> Option<&[f64]> {
        (!self.monetary.is_empty()).then_some(&*self.monetary)
    }

    /// Checks a summary that was made elsewhere.
    ///
    /// # Errors
    /// [`Error::TooFewRows`] without customers; [`Error::Shape`] when lengths disagree; [`Error::Param`] for a number
    /// that is missing, below 0 or absurd, or a recency beyond the age.
    pub fn check(&self) -> Result<()> {
        let n = self.len();
        if n == 0 {
            return Err(Error::TooFewRows {
                needed: 1,
                found: 0,
            });
        }
        same_length("recency", n, self.recency.len())?;
        same_length("age", n, self.age.len())?;
        if !self.monetary.is_empty() {
            same_length("monetary", n, self.monetary.len())?;
        }
        if self.frequency.iter().any(|x| *x > MOST_PURCHASES) {
            return Err(too_many());
        }
        let good = |v: &f64| (0.0..=ABSURD).contains(v);
        for (name, list) in [("age", &self.age), ("monetary", &self.monetary)] {
            if !list.iter().all(good) {
                return Err(Error::out_of_range(name, 0.0, ABSURD));
            }
        }
        let within = |(t, age): (&f64, &f64)| *t >= 0.0 && *t <= *age * (1.0 + 1e-9) + 1e-9;
        if !self.recency.iter().zip(&self.age).all(within) {
            let oldest = self.age.iter().copied().fold(0.0, f64::max);
            return Err(Error::out_of_range("recency", 0.0, oldest));
        }
        Ok(())
    }
}

fn too_many() -> Error {
    Error::out_of_range("frequency", 0.0, f64::from(MOST_PURCHASES))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events<'a>(customer: &'a [u32], day: &'a [f64], amount: &'a [f64]) -> Events<'a> {
        Events {
            customer,
            n_customers: 3,
            day,
            amount: Some(amount),
        }
    }

    #[test]
    fn a_case_by_hand() {
        let customer = [1, 0, 1, 0, 0, 1, 0, 0, 2];
        let day = [3.0, 10.5, 3.9, 0.0, 10.0, 40.0, 17.0, f64::NAN, 5.0];
        let amount = [5.0, 20.0, 2.0, 9.0, 10.0, 7.0, -6.0, 1.0, -1.0];
        let got = Summary::of_events(&events(&customer, &day, &amount), 21.0, 7.0).unwrap();
        assert_eq!(got.customer, [0, 1]);
        assert_eq!(got.frequency, [1, 0]);
        assert_eq!(got.recency, [10.0 / 7.0, 0.0]);
        assert_eq!(got.age, [3.0, 18.0 / 7.0]);
        // Two rows of day 10 are one purchase of 30, less a refund of 6.
        assert_eq!(got.monetary, [24.0, 0.0]);
        let left = Left {
            no_day: 1,
            after_end: 1,
            no_amount: 0,
            refund_days: 2,
            no_purchase: 1,
        };
        assert_eq!(got.left, left);
        got.check().unwrap();
    }

    #[test]
    fn bad_input_is_an_error() {
        let code = |r: Result<Summary>| r.unwrap_err().code();
        let of = |c: &[u32], d: &[f64], end, unit| {
            let amount = vec![1.0; c.len()];
            code(Summary::of_events(&events(c, d, &amount), end, unit))
        };
        assert_eq!(of(&[], &[], 1.0, 1.0), "too_few_rows");
        assert_eq!(of(&[0], &[], 1.0, 1.0), "shape");
        assert_eq!(of(&[7], &[0.0], 1.0, 1.0), "param");
        assert_eq!(of(&[0], &[0.0], f64::NAN, 1.0), "param");
        assert_eq!(of(&[0], &[0.0], 1.0, 0.0), "param");
        assert_eq!(of(&[0], &[9.0], 1.0, 1.0), "too_few_rows");
        let bad = Summary {
            frequency: vec![1],
            recency: vec![3.0],
            age: vec![2.0],
            ..Summary::default()
        };
        assert_eq!(bad.check().unwrap_err().code(), "param");
    }
}
