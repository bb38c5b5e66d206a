//! The whole at a glance.
use super::Seen;
use crate::base::order::Ordered;
use crate::{
    analyses::book::expected,
    base::{Filter, Key, Op, Query, Result, Run},
    protocol::desk::{Band, Cause, Overview},
};

/// Bands of probability.
const N_BANDS: u32 = 5;

impl Seen<'_> {
    /// Totals, what is to be expected, and where the risk lies.
    pub(super) fn overview(&mut self, run: &mut Run<'_>) -> Result<Overview> {
        self.it.book.plan.needs_classes()?;
        self.find_causes(run)?;
        let metric = |key: &str| {
            let metrics = &self.opened.artifact.metrics;
            metrics.iter().find(|(k, _)| k == key).map_or(0.0, |m| m.1)
        };
        let (brier, n_test) = (metric("brier_score"), metric("n_test"));
        let book = &self.it.book;
        let found = expected(book, book.listed.iter(), brier, n_test);
        let band = |i: u32| {
            let from = f64::from(i) / f64::from(N_BANDS);
            let to = f64::from(i + 1) / f64::from(N_BANDS);
            let is_last = i + 1 == N_BANDS;
            // A range includes both ends: the largest number below stands for one that is left out.
            let max = if is_last { 1.0 } else { to.next_down() };
            let is_in = |c: &usize| (from..=max).contains(&book.probability(*c));
            Band {
                from,
                to,
                counts: self.counts(book.listed.iter().filter(is_in)),
                query: Query {
                    filters: vec![Filter {
                        key: Key::Probability,
                        op: Op::Range {
                            min: Some(from),
                            max: Some(max),
                        },
                    }],
                    ..Query::default()
                },
            }
        };
        let risk = (0..N_BANDS).rev().map(band).collect();
        let listed = self.counts(book.listed.iter());
        let over = self.counts(book.listed.iter().filter(|c| book.is_over(*c)));
        let by_gain = self.view(&Query::default(), run)?;
        let book = &self.it.book;
        let reach = book.plan.costs.reach(by_gain.customers.len() as u64);
        let pays = by_gain
            .customers
            .iter()
            .take(reach as usize)
            .map(|c| *c as usize)
            .take_while(|c| book.gain(*c) > 0.0);
        Ok(Overview {
            listed,
            over,
            expected: found.n,
            expected_money: found.money,
            risk,
            health: self.health_bands(),
            worth_it: self.counts(pays),
            causes: self.causes(),
            explained: self.counts(book.reasons().map(|(c, _)| c)),
        })
    }

    /// Customers by their strongest reason, with the query that lists them.
    fn causes(&self) -> Vec<Cause> {
        let book = &self.it.book;
        let mut names: Vec<&str> = book.reasons().map(|(_, name)| name).collect();
        names.order_by(Ord::cmp);
        names.dedup();
        let cause = |name: &str| Cause {
            column: name.to_owned(),
            counts: self.counts(book.reasons().filter(|r| r.1 == name).map(|r| r.0)),
            query: Query {
                filters: vec![Filter {
                    key: Key::Reason,
                    op: Op::OneOf(vec![name.to_owned()]),
                }],
                ..Query::default()
            },
        };
        let mut causes: Vec<Cause> = names.into_iter().map(cause).collect();
        causes.order_by(|a, b| b.counts.at_risk.total_cmp(&a.counts.at_risk));
        causes
    }
}
