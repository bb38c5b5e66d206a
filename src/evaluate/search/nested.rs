//! Nested cross-validation: the search is repeated inside every outer fold, so that the outer score is honest about it.
//!
//! Source: Varma & Simon (2006), Bias in error estimation when using cross-validation for model selection,
//! doi:10.1186/1471-2105-7-91.
use super::{
    super::{
        importance::mean_sd,
        scoring::Scoring,
        split::{Fold, Splits},
    },
    Candidate, How, PrepareFold, Scored, Track, fit_on_folds, ranked,
};
use crate::base::{Error, Result, Run};

/// What the search as a whole reaches.
#[derive(Debug, Clone, PartialEq)]
pub struct Nested {
    /// Per outer fold the candidate its inner search chose, with its inner scores.
    pub chosen: Vec<Scored>,
    /// Score of the chosen candidate on the outer held-out rows, per outer fold.
    pub scores: Vec<f64>,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, divided by n.
    pub sd: f64,
}

/// Searches `candidates` inside every fold of `outer` and scores what was chosen on the fold's held-out rows.
///
/// `inner(rows)` splits the training rows of an outer fold, in terms of places in `rows`.
/// [`crate::base::Stage::Searching`] counts fits, inner and outer.
///
/// # Errors
/// Whatever `inner` returns; [`Error::Param`] without candidates; those of [`super::cross_validate`].
pub async fn nested(
    candidates: &[Candidate],
    outer: &Splits,
    inner: &mut dyn FnMut(&[u32]) -> Result<Splits>,
    scoring: Scoring,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Nested> {
    let mut work = Vec::with_capacity(outer.len());
    let mut total = 0;
    for k in 0..outer.len() {
        let fold = outer.fold(k);
        let splits = inner(&fold.train)?;
        total += (splits.len() * candidates.len() + 1) as u64;
        work.push((fold, splits));
    }
    let mut out = Nested {
        chosen: Vec::with_capacity(work.len()),
        scores: Vec::with_capacity(work.len()),
        mean: 0.0,
        sd: 0.0,
    };
    let how = How::new(scoring);
    let mut done = 0;
    for (fold, splits) in work {
        let folds: Vec<Fold> = splits.folds().iter().map(|f| f.of(&fold.train)).collect();
        let track = Track { done, total };
        let cells = fit_on_folds(candidates, &folds, how, track, prepare, run).await?;
        let scored = ranked(candidates, &cells)?;
        done += (folds.len() * candidates.len()) as u64;
        let best = scored.iter().position(|s| s.rank == 1);
        let best = best.and_then(|i| Some((candidates.get(i)?, scored.get(i)?)));
        let Some((candidate, chosen)) = best else {
            return Err(Error::Param {
                param: "learners".into(),
                reason: crate::base::ParamReason::Required,
            });
        };
        let one = std::slice::from_ref(candidate);
        let track = Track { done, total };
        let outer_fold = std::slice::from_ref(&fold);
        let cells = fit_on_folds(one, outer_fold, how, track, prepare, run).await?;
        let honest = ranked(one, &cells)?;
        out.scores.extend(honest.iter().map(|s| s.mean));
        out.chosen.push(chosen.clone());
        done += 1;
    }
    (out.mean, out.sd) = mean_sd(&out.scores);
    Ok(out)
}
