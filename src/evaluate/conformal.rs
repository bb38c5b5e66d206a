//! Intervals and sets of classes that hold what they promise, whatever the model: conformal prediction.
//!
//! Rows a model has not seen show how far off it is; a quantile of that, a little raised because only `n` such rows are
//! known, makes ranges that miss a share of at most `alpha` of new rows, as long as new rows come from where those came.
//!
//! | From | Range |
//! |---|---|
//! | [`absolute`] | `ŷ ± q`, the same width everywhere |
//! | [`normalised`] | `ŷ ± q · scale`, as wide as a second model expects the error to be |
//! | [`quantiles`] | `low − q` to `high + q`, around two quantile models |
//! | [`cv_plus`] | from models and errors of every fold: no rows set aside, at least `1 − 2 alpha`, in practice `1 − alpha` |
//! | [`Sets`] | the likeliest classes until their probabilities sum to `q` |
//!
//! Source: Lei, G'Sell, Rinaldo, Tibshirani & Wasserman (2018), doi:10.1080/01621459.2017.1307116; Romano, Patterson &
//! Candès (2019), Conformalized quantile regression; Barber, Candès, Ramdas & Tibshirani (2021), Predictive inference with
//! the jackknife+, doi:10.1214/20-AOS1965; Romano, Sesia & Candès (2020), Classification with valid and adaptive coverage.
use super::{same_length, target};
use crate::base::order::Ordered;
use crate::base::{Error, Result, TargetReason};
use ndarray::{ArrayView1, ArrayView2};

/// The rank, from 1, of the score that a share of at most `alpha` of new rows exceeds, of `n` known scores:
/// `⌈(n + 1)(1 − alpha)⌉`. `None` when `n` are too few to say so much.
///
/// # Errors
/// [`Error::Param`] unless `alpha` lies between 0 and 1.
pub fn rank(n: usize, alpha: f64) -> Result<Option<usize>> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(Error::out_of_range("alpha", 0.0, 1.0));
    }
    // A product that rounding has put just above a whole number is that number.
    let exact = (n as f64 + 1.0) * (1.0 - alpha);
    let k = (exact - 1e-9).ceil().max(1.0) as usize;
    Ok((k <= n).then_some(k))
}

/// The smallest score that a share of at most `alpha` of new rows exceeds; infinite when there are fewer than
/// `1 / alpha − 1` scores.
///
/// # Errors
/// [`Error::Param`] for a score that is not finite, and unless `alpha` lies between 0 and 1.
pub fn threshold(scores: &[f64], alpha: f64) -> Result<f64> {
    let k = rank(scores.len(), alpha)?;
    finite("score", scores)?;
    let Some(k) = k else {
        return Ok(f64::INFINITY);
    };
    let mut scores = scores.to_vec();
    let (_, found, _) = scores.select_nth_unstable_by(k - 1, f64::total_cmp);
    Ok(*found)
}

/// Half the width of ranges `ŷ ± q` from `residuals` `y − ŷ` of rows the model has not seen; in the target's unit.
///
/// ```
/// # use kept::evaluate::conformal;
/// let residuals = [0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.7, -0.8, 0.9];
/// assert_eq!(conformal::absolute(&residuals, 0.2)?, 0.8);
/// # Ok::<(), kept::base::Error>(())
/// ```
///
/// # Errors
/// As [`threshold`].
pub fn absolute(residuals: &[f64], alpha: f64) -> Result<f64> {
    let sizes: Vec<f64> = residuals.iter().map(|r| r.abs()).collect();
    threshold(&sizes, alpha)
}

/// What `scales` are multiplied with for ranges `ŷ ± q · scale`: `scales` say how large an error is expected per row.
///
/// # Errors
/// As [`threshold`]; [`Error::Shape`] when lengths disagree; [`Error::Param`] for a scale that is not above 0.
pub fn normalised(residuals: &[f64], scales: &[f64], alpha: f64) -> Result<f64> {
    same_length("scales", residuals.len(), scales.len())?;
    if !scales.iter().all(|s| *s > 0.0 && s.is_finite()) {
        return Err(Error::out_of_range("scale", 0.0, f64::MAX));
    }
    let sizes = residuals.iter().zip(scales).map(|(r, s)| r.abs() / s);
    threshold(&sizes.collect::<Vec<f64>>(), alpha)
}

/// By how much ranges from `low` to `high` of two quantile models are widened (or, below 0, narrowed) at both ends.
///
/// # Errors
/// As [`threshold`]; [`Error::Shape`] when lengths disagree.
pub fn quantiles(y: &[f64], low: &[f64], high: &[f64], alpha: f64) -> Result<f64> {
    same_length("predictions", y.len(), low.len())?;
    same_length("predictions", y.len(), high.len())?;
    finite("target", y)?;
    finite("prediction", low)?;
    finite("prediction", high)?;
    let misses = y.iter().zip(low.iter().zip(high));
    let misses = misses.map(|(y, (low, high))| (low - y).max(y - high));
    threshold(&misses.collect::<Vec<f64>>(), alpha)
}

/// What the model of one fold says: errors of the rows it did not see, and predictions for new rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FoldErrors {
    /// `y − ŷ` of the rows held out of its training side.
    pub residuals: Vec<f64>,
    /// `ŷ` of every new row.
    pub predictions: Vec<f64>,
}

/// Ranges `(low, high)` per new row from the models of all folds: CV+, or jackknife+ where every fold holds out one row.
///
/// `low` is the `⌊alpha (n + 1)⌋`-th smallest `ŷₖ − |r|` over all `n` held-out rows with the model `k` that did not see
/// the row, `high` the `⌈(1 − alpha)(n + 1)⌉`-th smallest `ŷₖ + |r|`.
///
/// # Errors
/// As [`threshold`]; [`Error::Shape`] when folds predict different numbers of rows.
pub fn cv_plus(folds: &[FoldErrors], alpha: f64) -> Result<Vec<(f64, f64)>> {
    let n_new = folds.first().map_or(0, |f| f.predictions.len());
    let mut sizes: Vec<Vec<f64>> = Vec::with_capacity(folds.len());
    for fold in folds {
        same_length("predictions", n_new, fold.predictions.len())?;
        finite("residual", &fold.residuals)?;
        finite("prediction", &fold.predictions)?;
        let mut of: Vec<f64> = fold.residuals.iter().map(|r| r.abs()).collect();
        of.sort_unstable_by(f64::total_cmp);
        sizes.push(of);
    }
    let n = sizes.iter().map(Vec::len).sum();
    let Some(k) = rank(n, alpha)? else {
        return Ok(vec![(f64::NEG_INFINITY, f64::INFINITY); n_new]);
    };
    let row = |i: usize| {
        let at = |sign: f64| {
            let of = |f: &FoldErrors| sign * f.predictions.get(i).copied().unwrap_or(0.0);
            let centres: Vec<f64> = folds.iter().map(of).collect();
            sign * kth_of_sums(&centres, &sizes, k)
        };
        (at(-1.0), at(1.0))
    };
    Ok((0..n_new).map(row).collect())
}

/// The `k`-th smallest, from 1, of all `centres[f] + sizes[f][j]`; each of `sizes` rises. Halves the range of possible
/// numbers instead of making the sums: tens of steps for each new row, however many rows there are.
fn kth_of_sums(centres: &[f64], sizes: &[Vec<f64>], k: usize) -> f64 {
    let up_to = |v: f64| -> usize {
        let lists = centres.iter().zip(sizes);
        lists.map(|(c, s)| s.partition_point(|s| c + s <= v)).sum()
    };
    let (mut low, mut high) = (ordered(f64::MIN), ordered(f64::MAX));
    while low < high {
        let middle = low + (high - low) / 2;
        if up_to(float(middle)) >= k {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    float(low)
}

/// A whole number that orders as the float does; and back.
fn ordered(v: f64) -> u64 {
    let bits = v.to_bits();
    bits ^ (((bits as i64 >> 63) as u64) | (1 << 63))
}

fn float(key: u64) -> f64 {
    let is_positive = key >> 63 == 1;
    f64::from_bits(if is_positive { key ^ (1 << 63) } else { !key })
}

fn finite(param: &'static str, values: &[f64]) -> Result<()> {
    if values.iter().all(|v| v.is_finite()) {
        return Ok(());
    }
    Err(Error::out_of_range(param, f64::MIN, f64::MAX))
}

/// Adaptive sets of classes: few where the model is sure, many where it is not, the true class among them in a share of
/// at least `1 − alpha` of new rows.
///
/// The score of a known row is the sum of the probabilities of its class and of all likelier ones; `q` is
/// [`threshold`] of these. A set takes the likeliest classes until their sum reaches `q`. Given numbers `u` between 0
/// and 1 drawn per row, a row's last class counts only in part, `u · p`, which takes the coverage to `1 − alpha`
/// instead of above; a set may then be empty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sets {
    q: f64,
}

impl Sets {
    /// From probabilities `(n_samples, n_classes)` of rows the model has not seen and their class codes.
    ///
    /// # Errors
    /// As [`threshold`]; [`Error::Shape`] when lengths disagree; [`Error::Target`] for a code that is no class.
    pub fn fit(
        proba: ArrayView2<'_, f64>,
        codes: &[u32],
        u: Option<&[f64]>,
        alpha: f64,
    ) -> Result<Self> {
        same_length("predictions", codes.len(), proba.nrows())?;
        if let Some(u) = u {
            same_length("draws", codes.len(), u.len())?;
        }
        let mut scores = Vec::with_capacity(codes.len());
        for (i, (row, code)) in proba.rows().into_iter().zip(codes).enumerate() {
            let mut sum = 0.0;
            let mut found = None;
            for class in likeliest(row) {
                let p = row.get(class).copied().unwrap_or(0.0);
                if class == *code as usize {
                    found = Some(sum + part(u, i) * p);
                    break;
                }
                sum += p;
            }
            scores.push(found.ok_or_else(|| target(TargetReason::NeedsClasses))?);
        }
        Ok(Self {
            q: threshold(&scores, alpha)?,
        })
    }

    /// The sum that the probabilities of a set reach.
    pub fn threshold(&self) -> f64 {
        self.q
    }

    /// The set of one row, likeliest class first; `u` as in [`Sets::fit`].
    pub fn of(&self, row: ArrayView1<'_, f64>, u: Option<f64>) -> Vec<usize> {
        let mut sum = 0.0;
        let mut out = Vec::new();
        for class in likeliest(row) {
            let p = row.get(class).copied().unwrap_or(0.0);
            let inside = match u {
                Some(u) => sum + u * p <= self.q,
                // The class that crosses the threshold belongs to the set; rounding of a sum decides nothing.
                None => sum < self.q - 1e-12 || out.is_empty(),
            };
            if !inside {
                break;
            }
            sum += p;
            out.push(class);
        }
        out
    }
}

/// What counts of the last class.
fn part(u: Option<&[f64]>, row: usize) -> f64 {
    u.and_then(|u| u.get(row)).copied().unwrap_or(1.0)
}

/// Classes by falling probability, the first of alike ones first.
fn likeliest(row: ArrayView1<'_, f64>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..row.len()).collect();
    order.order_by(|a, b| row[*b].total_cmp(&row[*a]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Quiet, Run};
    use ndarray::{Array2, array};
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::Rng;

    /// Between 0 and 1.
    fn uniform(rng: &mut ChaCha8Rng) -> f64 {
        (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(rng: &mut ChaCha8Rng) -> f64 {
        let (a, b) = (uniform(rng).max(1e-300), uniform(rng));
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }

    /// Errors of several shapes: even, bell, heavy-tailed, one-sided, and growing with `x`.
    fn error(shape: usize, x: f64, rng: &mut ChaCha8Rng) -> f64 {
        match shape {
            0 => uniform(rng) - 0.5,
            1 => normal(rng),
            2 => normal(rng) / normal(rng).abs().max(0.05),
            3 => -uniform(rng).max(1e-300).ln(),
            _ => normal(rng) * (0.2 + x),
        }
    }

    fn rng(seed: u64) -> ChaCha8Rng {
        let mut quiet = Quiet;
        Run::new(&mut quiet, seed).rng(1)
    }

    /// Data `y = 2 x + error`; a model that has the slope slightly wrong.
    fn data(shape: usize, n: usize, rng: &mut ChaCha8Rng) -> Vec<(f64, f64)> {
        let row = |rng: &mut ChaCha8Rng| {
            let x = uniform(rng);
            (x, 2.0 * x + error(shape, x, rng))
        };
        (0..n).map(|_| row(rng)).collect()
    }

    const SEEDS: u64 = 5;
    const N: usize = 6_000;

    /// 90 % ranges hold 88 to 92 % of new rows.
    fn holds(what: &str, covered: usize, n: usize) {
        let share = covered as f64 / n as f64;
        assert!((0.88..=0.92).contains(&share), "{what}: {share}");
    }

    #[test]
    fn ninety_percent_ranges_hold_ninety_percent() {
        for (shape, seed) in (0..5).flat_map(|s| (0..SEEDS).map(move |seed| (s, seed))) {
            let mut rng = rng(seed * 10 + shape as u64);
            let known = data(shape, N, &mut rng);
            let new = data(shape, N, &mut rng);
            let model = |x: f64| 1.9 * x + 0.1;
            let residuals: Vec<f64> = known.iter().map(|(x, y)| y - model(*x)).collect();
            let q = absolute(&residuals, 0.1).unwrap();
            let inside = new.iter().filter(|(x, y)| (y - model(*x)).abs() <= q);
            holds(&format!("absolute {shape} {seed}"), inside.count(), N);

            let scale = |x: f64| 0.2 + x;
            let scales: Vec<f64> = known.iter().map(|(x, _)| scale(*x)).collect();
            let q = normalised(&residuals, &scales, 0.1).unwrap();
            let inside = new
                .iter()
                .filter(|(x, y)| (y - model(*x)).abs() <= q * scale(*x));
            holds(&format!("normalised {shape} {seed}"), inside.count(), N);

            let (low, high) = (|x: f64| 2.0 * x - 0.3, |x: f64| 2.0 * x + 0.5 + x);
            let of = |f: &dyn Fn(f64) -> f64| known.iter().map(|(x, _)| f(*x)).collect::<Vec<_>>();
            let y: Vec<f64> = known.iter().map(|(_, y)| *y).collect();
            let q = quantiles(&y, &of(&low), &of(&high), 0.1).unwrap();
            let inside = new
                .iter()
                .filter(|(x, y)| low(*x) - q <= *y && *y <= high(*x) + q);
            holds(&format!("quantiles {shape} {seed}"), inside.count(), N);
        }
    }

    #[test]
    fn ninety_percent_ranges_of_folds_hold_ninety_percent() {
        for (shape, seed) in (0..5).flat_map(|s| (0..SEEDS).map(move |seed| (s, seed))) {
            let mut rng = rng(seed * 10 + shape as u64 + 1_000);
            let known = data(shape, N, &mut rng);
            let new = data(shape, N, &mut rng);
            let folds: Vec<FoldErrors> = (0..5)
                .map(|k| {
                    // The slope through the means of the rows of the other folds.
                    let side = known.iter().enumerate().filter(|(i, _)| i % 5 != k);
                    let (sx, sy) = side.fold((0.0, 0.0), |(a, b), (_, (x, y))| (a + x, b + y));
                    let model = |x: f64| sy / sx * x;
                    let own = known.iter().enumerate().filter(|(i, _)| i % 5 == k);
                    FoldErrors {
                        residuals: own.map(|(_, (x, y))| y - model(*x)).collect(),
                        predictions: new.iter().map(|(x, _)| model(*x)).collect(),
                    }
                })
                .collect();
            let ranges = cv_plus(&folds, 0.1).unwrap();
            let inside = new.iter().zip(&ranges);
            let inside = inside.filter(|((_, y), (low, high))| low <= y && y <= high);
            holds(&format!("cv+ {shape} {seed}"), inside.count(), N);
        }
    }

    #[test]
    fn ninety_percent_sets_hold_ninety_percent() {
        for (k, seed) in [3usize, 6]
            .iter()
            .flat_map(|k| (0..SEEDS).map(move |s| (*k, s)))
        {
            let mut rng = rng(seed * 10 + k as u64 + 2_000);
            let mut draw = |n: usize| {
                let mut proba = Array2::zeros((n, k));
                let mut codes = Vec::new();
                for mut row in proba.rows_mut() {
                    let truth: Vec<f64> = (0..k).map(|_| (2.0 * normal(&mut rng)).exp()).collect();
                    let mut left = uniform(&mut rng) * truth.iter().sum::<f64>();
                    let drawn = truth.iter().position(|p| {
                        left -= p;
                        left <= 0.0
                    });
                    codes.push(drawn.unwrap_or(k - 1) as u32);
                    // The model is too sure of itself.
                    let bold: Vec<f64> = truth.iter().map(|p| p.powf(1.7)).collect();
                    let sum: f64 = bold.iter().sum();
                    row.iter_mut().zip(&bold).for_each(|(to, p)| *to = p / sum);
                }
                let u: Vec<f64> = (0..n).map(|_| uniform(&mut rng)).collect();
                (proba, codes, u)
            };
            let (known, codes, u) = draw(N);
            let (new, truth, v) = draw(N);
            let fair = Sets::fit(known.view(), &codes, Some(&u), 0.1).unwrap();
            let plain = Sets::fit(known.view(), &codes, None, 0.1).unwrap();
            let (mut inside, mut inside_plain, mut sizes) = (0, 0, vec![0usize; k + 1]);
            for (i, row) in new.rows().into_iter().enumerate() {
                let class = truth[i] as usize;
                inside += usize::from(fair.of(row, Some(v[i])).contains(&class));
                let set = plain.of(row, None);
                inside_plain += usize::from(set.contains(&class));
                sizes[set.len()] += 1;
            }
            holds(&format!("sets {k} {seed}"), inside, N);
            let share = inside_plain as f64 / N as f64;
            assert!(share >= 0.88, "{share}");
            // Adaptive: not all of one size, none empty.
            assert!(sizes[0] == 0 && sizes.iter().filter(|n| **n > N / 50).count() > 1);
        }
    }

    #[test]
    fn too_few_rows_promise_nothing_and_bad_input_is_an_error() {
        assert_eq!(absolute(&[1.0; 8], 0.1).unwrap(), f64::INFINITY);
        assert_eq!(absolute(&[1.0; 9], 0.1).unwrap(), 1.0);
        assert_eq!(rank(99, 0.1).unwrap(), Some(90));
        let code = |r: Result<f64>| r.unwrap_err().code();
        assert_eq!(code(absolute(&[1.0], 0.0)), "param");
        assert_eq!(code(absolute(&[f64::NAN], 0.5)), "param");
        assert_eq!(code(normalised(&[1.0], &[0.0], 0.5)), "param");
        assert_eq!(code(normalised(&[1.0], &[], 0.5)), "shape");
        assert_eq!(code(quantiles(&[1.0], &[1.0], &[], 0.5)), "shape");
        let p = array![[0.5, 0.5]];
        let e = Sets::fit(p.view(), &[2], None, 0.5).unwrap_err();
        assert_eq!(e.code(), "target");
        assert_eq!(cv_plus(&[], 0.5).unwrap(), []);
    }

    #[test]
    fn ranges_of_folds_are_what_sorting_gives() {
        let fold = |residuals: &[f64], at: [f64; 2]| FoldErrors {
            residuals: residuals.to_vec(),
            predictions: at.to_vec(),
        };
        let folds = [
            fold(&[0.5, -1.0, 2.0], [10.0, -3.0]),
            fold(&[-0.25, 4.0, 0.0], [11.0, -2.5]),
            fold(&[1.5, 1.5, -0.75], [9.0, -3.5]),
        ];
        let got = cv_plus(&folds, 0.3).unwrap();
        for (i, (low, high)) in got.iter().enumerate() {
            let all = |sign: f64| {
                let of = |f: &FoldErrors| {
                    let centre = f.predictions[i];
                    let ends = f.residuals.iter().map(move |r| centre + sign * r.abs());
                    ends.collect::<Vec<f64>>()
                };
                let mut all: Vec<f64> = folds.iter().flat_map(of).collect();
                all.sort_by(f64::total_cmp);
                all
            };
            // ⌊0.3 · 10⌋ = 3 and ⌈0.7 · 10⌉ = 7.
            assert_eq!((*low, *high), (all(-1.0)[2], all(1.0)[6]));
        }
    }
}
