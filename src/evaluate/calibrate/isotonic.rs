//! Isotonic regression: the rising function nearest to what happened, by pooling adjacent violators.
//!
//! Rows are sorted by score, those of one score become one point at their weighted mean; then neighbours that fall are
//! pooled to their weighted mean until nothing falls, and the result is cut to `limits`. Between points it is straight,
//! outside of them level. As scikit-learn's `IsotonicRegression(y_min, y_max, out_of_bounds="clip")`.
//!
//! Source: Zadrozny & Elkan (2002), doi:10.1145/775047.775151; Barlow, Bartholomew, Bremner & Brunk (1972), Statistical
//! inference under order restrictions, section 1.2.
use super::checked_weights;
use crate::base::order::Ordered;
use crate::base::{Error, Result};
use crate::evaluate::same_length;
use crate::learn::Curve;

/// Scores nearer than this are one score.
const ALIKE: f64 = 1e-15;

/// A run of points with one value.
#[derive(Clone, Copy)]
struct Block {
    /// Weighted mean.
    y: f64,
    weight: f64,
    /// Points.
    n: usize,
}

/// The rising curve from scores `x` to `y` of least weighted squared error, kept within `limits`. Rows without weight are
/// left out.
///
/// # Errors
/// [`Error::Shape`] when lengths disagree; [`Error::Param`] for what is not finite, a bad weight, and no weight at all.
pub fn isotonic(
    x: &[f64],
    y: &[f64],
    sample_weight: Option<&[f64]>,
    limits: (f64, f64),
) -> Result<Curve> {
    same_length("targets", x.len(), y.len())?;
    let weight = checked_weights(x.len(), sample_weight)?;
    if !x.iter().chain(y).all(|v| v.is_finite()) {
        return Err(Error::out_of_range("score", f64::MIN, f64::MAX));
    }
    let mut rows: Vec<(f64, f64, f64)> = x
        .iter()
        .zip(y)
        .zip(&weight)
        .filter(|(_, w)| **w > 0.0)
        .map(|((x, y), w)| (*x, *y, *w))
        .collect();
    if rows.is_empty() {
        return Err(Error::out_of_range("sample_weight", 0.0, f64::MAX));
    }
    rows.order_by(|a, b| a.0.total_cmp(&b.0));
    let (at, values) = pooled(&points(&rows));
    let values: Vec<f64> = values
        .iter()
        .map(|v| v.max(limits.0).min(limits.1))
        .collect();
    // Points inside a level stretch say nothing.
    let same = |i: usize, j: usize| values.get(i) == values.get(j);
    let inside = |i: usize| i > 0 && i + 1 < values.len() && same(i, i - 1) && same(i, i + 1);
    let kept: Vec<usize> = (0..values.len()).filter(|i| !inside(*i)).collect();
    Ok(Curve {
        x: kept.iter().map(|i| at[*i]).collect(),
        y: kept.iter().map(|i| values[*i]).collect(),
    })
}

/// One point `(x, y, weight)` per score of sorted rows.
fn points(rows: &[(f64, f64, f64)]) -> Vec<(f64, f64, f64)> {
    let mut out: Vec<(f64, f64, f64)> = Vec::new();
    for &(x, y, w) in rows {
        match out.last_mut() {
            Some(last) if x - last.0 < ALIKE => {
                last.1 += y * w;
                last.2 += w;
            }
            _ => out.push((x, y * w, w)),
        }
    }
    for point in &mut out {
        point.1 /= point.2;
    }
    out
}

/// Where the points are, and the rising values nearest to theirs.
fn pooled(points: &[(f64, f64, f64)]) -> (Vec<f64>, Vec<f64>) {
    let mut blocks: Vec<Block> = Vec::new();
    for &(_, y, weight) in points {
        let mut block = Block { y, weight, n: 1 };
        while let Some(before) = blocks.pop_if(|b| b.y >= block.y) {
            let weight = before.weight + block.weight;
            block = Block {
                y: (before.y * before.weight + block.y * block.weight) / weight,
                weight,
                n: before.n + block.n,
            };
        }
        blocks.push(block);
    }
    let values = blocks.iter().flat_map(|b| std::iter::repeat_n(b.y, b.n));
    (points.iter().map(|p| p.0).collect(), values.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

    #[test]
    fn falling_neighbours_are_pooled_by_weight() {
        let c = isotonic(
            &[1.0, 2.0, 3.0, 4.0],
            &[0.0, 3.0, 1.0, 4.0],
            Some(&[1.0, 1.0, 3.0, 1.0]),
            ALL,
        )
        .unwrap();
        assert_eq!(c.x, [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(c.y, [0.0, 1.5, 1.5, 4.0]);
        // Rows of one score are one point, the middle of a level stretch is left out, rows without weight too.
        let c = isotonic(
            &[5.0, 1.0, 1.0, 2.0, 3.0],
            &[9.0, 1.0, 0.0, 0.5, 0.5],
            Some(&[0.0, 1.0, 1.0, 1.0, 1.0]),
            ALL,
        )
        .unwrap();
        assert_eq!((c.x, c.y), (vec![1.0, 3.0], vec![0.5, 0.5]));
    }

    #[test]
    fn values_stay_within_limits_and_bad_input_is_an_error() {
        let c = isotonic(&[0.0, 1.0], &[0.0, 1.0], None, (0.1, 0.8)).unwrap();
        assert_eq!(c.y, [0.1, 0.8]);
        let code =
            |x: &[f64], y: &[f64], w: Option<&[f64]>| isotonic(x, y, w, ALL).unwrap_err().code();
        assert_eq!(code(&[0.0], &[], None), "shape");
        assert_eq!(code(&[], &[], None), "param");
        assert_eq!(code(&[f64::NAN], &[0.0], None), "param");
        assert_eq!(code(&[0.0], &[0.0], Some(&[-1.0])), "param");
        assert_eq!(code(&[0.0], &[0.0], Some(&[0.0])), "param");
    }
}
