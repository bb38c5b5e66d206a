//! What each customer is worth, from a column of the file.
use crate::{
    base::{ColumnKind, Error, Result, Run, ValueOf, Warning},
    table::{Column, Table},
};

/// The column of values; nothing where all customers are worth the same.
///
/// # Errors
/// [`Error::MissingColumn`], [`Error::ColumnKind`] when it does not hold numbers.
pub(super) fn column<'a>(table: &'a Table, value: &ValueOf) -> Result<Option<&'a Column>> {
    let ValueOf::Column(name) = value else {
        return Ok(None);
    };
    let column = table.column(name)?;
    if matches!(column, Column::Float(_) | Column::Int(_)) {
        return Ok(Some(column));
    }
    Err(Error::ColumnKind {
        name: name.clone(),
        expected: ColumnKind::Float,
        found: table.schema().field(name)?.kind,
    })
}

/// What the customers of `rows` are worth, `(rows,)`; nothing where all are worth the same.
///
/// A customer without a value, or with a negative one, counts as worth nothing: so the profit promises no money that the
/// file does not show. How many there are is a warning.
///
/// # Errors
/// [`Error::MissingColumn`], [`Error::ColumnKind`] when the column does not hold numbers.
pub fn worth(
    table: &Table,
    value: &ValueOf,
    rows: &[u32],
    run: &mut Run<'_>,
) -> Result<Option<Vec<f64>>> {
    let Some(column) = column(table, value)? else {
        return Ok(None);
    };
    let mut count = 0;
    let of = |row: &u32| match column.number(*row as usize) {
        Some(v) if v.is_finite() && v >= 0.0 => v,
        _ => {
            count += 1;
            0.0
        }
    };
    let values = rows.iter().map(of).collect();
    if count > 0
        && let ValueOf::Column(column) = value
    {
        run.warn(Warning::NoValue {
            column: column.clone(),
            count,
        });
    }
    Ok(Some(values))
}
