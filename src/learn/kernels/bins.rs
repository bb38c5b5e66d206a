//! Columns cut into at most 255 bins, one byte per value, laid out twice: by row to sum, by column to divide rows.
use crate::base::{Result, Run};

/// Most bins per column; code 255 stays free.
pub const MAX_BINS: usize = 255;
/// Columns read together while summing; rows are padded to a multiple.
pub const LANE: usize = 4;

/// A binned matrix.
///
/// Held by construction: every byte of column `j` is below `offsets[j + 1] - offsets[j]`, padding bytes are 0,
/// `by_row` has `n_rows · stride` bytes and `by_column` `n_rows · n_columns`.
#[derive(Debug)]
pub struct Bins {
    n_rows: usize,
    n_columns: usize,
    stride: usize,
    by_row: Vec<u8>,
    by_column: Vec<u8>,
    offsets: Vec<u32>,
    edges: Vec<Vec<f32>>,
}

impl Bins {
    /// Bins `x` (`n_rows × n_columns`, row-major, finite). A column with at most `max_bin` values keeps them
    /// apart; others are cut so that bins hold about equally many rows.
    ///
    /// # Errors
    /// [`crate::base::Error::Cancelled`].
    pub fn new(x: &[f32], n_columns: usize, max_bin: usize, run: &Run<'_>) -> Result<Self> {
        let n_rows = x.len() / n_columns.max(1);
        let max_bin = max_bin.clamp(2, MAX_BINS);
        let stride = n_columns.next_multiple_of(LANE);
        let mut by_row = vec![0; n_rows * stride];
        let mut by_column = vec![0; n_rows * n_columns];
        let mut offsets = Vec::with_capacity(stride + 1);
        offsets.push(0u32);
        let mut edges = Vec::with_capacity(n_columns);
        let mut values = vec![0f32; n_rows];
        let (mut keys, mut spare) = (vec![0u32; n_rows], vec![0u32; n_rows]);
        for j in 0..n_columns {
            run.check()?;
            // Adding 0 makes both zeros one value.
            for (v, row) in values.iter_mut().zip(x.chunks_exact(n_columns)) {
                *v = row[j] + 0.0;
            }
            for (k, v) in keys.iter_mut().zip(&values) {
                *k = sortable(*v);
            }
            radix_sort(&mut keys, &mut spare);
            let limits = cut(&keys, max_bin);
            let column = &mut by_column[j * n_rows..(j + 1) * n_rows];
            encode(&values, &limits, column);
            offsets.push(offsets[j] + limits.len() as u32 + 1);
            edges.push(limits);
        }
        for j in n_columns..stride {
            offsets.push(offsets[j] + 1);
        }
        // A block of rows at a time, so that both sides stay in the cache.
        for start in (0..n_rows).step_by(1024) {
            let end = (start + 1024).min(n_rows);
            for j in 0..n_columns {
                let column = &by_column[j * n_rows + start..j * n_rows + end];
                let rows = by_row[start * stride..end * stride].chunks_exact_mut(stride);
                for (row, b) in rows.zip(column) {
                    row[j] = *b;
                }
            }
        }
        Ok(Self {
            n_rows,
            n_columns,
            stride,
            by_row,
            by_column,
            offsets,
            edges,
        })
    }

    /// Rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Columns.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// Bytes per row of [`Bins::by_row`].
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// Bins by row, `n_rows × stride`.
    pub fn by_row(&self) -> &[u8] {
        &self.by_row
    }

    /// Bins of one column.
    pub fn column(&self, j: usize) -> &[u8] {
        &self.by_column[j * self.n_rows..(j + 1) * self.n_rows]
    }

    /// Where each column's bins start in a histogram; `stride + 1` values, the last is the histogram's length.
    pub fn offsets(&self) -> &[u32] {
        &self.offsets
    }

    /// Length of a histogram.
    pub fn histogram_len(&self) -> usize {
        self.offsets[self.stride] as usize
    }

    /// Largest value that falls in bin `bin` of column `j` or below; infinite for the last bin.
    pub fn edge(&self, j: usize, bin: usize) -> f32 {
        self.edges[j].get(bin).copied().unwrap_or(f32::INFINITY)
    }
}

/// Order-preserving bits of a finite number.
fn sortable(v: f32) -> u32 {
    let bits = v.to_bits();
    if bits >> 31 == 1 {
        !bits
    } else {
        bits | 1 << 31
    }
}

fn unsortable(k: u32) -> f32 {
    f32::from_bits(if k >> 31 == 1 { k & !(1 << 31) } else { !k })
}

/// Sorts by 11 bits at a time, lowest first.
#[inline(never)]
fn radix_sort(keys: &mut Vec<u32>, spare: &mut Vec<u32>) {
    if keys.len() < 512 {
        keys.sort_unstable();
        return;
    }
    for shift in [0, 11, 22] {
        let mut places = [0u32; 2048];
        for k in keys.iter() {
            places[(k >> shift) as usize & 2047] += 1;
        }
        let mut sum = 0;
        for p in &mut places {
            (*p, sum) = (sum, sum + *p);
        }
        for k in keys.iter() {
            let place = &mut places[(k >> shift) as usize & 2047];
            spare[*place as usize] = *k;
            *place += 1;
        }
        std::mem::swap(keys, spare);
    }
}

/// Upper limits of all bins but the last, rising. A value belongs to the first bin whose limit is not below it.
fn cut(sorted: &[u32], max_bin: usize) -> Vec<f32> {
    let runs = || sorted.chunk_by(|a, b| a == b);
    let mut limits = Vec::new();
    let few = runs().take(max_bin + 1).count() <= max_bin;
    let (mut held, mut left, mut free) = (0, sorted.len(), max_bin);
    let mut last: Option<u32> = None;
    for run in runs() {
        if let Some(last) = last {
            // Close the bin when it has its share of what is left, or when a value that fills one of its own follows.
            let share = left.div_ceil(free.max(1));
            if free > 1 && (few || held >= share || run.len() >= share) {
                limits.push(between(unsortable(last), unsortable(run[0])));
                left -= held;
                free -= 1;
                held = 0;
            }
        }
        held += run.len();
        last = Some(run[0]);
    }
    limits
}

/// A limit `a <= limit < b`.
fn between(a: f32, b: f32) -> f32 {
    let middle = (0.5 * (f64::from(a) + f64::from(b))) as f32;
    if middle >= a && middle < b { middle } else { a }
}

/// Bin of each value: how many limits lie below it. Eight halvings without branches.
#[inline(never)]
fn encode(values: &[f32], limits: &[f32], out: &mut [u8]) {
    let mut table = [f32::INFINITY; 256];
    for (t, l) in table.iter_mut().zip(limits) {
        *t = *l;
    }
    for (o, v) in out.iter_mut().zip(values) {
        let mut bin = 0usize;
        for step in [128, 64, 32, 16, 8, 4, 2, 1] {
            bin += step * usize::from(table[(bin + step - 1) & 255] < *v);
        }
        *o = bin as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;

    fn bins(x: &[f32], d: usize, max_bin: usize) -> Bins {
        let mut quiet = Quiet;
        Bins::new(x, d, max_bin, &Run::new(&mut quiet, 0)).unwrap()
    }

    #[test]
    fn few_values_keep_apart_and_edges_agree_with_codes() {
        let x = [3.0, -1.0, 0.0, -0.0, 3.0, 1e30, -1e30, f32::MAX, f32::MIN];
        let b = bins(&x, 1, 255);
        assert_eq!(b.column(0), [4, 2, 3, 3, 4, 5, 1, 6, 0]);
    }

    #[test]
    fn codes_stay_within_offsets_for_any_data() {
        let mut s = 1u32;
        for (n, d, max_bin) in [
            (1, 1, 255),
            (3, 5, 2),
            (700, 3, 255),
            (5000, 2, 255),
            (5000, 6, 16),
        ] {
            let x: Vec<f32> = (0..n * d)
                .map(|i| {
                    s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let v = f32::from_bits(s);
                    match i % d {
                        0 if v.is_finite() => v,
                        1 => (s >> 30) as f32,
                        2 => 7.0,
                        _ => (s >> 8) as f32 * 1e-7 - 0.8,
                    }
                })
                .collect();
            let b = bins(&x, d, max_bin);
            assert_eq!(b.by_row().len(), n * b.stride());
            for j in 0..d {
                let width = b.offsets()[j + 1] - b.offsets()[j];
                assert!(width as usize <= max_bin);
                for i in 0..n {
                    let code = b.column(j)[i];
                    assert_eq!(code, b.by_row()[i * b.stride() + j]);
                    assert!(u32::from(code) < width);
                    let v = x[i * d + j];
                    assert!(v <= b.edge(j, code.into()));
                    assert!(code == 0 || v > b.edge(j, usize::from(code) - 1));
                }
            }
            let padding = b.by_row().chunks_exact(b.stride()).flat_map(|r| &r[d..]);
            assert!(padding.into_iter().all(|b| *b == 0));
        }
    }

    #[test]
    fn bins_of_many_values_hold_about_equally_many() {
        let x: Vec<f32> = (0..10_000u32).map(|i| (i * 7919 % 10_000) as f32).collect();
        let b = bins(&x, 1, 100);
        let mut counts = [0; 100];
        for &c in b.column(0) {
            counts[usize::from(c)] += 1;
        }
        assert!(counts.iter().all(|c| (90..=110).contains(c)), "{counts:?}");
    }
}
