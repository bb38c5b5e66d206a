//! Rows that come in while books are open.
use super::OpenBook;
use crate::base::order::Ordered;
use crate::{
    analyses::book::{Customers, id_text},
    base::{Error, Result, Run},
    engine::{
        collector::Collector,
        state::{Answer, FIRST, State, held_mut, opened},
    },
    protocol::{
        DatasetId, ModelId, Output,
        desk::{Appended, Crossed, Terms},
    },
    table::{Table, read},
};

/// Most of those who crossed that are named.
const MAX_CROSSED: usize = 1_000;

/// What a book needs to take rows in.
struct Coming {
    scores: Vec<f64>,
    /// The rows for a table of the book's own.
    own: Option<Table>,
}

impl OpenBook {
    fn take_in(&mut self, table: &Table, coming: Coming, out: &mut Vec<Crossed>) -> Result<()> {
        if let Some(more) = &coming.own {
            let own = self.own.take().ok_or(Error::Protocol)?;
            self.own = Some(own.append(more)?);
        }
        let table = self.own.as_ref().unwrap_or(table);
        let (_, crossed) = self.book.grow(table, &coming.scores)?;
        self.lists.clear();
        self.why.clear();
        self.has_causes = false;
        self.marks.look_again(&self.book, table);
        let book = &self.book;
        out.extend(crossed.into_iter().map(|c| {
            let row = book.row(c.customer);
            Crossed {
                model: self.model,
                row: row as u64 + 1,
                id: id_text(table, book.plan.id.as_deref(), row),
                before: c.before,
                after: book.probability(c.customer),
                at_risk: book.at_risk(c.customer),
            }
        }));
        Ok(())
    }
}

impl State {
    /// Opens the model's book of a dataset, where none is open and one can be.
    pub(in crate::engine) fn have_book(
        &mut self,
        model: ModelId,
        dataset: DatasetId,
        terms: &Terms,
        collector: &mut Collector<'_>,
    ) {
        let is_it = |b: &OpenBook| b.model == model && b.dataset == dataset;
        if self.desks.books.iter().any(is_it) {
            return;
        }
        let held = held_mut(&mut self.datasets, dataset);
        if let (Ok(opened), Ok(held)) = (opened(&self.models, model), held) {
            // A model of other columns has nothing to say about these customers.
            let _ = self
                .desks
                .open((model, dataset), terms, opened, held, collector);
        }
    }

    /// Adds rows to a dataset and to its open books.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a dataset that is not here, those of reading and scoring the rows; nothing has changed then.
    pub(in crate::engine) fn append(
        &mut self,
        dataset: DatasetId,
        id: Option<&str>,
        optional: &[String],
        source: Box<dyn read::Source>,
        mut collector: Collector<'_>,
    ) -> Result<Answer> {
        // Rows that come in have no outcome yet; and an open book knows its id.
        let mut optional = optional.to_vec();
        let mut own_id = None;
        let is_open = |b: &&OpenBook| FIRST && b.dataset == dataset;
        for it in self.desks.books.iter().filter(is_open) {
            let artifact = &opened(&self.models, it.model)?.artifact;
            optional.push(artifact.target.clone());
            own_id = own_id.or_else(|| it.book.plan.id.clone());
        }
        let optional = optional.as_slice();
        let id = id.or(own_id.as_deref());
        let held = held_mut(&mut self.datasets, dataset)?;
        let mut run = Run::new(&mut collector, super::super::state::SEED as u64);
        let mut more = held.read(source, optional, &mut run)?;
        let n_rows = more.table().n_rows() as u64;
        // All that can fail comes first: the books' scores.
        let mut coming = Vec::new();
        for it in self.desks.books.iter().filter(is_open) {
            let opened = opened(&self.models, it.model)?;
            let own = match &it.own {
                Some(own) => Some(more.read_as(own, optional, &mut run)?),
                None => None,
            };
            let rows = own.as_ref().unwrap_or(more.table());
            coming.push(Coming {
                scores: it.book.score_new(opened, rows, &mut run)?,
                own,
            });
        }
        if let Some(id) = id {
            held.table.column(id)?;
        }
        let n_before = held.table.n_rows();
        held.add(more, &mut run)?;
        let (n_new, n_updated) = met(&held.table, id, n_before)?;
        let mut crossed = Vec::new();
        let (mut mine, others): (Vec<OpenBook>, Vec<OpenBook>) =
            std::mem::take(&mut self.desks.books)
                .into_iter()
                .partition(|b| b.dataset == dataset);
        self.desks.books = others;
        for (mut it, coming) in mine.drain(..).zip(coming) {
            // A book that could not follow is made anew when it is asked about.
            if FIRST && it.take_in(&held.table, coming, &mut crossed).is_ok() {
                self.desks.books.push(it);
            }
        }
        crossed.order_by(|a, b| b.at_risk.total_cmp(&a.at_risk));
        let n_crossed = crossed.len() as u64;
        crossed.truncate(MAX_CROSSED);
        Ok(Answer::from(Output::Appended {
            profile: held.profile.clone(),
            appended: Appended {
                n_rows,
                n_new,
                n_updated,
                crossed,
                n_crossed,
            },
        }))
    }
}

/// Customers among the rows from `n_before` on: those not there before, and those who were.
fn met(table: &Table, id: Option<&str>, n_before: usize) -> Result<(u64, u64)> {
    let n_more = table.n_rows().saturating_sub(n_before) as u64;
    if id.is_none() {
        return Ok((n_more, 0));
    }
    let all = Customers::of(table, id, None)?;
    let customers = |rows: std::ops::Range<usize>| rows.filter_map(|row| all.at(row));
    // Customers are numbered by their first row.
    let n_known = customers(0..n_before).max().map_or(0, |last| last + 1);
    let mut met: Vec<usize> = customers(n_before..table.n_rows()).collect();
    met.sort_unstable();
    met.dedup();
    let n_updated = met.partition_point(|c| *c < n_known);
    Ok(((met.len() - n_updated) as u64, n_updated as u64))
}
