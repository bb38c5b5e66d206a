//! Cross-validated search: every candidate on every fold, scored by ROC-AUC.
use super::{importance::mean_sd, metrics::roc_auc, positives, target};
use crate::base::{
    Error, Observer, Params, Progress, Result, Run, Stage, TargetReason, Test, Train, Warning,
};
use crate::learn::{Classifier, Dataset, Entry, Target};

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
    /// ROC-AUC per fold.
    pub scores: Vec<f64>,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, divided by n as scikit-learn's `std_test_score`.
    pub sd: f64,
}

/// Prepares one fold: its training and its held-out side, as matrices.
pub type PrepareFold<'f> =
    dyn FnMut(usize, &mut Run<'_>) -> Result<(Train<Dataset>, Test<Dataset>)> + 'f;

/// Lets warnings (each once) and cancellation through, holds a fit's own progress back.
struct Within<'r, 'a> {
    run: &'r mut Run<'a>,
    seen: &'r mut Vec<Warning>,
}

impl Observer for Within<'_, '_> {
    fn progress(&mut self, _: Progress) {}

    fn warn(&mut self, warning: Warning) {
        if !self.seen.contains(&warning) {
            self.seen.push(warning.clone());
            self.run.warn(warning);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.run.check().is_err()
    }
}

/// Fits every candidate on `n_splits` folds and scores it on the fold's held-out rows.
///
/// `fold(k, run)` prepares fold `k` once for all candidates; neither it nor the fits report progress of their
/// own, [`Stage::Searching`] counts folds × candidates. All parameters are checked before the first fit.
///
/// # Errors
/// [`Error::Param`]; whatever `fold` and the fits return; [`Error::Target`] when a fold's held-out part lacks a
/// class; [`Error::Cancelled`].
pub fn cross_validate(
    candidates: &[Candidate],
    n_splits: usize,
    fold: &mut PrepareFold<'_>,
    run: &mut Run<'_>,
) -> Result<Vec<Scored>> {
    let estimators = candidates
        .iter()
        .map(|c| (c.learner.build)(&c.params))
        .collect::<Result<Vec<_>>>()?;
    let mut scores = vec![Vec::with_capacity(n_splits); candidates.len()];
    let total = (n_splits * candidates.len()) as u64;
    let mut seen = Vec::new();
    let seed = run.seed();
    for k in 0..n_splits {
        run.step(Stage::Searching, (k * candidates.len()) as u64, total)?;
        let (train, test) = {
            let mut within = Within {
                run,
                seen: &mut seen,
            };
            fold(k, &mut Run::new(&mut within, seed))?
        };
        for (i, estimator) in estimators.iter().enumerate() {
            let model = {
                let mut within = Within {
                    run,
                    seen: &mut seen,
                };
                estimator.fit(&train, &mut Run::new(&mut within, seed))?
            };
            scores[i].push(held_out_auc(model.classifier()?.as_ref(), &test)?);
            run.step(
                Stage::Searching,
                (k * candidates.len() + i + 1) as u64,
                total,
            )?;
        }
    }
    Ok(candidates
        .iter()
        .zip(scores)
        .map(|(c, scores)| {
            let (mean, sd) = mean_sd(&scores);
            Scored {
                learner: c.learner.id,
                params: c.params.clone(),
                scores,
                mean,
                sd,
            }
        })
        .collect())
}

/// ROC-AUC of a fitted two-class model on held-out rows.
///
/// # Errors
/// [`Error::Shape`], [`Error::Target`].
pub fn held_out_auc(model: &dyn Classifier, test: &Test<Dataset>) -> Result<f64> {
    let data = test.get();
    let Target::Class { codes, .. } = &data.y else {
        return Err(target(TargetReason::TooManyClasses { found: 0 }));
    };
    let proba = model.predict_proba(data.x.view())?;
    if proba.ncols() != 2 {
        return Err(Error::Shape {
            what: "classes".into(),
            expected: 2,
            found: proba.ncols(),
        });
    }
    roc_auc(
        &positives(codes),
        &proba.column(1).to_vec(),
        data.sample_weight.as_deref(),
    )
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
    use crate::evaluate::split::{fold_rows, stratified_folds};
    use crate::learn::{LEARNERS, entry};
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
            .flat_map(|learner| {
                (learner.candidates)()
                    .into_iter()
                    .map(move |params| Candidate { learner, params })
            })
            .collect();
        let mut prepared = 0;
        let mut fold = |k: usize, _: &mut Run<'_>| {
            prepared += 1;
            let (train, test) = fold_rows(&folds, k as u32);
            Ok((Train::all(data.take(&train)), Test::all(data.take(&test))))
        };
        let scored = cross_validate(&candidates, 3, &mut fold, &mut Run::new(watch, 1))?;
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
            LEARNERS.iter().map(|e| e.id).collect::<Vec<_>>()
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
        let mut fold =
            |_: usize, _: &mut Run<'_>| -> Result<(Train<Dataset>, Test<Dataset>)> { panic!() };
        let mut watch = Watch::default();
        let e =
            cross_validate(&candidates, 2, &mut fold, &mut Run::new(&mut watch, 1)).unwrap_err();
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
        };
        let all = [s("a", 0.7), s("b", 0.6), s("a", 0.7), s("b", 0.8)];
        assert_eq!(best(&all), [&all[0], &all[3]]);
    }
}
