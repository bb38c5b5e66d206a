//! Answers questions about books. Books are made when they are asked about, and made again when they are gone.
mod append;
mod customer;
mod export;
mod health;
mod list;
mod overview;
mod turn;
mod what_if;
mod why;

use super::{
    collector::Collector,
    held::{Held, aligned},
    state::{Answer, State, held_mut, opened},
};
use crate::{
    analyses::book::{Book, Lists, Marks, Plan, groups_by},
    artifact::Opened,
    base::{
        COSTS, Costs, Error, Key, PLAYBOOK, Params, Playbook, Query, Result, Run, Value, Warning,
    },
    protocol::{
        DatasetId, ModelId, Output,
        desk::{Ask, BookCard, Counts, Desk, DeskAnswer, FilterColumn, Terms},
        encode,
    },
    table::Table,
};
use std::collections::HashMap;

/// Books kept.
const N_BOOKS: usize = 3;

/// Books that were asked about, the latest first.
#[derive(Default)]
pub(super) struct Desks {
    books: Vec<OpenBook>,
}

/// A book with what belongs to it.
pub(super) struct OpenBook {
    model: ModelId,
    dataset: DatasetId,
    terms: Terms,
    book: Book,
    /// The table, where it is not the dataset's own.
    own: Option<Table>,
    marks: Marks,
    revision: u64,
    lists: Lists,
    warnings: Vec<Warning>,
    playbook: Playbook,
    /// Columns of the file that reach the model.
    used: Vec<String>,
    /// Reasons worked out so far, by customer.
    why: HashMap<u32, why::Kept>,
    /// Whether the strongest reasons are known.
    has_causes: bool,
}

/// What questions are answered from.
struct Seen<'a> {
    opened: &'a Opened,
    held: &'a Held,
    it: &'a mut OpenBook,
}

impl Desks {
    /// A dataset is gone or another.
    pub(super) fn forget_dataset(&mut self, dataset: DatasetId) {
        self.books.retain(|b| b.dataset != dataset);
    }

    /// A model is gone or another.
    pub(super) fn forget_model(&mut self, model: ModelId) {
        self.books.retain(|b| b.model != model);
    }

    /// The book, opened where it is not: only weighed again where it was scored for other terms.
    fn open(
        &mut self,
        (model, dataset): (ModelId, DatasetId),
        terms: &Terms,
        opened: &Opened,
        held: &mut Held,
        collector: &mut Collector<'_>,
    ) -> Result<&mut OpenBook> {
        let is_it = |b: &OpenBook| b.model == model && b.dataset == dataset;
        let known = self.books.iter().position(is_it);
        if let Some(at) = known
            && self.books.get(at).is_some_and(|b| b.terms == *terms)
        {
            self.books[..=at].rotate_right(1);
        } else if let Some(at) = known
            && let Some(it) = self.books.get_mut(at)
            && it.is_but_for_weights(terms)
        {
            it.book.weigh_health(&terms.weights)?;
            it.terms.weights = terms.weights.clone();
            it.lists.forget_health();
            self.books[..=at].rotate_right(1);
        } else {
            let old = known.map(|at| self.books.remove(at));
            let made = OpenBook::make((model, dataset), terms, opened, held, old, collector)?;
            self.books.insert(0, made);
            self.books.truncate(N_BOOKS);
        }
        self.books.first_mut().ok_or(Error::Protocol)
    }
}

impl OpenBook {
    /// Whether other weights of the health score are all that sets `terms` apart: the rest stays as it was worked out.
    fn is_but_for_weights(&self, terms: &Terms) -> bool {
        let weights = terms.weights.clone();
        *terms
            == Terms {
                weights,
                ..self.terms.clone()
            }
    }

    fn make(
        (model, dataset): (ModelId, DatasetId),
        terms: &Terms,
        opened: &Opened,
        held: &mut Held,
        old: Option<Self>,
        collector: &mut Collector<'_>,
    ) -> Result<Self> {
        let mut run = Run::new(collector, opened.artifact.seed);
        let own = match old.as_ref() {
            Some(old) => old.own.clone(),
            None => aligned(held, opened, &mut run)?,
        };
        let table = own.as_ref().unwrap_or(&held.table);
        let mut params = Params::default().with(COSTS, Value::Map(terms.costs.0.clone()));
        if let Some(playbook) = &terms.playbook {
            params = params.with(PLAYBOOK, playbook.clone());
        }
        let costs = Costs::parse(&params, terms.value.as_deref())?;
        let playbook = Playbook::parse(&params)?;
        let plan = Plan::new(
            opened,
            table,
            terms.class.as_deref(),
            terms.threshold,
            terms.date.as_deref(),
            terms.scope,
            costs,
        )?;
        let scored_alike = |b: &Book| b.plan.class == plan.class && b.plan.date == plan.date;
        let (mut book, marks, revision, warnings) = match old {
            Some(mut old) if scored_alike(&old.book) => {
                old.book.weigh_by(plan, table)?;
                old.book.forget_reasons();
                (old.book, old.marks, old.revision, old.warnings)
            }
            _ => {
                let book = Book::open(opened, table, plan, &mut run)?;
                (book, Marks::default(), 0, collector.warnings().to_vec())
            }
        };
        book.weigh_health(&terms.weights)?;
        Ok(Self {
            model,
            dataset,
            terms: terms.clone(),
            book,
            own,
            marks,
            revision,
            lists: Lists::default(),
            warnings,
            playbook,
            used: turn::reaching(opened)?,
            why: HashMap::new(),
            has_causes: false,
        })
    }
}

impl<'a> Seen<'a> {
    fn table(&self) -> &Table {
        self.it.own.as_ref().unwrap_or(&self.held.table)
    }

    fn counts(&self, customers: impl Iterator<Item = usize>) -> Counts {
        counts(crate::analyses::book::Money::of(&self.it.book, customers))
    }

    fn card(&self) -> BookCard {
        let (book, table) = (&self.it.book, self.table());
        let column = |profile: &crate::base::ColumnProfile| {
            // A column that the model reads otherwise is as the model reads it.
            let field = table.schema().field(&profile.field.name).ok()?;
            Some(FilterColumn {
                name: field.name.clone(),
                kind: field.kind,
                range: profile.numbers.as_ref().map(|n| (n.min, n.max)),
                n_distinct: profile.n_distinct,
                levels: profile
                    .top
                    .iter()
                    .map(|b| (b.label.clone(), b.count))
                    .collect(),
                is_used: self.it.used.contains(&field.name),
                groups: groups_by(field.kind, profile.n_distinct),
            })
        };
        let listed = || book.listed.iter();
        BookCard {
            n_rows: table.n_rows() as u64,
            n_customers: book.len() as u64,
            listed: self.counts(listed()),
            over: self.counts(listed().filter(|c| book.is_over(*c))),
            n_without_value: listed().filter(|c| book.value(*c).is_none()).count() as u64,
            id: book.plan.id.clone(),
            class: book.plan.label.clone(),
            threshold: book.plan.threshold,
            costs: book.plan.costs.clone(),
            has_history: book.customers.has_history(),
            has_health: book.health_score().is_some(),
            has_outcomes: book.plan.target.is_some(),
            has_reasons: why::can(self.opened),
            columns: self
                .held
                .profile
                .columns
                .iter()
                .filter_map(column)
                .collect(),
            warnings: self.it.warnings.clone(),
        }
    }
}

/// Whether a query goes by the strongest reason.
fn by_reason(query: &Query) -> bool {
    let is_it = |key: &Key| *key == Key::Reason;
    is_it(&query.sort)
        || query.group.as_ref().is_some_and(is_it)
        || query.filters.iter().any(|f| is_it(&f.key))
}

fn counts(money: crate::analyses::book::Money) -> Counts {
    Counts {
        n: money.n,
        value: money.value,
        at_risk: money.at_risk,
        gain: money.gain,
    }
}

impl State {
    /// Answers a question about a book.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a dataset or model that is not here, those of the question.
    pub(super) fn desk(&mut self, desk: Desk, mut collector: Collector<'_>) -> Result<Answer> {
        let opened = opened(&self.models, desk.model)?;
        let (dataset, ask) = match (desk.dataset, desk.ask) {
            (
                None,
                Ask::WhatIf {
                    row: None,
                    record,
                    actionable,
                },
            ) => {
                let mut run = Run::new(&mut collector, opened.artifact.seed);
                let asked = what_if::Asked {
                    record: &record,
                    actionable: &actionable,
                };
                let answer = what_if::of_record(opened, &desk.terms, asked, &mut run)?;
                return said(&DeskAnswer::WhatIf(answer), None);
            }
            (None, _) => return Err(Error::Protocol),
            (Some(dataset), ask) => (dataset, ask),
        };
        let held = held_mut(&mut self.datasets, dataset)?;
        let at = (desk.model, dataset);
        let it = self
            .desks
            .open(at, &desk.terms, opened, held, &mut collector)?;
        if !matches!(ask, Ask::Mark { .. } | Ask::WhatIf { .. }) && it.revision != desk.revision {
            let revision = it.revision;
            return said(&DeskAnswer::Behind { revision }, None);
        }
        let mut seen = Seen { opened, held, it };
        let mut run = Run::new(&mut collector, opened.artifact.seed);
        let mut beside = None;
        let answer = match ask {
            Ask::Open => DeskAnswer::Book(seen.card()),
            Ask::Rows {
                query,
                offset,
                n,
                n_reasons,
            } => DeskAnswer::Rows(seen.window(&query, (offset, n), n_reasons, &mut run)?),
            Ask::Mark { marks, all } => seen.mark(marks, all, desk.revision),
            Ask::HoldOut {
                query,
                n,
                share,
                seed,
            } => seen.draw(&query, n, share, seed, &mut run)?,
            Ask::Effect { since_row } => DeskAnswer::Effect(seen.effect(since_row)?),
            Ask::Customer {
                row,
                n_similar,
                actionable,
            } => {
                let page = seen.customer(row, n_similar, &actionable, &mut run)?;
                DeskAnswer::Customer(Box::new(page))
            }
            Ask::WhatIf {
                row,
                record,
                actionable,
            } => {
                let asked = what_if::Asked {
                    record: &record,
                    actionable: &actionable,
                };
                DeskAnswer::WhatIf(seen.what_if(row, asked, &mut run)?)
            }
            Ask::Overview => DeskAnswer::Overview(seen.overview(&mut run)?),
            Ask::Health => DeskAnswer::Health(seen.health()?),
            Ask::Export {
                query,
                n_reasons,
                phrases,
            } => {
                let (n, bytes) = seen.export(&query, n_reasons, phrases.as_deref(), &mut run)?;
                beside = Some(bytes);
                DeskAnswer::Exported { n }
            }
        };
        said(&answer, beside)
    }
}

fn said(answer: &DeskAnswer, bytes: Option<Vec<u8>>) -> Result<Answer> {
    Ok(Answer {
        output: Output::Desk(encode(answer)?),
        bytes,
    })
}
