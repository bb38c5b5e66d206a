//! Accumulated local effects: what a prediction does when one column alone changes a little, among rows that have about
//! that value, added up over the values. Unlike partial dependence it never asks about rows far from the data.
//!
//! For numbers, with cut points `z₀ < … < z_K` and the `n_k` rows in `(z_{k-1}, z_k]`:
//!
//! ```text
//! Δ_k = mean over these rows of f(z_k, rest) − f(z_{k−1}, rest)
//! g(z_k) = Δ_1 + … + Δ_k,   effect(z_k) = g(z_k) − Σ_l n_l/n · (g(z_{l−1}) + g(z_l))/2
//! ```
//!
//! For categories in an order, `Δ_k` is the mean over the rows of both neighbours of `f(k, rest) − f(k−1, rest)`, and the
//! effect is centred by the rows of each category. The order is that of the mean prediction of a category's own rows, so that
//! neighbours are categories whose customers the model finds alike; the paper orders by the similarity of the other columns.
//!
//! Intervals take the rows as a sample and the `Δ_k` as independent, which they are, being means over different rows (over
//! categories rows are shared by two neighbours, which is left out): the effect is a weighted sum of them.
//!
//! Source: Apley and Zhu (2020), Visualizing the effects of predictor variables in black box supervised learning models,
//! JRSS B 82(4), doi:10.1111/rssb.12377, equations 15, 16 and appendix E.
use super::{NORMAL_975, Score};
use crate::base::Result;
use crate::base::order::Ordered;

/// An effect over values.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Effect {
    /// The cut points, or codes of the categories in their order.
    pub places: Vec<f64>,
    /// The effect, in the unit of the prediction; 0 on average over the rows.
    pub mean: Vec<f64>,
    /// Lower ends of the 95 % intervals.
    pub low: Vec<f64>,
    /// Upper ends of the 95 % intervals.
    pub high: Vec<f64>,
}

/// Up to `n_bins + 1` different values that cut `values` in bins with about as many rows: sample quantiles by the inverse
/// of the distribution function (type 1), so that each is a value that occurs. NaN is left out.
pub fn cut_points(values: &[f64], n_bins: usize) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (Some(first), n) = (sorted.first(), sorted.len()) else {
        return Vec::new();
    };
    let mut cuts = vec![*first];
    for k in 1..=n_bins {
        let at = (k * n).div_ceil(n_bins.max(1)).clamp(1, n) - 1;
        if let Some(v) = sorted.get(at).filter(|v| Some(*v) > cuts.last()) {
            cuts.push(*v);
        }
    }
    cuts
}

/// Mean and squared standard error.
fn mean_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n.max(1.0);
    if values.len() < 2 {
        // A single row says nothing about its spread.
        return (mean, 0.0);
    }
    let square: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, square / (n - 1.0) / n)
}

/// Adds up the local effects, `(n_places − 1)` means with squared errors, and centres: `centre[m]` is the weight of local
/// effect `m` in the mean of the uncentred effect.
fn accumulated(places: Vec<f64>, local: &[(f64, f64)], centre: &[f64]) -> Effect {
    let mut out = Effect {
        places,
        ..Effect::default()
    };
    for k in 0..out.places.len() {
        let (mut mean, mut variance) = (0.0, 0.0);
        for (m, ((delta, error), centre)) in local.iter().zip(centre).enumerate() {
            let weight = f64::from(u8::from(m < k)) - centre;
            mean += weight * delta;
            variance += weight * weight * error;
        }
        let half = NORMAL_975 * variance.sqrt();
        out.mean.push(mean);
        out.low.push(mean - half);
        out.high.push(mean + half);
    }
    out
}

/// The effect of a number column at each of `cuts`, which rise. `values` has the column's value of each base row; rows
/// where it is missing are left out. Two predictions per row; empty for fewer than two cut points.
///
/// # Errors
/// Whatever `score` returns.
pub fn ale_numbers(
    column: usize,
    values: &[f64],
    cuts: &[f64],
    score: &mut Score<'_>,
) -> Result<Effect> {
    if cuts.len() < 2 {
        return Ok(Effect::default());
    }
    let n_bins = cuts.len() - 1;
    let known = values.iter().enumerate().filter(|(_, v)| v.is_finite());
    let (rows, bins): (Vec<u32>, Vec<usize>) = known
        .map(|(i, v)| {
            let bin = cuts.partition_point(|c| c < v).clamp(1, n_bins);
            (i as u32, bin - 1)
        })
        .unzip();
    let ends = |shift: usize| -> Vec<f64> {
        let end = |b: &usize| cuts.get(b + shift).copied().unwrap_or(f64::NAN);
        bins.iter().map(end).collect()
    };
    let lower = score(&rows, &[(column, &ends(0))])?;
    let upper = score(&rows, &[(column, &ends(1))])?;
    let mut changes = vec![Vec::new(); n_bins];
    for (bin, (high, low)) in bins.iter().zip(upper.iter().zip(&lower)) {
        changes[*bin].push(high - low);
    }
    let local: Vec<(f64, f64)> = changes.iter().map(|c| mean_error(c)).collect();
    // Half of an own bin's rows count, and all of the bins above.
    let n = rows.len().max(1) as f64;
    let mut above = 0.0;
    let mut centre = vec![0.0; n_bins];
    for (weight, change) in centre.iter_mut().zip(&changes).rev() {
        let own = change.len() as f64;
        *weight = (above + own / 2.0) / n;
        above += own;
    }
    Ok(accumulated(cuts.to_vec(), &local, &centre))
}

/// The effect of a category column at each of its codes below `n_levels` that occur, in the order described above.
/// `codes` has the code of each base row, NaN where missing. Up to five predictions
/// per row; empty when fewer than two categories occur.
///
/// # Errors
/// Whatever `score` returns.
pub fn ale_categories(
    column: usize,
    codes: &[f64],
    n_levels: usize,
    score: &mut Score<'_>,
) -> Result<Effect> {
    let mut rows_of: Vec<Vec<u32>> = vec![Vec::new(); n_levels];
    for (i, code) in codes.iter().enumerate() {
        let rows = if *code >= 0.0 {
            rows_of.get_mut(*code as usize)
        } else {
            None
        };
        if let Some(rows) = rows {
            rows.push(i as u32);
        }
    }
    let mut levels: Vec<(usize, f64)> = Vec::new();
    for (code, rows) in rows_of.iter().enumerate().filter(|(_, r)| !r.is_empty()) {
        let own = score(rows, &[])?;
        levels.push((code, own.iter().sum::<f64>() / rows.len() as f64));
    }
    levels.order_by(|a, b| a.1.total_cmp(&b.1));
    let order: Vec<usize> = levels.into_iter().map(|(code, _)| code).collect();
    if order.len() < 2 {
        return Ok(Effect::default());
    }
    let mut local = Vec::with_capacity(order.len() - 1);
    for pair in order.windows(2) {
        let rows: Vec<u32> = pair.iter().flat_map(|c| rows_of[*c].clone()).collect();
        let at = |code: usize| vec![code as f64; rows.len()];
        let from = score(&rows, &[(column, &at(pair[0]))])?;
        let to = score(&rows, &[(column, &at(pair[1]))])?;
        let changes: Vec<f64> = to.iter().zip(&from).map(|(t, f)| t - f).collect();
        local.push(mean_error(&changes));
    }
    let count = |code: &usize| rows_of[*code].len() as f64;
    let n: f64 = order.iter().map(count).sum();
    let mut above = 0.0;
    let mut centre = vec![0.0; local.len()];
    for (weight, code) in centre.iter_mut().zip(order.iter().skip(1)).rev() {
        above += count(code);
        *weight = above / n;
    }
    let places = order.iter().map(|c| *c as f64).collect();
    Ok(accumulated(places, &local, &centre))
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn cut_points_are_values_that_occur() {
        assert_eq!(
            cut_points(&[3.0, 1.0, f64::NAN, 2.0, 2.0], 2),
            [1.0, 2.0, 3.0]
        );
        assert_eq!(cut_points(&[5.0; 9], 10), [5.0]);
        assert!(cut_points(&[f64::NAN], 10).is_empty());
        let values: Vec<f64> = (0..1000).map(f64::from).collect();
        let cuts = cut_points(&values, 10);
        assert_eq!(
            cuts,
            [
                0.0, 99.0, 199.0, 299.0, 399.0, 499.0, 599.0, 699.0, 799.0, 899.0, 999.0
            ]
        );
    }

    #[test]
    fn the_effect_of_an_additive_function_is_its_own_term() {
        let rows = check::rows(4000, 3);
        let f = |r: &[f64]| 3.0 * r[0] * r[0] + 5.0 * r[1] - 2.0;
        let values: Vec<f64> = rows.iter().map(|r| r[0]).collect();
        let cuts = cut_points(&values, 40);
        let mut score = check::score(&rows, f);
        let effect = ale_numbers(0, &values, &cuts, &mut *score).unwrap();
        // Its mean over the bins, each counted at the middle of its two ends.
        for (z, g) in effect.places.iter().zip(&effect.mean) {
            assert!((g - (3.0 * z * z - 1.0)).abs() < 0.03, "{z}: {g}");
        }
        let step = |i: usize| effect.mean[i + 1] - effect.mean[i];
        for (i, z) in cuts.windows(2).enumerate() {
            let exact = 3.0 * (z[1] * z[1] - z[0] * z[0]);
            assert!((step(i) - exact).abs() < 1e-12);
        }
        // Every row says the same, so nothing is uncertain.
        assert!(effect.high[3] - effect.low[3] < 1e-9);
    }

    #[test]
    fn in_a_product_the_other_column_counts_where_the_rows_are() {
        // y = a·b with b = a: locally dy = b da = a da, so the effect is a²/2, and not a·mean(b).
        let mut rows = check::rows(6000, 2);
        for row in &mut rows {
            row[1] = row[0];
        }
        let values: Vec<f64> = rows.iter().map(|r| r[0]).collect();
        let cuts = cut_points(&values, 50);
        let mut score = check::score(&rows, |r| r[0] * r[1]);
        let effect = ale_numbers(0, &values, &cuts, &mut *score).unwrap();
        for (z, g) in effect.places.iter().zip(&effect.mean) {
            let exact = z * z / 2.0 - 1.0 / 6.0;
            assert!((g - exact).abs() < 0.01, "{z}: {g} {exact}");
        }
    }

    #[test]
    fn intervals_cover_what_is_true() {
        // y = a·b with b independent: the effect of a is a·E(b) = a/2.
        let mut n_covered = 0;
        let rows = check::rows(40_000, 2);
        for part in rows.chunks(200) {
            let values: Vec<f64> = part.iter().map(|r| r[0]).collect();
            let mut score = check::score(part, |r| r[0] * r[1]);
            let effect = ale_numbers(0, &values, &[0.0, 0.5, 1.0], &mut *score).unwrap();
            // The first and the second half rise by a quarter each.
            let (low, high) = (
                effect.low[2] - effect.mean[1],
                effect.high[2] - effect.mean[1],
            );
            n_covered += u32::from(low <= 0.25 && 0.25 <= high);
        }
        assert!((170..=200).contains(&n_covered), "{n_covered}");
    }

    #[test]
    fn categories_are_ordered_and_centred() {
        let mut rows = check::rows(900, 2);
        for (i, row) in rows.iter_mut().enumerate() {
            row[0] = (i % 3) as f64;
        }
        let codes: Vec<f64> = rows.iter().map(|r| r[0]).collect();
        let mut score = check::score(&rows, |r| [2.0, 0.0, 7.0][r[0] as usize] + r[1]);
        let effect = ale_categories(0, &codes, 4, &mut *score).unwrap();
        assert_eq!(effect.places, [1.0, 0.0, 2.0]);
        for (got, exact) in effect.mean.iter().zip([-3.0, -1.0, 4.0]) {
            assert!((got - exact).abs() < 1e-9, "{got} {exact}");
        }
        let mut flat = check::score(&rows, |_| 0.0);
        let one = ale_categories(0, &[1.0, f64::NAN], 4, &mut *flat).unwrap();
        assert_eq!(one, Effect::default());
    }
}
