//! Conditions on customers.
use super::{
    Bits,
    keys::{self, Ctx},
    search::Needle,
};
use crate::{
    base::{ColumnKind, Error, Filter, Key, Op, ParamReason, Result},
    table::{Column, cell_text},
};

fn wrong(expected: &'static str) -> Error {
    Error::Param {
        param: "filters".into(),
        reason: ParamReason::WrongType {
            expected: expected.into(),
        },
    }
}

/// Limits as a check of numbers; NaN is never within.
fn within(min: Option<f64>, max: Option<f64>) -> Result<impl Fn(f64) -> bool> {
    let (min, max) = (
        min.unwrap_or(f64::NEG_INFINITY),
        max.unwrap_or(f64::INFINITY),
    );
    if min.is_nan() || max.is_nan() {
        return Err(wrong("number"));
    }
    Ok(move |v: f64| v >= min && v <= max)
}

/// Customers who meet a condition, listed or not.
///
/// # Errors
/// [`Error::MissingColumn`], [`Error::ColumnKind`] for a condition on a column of another kind, [`Error::Param`] for one
/// on something else.
pub(super) fn which(ctx: &Ctx<'_>, filter: &Filter) -> Result<Bits> {
    let (book, key) = (ctx.book, &filter.key);
    let n = book.len();
    keys::needs_classes(ctx, key)?;
    if let Some(number) = keys::number(ctx, key) {
        return Ok(match &filter.op {
            Op::Present => Bits::from_fn(n, |c| !number(c).is_nan()),
            Op::Missing => Bits::from_fn(n, |c| number(c).is_nan()),
            Op::Range { min, max } => {
                let is_in = within(*min, *max)?;
                Bits::from_fn(n, |c| is_in(number(c)))
            }
            Op::OneOf(levels) if *key == Key::OverThreshold => Bits::from_fn(n, |c| {
                let level = if book.is_over(c) { "true" } else { "false" };
                levels.iter().any(|l| l == level)
            }),
            Op::OneOf(_) | Op::Contains(_) => return Err(wrong("number")),
        });
    }
    if let Some(few) = keys::few(ctx, key) {
        return of_few(&few, n, key, &filter.op);
    }
    match keys::column(ctx, key)? {
        Some((name, column)) => of_column(ctx, name, column, &filter.op),
        None => of_row_number(ctx, &filter.op),
    }
}

fn not(bits: &Bits, n: usize) -> Bits {
    Bits::from_fn(n, |c| !bits.get(c))
}

fn of_few(few: &[(usize, &str)], n: usize, key: &Key, op: &Op) -> Result<Bits> {
    let which = |is_in: &dyn Fn(&str) -> bool| {
        let mut bits = Bits::new(n, false);
        for (customer, _) in few.iter().filter(|(_, level)| is_in(level)) {
            bits.set(*customer, true);
        }
        bits
    };
    Ok(match op {
        Op::Present => which(&|_| true),
        Op::Missing => not(&which(&|_| true), n),
        Op::OneOf(levels) => {
            let named = which(&|level| levels.iter().any(|l| l == level));
            // What nobody has done is not done.
            if *key == Key::Done && levels.iter().any(|l| l == "false") {
                let mut bits = not(&which(&|_| true), n);
                bits.or(&named);
                bits
            } else {
                named
            }
        }
        Op::Contains(text) => match Needle::new(text) {
            Some(needle) => which(&|level| needle.is_in(level)),
            None => Bits::new(n, true),
        },
        Op::Range { .. } => return Err(wrong("text")),
    })
}

fn of_row_number(ctx: &Ctx<'_>, op: &Op) -> Result<Bits> {
    let (book, n) = (ctx.book, ctx.book.len());
    let text = |c: usize| (book.row(c) + 1).to_string();
    Ok(match op {
        Op::Present => Bits::new(n, true),
        Op::Missing => Bits::new(n, false),
        Op::Range { min, max } => {
            let is_in = within(*min, *max)?;
            Bits::from_fn(n, |c| is_in((book.row(c) + 1) as f64))
        }
        Op::OneOf(ids) => Bits::from_fn(n, |c| ids.contains(&text(c))),
        Op::Contains(part) => match Needle::new(part) {
            Some(needle) => Bits::from_fn(n, |c| needle.is_in(&text(c))),
            None => Bits::new(n, true),
        },
    })
}

fn of_column(ctx: &Ctx<'_>, name: &str, column: &Column, op: &Op) -> Result<Bits> {
    let field = ctx.table.schema().field(name)?;
    let kind = |expected| Error::ColumnKind {
        name: name.to_owned(),
        expected,
        found: field.kind,
    };
    let rows = ctx.book.customers.rows();
    let row = |c: usize| rows.get(c).map_or(usize::MAX, |r| *r as usize);
    let by = |is_in: &dyn Fn(usize) -> bool| Bits::from_fn(rows.len(), |c| is_in(row(c)));
    Ok(match (op, column) {
        (Op::Present, _) => by(&|r| !column.is_missing(r)),
        (Op::Missing, _) => by(&|r| column.is_missing(r)),
        (Op::Range { .. }, Column::Text(_) | Column::Category(_)) => {
            return Err(kind(ColumnKind::Float));
        }
        (Op::Range { min, max }, _) => {
            let is_in = within(*min, *max)?;
            by(&|r| column.number(r).is_some_and(&is_in))
        }
        (Op::OneOf(_) | Op::Contains(_), Column::Text(c) | Column::Category(c)) => {
            let is_in: Box<dyn Fn(&str) -> bool> = match op {
                Op::OneOf(levels) => Box::new(|l| levels.iter().any(|m| m == l)),
                Op::Contains(text) => match Needle::new(text) {
                    Some(needle) => Box::new(move |l| needle.is_in(l)),
                    None => Box::new(|_| true),
                },
                _ => return Err(wrong("text")),
            };
            // Once per level, not once per customer.
            let levels = c.levels.iter().map(is_in);
            let levels: Vec<bool> = levels.collect();
            by(&|r| {
                let code = c.codes.get(r);
                code.is_some_and(|code| levels.get(code as usize).copied().unwrap_or(false))
            })
        }
        (Op::OneOf(levels), Column::Bool(_) | Column::Int(_)) => {
            by(&|r| cell_text(field, column, r).is_some_and(|t| levels.contains(&t)))
        }
        (Op::OneOf(_), _) => return Err(kind(ColumnKind::Category)),
        (Op::Contains(text), Column::Int(_)) => match Needle::new(text) {
            Some(needle) => needle
                .customers(column, rows)
                .unwrap_or_else(|| Bits::new(rows.len(), false)),
            None => Bits::new(rows.len(), true),
        },
        (Op::Contains(_), _) => return Err(kind(ColumnKind::Text)),
    })
}
