//! How much two columns act together, by Friedman's H: what is left of their joint partial dependence when that of each of
//! the two is taken away.
//!
//! With `F` the partial dependences, centred over the points `i`:
//!
//! ```text
//! H² = Σ_i (F_jk(x_ij, x_ik) − F_j(x_ij) − F_k(x_ik))² / Σ_i F_jk(x_ij, x_ik)²
//! strength = √( mean_i (F_jk − F_j − F_k)² )
//! ```
//!
//! `H²` is a share, and large for pairs that do nothing at all but what they do together; pairs are ranked by `strength`,
//! which is in the unit of the prediction. All three use the same background rows, so it is exactly 0 for a function in
//! which the two columns only add. Second-order accumulated local effects would need four predictions per row and a grid
//! with enough rows in every cell; a sample of points and of background rows costs less and gives one number per pair.
//!
//! Source: Friedman and Popescu (2008), Predictive learning via rule ensembles, Annals of Applied Statistics 2(3),
//! doi:10.1214/07-AOAS148, section 8.1. Intervals: percentiles of the strength over bootstrap samples of points and of
//! background rows, shifted by the bias that the bootstrap shows.
use super::Score;
use crate::base::order::Ordered;
use crate::base::{Result, random};
use rand_chacha::rand_core::Rng;

/// How two columns act together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interaction {
    /// Place of one column.
    pub first: usize,
    /// Place of the other.
    pub second: usize,
    /// Typical size of the joint effect, in the unit of the prediction.
    pub strength: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end of its 95 % interval.
    pub high: f64,
    /// H², 0 to 1.
    pub share: f64,
}

/// What is sampled.
#[derive(Debug, Clone)]
pub struct Sampling {
    /// Base rows at whose values the effects are looked at.
    pub points: Vec<u32>,
    /// Base rows over which they are averaged.
    pub background: Vec<u32>,
    /// Bootstrap samples for the intervals.
    pub n_boot: usize,
}

/// Predictions at every point, `(n_points, n_background)` row by row, with some columns set.
fn grid(
    columns: &[usize],
    values: &[Vec<f64>],
    sampling: &Sampling,
    score: &mut Score<'_>,
) -> Result<Vec<f64>> {
    let n = sampling.background.len();
    let rows = sampling.background.repeat(sampling.points.len());
    let set: Vec<Vec<f64>> = columns
        .iter()
        .map(|c| {
            let of = |p: &u32| {
                let value = values.get(*c).and_then(|v| v.get(*p as usize));
                std::iter::repeat_n(value.copied().unwrap_or(f64::NAN), n)
            };
            sampling.points.iter().flat_map(of).collect()
        })
        .collect();
    let set: Vec<(usize, &[f64])> = columns
        .iter()
        .zip(&set)
        .map(|(c, v)| (*c, v.as_slice()))
        .collect();
    score(&rows, &set)
}

/// Sum of squares of the joint effect beyond the two, and of the joint effect, both over the weighted points and divided by
/// their weight. `grids` holds the predictions of the pair, the first and the second column.
fn sums(grids: [&[f64]; 3], points: &[f64], background: &[f64]) -> (f64, f64) {
    let n = background.len();
    let weight: f64 = background.iter().sum();
    let total: f64 = points.iter().sum();
    let effects = grids.map(|grid| {
        let mean = |line: &[f64]| {
            let sum: f64 = line.iter().zip(background).map(|(v, w)| v * w).sum();
            sum / weight
        };
        let mut means: Vec<f64> = grid.chunks_exact(n.max(1)).map(mean).collect();
        let centre: f64 = means.iter().zip(points).map(|(m, w)| m * w).sum::<f64>() / total;
        means.iter_mut().for_each(|m| *m -= centre);
        means
    });
    let [pair, first, second] = &effects;
    let (mut beyond, mut joint) = (0.0, 0.0);
    for (((p, a), b), w) in pair.iter().zip(first).zip(second).zip(points) {
        beyond += w * (p - a - b).powi(2);
        joint += w * p * p;
    }
    (beyond / total, joint / total)
}

/// Interactions of all pairs of `values.len()` columns, the strongest first. `values` has each column's value of every base
/// row. `points × background` predictions for each column and each pair.
///
/// # Errors
/// Whatever `score` returns.
pub fn interactions(
    values: &[Vec<f64>],
    sampling: &Sampling,
    score: &mut Score<'_>,
    rng: &mut impl Rng,
) -> Result<Vec<Interaction>> {
    let n_columns = values.len();
    if sampling.points.is_empty() || sampling.background.is_empty() {
        return Ok(Vec::new());
    }
    let mut single = Vec::with_capacity(n_columns);
    for c in 0..n_columns {
        single.push(grid(&[c], values, sampling, score)?);
    }
    let mut drawn = |n: usize| {
        let mut weights = vec![0.0; n];
        for _ in 0..n {
            weights[random::below(rng, n as u32) as usize] += 1.0;
        }
        weights
    };
    // The same samples for every pair, so that pairs can be compared.
    let boots: Vec<(Vec<f64>, Vec<f64>)> = (0..sampling.n_boot)
        .map(|_| {
            let points = drawn(sampling.points.len());
            (points, drawn(sampling.background.len()))
        })
        .collect();
    let ones = |n: usize| vec![1.0; n];
    let (points, background) = (ones(sampling.points.len()), ones(sampling.background.len()));
    let mut out = Vec::with_capacity(n_columns * n_columns.saturating_sub(1) / 2);
    for first in 0..n_columns {
        for second in first + 1..n_columns {
            let pair = grid(&[first, second], values, sampling, score)?;
            let grids = [pair.as_slice(), &single[first], &single[second]];
            let (beyond, joint) = sums(grids, &points, &background);
            let strength = beyond.max(0.0).sqrt();
            let mut seen: Vec<f64> = boots
                .iter()
                .map(|(p, b)| sums(grids, p, b).0.max(0.0).sqrt())
                .collect();
            seen.sort_unstable_by(f64::total_cmp);
            // Resampled points are fewer different ones, which makes the strength look larger or smaller throughout.
            let mean = seen.iter().sum::<f64>() / seen.len().max(1) as f64;
            let at = |share: f64| {
                let i = (share * seen.len() as f64) as usize;
                seen.get(i.min(seen.len().saturating_sub(1)))
                    .map_or(f64::NAN, |v| (v - mean + strength).max(0.0))
            };
            out.push(Interaction {
                first,
                second,
                strength,
                low: at(0.025).min(strength),
                high: at(0.975).max(strength),
                share: if joint > 0.0 {
                    (beyond / joint).min(1.0)
                } else {
                    0.0
                },
            });
        }
    }
    out.order_by(|a, b| b.strength.total_cmp(&a.strength));
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::base::{Quiet, Run};

    fn found(n: usize, f: impl Fn(&[f64]) -> f64) -> Vec<Interaction> {
        let rows = check::rows(n, 3);
        let values: Vec<Vec<f64>> = (0..3)
            .map(|c| rows.iter().map(|r| r[c] - 0.5).collect())
            .collect();
        let shifted: Vec<Vec<f64>> = rows
            .iter()
            .map(|r| r.iter().map(|v| v - 0.5).collect())
            .collect();
        let all: Vec<u32> = (0..n as u32).collect();
        let sampling = Sampling {
            points: all.clone(),
            background: all,
            n_boot: 40,
        };
        let mut quiet = Quiet;
        let run = Run::new(&mut quiet, 1);
        let mut rng = run.rng(1);
        let mut score = check::score(&shifted, f);
        interactions(&values, &sampling, &mut *score, &mut rng).unwrap()
    }

    #[test]
    fn what_only_adds_has_none() {
        for it in found(80, |r| 2.0 * r[0] - (3.0 * r[1]).exp() + r[2] * r[2]) {
            assert!(it.strength < 1e-12 && it.share < 1e-20, "{it:?}");
        }
    }

    #[test]
    fn a_product_has_its_own() {
        // Uniform on ±1/2: a·b has standard deviation 1/12, and does nothing alone; c adds.
        let all = found(200, |r| r[0] * r[1] + 0.3 * r[2]);
        let first = all[0];
        assert_eq!((first.first, first.second), (0, 1));
        assert!((first.strength - 1.0 / 12.0).abs() < 0.01, "{first:?}");
        assert!(first.share > 0.9 && first.low < first.strength && first.strength < first.high);
        assert!(all[1].strength < 1e-12);
        // 2a + 3b + a·b: variances 4/12, 9/12 and 1/144 make H² = 1/157.
        let share = found(200, |r| 2.0 * r[0] + 3.0 * r[1] + r[0] * r[1])[0].share;
        assert!((share - 1.0 / 157.0).abs() < 0.002, "{share}");
    }
}
