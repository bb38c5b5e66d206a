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

/// Inner product of two vectors of one length.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
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
    }

    #[test]
    fn refuses_what_is_not_positive_definite() {
        assert!(!cholesky(&mut [1.0, 2.0, 2.0, 1.0], 2));
        assert!(!cholesky(&mut [f64::NAN], 1));
        assert!(!cholesky(&mut [1.0, 1.0, 1.0, 1.0], 2));
    }
}
