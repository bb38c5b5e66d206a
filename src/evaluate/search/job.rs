//! The job every search is made of: fit one learner on a prepared fold, score it on the held-out rows.
use super::super::{prepared::Prepared, scoring::Scoring};
use crate::base::{
    Error, Job, Observer, Params, Progress, Result, Run, Shared, Task, Train, Warning,
};
use crate::learn::{self, Dataset, Entry, FitPath, Model};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Fits and scores; see [`fit_score_job`].
pub static FIT_SCORE: Task = Task {
    id: "fit_score",
    run: fit_score,
};

/// What is asked of a job.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Input {
    learner: String,
    /// Parameter sets fitted in this job; they differ in one parameter where there are several.
    params: Vec<Params>,
    how: How,
}

/// How candidates are scored.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct How {
    pub(crate) scoring: Scoring,
    /// Whether the training rows are scored too.
    pub(crate) train_score: bool,
    /// Whether a candidate that cannot be fitted is part of the result; otherwise its error ends the search.
    pub(crate) keep_errors: bool,
    /// Time for all fits of the job; a fit that takes longer is given up.
    pub(crate) limit_ms: Option<f64>,
}

impl How {
    pub(crate) fn new(scoring: Scoring) -> Self {
        Self {
            scoring,
            train_score: false,
            keep_errors: false,
            limit_ms: None,
        }
    }
}

/// What a fit reached on a fold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct FitScore {
    /// Score on the held-out rows.
    pub(crate) score: f64,
    /// Score on the training rows, where asked for.
    pub(crate) train_score: Option<f64>,
    /// Time of the fit.
    pub(crate) fit_ms: f64,
    /// Rows learned from.
    pub(crate) rows: u64,
}

/// Why there is no score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Failure {
    /// The learner, or the score, could not take the data.
    Refused(Error),
    /// Time ran out.
    OutOfTime,
}

/// Result for one parameter set.
pub(crate) type Outcome = std::result::Result<FitScore, Failure>;

/// A job that fits `params` of `learner` on `fold`, a shared [`Prepared`].
pub(crate) fn fit_score_job(
    learner: &Entry,
    params: &[&Params],
    how: How,
    fold: &Arc<Shared>,
) -> Result<Job> {
    let input = Input {
        learner: learner.id.to_owned(),
        params: params.iter().map(|p| (*p).clone()).collect(),
        how,
    };
    let (n, d) = fold.get::<Prepared>()?.train.get().x.dim();
    let each = (n * d) as f64 * f64::from(learner.complexity + 1);
    Ok(Job {
        task: &FIT_SCORE,
        input: crate::base::pack(&input)?,
        shared: vec![fold.clone()],
        cost: each * params.len() as f64,
    })
}

/// Reads what a job gave.
pub(crate) fn outcomes(output: &[u8]) -> Result<Vec<Outcome>> {
    postcard::from_bytes(output).map_err(|_| Error::Protocol)
}

fn fit_score(input: &[u8], shared: &[Arc<Shared>], run: &mut Run<'_>) -> Result<Vec<u8>> {
    let input: Input = postcard::from_bytes(input).map_err(|_| Error::Protocol)?;
    let fold: &Prepared = shared.first().ok_or(Error::Protocol)?.get()?;
    let entry = learn::entry(&input.learner)?;
    let fold = fold.side_of(entry);
    let until = input.how.limit_ms.map(|ms| run.now_ms() + ms);
    let seed = run.seed();
    let mut within = Limited { run, until };
    let results = fit_all(entry, &input.params, &input.how, fold, &mut within, seed);
    let mut out: Vec<Outcome> = Vec::with_capacity(input.params.len());
    for result in results {
        out.push(match result {
            Ok(done) => Ok(done),
            Err(Error::Cancelled) if within.run.check().is_ok() => Err(Failure::OutOfTime),
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(e) if input.how.keep_errors => Err(Failure::Refused(e)),
            Err(e) => return Err(e),
        });
    }
    crate::base::pack(&out)
}

/// Every parameter set of a job: together where the learner follows a path through them, else one after the other.
fn fit_all(
    entry: &Entry,
    params: &[Params],
    how: &How,
    fold: &Prepared,
    within: &mut Limited<'_, '_>,
    seed: u64,
) -> Vec<Result<FitScore>> {
    if let Some(along) = entry.fit_path {
        let mut run = Run::new(within, seed);
        if let Some(results) = fit_along(along, params, how, fold, &mut run) {
            return results;
        }
    }
    params
        .iter()
        .map(|p| fit_one(entry, p, how, fold, &mut Run::new(within, seed)))
        .collect()
}

/// Models are scored as they come. What ends the path is the result of all sets it has not come to.
fn fit_along(
    along: FitPath,
    params: &[Params],
    how: &How,
    fold: &Prepared,
    run: &mut Run<'_>,
) -> Option<Vec<Result<FitScore>>> {
    let mut out: Vec<Option<Result<FitScore>>> = params.iter().map(|_| None).collect();
    let mut start = run.now_ms();
    let mut receive = |i: usize, model: Model, run: &Run<'_>| {
        let fit_ms = run.now_ms() - start;
        run.check()?;
        if let Some(place) = out.get_mut(i) {
            *place = Some(score(&model, how, fold, fit_ms));
        }
        start = run.now_ms();
        Ok(())
    };
    let end = along(params, &fold.train, run, &mut receive)?;
    let missing = end.err().unwrap_or(Error::Protocol);
    let result = |r: Option<_>| r.unwrap_or_else(|| Err(missing.clone()));
    Some(out.into_iter().map(result).collect())
}

fn fit_one(
    entry: &Entry,
    params: &Params,
    how: &How,
    fold: &Prepared,
    run: &mut Run<'_>,
) -> Result<FitScore> {
    run.check()?;
    let start = run.now_ms();
    let model = fit(entry, params, &fold.train, run)?;
    let fit_ms = run.now_ms() - start;
    run.check()?;
    score(&model, how, fold, fit_ms)
}

fn score(model: &Model, how: &How, fold: &Prepared, fit_ms: f64) -> Result<FitScore> {
    let score = |data: &Dataset| {
        let adjust = |proba| fold.calibration.apply_all(proba);
        how.scoring.of_model(model, data, adjust)
    };
    Ok(FitScore {
        score: score(fold.test.get())?,
        train_score: if how.train_score {
            Some(score(fold.train.get())?)
        } else {
            None
        },
        fit_ms,
        rows: fold.train.get().x.nrows() as u64,
    })
}

/// Fits a learner of the registry.
pub(crate) fn fit(
    entry: &Entry,
    params: &Params,
    train: &Train<Dataset>,
    run: &mut Run<'_>,
) -> Result<Model> {
    (entry.build)(params)?.fit(train, run)
}

/// Whether a learner fits several values of one parameter at less than the price of separate fits.
pub(super) fn follows_path(entry: &Entry) -> bool {
    entry.fit_path.is_some()
}

/// Lets warnings and cancellation through, holds progress back, and cancels when time is up.
struct Limited<'r, 'a> {
    run: &'r mut Run<'a>,
    until: Option<f64>,
}

impl Observer for Limited<'_, '_> {
    fn progress(&mut self, _: Progress) {}
    fn warn(&mut self, warning: Warning) {
        self.run.warn(warning);
    }
    fn is_cancelled(&self) -> bool {
        self.run.check().is_err() || self.until.is_some_and(|t| self.run.now_ms() >= t)
    }
    fn now_ms(&self) -> f64 {
        self.run.now_ms()
    }
}
