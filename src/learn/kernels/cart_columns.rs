//! Binned columns as trees see them: codes by column, and the span of values behind every code.
use super::bins::{Bins, MAX_BINS};
use crate::base::{Result, Run};

/// Codes a column may have.
pub const N_CODES: usize = 256;

/// Binned columns.
///
/// Held by construction: every code of column `j` is below `n_bins(j)`, which is at most [`N_CODES`].
#[derive(Debug)]
pub struct Columns {
    bins: Bins,
    /// Smallest and largest value of each bin, per column.
    spans: Vec<Vec<[f32; 2]>>,
}

impl Columns {
    /// Bins `x` (`n_rows × n_columns`, row-major, finite). Columns of up to 255 different values keep them apart.
    ///
    /// # Errors
    /// [`crate::base::Error::Cancelled`].
    pub fn new(x: &[f32], n_columns: usize, run: &Run<'_>) -> Result<Self> {
        let bins = Bins::new(x, n_columns, MAX_BINS, run)?;
        let mut spans = vec![Vec::new(); n_columns];
        for (j, spans) in spans.iter_mut().enumerate() {
            run.check()?;
            let codes = bins.column(j);
            let n_bins = codes.iter().max().map_or(1, |c| usize::from(*c) + 1);
            *spans = vec![[f32::INFINITY, f32::NEG_INFINITY]; n_bins];
            for (code, row) in codes.iter().zip(x.chunks_exact(n_columns)) {
                let span = &mut spans[usize::from(*code)];
                *span = [span[0].min(row[j]), span[1].max(row[j])];
            }
        }
        Ok(Self { bins, spans })
    }

    /// Rows.
    pub fn n_rows(&self) -> usize {
        self.bins.n_rows()
    }

    /// Columns.
    pub fn n_columns(&self) -> usize {
        self.spans.len()
    }

    /// Codes of column `j`.
    pub fn codes(&self, j: usize) -> &[u8] {
        self.bins.column(j)
    }

    /// Bins of column `j`.
    pub fn n_bins(&self, j: usize) -> usize {
        self.spans[j].len()
    }

    /// Smallest and largest value in a bin.
    pub fn span(&self, j: usize, bin: u8) -> [f64; 2] {
        self.spans[j][usize::from(bin)].map(f64::from)
    }

    /// Largest value that goes left when `left` is the last bin of the left side and `right` the first of the right
    /// side: half-way between their values, as scikit-learn has it.
    pub fn threshold(&self, j: usize, left: u8, right: u8) -> f64 {
        let (low, high) = (self.span(j, left)[1], self.span(j, right)[0]);
        let middle = low / 2.0 + high / 2.0;
        if middle < high { middle } else { low }
    }
}

/// The largest single-precision number that is not above `v`: for single-precision `x`, `x <= v` and `x <= floor(v)`
/// say the same.
pub fn floor_f32(v: f64) -> f32 {
    let near = v as f32;
    if f64::from(near) > v {
        near.next_down()
    } else {
        near
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;

    #[test]
    fn thresholds_lie_half_way_between_the_values_on_both_sides() {
        let x = [1.0, 5.0, 2.0, 1.0, -3.0f32];
        let mut quiet = Quiet;
        let columns = Columns::new(&x, 1, &Run::new(&mut quiet, 0)).unwrap();
        assert_eq!(columns.codes(0), [1, 3, 2, 1, 0]);
        assert_eq!(columns.n_bins(0), 4);
        assert_eq!(columns.threshold(0, 1, 3), 3.0);
        assert_eq!(columns.threshold(0, 0, 1), -1.0);
        let next = [1.0f32, 1.0f32.next_up()];
        let columns = Columns::new(&next, 1, &Run::new(&mut quiet, 0)).unwrap();
        assert!(columns.threshold(0, 0, 1) < f64::from(next[1]));
    }

    #[test]
    fn rounding_down_keeps_every_comparison() {
        for v in [0.1, -0.1, 1.0, 1e-50, -1e-50, 16_777_217.0, -1e30] {
            let f = floor_f32(v);
            assert!(f64::from(f) <= v && f64::from(f.next_up()) > v, "{v}");
        }
    }
}
