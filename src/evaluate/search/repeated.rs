//! Repeated cross-validation with an interval that allows for folds sharing their training rows.
use super::{
    super::{scoring::Scoring, special::student_t_quantile, split::Splits},
    Candidate, PrepareFold, Scored, cross_validate,
};
use crate::base::{Error, Result, Run};

/// What a candidate reaches over repeated folds.
#[derive(Debug, Clone, PartialEq)]
pub struct RepeatedScore {
    /// Scores per fold, their mean and spread.
    pub scored: Scored,
    /// Lower end of the 95 % interval of the mean.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// 95 % interval of the mean of `scores`: `mean ± t · √((1/n + n_test/n_train) · s²)` with `n − 1` degrees of freedom and
/// the sample variance `s²`. The second term makes up for training parts that overlap.
///
/// # Errors
/// [`Error::TooFewRows`] (counting folds) with fewer than two scores; [`Error::Param`] without training rows.
///
/// Source: Nadeau & Bengio (2003), Inference for the generalization error, doi:10.1023/A:1024068626366.
pub fn corrected_interval(scores: &[f64], n_train: f64, n_test: f64) -> Result<(f64, f64)> {
    let n = scores.len() as f64;
    if scores.len() < 2 {
        return Err(Error::TooFewRows {
            needed: 2,
            found: scores.len() as u64,
        });
    }
    if !(n_train > 0.0 && n_test >= 0.0) {
        return Err(Error::out_of_range("n_train", 1.0, f64::MAX));
    }
    let mean = scores.iter().sum::<f64>() / n;
    let variance = scores.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let half =
        student_t_quantile(0.975, n - 1.0) * ((1.0 / n + n_test / n_train) * variance).sqrt();
    Ok((mean - half, mean + half))
}

/// Cross-validates every candidate on the folds of several deals, see
/// [`super::super::split::repeated_stratified_folds`].
///
/// # Errors
/// Those of [`cross_validate`] and [`corrected_interval`].
pub async fn repeated(
    candidates: &[Candidate],
    splits: &Splits,
    scoring: Scoring,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Vec<RepeatedScore>> {
    let (mut n_train, mut n_test) = (0.0, 0.0);
    for k in 0..splits.len() {
        let fold = splits.fold(k);
        n_train += fold.train.len() as f64;
        n_test += fold.test.len() as f64;
    }
    let scored = cross_validate(candidates, splits, scoring, prepare, run).await?;
    let with_interval = |scored: Scored| {
        let (low, high) = corrected_interval(&scored.scores, n_train, n_test)?;
        Ok(RepeatedScore { scored, low, high })
    };
    scored.into_iter().map(with_interval).collect()
}
