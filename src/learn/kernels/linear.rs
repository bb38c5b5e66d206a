//! Small dense symmetric systems.

/// Lower Cholesky factor of the symmetric `n × n` matrix `a` (row-major), in place; only the lower half is read.
///
/// Returns `false` when the matrix is not positive definite or not finite.
pub fn cholesky(a: &mut [f64], n: usize) -> bool {
    for i in 0..n {
        let (above, rest) = a.split_at_mut(i * n);
        let row = &mut rest[..n];
        for j in 0..i {
            let other = &above[j * n..j * n + j + 1];
            let s = row[j] - dot(&row[..j], &other[..j]);
            row[j] = s / other[j];
        }
        let s = row[i] - dot(&row[..i], &row[..i]);
        // A pivot lost to rounding means the factor is noise.
        if !(s.is_finite() && s > 1e-13 * row[i].abs()) {
            return false;
        }
        row[i] = s.sqrt();
    }
    true
}

/// Solves `L Lᵀ x = b` for a factor of [`cholesky`].
pub fn cholesky_solve(l: &[f64], n: usize, b: &[f64]) -> Vec<f64> {
    let mut x = b.to_vec();
    for i in 0..n {
        let row = &l[i * n..i * n + n];
        x[i] = (x[i] - dot(&row[..i], &x[..i])) / row[i];
    }
    for i in (0..n).rev() {
        x[i] /= l[i * n + i];
        let (head, tail) = x.split_at_mut(i);
        let row = &l[i * n..i * n + i];
        for (h, r) in head.iter_mut().zip(row) {
            *h -= r * tail[0];
        }
    }
    x
}

/// Lower half of the inverse of `L Lᵀ`, for a factor of [`cholesky`].
pub fn cholesky_inverse(l: &[f64], n: usize) -> Vec<f64> {
    // Row j holds column j of L⁻¹, from j on.
    let mut columns = vec![0.0; n * n];
    for j in 0..n {
        let column = &mut columns[j * n..(j + 1) * n];
        column[j] = 1.0 / l[j * n + j];
        for i in j + 1..n {
            let row = &l[i * n..i * n + n];
            column[i] = -dot(&row[j..i], &column[j..i]) / row[i];
        }
    }
    let mut out = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let (a, b) = (&columns[i * n..(i + 1) * n], &columns[j * n..(j + 1) * n]);
            out[i * n + j] = dot(&a[i..], &b[i..]);
        }
    }
    out
}

/// Diagonal of the inverse of `L Lᵀ`, for a factor of [`cholesky`].
pub fn inverse_diagonal(l: &[f64], n: usize) -> Vec<f64> {
    let mut column = vec![0.0; n];
    (0..n)
        .map(|j| {
            column[j] = 1.0 / l[j * n + j];
            for i in j + 1..n {
                let row = &l[i * n..i * n + n];
                column[i] = -dot(&row[j..i], &column[j..i]) / row[i];
            }
            dot(&column[j..], &column[j..])
        })
        .collect()
}

/// Inner product of two vectors of one length. Independent partial sums let the compiler use vector lanes.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a4, a1) = a.as_chunks::<4>();
    let (b4, b1) = b.as_chunks::<4>();
    let mut lanes = [0.0; 4];
    for (a, b) in a4.iter().zip(b4) {
        for k in 0..4 {
            lanes[k] += a[k] * b[k];
        }
    }
    let rest: f64 = a1.iter().zip(b1).map(|(a, b)| a * b).sum();
    (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_a_known_system() {
        let a = [4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];
        let x = [1.0, -2.0, 0.5];
        let b: Vec<f64> = (0..3).map(|i| dot(&a[i * 3..i * 3 + 3], &x)).collect();
        let mut l = a;
        assert!(cholesky(&mut l, 3));
        let got = cholesky_solve(&l, 3, &b);
        for (g, w) in got.iter().zip(x) {
            assert!((g - w).abs() < 1e-14);
        }
        let inverse = cholesky_inverse(&l, 3);
        let diagonal = inverse_diagonal(&l, 3);
        for i in 0..3 {
            for j in 0..3 {
                let of = |k: usize| inverse[j.max(k) * 3 + j.min(k)] * a[i * 3 + k];
                let got: f64 = (0..3).map(of).sum();
                assert!((got - f64::from(u8::from(i == j))).abs() < 1e-14);
            }
            assert!((diagonal[i] - inverse[i * 3 + i]).abs() < 1e-15);
        }
    }

    #[test]
    fn refuses_what_is_not_positive_definite() {
        assert!(!cholesky(&mut [1.0, 2.0, 2.0, 1.0], 2));
        assert!(!cholesky(&mut [f64::NAN], 1));
        assert!(!cholesky(&mut [1.0, 1.0, 1.0, 1.0], 2));
    }
}
