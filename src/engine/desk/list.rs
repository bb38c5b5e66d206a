//! Windows of the list, marks, and what the marks are for: a fair comparison.
use super::{Seen, counts};
use crate::{
    analyses::book::{Drawn, draw, effect, id_text},
    base::{Error, Mark, Query, Result},
    protocol::desk::{Arm, CustomerRow, DeskAnswer, Effect, Group, MAX_DRAWN, MAX_WINDOW, Window},
};
use std::rc::Rc;

impl Seen<'_> {
    /// The list of a query.
    pub(super) fn view(&mut self, query: &Query) -> Result<Rc<crate::analyses::book::View>> {
        let it = &mut *self.it;
        let table = it.own.as_ref().unwrap_or(&self.held.table);
        it.lists.view(&it.book, table, &it.marks, query)
    }

    /// A line of the list.
    pub(super) fn row(&self, customer: usize) -> CustomerRow {
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
            mark: self.it.marks.get(customer).cloned(),
        }
    }

    /// A window of the list.
    pub(super) fn window(&mut self, query: &Query, offset: u64, n: u32) -> Result<Window> {
        if n > MAX_WINDOW {
            return Err(Error::out_of_range("n", 0.0, f64::from(MAX_WINDOW)));
        }
        let view = self.view(query)?;
        let from =
            usize::try_from(offset).map_or(view.customers.len(), |o| o.min(view.customers.len()));
        let to = (from + n as usize).min(view.customers.len());
        let shown = view.customers.get(from..to).unwrap_or_default();
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
            rows: shown.iter().map(|c| self.row(*c as usize)).collect(),
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
    ) -> Result<DeskAnswer> {
        self.it.book.plan.needs_classes()?;
        let view = self.view(query)?;
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
