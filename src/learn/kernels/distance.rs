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

/// Rows whose distances are computed side by side.
pub const SIDE: usize = 8;

/// [`SIDE`] rows with lanes for rows: per column, padding included, two groups of four.
pub type Block = [[[f32; LANES]; 2]];

/// Turns the padded rows `at` of `rows` into a block.
#[inline(always)]
pub fn turn(rows: &[[f32; LANES]], width: usize, at: &[u32; SIDE], block: &mut Block) {
    let row = |i: u32| &rows[i as usize * width..][..width];
    let of = at.map(row);
    for (g, columns) in block.chunks_exact_mut(LANES).enumerate() {
        for half in 0..2 {
            let lanes = [0, 1, 2, 3].map(|l| F32x4::load(&of[4 * half + l][g]));
            for (column, lanes) in columns.iter_mut().zip(F32x4::transpose(lanes)) {
                lanes.store(&mut column[half]);
            }
        }
    }
}

/// Points whose distances to a block are computed together; more would not fit into registers.
const TILE: usize = 5;

/// Points laid out for [`Points::distances`].
#[derive(Debug, Clone, Default)]
pub struct Points {
    /// Per tile and column a value of each of its points.
    values: Vec<f32>,
    n_points: usize,
}

impl Points {
    /// Lays out padded rows of `width` groups.
    pub fn new(rows: &[[f32; LANES]], width: usize) -> Self {
        let len = width * LANES;
        let rows = rows.as_flattened();
        let n_points = rows.len() / len.max(1);
        let mut values = Vec::with_capacity(rows.len());
        for tile in rows.chunks((TILE * len).max(1)) {
            for j in 0..len {
                values.extend(tile.iter().skip(j).step_by(len));
            }
        }
        Self { values, n_points }
    }

    /// Hears of the squared distances of each point, in order, to the rows of `block`.
    #[inline(always)]
    pub fn distances(&self, block: &Block, mut hear: impl FnMut(usize, [F32x4; 2])) {
        let mut rest = self.values.as_slice();
        let mut from = 0;
        while from < self.n_points {
            let n = (self.n_points - from).min(TILE);
            let (tile, after) = rest.split_at(n * block.len());
            match n {
                5 => sums::<5>(block, tile, from, &mut hear),
                4 => sums::<4>(block, tile, from, &mut hear),
                3 => sums::<3>(block, tile, from, &mut hear),
                2 => sums::<2>(block, tile, from, &mut hear),
                _ => sums::<1>(block, tile, from, &mut hear),
            }
            (from, rest) = (from + n, after);
        }
    }
}

#[inline(always)]
fn sums<const N: usize>(
    block: &Block,
    tile: &[f32],
    from: usize,
    hear: &mut impl FnMut(usize, [F32x4; 2]),
) {
    let mut sums = [[F32x4::splat(0.0); 2]; N];
    for (x, values) in block.iter().zip(tile.as_chunks::<N>().0) {
        let x = [F32x4::load(&x[0]), F32x4::load(&x[1])];
        for (sum, v) in sums.iter_mut().zip(values) {
            let v = F32x4::splat(*v);
            let (a, b) = (x[0] - v, x[1] - v);
            *sum = [sum[0] + a * a, sum[1] + b * b];
        }
    }
    for (i, sum) in sums.into_iter().enumerate() {
        hear(from + i, sum);
    }
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

    #[test]
    fn blocks_give_the_distances_of_pairs() {
        let x: Vec<f32> = (0..13 * 6).map(|i| (i * i % 17) as f32).collect();
        let (rows, width) = padded(&x, 6);
        let row = |i: usize| &rows[i * width..(i + 1) * width];
        let at = [3, 0, 12, 7, 7, 1, 9, 4];
        let mut block = vec![[[0.0; LANES]; 2]; width * LANES];
        turn(&rows, width, &at, &mut block);
        for n in 1..=13 {
            let points = Points::new(&rows[..n * width], width);
            let mut seen = 0;
            points.distances(&block, |p, d| {
                assert_eq!(p, seen);
                seen += 1;
                let mut out = [[0.0; 4]; 2];
                d[0].store(&mut out[0]);
                d[1].store(&mut out[1]);
                let want = at.map(|i| distance2(row(i as usize), row(p)));
                assert_eq!(out.as_flattened(), want);
            });
            assert_eq!(seen, n);
        }
    }
}
