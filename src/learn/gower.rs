//! Gower's distance: rows of numbers and categories compared column by column.
//!
//! Numbers lie `|a − b| / range` apart, categories 0 or 1; the distance is the mean over the columns both rows have a value in,
//! from 0 to 1. Rows without a column in common lie 1 apart. A column that is the same everywhere counts as no difference.
//! Far values stretch a range and make everything else look alike: cut them off first.
//!
//! Source: Gower (1971), doi:10.2307/2528823.
use super::kernels::space::Distances;
use crate::base::{Error, Result};

/// Code of a category cell without a value.
pub const MISSING: u32 = u32::MAX;

/// A column; all are of one length.
#[derive(Debug, Clone, Copy)]
pub enum Column<'a> {
    /// Numbers, NaN where one is missing; infinite ones count as missing.
    Numbers(&'a [f64]),
    /// Codes of categories, [`MISSING`] where one is missing.
    Levels(&'a [u32]),
}

impl Column<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(v) => v.len(),
            Self::Levels(v) => v.len(),
        }
    }
}

#[derive(Debug, Clone)]
enum Scaled {
    /// Divided by the range; NaN where missing.
    Numbers {
        values: Vec<f64>,
        gaps: bool,
    },
    Levels {
        codes: Vec<u32>,
        gaps: bool,
    },
}

/// Rows with Gower's distances.
#[derive(Debug, Clone)]
pub struct Gower {
    columns: Vec<Scaled>,
    weights: Vec<f64>,
    ranges: Vec<f64>,
    n: usize,
}

impl Gower {
    /// Over `columns`; `weights`, one for each, are all 1 where absent.
    ///
    /// # Errors
    /// [`Error::NoFeatures`] without columns or weight; [`Error::Shape`] when lengths disagree; [`Error::TooFewRows`] without
    /// rows; [`Error::Param`] for a weight below 0 or not finite.
    pub fn new(columns: &[Column<'_>], weights: Option<&[f64]>) -> Result<Self> {
        let range = |column: &Column<'_>| match column {
            Column::Levels(_) => 0.0,
            Column::Numbers(values) => {
                let finite = values.iter().filter(|v| v.is_finite());
                let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
                    (l.min(*v), h.max(*v))
                });
                // Halves, so that the widest ranges do not overflow.
                if low < high {
                    high / 2.0 - low / 2.0
                } else {
                    0.0
                }
            }
        };
        let ranges: Vec<f64> = columns.iter().map(range).collect();
        Self::scaled(columns, weights, &ranges)
    }

    /// The same with the [`ranges`](Self::ranges) of other rows, for new ones; numbers beyond them may lie more than 1 apart
    /// and are taken as 1.
    ///
    /// # Errors
    /// As [`Gower::new`].
    pub fn scaled(columns: &[Column<'_>], weights: Option<&[f64]>, ranges: &[f64]) -> Result<Self> {
        let Some(n) = columns.first().map(Column::len) else {
            return Err(Error::NoFeatures);
        };
        let shape = |what: &'static str, expected, found| Error::Shape {
            what: what.into(),
            expected,
            found,
        };
        if ranges.len() != columns.len() {
            return Err(shape("ranges", columns.len(), ranges.len()));
        }
        if let Some(other) = columns.iter().find(|c| c.len() != n) {
            return Err(shape("rows", n, other.len()));
        }
        if n == 0 {
            return Err(Error::TooFewRows {
                needed: 1,
                found: 0,
            });
        }
        let weights = weights.map_or_else(|| vec![1.0; columns.len()], <[f64]>::to_vec);
        if weights.len() != columns.len() {
            return Err(shape("weights", columns.len(), weights.len()));
        }
        if !weights.iter().all(|w| *w >= 0.0 && w.is_finite()) {
            return Err(Error::out_of_range("weights", 0.0, f64::MAX));
        }
        if !weights.iter().any(|w| *w > 0.0) {
            return Err(Error::NoFeatures);
        }
        let scale = |(column, range): (&Column<'_>, &f64)| match column {
            Column::Numbers(values) => {
                let by = if *range > 0.0 { 0.5 / range } else { 0.0 };
                let value = |v: &f64| if v.is_finite() { v * by } else { f64::NAN };
                let values: Vec<f64> = values.iter().map(value).collect();
                Scaled::Numbers {
                    gaps: values.iter().any(|v| v.is_nan()),
                    values,
                }
            }
            Column::Levels(codes) => Scaled::Levels {
                codes: codes.to_vec(),
                gaps: codes.contains(&MISSING),
            },
        };
        Ok(Self {
            columns: columns.iter().zip(ranges).map(scale).collect(),
            weights,
            ranges: ranges.to_vec(),
            n,
        })
    }

    /// Half the range of each number column, 0 for others; what [`Gower::scaled`] takes.
    pub fn ranges(&self) -> &[f64] {
        &self.ranges
    }
}

impl Distances for Gower {
    fn n_rows(&self) -> usize {
        self.n
    }

    fn to_all(&self, i: usize, out: &mut [f64]) {
        out.fill(0.0);
        // The weight of the columns that are there in all rows, and per row that of the others.
        let mut always = 0.0;
        let mut sometimes: Vec<f64> = Vec::new();
        for (column, w) in self.columns.iter().zip(&self.weights) {
            match column {
                Scaled::Numbers {
                    values,
                    gaps: false,
                } => {
                    always += w;
                    let own = values[i];
                    for (o, v) in out.iter_mut().zip(values) {
                        *o += w * (v - own).abs().min(1.0);
                    }
                }
                Scaled::Levels { codes, gaps: false } => {
                    always += w;
                    let own = codes[i];
                    for (o, c) in out.iter_mut().zip(codes) {
                        *o += if *c == own { 0.0 } else { *w };
                    }
                }
                Scaled::Numbers { values, .. } => {
                    sometimes.resize(self.n, 0.0);
                    let own = values[i];
                    for ((o, s), v) in out.iter_mut().zip(&mut sometimes).zip(values) {
                        let away = (v - own).abs();
                        let is_known = !away.is_nan();
                        *s += if is_known { *w } else { 0.0 };
                        *o += if is_known { w * away.min(1.0) } else { 0.0 };
                    }
                }
                Scaled::Levels { codes, .. } => {
                    sometimes.resize(self.n, 0.0);
                    let own = codes[i];
                    for ((o, s), c) in out.iter_mut().zip(&mut sometimes).zip(codes) {
                        let is_known = *c != MISSING && own != MISSING;
                        *s += if is_known { *w } else { 0.0 };
                        *o += if is_known && *c != own { *w } else { 0.0 };
                    }
                }
            }
        }
        if sometimes.is_empty() {
            out.iter_mut().for_each(|o| *o /= always);
        } else {
            for (o, s) in out.iter_mut().zip(&sometimes) {
                let all = always + s;
                *o = if all > 0.0 { *o / all } else { 1.0 };
            }
        }
        if let Some(own) = out.get_mut(i) {
            *own = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_without_a_value_do_not_count() {
        let age = [20.0, 40.0, f64::NAN, 60.0];
        let plan = [0, 1, 0, MISSING];
        let same = [7.0; 4];
        let columns = [
            Column::Numbers(&age),
            Column::Levels(&plan),
            Column::Numbers(&same),
        ];
        let gower = Gower::new(&columns, None).unwrap();
        let mut out = [0.0; 4];
        gower.to_all(0, &mut out);
        assert_eq!(out, [0.0, 0.5, 0.0, 0.5]);
        let two = Gower::new(&columns[..2], Some(&[3.0, 1.0])).unwrap();
        two.to_all(2, &mut out);
        assert_eq!(out, [0.0, 1.0, 0.0, 1.0]);
        two.to_all(0, &mut out);
        assert_eq!(out, [0.0, 0.625, 0.0, 1.0]);
        let new = Gower::scaled(
            &[Column::Numbers(&[20.0, 90.0])],
            None,
            &gower.ranges()[..1],
        );
        new.unwrap().to_all(0, &mut out[..2]);
        assert_eq!(out[..2], [0.0, 1.0]);
    }

    #[test]
    fn bad_input_is_an_error() {
        let code = |c: &[Column<'_>], w: Option<&[f64]>| Gower::new(c, w).unwrap_err().code();
        let one = Column::Numbers(&[1.0]);
        assert_eq!(code(&[], None), "no_features");
        assert_eq!(code(&[Column::Levels(&[])], None), "too_few_rows");
        assert_eq!(code(&[one, Column::Levels(&[])], None), "shape");
        assert_eq!(code(&[one], Some(&[-1.0])), "param");
        assert_eq!(code(&[one], Some(&[0.0])), "no_features");
        let wide = Gower::new(&[Column::Numbers(&[f64::MIN, f64::MAX, f64::NAN])], None).unwrap();
        let mut out = [0.0; 3];
        wide.to_all(0, &mut out);
        assert!((out[1] - 1.0).abs() < 1e-9 && out[2] == 1.0);
    }
}
