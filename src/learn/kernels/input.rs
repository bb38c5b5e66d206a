//! Checks a training set once, so that kernels can trust it.
use super::super::{Dataset, Target};
use crate::base::{ColumnKind, Error, Result, TargetReason};
use ndarray::ArrayView2;
use std::{borrow::Cow, sync::Arc};

/// Most rows a kernel takes: packed histogram sums keep 31 bits per field.
pub const MAX_ROWS: usize = 1 << 30;

/// How classes are weighted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassWeight {
    /// Every row counts by its sample weight.
    None,
    /// Classes get the same total weight: `Σw / (n_classes · Σw of the class)`.
    Balanced,
}

/// A checked two-class problem.
#[derive(Debug)]
pub struct Binary<'a> {
    /// `n_rows × n_columns`, row-major, finite.
    pub x: Cow<'a, [f32]>,
    /// Rows of positive weight, at least 2.
    pub n_rows: usize,
    /// Columns, at least 1.
    pub n_columns: usize,
    /// Class codes, 0 or 1.
    pub codes: Cow<'a, [u32]>,
    /// Sample weights, positive; absent when none were given.
    pub sample_weight: Option<Cow<'a, [f64]>>,
    /// Factor per class.
    pub class_weight: [f64; 2],
    /// Labels.
    pub classes: Arc<[String]>,
}

impl<'a> Binary<'a> {
    /// Checks `data`.
    ///
    /// # Errors
    /// [`Error::Shape`] when lengths disagree or a code has no label; [`Error::NoFeatures`] without columns;
    /// [`Error::TooFewRows`] without rows of positive weight; [`Error::Cell`] at the first value that is not
    /// finite (row from 1, name of the feature); [`Error::Target`] unless exactly two classes carry weight;
    /// [`Error::Param`] for `sample_weight` that is negative or not finite.
    pub fn check(data: &'a Dataset, weighting: ClassWeight) -> Result<Self> {
        let (codes, classes) = class_codes(data)?;
        let (n_rows, n_columns) = data.x.dim();
        if n_columns == 0 {
            return Err(Error::NoFeatures);
        }
        if classes.len() > 2 {
            return Err(target(TargetReason::TooManyClasses {
                found: classes.len() as u64,
            }));
        }
        let totals = class_totals(codes, classes.len(), data.sample_weight.as_deref())?;
        let &[negative, positive] = totals.as_slice() else {
            return Err(target(TargetReason::SingleClass));
        };
        if negative <= 0.0 || positive <= 0.0 {
            return Err(target(TargetReason::SingleClass));
        }
        let class_weight = match weighting {
            ClassWeight::None => [1.0; 2],
            ClassWeight::Balanced => {
                let all = negative + positive;
                [all / (2.0 * negative), all / (2.0 * positive)]
            }
        };
        let x = row_major(data.x.view());
        if let Some(at) = x.iter().position(|v| !v.is_finite()) {
            return Err(Error::Cell {
                row: (at / n_columns) as u64 + 1,
                name: data
                    .features
                    .get(at % n_columns)
                    .cloned()
                    .unwrap_or_else(|| (at % n_columns).to_string()),
                kind: ColumnKind::Float,
            });
        }
        let all = Self {
            x,
            n_rows,
            n_columns,
            codes: codes.into(),
            sample_weight: data.sample_weight.as_deref().map(Cow::Borrowed),
            class_weight,
            classes: classes.clone(),
        };
        Ok(all.without_weightless())
    }

    /// A row of weight 0 is as good as absent: it must not count as a row of a leaf either.
    fn without_weightless(self) -> Self {
        let Some(weight) = self.sample_weight.as_ref() else {
            return self;
        };
        let kept: Vec<usize> = (0..self.n_rows).filter(|&i| weight[i] > 0.0).collect();
        if kept.len() == self.n_rows {
            return self;
        }
        let d = self.n_columns;
        let rows = kept.iter().flat_map(|&i| &self.x[i * d..(i + 1) * d]);
        Self {
            x: rows.copied().collect(),
            n_rows: kept.len(),
            codes: kept.iter().map(|&i| self.codes[i]).collect(),
            sample_weight: Some(kept.iter().map(|&i| weight[i]).collect()),
            ..self
        }
    }

    /// Weight of each row, class weight included; absent when all are 1.
    pub fn row_weights(&self) -> Option<Vec<f64>> {
        if self.sample_weight.is_none() && self.class_weight == [1.0; 2] {
            return None;
        }
        let factor = |c: u32| self.class_weight[usize::from(c == 1)];
        Some(match &self.sample_weight {
            Some(w) => w
                .iter()
                .zip(self.codes.iter())
                .map(|(w, &c)| w * factor(c))
                .collect(),
            None => self.codes.iter().map(|&c| factor(c)).collect(),
        })
    }
}

/// The class codes and labels of `data`, lengths checked.
///
/// # Errors
/// [`Error::Shape`], [`Error::TooFewRows`]; [`Error::Target`] for a number target; [`Error::Memory`] beyond [`MAX_ROWS`].
pub fn class_codes(data: &Dataset) -> Result<(&[u32], &Arc<[String]>)> {
    let n = data.x.nrows();
    let (codes, classes) = match &data.y {
        Target::Class { codes, classes } => (codes.as_slice(), classes),
        Target::Number(_) | Target::None => return Err(target(TargetReason::NeedsClasses)),
    };
    if codes.len() != n {
        return Err(shape("rows of the target", n, codes.len()));
    }
    if let Some(&bad) = codes.iter().find(|&&c| c as usize >= classes.len()) {
        return Err(shape("class code", classes.len(), bad as usize));
    }
    if let Some(w) = &data.sample_weight
        && w.len() != n
    {
        return Err(shape("sample weights", n, w.len()));
    }
    if n == 0 {
        return Err(Error::TooFewRows {
            needed: 2,
            found: 0,
        });
    }
    if n > MAX_ROWS {
        return Err(Error::memory(n as u64 * 64));
    }
    Ok((codes, classes))
}

/// Total sample weight of each class.
///
/// # Errors
/// [`Error::Param`] for weights that are negative or not finite; [`Error::TooFewRows`] when all are 0.
pub fn class_totals(codes: &[u32], n_classes: usize, weight: Option<&[f64]>) -> Result<Vec<f64>> {
    let mut totals = vec![0.0; n_classes];
    if let Some(w) = weight
        && w.iter().any(|w| !w.is_finite() || *w < 0.0)
    {
        return Err(Error::out_of_range("sample_weight", 0.0, f64::MAX));
    }
    for (i, &c) in codes.iter().enumerate() {
        if let Some(t) = totals.get_mut(c as usize) {
            *t += weight.and_then(|w| w.get(i)).copied().unwrap_or(1.0);
        }
    }
    let all: f64 = totals.iter().sum();
    if all <= 0.0 {
        return Err(Error::TooFewRows {
            needed: 2,
            found: 0,
        });
    }
    if !all.is_finite() {
        return Err(Error::out_of_range("sample_weight", 0.0, f64::MAX));
    }
    Ok(totals)
}

/// The matrix as one row-major slice, copied only when it lies otherwise.
pub fn row_major(x: ArrayView2<'_, f32>) -> Cow<'_, [f32]> {
    match x.to_slice() {
        Some(s) => Cow::Borrowed(s),
        None => Cow::Owned(x.iter().copied().collect()),
    }
}

/// Refuses a matrix of another width.
///
/// # Errors
/// [`Error::Shape`].
pub fn check_width(x: ArrayView2<'_, f32>, n_features: usize) -> Result<()> {
    if x.ncols() == n_features {
        Ok(())
    } else {
        Err(shape("columns", n_features, x.ncols()))
    }
}

fn shape(what: &'static str, expected: usize, found: usize) -> Error {
    Error::Shape {
        what: what.into(),
        expected,
        found,
    }
}

fn target(reason: TargetReason) -> Error {
    Error::Target {
        name: "target".into(),
        reason,
    }
}
