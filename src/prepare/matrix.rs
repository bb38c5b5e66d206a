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
    /// `(n_samples, n_features)`, row-major, finite.
    pub x: Array2<f32>,
    /// A name per column.
    pub features: Arc<[String]>,
    /// Per column, the columns of the file it was made from.
    pub origins: Vec<Vec<String>>,
}

/// Number and yes/no columns of `table` as a matrix. Columns of other kinds are left out with a warning; gaps that
/// no step has filled become 0.
///
/// # Errors
/// [`Error::NoFeatures`] when nothing is left, [`Error::Cancelled`].
pub fn design(table: &Table, run: &mut Run<'_>) -> Result<Design> {
    let usable = |f: &crate::base::Field, c: &Column| {
        f.kind != crate::base::ColumnKind::Id
            && matches!(c, Column::Float(_) | Column::Int(_) | Column::Bool(_))
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
    let (n, p) = (table.n_rows(), used.len());
    let mut x = vec![0.0_f32; n * p];
    // Blocks of rows keep the written lines in cache while columns are read in order.
    const BLOCK: usize = 1024;
    for start in (0..n).step_by(BLOCK) {
        run.check()?;
        let rows = start..(start + BLOCK).min(n);
        for (j, (_, column)) in used.iter().enumerate() {
            for i in rows.clone() {
                let v = column.number(i).unwrap_or(0.0) as f32;
                x[i * p + j] = if v.is_finite() { v } else { 0.0 };
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
    })
}
