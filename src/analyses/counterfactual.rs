//! What would change a customer's prediction: the smallest changes to columns the person can influence.
//!
//! Numbers move among the quantiles of the training rows and back towards the customer's own value, whole ones in whole steps;
//! categories and yes or no change to what the training rows had. So nothing is proposed that the data do not hold. The size
//! of a change of a number is the share of training rows it passes; a change of category counts as half of them, and so does
//! filling in what is missing.
use super::{
    ranges::{ColumnRange, Held, Ranges},
    vary::{Base, cell, numbers},
};
use crate::{
    artifact::Opened,
    base::{Cell, ColumnKind, Error, Field, Result, Run},
    evaluate::counterfactual::{Bounds, Found, Lever, Offer, search},
    report::Changed,
    table::{Coded, Column, Levels, Table, Values, cell_text},
};
use std::sync::Arc;

pub use crate::evaluate::counterfactual::Goal;

/// Size of a change of category.
const CATEGORY: f64 = 0.5;
/// Categories on offer, the most frequent ones.
const MAX_LEVELS: usize = 30;
/// Predictions per number of columns.
const BUDGET: usize = 2_500;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Columns that may change.
    pub actionable: &'a [String],
    /// Class whose probability it is about; of no meaning for numbers.
    pub output: usize,
    /// Where the prediction should be.
    pub goal: Goal,
    /// Answers wanted.
    pub n_answers: usize,
}

/// Changes that reach the goal.
#[derive(Debug, Clone, PartialEq)]
pub struct Counterfactual {
    /// What changes, by the order of the columns asked about.
    pub changes: Vec<Changed>,
    /// The prediction then.
    pub prediction: f64,
    /// Sum of the sizes of the changes.
    pub size: f64,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The prediction as things are.
    pub prediction: f64,
    /// Whether it is where it should be already; then there is nothing to change.
    pub is_met: bool,
    /// The smallest changes first; empty where nothing that the data hold reaches the goal.
    pub found: Vec<Counterfactual>,
}

/// One column that may change.
struct Column1 {
    field: Field,
    /// With every level on offer in its dictionary.
    column: Column,
    range: ColumnRange,
    own: f64,
    offers: Vec<f64>,
    is_whole: bool,
}

impl Column1 {
    fn new(table: &Table, name: &str, ranges: &Ranges) -> Result<Self> {
        let field = table.schema().field(name)?.clone();
        let column = table.column(name)?.take(&[0]);
        let missing = || Error::MissingColumn {
            name: name.to_owned(),
        };
        let range = ranges.get(name).ok_or_else(missing)?.clone();
        let refused = |found| Error::ColumnKind {
            name: name.to_owned(),
            expected: ColumnKind::Category,
            found,
        };
        let mut is_whole = matches!(column, Column::Int(_));
        let (column, offers) = match (&column, &range.held) {
            (
                Column::Float(_) | Column::Int(_),
                Held::Numbers {
                    quantiles,
                    is_whole: whole,
                    ..
                },
            ) => {
                is_whole |= whole;
                let mut offers = quantiles.clone();
                offers.dedup();
                (column.clone(), offers)
            }
            (Column::Category(own), Held::Levels { levels, .. }) => {
                let mut all = Levels::default();
                let offered = levels.iter().take(MAX_LEVELS);
                let codes: Vec<f64> = offered.map(|l| f64::from(all.push(&l.0))).collect();
                let text = own.get(0);
                let place = text.map(|t| {
                    let known = all.iter().position(|l| l == t);
                    known.map_or_else(|| all.push(t), |i| i as u32)
                });
                let codes_column = Values::from_options(&[place], 0);
                let column = Column::Category(Coded {
                    codes: codes_column,
                    levels: Arc::new(all),
                });
                (column, codes)
            }
            (Column::Bool(_), Held::Levels { levels, .. }) => {
                let label = |yes: bool| {
                    let column = Column::Bool(Values::new(vec![yes], None));
                    cell_text(&field, &column, 0)
                };
                let seen = |yes: bool| levels.iter().any(|l| Some(&l.0) == label(yes).as_ref());
                let offers = [false, true].into_iter().filter(|y| seen(*y));
                let offers = offers.map(|y| f64::from(u8::from(y))).collect();
                (column.clone(), offers)
            }
            _ => return Err(refused(field.kind)),
        };
        let own = numbers(&column).first().copied().unwrap_or(f64::NAN);
        Ok(Self {
            field,
            column,
            range,
            own,
            offers,
            is_whole,
        })
    }

    fn is_number(&self) -> bool {
        matches!(self.range.held, Held::Numbers { .. })
    }

    /// How large the change to `v` is.
    fn cost(&self, v: f64) -> f64 {
        let least = 1e-6;
        if !self.is_number() {
            CATEGORY
        } else if self.own.is_finite() {
            least + (self.range.share_below(v) - self.range.share_below(self.own)).abs()
        } else {
            CATEGORY + (self.range.share_below(v) - 0.5).abs()
        }
    }

    fn lever(&self) -> Lever {
        let offer = |v: f64| Offer {
            value: v,
            cost: self.cost(v),
        };
        let others = self.offers.iter().copied().filter(|v| *v != self.own);
        // A value beyond the data is no way back into them.
        let from = self
            .range
            .ends()
            .map(|(low, high)| self.own.max(low).min(high));
        Lever {
            offers: others.map(offer).collect(),
            from: from.filter(|v| self.own.is_finite() && v.is_finite()),
            is_whole: self.is_whole,
        }
    }

    fn shown(&self, v: f64) -> Cell {
        let one = match &self.column {
            Column::Category(c) => Column::Category(Coded {
                codes: Values::from_options(&[v.is_finite().then_some(v as u32)], 0),
                levels: c.levels.clone(),
            }),
            Column::Bool(_) if v.is_finite() => Column::Bool(Values::new(vec![v >= 0.5], None)),
            _ => return Cell::from(v),
        };
        cell(&self.field, &one, 0)
    }
}

/// The smallest changes to the first row of `row` that bring its prediction where it should be.
///
/// # Errors
/// [`Error::MissingColumn`] for a column that the model or `row` does not have, [`Error::ColumnKind`] for one whose kind
/// cannot be changed (dates and texts), [`Error::Artifact`] for a model without ranges; those of preparation and model.
pub fn counterfactuals(
    model: &Opened,
    row: &Table,
    asked: Asked<'_>,
    run: &mut Run<'_>,
) -> Result<Answer> {
    let ranges = Ranges::load(model)?;
    let mut columns = Vec::with_capacity(asked.actionable.len());
    for name in asked.actionable {
        columns.push(Column1::new(row, name, &ranges)?);
    }
    let table = row.take(&[0]).with(
        columns
            .iter()
            .map(|c| (c.field.clone(), c.column.clone()))
            .collect(),
    )?;
    let base = Base::new(model, &table, asked.actionable.to_vec(), asked.output)?;
    let mut score = |sets: &[Vec<(usize, f64)>]| -> Result<Vec<f64>> {
        if sets.is_empty() {
            return Ok(Vec::new());
        }
        let mut cells: Vec<Vec<f64>> = columns.iter().map(|c| vec![c.own; sets.len()]).collect();
        for (i, set) in sets.iter().enumerate() {
            for (place, v) in set {
                if let Some(cell) = cells.get_mut(*place).and_then(|c| c.get_mut(i)) {
                    *cell = *v;
                }
            }
        }
        let set: Vec<(usize, &[f64])> = cells.iter().map(Vec::as_slice).enumerate().collect();
        base.score(&vec![0; sets.len()], &set, run)
    };
    let now = score(&[Vec::new()])?.first().copied().unwrap_or(f64::NAN);
    let is_met = asked.goal.is_met(now);
    let mut found = Vec::new();
    if !is_met {
        let levers: Vec<Lever> = columns.iter().map(Column1::lever).collect();
        let bounds = Bounds {
            n_columns: 3,
            n_answers: asked.n_answers,
            budget: BUDGET,
        };
        let cost = |place: usize, v: f64| columns.get(place).map_or(0.0, |c| c.cost(v));
        found = search(&levers, asked.goal, bounds, &cost, &mut score)?;
    }
    let said = |it: Found| Counterfactual {
        changes: it
            .changes
            .iter()
            .filter_map(|(place, v)| {
                let column = columns.get(*place)?;
                Some(Changed {
                    column: column.field.name.clone(),
                    from: column.shown(column.own),
                    to: column.shown(*v),
                })
            })
            .collect(),
        prediction: it.prediction,
        size: it.cost,
    };
    Ok(Answer {
        prediction: now,
        is_met,
        found: found.into_iter().map(said).collect(),
    })
}
