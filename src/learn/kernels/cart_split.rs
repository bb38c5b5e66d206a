//! Finds the best split of a node: sums per bin of a few columns at a time, then one pass over the bins.
//!
//! A node of few rows touches few bins: they are marked while summing, and only they are looked at and cleared.
use super::{
    cart_columns::{Columns, N_CODES},
    cart_sums::{
        Criterion, Rows, Sums, entropy_score, gini_score, rows_of, squares_score, weight_of,
    },
};
use crate::base::random::below;
use rand_chacha::{ChaCha8Rng, rand_core::Rng};

/// Columns summed in one pass over the rows.
const GROUP: usize = 4;
/// Nodes of fewer rows mark the bins they touch.
const FEW_ROWS: usize = 192;
/// Rows summed per call, so that browsers soon run the compiled loop.
const CHUNK: usize = 4096;

/// Bins with rows.
type Mask = [u64; N_CODES / 64];

/// A way to divide a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    /// Column looked at.
    pub column: usize,
    /// Last bin that goes left.
    pub bin: u8,
    /// Largest value that goes left.
    pub threshold: f64,
    /// Scores of both sides.
    pub score: f64,
    /// Sums of the left side.
    pub left: Vec<i64>,
}

/// Which columns and thresholds are tried.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    /// Columns drawn per node; as many as there are for all, in order.
    pub n_features: usize,
    /// One random threshold per column instead of all.
    pub random: bool,
    /// Fewest rows on either side, at least 1.
    pub min_rows: usize,
}

/// Finds splits, reusing its buffers.
#[derive(Debug)]
pub struct Finder {
    search: Search,
    width: usize,
    /// Sums per bin of [`GROUP`] columns; all 0 between uses.
    histogram: Vec<i64>,
    /// Columns, the ones drawn last in front.
    order: Vec<u32>,
}

impl Finder {
    /// For targets of `width` words.
    pub fn new(n_columns: usize, width: usize, search: Search) -> Self {
        Self {
            search,
            width,
            histogram: vec![0; GROUP * N_CODES * width],
            order: (0..n_columns as u32).collect(),
        }
    }

    /// Starts again with columns in order, so that a tree does not depend on the ones before.
    pub fn reset(&mut self) {
        self.order.sort_unstable();
    }

    /// The best way to divide `rows`, whose sums are `total`. As in scikit-learn, columns are drawn until one of them
    /// has more than one value, and a split need not gain anything. The first best one is taken.
    pub fn find(
        &mut self,
        columns: &Columns,
        sums: &Sums,
        rows: &[u32],
        total: &[i64],
        rng: &mut ChaCha8Rng,
    ) -> Option<Cut> {
        let d = self.order.len();
        let wanted = self.search.n_features.min(d);
        let (mut visited, mut varied) = (0, false);
        let mut best: Option<Cut> = None;
        while visited < wanted || (visited < d && !varied) {
            let size = wanted.saturating_sub(visited).clamp(1, GROUP);
            if wanted < d {
                for k in visited..visited + size {
                    let other = k + below(rng, (d - k) as u32) as usize;
                    self.order.swap(k, other);
                }
            }
            let mut group = [0; GROUP];
            for (g, j) in group.iter_mut().zip(&self.order[visited..visited + size]) {
                *g = *j as usize;
            }
            let group = &group[..size];
            let masks = self.sum(columns, sums, rows, group);
            for (k, (&j, mask)) in group.iter().zip(&masks).enumerate() {
                if mask.iter().map(|m| m.count_ones()).sum::<u32>() > 1 {
                    varied = true;
                    let size = N_CODES * self.width;
                    let histogram = &self.histogram[k * size..(k + 1) * size];
                    let least = best.as_ref().map_or(f64::NEG_INFINITY, |b| b.score);
                    let view = View {
                        histogram,
                        mask,
                        total,
                        min_rows: self.search.min_rows.max(1) as i64,
                        least,
                    };
                    let found = if self.search.random {
                        view.random(columns, j, sums, rng)
                    } else {
                        view.best(columns, j, sums)
                    };
                    best = found.or(best);
                }
            }
            self.clear(columns, group, &masks, rows.len());
            visited += size;
        }
        best
    }

    /// Sums the rows per bin of each column; which bins have rows.
    fn sum(
        &mut self,
        columns: &Columns,
        sums: &Sums,
        rows: &[u32],
        group: &[usize],
    ) -> [Mask; GROUP] {
        let size = N_CODES * self.width;
        let mut masks = [Mask::default(); GROUP];
        let n = columns.n_rows();
        // Checked once, for all unsafe loops below.
        let n_values = match sums.rows() {
            Rows::Classes(keys) => keys.len(),
            Rows::Numbers(pairs) => pairs.len(),
        };
        assert!(
            n_values == n && sums.width() == self.width && self.histogram.len() == GROUP * size
        );
        let few = rows.len() < FEW_ROWS;
        if few || group.len() < GROUP {
            for ((&j, histogram), mask) in group
                .iter()
                .zip(self.histogram.chunks_exact_mut(size))
                .zip(&mut masks)
            {
                let codes = [columns.codes(j)];
                accumulate(sums, rows, codes, histogram);
                if few {
                    for &r in rows {
                        let code = codes[0][r as usize];
                        mask[usize::from(code >> 6)] |= 1 << (code & 63);
                    }
                }
            }
        } else {
            let codes = std::array::from_fn::<_, GROUP, _>(|k| columns.codes(group[k]));
            accumulate(sums, rows, codes, &mut self.histogram);
        }
        if !few {
            for ((&j, histogram), mask) in group
                .iter()
                .zip(self.histogram.chunks_exact(size))
                .zip(&mut masks)
            {
                let used = &histogram[..columns.n_bins(j) * self.width];
                mark(used, self.width, mask);
            }
        }
        masks
    }

    fn clear(&mut self, columns: &Columns, group: &[usize], masks: &[Mask; GROUP], n_rows: usize) {
        let size = N_CODES * self.width;
        let parts = self.histogram.chunks_exact_mut(size);
        for ((&j, histogram), mask) in group.iter().zip(parts).zip(masks) {
            if n_rows < FEW_ROWS {
                for bin in bins_of(mask) {
                    histogram[bin * self.width..(bin + 1) * self.width].fill(0);
                }
            } else {
                histogram[..columns.n_bins(j) * self.width].fill(0);
            }
        }
    }
}

/// Marks the bins with anything in them.
#[inline(never)]
fn mark(histogram: &[i64], width: usize, mask: &mut Mask) {
    if width == 2 {
        let (pairs, _) = histogram.as_chunks::<2>();
        for (bin, pair) in pairs.iter().enumerate() {
            mask[(bin >> 6) & 3] |= u64::from(pair[0] | pair[1] != 0) << (bin & 63);
        }
    } else {
        for (bin, sums) in histogram.chunks_exact(width).enumerate() {
            let any = sums.iter().any(|s| *s != 0);
            mask[(bin >> 6) & 3] |= u64::from(any) << (bin & 63);
        }
    }
}

/// The marked bins, rising.
fn bins_of(mask: &Mask) -> impl Iterator<Item = usize> + '_ {
    mask.iter().enumerate().flat_map(|(k, word)| {
        let mut left = *word;
        std::iter::from_fn(move || {
            (left != 0).then(|| {
                let bin = left.trailing_zeros() as usize;
                left &= left - 1;
                k * 64 + bin
            })
        })
    })
}

/// The first marked bin after `bin`.
fn next_bin(mask: &Mask, bin: usize) -> Option<usize> {
    bins_of(mask).find(|b| *b > bin)
}

/// Adds the values of `rows` to the bins of `G` columns; codes have one byte per row.
fn accumulate<const G: usize>(sums: &Sums, rows: &[u32], codes: [&[u8]; G], histogram: &mut [i64]) {
    let width = sums.width();
    assert!(histogram.len() >= G * N_CODES * width);
    for chunk in rows.chunks(CHUNK) {
        match sums.rows() {
            Rows::Classes(keys) if width == 2 => {
                add_classes::<G, 2>(chunk, keys, codes, 2, histogram)
            }
            Rows::Classes(keys) => add_classes::<G, 0>(chunk, keys, codes, width, histogram),
            Rows::Numbers(pairs) => add_numbers(chunk, pairs, codes, histogram),
        }
    }
}

#[inline(never)]
fn add_classes<const G: usize, const W: usize>(
    rows: &[u32],
    keys: &[u64],
    codes: [&[u8]; G],
    width: usize,
    histogram: &mut [i64],
) {
    let width = if W > 0 { W } else { width };
    for &row in rows {
        let row = row as usize;
        let key = keys[row];
        let class = key as u32 as usize;
        let value = (key & !0xFFFF_FFFF) as i64 + 1;
        for k in 0..G {
            let code = usize::from(codes[k][row]);
            histogram[(k * N_CODES + code) * width + class] += value;
        }
    }
}

#[inline(never)]
fn add_numbers<const G: usize>(
    rows: &[u32],
    pairs: &[[i64; 2]],
    codes: [&[u8]; G],
    histogram: &mut [i64],
) {
    let (bins, _) = histogram.as_chunks_mut::<2>();
    for &row in rows {
        let row = row as usize;
        let [residual, weight] = pairs[row];
        for k in 0..G {
            let bin = &mut bins[k * N_CODES + usize::from(codes[k][row])];
            bin[0] += residual;
            bin[1] += weight;
        }
    }
}

/// The bins of one column in a node.
struct View<'a> {
    histogram: &'a [i64],
    mask: &'a Mask,
    total: &'a [i64],
    min_rows: i64,
    /// Score to be beaten.
    least: f64,
}

impl View<'_> {
    /// The best of all thresholds.
    fn best(&self, columns: &Columns, column: usize, sums: &Sums) -> Option<Cut> {
        let factor = sums.factor();
        let (bin, score) = match (sums.criterion(), factor) {
            (Criterion::Gini, &[a, b]) => scan_pair(self, &GiniPair([a, b])),
            (Criterion::Entropy, &[a, b]) => scan_pair(self, &EntropyPair([a, b])),
            (Criterion::SquaredError, _) => scan_pair(self, &Squares),
            _ => scan_many(self, sums),
        }?;
        let next = next_bin(self.mask, bin)?;
        let (bin, next) = (bin as u8, next as u8);
        Some(self.cut(column, bin, columns.threshold(column, bin, next), score))
    }

    /// A threshold drawn evenly between the smallest and the largest value.
    fn random(
        &self,
        columns: &Columns,
        column: usize,
        sums: &Sums,
        rng: &mut ChaCha8Rng,
    ) -> Option<Cut> {
        let first = bins_of(self.mask).next()? as u8;
        let last = bins_of(self.mask).last()? as u8;
        let (low, high) = (
            columns.span(column, first)[0],
            columns.span(column, last)[1],
        );
        let share = (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        let drawn = low + share * (high - low);
        // A bin the threshold lies in goes to the side most of its span is on; both sides get at least one bin.
        let goes_left = |bin: u8| {
            let [low, high] = columns.span(column, bin);
            bin != last && (bin == first || 0.5 * low + 0.5 * high <= drawn)
        };
        let left = bins_of(self.mask).take_while(|b| goes_left(*b as u8));
        let bin = left.last()?;
        let next = next_bin(self.mask, bin)? as u8;
        let bin = bin as u8;
        let (inner, outer) = (columns.span(column, bin)[1], columns.span(column, next)[0]);
        let threshold = if drawn >= inner && drawn < outer {
            drawn
        } else {
            columns.threshold(column, bin, next)
        };
        let mut cut = self.cut(column, bin, threshold, 0.0);
        let right: Vec<i64> = self
            .total
            .iter()
            .zip(&cut.left)
            .map(|(t, l)| t - l)
            .collect();
        cut.score = sums.score(&cut.left) + sums.score(&right);
        let fits = sums.n_rows(&cut.left) >= self.min_rows && sums.n_rows(&right) >= self.min_rows;
        (fits && cut.score > self.least).then_some(cut)
    }

    fn cut(&self, column: usize, bin: u8, threshold: f64, score: f64) -> Cut {
        let width = self.total.len();
        let mut left = vec![0i64; width];
        let used = (usize::from(bin) + 1) * width;
        for sums in self.histogram[..used].chunks_exact(width) {
            for (l, s) in left.iter_mut().zip(sums) {
                *l += s;
            }
        }
        Cut {
            column,
            bin,
            threshold,
            score,
            left,
        }
    }
}

/// How sums of two words are scored.
trait Pair {
    fn rows(&self, sums: [i64; 2]) -> i64;
    fn score(&self, sums: [i64; 2]) -> f64;
}

struct GiniPair([f64; 2]);
impl Pair for GiniPair {
    #[inline(always)]
    fn rows(&self, sums: [i64; 2]) -> i64 {
        rows_of(sums[0]) + rows_of(sums[1])
    }
    #[inline(always)]
    fn score(&self, sums: [i64; 2]) -> f64 {
        let a = weight_of(sums[0]) * self.0[0];
        let b = weight_of(sums[1]) * self.0[1];
        (a * a + b * b) / (a + b)
    }
}

struct EntropyPair([f64; 2]);
impl Pair for EntropyPair {
    #[inline(always)]
    fn rows(&self, sums: [i64; 2]) -> i64 {
        rows_of(sums[0]) + rows_of(sums[1])
    }
    #[inline(always)]
    fn score(&self, sums: [i64; 2]) -> f64 {
        entropy_score(&sums, &self.0)
    }
}

struct Squares;
impl Pair for Squares {
    #[inline(always)]
    fn rows(&self, sums: [i64; 2]) -> i64 {
        rows_of(sums[1])
    }
    #[inline(always)]
    fn score(&self, sums: [i64; 2]) -> f64 {
        squares_score(sums)
    }
}

/// The last bin of the left side of the best split and its score.
#[inline(never)]
fn scan_pair(view: &View<'_>, pair: &impl Pair) -> Option<(usize, f64)> {
    let (bins, _) = view.histogram.as_chunks::<2>();
    let &[t0, t1] = view.total else { return None };
    let n = pair.rows([t0, t1]);
    let (mut left, mut least, mut best) = ([0i64; 2], view.least, None);
    for (k, word) in view.mask.iter().enumerate() {
        let mut word = *word;
        while word != 0 {
            let bin = k * 64 + word.trailing_zeros() as usize;
            word &= word - 1;
            let sums = bins[bin & (N_CODES - 1)];
            left = [left[0] + sums[0], left[1] + sums[1]];
            let rows = pair.rows(left);
            if rows < view.min_rows {
                continue;
            }
            if n - rows < view.min_rows {
                return best;
            }
            let score = pair.score(left) + pair.score([t0 - left[0], t1 - left[1]]);
            if score > least {
                least = score;
                best = Some((bin, score));
            }
        }
    }
    best
}

#[inline(never)]
fn scan_many(view: &View<'_>, sums: &Sums) -> Option<(usize, f64)> {
    let width = view.total.len();
    let n = sums.n_rows(view.total);
    let mut left = vec![0i64; width];
    let mut right = view.total.to_vec();
    let (mut least, mut best) = (view.least, None);
    for bin in bins_of(view.mask) {
        let here = &view.histogram[bin * width..(bin + 1) * width];
        let sides = left.iter_mut().zip(right.iter_mut());
        for ((l, r), s) in sides.zip(here) {
            *l += s;
            *r -= s;
        }
        let rows = sums.n_rows(&left);
        if rows < view.min_rows {
            continue;
        }
        if n - rows < view.min_rows {
            break;
        }
        let score = match sums.criterion() {
            Criterion::Entropy => {
                entropy_score(&left, sums.factor()) + entropy_score(&right, sums.factor())
            }
            _ => gini_score(&left, sums.factor()) + gini_score(&right, sums.factor()),
        };
        if score > least {
            least = score;
            best = Some((bin, score));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{Quiet, Run},
        learn::kernels::cart_sums::Weights,
    };
    use rand_chacha::rand_core::SeedableRng;

    const ALL: Search = Search {
        n_features: usize::MAX,
        random: false,
        min_rows: 1,
    };

    /// Few and many values, a constant column, and one with a gap.
    fn matrix(n: usize) -> Vec<f32> {
        let mut s = 9u32;
        let value = |i: usize| {
            s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            match i % 6 {
                0 => (s >> 29) as f32,
                1 => 4.0,
                2 => ((s >> 8) % 200) as f32 * 0.25,
                3 => (s >> 8) as f32,
                4 => (s >> 31) as f32 * 1e9,
                _ => ((s >> 8) % 23) as f32 - 11.0,
            }
        };
        (0..n * 6).map(value).collect()
    }

    /// The best score there is, by trying every threshold of every column on the rows themselves.
    fn plain(columns: &Columns, sums: &Sums, rows: &[u32], min_rows: usize) -> f64 {
        let mut best = f64::NEG_INFINITY;
        for j in 0..columns.n_columns() {
            for bin in 0..columns.n_bins(j) {
                let side = |left: bool| -> Vec<u32> {
                    let codes = columns.codes(j);
                    let goes = |r: &u32| (usize::from(codes[*r as usize]) <= bin) == left;
                    rows.iter().copied().filter(goes).collect()
                };
                let (left, right) = (side(true), side(false));
                if left.len() >= min_rows && right.len() >= min_rows {
                    let score = sums.score(&sums.total(&left)) + sums.score(&sums.total(&right));
                    best = best.max(score);
                }
            }
        }
        best
    }

    fn targets(n: usize, x: &[f32]) -> Vec<Sums> {
        let noisy = |i: usize| x[i * 6] + 0.01 * x[i * 6 + 2] + (i * 7919 % 13) as f32 * 0.3;
        let code = |i: usize, k: f32| (noisy(i) * 0.4).min(k - 1.0) as u32;
        let codes = |k: f32| (0..n).map(|i| code(i, k)).collect::<Vec<u32>>();
        let weights = Weights::new(&(0..n).map(|i| (i % 5) as f64 + 0.3).collect::<Vec<_>>());
        let y: Vec<f64> = (0..n).map(|i| f64::from(noisy(i)) - 100.0).collect();
        let ones = Weights::ones(n);
        let half = vec![0.5, 1.5];
        vec![
            Sums::classes(&codes(2.0), &ones, vec![1.0; 2], Criterion::Gini),
            Sums::classes(&codes(2.0), &weights, half.clone(), Criterion::Gini),
            Sums::classes(&codes(2.0), &weights, half, Criterion::Entropy),
            Sums::classes(&codes(4.0), &ones, vec![1.0; 4], Criterion::Gini),
            Sums::classes(&codes(4.0), &weights, vec![1.0; 4], Criterion::Entropy),
            Sums::numbers(&y, &ones),
            Sums::numbers(&y, &weights),
        ]
    }

    #[test]
    fn the_best_split_is_found_in_nodes_of_any_size() {
        let n = 700;
        let x = matrix(n);
        let mut quiet = Quiet;
        let columns = Columns::new(&x, 6, &Run::new(&mut quiet, 0)).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for (t, sums) in targets(n, &x).iter().enumerate() {
            for min_rows in [1, 7] {
                let search = Search { min_rows, ..ALL };
                let mut finder = Finder::new(6, sums.width(), search);
                for size in [n, FEW_ROWS, FEW_ROWS - 1, 40, 15, 2] {
                    let rows: Vec<u32> = (0..n as u32).rev().step_by(n / size).take(size).collect();
                    let total = sums.total(&rows);
                    let cut = finder.find(&columns, sums, &rows, &total, &mut rng);
                    let want = plain(&columns, sums, &rows, min_rows);
                    let got = cut.as_ref().map_or(f64::NEG_INFINITY, |c| c.score);
                    let close = got == want || (got - want).abs() <= 1e-9 * want.abs().max(1.0);
                    assert!(close, "{t} {min_rows} {size}: {got} {want}");
                    // Nothing is left behind for the next node.
                    assert!(finder.histogram.iter().all(|s| *s == 0));
                    let Some(cut) = cut else { continue };
                    // Threshold, bin and sums tell of the same rows.
                    let value = |r: u32| f64::from(x[r as usize * 6 + cut.column]);
                    let left = |r: &u32| value(*r) <= cut.threshold;
                    let code = |r: &u32| columns.codes(cut.column)[*r as usize] <= cut.bin;
                    assert!(rows.iter().all(|r| left(r) == code(r)));
                    let left: Vec<u32> = rows.iter().copied().filter(left).collect();
                    assert_eq!(sums.total(&left), cut.left);
                }
            }
        }
    }

    #[test]
    fn random_splits_are_even_over_the_span_and_leave_both_sides_rows() {
        let n = 700;
        let x = matrix(n);
        let mut quiet = Quiet;
        let columns = Columns::new(&x, 6, &Run::new(&mut quiet, 0)).unwrap();
        let sums = &targets(n, &x)[0];
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let search = Search {
            n_features: 1,
            random: true,
            min_rows: 1,
        };
        let mut finder = Finder::new(6, 2, search);
        let rows: Vec<u32> = (0..n as u32).collect();
        let total = sums.total(&rows);
        let mut drawn = vec![Vec::new(); 6];
        for _ in 0..6000 {
            let cut = finder
                .find(&columns, sums, &rows, &total, &mut rng)
                .unwrap();
            let left = rows
                .iter()
                .filter(|r| f64::from(x[**r as usize * 6 + cut.column]) <= cut.threshold);
            let left: Vec<u32> = left.copied().collect();
            assert!(!left.is_empty() && left.len() < n);
            assert_eq!(sums.total(&left), cut.left);
            drawn[cut.column].push(cut.threshold);
        }
        // A constant column is never split; the one drawn after it is, whichever that is.
        assert!(drawn[1].is_empty());
        assert!(drawn.iter().map(Vec::len).sum::<usize>() == 6000);
        for j in [0, 2, 3, 5] {
            let (low, high) = (
                columns.span(j, 0)[0],
                columns.span(j, (columns.n_bins(j) - 1) as u8)[1],
            );
            let mean = drawn[j].iter().sum::<f64>() / drawn[j].len() as f64;
            let share = (mean - low) / (high - low);
            assert!(
                drawn[j].len() > 1000 && (share - 0.5).abs() < 0.04,
                "{j} {share}"
            );
        }
    }
}
