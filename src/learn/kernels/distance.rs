//! Squared distances between rows padded to whole vector lanes: the same bits natively and in the browser.
use super::lanes::F32x4;

/// Numbers per lane group.
pub const LANES: usize = 4;

/// Rows of `n_columns` padded with zeros to a multiple of [`LANES`]; returns the padded width too.
pub fn padded(x: &[f32], n_columns: usize) -> (Vec<[f32; 4]>, usize) {
    let width = n_columns.div_ceil(LANES);
    let n = x.len() / n_columns.max(1);
    let mut out = vec![[0.0; LANES]; n * width];
    for (row, to) in x
        .chunks_exact(n_columns.max(1))
        .zip(out.chunks_exact_mut(width.max(1)))
    {
        for (from, to) in row.chunks(LANES).zip(to) {
            to[..from.len()].copy_from_slice(from);
        }
    }
    (out, width)
}

/// Squared distance of two padded rows.
#[inline(always)]
pub fn distance2(a: &[[f32; 4]], b: &[[f32; 4]]) -> f32 {
    let mut sum = F32x4::splat(0.0);
    for (a, b) in a.iter().zip(b) {
        let d = F32x4::load(a) - F32x4::load(b);
        sum = sum + d * d;
    }
    sum.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_changes_no_distance() {
        let x: Vec<f32> = (0..14).map(|i| (i * i % 11) as f32).collect();
        let (rows, width) = padded(&x, 7);
        assert_eq!((rows.len(), width), (4, 2));
        let plain: f32 = (0..7).map(|j| (x[j] - x[7 + j]).powi(2)).sum();
        assert_eq!(distance2(&rows[..2], &rows[2..]), plain);
        assert_eq!(padded(&[], 3).0.len(), 0);
    }
}
