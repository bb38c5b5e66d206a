//! A smooth line through points, with an interval: local linear regression.
//!
//! At each place the nearest share of the points is fitted by a line, nearer ones counting more (tricube). The value there is
//! `Σ lᵢ yᵢ`, its standard error `σ √(Σ lᵢ²)` with `σ²` the weighted mean of squared residuals around the line.
//!
//! Source: Cleveland (1979), Robust locally weighted regression, doi:10.1080/01621459.1979.10481038, without the robust
//! weights.
use crate::base::special::NORMAL_975;
use crate::charts::TrendPoint;

/// Share of the points that a place sees, and the fewest.
const SPAN: f64 = 0.3;
const FEWEST: usize = 20;

/// The smoothed `y` at `n_places` quantiles of `x`, rising; none with fewer than a few points. `(n,)` each.
pub fn trend(x: &[f64], y: &[f64], n_places: usize) -> Vec<TrendPoint> {
    let pairs = x.iter().copied().zip(y.iter().copied());
    let mut points: Vec<(f64, f64)> = pairs
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let n = points.len();
    if n < FEWEST || n_places < 2 {
        return Vec::new();
    }
    let n_near = ((n as f64 * SPAN).ceil() as usize).max(FEWEST).min(n);
    let mut places: Vec<f64> = (0..n_places)
        .filter_map(|i| points.get(i * (n - 1) / (n_places - 1)))
        .map(|p| p.0)
        .collect();
    places.dedup();
    let mut first = 0;
    let mut out = Vec::with_capacity(places.len());
    for at in places {
        // The window of the nearest points moves to the right only.
        while let (Some(left), Some(right)) = (points.get(first), points.get(first + n_near)) {
            if (at - left.0).abs() <= (right.0 - at).abs() {
                break;
            }
            first += 1;
        }
        // Equal values belong together, whatever their order.
        let same = |a: usize, b: usize| points.get(a).map(|p| p.0) == points.get(b).map(|p| p.0);
        let (mut from, mut to) = (first, (first + n_near).min(n));
        while from > 0 && same(from - 1, from) {
            from -= 1;
        }
        while to < n && same(to - 1, to) {
            to += 1;
        }
        let near = points.get(from..to).unwrap_or(&points);
        out.push(local(at, near));
    }
    out
}

fn local(at: f64, near: &[(f64, f64)]) -> TrendPoint {
    let furthest = near.iter().map(|p| (p.0 - at).abs()).fold(0.0, f64::max);
    // The furthest point counts a little, so that no window is empty.
    let reach = furthest * 1.000_1;
    let weight = |x: f64| {
        if reach > 0.0 {
            (1.0 - ((x - at).abs() / reach).powi(3)).powi(3).max(0.0)
        } else {
            1.0
        }
    };
    let apart = |x: f64| if reach > 0.0 { (x - at) / reach } else { 0.0 };
    let (mut s0, mut s1, mut s2, mut t0, mut t1) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y) in near {
        let (w, d) = (weight(*x), apart(*x));
        s0 += w;
        s1 += w * d;
        s2 += w * d * d;
        t0 += w * y;
        t1 += w * d * y;
    }
    let det = s0 * s2 - s1 * s1;
    let is_line = det > 1e-9 * s0 * s0;
    let (mean, slope) = if is_line {
        ((s2 * t0 - s1 * t1) / det, (s0 * t1 - s1 * t0) / det)
    } else {
        (t0 / s0, 0.0)
    };
    let (mut left, mut squares) = (0.0, 0.0);
    for (x, y) in near {
        let (w, d) = (weight(*x), apart(*x));
        let l = if is_line {
            w * (s2 - s1 * d) / det
        } else {
            w / s0
        };
        squares += l * l;
        left += w * (y - mean - slope * d).powi(2);
    }
    let half = NORMAL_975 * (left / s0 * squares).sqrt();
    TrendPoint {
        x: at,
        mean,
        low: mean - half,
        high: mean + half,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_met_and_a_bend_is_followed() {
        let x: Vec<f64> = (0..400).map(|i| f64::from(i) / 400.0).collect();
        let line: Vec<f64> = x.iter().map(|v| 3.0 * v - 1.0).collect();
        let got = trend(&x, &line, 11);
        assert_eq!(got.len(), 11);
        for p in &got {
            assert!((p.mean - (3.0 * p.x - 1.0)).abs() < 1e-9);
            assert!(p.high - p.low < 1e-6);
        }
        let noise = |i: usize| (i * 7919 % 101) as f64 / 101.0 - 0.5;
        let bent: Vec<f64> = x
            .iter()
            .enumerate()
            .map(|(i, v)| (6.0 * v).sin() + noise(i))
            .collect();
        let got = trend(&x, &bent, 21);
        for p in &got {
            assert!((p.mean - (6.0 * p.x).sin()).abs() < 0.25, "{p:?}");
            // The standard error of a mean of 120 weighted points with sd 0.29, and what a bend adds.
            assert!((0.05..0.4).contains(&(p.high - p.low)), "{p:?}");
        }
        assert!(trend(&x[..5], &bent[..5], 11).is_empty());
        let same = trend(&[2.0; 50], &bent[..50], 11);
        let mean = bent[..50].iter().sum::<f64>() / 50.0;
        assert_eq!(same.len(), 1);
        assert!((same[0].mean - mean).abs() < 1e-12);
    }
}
