//! A matrix in panels of 256 rows, each column contiguous within its panel, and the products linear models need of it.
//!
//! Sums over rows run in double precision; only [`gram`] has a single-precision form, which sums within a panel in
//! single and over panels in double precision.
use super::{
    input::row_major,
    lanes::{F32x4, F64x2},
};
use ndarray::ArrayView2;

/// Rows of a panel.
pub const PANEL: usize = 256;
/// A column within a panel.
pub type Column = [f32; PANEL];
/// Values per row of a panel.
pub type Rows = [f64; PANEL];

/// The matrix. Rows beyond the last are 0.
#[derive(Debug)]
pub struct Panels {
    data: Vec<f32>,
    n_rows: usize,
    n_columns: usize,
}

impl Panels {
    /// Lays out `x` (`n × d` row-major, `d ≥ 1`).
    pub fn new(x: &[f32], d: usize) -> Self {
        let n_rows = x.len() / d;
        let mut data = vec![0f32; n_rows.div_ceil(PANEL) * PANEL * d];
        for (panel, rows) in data.chunks_exact_mut(PANEL * d).zip(x.chunks(PANEL * d)) {
            turn(panel, rows, d);
        }
        Self {
            data,
            n_rows,
            n_columns: d,
        }
    }

    /// Rows, padding not counted.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Columns.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// Panels.
    pub fn len(&self) -> usize {
        self.n_rows.div_ceil(PANEL)
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.n_rows == 0
    }

    /// The columns of panel `p`.
    pub fn columns(&self, p: usize) -> &[Column] {
        let size = self.n_columns * PANEL;
        self.data[p * size..(p + 1) * size].as_chunks().0
    }

    /// Rows of panel `p` that are not padding.
    pub fn used(&self, p: usize) -> usize {
        (self.n_rows - p * PANEL).min(PANEL)
    }
}

/// Lays `x` (`n × d`) out panel by panel for a model to predict it: `visit` gets the number of the first row, the columns
/// and how many rows are not padding. Values that are not numbers count as 0, infinite ones as the largest finite number.
pub fn over_panels(x: ArrayView2<'_, f32>, mut visit: impl FnMut(usize, &[Column], usize)) {
    let d = x.ncols();
    if d == 0 {
        return;
    }
    let x = row_major(x);
    let mut panel = vec![0f32; PANEL * d];
    let mut tame = Vec::new();
    for (p, rows) in x.chunks(PANEL * d).enumerate() {
        let used = rows.len() / d;
        if used < PANEL {
            panel.fill(0.0);
        }
        if rows.iter().fold(false, |any, v| any | !v.is_finite()) {
            tame.clear();
            tame.extend(rows.iter().map(|v| finite(*v)));
            turn(&mut panel, &tame, d);
        } else {
            turn(&mut panel, rows, d);
        }
        visit(p * PANEL, panel.as_chunks().0, used);
    }
}

/// 0 for what is not a number, the largest finite number for what is infinite.
pub fn finite(v: f32) -> f32 {
    if v.is_nan() {
        0.0
    } else {
        v.clamp(f32::MIN, f32::MAX)
    }
}

/// Four rows at a time, so that what is written lies together.
#[inline(never)]
fn turn(panel: &mut [f32], rows: &[f32], d: usize) {
    let whole = rows.len() / (4 * d);
    for (q, four) in rows.chunks_exact(4 * d).enumerate() {
        let (a, rest) = four.split_at(d);
        let (b, rest) = rest.split_at(d);
        let (c, e) = rest.split_at(d);
        let columns = panel.as_chunks_mut::<PANEL>().0;
        for ((((column, a), b), c), e) in columns.iter_mut().zip(a).zip(b).zip(c).zip(e) {
            column.as_chunks_mut::<4>().0[q] = [*a, *b, *c, *e];
        }
    }
    for (q, row) in rows.chunks_exact(d).enumerate().skip(4 * whole) {
        for (column, v) in panel.chunks_exact_mut(PANEL).zip(row) {
            column[q] = *v;
        }
    }
}

/// Values two pairs at a time.
pub fn pairs(v: &Rows) -> &[[[f64; 2]; 2]] {
    v.as_chunks::<2>().0.as_chunks::<2>().0
}

/// The same, to write to.
pub fn pairs_mut(v: &mut Rows) -> &mut [[[f64; 2]; 2]] {
    v.as_chunks_mut::<2>().0.as_chunks_mut::<2>().0
}

/// Their sum.
pub fn total(v: &Rows) -> f64 {
    let mut sums = [F64x2::splat(0.0); 2];
    for four in pairs(v) {
        sums[0] = sums[0] + F64x2::load(&four[0]);
        sums[1] = sums[1] + F64x2::load(&four[1]);
    }
    (sums[0] + sums[1]).sum()
}

/// `z += Σ bⱼ · columnⱼ`.
pub fn combine(z: &mut Rows, columns: &[Column], b: &[f64]) {
    let (fours, rest) = columns.as_chunks::<4>();
    let (b4, b1) = b.as_chunks::<4>();
    for (c, b) in fours.iter().zip(b4) {
        combine4(z, c, b);
    }
    for (c, b) in rest.iter().zip(b1) {
        combine1(z, c, *b);
    }
}

#[inline(never)]
fn combine4(z: &mut Rows, c: &[Column; 4], b: &[f64; 4]) {
    let b = b.map(F64x2::splat);
    let c = c.each_ref().map(|c| &c.as_chunks::<2>().0[..PANEL / 2]);
    // Four rows a turn: with two, counting takes as long as adding.
    for (q, z) in pairs_mut(z).iter_mut().enumerate() {
        let (mut s, mut t) = (F64x2::load(&z[0]), F64x2::load(&z[1]));
        for k in 0..4 {
            s = s + b[k] * F64x2::widen(&c[k][2 * q]);
            t = t + b[k] * F64x2::widen(&c[k][2 * q + 1]);
        }
        s.store(&mut z[0]);
        t.store(&mut z[1]);
    }
}

#[inline(never)]
fn combine1(z: &mut Rows, c: &Column, b: f64) {
    let b = F64x2::splat(b);
    for (z, c) in z
        .as_chunks_mut::<2>()
        .0
        .iter_mut()
        .zip(c.as_chunks::<2>().0)
    {
        (F64x2::load(z) + b * F64x2::widen(c)).store(z);
    }
}

/// `outⱼ += Σ rᵢ · columnⱼᵢ`.
pub fn correlate(r: &Rows, columns: &[Column], out: &mut [f64]) {
    let (fours, rest) = columns.as_chunks::<4>();
    let (o4, o1) = out.as_chunks_mut::<4>();
    for (c, o) in fours.iter().zip(o4) {
        correlate4(r, c, o);
    }
    for (c, o) in rest.iter().zip(o1) {
        *o += correlate1(r, c);
    }
}

#[inline(never)]
fn correlate4(r: &Rows, c: &[Column; 4], out: &mut [f64; 4]) {
    let mut low = [F64x2::splat(0.0); 4];
    let mut high = low;
    let c = c.each_ref().map(|c| &c.as_chunks::<2>().0[..PANEL / 2]);
    for (q, r) in pairs(r).iter().enumerate() {
        let (a, b) = (F64x2::load(&r[0]), F64x2::load(&r[1]));
        for k in 0..4 {
            low[k] = low[k] + a * F64x2::widen(&c[k][2 * q]);
            high[k] = high[k] + b * F64x2::widen(&c[k][2 * q + 1]);
        }
    }
    for k in 0..4 {
        out[k] += (low[k] + high[k]).sum();
    }
}

#[inline(never)]
fn correlate1(r: &Rows, c: &Column) -> f64 {
    let mut low = F64x2::splat(0.0);
    let mut high = low;
    let c = c.as_chunks::<4>().0;
    for (r, c) in r.as_chunks::<4>().0.iter().zip(c) {
        low = low + F64x2::load(&[r[0], r[1]]) * F64x2::widen(&[c[0], c[1]]);
        high = high + F64x2::load(&[r[2], r[3]]) * F64x2::widen(&[c[2], c[3]]);
    }
    (low + high).sum()
}

/// `h[i][j] += Σ wᵢ · columnᵢ · columnⱼ` for `j ≤ i`, rows of `h` being `stride` apart; `scratch` is reused.
/// `exact` multiplies and sums in double precision.
pub fn gram(
    columns: &[Column],
    w: &Rows,
    exact: bool,
    h: &mut [f64],
    stride: usize,
    scratch: &mut Vec<Column>,
) {
    if exact {
        let mut wide = [0.0; PANEL];
        for (i, column) in columns.iter().enumerate() {
            for ((o, x), w) in wide.iter_mut().zip(column).zip(w) {
                *o = f64::from(*x) * w;
            }
            correlate(
                &wide,
                &columns[..=i],
                &mut h[i * stride..i * stride + i + 1],
            );
        }
        return;
    }
    let mut single = [0f32; PANEL];
    for (s, w) in single.iter_mut().zip(w) {
        *s = *w as f32;
    }
    scratch.resize(columns.len(), [0.0; PANEL]);
    for (s, c) in scratch.iter_mut().zip(columns) {
        scale(s, c, &single);
    }
    let last = columns.len().saturating_sub(1);
    for i in (0..columns.len()).step_by(2) {
        // The tile may reach past the end or the diagonal: it is computed whole and written where it belongs.
        let rows = [i, (i + 1).min(last)];
        for j in (0..=rows[1]).step_by(4) {
            let at = [j, j + 1, j + 2, j + 3].map(|j| &columns[j.min(last)]);
            let tile = tile(rows.map(|i| &scratch[i]), at);
            for (k, i) in [i, i + 1].into_iter().enumerate() {
                for (l, v) in tile[k].iter().enumerate() {
                    if i <= last && j + l <= i {
                        h[i * stride + j + l] += f64::from(*v);
                    }
                }
            }
        }
    }
}

#[inline(never)]
fn scale(out: &mut Column, c: &Column, w: &Column) {
    for ((o, c), w) in out
        .as_chunks_mut::<4>()
        .0
        .iter_mut()
        .zip(c.as_chunks::<4>().0)
        .zip(w.as_chunks::<4>().0)
    {
        (F32x4::load(c) * F32x4::load(w)).store(o);
    }
}

#[inline(never)]
fn tile(a: [&Column; 2], b: [&Column; 4]) -> [[f32; 4]; 2] {
    let mut sums = [[F32x4::splat(0.0); 4]; 2];
    let a = a.map(|a| &a.as_chunks::<4>().0[..PANEL / 4]);
    let b = b.map(|b| &b.as_chunks::<4>().0[..PANEL / 4]);
    for q in 0..PANEL / 4 {
        let (x, y) = (F32x4::load(&a[0][q]), F32x4::load(&a[1][q]));
        for l in 0..4 {
            let z = F32x4::load(&b[l][q]);
            sums[0][l] = sums[0][l] + x * z;
            sums[1][l] = sums[1][l] + y * z;
        }
    }
    sums.map(|row| row.map(F32x4::sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_the_plain_loops() {
        for (n, d) in [(1, 1), (255, 3), (258, 7), (600, 10)] {
            let x: Vec<f32> = (0..n * d)
                .map(|i| (i * 7919 % 101) as f32 / 50.0 - 1.0)
                .collect();
            let panels = Panels::new(&x, d);
            assert_eq!(panels.len(), n.div_ceil(PANEL));
            let b: Vec<f64> = (0..d).map(|j| 0.5 + j as f64).collect();
            let (mut back, mut exact, mut single) =
                (vec![0.0; d], vec![0.0; d * d], vec![0.0; d * d]);
            let mut scratch = Vec::new();
            for p in 0..panels.len() {
                let mut z = [0.0; PANEL];
                combine(&mut z, panels.columns(p), &b);
                for q in 0..panels.used(p) {
                    let row = &x[(p * PANEL + q) * d..][..d];
                    let want: f64 = row.iter().zip(&b).map(|(x, b)| f64::from(*x) * b).sum();
                    assert!((z[q] - want).abs() < 1e-9);
                }
                correlate(&z, panels.columns(p), &mut back);
                let w: Rows = std::array::from_fn(|q| 1.0 + (q % 3) as f64);
                gram(panels.columns(p), &w, true, &mut exact, d, &mut scratch);
                gram(panels.columns(p), &w, false, &mut single, d, &mut scratch);
            }
            for i in 0..d {
                for j in 0..d {
                    let want: f64 = (0..n)
                        .map(|r| {
                            let w = 1.0 + (r % PANEL % 3) as f64;
                            w * f64::from(x[r * d + i]) * f64::from(x[r * d + j])
                        })
                        .sum();
                    let want = if j <= i { want } else { 0.0 };
                    assert!((exact[i * d + j] - want).abs() < 1e-9 * n as f64);
                    assert!((single[i * d + j] - want).abs() < 1e-5 * n as f64);
                }
                let want: f64 = (0..n)
                    .map(|r| {
                        let row = &x[r * d..][..d];
                        let z: f64 = row.iter().zip(&b).map(|(x, b)| f64::from(*x) * b).sum();
                        z * f64::from(row[i])
                    })
                    .sum();
                assert!((back[i] - want).abs() < 1e-8 * n as f64);
            }
        }
    }
}
