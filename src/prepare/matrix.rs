//! From a prepared table to a design matrix.
use crate::{
    base::{Error, Result, Run, Warning},
    table::{Column, Table},
};
use ndarray::Array2;
use std::sync::Arc;

/// A design matrix with the names of its columns.
#[derive(Debug, Clone)]
pub struct Design {
    /// `(n_samples, n_features)`, row-major; finite, or NaN for what is missing in a native one.
    pub x: Array2<f32>,
    /// A name per column.
    pub features: Arc<[String]>,
    /// Per column, the columns of the file it was made from.
    pub origins: Vec<Vec<String>>,
    /// Levels per column, 0 for numbers; empty when all are numbers.
    pub n_levels: Arc<[u32]>,
}

/// Number and yes/no columns of `table` as a matrix. Columns of other kinds are left out with a warning; gaps that
/// no step has filled become 0.
///
/// # Errors
/// [`Error::NoFeatures`] when nothing is left, [`Error::Cancelled`].
pub fn design(table: &Table, run: &mut Run<'_>) -> Result<Design> {
    matrix(table, false, run)
}

/// As [`design`]; `native` keeps gaps as NaN and categories as their codes, whose dictionaries must be those of training.
///
/// # Errors
/// As [`design`].
pub(super) fn matrix(table: &Table, native: bool, run: &mut Run<'_>) -> Result<Design> {
    let usable = |f: &crate::base::Field, c: &Column| {
        f.kind != crate::base::ColumnKind::Id
            && match c {
                Column::Float(_) | Column::Int(_) | Column::Bool(_) => true,
                Column::Category(_) => native,
                _ => false,
            }
    };
    let (used, dropped): (Vec<_>, Vec<_>) = table.iter().partition(|(f, c)| usable(f, c));
    if !dropped.is_empty() {
        run.warn(Warning::ColumnsDropped {
            columns: dropped.iter().map(|(f, _)| f.name.clone()).collect(),
        });
    }
    if used.is_empty() {
        return Err(Error::NoFeatures);
    }
    let gap = if native { f32::NAN } else { 0.0 };
    let (n, p) = (table.n_rows(), used.len());
    let mut x = vec![0.0_f32; n * p];
    // Blocks of rows keep the written lines in cache while columns are read in order.
    const BLOCK: usize = 1024;
    for start in (0..n).step_by(BLOCK) {
        run.check()?;
        let rows = start..(start + BLOCK).min(n);
        for (j, (_, column)) in used.iter().enumerate() {
            if let Column::Category(c) = column {
                for i in rows.clone() {
                    x[i * p + j] = c.codes.get(i).map_or(gap, |code| code as f32);
                }
                continue;
            }
            for i in rows.clone() {
                let v = column.number(i).map_or(gap, |v| v as f32);
                x[i * p + j] = if v.is_finite() { v } else { gap };
            }
        }
    }
    let shape = |_| Error::Shape {
        what: "design matrix".into(),
        expected: n * p,
        found: 0,
    };
    Ok(Design {
        x: Array2::from_shape_vec((n, p), x).map_err(shape)?,
        features: used.iter().map(|(f, _)| f.name.clone()).collect(),
        origins: used.iter().map(|(f, _)| f.origins.clone()).collect(),
        n_levels: if used.iter().any(|(_, c)| matches!(c, Column::Category(_))) {
            used.iter().map(|(_, c)| n_levels(c)).collect()
        } else {
            Arc::new([])
        },
    })
}

fn n_levels(column: &Column) -> u32 {
    match column {
        Column::Category(c) => c.levels.len() as u32,
        _ => 0,
    }
}
