//! Short vectors in lanes of four, padded with zeros, and small systems of equations over them.
use crate::learn::kernels::lanes::F32x4;
use rand_chacha::{ChaCha8Rng, rand_core::Rng};
use serde::{Deserialize, Serialize};

/// Four numbers side by side.
pub type Group = [f32; 4];

/// Rows of the same width.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Matrix {
    data: Vec<Group>,
    /// Groups of a row.
    width: u32,
    n_columns: u32,
}

impl Matrix {
    /// Zeros.
    pub fn zeros(n_rows: usize, n_columns: usize) -> Self {
        let width = n_columns.div_ceil(4);
        Self {
            data: vec![[0.0; 4]; n_rows * width],
            width: width as u32,
            n_columns: n_columns as u32,
        }
    }

    /// From `n_rows × n_columns` numbers; what is missing counts as 0.
    pub fn from_rows(n_rows: usize, n_columns: usize, values: &[f32]) -> Self {
        let mut out = Self::zeros(n_rows, n_columns);
        for (i, row) in values.chunks(n_columns.max(1)).take(n_rows).enumerate() {
            out.row_mut(i).as_flattened_mut()[..row.len()].copy_from_slice(row);
        }
        out
    }

    /// Normal numbers around 0.
    pub fn normal(n_rows: usize, n_columns: usize, deviation: f64, rng: &mut ChaCha8Rng) -> Self {
        let mut out = Self::zeros(n_rows, n_columns);
        for i in 0..n_rows {
            for to in &mut out.row_mut(i).as_flattened_mut()[..n_columns] {
                *to = (deviation * normal(rng)) as f32;
            }
        }
        out
    }

    /// Groups of a row.
    pub fn width(&self) -> usize {
        self.width as usize
    }

    /// Numbers of a row, padding not counted.
    pub fn n_columns(&self) -> usize {
        self.n_columns as usize
    }

    /// Rows; 0 where they have no columns.
    pub fn n_rows(&self) -> usize {
        self.data.len() / self.width().max(1)
    }

    /// A row.
    #[inline(always)]
    pub fn row(&self, i: usize) -> &[Group] {
        &self.data[i * self.width()..][..self.width()]
    }

    /// A row to write.
    #[inline(always)]
    pub fn row_mut(&mut self, i: usize) -> &mut [Group] {
        let width = self.width();
        &mut self.data[i * width..][..width]
    }

    /// One more row, of as many groups.
    pub fn push(&mut self, row: &[Group]) {
        let row = row.iter().copied().chain(std::iter::repeat([0.0; 4]));
        let width = self.width();
        self.data.extend(row.take(width));
    }

    /// All rows, one after the other.
    pub fn groups(&self) -> &[Group] {
        &self.data
    }

    /// All rows to write.
    pub fn groups_mut(&mut self) -> &mut [Group] {
        &mut self.data
    }

    /// Whether every number is finite.
    pub fn is_finite(&self) -> bool {
        self.data.as_flattened().iter().all(|v| v.is_finite())
    }

    /// Whether it has `n_rows` rows of `n_columns` finite numbers and zeros as padding.
    pub fn is_sound(&self, n_rows: usize, n_columns: usize) -> bool {
        self.n_columns() == n_columns
            && self.width() == n_columns.div_ceil(4)
            && self.data.len() == n_rows * self.width()
            && self.is_finite()
            && (0..n_rows).all(|i| {
                let row = self.row(i).as_flattened();
                row.iter().skip(n_columns).all(|v| *v == 0.0)
            })
    }
}

/// Between 0 and 1, 1 excluded.
pub fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

/// Normal, mean 0 and deviation 1.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (a, b) = (1.0 - uniform(rng), uniform(rng));
    (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

/// Scalar product. Four sums, so that one does not wait for the other.
#[inline(always)]
pub fn dot(a: &[Group], b: &[Group]) -> f32 {
    let mut sums = [F32x4::splat(0.0); 4];
    let (a4, a1) = a.as_chunks::<4>();
    let (b4, b1) = b.as_chunks::<4>();
    for (a, b) in a4.iter().zip(b4) {
        for k in 0..4 {
            sums[k] = sums[k] + F32x4::load(&a[k]) * F32x4::load(&b[k]);
        }
    }
    for (a, b) in a1.iter().zip(b1) {
        sums[0] = sums[0] + F32x4::load(a) * F32x4::load(b);
    }
    ((sums[0] + sums[1]) + (sums[2] + sums[3])).sum()
}

/// `to += scale · from`.
#[inline(always)]
pub fn add(to: &mut [Group], scale: f32, from: &[Group]) {
    let scale = F32x4::splat(scale);
    for (to, from) in to.iter_mut().zip(from) {
        (F32x4::load(to) + scale * F32x4::load(from)).store(to);
    }
}

/// `to = from + scale · to`.
#[inline(always)]
pub fn scale_add(to: &mut [Group], scale: f32, from: &[Group]) {
    let scale = F32x4::splat(scale);
    for (to, from) in to.iter_mut().zip(from) {
        (F32x4::load(from) + scale * F32x4::load(to)).store(to);
    }
}

/// A symmetric positive definite system `A x = b`, the lower half of `A` in padded rows.
#[derive(Debug, Clone)]
pub struct System {
    /// `A`, then its factor.
    a: Matrix,
    /// `b`, then `x`.
    b: Vec<Group>,
}

impl System {
    /// `n` unknowns, all zero.
    pub fn new(n: usize) -> Self {
        Self {
            a: Matrix::zeros(n, n),
            b: vec![[0.0; 4]; n.div_ceil(4)],
        }
    }

    /// Starts anew: `A` a copy of `from`, or zero; `b` zero.
    pub fn reset(&mut self, from: Option<&Matrix>) {
        match from {
            Some(from) => self.a.groups_mut().copy_from_slice(from.groups()),
            None => self.a.groups_mut().fill([0.0; 4]),
        }
        self.b.fill([0.0; 4]);
    }

    /// `A += weight · v vᵀ`, `b += value · v`.
    #[inline(always)]
    pub fn observe(&mut self, v: &[Group], weight: f32, value: f32) {
        outer(&mut self.a, v, weight);
        add(&mut self.b, value, v);
    }

    /// `A += amount` at place `i` of the diagonal.
    pub fn add_to_diagonal(&mut self, i: usize, amount: f32) {
        self.a.row_mut(i).as_flattened_mut()[i] += amount;
    }

    /// `b += scale · v`.
    pub fn add_right(&mut self, scale: f32, v: &[Group]) {
        add(&mut self.b, scale, v);
    }

    /// Groups of a right side.
    pub fn width(&self) -> usize {
        self.b.len()
    }

    /// `b = v`.
    pub fn set_right(&mut self, v: &[Group]) {
        self.b.copy_from_slice(v);
    }

    /// Factors `A = L Lᵀ`. A pivot that rounding has taken to 0 or below is set to a small part of its diagonal.
    pub fn factor(&mut self) {
        let (n, width) = (self.a.n_columns(), self.a.width());
        for i in 0..n {
            let (before, from) = self.a.groups_mut().split_at_mut(i * width);
            let row = from[..width].as_flattened_mut();
            // What lies right of the diagonal would enter the products.
            row[i + 1..].fill(0.0);
            let diagonal = row[i];
            for (j, other) in before.chunks_exact(width.max(1)).enumerate() {
                let other = other.as_flattened();
                let whole = j / 4 * 4;
                let mut sum = dot(row[..whole].as_chunks().0, other[..whole].as_chunks().0);
                for k in whole..j {
                    sum += row[k] * other[k];
                }
                row[j] = (row[j] - sum) / other[j];
            }
            let mut pivot = diagonal;
            for v in &row[..i] {
                pivot -= v * v;
            }
            let least = (diagonal.abs() * 1e-6).max(1e-30);
            row[i] = if pivot > least { pivot } else { least }.sqrt();
        }
    }

    /// Solves after [`System::factor`]; the factor stays.
    pub fn solve(&mut self) -> &[Group] {
        let n = self.a.n_columns();
        let b = self.b.as_flattened_mut();
        for i in 0..n {
            let row = self.a.row(i).as_flattened();
            let whole = i / 4 * 4;
            let mut sum = dot(b[..whole].as_chunks().0, row[..whole].as_chunks().0);
            for k in whole..i {
                sum += b[k] * row[k];
            }
            b[i] = (b[i] - sum) / row[i];
        }
        for i in (0..n).rev() {
            let row = self.a.row(i).as_flattened();
            let x = b[i] / row[i];
            b[i] = x;
            for (b, l) in b[..i].iter_mut().zip(row) {
                *b -= l * x;
            }
        }
        &self.b
    }
}

/// `a += weight · v vᵀ`, lower half, whole groups.
#[inline(always)]
pub fn outer(a: &mut Matrix, v: &[Group], weight: f32) {
    let width = a.width();
    let n = a.n_columns();
    let rows = a.groups_mut().chunks_exact_mut(width.max(1));
    for (i, (row, x)) in rows.zip(&v.as_flattened()[..n]).enumerate() {
        add(&mut row[..i / 4 + 1], weight * x, v);
    }
}

/// `Σ v vᵀ` over the rows of `of`, both halves.
pub fn gram(of: &Matrix) -> Matrix {
    let n = of.n_columns();
    let mut out = Matrix::zeros(n, n);
    for v in of.groups().chunks_exact(of.width().max(1)) {
        outer(&mut out, v, 1.0);
    }
    for i in 0..n {
        for j in i + 1..n {
            let v = out.row(j).as_flattened()[i];
            out.row_mut(i).as_flattened_mut()[j] = v;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn systems_are_solved() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for n in [1, 3, 4, 7, 16, 21] {
            let of = Matrix::normal(3 * n, n, 1.0, &mut rng);
            let full = gram(&of);
            let mut system = System::new(n);
            system.reset(None);
            for i in 0..of.n_rows() {
                system.observe(of.row(i), 1.0, 0.0);
            }
            let b = Matrix::normal(1, n, 1.0, &mut rng);
            system.set_right(b.row(0));
            system.factor();
            let x = system.solve().to_vec();
            for i in 0..n {
                let got = dot(full.row(i), &x);
                let want = b.row(0).as_flattened()[i];
                assert!((got - want).abs() < 1e-3, "{n} {i}: {got} {want}");
            }
            assert!(of.is_sound(3 * n, n));
        }
        // Without any rows the answer is still a number.
        let mut system = System::new(2);
        system.factor();
        assert!(system.solve().as_flattened().iter().all(|v| v.is_finite()));
    }
}
