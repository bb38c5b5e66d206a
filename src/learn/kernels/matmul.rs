//! Products of small single-precision matrices, the inner loop of neural networks.
//!
//! Tiles of four rows by eight columns are summed in registers, each place over `k` in order and by separate
//! multiplications and additions: natively and in the browser the same bits come out. Lanes are arrays of fixed size,
//! which compile to `f32x4` instructions with simd128.

/// Columns of right-hand sides and of results come in multiples of this.
pub const LANES: usize = 4;

/// `n` rounded up to whole lanes.
pub fn padded(n: usize) -> usize {
    n.div_ceil(LANES) * LANES
}

/// A left-hand side: element `(i, p)` lies at `i · row + p · step`, so a transposed matrix needs no copy.
#[derive(Debug, Clone, Copy)]
pub struct Left<'a> {
    /// Elements.
    pub data: &'a [f32],
    /// From row to row.
    pub row: usize,
    /// From column to column.
    pub step: usize,
}

impl<'a> Left<'a> {
    fn at_row(self, i: usize) -> Self {
        Self {
            data: self.data.get(i * self.row..).unwrap_or(&[]),
            ..self
        }
    }
}

/// `c = a · b`, or `c += a · b` where `add` is set; `b` has `k` rows of `n` values, `c` has rows of `n` values and as
/// many rows as `a`. `n` is a multiple of [`LANES`].
#[inline(never)]
pub fn product(a: Left<'_>, b: &[f32], n: usize, c: &mut [f32], add: bool) {
    if n == 0 {
        return;
    }
    let mut rows = c.chunks_exact_mut(4 * n);
    let mut i = 0;
    for c in &mut rows {
        across::<4>(a.at_row(i), b, n, c, add);
        i += 4;
    }
    for c in rows.into_remainder().chunks_exact_mut(n) {
        across::<1>(a.at_row(i), b, n, c, add);
        i += 1;
    }
}

/// All columns of `R` rows.
#[inline(always)]
fn across<const R: usize>(a: Left<'_>, b: &[f32], n: usize, c: &mut [f32], add: bool) {
    let mut j = 0;
    while j + 2 * LANES <= n {
        tile::<R, 2>(a, b, n, j, c, add);
        j += 2 * LANES;
    }
    if j < n {
        tile::<R, 1>(a, b, n, j, c, add);
    }
}

#[inline(always)]
fn tile<const R: usize, const V: usize>(
    a: Left<'_>,
    b: &[f32],
    n: usize,
    j: usize,
    c: &mut [f32],
    add: bool,
) {
    let mut sums = [[[0f32; LANES]; V]; R];
    let mut at = 0;
    for b in b.chunks_exact(n) {
        let (b, _) = b[j..j + V * LANES].as_chunks::<LANES>();
        for (r, sums) in sums.iter_mut().enumerate() {
            let x = a.data[at + r * a.row];
            for (sums, b) in sums.iter_mut().zip(b) {
                for l in 0..LANES {
                    sums[l] += x * b[l];
                }
            }
        }
        at += a.step;
    }
    for (r, sums) in sums.iter().enumerate() {
        let out = &mut c[r * n + j..r * n + j + V * LANES];
        for (out, sums) in out.as_chunks_mut::<LANES>().0.iter_mut().zip(sums) {
            for l in 0..LANES {
                out[l] = if add { out[l] + sums[l] } else { sums[l] };
            }
        }
    }
}

/// `into[j · stride + i] = from[i · n + j]` for the first `columns` columns of `from`, whose rows have `n` values.
pub fn transpose(from: &[f32], n: usize, columns: usize, into: &mut [f32], stride: usize) {
    for (i, row) in from.chunks_exact(n).enumerate() {
        for (j, v) in row[..columns].iter().enumerate() {
            into[j * stride + i] = *v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(n: usize, seed: usize) -> Vec<f32> {
        (0..n)
            .map(|i| ((i * 7919 + seed * 131) % 1013) as f32 / 500.0 - 1.0)
            .collect()
    }

    #[test]
    fn products_are_sums_in_order() {
        for (m, k, n) in [
            (1, 1, 4),
            (4, 3, 8),
            (5, 7, 12),
            (33, 20, 16),
            (2, 0, 4),
            (7, 9, 20),
        ] {
            let (a, b) = (values(m * k, 1), values(k * n, 2));
            let mut want = vec![0f32; m * n];
            for i in 0..m {
                for j in 0..n {
                    for p in 0..k {
                        want[i * n + j] += a[i * k + p] * b[p * n + j];
                    }
                }
            }
            let mut c = vec![9f32; m * n];
            let left = Left {
                data: &a,
                row: k,
                step: 1,
            };
            product(left, &b, n, &mut c, false);
            assert_eq!(c, want, "bit for bit");
            let mut turned = vec![0f32; k * m];
            if k > 0 {
                transpose(&a, k, k, &mut turned, m);
            }
            let mut c = vec![1f32; m * n];
            let left = Left {
                data: &turned,
                row: 1,
                step: m,
            };
            product(left, &b, n, &mut c, true);
            let more: Vec<f32> = want.iter().map(|v| 1.0 + v).collect();
            assert_eq!(c, more);
        }
    }
}
