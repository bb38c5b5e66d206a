//! A book: customers scored by a model and weighed with costs, ready to be listed.
//!
//! Everything is held by customer, in columns of numbers: a million customers take some tens of megabytes. Texts stay in
//! the table. What a list needs is worked out when it is first asked for and kept: one order per key, one list per
//! query.
mod bits;
mod customers;
mod filter;
mod keys;
mod marks;
mod order;
mod query;
mod scores;
mod search;

pub use bits::Bits;
pub use customers::{Customers, Grown, id_text};
pub use keys::groups_by;
pub use marks::Marks;
pub use query::{GroupOf, Lists, Money, View};
pub use scores::score_rows;

use crate::{
    artifact::Opened,
    base::{Costs, Error, Result, Run, Scope, TargetReason, ValueOf},
    table::{Column, Table, cell_text},
};

/// Whom a book lists and how it weighs them, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Column of the ids, where the data have it.
    pub id: Option<String>,
    /// Column that orders the rows of one customer.
    pub date: Option<String>,
    /// Column of the outcome, where the data have it.
    pub target: Option<String>,
    /// Which of the model's classes counts.
    pub class: usize,
    /// Its label.
    pub label: String,
    /// Who is listed.
    pub scope: Scope,
    /// From which probability a customer is at risk.
    pub threshold: f64,
    /// Costs.
    pub costs: Costs,
}

impl Plan {
    /// What is asked, checked against model and data. `class` is a label, the positive one when absent.
    ///
    /// # Errors
    /// [`Error::Target`] for a class the model does not know, [`Error::Param`] for a threshold outside 0 to 1,
    /// [`Error::MissingColumn`] and [`Error::ColumnKind`] for columns of date and value.
    pub fn new(
        model: &Opened,
        table: &Table,
        class: Option<&str>,
        threshold: Option<f64>,
        date: Option<&str>,
        scope: Scope,
        costs: Costs,
    ) -> Result<Self> {
        let artifact = &model.artifact;
        let classes = &artifact.classes;
        let unknown = || Error::Target {
            name: artifact.target.clone(),
            reason: TargetReason::NoPositive,
        };
        let class = match class {
            Some(label) => classes
                .iter()
                .position(|c| c == label)
                .ok_or_else(unknown)?,
            None => 1,
        };
        let threshold = match threshold {
            Some(t) if !(0.0..=1.0).contains(&t) => {
                return Err(Error::out_of_range("threshold", 0.0, 1.0));
            }
            Some(t) => t,
            None if class == 1 => artifact.threshold,
            None => 1.0 - artifact.threshold,
        };
        if let Some(date) = date {
            let field = table.schema().field(date)?;
            if matches!(table.column(date)?, Column::Text(_) | Column::Category(_)) {
                return Err(Error::ColumnKind {
                    name: date.to_owned(),
                    expected: crate::base::ColumnKind::Date,
                    found: field.kind,
                });
            }
        }
        if let ValueOf::Column(name) = &costs.value {
            numbers(table, name)?;
        }
        let there = |name: &str| {
            table
                .schema()
                .position(name)
                .is_ok()
                .then(|| name.to_owned())
        };
        Ok(Self {
            id: artifact.id.as_deref().and_then(there),
            date: date.map(str::to_owned),
            target: there(&artifact.target),
            label: classes.get(class).cloned().ok_or_else(unknown)?,
            class,
            scope,
            threshold,
            costs,
        })
    }
}

/// A column of numbers.
fn numbers<'a>(table: &'a Table, name: &str) -> Result<&'a Column> {
    let column = table.column(name)?;
    if matches!(column, Column::Float(_) | Column::Int(_)) {
        return Ok(column);
    }
    Err(Error::ColumnKind {
        name: name.to_owned(),
        expected: crate::base::ColumnKind::Float,
        found: table.schema().field(name)?.kind,
    })
}

/// Scored customers.
#[derive(Debug, Clone)]
pub struct Book {
    /// Whom it lists and how it weighs them.
    pub plan: Plan,
    /// Whose rows are whose.
    pub customers: Customers,
    /// Whom it lists.
    pub listed: Bits,
    probability: Vec<f64>,
    /// Probability of the row before, NaN without; empty as long as nobody has one.
    before: Vec<f64>,
    /// What they are worth, NaN without; empty where all are worth the same.
    value: Vec<f64>,
}

/// A customer whose probability reached the threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crossing {
    /// The customer.
    pub customer: usize,
    /// Probability before; none for a new customer.
    pub before: Option<f64>,
}

impl Book {
    /// Scores the customers of a table.
    ///
    /// # Errors
    /// Those of [`Opened::score`], [`Error::Cancelled`].
    pub fn open(model: &Opened, table: &Table, plan: Plan, run: &mut Run<'_>) -> Result<Self> {
        let customers = Customers::of(table, plan.id.as_deref(), plan.date.as_deref())?;
        let mut book = Self {
            plan,
            customers,
            listed: Bits::default(),
            probability: Vec::new(),
            before: Vec::new(),
            value: Vec::new(),
        };
        let rows = book.customers.rows();
        book.probability = score_rows(model, table, rows, book.plan.class, run)?;
        if book.customers.has_history() {
            let all: Vec<usize> = (0..book.len()).collect();
            book.look_back(model, table, &all, run)?;
        }
        book.weigh(table)?;
        Ok(book)
    }

    /// Scores the rows before of `customers`.
    fn look_back(
        &mut self,
        model: &Opened,
        table: &Table,
        customers: &[usize],
        run: &mut Run<'_>,
    ) -> Result<()> {
        let earlier = |c: &usize| Some((*c, self.customers.previous(*c)?));
        let (whose, rows): (Vec<usize>, Vec<u32>) = customers.iter().filter_map(earlier).unzip();
        let scores = score_rows(model, table, &rows, self.plan.class, run)?;
        self.before.resize(self.len(), f64::NAN);
        for (customer, score) in whose.into_iter().zip(scores) {
            if let Some(slot) = self.before.get_mut(customer) {
                *slot = score;
            }
        }
        Ok(())
    }

    /// Works out who is listed and what they are worth.
    fn weigh(&mut self, table: &Table) -> Result<()> {
        let rows = self.customers.rows();
        self.value = match &self.plan.costs.value {
            ValueOf::Number(_) => Vec::new(),
            ValueOf::Column(name) => {
                let column = numbers(table, name)?;
                let cell = |row: &u32| column.number(*row as usize).unwrap_or(f64::NAN);
                rows.iter().map(cell).collect()
            }
        };
        self.listed = match self.gone(table)? {
            Some(gone) if self.plan.scope == Scope::StillThere => {
                Bits::from_fn(rows.len(), |c| !gone.get(c))
            }
            _ => Bits::new(rows.len(), true),
        };
        Ok(())
    }

    /// Customers to whom it has happened already; nothing where the data do not say.
    fn gone(&self, table: &Table) -> Result<Option<Bits>> {
        let Some(target) = &self.plan.target else {
            return Ok(None);
        };
        let rows = self.customers.rows();
        let (field, column) = (table.schema().field(target)?, table.column(target)?);
        let is_label = |text: &str| text == self.plan.label;
        let row = |c: usize| rows.get(c).map_or(usize::MAX, |r| *r as usize);
        Ok(Some(match column {
            Column::Text(c) | Column::Category(c) => {
                // Once per level, not once per row.
                let levels: Vec<bool> = c.levels.iter().map(is_label).collect();
                let is_gone = |code: u32| levels.get(code as usize).copied().unwrap_or(false);
                Bits::from_fn(rows.len(), |i| c.codes.get(row(i)).is_some_and(is_gone))
            }
            _ => Bits::from_fn(rows.len(), |i| {
                cell_text(field, column, row(i)).is_some_and(|t| is_label(&t))
            }),
        }))
    }

    /// Takes in the rows of `table` behind those it knows: only these are scored. Returns who reached the threshold.
    ///
    /// # Errors
    /// As [`Book::open`]; the book must then be opened anew.
    pub fn grow(
        &mut self,
        model: &Opened,
        table: &Table,
        run: &mut Run<'_>,
    ) -> Result<(Grown, Vec<Crossing>)> {
        let n_before = self.len();
        let (id, date) = (self.plan.id.as_deref(), self.plan.date.as_deref());
        let grown = self.customers.grow(table, id, date)?;
        let changed: Vec<usize> = grown
            .updated
            .iter()
            .map(|c| *c as usize)
            .chain(n_before..self.len())
            .collect();
        let rows: Vec<u32> = changed
            .iter()
            .filter_map(|c| self.customers.rows().get(*c).copied())
            .collect();
        let scores = score_rows(model, table, &rows, self.plan.class, run)?;
        let then: Vec<f64> = changed.iter().map(|c| self.probability(*c)).collect();
        self.probability.resize(self.len(), f64::NAN);
        for (customer, score) in changed.iter().zip(scores) {
            if let Some(slot) = self.probability.get_mut(*customer) {
                *slot = score;
            }
        }
        if self.customers.has_history() {
            self.look_back(model, table, &changed, run)?;
        }
        self.weigh(table)?;
        let crossing = |(customer, then): (&usize, f64)| {
            let before = (*customer < n_before).then_some(then);
            let is_over = self.probability(*customer) >= self.plan.threshold;
            let was_over = before.is_some_and(|b| b >= self.plan.threshold);
            (is_over && !was_over && self.listed.get(*customer)).then_some(Crossing {
                customer: *customer,
                before,
            })
        };
        let crossed = changed.iter().zip(then).filter_map(crossing).collect();
        Ok((grown, crossed))
    }

    /// How many customers there are.
    pub fn len(&self) -> usize {
        self.customers.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.customers.is_empty()
    }

    /// The row of a customer that counts.
    pub fn row(&self, customer: usize) -> usize {
        let row = self.customers.rows().get(customer);
        row.map_or(usize::MAX, |row| *row as usize)
    }

    /// Probability of the class; NaN for nobody.
    #[inline]
    pub fn probability(&self, customer: usize) -> f64 {
        self.probability.get(customer).copied().unwrap_or(f64::NAN)
    }

    /// Probability of the row before.
    pub fn before(&self, customer: usize) -> Option<f64> {
        self.before
            .get(customer)
            .copied()
            .filter(|before| !before.is_nan())
    }

    /// What a customer is worth, where it is known.
    #[inline]
    pub fn value(&self, customer: usize) -> Option<f64> {
        match self.plan.costs.value {
            ValueOf::Number(value) => Some(value),
            ValueOf::Column(_) => self.value.get(customer).copied().filter(|v| !v.is_nan()),
        }
    }

    /// Probability × value, in money; a customer of unknown value is worth nothing.
    #[inline]
    pub fn at_risk(&self, customer: usize) -> f64 {
        self.probability(customer) * self.value(customer).unwrap_or(0.0)
    }

    /// What an offer brings on average, in money.
    #[inline]
    pub fn gain(&self, customer: usize) -> f64 {
        let value = self.value(customer).unwrap_or(0.0);
        self.plan.costs.gain(self.probability(customer), value)
    }

    /// Whether the probability reaches the threshold.
    #[inline]
    pub fn is_over(&self, customer: usize) -> bool {
        self.probability(customer) >= self.plan.threshold
    }

    /// What became of a customer, as the data say: the class.
    pub fn outcome(&self, table: &Table, customer: usize) -> Option<String> {
        let target = self.plan.target.as_deref()?;
        let (field, column) = table.at(table.schema().position(target).ok()?)?;
        cell_text(field, column, self.row(customer))
    }
}
