//! Coordinate descent on a quadratic with an L1 penalty: `½ vᵀHv + cᵀv + Σ lⱼ |vⱼ|`.
//!
//! Source: Friedman, Hastie, Höfling & Tibshirani (2007), doi:10.1214/07-AOAS131.

/// `t` brought nearer to 0 by `by`, and no further than 0.
#[inline]
pub fn soft(t: f64, by: f64) -> f64 {
    if t > by {
        t - by
    } else if t < -by {
        t + by
    } else {
        0.0
    }
}

/// Visits every coordinate once. `h` is `n × n` and symmetric, `gradient` is `Hv + c` and is kept up to date. Returns
/// the largest decrease of the quadratic part that a coordinate brought (times 2).
pub fn sweep(h: &[f64], gradient: &mut [f64], value: &mut [f64], l1: &[f64]) -> f64 {
    let n = value.len();
    let mut most = 0f64;
    for j in 0..n {
        let row = &h[j * n..(j + 1) * n];
        let a = row[j];
        if a <= 0.0 {
            continue;
        }
        let new = soft(value[j] - gradient[j] / a, l1[j] / a);
        let change = new - value[j];
        if change == 0.0 || !change.is_finite() {
            continue;
        }
        value[j] = new;
        for (g, h) in gradient.iter_mut().zip(row) {
            *g += change * h;
        }
        most = most.max(change * change * a);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimum_meets_the_optimality_conditions() {
        let h = [4.0, 1.0, 0.5, 1.0, 3.0, -1.0, 0.5, -1.0, 2.0];
        let c = [-4.0, -1.5, 1.5];
        let (mut value, mut gradient) = ([0.0; 3], c);
        let l1 = [1.0, 1.0, 0.0];
        while sweep(&h, &mut gradient, &mut value, &l1) > 1e-24 {}
        for j in 0..3 {
            let hv: f64 = (0..3).map(|k| h[j * 3 + k] * value[k]).sum();
            let g = hv + c[j];
            assert!((g - gradient[j]).abs() < 1e-12);
            if value[j] == 0.0 {
                assert!(g.abs() <= l1[j]);
            } else {
                assert!((g + l1[j] * value[j].signum()).abs() < 1e-9, "{j} {g}");
            }
        }
        assert!(
            value[0] > 0.0 && value[1] == 0.0 && value[2] < 0.0,
            "{value:?}"
        );
    }
}
