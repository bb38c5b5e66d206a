//! Eigenvalues and eigenvectors of symmetric matrices.
//!
//! Reflections bring the matrix to three diagonals, rotations with shifts bring the outer ones to 0.
//!
//! Source: Householder (1958), doi:10.1145/320941.320947; Francis (1961), doi:10.1093/comjnl/4.3.265; Wilkinson (1968),
//! doi:10.1016/0024-3795(68)90017-7; Golub & Van Loan (2013), *Matrix Computations*, 8.3.
use crate::base::{Error, Result};

/// Most rotations spent on one eigenvalue.
const MOST_SWEEPS: usize = 60;

/// Eigenvalues, falling, and their vectors as rows (`d × d`, row-major), each of length 1, of the symmetric matrix `a`
/// (`d × d`, its lower half is read).
///
/// # Errors
/// [`Error::Shape`] unless `a` is `d × d`; [`Error::NotConverged`] when it holds values that are no numbers.
pub fn symmetric(a: &[f64], d: usize) -> Result<(Vec<f64>, Vec<f64>)> {
    if a.len() != d * d {
        return Err(Error::Shape {
            what: "matrix".into(),
            expected: d * d,
            found: a.len(),
        });
    }
    if d == 0 {
        return Ok((Vec::new(), Vec::new()));
    }
    let mut a = a.to_vec();
    for i in 0..d {
        for j in 0..i {
            a[j * d + i] = a[i * d + j];
        }
    }
    // Rows of `q` are the columns of the product of all reflections and rotations.
    let (mut diagonal, mut beside, mut q) = three_diagonals(a, d);
    rotate(&mut diagonal, &mut beside, &mut q, d)?;
    let mut order: Vec<usize> = (0..d).collect();
    crate::base::order::sort(&mut order, &mut |i, j| diagonal[j].total_cmp(&diagonal[i]));
    let values = order.iter().map(|i| diagonal[*i]).collect();
    let vectors = order.iter().flat_map(|i| &q[i * d..(i + 1) * d]);
    Ok((values, vectors.copied().collect()))
}

/// `T = Hᵀ A H` with the reflections of all columns; returns the diagonal of `T`, the one beside it, and `Hᵀ`.
fn three_diagonals(mut a: Vec<f64>, d: usize) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let mut q = vec![0.0; d * d];
    for i in 0..d {
        q[i * d + i] = 1.0;
    }
    let mut reflections: Vec<(Vec<f64>, f64)> = Vec::new();
    for k in 0..d.saturating_sub(2) {
        // The part of column k below the diagonal beside is reflected onto its first place.
        let mut v: Vec<f64> = (k + 1..d).map(|i| a[i * d + k]).collect();
        let scale = v.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        let rest = v[1..].iter().fold(0.0f64, |m, x| m.max(x.abs()));
        if rest == 0.0 || !scale.is_finite() {
            reflections.push((Vec::new(), 0.0));
            continue;
        }
        let length = scale * v.iter().map(|x| (x / scale).powi(2)).sum::<f64>().sqrt();
        let to = if v[0] > 0.0 { -length } else { length };
        v[0] -= to;
        // Scaled so that squares neither vanish nor overflow.
        let top = v.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        v.iter_mut().for_each(|x| *x /= top);
        let beta = 2.0 / v.iter().map(|x| x * x).sum::<f64>();
        // A ← A − v wᵀ − w vᵀ, w = β A v − ½ β² (vᵀ A v) v.
        let m = d - k - 1;
        let mut w = vec![0.0; m];
        for (i, to) in w.iter_mut().enumerate() {
            let row = &a[(k + 1 + i) * d + k + 1..(k + 2 + i) * d];
            *to = beta * row.iter().zip(&v).map(|(a, v)| a * v).sum::<f64>();
        }
        let half = 0.5 * beta * w.iter().zip(&v).map(|(w, v)| w * v).sum::<f64>();
        w.iter_mut().zip(&v).for_each(|(w, v)| *w -= half * v);
        for i in 0..m {
            let row = &mut a[(k + 1 + i) * d + k + 1..(k + 2 + i) * d];
            for ((x, v_j), w_j) in row.iter_mut().zip(&v).zip(&w) {
                *x -= v[i] * w_j + w[i] * v_j;
            }
        }
        for i in k + 1..d {
            let x = if i == k + 1 { to } else { 0.0 };
            a[i * d + k] = x;
            a[k * d + i] = x;
        }
        reflections.push((v, beta));
    }
    // Hᵀ, built from the last reflection on: only rows and columns beyond it are touched.
    let mut sums = vec![0.0; d];
    for (k, (v, beta)) in reflections.iter().enumerate().rev() {
        if v.is_empty() {
            continue;
        }
        let from = k + 1;
        // Q ← Q (I − β v vᵀ) from the other side: rows of q are columns of H.
        for r in from..d {
            let row = &mut q[r * d + from..(r + 1) * d];
            let dot: f64 = beta * row.iter().zip(v).map(|(x, v)| x * v).sum::<f64>();
            sums[r] = dot;
            row.iter_mut().zip(v).for_each(|(x, v)| *x -= dot * v);
        }
    }
    let diagonal = (0..d).map(|i| a[i * d + i]).collect();
    let mut beside: Vec<f64> = (1..d).map(|i| a[i * d + i - 1]).collect();
    beside.push(0.0);
    (diagonal, beside, q)
}

/// `√(x² + y²)` without overflow, to the same bits everywhere.
fn length(x: f64, y: f64) -> f64 {
    let (x, y) = (x.abs(), y.abs());
    let most = x.max(y);
    if most > 0.0 {
        most * ((x / most).powi(2) + (y / most).powi(2)).sqrt()
    } else {
        0.0
    }
}

/// Rotations with Wilkinson's shift until the outer diagonal is 0; the rows of `q` turn along.
fn rotate(t: &mut [f64], e: &mut [f64], q: &mut [f64], d: usize) -> Result<()> {
    let mut end = d - 1;
    let mut spent = 0;
    while end > 0 {
        let small = |i: usize, t: &[f64], e: &[f64]| {
            e[i].abs() <= f64::EPSILON * (t[i].abs() + t[i + 1].abs())
                || e[i].abs() < f64::MIN_POSITIVE
        };
        if small(end - 1, t, e) {
            e[end - 1] = 0.0;
            end -= 1;
            spent = 0;
            continue;
        }
        let mut start = end - 1;
        while start > 0 && !small(start - 1, t, e) {
            start -= 1;
        }
        spent += 1;
        if spent > MOST_SWEEPS {
            return Err(Error::NotConverged {
                algorithm: "eigen".into(),
                iterations: MOST_SWEEPS,
            });
        }
        let half = (t[end - 1] - t[end]) / 2.0;
        let beside = e[end - 1];
        let root = length(half, beside);
        let shift = t[end] - beside * (beside / (half + if half < 0.0 { -root } else { root }));
        let (mut x, mut z) = (t[start] - shift, e[start]);
        for k in start..end {
            let long = length(x, z);
            let (c, s) = if long > 0.0 {
                (x / long, -z / long)
            } else {
                (1.0, 0.0)
            };
            if k > start {
                e[k - 1] = long;
            }
            let (p, r, b) = (t[k], t[k + 1], e[k]);
            t[k] = c * c * p - 2.0 * c * s * b + s * s * r;
            t[k + 1] = s * s * p + 2.0 * c * s * b + c * c * r;
            e[k] = c * s * (p - r) + (c * c - s * s) * b;
            x = e[k];
            if k + 1 < end {
                z = -s * e[k + 1];
                e[k + 1] *= c;
            }
            let (upper, lower) = q[k * d..(k + 2) * d].split_at_mut(d);
            for (u, l) in upper.iter_mut().zip(lower) {
                (*u, *l) = (c * *u - s * *l, s * *u + c * *l);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_give_the_matrix_back() {
        let mut s = 3u32;
        for d in [1, 2, 3, 7, 40] {
            let mut a = vec![0.0; d * d];
            for i in 0..d {
                for j in 0..=i {
                    s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let v = f64::from(s >> 8) / f64::from(1 << 23) - 1.0;
                    (a[i * d + j], a[j * d + i]) = (v, v);
                }
            }
            let (values, vectors) = symmetric(&a, d).unwrap();
            assert!(values.windows(2).all(|w| w[0] >= w[1]));
            for i in 0..d {
                for j in 0..d {
                    let of = |k: usize| vectors[k * d + i] * values[k] * vectors[k * d + j];
                    let got: f64 = (0..d).map(of).sum();
                    assert!((got - a[i * d + j]).abs() < 1e-12 * d as f64, "{d}");
                    let dot = |k: usize| vectors[i * d + k] * vectors[j * d + k];
                    let dot: f64 = (0..d).map(dot).sum();
                    assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-12 * d as f64);
                }
            }
        }
    }

    #[test]
    fn zeros_diagonals_and_what_is_no_number() {
        assert_eq!(symmetric(&[0.0; 9], 3).unwrap().0, [0.0; 3]);
        let (values, vectors) =
            symmetric(&[1.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 2.0], 3).unwrap();
        assert_eq!(values, [3.0, 2.0, 1.0]);
        assert_eq!(vectors, [0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
        assert_eq!(
            symmetric(&[f64::NAN; 9], 3).unwrap_err().code(),
            "not_converged"
        );
        assert_eq!(symmetric(&[1.0], 2).unwrap_err().code(), "shape");
        assert!(symmetric(&[], 0).unwrap().0.is_empty());
        let (values, _) = symmetric(&[1e200, 1e200, 1e200, 1e200], 2).unwrap();
        assert!((values[0] / 2e200 - 1.0).abs() < 1e-12);
    }
}
