//! Customers like one: nearest by Gower's distance over the columns the model reads, as they stand in the file. A number
//! counts by its distance in units of the middle 90 % of its values, at most 1; a level by whether it is the same; a gap
//! is as far from a value as can be. Unlike distances between prepared columns this depends neither on the learner's
//! preparation nor on how many levels a category has.
//!
//! Source: Gower (1971), A general coefficient of similarity and some of its properties, doi:10.2307/2528823.
use super::Book;
use crate::base::order::Ordered;
use crate::{
    base::{ColumnKind, Result, Run},
    table::{Column, Schema, Table},
};

/// Customers searched at most: about 50 ms.
const MOST: usize = 50_000;

/// A customer with the distance.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// The customer.
    pub customer: usize,
    /// 0 for equal to 1 for different in every column.
    pub distance: f64,
    /// Columns in which both differ, most first.
    pub differences: Vec<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Similar {
    /// Nearest first; of equal ones the first in the data.
    pub near: Vec<Near>,
    /// Customers searched: all, or evenly spaced ones.
    pub n_searched: usize,
}

/// How far two cells of a column are apart, 0 to 1.
struct Measure<'a> {
    name: &'a str,
    column: &'a Column,
    /// Width of the middle 90 %.
    width: f64,
}

impl Measure<'_> {
    fn between(&self, a: usize, b: usize) -> f64 {
        let differ = |differ: bool| f64::from(u8::from(differ));
        match self.column {
            Column::Text(c) | Column::Category(c) => differ(c.codes.get(a) != c.codes.get(b)),
            column => match (column.number(a), column.number(b)) {
                (Some(a), Some(b)) if a == b => 0.0,
                (Some(a), Some(b)) => ((a - b).abs() / self.width).min(1.0),
                (None, None) => 0.0,
                _ => 1.0,
            },
        }
    }
}

/// The width of the middle 90 % of the values on `rows`; the whole where that is nothing.
fn width(column: &Column, rows: &[usize]) -> f64 {
    let mut values: Vec<f64> = rows.iter().filter_map(|r| column.number(*r)).collect();
    values.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| {
        let last = values.len().saturating_sub(1);
        values.get((share * last as f64).round() as usize).copied()
    };
    let between = |low, high| Some(at(high)? - at(low)?);
    let middle = between(0.05, 0.95).filter(|w| *w > 0.0);
    middle
        .or_else(|| between(0.0, 1.0))
        .filter(|w| *w > 0.0)
        .unwrap_or(1.0)
}

/// The `k` customers nearest to one, by the columns of `inputs` that can be compared.
///
/// # Errors
/// [`crate::base::Error::MissingColumn`], [`crate::base::Error::Cancelled`].
pub fn similar(
    book: &Book,
    table: &Table,
    inputs: &Schema,
    customer: usize,
    k: usize,
    run: &mut Run<'_>,
) -> Result<Similar> {
    let stride = book.len().div_ceil(MOST).max(1);
    let searched: Vec<usize> = (0..book.len())
        .step_by(stride)
        .filter(|c| *c != customer)
        .collect();
    let rows: Vec<usize> = searched.iter().map(|c| book.row(*c)).collect();
    let mut measures = Vec::new();
    for field in &inputs.fields {
        let named = [book.plan.id.as_deref(), book.plan.target.as_deref()];
        let free = matches!(field.kind, ColumnKind::Text | ColumnKind::Id);
        if free || named.contains(&Some(field.name.as_str())) {
            continue;
        }
        let column = table.column(&field.name)?;
        let width = width(column, &rows);
        measures.push(Measure {
            name: &field.name,
            column,
            width,
        });
    }
    let here = book.row(customer);
    let mut far = vec![0.0; rows.len()];
    for measure in &measures {
        run.check()?;
        for (far, row) in far.iter_mut().zip(&rows) {
            *far += measure.between(here, *row);
        }
    }
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let by = |a: &usize, b: &usize| {
        let of = |i: &usize| far.get(*i).copied().unwrap_or(f64::INFINITY);
        of(a).total_cmp(&of(b)).then(a.cmp(b))
    };
    let k = k.min(order.len());
    if k > 0 && k < order.len() {
        order.select_nth_unstable_by(k - 1, by);
        order.truncate(k);
    }
    order.truncate(k);
    order.order_by(by);
    let near = |i: &usize| {
        let (customer, row) = (*searched.get(*i)?, *rows.get(*i)?);
        let mut apart: Vec<(f64, &str)> = measures
            .iter()
            .map(|m| (m.between(here, row), m.name))
            .filter(|(far, _)| *far > 0.0)
            .collect();
        apart.order_by(|a, b| b.0.total_cmp(&a.0));
        Some(Near {
            customer,
            distance: far.get(*i)? / measures.len().max(1) as f64,
            differences: apart.into_iter().map(|(_, name)| name.to_owned()).collect(),
        })
    };
    Ok(Similar {
        near: order.iter().filter_map(near).collect(),
        n_searched: searched.len(),
    })
}
