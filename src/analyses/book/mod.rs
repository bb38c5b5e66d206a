//! A book: customers scored by a model and weighed with costs, ready to be listed.
//!
//! Everything is held by customer, in columns of numbers: a million customers take some tens of megabytes. Texts stay in
//! the table. What a list needs is worked out when it is first asked for and kept: one order per key, one list per
//! query.
mod bits;
mod customers;
mod effect;
mod filter;
mod health;
mod keys;
mod marks;
mod order;
mod overview;
mod query;
mod record;
mod scores;
mod search;
mod similar;

pub use bits::Bits;
pub use customers::{Customers, Grown, id_text};
pub use effect::{Compared, Drawn, Half, draw, effect};
pub use health::PartScore;
pub use keys::groups_by;
pub use marks::Marks;
pub use overview::{Expected, expected};
pub use query::{GroupOf, Lists, Money, View};
pub use record::record;
pub use scores::score_rows;
pub use similar::{Near, Similar, similar};

use crate::{
    artifact::Opened,
    base::{Costs, Error, ParamReason, Result, Run, Scope, TargetReason, ValueOf},
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
    /// What the model predicts.
    pub target_name: String,
    /// Which of the model's classes counts; the prediction is a number where there are none.
    pub class: usize,
    /// Its label; none where the prediction is a number.
    pub label: Option<String>,
    /// Who is listed.
    pub scope: Scope,
    /// From which probability a customer is at risk.
    pub threshold: f64,
    /// Costs.
    pub costs: Costs,
}

impl Plan {
    /// Refuses what only makes sense for classes.
    ///
    /// # Errors
    /// [`Error::Target`] where the prediction is a number.
    pub fn needs_classes(&self) -> Result<()> {
        match self.label {
            Some(_) => Ok(()),
            None => Err(Error::Target {
                name: self.target_name.clone(),
                reason: TargetReason::NeedsClasses,
            }),
        }
    }

    /// What is asked, checked against model and data. `class` is a label, the positive one when absent.
    ///
    /// # Errors
    /// [`Error::Target`] for a class the model does not know, [`Error::Param`] for a threshold outside 0 to 1 and where
    /// one of several classes must be named,
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
        let class = self::class(model, class)?;
        let threshold = limit(model, class, threshold)?;
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
            target_name: artifact.target.clone(),
            label: classes.get(class).cloned(),
            class,
            scope,
            threshold,
            costs,
        })
    }
}

/// From which probability of the class at place `class` a customer is at risk: the `threshold` named, or the model's.
///
/// # Errors
/// [`Error::Param`] for a threshold outside 0 to 1.
pub fn limit(model: &Opened, class: usize, threshold: Option<f64>) -> Result<f64> {
    let artifact = &model.artifact;
    match threshold {
        Some(t) if !(0.0..=1.0).contains(&t) => Err(Error::out_of_range("threshold", 0.0, 1.0)),
        Some(t) => Ok(t),
        None if artifact.classes.len() == 2 && class == 1 => Ok(artifact.threshold),
        None if artifact.classes.len() == 2 => Ok(1.0 - artifact.threshold),
        None => Ok(0.5),
    }
}

/// Which of the model's classes counts: the one named, or the second of two. 0 where the prediction is a number.
///
/// # Errors
/// [`Error::Target`] for a class the model does not know, [`Error::Param`] where one of several must be named.
pub fn class(model: &Opened, label: Option<&str>) -> Result<usize> {
    let artifact = &model.artifact;
    let classes = &artifact.classes;
    let refused = |reason| Error::Target {
        name: artifact.target.clone(),
        reason,
    };
    match label {
        Some(_) if classes.is_empty() => Err(refused(TargetReason::NeedsClasses)),
        Some(label) => classes
            .iter()
            .position(|c| c == label)
            .ok_or_else(|| refused(TargetReason::NoPositive)),
        None if classes.len() > 2 => Err(Error::Param {
            param: "class".into(),
            reason: ParamReason::NotAChoice {
                options: classes.clone(),
            },
        }),
        None => Ok(usize::from(!classes.is_empty())),
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
    /// Health, where the model has a score of it.
    healths: Option<health::Healths>,
    reasons: Reasons,
}

/// The strongest reasons that are known.
#[derive(Debug, Clone, Default)]
struct Reasons {
    names: Vec<String>,
    of: std::collections::BTreeMap<u32, u32>,
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
            healths: None,
            reasons: Reasons::default(),
        };
        let rows = book.customers.rows();
        book.probability = score_rows(model, table, rows, book.plan.class, run)?;
        if book.customers.has_history() {
            let all: Vec<usize> = (0..book.len()).collect();
            book.look_back(model, table, &all, run)?;
        }
        book.look_after(model, table, run)?;
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
        let Some(label) = &self.plan.label else {
            return Ok(None);
        };
        let is_label = |text: &str| text == label;
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

    /// Probabilities of rows that are to be added, for [`Book::grow`].
    ///
    /// # Errors
    /// Those of [`Opened::predict`].
    pub fn score_new(&self, model: &Opened, more: &Table, run: &mut Run<'_>) -> Result<Vec<f64>> {
        let rows: Vec<u32> = (0..more.n_rows() as u32).collect();
        score_rows(model, more, &rows, self.plan.class, run)
    }

    /// Takes in the rows of `table` behind those it knows, whose probabilities are `scores`. Returns who reached the
    /// threshold.
    ///
    /// # Errors
    /// [`Error::Shape`] when there is not a score per new row; [`Error::MissingColumn`]. The book must then be opened anew.
    pub fn grow(&mut self, table: &Table, scores: &[f64]) -> Result<(Grown, Vec<Crossing>)> {
        let n_rows = self.customers.n_rows();
        if n_rows + scores.len() != table.n_rows() {
            return Err(Error::Shape {
                what: "scores of new rows".into(),
                expected: table.n_rows().saturating_sub(n_rows),
                found: scores.len(),
            });
        }
        let n_before = self.len();
        let (id, date) = (self.plan.id.as_deref(), self.plan.date.as_deref());
        let grown = self.customers.grow(table, id, date)?;
        self.reasons = Reasons::default();
        let new = |row: usize| scores.get(row.checked_sub(n_rows)?).copied();
        self.probability.resize(self.len(), f64::NAN);
        if self.customers.has_history() {
            self.before.resize(self.len(), f64::NAN);
        }
        let mut changed = Vec::new();
        for customer in grown.touched.iter().map(|c| *c as usize) {
            let then = (customer < n_before).then(|| self.probability(customer));
            let now = new(self.row(customer));
            // The row before is a new one, or the one that counted, or the one that was before already.
            let earlier = self.customers.previous(customer).map(|r| r as usize);
            let before = match earlier.and_then(new) {
                Some(before) => Some(before),
                None => now.and(then),
            };
            if let (Some(before), Some(slot)) = (before, self.before.get_mut(customer)) {
                *slot = before;
            }
            if let (Some(now), Some(slot)) = (now, self.probability.get_mut(customer)) {
                *slot = now;
                changed.push((customer, then));
            }
        }
        self.look_after_new(&grown.touched, table);
        self.weigh(table)?;
        let crossed = |(customer, before): &(usize, Option<f64>)| {
            let was_over = before.is_some_and(|b| b >= self.plan.threshold);
            self.is_over(*customer) && !was_over && self.listed.get(*customer)
        };
        let crossed = changed.into_iter().filter(crossed);
        let crossed = crossed.map(|(customer, before)| Crossing { customer, before });
        Ok((grown, crossed.collect()))
    }

    /// The same customers and probabilities by other costs, another threshold, another scope.
    ///
    /// # Errors
    /// [`Error::MissingColumn`], [`Error::ColumnKind`] for the column of the value; the book must then be opened anew.
    pub fn weigh_by(&mut self, plan: Plan, table: &Table) -> Result<()> {
        self.plan = plan;
        self.weigh(table)
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

    /// Probability of the class, or the number predicted; NaN for nobody.
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

    /// What a customer is worth, where it is known: the prediction itself where it is a number.
    #[inline]
    pub fn value(&self, customer: usize) -> Option<f64> {
        if self.plan.label.is_none() {
            return self.probability.get(customer).copied();
        }
        match self.plan.costs.value {
            ValueOf::Number(value) => Some(value),
            ValueOf::Column(_) => self.value.get(customer).copied().filter(|v| !v.is_nan()),
        }
    }

    /// Probability × value, in money; a customer of unknown value is worth nothing. 0 where no class is predicted.
    #[inline]
    pub fn at_risk(&self, customer: usize) -> f64 {
        if self.plan.label.is_none() {
            return 0.0;
        }
        self.probability(customer) * self.value(customer).unwrap_or(0.0)
    }

    /// What an offer brings on average, in money; 0 where no class is predicted.
    #[inline]
    pub fn gain(&self, customer: usize) -> f64 {
        if self.plan.label.is_none() {
            return 0.0;
        }
        let value = self.value(customer).unwrap_or(0.0);
        self.plan.costs.gain(self.probability(customer), value)
    }

    /// Says what raises a customer's probability most.
    pub fn set_reason(&mut self, customer: usize, column: &str) {
        let names = &mut self.reasons.names;
        let at = names.iter().position(|n| n == column).unwrap_or_else(|| {
            names.push(column.to_owned());
            names.len() - 1
        });
        self.reasons.of.insert(customer as u32, at as u32);
    }

    /// What raises a customer's probability most, where it was said.
    pub fn reason(&self, customer: usize) -> Option<&str> {
        let at = self.reasons.of.get(&u32::try_from(customer).ok()?)?;
        self.reasons.names.get(*at as usize).map(String::as_str)
    }

    /// Customers whose strongest reason was said, with it, rising.
    pub fn reasons(&self) -> impl Iterator<Item = (usize, &str)> {
        let name = |at: &u32| self.reasons.names.get(*at as usize).map(String::as_str);
        let of = self.reasons.of.iter();
        of.filter_map(move |(c, at)| Some((*c as usize, name(at)?)))
    }

    /// Forgets all strongest reasons.
    pub fn forget_reasons(&mut self) {
        self.reasons = Reasons::default();
    }

    /// Whether the probability reaches the threshold.
    #[inline]
    pub fn is_over(&self, customer: usize) -> bool {
        self.plan.label.is_some() && self.probability(customer) >= self.plan.threshold
    }

    /// What became of a customer, as the data say: the class.
    pub fn outcome(&self, table: &Table, customer: usize) -> Option<String> {
        let target = self.plan.target.as_deref()?;
        let (field, column) = table.at(table.schema().position(target).ok()?)?;
        cell_text(field, column, self.row(customer))
    }
}
