//! Intervals by drawing the rows again, and the comparison of two models on the same rows.
//!
//! Source: Efron & Tibshirani (1993), An introduction to the bootstrap, section 13.3 (percentile intervals).
use super::{interval::two_sided, same_length};
use crate::base::{Result, Run, random::below};
use ndarray::ArrayView2;
use rand_chacha::ChaCha8Rng;

/// Draws of the rows. Fewer than is usual where an interval is the finding itself; the ends move by about a tenth of the
/// width.
const N_DRAWS: usize = 400;
/// Rows beyond which fewer draws are taken, as many as keep the work the same.
const MANY_ROWS: usize = 50_000;
const FEWEST_DRAWS: usize = 100;

fn n_draws(n_rows: usize) -> usize {
    (N_DRAWS * MANY_ROWS / n_rows.max(1)).clamp(FEWEST_DRAWS, N_DRAWS)
}

/// 2.5 % and 97.5 % of what was drawn, linear between neighbours.
fn ends(mut drawn: Vec<f64>) -> (f64, f64) {
    drawn.retain(|v| v.is_finite());
    drawn.sort_unstable_by(f64::total_cmp);
    let at = |q: f64| super::calibration::quantile(&drawn, q);
    (at(0.025), at(0.975))
}

/// 95 % interval of the root mean squared error, `(n,)` each.
///
/// # Errors
/// [`crate::base::Error::Shape`]; [`crate::base::Error::Cancelled`].
pub fn rmse_interval(
    y_true: &[f64],
    y_pred: &[f64],
    rng: &mut ChaCha8Rng,
    run: &Run<'_>,
) -> Result<(f64, f64)> {
    same_length("predictions", y_true.len(), y_pred.len())?;
    let pairs = y_true.iter().zip(y_pred);
    let squares: Vec<f64> = pairs.map(|(t, p)| (t - p).powi(2)).collect();
    let n = squares.len();
    let mut drawn = Vec::with_capacity(N_DRAWS);
    for _ in 0..n_draws(n) {
        run.check()?;
        let row = |_| squares.get(below(rng, n.max(1) as u32) as usize);
        let sum: f64 = (0..n).filter_map(row).sum();
        drawn.push((sum / n.max(1) as f64).sqrt());
    }
    Ok(ends(drawn))
}

/// 95 % interval of R², `(n,)` each.
///
/// # Errors
/// As [`rmse_interval`].
pub fn r2_interval(
    y_true: &[f64],
    y_pred: &[f64],
    rng: &mut ChaCha8Rng,
    run: &Run<'_>,
) -> Result<(f64, f64)> {
    same_length("predictions", y_true.len(), y_pred.len())?;
    let n = y_true.len();
    let middle = y_true.iter().sum::<f64>() / n.max(1) as f64;
    let mut drawn = Vec::with_capacity(N_DRAWS);
    for _ in 0..n_draws(n) {
        run.check()?;
        let (mut left, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for _ in 0..n {
            let i = below(rng, n.max(1) as u32) as usize;
            if let (Some(t), Some(p)) = (y_true.get(i), y_pred.get(i)) {
                // From the middle, so that large numbers keep their digits.
                let t0 = t - middle;
                left += (t - p).powi(2);
                sum += t0;
                squares += t0 * t0;
            }
        }
        let spread = squares - sum * sum / n.max(1) as f64;
        if spread > 0.0 {
            drawn.push(1.0 - left / spread);
        }
    }
    Ok(ends(drawn))
}

/// 95 % interval of [`super::metrics::multiclass::roc_auc_ovr`]; rows are drawn within their class, so that none is lost.
///
/// # Errors
/// As [`rmse_interval`].
pub fn auc_ovr_interval(
    codes: &[u32],
    proba: ArrayView2<'_, f64>,
    rng: &mut ChaCha8Rng,
    run: &Run<'_>,
) -> Result<(f64, f64)> {
    same_length("scores", codes.len(), proba.nrows())?;
    let (n, n_classes) = proba.dim();
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); n_classes];
    for (row, code) in codes.iter().enumerate() {
        if let Some(list) = members.get_mut(*code as usize) {
            list.push(row as u32);
        }
    }
    // Rows of every class in order of its probability, sorted once for all draws.
    let orders: Vec<Vec<u32>> = (0..n_classes)
        .map(|k| {
            let score = |r: &u32| proba.get((*r as usize, k)).copied().unwrap_or(0.0);
            let mut order: Vec<u32> = (0..n as u32).collect();
            order.sort_unstable_by(|a, b| score(a).total_cmp(&score(b)));
            order
        })
        .collect();
    let mut drawn = Vec::with_capacity(N_DRAWS);
    for _ in 0..n_draws(n * n_classes) {
        run.check()?;
        let mut times = vec![0.0; n];
        for list in &members {
            for _ in list {
                let i = below(rng, list.len() as u32) as usize;
                let row = list.get(i).map_or(0, |r| *r as usize);
                if let Some(t) = times.get_mut(row) {
                    *t += 1.0;
                }
            }
        }
        let of = |(k, order): (usize, &Vec<u32>)| {
            let rows = order.iter().map(|r| {
                let row = *r as usize;
                let score = proba.get((row, k)).copied().unwrap_or(0.0);
                let is_it = codes.get(row).map(|c| *c as usize) == Some(k);
                (score, is_it, times.get(row).copied().unwrap_or(0.0))
            });
            area(rows)
        };
        let sum: f64 = orders.iter().enumerate().map(of).sum();
        drawn.push(sum / n_classes.max(1) as f64);
    }
    Ok(ends(drawn))
}

/// Area under the ROC curve of rows in rising order of their score: score, whether positive, weight.
fn area(rows: impl Iterator<Item = (f64, bool, f64)>) -> f64 {
    let (mut below_all, mut beaten, mut positive) = (0.0, 0.0, 0.0);
    let (mut tied_no, mut tied_yes, mut last) = (0.0, 0.0, f64::NAN);
    let mut close = |no: &mut f64, yes: &mut f64| {
        beaten += *yes * (below_all + *no / 2.0);
        below_all += *no;
        positive += *yes;
        (*no, *yes) = (0.0, 0.0);
    };
    for (score, is_positive, weight) in rows {
        if score != last {
            close(&mut tied_no, &mut tied_yes);
            last = score;
        }
        if is_positive {
            tied_yes += weight;
        } else {
            tied_no += weight;
        }
    }
    close(&mut tied_no, &mut tied_yes);
    beaten / (below_all * positive)
}

/// Two-sided p-value of two models having the same mean loss, by the differences on the same rows; 1 where they do not
/// differ.
///
/// Source: Diebold & Mariano (1995), doi:10.1080/07350015.1995.10524599, for independent rows.
pub fn paired_p_value(first: &[f64], second: &[f64]) -> f64 {
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    if differences.len() < 2 {
        return 1.0;
    }
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
    if mean == 0.0 || !variance.is_finite() {
        return 1.0;
    }
    two_sided(mean / (variance / n).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use crate::evaluate::metrics::{multiclass::roc_auc_ovr, regression};
    use ndarray::Array2;
    use rand_chacha::rand_core::SeedableRng;

    fn rng() -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(3)
    }

    #[test]
    fn intervals_hold_the_figure_and_narrow_with_rows() {
        let mut quiet = Quiet;
        let run = Run::new(&mut quiet, 1);
        let mut widths = Vec::new();
        for n in [200, 3_200] {
            let y: Vec<f64> = (0..n).map(|i| f64::from(i * 7919 % 1000)).collect();
            let noise = |i: usize| (i * 104_729 % 997) as f64 / 10.0 - 50.0;
            let p: Vec<f64> = y.iter().enumerate().map(|(i, v)| v + noise(i)).collect();
            let (low, high) = rmse_interval(&y, &p, &mut rng(), &run).unwrap();
            let middle = regression::rmse(&y, &p, None).unwrap();
            assert!(low < middle && middle < high);
            // A mean of squares of a uniform error: its standard error by hand, within a fifth.
            let error = middle * (0.8_f64 / n as f64).sqrt() / 2.0 * 2.0 * 1.96;
            assert!(
                ((high - low) / error - 1.0).abs() < 0.2,
                "{low} {high} {error}"
            );
            let (low, high) = r2_interval(&y, &p, &mut rng(), &run).unwrap();
            let middle = regression::r2(&y, &p, None).unwrap();
            assert!(low < middle && middle < high && high < 1.0);
            widths.push(high - low);
        }
        assert!(widths[1] < widths[0] / 3.0, "{widths:?}");
    }

    #[test]
    fn the_area_of_draws_is_the_metric() {
        let codes: Vec<u32> = (0..300).map(|i| (i * 31 % 7) as u32 % 3).collect();
        let proba = Array2::from_shape_fn((300, 3), |(i, k)| {
            let own = if codes[i] as usize == k { 0.2 } else { 0.0 };
            // Few different values, so that there are ties.
            ((i * 17 + k * 5) % 11) as f64 / 20.0 + own
        });
        let mut quiet = Quiet;
        let run = Run::new(&mut quiet, 1);
        let middle = roc_auc_ovr(&codes, proba.view(), None).unwrap();
        let (low, high) = auc_ovr_interval(&codes, proba.view(), &mut rng(), &run).unwrap();
        assert!(
            low < middle && middle < high && high - low < 0.1,
            "{low} {middle} {high}"
        );
        let mut order: Vec<usize> = (0..300).collect();
        order.sort_by(|a, b| proba[[*a, 1]].total_cmp(&proba[[*b, 1]]));
        let rows = order.iter().map(|i| (proba[[*i, 1]], codes[*i] == 1, 1.0));
        let truth: Vec<bool> = codes.iter().map(|c| *c == 1).collect();
        let want = crate::evaluate::metrics::roc_auc(&truth, &proba.column(1).to_vec(), None);
        assert!((area(rows) - want.unwrap()).abs() < 1e-12);
    }

    #[test]
    fn models_alike_cannot_be_told_apart() {
        let a: Vec<f64> = (0..500).map(|i| f64::from(i * 7919 % 101)).collect();
        let b: Vec<f64> = (0..500).map(|i| f64::from(i * 104_729 % 101)).collect();
        assert_eq!(paired_p_value(&a, &a), 1.0);
        assert!(paired_p_value(&a, &b) > 0.05);
        let worse: Vec<f64> = b.iter().map(|v| v + 20.0).collect();
        assert!(paired_p_value(&a, &worse) < 1e-6);
        assert_eq!(paired_p_value(&[], &[]), 1.0);
    }
}
