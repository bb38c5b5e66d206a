//! What least squares needs to know of the data: weighted means and the centred cross-product matrix; and the solution of
//! least norm where columns are collinear or outnumber the rows.
use super::linear::dot;

/// Values below this share of the largest count as 0 when the rank is found: the precision of single-precision data.
const RANK_TOLERANCE: f64 = 1e-7;

/// Weighted sums about the means (about 0 without an intercept).
#[derive(Debug, Clone)]
pub struct Moments {
    /// Sum of weights.
    pub total: f64,
    /// Mean per column.
    pub x_mean: Vec<f64>,
    /// Mean of the target.
    pub y_mean: f64,
    /// Lower half of `Σ w (x − x̄)(x − x̄)ᵀ`, `d × d`; empty when not asked for.
    pub gram: Vec<f64>,
    /// `Σ w (x − x̄)(y − ȳ)`.
    pub xy: Vec<f64>,
    /// `Σ w (y − ȳ)²`.
    pub yy: f64,
}

impl Moments {
    /// Of `x` (`n × d` row-major) and `y`; `weight` gives the weight of a row. Two passes, in double precision.
    pub fn new(
        x: &[f32],
        d: usize,
        y: &[f64],
        weight: &dyn Fn(usize) -> f64,
        intercept: bool,
        with_gram: bool,
    ) -> Self {
        let mut m = Self {
            total: 0.0,
            x_mean: vec![0.0; d],
            y_mean: 0.0,
            gram: vec![0.0; if with_gram { d * d } else { 0 }],
            xy: vec![0.0; d],
            yy: 0.0,
        };
        for (i, (row, y)) in x.chunks_exact(d).zip(y).enumerate() {
            let w = weight(i);
            m.total += w;
            if intercept {
                m.y_mean += w * y;
                for (s, x) in m.x_mean.iter_mut().zip(row) {
                    *s += w * f64::from(*x);
                }
            }
        }
        m.y_mean /= m.total;
        m.x_mean.iter_mut().for_each(|s| *s /= m.total);
        let mut centred = vec![0.0; d];
        for (i, (row, y)) in x.chunks_exact(d).zip(y).enumerate() {
            let w = weight(i);
            let r = y - m.y_mean;
            for ((c, x), mean) in centred.iter_mut().zip(row).zip(&m.x_mean) {
                *c = f64::from(*x) - mean;
            }
            m.yy += w * r * r;
            for (j, c) in centred.iter().enumerate() {
                let wc = w * c;
                m.xy[j] += wc * r;
                if with_gram {
                    let line = &mut m.gram[j * d..j * d + j + 1];
                    for (g, c) in line.iter_mut().zip(&centred) {
                        *g += wc * c;
                    }
                }
            }
        }
        m
    }
}

/// The vector of least norm among those that minimise `‖A v − b‖`, and the rank of `A` (`m × n` row-major).
///
/// Householder QR with column pivoting on columns of unit length finds the rank; what is left of the rows, in the units of
/// `A`, is then solved for the shortest vector.
///
/// Source: Golub & Van Loan (2013), *Matrix Computations*, sections 5.4 and 5.5.
pub fn least_norm(a: &[f64], m: usize, n: usize, b: &[f64]) -> (Vec<f64>, usize) {
    // Columns as contiguous rows of the transposed matrix.
    let mut columns: Vec<Vec<f64>> = (0..n)
        .map(|j| (0..m).map(|i| a[i * n + j]).collect())
        .collect();
    let lengths: Vec<f64> = columns
        .iter()
        .map(|c| dot(c, c).sqrt())
        .map(|l| if l > 0.0 && l.is_finite() { l } else { 1.0 })
        .collect();
    for (c, l) in columns.iter_mut().zip(&lengths) {
        c.iter_mut().for_each(|v| *v /= l);
    }
    let mut order: Vec<usize> = (0..n).collect();
    let mut right = b.to_vec();
    let mut rank = 0;
    while rank < m.min(n) {
        let rest = |c: &Vec<f64>| dot(&c[rank..], &c[rank..]);
        let Some((best, size)) = (rank..n)
            .map(|p| (p, rest(&columns[order[p]])))
            .max_by(|a, b| a.1.total_cmp(&b.1))
        else {
            break;
        };
        if size.is_nan() || size.sqrt() <= RANK_TOLERANCE {
            break;
        }
        order.swap(rank, best);
        let mut mirror = columns[order[rank]][rank..].to_vec();
        mirror[0] += if mirror[0] >= 0.0 {
            size.sqrt()
        } else {
            -size.sqrt()
        };
        let half = 2.0 / dot(&mirror, &mirror);
        let reflect = |v: &mut [f64]| {
            let by = half * dot(&mirror, v);
            v.iter_mut().zip(&mirror).for_each(|(v, m)| *v -= by * m);
        };
        order[rank..]
            .iter()
            .for_each(|&j| reflect(&mut columns[j][rank..]));
        reflect(&mut right[rank..]);
        rank += 1;
    }
    // Rows of R in the order of the columns and in their units: `rank × n`, of full rank.
    let mut rows: Vec<Vec<f64>> = (0..rank)
        .map(|i| {
            let mut row = vec![0.0; n];
            for (p, &j) in order.iter().enumerate().skip(i) {
                // What lies under the diagonal is 0 by now.
                let _ = p;
                row[j] = columns[j][i] * lengths[j];
            }
            row
        })
        .collect();
    // The shortest solution lies in the span of the rows. Gram-Schmidt, twice, gives an orthonormal basis of it.
    let mut out = vec![0.0; n];
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(rank);
    let mut parts: Vec<f64> = Vec::with_capacity(rank);
    for i in (0..rank).rev() {
        let mut rest = std::mem::take(&mut rows[i]);
        let mut value = right[i];
        for _ in 0..2 {
            for (q, part) in basis.iter().zip(&parts) {
                let along = dot(&rest, q);
                rest.iter_mut().zip(q).for_each(|(r, q)| *r -= along * q);
                value -= along * part;
            }
        }
        let length = dot(&rest, &rest).sqrt();
        if length > 0.0 {
            rest.iter_mut().for_each(|r| *r /= length);
            let part = value / length;
            out.iter_mut().zip(&rest).for_each(|(o, q)| *o += part * q);
            basis.push(rest);
            parts.push(part);
        }
    }
    (out, rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_solution_is_found() {
        // Rank 2: the third column is the sum of the others, the fourth is 0.
        let a = [
            1.0, 2.0, 3.0, 0.0, 0.0, 1.0, 1.0, 0.0, 2.0, 0.5, 2.5, 0.0, -1.0, 1.0, 0.0, 0.0, 3.0,
            1.0, 4.0, 0.0,
        ];
        let v = [1.0, -0.5, 0.5, 0.0];
        let b: Vec<f64> = (0..5).map(|i| dot(&a[i * 4..i * 4 + 4], &v)).collect();
        let (got, rank) = least_norm(&a, 5, 4, &b);
        assert_eq!(rank, 2);
        // v is in the row space (third = first + second), so it is the shortest.
        for (g, w) in got.iter().zip(v) {
            assert!((g - w).abs() < 1e-12, "{got:?}");
        }
        // More columns than rows.
        let (got, rank) = least_norm(&[3.0, 4.0], 1, 2, &[5.0]);
        assert_eq!(rank, 1);
        assert!((got[0] - 0.6).abs() < 1e-14 && (got[1] - 0.8).abs() < 1e-14);
    }
}
