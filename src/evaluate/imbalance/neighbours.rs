//! Nearest neighbours among few rows, by comparing all pairs; memory grows with rows × neighbours only.
use crate::base::{Result, Run};
use ndarray::ArrayView2;

/// How far apart two rows are.
pub(super) struct Metric<'a> {
    /// Columns compared by equality.
    pub(super) is_category: &'a [bool],
    /// What a difference in such a column adds to the squared distance.
    pub(super) category_square: f64,
}

impl Metric<'_> {
    fn square(&self, a: &[f32], b: &[f32]) -> f64 {
        let mut sum = 0.0;
        for (j, (a, b)) in a.iter().zip(b).enumerate() {
            if self.is_category.get(j).copied().unwrap_or(false) {
                if a != b {
                    sum += self.category_square;
                }
            } else {
                let apart = f64::from(*a) - f64::from(*b);
                sum += apart * apart;
            }
        }
        sum
    }
}

/// The `k` nearest other rows of each row of `x` (row-major, contiguous), nearest first, equal distances by row number.
/// `k` must be below the number of rows.
pub(super) fn nearest(
    x: ArrayView2<'_, f32>,
    k: usize,
    metric: &Metric<'_>,
    run: &Run<'_>,
) -> Result<Vec<Vec<u32>>> {
    let d = x.ncols();
    let flat: Vec<f32> = x.iter().copied().collect();
    let row = |i: usize| flat.get(i * d..(i + 1) * d).unwrap_or_default();
    let mut out = Vec::with_capacity(x.nrows());
    let mut best: Vec<(f64, u32)> = Vec::with_capacity(k + 1);
    for i in 0..x.nrows() {
        if i % 64 == 0 {
            run.check()?;
        }
        best.clear();
        for j in 0..x.nrows() {
            if i == j {
                continue;
            }
            let apart = metric.square(row(i), row(j));
            if best.len() == k && best.last().is_some_and(|(worst, _)| apart >= *worst) {
                continue;
            }
            let at = best.partition_point(|(b, _)| *b <= apart);
            best.insert(at, (apart, j as u32));
            best.truncate(k);
        }
        out.push(best.iter().map(|(_, j)| *j).collect());
    }
    Ok(out)
}
