//! Windows of the list, marks, and what the marks are for: a fair comparison.
use super::{Seen, by_reason, counts, why::N_REASONS};
use crate::{
    analyses::book::{Drawn, draw, effect, id_text},
    base::{Error, Mark, Query, Result, Run},
    protocol::desk::{Arm, CustomerRow, DeskAnswer, Effect, Group, MAX_DRAWN, MAX_WINDOW, Window},
};
use std::rc::Rc;

/// How many reasons are wanted.
pub(super) fn reasons(n: u32) -> Result<usize> {
    if n as usize > N_REASONS {
        return Err(Error::out_of_range("n_reasons", 0.0, N_REASONS as f64));
    }
    Ok(n as usize)
}

impl Seen<'_> {
    /// The list of a query.
    pub(super) fn view(
        &mut self,
        query: &Query,
        run: &mut Run<'_>,
    ) -> Result<Rc<crate::analyses::book::View>> {
        if by_reason(query) {
            self.find_causes(run)?;
        }
        let it = &mut *self.it;
        let table = it.own.as_ref().unwrap_or(&self.held.table);
        it.lists.view(&it.book, table, &it.marks, query)
    }

    /// A line of the list, with the reasons that were worked out.
    pub(super) fn row(&self, customer: usize, n_reasons: usize) -> CustomerRow {
        let why = self
            .it
            .why
            .get(&(customer as u32))
            .filter(|_| n_reasons > 0);
        let (book, table) = (&self.it.book, self.table());
        let row = book.row(customer);
        CustomerRow {
            row: row as u64 + 1,
            id: id_text(table, book.plan.id.as_deref(), row),
            probability: book.probability(customer),
            value: book.value(customer),
            at_risk: book.at_risk(customer),
            gain: book.gain(customer),
            before: book.before(customer),
            health: book.health(customer),
            health_before: book.health_before(customer),
            mark: self.it.marks.get(customer).cloned(),
            reasons: why
                .map(|k| k.reasons.iter().take(n_reasons).cloned().collect())
                .unwrap_or_default(),
            action: why.map(|k| k.action.clone()),
        }
    }

    /// A window of the list.
    pub(super) fn window(
        &mut self,
        query: &Query,
        (offset, n): (u64, u32),
        n_reasons: u32,
        run: &mut Run<'_>,
    ) -> Result<Window> {
        let n_reasons = reasons(n_reasons)?;
        if n > MAX_WINDOW {
            return Err(Error::out_of_range("n", 0.0, f64::from(MAX_WINDOW)));
        }
        let view = self.view(query, run)?;
        let from =
            usize::try_from(offset).map_or(view.customers.len(), |o| o.min(view.customers.len()));
        let to = (from + n as usize).min(view.customers.len());
        let shown = view.customers.get(from..to).unwrap_or_default();
        if n_reasons > 0 {
            self.explain(shown, run)?;
        }
        Ok(Window {
            matching: counts(view.money),
            groups: view
                .groups
                .iter()
                .map(|g| Group {
                    level: g.level.clone(),
                    counts: counts(g.money),
                })
                .collect(),
            offset: from as u64,
            rows: shown
                .iter()
                .map(|c| self.row(*c as usize, n_reasons))
                .collect(),
        })
    }

    /// Takes up marks.
    pub(super) fn mark(&mut self, marks: Vec<Mark>, all: bool, revision: u64) -> DeskAnswer {
        let it = &mut *self.it;
        let table = it.own.as_ref().unwrap_or(&self.held.table);
        if all {
            it.marks = crate::analyses::book::Marks::default();
        }
        it.marks.put(&it.book, table, marks);
        it.revision = revision;
        it.lists.forget_marks();
        let (n_marked, n_unknown) = it.marks.counts();
        DeskAnswer::Marked {
            n_marked: n_marked as u64,
            n_unknown: n_unknown as u64,
        }
    }

    /// Draws who is left alone.
    pub(super) fn draw(
        &mut self,
        query: &Query,
        n: Option<u64>,
        share: f64,
        seed: u64,
        run: &mut Run<'_>,
    ) -> Result<DeskAnswer> {
        self.it.book.plan.needs_classes()?;
        let view = self.view(query, run)?;
        let n = n.unwrap_or(u64::MAX).min(view.customers.len() as u64);
        if n > MAX_DRAWN {
            return Err(Error::out_of_range("n", 1.0, MAX_DRAWN as f64));
        }
        let among = view.customers.get(..n as usize).unwrap_or_default();
        let (it, table) = (&*self.it, self.table());
        let Drawn {
            customers,
            held_out,
        } = draw(&it.book, &it.marks, among, share, seed)?;
        let marks = customers.iter().zip(&held_out).map(|(c, held_out)| Mark {
            held_out: Some(*held_out),
            ..it.marks.or_new(&it.book, table, *c as usize)
        });
        Ok(DeskAnswer::Drawn {
            marks: marks.collect(),
            n_held_out: held_out.iter().filter(|h| **h).count() as u64,
            n_rows: table.n_rows() as u64,
        })
    }

    /// What the offers have changed.
    pub(super) fn effect(&self, since_row: u64) -> Result<Effect> {
        self.it.book.plan.needs_classes()?;
        let since = usize::try_from(since_row).unwrap_or(usize::MAX);
        let found = effect(&self.it.book, self.table(), &self.it.marks, since);
        let arm = |a: &crate::analyses::book::Half| Arm {
            n: a.n,
            n_known: a.n_known,
            n_happened: a.n_happened,
            rate: a.rate,
            expected: a.expected,
        };
        Ok(Effect {
            held_out: arm(&found.held_out),
            treated: arm(&found.treated),
            difference: found.difference,
            kept: found.kept,
            mean_value: found.mean_value,
            n_needed: found.n_needed,
        })
    }
}
