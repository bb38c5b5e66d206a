//! Sums down a ranking, and how they would differ over other customers of the kind.
use crate::base::{Error, Result, Run, special::NORMAL_975 as Z95};
use rand_chacha::rand_core::Rng;

/// Resamples behind an interval.
pub(super) const N_DRAWS: usize = 400;
/// Rows beyond which the interval comes from its theory: the same to a few percent, and a hundred times as fast.
const MANY: usize = 20_000;
/// Depths that are spread evenly.
const N_EVEN: u64 = 300;
/// Ratio of the depths that are not: few customers matter to a small team.
const RATIO: f64 = 1.09;

/// Row numbers by falling `key`, of equals the earlier row first.
///
/// # Errors
/// [`Error::Param`] for a key that is not finite.
pub(super) fn ranked(key: impl Fn(usize) -> f64, n: usize, name: &'static str) -> Result<Vec<u32>> {
    let keys: Vec<f64> = (0..n).map(key).collect();
    if keys.iter().any(|k| !k.is_finite()) {
        return Err(Error::out_of_range(name, 0.0, f64::MAX));
    }
    let mut order: Vec<u32> = (0..u32::try_from(n).unwrap_or(u32::MAX)).collect();
    // Unstable with a tie-break is as deterministic as a stable sort, and needs no second list.
    order.sort_unstable_by(|a, b| (keys[*b as usize].total_cmp(&keys[*a as usize])).then(a.cmp(b)));
    Ok(order)
}

/// Depths from 0 to `n`, at most 500: every one of few, else even steps, finer ones at the top, and `also`.
pub(super) fn depths(n: usize, also: &[u64]) -> Vec<u64> {
    let n = n as u64;
    if n <= N_EVEN {
        return (0..=n).collect();
    }
    let even = (0..=N_EVEN).map(|i| (i as f64 / N_EVEN as f64 * n as f64).round() as u64);
    let mut out: Vec<u64> = even.collect();
    let mut fine = 1.0;
    while (fine as u64) < n && out.len() < 490 {
        out.push(fine as u64);
        fine = (fine * RATIO).max(fine + 1.0);
    }
    out.extend(also.iter().copied().filter(|d| *d <= n));
    out.sort_unstable();
    out.dedup();
    out
}

/// Sums of the first `depths` of `values`.
pub(super) fn sums(values: impl Iterator<Item = f64>, depths: &[u64]) -> Vec<f64> {
    let (mut sum, mut n) = (0.0, 0);
    let mut values = values.fuse();
    let mut out = Vec::with_capacity(depths.len());
    for depth in depths {
        while n < *depth {
            sum += values.next().unwrap_or(0.0);
            n += 1;
        }
        out.push(sum);
    }
    out
}

/// What an interval is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// The sum, in the number of rows there are.
    Sum,
    /// The share of the sum of all.
    Share,
}

/// Numbers of times a row is drawn, Poisson of mean 1: the bootstrap without its sum, which the caller evens out.
fn weights(rng: &mut impl Rng, out: &mut [u8]) {
    // Shares of 2¹⁶ at or below which the weight is 0, 1, 2, …
    const STEPS: [u16; 7] = [24_109, 48_218, 60_273, 64_291, 65_296, 65_497, 65_530];
    for block in out.chunks_mut(4) {
        let mut bits = rng.next_u64();
        for weight in block {
            let u = bits as u16;
            *weight = STEPS.iter().map(|s| u8::from(u >= *s)).sum();
            bits >>= 16;
        }
    }
}

/// 95 % interval of the sums of the first shares of `values`, which stand in the order of a ranking: `(low, high)`, each as
/// long as `depths`. By the bootstrap, of many rows by its theory.
///
/// # Errors
/// [`Error::Cancelled`].
pub(super) fn interval(
    values: &[f64],
    depths: &[u64],
    of: Of,
    rng: &mut impl Rng,
    run: &Run<'_>,
) -> Result<(Vec<f64>, Vec<f64>)> {
    if values.len() > MANY {
        Ok(normal(values, depths, of))
    } else {
        bootstrap(values, depths, of, rng, run)
    }
}

/// As [`bootstrap`] for many rows: normal, with the variance of the sum's influence function.
///
/// With `m` the mean value about the cut, one row more of value `v` above the cut adds `v − m`, because the share stays and
/// one row of the cut leaves: the variance of the sum is that of `1[above] (v − m)`, times the rows; of the share `g` of
/// the whole it is that of `1[above] (v − m) − g v`, over the square of the whole.
///
/// Source: Serfling (1980), Approximation theorems of mathematical statistics, chapter 8, doi:10.1002/9780470316481.
fn normal(values: &[f64], depths: &[u64], of: Of) -> (Vec<f64>, Vec<f64>) {
    let n = values.len();
    let (mut sums, mut squares) = (vec![0.0], vec![0.0]);
    let (mut sum, mut square) = (0.0, 0.0);
    for v in values {
        sum += v;
        square += v * v;
        sums.push(sum);
        squares.push(square);
    }
    // Rows on either side of a cut whose mean is that of the cut.
    let reach = (n / 400).max(50);
    let ends = depths.iter().map(|depth| {
        let k = (*depth as usize).min(n);
        let (a, b) = (k.saturating_sub(reach), (k + reach).min(n));
        let m = (sums[b] - sums[a]) / ((b - a) as f64).max(1.0);
        let above = k as f64;
        // Sums over all rows of the influence and of its square.
        let first = sums[k] - above * m;
        let second = squares[k] - 2.0 * m * sums[k] + above * m * m;
        let (at, variance) = match of {
            Of::Sum => (sums[k], second - first * first / n as f64),
            Of::Share if sum > 0.0 => {
                let g = sums[k] / sum;
                let first = first - g * sum;
                let cross = squares[k] - m * sums[k];
                let second = second - 2.0 * g * cross + g * g * square;
                (g, (second - first * first / n as f64) / (sum * sum))
            }
            Of::Share => (0.0, 0.0),
        };
        // What is left of rounding is no spread.
        let is_all = k == 0 || (k == n && of == Of::Share);
        let half = if is_all {
            0.0
        } else {
            Z95 * variance.max(0.0).sqrt()
        };
        let most = if of == Of::Share { 1.0 } else { f64::INFINITY };
        ((at - half).max(0.0), (at + half).min(most))
    });
    ends.unzip()
}

/// 95 % interval, by the percentile bootstrap, of the sums of the first shares of `values`, which stand in the order of a
/// ranking: `(low, high)`, each as long as `depths`.
///
/// Rows are drawn with Poisson weights of mean 1, the ranking of those drawn is cut at the same shares, and the sums are
/// brought to the number of rows there are. Per draw the cost is one pass over the rows.
///
/// # Errors
/// [`Error::Cancelled`].
///
/// Source: Efron & Tibshirani (1993), An introduction to the bootstrap, chapter 13; Poisson weights after Hanley &
/// MacGibbon (2006), doi:10.1016/j.cmpb.2006.04.006.
fn bootstrap(
    values: &[f64],
    depths: &[u64],
    of: Of,
    rng: &mut impl Rng,
    run: &Run<'_>,
) -> Result<(Vec<f64>, Vec<f64>)> {
    let n = values.len() as f64;
    let mut weight = vec![0_u8; values.len()];
    let mut drawn: Vec<Vec<f64>> = vec![Vec::with_capacity(N_DRAWS); depths.len()];
    for _ in 0..N_DRAWS {
        run.check()?;
        weights(rng, &mut weight);
        let rows: u64 = weight.iter().map(|w| u64::from(*w)).sum();
        let rows = rows as f64;
        let (mut gone, mut sum, mut i) = (0.0, 0.0, 0);
        let mut at = Vec::with_capacity(depths.len());
        for depth in depths {
            let goal = *depth as f64 / n * rows;
            // Whole rows up to the goal; of the next one only the part that fits.
            while let (Some(w), Some(v)) = (weight.get(i), values.get(i)) {
                let w = f64::from(*w);
                if gone + w > goal {
                    break;
                }
                gone += w;
                sum += w * v;
                i += 1;
            }
            let rest = values.get(i).map_or(0.0, |v| (goal - gone).max(0.0) * v);
            at.push(sum + rest);
        }
        let whole = match of {
            Of::Sum => rows / n,
            Of::Share => at.last().copied().unwrap_or(0.0),
        };
        for (all, v) in drawn.iter_mut().zip(at) {
            all.push(if whole > 0.0 { v / whole } else { 0.0 });
        }
    }
    let ends = drawn.iter_mut().map(|all| {
        all.sort_unstable_by(f64::total_cmp);
        (quantile(all, 0.025), quantile(all, 0.975))
    });
    Ok(ends.unzip())
}

/// Quantile of rising values, linear between neighbours; 0 without values.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let at = q * last as f64;
    let low = at as usize;
    let (a, b) = (sorted[low.min(last)], sorted[(low + 1).min(last)]);
    a + (b - a) * (at - low as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    #[test]
    fn depths_are_few_rise_and_hold_what_was_asked_for() {
        for n in [0, 1, 299, 300, 301, 4_321, 300_000, 40_000_000] {
            let all = depths(n, &[n as u64 / 3, 17, u64::MAX]);
            assert!(all.len() <= 500, "{n}: {}", all.len());
            assert!(all.windows(2).all(|p| p[0] < p[1]));
            assert_eq!((all[0], all[all.len() - 1]), (0, n as u64));
            assert!(all.contains(&(n as u64 / 3)));
        }
    }

    #[test]
    fn ties_go_by_row() {
        let keys = [0.5, 0.9, 0.5, 0.9, 0.1];
        assert_eq!(ranked(|i| keys[i], 5, "score").unwrap(), [1, 3, 0, 2, 4]);
        assert!(ranked(|_| f64::NAN, 2, "score").is_err());
    }

    #[test]
    fn weights_are_poisson() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut all = vec![0; 400_000];
        weights(&mut rng, &mut all);
        let n = all.len() as f64;
        let mut factorial = 1.0;
        for k in 0..5_u8 {
            let found = all.iter().filter(|w| **w == k).count() as f64 / n;
            factorial *= f64::from(k.max(1));
            let share = (-1.0_f64).exp() / factorial;
            // Four standard deviations.
            assert!(
                (found - share).abs() < 4.0 * (share / n).sqrt(),
                "{k} {found}"
            );
        }
    }

    #[test]
    fn theory_and_bootstrap_agree() {
        // 12,000 rows whose chance falls down the ranking, of values 1 to 5.
        let n = 12_000;
        let value = |i: u64| {
            let u = (i * 7919 % 12_007) as f64 / 12_007.0;
            let is_there = u < 0.7 * (1.0 - i as f64 / n as f64).powi(2);
            f64::from(u8::from(is_there)) * (1 + i % 5) as f64
        };
        let values: Vec<f64> = (0..n).map(value).collect();
        let (mut quiet, mut rng) = (Quiet, ChaCha8Rng::seed_from_u64(5));
        let run = Run::new(&mut quiet, 1);
        let depths = [0, 600, 3_000, 7_000, n];
        for of in [Of::Sum, Of::Share] {
            let (low, high) = bootstrap(&values, &depths, of, &mut rng, &run).unwrap();
            let (by_low, by_high) = normal(&values, &depths, of);
            for i in 0..depths.len() {
                let width = high[i] - low[i];
                let off = (by_low[i] - low[i]).abs().max((by_high[i] - high[i]).abs());
                assert!(off <= 0.12 * width + 1e-12, "{of:?} {}", depths[i]);
            }
        }
    }

    #[test]
    fn the_interval_of_a_sum_is_that_of_its_theory() {
        // 3,000 rows of which every fourth is 1: the sum of all varies by sqrt(n p (1 - p)).
        let values: Vec<f64> = (0..3_000)
            .map(|i| f64::from(u8::from(i % 4 == 0)))
            .collect();
        let (mut quiet, mut rng) = (Quiet, ChaCha8Rng::seed_from_u64(5));
        let run = Run::new(&mut quiet, 1);
        let (low, high) = bootstrap(&values, &[0, 3_000], Of::Sum, &mut rng, &run).unwrap();
        let half = 1.96 * (3_000.0 * 0.25 * 0.75_f64).sqrt();
        assert_eq!((low[0], high[0]), (0.0, 0.0));
        assert!(((high[1] - low[1]) / (2.0 * half) - 1.0).abs() < 0.15);
        assert!(((high[1] + low[1]) / 2.0 - 750.0).abs() < 0.2 * half);
        let (low, high) = bootstrap(&values, &[1_500, 3_000], Of::Share, &mut rng, &run).unwrap();
        assert_eq!((low[1], high[1]), (1.0, 1.0));
        assert!(low[0] < 0.5 && high[0] > 0.5 && high[0] - low[0] < 0.1);
    }
}
