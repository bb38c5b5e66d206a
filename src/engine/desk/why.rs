//! Reasons of customers, and what to do about them.
use super::Seen;
use crate::base::order::Ordered;
use crate::{
    analyses::{
        decide::playbook::action,
        explain::{BACKGROUND, Reasons, reasons_for},
    },
    artifact::Opened,
    base::{ActionText, ColumnProfile, DatasetProfile, Direction, Result, Run},
    protocol::desk::{Explanation, LEAST_SHARE, Why},
    table::{Column, Table, Values, cell_text},
};

/// Customers whose strongest reason is worked out for the causes.
const N_CAUSES: usize = 2_000;
/// The same where reasons are sampled, which takes thousands of predictions for each.
const N_SAMPLED: usize = 60;
/// Customers explained at a time.
const BATCH: usize = 60;
/// Customers whose reasons are kept.
const N_KEPT: usize = 5_000;
/// Reasons kept of each: as many as a list may show.
pub(super) const N_REASONS: usize = 5;

/// Whether a model can be explained.
pub(super) fn can(opened: &Opened) -> bool {
    opened.artifact.extra(BACKGROUND).is_some()
}

/// What is kept of a customer: what raises the probability most.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) reasons: Vec<Why>,
    /// What is told of it in words, and the mean that its points start from.
    pub(super) told: Vec<Why>,
    pub(super) base: f64,
    pub(super) action: ActionText,
}

fn profile_of<'a>(profile: &'a DatasetProfile, name: &str) -> Option<&'a ColumnProfile> {
    profile.columns.iter().find(|p| p.field.name == name)
}

/// The median, or the most frequent level, as a cell is shown.
pub(super) fn typical(table: &Table, profile: &DatasetProfile, name: &str) -> Option<String> {
    let (field, column) = table.at(table.schema().position(name).ok()?)?;
    let profile = profile_of(profile, name)?;
    let median = match (&profile.numbers, column) {
        (_, Column::Text(_) | Column::Category(_) | Column::Bool(_)) | (None, _) => {
            return profile.top.first().map(|b| b.label.clone());
        }
        (Some(numbers), _) => numbers.median,
    };
    let cell = match column {
        Column::Date(_) => Column::Date(Values::new(vec![median.round() as i32], None)),
        Column::DateTime(_) => Column::DateTime(Values::new(vec![median.round() as i64], None)),
        _ => Column::Float(Values::new(vec![median], None)),
    };
    cell_text(field, &cell, 0)
}

/// The reasons of one row of `table`, in the model's order.
fn of_row(
    reasons: &Reasons,
    table: &Table,
    profile: Option<&DatasetProfile>,
    at: usize,
) -> Vec<Why> {
    let why = |(j, column): (usize, &String)| {
        let cell = table
            .schema()
            .position(column)
            .ok()
            .and_then(|p| table.at(p));
        Why {
            column: column.clone(),
            value: cell.and_then(|(f, c)| cell_text(f, c, at)),
            points: reasons.points.get((at, j)).copied().unwrap_or(0.0),
            error: reasons
                .errors
                .as_ref()
                .and_then(|e| e.get((at, j)).copied()),
            typical: profile.and_then(|p| typical(table, p, column)),
        }
    };
    reasons.columns.iter().enumerate().map(why).collect()
}

/// Why the first row of `table` is predicted as it is; nothing where the model cannot be explained.
///
/// # Errors
/// Those of [`reasons_for`].
pub(super) fn explanation(
    opened: &Opened,
    class: usize,
    table: &Table,
    profile: Option<&DatasetProfile>,
    run: &mut Run<'_>,
) -> Result<Option<Explanation>> {
    if !can(opened) {
        return Ok(None);
    }
    let found = reasons_for(opened, class, table, run)?;
    let mut reasons = of_row(&found, table, profile, 0);
    reasons.order_by(|a, b| b.points.abs().total_cmp(&a.points.abs()));
    Ok(Some(Explanation {
        base: found.base,
        reasons,
    }))
}

impl Seen<'_> {
    /// On which side of the others a cell is: numbers of their median, flags of no and yes.
    fn side(&self, table: &Table, name: &str, row: usize) -> Option<Direction> {
        let column = table.column(name).ok()?;
        let value = column.number(row)?;
        let middle = match column {
            Column::Bool(_) => 0.5,
            _ => {
                profile_of(&self.held.profile, name)?
                    .numbers
                    .as_ref()?
                    .median
            }
        };
        match value.partial_cmp(&middle)? {
            std::cmp::Ordering::Greater => Some(Direction::High),
            std::cmp::Ordering::Less => Some(Direction::Low),
            std::cmp::Ordering::Equal => None,
        }
    }

    /// Works out the reasons of `customers` that are not known yet. Returns whether they were sampled.
    pub(super) fn explain(&mut self, customers: &[u32], run: &mut Run<'_>) -> Result<bool> {
        let is_new = |c: &&u32| !self.it.why.contains_key(*c);
        let customers: Vec<u32> = customers.iter().filter(is_new).copied().collect();
        let mut sampled = false;
        if customers.is_empty() || !can(self.opened) {
            return Ok(sampled);
        }
        if self.it.why.len() + customers.len() > N_KEPT {
            self.it.why.clear();
        }
        for batch in customers.chunks(BATCH) {
            let book = &self.it.book;
            let rows: Vec<u32> = batch.iter().map(|c| book.row(*c as usize) as u32).collect();
            let table = self.table().take(&rows);
            let found = reasons_for(self.opened, book.plan.class, &table, run)?;
            sampled |= found.errors.is_some();
            let mut kept = Vec::with_capacity(batch.len());
            for (at, customer) in batch.iter().enumerate() {
                let reasons = of_row(&found, &table, Some(&self.held.profile), at);
                let all = Explanation {
                    base: found.base,
                    reasons,
                };
                let prediction = book.probability(*customer as usize);
                let told = all
                    .told(prediction, LEAST_SHARE)
                    .into_iter()
                    .cloned()
                    .collect();
                let mut reasons = all.reasons;
                reasons.retain(|w| w.points > 0.0);
                reasons.order_by(|a, b| b.points.total_cmp(&a.points));
                reasons.truncate(N_REASONS);
                let named: Vec<(&str, Option<Direction>)> = reasons
                    .iter()
                    .map(|w| (w.column.as_str(), self.side(&table, &w.column, at)))
                    .collect();
                let action = action(&self.it.playbook, &named);
                kept.push(Kept {
                    reasons,
                    told,
                    base: found.base,
                    action,
                });
            }
            self.it.why.extend(batch.iter().copied().zip(kept));
        }
        Ok(sampled)
    }

    /// Works out the strongest reasons of the customers at or over the threshold with most money at risk, once.
    pub(super) fn find_causes(&mut self, run: &mut Run<'_>) -> Result<()> {
        if self.it.has_causes || !can(self.opened) {
            return Ok(());
        }
        let book = &self.it.book;
        let mut over: Vec<u32> = book
            .listed
            .iter()
            .filter(|c| book.is_over(*c))
            .map(|c| c as u32)
            .collect();
        let risk = |c: &u32| book.at_risk(*c as usize);
        over.order_by(|a, b| risk(b).total_cmp(&risk(a)).then(a.cmp(b)));
        over.truncate(N_CAUSES);
        let mut most = over.len();
        for (i, batch) in over.chunks(BATCH).enumerate() {
            if i * BATCH >= most {
                break;
            }
            if self.explain(batch, run)? {
                most = N_SAMPLED;
            }
            for customer in batch {
                let first = self.it.why.get(customer).and_then(|k| k.reasons.first());
                if let Some(column) = first.map(|w| w.column.clone()) {
                    self.it.book.set_reason(*customer as usize, &column);
                }
            }
        }
        self.it.has_causes = true;
        self.it.lists.clear();
        Ok(())
    }
}
