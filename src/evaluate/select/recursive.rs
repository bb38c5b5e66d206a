//! Recursive elimination: fit, leave the least important columns out, fit again.
//!
//! Importance is the sum of squared coefficients where the learner has some, else the fall of its score by shuffling.
//! How many columns to keep can be cross-validated: every fold eliminates on its own training rows and scores what is left
//! on its held-out ones.
//!
//! Source: Guyon, Weston, Barnhill & Vapnik (2002), Gene selection for cancer classification,
//! doi:10.1023/A:1012487302797.
use super::{Selection, importance, take_columns};
use crate::base::order::Ordered;
use crate::base::{Error, Job, Params, Result, Run, Shared, Span, Stage, Task, Train};
use crate::evaluate::{
    importance::mean_sd,
    prepared::Prepared,
    scoring::Scoring,
    search::{Candidate, PrepareFold, fit, prepare_batch},
    split::{Fold, Splits},
};
use crate::learn::{self, Dataset, Entry};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Eliminates on one fold and scores every step.
pub static RFE_PATH: Task = Task {
    id: "rfe_path",
    run: rfe_path,
};

/// Columns left after each step, the first having all; the last has `n_features`.
fn path(
    train: &Train<Dataset>,
    entry: &Entry,
    params: &Params,
    n_features: usize,
    step: usize,
    run: &mut Run<'_>,
) -> Result<Vec<Vec<usize>>> {
    let d = train.get().x.ncols();
    if n_features == 0 || n_features > d {
        return Err(Error::out_of_range("n_features", 1.0, d as f64));
    }
    if step == 0 {
        return Err(Error::out_of_range("step", 1.0, d as f64));
    }
    let mut left: Vec<usize> = (0..d).collect();
    let mut out = vec![left.clone()];
    while left.len() > n_features {
        run.check()?;
        let part = train.clone().map(|t| take_columns(&t, &left));
        let importance = importance::of(&part, entry, params, run)?;
        let mut order: Vec<usize> = (0..left.len()).collect();
        order.order_by(|&a, &b| importance[a].total_cmp(&importance[b]));
        order.truncate(step.min(left.len() - n_features));
        let mut at = 0;
        left.retain(|_| {
            at += 1;
            !order.contains(&(at - 1))
        });
        out.push(left.clone());
    }
    Ok(out)
}

/// Keeps `n_features` columns; scores are negative ranks: −1 for those kept, −2 for those left out last, and so on.
pub(super) fn eliminate(
    train: &Train<Dataset>,
    entry: &Entry,
    params: &Params,
    n_features: usize,
    step: usize,
    run: &mut Run<'_>,
) -> Result<Selection> {
    let steps = path(train, entry, params, n_features, step, run)?;
    let d = train.get().x.ncols();
    let mut scores = vec![-1.0; d];
    for (place, left) in steps.iter().rev().enumerate() {
        for (j, score) in scores.iter_mut().enumerate() {
            if !left.contains(&j) {
                *score = -(place as f64) - 2.0;
            }
        }
    }
    Ok(Selection {
        kept: scores.iter().map(|s| *s == -1.0).collect(),
        scores,
        p_values: None,
    })
}

#[derive(Debug, Serialize, Deserialize)]
struct Input {
    learner: String,
    params: Params,
    scoring: Scoring,
    min_features: usize,
    step: usize,
}

/// How scores grow with the number of columns, and the best of them.
#[derive(Debug, Clone, PartialEq)]
pub struct RecursiveCv {
    /// Numbers of columns tried, rising.
    pub n_features: Vec<usize>,
    /// Scores per number and fold.
    pub scores: Vec<Vec<f64>>,
    /// Mean and standard deviation (divided by n) per number.
    pub mean_sd: Vec<(f64, f64)>,
    /// The smallest number of columns with the best mean.
    pub best: usize,
    /// What elimination down to that number keeps of `train`.
    pub selection: Selection,
}

/// Chooses the number of columns by cross-validation as scikit-learn's `RFECV`, then eliminates on `train`.
///
/// `train` is the training side as `prepare` would give it for all rows; every fold's columns must be the same ones.
/// [`Stage::Searching`] counts folds.
///
/// # Errors
/// [`Error::Param`] for `min_features` or `step` of 0; [`Error::Shape`] when a fold has another number of columns; those of
/// the learner and of the score; [`Error::Cancelled`].
#[allow(clippy::too_many_arguments)]
pub async fn recursive_cv(
    candidate: &Candidate,
    train: &Train<Dataset>,
    splits: &Splits,
    scoring: Scoring,
    min_features: usize,
    step: usize,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<RecursiveCv> {
    (candidate.learner.build)(&candidate.params)?;
    let input = Input {
        learner: candidate.learner.id.to_owned(),
        params: candidate.params.clone(),
        scoring,
        min_features,
        step,
    };
    let input = crate::base::pack(&input)?;
    let folds = splits.folds();
    let total = folds.len() as u64;
    let mut per_fold: Vec<Vec<(usize, f64)>> = Vec::with_capacity(folds.len());
    while per_fold.len() < folds.len() {
        let done = per_fold.len() as u64;
        let waiting: Vec<&Fold> = folds.iter().skip(per_fold.len()).collect();
        let batch = prepare_batch(&waiting, done, total, prepare, run)?;
        let job = |fold: &Arc<Shared>| Job {
            task: &RFE_PATH,
            input: input.clone(),
            shared: vec![fold.clone()],
            cost: 1.0,
        };
        let span = Span {
            stage: Stage::Searching,
            done,
            total,
        };
        for output in run.parallel(batch.iter().map(job).collect(), span).await? {
            per_fold.push(postcard::from_bytes(&output).map_err(|_| Error::Protocol)?);
        }
    }
    let first = per_fold.first().ok_or(Error::TooFewRows {
        needed: 2,
        found: 0,
    })?;
    let n_features: Vec<usize> = first.iter().rev().map(|(n, _)| *n).collect();
    let mut scores = vec![Vec::with_capacity(per_fold.len()); n_features.len()];
    for fold in &per_fold {
        super::super::same_length("columns", n_features.len(), fold.len())?;
        for (of, ((n, score), want)) in scores.iter_mut().zip(fold.iter().rev().zip(&n_features)) {
            super::super::same_length("columns", *want, *n)?;
            of.push(*score);
        }
    }
    let mean_sd: Vec<(f64, f64)> = scores.iter().map(|s| mean_sd(s)).collect();
    let mut best = (0, f64::NEG_INFINITY);
    for (n, (mean, _)) in n_features.iter().zip(&mean_sd) {
        if *mean > best.1 {
            best = (*n, *mean);
        }
    }
    let (learner, params) = (candidate.learner, &candidate.params);
    let selection = eliminate(train, learner, params, best.0, step, run)?;
    Ok(RecursiveCv {
        n_features,
        scores,
        mean_sd,
        best: best.0,
        selection,
    })
}

fn rfe_path(input: &[u8], shared: &[Arc<Shared>], run: &mut Run<'_>) -> Result<Vec<u8>> {
    let input: Input = postcard::from_bytes(input).map_err(|_| Error::Protocol)?;
    let fold: &Prepared = shared.first().ok_or(Error::Protocol)?.get()?;
    let entry = learn::entry(&input.learner)?;
    let (params, step) = (&input.params, input.step);
    let steps = path(&fold.train, entry, params, input.min_features, step, run)?;
    let mut out: Vec<(usize, f64)> = Vec::with_capacity(steps.len());
    for left in steps {
        let train = fold.train.clone().map(|d| take_columns(&d, &left));
        let test = take_columns(fold.test.get(), &left);
        let model = fit(entry, params, &train, run)?;
        let adjust = |p| fold.calibration.apply_all(p);
        out.push((left.len(), input.scoring.of_model(&model, &test, adjust)?));
    }
    crate::base::pack(&out)
}
