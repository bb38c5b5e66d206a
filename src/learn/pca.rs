//! Principal components: the directions in which rows differ most.
//!
//! Up to [`MOST_COLUMNS`] columns the covariance is taken apart whole; beyond, its first directions are found by multiplying a
//! few random ones with it again and again, without ever building it. Every component is turned so that its largest
//! loading is positive, as scikit-learn has it. Columns are centred, not scaled: standardise them first where their units
//! differ.
//!
//! Source: Pearson (1901), doi:10.1080/14786440109462720; Halko, Martinsson & Tropp (2011), doi:10.1137/090771806.
use super::kernels::{eigen::symmetric, input::check_width, space::Rows};
use crate::base::{Error, Result, Run, Stage};
use ndarray::{Array2, ArrayView2};
use rand_chacha::rand_core::Rng as _;

/// Columns up to which the whole covariance is taken apart.
pub const MOST_COLUMNS: usize = 512;
/// Stream of the seed.
const STREAM: u64 = 0x7063;
/// Directions beyond those asked for, and how often they are multiplied, where the covariance is not built.
const EXTRA: usize = 10;
const ROUNDS: usize = 12;
/// Rows whose products are added up together.
const BLOCK: usize = 64;

/// Fitted components.
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    /// Means of the columns, `(n_features,)`.
    pub mean: Vec<f64>,
    /// Directions of length 1, `(n_components, n_features)` row-major, the one of largest variance first.
    pub components: Vec<f64>,
    /// Variances along them, with `n − 1`.
    pub variance: Vec<f64>,
    /// Their shares of the whole variance; 0 where nothing varies.
    pub ratio: Vec<f64>,
}

fn means(rows: &Rows<'_>) -> Vec<f64> {
    let mut mean = vec![0.0; rows.d];
    for row in rows.x.chunks_exact(rows.d) {
        for (m, v) in mean.iter_mut().zip(row) {
            *m += f64::from(*v);
        }
    }
    mean.iter_mut().for_each(|m| *m /= rows.n as f64);
    mean
}

/// The lower half of the covariance.
fn covariance(rows: &Rows<'_>, mean: &[f64], run: &mut Run<'_>) -> Result<Vec<f64>> {
    let d = rows.d;
    let mut sums = vec![0.0; d * d];
    let mut columns = vec![[0.0; BLOCK]; d];
    for (b, block) in rows.x.chunks(BLOCK * d).enumerate() {
        if b % 256 == 0 {
            run.step(Stage::Fitting, (b * BLOCK) as u64, rows.n as u64)?;
        }
        let n = block.len() / d;
        for (j, column) in columns.iter_mut().enumerate() {
            column[n..].fill(0.0);
            for (to, row) in column.iter_mut().zip(block.chunks_exact(d)) {
                *to = f64::from(row[j]) - mean[j];
            }
        }
        for (i, a) in columns.iter().enumerate() {
            for (to, b) in sums[i * d..=i * d + i].iter_mut().zip(&columns) {
                let mut part = [0.0; 8];
                for (a, b) in a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0) {
                    for ((p, a), b) in part.iter_mut().zip(a).zip(b) {
                        *p += a * b;
                    }
                }
                *to += part.iter().sum::<f64>();
            }
        }
    }
    let n = (rows.n - 1) as f64;
    sums.iter_mut().for_each(|s| *s /= n);
    Ok(sums)
}

/// Makes the rows of `q` (each of length `d`) stand upright on each other, of length 1; rows that vanish become 0.
fn upright(q: &mut [f64], d: usize) {
    let m = q.len() / d;
    for i in 0..m {
        let (before, rest) = q.split_at_mut(i * d);
        let row = &mut rest[..d];
        let start = row.iter().map(|v| v * v).sum::<f64>().sqrt();
        // Twice is enough.
        for _ in 0..2 {
            for other in before.chunks_exact(d) {
                let dot: f64 = row.iter().zip(other).map(|(a, b)| a * b).sum();
                row.iter_mut().zip(other).for_each(|(a, b)| *a -= dot * b);
            }
        }
        let length = row.iter().map(|v| v * v).sum::<f64>().sqrt();
        let by = if length > 1e-12 * start {
            1.0 / length
        } else {
            0.0
        };
        row.iter_mut().for_each(|v| *v *= by);
    }
}

/// `Q C` for directions `Q` as rows (`m × d`), `C` being the covariance.
fn multiply(rows: &Rows<'_>, mean: &[f64], q: &[f64]) -> Vec<f64> {
    let d = rows.d;
    let mut out = vec![0.0; q.len()];
    let mut point = vec![0.0; d];
    for row in rows.x.chunks_exact(d) {
        for ((p, v), m) in point.iter_mut().zip(row).zip(mean) {
            *p = f64::from(*v) - m;
        }
        for (q, to) in q.chunks_exact(d).zip(out.chunks_exact_mut(d)) {
            let dot: f64 = q.iter().zip(&point).map(|(a, b)| a * b).sum();
            to.iter_mut().zip(&point).for_each(|(t, p)| *t += dot * p);
        }
    }
    let n = (rows.n - 1) as f64;
    out.iter_mut().for_each(|v| *v /= n);
    out
}

/// The first variances and directions, without building the covariance.
fn sought(
    rows: &Rows<'_>,
    mean: &[f64],
    m: usize,
    run: &mut Run<'_>,
) -> Result<(Vec<f64>, Vec<f64>)> {
    let d = rows.d;
    let mut rng = run.rng(STREAM);
    let wide = (m + EXTRA).min(d);
    let unit = |bits: u32| f64::from(bits) / f64::from(u32::MAX) - 0.5;
    let mut q: Vec<f64> = (0..wide * d).map(|_| unit(rng.next_u32())).collect();
    upright(&mut q, d);
    for round in 0..ROUNDS {
        run.step(Stage::Fitting, round as u64, ROUNDS as u64)?;
        q = multiply(rows, mean, &q);
        upright(&mut q, d);
    }
    let turned = multiply(rows, mean, &q);
    let mut small = vec![0.0; wide * wide];
    for i in 0..wide {
        for j in 0..wide {
            let pairs = q[i * d..(i + 1) * d]
                .iter()
                .zip(&turned[j * d..(j + 1) * d]);
            small[i * wide + j] = pairs.map(|(a, b)| a * b).sum();
        }
    }
    let (values, vectors) = symmetric(&small, wide)?;
    let mut out = vec![0.0; wide * d];
    for (v, to) in vectors.chunks_exact(wide).zip(out.chunks_exact_mut(d)) {
        for (v, q) in v.iter().zip(q.chunks_exact(d)) {
            to.iter_mut().zip(q).for_each(|(t, q)| *t += v * q);
        }
    }
    Ok((values, out))
}

impl Pca {
    /// The first `n_components` of `x` (`n_samples × n_features`); all there are where that is fewer.
    ///
    /// # Errors
    /// [`Error::Param`] for no components; [`Error::NoFeatures`]; [`Error::TooFewRows`] below two rows; [`Error::Cell`] for a
    /// value that is not finite; [`Error::NotConverged`]; [`Error::Cancelled`].
    pub fn fit(x: ArrayView2<'_, f32>, n_components: usize, run: &mut Run<'_>) -> Result<Self> {
        if n_components == 0 {
            return Err(Error::out_of_range("n_components", 1.0, x.ncols() as f64));
        }
        let rows = Rows::check(x, 2)?;
        let d = rows.d;
        let mean = means(&rows);
        let m = n_components.min(d).min(rows.n);
        let (values, mut vectors) = if d <= MOST_COLUMNS {
            symmetric(&covariance(&rows, &mean, run)?, d)?
        } else {
            sought(&rows, &mean, m, run)?
        };
        let mut total = 0.0;
        for row in rows.x.chunks_exact(d) {
            let squared = |(v, m): (&f32, &f64)| (f64::from(*v) - m).powi(2);
            total += row.iter().zip(&mean).map(squared).sum::<f64>();
        }
        total /= (rows.n - 1) as f64;
        let variance: Vec<f64> = values.iter().take(m).map(|v| v.max(0.0)).collect();
        vectors.truncate(variance.len() * d);
        for row in vectors.chunks_exact_mut(d) {
            let top = row
                .iter()
                .fold(0.0f64, |t, v| if v.abs() > t.abs() { *v } else { t });
            if top < 0.0 {
                row.iter_mut().for_each(|v| *v = -*v);
            }
        }
        let share = |v: &f64| if total > 0.0 { v / total } else { 0.0 };
        Ok(Self {
            ratio: variance.iter().map(share).collect(),
            mean,
            components: vectors,
            variance,
        })
    }

    /// Components.
    pub fn n_components(&self) -> usize {
        self.variance.len()
    }

    /// Rows along the components, `(n_samples, n_components)`. A value that is not a number counts as its column's mean.
    ///
    /// # Errors
    /// [`Error::Shape`] when `x` has another width.
    pub fn transform(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>> {
        check_width(x, self.mean.len())?;
        let mut out = Array2::zeros((x.nrows(), self.n_components()));
        let mut point = vec![0.0; self.mean.len()];
        for (row, mut to) in x.rows().into_iter().zip(out.rows_mut()) {
            for ((p, v), m) in point.iter_mut().zip(row).zip(&self.mean) {
                *p = if v.is_nan() { 0.0 } else { f64::from(*v) - m };
            }
            for (t, c) in to.iter_mut().zip(self.components.chunks_exact(point.len())) {
                *t = c.iter().zip(&point).map(|(c, p)| c * p).sum();
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use ndarray::array;

    #[test]
    fn a_line_has_one_direction() {
        let x = array![[1.0f32, 2.0], [2.0, 4.0], [3.0, 6.0], [4.0, 8.0]];
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        let pca = Pca::fit(x.view(), 5, run).unwrap();
        assert_eq!(pca.n_components(), 2);
        assert!((pca.ratio[0] - 1.0).abs() < 1e-12 && pca.ratio[1] < 1e-12);
        assert!((pca.components[1] - 2.0 / 5f64.sqrt()).abs() < 1e-12);
        let along = pca.transform(x.view()).unwrap();
        assert!((along[[3, 0]] - 1.5 * 5f64.sqrt()).abs() < 1e-6);
        let same = Pca::fit(Array2::ones((3, 2)).view(), 2, run).unwrap();
        assert_eq!(same.ratio, [0.0; 2]);
        assert_eq!(Pca::fit(x.view(), 0, run).unwrap_err().code(), "param");
    }

    #[test]
    fn seeking_finds_what_taking_apart_finds() {
        let mut s = 9u32;
        let x = Array2::from_shape_fn((200, 30), |(_, j)| {
            s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((s >> 8) as f32 / (1 << 23) as f32 - 1.0)
                * if j < 3 { 9.0 / (j + 1) as f32 } else { 1.0 }
        });
        let mut quiet = Quiet;
        let run = &mut Run::new(&mut quiet, 1);
        let rows = Rows::check(x.view(), 2).unwrap();
        let whole = Pca::fit(x.view(), 3, run).unwrap();
        let (values, vectors) = sought(&rows, &whole.mean, 3, run).unwrap();
        for k in 0..3 {
            assert!((values[k] / whole.variance[k] - 1.0).abs() < 1e-9);
            let pairs = vectors[k * 30..][..30]
                .iter()
                .zip(&whole.components[k * 30..]);
            let dot: f64 = pairs.map(|(a, b)| a * b).sum();
            assert!((dot.abs() - 1.0).abs() < 1e-9);
        }
    }
}
