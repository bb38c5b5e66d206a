//! Cohorts: what becomes of customers who started in one month, and what leaves and grows from month to month.
//!
//! Months are whole numbers, one apart ([`month_of_day`]). A customer is active in a month with an event in it whose
//! amounts do not add up to less than 0; the revenue of a month is that sum, refunds taken off.
use super::same_length;
use crate::base::{Error, Result};

/// Most months between the first and the last.
const MOST_MONTHS: i64 = 1_200;

/// Month since the year 0 of a day counted from 1 January 1970, in the Gregorian calendar; 0 for what is not a number.
pub fn month_of_day(day: f64) -> i32 {
    if day.is_nan() {
        return 0;
    }
    // Counted from 1 March of the year 0, in cycles of 400 years.
    let days = day.floor().clamp(-7e8, 7e8) as i64 + 719_468;
    let cycle = days.div_euclid(146_097);
    let of_cycle = days.rem_euclid(146_097);
    let year = (of_cycle - of_cycle / 1_460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    ((cycle * 400 + year) * 12 + march + 2) as i32
}

/// A customer in a month.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Active {
    customer: u32,
    month: i32,
    revenue: f64,
}

/// Customers by month, and how many rows were left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Activity {
    /// By customer, then month.
    active: Vec<Active>,
    /// Rows without an amount, counted as 0.
    pub no_amount: u64,
    /// Customers' months whose amounts add up to less than 0: not active, their amounts left out.
    pub negative: u64,
}

impl Activity {
    /// From events: customer codes, months and amounts, `(n_rows,)` each. Without amounts every event is worth 0.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths disagree; [`Error::TooFewRows`] when nobody is ever active; [`Error::Param`] for
    /// months more than a hundred years apart.
    pub fn of_events(customer: &[u32], month: &[i32], amount: Option<&[f64]>) -> Result<Self> {
        same_length("months", customer.len(), month.len())?;
        if let Some(amount) = amount {
            same_length("amounts", customer.len(), amount.len())?;
        }
        let mut out = Self::default();
        let mut keyed: Vec<(u32, i32, u32)> = Vec::with_capacity(month.len());
        keyed.extend((0..month.len()).map(|i| (customer[i], month[i], i as u32)));
        keyed.sort_unstable();
        for rows in keyed.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let mut revenue = 0.0;
            for (.., i) in rows {
                let of = amount.map_or(0.0, |a| a[*i as usize]);
                if of.abs() <= 1e12 {
                    revenue += of;
                } else {
                    out.no_amount += 1;
                }
            }
            if revenue < 0.0 {
                out.negative += 1;
                continue;
            }
            out.active.push(Active {
                customer: rows[0].0,
                month: rows[0].1,
                revenue,
            });
        }
        out.checked()
    }

    /// From subscriptions: each customer is active from the month `start` up to the month before `end`, up to and with
    /// `last` without one, for `revenue` a month. A customer may have several, one after the other or at once.
    ///
    /// # Errors
    /// As [`Activity::of_events`]; also [`Error::Memory`] for more than 50 million months of customers.
    pub fn of_spans(
        customer: &[u32],
        start: &[i32],
        end: &[Option<i32>],
        revenue: Option<&[f64]>,
        last: i32,
    ) -> Result<Self> {
        let n = customer.len();
        same_length("starts", n, start.len())?;
        same_length("ends", n, end.len())?;
        if let Some(revenue) = revenue {
            same_length("revenue", n, revenue.len())?;
        }
        let span = |i: usize| {
            let stop = end[i].map_or(i64::from(last) + 1, |e| {
                i64::from(e).min(i64::from(last) + 1)
            });
            i64::from(start[i])..stop
        };
        let total: i64 = (0..n).map(|i| (span(i).end - span(i).start).max(0)).sum();
        if total > 50_000_000 {
            return Err(Error::memory(total as u64 * 24));
        }
        let (mut who, mut when, mut what) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..n {
            for month in span(i) {
                who.push(customer[i]);
                when.push(month as i32);
                what.push(revenue.map_or(0.0, |r| r[i]));
            }
        }
        Self::of_events(&who, &when, Some(&what))
    }

    fn checked(self) -> Result<Self> {
        let (first, last) = self.range();
        if self.active.is_empty() {
            return Err(Error::TooFewRows {
                needed: 1,
                found: 0,
            });
        }
        if i64::from(last) - i64::from(first) >= MOST_MONTHS {
            let most = f64::from(first) + MOST_MONTHS as f64 - 1.0;
            return Err(Error::out_of_range("month", f64::from(first), most));
        }
        Ok(self)
    }

    /// First and last month.
    fn range(&self) -> (i32, i32) {
        let months = self.active.iter().map(|a| a.month);
        months.fold((i32::MAX, i32::MIN), |(a, b), m| (a.min(m), b.max(m)))
    }

    /// By month of start; months up to the last one that anybody is active in.
    pub fn cohorts(&self) -> Cohorts {
        let (first, last) = self.range();
        let n_months = (last - first + 1).max(0) as usize;
        let mut all: Vec<Cohort> = (0..n_months)
            .map(|k| Cohort {
                month: first + k as i32,
                n_customers: 0,
                active: vec![0; n_months - k],
                revenue: vec![0.0; n_months - k],
            })
            .collect();
        for rows in self.active.chunk_by(|a, b| a.customer == b.customer) {
            let start = rows[0].month;
            let cohort = &mut all[(start - first) as usize];
            cohort.n_customers += 1;
            for a in rows {
                let age = (a.month - start) as usize;
                cohort.active[age] += 1;
                cohort.revenue[age] += a.revenue;
            }
        }
        all.retain(|c| c.n_customers > 0);
        Cohorts { first, last, all }
    }

    /// What changed against `lag` months before (1 for month on month, 12 for year on year), for every month that has
    /// one.
    ///
    /// # Errors
    /// [`Error::Param`] for a lag of 0 or beyond the months there are.
    pub fn movements(&self, lag: u32) -> Result<Vec<Movement>> {
        let (first, last) = self.range();
        let most = i64::from(last) - i64::from(first);
        if lag == 0 || i64::from(lag) > most {
            return Err(Error::out_of_range("lag", 1.0, most.max(1) as f64));
        }
        let lag = lag as i32;
        let mut out: Vec<Movement> = (first + lag..=last).map(Movement::new).collect();
        for rows in self.active.chunk_by(|a, b| a.customer == b.customer) {
            let start = rows[0].month;
            let before = |month: i32| {
                let at = rows.binary_search_by_key(&month, |a| a.month);
                at.ok().map(|i| rows[i].revenue)
            };
            for a in rows {
                // The month itself, against the one before.
                if let Some(m) = out.get_mut((a.month - first - lag).max(-1) as usize) {
                    m.add(
                        before(a.month - lag),
                        Some(a.revenue),
                        start > a.month - lag,
                    );
                }
                // The month later, where the customer is gone.
                let later = a.month + lag;
                if later <= last
                    && before(later).is_none()
                    && let Some(m) = out.get_mut((later - first - lag) as usize)
                {
                    m.add(Some(a.revenue), None, false);
                }
            }
        }
        Ok(out)
    }
}

/// Customers who started in one month.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohort {
    /// Month of the first activity.
    pub month: i32,
    /// Customers.
    pub n_customers: u64,
    /// Active customers by months since the start, as far as there are months to see.
    pub active: Vec<u64>,
    /// Their revenue.
    pub revenue: Vec<f64>,
}

impl Cohort {
    /// Share of the customers active so many months after the start; `None` where that is not yet seen.
    pub fn retention(&self, age: usize) -> Option<f64> {
        let of = |n: &u64| *n as f64 / self.n_customers.max(1) as f64;
        self.active.get(age).map(of)
    }

    /// Revenue so many months after the start over that of the first month; `None` where not yet seen or nothing came
    /// in at first.
    pub fn revenue_retention(&self, age: usize) -> Option<f64> {
        let first = self.revenue.first().copied().unwrap_or(0.0);
        let of = |r: &f64| r / first;
        self.revenue.get(age).map(of).filter(|_| first > 0.0)
    }
}

/// All cohorts with a customer, by month.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohorts {
    /// First month.
    pub first: i32,
    /// Last month seen.
    pub last: i32,
    /// The cohorts.
    pub all: Vec<Cohort>,
}

impl Cohorts {
    /// Share active so many months after the start, over all cohorts seen that long; `None` beyond.
    pub fn retention(&self, age: usize) -> Option<f64> {
        let seen = self.all.iter().filter(|c| age < c.active.len());
        let (active, n) = seen.fold((0, 0), |(a, n), c| (a + c.active[age], n + c.n_customers));
        (n > 0).then(|| active as f64 / n as f64)
    }

    /// Revenue so many months after the start over that of the first month, over all cohorts seen that long.
    pub fn revenue_retention(&self, age: usize) -> Option<f64> {
        let seen = self.all.iter().filter(|c| age < c.revenue.len());
        let (later, first) = seen.fold((0.0, 0.0), |(a, f), c| {
            (a + c.revenue[age], f + c.revenue[0])
        });
        (first > 0.0).then(|| later / first)
    }
}

/// What changed from one month to a later one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Movement {
    /// The later month.
    pub month: i32,
    /// Customers active in the month before.
    pub customers_before: u64,
    /// Of these, gone.
    pub customers_lost: u64,
    /// Active for the first time since the month before.
    pub customers_new: u64,
    /// Active again who were not in the month before, but earlier.
    pub customers_back: u64,
    /// Revenue in the month before.
    pub before: f64,
    /// More than before from customers who stayed.
    pub expansion: f64,
    /// Less than before from customers who stayed, as a positive number.
    pub contraction: f64,
    /// What those gone brought before.
    pub lost: f64,
    /// From new customers.
    pub new: f64,
    /// From those who came back.
    pub back: f64,
}

impl Movement {
    fn new(month: i32) -> Self {
        Self {
            month,
            customers_before: 0,
            customers_lost: 0,
            customers_new: 0,
            customers_back: 0,
            before: 0.0,
            expansion: 0.0,
            contraction: 0.0,
            lost: 0.0,
            new: 0.0,
            back: 0.0,
        }
    }

    fn add(&mut self, before: Option<f64>, now: Option<f64>, is_new: bool) {
        match (before, now) {
            (Some(was), Some(is)) => {
                self.customers_before += 1;
                self.before += was;
                self.expansion += (is - was).max(0.0);
                self.contraction += (was - is).max(0.0);
            }
            (Some(was), None) => {
                self.customers_before += 1;
                self.customers_lost += 1;
                self.before += was;
                self.lost += was;
            }
            (None, Some(is)) if is_new => {
                self.customers_new += 1;
                self.new += is;
            }
            (None, Some(is)) => {
                self.customers_back += 1;
                self.back += is;
            }
            (None, None) => {}
        }
    }

    /// Revenue in the later month.
    pub fn after(&self) -> f64 {
        self.before + self.expansion - self.contraction - self.lost + self.new + self.back
    }

    /// Share of the customers before that are gone; `None` where there were none.
    pub fn logo_churn(&self) -> Option<f64> {
        (self.customers_before > 0)
            .then(|| self.customers_lost as f64 / self.customers_before as f64)
    }

    /// Share of the revenue before that is gone, by customers who left or pay less; `None` where there was none.
    pub fn revenue_churn(&self) -> Option<f64> {
        self.share(self.lost + self.contraction)
    }

    /// Gross revenue retention: what is left of the revenue before without any growth, 0 to 1.
    pub fn grr(&self) -> Option<f64> {
        self.share(self.before - self.lost - self.contraction)
    }

    /// Net revenue retention: what customers of the month before bring now over what they brought.
    pub fn nrr(&self) -> Option<f64> {
        self.share(self.before - self.lost - self.contraction + self.expansion)
    }

    fn share(&self, part: f64) -> Option<f64> {
        (self.before > 0.0).then(|| (part / self.before).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Customer 0: months 0, 1, 2 for 10, 15, 5. Customer 1: months 0, 2 for 20, 20. Customer 2: months 1, 2 for 30,
    /// 30.
    fn activity() -> Activity {
        let customer = [0, 0, 0, 1, 1, 2, 2, 2, 3];
        let month = [0, 1, 2, 0, 2, 1, 2, 2, 1];
        let amount = [10.0, 15.0, 5.0, 20.0, 20.0, 30.0, 40.0, -10.0, -7.0];
        Activity::of_events(&customer, &month, Some(&amount)).unwrap()
    }

    #[test]
    fn cohorts_by_hand() {
        let a = activity();
        assert_eq!((a.negative, a.no_amount), (1, 0));
        let c = a.cohorts();
        assert_eq!((c.first, c.last, c.all.len()), (0, 2, 2));
        assert_eq!(c.all[0].active, [2, 1, 2]);
        assert_eq!(c.all[0].revenue, [30.0, 15.0, 25.0]);
        assert_eq!(c.all[1].active, [1, 1]);
        assert_eq!(c.all[1].retention(2), None);
        assert_eq!(c.retention(1), Some(2.0 / 3.0));
        assert_eq!(c.revenue_retention(1), Some(45.0 / 60.0));
        assert_eq!(c.retention(3), None);
    }

    #[test]
    fn movements_by_hand() {
        let got = activity().movements(1).unwrap();
        let first = got[0];
        assert_eq!(
            (first.month, first.customers_before, first.customers_lost),
            (1, 2, 1)
        );
        assert_eq!(
            (first.before, first.expansion, first.lost, first.new),
            (30.0, 5.0, 20.0, 30.0)
        );
        assert_eq!(first.after(), 45.0);
        assert_eq!(
            (first.logo_churn(), first.grr(), first.nrr()),
            (Some(0.5), Some(10.0 / 30.0), Some(0.5))
        );
        let second = got[1];
        assert_eq!(
            (
                second.customers_before,
                second.customers_lost,
                second.customers_back
            ),
            (2, 0, 1)
        );
        assert_eq!(
            (second.contraction, second.back, second.after()),
            (10.0, 20.0, 55.0)
        );
        assert_eq!(
            (second.logo_churn(), second.revenue_churn()),
            (Some(0.0), Some(10.0 / 45.0))
        );
        let two = activity().movements(2).unwrap();
        assert_eq!((two.len(), two[0].customers_new, two[0].new), (1, 1, 30.0));
        assert_eq!(
            (two[0].before, two[0].nrr(), two[0].grr()),
            (30.0, Some(25.0 / 30.0), Some(25.0 / 30.0))
        );
        assert!(activity().movements(0).is_err() && activity().movements(3).is_err());
    }

    #[test]
    fn spans_are_months_of_activity() {
        let end = [Some(3), None, Some(0)];
        let got =
            Activity::of_spans(&[0, 1, 2], &[1, 2, 5], &end, Some(&[10.0, 5.0, 1.0]), 4).unwrap();
        let c = got.cohorts();
        assert_eq!(
            (c.all[0].active.clone(), c.all[1].active.clone()),
            (vec![1, 1, 0, 0], vec![1, 1, 1])
        );
        let m = got.movements(1).unwrap();
        assert_eq!((m[1].month, m[1].lost, m[1].customers_lost), (3, 10.0, 1));
        let far = Activity::of_spans(&[0], &[0], &[None], None, i32::MAX);
        assert_eq!(far.unwrap_err().code(), "memory");
        let none = Activity::of_spans(&[], &[], &[], None, 4);
        assert_eq!(none.unwrap_err().code(), "too_few_rows");
        let apart = Activity::of_events(&[0, 0], &[i32::MIN, i32::MAX], None);
        assert_eq!(apart.unwrap_err().code(), "param");
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        for (day, year, month) in [
            (0.0, 1970, 1),
            (30.9, 1970, 1),
            (31.0, 1970, 2),
            (-1.0, 1969, 12),
            (11_016.0, 2000, 2),
            (11_017.0, 2000, 3),
            (19_782.0, 2024, 2),
            (20_088.0, 2024, 12),
            (20_089.0, 2025, 1),
        ] {
            assert_eq!(month_of_day(day), year * 12 + month - 1, "{day}");
        }
        assert_eq!(month_of_day(f64::NAN), 0);
    }
}
