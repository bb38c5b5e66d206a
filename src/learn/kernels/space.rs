//! Points in blocks, column by column: distances from one point to all of them, in double precision.
use super::input::row_major;
use crate::base::{ColumnKind, Error, Result};
use ndarray::ArrayView2;
use std::borrow::Cow;

/// Points whose distances are computed side by side.
pub const BLOCK: usize = 16;

/// A matrix that groups are looked for in, checked.
#[derive(Debug, Clone)]
pub struct Rows<'a> {
    /// `n × d`, row-major, finite.
    pub x: Cow<'a, [f32]>,
    /// Rows.
    pub n: usize,
    /// Columns, at least 1.
    pub d: usize,
}

impl<'a> Rows<'a> {
    /// Checks `x` (`n_samples × n_features`).
    ///
    /// # Errors
    /// [`Error::NoFeatures`] without columns; [`Error::TooFewRows`] below `least` rows; [`Error::Memory`] beyond 2³² − 2 rows;
    /// [`Error::Cell`] at the first value that is not finite (the column named by its place, from 0).
    pub fn check(x: ArrayView2<'a, f32>, least: usize) -> Result<Self> {
        let (n, d) = x.dim();
        if d == 0 {
            return Err(Error::NoFeatures);
        }
        if n < least.max(1) {
            return Err(Error::TooFewRows {
                needed: least.max(1) as u64,
                found: n as u64,
            });
        }
        if n as u64 >= u64::from(u32::MAX) {
            return Err(Error::memory(n as u64 * 64));
        }
        let x = row_major(x);
        if let Some(at) = x.iter().position(|v| !v.is_finite()) {
            return Err(Error::Cell {
                row: (at / d) as u64 + 1,
                name: (at % d).to_string(),
                kind: ColumnKind::Float,
            });
        }
        Ok(Self { x, n, d })
    }

    /// Row `i`.
    pub fn row(&self, i: usize) -> &[f32] {
        &self.x[i * self.d..(i + 1) * self.d]
    }
}

/// Points in blocks of [`BLOCK`]; places without a point are infinitely far from everything.
#[derive(Debug, Clone, Default)]
pub struct Space {
    /// Per block and column a value of each point.
    values: Vec<[f64; BLOCK]>,
    d: usize,
}

impl Space {
    /// `n_blocks` blocks without points.
    pub fn empty(n_blocks: usize, d: usize) -> Self {
        Self {
            values: vec![[f64::INFINITY; BLOCK]; n_blocks * d],
            d,
        }
    }

    /// All rows of `x` (`n × d`, row-major), in order.
    pub fn new(x: &[f32], d: usize) -> Self {
        let d = d.max(1);
        let n = x.len() / d;
        let mut space = Self::empty(n.div_ceil(BLOCK), d);
        for (i, row) in x.chunks_exact(d).enumerate() {
            space.set(i, row.iter().map(|v| f64::from(*v)));
        }
        space
    }

    /// Blocks.
    pub fn n_blocks(&self) -> usize {
        self.values.len() / self.d.max(1)
    }

    /// Puts a point at place `i`.
    pub fn set(&mut self, i: usize, point: impl Iterator<Item = f64>) {
        let columns = &mut self.values[i / BLOCK * self.d..(i / BLOCK + 1) * self.d];
        for (column, v) in columns.iter_mut().zip(point) {
            column[i % BLOCK] = v;
        }
    }

    /// Takes the point at place `i` away.
    pub fn clear(&mut self, i: usize) {
        self.set(i, std::iter::repeat_n(f64::INFINITY, self.d));
    }

    /// The point at place `i`.
    pub fn get(&self, i: usize, out: &mut [f64]) {
        let columns = &self.values[i / BLOCK * self.d..(i / BLOCK + 1) * self.d];
        for (to, column) in out.iter_mut().zip(columns) {
            *to = column[i % BLOCK];
        }
    }

    /// Keeps the places `kept`, rising, and moves them together.
    pub fn keep(&mut self, kept: &[u32]) {
        let mut point = vec![0.0; self.d];
        for (to, from) in kept.iter().enumerate() {
            self.get(*from as usize, &mut point);
            self.set(to, point.iter().copied());
        }
        let n_blocks = kept.len().div_ceil(BLOCK);
        for i in kept.len()..n_blocks * BLOCK {
            self.clear(i);
        }
        self.values.truncate(n_blocks * self.d);
    }

    /// Squared distances of the points of block `b` to `point`, added up column by column.
    #[inline(always)]
    pub fn squared(&self, b: usize, point: &[f64]) -> [f64; BLOCK] {
        let mut sums = [0.0; BLOCK];
        let columns = &self.values[b * self.d..(b + 1) * self.d];
        for (column, p) in columns.iter().zip(point) {
            for (s, v) in sums.iter_mut().zip(column) {
                let away = v - p;
                *s += away * away;
            }
        }
        sums
    }
}

/// The place of the smallest value of a block, the first of equal ones.
#[inline(always)]
pub fn least(values: &[f64; BLOCK]) -> (usize, f64) {
    let mut low = values[0];
    for v in values {
        low = if *v < low { *v } else { low };
    }
    let at = values.iter().position(|v| *v == low).unwrap_or(0);
    (at, low)
}

/// The smallest value of a block.
#[inline(always)]
pub fn lowest(values: &[f64; BLOCK]) -> f64 {
    let mut half = [f64::INFINITY; 4];
    for four in values.as_chunks::<4>().0 {
        for (h, v) in half.iter_mut().zip(four) {
            *h = if *v < *h { *v } else { *h };
        }
    }
    half.iter()
        .fold(f64::INFINITY, |a, b| if *b < a { *b } else { a })
}

/// Rows that have distances from each other.
pub trait Distances {
    /// Rows.
    fn n_rows(&self) -> usize;

    /// Distances of row `i` to all rows, into `out` (`n_rows`).
    fn to_all(&self, i: usize, out: &mut [f64]);
}

/// Euclidean distances.
#[derive(Debug)]
pub struct Euclid<'a> {
    rows: Rows<'a>,
    space: Space,
}

impl<'a> Euclid<'a> {
    /// Between `rows`.
    pub fn new(rows: Rows<'a>) -> Self {
        Self {
            space: Space::new(&rows.x, rows.d),
            rows,
        }
    }
}

impl Distances for Euclid<'_> {
    fn n_rows(&self) -> usize {
        self.rows.n
    }

    fn to_all(&self, i: usize, out: &mut [f64]) {
        let point: Vec<f64> = self.rows.row(i).iter().map(|v| f64::from(*v)).collect();
        for (b, out) in out.chunks_mut(BLOCK).enumerate() {
            for (to, squared) in out.iter_mut().zip(self.space.squared(b, &point)) {
                *to = squared.sqrt();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn distances_are_those_of_the_plain_loop() {
        let x: Vec<f32> = (0..37 * 3).map(|i| (i * 7919 % 101) as f32 / 9.0).collect();
        let mut space = Space::new(&x, 3);
        assert_eq!(space.n_blocks(), 3);
        let p = [1.0, 2.5, -3.0];
        let plain = |i: usize| -> f64 {
            let row = x[i * 3..][..3].iter().zip(p);
            row.map(|(v, p)| (f64::from(*v) - p).powi(2)).sum()
        };
        for i in 0..37 {
            assert_eq!(space.squared(i / BLOCK, &p)[i % BLOCK], plain(i));
        }
        assert_eq!(space.squared(2, &p)[5], f64::INFINITY);
        space.keep(&[3, 20, 36]);
        assert_eq!(space.n_blocks(), 1);
        let d = space.squared(0, &p);
        assert_eq!(d[..3], [plain(3), plain(20), plain(36)]);
        assert_eq!(d[3], f64::INFINITY);
        assert_eq!(lowest(&d), least(&d).1);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let code = |x: Array2<f32>, n| Rows::check(x.view(), n).unwrap_err().code();
        assert_eq!(code(Array2::zeros((3, 0)), 1), "no_features");
        assert_eq!(code(Array2::zeros((0, 2)), 0), "too_few_rows");
        assert_eq!(code(Array2::zeros((1, 2)), 2), "too_few_rows");
        assert_eq!(code(Array2::from_elem((2, 2), f32::NAN), 1), "cell");
    }
}
