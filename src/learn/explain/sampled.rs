//! Shapley values of any model by drawing orders of the columns.
//!
//! Between a row and a background row, columns are taken over one by one in a random order, and each is credited with what the
//! answer then changes by; then once more in the reverse order, which evens out much of the chance (antithetic draws). Every
//! background row is used as often as every other, so that the contributions sum to the difference from the mean answer
//! exactly. The standard error is that of the draws within each background row: it speaks of the sampling, not of the choice of
//! the background.
//!
//! Source: Štrumbelj & Kononenko (2014), Explaining prediction models and individual predictions with feature contributions,
//! doi:10.1007/s10115-013-0679-x; Mitchell et al. (2022), Sampling permutations for Shapley value estimation, JMLR 23.
use super::Answer;
use crate::base::{Result, Run, random};
use ndarray::{ArrayView1, ArrayView2, Axis};
use rand_chacha::ChaCha8Rng;

/// Draws per background row; two are the fewest that tell their own error.
const DRAWS: usize = 2;
/// Mixtures a model is asked about at once.
const BATCH: usize = 4096;

/// Cells of mixtures that one row may cost.
const MOST_CELLS: usize = 400_000_000;

/// Background rows that a matrix of so many columns is compared with at most: what a row costs grows with their square.
pub(super) fn rows_compared(n_columns: usize) -> usize {
    let walks = 2 * DRAWS * n_columns.max(1) * n_columns.max(1);
    (MOST_CELLS / walks).max(1)
}

/// Predictions that one row costs at most, compared with `n_background` others.
pub(super) fn predictions(n_columns: usize, n_background: usize) -> usize {
    2 * DRAWS * n_columns * n_background.min(rows_compared(n_columns))
}

/// Contributions of each column and their standard errors, for one row.
///
/// # Errors
/// Those of the model; [`crate::base::Error::Cancelled`].
pub(super) fn row(
    answer: &Answer<'_>,
    background: ArrayView2<'_, f32>,
    (at_background, at_row): (&[f64], f64),
    row: ArrayView1<'_, f32>,
    rng: &mut ChaCha8Rng,
    run: &Run<'_>,
) -> Result<(Vec<f64>, Vec<f64>)> {
    let d = row.len();
    let n = background.nrows() as f64;
    let mut values = vec![0.0; d];
    let mut variances = vec![0.0; d];
    let mut draws = vec![[0.0; DRAWS]; d];
    // As many background rows at once as make a batch.
    let at_once = (BATCH / (2 * DRAWS * d.max(1))).max(1);
    for (first, others) in (0..)
        .step_by(at_once)
        .zip(background.axis_chunks_iter(Axis(0), at_once))
    {
        run.check()?;
        let walks = plan(others, row, rng);
        let answers = asked(answer, others, row, &walks)?;
        let mut rest = answers.iter();
        for (i, walk) in walks.iter().enumerate() {
            let start = at_background.get(first + walk.other);
            let mut before = start.copied().unwrap_or(at_row);
            for (k, &j) in walk.order.iter().enumerate() {
                let after = if k + 1 == walk.order.len() {
                    at_row
                } else {
                    rest.next().copied().unwrap_or(before)
                };
                draws[j as usize][i / 2 % DRAWS] += 0.5 * (after - before);
                before = after;
            }
            if (i + 1) % (2 * DRAWS) == 0 {
                for (j, draws) in draws.iter_mut().enumerate() {
                    let mean = draws.iter().sum::<f64>() / DRAWS as f64;
                    let square: f64 = draws.iter().map(|v| (v - mean) * (v - mean)).sum();
                    values[j] += mean / n;
                    variances[j] += square / ((DRAWS - 1) * DRAWS) as f64 / (n * n);
                    *draws = [0.0; DRAWS];
                }
            }
        }
    }
    Ok((values, variances.into_iter().map(f64::sqrt).collect()))
}

/// One way from a background row to the row explained.
struct Walk {
    other: usize,
    /// Columns that differ, in the order in which they are taken over.
    order: Vec<u32>,
}

fn plan(others: ArrayView2<'_, f32>, row: ArrayView1<'_, f32>, rng: &mut ChaCha8Rng) -> Vec<Walk> {
    let mut walks = Vec::with_capacity(2 * DRAWS * others.nrows());
    for (other, from) in others.rows().into_iter().enumerate() {
        let differs = |j: &u32| {
            let (a, b) = (from[*j as usize], row[*j as usize]);
            a != b && !(a.is_nan() && b.is_nan())
        };
        let mut order: Vec<u32> = (0..row.len() as u32).filter(differs).collect();
        for _ in 0..DRAWS {
            random::shuffle(rng, &mut order);
            let reverse = order.iter().rev().copied().collect();
            for order in [order.clone(), reverse] {
                walks.push(Walk { other, order });
            }
        }
    }
    walks
}

/// Answers for everything between the two ends of each walk.
fn asked(
    answer: &Answer<'_>,
    others: ArrayView2<'_, f32>,
    row: ArrayView1<'_, f32>,
    walks: &[Walk],
) -> Result<Vec<f64>> {
    let mut mixtures: Vec<f32> = Vec::new();
    let mut n = 0;
    for walk in walks {
        let mut at = others.row(walk.other).to_vec();
        for &j in walk.order.split_last().map_or(&[][..], |(_, inner)| inner) {
            at[j as usize] = row[j as usize];
            mixtures.extend_from_slice(&at);
            n += 1;
        }
    }
    match ArrayView2::from_shape((n, row.len()), &mixtures) {
        Ok(x) if n > 0 => answer.values(x),
        _ => Ok(Vec::new()),
    }
}
