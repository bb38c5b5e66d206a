//! Cross-validated search: every candidate on every fold.
use super::{
    super::{
        importance::mean_sd,
        prepared::Prepared,
        scoring::Scoring,
        split::{Fold, Splits},
    },
    job::{Failure, How, Outcome, fit_score_job, follows_path, outcomes},
    path,
};
use crate::base::{Error, Params, Result, Run, Shared, Span, Stage};
use crate::learn::Entry;
use std::sync::Arc;

/// Memory that folds prepared at the same time may take.
const MAX_BYTES: usize = 256 << 20;

/// A learner with parameters to try.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The learner.
    pub learner: &'static Entry,
    /// Its parameters.
    pub params: Params,
}

/// What a candidate reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Learner id.
    pub learner: &'static str,
    /// Its parameters.
    pub params: Params,
    /// Score per fold; more is better.
    pub scores: Vec<f64>,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, divided by n as scikit-learn's `std_test_score`.
    pub sd: f64,
    /// Place by mean, from 1; equal means share the better place.
    pub rank: u32,
    /// Rows learned from, in the largest fold.
    pub rows: u64,
    /// Mean time of a fit.
    pub fit_ms: f64,
}

/// Prepares one fold: takes its rows, fits the preparation on the training side only, gives both sides as matrices.
pub type PrepareFold<'f> = dyn FnMut(&Fold, &mut Run<'_>) -> Result<Prepared> + 'f;

/// Where a set of fits stands in its search: [`Stage::Searching`] counts fits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Track {
    /// Fits done before.
    pub(crate) done: u64,
    /// Fits in all.
    pub(crate) total: u64,
}

/// Fits every candidate on every fold of `splits` and scores it on the fold's held-out rows.
///
/// `prepare` makes each fold ready once for all candidates; neither it nor the fits report progress of their own,
/// [`Stage::Searching`] counts folds × candidates. All parameters are checked before the first fit.
///
/// # Errors
/// [`Error::Param`]; whatever `prepare` and the fits return; [`Error::Target`] when a fold's held-out part lacks a
/// class; [`Error::Cancelled`].
pub async fn cross_validate(
    candidates: &[Candidate],
    splits: &Splits,
    scoring: Scoring,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Vec<Scored>> {
    let track = Track {
        done: 0,
        total: (splits.len() * candidates.len()) as u64,
    };
    let folds = splits.folds();
    let how = How::new(scoring);
    let cells = fit_on_folds(candidates, &folds, how, track, prepare, run).await?;
    ranked(candidates, &cells)
}

/// Outcomes per fold and candidate. Folds are prepared several at a time, as memory allows; their jobs run together.
pub(crate) async fn fit_on_folds(
    candidates: &[Candidate],
    folds: &[Fold],
    how: How,
    track: Track,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Vec<Vec<Outcome>>> {
    for candidate in candidates {
        (candidate.learner.build)(&candidate.params)?;
    }
    let mut out = Vec::with_capacity(folds.len());
    while out.len() < folds.len() {
        let done = track.done + (out.len() * candidates.len()) as u64;
        let waiting: Vec<&Fold> = folds.iter().skip(out.len()).collect();
        let batch = prepare_batch(&waiting, done, track.total, prepare, run)?;
        let span = Span {
            stage: Stage::Searching,
            done,
            total: track.total,
        };
        out.extend(fit_batch(candidates, &batch, how, span, run).await?);
        run.step(
            Stage::Searching,
            track.done + (out.len() * candidates.len()) as u64,
            track.total,
        )?;
    }
    Ok(out)
}

/// Prepares the first of `folds`, as many as memory allows but at least one.
pub(crate) fn prepare_batch(
    folds: &[&Fold],
    done: u64,
    total: u64,
    prepare: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Vec<Arc<Shared>>> {
    let mut batch: Vec<Arc<Shared>> = Vec::new();
    let (mut bytes, mut largest) = (0, 0);
    for fold in folds {
        if !batch.is_empty() && bytes + largest > MAX_BYTES {
            break;
        }
        run.step(Stage::Searching, done, total)?;
        let prepared = unheard(run, |run| prepare(fold, run))?;
        largest = largest.max(prepared.n_bytes());
        bytes += prepared.n_bytes();
        batch.push(Shared::new(prepared));
    }
    Ok(batch)
}

/// Outcomes per prepared fold and candidate.
pub(super) async fn fit_batch(
    candidates: &[Candidate],
    batch: &[Arc<Shared>],
    how: How,
    span: Span,
    run: &mut Run<'_>,
) -> Result<Vec<Vec<Outcome>>> {
    let groups = path::groups(candidates, follows_path);
    let mut jobs = Vec::with_capacity(batch.len() * groups.len());
    for fold in batch {
        for group in &groups {
            let members: Vec<&Candidate> =
                group.iter().filter_map(|&i| candidates.get(i)).collect();
            let Some(first) = members.first() else {
                continue;
            };
            let params: Vec<&Params> = members.iter().map(|c| &c.params).collect();
            jobs.push(fit_score_job(first.learner, &params, how, fold)?);
        }
    }
    let mut outputs = run.parallel(jobs, span).await?.into_iter();
    let mut out = Vec::with_capacity(batch.len());
    for _ in batch {
        let mut row = vec![Err(Failure::Refused(Error::Protocol)); candidates.len()];
        for group in &groups {
            let results = outcomes(&outputs.next().ok_or(Error::Protocol)?)?;
            for (&i, result) in group.iter().zip(results) {
                if let Some(cell) = row.get_mut(i) {
                    *cell = result;
                }
            }
        }
        out.push(row);
    }
    Ok(out)
}

/// Runs `work` without its progress; warnings and cancellation come through.
fn unheard<T>(run: &mut Run<'_>, work: impl FnOnce(&mut Run<'_>) -> Result<T>) -> Result<T> {
    struct Within<'r, 'a>(&'r mut Run<'a>);
    impl crate::base::Observer for Within<'_, '_> {
        fn progress(&mut self, _: crate::base::Progress) {}
        fn warn(&mut self, warning: crate::base::Warning) {
            self.0.warn(warning);
        }
        fn is_cancelled(&self) -> bool {
            self.0.check().is_err()
        }
        fn now_ms(&self) -> f64 {
            self.0.now_ms()
        }
    }
    let seed = run.seed();
    work(&mut Run::new(&mut Within(run), seed))
}

/// Candidates with what they reached, ranked; `cells` is per fold and candidate.
///
/// # Errors
/// The first failure.
pub(crate) fn ranked(candidates: &[Candidate], cells: &[Vec<Outcome>]) -> Result<Vec<Scored>> {
    let mut out = Vec::with_capacity(candidates.len());
    for (i, candidate) in candidates.iter().enumerate() {
        let mut scores = Vec::with_capacity(cells.len());
        let (mut rows, mut fit_ms) = (0, 0.0);
        for row in cells {
            match row.get(i) {
                Some(Ok(done)) => {
                    scores.push(done.score);
                    rows = rows.max(done.rows);
                    fit_ms += done.fit_ms / cells.len() as f64;
                }
                Some(Err(Failure::Refused(e))) => return Err(e.clone()),
                Some(Err(Failure::OutOfTime)) | None => return Err(Error::Cancelled),
            }
        }
        let (mean, sd) = mean_sd(&scores);
        out.push(Scored {
            learner: candidate.learner.id,
            params: candidate.params.clone(),
            scores,
            mean,
            sd,
            rank: 0,
            rows,
            fit_ms,
        });
    }
    let means: Vec<f64> = out.iter().map(|s| s.mean).collect();
    for scored in &mut out {
        scored.rank = 1 + means.iter().filter(|m| **m > scored.mean).count() as u32;
    }
    Ok(out)
}

/// The best parameters of each learner, in the order in which learners first appear; ties go to the earlier.
pub fn best(scored: &[Scored]) -> Vec<&Scored> {
    let mut out: Vec<&Scored> = Vec::new();
    for s in scored {
        match out.iter_mut().find(|b| b.learner == s.learner) {
            Some(b) if s.mean > b.mean => *b = s,
            Some(_) => {}
            None => out.push(s),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Observer, Progress, Test, Train, Warning, block_on};
    use crate::evaluate::split::stratified_folds;
    use crate::learn::{Dataset, LEARNERS, Target, entry};
    use ndarray::Array2;

    fn data() -> Dataset {
        let n = 240;
        let x = Array2::from_shape_fn((n, 3), |(i, j)| {
            (i * [7919, 104_729, 31][j] % 211) as f32 / 100.0 - 1.0
        });
        let codes = x
            .rows()
            .into_iter()
            .map(|r| u32::from(r[0] + 0.4 * r[1] > 0.1))
            .collect();
        Dataset::new(x, Target::class(codes, &["no", "yes"]))
    }

    #[derive(Default)]
    struct Watch {
        steps: Vec<Progress>,
        cancel_at: Option<usize>,
    }
    impl Observer for Watch {
        fn progress(&mut self, p: Progress) {
            self.steps.push(p);
        }
        fn warn(&mut self, _: Warning) {}
        fn is_cancelled(&self) -> bool {
            self.cancel_at.is_some_and(|k| self.steps.len() > k)
        }
    }

    fn search(watch: &mut Watch) -> Result<(Vec<Scored>, usize)> {
        let data = data();
        let Target::Class { codes, .. } = &data.y else {
            panic!()
        };
        let folds = stratified_folds(codes, 2, 3, None)?;
        let candidates: Vec<Candidate> = LEARNERS
            .iter()
            .filter(|e| e.takes.binary && e.by_default)
            .flat_map(|learner| {
                (learner.candidates)()
                    .into_iter()
                    .map(move |params| Candidate { learner, params })
            })
            .collect();
        let mut prepared = 0;
        let mut prepare = |fold: &Fold, _: &mut Run<'_>| {
            prepared += 1;
            let (train, test) = (data.take(&fold.train), data.take(&fold.test));
            Ok((Train::all(train), Test::all(test)).into())
        };
        let scored = block_on(cross_validate(
            &candidates,
            &Splits::dealt(folds, 3),
            Scoring::RocAuc,
            &mut prepare,
            &mut Run::new(watch, 1),
        ))?;
        Ok((scored, prepared))
    }

    #[test]
    fn folds_are_prepared_once_and_progress_never_falls() {
        let mut watch = Watch::default();
        let (scored, prepared) = search(&mut watch).unwrap();
        assert_eq!(prepared, 3);
        assert!(watch.steps.iter().all(|s| s.stage == Stage::Searching));
        assert!(watch.steps.windows(2).all(|w| w[0].done <= w[1].done));
        assert_eq!(
            watch.steps.last().map(|s| s.done),
            Some(3 * scored.len() as u64)
        );
        let best = best(&scored);
        assert_eq!(
            best.iter().map(|s| s.learner).collect::<Vec<_>>(),
            LEARNERS
                .iter()
                .filter(|e| e.takes.binary && e.by_default)
                .map(|e| e.id)
                .collect::<Vec<_>>()
        );
        assert_eq!(best[0].mean, 0.5);
        assert!(best[1].mean > 0.99 && best[1].sd < 0.02, "{:?}", best[1]);
    }

    #[test]
    fn cancelling_anywhere_ends_the_search() {
        for k in 0..6 {
            let mut watch = Watch {
                cancel_at: Some(k),
                ..Watch::default()
            };
            assert_eq!(search(&mut watch).unwrap_err(), Error::Cancelled);
        }
    }

    #[test]
    fn bad_parameters_are_found_before_any_fit() {
        let candidates = [Candidate {
            learner: entry("logistic").unwrap(),
            params: Params::default().with("C", -1.0),
        }];
        let mut prepare = |_: &Fold, _: &mut Run<'_>| -> Result<Prepared> { panic!() };
        let mut watch = Watch::default();
        let e = block_on(cross_validate(
            &candidates,
            &Splits::dealt(vec![0, 1], 2),
            Scoring::RocAuc,
            &mut prepare,
            &mut Run::new(&mut watch, 1),
        ))
        .unwrap_err();
        assert_eq!(e.param(), Some("C"));
    }

    #[test]
    fn ties_go_to_the_earlier() {
        let s = |learner, mean| Scored {
            learner,
            params: Params::default(),
            scores: vec![],
            mean,
            sd: mean,
            rank: 0,
            rows: 0,
            fit_ms: 0.0,
        };
        let all = [s("a", 0.7), s("b", 0.6), s("a", 0.7), s("b", 0.8)];
        assert_eq!(best(&all), [&all[0], &all[3]]);
    }
}
