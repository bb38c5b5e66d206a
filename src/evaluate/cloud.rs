//! Rows by two numbers, as a figure shows them.
use crate::charts::Cloud;

/// Rows up to which each is a dot of its own.
const MAX_POINTS: usize = 600;
/// Cells along each axis for more rows.
const N_X: u32 = 36;
const N_Y: u32 = 24;

/// Pairs `(x, y)` of which both are finite.
pub fn cloud(x: &[f64], y: &[f64]) -> Cloud {
    let pairs = x.iter().copied().zip(y.iter().copied());
    let points: Vec<(f64, f64)> = pairs
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect();
    let range = |of: fn(&(f64, f64)) -> f64| {
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = points
            .iter()
            .map(of)
            .fold(ends, |(l, h), v| (l.min(v), h.max(v)));
        if low > high { (0.0, 0.0) } else { (low, high) }
    };
    let (x, y) = (range(|p| p.0), range(|p| p.1));
    let mut out = Cloud {
        x,
        y,
        n_x: N_X,
        n_y: N_Y,
        ..Cloud::default()
    };
    if points.len() <= MAX_POINTS {
        out.points = points;
        return out;
    }
    // Halved first: the span of two huge numbers may not be finite.
    let place = |v: f64, (low, high): (f64, f64), n: u32| {
        let share = (v / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
        if share > 0.0 {
            ((share * f64::from(n)) as u32).min(n - 1)
        } else {
            0
        }
    };
    let mut counts = vec![0_u64; (N_X * N_Y) as usize];
    for (px, py) in points {
        let cell = place(py, y, N_Y) * N_X + place(px, x, N_X);
        if let Some(n) = counts.get_mut(cell as usize) {
            *n += 1;
        }
    }
    let held = (0_u32..).zip(counts).filter(|(_, n)| *n > 0);
    out.cells = held.map(|(cell, n)| (cell % N_X, cell / N_X, n)).collect();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_place() {
        let x: Vec<f64> = (0..5_000).map(|i| f64::from(i * 7919 % 5_003)).collect();
        let y: Vec<f64> = x.iter().map(|v| v * v).collect();
        let got = cloud(&x, &y);
        assert_eq!(got.cells.iter().map(|c| c.2).sum::<u64>(), 5_000);
        assert!(got.points.is_empty() && got.cells.len() <= 864);
        assert!(got.cells.iter().all(|c| c.0 < N_X && c.1 < N_Y));
        let few = cloud(&[1.0, f64::NAN, 3.0], &[2.0, 2.0, f64::INFINITY]);
        assert_eq!(few.points, [(1.0, 2.0)]);
        assert_eq!(few.x, (1.0, 1.0));
        assert!(cloud(&[], &[]).points.is_empty());
        let wide = cloud(
            &vec![1e308; 700],
            &[vec![-1e308; 350], vec![1e308; 350]].concat(),
        );
        assert_eq!(
            wide.cells.iter().map(|c| c.2).collect::<Vec<_>>(),
            [350, 350]
        );
    }
}
