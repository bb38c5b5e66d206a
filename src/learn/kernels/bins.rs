//! Columns cut into at most 255 bins, one byte per value, laid out twice: by row to sum, by column to divide rows.
//!
//! A column with missing values, and every category, has bin 0 for them; the bins of its values follow. Of a category
//! the 254 levels with most rows have bins; the others count as missing.
use crate::base::order::Ordered;
use crate::base::{Result, Run};

/// Most bins per column; code 255 stays free.
pub const MAX_BINS: usize = 255;
/// Levels of a category from here on count as missing, so that a set of levels stays small.
pub const MAX_LEVEL: u32 = 1 << 16;
/// Columns read together while summing; rows are padded to a multiple.
pub const LANE: usize = 4;

/// What the bins of a column stand for.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Upper limits of all bins but the last, rising.
    Numbers(Vec<f32>),
    /// The level of each bin, rising.
    Levels(Vec<u32>),
}

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
    kinds: Vec<Kind>,
    shifts: Vec<u8>,
}

/// Buffers for one column.
struct Work {
    values: Vec<f32>,
    keys: Vec<u32>,
    spare: Vec<u32>,
}

impl Work {
    /// Sorted keys of the values that are there, of the first `n_known` rows.
    fn sort(&mut self, n_known: usize) {
        let there = self.values.iter().take(n_known).filter(|v| !v.is_nan());
        self.keys.clear();
        self.keys.extend(there.map(|v| sortable(*v)));
        self.spare.resize(self.keys.len(), 0);
        radix_sort(&mut self.keys, &mut self.spare);
    }
}

impl Bins {
    /// Bins `x` (`n_rows × n_columns`, row-major, finite or NaN). A column with at most `max_bin` values keeps them
    /// apart; others are cut so that bins hold about equally many rows.
    ///
    /// # Errors
    /// [`crate::base::Error::Cancelled`].
    pub fn new(x: &[f32], n_columns: usize, max_bin: usize, run: &Run<'_>) -> Result<Self> {
        Self::with_levels(x, n_columns, &[], usize::MAX, max_bin, run)
    }

    /// The same with categories: columns with `n_levels[j] > 0` hold codes. Bins are chosen by the first `n_known`
    /// rows alone; the others are put into them.
    ///
    /// # Errors
    /// [`crate::base::Error::Cancelled`].
    pub fn with_levels(
        x: &[f32],
        n_columns: usize,
        n_levels: &[u32],
        n_known: usize,
        max_bin: usize,
        run: &Run<'_>,
    ) -> Result<Self> {
        let n_rows = x.len() / n_columns.max(1);
        let max_bin = max_bin.clamp(2, MAX_BINS);
        let stride = n_columns.next_multiple_of(LANE);
        let mut by_row = vec![0; n_rows * stride];
        let mut by_column = vec![0; n_rows * n_columns];
        let mut offsets = Vec::with_capacity(stride + 1);
        offsets.push(0u32);
        let mut kinds = Vec::with_capacity(n_columns);
        let mut shifts = Vec::with_capacity(n_columns);
        let mut work = Work {
            values: vec![0f32; n_rows],
            keys: Vec::with_capacity(n_rows),
            spare: Vec::with_capacity(n_rows),
        };
        for j in 0..n_columns {
            run.check()?;
            // Adding 0 makes both zeros one value.
            for (v, row) in work.values.iter_mut().zip(x.chunks_exact(n_columns)) {
                *v = row[j] + 0.0;
            }
            work.sort(n_known);
            let column = &mut by_column[j * n_rows..(j + 1) * n_rows];
            let (kind, shift) = if n_levels.get(j).is_some_and(|l| *l > 0) {
                let levels = frequent(&work.keys);
                encode_levels(&work.values, &levels, column);
                (Kind::Levels(levels), 1)
            } else {
                let shift = u8::from(work.values.iter().any(|v| v.is_nan()));
                let limits = cut(&work.keys, (max_bin - usize::from(shift)).max(2));
                encode(&work.values, &limits, shift, column);
                (Kind::Numbers(limits), shift)
            };
            let n_bins = match &kind {
                Kind::Numbers(limits) => limits.len() + 1,
                Kind::Levels(levels) => levels.len(),
            };
            offsets.push(offsets[j] + n_bins as u32 + u32::from(shift));
            kinds.push(kind);
            shifts.push(shift);
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
            kinds,
            shifts,
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

    /// What the bins of column `j` stand for.
    pub fn kind(&self, j: usize) -> &Kind {
        &self.kinds[j]
    }

    /// Bins of column `j` before those of its values: 1 where bin 0 is for missing values, else 0.
    pub fn shift(&self, j: usize) -> u8 {
        self.shifts[j]
    }

    /// Largest value that falls in bin `bin` of number column `j` or below; infinite for the last bin.
    pub fn edge(&self, j: usize, bin: usize) -> f32 {
        let edge = match &self.kinds[j] {
            Kind::Numbers(limits) => limits.get(bin.wrapping_sub(self.shifts[j].into())),
            Kind::Levels(_) => None,
        };
        edge.copied().unwrap_or(f32::INFINITY)
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

/// Bin of each value: `shift` and how many limits lie below it, in eight halvings without branches; 0 for NaN.
#[inline(never)]
fn encode(values: &[f32], limits: &[f32], shift: u8, out: &mut [u8]) {
    let mut table = [f32::INFINITY; 256];
    for (t, l) in table.iter_mut().zip(limits) {
        *t = *l;
    }
    for (o, v) in out.iter_mut().zip(values) {
        let mut bin = 0usize;
        for step in [128, 64, 32, 16, 8, 4, 2, 1] {
            bin += step * usize::from(table[(bin + step - 1) & 255] < *v);
        }
        *o = bin as u8 + shift * u8::from(!v.is_nan());
    }
}

/// The levels with most rows, rising; the lower one on a tie. `sorted` are the keys of a column of codes.
fn frequent(sorted: &[u32]) -> Vec<u32> {
    let runs = sorted.chunk_by(|a, b| a == b);
    let mut counts: Vec<(usize, u32)> = runs
        .map(|run| (run.len(), unsortable(run[0]) as u32))
        .filter(|(_, level)| *level < MAX_LEVEL)
        .collect();
    counts.order_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    counts.truncate(MAX_BINS - 1);
    let mut levels: Vec<u32> = counts.into_iter().map(|(_, level)| level).collect();
    levels.sort_unstable();
    levels
}

/// Bin of each code, from 1; 0 for NaN and for levels without a bin.
#[inline(never)]
fn encode_levels(values: &[f32], levels: &[u32], out: &mut [u8]) {
    let size = levels.last().map_or(0, |l| *l as usize + 1);
    let mut table = vec![0u8; size];
    for (i, &level) in levels.iter().enumerate() {
        table[level as usize] = i as u8 + 1;
    }
    for (o, v) in out.iter_mut().zip(values) {
        // NaN becomes 0 here, so it is told apart first.
        let bin = table.get(*v as usize).copied().unwrap_or(0);
        *o = if v.is_nan() { 0 } else { bin };
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
    fn missing_values_and_rare_levels_have_bin_0() {
        let mut quiet = Quiet;
        let run = Run::new(&mut quiet, 0);
        // A number with a gap, a column with nothing, a category of 300 levels, of which 0 to 45 have a row more.
        let n = 646;
        let x: Vec<f32> = (0..n)
            .flat_map(|i| {
                let number = if i % 5 == 0 { f32::NAN } else { (i % 3) as f32 };
                let level = if i == 645 { f32::NAN } else { (i % 300) as f32 };
                [number, f32::NAN, level]
            })
            .collect();
        let b = Bins::with_levels(&x, 3, &[0, 0, 300], n, 255, &run).unwrap();
        assert_eq!(&b.column(0)[..6], [0, 2, 3, 1, 2, 0]);
        assert_eq!((b.edge(0, 1), b.edge(0, 2)), (0.5, 1.5));
        assert!(b.column(1).iter().all(|c| *c == 0));
        assert_eq!((b.shift(0), b.shift(1), b.shift(2)), (1, 1, 1));
        let Kind::Levels(levels) = b.kind(2) else {
            panic!()
        };
        assert_eq!(*levels, (0..254).collect::<Vec<_>>());
        assert_eq!(b.column(2)[253..256], [254, 0, 0]);
        assert_eq!(b.column(2)[645], 0);
        // Rows beyond the known ones choose nothing: their levels and values fall into the bins there are.
        let b = Bins::with_levels(&x, 3, &[0, 0, 300], 2, 255, &run).unwrap();
        assert_eq!(*b.kind(0), Kind::Numbers(vec![]));
        assert_eq!(&b.column(0)[..6], [0, 1, 1, 1, 1, 0]);
        assert_eq!(*b.kind(2), Kind::Levels(vec![0, 1]));
        assert_eq!((b.column(2)[1], b.column(2)[2]), (2, 0));
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
