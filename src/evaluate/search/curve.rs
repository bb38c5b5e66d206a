//! Learning curve (does more data help?) and validation curve (does one parameter matter?).
use super::{
    super::{importance::mean_sd, scoring::Scoring, split::Splits},
    Candidate, Failure, How, PrepareFold, Track, fit_on_folds,
    halving::{first, thinned},
    job::Outcome,
};
use crate::base::{Error, Result, Run, Value};

/// A point of a curve.
#[derive(Debug, Clone, PartialEq)]
pub struct CurvePoint {
    /// Rows learned from, or the parameter's value.
    pub at: Value,
    /// Score on the rows learned from, per fold.
    pub train_scores: Vec<f64>,
    /// Score on the held-out rows, per fold.
    pub test_scores: Vec<f64>,
    /// Mean and standard deviation (divided by n) on the rows learned from.
    pub train: (f64, f64),
    /// Mean and standard deviation (divided by n) on the held-out rows.
    pub test: (f64, f64),
    /// Mean time of a fit.
    pub fit_ms: f64,
}

fn point(at: Value, column: &[&Outcome]) -> Result<CurvePoint> {
    let (mut train_scores, mut test_scores, mut fit_ms) = (Vec::new(), Vec::new(), 0.0);
    for outcome in column {
        match outcome {
            Ok(done) => {
                train_scores.push(done.train_score.ok_or(Error::Protocol)?);
                test_scores.push(done.score);
                fit_ms += done.fit_ms / column.len() as f64;
            }
            Err(Failure::Refused(e)) => return Err(e.clone()),
            Err(Failure::OutOfTime) => return Err(Error::Cancelled),
        }
    }
    Ok(CurvePoint {
        at,
        train: mean_sd(&train_scores),
        test: mean_sd(&test_scores),
        train_scores,
        test_scores,
        fit_ms,
    })
}

fn how(scoring: Scoring) -> How {
    How {
        train_score: true,
        ..How::new(scoring)
    }
}

/// Scores of `candidate` when it learns from parts of each fold's training rows.
///
/// `train_sizes` are shares in (0, 1] of the smallest fold's training rows, rising; larger parts contain the smaller
/// ones. `strata` (a class per row) keeps class shares. The preparation is fitted anew on every part.
///
/// # Errors
/// [`Error::Param`] for shares outside (0, 1] or none; those of [`super::cross_validate`].
pub async fn learning_curve(
    candidate: &Candidate,
    splits: &Splits,
    train_sizes: &[f64],
    strata: Option<&[u32]>,
    scoring: Scoring,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Vec<CurvePoint>> {
    let valid = |s: &f64| *s > 0.0 && *s <= 1.0;
    if train_sizes.is_empty() || !train_sizes.iter().all(valid) {
        return Err(Error::out_of_range("train_sizes", 0.0, 1.0));
    }
    let folds = thinned(splits, strata, run);
    let smallest = folds.iter().map(|f| f.train.len()).min().unwrap_or(0);
    let candidates = [candidate.clone()];
    let total = (train_sizes.len() * folds.len()) as u64;
    let mut out = Vec::with_capacity(train_sizes.len());
    for (i, share) in train_sizes.iter().enumerate() {
        let n = ((share * smallest as f64) as usize).max(1);
        let parts: Vec<_> = folds.iter().map(|f| first(f, n)).collect();
        let track = Track {
            done: (i * folds.len()) as u64,
            total,
        };
        let cells = fit_on_folds(&candidates, &parts, how(scoring), track, prepare, run).await?;
        let column: Vec<&Outcome> = cells.iter().filter_map(|row| row.first()).collect();
        out.push(point(Value::Int(n as i64), &column)?);
    }
    Ok(out)
}

/// Scores of `candidate` with `param` set to each of `values`.
///
/// # Errors
/// [`Error::Param`] for a value the learner refuses; those of [`super::cross_validate`].
pub async fn validation_curve(
    candidate: &Candidate,
    splits: &Splits,
    param: &str,
    values: &[Value],
    scoring: Scoring,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Vec<CurvePoint>> {
    let with = |v: &Value| Candidate {
        learner: candidate.learner,
        params: candidate.params.clone().with(param, v.clone()),
    };
    let candidates: Vec<Candidate> = values.iter().map(with).collect();
    let folds = splits.folds();
    let track = Track {
        done: 0,
        total: (folds.len() * candidates.len()) as u64,
    };
    let cells = fit_on_folds(&candidates, &folds, how(scoring), track, prepare, run).await?;
    values
        .iter()
        .enumerate()
        .map(|(i, v)| {
            let column: Vec<&Outcome> = cells.iter().filter_map(|row| row.get(i)).collect();
            point(v.clone(), &column)
        })
        .collect()
}
