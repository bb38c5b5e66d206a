//! Permutation importance: how much a score falls when one column's values are dealt out anew.
use super::special::student_t_quantile;
use crate::base::{Result, Run, Stage, random};
use rand_chacha::rand_core::Rng;

/// Fall of a score for one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fall {
    /// Mean over repeats.
    pub mean: f64,
    /// Standard deviation over repeats (divided by n).
    pub sd: f64,
}

impl Fall {
    /// 95 % interval of the mean over `n_repeats` shuffles, by Student's t. It says how well the mean is known for these
    /// very rows, not how it would differ on others. Not numbers for fewer than two repeats.
    pub fn interval(&self, n_repeats: usize) -> (f64, f64) {
        if n_repeats < 2 {
            return (f64::NAN, f64::NAN);
        }
        let df = (n_repeats - 1) as f64;
        // The deviation here is divided by n, that of the mean by n - 1.
        let half = student_t_quantile(0.975, df) * self.sd / df.sqrt();
        (self.mean - half, self.mean + half)
    }
}

/// For each of `n_columns`: `baseline` minus the score with that column's rows in a random order.
///
/// `score_of(column, order)` gives the score when row `i` takes the column's value of row `order[i]`.
/// Reports [`Stage::Explaining`] over columns × repeats.
///
/// # Errors
/// Whatever `score_of` returns; [`crate::base::Error::Cancelled`].
///
/// Source: Breiman (2001), Random forests, section 10, doi:10.1023/A:1010933404324.
pub fn permutation_importance(
    n_columns: usize,
    n_rows: usize,
    n_repeats: usize,
    baseline: f64,
    score_of: &mut dyn FnMut(usize, &[u32]) -> Result<f64>,
    rng: &mut impl Rng,
    run: &mut Run<'_>,
) -> Result<Vec<Fall>> {
    let total = (n_columns * n_repeats) as u64;
    let mut order: Vec<u32> = random::permutation(rng, n_rows);
    let mut out = Vec::with_capacity(n_columns);
    for column in 0..n_columns {
        let mut falls = Vec::with_capacity(n_repeats);
        for repeat in 0..n_repeats {
            run.step(
                Stage::Explaining,
                (column * n_repeats + repeat) as u64,
                total,
            )?;
            random::shuffle(rng, &mut order);
            falls.push(baseline - score_of(column, &order)?);
        }
        let (mean, sd) = mean_sd(&falls);
        out.push(Fall { mean, sd });
    }
    run.step(Stage::Explaining, total, total)?;
    Ok(out)
}

/// Mean and standard deviation (divided by n); 0 without values.
pub fn mean_sd(values: &[f64]) -> (f64, f64) {
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Quiet;
    use crate::evaluate::metrics::roc_auc;

    #[test]
    fn the_interval_is_students() {
        // scipy 1.16: t.interval(0.95, 4, mean(x), sem(x)) of x = [1, 2, 4, 4, 9].
        let (mean, sd) = mean_sd(&[1.0, 2.0, 4.0, 4.0, 9.0]);
        let (low, high) = Fall { mean, sd }.interval(5);
        assert!((low - 0.172_934_531_245_135_14).abs() < 1e-9, "{low}");
        assert!((high - 7.827_065_468_754_865).abs() < 1e-9, "{high}");
        assert!(Fall { mean, sd }.interval(1).0.is_nan());
    }

    #[test]
    fn only_the_column_that_matters_falls() {
        let y: Vec<bool> = (0..200).map(|i| i % 3 == 0).collect();
        let columns: Vec<Vec<f64>> = vec![
            y.iter().map(|&y| f64::from(u8::from(y))).collect(),
            (0..200).map(|i| f64::from(i * 7 % 11)).collect(),
        ];
        let mut quiet = Quiet;
        let mut run = Run::new(&mut quiet, 42);
        let mut rng = run.rng(1);
        let mut score_of = |column: usize, order: &[u32]| {
            let score: Vec<f64> = (0..200)
                .map(|i| {
                    let row = if column == 0 { order[i] as usize } else { i };
                    columns[0][row]
                })
                .collect();
            roc_auc(&y, &score, None)
        };
        let falls =
            permutation_importance(2, 200, 5, 1.0, &mut score_of, &mut rng, &mut run).unwrap();
        assert!(falls[0].mean > 0.4 && falls[0].sd > 0.0, "{falls:?}");
        assert_eq!(falls[1], Fall { mean: 0.0, sd: 0.0 });
    }
}
