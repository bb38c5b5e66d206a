//! One customer in full.
use super::{
    Seen,
    turn::turn,
    why::{N_REASONS, explanation, typical},
};
use crate::base::order::Ordered;
use crate::{
    analyses::book::{id_text, record, score_rows, similar},
    base::{Error, Field, Result, Run},
    protocol::desk::{CustomerPage, Neighbour, PageField, Snapshot},
    table::{Column, Schema, Table, cell_text},
};

/// Most rows of a history; the latest are shown.
const MAX_HISTORY: usize = 100;
/// Most similar customers.
const MAX_SIMILAR: u32 = 100;
/// Columns named in which a similar customer differs.
const N_DIFFERENCES: usize = 3;

fn text(table: &Table, name: &str, row: usize) -> Option<String> {
    let (field, column) = table.at(table.schema().position(name).ok()?)?;
    cell_text(field, column, row)
}

impl Seen<'_> {
    /// The customer of a data row, from 1.
    ///
    /// # Errors
    /// [`Error::Param`] for a row that is not there.
    pub(super) fn at(&self, row: u64) -> Result<usize> {
        let n = self.table().n_rows();
        let row = row
            .checked_sub(1)
            .and_then(|row| usize::try_from(row).ok())
            .and_then(|row| self.it.book.customers.at(row));
        row.ok_or_else(|| Error::out_of_range("row", 1.0, n as f64))
    }

    /// Share of listed customers below, half of the equal ones counted; or with the same level.
    fn share(&self, column: &Column, row: usize) -> Option<f64> {
        if column.is_missing(row) {
            return None;
        }
        let book = &self.it.book;
        let (mut n, mut below) = (0_u64, 0.0);
        match column {
            Column::Text(c) | Column::Category(c) => {
                let here = c.codes.get(row);
                for customer in book.listed.iter() {
                    n += 1;
                    below += f64::from(u8::from(c.codes.get(book.row(customer)) == here));
                }
            }
            Column::Bool(v) => {
                let here = v.get(row);
                for customer in book.listed.iter() {
                    n += 1;
                    below += f64::from(u8::from(v.get(book.row(customer)) == here));
                }
            }
            _ => {
                let here = column.number(row)?;
                let others = book.listed.iter();
                for other in others.filter_map(|c| column.number(book.row(c))) {
                    n += 1;
                    below += match other.total_cmp(&here) {
                        std::cmp::Ordering::Less => 1.0,
                        std::cmp::Ordering::Equal => 0.5,
                        std::cmp::Ordering::Greater => 0.0,
                    };
                }
            }
        }
        (n > 0).then(|| below / n as f64)
    }

    /// Everything about the customer of a data row.
    pub(super) fn customer(
        &mut self,
        row: u64,
        n_similar: u32,
        actionable: &[String],
        run: &mut Run<'_>,
    ) -> Result<CustomerPage> {
        if n_similar > MAX_SIMILAR {
            return Err(Error::out_of_range(
                "n_similar",
                0.0,
                f64::from(MAX_SIMILAR),
            ));
        }
        let customer = self.at(row)?;
        self.explain(&[customer as u32], run)?;
        let (book, table) = (&self.it.book, self.table());
        let used = &self.it.used;
        let here = book.row(customer);
        let field = |(field, column): (&Field, &Column)| PageField {
            name: field.name.clone(),
            kind: Some(field.kind),
            text: cell_text(field, column, here),
            number: column.number(here),
            typical: typical(table, &self.held.profile, &field.name),
            share: self.share(column, here),
            is_used: used.contains(&field.name),
        };
        let risk = book.probability(customer);
        let (mut n, mut below) = (0_u64, 0.0);
        for p in book.listed.iter().map(|c| book.probability(c)) {
            n += 1;
            below += f64::from(u8::from(p < risk));
        }
        // What does not reach the model, such as the id, makes nobody alike.
        let inputs = self.opened.pipeline.input().fields.iter();
        let inputs = inputs.filter(|f| used.contains(&f.name)).cloned();
        let inputs = Schema::new(inputs.collect());
        let found = similar(book, table, &inputs, customer, n_similar as usize, run)?;
        let neighbour = |near: &crate::analyses::book::Near| {
            let at = book.row(near.customer);
            let differences = near.differences.iter().take(N_DIFFERENCES);
            Neighbour {
                row: at as u64 + 1,
                id: id_text(table, book.plan.id.as_deref(), at),
                probability: book.probability(near.customer),
                distance: near.distance,
                outcome: book.outcome(table, near.customer),
                differences: differences
                    .map(|name| (name.clone(), text(table, name, at)))
                    .collect(),
            }
        };
        let near: Vec<Neighbour> = found.near.iter().map(neighbour).collect();
        let known = near.iter().filter_map(|n| n.outcome.as_ref());
        let happened = known
            .clone()
            .filter(|o| Some(*o) == book.plan.label.as_ref());
        let plan = &book.plan;
        let own = record(self.opened, Some(&table.take(&[here as u32])), &[])?;
        Ok(CustomerPage {
            turn: turn(
                self.opened,
                &own,
                plan.class,
                plan.threshold,
                actionable,
                run,
            )?,
            customer: self.row(customer, N_REASONS),
            is_listed: book.listed.get(customer),
            percentile: if n > 0 { below / n as f64 } else { 0.0 },
            outcome: book.outcome(table, customer),
            fields: table.iter().map(field).collect(),
            explanation: explanation(
                self.opened,
                book.plan.class,
                &table.take(&[here as u32]),
                Some(&self.held.profile),
                run,
            )?,
            health: self.part_scores(customer),
            history: self.history(customer, run)?,
            similar_outcomes: (happened.count() as u64, known.count() as u64),
            similar: near,
            n_searched: found.n_searched as u64,
        })
    }

    fn history(&self, customer: usize, run: &mut Run<'_>) -> Result<Vec<Snapshot>> {
        let (book, table) = (&self.it.book, self.table());
        let mut rows = book.customers.history(customer);
        let date = book.plan.date.as_deref();
        if let Some(date) = date {
            let column = table.column(date)?;
            let when = |r: &u32| column.number(*r as usize).unwrap_or(f64::NEG_INFINITY);
            rows.order_by(|a, b| when(a).total_cmp(&when(b)));
        }
        rows.drain(..rows.len().saturating_sub(MAX_HISTORY));
        let scores = score_rows(self.opened, table, &rows, book.plan.class, run)?;
        let healths = book.health_of_rows(table, &rows);
        let mut before: Option<usize> = None;
        let mut out = Vec::with_capacity(rows.len());
        for ((row, probability), health) in rows.into_iter().zip(scores).zip(healths) {
            let row = row as usize;
            let mut changes = Vec::new();
            for (field, column) in before.iter().flat_map(|_| table.iter()) {
                let then = before.and_then(|b| cell_text(field, column, b));
                let now = cell_text(field, column, row);
                if then != now {
                    changes.push((field.name.clone(), then, now));
                }
            }
            out.push(Snapshot {
                row: row as u64 + 1,
                date: date.and_then(|d| text(table, d, row)),
                probability,
                health,
                changes,
            });
            before = Some(row);
        }
        Ok(out)
    }
}
